"""The notation of derivatives: which tokens of a request are the function, and by which variables it is differentiated.

    d f / dX    ∂f/∂X    d/dX f    d^2 f / dx dy^T    d f / d(W, b)    grad_x f    hess_x f    ∇_x f    \\frac{d f}{d X}

A derivative reads d ... / d...: the bar is the last division outside brackets, so that the function may hold others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.tokens import Token

_OPENERS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_IN_INDEX: Final = (":", "+", "-", "*")
GRADIENTS: Final = {"grad": 1, "gradient": 1, "nabla": 1, "jac": 1, "jacobian": 1, "hess": 2, "hessian": 2}
JACOBIANS: Final = frozenset({"jac", "jacobian"})

Tokens = Sequence[Token]
IsTaken = Callable[[str], bool]
Index = tuple[tuple[Token, ...], ...]


@dataclass(frozen=True)
class Wanted:
    """A derivative that is asked for: the tokens of the function, the variables with their places, and the order.

    With `mixed` the second of two variables is differentiated by after the first. `parts` has the index of a variable of
    which only an entry, row, column or block is meant: the tokens of 2 and of : for W[2,:]. `scalar` tells that the
    operator is one for scalar functions: ∇, grad, a Hessian.
    """

    function: tuple[Token, ...]
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    order: int = 1
    mixed: bool = False
    parts: tuple[Index | None, ...] = ()
    scalar: bool = False


@dataclass(frozen=True)
class _Denominator:
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    order: int
    after: int
    listed: bool
    parts: tuple[Index | None, ...] = ()


def split_top(tokens: Tokens, separator: str) -> list[list[Token]]:
    """The stretches of tokens between separators that stand outside brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += _OPENERS.get(token.text, 0)
        if token.text == separator and depth <= 0 and token.kind in ("op", "name"):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


class Notation:
    """Finds the derivative in the tokens of a request; `taken` tells the names that are something else than a d."""

    def __init__(self, source: str, taken: IsTaken) -> None:
        self.source = source
        self.taken = taken

    def read(self, tokens: Tokens) -> Wanted | None:
        """The derivative that the tokens ask for, or None where they are no derivative."""
        if not tokens:
            return None
        found = self._nabla(tokens) or self._fraction(tokens) or self._operator(tokens) or self._quotient(tokens)
        if found is not None and not found.function:
            raise ParseError("there is nothing to differentiate", (tokens[0].start, tokens[-1].end), self.source)
        return found

    # ----------------------------------------------------------------------------------------- the forms

    def _nabla(self, tokens: Tokens) -> Wanted | None:
        """grad_x f, hess_x f, ∇_x f, ∇²_x f, ∇_x^2 f."""
        first = tokens[0]
        if first.text == "∇":
            order, i = self._order(tokens, 1)
            if i >= len(tokens) or tokens[i].kind != "sub":
                span = (first.start, first.end)
                raise ParseError("∇ needs the variable", span, self.source, "write ∇_x f")
            name = tokens[i]
            later, i = self._order(tokens, i + 1)
            return Wanted(tuple(tokens[i:]), (name.text,), ((name.start, name.end),), max(order, later), scalar=True)
        head, _, name_text = first.text.partition("_")
        if first.kind != "name" or head not in GRADIENTS or not name_text or self.taken(first.text) or len(tokens) == 1:
            return None
        span = (first.end - len(name_text), first.end)
        return Wanted(tuple(tokens[1:]), (name_text,), (span,), GRADIENTS[head], scalar=head not in JACOBIANS)

    def _fraction(self, tokens: Tokens) -> Wanted | None:
        r"""\frac{\partial f}{\partial X} and \frac{\partial}{\partial X} f."""
        if tokens[0].text != "frac":
            return None
        above, i = _group(tokens, 1)
        below, i = _group(tokens, i)
        if not above or not below:
            return None
        if tokens[i:] and len(above) > 1 and self._mark(above)[0] < len(above):
            return None
        slash = Token("op", "/", below[0].start, below[0].start)
        return (self._operator if tokens[i:] else self._quotient)([*above, slash, *below, *tokens[i:]])

    def _operator(self, tokens: Tokens) -> Wanted | None:
        """d/dX f, d^2/dx^2 f."""
        start, order, rest = self._mark(tokens)
        if not start or rest is not None or start >= len(tokens) or tokens[start].text != "/":
            return None
        found = self._denominator(tokens, start + 1, order)
        if found is None or found.after >= len(tokens):
            return None
        return self._wanted(tokens[found.after :], found, order)

    def _quotient(self, tokens: Tokens) -> Wanted | None:
        """d f / dX: the last division whose right side is d and a variable is the bar."""
        start, order, rest = self._mark(tokens)
        if not start:
            return None
        depth = 0
        for i in range(len(tokens) - 1, start - 1, -1):
            depth -= _OPENERS.get(tokens[i].text, 0)
            if tokens[i].text == "/" and tokens[i].kind == "op" and not depth:
                found = self._denominator(tokens, i + 1, order)
                if found is None or found.after != len(tokens):
                    return None
                function = [*([rest] if rest else []), *tokens[start:i]]
                return self._wanted(function, found, order) if function else None
        return None

    def _wanted(self, function: Tokens, found: _Denominator, order: int) -> Wanted:
        if found.order != order:
            span = (found.spans[0][0], found.spans[-1][1])
            hint = "a second derivative is d^2 f / dx^2 or d^2 f / dx dy^T"
            raise ParseError(f"the derivative of order {order} has {found.order} below the bar", span, self.source, hint)
        if any(found.parts):
            if order > 1:
                told = "a derivative by an entry or slice is of first order"
                raise ParseError(told, (found.spans[0][0], found.spans[-1][1]), self.source)
            return Wanted(tuple(function), found.names, found.spans, order, parts=found.parts)
        distinct = tuple(dict.fromkeys(found.names))
        if found.listed or len(distinct) == 1:
            return Wanted(tuple(function), distinct, found.spans[: len(distinct)], order)
        return Wanted(tuple(function), found.names, found.spans, order, mixed=True)

    # ------------------------------------------------------------------------------------------ the parts

    def _mark(self, tokens: Tokens) -> tuple[int, int, Token | None]:
        """Where the function begins after the d, the order, and what is left of a name such as dL; 0 without a d."""
        first = tokens[0]
        if first.text == "∂" or first.kind == "name" and first.text == "d":
            order, i = self._order(tokens, 1)
            return i, order, None
        if first.kind == "name" and first.text[0] == "d" and not self.taken(first.text):
            return 1, 1, Token("name", first.text[1:], first.start + 1, first.end)
        return 0, 1, None

    def _order(self, tokens: Tokens, i: int) -> tuple[int, int]:
        """The exponent 2 at i, in any spelling, and where what follows begins."""
        if i < len(tokens) and tokens[i].kind == "sup" and tokens[i].text.isdigit():
            return self._checked_order(tokens[i]), i + 1
        texts = [t.text for t in tokens[i : i + 4]]
        if texts[:2] == ["^", "{"] and len(texts) == 4 and texts[2].isdigit() and texts[3] == "}":
            return self._checked_order(tokens[i + 2]), i + 4
        if texts[:1] == ["^"] and len(texts) > 1 and texts[1].isdigit():
            return self._checked_order(tokens[i + 1]), i + 2
        return 1, i

    def _checked_order(self, token: Token) -> int:
        if token.text not in ("1", "2"):
            raise ParseError("derivatives are of order 1 or 2", (token.start, token.end), self.source)
        return int(token.text)

    def _denominator(self, tokens: Tokens, i: int, order: int) -> _Denominator | None:
        """What stands below the bar: dX, d X, d(W, b), dx^2, dx dy^T, (dx dy^T)."""
        if i < len(tokens) and tokens[i].text == "(":
            inner, after = _group(tokens, i)
            found = self._denominator(inner, 0, order)
            whole = found is not None and found.after == len(inner)
            return _Denominator(found.names, found.spans, found.order, after, False, found.parts) if found and whole else None
        names: list[str] = []
        spans: list[Span] = []
        parts: list[Index | None] = []
        counted, listed = 0, False
        while i < len(tokens) and counted < order:
            item = self._item(tokens, i)
            if item is None:
                break
            items, i, listed = item
            names += [t.text for t in items]
            spans += [(t.start, t.end) for t in items]
            part, i = (None, i) if listed else index_at(tokens, i)
            parts += [part] * len(items)
            power, i = self._order(tokens, i)
            counted += power
            i = self._transposed(tokens, i, order)
        return _Denominator(tuple(names), tuple(spans), counted, i, listed, tuple(parts)) if names else None

    def _item(self, tokens: Tokens, i: int) -> tuple[list[Token], int, bool] | None:
        """One d with its variable or its list of variables."""
        first = tokens[i]
        if first.text == "∂" or first.kind == "name" and first.text == "d":
            if i + 1 < len(tokens) and tokens[i + 1].text in ("(", "{"):
                inner, after = _group(tokens, i + 1)
                items = [t for t in inner if t.text != ","]
                named = inner and all(t.kind == ("op" if k % 2 else "name") for k, t in enumerate(inner))
                return (items, after, len(items) > 1) if named and len(inner) == 2 * len(items) - 1 else None
            if i + 1 < len(tokens) and tokens[i + 1].kind == "name":
                return [tokens[i + 1]], i + 2, False
            return None
        if first.kind == "name" and first.text[0] == "d":
            return [Token("name", first.text[1:], first.start + 1, first.end)], i + 1, False
        return None

    def _transposed(self, tokens: Tokens, i: int, order: int) -> int:
        """Where what follows a transpose in a second derivative begins: it says which axis is which, not what is meant."""
        if i >= len(tokens):
            return i
        end = i
        if tokens[i].text in ("'", ".T") or tokens[i].kind == "sup" and tokens[i].text == "T":
            end = i + 1
        elif [t.text for t in tokens[i : i + 2]] == ["^", "T"]:
            end = i + 2
        elif [t.text for t in tokens[i : i + 4]] == ["^", "{", "T", "}"]:
            end = i + 4
        if end > i and order == 1:
            hint = "leave out the transpose and choose the layout, numerator or denominator"
            raise ParseError("the variable below the bar is transposed", (tokens[i].start, tokens[end - 1].end), self.source, hint)
        return end


def index_at(tokens: Tokens, i: int) -> tuple[Index | None, int]:
    """The index [2,:] that begins at i, and where what follows begins; None where there is none."""
    if i >= len(tokens) or tokens[i].text != "[":
        return None, i
    inner, after = _group(tokens, i)
    entries = split_top(inner, ",")
    if not all(e and all(t.kind in ("name", "number") or t.text in _IN_INDEX for t in e) for e in entries):
        return None, i
    return tuple(map(tuple, entries)), after


def _group(tokens: Tokens, i: int) -> tuple[list[Token], int]:
    """The tokens in the bracket that opens at i, and where what follows begins; none where no bracket opens."""
    if i >= len(tokens) or _OPENERS.get(tokens[i].text) != 1:
        return [], i
    depth = 0
    for k in range(i, len(tokens)):
        depth += _OPENERS.get(tokens[k].text, 0)
        if not depth:
            return list(tokens[i + 1 : k]), k + 1
    return [], i

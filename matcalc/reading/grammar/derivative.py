"""The notation of derivatives: which tokens of a request are the function, and by which variables it is differentiated.

    d f / dX    ∂f/∂X    d/dX f    d^2 f / dx dy^T    d f / d(W, b)    grad_x f    hess_x f    ∇_x f    ∂_x f    \\frac{d f}{d X}
    δf/δX    ∇f    f'(x)    1/2 d/dX f    d vec(Y) / d vec(X)^T    d f / dx'    d f / d sigma^2

A derivative reads d ... / d...: the bar is the last division outside brackets, so that the function may hold others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import Final

from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.components import CONJUGATE, conjugated_at, under_at
from matcalc.reading.grammar.tokens import GREEK_NAMES, Token
from matcalc.records import dataclass

_OPENERS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_IN_INDEX: Final = (":", "+", "-", "*")
GRADIENTS: Final = {"grad": 1, "gradient": 1, "nabla": 1, "jac": 1, "jacobian": 1, "hess": 2, "hessian": 2, "Grad": 1, "Hess": 2, "Jac": 1}
JACOBIANS: Final = frozenset({"jac", "jacobian", "Jac"})
# Letters that may be an operator with the variable below, D_x f, where that variable occurs in what follows.
_LETTERS_OF_OPERATORS: Final = frozenset({"D"})
_VARIATIONS: Final = frozenset({"delta", "δ"})
_COUNTS: Final = frozenset("ijklmnNTMpq")
_IN_A_NUMBER: Final = frozenset({"+", "-", "*", "·", "/", "^", "frac", "(", ")", "{", "}"})
_VEC: Final = "vec"
# What the variable may stand under: its columns stacked, or those of its lower triangle.
HALF_STACKED: Final = "vech"
_STACKED: Final = (_VEC, HALF_STACKED)
MAX_FACTOR: Final = 40

Tokens = Sequence[Token]
IsTaken = Callable[[str], bool]
Parameters = Callable[[str], tuple[str, ...] | None]
Index = tuple[tuple[Token, ...], ...]


@dataclass(frozen=True)
class Wanted:
    """A derivative that is asked for: the tokens of the function, the variables with their places, and the order.

    With `mixed` the second of two variables is differentiated by after the first. `parts` has the index of a variable of
    which only an entry, row, column or block is meant: the tokens of 2 and of : for W[2,:]. `scalar` tells that the
    operator is one for scalar functions: ∇, grad, a Hessian. The variable may be written as its transpose (`turned`), as
    its square (`square`) or under vec (`form`). `components` tells of each variable what of it is meant, "" for the variable itself,
    and of both where a second derivative is by such ones; empty where all are "".
    """

    function: tuple[Token, ...]
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    order: int = 1
    mixed: bool = False
    parts: tuple[Index | None, ...] = ()
    scalar: bool = False
    turned: bool = False
    square: bool = False
    form: str = ""
    components: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Denominator:
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    order: int
    after: int
    listed: bool
    parts: tuple[Index | None, ...] = ()
    turned: bool = False
    square: bool = False
    form: str = ""
    components: tuple[str, ...] = ()


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
    """Finds the derivative in the tokens of a request; `taken` tells the names that are something else than a d.

    `parameters` are those of a function that is defined, f(x) = ..., none of what is defined without, None of what is not.
    """

    def __init__(self, source: str, taken: IsTaken, parameters: Parameters = lambda name: None) -> None:
        self.source = source
        self.taken = taken
        self.parameters = parameters

    def read(self, tokens: Tokens) -> Wanted | None:
        """The derivative that the tokens ask for, or None where they are no derivative."""
        if not tokens:
            return None
        tokens = _without_variations(_bare_operator(tokens))
        found = self._direct(tokens) or self._scaled(tokens)
        if found is not None and not found.function:
            raise ParseError("there is nothing to differentiate", (tokens[0].start, tokens[-1].end), self.source)
        return found

    def _direct(self, tokens: Tokens) -> Wanted | None:
        return self._nabla(tokens) or self._primed(tokens) or self._fraction(tokens) or self._operator(tokens) or self._quotient(tokens)

    def prefix(self, tokens: Tokens) -> Wanted | None:
        """The derivative that tokens ask for which begin with its operator, d/dX f or ∇_x f; None where they begin with none."""
        return self._nabla(tokens) or self._fraction(tokens) or self._operator(tokens)

    def misplaced(self, tokens: Tokens) -> Span | None:
        """What stands before an operator and is no number, where one stands behind something else."""
        depth = 0
        for i, t in enumerate(tokens):
            if i and not depth and (t.text in ("∇", "∂") or t.text == "frac" and [u.text for u in tokens[i + 2 : i + 3]] in (["∂"], ["d"])):
                return tokens[0].start, tokens[i - 1].end
            depth += _OPENERS.get(t.text, 0)
        return None

    # ----------------------------------------------------------------------------------------- the forms

    def _nabla(self, tokens: Tokens) -> Wanted | None:
        """grad_x f, hess_x f, ∇_x f, ∇²_x f, ∇_x^2 f, ∂_x f, ∇f."""
        first = tokens[0]
        if first.text in ("∇", "∂"):
            order, i = self._order(tokens, 1)
            if i >= len(tokens) or tokens[i].kind != "sub":
                return self._whole_gradient(tokens, i, order) if first.text == "∇" else None
            name = tokens[i]
            later, i = self._order(tokens, i + 1)
            is_scalar = first.text == "∇" or max(order, later) > 1
            text = name.text.removesuffix("*")
            of = (CONJUGATE,) if text != name.text else ()
            return Wanted(tuple(tokens[i:]), (text,), ((name.start, name.end),), max(order, later), scalar=is_scalar, components=of)
        head, _, name_text = first.text.partition("_")
        if first.kind != "name" or self.taken(first.text) or len(tokens) == 1:
            return None
        if head in _LETTERS_OF_OPERATORS and any(t.text == name_text for t in tokens[1:]):
            return Wanted(tuple(tokens[1:]), (name_text,), ((first.end - len(name_text), first.end),))
        if head in GRADIENTS and first.text == head and tokens[1].kind == "name" and self.parameters(tokens[1].text) is not None:
            return self._whole_gradient(tokens, 1, GRADIENTS[head])
        if head not in GRADIENTS or not name_text:
            return None
        span = (first.end - len(name_text), first.end)
        return Wanted(tuple(tokens[1:]), (name_text,), (span,), GRADIENTS[head], scalar=head not in JACOBIANS)

    def _whole_gradient(self, tokens: Tokens, i: int, order: int) -> Wanted:
        """∇f and ∇f(x): the variables are what f is a function of."""
        first, rest = tokens[0], tokens[i:]
        known = self.parameters(rest[0].text) if rest and rest[0].kind == "name" else None
        names, after = _names_in_parentheses(tokens, i + 1) if rest else ((), i)
        if len(rest) == 1 and known:
            names = tuple(Token("name", name, rest[0].start, rest[0].end) for name in known)
        elif not names or after != len(tokens):
            raise ParseError("∇ needs the variable", (first.start, first.end), self.source, "write ∇_x f")
        function = tuple(rest[:1] if known == () else rest)
        return Wanted(function, tuple(n.text for n in names), tuple((n.start, n.end) for n in names), order, scalar=True)

    def _primed(self, tokens: Tokens) -> Wanted | None:
        """f'(x) and f''(x) of a function that is defined."""
        first, primes = tokens[0], 0
        while primes + 1 < len(tokens) and tokens[primes + 1].text == "'":
            primes += 1
        if first.kind != "name" or not 1 <= primes <= 2 or not self.parameters(first.text):
            return None
        names, after = _names_in_parentheses(tokens, primes + 1)
        if len(names) != 1 or after != len(tokens):
            return None
        return Wanted((first, *tokens[primes + 1 :]), (names[0].text,), ((names[0].start, names[0].end),), primes)

    def _scaled(self, tokens: Tokens) -> Wanted | None:
        r"""\frac{1}{2} \frac{\partial}{\partial X} f: a number before the operator is one before the function."""
        depth = 0
        for i, t in enumerate(tokens[:MAX_FACTOR]):
            if i and not depth and (t.text in ("∇", "∂", "frac") or t.kind == "name" and t.text[0] in "dgh"):
                found = self._direct(tokens[i:])
                if found is not None:
                    return self._times(tokens[:i], found)
            if not is_of_a_number(t):
                return None
            depth += _OPENERS.get(t.text, 0)
        return None

    def _times(self, factor: Tokens, found: Wanted) -> Wanted:
        """The derivative of a function times a number."""
        if not found.function:
            return found
        if any(t.text in found.names for t in factor):
            told = "the variable stands before the operator and is not differentiated there"
            raise ParseError(told, (factor[0].start, factor[-1].end), self.source, "write the whole function behind the operator")
        at = factor[-1].end
        sign = [] if factor[-1].text in ("-", "+", "*", "·") else [Token("op", "*", at, at)]
        opening, closing = (Token("op", text, place, place) for text, place in (("(", at), (")", found.function[-1].end)))
        return replace(found, function=(*factor, *sign, opening, *found.function, closing))

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
        if below[-1].text in ("∂", "d") and self._mark(above)[0] == len(above):
            told = "the variable below the bar is missing"
            raise ParseError(told, (below[-1].start, below[-1].end), self.source, r"write \frac{\partial}{\partial x} f")
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
        if found.order != order and not found.square:
            span = (found.spans[0][0], found.spans[-1][1])
            hint = "a second derivative is d^2 f / dx^2 or d^2 f / dx dy^T"
            raise ParseError(f"the derivative of order {order} has {found.order} below the bar", span, self.source, hint)
        function = _under_vec(function) if found.form else function
        if any(found.components):
            return self._by_components(tuple(function), found, order)
        if any(found.parts):
            if order > 1:
                told = "a derivative by an entry or slice is of first order"
                raise ParseError(told, (found.spans[0][0], found.spans[-1][1]), self.source)
            return Wanted(tuple(function), found.names, found.spans, order, parts=found.parts)
        distinct = tuple(dict.fromkeys(found.names))
        if found.listed or len(distinct) == 1:
            spans = found.spans[: len(distinct)]
            return Wanted(tuple(function), distinct, spans, order, turned=found.turned, square=found.square, form=found.form)
        return Wanted(tuple(function), found.names, found.spans, order, mixed=True)

    def _by_components(self, function: tuple[Token, ...], found: _Denominator, order: int) -> Wanted:
        """A derivative by conjugates, by real or by imaginary parts; one of second order says it of both variables."""
        if any(found.parts):
            told = "a derivative by an entry or slice is by the entry itself"
            raise ParseError(told, (found.spans[0][0], found.spans[-1][1]), self.source)
        twice = 1 + (order == 2 and len(found.names) == 1)
        names, spans, components = found.names * twice, found.spans * twice, found.components * twice
        return Wanted(function, names, spans, order, order == 2, turned=found.turned, form=found.form, components=components)

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
        """What stands below the bar: dX, d X, d(W, b), dx^2, dx dy^T, (dx dy^T), d vec(X)^T."""
        if i < len(tokens) and tokens[i].text == "(":
            inner, after = _group(tokens, i)
            found = self._denominator(inner, 0, order)
            whole = found is not None and found.after == len(inner)
            return replace(found, after=after, listed=False) if found and whole else None
        below = _Below()
        while i < len(tokens) and below.order < order:
            item = self._item(tokens, i)
            if item is None:
                break
            i = self._added(below, item, tokens, order)
        if not below.names:
            return None
        square = order == 1 and below.order == 2 and len(below.names) == 1
        lists = (tuple(below.names), tuple(below.spans), below.order, i, below.listed, tuple(below.parts))
        return _Denominator(*lists, below.turned, square, below.form, tuple(below.components))

    def _added(self, below: _Below, item: _Item, tokens: Tokens, order: int) -> int:
        """Put one d with its variables to those before; returns where what follows begins."""
        i = item.after
        below.listed, below.form = item.listed, below.form or item.form
        below.names += [t.text for t in item.names]
        below.spans += [(t.start, t.end) for t in item.names]
        part, i = (None, i) if item.listed else index_at(tokens, i)
        below.parts += [part] * len(item.names)
        conjugated, is_turned = conjugated_at(tokens, i) if not item.listed else (i, False)
        below.components += [CONJUGATE if conjugated > i else item.component] * len(item.names)
        i = conjugated
        power, i = (item.power, i) if item.power > 1 else self._order(tokens, i)
        below.order += power
        end = transposed_at(tokens, i)
        below.turned |= order == 1 and (end > i or item.turned or is_turned)
        return end

    def _item(self, tokens: Tokens, i: int) -> _Item | None:
        """One d with its variable or its list of variables, which may stand under vec."""
        first = tokens[i]
        if first.text == "∂" or first.kind == "name" and first.text == "d":
            return self._after_mark(tokens, i + 1)
        under = under_at(tokens, i) if first.text[:1] == "d" else None
        if under is not None:
            return _Item([under.name], under.after, component=under.component)
        if first.kind == "name" and first.text[1:] in _STACKED and first.text[0] == "d" and tokens[i + 1 : i + 2]:
            return self._after_mark(tokens, i)
        if first.kind == "name" and first.text[0] == "d" and first.text[1:2].isalpha():
            return _Item([Token("name", first.text[1:], first.start + 1, first.end)], i + 1)
        return None

    def _after_mark(self, tokens: Tokens, i: int) -> _Item | None:
        if i >= len(tokens):
            return None
        under = under_at(tokens, i)
        if under is not None:
            return _Item([under.name], under.after, component=under.component)
        if tokens[i].text.removeprefix("d") in _STACKED and i + 1 < len(tokens):
            inner, after = _group(tokens, i + 1)
            inner, after = (inner, after) if inner else (list(tokens[i + 1 : i + 2]), i + 2)
            end = transposed_at(inner, 1)
            named = inner and inner[0].kind == "name" and end == len(inner)
            return _Item(inner[:1], after, form=tokens[i].text.removeprefix("d"), turned=end > 1) if named and end == 1 else None
        if tokens[i].text in ("(", "{"):
            inner, after = _group(tokens, i)
            stacked = self._after_mark(inner, 0) if inner and inner[0].text in _STACKED else None
            return replace(stacked, after=after) if stacked is not None and stacked.after == len(inner) else _in_group(inner, after)
        return _Item([tokens[i]], i + 1) if tokens[i].kind == "name" else None


@dataclass
class _Below:
    """What has been read below the bar so far."""

    names: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    parts: list[Index | None] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    order: int = 0
    listed: bool = False
    turned: bool = False
    form: str = ""


@dataclass(frozen=True)
class _Item:
    """The variables after one d, and where what follows begins."""

    names: list[Token]
    after: int
    listed: bool = False
    power: int = 1
    turned: bool = False
    form: str = ""
    component: str = ""


def _in_group(inner: Tokens, after: int) -> _Item | None:
    """(W, b), (x), (sigma^2) and (x^T)."""
    if len(inner) > 1 and inner[0].kind == "name":
        under, (conjugated, is_turned) = under_at(inner, 0), conjugated_at(inner, 1)
        if under is not None and under.after == len(inner):
            return _Item([under.name], after, component=under.component)
        if conjugated == len(inner):
            return _Item([inner[0]], after, turned=is_turned, component=CONJUGATE)
        square = [t.text for t in inner[1:]] in (["^", "2"], ["2"]) and inner[1].text in ("^", "2")
        if square or transposed_at(inner, 1) == len(inner):
            return _Item([inner[0]], after, power=2 if square else 1, turned=not square)
    items = [t for t in inner if t.text != ","]
    named = inner and all(t.kind == ("op" if k % 2 else "name") for k, t in enumerate(inner))
    return _Item(items, after, len(items) > 1) if named and len(inner) == 2 * len(items) - 1 else None


def transposed_at(tokens: Tokens, i: int) -> int:
    """Where what follows a transpose at i begins, i where none stands there."""
    if i >= len(tokens):
        return i
    if tokens[i].text in ("'", ".T") or tokens[i].kind == "sup" and tokens[i].text == "T":
        return i + 1
    if [t.text for t in tokens[i : i + 2]] == ["^", "T"]:
        return i + 2
    return i + 4 if [t.text for t in tokens[i : i + 4]] == ["^", "{", "T", "}"] else i


def _under_vec(function: Tokens) -> Tokens:
    """Y of vec(Y): where the variable stands under vec, so does the value."""
    if function and function[0].text == _VEC:
        inner, after = _group(function, 1)
        return inner if inner and after == len(function) else function
    return function


def _bare_operator(tokens: Tokens) -> Tokens:
    """The tokens without the parenthesis around an operator alone, (∂/∂x) f."""
    inner, after = _group(tokens, 0)
    is_operator = after < len(tokens) and [t.text for t in inner[:3]] in (["frac", "{", "∂"], ["frac", "{", "d"]) and inner[3].text == "}"
    return [*inner, *tokens[after:]] if is_operator else tokens


def _without_variations(tokens: Tokens) -> Tokens:
    """δL/δq is a quotient of differentials where both sides have the δ."""
    marks = [k for k, t in enumerate(tokens) if t.kind == "name" and (t.text in _VARIATIONS or t.text[0] == "δ" and len(t.text) > 1)]
    if len(marks) < 2 or marks[0] not in (0, 2) or marks[0] == 2 and tokens[0].text != "frac":
        return tokens
    below = next((k for k in marks[1:] if tokens[k - 1].text == "/" or tokens[k - 1].text == "{" and tokens[k - 2].text == "}"), None)
    if below is None:
        return tokens
    out = list(tokens)
    for k in (marks[0], below):
        t = tokens[k]
        out[k] = t._replace(text="d" + t.text[1:] if t.text[0] == "δ" else "d")
    return out


def _names_in_parentheses(tokens: Tokens, i: int) -> tuple[tuple[Token, ...], int]:
    """The names in the parenthesis that opens at i, and where what follows begins; none where something else stands in it."""
    inner, after = _group(tokens, i)
    listed = all(t.text == "," if k % 2 else t.kind == "name" for k, t in enumerate(inner))
    return (tuple(inner[::2]), after) if listed and len(inner) % 2 else ((), i)


def is_of_a_number(t: Token) -> bool:
    """Whether a token can stand in a number before the operator: 1/2, -n/2, a lower-case Greek letter."""
    if t.kind == "name":
        return t.text in _COUNTS or t.text in GREEK_NAMES or len(t.text) == 1 and "α" <= t.text <= "ω"
    return t.kind in ("number", "sup") or t.text in _IN_A_NUMBER


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

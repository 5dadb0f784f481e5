"""Differentials in a text: d(X*Y), d log(det(X)), d X^-1, dvec(X), d X, each as one name that stands for an expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.book import rules as rulebook
from matcalc.errors import ParseError
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.lexer import lex

_DIFFERENTIAL: Final = ("d", "∂")
_OPENING: Final = {"(": ")", "[": "]"}
_NAME: Final = re.compile(r"[^\W\d]\w*")
_MEASURED: Final = re.compile(r"[d∂]([^\W\d]\w*)")


def increments_in(text: str, known: Container[str]) -> set[str]:
    """The names whose increments a text speaks of: X of dX and of d X; `known` are names that begin with d for another reason."""
    tokens = lex(text).tokens[:-1]
    found = set()
    for k, t in enumerate(tokens):
        if t.kind == "name" and t.text not in known and t.text not in rulebook.spellings() and (named := _MEASURED.fullmatch(t.text)):
            found.add(named[1])
        if t.text in _DIFFERENTIAL and t.text not in known and k + 1 < len(tokens) and tokens[k + 1].kind == "name":
            found.add(tokens[k + 1].text)
    return found


class Spoken:
    """A text in which every differential of more than a name is a name of its own, `values` says of which expression."""

    def __init__(self, text: str, taken: Container[str], is_function: Callable[[str], bool], differential: Callable[[str], Expr]) -> None:
        self.taken, self.is_function, self.differential = taken, is_function, differential
        self.values: dict[str, Expr] = {}
        self.text = self._spoken(text)

    def _spoken(self, text: str) -> str:
        tokens = lex(text).tokens[:-1]
        out, last, k = "", 0, 0
        while k < len(tokens):
            end, inside = self._argument(tokens, k)
            if end is None:
                k += 1
                continue
            out += text[last : tokens[k].start] + self._named(inside, text, tokens, k, end)
            last, k = tokens[end - 1].end, end
        return out + text[last:]

    def _named(self, inside: int, text: str, tokens: Sequence[Token], k: int, end: int) -> str:
        """What stands in place of the tokens from k on: dX for a name, else a fresh name."""
        body = text[tokens[inside].start : tokens[end - 1].end]
        if tokens[k].text not in _DIFFERENTIAL:
            body = tokens[k].text[1:] + body
        if re.fullmatch(r"[^\W\d]\w*", body):
            return f" d{body} "
        name = f"delta_part_{len(self.values) + 1}"
        self.values[name] = self.differential(body)
        return f" {name} "

    def _argument(self, tokens: Sequence[Token], k: int) -> tuple[int | None, int]:
        """Where the differential that begins at a token ends, and the first token of its argument; None where none begins."""
        t = tokens[k]
        if t.kind != "name" and t.text != "∂" or t.text in self.taken or k + 1 >= len(tokens):
            return None, k
        if t.text in _DIFFERENTIAL:
            return self._atom(tokens, k + 1), k + 1
        prefixed = t.text[0] == "d" and self.is_function(t.text[1:]) and tokens[k + 1].text == "("
        return (closing(tokens, k + 1), k + 1) if prefixed else (None, k)

    def _atom(self, tokens: Sequence[Token], k: int) -> int:
        """Where what d is applied to ends: a bracket, a name with its power, functions with their argument."""
        start = k
        while k < len(tokens) and tokens[k].kind == "name" and self.is_function(tokens[k].text):
            k += 1
        if k >= len(tokens):
            raise ParseError("there is nothing behind this d", (tokens[start - 1].start, tokens[start - 1].end))
        if tokens[k].text in _OPENING:
            return closing(tokens, k)
        return raised(tokens, k + 1)


def argument_of(left: str) -> str | None:
    """What a left side is the differential of: d(A*X), d tr(A*X), d vec(Y); None where it is none, as dX*Y + X*dY."""
    tokens = lex(left).tokens[:-1]
    if not tokens or _NAME.fullmatch(left.strip()) or tokens[0].text[0] not in "d∂":
        return None
    if tokens[0].text not in ("d", "∂"):
        is_call = tokens[0].text[1:] in rulebook.spellings() and len(tokens) > 1 and tokens[1].text == "("
        return left.strip()[1:] if is_call and closing(tokens, 1) == len(tokens) else None
    is_whole = len(tokens) > 1 and (tokens[1].text != "(" or raised(tokens, closing(tokens, 1)) == len(tokens))
    depth, inside = 0, set()
    for t in tokens:
        depth += (t.text in "([{") - (t.text in ")]}")
        inside |= {t.text} if not depth else set()
    return left[tokens[1].start :] if is_whole and not inside & {"+", "-"} else None


def closing(tokens: Sequence[Token], opening: int) -> int:
    """The token behind the bracket that closes one."""
    depth = 0
    for k in range(opening, len(tokens)):
        depth += (tokens[k].text in _OPENING) - (tokens[k].text in _OPENING.values())
        if not depth:
            return k + 1
    return len(tokens)


def raised(tokens: Sequence[Token], k: int) -> int:
    """The token behind a power: d X^-1, d X^(-1), d X^T."""
    if k < len(tokens) and tokens[k].text == "^":
        k += 1
        if k < len(tokens) and tokens[k].text == "(":
            return closing(tokens, k)
        return min(k + (2 if k < len(tokens) and tokens[k].text == "-" else 1), len(tokens))
    return k + 1 if k < len(tokens) and (tokens[k].kind == "sup" or tokens[k].text == "'") else k

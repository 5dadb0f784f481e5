"""Conditions that say what a property says: sum(y) = 1, Q^T*Q = I, ||v|| = 1, by the equations of rules/properties.toml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from matcalc.algebra import add, negative
from matcalc.algebra.node import Expr, is_zero, sym
from matcalc.algebra.walk import substitute
from matcalc.book.properties import property_names, property_of
from matcalc.book.rules import read_param
from matcalc.book.sizes import Dim, dim
from matcalc.errors import MatcalcError
from matcalc.reading.alone import read_expression
from matcalc.reading.grammar.tokens import BOLD_ONE, Token

CONSTANTS: Final = frozenset({"I", BOLD_ONE})
# A condition speaks of one variable and of its sizes.
MOST_NAMES: Final = 3
LONGEST: Final = 40


class Equation(NamedTuple):
    """An equation that says that its letter has a property: what is zero there, and the letter with its shape."""

    known: str
    zero: Expr
    letter: Expr


class Condition(NamedTuple):
    """What a condition says of a variable."""

    name: str
    known: str


@cache
def equations() -> tuple[Equation, ...]:
    """The equations of the book, in its order."""
    return tuple(_equation(name, text) for name in property_names() for text in _texts(name))


def _texts(name: str) -> Sequence[str]:
    told = property_of(name)
    return () if told is None else told.equations


def _equation(known: str, text: str) -> Equation:
    sides, _, declared = text.rpartition(", ")
    param = read_param(declared)
    rows, columns = param.shape
    letter = sym(param.name, (dim(rows), dim(columns)))
    zero = _zero(sides.split(" = "), letter)
    assert zero is not None
    return Equation(known, zero, letter)


def _zero(sides: Sequence[str], letter: Expr, latex: bool = False) -> Expr | None:
    """The difference of two sides, where it exists; the number 0 stands for any array of zeros."""
    shape, sizes = letter.shape, {d.name for d in letter.shape if d.is_Symbol}
    names = {letter.data.name: letter}
    one, other = (read_expression(side, names, dimensions=sizes, like=shape, latex=latex) for side in sides)
    if one.shape == other.shape:
        return add(one, negative(other))
    return next((side for side, rest in ((one, other), (other, one)) if is_zero(rest)), None)


def condition(left: Sequence[Token], right: Sequence[Token], source: str, latex: bool) -> Condition | None:
    """The property that an equation in a text says of its only variable; None where the book has no such equation."""
    tokens = [*left, *right]
    others = {t.text for t in tokens if t.kind == "sum"} | CONSTANTS
    others |= {name.text for name, after in pairwise(tokens) if after.text == "("}
    marks = {id(t) for before, t in pairwise(tokens) if before.text == "^"}
    distinct = list(dict.fromkeys(t.text for t in tokens if t.kind == "name" and t.text not in others and id(t) not in marks))
    if not 0 < len(distinct) <= MOST_NAMES or len(tokens) > LONGEST:
        return None
    texts = tuple(source[side[0].start : side[-1].end] for side in (left, right))
    for name in distinct:
        sizes = [n for n in distinct if n != name]
        for e in equations():
            if _says(e, texts, name, sizes, latex):
                return Condition(name, e.known)
    return None


def _says(e: Equation, texts: tuple[str, ...], name: str, others: Sequence[str], latex: bool) -> bool:
    """Whether two sides of an equation with this variable, the other names being its sizes, say what an equation of the book says."""
    for sizes in _sizes_for(e, others):
        rows, columns = e.letter.shape
        letter = sym(name, (sizes.get(rows, rows), sizes.get(columns, columns)))
        wanted = substitute(e.zero, {e.letter.data.name: letter}, sizes)
        try:
            found = _zero(texts, letter, latex)
        except MatcalcError:
            continue
        if found in (wanted, negative(wanted)):
            return True
    return False


def _sizes_for(e: Equation, others: Sequence[str]) -> Iterator[dict[Dim, Dim]]:
    """The sizes of the letter by the names that a text has for them, in either order."""
    own = list(dict.fromkeys(d for d in e.letter.shape if d.is_Symbol))
    if len(others) > len(own):
        return
    for k in range(len(own) if others else 1):
        turned = [*own[k:], *own[:k]]
        yield {d: dim(n) for d, n in zip(turned, others, strict=False)}

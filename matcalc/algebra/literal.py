"""Expressions taken at their word: the same operations as in `algebra` and `functions`, with nothing simplified.

A certificate compares an answer with finite differences of the input. If the input went through the same normal form
as the answer, a wrong law of algebra there would change both and pass; evaluated as it was written, it cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Final

from matcalc.algebra.node import Expr, array, const, node
from matcalc.algebra.normal_form.blocks.building import block
from matcalc.algebra.normal_form.functions import fun, value_shape
from matcalc.algebra.normal_form.hadamard import epow, had
from matcalc.algebra.normal_form.parts import part
from matcalc.algebra.normal_form.powers import logarithm, power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.normal_form.selection import selector
from matcalc.algebra.normal_form.sums import add
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.rules import find
from matcalc.book.sizes import ONE, SCALAR, plus, show
from matcalc.records import dataclass
from matcalc.scalars import S


@dataclass(frozen=True)
class Algebra:
    """The operations that an expression is built with."""

    add: Callable[..., Expr]
    mul: Callable[..., Expr]
    power: Callable[[Expr, Expr], Expr]
    transpose: Callable[[Expr], Expr]
    had: Callable[[Expr, Expr], Expr]
    epow: Callable[[Expr, Expr], Expr]
    fun: Callable[..., Expr]
    part: Callable[[Expr, int | Expr | None, int | Expr | None], Expr]
    block: Callable[[Sequence[Sequence[Expr]]], Expr]
    kron: Callable[..., Expr]

    def negative(self, a: Expr) -> Expr:
        """-A."""
        return self.mul(const(-1), a)

    def inverse(self, a: Expr) -> Expr:
        """A^-1, or 1/a of a number."""
        return self.power(a, const(-1))


def _add(*terms: Expr) -> Expr:
    return terms[0] if len(terms) == 1 else node("add", terms, None, terms[0].shape)


def _mul(*factors: Expr) -> Expr:
    """The product from left to right: a number scales, and a product that is 1 x 1 is a number."""
    made = factors[0] if factors else const(1)
    for f in factors[1:]:
        made = _times(made, f)
    return made


def _times(a: Expr, b: Expr) -> Expr:
    if a.op == b.op == "const":
        return const(a.data * b.data)
    if a.is_scalar or b.is_scalar:
        pair = (a, b) if a.is_scalar else (b, a)
        return node("mul", pair, None, pair[1].shape)
    if a.shape[1] != b.shape[0]:
        raise ValueError(f"cannot multiply {show(a.shape)} and {show(b.shape)}")
    shape = (a.shape[0], b.shape[1])
    return node("inner" if shape == SCALAR else "mul", (a, b), None, shape)


def _part(a: Expr, i: int | Expr | None, j: int | Expr | None) -> Expr:
    """A part of an array by the columns of the identity that pick it."""
    row = a if i is None else _times(_transpose(selector(i, a.shape[0])), a)
    return row if j is None or row.is_scalar else _times(row, selector(j, a.shape[1]))


def _power(base: Expr, k: Expr) -> Expr:
    return node("pow", (base, k), None, base.shape)


def _transpose(a: Expr) -> Expr:
    return a if a.is_scalar else node("T", (a,), None, a.shape[::-1])


def _had(a: Expr, b: Expr) -> Expr:
    if a.is_scalar or b.is_scalar:
        return _times(a, b)
    if a.shape != b.shape:
        raise ValueError(f"cannot multiply {show(a.shape)} and {show(b.shape)} elementwise")
    return node("had", (a, b), None, a.shape)


def _epow(base: Expr, k: Expr) -> Expr:
    return _power(base, k) if base.is_scalar else node("epow", (base, k), None, base.shape)


def _block(grid: Sequence[Sequence[Expr]]) -> Expr:
    """The matrix of rows of blocks."""
    blocks = tuple(b for row in grid for b in row)
    if all(b.is_scalar for b in blocks):
        return array(grid)
    shape = plus(*(row[0].shape[0] for row in grid)), plus(*(b.shape[1] for b in grid[0]))
    return node("block", blocks, (len(grid), len(grid[0])), shape)


def _fun(name: str, *args: Expr) -> Expr:
    """The function as its rule has it; of a row, what it is of the column, and of a matrix, diag is its diagonal."""
    if name in SPELLED:
        return SPELLED[name](*args)
    if name == "logdet" and args[0].has_complex:
        # The book's logdet is the logarithm of the absolute value, which is not holomorphic.
        return _fun(logarithm(), _fun("det", *args))
    rule = find(name)
    if rule is None:
        raise KeyError(name)
    if rule.kind == "elementwise":
        return node(rule.name, args, None, args[0].shape)
    if rule.name == "diag" and ONE not in args[0].shape:
        return _fun("diagv", *args)
    fitting = tuple(_transpose(a) if p.shape[1] == "1" and a.shape[0] is ONE else a for p, a in zip(rule.params, args, strict=True))
    return node(rule.name, fitting, None, value_shape(rule, fitting))


def _kron(*factors: Expr) -> Expr:
    """A chain of Kronecker products from left to right."""
    return reduce(lambda left, right: _fun("kron", left, right), factors)


def _kron_inside_out(*factors: Expr) -> Expr:
    """The chain as normal form nests it: from the left, each factor would nest all before it anew."""
    return reduce(lambda right, left: fun("kron", left, right), reversed(factors))


# Functions that are another spelling of an operation.
SPELLED: Final[dict[str, Callable[[Expr], Expr]]] = {
    "sqrt": lambda a: _epow(a, const(S.Half)),
    "inv": lambda a: _power(a, const(-1)),
    "sym": lambda a: _times(const(S.Half), _add(a, _transpose(a))),
}

NORMAL: Final = Algebra(add, mul, power, transpose, had, epow, fun, part, block, _kron_inside_out)
LITERAL: Final = Algebra(_add, _mul, _power, _transpose, _had, _epow, _fun, _part, _block, _kron)

"""Diagonals and diagonal matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.expr import first_of
from matcalc.algebra.node import Expr, const, eye, is_zero, node, ones, split_product, zeros
from matcalc.algebra.normal_form.blocks.building import diagonal_blocks, on_diagonal
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.hadamard import epow, had
from matcalc.algebra.normal_form.sums import add, leads_negative, negative, scale
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.algebra.structure import properties
from matcalc.book.sizes import ONE, Dim
from matcalc.scalars import S, Scalar


def diag(a: Expr) -> Expr:
    """The diagonal matrix of a vector; the diagonal of a matrix."""
    if a.is_scalar:
        return a
    if a.shape[0] is not ONE and a.shape[1] is not ONE:
        return diagonal_of(a)
    if a.shape[0] is ONE:
        a = transpose(a)
    n = a.shape[0]
    if is_zero(a):
        return zeros(n, n)
    if a.op in ON_THE_DIAGONAL and (known := ON_THE_DIAGONAL[a.op](a)) is not None:
        return known
    if a.op == "add" and leads_negative(a):
        return negative(diag(negative(a)))
    c, scalars, mats = split_product(a)
    if c is not S.One or scalars:
        return build.mul(const(c), *scalars, diag(build.mul(*mats)))
    return node("diag", (a,), None, (n, n))


ON_THE_DIAGONAL: Final[dict[str, Callable[[Expr], Expr | None]]] = {
    "ones": lambda a: eye(a.shape[0]),
    "diagv": lambda a: a.args[0] if "diagonal" in properties(a.args[0]) else None,
    "unit": lambda a: build.mul(a, transpose(a)),
    "block": lambda a: on_diagonal([diag(b) for b in a.args]),
}


def diagonal_of(a: Expr) -> Expr:
    """The diagonal of a square matrix, as a vector."""
    n = a.shape[0]
    if a.is_scalar:
        return a
    match a.op:
        case "diag":
            return a.args[0]
        case "eye" | "ones" | "zeros":
            return zeros(n) if a.op == "zeros" else ones(n)
        case "triangle":
            return scale(S.Half if a.data[1] else S.One, ones(n))
        case "add" | "had":
            return (add if a.op == "add" else had)(*(diagonal_of(f) for f in a.args))
        case "epow":
            return epow(diagonal_of(a.args[0]), a.args[1])
    known = _diagonal_of_blocks(a) if a.op == "block" else _diagonal_of_product(*split_product(a), n)
    if known is not None:
        return known
    turned = transpose(a)
    if turned.op == "mul" and turned is negative(a):
        return zeros(n)
    a = first_of(a, turned)
    return node("diagv", (a,), None, (n, ONE))


def _diagonal_of_blocks(a: Expr) -> Expr | None:
    """The diagonals of the blocks on the diagonal, where these are square."""
    blocks = diagonal_blocks(a)
    return None if blocks is None else build.block([[diagonal_of(b)] for b in blocks])


def _diagonal_of_product(c: Scalar, scalars: tuple[Expr, ...], mats: tuple[Expr, ...], n: Dim) -> Expr | None:
    """diagv(u v^T) = u .* v, diagv(diag(u) M) = u .* diagv(M), diagv(E^T M E) = E^T diagv(M) for columns E of the identity."""
    if c is not S.One or scalars:
        return build.mul(const(c), *scalars, diagonal_of(build.mul(*mats) if mats else eye(n)))
    cut = next((i for i, f in enumerate(mats[:-1]) if f.shape[1] is ONE), None)
    if cut is not None:
        return had(build.mul(*mats[: cut + 1]), transpose(build.mul(*mats[cut + 1 :])))
    if len(mats) > 2 and mats[-1].op == "columns" and transpose(mats[-1]) is mats[0]:
        return build.mul(mats[0], diagonal_of(build.mul(*mats[1:-1])))
    if mats[0].op == "diag":
        return had(mats[0].args[0], diagonal_of(build.mul(eye(n), *mats[1:])))
    if mats[-1].op == "diag":
        return had(mats[-1].args[0], diagonal_of(build.mul(eye(n), *mats[:-1])))
    return None

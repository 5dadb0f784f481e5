"""Columns stacked, and Kronecker products."""

from __future__ import annotations

from matcalc.algebra.node import Expr, const, eye, is_zero, node, ones, split_product, zeros
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import leads_negative, negative
from matcalc.algebra.normal_form.transposes import shorter, transpose
from matcalc.algebra.structure import properties
from matcalc.book.sizes import ONE, times, triangular
from matcalc.scalars import S


def vec(a: Expr) -> Expr:
    """The columns of a matrix, stacked."""
    if a.shape[1] is ONE:
        return a
    if a.shape[0] is ONE:
        return transpose(a)
    if is_zero(a):
        return zeros(times(*a.shape))
    if a.op == "ones":
        return ones(times(*a.shape))
    if a.op == "block" and a.data[0] == 1:
        return build.block([[vec(b)] for b in a.args])
    if a.op == "add" and leads_negative(a):
        return negative(vec(negative(a)))
    c, scalars, mats = split_product(a)
    if c is not S.One or scalars:
        return build.mul(const(c), *scalars, vec(build.mul(*mats) if mats else eye(a.shape[0])))
    cut = next((i for i, f in enumerate(mats) if f.shape[1] is ONE), None)
    if cut is not None and len(mats) > 1:
        return kron(transpose(build.mul(*mats[cut + 1 :])), build.mul(*mats[: cut + 1]))
    return node("vec", (a,), None, (times(*a.shape), ONE))


def vech(a: Expr) -> Expr:
    """The columns of a square matrix from the diagonal down, stacked (Magnus and Neudecker, section 3.8)."""
    length = triangular(a.shape[0])
    if a.is_scalar or is_zero(a):
        return a if a.is_scalar else zeros(length)
    if a.op == "ones":
        return ones(length)
    if a.op == "add" and leads_negative(a):
        return negative(vech(negative(a)))
    c, scalars, mats = split_product(a)
    if c is not S.One or scalars:
        return build.mul(const(c), *scalars, vech(build.mul(*mats) if mats else eye(a.shape[0])))
    turned = transpose(a)
    if "symmetric" in properties(a) and turned is not a and shorter(turned, a):
        a = turned
    return node("vech", (a,), None, (length, ONE))


def kron(*factors: Expr) -> Expr:
    """The Kronecker product; associative, so that three factors nest to the right."""
    if len(factors) > 2:
        return kron(factors[0], kron(*factors[1:]))
    a, b = factors
    if a.is_scalar or b.is_scalar:
        return build.mul(a, b)
    shape = (times(a.shape[0], b.shape[0]), times(a.shape[1], b.shape[1]))
    if is_zero(a) or is_zero(b):
        return zeros(*shape)
    if a.op == b.op and a.op in ("eye", "ones"):
        return eye(shape[0]) if a.op == "eye" else ones(*shape)
    parts = [split_product(a), split_product(b)]
    if any(c is not S.One or scalars for c, scalars, _ in parts):
        outside = [f for c, scalars, _ in parts for f in (const(c), *scalars)]
        bare = [build.mul(*mats) if mats else eye(e.shape[0]) for e, (_, _, mats) in zip((a, b), parts, strict=True)]
        return build.mul(*outside, kron(*bare))
    if a.op == "kron":
        return kron(a.args[0], kron(a.args[1], b))
    if a.shape[1] is ONE and b.shape[0] is ONE or a.shape[0] is ONE and b.shape[1] is ONE:
        return build.mul(a, b) if a.shape[1] is ONE else build.mul(b, a)
    return node("kron", (a, b), None, shape)

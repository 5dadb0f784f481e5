"""Sums whose terms do not have one curvature each, but together: entry by entry, quadratic forms, differences of determinants."""

from __future__ import annotations

from collections import defaultdict

from matcalc.algebra import add, had, mul, negative, subtract, transpose
from matcalc.algebra.node import Expr, const, split_coefficient
from matcalc.algebra.structure import properties
from matcalc.convexity.quadratics import quadratic_curvature
from matcalc.convexity.reasons import Curvatures, Reason
from matcalc.convexity.scalars import AFFINE, CONCAVE, CONVEX, NONE, Curvature
from matcalc.convexity.squares import factors_of


def regrouped(c: Curvatures, e: Expr) -> Curvature:
    """The curvature of a sum, some of whose terms are taken together."""
    found = AFFINE
    rest = [a for a in e.args if c.curvature(a) != AFFINE]
    grouped = tuple(way(c, rest) for way in (_entries, _determinants))
    for groups in (*grouped, None):
        whole = _of_groups(c, groups) if groups is not None else quadratic_curvature(c, e)
        if whole:
            c.because(e, Reason("together", tuple(rest)))
            return whole & found
    return NONE


def _of_groups(c: Curvatures, groups: list[Curvature]) -> Curvature:
    found = AFFINE
    for group in groups:
        found &= group
    return found


def _entries(c: Curvatures, terms: list[Expr]) -> list[Curvature] | None:
    """Sums over entries of arrays of one shape, as one sum."""
    arrays: dict[tuple[object, ...], list[Expr]] = defaultdict(list)
    others: list[Expr] = []
    for term in terms:
        inside = _summand(term)
        if inside is None:
            others.append(term)
        else:
            shape = inside.shape if inside.shape[0] != 1 else (inside.shape[1], inside.shape[0])
            arrays[shape].append(inside if shape == inside.shape else transpose(inside))
    if all(len(group) < 2 for group in arrays.values()):
        return None
    return [*(c.curvature(add(*group)) for group in arrays.values()), *map(c.curvature, others)]


def _summand(term: Expr) -> Expr | None:
    """The array of which a term is the sum of entries."""
    coefficient, inside = split_coefficient(term)
    scalars: tuple[Expr, ...] = ()
    if inside.op == "mul":
        scalars = tuple(a for a in inside.args if a.op not in ("sum", "inner", "tr"))
        left = [a for a in inside.args if a.op in ("sum", "inner", "tr")]
        if len(left) != 1:
            return None
        inside = left[0]
    if inside.op == "sum":
        return mul(const(coefficient), *scalars, inside.args[0])
    if inside.op in ("inner", "tr"):
        factors = factors_of(inside)
        if factors is not None and len(factors) == 2:
            return mul(const(coefficient), *scalars, had(transpose(factors[0]), factors[1]))
    return None


def _determinants(c: Curvatures, terms: list[Expr]) -> list[Curvature] | None:
    """k*logdet(A + X) - k*logdet(X) is convex in a positive definite X for a positive semidefinite A (Diggavi and Cover 2001)."""
    pending = list(terms)
    groups: list[Curvature] = []
    for one in terms:
        for other in terms:
            found = _difference(c, one, other)
            if found and one in pending and other in pending:
                pending.remove(one)
                pending.remove(other)
                groups.append(found)
    return [*groups, *map(c.curvature, pending)] if groups else None


def _difference(c: Curvatures, one: Expr, other: Expr) -> Curvature:
    """Of a multiple of the logarithm of one determinant minus that of a smaller one."""
    (k, larger), (m, smaller) = _determinant(one), _determinant(other)
    if larger is None or smaller is None or k is not negative(m):
        return NONE
    moving = all(c.curvature(s) == AFFINE and "spd" in properties(s) for s in (larger, smaller))
    gap = subtract(larger, smaller)
    if not moving or c.domain.moves(gap) or c.domain.definiteness(gap) <= 0:
        return NONE
    sign = c.domain.sign(k)
    return frozenset({CONVEX if sign > 0 else CONCAVE}) if sign else NONE


def _determinant(term: Expr) -> tuple[Expr, Expr | None]:
    """(k, A) of k*logdet(A)."""
    factors = term.args if term.op == "mul" else (term,)
    found = [f for f in factors if f.op == "logdet"]
    others = [f for f in factors if f.op != "logdet"]
    return mul(const(1), *others), found[0].args[0] if len(found) == 1 else None

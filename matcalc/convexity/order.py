"""Symmetric matrices in the order of the semidefinite ones: X^-1 and M^T*S^-1*M are convex, the logarithm and the root concave.

Source: Boyd and Vandenberghe 2004, section 3.6.2; Ando 1979; Bhatia, Matrix Analysis (1997), chapter V.
"""

from __future__ import annotations

from typing import Final

from matcalc.algebra import transpose
from matcalc.algebra.node import Expr, is_const, split_product
from matcalc.algebra.structure import properties
from matcalc.book import rules as rulebook
from matcalc.convexity.conditions import conditions_hold
from matcalc.convexity.reasons import Curvatures
from matcalc.convexity.scalars import AFFINE, CONCAVE, CONVEX, NONE, Curvature

PREFIX: Final = "matrix "
CONVEX_ONLY: Final[Curvature] = frozenset({CONVEX})
FLIPPED: Final = {CONVEX: CONCAVE, CONCAVE: CONVEX}


def definite_curvature(c: Curvatures, e: Expr) -> Curvature:
    """What v^T*e*v is for every v."""
    if e.shape[0] != e.shape[1] or e.is_scalar or "symmetric" not in properties(e):
        return NONE
    if c.curvature(e) == AFFINE:
        return AFFINE
    match e.op:
        case "add":
            found = AFFINE
            for a in e.args:
                found &= c.in_order(a)
            return found
        case "mul":
            return _of_product(c, e)
        case "pow":
            return _of_power(c, e)
        case "diag":
            return c.curvature(e.args[0])
    return _of_function(c, e)


def _of_power(c: Curvatures, e: Expr) -> Curvature:
    base, k = e.args
    if is_const(k, -1) and c.domain.definiteness(base) > 0 and CONCAVE in c.in_order(base):
        return CONVEX_ONLY
    return CONVEX_ONLY if is_const(k, 2) and c.curvature(base) == AFFINE else NONE


def _of_product(c: Curvatures, e: Expr) -> Curvature:
    _, _, mats = split_product(e)
    numbers = e.args[: len(e.args) - len(mats)]
    if any(c.domain.moves(s) for s in numbers):
        return _number_times(c, numbers, mats)
    sign = 1
    for s in numbers:
        sign *= c.domain.interval(s).sign
    found = _palindrome(c, mats)
    if found == AFFINE or sign > 0:
        return found
    return frozenset(FLIPPED[f] for f in found) if sign else NONE


def _number_times(c: Curvatures, numbers: tuple[Expr, ...], mats: tuple[Expr, ...]) -> Curvature:
    """A convex number times a constant positive semidefinite matrix."""
    moving = [s for s in numbers if c.domain.moves(s)]
    if len(numbers) != 1 or len(moving) != 1 or len(mats) != 1 or c.domain.moves(mats[0]):
        return NONE
    sign = c.domain.definiteness(mats[0])
    found = c.curvature(moving[0])
    return found if sign > 0 else frozenset(FLIPPED[f] for f in found) if sign else NONE


def _palindrome(c: Curvatures, mats: tuple[Expr, ...]) -> Curvature:
    """B^T*G*B for a constant B; F^T*C*F for an affine F and a semidefinite C; F^T*S^-1*F."""
    half = len(mats) // 2
    left, middle, right = mats[:half], mats[half : len(mats) - half], mats[len(mats) - half :]
    if len(mats) == 1:
        return c.in_order(mats[0])
    if any(transpose(f) is not g for f, g in zip(left, reversed(right), strict=True)):
        return NONE
    moving = [f for f in left if c.domain.moves(f)]
    if not moving:
        return c.in_order(middle[0]) if middle else NONE
    if len(moving) > 1 or c.curvature(moving[0]) != AFFINE:
        return NONE
    inside = (*left[left.index(moving[0]) + 1 :], *middle)
    if not any(c.domain.moves(f) for f in inside):
        sign = c.domain.definiteness(middle[0]) if middle else 1
        return frozenset({CONVEX if sign > 0 else CONCAVE}) if sign else NONE
    s = middle[0]
    is_inverse = len(inside) == 1 and s.op == "pow" and is_const(s.args[1], -1)
    return CONVEX_ONLY if is_inverse and c.domain.definiteness(s.args[0]) > 0 and CONCAVE in c.in_order(s.args[0]) else NONE


def _of_function(c: Curvatures, e: Expr) -> Curvature:
    """What the book says of a matrix function of an affine argument."""
    rule = rulebook.find(e.op)
    if rule is None or not e.args or c.curvature(e.args[0]) != AFFINE or any(c.domain.moves(a) for a in e.args[1:]):
        return NONE
    found = set()
    for conditions, told in rule.curvature:
        if told.startswith(PREFIX) and conditions_hold(c.domain, rule, conditions, e):
            found.add(told.removeprefix(PREFIX))
    return frozenset(found)

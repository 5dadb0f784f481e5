"""Products of matrices in which the variables stand once, twice or three times.

tr(F*C*F^T*E) is a sum of squares where C and E are semidefinite of one sign: it is ||E^(1/2)*F*C^(1/2)||_F^2. F^T*S^-1*F is convex in
F and a positive definite S together (Boyd and Vandenberghe 2004, example 3.4; Ando 1979).
"""

from __future__ import annotations

from matcalc.algebra import had, mul, transpose
from matcalc.algebra.node import Expr, is_const, split_product
from matcalc.algebra.structure import properties
from matcalc.convexity.reasons import Curvatures, Reason
from matcalc.convexity.scalars import AFFINE, CONCAVE, CONVEX, NONE, Curvature

Factors = tuple[Expr, ...]
SQUARE = frozenset({CONVEX})


def factors_of(e: Expr) -> Factors | None:
    """The matrices whose product is an inner product, or has the trace; None where a number stands among them."""
    if e.op == "inner":
        return e.args
    inside = e.args[0]
    if inside.op == "pow" and inside.args[1].op == "const" and inside.args[1].data in (2, 3):
        return (inside.args[0],) * int(inside.args[1].data)
    c, scalars, mats = split_product(inside)
    return mats if c == 1 and not scalars and mats else None


def product_curvature(c: Curvatures, e: Expr) -> Curvature:
    """The curvature of an inner product or a trace of a product."""
    factors = factors_of(e)
    if factors is None:
        return NONE
    moving = [k for k, f in enumerate(factors) if c.domain.moves(f)]
    if len(moving) == 1:
        return _once(c, e, factors, moving[0])
    if len(moving) == 2:
        sign = _twice(c, factors, (moving[0], moving[1]))
        if sign:
            c.because(e, Reason("square", factors))
            return frozenset({CONVEX if sign > 0 else CONCAVE})
        return _entry_by_entry(c, e, factors)
    return _thrice(c, e, factors, moving) if len(moving) == 3 else NONE


def _rest(factors: Factors, k: int) -> Factors:
    """The factors behind the k-th and, since a trace may be rotated, those before it."""
    return factors[k + 1 :] + factors[:k]


def _once(c: Curvatures, e: Expr, factors: Factors, k: int) -> Curvature:
    """tr(P*G): linear in G; of a G that is convex in the order of definite matrices, where P is definite; or entry by entry."""
    inside = c.curvature(factors[k])
    rest = _rest(factors, k)
    if inside == AFFINE:
        return AFFINE
    sign = 1
    for f in rest:
        sign *= c.domain.interval(f).sign
    c.because(e, Reason("linear", (factors[k],)))
    if inside and sign:
        return _signed(inside, sign)
    in_order = c.in_order(factors[k]) if factors[k].shape[0] == factors[k].shape[1] else NONE
    if in_order:
        c.because(e, Reason("order", (factors[k],)))
        return _signed(in_order, product_sign(c, rest))
    for f in rest if inside else ():
        c.domain.sign(f)
    return NONE


def _signed(found: Curvature, sign: int) -> Curvature:
    if sign > 0:
        return found
    return frozenset({CONVEX: CONCAVE, CONCAVE: CONVEX}[f] for f in found) if sign else NONE


def product_sign(c: Curvatures, factors: Factors, wanted: bool = True) -> int:
    """The definiteness of a product of matrices, of which none is the identity."""
    if not factors:
        return 1
    found = c.domain.square_sign(factors) or c.domain.definiteness(mul(*factors))
    if found or not wanted:
        return found
    inside = mul(*factors)
    return c.domain.wants_definite(inside) if inside.shape[0] == inside.shape[1] else 0


def _twice(c: Curvatures, factors: Factors, at: tuple[int, int]) -> int:
    """The sign of F*C*F^T*E with an affine F; 0 where it is not known."""
    i, j = at
    first, second = factors[i], factors[j]
    if c.curvature(first) != AFFINE or c.curvature(second) != AFFINE or transpose(first) is not second:
        return 0
    between, outside = factors[i + 1 : j], factors[j + 1 :] + factors[:i]
    if between and outside and mul(*between) is mul(*outside) and "symmetric" in properties(first):
        # tr(X*B*X*B) = ||B^(1/2)*X*B^(1/2)||_F^2 for a B of either sign.
        return abs(product_sign(c, between))
    return product_sign(c, between) * product_sign(c, outside)


def _entry_by_entry(c: Curvatures, e: Expr, factors: Factors) -> Curvature:
    """tr(F*G) as the sum of the products of entries."""
    if len(factors) != 2 or e.op == "tr" and factors[0] is factors[1]:
        return NONE
    turned = had(factors[0], transpose(factors[1])), had(transpose(factors[0]), factors[1])
    entries = min(turned, key=lambda a: a.weight)
    found = c.curvature(entries)
    if found:
        c.because(e, Reason("linear", (entries,)))
    return found


def _thrice(c: Curvatures, e: Expr, factors: Factors, moving: list[int]) -> Curvature:
    """tr(F*S^-1*F^T*E) with F affine, S concave and positive definite, E positive semidefinite."""
    for turn in range(3):
        i, j, k = (moving[(turn + t) % 3] for t in range(3))
        middle = factors[j]
        if middle.op != "pow" or not is_const(middle.args[1], -1) or transpose(factors[i]) is not factors[k]:
            continue
        size = len(factors)
        between = [factors[(i + t) % size] for t in range(1, (j - i) % size)] + [factors[(j + t) % size] for t in range(1, (k - j) % size)]
        outside = tuple(factors[(k + t) % size] for t in range(1, (i - k) % size))
        base = middle.args[0]
        fits = not between and c.curvature(factors[i]) == AFFINE and c.domain.definiteness(base) > 0 and CONCAVE in c.in_order(base)
        if fits and product_sign(c, outside) > 0:
            c.because(e, Reason("fraction", factors))
            return SQUARE
    return NONE


def square_sign(c: Curvatures, e: Expr) -> int:
    """1 where an expression is the square of a norm of something affine, -1 where its negative is."""
    if not c.domain.moves(e):
        return 0
    if e.op == "add":
        fits = all(c.domain.interval(a).is_nonnegative if not c.domain.moves(a) else square_sign(c, a) > 0 for a in e.args)
        return 1 if fits and e.is_scalar else 0
    if e.op == "mul":
        moving = [a for a in e.args if c.domain.moves(a)]
        sign = square_sign(c, moving[0]) if len(moving) == 1 else 0
        for a in e.args if sign else ():
            sign *= 1 if a is moving[0] else c.domain.interval(a).sign
        return sign
    if e.op == "sum" and e.args[0].op == "epow":
        return 1 if is_const(e.args[0].args[1], 2) and c.curvature(e.args[0].args[0]) == AFFINE else 0
    factors = factors_of(e) if e.op in ("inner", "tr") else None
    moving_at = [k for k, f in enumerate(factors) if c.domain.moves(f)] if factors else []
    if factors is None or len(moving_at) != 2:
        return 0
    i, j = moving_at
    if c.curvature(factors[i]) != AFFINE or transpose(factors[i]) is not factors[j]:
        return 0
    outside = product_sign(c, factors[j + 1 :] + factors[:i], False)
    return outside * product_sign(c, factors[i + 1 : j], False)

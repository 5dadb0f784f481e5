"""A second differential as squares that a reader sees: of norms with weights between, of deviations from a mean, of quotients.

    tr(E*D*C*D^T) = ||E^(1/2)*D*C^(1/2)||_F^2
    sum(p.*u.^2) - (p^T*u)^2 = sum(p.*(u - p^T*u).^2) where sum(p) = 1;   u^T*u - (a^T*u)^2/(a^T*a) = ||u - a*a^T*u/(a^T*a)||^2
    d^2(F^T*S^-1*F) = 2*||S^(-1/2)*(dF - dS*S^-1*F)||^2     (Boyd and Vandenberghe 2004, example 3.4)

Squares are no normal form, in which they are products; each is compared with the second differential at points before it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from matcalc.algebra import add, fun, inner, inverse, mul, negative, power, subtract, transpose
from matcalc.algebra.node import Expr, const, is_const, node, ones, split_coefficient, split_product
from matcalc.algebra.walk import in_order, is_vector
from matcalc.book.sizes import SCALAR
from matcalc.calculus.adjoint import tangent
from matcalc.convexity.found import Found
from matcalc.convexity.quadratics import direction
from matcalc.convexity.scalars import AFFINE
from matcalc.convexity.squares import factors_of
from matcalc.errors import MatcalcError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.random_points import Drawing
from matcalc.simplify.polynomial import expand

POINTS: Final = 3
TRIED: Final = 12
EXACT: Final = 1e-7
TWO: Final = const(2)


def visible(j: Found, twice: Expr) -> Expr | None:
    """The second differential of a verdict as multiples of squares; None where it is not seen to be such."""
    for made in (_term_by_term(j, twice), *_deviations(j, twice), _quotient(j)):
        if made is not None and _is_equal(made, twice):
            return made
    return None


def _is_equal(made: Expr, twice: Expr) -> bool:
    """Whether two expressions have the same value at some points."""
    names = [n for n in in_order([made, twice]) if n.op == "sym"]
    program, drawing = Program([made, twice]), Drawing(names, [made, twice])
    agreed = 0
    for k in range(TRIED):
        point = drawing.again(drawing.sizes(k % POINTS), k + 1)
        one, other = (np.asarray(v, float) for v in program(point.values, point.sizes, point.unknowns))
        if not np.isfinite(one) or not np.isfinite(other):
            continue
        if not abs(one - other) <= EXACT * (1 + abs(other)):
            return False
        agreed += 1
        if agreed >= POINTS:
            break
    return agreed > 0


# ------------------------------------------------------------------------------------------ how squares look


def _norm(root: Expr) -> Expr:
    """The square of the norm of an array, or of a number, as such."""
    if root.is_scalar:
        return node("pow", (root, TWO), None, SCALAR)
    return node("pow", (node("norm2" if is_vector(root) else "normF", (root,), None, SCALAR), TWO), None, SCALAR)


def _times(k: Expr, square: Expr) -> Expr:
    if is_const(k, 1):
        return square
    factors = (k.args if k.op == "mul" else (k,)) + (square,)
    return node("mul", factors, None, SCALAR)


def _added(terms: Sequence[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else node("add", tuple(terms), None, SCALAR)


# -------------------------------------------------------------------------------------------- term by term


def _term_by_term(j: Found, twice: Expr) -> Expr | None:
    """A sum of multiples, of one sign, of squares."""
    out = expand(twice)
    terms = [_square(j, t) for t in (out.args if out.op == "add" else (out,))]
    found = [t for t in terms if t is not None]
    signs = {sign for sign, _ in found}
    return _added([t for _, t in found]) if len(found) == len(terms) and len(signs) == 1 else None


def _square(j: Found, term: Expr) -> tuple[int, Expr] | None:
    """A term as a multiple of a square, with the sign of the multiple; None for another."""
    names = {f"d{v.data.name}" for v in j.problem.variables}
    factors = term.args if term.op == "mul" else (term,)
    moving = [f for f in factors if _holds(f, names)]
    k = mul(const(1), *(f for f in factors if f not in moving))
    sign = j.composition.domain.interval(k).sign
    if len(moving) != 1 or not sign:
        return None
    (held,) = moving
    if held.op == "pow" and is_const(held.args[1], 2):
        return sign, _times(k, _norm(held.args[0]))
    if held.op == "inner" and (entries := _entrywise(j, held, names)) is not None:
        return sign * entries[0], _times(k, entries[1])
    square = _of_product(j, held, names) if held.op in ("inner", "tr") else None
    return None if square is None else (sign, _times(k, square))


def _entrywise(j: Found, e: Expr, names: set[str]) -> tuple[int, Expr] | None:
    """(u.^2)^T*v as sum(v.*u.^2), with the sign of v."""
    squares = [f for f in e.args if _holds(f, names)]
    weights = [f for f in e.args if f not in squares]
    if len(e.args) != 2 or len(squares) != 1 or squares[0].op != "epow" or not is_const(squares[0].args[1], 2):
        return None
    u, v = (a if a.shape[1] is SCALAR[1] else transpose(a) for a in (squares[0].args[0], weights[0]))
    sign = j.composition.domain.interval(v).sign
    entries = node("had", (v, node("epow", (u, TWO), None, u.shape)), None, u.shape)
    return (sign, node("sum", (entries,), None, SCALAR)) if sign else None


def _holds(e: Expr, names: set[str]) -> bool:
    return e.data.name in names if e.op == "sym" else any(_holds(a, names) for a in e.args)


def _of_product(j: Found, e: Expr, names: set[str]) -> Expr | None:
    """tr(E*D*C*D^T) with semidefinite C and E as the square of a norm."""
    factors = tuple(f for factor in factors_of(e) or () for f in (split_product(factor)[2] if factor.op == "mul" else (factor,)))
    at = [k for k, f in enumerate(factors) if _holds(f, names)]
    if len(at) != 2 or transpose(factors[at[0]]) is not factors[at[1]]:
        return None
    between, outside = factors[at[0] + 1 : at[1]], factors[at[1] + 1 :] + factors[: at[0]]
    d = factors[at[0]]
    if e.op == "inner" and not outside and (weighted := _weighted(between, transpose(d), j)) is not None:
        return weighted
    left, right = _root(j, outside), _root(j, between)
    if left is None or right is None:
        return None
    root = mul(*left, d, *(transpose(f) for f in reversed(right)))
    return _norm(transpose(root) if root.shape[0] is SCALAR[0] and not root.is_scalar else root)


def _weighted(between: Sequence[Expr], d: Expr, j: Found) -> Expr | None:
    """d^T*A^T*diag(v)*A*d as sum(v.*(A*d).^2)."""
    half = len(between) // 2
    if len(between) % 2 == 0 or between[half].op != "diag" or not _is_mirrored(between):
        return None
    u = mul(*between[half + 1 :], d)
    weights = between[half].args[0]
    squares = node("epow", (u, TWO), None, u.shape)
    return node("sum", (node("had", (weights, squares), None, u.shape),), None, SCALAR)


def _is_mirrored(factors: Sequence[Expr]) -> bool:
    half = len(factors) // 2
    return all(transpose(f) is g for f, g in zip(factors[:half], reversed(factors[len(factors) - half :]), strict=True))


def _root(j: Found, factors: Sequence[Expr]) -> tuple[Expr, ...] | None:
    """The factors of R with R^T*R a product of matrices, which is semidefinite; None where that is not known."""
    if not _is_mirrored(factors):
        return None
    half = len(factors) // 2
    rest = tuple(factors[len(factors) - half :])
    if len(factors) % 2 == 0:
        return rest
    middle = factors[half]
    if middle.op == "pow" and middle.args[1].op == "const" and middle.args[1].data in (2, -2):
        return (power(middle.args[0], const(middle.args[1].data / 2)), *rest)
    if j.composition.domain.definiteness(middle) <= 0:
        return None
    if middle.op == "pow" and is_const(middle.args[1], -1):
        return (inverse(fun("sqrtm", middle.args[0])), *rest)
    return (fun("sqrtm", middle), *rest)


# ---------------------------------------------------------------------------------------------- deviations


def _deviations(j: Found, twice: Expr) -> Iterator[Expr]:
    """k*(squares - square) as squares of deviations from a mean with weights, or from a projection."""
    out = expand(twice)
    names = {f"d{v.data.name}" for v in j.problem.variables}
    terms = out.args if out.op == "add" and len(out.args) == 2 else ()
    for t in terms:
        factors = t.args if t.op == "mul" else (t,)
        single = [f.args[0] for f in factors if f.op == "pow" and is_const(f.args[1], 2) and _holds(f, names)]
        k = mul(const(1), *(f for f in factors if not _holds(f, names)))
        parts = _parts(single[0], names) if len(single) == 1 else None
        if parts is None:
            continue
        weights, u = parts
        mean = mul(single[0], ones(*u.shape))
        squares = node("epow", (subtract(u, mean), TWO), None, u.shape)
        yield _times(negative(k), node("sum", (node("had", (weights, squares), None, u.shape),), None, SCALAR))
        length = inner([transpose(weights), weights])
        yield _times(negative(mul(k, length)), _norm(subtract(u, mul(power(length, const(-1)), single[0], weights))))


def _parts(s: Expr, names: set[str]) -> tuple[Expr, Expr] | None:
    """p and u of a number p^T*u in which u alone holds the increments."""
    if s.op == "sum" and is_vector(s.args[0]):
        return ones(*s.args[0].shape), s.args[0]
    factors = s.args if s.op == "inner" else ()
    if not factors:
        return None
    if not _holds(factors[-1], names):
        factors = tuple(transpose(f) for f in reversed(factors))
    weights, u = transpose(factors[0]), mul(*factors[1:])
    return (weights, u) if _holds(u, names) and not _holds(weights, names) else None


# ------------------------------------------------------------------------------------------------ quotients


def _quotient(j: Found) -> Expr | None:
    """The second differential of k*F^T*S^-1*F, or of k*||F||^2/t, with F and S affine."""
    f = j.problem.f
    moves = j.composition.domain.moves
    factors = f.args if f.op == "mul" else (f,)
    k = mul(const(1), *(a for a in factors if not moves(a)))
    moving = [a for a in factors if moves(a)]
    if len(moving) == 1 and moving[0].op == "inner" and len(moving[0].args) == 3:
        left, middle, right = moving[0].args
        fits = transpose(left) is right and middle.op == "pow" and is_const(middle.args[1], -1) and _is_affine(j, right, middle.args[0])
        return _of_fraction(j, k, right, middle.args[0]) if fits else None
    below = [a for a in moving if a.op == "pow" and is_const(a.args[1], -1)]
    if len(moving) != 2 or len(below) != 1:
        return None
    t, above = below[0].args[0], next(a for a in moving if a is not below[0])
    root = above.args[0] if above.op == "pow" and is_const(above.args[1], 2) else _half(above)
    return _of_ratio(j, k, root, t) if root is not None and _is_affine(j, root, t) else None


def _half(e: Expr) -> Expr | None:
    """F of an inner product F^T*F."""
    _, rest = split_coefficient(e)
    factors = rest.args if rest is e and e.op == "inner" else ()
    return mul(*factors[len(factors) // 2 :]) if factors and len(factors) % 2 == 0 and _is_mirrored(factors) else None


def _is_affine(j: Found, *parts: Expr) -> bool:
    return all(j.composition.curvature(p) == AFFINE for p in parts)


def _step(j: Found, e: Expr) -> Expr:
    """The differential of an expression in the increments of the variables."""
    xs = sorted(j.problem.variables, key=lambda x: str(x.data.name))
    return add(*(tangent(e, x, direction(x)) for x in xs))


def _of_fraction(j: Found, k: Expr, f: Expr, s: Expr) -> Expr | None:
    try:
        inside = mul(inverse(fun("sqrtm", s)), subtract(_step(j, f), mul(_step(j, s), inverse(s), f)))
    except MatcalcError:
        return None
    return _times(mul(TWO, k), _norm(inside))


def _of_ratio(j: Found, k: Expr, f: Expr, t: Expr) -> Expr | None:
    try:
        inside = subtract(_step(j, f), mul(_step(j, t), power(t, const(-1)), f))
    except MatcalcError:
        return None
    return _times(mul(TWO, k, power(t, const(-1))), _norm(inside))

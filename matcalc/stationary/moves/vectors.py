"""Equations that are linear in a column or a number: M*x = c.

M is the Jacobian of the left side, taken by the engine, so that products with diagonal matrices, sums and parts are linear like
all else.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.algebra import add, epow, had, inverse, mul, negative, transpose
from matcalc.algebra.node import Expr, base_and_exponent, const, is_zero, ones, split_product, zeros
from matcalc.algebra.structure import is_positive, properties
from matcalc.algebra.walk import depends, is_vector, substitute
from matcalc.book import rules as rulebook
from matcalc.calculus.differentiate import gradient, step
from matcalc.errors import MatcalcError
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import INVERTIBLE, NONZERO, Condition, Conditions, bare, inverted, is_invertible
from matcalc.stationary.forms import solved
from matcalc.stationary.moves.equation import Equation, Line, Solved
from matcalc.stationary.terms import holds, palindrome, summands, without_front

MOVE = "isolate the unknown"


def moves(e: Equation) -> Iterator[Solved]:
    """The solutions of an equation that is linear in a column or a number."""
    if not (e.x.is_scalar or is_vector(e.x)) or e.left.shape != e.x.shape:
        return
    found = affine(e.left, e.x)
    if found is None:
        return
    m, c = found
    lines = (Line(MOVE, mul(m, e.x), c),)
    if e.is_whole and (made := _normal_equations(m, c)) is not None:
        yield Solved(*made, lines)
        return
    m, c = without_common_factor(m, c)
    value, needed = _over(m, c)
    yield Solved(value, "divide" if e.x.is_scalar else "multiply by the inverse", needed, lines)


def affine(left: Expr, x: Expr) -> tuple[Expr, Expr] | None:
    """M and c of left = M*x - c; None where it is not of this form or M is zero."""
    if any(rule is not None and rule.kinks for n in depends(left, x) for rule in (rulebook.find(n.op),)):
        return None
    try:
        m = _of_identity(simplify(jacobian(left, x)))
    except MatcalcError:
        return None
    if holds(m, x) or is_zero(m):
        return None
    return m, simplify(negative(expand(substitute(left, {x.data.name: zeros(*x.shape)}, {}))))


def _of_identity(m: Expr) -> Expr:
    """A sum of multiples of the identity as one multiple; another matrix as it is."""
    parts = [split_product(t) for t in m.args] if m.op == "add" and not m.is_scalar else []
    if not parts or any([f.op for f in mats] != ["eye"] for _, _, mats in parts):
        return m
    return mul(add(*(mul(const(c), *scalars) for c, scalars, _ in parts)), parts[0][2][0])


def jacobian(y: Expr, x: Expr) -> Expr:
    """The derivative of a column or number by one, its rows those of y."""
    found = gradient(step(y, x))
    return transpose(found) if y.is_scalar and not x.is_scalar else found


def without_common_factor(m: Expr, c: Expr) -> tuple[Expr, Expr]:
    """M and c without an invertible matrix that all their terms begin with."""
    while not m.is_scalar:
        fronts = dict.fromkeys(base_and_exponent(mats[0])[0] for t in summands(m) for mats in [split_product(t)[2]] if mats)
        fronts |= dict.fromkeys(inverse(f) for f in fronts if is_invertible(f))
        parts = [(f, without_front(m, [f]), without_front(c, [f])) for f in fronts if f.op != "eye" and is_invertible(f)]
        found = next(((a, b) for _, a, b in parts if a is not None and b is not None), None)
        if found is None:
            break
        m, c = simplify(found[0]), simplify(found[1])
    return m, c


def _normal_equations(m: Expr, c: Expr) -> tuple[Expr, str, Conditions] | None:
    """pinv(A)*b for A^T*A*x = A^T*b, where A need not have full rank."""
    scale, scalars, mats = split_product(m)
    p = palindrome(mul(*mats)) if mats else None
    if p is None or is_invertible(mul(*mats)):
        return None
    front = mats[: len(mats) // 2]
    b = without_front(mul(const(1 / scale), *(inverted(s)[0] for s in scalars), c), front)
    if b is None:
        return None
    only = (Condition("", mul(*mats), INVERTIBLE),)
    return simplify(solved("normal equations", A=p, b=simplify(b))), "normal equations", only


def _over(m: Expr, c: Expr) -> tuple[Expr, Conditions]:
    """M^-1*c; entry by entry where M is diagonal."""
    d = _diagonal_of(m)
    if d is not None and not m.is_scalar:
        needed: Conditions = () if is_positive(d) else (Condition(NONZERO, bare(d)),)
        return shortest(had(c, epow(d, const(-1)))), needed
    above, needed = inverted(m)
    return shortest(mul(above, c)), needed


def shortest(e: Expr) -> Expr:
    """The shorter of an expression as it is and multiplied out."""
    whole, out = simplify(e), simplify(expand(e))
    return out if out.weight < whole.weight else whole


def _diagonal_of(m: Expr) -> Expr | None:
    """The diagonal of a matrix that is a sum of diagonal matrices diag(v) and multiples of the identity; None for another."""
    found = []
    for t in summands(m):
        c, scalars, mats = split_product(t)
        if len(mats) != 1 or mats[0].op not in ("diag", "eye"):
            return None
        found.append(mul(const(c), *scalars, mats[0].args[0] if mats[0].op == "diag" else ones(m.shape[0])))
    return simplify(add(*found)) if any(t.op != "eye" for f in summands(m) for t in split_product(f)[2]) else None


def is_symmetric(m: Expr) -> bool:
    """Whether a matrix is known to be its own transpose."""
    return m.is_scalar or "symmetric" in properties(m) or simplify(add(m, negative(transpose(m)))).op == "zeros"

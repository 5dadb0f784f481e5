"""Equations that are linear in a matrix: L*X*R = C, A*X + X*B = C."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcalc.algebra import add, adjoint, mul, negative, power, subtract, transpose
from matcalc.algebra.node import Expr, const, eye, split_product
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import is_vector
from matcalc.scalars import Scalar
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import INVERTIBLE, Condition, Conditions, inverted, is_invertible
from matcalc.stationary.forms import needs, solved
from matcalc.stationary.moves.equation import Equation, Line, Solved
from matcalc.stationary.moves.vectors import MOVE, shortest, without_common_factor
from matcalc.stationary.terms import Term, linear, palindrome, split, without_front

SYLVESTER = "Sylvester equation"
LYAPUNOV = "Lyapunov equation"


def moves(e: Equation) -> Iterator[Solved]:
    """The solution of an equation that is linear in a matrix."""
    if e.x.is_scalar or is_vector(e.x):
        return
    held, rest = split(e.left, e.x)
    terms = linear(held, e.x)
    if not terms:
        return
    if len({t.turned for t in terms}) > 1:
        yield from _both_ways(terms, simplify(negative(rest)), e.x)
        return
    if terms[0].turned:
        terms = [Term(t.scalar, _turned(t.right), _turned(t.left), False) for t in terms]
        rest = transpose(rest)
    yield from _of(_merged(terms), simplify(negative(rest)), e)


def _both_ways(terms: Sequence[Term], c: Expr, x: Expr) -> Iterator[Solved]:
    """a*X + b*X^T = C, beside its transpose."""
    if any(t.left or t.right for t in terms):
        return
    a, b = (simplify(add(const(0), *(t.scalar for t in terms if t.turned is turned))) for turned in (False, True))
    below = simplify(expand(subtract(power(a, 2), power(b, 2))))
    over, needed = inverted(below)
    value = shortest(mul(over, subtract(mul(a, c), mul(b, transpose(c)))))
    yield Solved(value, "take the transpose as well", needed, (Line(MOVE, add(mul(a, x), mul(b, transpose(x))), c),))


def _merged(terms: Sequence[Term]) -> list[Term]:
    """The terms with equal factors around the unknown as one."""
    found: dict[tuple[tuple[Expr, ...], tuple[Expr, ...]], list[Expr]] = {}
    for t in terms:
        found.setdefault((t.left, t.right), []).append(t.scalar)
    return [Term(simplify(add(*scalars)), left, right, False) for (left, right), scalars in found.items()]


def _turned(factors: Sequence[Expr]) -> tuple[Expr, ...]:
    return tuple(transpose(f) for f in reversed(factors))


def _of(terms: Sequence[Term], c: Expr, e: Equation) -> Iterator[Solved]:
    x = e.x
    if len({t.right for t in terms}) == 1 or len({t.left for t in terms}) == 1:
        yield from _products(terms, c, e)
        return
    if any(t.left and t.right for t in terms):
        return
    a = simplify(add(*(t.before(x.shape[0]) for t in terms if not t.right)))
    b = simplify(add(*(mul(t.scalar, *t.right) for t in terms if t.right)))
    lines = (Line(MOVE, add(mul(a, x), mul(x, b)), c),)
    # 2*A*X + 2*X*A = 2*C is the equation without the number.
    scale = split_product(a)[0]
    if scale == split_product(b)[0]:
        a, b, c = (simplify(mul(const(1 / scale), m)) for m in (a, b, c))
    unique = _unique(a, b)
    if a is b and "symmetric" in properties(a):
        needed = (Condition("", words=needs(LYAPUNOV)),) if unique is None else unique
        yield Solved(solved(LYAPUNOV, A=a, C=c), LYAPUNOV, needed, lines)
    needed = (Condition("", words=needs(SYLVESTER)),) if unique is None else unique
    yield Solved(solved(SYLVESTER, A=a, B=b, C=c), SYLVESTER, needed, lines)


def _unique(a: Expr, b: Expr) -> Conditions | None:
    """What makes A*X + X*B = C solvable where A and B are semidefinite: that one of them is invertible; None for other matrices."""
    if not all("psd" in properties(m) for m in (a, b)):
        return None
    return () if any("spd" in properties(m) for m in (a, b)) else (Condition(INVERTIBLE, a),)


def _products(terms: Sequence[Term], c: Expr, e: Equation) -> Iterator[Solved]:
    """L*X*R = C, where one of the sides is a sum."""
    x = e.x
    if len({t.right for t in terms}) == 1:
        left = add(*(t.before(x.shape[0]) for t in terms))
        right = mul(*terms[0].right) if terms[0].right else eye(x.shape[1])
    else:
        left = mul(*terms[0].left)
        right = add(*(mul(t.scalar, *t.right) if t.right else mul(t.scalar, eye(x.shape[1])) for t in terms))
    left, right = simplify(left), simplify(right)
    if left.shape[0] != left.shape[1] or right.shape[0] != right.shape[1]:
        return
    lines = (Line(MOVE, mul(left, x, right), c),)
    if e.is_whole and (made := _normal_equations(left, right, c)) is not None:
        yield Solved(*made, lines)
        return
    left, c = without_common_factor(left, c)
    back, turned = without_common_factor(transpose(right), transpose(c))
    right, c = transpose(back), transpose(turned)
    over, first = inverted(left)
    behind, second = inverted(right)
    yield Solved(shortest(mul(over, c, behind)), "multiply by the inverse", (*first, *second), lines)


def _normal_equations(left: Expr, right: Expr, c: Expr) -> tuple[Expr, str, Conditions] | None:
    """pinv(A)*C*pinv(B) for A^T*A*X*B*B^T = A^T*C*B^T, where A and B need not have full rank."""
    p, scale = _half(left)
    q, other = _half(adjoint(right))
    if p is None and q is None:
        return None
    c = mul(const(1 / scale), const(1 / other), c)
    if p is not None:
        found = without_front(c, split_product(adjoint(p))[2])
        if found is None:
            return None
        c = found
    elif split_product(left)[2] != (eye(left.shape[0]),):
        return None
    if q is not None:
        found = without_front(adjoint(c), split_product(adjoint(q))[2])
        if found is None:
            return None
        c = adjoint(found)
    elif split_product(right)[2] != (eye(right.shape[0]),):
        return None
    return _pseudo(p, None if q is None else adjoint(q), simplify(c))


def _half(m: Expr) -> tuple[Expr | None, Scalar]:
    """P of a matrix c*P^T*P that is not known to be invertible, and c."""
    c, scalars, mats = split_product(m)
    if scalars or not mats or mats[0].op == "eye":
        return None, c
    core = mul(*mats)
    return (None if is_invertible(core) else palindrome(core)), c


def _pseudo(p: Expr | None, q: Expr | None, c: Expr) -> tuple[Expr, str, Conditions]:
    only = [Condition("", mul(adjoint(p), p), INVERTIBLE)] if p is not None else []
    only += [Condition("", mul(q, adjoint(q)), INVERTIBLE)] if q is not None else []
    if p is None:
        assert q is not None
        return solved("normal equations from the right", A=q, b=c), "normal equations from the right", tuple(only)
    if q is None:
        return solved("normal equations", A=p, b=c), "normal equations", tuple(only)
    return solved("normal equations on both sides", A=p, B=q, C=c), "normal equations on both sides", tuple(only)

"""Equations in a symmetric matrix and its inverse: a*X + C + b*X^-1, C + a*X^-1 + X^-1*B*X^-1, and functions of the matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcalc.algebra import add, inverse, mul, negative, power, transpose
from matcalc.algebra.node import Expr, const, eye, is_const, is_zero, split_product, sym
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import is_vector, substitute
from matcalc.book import rules as rulebook
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import inverted, is_positive_number, taken_for_granted
from matcalc.stationary.forms import solved, undone
from matcalc.stationary.moves import matrices
from matcalc.stationary.moves.equation import Equation, Line, Solved
from matcalc.stationary.moves.vectors import shortest
from matcalc.stationary.terms import holds, split, total

INVERSE = "\u2019Y"
QUADRATIC = "quadratic equation of a matrix"
BOTH_SIDES = "multiply by the unknown on both sides"


def moves(e: Equation) -> Iterator[Solved]:
    """The solutions of an equation with the inverse of a matrix, or a function of it."""
    if e.x.is_scalar or is_vector(e.x) or e.x.shape[0] != e.x.shape[1]:
        return
    below = inverse(e.x)
    y = sym(INVERSE, e.x.shape, properties=properties(e.x) & {"symmetric", "spd", "invertible"})
    left = substitute(e.left, {}, {}, {below: y, inverse(transpose(e.x)): transpose(y)})
    if holds(left, y) and not holds(left, e.x):
        yield from _in_the_inverse(left, y, e)
    elif holds(left, y):
        yield from _in_both(left, y, e)
    elif holds(left, e.x):
        yield from _of_function(e)


def _in_the_inverse(left: Expr, y: Expr, e: Equation) -> Iterator[Solved]:
    """The inverse is all that occurs: the equation is solved for it, or multiplied by the unknown on both sides."""
    for found in matrices.moves(Equation(left, y, e.known, is_whole=False)):
        value, needed = inverted(found.value)
        lines = (Line(found.lines[0].move, _back(found.lines[0].left, y, e.x), found.lines[0].right),)
        yield Solved(shortest(value), "invert both sides", (*found.conditions, *needed), lines)
    held, rest = split(left, y)
    ends = [_ends(t, y) for t in held]
    if any(k is None for k in ends):
        return
    quadratic = [t for t, k in zip(held, ends, strict=True) if k == 2]
    if is_zero(rest):
        yield from _multiplied(held, ends, y, e)
    elif len(quadratic) == len(held):
        yield from _mean(simplify(rest), simplify(_without(quadratic, y, left)), e)


def _mean(a: Expr, inside: Expr, e: Equation) -> Iterator[Solved]:
    """A = X^-1*B*X^-1: the geometric mean of A^-1 and B."""
    b = simplify(negative(inside))
    lines = (Line("isolate the terms with the inverse", mul(inverse(e.x), b, inverse(e.x)), a),)
    c, scalars, mats = split_product(a)
    if mats and mats[0].op == "eye":
        yield Solved(solved("square of a matrix", A=shortest(mul(power(mul(const(c), *scalars), -1), b))), "square of a matrix", (), lines)
    else:
        yield Solved(solved("geometric mean", A=a, B=b), "geometric mean", (), lines)


def _ends(t: Expr, y: Expr) -> int | None:
    """2 for Y*B*Y, 1 for a*Y; None for another term."""
    _, scalars, mats = split_product(t)
    if any(holds(s, y) for s in scalars):
        return None
    if len(mats) == 1:
        return 1 if mats[0] is y else 2 if mats[0].op == "pow" and mats[0].args[0] is y and is_const(mats[0].args[1], 2) else None
    inner = mats[1:-1]
    return 2 if mats[0] is y and mats[-1] is y and not any(holds(f, y) for f in inner) else None


def _without(terms: Sequence[Expr], y: Expr, like: Expr) -> Expr:
    """The sum of the B of terms Y*B*Y."""
    found = []
    for t in terms:
        c, scalars, mats = split_product(t)
        inner = mats[1:-1] if len(mats) > 1 else (eye(like.shape[0]),)
        found.append(mul(const(c), *scalars, *(inner or (eye(like.shape[0]),))))
    return total(found, like)


def _multiplied(held: Sequence[Expr], ends: Sequence[int | None], y: Expr, e: Equation) -> Iterator[Solved]:
    """a*X^-1 + X^-1*B*X^-1 = 0, multiplied by X on both sides, is linear: a*X + B = 0."""
    b = _without([t for t, k in zip(held, ends, strict=True) if k == 2], y, e.x)
    coefficient = add(*(mul(*_scalars(t)) for t, k in zip(held, ends, strict=True) if k == 1))
    if is_zero(coefficient):
        return
    value = shortest(mul(const(-1), power(coefficient, -1), b))
    lines = (Line(BOTH_SIDES, mul(coefficient, e.x), simplify(negative(b))),)
    yield Solved(value, BOTH_SIDES, taken_for_granted(coefficient), lines)


def _scalars(t: Expr) -> tuple[Expr, ...]:
    c, scalars, _ = split_product(t)
    return (const(c), *scalars)


def _back(e: Expr, y: Expr, x: Expr) -> Expr:
    return substitute(e, {y.data.name: inverse(x)}, {})


def _in_both(left: Expr, y: Expr, e: Equation) -> Iterator[Solved]:
    """a*X + C + b*X^-1 = 0: X commutes with C, and is the root of a quadratic equation."""
    held, rest = split(left, y)
    plain, constant = split(rest, e.x)
    a, b = _coefficient(plain, e.x), _coefficient(held, y)
    if a is None or b is None or "symmetric" not in properties(e.x):
        return
    v, c = simplify(mul(const(-1), power(a, -1), constant)), simplify(mul(const(-1), power(a, -1), b))
    lines = (Line("divide", add(e.x, mul(negative(c), inverse(e.x))), v),)
    if not is_positive_number(c):
        return
    if is_zero(v):
        root = mul(power(c, const("1/2")), eye(e.x.shape[0]))
        yield Solved(simplify(root), "multiply by the unknown", (), lines)
    else:
        yield Solved(solved(QUADRATIC, V=v, c=c), QUADRATIC, (), lines)


def _coefficient(terms: Sequence[Expr], x: Expr) -> Expr | None:
    """c of terms that are together c*X; None for others."""
    found = []
    for t in terms:
        c, scalars, mats = split_product(t)
        if mats != (x,) or any(holds(s, x) for s in scalars):
            return None
        found.append(mul(const(c), *scalars))
    return add(*found) if found else None


def _of_function(e: Equation) -> Iterator[Solved]:
    """c*f(X) + C = 0 for a function of the matrix that the rule book knows the inverse of."""
    held, rest = split(e.left, e.x)
    if len(held) != 1:
        return
    c, scalars, mats = split_product(held[0])
    rule = rulebook.find(mats[0].op) if len(mats) == 1 and mats[0].args == (e.x,) else None
    if rule is None or not rule.inverse or rule.kind != "matrix function":
        return
    over, needed = inverted(mul(const(c), *scalars))
    inside = shortest(mul(const(-1), over, rest))
    lines = (Line("isolate the function of the unknown", mats[0], inside),)
    yield Solved(undone(rule, rule.inverse, inside), f"the inverse of {rule.name}", needed, lines)

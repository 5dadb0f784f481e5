"""One number in one equation: what stands around it is undone step by step, or the equation is quadratic in it.

Which function undoes which is told by the rule book: `inverse`, and `resolvent` for steps such as a sign.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from matcalc.algebra import add, mul, negative, power, subtract
from matcalc.algebra.node import Expr, base_and_exponent, const, is_zero, split_product, sym
from matcalc.algebra.structure import is_positive
from matcalc.algebra.walk import depends, substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import SCALAR
from matcalc.scalars import Scalar
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import Conditions, is_positive_number, is_square, taken_for_granted
from matcalc.stationary.forms import undone
from matcalc.stationary.moves.equation import Equation, Line, Solved
from matcalc.stationary.terms import holds, split, summands

MAX_DEPTH = 12
HALF = const("1/2")
CARRIER = "\u2019s"
Root = tuple[Expr, str, Conditions]


def moves(e: Equation) -> Iterator[Solved]:
    """The solutions of an equation of numbers."""
    if not e.x.is_scalar or not e.left.is_scalar:
        return
    for value, move, needed in roots(e.left, e.x):
        yield Solved(simplify(value), move, needed, (Line("collect", *sides(e.left, e.x)),))


def sides(left: Expr, x: Expr) -> tuple[Expr, Expr]:
    """An equation with what holds the unknown on the left."""
    held, rest = split(left, x)
    return simplify(add(*held)) if held else left, simplify(negative(rest))


def roots(left: Expr, t: Expr, depth: int = 0) -> Iterator[Root]:
    """The numbers at which an expression is zero, those that are known to be positive first."""
    if depth > MAX_DEPTH or not holds(left, t):
        return
    held, rest = split(left, t)
    if len(held) == 1:
        yield from _peeled(held[0], negative(rest), t, depth)
        return
    found = False
    for way in (_polynomial, _resolved, _cleared, _carried):
        for root in way(held, rest, t, depth):
            found = True
            yield root
        if found:
            return


def _peeled(e: Expr, value: Expr, t: Expr, depth: int) -> Iterator[Root]:
    """Solutions of e = value, where t stands in one term."""
    if e is t:
        yield simplify(value), "collect", ()
    elif e.op == "mul":
        rest = [f for f in e.args if not holds(f, t)]
        inner = mul(*(f for f in e.args if holds(f, t)))
        if rest:
            divisor = mul(*rest)
            yield from _with(taken_for_granted(divisor), _peeled(inner, mul(value, power(divisor, -1)), t, depth))
        else:
            yield from _polynomial([e], negative(value), t, depth)
    elif e.op == "add":
        yield from roots(subtract(e, value), t, depth + 1)
    elif e.op == "pow":
        yield from _root_of_power(e, value, t, depth)
    elif len(e.args) == 1:
        yield from _undone(e, value, t, depth)


def _with(needed: Conditions, found: Iterator[Root]) -> Iterator[Root]:
    for value, move, more in found:
        yield value, move, (*needed, *more)


def _root_of_power(e: Expr, value: Expr, t: Expr, depth: int) -> Iterator[Root]:
    base, k = e.args
    if k.op != "const" or holds(k, t) or not k.data.is_Rational:
        return
    needed = taken_for_granted(value) if k.data.is_negative else ()
    one = simplify(root_of(value, 1 / k.data))
    even = k.data.p % 2 == 0
    for root in (one, negative(one)) if even else (one,):
        yield from _with(needed, _peeled(base, root, t, depth + 1))


def root_of(value: Expr, k: Scalar) -> Expr:
    """A power of a number, that of its reciprocal where it is one."""
    c, scalars, _ = split_product(value)
    below = [f for f in scalars if _is_below(f)]
    if c.is_positive and scalars and all(is_positive_number(f) or is_square(f) for f in scalars):
        return mul(power(const(c), const(k)), *(_root_of_factor(f, k) for f in scalars))
    if len(below) == len(scalars) > 0 and c.is_positive:
        return mul(power(const(c), const(k)), power(power(mul(*below), -1), const(-k)))
    return power(value, const(k))


def _root_of_factor(f: Expr, k: Scalar) -> Expr:
    base, n = base_and_exponent(f)
    if is_positive_number(base) and n.op == "const":
        return power(base, const(n.data * k))
    return power(power(power(f, -1), const(k)), -1) if _is_below(f) else power(f, const(k))


def _is_below(f: Expr) -> bool:
    k = base_and_exponent(f)[1]
    return k.op == "const" and bool(k.data.is_negative)


def _undone(e: Expr, value: Expr, t: Expr, depth: int) -> Iterator[Root]:
    rule = rulebook.find(e.op)
    if rule is not None and rule.inverse:
        made = undone(rule, rule.inverse, value)
        for root, _, needed in _peeled(e.args[0], made, t, depth + 1):
            yield root, f"the inverse of {rule.name}", needed


# ---------------------------------------------------------------------------------------------- polynomials


def _polynomial(held: list[Expr], rest: Expr, t: Expr, depth: int) -> Iterator[Root]:
    """An equation of first or second degree in t or in a power of it, also after multiplication by a power."""
    powers = _powers([*held, rest], t)
    if powers is None:
        return
    least = min(powers)
    degrees = {k - least: c for k, c in powers.items()}
    step = max(degrees) / 2 if len(degrees) == 3 else max(degrees)
    if step == 0 or set(degrees) - {Fraction(0), step, 2 * step}:
        return
    c, b, a = (degrees.get(k, const(0)) for k in (Fraction(0), step, 2 * step))
    found = _quadratic(a, b, c) if 2 * step in degrees and not is_zero(a) else _with_move(power_of(negative(c), b), "multiply and collect")
    for value, move, needed in found:
        for root, _, more in _peeled(power(t, const(str(step))), value, t, depth + 1):
            yield root, move, (*needed, *more)


def _with_move(value: tuple[Expr, Conditions], move: str) -> Iterator[Root]:
    yield value[0], move, value[1]


def power_of(above: Expr, below: Expr) -> tuple[Expr, Conditions]:
    """A quotient, and what it takes for granted."""
    return simplify(mul(above, power(below, -1))), taken_for_granted(below)


def _quadratic(a: Expr, b: Expr, c: Expr) -> Iterator[Root]:
    root = power(simplify(expand(add(power(b, 2), mul(const(-4), a, c)))), HALF)
    sign = -1 if _is_negative(a) else 1
    for s in (sign, -sign):
        value, needed = power_of(add(negative(b), mul(const(s), root)), mul(const(2), a))
        yield value, "quadratic equation", needed


def _is_negative(a: Expr) -> bool:
    return is_positive_number(negative(a))


def _powers(terms: list[Expr], t: Expr) -> dict[Fraction, Expr] | None:
    """The coefficients of the powers of t; None for what is no sum of powers."""
    found: dict[Fraction, Expr] = {}
    for term in (s for e in terms for s in summands(e)):
        exponent = Fraction(0)
        others: list[Expr] = []
        for f in term.args if term.op == "mul" else (term,):
            base, k = base_and_exponent(f)
            if base is t and k.op == "const" and k.data.is_Rational:
                exponent += Fraction(k.data.p, k.data.q)
            elif holds(f, t):
                return None
            else:
                others.append(f)
        found[exponent] = add(found.get(exponent, const(0)), mul(const(1), *others))
    return {k: c for k, c in found.items() if not is_zero(c)} or None


# ---------------------------------------------------------------------------------------------- steps and carriers


def _resolved(held: list[Expr], rest: Expr, t: Expr, depth: int) -> Iterator[Root]:
    """a*t + m*g(t) = c for a step g with a resolvent, such as a sign, where a and m are positive."""
    plain = [h for h in held if t in (h, *h.args) and all(f is t or not holds(f, t) for f in h.args or (h,))]
    others = [h for h in held if h not in plain]
    if not plain or len(others) != 1:
        return
    (other,) = others
    a = simplify(add(*(mul(h, power(t, -1)) for h in plain)))
    steps = [f for f in (other.args if other.op == "mul" else (other,)) if holds(f, t)]
    rule = rulebook.find(steps[0].op) if len(steps) == 1 and steps[0].args == (t,) else None
    if rule is None or not rule.resolvent:
        return
    m = mul(*(f for f in other.args if f is not steps[0])) if other.op == "mul" else const(1)
    if is_positive_number(a) and is_positive_number(m):
        y, scale = mul(negative(rest), power(a, -1)), mul(m, power(a, -1))
        yield simplify(undone(rule, rule.resolvent, y, scale)), f"subgradient of {rule.name}", ()


def _cleared(held: list[Expr], rest: Expr, t: Expr, depth: int) -> Iterator[Root]:
    """The equation multiplied by what t is part of below a bar."""
    below = {base_and_exponent(f) for h in held for f in (h.args if h.op == "mul" else (h,)) if _is_below(f) and holds(f, t)}
    bars = [(b, k) for b, k in below if b.op == "add"]
    if not bars:
        return
    base = min((b for b, _ in bars), key=lambda b: b.sort_key)
    least = min((k for b, k in bars if b is base), key=lambda k: Fraction(k.data.p, k.data.q))
    cleared = simplify(expand(add(*(mul(h, power(base, negative(least))) for h in (*held, rest)))))
    yield from roots(cleared, t, depth + 1)


def _carried(held: list[Expr], rest: Expr, t: Expr, depth: int) -> Iterator[Root]:
    """t occurs only within one expression s: solve for s, then for t."""
    whole = add(*held, rest)
    for s in reversed(depends(whole, t)[:-1]):
        if s is t or not s.is_scalar:
            continue
        carrier = sym(f"{CARRIER}{depth}", SCALAR, properties={"positive"} if is_positive(s) else ())
        put = substitute(whole, {}, {}, {s: carrier})
        if holds(put, t) or not holds(put, carrier):
            continue
        for value, move, needed in roots(put, carrier, depth + 1):
            for root, _, more in _peeled(s, value, t, depth + 1):
                yield root, move, (*needed, *more)
        return

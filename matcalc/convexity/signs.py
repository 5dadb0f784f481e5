"""The sign of a rational function of symbols that lie in intervals, decided exactly or not at all.

Numerator and denominator are factored; a factor has a sign by interval arithmetic, by counting its real roots (Sturm), by its
discriminant, or after each symbol is measured from an end of its interval, where all coefficients have one sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sympy import Expr as Scalar
from sympy import Poly, PolynomialError, Rational, S, Symbol, factor_list, fraction, together

from matcalc.convexity.intervals import ANY, Interval, exactly, product

MAX_TERMS: Final = 60
MAX_DEPTH: Final = 3
Intervals = Mapping[Symbol, Interval]
BOTH: Final = frozenset({1, -1})
POSITIVE_ONLY: Final = frozenset({1})
NEGATIVE_ONLY: Final = frozenset({-1})
NEITHER: Final[frozenset[int]] = frozenset()


def signs(e: Scalar, where: Intervals, unknown: list[Scalar] | None = None, depth: int = 0) -> frozenset[int]:
    """{1} where it is known to be nonnegative on the intervals, {-1} where nonpositive, both where it is zero.

    `unknown` receives the factors whose sign is not known.
    """
    if e.is_number:
        return BOTH if e.is_zero else POSITIVE_ONLY if e.is_positive else NEGATIVE_ONLY if e.is_negative else NEITHER
    try:
        numerator, denominator = fraction(together(e))
        sign = _product_sign(numerator, where, unknown, depth) * _product_sign(denominator, where, unknown, depth)
    except PolynomialError:
        return NEITHER
    if numerator.is_zero:
        return BOTH
    return frozenset({sign}) if sign else NEITHER


def _product_sign(e: Scalar, where: Intervals, unknown: list[Scalar] | None, depth: int) -> int:
    if e.is_number:
        return 1 if e.is_positive else -1 if e.is_negative else 0
    coefficient, factors = factor_list(e)
    sign = 1 if coefficient > 0 else -1
    for factor, times in factors:
        if int(times) % 2:
            found = _factor_sign(factor, where, depth)
            sign *= found
            if not found and unknown is not None:
                unknown.append(factor)
    return sign


def _factor_sign(e: Scalar, where: Intervals, depth: int) -> int:
    """The sign of an irreducible polynomial."""
    p = Poly(e, *sorted(e.free_symbols, key=str))
    if len(p.terms()) > MAX_TERMS:
        return 0
    if sign := value_interval(p, where).sign:
        return sign
    if len(p.gens) == 1 and p.domain.is_QQ | p.domain.is_ZZ:
        return _by_roots(p, where.get(p.gens[0], ANY))
    if depth >= MAX_DEPTH:
        return 0
    return _shifted(p, where) or _by_discriminant(p, where, depth)


def value_interval(p: Poly, where: Intervals) -> Interval:
    """The interval of a polynomial, term by term."""
    total = exactly(0.0)
    for powers, coefficient in p.terms():
        if not coefficient.is_number:
            return ANY
        term = product(where.get(g, ANY).power(float(k)) for g, k in zip(p.gens, powers, strict=True) if k)
        total = total + exactly(float(coefficient)) * term
    return total


def _by_roots(p: Poly, where: Interval) -> int:
    """The sign of a polynomial of one symbol that has no root in the interval."""
    low, high = (None if abs(v) == float("inf") else Rational(v) for v in (where.low, where.high))
    if p.count_roots(low, high):
        return 0
    inside = S.Zero if high is None else high - 1
    if low is not None:
        inside = low + 1 if high is None else (low + high) / 2
    return 1 if p.eval(inside) > 0 else -1


def _shifted(p: Poly, where: Intervals) -> int:
    """The sign of all coefficients, after every symbol is measured from an end of its interval."""
    moves: dict[Symbol, Any] = {}
    for g in p.gens:
        known = where.get(g, ANY)
        if abs(known.low) != float("inf"):
            moves[g] = Rational(known.low) + g
        elif abs(known.high) != float("inf"):
            moves[g] = Rational(known.high) - g
        elif any(powers[p.gens.index(g)] % 2 for powers in p.monoms()):
            return 0
    coefficients = Poly(p.as_expr().subs(moves, simultaneous=True), *p.gens).coeffs()
    if all(c.is_nonnegative for c in coefficients):
        return 1
    return -1 if all(c.is_nonpositive for c in coefficients) else 0


def _by_discriminant(p: Poly, where: Intervals, depth: int) -> int:
    """The sign of a*g^2 + b*g + c with b^2 <= 4*a*c is that of a."""
    for g in p.gens:
        if p.degree(g) == 2:
            a, b, c = (p.as_expr().coeff(g, k) for k in (2, 1, 0))
            if -1 in signs((b * b - 4 * a * c).expand(), where, None, depth + 1):
                found = signs(a, where, None, depth + 1)
                if len(found) == 1:
                    return next(iter(found))
    return 0

"""Factors and the sums beside them: one denominator, and a chain that repeats as a power.

    (v + n)/(v*(1 + q/v)) = (v + n)/(v + q)          exp(-a)/(1 - exp(-a)) = 1/(exp(a) - 1)
    y*q/(1 - q) + y = y/(1 - q)
    tr(A B A B) = tr((A B)^2)

Each is an equality wherever both sides exist, and is taken only where it is shorter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from matcalc.algebra import add, epow, had, inverse, mul, power
from matcalc.algebra.node import Expr, base_and_exponent, const, split_product
from matcalc.algebra.normal_form.norms import SQUARES
from matcalc.scalars import S, Scalar

MAX_TERMS: Final = 6
# Where a denominator may stand in a term.
DIVIDED: Final = frozenset({"pow", "epow", "had"})


def one_fraction(e: Expr) -> Expr:
    """The product with a sum over one denominator, or with a factor taken into it: c^-1*(1 + q/c)^-1 is (c + q)^-1."""
    if "add" not in e.operations:
        return e
    scalars, mats = split_product(e)[1:]
    factors = [*scalars, *mats]
    ways = (_multiplied(e, at, s, k, g) for at, s, k in _sums(factors) for g in _multipliers(s, k, [f for f in scalars if f is not at]))
    return min([e, *ways], key=lambda made: made.weight)


def over_one_denominator(e: Expr) -> Expr | None:
    """The sum with two of its terms over the denominator of one of them, where what stands above it is one term then."""
    if len(e.args) > MAX_TERMS or not any(f.op in DIVIDED for t in e.args for f in (t, *t.args)):
        return None
    for t in e.args:
        for d in _denominators(t):
            above = _times(t, d)
            for other in e.args:
                whole = add(above, *(_times(other, part) for part in d.args)) if other is not t else None
                if whole is not None and whole.op != "add":
                    return add(_divided(whole, d), *(r for r in e.args if r is not t and r is not other))
    return None


def _denominators(t: Expr) -> Iterator[Expr]:
    """The sums that a term is divided by, as a number or entry by entry."""
    scalars, mats = split_product(t)[1:]
    arrays = mats[0].args if len(mats) == 1 and mats[0].op == "had" else mats if len(mats) == 1 else ()
    for f in (*scalars, *(f for f in arrays if f.op == "epow")):
        base, k = base_and_exponent(f) if f.op != "epow" else f.args
        if base.op == "add" and len(base.args) <= MAX_TERMS and k.op == "const" and k.data == S.NegativeOne:
            yield base


def _times(t: Expr, factor: Expr) -> Expr:
    """A term times a number, or entry by entry times an array."""
    return mul(t, factor) if factor.is_scalar or t.is_scalar else _entrywise(t, factor)


def _divided(t: Expr, d: Expr) -> Expr:
    return mul(t, inverse(d)) if d.is_scalar else _entrywise(t, epow(d, const(-1)))


def _entrywise(t: Expr, factor: Expr) -> Expr:
    """The product entry by entry, with the numbers of the term in front."""
    c, scalars, mats = split_product(t)
    return mul(const(c), *scalars, had(mul(*mats), factor))


def _multipliers(s: Expr, k: int, beside: Sequence[Expr]) -> Iterator[Expr]:
    """What the terms of a sum may be multiplied by: what divides some of them, and a factor beside it that they share a base with."""
    told = [_exponents(t) for t in s.args]
    bases = dict.fromkeys(base for t in told for base in t)
    for base in bases:
        least = min(t.get(base, S.Zero) for t in told)
        if least.is_negative:
            yield power(base, const(-least))
    for f in beside:
        g = f if k == 1 else inverse(f)
        if _exponents(f).keys() & bases.keys() and not any(_divides(g, t) for t in told):
            yield g


def _divides(g: Expr, term: Mapping[Expr, Scalar]) -> bool:
    """Whether a term has a denominator once it is multiplied by g, where it has none: b/(b^2 - a*c) is no 1/(b - a*c/b)."""
    return any((term.get(base, S.Zero) + k).is_negative and not term.get(base, S.Zero).is_negative for base, k in _exponents(g).items())


def _sums(factors: Sequence[Expr]) -> Iterator[tuple[Expr, Expr, int]]:
    """The factors that are sums or one over a sum, also among those entry by entry: where, the sum, 1 or -1."""
    for f in factors:
        for g in f.args if f.op == "had" else (f,):
            powered = g.op == "epow" or g.op == "pow" and g.is_scalar
            s = g.args[0] if powered else g
            if s.op == "add" and len(s.args) <= MAX_TERMS:
                k = g.args[1] if powered else const(1)
                if k.op == "const" and k.data in (S.One, S.NegativeOne):
                    yield g, s, int(k.data)


def _exponents(t: Expr) -> dict[Expr, Scalar]:
    """The bases of the numbers that a term is a multiple of, with their exponents."""
    found: dict[Expr, Scalar] = {}
    for f in split_product(t)[1]:
        base, k = base_and_exponent(f)
        if k.op == "const" and k.data.is_Rational:
            square = SQUARES.get(base.op)
            found[base if square is None else square(base)] = k.data if square is None else k.data / 2
    return found


def _multiplied(e: Expr, at: Expr, s: Expr, k: int, g: Expr) -> Expr:
    """The product with the sum in its factor `at`, of exponent k, multiplied by a number g, and the product by what undoes that."""
    whole = add(*(mul(g, t) for t in s.args))
    new = whole if k == 1 else inverse(whole) if at.is_scalar else epow(whole, const(-1))
    c, scalars, mats = split_product(e)
    chain = [had(*(new if h is at else h for h in f.args)) if f.op == "had" else new if f is at else f for f in mats]
    return mul(const(c), *(new if f is at else f for f in scalars), inverse(g) if k == 1 else g, *chain)


def as_power(mats: Sequence[Expr]) -> Expr | None:
    """A chain that is another one several times over as a power of it; None where there is none that is shorter."""
    n = len(mats)
    for period in range(2, n // 2 + 1):
        if n % period == 0 and all(mats[k] is mats[k - period] for k in range(period, n)):
            part = mul(*mats[:period])
            made = power(part, n // period) if part.shape[0] == part.shape[1] else None
            return made if made is not None and made.weight < mul(*mats).weight else None
    return None

"""What is done with several scalars, and what only SymPy can do: of monomials at once, of others by SymPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from matcalc.scalars.monomial import HALF, NEGATIVE_ONE, ONE, ZERO, Monomial
from matcalc.scalars.scalar import Scalar


class S:
    """The numbers that are met at every step, by the names that they have in SymPy."""

    Zero: Final[Scalar] = ZERO
    One: Final[Scalar] = ONE
    NegativeOne: Final[Scalar] = NEGATIVE_ONE
    Half: Final[Scalar] = HALF


def as_scalar(value: Any) -> Scalar:
    """The scalar that a number of Python or an expression of SymPy is."""
    if isinstance(value, Scalar):
        return value
    from matcalc.scalars.beyond import taken

    return taken(value)


def pi() -> Scalar:
    """The number pi."""
    from matcalc.scalars.beyond import PI

    return PI


def imaginary_unit() -> Scalar:
    """The number i with i^2 = -1."""
    from matcalc.scalars.beyond import IMAGINARY

    return IMAGINARY


def is_real(value: Scalar) -> bool:
    """Whether the imaginary unit does not stand in it."""
    return isinstance(value, Monomial) or not value.has("ImaginaryUnit")


def imaginary_part(value: Scalar) -> Scalar:
    """The imaginary part."""
    if is_real(value):
        return ZERO
    from matcalc.scalars.beyond import imaginary_part as part

    return part(value)


def conjugate(value: Scalar) -> Scalar:
    """The complex conjugate."""
    if is_real(value):
        return value
    from matcalc.scalars.beyond import conjugated

    return conjugated(value)


def _least_difference(a: Scalar, b: Scalar) -> Scalar | None:
    """What b - a is at least, times something positive; None where monomials do not tell."""
    if not isinstance(a, Monomial) or not isinstance(b, Monomial):
        return b - a
    if a.powers == b.powers or not a.powers and b.is_positive and all(k > 0 and m == 1 for _, k, m in b.powers):
        return b.coefficient - a.coefficient
    return None


def is_less(a: Scalar, b: Scalar) -> bool:
    """Whether a is known to be less than b, whatever positive integers the names stand for."""
    found = _least_difference(a, b)
    return found is not None and bool(found.is_positive)


def is_at_most(a: Scalar, b: Scalar) -> bool:
    """Whether a is known to be no more than b."""
    found = _least_difference(a, b)
    return found is not None and bool(found.is_nonnegative)


def product(*factors: Scalar) -> Scalar:
    """The product; a number is multiplied into a sum only where these two are all."""
    if all(isinstance(f, Monomial) for f in factors):
        made: Scalar = ONE
        for f in factors:
            made = made * f
        return made
    from matcalc.scalars.beyond import multiplied

    return multiplied(factors)


def total(*terms: Scalar) -> Scalar:
    """The sum."""
    if len(terms) == 2 and all(isinstance(t, Monomial) for t in terms):
        return terms[0] + terms[1]
    from matcalc.scalars.beyond import added

    return added(terms) if len(terms) > 1 else terms[0] if terms else ZERO


def factored(value: Scalar) -> Scalar:
    """The value with the factors that all terms of a sum share taken out: m*m + m*n is m*(m + n)."""
    if isinstance(value, Monomial):
        return value
    from matcalc.scalars.beyond import common_factors_taken_out

    return common_factors_taken_out(value)


def expand(value: Scalar) -> Scalar:
    """The value multiplied out."""
    if isinstance(value, Monomial):
        return value
    from matcalc.scalars.beyond import expanded

    return expanded(value)


def cancel(value: Scalar) -> Scalar:
    """A quotient in lowest terms."""
    if isinstance(value, Monomial):
        return value
    from matcalc.scalars.beyond import cancelled

    return cancelled(value)


def denominator(value: Scalar) -> Scalar:
    """What a quotient is divided by."""
    if isinstance(value, Monomial):
        return value.as_numer_denom()[1]
    from matcalc.scalars.beyond import denominator as below

    return below(value)


def floor(value: Scalar) -> Scalar:
    """The largest whole number that is not above the value."""
    if value.is_integer:
        return value
    from matcalc.scalars.beyond import rounded_down

    return rounded_down(value)


def least(*values: Scalar) -> Scalar:
    """The smallest of sizes, not compared."""
    from matcalc.scalars.beyond import least_of

    return least_of(values)


def with_least(value: Scalar, smallest: Callable[..., Scalar]) -> Scalar:
    """The value with what `smallest` makes of their parts in place of its least sizes."""
    if not value.has("Min"):
        return value
    from matcalc.scalars.beyond import with_least as replaced

    return replaced(value, smallest)


def tidy(value: Scalar) -> Scalar:
    """A constant in which sums of sizes that differ only in sign are one: (1 - n)/(n - 1) is -1, also where n is 1."""
    if not value.has("Add"):
        return value
    from matcalc.scalars.beyond import tidied

    return tidied(value)

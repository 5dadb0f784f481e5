"""Coefficients, exponents and sizes: rational numbers times powers of names, and SymPy's expressions for anything else.

SymPy is the algebra of scalars, and takes longer to load than a derivation takes. Nearly all scalars are monomials, such as
2*m/n^2, which `Monomial` holds exactly; whatever is not one (a sum, a root of 2, pi) is SymPy's, in `Beyond`, and SymPy is loaded
when the first such thing turns up. Every value has one form: what SymPy gives back as a monomial is a `Monomial` again.
"""

from __future__ import annotations

from matcalc.scalars.algebra import (
    S,
    as_scalar,
    cancel,
    conjugate,
    denominator,
    expand,
    factored,
    floor,
    imaginary_part,
    imaginary_unit,
    is_at_most,
    is_less,
    is_real,
    least,
    pi,
    product,
    tidy,
    total,
    with_least,
)
from matcalc.scalars.monomial import Monomial, integer, rational, size_name
from matcalc.scalars.scalar import Scalar

__all__ = [
    "Monomial", "S", "Scalar", "as_scalar", "cancel", "conjugate", "denominator", "expand", "factored", "floor", "imaginary_part",
    "imaginary_unit", "integer", "is_at_most", "is_less", "is_real", "least", "pi", "product", "rational", "size_name", "tidy", "total",
    "with_least",
]  # fmt: skip

"""What an array and its conjugate make together in a sum: Z + conj(Z) = 2 Re(Z), Z - conj(Z) = 2j Im(Z)."""

from __future__ import annotations

from typing import Final

from matcalc.algebra import add, conjugate, imag, mul, negative, real, scale
from matcalc.algebra.node import Expr, const
from matcalc.scalars import imaginary_unit, integer

MAX_TERMS: Final = 40


def with_parts(e: Expr) -> Expr:
    """The sum with real and imaginary parts in it; itself where no two of its terms are conjugate."""
    if not e.has_complex or len(e.args) > MAX_TERMS:
        return e
    left, out = list(e.args), list[Expr]()
    while left:
        t = left.pop(0)
        other = conjugate(t)
        if other is not t and other in left:
            left.remove(other)
            out.append(scale(integer(2), real(t)))
        elif (turned := negative(other)) is not t and turned in left:
            left.remove(turned)
            out.append(mul(const(2), const(imaginary_unit()), imag(t)))
        else:
            out.append(t)
    return add(*out) if len(out) < len(e.args) else e

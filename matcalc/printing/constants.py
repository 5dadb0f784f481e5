"""Forms of what is a number or made of numbers, pi and sizes: coefficients, exponents, dimensions, arrays of a size."""

from __future__ import annotations

from collections.abc import Iterable

from matcalc.book.sizes import Dim
from matcalc.printing.forms import Form, Signed, applied, joined, name, number, quotient, raised, signed_sum, square_root, unsigned
from matcalc.scalars import S, Scalar, imaginary_unit, is_real


def constant(value: Scalar) -> Signed:
    """A number, pi, a dimension, or what is made of them."""
    minus, above, below = constant_factors(value)
    return minus, quotient(above, below)


def constant_factors(value: Scalar) -> tuple[bool, list[Form], list[Form]]:
    """(negative, numerators, denominators) of a constant, without the factor 1."""
    if value.is_Add:
        return False, [signed_sum([constant(t) for t in value.as_ordered_terms()])[1]], []
    if not is_real(value):
        minus, above, below = constant_factors(value / imaginary_unit())
        times = above.pop(0).data if above and above[0].kind == "number" and above[0].data.isdigit() else 1
        return minus, [number(f"{times}j"), *above], below
    minus, above, below = False, [], []
    for factor in value.factors():
        if factor.is_Rational:
            minus = minus is not bool(factor < 0)
            above += [number(abs(factor.p))] if abs(factor.p) != 1 else []
            below += [number(factor.q)] if factor.q != 1 else []
        elif factor.is_Pow and factor.exp.could_extract_minus_sign():
            below.append(_constant_power(factor.base, -factor.exp))
        else:
            above.append(_constant_atom(factor))
    return minus, above, below


def _constant_atom(value: Scalar) -> Form:
    if value.is_Pow:
        return _constant_power(value.base, value.exp)
    if value.is_Add:
        return constant_factors(value)[1][0]
    if value.is_Float and value < 0:
        return unsigned((True, number(str(-value))))
    if value.is_Number:
        return number(str(value))
    if value.head == "Min":
        parts = tuple(unsigned(constant(a)) for a in sorted(value.args, key=str))
        return applied("min", [Form("array", parts, (len(parts), 1), sum(p.cost for p in parts) + len(parts) + 1)])
    return applied(value.head.lower(), [unsigned(constant(a)) for a in value.args]) if value.args else name(str(value))


def _constant_power(base: Scalar, exponent: Scalar) -> Form:
    form = unsigned(constant(base))
    if exponent is S.One:
        return form
    return square_root(form) if exponent == S.Half else raised("power", form, exponent_number(exponent))


def dimension(d: Dim) -> Form:
    """A size; the notation has no powers of dimensions, so that n^2 is n*n."""
    whole, part = d.as_numer_denom()
    if part != 1:
        return quotient([dimension(whole)], [number(str(part))])
    factors = [base for f in d.factors() for base in ([f.base] * int(f.exp) if f.is_Pow and f.exp.is_Integer else [f])]
    return joined("product", [unsigned(constant(f)) for f in factors])


def sized(function: str, dims: Iterable[Dim]) -> Form:
    """eye(n), ones(m,n), zeros(n), K(m,n)."""
    parts = tuple(dimension(d) for d in dims)
    return Form("constant", parts, function, sum(p.cost for p in parts) + len(parts) + 2)


def exponent_number(value: Scalar) -> Form:
    """A constant exponent; halves are decimals in the plain notation: x.^-0.5."""
    minus = bool(value.could_extract_minus_sign())
    size = -value if minus else value
    if size.is_Rational and size.q == 2:
        return unsigned((minus, Form("half", (), (size.p, size.q))))
    return unsigned(constant(value))

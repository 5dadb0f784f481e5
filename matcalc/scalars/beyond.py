"""Scalars that are no monomials: sums, roots of numbers, pi, least sizes. SymPy's, and loaded with SymPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final
from weakref import WeakValueDictionary

from sympy import (
    Add,
    I,
    Min,
    Mul,
    Pow,
    Rational,
    S,
    Symbol,
    cancel,
    conjugate,
    expand_complex,
    factor_terms,
    floor,
    fraction,
    im,
    pi,
    preorder_traversal,
    sympify,
)
from sympy import Expr as Expression

from matcalc.scalars.monomial import KEPT, Monomial, Power, integer, monomial, size_name
from matcalc.scalars.scalar import Scalar


class Beyond(Scalar):
    """A SymPy expression that is no monomial; made by `taken`."""

    __slots__ = ("__weakref__", "expression")

    expression: Any

    def __new__(cls, expression: Any) -> Beyond:
        made = super().__new__(cls)
        made.expression = expression
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return taken, (self.expression,)

    def __getattr__(self, name: str) -> Any:
        """The facts that SymPy knows."""
        if name.startswith("is_"):
            return getattr(self.expression, name)
        raise AttributeError(f"a scalar has no {name}")

    def as_sympy(self) -> Any:
        return self.expression

    @property
    def head(self) -> str:
        return str(self.expression.func.__name__)

    @property
    def args(self) -> tuple[Scalar, ...]:
        return tuple(map(taken, self.expression.args))

    @property
    def base(self) -> Scalar:
        return taken(self.expression.base)

    @property
    def exp(self) -> Scalar:
        return taken(self.expression.exp)

    @property
    def free_symbols(self) -> frozenset[Scalar]:
        return frozenset(size_name(s.name) for s in self.expression.free_symbols)

    def factors(self) -> tuple[Scalar, ...]:
        return tuple(map(taken, Mul.make_args(self.expression)))

    def as_coeff_Mul(self) -> tuple[Scalar, Scalar]:
        c, rest = self.expression.as_coeff_Mul()
        return taken(c), taken(rest)

    def as_powers_dict(self) -> dict[Scalar, Scalar]:
        return {taken(base): taken(k) for base, k in self.expression.as_powers_dict().items()}

    def as_numer_denom(self) -> tuple[Scalar, Scalar]:
        above, below = self.expression.as_numer_denom()
        return taken(above), taken(below)

    def as_ordered_terms(self) -> list[Scalar]:
        return [taken(t) for t in self.expression.as_ordered_terms()]

    def could_extract_minus_sign(self) -> bool:
        return bool(self.expression.could_extract_minus_sign())

    def has(self, *heads: str) -> bool:
        return any(part.func.__name__ in heads for part in preorder_traversal(self.expression))

    def xreplace(self, found: Mapping[Scalar, Scalar]) -> Scalar:
        return taken(self.expression.xreplace({to_sympy(a): to_sympy(b) for a, b in found.items()}))

    def subs(self, values: Mapping[Scalar, int]) -> Scalar:
        return taken(self.expression.subs({to_sympy(s): k for s, k in values.items()}))

    def with_numbers(self, change: Callable[[Scalar], Scalar]) -> Scalar:
        return taken(self.expression.replace(lambda r: r.is_Rational, lambda r: to_sympy(change(taken(r)))))

    def __add__(self, other: object) -> Scalar:
        return computed("__add__", self, other)

    def __mul__(self, other: object) -> Scalar:
        return computed("__mul__", self, other)

    def __truediv__(self, other: object) -> Scalar:
        return computed("__truediv__", self, other)

    def __rtruediv__(self, other: object) -> Scalar:
        return computed("__truediv__", other, self)

    def __pow__(self, other: object) -> Scalar:
        return computed("__pow__", self, other)

    def __rpow__(self, other: object) -> Scalar:
        return computed("__pow__", other, self)

    def __mod__(self, other: object) -> Scalar:
        return computed("__mod__", self, other)

    def __neg__(self) -> Scalar:
        return taken(-self.expression)

    def __abs__(self) -> Scalar:
        return taken(abs(self.expression))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Beyond):
            return bool(self.expression == other.expression)
        return False if isinstance(other, Scalar) else bool(self.expression == other)

    def __hash__(self) -> int:
        return hash(self.expression)

    def __lt__(self, other: object) -> bool:
        return compared("__lt__", self, other)

    def __le__(self, other: object) -> bool:
        return compared("__le__", self, other)

    def __int__(self) -> int:
        return int(self.expression)

    def __float__(self) -> float:
        return float(self.expression)

    def __complex__(self) -> complex:
        return complex(self.expression)

    def __str__(self) -> str:
        return str(self.expression)


# ------------------------------------------------------------------------------------------------ there and back


@lru_cache(maxsize=KEPT)
def _of_monomial(m: Monomial) -> Any:
    powers = [Symbol(name, integer=True, positive=True) ** Rational(a, b) for name, a, b in m.powers]
    return Mul(Rational(m.p, m.q), *powers)


def to_sympy(value: Any) -> Any:
    """The SymPy expression of a scalar or of a number of Python."""
    if isinstance(value, Monomial):
        return _of_monomial(value)
    return value.expression if isinstance(value, Beyond) else sympify(value, strict=True)


def _parts_apart(e: Any) -> Any:
    """A number with an imaginary part as a + b*i, where its powers are whole; what holds a root of one stays as it is."""
    roots = any(not k.exp.is_Integer and k.has(I) for k in e.atoms(Pow))
    return e if roots else expand_complex(e)


# As of monomials, equal ones are one object.
_IN_USE: Final[WeakValueDictionary[Any, Beyond]] = WeakValueDictionary()


@lru_cache(maxsize=KEPT)
def _of_expression(e: Any) -> Scalar:
    e = _parts_apart(e) if e.has(I) else e
    number, powers = S.One, list[Power]()
    for factor in Mul.make_args(e):
        base, k = (factor.base, factor.exp) if factor.is_Pow else (factor, S.One)
        if factor.is_Rational:
            number *= factor
        elif base.is_Symbol and base.is_integer and base.is_positive and k.is_Rational:
            powers.append((base.name, int(k.p), int(k.q)))
        else:
            found = _IN_USE.get(e)
            return _IN_USE.setdefault(e, Beyond(e)) if found is None else found
    return monomial(int(number.p), int(number.q), tuple(sorted(powers)))


def taken(value: Any) -> Scalar:
    """A scalar from SymPy's expression or a number of Python, in the one form that it has here."""
    if isinstance(value, Scalar):
        return value
    if isinstance(value, int):
        return integer(value)
    return _of_expression(value if isinstance(value, Expression) else sympify(value, strict=True))


def computed(operation: str, a: object, b: object) -> Scalar:
    """What SymPy makes of an operation."""
    return taken(getattr(to_sympy(a), operation)(to_sympy(b)))


def compared(operation: str, a: object, b: object) -> bool:
    """Whether a comparison holds.

    Raises TypeError where SymPy cannot tell.
    """
    return bool(getattr(to_sympy(a), operation)(to_sympy(b)))


# --------------------------------------------------------------------------------------------- SymPy's algebra


PI: Final = taken(pi)
IMAGINARY: Final = taken(I)


def multiplied(factors: tuple[Scalar, ...]) -> Scalar:
    """All factors at once: a number is not multiplied into a sum beside other factors."""
    return taken(Mul(*map(to_sympy, factors)))


def added(terms: tuple[Scalar, ...]) -> Scalar:
    """All terms at once."""
    return taken(Add(*map(to_sympy, terms)))


def common_factors_taken_out(value: Scalar) -> Scalar:
    """m*m + m*n as m*(m + n)."""
    return taken(factor_terms(to_sympy(value)))


def expanded(value: Scalar) -> Scalar:
    """The sum that a product with sums is."""
    return taken(to_sympy(value).expand())


def cancelled(value: Scalar) -> Scalar:
    """A quotient of polynomials in lowest terms."""
    return taken(cancel(to_sympy(value)))


def denominator(value: Scalar) -> Scalar:
    """The denominator as it is written."""
    return taken(fraction(to_sympy(value))[1])


def imaginary_part(value: Scalar) -> Scalar:
    """The imaginary part."""
    return taken(im(to_sympy(value)))


def conjugated(value: Scalar) -> Scalar:
    """The complex conjugate."""
    return taken(conjugate(to_sympy(value)))


def rounded_down(value: Scalar) -> Scalar:
    """The whole number that is not above it."""
    return taken(floor(to_sympy(value)))


def least_of(values: tuple[Scalar, ...]) -> Scalar:
    """The smallest, kept as it is written: SymPy compares the arguments else, for which it loads its tensors."""
    return taken(Min(*map(to_sympy, values), evaluate=False))


def with_least(value: Scalar, smallest: Callable[..., Scalar]) -> Scalar:
    """What stands in place of a least size, made by `smallest` of its parts, all through an expression."""
    e = to_sympy(value)
    return taken(e.xreplace({least: to_sympy(smallest(*map(taken, least.args))) for least in e.atoms(Min)}))


def tidied(value: Scalar) -> Scalar:
    """A constant in which sums of sizes that differ only in sign are one: (1 - n)/(n - 1) is -1, also where n is 1."""
    made, powers = S.One, dict[Any, Any]()
    for factor in Mul.make_args(factor_terms(to_sympy(value))):
        base, exponent = factor.as_base_exp()
        turned = -base if base.is_Add and exponent.is_Integer else base
        if turned in powers and turned is not base:
            made, base = made * S.NegativeOne**exponent, turned
        powers[base] = powers.get(base, S.Zero) + exponent
    return taken(made * Mul(*(base**exponent for base, exponent in powers.items())))



"""Monomials: a rational number times rational powers of names, which stand for positive integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from math import gcd, isqrt
from typing import Any, Final
from weakref import WeakValueDictionary

from matcalc.scalars.scalar import Scalar

# A name and its exponent a/b in lowest terms, b positive.
Power = tuple[str, int, int]
KEPT: Final = 16384
SMALL: Final = 64


class Monomial(Scalar):
    """p/q times powers of names in the order of the names. Made by `monomial`, `integer`, `rational` and `size_name`."""

    __slots__ = (
        "__weakref__", "_hash", "_text", "is_Integer", "is_Rational", "is_Symbol", "is_negative", "is_nonnegative", "is_nonpositive",
        "is_positive", "name", "p", "powers", "q",
    )  # fmt: skip

    p: int
    q: int
    powers: tuple[Power, ...]
    is_Integer: bool
    is_Rational: bool
    is_Symbol: bool
    is_positive: bool
    is_negative: bool
    is_nonpositive: bool
    is_nonnegative: bool
    name: str
    _hash: int
    _text: str

    def __new__(cls, p: int, q: int, powers: tuple[Power, ...]) -> Monomial:
        made = super().__new__(cls)
        made.p, made.q, made.powers = p, q, powers
        made.is_Rational = not powers
        made.is_Integer = not powers and q == 1
        made.is_Symbol = p == q == 1 and len(powers) == 1 and powers[0][1:] == (1, 1)
        made.is_positive, made.is_negative = p > 0, p < 0
        made.is_nonpositive, made.is_nonnegative = p <= 0, p >= 0
        if made.is_Symbol:
            made.name = powers[0][0]
        made._hash = hash(p) if made.is_Integer else hash((p, q, powers))
        made._text = ""
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return monomial, (self.p, self.q, self.powers)

    # ------------------------------------------------------------------------------------------------- facts

    @property
    def is_Add(self) -> bool:
        return False

    @property
    def is_Float(self) -> bool:
        return False

    @property
    def is_Number(self) -> bool:
        return self.is_Rational

    @property
    def is_number(self) -> bool:
        return self.is_Rational

    @property
    def is_Atom(self) -> bool:
        return self.is_Rational or self.is_Symbol

    @property
    def is_Mul(self) -> bool:
        return len(self.powers) + (self.p != 1 or self.q != 1) > 1

    @property
    def is_Pow(self) -> bool:
        return self.p == self.q == 1 and len(self.powers) == 1 and not self.is_Symbol

    @property
    def is_zero(self) -> bool:
        return self.p == 0

    @property
    def is_nonzero(self) -> bool:
        return self.p != 0

    @property
    def is_integer(self) -> bool | None:
        if self.is_Rational:
            return self.q == 1
        return True if self.q == 1 and all(b == 1 and a > 0 for _, a, b in self.powers) else None

    @property
    def is_even(self) -> bool | None:
        if self.is_Integer:
            return self.p % 2 == 0
        return False if self.is_Rational else True if self.is_integer and self.p % 2 == 0 else None

    @property
    def is_odd(self) -> bool | None:
        return None if self.is_even is None else self.is_Integer and self.p % 2 == 1 if self.is_Rational else False

    @property
    def head(self) -> str:
        if self.is_Rational:
            return "Integer" if self.q == 1 else "Rational"
        return "Symbol" if self.is_Symbol else "Pow" if self.is_Pow else "Mul"

    # ------------------------------------------------------------------------------------------------- parts

    @property
    def coefficient(self) -> Monomial:
        return monomial(self.p, self.q, ())

    @property
    def free_symbols(self) -> frozenset[Scalar]:
        return frozenset([size_name(name) for name, _, _ in self.powers])

    def factors(self) -> tuple[Scalar, ...]:
        """The number, names, powers of names."""
        if not self.powers:
            return (self,)
        number = (self.coefficient,) if self.p != 1 or self.q != 1 else ()
        alone = [monomial(1, 1, (f,)) for f in self.powers if f[1] == f[2] == 1]
        return (*number, *alone, *(monomial(1, 1, (f,)) for f in self.powers if not f[1] == f[2] == 1))

    @property
    def args(self) -> tuple[Scalar, ...]:
        if self.is_Pow:
            return self.base, self.exp
        return self.factors() if self.is_Mul else ()

    @property
    def base(self) -> Monomial:
        return size_name(self.powers[0][0]) if self.is_Pow else self

    @property
    def exp(self) -> Monomial:
        return monomial(*self.powers[0][1:], ()) if self.is_Pow else ONE

    def as_coeff_Mul(self) -> tuple[Scalar, Scalar]:
        return self.coefficient, monomial(1, 1, self.powers)

    def as_powers_dict(self) -> dict[Scalar, Scalar]:
        number: dict[Scalar, Scalar] = {self.coefficient: ONE} if self.p != 1 or self.q != 1 or not self.powers else {}
        return number | {size_name(name): monomial(a, b, ()) for name, a, b in self.powers}

    def as_numer_denom(self) -> tuple[Scalar, Scalar]:
        below = tuple((name, -a, b) for name, a, b in self.powers if a < 0)
        return monomial(self.p, 1, tuple(f for f in self.powers if f[1] > 0)), monomial(self.q, 1, below)

    def as_ordered_terms(self) -> list[Scalar]:
        return [self]

    def could_extract_minus_sign(self) -> bool:
        return self.p < 0

    def has(self, *heads: str) -> bool:
        return False

    def as_sympy(self) -> Any:
        return _sympy_side().to_sympy(self)

    # ------------------------------------------------------------------------------------------- replacement

    def xreplace(self, found: Mapping[Scalar, Scalar]) -> Scalar:
        if self in found:
            return found[self]
        if not any(size_name(name) in found for name, _, _ in self.powers):
            return self
        made: Scalar = self.coefficient
        for name, a, b in self.powers:
            symbol = size_name(name)
            made = made * found.get(symbol, symbol) ** monomial(a, b, ())
        return made

    def subs(self, values: Mapping[Scalar, int]) -> Scalar:
        return self.xreplace({s: integer(k) for s, k in values.items()})

    def with_numbers(self, change: Callable[[Scalar], Scalar]) -> Scalar:
        return change(self.coefficient) * monomial(1, 1, self.powers) if self.powers else change(self)

    # -------------------------------------------------------------------------------------------- arithmetic

    def __mul__(self, other: object) -> Scalar:
        if not isinstance(other, Monomial):
            return _handed_over("__mul__", self, other)
        if other is ONE:
            return self
        if self is ONE:
            return other
        return reduced(self.p * other.p, self.q * other.q, _joined(self.powers, other.powers))

    def __truediv__(self, other: object) -> Scalar:
        if not isinstance(other, Monomial):
            return _handed_over("__truediv__", self, other)
        if other.p == 0:
            return _handed_over("__truediv__", self, other)
        turned = tuple([(name, -a, b) for name, a, b in other.powers])
        return reduced(self.p * other.q, self.q * other.p, _joined(self.powers, turned))

    def __rtruediv__(self, other: object) -> Scalar:
        return _handed_over("__truediv__", other, self)

    def __add__(self, other: object) -> Scalar:
        if not isinstance(other, Monomial):
            return _handed_over("__add__", self, other)
        if self.p == 0:
            return other
        if other.p == 0:
            return self
        if self.powers != other.powers:
            return _handed_over("__add__", self, other)
        return reduced(self.p * other.q + other.p * self.q, self.q * other.q, self.powers)

    def __neg__(self) -> Monomial:
        return monomial(-self.p, self.q, self.powers)

    def __abs__(self) -> Monomial:
        return monomial(abs(self.p), self.q, self.powers)

    def __pow__(self, other: object) -> Scalar:
        if not isinstance(other, Monomial):
            return _handed_over("__pow__", self, other)
        found = _raised(self, other) if other.is_Rational else None
        return _handed_over("__pow__", self, other) if found is None else found

    def __rpow__(self, other: object) -> Scalar:
        return _handed_over("__pow__", other, self)

    def __mod__(self, other: object) -> Scalar:
        if isinstance(other, int) and self.is_Integer and other:
            return integer(self.p % other)
        return _handed_over("__mod__", self, other)

    # -------------------------------------------------------------------------------------------- comparison

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Monomial):
            return self.p == other.p and self.q == other.q and self.powers == other.powers
        if isinstance(other, int):
            return self.is_Integer and self.p == other
        return False if isinstance(other, Scalar) else NotImplemented

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: object) -> bool:
        compared = _compared(self, other)
        return _told("__lt__", self, other) if compared is None else compared < 0

    def __le__(self, other: object) -> bool:
        compared = _compared(self, other)
        return _told("__le__", self, other) if compared is None else compared <= 0

    # -------------------------------------------------------------------------------------------- conversion

    def __bool__(self) -> bool:
        return self.p != 0

    def __int__(self) -> int:
        if self.powers:
            raise TypeError(f"{self} is no number")
        return self.p // self.q if self.p >= 0 else -(-self.p // self.q)

    def __index__(self) -> int:
        if not self.is_Integer:
            raise TypeError(f"{self} is no whole number")
        return self.p

    def __float__(self) -> float:
        if self.powers:
            raise TypeError(f"{self} is no number")
        try:
            return self.p / self.q
        except OverflowError:
            return math.inf if self.p > 0 else -math.inf

    def __str__(self) -> str:
        if not self._text:
            self._text = _spelled(self)
        return self._text


# ------------------------------------------------------------------------------------------------- construction


# Equal monomials are one object, also where one that is still in use was made long ago: dimensions are compared by identity.
_IN_USE: Final[WeakValueDictionary[tuple[int, int, tuple[Power, ...]], Monomial]] = WeakValueDictionary()


@lru_cache(maxsize=KEPT)
def _kept(p: int, q: int, powers: tuple[Power, ...]) -> Monomial:
    found = _IN_USE.get((p, q, powers))
    return _IN_USE.setdefault((p, q, powers), Monomial(p, q, powers)) if found is None else found


_SMALL: Final = tuple(Monomial(p, 1, ()) for p in range(-SMALL, SMALL + 1))


def monomial(p: int, q: int, powers: tuple[Power, ...]) -> Monomial:
    """p/q in lowest terms, q positive, times powers that are in order; the numbers that are met at every step are one object each."""
    return _SMALL[p + SMALL] if q == 1 and not powers and -SMALL <= p <= SMALL else _kept(p, q, powers if p else ())


def reduced(p: int, q: int, powers: tuple[Power, ...]) -> Monomial:
    """p/q times powers, for any p and any q but 0."""
    common = gcd(p, q) if q > 0 else -gcd(p, q)
    return monomial(p // common, q // common, powers if p else ())


def integer(value: int) -> Monomial:
    """A whole number."""
    return monomial(int(value), 1, ())


@lru_cache(maxsize=KEPT)
def size_name(name: str) -> Monomial:
    """A name that stands for a positive integer."""
    return monomial(1, 1, ((name, 1, 1),))


def rational(value: int | str, below: int = 1) -> Monomial:
    """A fraction of whole numbers, or a number as it is written: "3", "2/3", "0.25", "1e-3".

    Raises ValueError for what is no number.
    """
    if isinstance(value, int):
        return reduced(value, below, ())
    above, _, part = value.partition("/")
    if part:
        return reduced(int(above), int(part), ())
    digits, scientific, exponent = value.lower().partition("e")
    whole, _, decimals = digits.partition(".")
    shift = (int(exponent) if scientific else 0) - len(decimals)
    return reduced(int(whole + decimals) * 10 ** max(shift, 0), 10 ** max(-shift, 0), ())


ZERO: Final = integer(0)
ONE: Final = integer(1)
NEGATIVE_ONE: Final = integer(-1)
HALF: Final = monomial(1, 2, ())


# ------------------------------------------------------------------------------------------- how they are computed


def _joined(a: tuple[Power, ...], b: tuple[Power, ...]) -> tuple[Power, ...]:
    if not a or not b:
        return a or b
    powers = {name: (k, m) for name, k, m in a}
    for name, k, m in b:
        if name in powers:
            above, below = powers[name]
            k, m = above * m + k * below, below * m
            common = gcd(k, m)
            k, m = k // common, m // common
        powers[name] = k, m
    return tuple([(name, *powers[name]) for name in sorted(powers) if powers[name][0]])


def _raised(m: Monomial, k: Monomial) -> Monomial | None:
    """A rational power, where it is a monomial that is found at once."""
    if k.p <= 0 and m.p == 0:
        return ONE if k.p == 0 else None
    root = _root(m, k.q)
    if root is None:
        return None
    p, q = root
    above, below = (p, q) if k.p >= 0 else (q, p)
    e = abs(k.p)
    powers = []
    for name, a, b in m.powers if k.p else ():
        common = gcd(a * k.p, b * k.q)
        powers.append((name, a * k.p // common, b * k.q // common))
    return reduced(above**e, below**e, tuple(powers))


def _root(m: Monomial, degree: int) -> tuple[int, int] | None:
    """The root of the number p/q in front, where it is a fraction."""
    if degree == 1 or m.p == m.q == 1:
        return m.p, m.q
    if degree != 2 or m.p < 0:
        return None
    p, q = isqrt(m.p), isqrt(m.q)
    return (p, q) if p * p == m.p and q * q == m.q else None


def _compared(a: Monomial, b: object) -> int | None:
    """The sign of a - b for numbers, and where one side is 0."""
    if isinstance(b, int):
        b = integer(b)
    if not isinstance(b, Monomial):
        return None
    if a.powers != b.powers:
        return a.p if b.p == 0 else -b.p if a.p == 0 else None
    return a.p * b.q - b.p * a.q


def _handed_over(operation: str, a: object, b: object) -> Scalar:
    """The same of anything else: of a Python number at once, of what is beyond monomials by SymPy."""
    if isinstance(a, int) and isinstance(b, Scalar):
        return _by_itself(operation, integer(a), b)
    if isinstance(b, int) and operation != "__mod__":
        return _by_itself(operation, a, integer(b))
    return _by_sympy(operation, a, b)


def _by_itself(operation: str, a: object, b: Scalar) -> Scalar:
    made: Scalar = getattr(a, operation)(b)
    return made


@cache
def _sympy_side() -> Any:
    """The module that SymPy is loaded with; it is built on this one."""
    return import_module("matcalc.scalars.beyond")


def _by_sympy(operation: str, a: object, b: object) -> Scalar:
    made: Scalar = _sympy_side().computed(operation, a, b)
    return made


def _told(operation: str, a: object, b: object) -> bool:
    return bool(_sympy_side().compared(operation, a, b))


# ------------------------------------------------------------------------------------------------ how they are spelled


def _spelled(m: Monomial) -> str:
    """As SymPy prints it: -2*m/(3*n**2*sqrt(p))."""
    if m.is_Pow:
        name, a, b = m.powers[0]
        if b != 2 or abs(a) != 1:
            return f"1/{name}" if (a, b) == (-1, 1) else f"{name}**{_exponent(a, b)}"
    above = [str(abs(m.p))] if abs(m.p) != 1 else []
    below = [str(m.q)] if m.q != 1 else []
    above += _powers((name, a, b) for name, a, b in m.powers if a > 0)
    below += _powers((name, -a, b) for name, a, b in m.powers if a < 0)
    sign = "-" if m.p < 0 else ""
    divided = "" if not below else f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
    return f"{sign}{'*'.join(above) or '1'}{divided}"


def _powers(powers: Iterable[Power]) -> list[str]:
    return [name if a == b == 1 else f"sqrt({name})" if (a, b) == (1, 2) else f"{name}**{_exponent(a, b)}" for name, a, b in powers]


def _exponent(a: int, b: int) -> str:
    return str(a) if b == 1 and a > 0 else f"({a})" if b == 1 else f"({a}/{b})"

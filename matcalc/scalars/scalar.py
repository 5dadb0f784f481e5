"""What every scalar can do, under the names that SymPy has for it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any


class Scalar:
    """A coefficient, an exponent or a size. Immutable; equal scalars have equal hashes, and whole numbers those of Python.

    The facts are those of SymPy: `is_Integer` tells what the form is, `is_integer` what is known of the value, None if nothing is.
    """

    __slots__ = ()

    if TYPE_CHECKING:  # `Monomial` keeps some of these and works out the others; `Beyond` asks SymPy.

        @property
        def is_Integer(self) -> bool: ...

        @property
        def is_Rational(self) -> bool: ...

        @property
        def is_Number(self) -> bool: ...

        @property
        def is_Symbol(self) -> bool: ...

        @property
        def is_Atom(self) -> bool: ...

        @property
        def is_Add(self) -> bool: ...

        @property
        def is_Mul(self) -> bool: ...

        @property
        def is_Pow(self) -> bool: ...

        @property
        def is_Float(self) -> bool: ...

        @property
        def is_number(self) -> bool: ...

        @property
        def is_integer(self) -> bool | None: ...

        @property
        def is_positive(self) -> bool | None: ...

        @property
        def is_negative(self) -> bool | None: ...

        @property
        def is_nonnegative(self) -> bool | None: ...

        @property
        def is_nonpositive(self) -> bool | None: ...

        @property
        def is_zero(self) -> bool | None: ...

        @property
        def is_nonzero(self) -> bool | None: ...

        @property
        def is_even(self) -> bool | None: ...

        @property
        def is_odd(self) -> bool | None: ...

        @property
        def p(self) -> int: ...

        @property
        def q(self) -> int: ...

        @property
        def name(self) -> str: ...

        @property
        def args(self) -> tuple[Scalar, ...]: ...

        @property
        def base(self) -> Scalar: ...

        @property
        def exp(self) -> Scalar: ...

        @property
        def free_symbols(self) -> frozenset[Scalar]: ...

        @property
        def head(self) -> str: ...

    @abstractmethod
    def as_sympy(self) -> Any:
        """The SymPy expression, whose names are positive integers."""

    def _sympy_(self) -> Any:
        """How SymPy takes what is not its own."""
        return self.as_sympy()

    @abstractmethod
    def factors(self) -> tuple[Scalar, ...]:
        """The factors of a product, the number first; of anything else, it alone."""

    @abstractmethod
    def as_coeff_Mul(self) -> tuple[Scalar, Scalar]:
        """(c, rest) with a rational c."""

    @abstractmethod
    def as_powers_dict(self) -> dict[Scalar, Scalar]:
        """The exponents of the factors by their bases."""

    @abstractmethod
    def as_numer_denom(self) -> tuple[Scalar, Scalar]:
        """The numerator and the denominator."""

    @abstractmethod
    def as_ordered_terms(self) -> list[Scalar]:
        """The terms of a sum, in the order in which they are printed."""

    @abstractmethod
    def could_extract_minus_sign(self) -> bool:
        """Whether it is written with a minus, of x and -x exactly one."""

    @abstractmethod
    def has(self, *heads: str) -> bool:
        """Whether one of these stands in it: "Add", "Min", "Pi", the names of SymPy's classes."""

    @abstractmethod
    def xreplace(self, found: Mapping[Scalar, Scalar]) -> Scalar:
        """The scalar with others in place of names, or of itself."""

    @abstractmethod
    def subs(self, values: Mapping[Scalar, int]) -> Scalar:
        """The scalar with numbers in place of names."""

    @abstractmethod
    def with_numbers(self, change: Callable[[Scalar], Scalar]) -> Scalar:
        """The scalar with every rational number in it changed."""

    @abstractmethod
    def __add__(self, other: object) -> Scalar: ...

    @abstractmethod
    def __mul__(self, other: object) -> Scalar: ...

    @abstractmethod
    def __truediv__(self, other: object) -> Scalar: ...

    @abstractmethod
    def __rtruediv__(self, other: object) -> Scalar: ...

    @abstractmethod
    def __pow__(self, other: object) -> Scalar: ...

    @abstractmethod
    def __rpow__(self, other: object) -> Scalar: ...

    @abstractmethod
    def __mod__(self, other: object) -> Scalar: ...

    @abstractmethod
    def __neg__(self) -> Scalar: ...

    @abstractmethod
    def __abs__(self) -> Scalar: ...

    @abstractmethod
    def __eq__(self, other: object) -> bool: ...

    @abstractmethod
    def __hash__(self) -> int: ...

    @abstractmethod
    def __lt__(self, other: object) -> bool: ...

    @abstractmethod
    def __le__(self, other: object) -> bool: ...

    @abstractmethod
    def __int__(self) -> int: ...

    @abstractmethod
    def __float__(self) -> float: ...

    def __radd__(self, other: object) -> Scalar:
        return self + other

    def __rmul__(self, other: object) -> Scalar:
        return self * other

    def __sub__(self, other: Any) -> Scalar:
        negated: Scalar | int = -other
        return self + negated

    def __rsub__(self, other: object) -> Scalar:
        return -self + other

    def __gt__(self, other: Any) -> bool:
        negated: Scalar | int = -other
        return -self < negated

    def __ge__(self, other: Any) -> bool:
        negated: Scalar | int = -other
        return -self <= negated

    def __repr__(self) -> str:
        return str(self)

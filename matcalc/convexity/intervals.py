"""Intervals of real numbers, with ends that belong to them or not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from typing import Final

from matcalc.records import dataclass

INFINITE: Final = math.inf


@dataclass(frozen=True)
class Interval:
    """The numbers from `low` to `high`; an end that is `open` does not belong to it, as an infinite one never does."""

    low: float = -INFINITE
    high: float = INFINITE
    low_open: bool = False
    high_open: bool = False

    @property
    def is_nonnegative(self) -> bool:
        return self.low >= 0

    @property
    def is_nonpositive(self) -> bool:
        return self.high <= 0

    @property
    def is_positive(self) -> bool:
        return self.low > 0 or self.low == 0 and self.low_open

    @property
    def is_negative(self) -> bool:
        return self.high < 0 or self.high == 0 and self.high_open

    @property
    def sign(self) -> int:
        """1 or -1 where no number of it has the other sign, 0 where nothing is known."""
        return 1 if self.is_nonnegative else -1 if self.is_nonpositive else 0

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low, self.high_open, self.low_open)

    def __add__(self, other: Interval) -> Interval:
        low, high = self.low + other.low, self.high + other.high
        return Interval(low, high, self.low_open or other.low_open, self.high_open or other.high_open)

    def __mul__(self, other: Interval) -> Interval:
        ends = [_product(a, b) for a in self._ends() for b in other._ends()]
        low, high = min(v for v, _ in ends), max(v for v, _ in ends)
        return Interval(low, high, all(o for v, o in ends if v == low), all(o for v, o in ends if v == high))

    def _ends(self) -> tuple[tuple[float, bool], tuple[float, bool]]:
        return (self.low, self.low_open), (self.high, self.high_open)

    def inverse(self) -> Interval:
        """The numbers 1/x for the x other than zero."""
        if self.is_nonnegative:
            return Interval(_reciprocal(self.high), _reciprocal(self.low), self.high_open or math.isinf(self.high), self.low_open)
        return -(-self).inverse() if self.is_nonpositive else ANY

    def power(self, k: float) -> Interval:
        """The numbers x^k; those of the real branch, where k is no integer."""
        if k < 0:
            return self.power(-k).inverse()
        if k == 0:
            return exactly(1.0)
        if self.is_nonnegative:
            return Interval(_raised(self.low, k), _raised(self.high, k), self.low_open, self.high_open)
        if k != int(k):
            return NONNEGATIVE
        if int(k) % 2:
            return Interval(-_raised(-self.low, k), math.copysign(_raised(abs(self.high), k), self.high), self.low_open, self.high_open)
        top = max(-self.low, self.high)
        return (-self).power(k) if self.is_nonpositive else Interval(0.0, _raised(top, k))

    def join(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Interval(
            low, high,
            all(i.low_open for i in (self, other) if i.low == low), all(i.high_open for i in (self, other) if i.high == high),
        )  # fmt: skip

    def meet(self, other: Interval) -> Interval:
        """What both say, where each of them holds."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(
            low, high,
            any(i.low_open for i in (self, other) if i.low == low), any(i.high_open for i in (self, other) if i.high == high),
        )  # fmt: skip

    def summed(self) -> Interval:
        """A sum of at least one number of it, of how many is not known."""
        low = self.low if self.low >= 0 else -INFINITE
        high = self.high if self.high <= 0 else INFINITE
        return Interval(low, high, self.low_open and self.low >= 0, self.high_open and self.high <= 0)


def _product(a: tuple[float, bool], b: tuple[float, bool]) -> tuple[float, bool]:
    """The product of two ends; zero that belongs to one interval is a product whatever the other end is."""
    if a[0] == 0 or b[0] == 0:
        return 0.0, not (a[0] == 0 and not a[1] or b[0] == 0 and not b[1])
    return a[0] * b[0], a[1] or b[1]


def _reciprocal(x: float) -> float:
    return INFINITE if x == 0 else 1 / x


def _raised(x: float, k: float) -> float:
    try:
        return float(x**k)
    except OverflowError:
        return INFINITE


def exactly(value: float) -> Interval:
    """One number."""
    return Interval(value, value)


def product(intervals: Iterable[Interval]) -> Interval:
    return reduce(Interval.__mul__, intervals, exactly(1.0))


ANY: Final = Interval()
POSITIVE: Final = Interval(0.0, INFINITE, True)
NONNEGATIVE: Final = Interval(0.0)


def read_interval(text: str) -> Interval:
    """An interval of `(0, 1)`, `[0, inf)`, as the rule book has it.

    Raises ValueError for what is none.
    """
    text = text.strip()
    if len(text) < 5 or text[0] not in "([" or text[-1] not in ")]":
        raise ValueError(f"{text!r} is no interval, such as [0, inf)")
    low, high = (float(end) for end in text[1:-1].split(","))
    if not low < high:
        raise ValueError(f"{text!r} is no interval: its ends are in the wrong order")
    return Interval(low, high, text[0] == "(", text[-1] == ")")

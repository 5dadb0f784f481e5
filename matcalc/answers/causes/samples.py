"""A few points at which formulas are compared to find a cause, and what formulas are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.errors import MatcalcError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import numeric
from matcalc.numbers.sampling.random_points import Drawing, Point

Array = Any
ALIKE: Final = 1e-7
CHOICES: Final = 2
EACH: Final = 2
NEAREST: Final = 100


class Samples:
    """Points of several sizes at which some expressions are finite, and the values of any expression there."""

    def __init__(self, variables: Sequence[Expr], exprs: Sequence[Expr]) -> None:
        self.variables = variables
        self.drawing = Drawing(variables, exprs)
        self.calls = {n.data for n in self.drawing.nodes if n.op == "call"}
        self.points = [p for p in self._drawn() if all(v is not None for v in (self.at(e, p) for e in exprs))]
        self._known: dict[Expr, list[Array] | None] = {}

    def _drawn(self) -> Iterator[Point]:
        for k in range(CHOICES):
            yield from islice(self.drawing.plain(k), EACH)

    def at(self, e: Expr, point: Point) -> Array | None:
        """The value of an expression at a point; None where it is not finite, or holds a function or a size that has no value here."""
        if any(n.op == "call" and n.data not in self.calls for n in in_order([e])):
            return None
        with np.errstate(all="ignore"):
            try:
                found = numeric(Program([e])(point.values, point.sizes, point.unknowns)[0])
            except (MatcalcError, KeyError, ValueError, np.linalg.LinAlgError):
                return None
        return found.reshape(-1) if np.all(np.isfinite(found)) else None

    def values(self, e: Expr) -> list[Array] | None:
        """The values at all points; None where one is missing."""
        if e not in self._known:
            found = [self.at(e, p) for p in self.points]
            self._known[e] = None if any(v is None for v in found) else found
        return self._known[e]

    def equal(self, a: Expr, b: Expr) -> bool:
        """Whether two expressions have the same values."""
        ours, theirs = self.values(a), self.values(b)
        return bool(ours) and ours is not None and theirs is not None and all(map(alike, ours, theirs))

    def ratio(self, claim: Expr, truth: Expr) -> Fraction | None:
        """The number by which a claim must be multiplied at every point to be true."""
        ours, theirs = self.values(claim), self.values(truth)
        return ratio_of(ours, theirs) if ours and theirs else None


def alike(a: Array, b: Array) -> bool:
    """Whether two arrays are one up to rounding."""
    if a.size != b.size:
        return False
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return bool(np.abs(a - b).max(initial=0.0) <= ALIKE * scale)


def ratio_of(ours: Sequence[Array], theirs: Sequence[Array]) -> Fraction | None:
    """One simple number that takes all arrays to the others."""
    ratios = []
    for a, b in zip(ours, theirs, strict=True):
        with np.errstate(over="ignore"):
            square = float(np.sum(np.abs(a) ** 2)) if a.size == b.size else 0.0
        if not square:
            return None
        c = np.sum(np.conj(a) * b).item() / square
        if not c or abs(c.imag) > ALIKE * abs(c) or not alike(c * a, b):
            return None
        ratios.append(c.real)
    return number_of(ratios)


def number_of(values: Sequence[float]) -> Fraction | None:
    """The simple fraction that all numbers are; None where they differ or are none."""
    near = Fraction(values[0]).limit_denominator(NEAREST)
    return near if all(abs(v - float(near)) <= ALIKE * max(1.0, abs(v)) for v in values) else None

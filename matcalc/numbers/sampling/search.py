"""Points that are looked for: variables moved until an argument has a sign, or until every argument lies in its domain.

A move goes along the gradient of what is to change, measured by differences, and never leaves the declared properties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book.sizes import ONE
from matcalc.numbers.conditions import Goal, Margins
from matcalc.numbers.sampling.drawing import has_properties
from matcalc.numbers.sampling.random_points import Point

Array = Any
Move = dict[str, Array]
STEP: Final = 1e-4
MAX_ENTRIES: Final = 60
MAX_OPERATIONS: Final = 400_000
ROUNDS: Final = 8
CLEARANCE: Final = 0.5
PARTS: Final = (1.02, 0.75, 0.5, 0.25, 0.1, 2.0, 8.0, 0.01)
SMALLEST: Final = 1e-3
WAYS: Final = tuple(float(t) for t in 10.0 ** np.arange(3, -4, -0.5))


class Search:
    """Moves of some variables, as long as no more than so many operations are evaluated."""

    def __init__(self, variables: Sequence[Expr], margins: Margins, operations: int = MAX_OPERATIONS) -> None:
        self.margins = margins
        used = {n.data.name for n in in_order([m.argument for m in margins.margins]) if n.op == "sym"}
        self.variables = [v for v in variables if v.data.name in used]
        self.left = operations

    def reached(self, goal: Goal, start: Point) -> Point | None:
        """A point at which the entries have the sign, clear of zero; None where no move leads there."""
        single, entries = self.margins.single(goal.margin), list(goal.entries)
        wanted = CLEARANCE * len(entries)

        def measure(p: Point) -> float:
            self.left -= len(single.program.steps)
            return float(np.sum(np.minimum(goal.sign * single.at(p)[0][entries], CLEARANCE)))

        point, value = start, measure(start)
        for _ in range(ROUNDS):
            if value >= wanted or self.left < 0:
                break
            way = self.gradient(measure, point)
            square = sum(float(np.sum(v * v)) for v in way.values())
            if not square or not np.isfinite(square):
                break
            whole = (wanted - value) / square
            tried = [p for part in PARTS if (p := self.moved(point, way, part * whole)) is not None]
            best = max(((measure(p), -k) for k, p in enumerate(tried)), default=(value, 0))
            if not best[0] > value + SMALLEST * (wanted - value):
                break
            point, value = tried[-best[1]], best[0]
        return point if np.all(goal.sign * single.at(point)[0][entries] > 0) else None

    def inside(self, start: Point) -> Point | None:
        """A point at which every margin is greater than zero; None where no move leads there."""
        point, score = start, self._score(start)
        for _ in range(ROUNDS * 3):
            if score[0] == 0 or self.left < 0:
                return point if score[0] == 0 else None
            way = self.gradient(lambda p: _lacking(self._at(p)), point)
            tried = [p for t in WAYS if (p := self.moved(point, way, t)) is not None]
            scored = [(self._score(p), -k) for k, p in enumerate(tried)]
            best = max(scored, default=(score, 0))
            if best[0] <= score:
                return None
            point, score = tried[-best[1]], best[0]
        return None

    def _score(self, point: Point) -> tuple[int, float]:
        """How many entries fail, counted down from zero, and how far they are from not failing."""
        found = self._at(point)
        failing = sum(int(np.count_nonzero(~(m > 0))) for m in found)
        return -failing, _lacking(found)

    def _at(self, point: Point) -> list[Array]:
        self.left -= len(self.margins.program.steps)
        return self.margins.at(point)

    def gradient(self, measure: Callable[[Point], float], point: Point) -> Move:
        """The gradient of a measure, of many entries by a sample of them."""
        at = measure(point)
        found: Move = {}
        places = [(v, k) for v in self.variables for k in range(np.size(point.values[v.data.name]))]
        if len(places) > MAX_ENTRIES:
            rng = np.random.default_rng(len(places))
            places = [places[i] for i in sorted(rng.choice(len(places), MAX_ENTRIES, replace=False))]
        for v, k in places:
            for way in _ways(v, point, k):
                step = STEP * (1 + float(np.max(np.abs(point.values[v.data.name]))))
                ahead = self.moved(point, {v.data.name: way}, step)
                slope = 0.0 if ahead is None else (measure(ahead) - at) / step
                if slope and np.isfinite(slope):
                    found[v.data.name] = found.get(v.data.name, 0.0) + slope * way
                    break
        return found

    def moved(self, point: Point, way: Move, t: float) -> Point | None:
        """The point t times that way; None where a variable would lose a property."""
        values = dict(point.values)
        for v in self.variables:
            name = v.data.name
            if name in way:
                values[name] = values[name] + t * way[name]
                if not has_properties(_two_axes(v, values[name]), v.data.properties):
                    return None
        return replace(point, values=values)


def _lacking(found: Sequence[Array]) -> float:
    """How much the first margin that fails lacks, as a number below zero; the margins after it may have no value."""
    for m in found:
        if not np.all(m > 0):
            return float(np.sum(np.minimum(m, 0.0))) if np.all(np.isfinite(m)) else -np.inf
    return 0.0


def _ways(v: Expr, point: Point, k: int) -> Iterator[Array]:
    """Moves of one entry, or of it and its mirror, that keep the properties of a variable."""
    a = point.values[v.data.name]
    if np.ndim(a) == 0:
        yield 1.0
        return
    unit: Array = np.reshape(np.arange(np.size(a)) == k, np.shape(a)).astype(float)
    turned = unit.T if unit.ndim == 2 and unit.shape[0] == unit.shape[1] else unit
    for way in (unit, unit + turned, unit - turned):
        if np.any(way) and has_properties(_two_axes(v, a + STEP * 10 * way), v.data.properties):
            yield way


def _two_axes(v: Expr, a: Array) -> Array:
    if np.ndim(a) == 2:
        return a
    return np.reshape(a, (-1, 1) if v.shape[1] is ONE else (1, -1))

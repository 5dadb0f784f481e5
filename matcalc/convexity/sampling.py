"""Points of a domain in small round numbers: values of the variables, and of the other names, with their properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import product
from math import isfinite, nan
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book.sizes import ONE
from matcalc.convexity.conditions import Condition
from matcalc.convexity.intervals import Interval
from matcalc.numbers.bound import Bound
from matcalc.numbers.evaluate import JITTER, Program
from matcalc.numbers.sampling.drawing import has_properties, with_properties
from matcalc.numbers.sampling.sizes import size_of
from matcalc.numbers.stand_ins import StandIns, stand_ins
from matcalc.records import dataclass

Array = Any
Values = dict[str, Array]
TRIES: Final = 60
SIZES: Final = (2, 3, 4, 6)
SCALES: Final = (1.0, 1.0, 0.1, 10.0, 0.3, 3.0, 0.03, 30.0)
MARGIN: Final = 1e-6
EPSILON: Final = 4e-15


@dataclass
class Place:
    """Values of the names that do not vary, with sizes and stand-ins for unknown functions; and a generator of points."""

    sizes: dict[str, int]
    values: Values
    unknowns: StandIns
    rng: np.random.Generator
    points: list[Values] = field(default_factory=list)
    bound: Bound | None = None


class Sampler:
    """Points at which a function has a value, inside its domain and where conditions hold of the other names."""

    def __init__(
        self, f: Expr, variables: Sequence[Expr], names: Sequence[Expr], domain: Sequence[Expr], conditions: Sequence[Condition] = ()
    ) -> None:
        self.f, self.variables, self.names, self.conditions = f, variables, names, conditions
        self.program = Program([f, *domain])
        self.conditional = Program([c.expr for c in conditions])
        nodes = in_order([f, *domain, *(c.expr for c in conditions)])
        shapes = [v.shape for v in (*variables, *names)] + [n.shape for n in nodes]
        self.dims = sorted({s.name for shape in shapes for d in shape for s in d.free_symbols})
        self.calls = [n for n in nodes if n.op == "call"]
        least = [d for n in nodes if n.op in ("entry", "unit") for d in (n.data if isinstance(n.data, tuple) else (n.data,))]
        self.least = max((int(d) for d in least if isinstance(d, int)), default=2)

    def value(self, place: Place, at: Mapping[str, Array]) -> float:
        """The value of the function; nan outside of the domain."""
        if place.bound is None:
            place.bound = Bound(self.program, at.keys(), {**place.values, **at}, place.sizes, place.unknowns)
        value, *bounds = place.bound(at)
        inside = all(np.all(np.asarray(b) > MARGIN) for b in bounds)
        return found if inside and isfinite(found := float(value)) else nan

    def rounded(self, place: Place, at: Mapping[str, Array], seed: int) -> float:
        """The value with the last digits of every operation changed."""
        rng = np.random.default_rng(seed)

        def jitter(a: Array, e: Expr, args: Sequence[Array]) -> Array:
            return a * (1 + EPSILON * rng.uniform(-1, 1, np.shape(a)) * (a != np.rint(a)))

        return float(self.program({**place.values, **at}, place.sizes, {**place.unknowns, JITTER: jitter})[0])

    def places(self, count: int, seed: int = 0) -> Iterator[Place]:
        """Values of the other names in several scales, each with points of the domain."""
        for k in range(count):
            size = max(self.least, SIZES[k % 2])
            sizes = {name: size if k % 4 < 2 else size + j % 2 for j, name in enumerate(self.dims)}
            rng = np.random.default_rng([seed, k])
            for _ in range(TRIES):
                place = Place(sizes, {}, stand_ins(self.calls, sizes), rng)
                place.values = {v.data.name: self._drawn(v, sizes, rng, self._scale(k, j)) for j, v in enumerate(self.names)}
                if self._fits(place) and (first := self._point(place, TRIES if not self.names else 6)) is not None:
                    place.points.append(first)
                    yield place
                    break

    @staticmethod
    def _scale(k: int, j: int) -> float:
        return SCALES[(k + j * (k // 2)) % len(SCALES)] if k > 1 else 1.0

    def _drawn(self, v: Expr, sizes: Mapping[str, int], rng: np.random.Generator, scale: float) -> Array:
        m, n = (size_of(d, sizes) for d in v.shape)
        a: Array = rng.integers(-3, 4, (m, n)) * 1.0 if rng.random() < 0.7 else np.round(rng.standard_normal((m, n)), 1)
        if not a.any():
            a.flat[0] = 1.0
        a = with_properties(a, v.data.properties, rng)
        if scale != 1.0 and has_properties(scale * a, v.data.properties):
            a = scale * a
        a = np.round(np.asarray(a), 6)
        return a if ONE not in v.shape else a.reshape(-1) if not v.is_scalar else float(a[0, 0])

    def _fits(self, place: Place) -> bool:
        """Whether the conditions hold of the other names."""
        if not self.conditions:
            return True
        values = self.conditional(place.values, place.sizes, place.unknowns)
        return all(_holds(c, np.asarray(v)) for c, v in zip(self.conditions, values, strict=True))

    def _point(self, place: Place, tries: int) -> Values | None:
        for t in range(tries):
            scale = SCALES[int(place.rng.integers(len(SCALES)))] if t or place.points else 1.0
            at = {v.data.name: self._drawn(v, place.sizes, place.rng, scale) for v in self.variables}
            if place.points and t > tries // 2:
                at = {n: place.points[0][n] + 0.3 ** (t % 4) * 0.3 * (a - place.points[0][n]) for n, a in at.items()}
            if self.value(place, at) == self.value(place, at):
                return at
        return None

    def more(self, place: Place, count: int) -> None:
        """Adds points, if there are any to be found."""
        for _ in range(count):
            found = self._point(place, TRIES // 3)
            if found is not None:
                place.points.append(found)

    def scaled(self, place: Place, scale: float) -> list[Values]:
        """Up to two points of the domain of another size."""
        tried = (
            {v.data.name: self._drawn(v, place.sizes, place.rng, scale) for v in self.variables},
            {name: scale * np.asarray(a) for name, a in place.points[0].items()},
        )
        return [at for at in tried if self.value(place, at) == self.value(place, at)]

    def basis(self, place: Place) -> list[Values]:
        """Directions in which the variables may move, one entry or one pair of entries each."""
        found = []
        for v in self.variables:
            m, n = (size_of(d, place.sizes) for d in v.shape)
            for i, j in product(range(m), range(n)):
                e = self._direction(v, i, j, m, n)
                if e is not None:
                    found.append({u.data.name: np.zeros_like(place.points[0][u.data.name]) if u is not v else e for u in self.variables})
        return found

    def _direction(self, v: Expr, i: int, j: int, m: int, n: int) -> Array | None:
        known = v.data.properties
        e = np.zeros((m, n))
        e[i, j] = 1.0
        if known & {"symmetric", "spd", "psd"} or "skew" in known:
            if i < j or i == j and "skew" in known:
                return None
            e[j, i] = -1.0 if "skew" in known and i != j else 1.0
        outside = "diagonal" in known and i != j or "lower" in known and i < j or "upper" in known and i > j
        return None if outside else e if ONE not in v.shape else e.reshape(-1) if not v.is_scalar else 1.0


def _holds(c: Condition, value: Array) -> bool:
    if not np.all(np.isfinite(value)):
        return False
    if isinstance(c.known, Interval):
        return bool(np.all(value >= c.known.low) and np.all(value <= c.known.high))
    w = np.linalg.eigvalsh((value + value.T) / 2)
    return bool(np.all(c.known * w >= -1e-9))

"""A linear map against the slope of a function at one point: difference quotients first, link by link where they tell nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.numbers.certifying.comparison import NEARBY, NEIGHBOURS, TOLERANCE, Finding, Found, compared, largest, relative_error
from matcalc.numbers.certifying.near import Near
from matcalc.numbers.evaluate import Program, is_complex
from matcalc.numbers.sampling.first_numbers import directions
from matcalc.numbers.sampling.random_points import Point, jittered
from matcalc.numbers.structured import Structured

if TYPE_CHECKING:
    from matcalc.numbers.certifying.links import Links, Measured

Array = Any
Moves = Mapping[str, Array]
Way = tuple[complex, complex]
PLAIN: Final[tuple[Way, ...]] = ((1, 1),)
MAX_CHANGE: Final = 1e-4
STEPS: Final = (1e-3, 5e-4)
ROUNDING: Final = 1e-11
VANISHING: Final = 1e-6
LONG: Final = 500
# Where both agree and one neighbour differs by less, relative to the slope, no other could tell that noise drowns it.
QUIET: Final = 1e-6
GROWTH: Final = 1.5


def random_moves(names: Sequence[str], point: Point, complexly: bool = False) -> dict[str, Array]:
    """A random direction for each of the named variables; a complex one for a complex variable, where `complexly`."""
    if complexly and any(np.iscomplexobj(point.values[name]) for name in names):
        real, other = random_moves(names, point), random_moves([*names, *names], point)
        return {name: v + 1j * other[name] if np.iscomplexobj(point.values[name]) else v for name, v in real.items()}
    shapes = {name: np.shape(point.values[name]) for name in names}
    ends = list(accumulate(map(math.prod, shapes.values()), initial=0))
    numbers = directions(ends[-1])
    parts = zip(shapes.items(), pairwise(ends), strict=True)
    return {name: numbers[i:j].reshape(shape) if shape else float(numbers[i]) for (name, shape), (i, j) in parts}


class Slope:
    """The slope of y where variables move, against the value of a linear map.

    `ways` are numbers by which every move is multiplied, each with the weight of its slope: ((1/2, 1), (-1j/2, 1j)) of a derivative by a
    complex variable.
    """

    def __init__(
        self, y: Expr, moves: Callable[[Point], Moves], value: Callable[[Point, Moves], Array], ways: Sequence[Way] = PLAIN
    ) -> None:
        self.ways = ways
        self.is_complex = y.has_complex
        self.program = Program([y])
        self.parts = Program(in_order([y])) if y.has_complex else None
        self.moves = moves
        self.value = value

    def at(self, point: Point) -> Finding:
        """What the point says.

        A difference, a zero and a quotient that is all rounding error are looked at again link by link: a kink within the step, an
        underflow, a chain that drowns the quotient.
        """
        with np.errstate(all="ignore"):
            return self._at(point)

    def _at(self, point: Point) -> Finding:
        near = Near(self.program, point.values, point.sizes, point.unknowns)
        y = self._y(near, {}, 0.0)
        if not self._is_value(y):
            return Finding(Found.OUTSIDE)
        moves = self.moves(point)
        claimed = self._claimed(point, moves)
        if claimed is None:
            return Finding(Found.NO_VALUE)
        quotient = self._quotient(near, moves, ROUNDING * self._size(point, y))
        if quotient is not None:
            found = compared(claimed, *quotient)
            if found.what is Found.AGREES or found.error == math.inf or self.is_complex:
                return found
        if self.is_complex:
            return Finding(Found.DROWNED)
        found = self._by_links(point, moves)
        return Finding(Found.OUTSIDE) if found.what is Found.DIFFERS and self._jumps(near, moves, y) else found

    def _jumps(self, near: Near, moves: Moves, y: Array) -> bool:
        """Whether y is the further away the shorter the way: pinv(W) where W has less rank than the matrices around it."""
        away = [largest(self._y(near, moves, h) - y) for h in STEPS]
        return bool(away[1] > GROWTH * away[0] and away[1] > ROUNDING * largest(y))

    def _claimed(self, point: Point, moves: Moves) -> Array | None:
        """The value of the map; None where it is not finite."""
        try:
            claimed = np.asarray(self.value(point, moves))
        except np.linalg.LinAlgError:
            return None
        return claimed if _is_finite(claimed) else None

    def _by_links(self, point: Point, moves: Moves) -> Finding:
        """The comparison in long doubles, the noise measured as what neighbouring points differ by."""
        found = self._pair(point, moves)
        if isinstance(found, Finding):
            return found
        claimed, measured = found
        slope, noise, noise_of_claim = measured.slope, 0.0, 0.0
        if relative_error(claimed, slope, 0.0)[0] >= TOLERANCE or largest(slope) < VANISHING * measured.largest:
            for k in range(NEIGHBOURS if len(self.program.steps) < LONG else 1):
                other = self._pair(jittered(point, k, NEARBY), moves)
                if isinstance(other, Finding):
                    return Finding(Found.DROWNED)
                if np.shape(other[0]) == np.shape(claimed):
                    noise_of_claim = max(noise_of_claim, largest(other[0] - claimed))
                noise = max(noise, largest(other[1].slope - slope))
                error, floor = relative_error(claimed, slope, noise + noise_of_claim)
                if error < TOLERANCE and floor < QUIET:
                    break
        result = compared(claimed, slope, noise, noise_of_claim)
        small = largest(slope) + largest(claimed) <= VANISHING * measured.largest
        if result.what is Found.ZERO and noise + noise_of_claim > VANISHING * measured.largest or measured.saturated and small:
            return result if result.what is Found.AGREES else Finding(Found.DROWNED)
        return result

    @cached_property
    def links(self) -> Links:
        """The function operation by operation."""
        from matcalc.numbers.certifying.links import Links  # most slopes are told by a quotient

        return Links(self.program)

    def _pair(self, point: Point, moves: Moves) -> tuple[Array, Measured] | Finding:
        """The value of the map and the slope, in long doubles."""
        measured = self.links.slope(point, moves)
        if measured is None:
            return Finding(Found.OUTSIDE)
        precise = Point({name: _precise(a) for name, a in point.values.items()}, point.sizes, point.unknowns)
        claimed = self._claimed(precise, {name: _precise(v) for name, v in moves.items()})
        return Finding(Found.NO_VALUE) if claimed is None else (claimed, measured)

    def _y(self, near: Near, moves: Moves, h: complex) -> Array:
        """y where every variable has gone h times its way."""
        return np.asarray(near.results({name: near.values[name] + h * v for name, v in moves.items()})[0])

    def _quotient(self, near: Near, moves: Moves, noise: float) -> tuple[Array, float] | None:
        """The slope of y and its noise; None where y changes too fast for a quotient to tell, or leaves its domain."""
        coarse, fine = (self._weighted(near, moves, h) for h in STEPS)
        if coarse is None or fine is None:
            return None
        slope = (4 * fine - coarse) / 3
        # Where a value of y is not finite, neither is this.
        if not _is_finite(slope) or largest(fine - coarse) > MAX_CHANGE * largest(slope) + 10 * noise:
            return None
        return slope, noise

    def _size(self, point: Point, y: Array) -> float:
        """How large the numbers are of which y is made: a part of y may be zero but for rounding, as the imaginary one of a real number."""
        if self.parts is None:
            return float(largest(y))
        values = self.parts(point.values, point.sizes, point.unknowns)
        return max(float(largest(np.asarray(v))) for v in values if not isinstance(v, Structured))

    def _weighted(self, near: Near, moves: Moves, h: float) -> Array | None:
        """The slopes along all ways, each times its weight; None where y is not real."""
        total: Array = 0
        for weight, way in self.ways:
            slope = self._central(near, moves, h * way)
            if slope is None:
                return None
            total = total + weight * slope
        return total

    def _central(self, near: Near, moves: Moves, h: complex) -> Array | None:
        """The central difference, divided by the length of the way; None where y is not real."""
        above, below = self._y(near, moves, h), self._y(near, moves, -h)
        change = above - below
        return change / (2 * abs(h)) if self.is_complex or not is_complex(change) else None

    def _is_value(self, a: Array) -> bool:
        return (self.is_complex or not is_complex(a)) and _is_finite(a)


def _is_finite(a: Array) -> bool:
    found = np.isfinite(a)
    return bool(np.logical_and.reduce(found, axis=None) if found.ndim else found)


def _precise(a: Array) -> Array:
    made = np.asarray(a, dtype=np.longdouble)
    return made if made.ndim else made[()]

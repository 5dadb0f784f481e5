"""Two arrays of numbers that are known up to rounding errors: are they one, are both zero, or can it not be told?"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import numpy as np

from matcalc.numbers.sampling.random_points import Point, jittered
from matcalc.records import dataclass

Array = Any
Pair = tuple[Array, Array]
TOLERANCE: Final = 1e-5
OF_VALUES: Final = 1e-10
UNDERFLOWN: Final = 1e-100
SMALL: Final = 1e-6
MAX_NOISE: Final = 1e-4
NEARBY: Final = 1e-15
NEIGHBOURS: Final = 3
SPREAD: Final = 10.0


class Found(Enum):
    """What a point says of a formula."""

    AGREES = "agrees"
    ZERO = "both are zero"
    DIFFERS = "differs"
    DROWNED = "rounding errors are larger than the difference"
    NO_VALUE = "the formula has no value"
    OUTSIDE = "the function has no value"


@dataclass(frozen=True)
class Finding:
    """What a point says, and the relative error there."""

    what: Found
    error: float = 0.0


def compared(claimed: Array, slope: Array, noise: float, noise_of_claim: float = 0.0, tolerance: float = TOLERANCE) -> Finding:
    """Whether two arrays agree, where the numbers are known up to the noise; arrays of another size never do."""
    claimed, slope = np.asarray(claimed).reshape(-1), np.asarray(slope).reshape(-1)
    if claimed.shape != slope.shape:
        return Finding(Found.DIFFERS, math.inf)
    sizes = largest(slope), largest(claimed)
    error, floor = _relative(largest(claimed - slope), noise + noise_of_claim, sizes[0] + sizes[1])
    if sizes[0] <= SPREAD * noise and sizes[1] <= SPREAD * noise_of_claim:
        return Finding(Found.ZERO)
    if floor > MAX_NOISE:
        return Finding(Found.DROWNED)
    return Finding(Found.AGREES if error < tolerance + SPREAD * floor else Found.DIFFERS, error)


def relative_error(claimed: Array, slope: Array, noise: float) -> tuple[float, float]:
    """The largest difference and the noise of the quotient, both relative to the size of the slope."""
    claimed, slope = np.reshape(claimed, -1), np.reshape(slope, -1)
    if claimed.shape != slope.shape:
        return math.inf, 0.0
    return _relative(largest(claimed - slope), noise, largest(slope) + largest(claimed))


def _relative(difference: Any, noise: float, scale: Any) -> tuple[float, float]:
    return (float(difference / scale), float(noise / scale)) if scale else (0.0, 0.0)


def largest(a: Array) -> Any:
    """The largest size of an entry, in the precision of the array: 0.25^1000 is not zero."""
    sizes = np.abs(a)
    return np.maximum.reduce(sizes, axis=None, initial=0.0) if sizes.ndim else sizes


def values_compared(pair: Callable[[Point], Pair | None], point: Point) -> Finding:
    """Whether two values are one at a point; how far rounding moves them is measured where they differ or are small."""
    found = pair(point)
    if found is None:
        return Finding(Found.OUTSIDE)
    claimed, truth = found
    error, _ = relative_error(claimed, truth, 0.0)
    if error < OF_VALUES and largest(truth) > SMALL or error == math.inf:
        return Finding(Found.AGREES if error < OF_VALUES else Found.DIFFERS, error)
    others = [pair(jittered(point, k, NEARBY, saturating=True)) for k in range(NEIGHBOURS)]
    if any(other is None or np.shape(other[0]) != np.shape(claimed) for other in others):
        return Finding(Found.DROWNED)
    moved = [max(largest(other[k] - found[k]) for other in others if other is not None) for k in (0, 1)]
    result = compared(claimed, truth, moved[1], moved[0], OF_VALUES)
    return Finding(Found.DROWNED) if result.what is Found.ZERO and 0 < max(moved) < UNDERFLOWN else result

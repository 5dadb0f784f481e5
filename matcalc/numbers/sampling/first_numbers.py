"""The first random numbers of two seeds, kept: they are enough for most checks, and NumPy's generators take long to load."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from matcalc.kept import kept

Array = Any
Seed = tuple[int, ...]
FIRST_POINT: Final = (0, 0)
DIRECTIONS: Final = (7,)
COUNT: Final = 1024
KEPT: Final = Path(__file__).with_name("numbers.normal")


@cache
def _normal_numbers() -> Mapping[Seed, Array]:
    made = kept(str(KEPT), (np.__version__, FIRST_POINT, DIRECTIONS, COUNT), _drawn)
    return {seed: np.frombuffer(content) for seed, content in made.items()}


def _drawn() -> dict[Seed, bytes]:
    return {seed: np.random.default_rng(seed).standard_normal(COUNT).tobytes() for seed in (FIRST_POINT, DIRECTIONS)}


def directions(count: int) -> Array:
    """At least so many numbers, always the same, for directions."""
    return _normal_numbers()[DIRECTIONS] if count <= COUNT else np.random.default_rng(DIRECTIONS).standard_normal(count)


def generator(seed: Sequence[int]) -> np.random.Generator:
    """NumPy's generator of a seed; that of the first point is loaded when its kept numbers do not do."""
    of = tuple(seed)
    return cast("np.random.Generator", _Late(of, _normal_numbers()[of])) if of == FIRST_POINT else np.random.default_rng(seed)


class _Late:
    """A generator that gives kept numbers as long as nothing else is asked for."""

    def __init__(self, seed: Seed, numbers: Array) -> None:
        self.seed, self.numbers, self.used = seed, numbers, 0

    def standard_normal(self, size: tuple[int, ...]) -> Array:
        """The next numbers."""
        start, end = self.used, self.used + math.prod(size)
        if end > COUNT or "_after" in self.__dict__:
            return self._after.standard_normal(size)
        self.used = end
        return self.numbers[start:end].reshape(size).copy()

    @cached_property
    def _after(self) -> np.random.Generator:
        """NumPy's generator as it stands after the numbers that were given."""
        made = np.random.default_rng(self.seed)
        made.standard_normal(self.used)
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._after, name)

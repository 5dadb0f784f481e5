"""What functions remember of earlier calls: bounded, and forgotten all at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Final, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

_remembering: Final[list[_lru_cache_wrapper[object]]] = []


def remembered(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The results of the last `size` different calls are kept; the arguments must be hashable."""

    def keep(function: Callable[P, R]) -> Callable[P, R]:
        kept = lru_cache(maxsize=size)(function)
        _remembering.append(cast("_lru_cache_wrapper[object]", kept))
        return cast("Callable[P, R]", kept)

    return keep


def forget() -> None:
    """Empty every memory: what was remembered is computed again, and expressions that nothing else holds go."""
    for kept in _remembering:
        kept.cache_clear()

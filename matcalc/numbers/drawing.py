"""Arrays that have the declared properties, drawn as rules/properties.toml says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from matcalc.book.properties import drawings, holding

Array = Any


def with_properties(a: Array, known: frozenset[str], rng: np.random.Generator) -> Array:
    """An array with these properties made of `a`, which has two axes; NaN where there is none of its size."""
    for draw in _made(drawings(known)):
        a = draw(a, rng)
    return a


def has_properties(a: Array, known: frozenset[str]) -> bool:
    """Whether an array with two axes has these properties, up to rounding."""
    return all(condition(a, None) for condition in _made(holding(known)))


@cache
def _made(templates: tuple[str, ...]) -> tuple[Callable[[Array, Any], Array], ...]:
    return tuple(eval(f"lambda A, rng: {t.replace('{A}', 'A')}", {"np": np}) for t in templates)  # noqa: S307 - the text is the package's own

"""Arrays that have the declared properties, drawn as rules/properties.toml says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from matcalc.book.properties import drawings, holding, implied, property_names

Array = Any


def with_properties(a: Array, known: frozenset[str], rng: np.random.Generator) -> Array:
    """An array with these properties made of `a`, which has two axes; NaN where there is none of its size."""
    for draw in _made(drawings(known)):
        a = draw(a, rng)
    return a


def has_properties(a: Array, known: frozenset[str]) -> bool:
    """Whether an array with two axes has these properties, up to rounding."""
    return all(condition(a, None) for condition in _made(holding(known)))


def lacking(a: Array, known: frozenset[str]) -> str | None:
    """The first declared property that an array with two axes has not; None where it has all.

    A zero is no positive entry but where the array is declared triangular.
    """
    for name in property_names():
        if name in implied(known) and not has_properties(a, frozenset({name})):
            return name
    closed = implied(known)
    is_full = "positive" in closed and not closed & {"lower", "upper"}
    return "positive" if is_full and not np.all(a > 0) else None


@cache
def _made(templates: tuple[str, ...]) -> tuple[Callable[[Array, Any], Array], ...]:
    return tuple(eval(f"lambda A, rng: {t.replace('{A}', 'A')}", {"np": np}) for t in templates)  # noqa: S307 - the text is the package's own

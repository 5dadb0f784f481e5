"""Arrays that have the declared properties, drawn as rules/properties.toml says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

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
    closed = implied(known)
    if not has_properties(a, closed):
        for name in property_names():
            if name in closed and not has_properties(a, frozenset({name})):
                return name
    is_full = "positive" in closed and not closed & {"lower", "upper"}
    return "positive" if is_full and not np.all(a > 0) else None


def close(a: Array, b: Array) -> bool:
    """Whether two arrays are equal up to rounding; told at once where they are the same."""
    return np.array_equal(a, b) or np.allclose(a, b)


def definite(a: Array, least: float) -> bool:
    """Whether every eigenvalue of a symmetric array is above a number, told by a factorisation, ten times sooner than by them."""
    try:
        np.linalg.cholesky(a - least * np.eye(len(a)))
    except np.linalg.LinAlgError:
        return False
    return True


@cache
def _made(templates: tuple[str, ...]) -> tuple[Callable[[Array, Any], Array], ...]:
    return tuple(eval(f"lambda A, rng: {t.replace('{A}', 'A')}", dict(SCOPE)) for t in templates)  # noqa: S307 - the text is the package's own


SCOPE: Final = {"np": np, "close": close, "definite": definite}

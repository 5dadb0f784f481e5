"""Drawn points: they range over what a property allows, and are moved as rounding moves them."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc.algebra.node import sym
from matcalc.book.sizes import ONE
from matcalc.numbers.sampling.drawing import has_properties
from matcalc.numbers.sampling.random_points import RANGES, Drawing, sample
from matcalc.scalars import size_name

N = size_name("n")


@pytest.mark.parametrize("known", ["positive", "integer", "spd", "psd", "diagonal", "orthogonal", "simplex", "skew", "lower", "invertible"])
@pytest.mark.parametrize("manner", [*RANGES, "sphere"])
def test_what_ranges_keeps_its_properties(known: str, manner: str) -> None:
    a = sample(sym("A", (N, N), 2, frozenset({known})), {"n": 4}, manner, np.random.default_rng(1))
    assert has_properties(a, frozenset({known}))


def _drawn(known: str, scalar: bool = False) -> list[np.ndarray]:
    v = sym("A", (ONE, ONE) if scalar else (N, N), 0 if scalar else 2, frozenset({known}))
    drawing = Drawing([v], [v])
    return [np.asarray(next(drawing.ranging(k)).values["A"]) for k in range(2, 8)]


def test_positive_numbers_come_near_zero_and_are_large() -> None:
    drawn = [float(a) for a in _drawn("positive", scalar=True)]
    assert min(drawn) < 0.2
    assert max(drawn) > 5


def test_integers_have_both_signs() -> None:
    drawn = np.concatenate([a.ravel() for a in _drawn("integer")])
    assert np.any(drawn < 0)
    assert np.any(drawn > 0)
    assert np.all(drawn == np.rint(drawn))


def test_log_determinants_have_both_signs() -> None:
    assert {float(np.sign(np.linalg.slogdet(a)[1])) for a in _drawn("spd")} == {-1.0, 1.0}

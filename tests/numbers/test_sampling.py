"""Drawn points: they range over what a property allows, and are moved as rounding moves them."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc.algebra.node import sym
from matcalc.book.sizes import ONE
from matcalc.numbers.sampling.drawing import has_properties
from matcalc.numbers.sampling.first_numbers import directions, generator
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


def test_kept_numbers_are_those_of_numpy() -> None:
    for seed in ((0, 0), (0, 1), (3, 2)):
        ours, numpys = generator(seed), np.random.default_rng(seed)
        for size in ((2, 3), (1, 1), (40, 5)):
            assert np.array_equal(ours.standard_normal(size), numpys.standard_normal(size))
        assert np.array_equal(ours.choice([-1.0, 1.0], 8), numpys.choice([-1.0, 1.0], 8))
        assert np.array_equal(ours.standard_normal((2, 2)), numpys.standard_normal((2, 2)))
    many = generator((0, 0))
    assert np.array_equal(many.standard_normal((60, 20)), np.random.default_rng((0, 0)).standard_normal((60, 20)))
    assert np.array_equal(directions(2000)[:1000], directions(1000)[:1000])


def test_what_was_drawn_of_kept_numbers_can_be_changed() -> None:
    first = generator((0, 0)).standard_normal((2, 2))
    first[0, 0] = 7.0
    assert generator((0, 0)).standard_normal((2, 2))[0, 0] != 7.0

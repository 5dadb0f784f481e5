"""Every property of rules/properties.toml: what is drawn has it, by itself and beside every other that it does not exclude."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from matcalc.algebra import negative, transpose
from matcalc.algebra.node import sym
from matcalc.book.properties import contradiction, implied, property_names, property_of, square_ones, transpose_of
from matcalc.book.sizes import dim
from matcalc.errors import ShapeError, UsageError
from matcalc.numbers.sampling.drawing import has_properties, with_properties
from matcalc.reading.declarations import read_declaration

SETS = [frozenset(pair) for pair in combinations(property_names(), 2) if contradiction(frozenset(pair)) is None]


def sets() -> list[frozenset[str]]:
    return [frozenset({name}) for name in property_names()] + SETS


@pytest.mark.parametrize("known", sets(), ids=lambda known: " ".join(sorted(known)))
def test_what_is_drawn_has_the_properties(known: frozenset[str]) -> None:
    rng = np.random.default_rng(3)
    drawn = 0
    for n in (1, 2, 3, 4, 5):
        a = with_properties(rng.standard_normal((n, n)), known, rng)
        if np.all(np.isfinite(a)):
            drawn += 1
            assert has_properties(a, known), a
            expected = {"A": a, "-A": -a, "A^-1": np.linalg.inv(a) if transpose_of(known) == "A^-1" else a}.get(transpose_of(known), a.T)
            np.testing.assert_allclose(a.T, expected, atol=1e-9)
    assert drawn >= 2


def test_orthogonal_matrices_of_both_determinants_are_drawn_and_not_only_symmetric_ones() -> None:
    rng = np.random.default_rng(1)
    drawn = [with_properties(rng.standard_normal((2, 2)), frozenset({"orthogonal"}), rng) for _ in range(20)]
    assert {round(float(np.linalg.det(q))) for q in drawn} == {-1, 1}
    assert not all(np.allclose(q, q.T) for q in drawn)


@pytest.mark.parametrize(
    ("known", "more"),
    [
        ("spd", "spd psd symmetric invertible"),
        ("psd", "psd symmetric"),
        ("orthogonal", "orthogonal invertible"),
        ("diagonal", "diagonal symmetric lower upper"),
        ("simplex", "simplex positive normalised"),
        ("positive normalised", "simplex positive normalised"),
        ("lower upper", "diagonal symmetric lower upper"),
        ("symmetric lower", "diagonal symmetric lower upper"),
        ("orthogonal upper", "orthogonal invertible diagonal symmetric lower upper"),
        ("psd invertible", "spd psd symmetric invertible"),
        ("", ""),
    ],
)
def test_implications(known: str, more: str) -> None:
    assert implied(frozenset(known.split())) == frozenset(more.split())


@pytest.mark.parametrize("known", ["psd", "diagonal", "lower upper", "orthogonal lower", "symmetric"])
def test_a_matrix_equals_its_transpose_where_the_properties_say_so(known: str) -> None:
    a = sym("A", (dim("n"), dim("n")), 2, known.split())
    assert transpose(a) is a


def test_a_skew_matrix_is_minus_its_transpose() -> None:
    w = sym("W", (dim("n"), dim("n")), 2, ["skew"])
    assert transpose(w) is negative(w)


@pytest.mark.parametrize("pair", ["skew spd", "skew positive", "skew simplex", "skew diagonal", "orthogonal simplex"])
def test_contradictions_are_refused_by_what_the_properties_imply(pair: str) -> None:
    one, other = pair.split()
    with pytest.raises(UsageError, match=f"A cannot be both ({one} and {other}|{other} and {one})"):
        read_declaration(f"A: n x n {pair}")


@pytest.mark.parametrize("name", [n for n in property_names() if square_ones(frozenset({n}))])
def test_what_only_a_square_matrix_can_be(name: str) -> None:
    with pytest.raises(ShapeError, match=f"only a square matrix is {name}"):
        read_declaration(f"A: m x n {name}")


def test_every_property_says_what_it_means() -> None:
    for name in property_names():
        known = property_of(name)
        assert known is not None
        assert known.means
        assert known.transpose in ("", "A", "-A", "A^-1")

"""The tables of structures and manifolds: their maps are linear and their own adjoint, members stay, and faults are told."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import numpy as np
import pytest
from places import ROOT

from matcalc.algebra.node import INCREMENT, increment, sym
from matcalc.book import spaces
from matcalc.book.properties import holding
from matcalc.book.sizes import ONE, dim
from matcalc.book.spaces import Manifold, Structure, manifolds, structures
from matcalc.calculus.spaces import Space
from matcalc.errors import UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.drawing import has_properties, with_properties

M, N = 4, 3
RNG = np.random.default_rng(3)


def mapped(space: Space, x: Any, g: Any) -> Any:
    value = Program([space.constrained(increment(space.x.shape))])({space.x.data.name: x, INCREMENT: g}, {"m": M, "n": N}, {})[0]
    return np.asarray(value)


def texts() -> list[Any]:
    """Every map of the tables, with its table."""
    readings = ("independent", "projected")
    found = [pytest.param(s, s.gradient(reading), id=f"{s.name} {reading}") for s in structures().values() for reading in readings]
    curved = [(m, text) for m in manifolds().values() for text in (m.gradient, m.factored) if text]
    return [*found, *(pytest.param(m, text, id=f"{m.name} {text}") for m, text in curved)]


def space_of(table: Structure | Manifold, text: str) -> tuple[Space, Any]:
    """The space of a table, and a point of it."""
    n, m = dim("n"), dim("m")
    known = table.properties if isinstance(table, Structure) else frozenset({table.property})
    of = "X: n x n" if isinstance(table, Structure) else table.of
    shape = {"X: n x n": (n, n), "X: m x n": (m, n), "X: n": (n, ONE)}[of]
    x = sym("X", shape, None, known)
    drawn = with_properties(RNG.standard_normal((M if of == "X: m x n" else N, N if of != "X: n" else 1)), known, RNG)
    return Space(x, x, text, "", ""), drawn[:, 0] if of == "X: n" else drawn


@pytest.mark.parametrize(("table", "text"), texts())
def test_a_map_is_linear_and_its_own_adjoint(table: Structure | Manifold, text: str) -> None:
    space, x = space_of(table, text)
    g, h = RNG.standard_normal((2, *x.shape))
    p, q = mapped(space, x, g), mapped(space, x, h)
    np.testing.assert_allclose(mapped(space, x, 2 * g - 3 * h), 2 * p - 3 * q, atol=1e-10)
    assert np.isclose(np.sum(p * h), np.sum(g * q))


@pytest.mark.parametrize("s", structures().values(), ids=lambda s: s.name)
def test_gradients_lie_in_the_space_and_projected_ones_stay(s: Structure) -> None:
    space, x = space_of(s, s.projected)
    g = RNG.standard_normal(x.shape)
    for reading in ("independent", "projected"):
        assert has_properties(mapped(space_of(s, s.gradient(reading))[0], x, g), s.properties - {"invertible"})
    p = mapped(space, x, g)
    np.testing.assert_allclose(mapped(space, x, p), p, atol=1e-12)
    np.testing.assert_allclose(mapped(space, x, x), x, atol=1e-12)
    assert holding(s.properties)


@pytest.mark.parametrize("s", [s for s in structures().values() if s.columns], ids=lambda s: s.name)
def test_columns_make_vec_of_a_member_from_its_free_entries(s: Structure) -> None:
    space, x = space_of(s, s.independent)
    columns = np.asarray(Program([Space(space.x, space.at, s.independent, s.columns, "").factor()])({}, {"n": N}, {})[0])
    free = np.concatenate([x[j:, j] for j in range(N)])
    np.testing.assert_allclose(columns @ free, np.ravel(x, order="F"))


@pytest.mark.parametrize("m", [m for m in manifolds().values() if m.factored], ids=lambda m: m.name)
def test_another_spelling_is_the_same_map(m: Manifold) -> None:
    space, x = space_of(m, m.gradient)
    g = RNG.standard_normal(x.shape)
    np.testing.assert_allclose(mapped(space, x, g), mapped(space_of(m, m.factored)[0], x, g), atol=1e-12)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"means": "lines"}, "lacks 'free'"),
        ({"means": "a", "free": "b", "independent": "G", "projected": "G", "source": "c", "colums": "D"}, "unknown key 'colums'"),
        ({"means": "a", "free": "b", "independent": "G", "projected": "G", "source": "c", "of": ["round"]}, "round is no property"),
        ({"means": "a", "free": "b", "independent": "G", "projected": "G", "source": "c"}, "round is no property"),
    ],
)
def test_faults_of_a_table_are_told(table: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        spaces._space("structures.toml", "round", table, Structure)


@pytest.mark.parametrize(("name", "file"), [("symmetric", "structures.toml"), ("stiefel", "manifolds.toml")])
def test_the_page_shows_the_tables_of_the_book(name: str, file: str) -> None:
    page = (ROOT / "docs" / "adding-a-function.md").read_text(encoding="utf-8")
    block = re.search(rf"^    \[{name}\]\n(?:    .*\n)+", page, re.MULTILINE)
    assert block is not None
    assert textwrap.dedent(block[0]) in (ROOT / "rules" / file).read_text(encoding="utf-8")

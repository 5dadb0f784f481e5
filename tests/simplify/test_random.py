"""Random expressions: the normal form has the value of what was written, and every pass keeps it, its shape and its own result."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import permutations

import pytest
from random_expressions import Kitchen, Recipe, difference

from matcalc.algebra import add, fun, had, transpose
from matcalc.algebra.literal import LITERAL, NORMAL
from matcalc.algebra.node import Expr
from matcalc.algebra.normal_form.rebuilding import REBUILT
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.errors import LimitError
from matcalc.index.lower import label, lower
from matcalc.index.raising import read_matrix
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import recognise, simplify

CHUNKS = [(depth, start) for depth, count in ((2, 300), (3, 180)) for start in range(0, count, 60)]


def _expanded(e: Expr) -> Expr:
    try:
        return expand(e)
    except LimitError:
        return e


def _there_and_back(e: Expr) -> Expr:
    """The expression as index terms, and these as an expression."""
    i, j = (label(d) for d in e.shape)
    return read_matrix(lower(e, i, j), i, j, e.shape)


PASSES: dict[str, Callable[[Expr], Expr]] = {
    "simplify": simplify,
    "recognise": recognise,
    "expand": _expanded,
    "index terms": _there_and_back,
}


@cache
def recipes(depth: int, start: int) -> list[Recipe]:
    kitchens = [Kitchen(1000 * depth + seed) for seed in range(start, start + 60)]
    return [k.draw(k.shape(), depth) for k in kitchens]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def agree(a: Expr, b: Expr, seed: int) -> bool:
    """Whether two expressions have one shape, and one value wherever both have one; False where no point tells."""
    assert a.shape == b.shape
    found = 0.0 if a is b else difference(a, b, seed)
    assert found is None or found < 1e-4, (a, b)
    return found is not None


@pytest.mark.parametrize(("depth", "start"), CHUNKS)
def test_the_normal_form_has_the_value_of_what_was_written(depth: int, start: int) -> None:
    told = [agree(r.build(LITERAL), r.build(NORMAL), seed) for seed, r in enumerate(recipes(depth, start))]
    assert sum(told) > 0.8 * len(told)


@pytest.mark.parametrize(("depth", "start"), CHUNKS)
@pytest.mark.parametrize("name", PASSES)
def test_a_pass_keeps_the_value_and_the_shape(name: str, depth: int, start: int) -> None:
    told = [agree(e := r.build(NORMAL), PASSES[name](e), seed) for seed, r in enumerate(recipes(depth, start))]
    assert sum(told) > 0.8 * len(told)


@pytest.mark.parametrize(("depth", "start"), CHUNKS)
@pytest.mark.parametrize("name", ["simplify", "recognise", "expand"])
def test_a_pass_is_idempotent(name: str, depth: int, start: int) -> None:
    for r in recipes(depth, start):
        once = PASSES[name](r.build(NORMAL))
        assert PASSES[name](once) is once


@pytest.mark.parametrize(("depth", "start"), CHUNKS)
def test_the_normal_form_does_not_depend_on_the_order_of_what_commutes(depth: int, start: int) -> None:
    for r in recipes(depth, start):
        for e in in_order([r.build(NORMAL)]):
            if e.op in ("add", "had") and len(e.args) < 5:
                build = add if e.op == "add" else had
                assert {build(*args) for args in permutations(e.args)} == {e}


@pytest.mark.parametrize(("depth", "start"), CHUNKS)
def test_a_normal_form_is_built_of_its_own_operands(depth: int, start: int) -> None:
    for r in recipes(depth, start):
        e = r.build(NORMAL)
        assert transpose(transpose(e)) is e
        for x in in_order([e]):
            if x.args and (x.op in REBUILT or rulebook.find(x.op)):
                assert REBUILT.get(x.op, partial(fun, x.op))(*x.args) is x

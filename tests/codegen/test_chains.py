"""What products cost, in operations counted by hand: a wrong cost gives no wrong value, only slow code."""

from __future__ import annotations

import pytest
from contraction import VARIABLES

from matcalc.book.rules import find
from matcalc.codegen import chains, factors
from matcalc.codegen.emitting import read_template
from matcalc.codegen.stretches import stretches as repeated
from matcalc.reading.alone import read_expression

DENSE = chains.factor("dense", 3, 4)
DIAGONAL = chains.factor("diag", 4, 4)


def test_a_kronecker_product_beside_a_vector_is_two_products() -> None:
    """kron(A, B) vec(X) = vec(B X A^T), with X A^T of 5 x 3 by 3 x 2 first and then 4 x 5 by 5 x 2."""
    found = chains.kronecker((2, 3), (4, 5))
    assert (found.rows, found.columns, found.forming) == (8, 15, 120)
    assert found.applying == 2 * (2 * 3 * 5) + 2 * (2 * 4 * 5)


def test_the_two_products_come_in_the_cheaper_order() -> None:
    """A X B^T with A X first or X B^T first; a row from the left of kron(A, B) costs what a column beside its transpose does."""
    assert chains.both_orders((2, 3), (4, 5)) == (2 * (2 * 3 * 5) + 2 * (2 * 5 * 4), 2 * (3 * 5 * 4) + 2 * (2 * 3 * 4))
    assert chains.kronecker((4, 5), (2, 3)).applying == 2 * (5 * 3 * 2) + 2 * (4 * 5 * 2)
    assert chains.kronecker((1, 7), (8, 9)).applying == chains.kronecker((7, 1), (9, 8)).applying


def test_a_product_with_a_diagonal_matrix_scales() -> None:
    assert chains.product_cost(DENSE, DIAGONAL) == 3 * 4
    assert chains.product_cost(DIAGONAL, chains.factor("dense", 4, 5)) == 4 * 5
    assert chains.product_cost(chains.factor("inverse", 3, 3), DENSE) == 2 / 3 * 27 + 2 * 9 + 2 * 9 * 3


def test_a_product_of_two_is_multiplied() -> None:
    assert chains.brackets_cost([DENSE]) == 0
    assert chains.brackets_cost([DENSE, chains.factor("dense", 4, 5)]) == 2 * 3 * 4 * 5
    assert chains.brackets_cost([DENSE, chains.factor("dense", 4, 5), chains.factor("dense", 5, 1)]) == 2 * 4 * 5 + 2 * 3 * 4


@pytest.mark.parametrize(("text", "is_update"), [("eye(n) + x*y^T", True), ("eye(n) + x*y^T + Y*Z", False), ("eye(n) + A^T*C*B^T", False)])
def test_an_update_is_of_products_of_vectors(text: str, is_update: bool) -> None:
    assert factors.is_update(read_expression(text, VARIABLES)) is is_update


@pytest.mark.parametrize(
    ("template", "bare", "repeated"),
    [
        ("np.exp({x})", {"x"}, set()),
        ("{x} + 1", set(), set()),
        ("np.where({x} > 0, {x}, 0)", set(), {"x"}),
        ("np.hypot(1, {x})", {"x"}, set()),
    ],
)
def test_what_stands_between_brackets_and_commas_needs_none_of_its_own(template: str, bare: set[str], repeated: set[str]) -> None:
    rule = find("exp")
    assert rule is not None and [p.name for p in rule.params] == ["x"]
    found = read_template(template, rule)
    assert (set(found[1]), set(found[2])) == (bare, repeated)


@pytest.mark.parametrize(
    ("chain", "stretches"),
    [
        ("Y Z Y", []), ("Y Z Y Z", [(2, 2)]), ("Y Z M Y Z", [(2, 2)]), ("Y Y Y Y", [(2, 2)]), ("Y Z Z Y", []),
        ("Y Y Y Y Y Y", [(2, 3), (3, 2)]),
    ],
)  # fmt: skip
def test_stretches_that_occur_twice(chain: str, stretches: list[tuple[int, int]]) -> None:
    """How long each is, and how often it occurs."""
    mats = tuple(VARIABLES[name] for name in chain.split())
    found = repeated([mats])
    assert sorted((len(stretch), count) for stretch, count in found.items()) == stretches

"""Block matrices that are divided in different places meet block by block; a block matrix is the sum of its blocks in their places."""

from __future__ import annotations

import numpy as np
import pytest
from contraction import SIZES, VARIABLES, entries, sampled, symbols, variable

from matcalc.algebra import add
from matcalc.algebra.node import Expr, is_zero
from matcalc.algebra.normal_form.blocks.building import in_places
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.reading.alone import parse_expression, read_expression

NAMES = VARIABLES | {"D": variable("D", "k n"), "E": variable("E", "p n"), "N": variable("N", "p p")}


def read(text: str) -> Expr:
    return read_expression(text, NAMES, dimensions=SIZES)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("[A; zeros(p + k,n)] + [zeros(m + p,n); D]", "[A; zeros(p,n); D]"),
        ("[A; zeros(p + k,n)] + [ones(m + p,n); D]", "[A + ones(m,n); ones(p,n); D]"),
        ("[A; ones(p + k,n)].*[ones(m + p,n); D]", "[A; ones(p,n); D]"),
        ("[A; E; D].*[ones(m + p,n); D]", "[A; E; D.^2]"),
        ("[A^T, ones(n,p + k)].*[ones(n,m + p), D^T]", "[A^T, ones(n,p), D^T]"),
        ("[A; D] - [X; zeros(k,n)]", "[A - X; D]"),
    ],
)
def test_what_is_divided_in_different_places_has_the_blocks_of_both(text: str, blocks: str) -> None:
    found = read(text)
    assert found is read(blocks)
    assert found.op == "block"


@pytest.mark.parametrize("text", ["[A; D] + [D; A]", "[A; zeros(k,n)].*[D; A]"])
def test_bounds_whose_order_no_size_tells_leave_the_matrices_as_they_are(text: str) -> None:
    assert len(read(text).args) == 2


@pytest.mark.parametrize(
    "text", ["[A; X]", "[A, u; x^T, c]", "[A, u; zeros(1,n), c]", "[Y, zeros(n,p); Z, B]", "[Y, Z, zeros(n,p); Y, zeros(n,n), B]"]
)
def test_a_block_matrix_is_the_sum_of_its_blocks_in_their_places(text: str) -> None:
    e = read(text)
    parts = in_places(e)
    assert len(parts) == sum(not is_zero(b) for b in e.args)
    assert add(*parts) is e
    values = sampled(symbols(e))
    alone = [as_matrix(p, evaluate([p], values, SIZES)[0]) for p in parts]
    np.testing.assert_allclose(sum(alone), entries(e, values))
    assert np.max(sum((a != 0).astype(int) for a in alone)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[eye(n), zeros(n,m)]*[A, zeros(n,m); B, C]^-1*[eye(n); zeros(m,n)]",
        "([A, zeros(n,m); B, C]^-1)[1:n,1:n]",
        "[zeros(n,m), eye(n)]*[C, B; zeros(n,m), A]^-1*[zeros(m,n); eye(n)]",
    ],
)
def test_a_corner_of_the_inverse_of_a_triangular_matrix_is_the_inverse_of_its_corner(text: str) -> None:
    shapes = {"A": "n n", "B": "m n", "C": "m m"}
    assert parse_expression(text, variables=shapes) is parse_expression("A^-1", variables={"A": "n n"})

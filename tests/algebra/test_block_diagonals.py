"""What is taken of a block diagonal matrix block by block: powers where the blocks are square, the pseudo-inverse of any blocks."""

from __future__ import annotations

import numpy as np
from contraction import SIZES, symbols, variable
from pytest import mark

from matcalc.algebra.node import Expr
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.reading.alone import read_expression

DECLARED = {"A": "m n", "B": "p q", "Y": "n n", "Z": "p p", "u": "2", "v": "2"}
NAMES = {name: variable(name, shape) for name, shape in DECLARED.items()}


def read(text: str) -> Expr:
    return read_expression(text, NAMES, dimensions=SIZES)


@mark.parametrize(
    ("whole", "blocks"),
    [
        ("blkdiag(Y,Z)^3", "blkdiag(Y^3,Z^3)"),
        ("pinv(blkdiag(Y,Z))", "blkdiag(pinv(Y),pinv(Z))"),
        ("pinv(blkdiag(A,B))", "blkdiag(pinv(A),pinv(B))"),
        ("pinv([A, zeros(m,q); zeros(p,n), B]^T)", "blkdiag(pinv(A)^T,pinv(B)^T)"),
    ],
)
def test_it_is_taken_of_each_block(whole: str, blocks: str) -> None:
    found = read(whole)
    assert found.op == "block"
    assert found is read(blocks)


def test_a_power_is_not_taken_of_blocks_that_are_not_square() -> None:
    """A column of two beside a row of two fill a square matrix: its square is [0, u1*v^T; 0, u2*v^T; 0, v2*v^T]."""
    found = read("blkdiag(u,v^T)^2")
    u, v = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    values = {"u": u, "v": v}
    assert {s.data.name for s in symbols(found)} == set(values)
    whole = np.array([[2, 0, 0], [3, 0, 0], [0, 5, 7]])
    np.testing.assert_allclose(as_matrix(found, evaluate([found], values, {})[0]), whole @ whole)

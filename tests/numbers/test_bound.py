"""A program at one point in which some variables move has the values of the program itself."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc.algebra import add, inner, inverse, transpose
from matcalc.algebra.node import sym
from matcalc.book.sizes import ONE, dim
from matcalc.numbers.bound import Bound
from matcalc.numbers.evaluate import Program

n = dim("n")
A, x, b = sym("A", (n, n)), sym("x", (n, ONE)), sym("b", (n, ONE))
SIZES = {"n": 3}
rng = np.random.default_rng(2)
VALUES = {"A": rng.normal(size=(3, 3)), "x": rng.normal(size=3), "b": rng.normal(size=3)}


@pytest.mark.parametrize("moving", [["x"], ["x", "b"], ["A"], ["A", "x", "b"]])
def test_what_does_not_move_keeps_its_value(moving: list[str]) -> None:
    program = Program([inner([transpose(x), inverse(A), b]), add(x, b)])
    bound = Bound(program, moving, VALUES, SIZES, {})
    for _ in range(2):
        moved = {name: rng.normal(size=VALUES[name].shape) for name in moving}
        for found, value in zip(bound(moved), program({**VALUES, **moved}, SIZES), strict=True):
            np.testing.assert_allclose(found, value)

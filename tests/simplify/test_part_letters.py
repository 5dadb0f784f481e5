"""The letters of parts that a pattern tells: a matrix that is not square is one of them too, and what only looks alike is none."""

from __future__ import annotations

import pytest

from matcalc.reading.alone import parse_expression
from matcalc.simplify.called import letters_for


@pytest.mark.parametrize(
    ("part", "letter"),
    [
        ("X*(X^T*X)^-1*X^T", "P"), ("X*X^T", "G"), ("X^T*X", "G"), ("x^T*x", "beta"), ("x^T*X*y", "alpha"), ("eye(m) - ones(m,m)/m", "C"),
        ("X*(Z^T*X)^-1*Z^T", "Z"), ("X*Z^T", "Z"), ("x^T*z", "alpha"), ("eye(m) - ones(m,m)/n", "R"),
    ],
)  # fmt: skip
def test_letters_of_patterns(part: str, letter: str) -> None:
    e = parse_expression(part, variables={"X": "m n", "Z": "m n", "x": "m", "z": "m", "y": "n"})
    assert letters_for(e)[0] == letter

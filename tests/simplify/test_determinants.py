"""Products of determinants: those of matrices of one size are one, and a pivot divides out."""

from __future__ import annotations

import pytest

from matcalc.algebra.node import Expr
from matcalc.reading.alone import parse_expression
from matcalc.simplify.simplify import simplify

SHAPES = {"A": "n n", "B": "n n", "C": "n n", "M": "m m", "b": "n", "g": "n", "c": "", "t": "", "k": ""}


def read(text: str) -> Expr:
    return parse_expression(text, variables=SHAPES)


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("det(A)*det(B)", "det(A*B)"),
        ("det(A)*det(B)*det(M)", "det(A*B)*det(M)"),
        ("det(A)*det(B)*det(C)", "det(A*B*C)"),
        ("det(A)^2*det(B)^2", "det(A*B)^2"),
        ("det(A)^k*t*det(B)^k", "det(A*B)^k*t"),
        ("det([A, b; g^T, c])/(c - g^T*A^-1*b)", "det(A)"),
        ("det([A, b; g^T, c])^2/(c - g^T*A^-1*b)", "det([A, b; g^T, c])*det(A)"),
    ],
)
def test_a_product_of_determinants_becomes_one(text: str, shorter: str) -> None:
    assert simplify(read(text)) is read(shorter)


@pytest.mark.parametrize(
    "text",
    [
        "det(A)*det(M)",
        "det(A)^2*det(B)",
        "det([A, b; g^T, c])*t^k",
        "det([A, b; g^T, c])*(c - g^T*A^-1*b)^k",
        "det([A, b; g^T, c])*exp(c)",
        "det([A, b; g^T, c])/(c + g^T*A^-1*b)",
    ],
)
def test_determinants_that_nothing_joins_stay(text: str) -> None:
    assert simplify(read(text)) is read(text)

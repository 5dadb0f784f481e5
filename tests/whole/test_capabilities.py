"""Rows of the lecture notes' capabilities that no other test names: a request and what it must answer."""

from __future__ import annotations

import pytest

from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive

Row = tuple[str, str, str, dict[str, str], str, str]

ROWS: list[Row] = [
    ("C02", "2*x^2*y", "x", {"x": "", "y": ""}, "denominator", "4*x*y"),
    ("C02", "2*x^2*y", "y", {"x": "", "y": ""}, "denominator", "2*x^2"),
    ("C05", "sin(s*a)", "s", {"s": "", "a": "n"}, "numerator", "cos(s*a).*a"),
    ("C05", "[3*x^2 + x; exp(x); log(x)]", "x", {"x": ""}, "numerator", "[1 + 6*x; exp(x); 1/x]"),
    ("C47", "W2*W1*x", "x", {"W1": "p n", "W2": "m p", "x": "n"}, "numerator", "W2*W1"),
    ("C47", "W2*W1*x", "W1", {"W1": "p n", "W2": "m p", "x": "n"}, "numerator", "kron(x^T,W2)"),
    ("C47", "W2*W1*x", "W2", {"W1": "p n", "W2": "m p", "x": "n"}, "numerator", "kron(W1*x,eye(m))^T"),
    ("C52", "w^T*x + b", "x", {"w": "n", "x": "n", "b": ""}, "denominator", "w"),
    ("C52", "w^T*x + b", "x", {"w": "n", "x": "n", "b": ""}, "numerator", "w^T"),
    ("C52", "w^T*x + b", "b", {"w": "n", "x": "n", "b": ""}, "denominator", "1"),
    ("C53", "W*x", "x", {"W": "m n", "x": "n"}, "numerator", "W"),
    ("C53", "W*x", "x", {"W": "m n", "x": "n"}, "denominator", "W^T"),
    ("C56", "sum(sin(W^T*a))", "W", {"W": "m n", "a": "m"}, "denominator", "a*cos(W^T*a)^T"),
    ("C56", "W^T*a", "a", {"W": "m n", "a": "m"}, "denominator", "W"),
    ("C61", "sum(sin(x1*W)) + sum(sin(x2*W))", "W", {"x1": "1 n", "x2": "1 n", "W": "n m"}, "denominator",
     "x1^T*cos(x1*W) + x2^T*cos(x2*W)"),
    ("C71", "M*X*N^T", "X", {"M": "m n", "X": "n p", "N": "q p"}, "numerator", "kron(N,M)"),
    ("C71", "m1^T*X*n1", "X", {"m1": "n", "X": "n p", "n1": "p"}, "denominator", "m1*n1^T"),
    ("C72", "tr(A11^T*X)", "X", {"A11": "m n", "X": "m n"}, "denominator", "A11"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}-{row[4]}")
def test_row(row: Row) -> None:
    _, expr, wrt, variables, layout, expected = row
    found = derive(expr, wrt=wrt, variables=variables, layout=layout)
    assert isinstance(found, Derivative)
    assert found.text == expected
    assert found.certificate is not None


def test_several_variables_in_one_call() -> None:
    """C03: dJ/dW, dJ/dx and dJ/db together."""
    found = derive("dJ/d(W, x, b) where y = W*x + b; J = f(y); dJ/dy = g")
    assert isinstance(found, tuple)
    assert [(d.wrt, d.text) for d in found] == [("W", "g*x^T"), ("x", "W^T*g"), ("b", "g")]


def test_a_matrix_of_linear_functions() -> None:
    """C72: [f(X)]_ij = tr(A_ij^T X) has the A_ij as its derivative, slice by slice."""
    text = "[tr(A11^T*X), tr(A12^T*X); tr(A21^T*X), tr(A22^T*X)]"
    variables = dict.fromkeys(("A11", "A12", "A21", "A22", "X"), "2 3")
    found = derive(text, wrt="X", variables=variables, layout="mixed")
    assert isinstance(found, Derivative)
    assert found.shape == ("4", "6") if found.form == "vec" else found.shape == ("2", "2", "2", "3")
    assert found.certificate is not None

"""A derivative inside the function of another is taken first; the answer says what it is."""

from __future__ import annotations

import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative
from matcalc.errors import MatcalcError, ParseError


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (
            r"\frac{\partial}{\partial A} \left( c^\top \frac{\partial}{\partial x} (x^\top A x) \right)",
            "d c^T*(A + A^T)*x/dA",
        ),
        ("d ||d/dx (x^T A x)||^2/dA", "d ||(A + A^T)*x||^2/dA"),
        (r"\nabla_x ( v^\top \nabla_x (x^\top A x) )", "d v^T*(A + A^T)*x/dx"),
        ("d/dx (v^T grad_x f) where f = x^T A x", "d v^T*(A + A^T)*x/dx"),
        ("d c^T (d/dx x^T A x) / dA", "d c^T*(A + A^T)*x/dA"),
        ("d/dx d/dx x^T A x", "d^2 (x^T*A*x)/dx^2"),
        ("differentiate ||∇_x (x^T A x)||^2 by A", "d ||(A + A^T)*x||^2/dA"),
        ("grad_x (v^T grad_x (w^T grad_x ((a^T x)^3)))", "d v^T*(6*a*(a^T*w)*(a^T*x))/dx"),
    ],
)
def test_the_inner_derivative_is_taken_first(written: str, plain: str) -> None:
    found = derive(written)
    assert isinstance(found, Derivative)
    assert found.text == str(derive(plain))
    assert any(" inside is " in note for note in found.assumptions)


def test_the_variable_beside_the_text() -> None:
    assert str(derive("c^T d/dx (x^T A x)", wrt="A")) == str(derive("d c^T*(A + A^T)*x/dA"))


def test_where_the_inner_function_ends_is_not_guessed() -> None:
    with pytest.raises(ParseError, match="ends is not clear"):
        derive(r"\nabla_x ( v^\top \nabla_x (x^\top A x)^\top )")
    with pytest.raises(ParseError, match="ends is not clear"):
        derive("d (c^T d/dx x^T A x + b^T x)/dA")
    with pytest.raises(ParseError, match="only a number may stand before the operator"):
        derive(r"c^\top \nabla_x (x^\top A x)")


def test_too_many_derivatives_inside() -> None:
    with pytest.raises(MatcalcError, match="at most 4"):
        derive("d/dx " * 7 + "x^9", variables={"x": ""})

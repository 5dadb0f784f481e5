"""Whole requests: the forms of a derivative, definitions after `where`, and what is assumed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from matcalc.algebra import fun
from matcalc.algebra.node import Expr
from matcalc.errors import ShapeError
from matcalc.reading.alone import parse_expression
from matcalc.reading.request import Request, read_request, split_claim


def asked(text: str, **options: Any) -> tuple[Expr, str, int, str | None]:
    read = read_request(text, **options)
    second = None if read.wrt2 is None else read.wrt2.data.name
    return read.expr, ",".join(v.data.name for v in read.wrt), read.order, second


@pytest.mark.parametrize(
    ("text", "function", "wrt"),
    [
        ("d tr(W x) / dW", "tr(W x)", "W"),
        ("d(x^T A x)/dx", "x^T A x", "x"),
        ("∂ log det(X) / ∂X", "logdet(X)", "X"),
        ("∂/∂X tr(X)", "tr(X)", "X"),
        ("d/dX tr(A X B)", "tr(A X B)", "X"),
        ("grad_x ||A x - b||^2", "||A x - b||^2", "x"),
        ("grad_{x} sum(x)", "sum(x)", "x"),
        ("∇_x x^T x", "x^T x", "x"),
        ("∇_{x_1} x_1^T a", "x_1^T a", "x_1"),
        ("d sum(x) / d x", "sum(x)", "x"),
        ("d sum(x)/(dx)", "sum(x)", "x"),
        ("dtr(X)/dX", "tr(X)", "X"),
        ("d tanh(W x + b) / d(W, b)", "tanh(W x + b)", "W,b"),
        ("∂ tanh(W x + b) / ∂(W, b)", "tanh(W x + b)", "W,b"),
        ("d (x^T A x)/(x^T x) / dx", "(x^T A x)/(x^T x)", "x"),
        ("d x/2/dx", "x/2", "x"),
        ("d d^T x/dx", "d^T x", "x"),
        ("d d^T x/dd", "d^T x", "d"),
        ("d/dx d^T x", "d^T x", "x"),
        ("d theta*x/dtheta", "theta*x", "theta"),
        ("d theta*x/d theta", "theta*x", "theta"),
        ("\\frac{\\partial}{\\partial X} \\operatorname{tr}(A X^\\top)", "tr(A X^T)", "X"),
        ("\\frac{\\partial \\operatorname{tr}(A X)}{\\partial X}", "tr(A X)", "X"),
        ("\\frac{d}{d\\mathbf{x}} \\mathbf{x}^\\top \\mathbf{x}", "x^T x", "x"),
        ("\\frac{\\mathrm{d}\\, \\frac{1}{2}x^\\top x}{\\mathrm{d}x}", "x^T x/2", "x"),
        ("\\nabla_x \\lVert x\\rVert_2", "||x||_2", "x"),
        ("d np.trace(A @ X)/dX", "tr(A X)", "X"),
    ],
)
def test_first_derivatives(text: str, function: str, wrt: str) -> None:
    assert asked(text) == (parse_expression(function), wrt, 1, None)


@pytest.mark.parametrize(
    ("text", "wrt2"),
    [
        ("d^2 (x' A x) / dx^2", None),
        ("d² (x' A x) / dx²", None),
        ("d^2 (x' A x) / dx dx^T", None),
        ("d^2 (x' A x) / (dx dx')", None),
        ("d^2/dx^2 x' A x", None),
        ("∂²/∂x∂xᵀ x' A x", None),
        ("hess_x x' A x", None),
        ("∇²_x x' A x", None),
        ("∇_x^2 x' A x", None),
        ("\\frac{\\partial^2 x' A x}{\\partial x \\partial x^\\top}", None),
        ("\\frac{\\partial^{2}}{\\partial x^{2}} x' A x", None),
        ("d^2 x' A x / dx dA", "A"),
        ("∂² x' A x / ∂x ∂Aᵀ", "A"),
    ],
)
def test_second_derivatives(text: str, wrt2: str | None) -> None:
    assert asked(text) == (parse_expression("x' A x"), "x", 2, wrt2)


@pytest.mark.parametrize(
    ("options", "wrt", "order", "wrt2"),
    [
        ({"wrt": "A"}, "A", 1, None),
        ({"wrt": "x", "order": 2}, "x", 2, None),
        ({"wrt": "x", "order": 2, "wrt2": "A"}, "x", 2, "A"),
        ({"wrt": "x", "order": 2, "wrt2": "x"}, "x", 2, None),
        ({"wrt": "A, x"}, "A,x", 1, None),
        ({"wrt": "Q"}, "Q", 1, None),
    ],
)
def test_a_bare_expression_with_its_variable(options: dict[str, Any], wrt: str, order: int, wrt2: str | None) -> None:
    assert asked("x^T*A*x", **options) == (parse_expression("x^T*A*x"), wrt, order, wrt2)


def test_a_variable_named_d_in_a_bare_expression() -> None:
    read = read_request("d*x/dx", wrt="x", variables={"d": "", "x": "n", "dx": ""})
    assert list(read.variables) == ["d", "x", "dx"]


def test_a_variable_that_does_not_occur_has_the_shape_of_its_name() -> None:
    read = read_request("tr(A)", wrt="b")
    assert read.wrt[0].data.ndim == 1
    assert list(read.variables) == ["A", "b"]


def chain(text: str) -> Request:
    return read_request(f"dL/dW where {text}")


@pytest.mark.parametrize(
    "text",
    [
        "y = W x + b; L = loss(y); dL/dy = g",
        "L = loss(y); dL/dy = g; y = W x + b",
        "y = W x + b; dL/dy = g; L = loss(y);",
        "y = W x + b; L = loss(y); ∂L/∂y = g; loss: vector -> scalar",
        "z = W x; y = z + b; L = loss(y); d L / d y = g",
    ],
)
def test_named_gradients(text: str) -> None:
    read = chain(text)
    assert read.expr.op == "call"
    assert read.expr.data.kind == "scalar"
    assert read.expr.args == (parse_expression("W x + b"),)
    assert read.gradient_names == {read.expr: "g"}


def test_a_gradient_of_a_function_without_definition() -> None:
    read = chain("y = W x; dL/dy = g")
    assert (read.expr.op, read.expr.data.name) == ("call", "L")
    assert read.gradient_names == {read.expr: "g"}


def test_kinds_of_functions_are_assumed() -> None:
    read = chain("y = sigma(W x); L = loss(y)")
    assert read.expr.args[0].data.kind == "elementwise"
    assert read.assumptions[-2:] == ("sigma acts on every entry", "loss is a scalar-valued function")


def test_a_derivative_by_an_intermediate_result() -> None:
    read = read_request("dL/dy where y = W x + b; L = sum(tanh(y))")
    assert list(read.variables) == ["y"]
    assert read.expr is fun("sum", fun("tanh", read.wrt[0]))
    assert read.wrt[0].data.ndim == 1


def test_lets_are_definitions() -> None:
    read = read_request("sum(y)", wrt="W", lets=["y = W*z", "z = tanh(x)"])
    assert read.expr is parse_expression("sum(W*tanh(x))")
    assert list(read.definitions) == ["y", "z"]


def test_an_unused_definition_is_left_out() -> None:
    read = read_request("d sum(x)/dx where y = A x")
    assert read.definitions == {}
    assert list(read.variables) == ["x"]


def test_declarations_after_where() -> None:
    read = read_request("d x*c/dx where x: 3; c: scalar")
    assert [str(d) for d in read.wrt[0].shape] == ["3", "1"]
    assert read.assumptions == ()


def test_a_declared_definition_is_checked() -> None:
    with pytest.raises(ShapeError, match="y is declared as k x 1, but its definition is m x 1"):
        read_request("sum(y)", wrt="x", lets=["y = A*x"], variables={"A": "m n", "y": "k"})


def test_assumptions_state_the_shapes() -> None:
    assert read_request("d alpha*tr(W x)^k/dW").assumptions == (
        "alpha is a scalar",
        "W is a matrix of 1 x n",
        "x is a column vector with n entries",
        "k is a scalar",
        "W is read as a row, though it is a capital",
    )


@pytest.mark.parametrize(
    ("text", "request_text", "claim"),
    [
        ("d tr(A X)/dX = A^T", "d tr(A X)/dX      ", "A^T"),
        ("d sum(y)/dx = A^T 1 where y = A x", "d sum(y)/dx         where y = A x", "A^T 1"),
    ],
)
def test_claims(text: str, request_text: str, claim: str) -> None:
    assert split_claim(text) == (request_text, claim, text.index(claim))


LAYERS = 1000


@pytest.mark.parametrize("backwards", [False, True])
def test_a_deep_network_is_read_in_linear_time(backwards: bool) -> None:
    layers = [d for i in range(1, LAYERS + 1) for d in (f"z{i} = W{i}*a{i - 1}", f"a{i} = tanh(z{i})")]
    if backwards:
        layers.reverse()
    start = time.process_time()
    read = read_request(f"dL/dW1 where {'; '.join(layers)}; L = sum(a{LAYERS})")
    assert time.process_time() - start < 5
    assert len(read.definitions) == 2 * LAYERS + 1
    assert len(read.variables) == LAYERS + 1


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (r"d \bar{x}^T y/d\bar{x}", "d x_bar^T y/dx_bar"), (r"d \underline{x}^T y/d\underline{x}", "d x^T y/dx"),
        (r"d \bar x^T y/d\bar x", "d x_bar^T y/dx_bar"),
        (r"\frac{\partial}{\partial \overline{x}} \overline{x}^\top y", "d/dx_bar x_bar^T y"),
        (r"d \bar{\mu}^2/d\bar{\mu}", "d mu_bar^2/dmu_bar"),
        (r"d ||\hat{y} - y||^2/d\hat{y}", "d ||y_hat - y||^2/dy_hat"), (r"d (\widetilde{x}^T x)/dx", "d (x_tilde^T x)/dx"),
    ],
)  # fmt: skip
def test_accents(written: str, plain: str) -> None:
    """An accent is part of a name, a line under it is none."""
    assert read_request(written).expr is read_request(plain).expr


def test_a_name_with_and_without_a_bar() -> None:
    assert read_request(r"d (\bar{x} - x)^T y/dy").expr is read_request("d (x_bar - x)^T y/dy").expr

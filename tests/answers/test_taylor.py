"""Expansions of first and second order, and tables of values. Rows stand in the ids."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from matcalc import MatcalcError, NotDifferentiable, cli
from matcalc.answers.expansions.taylor import TableRow, taylor, value_table
from matcalc.numbers.evaluate import evaluate
from matcalc.printing.notations.table import printer
from matcalc.reading.alone import parse_expression

SCALAR = {"x": "scalar"}


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli.group, ["taylor", *arguments])


@pytest.mark.parametrize(
    ("expression", "about", "order", "variables", "around", "expanded"),
    [
        pytest.param("1 - x + x^2", "c", 1, SCALAR, "1 + c^2 - c + (2*c - 1)*(x - c)", "(1 - c^2) + (2*c - 1)*x", id="C26-quadratic"),
        pytest.param("1 - x + x^2", "c", 2, SCALAR, "1 + c^2 - c + (2*c - 1)*(x - c) + (x - c)^2", "1 - x + x^2", id="C26-second-order"),
        pytest.param("1 - x + x^2", "2", 1, SCALAR, "3 + 3*(x - 2)", "-3 + 3*x", id="C26-E1-at-2"),
        pytest.param("exp(x)", "0", 2, SCALAR, "1 + x + x^2/2", "1 + x + x^2/2", id="C26-exponential-at-0"),
        pytest.param("A*x + b", "c", 1, {}, "A*c + b + A*(x - c)", "b + A*x", id="C30-affine"),
        pytest.param("logdet(X)", "C", 1, {}, "logdet(C) + tr(C^-1*(X - C))", "(logdet(C) - n) + tr(C^-1*X)", id="C26-trace"),
        pytest.param("tr(X^2)", "C", 2, {}, "tr(C^2) + 2*tr(C*(X - C)) + tr((X - C)^2)", "tr(X^2)", id="C26-matrix-second-order"),
        pytest.param("X^-1", "C", 1, {}, "C^-1 - C^-1*(X - C)*C^-1", "2*C^-1 - C^-1*X*C^-1", id="C26-inverse"),
        pytest.param("X^-1", "I", 2, {}, "eye(n) - (X - I) + (X - I)^2", "3*eye(n) - 3*X + X^2", id="C26-at-the-identity"),
        pytest.param("x^T x", "[1; 2]", 1, {"x": "2"}, "5 + 2*[1, 2]*(x - [1; 2])", "-5 + 2*[1, 2]*x", id="C26-at-numbers"),
        pytest.param("logsumexp(x)", "c", 1, {}, "logsumexp(c) + softmax(c)^T*(x - c)", None, id="C26-gradient"),
    ],
)
def test_expansion(expression: str, about: str, order: int, variables: dict[str, str], around: str, expanded: str | None) -> None:
    wrt = "X" if "X" in expression else "x"
    found = taylor(expression, wrt, about, order=order, variables=variables)
    assert str(found) == around
    assert expanded is None or found.expanded == expanded


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("expression", ["sum(sin(A*x))", "x^T A x + b^T x", "logsumexp(A*x)", "sin(A*x)", "(b^T x)^3"])
def test_both_ways_of_writing_agree(expression: str, order: int) -> None:
    """C26, E2: [f(c) - f'(c)(c)] + f'(c)(x), with x and not x - c, is f(c) + f'(c)(x - c)."""
    found = taylor(expression, "x", "c", order=order)
    shapes = {"A": "4 4", "x": "4", "c": "4", "b": "4"}
    rng = np.random.default_rng(0)
    values = {"A": rng.standard_normal((4, 4)), **{name: rng.standard_normal(4) for name in "xcb"}}
    texts = [found.text, found.expanded]
    declared = {name: shape for name, shape in shapes.items() if any(name in t for t in texts)}
    around, expanded = evaluate([parse_expression(t, variables=declared) for t in texts], values, {})
    assert around == pytest.approx(expanded)


@pytest.mark.parametrize(("order", "factor"), [(1, 4), (2, 8)])
@pytest.mark.parametrize("expression", ["sum(exp(x))", "sin(x)", "logsumexp(x)"])
def test_the_remainder_falls_with_the_order(expression: str, order: int, factor: float) -> None:
    """C25: halving the step divides the remainder by 2^(order + 1)."""
    found = taylor(expression, "x", "c", order=order)
    assert found.halving == pytest.approx(factor, rel=0.1)
    assert f"halving the step divides the remainder by {found.halving:.2f}" in found.check


@pytest.mark.parametrize(
    ("expression", "order", "exact"), [("W*x + b", 1, True), ("x^T A x", 1, False), ("x^T A x", 2, True), ("sum(exp(x))", 2, False)]
)
def test_exact_expansions_are_told(expression: str, order: int, exact: bool) -> None:
    """C30: an affine function is its own first-order expansion; C29, E12: any other is equal only nearly."""
    assert taylor(expression, "x", "c", order=order).is_exact is exact


def test_a_variable_that_must_be_a_scalar() -> None:
    """C26: x^2 makes no sense for a column, so x is a scalar, and the answer says so; a declared x is what it is declared."""
    assert taylor("1 - x + x^2", "x", "c").assumptions[0] == "x is a scalar"
    with pytest.raises(MatcalcError, match="a power with \\^ needs a square matrix"):
        taylor("1 - x + x^2", "x", "c", variables={"x": "n"})


def test_the_table_of_a_quadratic() -> None:
    """C27, E1: at c = 2 the expansion is -3 + 3x."""
    assert value_table("1 - x + x^2", "x", "0, 1, 2", variables=SCALAR) == [
        TableRow("0", "1", "-1", "-h", "1 - x"),
        TableRow("1", "1", "1", "h", "x"),
        TableRow("2", "3", "3", "3*h", "-3 + 3*x"),
    ]


@pytest.mark.parametrize(("point", "value", "slope"), [("1", "1", "2"), ("2", "4", "4"), ("1.01", "1.0201", "2.02")])
def test_the_table_of_a_square(point: str, value: str, slope: str) -> None:
    """C27: x^2 at 1, 2 and 1.01."""
    (row,) = value_table("x^2", "x", point)
    assert (row.value, row.derivative) == (value, slope)


def test_the_table_of_a_vector_function() -> None:
    """C27: points that are arrays."""
    rows = value_table("x^T x", "x", "[1; 2], [0; 1]", variables={"x": "2"})
    assert [(r.value, r.derivative) for r in rows] == [("5", "[2; 4]"), ("1", "[0; 2]")]


def test_the_command() -> None:
    """C26: both ways of writing, a line each."""
    lines = command("1 - x + x^2", "--wrt", "x", "--about", "c").stdout.splitlines()
    assert lines[:4] == ["1 + c^2 - c + (2*c - 1)*(x - c)", "(1 - c^2) + (2*c - 1)*x", "", "  x is a scalar, c is a scalar"]
    told = json.loads(command("logdet(X)", "--wrt", "X", "--about", "C", "--to", "json").stdout)
    assert (told["about"], told["order"], told["exact"]) == ("C", 1, False)
    assert r"(X - C)" in told["latex"]
    assert command("1 - x + x^2", "--wrt", "x", "--about", "c", "--to", "latex").stdout.splitlines() == LATEX


LATEX = [r"\begin{aligned}", r"& 1 + c^{2} - c + (2 c - 1) (x - c) \\", r"&= (1 - c^{2}) + (2 c - 1) x", r"\end{aligned}"]


def test_the_table_as_a_command() -> None:
    """C27."""
    assert command("1 - x + x^2", "--wrt", "x", "--table", "0,1,2").stdout.splitlines() == [
        "c  f(c)  f'(c)  f'(c)(h)  expansion in x",
        "0  1     -1     -h        1 - x",
        "1  1     1      h         x",
        "2  3     3      3*h       -3 + 3*x",
    ]
    assert json.loads(command("x^2", "--wrt", "x", "--table", "1", "--to", "json").stdout)[0]["taylor"] == "-1 + 2*x"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["x^T x", "--wrt", "x"], 2, "Error: give the point, --about c, or the points of a table, --table 0,1,2"),
        (["x^T x", "--wrt", "x", "--about", "3"], 1, "Error: the point 3 is scalar, but x is n x 1"),
        (["x^T y", "--wrt", "(x, y)", "--about", "c"], 1, "Error: an expansion is of a function, in one variable"),
        (["log(x)", "--wrt", "x", "--about", "0", "--var", "x: scalar"], 1, "Error: no point was found at which the function and its"),
        (["abs(x)", "--wrt", "x", "--about", "0", "--var", "x: scalar"], 1, "Error: the function has no derivative at x = 0: abs(x) has a"),
        (["x^T x", "--wrt", "x", "--about", "2*x"], 1, "Error: the point holds x itself\n  2*x\n  ^^^\nhint: give it a name of its own"),
        (["x^2", "--wrt", "x", "--table", "1,,2"], 1, "Error: the points of a table are separated by commas"),
    ],
)
def test_expansions_that_are_refused(arguments: list[str], status: int, message: str) -> None:
    """C90."""
    result = command(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert message in result.stderr


def test_options_are_checked() -> None:
    """C26."""
    options: dict[str, Any] = {"order": 3}
    with pytest.raises(MatcalcError, match="expansions are of order 1 or 2, not 3"):
        taylor("x^T x", "x", "c", **options)


def test_a_table_with_sizes_that_have_names() -> None:
    """C27: what holds a size is no number."""
    rows = value_table("n*sum(x.^3)/2", "x", "2*ones(n), 0", variables={"x": "n"})
    assert [r.value for r in rows] == ["4*n^2", "0"]
    assert [r.derivative for r in rows] == ["6*n*ones(n)", "zeros(n)"]


def test_the_identity_is_not_written_as_a_variable_that_is_called_i() -> None:
    found = taylor("x/norm2(x) + I*a", wrt="x", about="b", variables={"I": "n n"})
    assert found.text == "I*a + b/norm2(b) + (eye(n)/norm2(b) - b*b^T/norm2(b)^3)*(x - b)"


@pytest.mark.parametrize(
    ("expression", "variable", "about", "told"),
    [
        ("norm2(x)", "x", "0", "at x = 0: norm2(x) has a kink there"),
        ("norm2(x - b)", "x", "b", "at x = b: norm2(b - x) has a kink there"),
        ("abs(alpha)", "alpha", "0", "at alpha = 0: abs(alpha) has a kink there"),
        ("sum(relu(x - ones(n)))", "x", "ones(n)", "at x = ones(n): relu(x - ones(n)) has a kink there"),
        ("normF(X)", "X", "0", "at X = 0: normF(X) has a kink there"),
    ],
)
def test_at_a_kink_there_is_no_expansion(expression: str, variable: str, about: str, told: str) -> None:
    with pytest.raises(NotDifferentiable, match=re.escape(f"the function has no derivative {told}")) as failed:
        taylor(expression, variable, about)
    assert failed.value.hint == "expand about another point"


@pytest.mark.parametrize(("expression", "about"), [("norm2(x)^2", "0"), ("sum(relu(x).^2)", "0"), ("norm2(x)", "c"), ("sum(abs(x))", "c")])
def test_a_kink_elsewhere_is_no_matter(expression: str, about: str) -> None:
    """Nor is one that a square smooths."""
    assert taylor(expression, "x", about).text


def test_an_expansion_is_a_function_of_arrays_and_an_expression_of_sympy() -> None:
    """B14: every result that is one expression has code, and SymPy source."""
    run = command("x^T*A*x", "--wrt", "x", "--about", "c", "--to", "numpy")
    namespace: dict[str, Any] = {}
    exec(run.stdout, namespace)
    a, at, near = np.array([[1.0, 2], [3, 4]]), np.array([1.0, -1]), np.array([1.1, -0.9])
    expected = at @ a @ at + at @ (a + a.T) @ (near - at)
    assert abs(namespace["taylor"](A=a, c=at, x=near) - expected) < 1e-12
    assert "derivative = " in command("1 - x + x^2", "--wrt", "x", "--about", "c", "--to", "sympy").stdout
    grown = CliRunner().invoke(cli.group, ["increment", "W*x", "--wrt", "(x, W)", "--to", "jax"])
    assert "def increment(W, x, dx, dW)" in grown.stdout and "jnp" in grown.stdout
    assert "torch" in CliRunner().invoke(cli.group, ["backprop", "L where z = W*x; L = loss(z); dL/dz = g", "--to", "torch"]).stdout


def test_formulas_that_agree_are_printed_once() -> None:
    assert command("x", "--wrt", "x", "--about", "0").stdout.splitlines()[:2] == ["x", ""]


@pytest.mark.parametrize(
    ("f", "about"), [("relu(c)", "1"), ("abs(c)", "1"), ("arcsin(sin(c))", "0"), ("sign(c)", "2"), ("1e-14*exp(c) + c", "0")]
)
def test_only_a_polynomial_is_its_own_expansion(f: str, about: str) -> None:
    found = taylor(f, "c", about, variables=["c: scalar"])
    assert not found.is_exact
    assert "exact" not in found.check


def test_an_expansion_of_a_norm_is_not_exact() -> None:
    assert not taylor("norm1(x)", "x", "a").is_exact


@pytest.mark.parametrize(("f", "order", "exact"), [("2*c + 1", 1, True), ("c^2 - c", 2, True), ("c^2 - c", 1, False), ("c^3", 2, False)])
def test_a_polynomial_of_no_higher_degree_is_exact(f: str, order: int, exact: bool) -> None:
    assert taylor(f, "c", "a", order=order, variables=["c: scalar"]).is_exact is exact


def test_both_sides_of_a_point_are_looked_at() -> None:
    with pytest.raises(NotDifferentiable, match="no derivative at c = 0"):
        taylor("relu(-c)", "c", "0", variables=["c: scalar"])


def test_a_missing_second_derivative_is_said_to_be_the_second() -> None:
    assert taylor("c*abs(c)", "c", "0", variables=["c: scalar"]).text == "0"
    with pytest.raises(NotDifferentiable, match="no second derivative at c = 0"):
        taylor("c*abs(c)", "c", "0", order=2, variables=["c: scalar"])


def test_an_expansion_shows_what_was_declared_and_what_it_assumes() -> None:
    notes = taylor("x^T*S*x + x^T*x", "x", "a", variables=["S: 3 x 3 skew"]).notes(printer("text"))
    assert "S is 3 x 3 skew" in notes[0]
    assert "assuming C is invertible" in taylor("X^-1", "X", "C").notes(printer("text"))

"""The axes of derivatives told from shapes, and the dimension check of answers."""

from __future__ import annotations

import json
import math

import pytest
from click.testing import CliRunner, Result

from matcalc import Derivative, MatcalcError, cli, derive
from matcalc.answers.axes import shape_of_derivative, table
from matcalc.answers.display.factor_shapes import dimension_check
from matcalc.book.choices import LAYOUTS
from matcalc.commands.derive import derive_command


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli.group, list(arguments))


TABLE = {
    ("scalar y", "scalar x"): ("scalar", "scalar", "scalar"),
    ("scalar y", "vector x (n)"): ("1 x n", "n x 1", "n x 1"),
    ("scalar y", "matrix X (p x q)"): ("q x p", "p x q", "p x q"),
    ("vector y (m)", "scalar x"): ("m x 1", "1 x m", "m x 1"),
    ("vector y (m)", "vector x (n)"): ("m x n", "n x m", "m x n"),
    ("vector y (m)", "matrix X (p x q)"): ("m x q x p", "p x q x m", "m x p x q"),
    ("matrix Y (m x n)", "scalar x"): ("m x n", "n x m", "m x n"),
    ("matrix Y (m x n)", "vector x (k)"): ("m x n x k", "k x n x m", "m x n x k"),
    ("matrix Y (m x n)", "matrix X (p x q)"): ("m x n x q x p", "p x q x n x m", "m x n x p x q"),
}


@pytest.mark.parametrize(("y", "x", "expected"), [pytest.param(*k, v, id=f"C12-{k[0]}-by-{k[1]}") for k, v in TABLE.items()])
def test_the_table(y: str, x: str, expected: tuple[str, ...]) -> None:
    found = {(of, by): shape for of, by, shape in table()}[y, x]
    assert tuple(" x ".join(found.dims(layout)) or "scalar" for layout in LAYOUTS) == expected


def test_the_table_as_a_command() -> None:
    """C12: without a request, every cell."""
    lines = command("shape").stdout.splitlines()
    assert len(lines) == 10
    assert lines[5].split("  ")[0] == "vector y (m)"
    assert len(json.loads(command("shape", "--to", "json").stdout)) == 9


REQUESTS = [
    "d tr(A X)/dX",
    "d (A x)/dx",
    "d (A x)/dA",
    "d (A X B)/dX",
    "d (c*A)/dc",
    "d (x*W)/dx",
    "d (x^T A y)/dA",
    "d^2 logsumexp(x)/dx^2",
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("request_", [pytest.param(r, id=f"C12-{r}") for r in REQUESTS])
def test_the_shape_is_that_of_the_derivative(request_: str, layout: str) -> None:
    declared = {"x": "1 x n"} if "x*W" in request_ else {"c": "scalar"}
    found = shape_of_derivative(request_, variables=declared).dims(layout)
    derived = derive(request_, variables=declared, layout=layout, check=False)
    assert isinstance(derived, Derivative)
    shape = derived.shape if derived.form != "vec" else derive_index(request_, declared, layout)
    assert found == shape


def derive_index(request: str, declared: dict[str, str], layout: str) -> tuple[str, ...]:
    found = derive(request, variables=declared, layout=layout, form="index", check=False)
    assert isinstance(found, Derivative)
    return found.shape


@pytest.mark.parametrize("request_", [pytest.param(r, id=f"C13-{r}") for r in REQUESTS])
def test_axes_and_sizes_are_counted(request_: str) -> None:
    """The axes of dY/dX are those of Y and X together, its size the product of their sizes, in every layout."""
    found = shape_of_derivative(request_, variables={"x": "1 x n"} if "x*W" in request_ else {"c": "scalar"})
    for layout in LAYOUTS:
        dims = [d for d in found.dims(layout) if d != "1"]
        assert len(dims) == found.axes
        assert sorted("*".join(sorted(dims)).split("*")) == sorted("*".join(dims).split("*"))


@pytest.mark.parametrize(
    ("y", "x", "axes", "size"), [("3 x 2", "scalar", 2, 6), ("3", "2", 2, 6), ("2 x 3", "4 x 5", 4, 120), ("scalar", "scalar", 0, 1)]
)
def test_sizes_in_numbers(y: str, x: str, axes: int, size: int) -> None:
    """C13: 3*2 = 6 entries."""
    found = shape_of_derivative("dY/dX", variables={"Y": y, "X": x})
    assert (found.axes, found.size) == (axes, str(size))
    assert math.prod(int(d) for d in found.numerator) == size


@pytest.mark.parametrize("request_", [pytest.param(r, id=f"C14-{r}") for r in REQUESTS if "x*W" not in r])
def test_numerator_and_denominator_are_each_others_reversal(request_: str) -> None:
    found = shape_of_derivative(request_, variables={"c": "scalar"})
    assert found.numerator == found.denominator[::-1]


def test_the_command() -> None:
    """C12: the axes of dY/dX from declarations."""
    result = command("shape", "dY/dX", "--var", "Y: m x n", "--var", "X: p x q")
    assert result.stdout.splitlines() == [
        "numerator    m x n x q x p",
        "denominator  p x q x n x m",
        "mixed        m x n x p x q",
        "",
        "  4 axes (2 of Y, m x n; 2 of X, p x q), m*n*p*q entries",
        "  in vec form m*n x p*q in numerator and mixed layout, p*q x m*n in denominator layout",
    ]
    told = json.loads(command("shape", "dY/dX", "--to", "json").stdout)
    assert (told["mixed"], told["axes"], told["vec"]["denominator"]) == (["m", "n", "p", "q"], 4, ["p*q", "m*n"])


def test_customary_letters_give_way() -> None:
    """C12: what is declared keeps its letters, the rest takes free ones."""
    assert shape_of_derivative("dY/dX", variables=["X: m x n"]).mixed == ("p", "q", "m", "n")
    assert shape_of_derivative("dy/dx").numerator == ("m", "n")
    assert shape_of_derivative("d alpha/dx").denominator == ("n", "1")


@pytest.mark.parametrize("x", ["n", "1 x n", "p x q"])
def test_an_update_conforms(x: str) -> None:
    """C89: in denominator and mixed layout a gradient has the shape of its variable."""
    found = shape_of_derivative("dL/dX", variables={"L": "scalar", "X": x})
    shape = tuple(derive("tr(X^T X)", wrt="X", variables={"X": x}, check=False).shape)  # type: ignore[union-attr]
    assert found.denominator == found.mixed == shape
    assert "a step X - eta*dY/dX conforms in denominator and mixed layout" in found.text


@pytest.mark.parametrize("expression", ["x^T A x", "tr(X^T X)", "sum(sin(W*x))", "logdet(X)", "a^T X b"])
def test_gradients_have_the_shape_of_the_variable(expression: str) -> None:
    """C89: -dL/dw can be added to w, for every variable of every scalar."""
    found = derive(expression, wrt="(X, x, W, a, b)", check=False)
    assert isinstance(found, tuple)
    for d in found:
        v = next(p for p in d.parameters if p.data.name == d.wrt)
        assert d.dims == v.shape


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("d tr(A X)/d(A, X)", "ask for the shape by one variable at a time, not by A, X"),
        ("d^2 (A X)/dX^2", "the first derivative has more than two axes, so it is not differentiated again"),
    ],
)
def test_shapes_that_are_refused(request_: str, message: str) -> None:
    """C86."""
    with pytest.raises(MatcalcError) as caught:
        shape_of_derivative(request_)
    assert str(caught.value) == message


# ------------------------------------------------------------------------------------------ the dimension check


@pytest.mark.parametrize(
    ("request_", "lines"),
    [
        pytest.param("d (x^T A x)/dx", ["(n x n)(n x 1) = n x 1, the shape of x"], id="C85-quadratic-form"),
        pytest.param("dL/dx where y = W x + b; L = loss(y); dL/dy = g", ["(n x m)(m x 1) = n x 1, the shape of x"], id="C85-layer"),
        pytest.param("dL/dW where y = W x + b; L = loss(y); dL/dy = g", ["(m x 1)(1 x n) = m x n, the shape of W"], id="C85-weights"),
        pytest.param("d tr(A X B)/dX", ["(n x m)(m x p) = n x p, the shape of X"], id="C85-trace"),
        pytest.param("d (b^T sin(x))/dx", ["(n x 1).*(n x 1) = n x 1, the shape of x"], id="C85-entrywise"),
        pytest.param("d tr(X)/dX", ["n x n, the shape of X"], id="C85-no-product"),
        pytest.param("d (A x)/dx", ["n x m"], id="C85-jacobian"),
        pytest.param("d (A B x)/dx", ["(n x p)(p x m) = n x m"], id="C85-jacobian-of-a-chain"),
    ],
)
def test_dimension_check(request_: str, lines: list[str]) -> None:
    found = derive(request_)
    assert isinstance(found, Derivative)
    assert dimension_check(found) == lines


def test_dimension_check_as_an_option() -> None:
    """C85: printed with the answer."""
    told = CliRunner().invoke(derive_command, ["d (x^T A x)/dx", "--shapes"]).stdout
    assert told.splitlines()[-1] == "  check: (n x n)(n x 1) = n x 1, the shape of x"
    assert "check:" not in CliRunner().invoke(derive_command, ["d (x^T A x)/dx"]).stdout.replace("checked", "")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        pytest.param("X*W^T + b^T", "cannot add X*W^T (p x m) and b^T (1 x n)", id="C86-E6-row-added-to-a-matrix"),
        pytest.param("D*W", "cannot multiply D (m x 1) by W (m x n)", id="C86-E14-gradient-times-jacobian"),
        pytest.param("v + w", "cannot add v (2 x 1) and w (4 x 1)", id="C86-E3-stacked-parts-do-not-add"),
    ],
)
def test_statements_that_do_not_conform(expression: str, message: str) -> None:
    variables = {"X": "p n", "W": "m n", "b": "n", "D": "m 1", "v": "2", "w": "4"}
    with pytest.raises(MatcalcError) as caught:
        derive(expression, wrt="W", variables=variables)
    assert caught.value.message.startswith(message)

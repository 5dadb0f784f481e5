"""Shapes found by unification, and the expressions that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from matcalc.algebra.node import Expr, Unknown, sym
from matcalc.book.sizes import SCALAR, dim, show
from matcalc.errors import ParseError, ShapeError
from matcalc.reading.alone import parse_expression, read_expression
from matcalc.reading.request import read_request

M, N = dim("m"), dim("n")
ONE = SCALAR[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tr(W x)", "W: 1 x n, x: n x 1"),
        ("x^T A x", "x: n x 1, A: n x n"),
        ("A x + b", "A: m x n, x: n x 1, b: m x 1"),
        ("tr(A X B)", "A: m x n, X: n x p, B: p x m"),
        ("X W", "X: m x n, W: n x p"),
        ("det(A)", "A: n x n"),
        ("A^-1 B", "A: n x n, B: n x m"),
        ("A^k", "A: n x n, k: scalar"),
        ("alpha*A + beta*B", "alpha: scalar, A: m x n, beta: scalar, B: m x n"),
        ("λ x", "lambda: scalar, x: n x 1"),
        ("Sigma x", "Sigma: m x n, x: n x 1"),
        ("lambda_2*x", "lambda_2: scalar, x: n x 1"),
        ("A .* B + C", "A: m x n, B: m x n, C: m x n"),
        ("kron(A, B)", "A: m x n, B: p x q"),
        ("diag(x) A", "x: n x 1, A: n x m"),
        ("diag(A)^T x", "A: n x n, x: n x 1"),
        ("A + K(m,n)", "A: m*n x m*n"),
        ("X^T ones(n)", "X: n x m"),
        ("A + I", "A: n x n"),
        ("X 𝟏", "X: m x n"),
        ("n + x", "n: m x 1, x: m x 1"),
        ("softmax(A x)", "A: m x n, x: n x 1"),
        ("x.^p", "x: n x 1, p: scalar"),
        ("A\\b", "A: n x n, b: n x 1"),
        ("x/(w^T x)", "x: n x 1, w: n x 1"),
        ("x x^T A + B", "x: n x 1, A: n x m, B: n x m"),
        ("x[2]*X[1,2]", "x: n x 1, X: m x p"),
        ("[x[1], y[2]; 1, 2]*A", "x: n x 1, y: m x 1, A: 2 x p"),
    ],
)
def test_undeclared(text: str, expected: str) -> None:
    read = read_request(text, wrt=expected.split(":")[0])
    assert ", ".join(f"{name}: {show(e.shape)}" for name, e in read.variables.items()) == expected


@pytest.mark.parametrize(
    ("text", "variables", "shape"),
    [
        ("W*x", ["W: m x n", "x: n"], "m x 1"),
        ("y*W", ["y: 1 x n", "W: n x m"], "1 x m"),
        ("c*m", {"A": "m n", "c": ""}, "scalar"),
        ("m*ones(m)", {"m": "", "A": "m n"}, "m x 1"),
        ("vec(A)", {"A": "m n"}, "m*n x 1"),
        ("vec(A) + v", {"A": "m n", "v": "m*n"}, "m*n x 1"),
        ("kron(A, x)", {"A": "m n", "x": "p"}, "m*p x n"),
        ("x", {"x": "3"}, "3 x 1"),
        ("A*x", {"A": "2 3"}, "2 x 1"),
        ("softmax(y)", ["y: 1 x n"], "1 x n"),
        ("norm2(y)*diag(y)", ["y: 1 x n"], "n x n"),
        ("sigma(W*x)", ["sigma: elementwise", "W: m x n"], "m x 1"),
        ("f(x)*x", ["f: vector -> scalar", "x: n"], "n x 1"),
        ("f(x^T)*x", ["f: vector -> scalar", "x: n"], "n x 1"),
        ("h(x) + b", ["h: vector -> vector", "x: n", "b: m"], "m x 1"),
        ("A + S", ["S: symmetric", "A: n x n"], "n x n"),
        ("x + r^T", ["r: row", "x: vector"], "n x 1"),
        ("a + b", ["a, b: n"], "n x 1"),
        ("pinv(A)", {"A": "m n"}, "n x m"),
    ],
)
def test_declared(text: str, variables: Mapping[str, str] | Sequence[str], shape: str) -> None:
    assert show(parse_expression(text, variables=variables).shape) == shape


A, B = (sym(name, (N, N)) for name in "AB")
W = sym("W", (M, N))
x, y, b = sym("x", (N, ONE), 1), sym("y", (N, ONE), 1), sym("b", (M, ONE), 1)
c, k = sym("c", SCALAR, 0), sym("k", SCALAR, 0, {"integer"})
NAMES: dict[str, Expr] = {"A": A, "B": B, "W": W, "x": x, "y": y, "b": b, "c": c, "k": k}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x^T*y*x", "(x^T*y)*x"),
        ("x^T*y*x^T*x*A", "(x^T*y)*(x^T*x)*A"),
        ("c*A/c", "A"),
        ("A\\x", "inv(A)*x"),
        ("A^-T", "inv(A)^T"),
        ("x./y", "x.*y.^-1"),
        ("c./x", "c*x.^-1"),
        ("x./c", "x/c"),
        ("c.*x", "c*x"),
        ("x + c", "x + c*ones(n)"),
        ("1 - tanh(x).^2", "ones(n) - tanh(x).^2"),
        ("A + 2*I", "A + 2*eye(n)"),
        ("𝟏^T*x", "sum(x)"),
        ("|A|", "det(A)"),
        ("|c|", "abs(c)"),
        ("||x||", "norm2(x)"),
        ("||W||", "normF(W)"),
        ("||W||_F", "normF(W)"),
        ("||x||_1", "norm1(x)"),
        ("diag(A)", "diagv(A)"),
        ("sqrt(x)", "x.^(1/2)"),
        ("A ⊗ B", "kron(A, B)"),
        ("transpose(W)", "W^T"),
        ("ln(x)", "log(x)"),
        ("trace(A)", "tr(A)"),
        ("0.1*x", "x/10"),
        ("n*x/n", "x"),
        ("A^k*A", "A^(k+1)"),
        ("np.sum(A*B)", "sum(A.*B)"),
        ("np.linalg.inv(A) @ x", "A^-1*x"),
        ("x @ A @ y", "x^T*A*y"),
        ("A @ x @ y", "(A*x)^T*y"),
        ("np.dot(x, y)", "x^T*y"),
        ("np.dot(W, x)", "W*x"),
        ("np.sum(x**2)", "sum(x.^2)"),
        ("np.linalg.norm(x)**2", "norm2(x)^2"),
        ("np.outer(b, x)", "b*x^T"),
        ("np.linalg.slogdet(A)[1]", "logdet(A)"),
        ("np.linalg.solve(A, x)", "inv(A)*x"),
        ("np.ones((m, n)) * W", "W"),
        ("np.multiply(x, y) / np.exp(x)", "x.*y./exp(x)"),
        ("log det(A)", "logdet(A)"),
        ("x[1]*[c, 2; 3, 4]^T", "x[1]*[c, 3; 2, 4]"),
        ("ones(m,n)*x", "ones(m)*sum(x)"),
    ],
)
def test_meaning(text: str, same: str) -> None:
    assert read_expression(text, NAMES) is read_expression(same, NAMES)


def test_unknown_functions_read_back() -> None:
    functions = {"loss": Unknown("loss", "scalar"), "h": Unknown("h", "array", 0, M), "sigma": Unknown("sigma", "elementwise")}
    assert read_expression("grad_loss(x)", NAMES, functions).data == Unknown("loss", "scalar", 1)
    assert read_expression("D_h(x)^T*b", NAMES, functions).shape == (N, ONE)
    assert read_expression("sigma''(W*x)", NAMES, functions).data == Unknown("sigma", "elementwise", 2)


def test_a_dimension_that_no_shape_holds() -> None:
    assert read_expression("q*x", {"x": x}, dimensions=["q"]) is read_expression("x*q", NAMES, dimensions=["q"])


def test_unknown_names_are_refused_in_a_closed_reading() -> None:
    with pytest.raises(ParseError, match="q is not known here"):
        read_expression("x + q", {"x": x})


def test_broadcast_is_an_assumption() -> None:
    read = read_request("d (c + A x)/dx", variables=["c: scalar"])
    assert read.assumptions[-1] == "the scalar c is added to every entry of an array of m x 1"


def test_properties_reach_the_variables() -> None:
    read = read_request("d tr(A S X)/dX", variables=["S: n x n spd", "X: n x n symmetric"], attrs={"A": ["diagonal"]})
    assert read.variables["S"].data.properties == {"spd"}
    assert read.variables["A"].data.properties == {"diagonal"}
    assert read.variables["X"].data.properties == frozenset()
    assert read.properties["X"] == {"symmetric"}


AXES = [("x: n", 1), ("x: 1 x n", 2), ("x: m x n", 2), ("x: scalar", 0), ("x: 1", 1), ("x: n x 1", 2)]


@pytest.mark.parametrize(("declaration", "ndim"), AXES)
def test_axes(declaration: str, ndim: int) -> None:
    assert parse_expression("x", variables=[declaration]).data.ndim == ndim


def test_an_exponent_of_a_matrix_is_an_integer() -> None:
    assert read_request("tr(X^q)", wrt="X").variables["q"].data.properties == {"integer"}


def test_declared_dimensions_are_never_identified() -> None:
    with pytest.raises(ShapeError, match="p is not n"):
        parse_expression("A*x", variables=["A: m x p", "x: n"])


def test_integers_and_names_are_never_identified() -> None:
    with pytest.raises(ShapeError, match="n is not 3"):
        parse_expression("A*x", variables=["A: m x n", "x: 3"])

"""Expressions built in Python mean what NumPy means by the same operations, and derive like the text that they print as."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from matcalc import MatcalcError, ParseError, ShapeError, UnknownFunction, UsageError, build, derive
from matcalc.answers.derivative import Derivative
from matcalc.build import Expression, commutation, eye, function, inv, matrix, norm, ones, scalar, sqrt, vector, zeros
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.numbers.outcome import Certificate
from matcalc.objects.expression import NoValue, lifted
from matcalc.objects.writing import write
from matcalc.reading.alone import parse_expression

A, S = matrix("A", "m", "n"), matrix("S", "n", "n", symmetric=True)
x, y, b, c = vector("x", "n"), vector("y", "n"), vector("b", "m"), scalar("c")
rng = np.random.default_rng(5)
root = rng.normal(size=(4, 4))
SIZES = {"m": 3, "n": 4}
VALUES: dict[str, Any] = {
    "A": rng.normal(size=(3, 4)),
    "S": root @ root.T + np.eye(4),
    "x": rng.uniform(0.2, 0.9, size=(4, 1)),
    "y": rng.uniform(0.2, 0.9, size=(4, 1)),
    "b": rng.normal(size=(3, 1)),
    "c": 1.7,
}


def value(e: Expression) -> Any:
    """The value of the text of an expression."""
    written = write(e)
    read = parse_expression(written.text, variables=written.variables)
    return as_matrix(read, evaluate([read], VALUES, SIZES)[0])


def derived(request: Any, wrt: Any, **options: Any) -> Derivative:
    found = derive(request, wrt=wrt, **options)
    assert isinstance(found, Derivative)
    return found


# The same Python code on symbols and on arrays with two axes.
CODE: list[Callable[..., Any]] = [
    lambda A, S, x, y, b, c: x.T @ S @ x,
    lambda A, S, x, y, b, c: (A @ x - b).T @ (A @ x - b),
    lambda A, S, x, y, b, c: -A @ x + b / 3 - 2,
    lambda A, S, x, y, b, c: x - (y - x * y),
    lambda A, S, x, y, b, c: x / (y / x) * y,
    lambda A, S, x, y, b, c: 2 * c * A / c**2,
    lambda A, S, x, y, b, c: (x**2).T @ (y**-1.5),
    lambda A, S, x, y, b, c: 1 / (1 + np.exp(-x)),
    lambda A, S, x, y, b, c: np.tanh(A @ x) * np.sin(b) - np.cos(b),
    lambda A, S, x, y, b, c: np.log1p(x) + np.expm1(y) + np.sqrt(x) + np.square(y) + np.reciprocal(x),
    lambda A, S, x, y, b, c: np.maximum(A, 0) + np.maximum(0, -A),
    lambda A, S, x, y, b, c: np.abs(b) + abs(b) + np.sign(b),
    lambda A, S, x, y, b, c: np.logaddexp(x, y),
    lambda A, S, x, y, b, c: np.trace(S) * np.linalg.det(S),
    lambda A, S, x, y, b, c: np.linalg.slogdet(S)[0] + np.linalg.slogdet(S)[1],
    lambda A, S, x, y, b, c: np.linalg.inv(S) @ x + np.linalg.solve(S, y),
    lambda A, S, x, y, b, c: np.linalg.pinv(A),
    lambda A, S, x, y, b, c: np.linalg.matrix_power(S, 3) - np.linalg.matrix_power(S, -1),
    lambda A, S, x, y, b, c: np.linalg.norm(x) + np.linalg.norm(A) + np.linalg.norm(A, "fro"),
    lambda A, S, x, y, b, c: np.sum(A * A) + np.mean(A) + A.sum() + S.trace(),
    lambda A, S, x, y, b, c: np.kron(A, S),
    lambda A, S, x, y, b, c: np.outer(x, b),
    lambda A, S, x, y, b, c: np.dot(A, S) + A.dot(S) + np.linalg.multi_dot([A, S, S]),
    lambda A, S, x, y, b, c: np.ones_like(A) + np.zeros_like(A) + np.transpose(A).T,
    lambda A, S, x, y, b, c: A[0, 1] * A[:, [2]] if isinstance(A, np.ndarray) else A[0, 1] * A[:, 2],
    lambda A, S, x, y, b, c: A[[1], :] if isinstance(A, np.ndarray) else A[1, :],
    lambda A, S, x, y, b, c: np.float64(2) * A - np.int64(3) * A,
    lambda A, S, x, y, b, c: c - x + (-c) * y,
]


@pytest.mark.parametrize("code", CODE, ids=range(len(CODE)))
def test_numpy_code_means_the_same_on_symbols(code: Callable[..., Any]) -> None:
    expected = code(*(VALUES[name] for name in "ASxybc"))
    np.testing.assert_allclose(value(code(A, S, x, y, b, c)), np.reshape(expected, (1, 1)) if np.ndim(expected) == 0 else expected)


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (np.sum(A, axis=0), lambda: VALUES["A"].sum(axis=0).reshape(-1, 1)),
        (np.mean(A, axis=1), lambda: VALUES["A"].mean(axis=1).reshape(-1, 1)),
        (np.sum(x, axis=0), lambda: VALUES["x"].sum().reshape(1, 1)),
        (np.diag(x), lambda: np.diag(VALUES["x"].ravel())),
        (np.diag(S), lambda: np.diag(VALUES["S"]).reshape(-1, 1)),
        (np.diagonal(S), lambda: np.diag(VALUES["S"]).reshape(-1, 1)),
        (np.inner(x, y), lambda: VALUES["x"].T @ VALUES["y"]),
        (x @ S, lambda: VALUES["x"].T @ VALUES["S"]),
        (norm(x, 1), lambda: np.abs(VALUES["x"]).sum().reshape(1, 1)),
        (inv(S) @ eye("n") + zeros("n", "n"), lambda: np.linalg.inv(VALUES["S"])),
        (commutation("m", "n") @ build.vec(A), lambda: VALUES["A"].T.reshape(-1, 1, order="F")),
        (ones("n").T @ build.softmax(x) * sqrt(c), lambda: np.sqrt(VALUES["c"]).reshape(1, 1)),
        (build.logdet(S), lambda: np.linalg.slogdet(VALUES["S"])[1].reshape(1, 1)),
    ],
    ids=lambda part: repr(part) if isinstance(part, Expression) else "",
)
def test_an_expression_has_the_value_of_its_text(e: Expression, expected: Callable[[], Any]) -> None:
    np.testing.assert_allclose(value(e), expected())


@pytest.mark.parametrize(
    ("e", "wrt", "text"),
    [
        (x.T @ S @ x, x, "2*S*x"),
        ((A @ x - b).T @ (A @ x - b), x, "2*A^T*(A*x - b)"),
        (np.linalg.slogdet(S)[1], S, "S^-1"),
        (build.tr(A @ S @ A.T), A, "2*A*S"),
        (np.sum(1 / (1 + np.exp(-A @ x))), x, "A^T*(sigmoid(A*x).*sigmoid(-A*x))"),
        (x.T @ S @ x, x[0], "2*x^T*S[:,1]"),
        (A @ x, A[1, :], "x*eye(m)[2,:]"),
        (np.sum(A[0:2, :] @ x), x, "A[1:2,:]^T*ones(2)"),
        (c * x.T @ x, c, "x^T*x"),
        (b, c, "zeros(m)^T"),
        (function("f", "vector -> scalar")(A @ x), x, "A^T*grad_f(A*x)"),
        (function("sigma")(A @ x), x, "A^T*diag(sigma'(A*x))"),
        (function("h", "vector -> vector", "m")(x) + b, x, "D_h(x)^T"),
    ],
)
def test_a_derivative(e: Expression, wrt: Expression, text: str) -> None:
    d = derived(e, wrt)
    assert d.text == text
    assert isinstance(d.certificate, Certificate)


def test_arrays_of_numbers_are_written_out() -> None:
    z = vector("z", 2)
    assert repr(np.array([[1, 2.5], [-3, 4e-7]]) @ z + np.array([1, 0])) == "[1, 2.5; -3, 4e-07]*z + [1; 0]"
    with pytest.raises(UsageError, match="at most 400 entries, not 900"):
        np.ones((30, 30)) @ vector("z", 30)


def test_several_variables_an_order_and_a_direction() -> None:
    both = derive((A @ x).T @ b, wrt=(A, x))
    assert isinstance(both, tuple)
    assert [d.text for d in both] == ["b*x^T", "A^T*b"]
    assert derived(x.T @ S @ y, x, wrt2=y, order=2, layout="mixed").text == "S"
    assert derived(x.T @ S @ x, None, along={x: y}).text == "2*x^T*S*y"
    assert derived(x.T @ S @ x, x, order=2).text == "2*S"
    assert derived("x^T*B*x", x).text == "(B + B^T)*x"


@pytest.mark.parametrize(
    ("build_it", "error", "message"),
    [
        (
            lambda: A + x, ShapeError,
            "cannot add A (m x n) and x (n x 1)\n  A + x\n    ^\nhint: to add x in every row, write A + ones(m)*x^T",
        ),
        (lambda: A @ b, ShapeError, "cannot multiply A (m x n) by b (m x 1): n is not m\n  A*b\n   ^\nhint: A^T*b conforms"),
        (lambda: A * x, ShapeError, "cannot multiply A (m x n) and x (n x 1) entry by entry\n  A.*x\n   ^^"),
        (lambda: build.tr(A), ShapeError, "tr needs a square matrix, but A is m x n\n  tr(A)\n  ^^^^^"),
        (lambda: 2 @ A, ShapeError, "2 is a number, and @ multiplies matrices\nhint: write 2*A"),
        (lambda: bool(x), NoValue, "a symbolic expression is neither true nor false\nhint: compare two of them with `is`"),
        (lambda: list(x), NoValue, "a symbolic expression cannot be iterated over\nhint: x[0] is its first entry"),
        (lambda: x < y, NoValue, "symbolic expressions have no order"),
        (lambda: float(c), NoValue, "a symbolic expression has no numeric value\nhint: derive(...).function() makes a function of arrays"),
        (
            lambda: np.asarray(x), NoValue,
            "a symbolic expression is no array of numbers\nhint: derive(...).function() makes a function of arrays",
        ),
        (lambda: np.where(c, x, y), UnknownFunction, "np.where is not known for symbolic expressions\nhint: matcalc rules lists what is"),
        (lambda: np.arctan2(x, y), UnknownFunction, "np.arctan2 is not known for symbolic expressions\nhint: matcalc rules lists what is"),
        (
            lambda: np.add.reduce(x), UnknownFunction,
            "np.add.reduce is not known with these options\nhint: of a symbolic expression, only plain calls are",
        ),
        (lambda: np.sum(A, keepdims=True), UsageError, "np.sum of a symbolic expression has no such arguments"),
        (lambda: np.maximum(x, y), UnknownFunction, "np.maximum is known with 0 only, as relu\nhint: write np.maximum(x, 0)"),
        (lambda: norm(A, 1), UnknownFunction, "the norm of order 1 of A (m x n) is not known"),
        (lambda: x[-1], UsageError, "the index -1 counts from the end of an axis of n, which is no number"),
        (lambda: vector("z", 3)[3], ShapeError, "the index 3 is beyond an axis of 3\nhint: in Python, entries count from 0"),
        (lambda: A[0], ShapeError, ("A is m x n and has no such part\nhint: X[0, 1] is an entry, X[0, :] a row, "
            "X[:, 0:2] the first two columns")),
        (
            lambda: c + True, UsageError,
            "True of type bool is no expression\nhint: operands are expressions, real numbers and arrays of them",
        ),
        (lambda: x + float("nan"), UsageError, "nan is no finite number"),
        (
            lambda: write(build.tr(S) * scalar("tr")), UsageError,
            "tr is the name of a variable and has another meaning in this expression\nhint: rename the variable",
        ),
        (lambda: write(c ** scalar("T")), UsageError, "the exponent T would read as a transpose\nhint: rename the variable T"),
        (
            lambda: write(x.T @ x * scalar("x")), UsageError,
            "x stands for two things: n and scalar\nhint: give them different names",
        ),
        (lambda: scalar(3), UsageError, "3 is no name\nhint: a name is a text, such as 'x'"),  # type: ignore[arg-type]
        (lambda: eye("n k"), UsageError, "'n k' is no size\nhint: a size is a name or a positive integer, such as \"n\" or 3"),
        (
            lambda: derive(None, wrt="x"), UsageError,
            "a value of type NoneType cannot be differentiated\nhint: give a text, an expression of matcalc.build, or one of SymPy",
        ),
        (
            lambda: scalar("where"), ParseError,
            "'where' begins the definitions of a request and is no name\n  where\n  ^^^^^\nhint: choose another name",
        ),
        (
            lambda: derive(x.T @ x, wrt=2 * x), UsageError,
            "2*x is no variable to differentiate by\nhint: a derivative is by a variable, or by a part of one, X[0, 1]",
        ),
        (
            lambda: derive(x.T @ x, wrt=x, variables={"x": "m"}), UsageError,
            "x is declared twice: the expression has it as n\nhint: attrs={...} says what else is known of a variable of an expression",
        ),
        (
            lambda: derive(3.5, wrt=x), UsageError,
            "a value of type float cannot be differentiated\nhint: give a text, an expression of matcalc.build, or one of SymPy",
        ),
    ],
)  # fmt: skip
def test_an_error(build_it: Callable[[], Any], error: type[MatcalcError], message: str) -> None:
    with pytest.raises(error) as caught:
        build_it()
    assert str(caught.value) == message


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="the rule book has no function 'nosuch'"):
        build.nosuch(x)  # type: ignore[unused-ignore]


def test_equal_expressions_are_identical() -> None:
    assert vector("x", "n") is x
    assert 2 * (A @ x) is 2 * (A @ x)
    assert {A @ x: 1}[A @ x] == 1
    assert A @ x != A.T @ b
    assert pickle.loads(pickle.dumps(A @ x - b)) is A @ x - b


def test_an_expression_displays_itself() -> None:
    e = (A @ x - b).T @ (A @ x - b) / 2
    assert repr(e) == "(A*x - b)^T*(A*x - b)/2"
    assert e._repr_latex_() == r"$\displaystyle \frac{(A x - b)^\top (A x - b)}{2}$"


def test_names_that_look_like_a_derivative() -> None:
    d, dx = scalar("d"), scalar("dx")
    assert derived(d * dx / vector("dL", 3).sum() / dx, d).text == "1/sum(dL)"
    assert derived(d / dx, dx).text == "-d/dx^2"


def test_a_deep_network_with_shared_parts() -> None:
    """Shared and deep parts get names, so neither the text nor the time grows with the unfolded expression."""
    e: Expression = x
    for _ in range(30):
        e = lifted(np.tanh(S @ e) + np.sin(S @ e))
    written = write(e)
    assert len(written.text) < 2_000
    assert derived(e.sum(), x, check=False).shape == ("n", "1")


def test_the_public_names() -> None:
    import matcalc

    assert matcalc.vector is vector and matcalc.matrix is matrix and matcalc.scalar is scalar
    assert {"tr", "logdet", "vector"} <= set(dir(build))

"""What generated code does to be fast, and that it computes the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, derive
from matcalc.numbers.evaluate import evaluate

RNG = np.random.default_rng(4)
M, N = 7, 4


def derived(request: str) -> Derivative:
    found = derive(request)
    assert isinstance(found, Derivative)
    return found


def body(code: str) -> str:
    """The statements behind the checks of the shapes."""
    return code.rpartition("raise ValueError")[2]


def test_a_weighted_square_is_a_product_with_its_own_transpose() -> None:
    d = derived("d^2 sum(log(1 + exp(X*w)))/dw^2")
    assert "t1.T @ t1" in d.numpy and "_dsigmoid(X @ w)" in d.numpy
    x, w = RNG.standard_normal((M, N)), RNG.standard_normal(N)
    p = 1 / (1 + np.exp(-x @ w))
    np.testing.assert_allclose(d.function()(x, w), (x.T * (p * (1 - p))) @ x)


def test_a_weight_that_may_be_negative_is_no_square() -> None:
    d = derived("d^2 sum(sin(X*w))/dw^2")
    assert "sqrt" not in d.numpy
    x, w = RNG.standard_normal((M, N)), RNG.standard_normal(N)
    np.testing.assert_allclose(d.function()(x, w), -(x.T * np.sin(x @ w)) @ x)


def test_a_diagonal_is_written_in_place() -> None:
    d = derived("d^2 logsumexp(x)/dx^2")
    assert "np.diag_indices_from" in d.numpy and "np.diag(" not in d.numpy
    x = RNG.standard_normal(N)
    p = np.exp(x) / np.exp(x).sum()
    np.testing.assert_allclose(d.function()(x), np.diag(p) - np.outer(p, p))


def test_a_diagonal_is_not_written_into_an_argument() -> None:
    d = derived("d (x^T*A*x/2 + sum(x.^3)/6)/dx where A: n x n symmetric")
    a, x = np.eye(N), RNG.standard_normal(N)
    hessian = derived("d^2 (x^T*A*x/2 + sum(x.^3)/6)/dx^2 where A: n x n symmetric").function()
    np.testing.assert_allclose(hessian(A=a, x=x), np.eye(N) + np.diag(x))
    np.testing.assert_array_equal(a, np.eye(N))
    assert d.text


def test_a_sum_and_its_transpose_are_formed_once() -> None:
    code = derive("d ||A - U*V^T||_F^2/d(U, V)").program(give="derivative")
    assert body(code).count("np.subtract(A, ") == 1 and " - " not in body(code)


def test_the_minus_stands_at_the_product() -> None:
    code = derived("d (y^T*exp(-X*w))/dw").numpy
    assert "-(X.T @" in code


@pytest.mark.parametrize(("target", "product"), [("numpy", "X.T @ ("), ("jax", ") @ X")])
def test_jax_multiplies_by_the_contiguous_side(target: str, product: str) -> None:
    assert product in body(derived("d ||X*w - y||^2/dw").code(target))


def test_a_sigmoid_has_its_digits_everywhere() -> None:
    t = np.array([-700.0, -30.0, -1e-9, 0.0, 1e-9, 30.0, 800.0, -800.0])
    with np.errstate(all="ignore"):
        wanted = np.where(t < 0, np.exp(t) / (1 + np.exp(t)), 1 / (1 + np.exp(-t)))
    found = derived("d sum(log(1 + exp(x)))/dx where x: n").function()(t)
    np.testing.assert_allclose(found, np.nan_to_num(wanted), rtol=1e-14, atol=1e-308)


def test_a_weighted_square_of_a_kronecker_product_is_written_as_it_stands() -> None:
    """A Kronecker product is multiplied factor by factor, and has no array of its own."""
    shapes = {"X": "m n", "W": "n p", "Y": "m p"}
    found = derive("sum(softplus(X*W)) - tr(Y^T*X*W)", wrt="W", order=2, variables=shapes)
    assert isinstance(found, Derivative)
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(5, 3)), rng.normal(size=(3, 2))
    curvature = 1 / (2 + 2 * np.cosh(x @ w))
    expected = sum(np.kron(np.outer(np.eye(2)[k], np.eye(2)[k]), x.T * curvature[:, k] @ x) for k in range(2))
    np.testing.assert_allclose(found.function()(X=x, W=w), expected, rtol=1e-12)


SQUARES = [
    ("d^2 sum((X*w).^4)/dw^2", "= (X @ w)[:, None]*X", lambda x, w: 12 * (x.T * (x @ w) ** 2) @ x),
    ("d^2 sum(abs(X*w).^3)/dw^2", "np.sqrt(np.abs(X @ w))[:, None]*X", lambda x, w: 6 * (x.T * np.abs(x @ w)) @ x),
    ("d^2 sum(relu(X*w).^2)/dw^2", "np.sqrt(np.heaviside(X @ w, 0))[:, None]*X", lambda x, w: 2 * (x.T * (x @ w > 0)) @ x),
    ("d^2 sum(sqrt(1 + (X*w).^2))/dw^2", "t1.T @ t1", lambda x, w: (x.T * (1 + (x @ w) ** 2) ** -1.5) @ x),
    ("d^2 logsumexp(X*w)/dw^2", "t1.T @ t1 - np.outer(t2, t2)", lambda x, w: softmax_hessian(x, w)),
    ("d^2 (logsumexp(X*w) + ||w||^2)/dw^2", "t1.T @ t1 - np.outer(t2, t2)", lambda x, w: softmax_hessian(x, w) + 2 * np.eye(len(w))),
    ("d^2 sum(sin(X*w))/dw^2", "X.T*np.sin(X @ w) @ X", lambda x, w: -(x.T * np.sin(x @ w)) @ x),
]


def softmax_hessian(x: Any, w: Any) -> Any:
    p = np.exp(x @ w) / np.exp(x @ w).sum()
    return x.T @ (np.diag(p) - np.outer(p, p)) @ x


@pytest.mark.parametrize("shape", [(M, N), (N, M), (N, N), (1, N), (M, 1), (1, 1)])
@pytest.mark.parametrize(("request_", "written", "expected"), SQUARES)
def test_weights_that_are_not_negative_are_halved_between_both_sides(request_: str, written: str, expected: Any, shape: Any) -> None:
    d = derived(request_)
    assert written in d.numpy
    x, w = RNG.standard_normal(shape), RNG.standard_normal(shape[1])
    np.testing.assert_allclose(d.function()(x, w), expected(x, w), rtol=1e-10, atol=1e-12)


ATTENTION = "d sum(G.*(softmax_rows(Q*K^T/8)*V))/dK"
METRIC = "d (||(X - Y)*L^T||_F^2 - logdet(L^T*L))/dL where L: d x d; X: n x d; Y: n x d"
KERNEL = "d (y^T*exp(-(diagv(X*X^T)*ones(n)^T + ones(n)*diagv(X*X^T)^T - 2*X*X^T)/(2*l^2))*y)/dX where X: n x d; y: n; l: scalar"
LAYER_NORM = "d (g^T*(x - sum(x)/n*ones(n))/sqrt(sum((x - sum(x)/n*ones(n)).^2)/n + 0.00001))/dx where x: n"
REPEATED = "d t*exp(a^T*b)*B*(diag(w) + c*a^T + a*c^T)*b/dt where w: n; a: n; b: n; c: n; B: m x n; t: scalar"
TRACE = "d exp(s)*tr(A*B*C*D)/ds where A: m x n; B: n x p; C: p x q; D: q x m; s: scalar"
PRECONDITIONED = "d s*B^T*A^-T*diag(w)*A^-1*B/ds where A: n x n; B: n x m; w: n positive; s: scalar"
SOLVED = "d (exp(s*B*A^-1*x) + sin(s*C*A^-1*x) + cos(s*D*A^-1*x) + tanh(s*E*A^-1*x))/ds where A: n x n; B, C, D, E: m x n; s: scalar"
WRITTEN = [
    (ATTENTION, ["(G @ V.T)*P", ".sum(axis=1)[:, None]*P\n", "np.subtract(t1, t2, out=t2)", "t2.T @ Q"], ["P.T"]),
    ("d (a^T*A*b - logdet(A))/dA", ["np.outer(a, b) - np.linalg.inv(A).T"], []),
    ("d (x^T*A*x - tr(A^T*B))/dA", ["np.outer(x, x) - B"], []),
    ("d (tr(A^T*B) - x^T*A*y)/dA", ["B + np.outer(-x, y)"], []),
    ("d (tr(A^T*B) - 3*tr(A*C))/dA", ["-3*C.T + B"], []),
    ("d (tr(A^T*B) - tr(A^T*C*D))/dA", ["np.subtract(B, t1, out=t1)"], []),
    (METRIC, ["= X - Y", "t1.T @ t1"], ["X.T", "-2*"]),
    (KERNEL, ["K @ (y[:, None]*X)"], ["*K*y", "-2/"]),
    (LAYER_NORM, ["(g @ t1)/alpha*t1", "return (g - "], ["*t1/alpha"]),
    ("d ||(X - Y)^T*A||_F^2/dA where X: n x d; Y: n x d; A: n x k", ["X - Y"], ["X.T - Y.T"]),
    ("d tr(A^T*B*B^T*A)/dA", ["B @ B.T"], []),
    ("d sum(exp(A^T.*B^T))/dA", ["np.exp(A*B)"], ["A.T", "B.T"]),
    ("d -(a^T*x - b)^2/2*c/dx where a: n; b: scalar; c: scalar", ["b - a @ x"], ["-("]),
    (REPEATED, ["t1*c + (b @ c)*a", "np.exp(t1)"], ["b @ a"]),
    (TRACE, ["np.sum(A*(D.T @ (B @ C).T))"], []),
    (PRECONDITIONED, ["np.sqrt(w)[:, None]*np.linalg.solve(A, B)", "t1.T @ t1"], []),
    (SOLVED, ["np.linalg.solve(A, x)"], ["inv("]),
]


@pytest.mark.parametrize(("request_", "present", "absent"), WRITTEN)
def test_what_the_statements_are(request_: str, present: list[str], absent: list[str]) -> None:
    statements = body(derived(request_).numpy)
    assert all(text in statements for text in present), statements
    assert not any(text in statements for text in absent), statements


@pytest.mark.parametrize("request_", [case[0] for case in WRITTEN])
@pytest.mark.parametrize("sizes", [(3, 4, 5, 2), (4, 4, 4, 4), (1, 1, 1, 1), (1, 5, 2, 3), (5, 1, 3, 1)])
def test_they_have_the_value_of_the_expression(request_: str, sizes: tuple[int, ...]) -> None:
    d = derived(request_)
    assert d.expr is not None
    rng = np.random.default_rng(5)
    names = sorted({str(s) for v in d.parameters for n in v.shape for s in n.free_symbols})
    told = {name: sizes[k % len(sizes)] for k, name in enumerate(names)}
    shapes = {v.data.name: [told.get(str(n), 1) for n in v.shape if n != 1] for v in d.parameters}
    point = {name: rng.uniform(0.5, 1.5, shape) for name, shape in shapes.items()}
    found = d.function()(**{name: point[name] for name in d.needs})
    np.testing.assert_allclose(np.ravel(found), np.ravel(evaluate([d.expr], point, told, {})[0]), rtol=1e-9, atol=1e-12)


def test_the_value_shares_the_inverse_that_its_derivative_needs() -> None:
    found = derive("x^T*S^-1*x/2 + logdet(S)/2", wrt="S", variables={"S": "n n symmetric", "x": "n"})
    assert isinstance(found, Derivative)
    code = body(found.program(give="value_and_derivative"))
    assert code.count("inv(") == 1 and "solve(" not in code
    a = RNG.standard_normal((N, N))
    s, x = a @ a.T + np.eye(N), RNG.standard_normal(N)
    value, gradient = found.function(give="value_and_derivative")(S=s, x=x)
    z = np.linalg.solve(s, x)
    np.testing.assert_allclose(value, x @ z / 2 + np.linalg.slogdet(s)[1] / 2)
    np.testing.assert_allclose(gradient, (np.linalg.inv(s) - np.outer(z, z)) / 2)


def test_a_system_that_is_solved_in_several_places_counts_once() -> None:
    """The value and the derivative hold (X^T*X + c*I)^-1 five times, and have two systems to solve."""
    found = derive("||A*(X^T*X + c*I)^-1*X^T*y - b||^2", wrt="c", variables={"X": "m n", "y": "m", "A": "p n", "b": "p", "c": ""})
    assert isinstance(found, Derivative)
    code = body(found.program(give="value_and_derivative"))
    assert code.count("solve(") == 2 and "inv(" not in code


def test_a_sum_of_entries_needs_no_transpose() -> None:
    found = derive("||tanh(X*W) - Y||_F^2", wrt="W", variables={"X": "m n", "W": "n p", "Y": "m p"})
    assert isinstance(found, Derivative)
    assert ".T)" not in body(found.program(give="value"))

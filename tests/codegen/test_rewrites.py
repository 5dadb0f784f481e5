"""What generated code does to be fast, and that it computes the same."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import Derivative, derive

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
    assert "t2.T @ t2" in d.numpy
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
    assert body(code).count(" - ") == 1


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

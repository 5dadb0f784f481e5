"""Functions of matrices in one another, at small and equal sizes: answers that once were wrong, unreadable or missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, MatcalcError, NotDifferentiable, derive

RNG = np.random.default_rng(7)


def asked(text: str, wrt: str, **more: Any) -> Derivative:
    """The one answer to a request."""
    found = derive(text, wrt=wrt, **more)
    assert isinstance(found, Derivative)
    return found


def slopes(function: Any, x: Any) -> Any:
    """The derivative of every entry by every entry of x, as an array of the axes of the value and those of x."""
    out = np.zeros((*np.shape(function(x)), *x.shape))
    for at in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[at] = 1e-5
        out[(..., *at)] = (function(x + step) - function(x - step)) / 2e-5
    return out


def polar(x: Any) -> Any:
    """The factor U*V^T."""
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    return u @ vt


def test_index_form_of_an_operator_at_sizes_in_numbers() -> None:
    """The unit matrix that an operator is applied to stands with its labels, not as an array of zeros."""
    found = asked("expm(C)", "C", variables={"C": "3 x 3"})
    assert found.text == "expm_frechet(C,eye(3)[:,i]*eye(3)[j,:])[l,k]"
    mixed = asked("sylvester(B, X, Q)", "Q", variables={"B": "m x m", "X": "3 x 3", "Q": "m x 3"}, form="index")
    assert mixed.text == "sylvester(B,X,eye(m)[:,i]*eye(3)[j,:])[l,k]"


@pytest.mark.parametrize(
    ("text", "wrt", "answer"),
    [
        ("sylvester(B, c, q)", "q", "(B + c*I)^-T"),
        ("a^T*sylvester(B, c, q)", "q", "(B + c*I)^-T*a"),
        ("a^T*sylvester(B, c, q)", "B", "-(B + c*I)^-T*a*sylvester(B,c,q)^T"),
    ],
)
def test_an_equation_for_a_column(text: str, wrt: str, answer: str) -> None:
    """An operator on columns is its matrix."""
    found = derive(text, wrt=wrt, variables={"B": "n x n", "c": "scalar", "q": "n", "a": "n"})
    assert found.text == answer


def test_an_equation_of_sizes_in_numbers() -> None:
    found = asked("sylvester(B, X, Q)", "Q", variables={"B": "2 x 2", "X": "1 x 1", "Q": "2 x 1"}, layout="numerator")
    b = RNG.standard_normal((2, 2)) + 3 * np.eye(2)
    assert np.allclose(found.function()(B=b, X=np.array([[0.5]])), np.linalg.inv(b + 0.5 * np.eye(2)))


@pytest.mark.parametrize(
    ("text", "wrt", "answer"),
    [
        ("sum(lagsums(A))", "A", "toeplitz(ones(n))"),
        ("a^T*lagsums(A*B)", "A", "toeplitz(a)*B^T"),
    ],
)
def test_an_operator_from_a_matrix_to_a_column(text: str, wrt: str, answer: str) -> None:
    """An operator with a column on one side is applied to what that column meets."""
    assert asked(text, wrt, variables={"A": "n x n", "B": "n x n", "a": "n"}).text == answer


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3)])
def test_polar_factor_of_every_shape(shape: tuple[int, int]) -> None:
    """Tall, wide and square, as names and as numbers; equal singular values too."""
    m, n = shape
    for declared in ("m x n", f"{m} x {n}"):
        found = asked("tr(A^T*polar(X))", "X", variables={"A": declared, "X": declared})
        for x in (RNG.standard_normal(shape), np.eye(m, n)):
            a = RNG.standard_normal(shape)
            wanted = slopes(lambda y, a=a: np.sum(a * polar(y)), x)
            assert np.allclose(found.function()(A=a, X=x), wanted, atol=1e-8)


def test_functions_of_a_transpose_with_more_operands() -> None:
    found = asked("eigvec(A,1)^T*eigvec(A^T,1)", "A", layout="mixed")
    a = np.diag([1.0, 2.0, 4.0]) + 0.3 * RNG.standard_normal((3, 3))

    def cosine(y: Any) -> Any:
        vectors = [v[:, np.argmin(w.real)].real for w, v in map(np.linalg.eig, (y, y.T))]
        left, right = (v * np.sign(v[np.argmax(np.abs(v))]) for v in vectors)
        return left @ right

    assert np.allclose(found.function()(A=a), slopes(cosine, a), atol=1e-8)
    assert asked("schatten(X^T,1)", "X").text == "polar(X)"


def test_what_a_power_of_a_gram_matrix_takes_for_granted() -> None:
    """The Schatten norm of a wide matrix has a derivative, but not by this formula."""
    assert "X^T*X is invertible" in asked("schatten(X, p)", "X", variables={"p": "scalar"}).assumptions
    assert not any("invertible" in told for told in asked("schatten(X, 4)", "X").assumptions)


@pytest.mark.parametrize("function", ["toeplitz", "normN", "polar", "chol", "vech", "eigvals", "svdvals", "cumsum"])
def test_functions_of_a_number(function: str) -> None:
    """A number is a vector of one entry and a matrix of 1 x 1."""
    found = asked(f"{function}(c)", "c", variables={"c": "scalar positive"})
    wanted = {"chol": 0.25, "polar": 0.0}.get(function, 1.0)
    assert np.isclose(found.function()(c=4.0), wanted)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_pseudoinverse_beside_a_simple_singular_value(target: str) -> None:
    """s^2*I - X*X^T is singular but for rounding, and its pseudoinverse is not one over that rounding."""
    if target != "numpy":
        pytest.importorskip(target)
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    found = asked("sigma_max(X)", "X", order=2, variables={"X": "m x n"})
    for k in range(40):
        x = np.random.default_rng(k).standard_normal((4, 2))
        assert np.max(np.abs(np.asarray(found.function(target)(X=x)))) < 1e4, k


def test_the_smaller_of_two_sizes_is_read_back() -> None:
    """ones(min(m,n)) stands in answers about all singular values of a matrix."""
    found = asked("norm2(tanh(svdvals(W)))", "W", variables={"W": "m x n"}, form="index")
    assert "ones(min([m; n]))" in found.text
    assert asked("sum(svdvals(X))*sum(ones(min(m,n)))", "X", variables={"X": "m x n"}).text == "min([m; n])*polar(X)"
    same = asked("svdvals(X)^T*ones(min([m; n]))", "X", variables={"X": "m x n"})
    assert same.text == "polar(X)"
    assert np.isclose(asked("c*sum(ones(min(m,n)))", "c", variables={"c": "scalar"}).function()(m=3, n=2), 2)


@pytest.mark.parametrize("function", ["max", "min", "norminf"])
def test_no_value_at_a_tie(function: str) -> None:
    """Where the largest entry is attained twice there is no derivative to give a value of."""
    found = asked(f"{function}(x)", "x", variables={"x": "2"})
    with pytest.raises(NotDifferentiable):
        found.at({"x": [1.0, 1.0]})


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_code_of_an_equation_for_a_column(target: str) -> None:
    """Numbers and columns are matrices to the solver of A*Z + Z*B = C."""
    if target != "numpy":
        pytest.importorskip(target)
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    found = asked("a^T*sylvester(B, c, q)", "B", variables={"B": "n x n", "c": "scalar", "q": "n", "a": "n"})
    b, c, q, a = np.array([[2.0, 1.0], [0.5, 3.0]]), 0.5, np.array([1.0, 2.0]), np.array([-1.0, 1.0])
    wanted = slopes(lambda y: a @ np.linalg.solve(y + c * np.eye(2), q), b)
    assert np.allclose(np.asarray(found.function(target)(B=b, c=c, q=q, a=a)), wanted)


def test_code_for_a_matrix_of_three_columns() -> None:
    """A size told as a number is the smallest of the two in helpers too."""
    found = asked("schatten(A, b)", "b", order=2, variables={"A": "n x 3", "b": "scalar positive"})
    s = np.array([3.0, 2.0, 1.0])
    below, here, above = (np.sum(s**p) ** (1 / p) for p in (2.0 - 1e-4, 2.0, 2.0 + 1e-4))
    wanted = (above - 2 * here + below) / 1e-8
    assert np.isclose(found.function()(A=np.diag(s), b=2.0), wanted, atol=1e-6)


@pytest.mark.parametrize("text", ["norm(A, 1)", "np.linalg.norm(A, 1)"])
def test_the_norm_of_order_one_of_a_matrix_is_not_guessed(text: str) -> None:
    """It is the largest column sum in most tools, the sum of all entries in some."""
    with pytest.raises(MatcalcError, match="vector"):
        asked(text, "A", variables={"A": "m x n"})
    assert asked(text.replace("A", "x"), "x", variables={"x": "n"}).text == "sign(x)"

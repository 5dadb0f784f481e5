"""Generated code of matrix functions: right where eigenvalues are repeated or close, and for matrices without eigenvectors enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import backprop, derive
from matcalc.answers.derivative import Derivative


def answer(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


SIZE = 4
REPEATED = np.diag([0.5, 0.5, 2.0, 2.0])
CLOSE = np.diag([0.5, 0.5 + 1e-9, 2.0, 2.0 - 1e-9])
DEFECTIVE = np.array([[2.0, 1.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 3.0]])
ANY = np.array([[2.0, -0.3, 0.2, 0.5], [0.4, 1.5, -0.6, 0.1], [-0.2, 0.3, 2.5, 0.3], [0.1, -0.5, 0.2, 1.8]])


def turned(a: Any) -> Any:
    q, _ = np.linalg.qr(np.random.default_rng(4).standard_normal((SIZE, SIZE)))
    return q @ a @ q.T


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("name", ["expm(A)", "logm(A)", "sqrtm(A)", "powm(A,0.3)", "cosm(A)", "sinm(A)", "sylvester(A,A,E)", "lyap(A,E)"])
@pytest.mark.parametrize("at", [turned(REPEATED), turned(CLOSE), DEFECTIVE, ANY], ids=["repeated", "close", "defective", "any"])
def test_code_is_right_at_repeated_and_close_eigenvalues(name: str, at: Any, target: str) -> None:
    """<G, f(A + h E)> by h, with f from its definition at a matrix that is moved a little: the code has no such point to lean on."""
    module = pytest.importorskip(target)
    if target == "jax":
        module.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(5)
    g, e = rng.standard_normal((2, SIZE, SIZE))
    found = answer(f"d tr(G^T*{name})/dA", variables={"A": "n n", "G": "n n", "E": "n n"})
    gradient = np.asarray(found.function(target)(**{k: v for k, v in {"G": g, "A": at, "E": e}.items() if k in found.needs}))
    value = answer(f"d tr(Y^T*{name})/dY", variables={"A": "n n", "Y": "n n", "E": "n n"}).function()
    way = rng.standard_normal((SIZE, SIZE))

    def quotient(h: float) -> float:
        above, below = (np.sum(g * value(**({"A": at + s * h * way} | ({"E": e} if "E" in name else {})))) for s in (1, -1))
        return float((above - below) / (2 * h))

    slope = (4 * quotient(5e-4) - quotient(1e-3)) / 3
    assert np.sum(gradient * way) == pytest.approx(slope, rel=1e-8 if target == "numpy" else 1e-7)


def test_code_says_what_it_takes_for_granted() -> None:
    source = answer("d a^T*eigvals(S)/dS where S: n x n symmetric").code("numpy", documented=True)
    assert "    assuming the eigenvalues of S are distinct\n" in source
    assert "assuming" not in answer("d sum(log(eigvals(S)))/dS where S: n x n spd").code("numpy", documented=True)


@pytest.mark.parametrize("name", ["expm(A)", "logm(A)", "sqrtm(A)", "powm(A,0.3)", "cosm(A)"])
def test_what_is_not_a_number_stays_so(name: str) -> None:
    """An argument that has no value, such as the root of a matrix that has none, ends no program."""
    value = answer(f"d tr(Y^T*{name})/dY", variables={"A": "n n", "Y": "n n"}).function()
    assert np.all(np.isnan(value(A=np.full((SIZE, SIZE), np.nan))))


ONE_ROW = np.array([[0.7, -1.2, 0.4]])
SINGLE = np.array([[1.7]])
SECOND = [
    ("sigma_max(X)", ONE_ROW, np.eye(3) / np.linalg.norm(ONE_ROW) - ONE_ROW.T @ ONE_ROW / np.linalg.norm(ONE_ROW) ** 3),
    ("sigma_max(X)", ONE_ROW.T, np.eye(3) / np.linalg.norm(ONE_ROW) - ONE_ROW.T @ ONE_ROW / np.linalg.norm(ONE_ROW) ** 3),
    ("lambda_min(X + X^T)", SINGLE, np.zeros((1, 1))),
    ("lambda_max(X + X)", SINGLE, np.zeros((1, 1))),
]


def test_a_matrix_that_is_a_product_is_seen_in_its_square() -> None:
    source = answer("sigma_max(c*u*v^T)", wrt="u", order=2, variables={"u": "m", "v": "n", "c": "scalar"}).code("numpy")
    assert "_resolvent(" in source
    assert "pinv" not in source


@pytest.mark.parametrize("form", ["vec", "index"])
@pytest.mark.parametrize(("text", "at", "expected"), SECOND)
def test_a_single_value_has_no_other_whose_gap_is_rounding(text: str, at: Any, expected: Any, form: str) -> None:
    """The pseudoinverse of the square of a norm less itself is zero, though in numbers some digits are left of it."""
    size = "m x n" if at.shape != (1, 1) else "n x n symmetric"
    found = answer(text, wrt="X", order=2, variables={"X": size}, form=form)
    second = np.asarray(found.function()(X=at)).reshape(expected.shape)
    np.testing.assert_allclose(second, expected, atol=1e-12)


def test_code_of_backprop_takes_no_pseudoinverse_by_a_cutoff() -> None:
    source = derive("d f/dS where f = y^T*eigvec(S,1); S: n x n symmetric; y: n").code("numpy")
    assert "_resolvent(S, 1)" in source
    source = backprop("f = y^T*eigvec(S,1)", wrt=["S"], variables={"S": "n n symmetric", "y": "n"}).code("numpy")
    assert "_resolvent(S, 1)" in source
    assert "pinv" not in source

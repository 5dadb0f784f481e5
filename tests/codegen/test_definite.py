"""Positive definite matrices in generated code: one Cholesky factor for all that is solved with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, codegen, derive

RIDGE = "d ||A*(X^T*X + c*I)^-1*X^T*y - b||^2/dc where c: scalar positive"
PROCESS = "d (1/2*y^T*(K + s^2*I)^-1*y + 1/2*logdet(K + s^2*I))/ds where K: n x n psd; s: scalar positive"
DISTANCE = "d (x - m)^T*S^-1*(x - m)/dx where S: n x n spd; m: n; x: n"
NORMAL = "d (logdet(S) + x^T*S^-1*x)/dS where S: n x n spd; x: n"
PRECISION = "d tr(S^-1*A)/dA where S: n x n spd"


def derived(request: str) -> Derivative:
    found = derive(request)
    assert isinstance(found, Derivative)
    return found


def statements(request: str, target: str) -> str:
    return derived(request).code(target).rpartition("raise ValueError")[2]


@pytest.mark.parametrize(
    ("request_", "target", "present"),
    [
        (DISTANCE, "numpy", "_definite_solve(_cholesky(S), "),
        (DISTANCE, "jax", "jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(S), True), "),
        (DISTANCE, "torch", "_definite_solve(torch.linalg.cholesky(S), "),
        (DISTANCE, "matlab", "(S\\"),
        (PRECISION, "numpy", "_definite_inverse(_cholesky(S))"),
        (PRECISION, "torch", "torch.cholesky_inverse(torch.linalg.cholesky(S))"),
        (PRECISION, "jax", "jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(S), True), jnp.eye("),
        (PROCESS, "numpy", "_definite_inverse("),
        ("d (x - m)^T*S^-1*(x - m)/dx where S: n x n symmetric; m: n; x: n", "numpy", "np.linalg.solve(S, "),
        ("d (x - m)^T*(A^T*A)^-1*(x - m)/dx where m: n; x: n", "numpy", "np.linalg.solve("),
    ],
)
def test_a_definite_matrix_is_factored(request_: str, target: str, present: str) -> None:
    assert present in statements(request_, target)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_all_that_is_solved_shares_the_factor(target: str) -> None:
    assert statements(RIDGE, target).count("cholesky(") == 1


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_a_logarithm_of_a_determinant_shares_it_too(target: str) -> None:
    code = derived(NORMAL).program(target, give="value_and_derivative").rpartition("raise ValueError")[2]
    assert code.count("cholesky(") == 1 and "slogdet" not in code


@pytest.mark.parametrize("with_scipy", [True, False])
@pytest.mark.parametrize("n", [1, 4, 150])
def test_the_value_of_the_logarithm(n: int, with_scipy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if with_scipy:
        pytest.importorskip("scipy")
    else:
        monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    s, x = values(n)["S"], values(n)["b"]
    function = codegen.compile_function(derived(NORMAL).program(give="value_and_derivative"), "value_and_derivative")
    value, gradient = function(S=s, x=x)
    np.testing.assert_allclose(value, np.linalg.slogdet(s)[1] + x @ np.linalg.inv(s) @ x, rtol=1e-9)
    z = np.linalg.inv(s) @ x
    np.testing.assert_allclose(gradient, np.linalg.inv(s) - np.outer(z, z), rtol=1e-8, atol=1e-8)


def test_other_languages_have_the_function_itself() -> None:
    assert "logdet_(S)" in statements("d logdet(S)^2/dS where S: n x n spd", "matlab")


VOLUME = """
[volume]
kind = "explicit"
args = ["A: n x n"]
value = "scalar"
d = "tr(A^-1*dA)"
domain = "invertible"
numpy = "np.linalg.slogdet({A})[1]"
jax = "jnp.linalg.slogdet({A})[1]"
definite = { numpy = "2*np.sum(np.log(np.diag({L})))" }
source = "Magnus and Neudecker (2019) section 8.3"
"""


@pytest.mark.parametrize("target", ["numpy", "jax"])
def test_without_a_template_for_every_library_it_is_the_function_itself(target: str, tmp_path: Path) -> None:
    book = tmp_path / "volume.toml"
    book.write_text(VOLUME)
    found = derive("d volume(S)^2/dS where S: n x n spd", rules=book)
    assert isinstance(found, Derivative)
    assert "linalg.slogdet(S)[1]" in found.code(target)


def values(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(n)
    k, s = rng.standard_normal((2, n, n))
    point = {"K": k @ k.T / n, "S": s @ s.T / n + np.eye(n), "s": 0.7, "c": 0.5, "A": rng.standard_normal((n, n))}
    return point | {"X": rng.standard_normal((n + 3, n)), "y": rng.standard_normal(n), "b": rng.standard_normal(n)}


def expected(request: str, p: dict[str, Any], n: int) -> Any:
    inv = np.linalg.inv
    if request is DISTANCE:
        return 2 * inv(p["S"]) @ (p["x"] - p["m"])
    if request is PRECISION:
        return inv(p["S"])
    if request is PROCESS:
        i = inv(p["K"] + 0.49 * np.eye(n))
        return 0.7 * (np.trace(i) - p["y"] @ i @ i @ p["y"])
    h = inv(p["X"].T @ p["X"] + 0.5 * np.eye(n))
    w = h @ p["X"].T @ p["y"]
    return -2 * (p["A"] @ w - p["b"]) @ p["A"] @ h @ w


@pytest.mark.parametrize("with_scipy", [True, False])
@pytest.mark.parametrize("n", [1, 2, 5, 150])
@pytest.mark.parametrize("request_", [DISTANCE, PRECISION, PROCESS, RIDGE])
def test_the_value(request_: str, n: int, with_scipy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if with_scipy:
        pytest.importorskip("scipy")
    else:
        monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    point = values(n)
    point |= {"x": point["b"], "m": np.ones(n)}
    if request_ is RIDGE:
        point["y"] = np.arange(n + 3.0)
    function = derived(request_).function()
    found = function(**{name: point[name] for name in codegen.parameters_of(function)})
    np.testing.assert_allclose(found, expected(request_, point, n), rtol=1e-8)


@pytest.mark.parametrize("target", ["jax", "torch"])
@pytest.mark.parametrize("request_", [DISTANCE, PRECISION, PROCESS, RIDGE])
def test_the_value_elsewhere(request_: str, target: str) -> None:
    module = pytest.importorskip(target)
    module.config.update("jax_enable_x64", True) if target == "jax" else module.set_default_dtype(module.float64)
    point = values(5)
    point |= {"x": point["b"], "m": np.ones(5)}
    if request_ is RIDGE:
        point["y"] = np.arange(8.0)
    function = derived(request_).function(target)
    found = function(**{name: point[name] for name in codegen.parameters_of(function)})
    np.testing.assert_allclose(np.asarray(found), expected(request_, point, 5), rtol=1e-8)


def test_a_complex_right_side_is_solved_with_the_matrix_itself() -> None:
    code = derived("d z^H*S^-1*z/dconj(z) where z: n complex; S: n x n spd").numpy
    assert "np.linalg.solve(S, " in code

"""Code of complex derivatives: real arrays stay real and take no complex numbers, and values are those of the evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.errors import BrokenProperty
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.random_points import Point

KINDS = {
    "A": "m n complex", "B": "n m complex", "S": "n n hermitian", "Z": "m n complex", "W": "n n complex invertible", "a": "n complex",
    "z": "n complex", "y": "m", "c": "scalar complex", "t": "scalar", "R": "m n",
}  # fmt: skip
REQUESTS = [
    "d tr(B*Z)/dZ",
    "d sum((abs(A*z).^2 - y).^2)/dconj(z)",
    "grad_z (z^H*S*z)",
    "d W^-1/dW",
    "d Z*Z^H/dconj(Z)",
    "d real(a^T*exp(t*z))/dt",
    "d tr(B^H*Z^H)/d imag(Z)",
    "d abs(c)/dc",
    "d norm2(R*z-y)^2/dconj(z)",
    "d abs(R*z)/dz",
    "d log(det(eye(m)+Z*Z^H))/dconj(Z)",
    "d arg(c)/dconj(c)",
    "d (a.*exp(1j*t*z))/dt",
    "d tr(R^T*real(Z))/dZ",
    "d (Z .* conj(Z))/dZ",
    "d (kron(Z,z))/dz",
    "d [1j*t; t^2]/dt",
    "d tr((z*a^H + diag(z))*W)/dz",
    "d (W*abs(z))/dconj(z)",
    "d tr(W^3)/dW",
]
SIZES = {"m": 3, "n": 4}


def answer(request: str) -> Derivative:
    found = derive(request, variables={k: v for k, v in KINDS.items() if k in request})
    assert isinstance(found, Derivative)
    return found


def point_of(d: Derivative) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    found = {}
    for v in d.parameters:
        shape = tuple(SIZES[str(s)] for s in v.shape if str(s) in SIZES)
        value = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if v.has_complex else 0)
        found[v.data.name] = value @ value.conj().T + np.eye(4) if v.data.name == "S" else value
    return found


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("request_", REQUESTS)
def test_code_has_the_value_of_the_answer(request_: str, target: str) -> None:
    if target != "numpy":
        library = pytest.importorskip(target)
        if target == "jax":
            library.config.update("jax_enable_x64", True)
    d = answer(request_)
    at = point_of(d)
    if d.expr is None:
        expected = np.asarray(d.function()(**at))
    else:
        point = Point({k: v if np.ndim(v) else v[()] for k, v in at.items()}, SIZES, {})
        expected = np.squeeze(Program([d.expr])(point.values, point.sizes, point.unknowns)[0])
    np.testing.assert_allclose(np.squeeze(np.asarray(d.function(target)(**at))), expected, rtol=1e-6, atol=1e-6)


def test_a_real_variable_takes_no_complex_numbers() -> None:
    d = answer("d norm2(R*z-y)^2/dconj(z)")
    at = point_of(d)
    scope: dict[str, Any] = {}
    exec(d.code(), scope)
    with pytest.raises(ValueError, match="expected real numbers for R and y, got complex"):
        scope["derivative"](**at | {"R": at["R"] * 1j})
    with pytest.raises(BrokenProperty, match="R is a variable of real numbers"):
        d.function()(**at | {"R": at["R"] * 1j})


def test_the_function_of_a_real_request_takes_no_complex_numbers() -> None:
    d = derive("d norm2(R*x)^2/dx")
    assert isinstance(d, Derivative)
    with pytest.raises(BrokenProperty, match="x is a variable of real numbers"):
        d.function()(R=np.eye(2), x=np.array([1j, 2]))


def test_a_hermitian_variable_is_looked_at_as_complex() -> None:
    d = answer("grad_z (z^H*S*z)")
    f, z, s = d.function(), np.array([1j, 2]), np.array([[2, 1j], [-1j, 3]])
    np.testing.assert_allclose(f(S=s, z=z), 2 * s @ z)
    with pytest.raises(BrokenProperty, match="S is declared hermitian"):
        f(S=np.array([[2, 1j], [1j, 3]]), z=z)


def test_a_real_value_is_returned_in_real_numbers() -> None:
    d = answer("d real(a^T*exp(t*z))/dt")
    assert np.asarray(d.function()(**point_of(d))).dtype == np.float64
    power = answer("d (t^2*(z^H*S*z))/dt")
    assert "np.real(" in power.code()
    assert isinstance(power.function()(**point_of(power)).item(), float)

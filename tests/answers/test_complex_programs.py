"""What an optimiser calls, by complex variables, against differences in real and imaginary parts; and what is said of its conventions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, derive
from matcalc.answers.selftest import code_of
from matcalc.codegen.modules import run
from matcalc.errors import UsageError

KINDS = {
    "A": "m n complex", "S": "n n hermitian", "Z": "m n complex", "z": "n complex", "y": "m complex", "c": "scalar complex", "t": "scalar",
}  # fmt: skip
RNG = np.random.default_rng(3)
SIZES = {"m": 3, "n": 4}
REAL = ["grad_z (z^H*S*z)", "grad_z ||A*z-y||^2", "d log(det(I+Z*Z^H))/dconj(Z)", "d sum(abs(A*z).^4)/dz", "d abs(c)^3/dc"]
ARRAYS = ["d (A*conj(z) + y)/dz", "d (Z*Z^H)/dconj(Z)", "d (exp(t*z) .* conj(z))/dz", "d (t*z^H*S^2*z + 1j*t^2)/dt", "d z^T*S*z/dz"]


def _answer(request: str) -> Derivative:
    found = derive(request, variables={k: v for k, v in KINDS.items() if k in request})
    assert isinstance(found, Derivative)
    return found


def _array(shape: tuple[int, ...], is_complex: bool) -> Any:
    return RNG.standard_normal(shape) + (1j * RNG.standard_normal(shape) if is_complex else 0)


def _point(d: Derivative) -> dict[str, Any]:
    found = {}
    for v in d.parameters:
        value = _array(tuple(SIZES[str(s)] for s in v.shape if str(s) in SIZES), v.has_complex)
        found[v.data.name] = value + value.conj().T if v.data.name == "S" else value
    return found


def _moved(d: Derivative, f: Any, at: dict[str, Any], way: Any, h: float = 1e-6) -> Any:
    ahead, behind = (f(**{**at, d.wrt: at[d.wrt] + s * h * way}) for s in (1, -1))
    return (np.asarray(ahead) - np.asarray(behind)) / (2 * h)


@pytest.mark.parametrize("request_", REAL)
def test_the_hessian_product_is_the_slope_of_the_gradient(request_: str) -> None:
    d = _answer(request_)
    at = _point(d)
    asked = f"grad_{d.wrt} " + request_.partition(" ")[2].rpartition("/")[0] if request_.startswith("d ") else request_
    gradient = _answer(asked).function()
    needed = {v.data.name for v in d.parameters}
    way = _array(np.shape(at[d.wrt]), True)
    found = d.function("numpy", "hvp")(**at, v=way)
    slope = _moved(d, lambda **a: gradient(**{k: v for k, v in a.items() if k in needed}), at, way)
    np.testing.assert_allclose(found, slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("request_", [*REAL, *ARRAYS])
def test_products_with_directions_and_cotangents(request_: str, target: str) -> None:
    pytest.importorskip(target)
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    d = _answer(request_)
    at, f = _point(d), d.function("numpy", "value")
    way = _array(np.shape(at[d.wrt]), np.iscomplexobj(at[d.wrt]))
    slope = _moved(d, f, at, way)
    np.testing.assert_allclose(np.asarray(d.function(target, "jvp")(**at, v=way)), slope, rtol=1e-5, atol=1e-7)
    y = np.asarray(f(**at))
    g = _array(y.shape, np.iscomplexobj(y))
    back = np.asarray(d.function(target, "vjp")(**at, g=g))
    np.testing.assert_allclose(np.sum(np.conj(back) * way).real, np.sum(np.conj(g) * slope).real, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_what_is_said_of_a_library_is_so(target: str) -> None:
    library = pytest.importorskip(target)
    told = _answer("grad_z (z^H*S*z)").code(target, documented=True)
    s, z = np.array([[2, 1j], [-1j, 3]]), np.array([1 + 2j, 3 - 1j])
    ours = _answer("grad_z (z^H*S*z)").function()(S=s, z=z)
    if target == "jax":
        library.config.update("jax_enable_x64", True)
        theirs = library.grad(lambda x: (library.numpy.conj(x) @ s @ x).real)(z)
        assert "jax.grad of the function returns the conjugate of this" in told
        np.testing.assert_allclose(np.asarray(theirs), np.conj(ours))
    else:
        x = library.tensor(z, requires_grad=True)
        (x.conj() @ library.tensor(s) @ x).real.backward()
        assert "backward() of the function leaves this in z.grad" in told
        np.testing.assert_allclose(x.grad.numpy(), ours)


def test_the_docstring_tells_what_is_returned() -> None:
    d = _answer("d log(det(I+Z*Z^H))/dconj(Z)")
    assert "this is the derivative by conj(Z) where Z is held constant" in d.code("numpy", documented=True)
    assert "twice the conjugate of this" in d.code("jax", documented=True)
    assert "leaves twice this in Z.grad" in d.code("torch", documented=True)
    assert "jax.grad" not in _answer("d (A*z)/dz").code("jax", documented=True)
    assert "this is" not in derive("d x^T*x/dx").code("jax", documented=True)


@pytest.mark.parametrize(
    ("request_", "give", "told"),
    [
        ("d (z^T*S*z)/dz", "hvp", "real, and this one is not known to be"),
        ("d tr(Z*Z^H)/d real(Z)", "jvp", "by the real or the imaginary part"),
        ("d^2 (z^H*S*z)/(dconj(z) dz^T)", "hvp", "second derivative by complex variables"),
    ],
)
def test_what_there_is_not_is_refused(request_: str, give: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        _answer(request_).program(give=give)


def test_complex_dtypes() -> None:
    d = _answer("d ||A*z-y||^2/dconj(z)")
    assert "dtype=np.complex64" in d.program(dtype="complex64") and "dtype=np.complex64" in d.program(dtype="float32")
    assert "dtype=torch.complex128" in d.program("torch", dtype="complex128")
    with pytest.raises(UsageError, match="no variable is complex"):
        derive("d x^T*x/dx").program(dtype="complex128")


OTHERS = ["d tr(Z)/d imag(Z) where Z: n n complex", "d^2 (z^H*S*z)/(dconj(z) dz^T)", "d^2 sum(abs(z).^4)/(dz dz^T)"]


@pytest.mark.parametrize("request_", [*REAL, *ARRAYS[1:], *OTHERS])
def test_a_module_tests_itself(request_: str) -> None:
    if " where " in request_:
        d = derive(request_)
        assert isinstance(d, Derivative)
    else:
        d = _answer(request_)
    source = code_of([d], "numpy", tested=True)
    assert run(source)
    assert not run(source.replace("value = np.asarray(derivative(", "value = (1 + 1j)*np.asarray(derivative("))

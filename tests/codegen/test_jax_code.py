"""Code for JAX: what is added to the diagonal of a factor of a Kronecker product is written into it."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import Derivative, codegen, derive

HESSIAN = "d^2 logsumexp(W*x)/dW^2"


def code(request: str, form: str = "vec") -> str:
    found = derive(request, form=form)
    assert isinstance(found, Derivative)
    return found.code("jax")


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (HESSIAN, "jnp.kron(jnp.outer(x, x), (-jnp.outer(p, p)).at[jnp.diag_indices(m)].add(p))"),
        ("d (X*(A - diag(w)))/dX", "jnp.kron(A.at[jnp.diag_indices(n)].add(-w), jnp.eye(m))"),
        ("d (X*(A + diag(w) - diag(v)))/dX", "jnp.kron(A.at[jnp.diag_indices(n)].add(-(v - w)), jnp.eye(m))"),
        ("d (X*diag(w))/dX", "jnp.kron(jnp.diag(w), jnp.eye(m))"),
        ("d tr(X^T*(A - diag(w))*X)/dX", "(A + A.T - jnp.diag(2*w)) @ X"),
    ],
)
def test_a_diagonal_of_a_factor(request_: str, told: str) -> None:
    assert told in code(request_, "vec" if "kron" in told else "auto")


def test_an_array_of_real_numbers_holds_no_complex_diagonal() -> None:
    found = derive("d (X*(A + diag(w)))/dX", form="vec", variables=["w: n complex", "A: n n", "X: m n"])
    assert isinstance(found, Derivative)
    assert "jnp.kron(A + jnp.diag(w), jnp.eye(m))" in found.code("jax")


def test_it_is_what_numpy_has() -> None:
    pytest.importorskip("jax").config.update("jax_enable_x64", True)
    found = derive(HESSIAN, form="vec")
    assert isinstance(found, Derivative)
    rng = np.random.default_rng(0)
    given = {"W": rng.normal(size=(3, 4)), "x": rng.normal(size=4)}
    by_jax, by_numpy = (codegen.compile_function(found.code(target))(**given) for target in ("jax", "numpy"))
    assert np.allclose(by_jax, by_numpy, rtol=1e-12)

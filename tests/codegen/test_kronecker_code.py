"""Kronecker products in generated code: written straight into their axes, beside an identity into zeros."""

from __future__ import annotations

import tracemalloc
from itertools import product
from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, codegen, derive
from matcalc.numbers.evaluate import evaluate

REQUESTS = [
    "d^2 logdet(X)/dX^2", "d X^-1/dX", "d (A*X)/dX", "d (X*B)/dX", "d (A*X*B)/dX", "d (A*X*X^T)/dX", "d X^T*A*X/dX", "d (X*A*X + 3*X)/dX",
    "d (A*X + X*B)/dX", "d^2 ||X - U*V^T||_F^2/dU^2", "d^2 tr(X*A*X*B)/dX^2", "d X^T/dX", "d 2*A*X^T/dX", "d X^T*B/dX", "d kron(x,y)/dx",
    "d x^T*A*X/dX", "d X*x/dX", "d (x*x^T)/dx", "d (x - x*x^T*x)/dx", "d (x*y^T*x + 2*x.*y)/dx", "d x/norm2(x)/dx", "d (A*x - x.*y)/dx",
    "d (X*X^T*X - c*X)/dX where c: scalar", "d^2 (-1/2*logdet(S) - 1/2*(x - mu)^T*S^-1*(x - mu))/dS^2 where mu: n; x: n; S: n x n",
    "d^2 sum(exp(A*X))/dX^2", "d (A.*X*B)/dX", "d (X + X^T)*A/dX", "d A*(X - X^T)*B/dX where X: n x n",
    "d^2 (||A*x - b||^2 + c*||x||^2)/dx^2 where c: scalar", "d (x*y)/dy where x: n; y: 1 x m",
    "d X*diag(x)*X^T/dX", "d tr(X^T*X)*X/dX", "d vec(X)*y^T*x/dX",
    # An array that is written into and read elsewhere.
    "d^2 logsumexp(b)^2/db^2", "d^2 gelu_cdf(a)^T*softplus(A*a)/da^2 where A: n x n",
    "d^2 tr(A*pinv(X))/dX^2 where X: n x n",
]  # fmt: skip
SHAPES = [(3, 4, 2, 5), (3, 3, 3, 3), (1, 1, 1, 1), (1, 4, 2, 3), (4, 1, 3, 1), (2, 5, 1, 4)]


def at_sizes(d: Derivative, sizes: tuple[int, ...], target: str) -> tuple[Any, Any]:
    """The value of the code and of the expression where the sizes are these, in their order by name."""
    rng = np.random.default_rng(7)
    names = sorted({str(s) for v in d.parameters for n in v.shape for s in n.free_symbols})
    told = {name: sizes[k % len(sizes)] for k, name in enumerate(names)}
    values = {v.data.name: drawn(v, told, rng) for v in d.parameters}
    assert d.expr is not None
    expected = evaluate([d.expr], values, told, {})[0]
    function = d.function(target)
    given = {name: values[name] if name in values else told[name] for name in codegen.parameters_of(function)}
    found = np.asarray(function(**given))
    return found, np.reshape(expected, found.shape) if found.size == np.size(expected) else expected


def drawn(v: Any, sizes: dict[str, int], rng: np.random.Generator) -> Any:
    shape = [int(n.subs({s: sizes[str(s)] for s in n.free_symbols})) for n in v.shape if n != 1]
    made = rng.standard_normal(shape)
    square = len(shape) == 2 and shape[0] == shape[1]
    made = made + 3 * np.eye(shape[0]) if square else made
    return made + made.T if v.data.name == "S" else made


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("request_", REQUESTS)
def test_every_shape_has_the_value_of_the_expression(request_: str, target: str) -> None:
    if target != "numpy":
        module = pytest.importorskip(target)
        module.config.update("jax_enable_x64", True) if target == "jax" else module.set_default_dtype(module.float64)
    for layout, form in product(("numerator", "denominator", "mixed"), ("auto", "vec")):
        d = derive(request_, layout=layout, form=form, check=False)
        assert isinstance(d, Derivative)
        for sizes in SHAPES:
            found, expected = at_sizes(d, sizes, target)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * (1 + np.max(np.abs(expected))))


PICKED = "d exp(t*(kron(x^T,B)*v)[2:3])/dt where x: p; B: m x n; v: p*n; t: scalar"
TEXTS = [
    ("d^2 logdet(X)/dX^2", ["_commuted_kron(-t1.T, t1)"], ["_commuted(", "np.kron"]),
    ("d^2 ||X - U*V^T||_F^2/dU^2", ['_diagonals(t1, m, "ikjk")[:] = 2*(V.T @ V)'], ["np.eye", "kron(V"]),
    ("d (A*X + X*B)/dX", ["np.zeros((m*n, m*n))", '"kikj")[:] += A', '"ikjk")[:] += B'], ["np.eye"]),
    ("d X^T*A*X/dX", ['"kikj")', '"kijk")'], ["np.eye", "_commuted("]),
    ("d (A*X*X^T)/dX", ["_diagonals("], ["np.eye", "_commuted("]),
    ("d (x - x*x^T*x)/dx", ["np.outer(-2*x, x)", "+= 1 - x @ x"], ["np.eye"]),
    ("d^2 (||A*x - b||^2 + c*||x||^2)/dx^2 where c: scalar", ["+= c"], ["np.eye"]),
    ("d kron(x,y)/dA where x: n", [], ["kron"]),
    ("d t*kron(A,B)*v/dt where A: l x p; B: m x n; v: p*n; t: scalar", ["(A @ v.reshape(p, n) @ B.T)"], []),
    ("d t*kron(A,B)*v/dt where A: 90 x 2; B: 3 x 80; v: 160; t: scalar", ["(A @ (v.reshape(2, 80) @ B.T))"], []),
    ("d t*kron(A,B)*v/dt where A: 2 x 90; B: 80 x 3; v: 270; t: scalar", ["(A @ v.reshape(90, 3) @ B.T)"], []),
    (PICKED, ["x[None, :] @ v.reshape(p, n) @ B.T"], ["kron", "eye"]),
]


@pytest.mark.parametrize(("request_", "present", "absent"), TEXTS)
def test_what_is_written(request_: str, present: list[str], absent: list[str]) -> None:
    d = derive(request_)
    assert isinstance(d, Derivative)
    statements = d.numpy.rpartition("raise ValueError")[2]
    assert all(text in statements for text in present), statements
    assert not any(text in statements for text in absent), statements


@pytest.mark.parametrize(("rows", "columns"), [((90, 3), (2, 80)), ((2, 80), (90, 3)), ((4, 5), (5, 4))])
def test_a_kronecker_product_beside_a_vector_is_multiplied_in_either_order(rows: tuple[int, int], columns: tuple[int, int]) -> None:
    (k, m), (p, n) = rows, columns
    d = derive(f"d t*kron(A,B)*v/dt where A: {k} x {p}; B: {m} x {n}; v: {p * n}; t: scalar")
    assert isinstance(d, Derivative)
    rng = np.random.default_rng(5)
    a, b, v = rng.standard_normal((k, p)), rng.standard_normal((m, n)), rng.standard_normal(p * n)
    np.testing.assert_allclose(d.function()(A=a, B=b, v=v), np.kron(a, b) @ v, rtol=1e-9, atol=1e-9)
    d = derive(f"d t*u^T*kron(A,B)/dt where A: {k} x {p}; B: {m} x {n}; u: {k * m}; t: scalar")
    assert isinstance(d, Derivative)
    u = rng.standard_normal(k * m)
    np.testing.assert_allclose(d.function()(A=a, B=b, u=u), u @ np.kron(a, b), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("request_", ["d^2 logdet(X)/dX^2", "d (A*X + X*B)/dX", "d X^T*A*X/dX", "d^2 ||X - U*V^T||_F^2/dU^2"])
def test_there_is_no_second_array_of_the_size_of_the_result(request_: str) -> None:
    d = derive(request_)
    assert isinstance(d, Derivative)
    n = 30
    function = d.function()
    given = {name: np.random.default_rng(1).standard_normal((n, n)) for name in codegen.parameters_of(function)}
    tracemalloc.start()
    found = function(**given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.1 * found.nbytes


def test_complex_blocks_are_complex() -> None:
    d = derive("d (A*Z + Z*B)/dZ where Z: n x m complex; A: n x n complex; B: m x m")
    assert isinstance(d, Derivative)
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3)), rng.standard_normal((2, 2))
    expected = np.kron(np.eye(2), a) + np.kron(b.T, np.eye(3))
    np.testing.assert_allclose(d.function()(A=a, B=b), expected.T)

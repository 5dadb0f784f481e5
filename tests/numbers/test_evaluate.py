"""Values of expressions on arrays, against NumPy written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc.algebra import add, entry, epow, fun, had, inner, inverse, mul, negative, power, transpose
from matcalc.algebra.node import Expr, Unknown, array, comm, const, eye, node, ones, sym, unit
from matcalc.book.sizes import ONE, SCALAR, dim
from matcalc.numbers.evaluate import evaluate

m, n = dim("m"), dim("n")
A, S, X = sym("A", (m, n)), sym("S", (n, n)), sym("X", (n, n))
x, y, r, s = sym("x", (n, ONE)), sym("y", (n, ONE)), sym("r", (ONE, n), 2), sym("s", SCALAR)
SIZES = {"m": 3, "n": 4}
rng = np.random.default_rng(7)
V: dict[str, Any] = {
    "A": rng.normal(size=(3, 4)),
    "S": (lambda q: q @ q.T + np.eye(4))(rng.normal(size=(4, 4))),
    "X": rng.normal(size=(4, 4)),
    "x": rng.normal(size=4),
    "y": rng.normal(size=4),
    "r": rng.normal(size=(1, 4)),
    "s": 0.7,
}
vA, vS, vX, vx, vy, vr = (V[k] for k in "ASXxyr")


def value(e: Expr) -> Any:
    return evaluate([e], V, SIZES)[0]


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (mul(A, x), vA @ vx),
        (mul(transpose(x), transpose(A)), vA @ vx),
        (inner([transpose(x), S, y]), vx @ vS @ vy),
        (mul(x, transpose(y)), np.outer(vx, vy)),
        (mul(x, transpose(x), X, y, transpose(y)), np.outer(vx, vx) @ vX @ np.outer(vy, vy)),
        (mul(r, X), vr[0] @ vX),
        (mul(const("-3/2"), s, X), -1.05 * vX),
        (mul(const(n), x), 4 * vx),
        (mul(fun("diag", x), X), np.diag(vx) @ vX),
        (mul(A, ones(n, m)), np.outer(vA.sum(axis=1), np.ones(3))),
        (add(X, eye(n)), vX + np.eye(4)),
        (had(x, epow(y, -1)), vx / vy),
        (epow(x, 3), vx**3),
        (power(s, const("1/2")), np.sqrt(0.7)),
        (inverse(X), np.linalg.inv(vX)),
        (power(X, 3), vX @ vX @ vX),
        (power(X, -2), np.linalg.inv(vX @ vX)),
        (power(X, const(n)), np.linalg.matrix_power(vX, 4)),
        (mul(power(S, const("1/2")), power(S, const("1/2"))), vS),
        (mul(fun("sqrtm", S), fun("sqrtm", S)), vS),
        (fun("expm", fun("logm", S)), vS),
        (fun("kron", x, A), np.kron(vx[:, None], vA)),
        (fun("kron", x, fun("vec", A)), np.kron(vx, vA.ravel(order="F"))),
        (fun("vec", A), vA.ravel(order="F")),
        (node("vec", (transpose(A),), None, (m * n, ONE)), vA.ravel()),
        (fun("diagv", X), np.diag(vX)),
        (fun("tr", X), np.trace(vX)),
        (fun("sum", A), vA.sum()),
        (fun("det", X), np.linalg.det(vX)),
        (fun("adj", X), np.linalg.det(vX) * np.linalg.inv(vX)),
        (fun("pinv", A), np.linalg.pinv(vA)),
        (fun("pinv", x), vx / (vx @ vx)),
        (fun("normF", A), np.linalg.norm(vA)),
        (fun("softmax", x), np.exp(vx) / np.exp(vx).sum()),
        (fun("logsumexp", x), np.log(np.exp(vx).sum())),
        (entry(A, 2, 3), vA[1, 2]),
        (entry(x, 2, 1), vx[1]),
        (entry(r, 1, 2), vr[0, 1]),
        (unit(2, n), np.eye(4)[1]),
        (array([[s, const(1)], [const(2), s]]), np.array([[0.7, 1], [2, 0.7]])),
        (array([[s], [const(2)]]), np.array([0.7, 2])),
    ],
    ids=repr,
)
def test_value(e: Expr, expected: Any) -> None:
    found = value(e)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def test_commutation_matrix() -> None:
    np.testing.assert_allclose(value(comm(m, n)) @ vA.ravel(order="F"), vA.ravel())


@pytest.mark.parametrize(
    "e",
    [
        inverse(mul(x, transpose(x))),
        fun("logm", mul(const(-1), fun("diag", had(x, x)))),
        power(mul(const(-1), power(s, 2)), const("1/2")),
        fun("log", mul(const(-1), power(s, 2))),
        entry(x, 9, 1),
    ],
    ids=repr,
)
def test_where_there_is_no_value_the_result_is_not_finite(e: Expr) -> None:
    assert not np.isfinite(value(e)).any() or np.abs(value(e)).max() > 1e12


def test_unknown_functions_are_given_stand_ins() -> None:
    unknown = Unknown("sigma", "elementwise", 1)
    e = node("call", (x,), unknown, x.shape)
    found = evaluate([e], V, SIZES, {("sigma", "elementwise", 1): np.cos})[0]
    np.testing.assert_allclose(found, np.cos(vx))


def test_dimensions_that_happen_to_be_one() -> None:
    one = {"m": 1, "n": 1}
    values = {"A": np.array([[2.0]]), "x": np.array([3.0]), "X": np.array([[5.0]])}
    assert evaluate([mul(A, x)], values, one)[0].shape == (1,)
    assert evaluate([mul(x, transpose(x))], values, one)[0].shape == (1, 1)
    assert evaluate([inner([transpose(x), X, x])], values, one)[0] == 45


def test_deep_expressions() -> None:
    e = x
    for _ in range(5000):
        e = fun("sin", add(e, x))
    assert value(e).shape == (4,)


def test_what_has_no_value_is_nan() -> None:
    assert np.isnan(value(power(add(const(1), negative(const(n))), const("1/2"))))
    assert np.isnan(value(fun("expm", mul(power(const(10), const(400)), X)))).all()

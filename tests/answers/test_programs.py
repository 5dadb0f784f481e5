"""What an optimiser calls, against differences of plain functions of the same arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, derive
from matcalc.errors import UsageError

Arrays = Mapping[str, Any]
RNG = np.random.default_rng(5)
M, N, K = 4, 3, 2


def _arrays(**shapes: Any) -> dict[str, Any]:
    return {name: RNG.standard_normal(shape) for name, shape in shapes.items()}


def _softmax(t: Any) -> Any:
    return np.exp(t) / np.sum(np.exp(t))


# The request, the same function in NumPy, and its arrays; the variables of the request move.
SCALARS: dict[str, tuple[Callable[[Arrays], Any], dict[str, Any]]] = {
    "d ||X*w-y||^2/dw": (lambda a: np.sum((a["X"] @ a["w"] - a["y"]) ** 2), _arrays(X=(M, N), w=N, y=M)),
    "d sum(log(1+exp(X*w)))/dw where X: m x n": (lambda a: np.sum(np.log1p(np.exp(a["X"] @ a["w"]))), _arrays(X=(M, N), w=N)),
    "d ||A-U*V^T||_F^2/d(U,V) where U: m x k, V: n x k": (
        lambda a: np.sum((a["A"] - a["U"] @ a["V"].T) ** 2),
        _arrays(A=(M, N), U=(M, K), V=(N, K)),
    ),
    "d sum(tanh(W*x+b))/d(W,x,b) where W: m x n": (lambda a: np.sum(np.tanh(a["W"] @ a["x"] + a["b"])), _arrays(W=(M, N), x=N, b=M)),
    "d c*exp(c*t)/d(c,t) where c: scalar, t: scalar": (lambda a: a["c"] * np.exp(a["c"] * a["t"]), {"c": 0.7, "t": 0.4}),
    "d logsumexp(v)/dv where v: n": (lambda a: np.log(np.sum(np.exp(a["v"]))), _arrays(v=N)),
}
ARRAYS: dict[str, tuple[Callable[[Arrays], Any], dict[str, Any]]] = {
    "d tanh(W*x)/d(W,x) where W: m x n": (lambda a: np.tanh(a["W"] @ a["x"]), _arrays(W=(M, N), x=N)),
    "d softmax(x)/dx where x: n": (lambda a: _softmax(a["x"]), _arrays(x=N)),
    "d X^T*A*X/dX where X: n x k, A: n x n": (lambda a: a["X"].T @ a["A"] @ a["X"], _arrays(X=(N, K), A=(N, N))),
    "d t*A/dt where A: m x n, t: scalar": (lambda a: a["t"] * a["A"], {"t": 0.3, **_arrays(A=(M, N))}),
}


def _variables(request: str) -> list[str]:
    d = derive(request)
    return [r.wrt for r in (d if isinstance(d, tuple) else (d,))]


def _slope(f: Callable[[Arrays], Any], a: dict[str, Any], moves: Arrays, h: float = 1e-6) -> Any:
    """The derivative along moves."""
    ahead, behind = ({name: v + s * h * moves.get(name, 0) for name, v in a.items()} for s in (1, -1))
    return (np.asarray(f(ahead)) - np.asarray(f(behind))) / (2 * h)


def _named(result: Any, names: list[str]) -> dict[str, Any]:
    return result if len(names) > 1 else {names[0]: result}


def _directions(request: str, a: dict[str, Any]) -> tuple[list[str], dict[str, Any], dict[str, Any]]:
    """The variables, a direction of each, and the arguments that these are."""
    names = _variables(request)
    moves = {name: RNG.standard_normal(np.shape(a[name])) for name in names}
    alone = len(names) == 1 and "v" not in a
    return names, moves, {"v" if alone else f"v_{name}": moved for name, moved in moves.items()}


@pytest.mark.parametrize("request_", SCALARS)
def test_the_value_and_the_derivatives(request_: str) -> None:
    f, a = SCALARS[request_]
    names, moves, _ = _directions(request_, a)
    value, found = derive(request_).function("numpy", "value_and_derivative")(**a)
    np.testing.assert_allclose(value, f(a))
    np.testing.assert_allclose(derive(request_).function("numpy", "value")(**a), f(a))
    met = sum(np.sum(_named(found, names)[name] * moves[name]) for name in names)
    np.testing.assert_allclose(met, _slope(f, a, moves), rtol=1e-6)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("request_", SCALARS)
def test_the_hessian_times_a_direction(request_: str, target: str) -> None:
    pytest.importorskip(target)
    _, a = SCALARS[request_]
    names, moves, given = _directions(request_, a)
    wide = {name: np.asarray(v, dtype=float) for name, v in a.items()}
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    found = _named(derive(request_).function(target, "hvp")(**wide, **given), names)
    gradient = derive(request_).function("numpy", "value_and_derivative")
    for name in names:
        slope = _slope(lambda b, name=name: _named(gradient(**b)[1], names)[name], a, moves)  # type: ignore[misc]
        np.testing.assert_allclose(np.asarray(found[name]), slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("request_", ARRAYS)
def test_products_with_the_jacobian(request_: str) -> None:
    f, a = ARRAYS[request_]
    names, moves, given = _directions(request_, a)
    forward = derive(request_).function("numpy", "jvp")(**a, **given)
    np.testing.assert_allclose(forward, _slope(f, a, moves), rtol=1e-6, atol=1e-8)
    g = RNG.standard_normal(np.shape(f(a)))
    back = _named(derive(request_).function("numpy", "vjp")(**a, g=g), names)
    np.testing.assert_allclose(sum(np.sum(back[name] * moves[name]) for name in names), np.sum(g * forward))
    assert all(np.shape(back[name]) == np.shape(a[name]) for name in names)


def test_what_is_shared_is_computed_once() -> None:
    d = derive("d ||X*w-y||^2/d(X,w) where X: m x n")
    assert d.program(give="value_and_derivative").count("X @ w") == 1


def test_directions_are_given_by_name_and_take_free_names() -> None:
    d = derive("d v^T*A*v/dv where A: n x n")
    a = _arrays(A=(N, N), v=N)
    np.testing.assert_allclose(d.function("numpy", "hvp")(**a, v_v=np.ones(N)), (a["A"] + a["A"].T).sum(axis=1))
    with pytest.raises(TypeError):
        d.function("numpy", "hvp")(a["A"], a["v"], np.ones(N))


def test_a_mixed_second_derivative_moves_the_second_variable() -> None:
    a = _arrays(A=(M, N))
    v = RNG.standard_normal(N)
    np.testing.assert_allclose(derive("d^2 (x^T*A*y)/(dx dy^T) where A: m x n").function("numpy", "hvp")(**a, v=v), a["A"] @ v)


def test_sizes_decide_the_brackets() -> None:
    d = derive("d tr(X*A*B*C)/dX where A: m x n, B: n x k, C: k x p")
    assert "C.T @ (B.T @ A.T)" in d.program(sizes={"m": 2, "n": 900, "k": 3, "p": 800})
    assert "C.T @ B.T @ A.T" in d.program(sizes={"m": 900, "n": 3, "k": 800, "p": 2})
    with pytest.raises(UsageError, match="q is no size here"):
        d.program(sizes={"q": 3})


def test_float32_stays_float32() -> None:
    d = derive("d ||X*w-y||^2/dw where X: m x n")
    scope: dict[str, Any] = {}
    exec(d.program(give="value_and_derivative", dtype="float32"), scope)
    assert all(r.dtype == np.float32 for r in scope["value_and_derivative"](np.ones((M, N)), np.ones(N), np.ones(M)))


@pytest.mark.parametrize(
    ("request_", "give", "message"),
    [
        ("d tanh(W*x)/dx", "hvp", "several entries"),
        ("d^2 ||A*x||^2/dx^2", "jvp", "no jvp of a second derivative"),
        ("d tanh(X)/dX where X: m x n", "hessian", "unknown value of a function"),
        ("d X*X/dX where X: n x n", "derivative", ""),
        ("d tr(X)/dX[1,:] where X: n x n", "jvp", "by an entry or slice"),
    ],
)
def test_what_there_is_not_is_refused(request_: str, give: str, message: str) -> None:
    d = derive(request_)
    if not message:
        assert "def derivative" in d.program(give=give)
        return
    with pytest.raises(UsageError, match=message):
        d.program(give=give)


def test_a_hessian_along_a_direction() -> None:
    assert derive("d^2 (x^T*A*x)/dx^2 where A: n x n", along="x = v").text == "(A + A^T)*v"
    d = derive("d^2 ||X*w-y||^2/dw^2 where X: m x n", along="w = v")
    assert d.text == "2*X^T*X*v"
    assert isinstance(d, Derivative) and d.certificate is not None
    assert derive("d^2 (x^T*A*y)/(dx dy^T) where A: m x n", along="y = u").text == "A*u"

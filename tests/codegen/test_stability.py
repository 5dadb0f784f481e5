"""Generated code far from zero, where a formula that is right on paper loses all its digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, derive

N = 200
LAYER_NORM = "d (g^T*(x - sum(x)/n*ones(n))/sqrt(sum((x - sum(x)/n*ones(n)).^2)/n + 0.00001))/dx where x: n"


def called(d: Any, point: dict[str, Any]) -> Any:
    """The value of the code at a point that has more than it needs."""
    assert isinstance(d, Derivative)
    return d.function()(**{name: point[name] for name in d.needs})


@pytest.mark.parametrize("offset", [1e2, 1e4, 1e6, 1e8])
def test_a_centred_square_is_not_multiplied_out(offset: float) -> None:
    rng = np.random.default_rng(1)
    x, g = offset + rng.standard_normal(N), rng.standard_normal(N)
    c = x - x.mean()
    c -= c.mean()
    s = np.sqrt(np.mean(c * c) + 1e-5)
    wanted = (g - g.mean() - c * ((g @ c) / (N * s * s))) / s
    found = called(derive(LAYER_NORM), {"x": x, "g": g, "n": N})
    assert np.max(np.abs(found - wanted)) < 1e-6 * np.max(np.abs(wanted))


@pytest.mark.parametrize(
    "request_",
    ["d log(||x - m||^2 + c)/dx where x: n, m: n, c: scalar", "d sqrt(sum((x - sum(x)/n*ones(n)).^2)/n + c)/dx where x: n, c: scalar"],
)
def test_no_difference_of_squares_stands_in_an_answer(request_: str) -> None:
    found = derive(request_)
    assert isinstance(found, Derivative)
    assert "x^T*x" not in found.text and "norm2(" in found.text


def test_the_terms_of_a_square_still_cancel() -> None:
    found = derive("d (||x - y||^2 - x^T*x - y^T*y)^3/dt where x: n, y: n, t: scalar")
    assert found.text == "0"
    assert derive("d exp(||x - y||^2 - x^T*x - y^T*y)/dx where x: n, y: n").text == "-2*exp(-2*x^T*y)*y"


@pytest.mark.parametrize("along", [(), ("w = v",)])
def test_a_sigmoid_is_one_wherever_it_arises(along: tuple[str, ...]) -> None:
    rng = np.random.default_rng(2)
    point = {"X": 300 * rng.standard_normal((50, 10)), "w": rng.standard_normal(10), "v": rng.standard_normal(10)}
    with np.errstate(over="ignore"):
        gradient = point["X"].T @ (1 / (1 + np.exp(-(point["X"] @ point["w"]))))
        found = called(derive("grad_w sum(log(1+exp(X*w)))", along=along), point)
    np.testing.assert_allclose(found, gradient @ point["v"] if along else gradient, rtol=1e-12)


@pytest.mark.parametrize("request_", ["grad_x log(sum(exp(x)))", "grad_x log(ones(n)^T*exp(x))"])
def test_the_log_of_a_sum_of_exponentials_does_not_overflow(request_: str) -> None:
    x = np.array([1000.0, 999.0, -1000.0])
    q = np.exp(x - 1000)
    np.testing.assert_allclose(called(derive(request_), {"x": x, "n": 3}), q / q.sum(), rtol=1e-12)

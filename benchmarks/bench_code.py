"""How fast generated NumPy code is against what a skilled person writes, at n = 1000.

The two versions of a case are called in turn on the same arrays, and their results are compared.

usage: python benchmarks/bench_code.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from matcalc import derive
from matcalc.answers.derivative import Derivative

N = 1000
FACTORS = 50
TARGET = 1.3
Array = Any
rng = np.random.default_rng(0)


class Case(NamedTuple):
    """A derivative and its hand-written version, whose parameters have the names of the request."""

    name: str
    request: str
    by_hand: Callable[..., Array]


def least_squares(A: Array, x: Array, b: Array) -> Array:
    return 2 * (A.T @ (A @ x - b))


def ridge(A: Array, x: Array, b: Array, lam: float) -> Array:
    return 2 * (A.T @ (A @ x - b) + lam * x)


def logistic_gradient(X: Array, w: Array, y: Array) -> Array:
    return X.T @ (1 / (1 + np.exp(-(X @ w))) - y)


def logistic_hessian(X: Array, w: Array) -> Array:
    p = 1 / (1 + np.exp(-(X @ w)))
    return (X.T * (p * (1 - p))) @ X


def gaussian(S: Array, x: Array, mu: Array) -> Array:
    inverse = np.linalg.inv(S)
    z = inverse @ (x - mu)
    return (np.outer(z, z) - inverse) / 2


def cross_entropy(W: Array, x: Array, y: Array) -> Array:
    z = W @ x
    p = np.exp(z - z.max())
    return np.outer(p / p.sum() - y, x)


def factorisation(X: Array, U: Array, V: Array) -> Array:
    return 2 * ((U @ V.T - X) @ V)


def quadratic(A: Array, x: Array) -> Array:
    return A @ x + x @ A


def log_determinant(X: Array) -> Array:
    return np.linalg.inv(X).T


def mahalanobis(S: Array, x: Array, mu: Array) -> Array:
    return 2 * np.linalg.solve(S, x - mu)


CASES = [
    Case("least squares", "grad_x ||A x - b||^2", least_squares),
    Case("ridge", "grad_x (||A x - b||^2 + lam*||x||^2) where lam: scalar", ridge),
    Case("logistic gradient", "grad_w (sum(log(1 + exp(X*w))) - y^T*X*w)", logistic_gradient),
    Case("logistic Hessian", "d^2 sum(log(1 + exp(X*w))) / dw^2", logistic_hessian),
    Case(
        "Gaussian log-likelihood",
        "d (-1/2*logdet(S) - 1/2*(x - mu)^T*S^-1*(x - mu)) / dS where mu: n; x: n; S: n x n symmetric",
        gaussian,
    ),
    Case("softmax cross-entropy", "d (logsumexp(W*x) - y^T*W*x) / dW where y: simplex", cross_entropy),
    Case("matrix factorisation", "d ||X - U*V^T||_F^2 / dU", factorisation),
    Case("quadratic form", "grad_x x^T*A*x", quadratic),
    Case("log-det", "d logdet(X) / dX", log_determinant),
    Case("Mahalanobis", "grad_x (x - mu)^T*S^-1*(x - mu) where mu: n; x: n; S: n x n symmetric", mahalanobis),
]


def main() -> None:
    """Times every case and prints the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(f"{'case':<24} {'generated':>10} {'by hand':>10}   ratio")
    ratios = []
    for case in CASES:
        generated, by_hand = timings(case, rounds)
        ratios.append(generated / by_hand)
        print(f"{case.name:<24} {generated * 1e3:7.2f} ms {by_hand * 1e3:7.2f} ms   {ratios[-1]:.2f}")
    print(f"largest ratio {max(ratios):.2f}, target at most {TARGET}")


def timings(case: Case, rounds: int) -> tuple[float, float]:
    """The median seconds of both versions, called in turn."""
    derived = derive(case.request)
    assert isinstance(derived, Derivative)
    given = {name: sample(name) for name in derived.variables}
    functions: list[Callable[[], Array]] = [bound(derived.function(), given), bound(case.by_hand, given)]
    first, second = (f() for f in functions)
    np.testing.assert_allclose(first, second, rtol=1e-8, atol=1e-8)
    seconds: list[list[float]] = [[], []]
    for i in range(rounds):
        for k in (i % 2, 1 - i % 2):
            start = time.perf_counter()
            functions[k]()
            seconds[k].append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def bound(function: Callable[..., Array], given: dict[str, Array]) -> Callable[[], Array]:
    """The function with those of the arguments that it takes."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return lambda: function(**{name: given[name] for name in names})


def sample(name: str) -> Array:
    """A value for a variable: S is well conditioned, U and V are thin, y sums to one, lam and other numbers are one half."""
    match name:
        case "S":
            a = rng.standard_normal((N, N)) / np.sqrt(N)
            return a @ a.T + np.eye(N)
        case "U" | "V":
            return rng.standard_normal((N, FACTORS))
        case "y":
            weights = rng.uniform(size=N)
            return weights / weights.sum()
        case "lam":
            return 0.5
    return rng.standard_normal((N, N)) / np.sqrt(N) if name.isupper() else rng.standard_normal(N)


if __name__ == "__main__":
    main()

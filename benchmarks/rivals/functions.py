"""The functions that are differentiated: as a request, as a program for automatic differentiation, and arrays to call them with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np

Array = Any
Arrays = dict[str, Any]
Normal = Callable[..., Any]
Making = Callable[[Normal, int], Arrays]
WIDTH: Final = 64
FACTORS: Final = 10
FEATURES: Final = 20
LARGE: Final = 1e3
OFFSET: Final = 1e8
EPSILON: Final = 1e-5


class Library:
    """NumPy, JAX or PyTorch as the programs below call it.

    With `stable` the logarithms of sums of exponentials are the library's own, which do not overflow; without it they are
    computed as they are written.
    """

    def __init__(self, module: Any, stable: bool = False) -> None:
        self.xp, self.stable = module, stable

    def softplus(self, z: Array) -> Array:
        """log(1 + exp(z))."""
        if not self.stable:
            return self.xp.log(1 + self.xp.exp(z))
        # The second derivative of PyTorch's logaddexp overflows.
        return -self.xp.nn.functional.logsigmoid(-z) if self.xp.__name__ == "torch" else self.xp.logaddexp(z, 0)

    def logsumexp(self, z: Array) -> Array:
        """log(sum(exp(z)))."""
        shift = z.max() if self.stable else 0
        return self.xp.log(self.xp.exp(z - shift).sum()) + shift if self.stable else self.xp.log(self.xp.exp(z).sum())

    def softmax_rows(self, Z: Array) -> Array:
        """exp(Z) with its rows divided by their sums."""
        E = self.xp.exp(Z - self.xp.amax(Z, 1)[:, None]) if self.stable else self.xp.exp(Z)
        return E / E.sum(1)[:, None]

    def logdet(self, A: Array) -> Array:
        """log |det A|."""
        return self.xp.linalg.slogdet(A)[1]

    def solve(self, A: Array, b: Array) -> Array:
        """A^-1 b."""
        return self.xp.linalg.solve(A, b)

    def eye(self, A: Array) -> Array:
        """The identity of the size of A, where A is."""
        where = {"device": A.device} if self.xp.__name__ == "torch" else {}
        return self.xp.eye(A.shape[1], dtype=A.dtype, **where)


class Function(NamedTuple):
    """A function in the notation of requests with the shapes of its variables, the same as a program, and arrays of size n.

    `far` makes arrays at which a careless formula loses its digits: an offset of 1e8, arguments of exponentials of 1e3.
    """

    text: str
    shapes: Mapping[str, str]
    program: Callable[..., Array]
    arrays: Making
    far: Making | None = None
    is_scalar: bool = True

    def at(self, n: int, far: bool = False) -> Arrays:
        """Arrays of size n, always the same."""
        make = self.far if far and self.far else self.arrays
        return make(np.random.default_rng(0).standard_normal, n)


def spd(R: Normal, n: int) -> Array:
    """A well-conditioned positive definite matrix."""
    B = R((n, n)) / np.sqrt(n)
    return B @ B.T + np.eye(n)


def simplex(R: Normal, n: int) -> Array:
    """Positive numbers that sum to one."""
    w = np.exp(R(n))
    return w / w.sum()


def scaled(arrays: Making, **factors: float) -> Making:
    """Those arrays, some of them times a factor."""
    return lambda R, n: {name: a * factors.get(name, 1) for name, a in arrays(R, n).items()}


def lifted(arrays: Making, matrix: str, x: str) -> Making:
    """Those arrays, the products of a matrix with x larger by 1e3; the differences among them stay."""

    def made(R: Normal, n: int) -> Arrays:
        found = dict(arrays(R, n))
        found[matrix] = found[matrix] + LARGE * found[x] / (found[x] @ found[x])
        return found

    return made


# ------------------------------------------------------------------------------------------- programs of several lines


def small_net(L: Library, W1: Array, W2: Array, x: Array, y: Array) -> Array:
    z = W2 @ L.xp.tanh(W1 @ x)
    return L.logsumexp(z) - y @ z


def layer_norm(L: Library, x: Array, g: Array) -> Array:
    c = x - x.mean()
    return g @ (c / L.xp.sqrt((c * c).mean() + EPSILON))


def gaussian_process(L: Library, K: Array, s: Array, y: Array) -> Array:
    M = K + s**2 * L.eye(K)
    return 0.5 * y @ L.solve(M, y) + 0.5 * L.logdet(M)


def ridge(L: Library, X: Array, y: Array, A: Array, b: Array, lam: Array) -> Array:
    r = A @ L.solve(X.T @ X + lam * L.eye(X), X.T @ y) - b
    return r @ r


def kalman(L: Library, x: Array, P: Array, H: Array, N: Array, z: Array) -> Array:
    return x + P @ (H.T @ L.solve(H @ P @ H.T + N, z - H @ x))


def kalman_square(L: Library, x: Array, P: Array, H: Array, N: Array, z: Array) -> Array:
    r = kalman(L, x, P, H, N, z)
    return r @ r


def kernel_form(L: Library, X: Array, y: Array, l: Array) -> Array:  # noqa: E741 - the name of the length scale
    s = (X * X).sum(1)
    D = s[:, None] + s[None, :] - 2 * X @ X.T
    return y @ (L.xp.exp(-D / (2 * l**2)) @ y)


# ------------------------------------------------------------------------------------------- arrays


def samples(R: Normal, n: int) -> Arrays:
    return {"X": R((4 * n, n)) / np.sqrt(n), "w": R(n), "y": (R(4 * n) > 0) * 1.0}


def factored(R: Normal, n: int) -> Arrays:
    return {"X": R((n, n)), "U": R((n, FACTORS)), "V": R((n, FACTORS))}


def classifier(R: Normal, n: int) -> Arrays:
    return {"W": R((n // 2, n)) / np.sqrt(n), "x": R(n), "y": simplex(R, n // 2)}


def layers(R: Normal, n: int) -> Arrays:
    return {"W1": R((n, n)) / np.sqrt(n), "W2": R((n // 2, n)) / np.sqrt(n), "x": R(n), "y": simplex(R, n // 2)}


def tokens(R: Normal, n: int) -> Arrays:
    return {name: R((n, WIDTH)) for name in "QKVG"}


def pairs(R: Normal, n: int) -> Arrays:
    return {"M": spd(R, n), "X": R((4 * n, n)) / np.sqrt(n), "Y": R((4 * n, n)) / np.sqrt(n), "t": R(4 * n)}


def filtered(R: Normal, n: int) -> Arrays:
    return {"x": R(n), "P": spd(R, n), "H": R((n // 4, n)), "N": spd(R, n // 4), "z": R(n // 4)}


KERNEL: Final = "y^T*exp(-(diagv(X*X^T)*ones(n)^T + ones(n)*diagv(X*X^T)^T - 2*X*X^T)/(2*l^2))*y"
UPDATE: Final = "x + P*H^T*(H*P*H^T + N)^-1*(z - H*x)"
FILTER: Final = {"x": "n", "z": "m", "H": "m n", "P": "n n symmetric", "N": "m m symmetric"}

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType({
    "quadratic": Function(
        "x^T*A*x", {"A": "n n", "x": "n"}, lambda L, A, x: x @ A @ x, lambda R, n: {"A": R((n, n)), "x": R(n)}
    ),
    "logistic": Function(
        "sum(log(1 + exp(X*w))) - y^T*X*w",
        {"X": "m n", "w": "n", "y": "m"},
        lambda L, X, w, y: L.softplus(X @ w).sum() - y @ (X @ w),
        samples,
        scaled(samples, X=LARGE),
    ),
    "matrix factorisation": Function(
        "||X - U*V^T||_F^2", {"X": "m n", "U": "m p", "V": "n p"}, lambda L, X, U, V: ((X - U @ V.T) ** 2).sum(), factored
    ),
    "small net": Function(
        "logsumexp(W2*tanh(W1*x)) - y^T*(W2*tanh(W1*x))",
        {"W1": "p n", "W2": "m p", "x": "n", "y": "m simplex"},
        small_net,
        layers,
        scaled(layers, W2=LARGE),
    ),
    "log-sum-exp": Function(
        "logsumexp(x)", {"x": "n"}, lambda L, x: L.logsumexp(x), lambda R, n: {"x": R(n)}, lambda R, n: {"x": LARGE + R(n)}
    ),
    "layer norm": Function(
        "g^T*(x - sum(x)/n*ones(n))/sqrt(sum((x - sum(x)/n*ones(n)).^2)/n + 0.00001)",
        {"x": "n", "g": "n"},
        layer_norm,
        lambda R, n: {"x": R(n), "g": R(n)},
        lambda R, n: {"x": OFFSET + R(n), "g": R(n)},
    ),
    "GP marginal likelihood": Function(
        "1/2*y^T*(K + s^2*I)^-1*y + 1/2*logdet(K + s^2*I)",
        {"K": "n n symmetric", "s": "", "y": "n"},
        gaussian_process,
        lambda R, n: {"K": spd(R, n), "s": 0.7, "y": R(n)},
    ),
    "Gaussian log-likelihood": Function(
        "-1/2*logdet(S) - 1/2*(x - mu)^T*S^-1*(x - mu)",
        {"S": "n n symmetric", "x": "n", "mu": "n"},
        lambda L, S, x, mu: -0.5 * L.logdet(S) - 0.5 * (x - mu) @ L.solve(S, x - mu),
        lambda R, n: {"S": spd(R, n), "x": R(n), "mu": R(n)},
    ),
    "softmax CE": Function(
        "logsumexp(W*x) - y^T*W*x",
        {"W": "m n", "x": "n", "y": "m simplex"},
        lambda L, W, x, y: L.logsumexp(W @ x) - y @ (W @ x),
        classifier,
        lifted(classifier, "W", "x"),
    ),
    "attention": Function(
        "sum(G.*(softmax_rows(Q*K^T/8)*V))",
        {"Q": "n d", "K": "n d", "V": "n d", "G": "n d"},
        lambda L, Q, K, V, G: (G * (L.softmax_rows(Q @ K.T / 8) @ V)).sum(),
        tokens,
        lambda R, n: (found := tokens(R, n)) | {"K": found["K"] + LARGE},
    ),
    "metric learning": Function(
        "||(X - Y)*L^T||_F^2 - logdet(L^T*L)",
        {"L": "d d", "X": "n d", "Y": "n d"},
        lambda lib, L, X, Y: (((X - Y) @ L.T) ** 2).sum() - lib.logdet(L.T @ L),
        lambda R, n: {"L": R((n, n)) / np.sqrt(n) + np.eye(n), "X": R((4 * n, n)), "Y": R((4 * n, n))},
    ),
    "Mahalanobis metric": Function(
        "sum(log(1 + exp(t - diagv((X - Y)*M*(X - Y)^T))))",
        {"X": "n d", "Y": "n d", "t": "n", "M": "d d"},
        lambda L, M, X, Y, t: L.softplus(t - (((X - Y) @ M) * (X - Y)).sum(1)).sum(),
        pairs,
        scaled(pairs, t=LARGE),
    ),
    "ridge": Function(
        "||A*(X^T*X + lam*I)^-1*X^T*y - b||^2",
        {"A": "p n", "X": "m n", "y": "m", "b": "p", "lam": ""},
        ridge,
        lambda R, n: {"X": R((2 * n, n)), "y": R(2 * n), "A": R((n, n)), "b": R(n), "lam": 0.5},
    ),
    "Kalman update": Function(UPDATE, FILTER, kalman, filtered, is_scalar=False),
    "Kalman ||update||^2": Function(f"||{UPDATE}||^2", FILTER, kalman_square, filtered),
    "log-det": Function("logdet(X)", {"X": "n n"}, lambda L, X: L.logdet(X), lambda R, n: {"X": spd(R, n)}),
    "least squares": Function(
        "||A*x - b||^2",
        {"A": "m n", "x": "n", "b": "m"},
        lambda L, A, x, b: ((A @ x - b) ** 2).sum(),
        lambda R, n: {"A": R((2 * n, n)), "x": R(n), "b": R(2 * n)},
    ),
    "long chain": Function(
        "a^T*A*B*C*D*x",
        {"a": "n", "A": "n n", "B": "n n", "C": "n n", "D": "n n", "x": "n"},
        lambda L, a, A, B, C, D, x: a @ (A @ (B @ (C @ (D @ x)))),
        lambda R, n: {"a": R(n), **{name: R((n, n)) for name in "ABCD"}, "x": R(n)},
    ),
    "inverse quadratic forms": Function(
        "a^T*(X^T*X)^-1*a + logdet(X^T*X)",
        {"a": "n", "X": "m n"},
        lambda L, a, X: a @ L.solve(X.T @ X, a) + L.logdet(X.T @ X),
        lambda R, n: {"a": R(n), "X": R((2 * n, n))},
    ),
    "tr(X^5)": Function(
        "tr(X^5)", {"X": "n n"}, lambda L, X: L.xp.trace(X @ X @ X @ X @ X), lambda R, n: {"X": R((n, n)) / np.sqrt(n)}
    ),
    "RBF kernel form": Function(
        KERNEL, {"X": "n d", "y": "n", "l": ""}, kernel_form, lambda R, n: {"X": R((n, FEATURES)), "y": R(n), "l": 1.5}
    ),
    "regression net": Function(
        "||W2*tanh(W1*x) - y||^2",
        {"W1": "p n", "W2": "m p", "x": "n", "y": "m"},
        lambda L, W1, W2, x, y: ((W2 @ L.xp.tanh(W1 @ x) - y) ** 2).sum(),
        lambda R, n: {"W1": R((n, n)) / np.sqrt(n), "W2": R((n, n)) / np.sqrt(n), "x": R(n), "y": R(n)},
    ),
    "batch net": Function(
        "||tanh(X*W1)*W2 - Y||_F^2",
        {"W1": "d p", "W2": "p k", "X": "m d", "Y": "m k"},
        lambda L, W1, W2, X, Y: ((L.xp.tanh(X @ W1) @ W2 - Y) ** 2).sum(),
        lambda R, n: {"W1": R((n, n)) / np.sqrt(n), "W2": R((n, 50)) / np.sqrt(n), "X": R((n, n)), "Y": R((n, 50))},
    ),
})  # fmt: skip

"""What every function of the notation means, on two-axis arrays that may be complex.

Every function is analytic where it is smooth, so that f(x + ih) holds the derivative of a real f in its imaginary
part. Where an argument leaves the domain the value is nan, and where it comes near a kink the context is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
WORST_CONDITION: Final = 1e4
MAX_MINORS: Final = 5
NEARLY_SINGULAR: Final = 1e9


@dataclass
class Context:
    """What is known while an expression is evaluated, and what was met on the way."""

    values: dict[str, Array]
    sizes: dict[str, int]
    margin: float = math.inf
    condition: float = 1.0
    largest: float = 0.0
    moved: float = 0.0
    signs: dict[int, set[float]] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)

    def near(self, argument: Array) -> None:
        """Remember how close the argument of a function with a kink at 0 comes to it."""
        if argument.size:
            self.margin = min(self.margin, float(np.min(np.abs(argument.real))))

    def inverted(self, a: Array) -> None:
        """Remember how badly conditioned a matrix is that is inverted."""
        with np.errstate(all="ignore"):
            c = np.linalg.cond(a.real) if a.size and np.all(np.isfinite(a.real)) else math.inf
        self.condition = max(self.condition, float(c))


def number(value: complex) -> Array:
    """A scalar as an array of 1 x 1."""
    return np.array([[value]])


def inverse(a: Array, c: Context) -> Array:
    """The inverse; a matrix that has none is nan."""
    square(a)
    c.inverted(a)
    try:
        return np.asarray(np.linalg.inv(a))
    except np.linalg.LinAlgError:
        return np.full(a.shape, np.nan)


def square(a: Array) -> None:
    """Refuse what is not square."""
    if a.shape[0] != a.shape[1]:
        raise ValueError(f"not square: {a.shape}")


def determinant(a: Array) -> Array:
    """By minors where the matrix is small: a polynomial, also where it is zero."""
    square(a)
    found = number(_minors(a) if len(a) <= MAX_MINORS else np.linalg.det(a))
    return found if np.iscomplexobj(a) else found.real


def _determinant(c: Context, a: Array) -> Array:
    """A determinant is as uncertain as the products that it is a sum of, which may cancel each other to nothing."""
    if np.iscomplexobj(a) and a.size:
        products = float(np.prod(np.abs(a.real).sum(axis=1)))
        c.moved = max(c.moved, len(a) * products * float(np.max(np.abs(a.imag))) / max(float(np.max(np.abs(a.real))), 1e-300))
    return determinant(a)


def _minors(a: Array) -> complex:
    if len(a) == 0:
        return 1.0
    rest = a[1:]
    return complex(sum((-1) ** j * a[0, j] * _minors(np.delete(rest, j, axis=1)) for j in range(len(a))))


def adjugate(a: Array) -> Array:
    """The transposed matrix of cofactors."""
    square(a)
    n = len(a)
    out = np.zeros((n, n), dtype=a.dtype)
    for i in range(n):
        for j in range(n):
            out[j, i] = (-1) ** (i + j) * determinant(np.delete(np.delete(a, i, 0), j, 1))[0, 0]
    return out


def pseudoinverse(a: Array, c: Context) -> Array:
    """Of a matrix of full rank, and of a real one of any; what is rounding beside the values on the way is 0."""
    if a.size and np.max(np.abs(a)) < 1e-14 * c.largest < math.inf:
        return np.zeros(a.shape[::-1])
    if not np.iscomplexobj(a) and np.all(np.isfinite(a)) and np.linalg.cond(a) > NEARLY_SINGULAR:
        # Nearby the rank is another.
        c.margin = 0.0
        return np.asarray(np.linalg.pinv(a, rcond=1 / NEARLY_SINGULAR))
    if a.shape[0] >= a.shape[1]:
        return inverse(a.T @ a, c) @ a.T
    return np.asarray(a.T @ inverse(a @ a.T, c))


def exponential(a: Array) -> Array:
    """Taylor's series of a/2^k, squared k times."""
    square(a)
    scale = float(np.max(np.abs(a).sum(axis=0), initial=0.0))
    if not math.isfinite(scale):
        return np.full(a.shape, np.nan)
    halvings = max(0, math.ceil(math.log2(scale + 1e-30)) + 4)
    term = out = np.eye(len(a), dtype=a.dtype)
    for k in range(1, 20):
        term = term @ a / (k * 2.0**halvings)
        out = out + term
    for _ in range(halvings):
        out = out @ out
    return np.asarray(out)


def square_root(a: Array, c: Context) -> Array:
    """The iteration of Denman and Beavers, for a matrix without eigenvalues on the negative axis."""
    square(a)
    with np.errstate(all="ignore"):
        if not np.all(np.isfinite(a)) or np.any(_negative(np.linalg.eigvals(a.real))):
            return np.full(a.shape, np.nan)
    c.inverted(a)
    y, z = a, np.eye(len(a), dtype=a.dtype)
    for _ in range(60):
        before = y
        try:
            y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
        except np.linalg.LinAlgError:
            return np.full(a.shape, np.nan)
        if settled(y.real, before.real) and settled(y.imag, before.imag):
            break
    return np.asarray(y)


def settled(now: Array, before: Array) -> bool:
    """Whether a step of an iteration that doubles the right digits moves no digit that counts."""
    return float(np.max(np.abs(now - before), initial=0.0)) <= 1e-13 * float(np.max(np.abs(now), initial=0.0))


def _negative(eigenvalues: Array) -> Array:
    return np.asarray((eigenvalues.real <= 1e-3) & (np.abs(eigenvalues.imag) < 1e-3))


def logarithm(a: Array, c: Context) -> Array:
    """Eight square roots, and the series of the inverse hyperbolic tangent for what is left."""
    root: Array = a
    for _ in range(8):
        root = square_root(root, c)
    one = np.eye(len(a), dtype=a.dtype)
    u = (root - one) @ inverse(root + one, c)
    power, out = u, u
    for k in range(3, 24, 2):
        power = power @ u @ u
        out = out + power / k
    return np.asarray(2.0**9 * out)


def _log(x: Array) -> Array:
    return np.where(x.real > 0, np.log(np.where(x.real > 0, x, 1)), np.nan)


def _sqrt(x: Array) -> Array:
    return np.where(x.real > 0, np.sqrt(np.where(x.real > 0, x, 1)), np.nan)


def _arctan(x: Array) -> Array:
    if not np.iscomplexobj(x):
        return np.asarray(np.arctan(x))
    return np.asarray(np.arctan(x.real)) + 1j * along(lambda s: 1 / (1 + (x.real + 1j * s) ** 2), x.imag)


def _arcsin(x: Array) -> Array:
    inside = np.abs(x.real) < 1
    kept = np.where(inside, x, 0)
    if not np.iscomplexobj(x):
        return np.where(inside, np.arcsin(kept), np.nan)
    found = np.arcsin(kept.real) + 1j * along(lambda s: 1 / np.sqrt(1 - (kept.real + 1j * s) ** 2), kept.imag)
    return np.where(inside, found, np.nan)


NODES: Final = np.polynomial.legendre.leggauss(6)


def along(slope: Callable[[Array], Array], height: Array) -> Array:
    """The integral of a slope from the real axis up to a (small) height."""
    total = np.zeros(height.shape, dtype=complex)
    for at, weight in zip(*NODES, strict=True):
        total += weight * slope(height * (at + 1) / 2)
    return np.asarray(total * height / 2)


ERF: Final = np.vectorize(math.erf, otypes=[float])


def _normal(x: Array) -> Array:
    """The distribution function of the standard normal."""
    real = (1 + ERF(x.real / math.sqrt(2))) / 2
    if not np.iscomplexobj(x):
        return np.asarray(real)
    return np.asarray(real) + 1j * along(lambda s: np.exp(-((x.real + 1j * s) ** 2) / 2), x.imag) / math.sqrt(2 * math.pi)


def _softplus(x: Array) -> Array:
    up = x.real > 0
    return np.where(up, x, 0) + np.log1p(np.exp(np.where(up, -x, x)))


def _sigmoid(x: Array) -> Array:
    up = x.real > 0
    e = np.exp(np.where(up, -x, x))
    return np.asarray(np.where(up, 1, e) / (1 + e))


SMOOTH: Final[dict[str, Callable[[Array], Array]]] = {
    "exp": np.exp, "log": _log, "sin": np.sin, "cos": np.cos, "tan": lambda x: np.sin(x) / np.cos(x), "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "arctan": _arctan, "arcsin": _arcsin, "arccos": lambda x: math.pi / 2 - _arcsin(x), "sqrt": _sqrt,
    "sigmoid": _sigmoid, "softplus": _softplus, "gelu": lambda x: x * _normal(x), "gelu_cdf": _normal,
}  # fmt: skip
KINKED: Final[dict[str, Callable[[Array], Array]]] = {
    "relu": lambda x: np.where(x.real > 0, x, 0), "abs": lambda x: np.sign(x.real) * x,
    "sign": lambda x: np.sign(x.real) + 0 * x, "heaviside": lambda x: (x.real > 0) + 0 * x,
}  # fmt: skip


def entrywise(name: str, x: Array, c: Context) -> Array:
    """A function of every entry."""
    if name in KINKED:
        c.near(x)
        return KINKED[name](x)
    if name == "tan":
        c.near(np.cos(x))
    elif name in ("log", "sqrt"):
        c.near(x)
    elif name in ("arcsin", "arccos"):
        c.near(1 - np.abs(x.real))
    return np.asarray(SMOOTH[name](x))


def _softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x.real))
    return np.asarray(e / np.sum(e))


def _softmax_rows(x: Array) -> Array:
    e = np.exp(x - np.max(x.real, axis=1, keepdims=True))
    return np.asarray(e / np.sum(e, axis=1, keepdims=True))


def _logsumexp(x: Array) -> Array:
    top = np.max(x.real)
    return number(top + np.log(np.sum(np.exp(x - top))))


def _norm(x: Array, c: Context) -> Array:
    total = np.sum(x * x)
    c.near(np.sqrt(np.abs(total.real)) + number(0))
    return np.asarray(_sqrt(number(total)))


def _norm1(x: Array, c: Context) -> Array:
    return number(np.sum(entrywise("abs", x, c)))


def _logdet(a: Array, c: Context) -> Array:
    c.inverted(a)
    d = determinant(a)
    return _log(d * np.where(d.real < 0, -1, 1))


def _diag(a: Array) -> Array:
    return np.diag(a.reshape(-1)) if 1 in a.shape else _diagonal(a)


def _diagonal(a: Array) -> Array:
    square(a)
    return np.diag(a).reshape(-1, 1)


def _trace(a: Array) -> Array:
    square(a)
    return number(np.trace(a))


def _dot(a: Array, b: Array) -> Array:
    if a.shape != b.shape:
        raise ValueError(f"dot of {a.shape} and {b.shape}")
    return number(np.sum(a * b))


def _sym(a: Array) -> Array:
    square(a)
    return np.asarray(a + a.T) / 2


def _half(a: Array) -> Array:
    """A triangle with half of its diagonal."""
    return np.asarray(a - np.diag(np.diag(a)) / 2) if a.shape[0] == a.shape[1] else np.asarray(a - np.eye(*a.shape) * a / 2)


def stacked(a: Array) -> Array:
    """vec: the columns, stacked."""
    return a.T.reshape(-1, 1)


WHOLE: Final[dict[str, Callable[..., Array]]] = {
    "tr": lambda c, a: _trace(a), "det": _determinant, "logdet": lambda c, a: _logdet(a, c),
    "inv": lambda c, a: inverse(a, c), "pinv": lambda c, a: pseudoinverse(a, c), "adj": lambda c, a: adjugate(a),
    "expm": lambda c, a: exponential(a), "logm": lambda c, a: logarithm(a, c), "sqrtm": lambda c, a: square_root(a, c),
    "sym": lambda c, a: _sym(a), "norm2": lambda c, a: _norm(a, c), "normF": lambda c, a: _norm(a, c),
    "norm1": lambda c, a: _norm1(a, c), "sum": lambda c, a: number(np.sum(a)), "dot": lambda c, a, b: _dot(a, b),
    "logsumexp": lambda c, a: _logsumexp(a), "softmax": lambda c, a: _softmax(a), "softmax_rows": lambda c, a: _softmax_rows(a),
    "diag": lambda c, a: _diag(a), "diagv": lambda c, a: _diagonal(a), "vec": lambda c, a: stacked(a),
    "tril": lambda c, a: np.tril(a), "triu": lambda c, a: np.triu(a), "halftril": lambda c, a: _half(np.tril(a)),
    "halftriu": lambda c, a: _half(np.triu(a)),
    "kron": lambda c, a, b: np.kron(a, b),
}  # fmt: skip


def call(name: str, arguments: list[Array], c: Context) -> Array:
    """A function of the notation."""
    if name in SMOOTH or name in KINKED:
        return entrywise(name, arguments[0], c)
    if name not in WHOLE:
        raise ValueError(f"no meaning of {name} is known here")
    return WHOLE[name](c, *arguments)


def commutation(m: int, n: int) -> Array:
    """K(m,n)*vec(A) = vec(A^T) for A of m x n."""
    k = np.zeros((m * n, m * n))
    for i in range(m):
        for j in range(n):
            k[i * n + j, j * m + i] = 1
    return k


def power(base: Array, exponent: Array, c: Context) -> Array:
    """A number or a square matrix to a power."""
    k = complex(exponent.item())
    whole = k.imag == 0 and k.real == round(k.real)
    if base.size == 1:
        return entry_power(base, exponent, c)
    if not whole:
        raise ValueError("a matrix to a power that is no integer")
    square(base)
    n = round(k.real)
    return np.asarray(np.linalg.matrix_power(inverse(base, c) if n < 0 else base, abs(n)))


def entry_power(base: Array, exponent: Array, c: Context) -> Array:
    """Every entry to a power; one that is not an integer wants a positive base."""
    if exponent.size == 1 and complex(exponent.item()).imag == 0 and float(exponent.real.item()) == round(float(exponent.real.item())):
        n = round(float(exponent.real.item()))
        if n < 0:
            c.near(base)
        out = np.ones_like(base)
        for _ in range(min(abs(n), 50)):
            out = out * base
        return 1 / out if n < 0 else out
    c.near(base)
    return np.asarray(np.exp(exponent * _log(base)))

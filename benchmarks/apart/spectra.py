"""What matrix functions, spectra, factorisations and the everyday mean, on arrays that may be complex, from NumPy alone.

Eigenpairs are found on the real axis and carried off it by Newton's method on A v = w v, v^T v = 1, so that they are analytic too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from apart.meanings import ERF, Array, Context, along, exponential, inverse, logarithm, number, square, square_root

NEWTON: Final = 3


def spectrum(a: Array, c: Context) -> tuple[Array, Array]:
    """Eigenvalues in ascending order and unit right eigenvectors as columns; nan where the spectrum is not real or not simple."""
    square(a)
    n = len(a)
    unknown = np.full(n, np.nan), np.full((n, n), np.nan)
    if not np.all(np.isfinite(a)):
        return unknown
    w, v = np.linalg.eigh(a.real) if np.array_equal(a.real, a.real.T) else np.linalg.eig(a.real)
    order = np.argsort(w.real)
    w, v = w[order], v[:, order]
    scale = 1e-9 * (1 + float(np.max(np.abs(w))))
    if np.any(np.abs(w.imag) > scale) or np.any(np.diff(w.real) < scale):
        return unknown
    c.near(np.diff(w.real))
    c.inverted(v.real)
    pairs = [_carried(a, w[k].real, v[:, k].real) for k in range(n)]
    return np.array([p[0] for p in pairs]), np.stack([p[1] for p in pairs], axis=1)


def _carried(a: Array, w: float, v: Array) -> tuple[complex, Array]:
    """The eigenpair near a real one, the largest entry of its vector positive."""
    n = len(a)
    x = np.append(v * np.sign(v[np.argmax(np.abs(v))]), w)
    for _ in range(NEWTON):
        vector, value = x[:n], x[n]
        slope = np.block([[a - value * np.eye(n), -vector[:, None]], [2 * vector[None, :], np.zeros((1, 1))]])
        x = x - np.linalg.solve(slope, np.append(a @ vector - value * vector, vector @ vector - 1))
    return x[n], x[:n]


def singular(x: Array, c: Context) -> tuple[Array, Array, Array]:
    """U, s, V of the thin singular value decomposition, s descending, the largest entry of each column of U positive."""
    if x.shape[0] < x.shape[1]:
        v, s, u = singular(x.T, c)
    else:
        w, v = spectrum(x.T @ x, c)
        s, v = _root(w[::-1]), v[:, ::-1]
        c.near(s)
        u = x @ v / s
    top = np.argmax(np.abs(np.nan_to_num(u)), axis=0)
    signs = np.sign(u[top, range(u.shape[1])].real)
    return u * signs, s, v * signs


def _root(x: Array) -> Array:
    return np.where(x.real > 0, np.sqrt(np.where(x.real > 0, x, 1)), np.nan)


def at(k: Array) -> int:
    """A place counted from 1, from 0."""
    return round(float(k.real.item())) - 1


def column(x: Array) -> Array:
    """A column."""
    return x.reshape(-1, 1)


def projector(a: Array, k: Array, c: Context) -> Array:
    """The projector on the k-th eigenvector along the others."""
    _, v = spectrum(a, c)
    return np.outer(v[:, at(k)], inverse(v, c)[at(k)])


def corner(f: Callable[[Array], Array], a: Array, e: Array) -> Array:
    """The derivative of a matrix function in the direction e: the corner of f of [a, e; 0, a]."""
    n = len(a)
    return f(np.block([[a, e], [np.zeros((n, n)), a]]))[:n, n:]


def turned(a: Array) -> Array:
    """[cos a, -sin a; sin a, cos a]."""
    square(a)
    zero = np.zeros(a.shape)
    return exponential(np.block([[zero, -a], [a, zero]]))


def cosine(a: Array) -> Array:
    """The matrix cosine."""
    return turned(a)[: len(a), : len(a)]


def sine(a: Array) -> Array:
    """The matrix sine."""
    return turned(a)[len(a) :, : len(a)]


def power(a: Array, t: Array, c: Context) -> Array:
    """The principal power."""
    return exponential(t.item() * logarithm(a, c))


def sylvester(a: Array, b: Array, right: Array, c: Context) -> Array:
    """The Z with a*Z + Z*b = right."""
    square(a)
    square(b)
    m, n = right.shape
    z = inverse(np.kron(np.eye(n), a) + np.kron(b.T, np.eye(m)), c) @ right.reshape(-1, 1, order="F")
    return np.asarray(z.reshape((m, n), order="F"))


def cholesky(a: Array, c: Context) -> Array:
    """The lower factor of the symmetric part, column by column; nan where that is not positive definite."""
    square(a)
    s, n = (a + a.T) / 2, len(a)
    out = np.zeros((n, n), dtype=s.dtype)
    for j in range(n):
        pivot = s[j, j] - np.sum(out[j, :j] ** 2)
        c.near(number(pivot))
        out[j, j] = _root(number(pivot)).item()
        out[j + 1 :, j] = (s[j + 1 :, j] - out[j + 1 :, :j] @ out[j, :j]) / out[j, j]
    return out


def polar(x: Array, c: Context) -> Array:
    """The factor U*V^T."""
    if x.shape[0] < x.shape[1]:
        return polar(x.T, c).T
    return np.asarray(x @ inverse(square_root(x.T @ x, c), c))


def nuclear(x: Array, c: Context) -> Array:
    """The sum of the singular values, equal ones too."""
    return number(np.trace(square_root(gram(x), c)))


def gram(x: Array) -> Array:
    """The smaller of the two products of a matrix and its transpose."""
    return np.asarray(x.T @ x if x.shape[0] >= x.shape[1] else x @ x.T)


def schatten(x: Array, p: Array, c: Context) -> Array:
    """The p-norm of the singular values, which has no limit as p goes to 0."""
    c.near(p / 4)
    total = np.trace(power(gram(x), p / 2, c))
    return number(np.exp(np.log(total) / p.item())) if total.real > 0 else number(np.nan)


def half_vec(a: Array) -> Array:
    """The columns from the diagonal down, stacked."""
    square(a)
    return column(np.concatenate([a[j:, j] for j in range(len(a))]))


def lower_triangle(n: int) -> list[tuple[int, int]]:
    """The places on and below the diagonal, column by column."""
    return [(row, column) for column in range(n) for row in range(column, n)]


def duplication(n: int) -> Array:
    """D with D*vech(S) = vec(S)."""
    out = np.zeros((n * n, n * (n + 1) // 2))
    for k, (i, j) in enumerate(lower_triangle(n)):
        out[j * n + i, k] = out[i * n + j, k] = 1
    return out


def elimination(n: int) -> Array:
    """L with L*vec(A) = vech(A)."""
    out = np.zeros((n * (n + 1) // 2, n * n))
    for k, (i, j) in enumerate(lower_triangle(n)):
        out[k, j * n + i] = 1
    return out


def extreme(x: Array, sign: int, c: Context) -> Array:
    """1 at the largest entry (the smallest for -1), else 0."""
    flat = np.sort((sign * x.real).reshape(-1))
    if len(flat) > 1:
        c.near(number(flat[-1] - flat[-2]))
    out = np.zeros(x.size)
    out[np.argmax(sign * x.real)] = 1
    return out.reshape(x.shape)


def larger(a: Array, b: Array, sign: int, c: Context) -> Array:
    """The larger of two entries, the smaller for -1."""
    c.near(a - b)
    return np.asarray(np.where(sign * (a - b).real > 0, a, b))


def absolute(x: Array, c: Context) -> Array:
    """Entry by entry, away from zero."""
    c.near(x)
    return np.asarray(np.sign(x.real) * x)


def norm_p(x: Array, p: Array, c: Context) -> Array:
    """The p-norm of all entries."""
    return number(np.sum(absolute(x, c) ** p.item()) ** (1 / p.item()))


def centred(x: Array) -> Array:
    """Less the mean."""
    return np.asarray(x - np.mean(x))


def spread(x: Array, c: Context) -> Array:
    """The standard deviation."""
    v = number(np.mean(centred(x) ** 2))
    c.near(v)
    return _root(v)


def less_log_sum(x: Array) -> Array:
    """The logarithm of softmax."""
    below = x - np.max(x.real)
    return np.asarray(below - np.log(np.sum(np.exp(below))))


def error_function(x: Array) -> Array:
    """The error function."""
    if not np.iscomplexobj(x):
        return np.asarray(ERF(x))
    return np.asarray(ERF(x.real)) + 1j * along(lambda s: np.exp(-((x.real + 1j * s) ** 2)), x.imag) * 2 / math.sqrt(math.pi)


def blocks(*parts: Array) -> Array:
    """Blocks along the diagonal."""
    out = np.zeros((sum(len(p) for p in parts), sum(p.shape[1] for p in parts)), dtype=np.result_type(*parts))
    row = column_ = 0
    for p in parts:
        out[row : row + len(p), column_ : column_ + p.shape[1]] = p
        row, column_ = row + len(p), column_ + p.shape[1]
    return out


def along_diagonals(a: Array, mean: bool) -> Array:
    """At every entry the sum, or the mean, of its diagonal."""
    n = len(a)
    pick = np.arange(n)[:, None] - np.arange(n)
    return sum((np.where(pick == k, a, 0).sum() / (n - abs(k) if mean else 1) * (pick == k) for k in range(1 - n, n)), np.zeros((n, n)))


def lag_sums(a: Array) -> Array:
    """Entry k is the sum of the entries that are k - 1 from the diagonal."""
    away = np.abs(np.arange(len(a))[:, None] - np.arange(len(a)))
    return column(np.array([np.where(away == k, a, 0).sum() for k in range(len(a))]))


def toeplitz(x: Array) -> Array:
    """The symmetric matrix with this first column."""
    flat = x.reshape(-1)
    return np.asarray(flat[np.abs(np.arange(len(flat))[:, None] - np.arange(len(flat)))])


def turning(a: Array) -> Array:
    """The matrix of the cross product with a."""
    x, y, z = a.reshape(-1)
    zero = 0 * x
    return np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]])


EVERYDAY: Final[dict[str, Callable[..., Array]]] = {
    "mean": lambda c, a: np.mean(a, keepdims=True), "var": lambda c, a: number(np.mean(centred(a) ** 2)), "std": lambda c, a: spread(a, c),
    "max": lambda c, a: number(np.sum(extreme(a, 1, c) * a)), "min": lambda c, a: number(np.sum(extreme(a, -1, c) * a)),
    "indmax": lambda c, a: extreme(a, 1, c), "indmin": lambda c, a: extreme(a, -1, c), "prod": lambda c, a: np.prod(a, keepdims=True),
    "cumsum": lambda c, a: column(np.cumsum(a)), "rowsums": lambda c, a: column(np.sum(a, axis=1)),
    "colsums": lambda c, a: column(np.sum(a, axis=0)), "rowmeans": lambda c, a: column(np.mean(a, axis=1)),
    "colmeans": lambda c, a: column(np.mean(a, axis=0)), "logsoftmax": lambda c, a: less_log_sum(a),
    "layernorm": lambda c, a: centred(a) / spread(a, c), "rmsnorm": lambda c, a: a / _root(number(np.mean(a * a))),
    "norminf": lambda c, a: number(np.sum(extreme(absolute(a, c), 1, c) * absolute(a, c))), "normp": lambda c, a, p: norm_p(a, p, c),
    "maximum": lambda c, a, b: larger(a, b, 1, c), "minimum": lambda c, a, b: larger(a, b, -1, c),
    "log1p": lambda c, a: np.where(a.real > -1, np.log1p(np.where(a.real > -1, a, 0)), np.nan), "expm1": lambda c, a: np.expm1(a),
    "erf": lambda c, a: error_function(a), "silu": lambda c, a: a / (1 + np.exp(-a)), "arcsinh": lambda c, a: np.arcsinh(a),
    "skew3": lambda c, a: turning(a), "cross": lambda c, a, b: turning(a) @ b,
}  # fmt: skip
SPECTRAL: Final[dict[str, Callable[..., Array]]] = {
    "cosm": lambda c, a: cosine(a), "sinm": lambda c, a: sine(a), "powm": lambda c, a, t: power(a, t, c),
    "expm_frechet": lambda c, a, e: corner(exponential, a, e), "logm_frechet": lambda c, a, e: corner(lambda b: logarithm(b, c), a, e),
    "sqrtm_frechet": lambda c, a, e: corner(lambda b: square_root(b, c), a, e), "cosm_frechet": lambda c, a, e: corner(cosine, a, e),
    "sinm_frechet": lambda c, a, e: corner(sine, a, e), "powm_frechet": lambda c, a, t, e: corner(lambda b: power(b, t, c), a, e),
    "sylvester": lambda c, a, b, z: sylvester(a, b, z, c), "lyap": lambda c, a, z: sylvester(a, a.T, z, c),
    "eigvals": lambda c, a: column(spectrum(a, c)[0]), "eigval": lambda c, a, k: number(spectrum(a, c)[0][at(k)]),
    "lambda_max": lambda c, a: number(spectrum(a, c)[0][-1]), "lambda_min": lambda c, a: number(spectrum(a, c)[0][0]),
    "eigvec": lambda c, a, k: column(spectrum(a, c)[1][:, at(k)]), "eigvecs": lambda c, a: spectrum(a, c)[1],
    "eigproj": lambda c, a, k: projector(a, k, c),
    "svdvals": lambda c, a: column(singular(a, c)[1]), "sval": lambda c, a, k: number(singular(a, c)[1][at(k)]),
    "sigma_max": lambda c, a: number(singular(a, c)[1][0]), "sigma_min": lambda c, a: number(singular(a, c)[1][-1]),
    "svec_left": lambda c, a, k: column(singular(a, c)[0][:, at(k)]), "svec_right": lambda c, a, k: column(singular(a, c)[2][:, at(k)]),
    "svecs_left": lambda c, a: singular(a, c)[0], "svecs_right": lambda c, a: singular(a, c)[2],
    "polar": lambda c, a: polar(a, c), "normN": lambda c, a: nuclear(a, c), "schatten": lambda c, a, p: schatten(a, p, c),
    "blkdiag": lambda c, *a: blocks(*a), "diagsums": lambda c, a: along_diagonals(a, False), "lagsums": lambda c, a: lag_sums(a),
    "diagmeans": lambda c, a: along_diagonals(a, True), "toeplitz": lambda c, a: toeplitz(a), "chol": lambda c, a: cholesky(a, c),
    "vech": lambda c, a: half_vec(a), "skew": lambda c, a: (a - a.T) / 2,
}  # fmt: skip

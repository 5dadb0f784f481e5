"""Functions of a square matrix that NumPy lacks, in NumPy alone: what the evaluator uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

SINGULAR: Final = 1e11
# LAPACK refuses them.
LONG: Final = (np.longdouble, np.clongdouble)


def matrix_power(A: Any, k: float) -> Any:
    """A^k: exact for an integer k, by the eigenvalues for a fraction (Higham, Functions of Matrices, section 1.2)."""
    if k == 1:
        return A
    if float(k).is_integer():
        return np.linalg.matrix_power(A, int(k))
    values, vectors = np.linalg.eig(A)
    return np.real_if_close((vectors * values.astype(complex) ** k) @ np.linalg.inv(vectors), tol=1e6)


def regular_inverse(a: Any) -> Any:
    """The inverse; nan where rounding has made one of a singular matrix."""
    value = np.linalg.inv(_double(a) if a.dtype.type in LONG else a)
    return value if np.abs(value).max() * np.abs(a).max() < SINGULAR else np.full_like(value, np.nan)


def in_double(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """The value of a function; of double precision where LAPACK refuses long doubles."""
    try:
        return function(*args)
    except TypeError:
        if all(np.asarray(a).dtype not in LONG for a in args):
            raise
    return function(*map(_double, args))


def _double(a: Any) -> Any:
    return np.asarray(a, dtype=complex if np.iscomplexobj(a) else float)


def elimination(n: int) -> Any:
    """L with L vec(A) = vech(A) for A of n x n (Magnus and Neudecker 1980)."""
    return np.eye(n * n)[_below(n)]


def duplication(n: int) -> Any:
    """D with D vech(S) = vec(S) for symmetric S of n x n (Magnus and Neudecker, section 3.8)."""
    rows, columns = np.divmod(_below(n), n)
    return np.maximum(np.eye(n * n)[rows * n + columns], np.eye(n * n)[columns * n + rows]).T


def _below(n: int) -> Any:
    """Where vec has the entries on and below the diagonal."""
    column, row = np.triu_indices(n)
    return column * n + row


def commutation(m: int, n: int) -> Any:
    """K with K vec(A) = vec(A^T) for A of m x n (Magnus and Neudecker, section 3.7)."""
    return np.eye(m * n)[np.arange(m * n).reshape(n, m).T.ravel()]

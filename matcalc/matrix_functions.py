"""Functions of a square matrix that NumPy lacks, in NumPy alone.

Generated code must stand by itself, so that it carries the source text of what it calls: see `source_of`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np


def _matrix_power(A, k):  # type: ignore[no-untyped-def]
    """A^k: exact for an integer k, by the eigenvalues for a fraction (Higham, Functions of Matrices, section 1.2)."""
    if float(k).is_integer():
        return np.linalg.matrix_power(A, int(k))
    values, vectors = np.linalg.eig(A)
    return np.real_if_close((vectors * values.astype(complex) ** k) @ np.linalg.inv(vectors), tol=1e6)


def _commutation(m, n):  # type: ignore[no-untyped-def]
    """K with K vec(A) = vec(A^T) for A of m x n (Magnus and Neudecker, section 3.7)."""
    return np.eye(m * n)[np.arange(m * n).reshape(n, m).T.ravel()]


matrix_power: Callable[[Any, float], Any] = _matrix_power
commutation: Callable[[int, int], Any] = _commutation


def source_of(function: Callable[..., Any]) -> str:
    """The source text of a helper of this module, as generated code carries it."""
    return inspect.getsource(function).replace("  # type: ignore[no-untyped-def]", "")

"""Functions of a square matrix that NumPy lacks, in NumPy alone: what the evaluator uses."""

from __future__ import annotations

from typing import Any

import numpy as np


def matrix_power(A: Any, k: float) -> Any:
    """A^k: exact for an integer k, by the eigenvalues for a fraction (Higham, Functions of Matrices, section 1.2)."""
    if float(k).is_integer():
        return np.linalg.matrix_power(A, int(k))
    values, vectors = np.linalg.eig(A)
    return np.real_if_close((vectors * values.astype(complex) ** k) @ np.linalg.inv(vectors), tol=1e6)


def commutation(m: int, n: int) -> Any:
    """K with K vec(A) = vec(A^T) for A of m x n (Magnus and Neudecker, section 3.7)."""
    return np.eye(m * n)[np.arange(m * n).reshape(n, m).T.ravel()]

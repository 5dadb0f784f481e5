"""The directions that a structured variable or a point of a manifold may take, as the derivative by entries sees them.

A derivative G answers a direction E of all entries with <G, E>; the function then moves along the direction that is given here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from apart.meanings import Array

STRUCTURES: Final = ("symmetric", "spd", "skew", "diagonal", "lower", "upper", "toeplitz")
MANIFOLDS: Final = ("sphere", "stiefel", "orthogonal", "spd")


def _along_diagonals(e: Array, mean: bool) -> Array:
    """On each diagonal the sum, or the mean, of the entries along it."""
    n = len(e)
    out = np.zeros((n, n))
    for k in range(1 - n, n):
        entries = np.diag(e, k)
        out += np.eye(n, k=k) * (entries.mean() if mean else entries.sum())
    return out


FREE: Final[dict[str, Callable[[Array], Array]]] = {
    "symmetric": lambda e: e + e.T - np.diag(np.diag(e)), "spd": lambda e: e + e.T - np.diag(np.diag(e)), "skew": lambda e: e - e.T,
    "diagonal": lambda e: np.diag(np.diag(e)), "lower": np.tril, "upper": np.triu, "toeplitz": lambda e: _along_diagonals(e, False),
}  # fmt: skip
PROJECTED: Final[dict[str, Callable[[Array], Array]]] = {
    **FREE, "symmetric": lambda e: (e + e.T) / 2, "spd": lambda e: (e + e.T) / 2, "skew": lambda e: (e - e.T) / 2,
    "toeplitz": lambda e: _along_diagonals(e, True),
}  # fmt: skip
TANGENT: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "sphere": lambda x, e: e - x * np.sum(x * e), "stiefel": lambda x, e: e - x @ (x.T @ e + e.T @ x) / 2,
    "orthogonal": lambda x, e: e - x @ (x.T @ e + e.T @ x) / 2, "spd": lambda x, e: x @ (e + e.T) @ x / 2,
}  # fmt: skip


def on_manifold(manifold: str, a: Array) -> Array:
    """A point of a manifold near an array; IndexError where its shape has none."""
    if manifold == "spd":
        return np.asarray(a @ a.T / len(a) + np.eye(len(a)) / 2)
    if manifold == "sphere":
        return np.asarray(a / np.linalg.norm(a))
    if a.shape[0] < a.shape[1]:
        raise IndexError(f"no orthonormal columns in {a.shape}")
    return np.asarray(np.linalg.qr(a)[0])

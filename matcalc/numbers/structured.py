"""Kronecker products, identities and commutations that are applied and never formed.

(A (x) B) vec(X) = vec(B X A^T): a factor is multiplied along its own axis of the array that a column is, and a commutation matrix
transposes it, so that what is multiplied takes the place of the column and not of a matrix with as many rows and columns. The sum of
all entries and the trace are those of the factors multiplied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr

Array = Any
Apply = Callable[[Array], Array]
KINDS: Final = frozenset({"eye", "comm", "kron"})
# Smaller ones are formed, which is quicker.
FORMED: Final = 1 << 14


class Structured:
    """A matrix that is told by what it makes of a matrix of columns, by the sum of its entries, and by its trace where that is known."""

    # NumPy leaves the product of an array and one of these to this class.
    __array_ufunc__ = None

    def __init__(self, rows: int, columns: int, apply: Apply, apply_turned: Apply, total: Any, trace: Any = None) -> None:
        self.shape, self._apply, self._apply_turned = (rows, columns), apply, apply_turned
        self._total, self._trace = total, trace

    @property
    def T(self) -> Structured:
        return Structured(self.shape[1], self.shape[0], self._apply_turned, self._apply, self._total, self._trace)

    def __matmul__(self, other: Array) -> Array:
        made = self._apply(other.reshape(self.shape[1], -1))
        return made.reshape(-1) if other.ndim == 1 else made

    def __rmatmul__(self, other: Array) -> Array:
        return (self.T @ other.T).T

    def scaled(self, c: Any) -> Structured:
        """A number times the matrix."""
        trace = None if self._trace is None else c * self._trace
        return Structured(*self.shape, lambda v: c * self._apply(v), lambda v: c * self._apply_turned(v), c * self._total, trace)

    def sum(self) -> Any:
        """The sum of all entries."""
        return self._total

    def trace(self) -> Any:
        """The trace; of a Kronecker product whose factors are not square, that of the matrix as it is formed."""
        return self.formed().trace() if self._trace is None else self._trace

    def formed(self) -> Array:
        """The matrix itself, from the shorter side."""
        rows, columns = self.shape
        return self @ np.eye(columns) if columns <= rows else np.eye(rows) @ self


def identity(n: int) -> Structured:
    """The identity matrix."""
    return Structured(n, n, lambda v: v, lambda v: v, n, n)


def commuting(m: int, n: int) -> Structured:
    """K(m,n): vec(A) to vec(A^T) for A of m x n; its transpose is K(n,m)."""

    def turn(rows: int, columns: int) -> Apply:
        return lambda v: v.reshape(columns, rows, -1).transpose(1, 0, 2).reshape(rows * columns, -1)

    return Structured(m * n, m * n, turn(m, n), turn(n, m), m * n)


def kronecker(a: Array, b: Array) -> Structured:
    """A (x) B of arrays or structured matrices."""

    def applying(left: Array, right: Array) -> Apply:
        (p, q), (r, s) = left.shape, right.shape

        def apply(v: Array) -> Array:
            k = v.shape[1]
            inside = (right @ v.reshape(q, s, k).transpose(1, 0, 2).reshape(s, q * k)).reshape(r, q, k)
            return (left @ inside.transpose(1, 0, 2).reshape(q, r * k)).reshape(p * r, k)

        return apply

    rows, columns = a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]
    are_square = a.shape[0] == a.shape[1] and b.shape[0] == b.shape[1]
    trace = a.trace() * b.trace() if are_square else None
    return Structured(rows, columns, applying(a, b), applying(a.T, b.T), a.sum() * b.sum(), trace)


def chained(values: Sequence[Array]) -> Array:
    """The product of matrices of which some are structured, from the smallest that is formed outwards."""
    formed = [k for k, v in enumerate(values) if not isinstance(v, Structured)]
    start = min(formed or range(len(values)), key=lambda k: values[k].shape[0] * values[k].shape[-1])
    made = values[start] if formed else values[start].formed()
    for v in reversed(values[:start]):
        made = v @ made
    for v in values[start + 1 :]:
        made = made @ v
    return made


def applied_only(exprs: Sequence[Expr], nodes: Sequence[Expr]) -> set[Expr]:
    """The nodes of some expressions that need not be formed; `nodes` are all, in order.

    They are only factors of products of matrices, or only their entries are summed, or the diagonal ones of square factors.
    """
    if all(n.op not in KINDS for n in nodes):
        return set()
    uses: dict[Expr, list[Expr]] = {}
    for n in nodes:
        for a in n.args:
            uses.setdefault(a, []).append(n)
    found: set[Expr] = set()
    roots = set(exprs)
    for n in reversed(nodes):
        is_kind = _bare(n).op in KINDS or n.op == "T" and n.args[0].op in KINDS
        if is_kind and n not in roots and all(u in found or _needs_no_entries(u, n) for u in uses.get(n, ())):
            found.add(n)
    return found


def _bare(n: Expr) -> Expr:
    """A matrix without the numbers that it is multiplied by."""
    while n.op == "mul" and n.args[-1].op in ("mul", *KINDS) and all(a.is_scalar for a in n.args[:-1]):
        n = n.args[-1]
    return n


def _needs_no_entries(user: Expr, n: Expr) -> bool:
    """Whether a product, a sum or a trace is told by the factors of a matrix."""
    bare = _bare(n)
    if user.op == "tr":
        return bare.op == "kron" and all(a.shape[0] == a.shape[1] for a in bare.args)
    return user.op == "mul" or user.op == "sum" and bare.op == "kron"

"""Trees of the plain notation on complex arrays, and derivatives by differences in the real and the imaginary parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from apart.trees import Node

Array = Any
STEPS: Final = 4
FIRST: Final = 2e-3


class Valueless(ValueError):
    """What has no value that this evaluator knows."""


def expm(a: Array) -> Array:
    """The matrix exponential by its series, after halving."""
    halvings = max(0, math.ceil(math.log2(max(float(np.linalg.norm(a, 1)), 1e-300))) + 5)
    term = result = np.eye(len(a), dtype=complex)
    for k in range(1, 20):
        term = term @ (a / 2.0**halvings) / k
        result = result + term
    for _ in range(halvings):
        result = result @ result
    return result


def adjugate(a: Array) -> Array:
    """The cofactors, transposed."""
    n = len(a)
    minors = [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) * (-1) ** (i + j) for j in range(n)] for i in range(n)]
    return np.array(minors).T


def commutation(m: int, n: int) -> Array:
    """K with K vec(A) = vec(A^T)."""
    return np.eye(m * n).reshape(n, m, m * n).transpose(1, 0, 2).reshape(m * n, m * n)


CALLS: Final[dict[str, Callable[..., Array]]] = {
    "conj": np.conj,
    "real": np.real,
    "imag": np.imag,
    "abs": np.abs,
    "arg": np.angle,
    "sign": np.sign,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "tan": np.tan,
    "sqrt": np.sqrt,
    "tr": lambda a: np.trace(a).reshape(1, 1),
    "sum": lambda a: np.sum(a).reshape(1, 1),
    "det": lambda a: np.linalg.det(a).reshape(1, 1),
    "logdet": lambda a: np.log(np.linalg.det(a)).reshape(1, 1),
    "norm2": lambda a: np.sqrt(np.sum(np.abs(a) ** 2)).reshape(1, 1),
    "normF": lambda a: np.sqrt(np.sum(np.abs(a) ** 2)).reshape(1, 1),
    "diag": lambda a: np.diag(a.reshape(-1)),
    "Diag": lambda a: np.diag(a.reshape(-1)),
    "diagv": lambda a: np.diagonal(a).reshape(-1, 1),
    "vec": lambda a: a.reshape(-1, 1, order="F"),
    "kron": np.kron,
    "adj": adjugate,
    "inv": np.linalg.inv,
    "expm": expm,
    "expm_frechet": lambda a, e: expm(np.block([[a, e], [np.zeros_like(a), a]]))[: len(a), len(a) :],
    "sym": lambda a: (a + a.T) / 2,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "softplus": lambda a: np.log(1 + np.exp(a)),
    "heaviside": lambda a: (a > 0) * 1.0,
}


class Evaluator:
    """Values of trees where names have these values and sizes."""

    def __init__(self, values: Mapping[str, Array], sizes: Mapping[str, int]) -> None:
        self.values, self.sizes = values, sizes

    def value(self, node: Node, like: int | None = None) -> Array:
        """The value, an array of two axes; a sum with I is one of its neighbour's size."""
        kind = getattr(self, f"_{node.op}", None)
        if kind is None:
            raise Valueless(node.op)
        return kind(node)

    def _name(self, node: Node) -> Array:
        if node.data in self.values:
            return self.values[node.data]
        if node.data in self.sizes:
            return np.array([[self.sizes[node.data]]])
        raise Valueless(node.data)

    def _num(self, node: Node) -> Array:
        return np.array([[complex(node.data) if isinstance(node.data, complex) else float(node.data)]])

    def _neg(self, node: Node) -> Array:
        return -self.value(node.args[0])

    def _T(self, node: Node) -> Array:
        return self.value(node.args[0]).T

    def _H(self, node: Node) -> Array:
        return self.value(node.args[0]).conj().T

    def _invT(self, node: Node) -> Array:
        return np.linalg.inv(self.value(node.args[0])).T

    def _invH(self, node: Node) -> Array:
        return np.linalg.inv(self.value(node.args[0])).conj().T

    def _add(self, node: Node) -> Array:
        terms = self._terms(node, 1)
        known = [(sign, self.value(t)) for sign, t in terms if not _is_identity(t)]
        total = sum(sign * v for sign, v in known)
        for sign, t in terms:
            if _is_identity(t):
                total = total + sign * self._multiple(t) * np.eye(len(np.atleast_2d(total)))
        return total

    _sub = _add

    def _terms(self, node: Node, sign: int) -> list[tuple[int, Node]]:
        if node.op in ("add", "sub"):
            return [*self._terms(node.args[0], sign), *self._terms(node.args[1], sign if node.op == "add" else -sign)]
        return [(sign, node)]

    def _multiple(self, node: Node) -> Array:
        """What I is multiplied by."""
        if node.op == "I":
            return 1
        if node.op == "neg":
            return -self._multiple(node.args[0])
        left, right = node.args
        if node.op == "div":
            return self._multiple(left) / self.value(right)
        return self.value(left) * self._multiple(right) if _is_identity(right) else self._multiple(left) * self.value(right)

    def _mul(self, node: Node) -> Array:
        a, b = map(self.value, node.args)
        return a * b if a.size == 1 or b.size == 1 else a @ b

    def _div(self, node: Node) -> Array:
        return self.value(node.args[0]) / self.value(node.args[1])

    def _had(self, node: Node) -> Array:
        a, b = node.args
        if _is_identity(a) or _is_identity(b):
            other = self.value(b if _is_identity(a) else a)
            return other * self._multiple(a if _is_identity(a) else b) * np.eye(len(other))
        return self.value(a) * self.value(b)

    def _hdiv(self, node: Node) -> Array:
        return self.value(node.args[0]) / self.value(node.args[1])

    def _pow(self, node: Node) -> Array:
        base, k = self.value(node.args[0]), self.value(node.args[1])
        if base.size == 1:
            return base**k if np.iscomplexobj(base) or np.all(base >= 0) or float(k.real[0, 0]).is_integer() else base.astype(complex) ** k
        return np.linalg.matrix_power(base, int(k.real[0, 0]))

    def _hpow(self, node: Node) -> Array:
        return self.value(node.args[0]) ** self.value(node.args[1])

    def _call(self, node: Node) -> Array:
        if node.data not in CALLS:
            raise Valueless(node.data)
        return np.atleast_2d(CALLS[node.data](*map(self.value, node.args)))

    def _sizes_of(self, node: Node) -> list[int]:
        return [int(self.value(d).real[0, 0]) for d in node.data]

    def _ones(self, node: Node) -> Array:
        return np.ones(self._sizes_of(node))

    def _zeros(self, node: Node) -> Array:
        return np.zeros(self._sizes_of(node))

    def _eye(self, node: Node) -> Array:
        return np.eye(int(self.value(node.data).real[0, 0]))

    def _K(self, node: Node) -> Array:
        return commutation(*self._sizes_of(node))


def _is_identity(node: Node) -> bool:
    if node.op == "I":
        return True
    if node.op in ("neg", "div"):
        return _is_identity(node.args[0])
    return node.op == "mul" and any(map(_is_identity, node.args))


def slopes(f: Callable[[Array], Array], x: Array, unit: complex) -> tuple[Array, float]:
    """The derivative of f along `unit` times each entry of x, axes of f before those of x, and how far it is known."""
    f0 = f(x)
    out, doubt = np.zeros((*f0.shape, *x.shape), complex), 0.0
    for at in np.ndindex(*x.shape):
        table: list[list[Array]] = []
        for i in range(STEPS):
            h = FIRST / 2**i
            above, below = x.astype(complex) if unit != 1 or np.iscomplexobj(x) else x.copy(), None
            below = above.copy()
            above[at] += h * unit
            below[at] -= h * unit
            row = [(f(above) - f(below)) / (2 * h)]
            for j in range(1, i + 1):
                row.append(row[-1] + (row[-1] - table[-1][j - 1]) / (4**j - 1))
            table.append(row)
        out[(..., *at)] = table[-1][-1]
        doubt = max(doubt, float(np.max(np.abs(table[-1][-1] - table[-2][-1]))))
    return out, doubt


def wirtinger(f: Callable[[Array], Array], x: Array, how: str) -> tuple[Array, float]:
    """The derivative by a complex x ("", conjugate, real, imaginary, gradient), or by a real one."""
    along, doubt = slopes(f, x, 1)
    if not np.iscomplexobj(x) or how == "real":
        return along, doubt
    across, more = slopes(f, x, 1j)
    made = {
        "": (along - 1j * across) / 2,
        "conjugate": (along + 1j * across) / 2,
        "imaginary": across,
        "gradient": along + 1j * across,
    }
    return made[how], doubt + more

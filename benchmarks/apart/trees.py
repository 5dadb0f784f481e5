"""Expressions as trees, and their values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from apart.meanings import Array, Context, call, commutation, entry_power, inverse, number, power
from apart.spectra import EVERYDAY, SPECTRAL, duplication, elimination

Dim = str  # "m", "3", "m*n"


@dataclass(frozen=True, eq=False)
class Node:
    """An operation on other expressions; rows and columns are known where the expression was made, not where it was read."""

    op: str
    args: tuple[Node, ...] = ()
    data: Any = None
    rows: Dim = "?"
    cols: Dim = "?"

    @property
    def shape(self) -> tuple[Dim, Dim]:
        """Rows and columns."""
        return self.rows, self.cols


@dataclass(frozen=True)
class Identity:
    """A multiple of the identity whose size the neighbours tell."""

    factor: complex

    def sized(self, n: int) -> Array:
        """The matrix of n x n."""
        return self.factor * np.eye(n)


Value = Array | Identity


def walk(node: Node) -> list[Node]:
    """Every node, each once, parts first."""
    seen: dict[int, Node] = {}
    stack = [(node, False)]
    while stack:
        n, done = stack.pop()
        if done:
            seen[id(n)] = n
        elif id(n) not in seen:
            stack.append((n, True))
            stack.extend((a, False) for a in n.args)
    return list(seen.values())


def value(node: Node, c: Context) -> Array:
    """The value of an expression; the largest real part and the largest imaginary one on the way are remembered."""
    known: dict[int, Value] = {}
    for n in walk(node):
        v = known[id(n)] = operate(n, [known[id(a)] for a in n.args], c)
        if not isinstance(v, Identity) and v.size:
            top = float(np.max(np.abs(v.real)))
            c.largest = max(c.largest, top) if math.isfinite(top) else math.inf
            if np.iscomplexobj(v):
                c.moved = max(c.moved, float(np.max(np.abs(v.imag))))
    return sure(known[id(node)])


def sure(v: Value) -> Array:
    """An array, not an identity of any size."""
    if isinstance(v, Identity):
        raise ValueError("an identity of unknown size")
    return v


def size(dimension: Any, c: Context) -> int:
    """The value of a dimension: an expression of sizes."""
    if isinstance(dimension, str):
        product = 1
        for part in dimension.split("*"):
            product *= int(part) if part.isdigit() else c.sizes[part]
        return product
    found = sure(operate_all(dimension, c)).item()
    return round(float(found.real))


def operate_all(node: Node, c: Context) -> Value:
    """The value of a small expression, such as a size."""
    return operate(node, [operate_all(a, c) for a in node.args], c)


def operate(n: Node, a: list[Value], c: Context) -> Value:
    """The value of one operation."""
    if n.op in LEAVES:
        return LEAVES[n.op](n, c)
    if n.op in ("add", "sub"):
        return plus(a[0], a[1], 1 if n.op == "add" else -1)
    if n.op == "neg":
        return Identity(-a[0].factor) if isinstance(a[0], Identity) else -a[0]
    if n.op == "mul":
        return times(a[0], a[1])
    if n.op == "div":
        return divided(a[0], sure(a[1]), c)
    if n.op in ("had", "hdiv", "hpow"):
        return by_entries(n.op, a[0], a[1], c)
    if n.op == "T":
        return a[0] if isinstance(a[0], Identity) else a[0].T
    if n.op == "array":
        return stacked_blocks(a, n.data)
    return others(n, [sure(v) for v in a], c)


def others(n: Node, a: list[Array], c: Context) -> Array:
    """Operations that want arrays of known shape."""
    if n.op == "pow":
        return power(a[0], a[1], c)
    if n.op == "call":
        known = EVERYDAY.get(n.data) or SPECTRAL.get(n.data)
        return call(n.data, a, c) if known is None else np.asarray(known(c, *a))
    if n.op == "part":
        return part(a[0], n.data, c)
    if n.op == "invT":
        return inverse(a[0], c).T
    raise ValueError(f"no meaning of {n.op} is known here")


def stacked_blocks(entries: list[Value], columns: int) -> Array:
    """An array from its entries or blocks, row by row; an identity takes its size from a block beside it, or above or below."""
    grid = [entries[k : k + columns] for k in range(0, len(entries), columns)]
    return np.block([[_fitted(v, row, [r[j] for r in grid]) for j, v in enumerate(row)] for row in grid])


def _fitted(v: Value, row: list[Value], across: list[Value]) -> Array:
    if not isinstance(v, Identity):
        return v
    beside = [u.shape[0] for u in row if not isinstance(u, Identity)] + [u.shape[1] for u in across if not isinstance(u, Identity)]
    if not beside:
        raise ValueError("an identity of unknown size in a block matrix")
    return v.sized(beside[0])


def _variable(n: Node, c: Context) -> Array:
    if n.data in c.values:
        return c.values[n.data]
    if n.data in c.sizes:
        return number(float(c.sizes[n.data]))
    raise ValueError(f"{n.data} has no value")


LEAVES: dict[str, Callable[[Node, Context], Value]] = {
    "name": _variable,
    "num": lambda n, c: number(float(n.data)),
    "pi": lambda n, c: number(math.pi),
    "I": lambda n, c: Identity(1.0) if n.rows == "?" else np.eye(size(n.rows, c)),
    "ones": lambda n, c: np.ones(tuple(size(d, c) for d in n.data)),
    "zeros": lambda n, c: np.zeros(tuple(size(d, c) for d in n.data)),
    "eye": lambda n, c: np.eye(size(n.data, c)),
    "K": lambda n, c: commutation(size(n.data[0], c), size(n.data[1], c)),
    "D": lambda n, c: duplication(size(n.data[0], c)),
    "L": lambda n, c: elimination(size(n.data[0], c)),
}


def plus(a: Value, b: Value, sign: int) -> Value:
    """A sum or a difference; a number is added to every entry."""
    if isinstance(a, Identity) and isinstance(b, Identity):
        return Identity(a.factor + sign * b.factor)
    left, right = met(a, b)
    same(left, right)
    return np.asarray(left + sign * right)


def met(a: Value, b: Value) -> tuple[Array, Array]:
    """Both as arrays, an identity with the size of the other."""
    if isinstance(a, Identity):
        other = sure(b)
        return a.sized(other.shape[0]), other
    if isinstance(b, Identity):
        return a, b.sized(a.shape[0])
    return a, b


def same(a: Array, b: Array) -> None:
    """Refuse arrays of two shapes, unless one is a number."""
    if a.shape != b.shape and a.size != 1 and b.size != 1:
        raise ValueError(f"{a.shape} beside {b.shape}")


def times(a: Value, b: Value) -> Value:
    """The matrix product; a number scales."""
    if isinstance(a, Identity) or isinstance(b, Identity):
        return _with_identity(a, b)
    if a.shape[1] == b.shape[0]:
        return np.asarray(a @ b)
    if a.size == 1 or b.size == 1:
        return a * b
    raise ValueError(f"{a.shape} times {b.shape}")


def _with_identity(a: Value, b: Value) -> Value:
    if isinstance(a, Identity) and isinstance(b, Identity):
        return Identity(a.factor * b.factor)
    one, other = (a, b) if isinstance(a, Identity) else (b, a)
    assert isinstance(one, Identity) and not isinstance(other, Identity)
    return Identity(one.factor * other.item()) if other.size == 1 else one.factor * other


def divided(a: Value, b: Array, c: Context) -> Value:
    """A quotient by a number."""
    if b.size != 1:
        raise ValueError(f"a quotient by an array of {b.shape}")
    c.near(b)
    with np.errstate(all="ignore"):
        return Identity(a.factor / b.item()) if isinstance(a, Identity) else a / b


def by_entries(op: str, a: Value, b: Value, c: Context) -> Array:
    """Product, quotient or power entry by entry."""
    left, right = met(a, b)
    same(left, right)
    if op == "had":
        return left * right
    if op == "hpow":
        return entry_power(left, right, c)
    c.near(right)
    with np.errstate(all="ignore"):
        return left / right


def part(a: Array, places: list[Any], c: Context) -> Array:
    """Entries, rows, columns and ranges, counted from 1; a place is a size, a pair (from, to) or None for all."""
    if len(places) == 1:
        kept = a.reshape(-1)[_places(places[0], a.size, c)]
        return kept.reshape((1, -1) if a.shape[0] == 1 and a.shape[1] != 1 else (-1, 1))
    rows, columns = (_places(p, n, c) for p, n in zip(places, a.shape, strict=True))
    return np.asarray(a[np.ix_(rows, columns)])


def _places(place: Any, length: int, c: Context) -> list[int]:
    if place is None:
        return list(range(length))
    if isinstance(place, tuple):
        first, last = (size(p, c) for p in place)
        if first < 1 or last > length:
            raise IndexError(f"{first}:{last} of {length}")
        return list(range(first - 1, last))
    at = size(place, c)
    if not 1 <= at <= length:
        raise IndexError(f"{at} of {length}")
    return [at - 1]

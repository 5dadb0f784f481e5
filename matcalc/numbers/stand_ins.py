"""Stand-ins for functions that only the user knows: smooth ones without structure, with their derivatives."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr, Unknown
from matcalc.algebra.walk import in_order
from matcalc.numbers.sampling.sizes import size_of

Array = Any
StandIns = dict[tuple[str, str, int], Callable[..., Array]]
HIGHEST: Final = 8
SLANT: Final = 0.4


def stand_ins(exprs: Sequence[Expr], sizes: Mapping[str, int]) -> StandIns:
    """A smooth function with known derivatives for every unknown one."""
    found: StandIns = {}
    for n in in_order(exprs):
        if n.op == "call":
            found |= _stand_in(n.data, sizes)
    return found


def _stand_in(f: Unknown, sizes: Mapping[str, int]) -> StandIns:
    seed = int.from_bytes(hashlib.sha256(f.name.encode()).digest()[:8], "big")
    if f.kind == "elementwise":
        return {(f.name, "elementwise", k): _wave(seed, k) for k in range(HIGHEST)}
    if f.kind in ("scalar", "gradient"):
        return {(f.name, "scalar", 0): _scalar(seed), (f.name, "gradient", 0): _gradient(seed)}
    rows = size_of(f.rows, sizes)

    def value(y: Array) -> Array:
        inner, outer, shift = _weights(seed, rows, np.size(y))
        return np.sin(inner @ y + shift) + outer @ y

    def jacobian(y: Array) -> Array:
        inner, outer, shift = _weights(seed, rows, np.size(y))
        return np.cos(inner @ y + shift)[:, None] * inner + outer

    return {(f.name, "vector", 0): value, (f.name, "jacobian", 0): jacobian}


def _wave(seed: int, order: int) -> Callable[[Array], Array]:
    """The derivative of p sin(a z + b) + q sin(c z + d) + z/2 of an order: no multiple of one of another order."""
    p, a, q, c = np.random.default_rng(seed).uniform([0.6, 1.1, 0.3, 0.4], [0.9, 1.4, 0.6, 0.7])
    b, d = np.random.default_rng([seed, 1]).uniform(0, 2 * math.pi, 2)
    turn = order * math.pi / 2
    line: Callable[[Array], Array] = (lambda z: 0.5 * z) if order == 0 else lambda z: 0.5 * (order == 1)
    return lambda z: p * a**order * np.sin(a * z + b + turn) + q * c**order * np.sin(c * z + d + turn) + line(z)


def _scalar(seed: int) -> Callable[[Array], Array]:
    """sum(w.*sin(a.*y + b)) + (v.y)^2/2 + 0.4*u.y, with other numbers at every entry."""

    def value(y: Array) -> Array:
        w, a, b, v, u = _numbers(seed, np.shape(y))
        return np.sum(w * np.sin(a * y + b)) + 0.5 * np.sum(v * y) ** 2 + SLANT * np.sum(u * y)

    return value


def _gradient(seed: int) -> Callable[[Array], Array]:
    def value(y: Array) -> Array:
        w, a, b, v, u = _numbers(seed, np.shape(y))
        return w * a * np.cos(a * y + b) + np.sum(v * y) * v + SLANT * u

    return value


@lru_cache(maxsize=16)
def _numbers(seed: int, shape: tuple[int, ...]) -> tuple[Array, ...]:
    rng = np.random.default_rng([seed, *shape])
    w, a = rng.uniform(0.5, 1.5, (2, *shape))
    b, v, u = rng.standard_normal((3, *shape))
    return w, a, b, v, u


@lru_cache(maxsize=16)
def _weights(seed: int, rows: int, columns: int) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng([seed, rows, columns])
    return rng.standard_normal((rows, columns)), SLANT * rng.standard_normal((rows, columns)), rng.standard_normal(rows)

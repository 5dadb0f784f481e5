"""Stand-ins for functions that only the user knows: smooth ones without structure, with their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from matcalc.algebra.expr import HIGHEST_OF_ARRAYS
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
    import hashlib  # few requests have unknown functions

    seed = int.from_bytes(hashlib.sha256(f.name.encode()).digest()[:8], "big")
    shape = size_of(f.rows, sizes), size_of(f.columns, sizes)
    match f.kind:
        case "elementwise":
            return {(f.name, f.kind, k): _wave(seed, k) for k in range(HIGHEST)}
        case "curve":
            return {(f.name, f.kind, k): _curve(seed, k, shape) for k in range(HIGHEST)}
        case "scalar":
            return {(f.name, f.kind, k): _scalar(seed, k) for k in range(HIGHEST_OF_ARRAYS + 1)}
    return {(f.name, f.kind, k): _array(seed, k, shape) for k in range(HIGHEST_OF_ARRAYS + 1)}


def _wave(seed: int, order: int) -> Callable[[Array], Array]:
    """The derivative of p sin(a z + b) + q sin(c z + d) + z/2 of an order: no multiple of one of another order."""
    p, a, q, c = np.random.default_rng(seed).uniform([0.6, 1.1, 0.3, 0.4], [0.9, 1.4, 0.6, 0.7])
    b, d = np.random.default_rng([seed, 1]).uniform(0, 2 * math.pi, 2)
    turn = order * math.pi / 2
    line: Callable[[Array], Array] = (lambda z: 0.5 * z) if order == 0 else lambda z: 0.5 * (order == 1)
    return lambda z: p * a**order * np.sin(a * z + b + turn) + q * c**order * np.sin(c * z + d + turn) + line(z)


def _curve(seed: int, order: int, shape: tuple[int, int]) -> Callable[[Array], Array]:
    """The derivative of A + B.*sin(C*t + D), with A so far from zero that a square one is invertible, of positive determinant."""
    rng = np.random.default_rng([seed, *shape])
    b, c, d = rng.uniform(0.1, 0.4, shape), rng.uniform(0.6, 1.6, shape), rng.uniform(0, 2 * math.pi, shape)
    constant = _middle(shape) if order == 0 else 0.0
    return lambda t: _laid_out(constant + b * c**order * np.sin(c * t + d + order * math.pi / 2), shape)


def _middle(shape: tuple[int, int]) -> Array:
    """Twice the identity matrix where it is square; zero of other arrays."""
    return 2.0 * np.eye(*shape) if shape[0] == shape[1] else np.zeros(shape)


def _laid_out(a: Array, shape: tuple[int, int]) -> Array:
    """An array of one axis where it is a row or a column."""
    return np.ravel(a) if 1 in shape else a


def _scalar(seed: int, order: int) -> Callable[[Array], Array]:
    """The derivative of sum(w.*sin(a.*y + b)) + (v.y)^2/2 + 0.4*u.y, with other numbers at every entry."""

    def value(y: Array) -> Array:
        w, a, b, v, u = _numbers(seed, np.shape(y))
        waves = w * a**order * np.sin(a * y + b + order * math.pi / 2)
        along = np.sum(v * y)
        if order == 0:
            return np.sum(waves) + 0.5 * along**2 + SLANT * np.sum(u * y)
        if order == 1:
            return waves + along * v + SLANT * u
        v = np.ravel(v, order="F")
        return np.diag(np.ravel(waves, order="F")) + np.outer(v, v)

    return value


def _array(seed: int, order: int, shape: tuple[int, int]) -> Callable[[Array], Array]:
    """The derivative of A + s*sin(P*vec(y) + b) + Q*vec(y), stacked as columns, with A as in `_middle`."""
    count = shape[0] * shape[1]
    slant = SLANT if shape[0] == shape[1] else 1.0

    def value(y: Array) -> Array:
        y = np.ravel(y, order="F")
        inner, outer, shift = _weights(seed, count, len(y))
        waves = slant * np.sin(inner @ y + shift + order * math.pi / 2)
        if order == 0:
            return _laid_out((waves + slant * (outer @ y)).reshape(shape, order="F") + _middle(shape), shape)
        if order == 1:
            return waves[:, None] * inner + slant * outer
        return np.einsum("p,pi,pk->ipk", waves, inner, inner).reshape(count * len(y), len(y))

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

"""Stand-ins for functions that only the user knows: smooth ones, with their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from matcalc.algebra.node import Expr, Unknown
from matcalc.algebra.walk import in_order
from matcalc.numbers.sizes import size_of

Array = Any
StandIns = dict[tuple[str, str, int], Callable[[Array], Array]]


def stand_ins(exprs: Sequence[Expr], sizes: Mapping[str, int]) -> StandIns:
    """A smooth function with known derivatives for every unknown one."""
    found: StandIns = {}
    for n in in_order(exprs):
        if n.op == "call":
            found |= _stand_in(n.data, sizes)
    return found


def _stand_in(f: Unknown, sizes: Mapping[str, int]) -> StandIns:
    seed = sum(map(ord, f.name))
    if f.kind == "elementwise":
        return {(f.name, "elementwise", k): _wave(seed, k) for k in range(8)}
    if f.kind in ("scalar", "gradient"):
        return {
            (f.name, "scalar", 0): lambda y: np.sum(np.sin(y + 0.1 * seed)) + 0.5 * np.sum(y) ** 2,
            (f.name, "gradient", 0): lambda y: np.cos(y + 0.1 * seed) + np.sum(y),
        }
    rows = size_of(f.rows, sizes)

    def weights(y: Array) -> Array:
        return np.random.default_rng(seed).standard_normal((rows, np.size(y)))

    return {
        (f.name, "vector", 0): lambda y: np.sin(weights(y) @ y),
        (f.name, "jacobian", 0): lambda y: np.cos(weights(y) @ y)[:, None] * weights(y),
    }


def _wave(seed: int, order: int) -> Callable[[Array], Array]:
    return lambda z: 1.3**order * np.sin(1.3 * z + 0.1 * seed + order * math.pi / 2)

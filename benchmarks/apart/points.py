"""Points at which an expression is evaluated: sizes, and arrays with the properties that are declared."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from apart.meanings import Array, Context
from apart.structures import on_manifold
from apart.trees import Dim, Node, value

STEP: Final = 1e-20
MAX_VALUE: Final = 1e5
MIN_MARGIN: Final = 2e-3
MAX_CONDITION: Final = 3e3


@dataclass(frozen=True)
class Variable:
    """A name with its shape and what is known of it."""

    name: str
    kind: str  # scalar, vector, matrix
    rows: Dim
    cols: Dim
    properties: tuple[str, ...] = ()

    def declared(self) -> str:
        """As a declaration says it: "m x n symmetric"."""
        if self.kind == "scalar":
            return " ".join(("scalar", *self.properties))
        shape = self.rows if self.kind == "vector" else f"{self.rows} x {self.cols}"
        return " ".join((shape, *self.properties))


@dataclass
class Point:
    """Sizes and values at which the function is smooth."""

    sizes: dict[str, int]
    values: dict[str, Array]
    directions: dict[str, list[Array]] = field(default_factory=dict)

    def context(self) -> Context:
        """A fresh context of evaluation."""
        return Context(dict(self.values), self.sizes)


def length(dimension: Dim, sizes: dict[str, int]) -> int:
    """The value of a dimension."""
    product = 1
    for part in dimension.split("*"):
        product *= int(part) if part.isdigit() else sizes[part]
    return product


def sample(variable: Variable, sizes: dict[str, int], rng: np.random.Generator, scale: float) -> Array:
    """A random array with the declared properties."""
    shape = (length(variable.rows, sizes), length(variable.cols, sizes))
    array = scale * rng.standard_normal(shape)
    for one in ("integer", *PROPERTIES):
        if one in variable.properties:
            array = PROPERTIES[one](array, rng) if one != "integer" else rng.choice([1.0, 2.0, 3.0, -1.0, -2.0], size=shape)
    if "positive" in variable.properties and "integer" in variable.properties:
        array = np.abs(array)
    return array


def _positive(a: Array, rng: np.random.Generator) -> Array:
    """Also near 0, and one or more far from it."""
    return np.abs(a) * 10.0 ** rng.uniform(-1.5, 0.5, a.shape) + 1e-3


def _spd(a: Array, rng: np.random.Generator) -> Array:
    n = len(a)
    return a @ a.T / n + rng.uniform(0.2, 1) * np.eye(n)


def _toeplitz(a: Array, rng: np.random.Generator) -> Array:
    """Constant along every diagonal."""
    n = len(a)
    entries = rng.standard_normal(2 * n - 1)
    return np.array([[entries[i - j + n - 1] for j in range(n)] for i in range(n)])


def _simplex(a: Array, rng: np.random.Generator) -> Array:
    return np.asarray((np.abs(a) + 0.05) / np.sum(np.abs(a) + 0.05))


def _orthogonal(a: Array, rng: np.random.Generator) -> Array:
    """Uniform on both components, the determinant 1 and the determinant -1."""
    q, r = np.linalg.qr(rng.standard_normal(a.shape))
    q = q * np.sign(np.diag(r))
    if rng.random() < 0.5:
        q[:, 0] = -q[:, 0]
    return np.asarray(q)


PROPERTIES: Final[dict[str, Callable[[Array, np.random.Generator], Array]]] = {
    "positive": _positive,
    "symmetric": lambda a, rng: (a + a.T) / 2,
    "skew": lambda a, rng: (a - a.T) / 2,
    "diagonal": lambda a, rng: np.diag(np.diag(a)),
    "lower": lambda a, rng: np.tril(a),
    "upper": lambda a, rng: np.triu(a),
    "spd": _spd,
    "psd": lambda a, rng: a @ a.T,
    "toeplitz": _toeplitz,
    "simplex": _simplex,
    "orthogonal": _orthogonal,
    "orthonormal": lambda a, rng: np.asarray(np.linalg.qr(a)[0]),
    "unit": lambda a, rng: a / np.linalg.norm(a),
    "normalised": lambda a, rng: a / np.sum(a),
    "invertible": lambda a, rng: a,
    "constant": lambda a, rng: a,
}


def choose_sizes(names: list[str], rng: random.Random, special: bool) -> dict[str, int]:
    """Mostly different; where special ones may be, sometimes equal, sometimes 1."""
    manner = rng.random() if special else 0.0
    if manner < 0.6:
        return dict(zip(names, rng.sample([2, 3, 4, 5], min(len(names), 4)) + [2] * len(names), strict=False))
    if manner < 0.8:
        return dict.fromkeys(names, rng.choice([2, 3]))
    return {name: rng.choice([1, 2, 3]) for name in names}


def directional(tree: Node, point: Point, moved: dict[str, Array]) -> tuple[Array, float]:
    """The derivative in a direction by an imaginary step, and the size of its noise."""
    c = point.context()
    for name, direction in moved.items():
        c.values[name] = c.values[name] + 1j * STEP * direction
    with np.errstate(all="ignore"):
        found = value(tree, c)
    slope = np.asarray(found.imag / STEP) if np.iscomplexobj(found) else np.zeros(found.shape)
    return slope, max(c.moved / STEP, 0.0) * min(c.condition, 1e8)


def second(tree: Node, point: Point, first: dict[str, Array], then: dict[str, Array]) -> tuple[Array, float]:
    """The derivative of a derivative: central differences of the imaginary step, extrapolated to step zero."""

    def quotient(h: float) -> tuple[Array, float]:
        up, down = (Point(point.sizes, {**point.values, **{k: point.values[k] + s * h * v for k, v in then.items()}}) for s in (1, -1))
        (a, noise), (b, _) = directional(tree, up, first), directional(tree, down, first)
        return (a - b) / (2 * h), noise

    steps = [quotient(h) for h in (4e-3, 2e-3, 1e-3)]
    coarse, middle, fine = (s[0] for s in steps)
    once, twice = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    found = (16 * twice - once) / 15
    if float(np.max(np.abs(found - twice), initial=0.0)) > 1e-5 * float(np.max(np.abs(found), initial=0.0)) + 1e-7:
        return np.full(found.shape, np.nan), 0.0
    return found, steps[0][1] + 1e10 * float(np.max(np.abs(found - twice), initial=0.0))


def find(
    tree: Node, variables: list[Variable], names: list[str], seed: int, margin: float, special: bool, held: tuple[str, str], tries: int = 24
) -> Point | None:
    """A point at which the function has a value of moderate size and is smooth nearby; None where none was found.

    `held` names a variable and the manifold that it is on, if any.
    """
    rng, chooser = np.random.default_rng(seed), random.Random(seed)
    for k in range(tries):
        sizes = choose_sizes(names, chooser, special)
        scale = chooser.choice([1.0, 1.0, 1.0, 0.4, 0.1, 3.0, 10.0]) if k else 1.0
        try:
            point = Point(sizes, {v.name: sample(v, sizes, rng, scale) for v in variables})
            if held[1]:
                point.values[held[0]] = on_manifold(held[1], point.values[held[0]])
            if smooth(tree, point, margin):
                return point
        except IndexError:
            continue
    return None


def smooth(tree: Node, point: Point, margin: float) -> bool:
    """Whether the value is finite and moderate, far from kinks, and no nearly singular matrix was inverted."""
    c = point.context()
    with np.errstate(all="ignore"):
        found = value(tree, c)
    if not np.all(np.isfinite(found)) or not np.isfinite(c.largest):
        return False
    return c.largest < MAX_VALUE and c.margin > margin and c.condition < MAX_CONDITION

"""The numeric certificate: a derived formula is compared with finite differences of what was differentiated.

At random points of the domain, with a different size for every dimension name, the formula contracted with a random
direction V must equal the directional difference quotient of Y, extrapolated to step zero (Richardson). A wrong linear
map agrees with the right one on a random direction with probability zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any, Final

import numpy as np
from sympy import Integer

from matcalc.algebra.node import Expr, Unknown
from matcalc.algebra.walk import in_order
from matcalc.book.sizes import ONE, Dim
from matcalc.errors import CertificateError, NotDifferentiable
from matcalc.numbers.drawing import with_properties
from matcalc.numbers.evaluate import Program

Array = Any
TOLERANCE: Final = 1e-5
MAX_CHANGE: Final = 1e-4
STEPS: Final = (1e-3, 5e-4)
MAX_DIFFERING: Final = 1
MAX_NOISE: Final = 1e-4
KINKED: Final = frozenset({"abs", "sign", "relu", "heaviside", "norm1"})
MAX_ENLARGED: Final = 32
MAX_DIFFERENT: Final = 64
FLAT_POINTS: Final = 6
SIZES: Final = (3, 4, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
MANNERS: Final = ("normal", "positive", "spd", "unit")
MAX_CELLS: Final = 6_000_000


@dataclass(frozen=True)
class Certificate:
    """What was checked: the points, the sizes that the dimension names had there, and the largest relative error.

    No point is needed where the variable does not occur in the function as it was written. `flat` says that function and
    formula were constant at every point that was found, which proves little.
    """

    points: int
    sizes: Mapping[str, int]
    error: float
    flat: bool = False

    def __str__(self) -> str:
        if not self.points:
            return "the variable does not occur in the function"
        sizes = ", ".join(f"{name}={size}" for name, size in self.sizes.items())
        where = f" with {sizes}" if sizes else ""
        points = "a random point" if self.points == 1 else f"{self.points} random points"
        told = "both are zero there" if self.flat else f"relative error {self.error:.0e}"
        return f"checked at {points}{where} against finite differences: {told}"


@dataclass(frozen=True)
class Point:
    """Values of the variables, sizes of the dimension names, stand-ins for unknown functions."""

    values: dict[str, Array]
    sizes: dict[str, int]
    unknowns: dict[tuple[str, str, int], Callable[[Array], Array]]


Moves = Mapping[str, Array]


def certify(
    y: Expr,
    x: Expr,
    result: Callable[[Point], Array],
    contract: Callable[[Array, Array, Point], Array],
    variables: Sequence[Expr],
    flat_points: int = FLAT_POINTS,
    parts: Sequence[Expr] = (),
) -> Certificate:
    """Compare `result` with finite differences of y in random directions of x; `contract` applies it to a direction.

    `parts` are the expressions that `result` evaluates: what is too large is refused before it is allocated.

    Raises as `certify_map` does.
    """
    name = x.data.name
    return certify_map(
        y, lambda p: random_moves([name], p), lambda p, moves: contract(result(p), moves[name], p), variables, flat_points, parts
    )


def random_moves(names: Sequence[str], point: Point) -> dict[str, Array]:
    """A random direction for each of the named variables."""
    rng = np.random.default_rng(7)
    shapes = {name: np.shape(point.values[name]) for name in names}
    return {name: rng.standard_normal(shape) if shape else float(rng.standard_normal()) for name, shape in shapes.items()}


def certify_map(
    y: Expr,
    moves: Callable[[Point], Moves],
    value: Callable[[Point, Moves], Array],
    variables: Sequence[Expr],
    flat_points: int = FLAT_POINTS,
    parts: Sequence[Expr] = (),
) -> Certificate:
    """Compare the value of a linear map with finite differences of y where variables move, perhaps several at once.

    A point where both are zero says little, since numbers may have underflowed or saturated: it counts only where the
    first `flat_points` of them are all that is found. A point where the quotient is all rounding error says nothing. A
    function with kinks is checked on two points, the numbers among its variables with either sign. A point where they
    differ may lie on a kink, within the step of the quotient: two more must agree for each such point.

    Raises CertificateError if they differ, NotDifferentiable if no point was found at which both are finite.
    """
    quotient = _Quotient(y, moves)
    needed = 2 if any(n.op in KINKED for n in in_order([y])) else 1
    flat, agreed, differed = list[Certificate](), list[Certificate](), 0
    for point in points(variables, (y, *parts)):
        measured = quotient.at(point)
        if measured is None:
            continue
        direction, slope, noise = measured
        try:
            with np.errstate(all="ignore"):
                claimed = np.asarray(value(point, direction), dtype=float)
        except np.linalg.LinAlgError:
            continue
        if not np.all(np.isfinite(claimed)):
            continue
        error, floor = relative_error(claimed, slope, noise)
        found = Certificate(len(agreed) + 1, point.sizes, error)
        if not np.any(claimed) and not np.any(slope):
            flat.append(replace(found, flat=True))
        elif floor > MAX_NOISE:
            continue
        elif error < TOLERANCE + 10 * floor:
            agreed.append(found)
        else:
            differed += 1
        if len(agreed) >= needed + 2 * differed:
            return max(agreed, key=lambda c: c.error)
        if differed > MAX_DIFFERING or len(flat) >= flat_points:
            break
    if differed:
        raise CertificateError(
            "the derived formula disagrees with finite differences of the input, so it is withheld",
            hint="please report the request; --no-check prints the formula all the same",
        )
    if flat:
        return flat[0]
    raise NotDifferentiable(
        "no point was found at which the function and its derivative are finite, so the formula could not be checked",
        hint="declare what holds of the variables (positive, spd, invertible), or use --no-check",
    )


def relative_error(claimed: Array, slope: Array, noise: float) -> tuple[float, float]:
    """The largest difference and the noise of the quotient, both relative to the size of the slope."""
    claimed = np.asarray(claimed, dtype=float).reshape(-1)
    slope = np.asarray(slope, dtype=float).reshape(-1)
    if claimed.shape != slope.shape:
        return math.inf, 0.0
    if not slope.size:
        return 0.0, 0.0
    scale = _largest(slope) + _largest(claimed)
    return (_largest(claimed - slope) / scale, noise / scale) if scale else (0.0, 0.0)


def _largest(a: Array) -> float:
    return float(np.max(np.abs(a), initial=0.0))


class _Quotient:
    """Difference quotients of y where variables move."""

    def __init__(self, y: Expr, moves: Callable[[Point], Moves]) -> None:
        self.program = Program([y])
        self.moves = moves

    def value(self, point: Point, moves: Moves, h: float) -> Array:
        """y where every variable has gone h times its way."""
        moved = {name: point.values[name] + h * v for name, v in moves.items()}
        with np.errstate(all="ignore"):
            return np.asarray(self.program({**point.values, **moved}, point.sizes, point.unknowns)[0])

    def at(self, point: Point) -> tuple[Moves, Array, float] | None:
        """A direction, the slope of y along it, and the noise of the slope.

        None where y is not finite and real, or changes too fast for a quotient to tell its slope.
        """
        moves = self.moves(point)
        coarse, fine = (self._central(point, moves, h) for h in STEPS)
        if coarse is None or fine is None:
            return None
        slope = (4 * fine - coarse) / 3
        noise = 1e-11 * _largest(self.value(point, moves, 0.0))
        if _largest(fine - coarse) > MAX_CHANGE * _largest(slope) + 10 * noise:
            return None
        return moves, slope, noise

    def _central(self, point: Point, moves: Moves, h: float) -> Array | None:
        above, below = self.value(point, moves, h), self.value(point, moves, -h)
        if np.iscomplexobj(above) or np.iscomplexobj(below):
            return None
        if not (np.all(np.isfinite(above)) and np.all(np.isfinite(below))):
            return None
        return (above - below) / (2 * h)


# ------------------------------------------------------------------------------------------------- sampling


def points(variables: Sequence[Expr], exprs: Sequence[Expr]) -> Iterator[Point]:
    """Random points: first the plainest manner of sampling, then those that suit logarithms, roots and inverses.

    Raises NotDifferentiable before anything of excessive size is allocated.
    """
    nodes = in_order(exprs)
    names = dimension_names(variables, exprs)
    shapes = {n.shape for n in nodes} | {v.shape for v in variables}
    bounds = [pair for n in nodes for pair in index_bounds(n)]
    fixed = {int(d) for v in variables for d in v.shape if d.is_Integer}
    for attempt in range(4):
        sizes = _enlarged(_sizes(names, fixed, attempt), bounds)
        if any(size_of(m, sizes) * size_of(n, sizes) > MAX_CELLS for m, n in shapes):
            raise NotDifferentiable(
                "the arrays are too large to check the formula on numbers", hint="use --no-check, or names for the sizes"
            )
        for manner in MANNERS:
            rng = np.random.default_rng([attempt, MANNERS.index(manner)])
            values = {v.data.name: sample(v, sizes, manner, rng) for v in variables}
            if manner == "normal":
                values |= _negative_numbers(variables, values)
            yield Point(values, sizes, stand_ins(exprs, sizes))


def _negative_numbers(variables: Sequence[Expr], values: Mapping[str, Array]) -> dict[str, Array]:
    """Every other number below zero, so that kinks are seen from both sides: the manner `positive` has the other."""
    free = [v.data.name for v in variables if v.is_scalar and not {"positive", "integer"} & v.data.properties]
    return {name: -abs(values[name]) for name in free[::2]}


def dimension_names(variables: Sequence[Expr], exprs: Sequence[Expr]) -> list[str]:
    """Every dimension name, in order of appearance."""
    found: dict[str, None] = {}
    for v in variables:
        for d in v.shape:
            found.update(dict.fromkeys(sorted(s.name for s in d.free_symbols)))
    for n in in_order(exprs):
        for d in (*n.shape, *((n.data,) if n.op == "const" else n.data if n.op == "columns" else ())):
            if not d.is_Number:
                found.update(dict.fromkeys(sorted(s.name for s in d.free_symbols)))
    return list(found)


def _sizes(names: Sequence[str], fixed: set[int], attempt: int) -> dict[str, int]:
    """A size for every name: all different, unless there are so many names that arrays would grow large."""
    small = [s for s in SIZES if s not in fixed]
    if len(names) <= MAX_DIFFERENT:
        small += range(18, 18 + MAX_DIFFERENT)
    free = list(islice(cycle(small[attempt:] + small[:attempt]), len(names)))
    order = [free, free, sorted(free), sorted(free, reverse=True)][attempt]
    return dict(zip(names, order, strict=True))


def index_bounds(e: Expr) -> list[tuple[Dim, Dim]]:
    """Pairs of which the first is to be no more than the second, for the indices of a node to exist."""
    match e.op:
        case "unit":
            return [(Integer(e.data), e.shape[0])] if isinstance(e.data, int) else []
        case "columns":
            return [(ONE, e.data[0]), e.data, (e.data[1], e.shape[0])]
        case "entry":
            return [(Integer(k), d) for k, d in zip(e.data, e.args[0].shape, strict=True)]
    return []


def _enlarged(sizes: dict[str, int], bounds: Sequence[tuple[Dim, Dim]]) -> dict[str, int]:
    """The sizes, larger ones where an index would not exist."""
    for _ in range(MAX_ENLARGED):
        short = next(((size_of(a, sizes) - size_of(b, sizes), b) for a, b in bounds if size_of(a, sizes) > size_of(b, sizes)), None)
        if short is None or not short[1].free_symbols:
            break
        name = min(s.name for s in short[1].free_symbols)
        sizes = {**sizes, name: sizes[name] + short[0]}
        while list(sizes.values()).count(sizes[name]) > 1:
            sizes[name] += 1
    return sizes


def size_of(d: Dim, sizes: Mapping[str, int]) -> int:
    """The size that a dimension has where its names have these."""
    if d.is_Symbol:
        return sizes[d.name]
    if d.is_Integer:
        return int(d)
    return int(d.subs({s: sizes[s.name] for s in d.free_symbols}))


def sample(v: Expr, sizes: Mapping[str, int], manner: str, rng: np.random.Generator) -> Array:
    """A random value of a variable that has its declared properties.

    The manner `spd` is for roots and logarithms of matrices: near a positive definite matrix, but not symmetric, so that a
    formula that is right for symmetric matrices only does not pass.
    """
    m, n = (size_of(d, sizes) for d in v.shape)
    a = with_properties(_plain(m, n, manner, rng), v.data.properties, rng)
    if v.shape[0] is ONE or v.shape[1] is ONE:
        a = a.reshape(-1)
    return float(a[0]) if v.is_scalar else a


def _plain(m: int, n: int, manner: str, rng: np.random.Generator) -> Array:
    a = rng.standard_normal((m, n))
    if manner == "spd" and m == n and m > 1:
        return a @ a.T / m + np.eye(m) + 0.3 * rng.uniform(-1, 1, (m, m))
    if manner in ("positive", "spd"):
        return np.abs(a) + 0.5
    return rng.uniform(-0.6, 0.6, (m, n)) if manner == "unit" else a


def stand_ins(exprs: Sequence[Expr], sizes: Mapping[str, int]) -> dict[tuple[str, str, int], Callable[[Array], Array]]:
    """A smooth function with known derivatives for every unknown one."""
    found: dict[tuple[str, str, int], Callable[[Array], Array]] = {}
    for n in in_order(exprs):
        if n.op == "call":
            found |= _stand_in(n.data, sizes)
    return found


def _stand_in(f: Unknown, sizes: Mapping[str, int]) -> dict[tuple[str, str, int], Callable[[Array], Array]]:
    seed = sum(map(ord, f.name))
    if f.kind == "elementwise":
        return {(f.name, "elementwise", k): _wave(seed, k) for k in range(8)}
    if f.kind in ("scalar", "gradient"):
        return {
            (f.name, "scalar", 0): lambda y: float(np.sum(np.sin(y + 0.1 * seed)) + 0.5 * np.sum(y) ** 2),
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

"""Random points of the domain: values of the variables that have their properties, in several manners and scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import nodes_in
from matcalc.book import rules as rulebook
from matcalc.book.properties import drawings
from matcalc.book.sizes import ONE
from matcalc.errors import LimitError
from matcalc.memory import remembered
from matcalc.numbers.evaluate import JITTER
from matcalc.numbers.sampling.drawing import has_properties, with_properties
from matcalc.numbers.sampling.first_numbers import generator
from matcalc.numbers.sampling.sizes import MAX_CELLS, Sizing, size_of
from matcalc.numbers.structured import applied_only
from matcalc.records import dataclass

if TYPE_CHECKING:
    from matcalc.numbers.stand_ins import StandIns

Array = Any
MANNERS: Final = ("normal", "positive", "spd", "unit")
SCALES: Final = (0.1, 10.0, 0.01, 100.0)
SEED_OF_SCALES: Final = 100
SPHERES: Final = 4
RANGES: Final = ("small", "large", "mixed")
RANGE: Final = (1.0, 4.0)
KEPT: Final = 4096
TINY: Final = float(np.finfo(float).tiny)
PRODUCTS: Final = frozenset({"mul", "inner", "had", "pow", "epow"})


@dataclass(frozen=True)
class Point:
    """Values of the variables, sizes of the dimension names, stand-ins for unknown functions."""

    values: dict[str, Array]
    sizes: dict[str, int]
    unknowns: StandIns = field(default_factory=dict)


class Drawing:
    """Draws points for some variables and expressions.

    Raises NotDifferentiable before anything of excessive size is allocated.
    """

    def __init__(self, variables: Sequence[Expr], exprs: Sequence[Expr]) -> None:
        self.variables, self.exprs = variables, exprs
        self.nodes = nodes_in(exprs)
        unformed = applied_only(exprs, self.nodes)
        self.sizing = Sizing(variables, self.nodes, [n for n in self.nodes if n not in unformed])
        self.calls = [n for n in self.nodes if n.op == "call"]
        self._unknowns: dict[tuple[int, ...], StandIns] = {}

    def sizes(self, k: int) -> dict[str, int]:
        """The k-th choice of sizes."""
        found = self.sizing.choice(k)
        if found is None:
            raise too_large(self.sizing.most_entries())
        return found

    def point(self, sizes: dict[str, int], manner: str, seed: Sequence[int], scale: float = 1.0) -> Point:
        """A point with these sizes."""
        kinds = [_kind(v, sizes) for v in self.variables]
        draw = _drawn if sum(m * n for m, n, *_ in kinds) <= KEPT else _draw
        values = dict(zip((v.data.name for v in self.variables), draw(tuple(kinds), manner, tuple(seed), scale), strict=True))
        if manner == "normal" and scale == 1.0:
            values |= _negative_numbers(self.variables, values)
        return Point(values, sizes, self.unknowns(sizes))

    def unknowns(self, sizes: Mapping[str, int]) -> StandIns:
        """The stand-ins at these sizes."""
        key = tuple(sizes.values())
        if self.calls and key not in self._unknowns:
            from matcalc.numbers.stand_ins import stand_ins  # few requests have unknown functions

            self._unknowns[key] = stand_ins(self.calls, sizes)
        return self._unknowns.get(key, {})

    def plain(self, k: int) -> Iterator[Point]:
        """Points of the k-th sizes: first the plainest manner of sampling, then those that suit logarithms, roots and inverses."""
        sizes = self.sizes(k)
        for manner in MANNERS:
            yield self.point(sizes, manner, [k, MANNERS.index(manner)])

    def scaled(self) -> Iterator[Point]:
        """Points nearer to the origin, and further from it, and such as have about the norm 1, whose high powers are of order one."""
        sizes = self.sizes(0)
        for scale in SCALES:
            for manner in ("normal", "positive"):
                yield self.point(sizes, manner, [SEED_OF_SCALES, MANNERS.index(manner)], scale)
        for k in range(SPHERES):
            yield self.point(sizes, "sphere", [SEED_OF_SCALES, k])

    def ranging(self, k: int) -> Iterator[Point]:
        """Points of the k-th sizes: one that ranges over what the properties of the variables allow, then the plain ones."""
        manner = RANGES[k % len(RANGES)]
        yield self.point(self.sizes(k), manner, [4 * SEED_OF_SCALES, k])
        yield from self.plain(k)

    def again(self, sizes: dict[str, int], k: int) -> Point:
        """One of any number of further points with these sizes, the manners and some scales in turn."""
        if k == 0:
            return self.point(sizes, "rows", [2 * SEED_OF_SCALES])
        scale = (1.0, 1.0, 3.0, 0.3)[k // 2 % 4]
        return self.point(sizes, ("normal", "positive")[k % 4 == 1], [2 * SEED_OF_SCALES, k], scale)


def too_large(entries: int) -> LimitError:
    """The refusal of arrays for which no smaller ones can stand."""
    told = f"the arrays are too large to check the formula on numbers: one has {entries} entries, of at most {MAX_CELLS}"
    return LimitError(told, hint="use --no-check, or names for the sizes")


def _negative_numbers(variables: Sequence[Expr], values: Mapping[str, Array]) -> dict[str, Array]:
    """Every other number below zero, so that kinks are seen from both sides: the manner `positive` has the other."""
    free = [v.data.name for v in variables if v.is_scalar and not drawings(v.data.properties)]
    return {name: -abs(values[name]) for name in free[::2]}


def sample(v: Expr, sizes: Mapping[str, int], manner: str, rng: np.random.Generator, scale: float = 1.0) -> Array:
    """A random value of a variable that has its declared properties; `scale` times one where that has them too.

    The manner `spd` is for roots and logarithms of matrices: near a positive definite matrix, but not symmetric, so that a
    formula that is right for symmetric matrices only does not pass. The manner `rows` is for deep networks of relus: rows of
    matrices have one sign each, and both occur, so that every layer has entries on either side and none is dead. The manner
    `sphere` is for high powers: arrays of about the norm 1. Those of RANGES are for what has a property: near zero, large, or
    of both signs.
    """
    return _sample(_kind(v, sizes), manner, rng, scale)


Kind = tuple[int, int, int, frozenset[str]]


def _kind(v: Expr, sizes: Mapping[str, int]) -> Kind:
    """The sizes of a variable, how many axes its value has, and its properties."""
    m, n = v.shape
    return size_of(m, sizes), size_of(n, sizes), (m is not ONE) + (n is not ONE), v.data.properties


def _sample(kind: Kind, manner: str, rng: np.random.Generator, scale: float) -> Array:
    m, n, count, properties = kind
    a = with_properties(_plain(m, n, manner, rng), properties, rng)
    if manner == "sphere":
        scale *= rng.uniform(0.95, 1.05) / max(float(np.linalg.norm(a)), TINY)
    if manner in RANGES and properties:
        a = _ranged(a, properties, manner, rng)
    if scale != 1.0 and has_properties(scale * a, properties):
        a = scale * a
    return a if count == 2 else a.reshape(-1) if count else a.reshape(-1)[0].item()


def _draw(kinds: Sequence[Kind], manner: str, seed: Sequence[int], scale: float) -> tuple[Array, ...]:
    """Values of variables of these kinds, one after the other from one source of random numbers."""
    rng = generator(seed)
    values = tuple(_sample(kind, manner, rng, scale) for kind in kinds)
    for a in values:
        if isinstance(a, np.ndarray):
            a.setflags(write=False)
    return values


# Requests ask for the same shapes again and again.
_drawn: Final = remembered(512)(_draw)


def _plain(m: int, n: int, manner: str, rng: np.random.Generator) -> Array:
    a = rng.standard_normal((m, n))
    if manner == "spd" and m == n and m > 1:
        return a @ a.T / m + np.eye(m) + 0.3 * rng.uniform(-1, 1, (m, m))
    if manner == "rows" and min(m, n) > 1:
        signs = rng.permutation(np.resize([1.0, -1.0], m))
        return (np.abs(a) + 0.5) * signs[:, None] / n
    if manner in ("positive", "spd"):
        return np.abs(a) + 0.5
    return rng.uniform(-0.6, 0.6, (m, n)) if manner == "unit" else a


def _ranged(a: Array, known: frozenset[str], manner: str, rng: np.random.Generator) -> Array:
    """An array with the properties of one that was drawn: smaller or larger entry by entry, or as a whole, or other integers."""
    signs = {"small": -1.0, "large": 1.0}.get(manner) or rng.choice([-1.0, 1.0], a.shape)
    tried: tuple[Callable[[], Array], ...] = (
        lambda: a * np.exp(signs * rng.uniform(*RANGE, a.shape)),
        lambda: a * np.exp(np.ravel(signs)[0] * rng.uniform(*RANGE)),
        lambda: a - rng.integers(3, 9, a.shape) if manner != "large" else a + rng.integers(3, 9, a.shape),
        lambda: a * rng.integers(1, 9, a.shape),
    )
    return next((found for make in tried if has_properties(found := make(), known)), a)


def jittered(point: Point, k: int, distance: float, saturating: bool = False) -> Point:
    """The point with every number on the way, but integers, moved by its last digits: a value moves there as rounding moves it.

    Where `saturating`, so do integers that a smooth function gives of none, tanh(20.5) = 1, and zeros of what underflows.
    """
    rng = np.random.default_rng([3 * SEED_OF_SCALES, k])

    def moved(a: Array, moves: Array) -> Array:
        return a * (1 + distance * rng.uniform(-1, 1, np.shape(a)) * moves)

    def jitter(a: Array, e: Expr, args: Sequence[Array]) -> Array:
        if not saturating:
            return moved(a, a != np.rint(a))
        found = moved(a, (a != np.rint(a)) | (_is_smooth(e) and not all(np.all(b == np.rint(b)) for b in args)))
        return found + TINY * rng.uniform(-1, 1, np.shape(a)) * (np.abs(a) < TINY) if _may_underflow(e, args) else found

    values = {name: moved(a, a != np.rint(a)) for name, a in point.values.items()}
    return Point(values, point.sizes, {**point.unknowns, JITTER: jitter})


def _is_smooth(e: Expr) -> bool:
    rule = rulebook.find(e.op)
    return rule is not None and rule.kind == "elementwise" and not rule.kinks


def _may_underflow(e: Expr, args: Sequence[Array]) -> bool:
    """Whether a zero that the operation gives is none: a number other than zero, or a smooth operation on such."""
    if not args:
        return e.op == "const" and e.data != 0
    return (e.op in PRODUCTS or _is_smooth(e)) and all(np.all(a != 0) for a in args)

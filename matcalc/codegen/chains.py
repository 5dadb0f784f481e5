"""Where to put the brackets in a product of matrices, by dynamic programming over the cost of each interval.

A product of matrices p x q and q x r costs 2pqr operations, and the best bracketing of a chain is the best of its last
product over the best of both sides. A factor may have a structure that makes its product cheaper: a diagonal matrix scales,
an inverse is a system of equations to solve, ones are a sum, a Kronecker product times a column is two products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final, NamedTuple

from matcalc.book.sizes import Dim

ASSUMED: Final = 1000
LITTLE: Final = 1e-6
LONGEST: Final = 14

# Brackets in postfix: the number of a factor, or MULTIPLY for the product of the last two values.
Plan = list[int]
Share = Callable[[int, int], float]
Square = Callable[[int, int, int], bool]
MULTIPLY: Final = -1


class Factor(NamedTuple):
    """A factor's structure, its size, the cost of forming it and of multiplying a column by it, and of a sum the terms."""

    kind: str
    rows: float
    columns: float
    forming: float
    applying: float
    terms: tuple[tuple[Factor, ...], ...] = ()


_SIZES: Final[ContextVar[Mapping[str, int]]] = ContextVar("sizes", default=MappingProxyType({}))
_OFTEN: Final[ContextVar[Mapping[str, int]]] = ContextVar("often", default=MappingProxyType({}))


@contextmanager
def counted(often: Mapping[str, int]) -> Iterator[None]:
    """Within it, of sizes about which nothing is said those that are met more often are a little larger: samples before features."""
    token = _OFTEN.set(often)
    try:
        yield
    finally:
        _OFTEN.reset(token)


@contextmanager
def sized(sizes: Mapping[str, int]) -> Iterator[None]:
    """Within it, products are bracketed for these sizes."""
    token = _SIZES.set(sizes)
    try:
        yield
    finally:
        _SIZES.reset(token)


def assumed(name: str) -> int:
    """The length that a name is taken to be: what it was said to be, or a large number."""
    return _SIZES.get().get(name, ASSUMED)


def size(d: Dim) -> float:
    """The size of a dimension, where every name in it is taken to be what it was said to be, or the same large number."""
    if d.is_Integer:
        return int(d)
    if d.is_Symbol:
        return assumed(d.name) * (1 + LITTLE * _OFTEN.get().get(d.name, 0))
    return float(d.subs({s: assumed(s.name) for s in d.free_symbols}))


def factor(kind: str, rows: float, columns: float) -> Factor:
    """A factor of one of the kinds dense, diag, inverse, swap, ones, unit, columns; see `kronecker` and `addition` for the others."""
    cells = rows * columns
    forming = {"dense": 0.0, "inverse": 2 * rows**3, "ones": 0.0}.get(kind, cells)
    applying = {"dense": 2 * cells, "inverse": 2 / 3 * rows**3 + 2 * cells, "ones": max(rows, columns)}.get(kind, min(rows, columns))
    return Factor(kind, rows, columns, forming, applying)


def kronecker(a: tuple[float, float], b: tuple[float, float]) -> Factor:
    """A Kronecker product of matrices of these shapes; a row from its left costs what a column does."""
    cells = a[0] * a[1] * b[0] * b[1]
    return Factor("kron", a[0] * b[0], a[1] * b[1], cells, min(both_orders(a, b)))


def both_orders(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """What A V B^T costs where A V is formed first, and where V B^T is."""
    return 2 * a[0] * b[1] * (a[1] + b[0]), 2 * a[1] * b[0] * (a[0] + b[1])


def addition(rows: float, columns: float, terms: Sequence[Sequence[Factor]]) -> Factor:
    """A sum of products; one without factors is a multiple of the identity."""
    cells = rows * columns
    forming = sum(brackets_cost(t) + 2 * cells for t in terms)
    return Factor("sum", rows, columns, forming, 2 * cells, tuple(tuple(t) for t in terms))


def spread_cost(a: Factor, b: Factor) -> float:
    """A product of which one factor is a sum, term by term."""
    cells = a.rows * b.columns
    if a.kind == "sum":
        return sum(brackets_cost([*t, b]) + cells for t in a.terms)
    return sum(brackets_cost([a, *t]) + cells for t in b.terms)


def spreads(a: Factor, b: Factor) -> bool:
    """Whether a product of which one factor is a sum is cheaper term by term than with the sum formed."""
    return spread_cost(a, b) <= product_cost(*(_solid(f) if f.kind == "sum" else f for f in (a, b)))


def _solid(f: Factor) -> Factor:
    """A sum as the matrix that it is, which has to be formed."""
    return f._replace(kind="dense", terms=())


def brackets_cost(factors: Sequence[Factor]) -> float:
    """What a product costs to form."""
    if len(factors) < 2 or len(factors) > LONGEST:
        return sum(f.forming for f in factors)
    return Brackets(factors).cost[0, len(factors)]


def product_cost(a: Factor, b: Factor) -> float:
    """Operations for the product of two formed or structured factors."""
    p, q, r = a.rows, a.columns, b.columns
    if "sum" in (a.kind, b.kind):
        return min(spread_cost(a, b), product_cost(*(_solid(f) if f.kind == "sum" else f for f in (a, b))))
    if q == 1:
        return a.forming + b.forming + p * r
    if a.kind == "dense" and b.kind == "dense":
        return a.forming + b.forming + 2 * p * q * r
    if a.kind == "dense" or b.kind == "dense":
        return b.forming + _one_side(a, b, r) if b.kind == "dense" else a.forming + _one_side(b, a, p)
    return min(b.forming + _one_side(a, b, r), a.forming + _one_side(b, a, p))


def _one_side(structured: Factor, other: Factor, count: float) -> float:
    """Multiplying `count` rows or columns of a formed factor by a structured one."""
    cells = structured.rows * structured.columns
    match structured.kind:
        case "diag" | "swap":
            return structured.rows * count
        case "inverse":
            return structured.applying + 2 * cells * (count - 1)
        case "ones":
            return other.rows * other.columns
        case "unit" | "columns":
            return min(structured.rows, structured.columns) * count
        case "kron" if count == 1:
            return structured.applying
    return structured.forming + 2 * cells * count


class Brackets:
    """The costs of every interval of a chain, and where its last product is.

    Of equals it is one that divides the chain into a column and a row, or that starts from a vector. `share` tells
    what part of a stretch's cost counts here, since it is needed elsewhere too; `square` whether the stretch from k to j is the
    transpose of that from i to k: the second is not formed, and half of the product tells the other half.
    """

    def __init__(self, factors: Sequence[Factor], share: Share = lambda i, j: 1.0, square: Square = lambda i, k, j: False) -> None:
        n = len(factors)
        self._square = square
        self.cost = {(i, i + 1): f.forming if f.kind != "dense" else 0.0 for i, f in enumerate(factors)}
        self.split: dict[tuple[int, int], int] = {}
        formed = {(i, i + 1): f for i, f in enumerate(factors)}
        for length in range(2, n + 1):
            for i in range(n - length + 1):
                j = i + length
                turn = 1 if factors[j - 1].columns == 1 else -1
                found, _, at = min((self._last(formed, i, k, j), factors[k].rows > 1, turn * k) for k in range(i + 1, j))
                self.cost[i, j], self.split[i, j] = found * share(i, j), turn * at
                formed[i, j] = Factor("dense", factors[i].rows, factors[j - 1].columns, 0.0, 0.0)

    def _last(self, formed: dict[tuple[int, int], Factor], i: int, k: int, j: int) -> float:
        """The cost of the interval i to j where the last product is at k; a single factor is formed as part of a product."""
        sides = sum(self.cost[at] for at in ((i, k), (k, j)) if at[1] - at[0] > 1)
        last = product_cost(formed[i, k], formed[k, j])
        if k - i == j - k and self._square(i, k, j):
            return (sides + last) / 2
        return sides + last

    def plan(self, i: int, j: int) -> Plan:
        """The brackets of an interval."""
        if j - i == 1:
            return [i]
        k = self.split[i, j]
        return [*self.plan(i, k), *self.plan(k, j), MULTIPLY]


def brackets(factors: Sequence[Factor], share: Share = lambda i, j: 1.0, square: Square = lambda i, k, j: False) -> Plan:
    """The cheapest brackets for a chain; for a very long one columns from the right, all else from the left."""
    n = len(factors)
    if n == 2:
        return [0, 1, MULTIPLY]
    if n <= LONGEST:
        return Brackets(factors, share, square).plan(0, n)
    if factors[-1].columns == 1:
        return [*range(n), *[MULTIPLY] * (n - 1)]
    return [0, *(step for i in range(1, n) for step in (i, MULTIPLY))]

"""Sizes for the names of dimensions: all different where that fits, large enough for every index, small enough to compute with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle, islice, product
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.operations import OPERATIONS
from matcalc.algebra.walk import in_order
from matcalc.book.rules import find, per_book
from matcalc.book.sizes import LEAST, ONE, Dim
from matcalc.memory import remembered
from matcalc.scalars import integer
from matcalc.scalars import product as multiplied

SIZES: Final = (3, 4, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
FEWEST: Final = (2, 3)
ORDERS: Final = 4
MAX_ENLARGED: Final = 32
MAX_DIFFERENT: Final = 64
MAX_CELLS: Final = 6_000_000
SIMPLE: Final = 64
INDEXED: Final = frozenset({"unit", "columns", "entry"})


def dimension_names(variables: Sequence[Expr], exprs: Sequence[Expr]) -> list[str]:
    """Every dimension name, in order of appearance."""
    return _names(variables, in_order(exprs))


def _names(variables: Sequence[Expr], nodes: Sequence[Expr]) -> list[str]:
    found: dict[str, None] = {}
    spoken = {id(d): d for v in variables for d in v.shape}
    for n in nodes:
        for d in (n.data,) if n.op == "const" else (*n.shape, *n.data) if n.op == "columns" else n.shape:
            spoken[id(d)] = d
    for d in spoken.values():
        if d.is_Symbol:
            found[d.name] = None
        elif not d.is_Number:
            found.update(dict.fromkeys(sorted(s.name for s in d.free_symbols)))
    return list(found)


def size_of(d: Dim, sizes: Mapping[str, int]) -> int:
    """The size that a dimension has where its names have these; an entry "60000" says what stands for that number."""
    if d.is_Symbol:
        return sizes[d.name]
    if d.is_Integer and d.p <= SIMPLE:
        return int(d.p)
    if not d.is_Integer:
        d = d.subs({s: sizes[s.name] for s in d.free_symbols if s.name in sizes})
    return int(reduced(d, sizes))


def reduced(c: Dim, sizes: Mapping[str, int]) -> Dim:
    """A constant with small numbers in place of the large sizes in it, as they were declared: 1/30000 is 2/60000."""
    large = [int(name) for name in sizes if name.isdigit()]
    return c.with_numbers(lambda r: _reduced_number(r, large, sizes)) if large else c


def _reduced_number(r: Dim, large: Sequence[int], sizes: Mapping[str, int]) -> Dim:
    if max(abs(r.p), r.q) <= SIMPLE:
        return r
    found: list[tuple[int, int, Dim]] = []
    for powers in product((0, 1, -1, 2, -2), repeat=len(large)):
        rest = r / multiplied(*(integer(n) ** e for n, e in zip(large, powers, strict=True)))
        if max(abs(rest.p), rest.q) <= SIMPLE:
            made = rest * multiplied(*(integer(sizes[str(n)]) ** e for n, e in zip(large, powers, strict=True)))
            found.append((sum(map(abs, powers)), max(abs(rest.p), rest.q), made))
    # 30000 beside 70000 is what stands for it, not 3/7 of what stands for 70000.
    return min(found, key=lambda f: f[:2], default=(0, r, r))[2]


class Sizing:
    """The sizes at which the arrays of some expressions are drawn, several choices in order; `formed` are the nodes that take space."""

    def __init__(self, variables: Sequence[Expr], nodes: Sequence[Expr], formed: Sequence[Expr]) -> None:
        self.names = _names(variables, nodes)
        # Told apart by identity first: to compare dimensions takes long.
        self.shapes = list({(id(s[0]), id(s[1])): s for s in [n.shape for n in (*formed, *variables)]}.values())
        self.bounds = [pair for n in nodes if n.op in INDEXED or n.op not in OPERATIONS and _is_bounded(n.op) for pair in index_bounds(n)]
        # A^T*A = I has no solution with more columns than rows.
        self.bounds += [(v.shape[1], v.shape[0]) for v in variables if "orthonormal" in v.data.properties]
        held = [*(v.shape for v in variables), *(n.data for n in nodes if n.op == "comm")]
        self.fixed = {int(d) for dims in held for d in dims if d.is_Integer}

    def choice(self, k: int) -> dict[str, int] | None:
        """The k-th choice: all sizes different, or few and small ones where the arrays would be too large; None where they still are."""
        sizes = enlarged(self._different(k), self.bounds)
        if self.fits(sizes):
            return sizes
        few = FEWEST if k % 2 == 0 else FEWEST[::-1]
        few_sizes = enlarged(dict(zip(self.names, cycle(few), strict=False)), self.bounds, distinct=False)
        if self.fits(few_sizes):
            return few_sizes
        sizes |= self._standing(sizes)
        return sizes if self.fits(sizes) else None

    def _standing(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """Small sizes, in the same order, that stand for large numbers in the declarations."""
        indices = [int(a) for a, _ in self.bounds if a.is_Integer and a not in self.fixed]
        taken = {*sizes.values(), *self.fixed}
        free = (s for s in range(max([*indices, SIZES[0]]), SIZES[-1] + len(self.fixed) + len(taken)) if s not in taken)
        large = sorted(n for n in self.fixed if n > SIMPLE)
        # What is a product of others, as the size of vec(X), follows from what stands for these.
        large = [n for n in large if not any(n % a == 0 and n // a in self.fixed for a in self.fixed if 1 < a < n)]
        return {str(n): small for n, small in zip(large, free, strict=False) if small < n}

    def most_entries(self) -> int:
        """How many entries the largest array has where every name is two."""
        return max(math.prod(int(d.subs(dict.fromkeys(d.free_symbols, FEWEST[0]))) for d in s) for s in self.shapes)

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether every array has a bounded number of entries."""
        return max([size_of(m, sizes) * size_of(n, sizes) for m, n in self.shapes], default=0) <= MAX_CELLS

    def _different(self, k: int) -> dict[str, int]:
        """A size for every name: all different, unless there are so many names that arrays would grow large."""
        return dict(zip(self.names, _some(len(self.names), frozenset(self.fixed), k), strict=True))


@remembered(256)
def _some(count: int, fixed: frozenset[int], k: int) -> tuple[int, ...]:
    """So many sizes, none of them fixed."""
    small = [s for s in SIZES if s not in fixed]
    if count <= MAX_DIFFERENT:
        small += range(18, 18 + MAX_DIFFERENT)
    free = list(islice(cycle(small[k:] + small[:k]), count))
    return tuple([free, free, sorted(free), sorted(free, reverse=True)][k % ORDERS])


@per_book
def _is_bounded(name: str) -> bool:
    """Whether a function of the book counts, or its value has as many rows or columns as the smaller side of an array."""
    rule = find(name)
    return rule is not None and (any(p.counts for p in rule.params) or any(size.startswith(LEAST) for size in rule.value))


def index_bounds(e: Expr) -> list[tuple[Dim, Dim]]:
    """Pairs of which the first is to be no more than the second, for the indices of a node to exist."""
    match e.op:
        case "unit":
            return [(integer(e.data), e.shape[0])] if isinstance(e.data, int) else []
        case "columns":
            return [(ONE, e.data[0]), e.data, (e.data[1], e.shape[0])]
        case "entry":
            return [(integer(k), d) for k, d in zip(e.data, e.args[0].shape, strict=True)]
    return [*counted(e), *ranked(e)]


def ranked(e: Expr) -> list[tuple[Dim, Dim]]:
    """Of a function whose value has min(m,n) rows or columns, one of them a number: that the other is no less, as is taken for granted."""
    rule = find(e.op)
    if rule is None or not any(size.startswith(LEAST) for size in rule.value):
        return []
    numbers = [d for d in e.args[0].shape if d.is_Integer]
    return [(min(numbers), d) for d in e.args[0].shape if numbers and not d.is_Integer]


def counted(e: Expr) -> list[tuple[Dim, Dim]]:
    """The same of a function of the book that counts, as the k-th eigenvalue does: k is at least 1 and no more than its sizes."""
    rule = find(e.op)
    if rule is None or not any(p.counts for p in rule.params):
        return []
    sizes = {letter: d for p, a in zip(rule.params, e.args, strict=True) for letter, d in zip(p.shape, a.shape, strict=True)}
    told = [(a.data, p.counts) for p, a in zip(rule.params, e.args, strict=True) if p.counts and a.op == "const"]
    return [pair for k, letters in told for pair in [(ONE, k), *((k, sizes[letter]) for letter in letters)]]


def enlarged(sizes: dict[str, int], bounds: Sequence[tuple[Dim, Dim]], distinct: bool = True) -> dict[str, int]:
    """The sizes, larger ones where an index would not exist."""
    for _ in range(MAX_ENLARGED):
        short = next(((size_of(a, sizes) - size_of(b, sizes), b) for a, b in bounds if size_of(a, sizes) > size_of(b, sizes)), None)
        if short is None or not short[1].free_symbols:
            break
        name = min(s.name for s in short[1].free_symbols)
        sizes = {**sizes, name: sizes[name] + short[0]}
        while distinct and list(sizes.values()).count(sizes[name]) > 1:
            sizes[name] += 1
    return sizes

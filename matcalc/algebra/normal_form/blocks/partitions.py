"""Where the blocks along an axis end: bounds from 0 to its size, in order, as (0, m, m + n)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from matcalc.algebra.node import Expr, eye, node, split_product
from matcalc.book.sizes import Dim, dim, minus, plus, times
from matcalc.scalars import S, cancel, denominator

Bounds = tuple[Dim, ...]
ARRAYS: Final = frozenset({"block", "array"})


def bounds_of(sizes: Iterable[Dim]) -> Bounds:
    """The bounds of blocks of these sizes."""
    found: list[Dim] = [S.Zero]
    for size in sizes:
        found.append(plus(found[-1], size))
    return tuple(found)


def picking(start: Dim, end: Dim, n: Dim) -> Expr:
    """The columns of the identity of size n behind the bound `start`, up to `end`; a single one too, which is no unit vector here."""
    return eye(n) if start is S.Zero and end == n else node("columns", (), (plus(start, S.One), end), (n, minus(end, start)))


def picked(e: Expr) -> tuple[Dim, Dim] | None:
    """The bounds of the columns of the identity that a unit vector or several are; None for anything else."""
    if e.op == "columns":
        return plus(e.data[0], S.NegativeOne), e.data[1]
    return (dim(e.data) - 1, dim(e.data)) if e.op == "unit" and isinstance(e.data, int) else None


def row_bounds(f: Expr) -> Bounds | None:
    """Where the first factor of a product has bounds between its rows: a block matrix, or columns of the identity."""
    if f.op in ARRAYS:
        return _inner(bounds_of(f.args[k].shape[0] for k in range(0, len(f.args), f.data[1])))
    if f.op == "kron":
        # The index of the right factor runs fastest: a division of the left one is one of the product.
        first = split_product(f.args[0])[2][0]
        found = row_bounds(first) if first.op == "columns" else None
        return None if found is None else tuple(times(b, f.args[1].shape[0]) if b is not S.Zero else b for b in found)
    at = picked(f)
    return None if at is None else _inner(tuple(dict.fromkeys((S.Zero, *at, f.shape[0]))))


def column_bounds(f: Expr) -> Bounds | None:
    """Where the last factor of a product has bounds between its columns."""
    if f.op in ARRAYS:
        return _inner(bounds_of(a.shape[1] for a in f.args[: f.data[1]]))
    if f.op == "kron":
        last = split_product(f.args[0])[2][-1]
        found = column_bounds(last) if last.op == "T" else None
        return None if found is None else tuple(times(b, f.args[1].shape[1]) if b is not S.Zero else b for b in found)
    return row_bounds(f.args[0]) if f.op == "T" else None


def divided_by(at: tuple[Dim, Dim], size: Dim) -> tuple[Dim, Dim] | None:
    """Bounds of blocks of `size` rows each as bounds of these blocks; None where one is inside a block."""
    found = tuple(cancel(b / size) for b in at)
    return (found[0], found[1]) if all(denominator(b) is S.One for b in found) else None


def _inner(bounds: Bounds) -> Bounds | None:
    """The bounds where there are any inside."""
    return bounds if len(bounds) > 2 else None


def refined(found: Sequence[Bounds]) -> Bounds | None:
    """All bounds of one axis, in order up to its size; None where the sizes do not tell the order, or where there are none."""
    merged = list(found[0]) if found else []
    for bounds in found[1:]:
        at = 0
        for b in bounds:
            while merged[at] != b and is_before(merged[at], b):
                at += 1
            if merged[at] != b and not is_before(b, merged[at]):
                return None
            if merged[at] != b:
                merged.insert(at, b)
    return tuple(merged) or None


def common(first: Bounds, second: Bounds) -> Bounds:
    """The bounds that two divisions of one axis share."""
    return tuple(b for b in first if b in second)


def is_before(a: Dim, b: Dim) -> bool:
    """Whether a bound is known to stand before another one."""
    return bool(minus(b, a).is_positive)


def steps(bounds: Bounds) -> list[tuple[Dim, Dim]]:
    """The start and the end of each block."""
    return list(pairwise(bounds))

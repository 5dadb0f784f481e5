"""Entries, rows, columns and blocks of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.node import Expr, const, eye, node, split_product
from matcalc.algebra.normal_form.blocks.partitions import Bounds, column_bounds, row_bounds, steps
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.selection import picked_by, selector
from matcalc.algebra.normal_form.sums import add
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.rules import find
from matcalc.book.sizes import ONE, SCALAR
from matcalc.scalars import S


def entry(a: Expr, i: int, j: int) -> Expr:
    """The entry of row i and column j, from 1; a vector has one column."""
    if a.is_scalar:
        return a
    if a.op not in ENTRIES:
        rule = find(a.op)
        # f(A)[i,j] = f(A[i,j]) for f entry by entry.
        if rule is not None and rule.kind == "elementwise":
            return build.fun(a.op, entry(a.args[0], i, j))
        named = rule is not None and rule.entries and isinstance(i, int)
        return build.fun(rule.entries, a.args[0], const(i)) if named and rule is not None else _entry_itself(a, i, j)
    found = ENTRIES[a.op](a, i, j)
    return _entry_itself(a, i, j) if found is None else found


def _entry_itself(a: Expr, i: int, j: int) -> Expr:
    return node("entry", (a,), (i, j), SCALAR)


def part(a: Expr, i: int | Expr | None, j: int | Expr | None) -> Expr:
    """The entry, row, column or block that A[i,j], A[i,:], A[:,j] and A[1:2,:] are; the row is e_i^T A, the column A e_j.

    Of several rows or columns, i and j are those columns of the identity.
    """
    if isinstance(i, int) and isinstance(j, int):
        return entry(a, i, j)
    row = a if i is None or a.shape[0] is ONE else build.mul(transpose(selector(i, a.shape[0])), a)
    return row if j is None or a.shape[1] is ONE else build.mul(row, selector(j, a.shape[1]))


def _delta(i: int | str, j: int | str) -> Expr | None:
    """1 or 0; None where it is not known whether two letters are the same index."""
    return const(int(i == j)) if i == j or isinstance(i, int) and isinstance(j, int) else None


def _entry_of_array(a: Expr, i: int, j: int) -> Expr:
    columns: int = a.data[1]
    return a.args[(i - 1) * columns + j - 1]


def _entry_of_blocks(a: Expr, i: int | str, j: int | str) -> Expr | None:
    """The entry of the block that holds it, where the sizes of the blocks tell which one does."""
    if not (isinstance(i, int) and isinstance(j, int)):
        return None
    row, column = (_held(bounds, k) if bounds else (0, k) for bounds, k in ((row_bounds(a), i), (column_bounds(a), j)))
    return None if row is None or column is None else entry(a.args[row[0] * a.data[1] + column[0]], row[1], column[1])


def _held(bounds: Bounds, k: int) -> tuple[int, int] | None:
    """The block that the k-th row is in, and which one it is there."""
    for at, (start, end) in enumerate(steps(bounds)):
        if not start.is_Integer:
            return None
        if bool((end - k).is_nonnegative):
            return at, k - int(start)
    return None


def _entry_of_product(a: Expr, i: int, j: int) -> Expr | None:
    """An entry of a row or column of a matrix is one of the matrix, and one of u v^T is u_i v_j."""
    c, scalars, mats = split_product(a)
    if c is not S.One or scalars:
        return build.mul(const(c), *scalars, entry(build.mul(*mats), i, j))
    row, column = picked_by(mats[0], i), picked_by(transpose(mats[-1]), j)
    if row is not None:
        return entry(build.mul(*mats[1:]), row, j)
    if column is not None:
        return entry(build.mul(*mats[:-1]), i, column)
    return build.mul(entry(mats[0], i, 1), entry(build.mul(*mats[1:]), 1, j)) if mats[0].shape[1] is ONE else None


def _entry_of_triangle(a: Expr, i: int | str, j: int | str) -> Expr | None:
    """1 or 0 by the side of the diagonal, 1/2 on it where it is halved; None for letters."""
    if not isinstance(i, int) or not isinstance(j, int):
        return None
    if i == j:
        return const("1/2") if a.data[1] else const(1)
    return const(int((i > j) is (a.data[0] == "lower")))


ENTRIES: Final[dict[str, Callable[[Expr, int, int], Expr | None]]] = {
    "array": _entry_of_array,
    "block": _entry_of_blocks,
    "T": lambda a, i, j: entry(a.args[0], j, i),
    "add": lambda a, i, j: add(*(entry(t, i, j) for t in a.args)),
    "had": lambda a, i, j: build.mul(*(entry(f, i, j) for f in a.args)),
    "epow": lambda a, i, j: build.power(entry(a.args[0], i, j), a.args[1]),
    "mul": _entry_of_product,
    "ones": lambda a, i, j: const(1),
    "zeros": lambda a, i, j: const(0),
    "eye": lambda a, i, j: _delta(i, j),
    "triangle": lambda a, i, j: _entry_of_triangle(a, i, j),
    "unit": lambda a, i, j: entry(eye(a.shape[0]), i, a.data),
    "columns": lambda a, i, j: const(int(a.data[0] + j - 1 == i)) if a.data[0].is_Integer else None,
}

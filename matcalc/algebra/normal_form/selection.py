"""Rows and columns of the identity: what they pick of the arrays that they meet."""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.algebra.node import Expr, columns, eye, ones, split_product, unit, zeros
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import add
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.sizes import Dim, dim


def selector(k: int | Expr, n: Dim) -> Expr:
    """The columns of the identity that pick an index, or what picks several."""
    return unit(k, n) if isinstance(k, int) else k


def picks_rows(e: Expr) -> bool:
    """Whether a factor picks rows of the one after it: some columns of the identity, turned."""
    return e.op == "T" and e.args[0].op in ("unit", "columns")


def is_unit_row(e: Expr) -> bool:
    """Whether e is the transpose of a unit vector."""
    return e.op == "T" and e.args[0].op == "unit"


def picked_by(e: Expr, k: int) -> int | None:
    """The row of what follows that is row k of e times it; None where e is no row or rows of the identity."""
    if not picks_rows(e):
        return None
    first = e.args[0].data if e.args[0].op == "unit" else e.args[0].data[0]
    if e.args[0].op == "unit":
        return first if isinstance(first, int) else None
    return int(first) + k - 1 if first.is_Integer else None


def entry_picked(chain: Sequence[Expr]) -> Expr | None:
    """e_i^T A e_j is A[i,j], e_i^T x is x[i]."""
    if len(chain) == 2 and picks_rows(chain[0]) and chain[1].op in ("unit", "columns"):
        return rows_of_columns(chain[0].args[0], chain[1])
    row, column = is_unit_row(chain[0]), chain[-1].op == "unit"
    if row and column and len(chain) > 2:
        return build.entry(build.mul(*chain[1:-1]), chain[0].args[0].data, chain[-1].data)
    if len(chain) > 2 or not (row or column):
        return None
    return build.entry(chain[1], chain[0].args[0].data, 1) if row else build.entry(chain[0], 1, chain[1].data)


def merged_selection(a: Expr, b: Expr) -> Expr | None:
    """Columns of columns of the identity, ones where all rows are alike, and rows that meet columns of the identity."""
    if a.op == "columns" and b.op in ("unit", "columns"):
        first = a.data[0] - 1
        if b.op == "columns":
            return columns(first + b.data[0], first + b.data[1], a.shape[0])
        return columns(first + b.data, first + b.data, a.shape[0]) if isinstance(b.data, int) else None
    if not picks_rows(a):
        if b.op == "columns" and a.op == "ones":
            return ones(a.shape[0], b.shape[1])
        return None
    if b.op == "add" and any(_starts_with_columns(t) for t in b.args):
        return add(*(build.mul(a, t) for t in b.args))
    if a.args[0].op == "columns" and b.op == "ones":
        return ones(a.shape[0], b.shape[1])
    if b.op == "T" and b.args[0].op == "columns":
        turned = merged_selection(b.args[0], a.args[0])
        return None if turned is None else transpose(turned)
    return rows_of_columns(a.args[0], b) if b.op in ("unit", "columns") else None


def _starts_with_columns(e: Expr) -> bool:
    """Whether a product begins with columns of the identity, which rows of it may cancel."""
    mats = split_product(e)[2]
    return bool(mats) and mats[0].op in ("unit", "columns")


def rows_of_columns(rows: Expr, chosen: Expr) -> Expr | None:
    """Some rows of some columns of the identity: the identity where they are the same, zeros where none is."""
    if rows is chosen:
        return eye(rows.shape[1])
    bounds = [d for d in (*_bounds(rows), *_bounds(chosen)) if d.is_Integer]
    if len(bounds) < 4:
        return None
    first, last, start, stop = bounds
    if last < start or stop < first:
        return zeros(rows.shape[1], chosen.shape[1])
    if chosen.op == "unit":
        return unit(int(start - first + 1), rows.shape[1])
    return transpose(unit(int(first - start + 1), chosen.shape[1])) if rows.op == "unit" else None


def _bounds(e: Expr) -> tuple[Dim, Dim]:
    """The first and the last of the columns of the identity that a unit vector or several are."""
    if e.op == "columns":
        return e.data[0], e.data[1]
    k = dim(e.data)
    return k, k

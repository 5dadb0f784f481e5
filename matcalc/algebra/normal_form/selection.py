"""Rows and columns of the identity: what they pick of the arrays that they meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.algebra.node import Expr, columns, const, eye, ones, split_product, unit, zeros
from matcalc.algebra.normal_form.blocks.building import rows_picked
from matcalc.algebra.normal_form.blocks.partitions import divided_by, is_before, picked, picking
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import add
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.sizes import Dim, dim

# Higher powers of block matrices are not multiplied out.
FEW: Final = (2, 3, 4)
DIVIDED: Final = frozenset({"block", "pow", "had", "add", "kron"})
PICKED: Final = frozenset({"unit", "columns", "block"})


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
    if len(chain) == 2 and (picks_rows(chain[0]) or chain[0].op == "block") and chain[1].op in PICKED:
        return merged_selection(*chain)
    row, column = is_unit_row(chain[0]), chain[-1].op == "unit"
    if row and column and len(chain) > 2:
        return build.entry(build.mul(*chain[1:-1]), chain[0].args[0].data, chain[-1].data)
    if len(chain) > 2 or not (row or column):
        return None
    return build.entry(chain[1], chain[0].args[0].data, 1) if row else build.entry(chain[0], 1, chain[1].data)


def merged_selection(a: Expr, b: Expr) -> Expr | None:
    """Columns of columns of the identity, ones where all rows are alike, and rows that meet columns of the identity."""
    if a.op in DIVIDED and a.has_blocks and b.op in ("unit", "columns"):
        turned = merged_selection(transpose(b), transpose(a))
        return None if turned is None else transpose(turned)
    if a.op == "columns" and b.op in ("unit", "columns"):
        first = a.data[0] - 1
        if b.op == "columns":
            return columns(first + b.data[0], first + b.data[1], a.shape[0])
        return _column(first + b.data, a.shape[0]) if isinstance(b.data, int) else None
    if not picks_rows(a):
        if b.op == "columns" and a.op == "ones":
            return ones(a.shape[0], b.shape[1])
        return None
    if b.op in DIVIDED and b.has_blocks:
        return _rows_of_divided(a, b)
    if b.op == "add" and any(_starts_with_columns(t) for t in b.args):
        return add(*(build.mul(a, t) for t in b.args))
    if a.args[0].op == "columns" and b.op == "ones":
        return ones(a.shape[0], b.shape[1])
    if b.op == "T" and b.args[0].op == "columns":
        turned = merged_selection(b.args[0], a.args[0])
        return None if turned is None else transpose(turned)
    return rows_of_columns(a.args[0], b) if b.op in ("unit", "columns") else None


def _rows_of_kron(a: Expr, left: Expr, right: Expr) -> Expr | None:
    """Some rows of E kron B for columns E of the identity, where they are whole blocks."""
    at = picked(a.args[0]) if split_product(left)[2][0].op == "columns" else None
    inside = None if at is None else divided_by(at, right.shape[0])
    return None if inside is None else build.kron(build.mul(transpose(picking(*inside, left.shape[0])), left), right)


def _column(k: Dim, n: Dim) -> Expr:
    """A column of the identity."""
    return unit(int(k), n) if k.is_Integer else columns(k, k, n)


def _rows_of_divided(a: Expr, b: Expr) -> Expr | None:
    """Rows of a block matrix, of a low power of one, and of sums and elementwise products with one."""
    if b.op == "block":
        return None if (at := picked(a.args[0])) is None else rows_picked(b, at)
    if b.op == "had":
        return build.had(*(build.mul(a, f) for f in b.args))
    if b.op == "add":
        return add(*(build.mul(a, t) for t in b.args)) if any(_starts_with_columns(t) for t in b.args) else None
    if b.op == "kron":
        return _rows_of_kron(a, *b.args)
    base, k = b.args
    if base.op != "block" or k.op != "const" or k.data not in FEW:
        return None
    return build.mul(a, base, build.power(base, add(k, const(-1))))


def _starts_with_columns(e: Expr) -> bool:
    """Whether a product begins with columns of the identity, which rows of it may cancel, or with blocks."""
    mats = split_product(e)[2]
    return bool(mats) and mats[0].op in ("unit", "columns", "block")


def rows_of_columns(rows: Expr, chosen: Expr) -> Expr | None:
    """Some rows of some columns of the identity: the identity where they are the same, zeros where none is."""
    if rows is chosen:
        return eye(rows.shape[1])
    (begin, end), (start, stop) = _bounds(rows), _bounds(chosen)
    if is_before(end, start) or is_before(stop, begin):
        return zeros(rows.shape[1], chosen.shape[1])
    if (begin, end) == (start, stop):
        return eye(rows.shape[1])
    bounds = [d for d in (begin, end, start, stop) if d.is_Integer]
    if len(bounds) < 4:
        return None
    if chosen.op == "unit":
        return unit(int(start - begin + 1), rows.shape[1])
    return transpose(unit(int(begin - start + 1), chosen.shape[1])) if rows.op == "unit" else None


def _bounds(e: Expr) -> tuple[Dim, Dim]:
    """The first and the last of the columns of the identity that a unit vector or several are."""
    if e.op == "columns":
        return e.data[0], e.data[1]
    k = dim(e.data)
    return k, k

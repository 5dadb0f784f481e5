"""The one normal form of block matrices that are equal, and their products.

What all blocks are multiplied by stands outside; a matrix that has a single row, column or block that is not zero is that one in its
place, by columns of the identity: [A; 0] is E_1*A (Magnus and Neudecker, section 1.11). The rows of a matrix put together are the matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from matcalc.algebra.node import Expr, array, columns, const, eye, is_const, is_zero, node, ones, split_product, unit, zeros
from matcalc.algebra.normal_form.blocks.partitions import (
    Bounds,
    bounds_of,
    column_bounds,
    common,
    picked,
    picking,
    refined,
    row_bounds,
    steps,
)
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import add, leads_negative, scale
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.sizes import Dim, minus, plus
from matcalc.scalars import S, Scalar

Grid = Sequence[Sequence[Expr]]


def grid_of(e: Expr) -> Grid:
    """The rows of blocks of a block matrix."""
    width = e.data[1]
    return [e.args[k : k + width] for k in range(0, len(e.args), width)]


def turned_grid(grid: Grid) -> Grid:
    """The rows of blocks of the transpose."""
    return [[transpose(b) for b in column] for column in zip(*grid, strict=True)]


def block(grid: Grid) -> Expr:
    """The matrix of these rows of blocks, which fit each other."""
    if len(grid) == len(grid[0]) == 1:
        return grid[0][0]
    m, n = plus(*(row[0].shape[0] for row in grid)), plus(*(b.shape[1] for b in grid[0]))
    blocks = [b for row in grid for b in row]
    if all(map(is_zero, blocks)):
        return zeros(m, n)
    if all(b.is_scalar for b in blocks):
        return array(grid)
    if all(b.op == "ones" or is_const(b, 1) for b in blocks):
        return ones(m, n)
    c, scalars = _shared(blocks)
    if c is not S.One or scalars:
        return build.mul(const(c), *scalars, block([[_without(b, c, scalars) for b in row] for row in grid]))
    for form in (_flattened, _whole, _placed):
        known = form(grid)
        if known is not None:
            return known
    return node("block", tuple(blocks), (len(grid), len(grid[0])), (m, n))


# ------------------------------------------------------------------------------------ what all blocks have


def _shared(blocks: Sequence[Expr]) -> tuple[Scalar, tuple[Expr, ...]]:
    """The coefficient and the scalar factors that all blocks have which are not zero."""
    found = [split_product(b) for b in blocks if not is_zero(b)]
    c = found[0][0]
    if any(other != c for other, _, _ in found):
        signed = all(leads_negative(b) for b in blocks if not is_zero(b))
        c = S.NegativeOne if signed else S.One
    return c, tuple(s for s in found[0][1] if all(s in scalars for _, scalars, _ in found))


def _without(b: Expr, c: Scalar, scalars: tuple[Expr, ...]) -> Expr:
    """The block without the factors that stand outside."""
    if is_zero(b):
        return b
    own, held, mats = split_product(scale(1 / c, b))
    rest = mats or (() if b.is_scalar else (eye(b.shape[0]),))
    return build.mul(const(own), *(s for s in held if s not in scalars), *rest)


# ---------------------------------------------------------------------------------------- other forms


def _flattened(grid: Grid) -> Expr | None:
    """A matrix of block matrices as one of their blocks, where these are divided alike beside and below each other."""
    if not any(b.op == "block" for row in grid for b in row):
        return None
    rows = [_divisions(line, row_bounds) for line in grid]
    columns_ = [_divisions(line, column_bounds) for line in zip(*grid, strict=True)]
    if all(bounds is None for bounds in (*rows, *columns_)):
        return None
    made: list[Sequence[Expr]] = []
    for row, r in zip(grid, rows, strict=True):
        cuts = [cut(b, r, s) for b, s in zip(row, columns_, strict=True)]
        if None in cuts:
            return None
        made += [[b for part in line for b in part] for line in zip(*(c for c in cuts if c is not None), strict=True)]
    return block(made)


def _divisions(blocks: Sequence[Expr], of: Callable[[Expr], Bounds | None]) -> Bounds | None:
    """Where the block matrices among some blocks are divided, taken together."""
    return refined([bounds for b in blocks if b.op == "block" and (bounds := of(b)) is not None])


def _whole(grid: Grid) -> Expr | None:
    """The identity, and the matrix whose rows or columns the blocks are, all of them in order."""
    square = len(grid) == len(grid[0])
    pairs = [(b, i == j) for i, row in enumerate(grid) for j, b in enumerate(row)]
    if square and all(is_zero(b) if not diagonal else b.op == "eye" or is_const(b, 1) for b, diagonal in pairs):
        return eye(plus(*(row[0].shape[0] for row in grid)))
    found = [_joined(column) for column in zip(*grid, strict=True)]
    if len(grid) > 1 and all(f is not None for f in found):
        return block([[f for f in found if f is not None]])
    if len(grid) == 1 and len(grid[0]) > 1:
        turned = _joined([transpose(b) for b in grid[0]])
        return None if turned is None else transpose(turned)
    return None


def _joined(blocks: Sequence[Expr]) -> Expr | None:
    """X of the blocks E_1^T*X, E_2^T*X, ... that are all of its rows."""
    at, whole = S.Zero, None
    for b in blocks:
        c, scalars, mats = split_product(b)
        place = picked(mats[0].args[0]) if mats and mats[0].op == "T" else None
        if place is None or place[0] != at:
            return None
        rest = build.mul(const(c), *scalars, *mats[1:]) if len(mats) > 1 or scalars or c is not S.One else eye(mats[0].shape[1])
        if whole is not None and whole is not rest:
            return None
        at, whole = place[1], rest
    return whole if whole is not None and at == whole.shape[0] else None


def _placed(grid: Grid) -> Expr | None:
    """A matrix with one row or column of blocks that are not zero, as that one in its place."""
    for turned, rows in ((False, grid), (True, turned_grid(grid))):
        filled = [k for k, row in enumerate(rows) if not all(map(is_zero, row))]
        if len(rows) > 1 and len(filled) == 1:
            bounds = bounds_of(row[0].shape[0] for row in rows)
            (k,) = filled
            made = build.mul(picking(bounds[k], bounds[k + 1], bounds[-1]), block([rows[k]]))
            return transpose(made) if turned else made
    return None


# -------------------------------------------------------------------------------------------- parts


def diagonal_blocks(e: Expr) -> Sequence[Expr] | None:
    """The blocks on the diagonal of a block matrix, where they are square."""
    grid = grid_of(e) if e.op == "block" and row_bounds(e) == column_bounds(e) else []
    return [row[k] for k, row in enumerate(grid)] or None


def triangular_blocks(e: Expr) -> Sequence[Expr] | None:
    """The blocks on the diagonal, where they are square and all on one side of them are zero."""
    found = diagonal_blocks(e)
    return found if found is not None and (is_upper(e) or is_lower(e)) else None


def only_diagonal_blocks(e: Expr, square: bool = True) -> Sequence[Expr] | None:
    """The blocks on the diagonal, where all others are zero and, if asked for, these are square."""
    if e.op != "block" or e.data[0] != e.data[1] or not (is_upper(e) and is_lower(e)):
        return None
    return e.args[:: e.data[1] + 1] if not square or row_bounds(e) == column_bounds(e) else None


def is_upper(e: Expr) -> bool:
    """Whether all blocks of a block matrix below the diagonal are zero."""
    return e.op == "block" and all(is_zero(b) for i, row in enumerate(grid_of(e)) for b in row[:i])


def is_lower(e: Expr) -> bool:
    """Whether all blocks of a block matrix above the diagonal are zero."""
    return e.op == "block" and all(is_zero(b) for i, row in enumerate(grid_of(e)) for b in row[i + 1 :])


def on_diagonal(blocks: Sequence[Expr]) -> Expr:
    """The block matrix with these blocks on its diagonal, and zeros elsewhere."""
    return block([[b if i == j else zeros(a.shape[0], b.shape[1]) for j, b in enumerate(blocks)] for i, a in enumerate(blocks)])


def cut(e: Expr, rows: Bounds | None, columns_: Bounds | None) -> Grid | None:
    """The blocks that a matrix has between these bounds, None standing for no division; None where one would be a slice."""
    m, n = e.shape
    made: list[list[Expr]] = []
    for r in steps(rows) if rows else [None]:
        made.append([])
        for s in steps(columns_) if columns_ else [None]:
            left = [transpose(picking(*r, m))] if r else []
            right = [picking(*s, n)] if s else []
            part = build.mul(*left, e, *right)
            if is_slice(part):
                return None
            made[-1].append(part)
    return made


def entrywise(factors: Sequence[Expr]) -> Expr | None:
    """The elementwise product of block matrices, block by block; None where a factor would have to be cut."""
    rows, along = (refined([b for f in factors if (b := of(f)) is not None]) for of in (_row_bounds, _column_bounds))
    grids = [cut(f, rows, along) for f in factors] if rows or along else [None]
    found = [g for g in grids if g is not None]
    if len(found) < len(grids):
        return None
    return block([[build.had(*blocks) for blocks in zip(*row, strict=True)] for row in zip(*found, strict=True)])


def _row_bounds(e: Expr) -> Bounds | None:
    """Where a matrix has bounds between its rows, by the first factor of a product."""
    mats = split_product(e)[2]
    return row_bounds(mats[0]) if mats else None


def _column_bounds(e: Expr) -> Bounds | None:
    mats = split_product(e)[2]
    return column_bounds(mats[-1]) if mats else None


def is_slice(e: Expr) -> bool:
    """Whether rows or columns are still to be picked of something."""
    if e.op == "add":
        return any(map(is_slice, e.args))
    mats = split_product(e)[2]
    first, last = (mats[0], mats[-1]) if len(mats) > 1 else (e, e)
    return len(mats) > 1 and (first.op == "T" and picked(first.args[0]) is not None or picked(last) is not None) or e.op == "entry"


def in_places(e: Expr) -> Sequence[Expr]:
    """The blocks of a block matrix, each in its place by columns of the identity: what they add up to is the matrix."""
    places = [k for k, b in enumerate(e.args) if not is_zero(b)]
    empty = [zeros(*b.shape) for b in e.args]
    width = e.data[1]
    alone = ([*empty[:k], e.args[k], *empty[k + 1 :]] for k in places)
    return [block([found[r : r + width] for r in range(0, len(found), width)]) for found in alone]


def rows_picked(e: Expr, at: tuple[Dim, Dim]) -> Expr | None:
    """The rows of a block matrix between two of its bounds, or some of those between two neighbours."""
    bounds, (first, last) = row_bounds(e) or (), at
    if first in bounds and last in bounds:
        return block(grid_of(e)[bounds.index(first) : bounds.index(last)])
    for k, (start, end) in enumerate(steps(bounds)):
        if (first - start).is_nonnegative and (end - last).is_nonnegative:
            k_th, to, size = plus(minus(first, start), S.One), minus(last, start), minus(end, start)
            inner = unit(int(k_th), size) if k_th == to and k_th.is_Integer else columns(k_th, to, size)
            return build.mul(transpose(inner), block([grid_of(e)[k]]))
    return None


def product(a: Expr, b: Expr) -> Expr | None:
    """The product of two block matrices, block by block, where blocks of one meet those of the other."""
    if a is b:
        return None
    first, second = column_bounds(a) or (), row_bounds(b) or ()
    shared = common(first, second)
    if len(shared) < 3:
        return None
    left = [_merged(row, first, shared) for row in grid_of(a)]
    right = [_merged(row, second, shared) for row in turned_grid(grid_of(b))]
    return block([[add(*(build.mul(x, transpose(y)) for x, y in zip(row, column, strict=True))) for column in right] for row in left])


def _merged(row: Sequence[Expr], bounds: Bounds, kept: Bounds) -> list[Expr]:
    """A row of blocks with fewer bounds."""
    ends = [bounds.index(b) for b in kept]
    return [block([row[i:j]]) for i, j in pairwise(ends)]

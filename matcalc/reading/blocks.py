"""Block matrices while an expression is built: what is done with whole blocks is done with them, one by one.

[A; B]*x is [A*x; B*x], and ||[u; v]||^2 is ||u||^2 + ||v||^2. Where a block matrix meets something else, each block stands in its place
by columns of the identity: [A; B] is E_1*A + E_2*B (Magnus and Neudecker, section 1.11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sympy import Rational

from matcalc.algebra.literal import Algebra
from matcalc.algebra.node import Expr, columns, const, is_zero, zeros
from matcalc.book.sizes import ONE, Dim, plus

Grid = tuple[tuple[Expr, ...], ...]


class Blocks:
    """The block matrices that one expression is made of, by the sums that they are."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.grids: dict[Expr, Grid] = {}

    def made(self, grid: Grid) -> Expr:
        """The matrix that these blocks make."""
        if len(grid) == len(grid[0]) == 1:
            return grid[0][0]
        down, along = _places(_heights(grid)), _places(_widths(grid))
        placed: list[Expr] = []
        for at, row in zip(down, grid, strict=True):
            for beside, block in zip(along, row, strict=True):
                if not is_zero(block):
                    left = [at] if len(grid) > 1 else []
                    right = [self.algebra.transpose(beside)] if len(row) > 1 else []
                    placed.append(self.algebra.mul(*left, block, *right))
        whole = self.algebra.add(*placed) if placed else zeros(plus(*_heights(grid)), plus(*_widths(grid)))
        self.grids[whole] = grid
        return whole

    def by_blocks(self) -> Algebra:
        """The same operations, with those on block matrices done block by block where the blocks fit."""
        return replace(self.algebra, add=self.add, mul=self.mul, transpose=self.transpose, fun=self.fun)

    def transpose(self, e: Expr) -> Expr:
        """The transpose."""
        grid = self.grids.get(e)
        turned = self.algebra.transpose
        return turned(e) if grid is None else self.made(tuple(tuple(turned(b) for b in column) for column in zip(*grid, strict=True)))

    def add(self, *terms: Expr) -> Expr:
        """The sum; of block matrices with the same blocks, that of their blocks."""
        grids = [g for t in terms if (g := self.grids.get(t)) is not None]
        if len(grids) < len(terms) or any(_heights(g) != _heights(grids[0]) or _widths(g) != _widths(grids[0]) for g in grids):
            return self.algebra.add(*terms)
        rows = zip(*grids, strict=True)
        return self.made(tuple(tuple(self.algebra.add(*blocks) for blocks in zip(*row, strict=True)) for row in rows))

    def mul(self, *factors: Expr) -> Expr:
        """The product, from left to right block by block where the blocks of neighbours fit."""
        if not any(f in self.grids for f in factors):
            return self.algebra.mul(*factors)
        made = factors[0]
        for f in factors[1:]:
            made = self._product(made, f)
        return made

    def _product(self, left: Expr, right: Expr) -> Expr:
        a, b = self.grids.get(left), self.grids.get(right)
        times = self.algebra.mul
        if a is not None and right.is_scalar:
            return self.made(tuple(tuple(times(right, block) for block in row) for row in a))
        if b is not None and left.is_scalar:
            return self.made(tuple(tuple(times(left, block) for block in row) for row in b))
        rows, columns_ = a or ((left,),), b or ((right,),)
        if a is b is None or _widths(rows) != _heights(columns_):
            return times(left, right)
        return self.made(tuple(tuple(self._entry(row, column) for column in zip(*columns_, strict=True)) for row in rows))

    def _entry(self, row: Sequence[Expr], column: Sequence[Expr]) -> Expr:
        return self.algebra.add(*(self.algebra.mul(x, y) for x, y in zip(row, column, strict=True)))

    def fun(self, name: str, *args: Expr) -> Expr:
        """A function; one of a block matrix is made of functions of its blocks, where the two are the same."""
        grid = self.grids.get(args[0]) if args and name in _FUNCTIONS else None
        made = _FUNCTIONS[name](self, grid) if grid is not None else None
        return self.algebra.fun(name, *args) if made is None else made

    def norm(self, grid: Grid) -> Expr:
        """The root of the sum of squares."""
        squares = [self.algebra.power(self.algebra.fun("normF", b), const(2)) for row in grid for b in row if not is_zero(b)]
        return self.algebra.epow(self.algebra.add(*squares), const(Rational(1, 2))) if squares else const(0)

    def total(self, grid: Grid) -> Expr:
        """The sum of all entries."""
        return self.algebra.add(*(self.algebra.fun("sum", b) for row in grid for b in row))

    def trace(self, grid: Grid) -> Expr | None:
        """The traces of the blocks on the diagonal."""
        if _heights(grid) != _widths(grid):
            return None
        return self.algebra.add(*(self.algebra.fun("tr", row[k]) for k, row in enumerate(grid)))

    def triangular(self, name: str, combine: Callable[..., Expr], grid: Grid) -> Expr | None:
        """The determinant, or its logarithm, where all blocks on one side of the diagonal are zero."""
        if _heights(grid) != _widths(grid):
            return None
        sides = [[b for j, b in enumerate(row) if (j > i) is upper and j != i] for upper in (True, False) for i, row in enumerate(grid)]
        above, below = sides[: len(grid)], sides[len(grid) :]
        if not any(all(is_zero(b) for row in side for b in row) for side in (above, below)):
            return None
        return combine(*(self.algebra.fun(name, row[k]) for k, row in enumerate(grid)))


_FUNCTIONS: Final[Mapping[str, Callable[[Blocks, Grid], Expr | None]]] = {
    "norm2": Blocks.norm,
    "normF": Blocks.norm,
    "sum": Blocks.total,
    "tr": Blocks.trace,
    "det": lambda blocks, grid: blocks.triangular("det", blocks.algebra.mul, grid),
    "logdet": lambda blocks, grid: blocks.triangular("logdet", blocks.algebra.add, grid),
}


def _heights(grid: Grid) -> list[Dim]:
    return [row[0].shape[0] for row in grid]


def _widths(grid: Grid) -> list[Dim]:
    return [block.shape[1] for block in grid[0]]


def _places(sizes: Sequence[Dim]) -> list[Expr]:
    """The columns of the identity that belong to each of several blocks."""
    whole, first, places = plus(*sizes), ONE, []
    for size in sizes:
        places.append(columns(first, plus(first, size, -ONE), whole))
        first = plus(first, size)
    return places

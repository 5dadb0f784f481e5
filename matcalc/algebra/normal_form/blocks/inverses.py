"""Parts of the inverse of a block matrix, by the Schur complement that makes them shortest.

With j for some rows and columns and R for the others, the columns j of M^-1 are, for S = M_jj - M_jR M_RR^-1 M_Rj and
T = M_RR - M_Rj M_jj^-1 M_jR,

    at j    S^-1                     = M_jj^-1 + M_jj^-1 M_jR T^-1 M_Rj M_jj^-1
    at R    -M_RR^-1 M_Rj S^-1       = -T^-1 M_Rj M_jj^-1

(Magnus and Neudecker, section 1.11; Petersen and Pedersen, section 9.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.algebra.node import Expr, is_const, is_zero, split_product
from matcalc.algebra.normal_form.blocks.building import Grid, block, cut, diagonal_blocks, grid_of, is_slice
from matcalc.algebra.normal_form.blocks.partitions import Bounds, column_bounds, picked, picking, row_bounds, steps
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import add, negative
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.algebra.structure import properties
from matcalc.records import dataclass

# What an answer may be longer by, in tokens, where it then needs no assumption.
ASSUMED: Final = 6


def of_inverse(left: Expr, inverse: Expr, right: Expr) -> Expr | None:
    """X*M^-1*E_j and E_j^T*M^-1*X, for blocks X that meet those of M and columns E_j of the identity, in terms of the blocks."""
    if not inverse.has_blocks or inverse.op != "pow" or not is_const(inverse.args[1], -1):
        return None
    if picked(right) is None:
        if left.op != "T" or picked(left.args[0]) is None or row_bounds(right) is None:
            return None
        turned = of_inverse(transpose(right), transpose(inverse), transpose(left))
        return None if turned is None else transpose(turned)
    divided = _divided(inverse.args[0])
    return None if divided is None or column_bounds(left) is None else _columns_of_inverse(left, *divided, right)


def _divided(m: Expr) -> tuple[Bounds, Grid] | None:
    """The blocks of a matrix whose rows and columns are divided alike."""
    held = next((f for t in m.args for f in split_product(t)[2] if f.op == "block"), None) if m.op == "add" else m
    if held is None or held.op != "block":
        return None
    bounds = row_bounds(held)
    if bounds is None or bounds != column_bounds(held):
        return None
    grid = grid_of(m) if m is held else cut(m, bounds, bounds)
    return None if grid is None else (bounds, grid)


def _columns_of_inverse(left: Expr, bounds: Bounds, grid: Grid, right: Expr) -> Expr | None:
    at = picked(right)
    assert at is not None
    if at[0] not in bounds or at[1] not in bounds:
        return None
    own = list(range(bounds.index(at[0]), bounds.index(at[1])))
    rest = [k for k in range(len(grid)) if k not in own]
    pieces = [build.mul(left, picking(start, end, bounds[-1])) for start, end in steps(bounds)]
    if any(map(is_slice, pieces)):
        return None
    quarters = (block([[grid[i][j] for j in columns] for i in rows]) for rows in (own, rest) for columns in (own, rest))
    parts = _Parts(own[0] < rest[0], *quarters)
    found = parts.columns(*(block([[pieces[k] for k in chosen]]) for chosen in (own, rest)))
    return min(found, key=lambda way: way[0])[1] if found else None


def numbers_of_inverse(m: Expr) -> list[tuple[Expr, Expr]]:
    """Of each block that is a number and stands on the diagonal the number in its place in M^-1, and the matrix of the other blocks."""
    found = []
    for k, b in enumerate(diagonal_blocks(m) or ()):
        if b.is_scalar:
            bounds, grid = row_bounds(m) or (), grid_of(m)
            at = picking(bounds[k], bounds[k + 1], bounds[-1])
            rest = block([[a for j, a in enumerate(row) if j != k] for i, row in enumerate(grid) if i != k])
            found.append((build.mul(transpose(at), _inverse(m), at), rest))
    return found


@dataclass(frozen=True)
class _Parts:
    """Whether j stands before R; M_jj, M_jR, M_Rj, M_RR."""

    is_first: bool
    own: Expr
    beside: Expr
    below: Expr
    rest: Expr

    def columns(self, at_own: Expr, at_rest: Expr) -> list[tuple[tuple[bool, int, bool], Expr]]:
        """(at_own, at_rest) times the columns j of M^-1, by each pivot that may have an inverse, with how good the way is.

        Of ways that are equally good the one is taken whose pivot stands first, so that M^-1 has the same blocks as its transpose.
        """
        found = []
        away = not is_zero(at_rest)
        if not _is_singular(self.rest):
            made = self.by_rest(at_own, at_rest)
            needed = not (is_zero(self.below) or is_zero(self.beside) and not away)
            found.append(((*_grade(self.rest, made, needed, away), self.is_first), made))
        if not _is_singular(self.own):
            made = self.by_own(at_own, at_rest)
            found.append(((*_grade(self.own, made, True, away), not self.is_first), made))
        return found

    def by_rest(self, at_own: Expr, at_rest: Expr) -> Expr:
        """(X_j - X_R M_RR^-1 M_Rj) S^-1."""
        if is_zero(self.below):
            return build.mul(at_own, _inverse(self.own))
        pivot = None if is_zero(self.beside) and is_zero(at_rest) else _inverse(self.rest)
        if pivot is None:
            return build.mul(at_own, _inverse(self.own))
        complement = add(self.own, negative(build.mul(self.beside, pivot, self.below)))
        return build.mul(add(at_own, negative(build.mul(at_rest, pivot, self.below))), _inverse(complement))

    def by_own(self, at_own: Expr, at_rest: Expr) -> Expr:
        """X_j M_jj^-1 - (X_R - X_j M_jj^-1 M_jR) T^-1 M_Rj M_jj^-1."""
        pivot = _inverse(self.own)
        complement = add(self.rest, negative(build.mul(self.below, pivot, self.beside)))
        through = add(at_rest, negative(build.mul(at_own, pivot, self.beside)))
        return add(build.mul(at_own, pivot), negative(build.mul(through, _inverse(complement), self.below, pivot)))


def _grade(pivot: Expr, made: Expr, needed: bool, away: bool) -> tuple[bool, int]:
    """A matrix is a better pivot than a number beside it, a short answer better than a long one, without an assumption all the more."""
    known = not needed or "invertible" in properties(pivot)
    return away and pivot.is_scalar, made.weight + (0 if known else ASSUMED)


def _inverse(a: Expr) -> Expr:
    return build.power(a, -1)


def _is_singular(m: Expr) -> bool:
    """Whether a block of zeros tells that a matrix has no inverse."""
    if is_zero(m):
        return True
    grid: Sequence[Sequence[Expr]] = grid_of(m) if m.op in ("block", "array") else []
    return any(all(map(is_zero, line)) for line in (*grid, *zip(*grid, strict=True)))

"""Blocks of matrix functions of block triangular matrices: those on the diagonal are the functions of the blocks there.

Source: Higham, Functions of Matrices (2008), section 1.2: f of a block triangular matrix is one, with f(M_ii) on its diagonal.
"""

from __future__ import annotations

from matcalc.algebra.node import Expr, zeros
from matcalc.algebra.normal_form.blocks.building import grid_of, is_lower, is_upper
from matcalc.algebra.normal_form.blocks.partitions import Bounds, column_bounds, picked, row_bounds
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.frechet import is_frechet
from matcalc.book.rules import find


def of_function(left: Expr, f: Expr, right: Expr) -> Expr | None:
    """E_i^T*f(M)*E_j for a matrix function or a Fréchet derivative of block triangular matrices, on the diagonal and where it is zero."""
    if left.op != "T" or not f.has_blocks:
        return None
    if f.op == "T":
        turned = of_function(transpose(right), f.args[0], left.args[0])
        return None if turned is None else transpose(turned)
    held = _triangular_operands(f)
    bounds = row_bounds(held[0]) if held else None
    if bounds is None:
        return None
    i, j = _block_at(bounds, left.args[0]), _block_at(bounds, right)
    if i is None or j is None:
        return None
    if i == j:
        return build.fun(f.op, *(grid_of(a)[i][i] if a in held else a for a in f.args))
    return zeros(left.shape[0], right.shape[1]) if all(map(is_upper if j < i else is_lower, held)) else None


def _triangular_operands(f: Expr) -> tuple[Expr, ...]:
    """M of f(M), M and E of L_f(M, E), where they are triangular on one side and divided alike; none elsewhere."""
    rule = find(f.op)
    if rule is None or rule.kind != "matrix function" and not is_frechet(rule):
        return ()
    held = (f.args[0], f.args[-1]) if is_frechet(rule) else f.args[:1]
    same = all(row_bounds(a) == column_bounds(a) == row_bounds(held[0]) for a in held)
    return held if same and (all(map(is_upper, held)) or all(map(is_lower, held))) else ()


def _block_at(bounds: Bounds, chosen: Expr) -> int | None:
    """The block whose columns of the identity these are."""
    at = picked(chosen)
    k = bounds.index(at[0]) if at is not None and at[0] in bounds else None
    return k if k is not None and at is not None and bounds[k + 1 : k + 2] == (at[1],) else None

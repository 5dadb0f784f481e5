"""Sums of block matrices: block by block, where all terms have the blocks of one division.

E_1*A + E_2*B is [A; B], and [A; B]*x - [c; g] is [A*x - c; B*x - g].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Final

from matcalc.algebra.node import Expr, split_product
from matcalc.algebra.normal_form.blocks.building import block, cut
from matcalc.algebra.normal_form.blocks.partitions import Bounds, column_bounds, refined, row_bounds
from matcalc.algebra.normal_form.constructors import build

MAX_BLOCKS: Final = 100
Division = tuple[Bounds | None, Bounds | None]


def gathered(terms: Sequence[Expr]) -> Sequence[Expr]:
    """The terms of a sum, those that are divided in the same axes as one block matrix."""
    divisions = {t: division for t in terms if (division := _division(t)) is not None}
    for axes in ((True, True), (True, False), (False, True)):
        group = [t for t, d in divisions.items() if (d[0] is not None, d[1] is not None) == axes]
        if len(group) > 1 and any(map(_is_divided, group)) and (made := _merged(group, divisions)) is not None:
            return [*(t for t in terms if t not in group), made]
    return terms


def _division(t: Expr) -> Division | None:
    """Where a term has bounds between its rows and between its columns."""
    mats = split_product(t)[2]
    rows, along = (row_bounds(mats[0]), column_bounds(mats[-1])) if mats else (None, None)
    return None if rows is along is None else (rows, along)


def _is_divided(t: Expr) -> bool:
    """Whether a term is blocks by itself, and not a block matrix times something."""
    mats = split_product(t)[2]
    return len(mats) == 1 or mats[0].op == "columns" or mats[-1].op == "T" and mats[-1].args[0].op == "columns"


def _merged(group: Sequence[Expr], divisions: Mapping[Expr, Division]) -> Expr | None:
    """One block matrix for the sum of a group; None where it has too many blocks, or one of them would be a slice."""
    rows = refined([d for t in group if (d := divisions[t][0]) is not None])
    along = refined([d for t in group if (d := divisions[t][1]) is not None])
    divided = [d for d, wanted in ((rows, divisions[group[0]][0]), (along, divisions[group[0]][1])) if wanted is not None]
    if None in divided or prod(len(d) - 1 for d in divided if d is not None) > MAX_BLOCKS:
        return None
    found = [cut(t, rows, along) for t in group]
    grids = [g for g in found if g is not None]
    if len(grids) < len(found):
        return None
    return block([[build.add(*blocks) for blocks in zip(*row, strict=True)] for row in zip(*grids, strict=True)])

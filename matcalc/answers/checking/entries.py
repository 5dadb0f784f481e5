"""Lines in index notation: y[i] = sum_j(A[i,j]*x[j]), and sums over labels for a scalar, against the values of the line before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.answers.checking.equality import Equal, tried
from matcalc.answers.checking.workings import Workings
from matcalc.answers.claims.index_notation import IndexClaim
from matcalc.book.sizes import ONE
from matcalc.errors import UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import numeric
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import dimension_names, size_of

Array = Any


def compared_entries(workings: Workings, labels: Sequence[str], text: str, truth: Expr) -> Equal:
    """Whether a text in index notation has the entries of an expression.

    Raises a MatcalcError where it cannot be read, or has not as many labels as the expression has axes.
    """
    axes = [d for d in truth.shape if d is not ONE]
    if len(axes) != len(labels):
        raise UsageError(f"there are {len(labels)} labels for {len(axes)} axes")
    names = workings.names()
    sizes = set(dimension_names(list(workings.variables.values()), list(workings.values.values()))) - names.keys()
    claim = IndexClaim(text, names, workings.functions, sizes, dict(zip(labels, axes, strict=True)))
    program = Program([truth])

    def pair(point: Point) -> tuple[Array, Array] | None:
        ours = numeric(claim.at(point))
        theirs = numeric(program(point.values, point.sizes, point.unknowns)[0])
        if not (np.all(np.isfinite(ours)) and np.all(np.isfinite(theirs))):
            return None
        wanted = [size_of(d, point.sizes) for d in axes]
        return np.reshape(ours, wanted), np.reshape(theirs, wanted)

    assert workings.read is not None
    return tried(pair, workings.sampled(), [workings.read.literal, truth, *claim.exprs])

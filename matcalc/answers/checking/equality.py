"""Are two expressions equal, as numbers at random points of their variables?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr, is_zero
from matcalc.answers.claims.verdict import RIGHT, UNDECIDED, WRONG, Entry, worst_entry
from matcalc.book.sizes import Shape
from matcalc.numbers.certifying.comparison import Found, values_compared
from matcalc.numbers.certifying.trial import Trial
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import numeric
from matcalc.numbers.sampling.random_points import Drawing, Point
from matcalc.numbers.sampling.sizes import size_of
from matcalc.records import dataclass
from matcalc.simplify.simplify import simplify

Array = Any
POINTS: Final = 3
RESIZED: Final = 1
NOWHERE: Final = "no point was found at which both sides are finite; declare what holds of the variables (positive, spd, invertible)"
DROWNED: Final = "rounding errors hide any difference"


@dataclass(frozen=True)
class Equal:
    """Whether two expressions are equal: right, wrong or undecided, with the entry that differs or the reason."""

    verdict: str
    entry: Entry | None = None
    reason: str = ""


def compared(claimed: Expr, truth: Expr, variables: Sequence[Expr], function: Expr) -> Equal:
    """Whether two expressions of one shape are equal over variables with their properties, where the function has a value."""
    ours, theirs = simplify(claimed), simplify(truth)
    if ours is theirs or is_zero(ours) and is_zero(theirs):
        return Equal(RIGHT)
    if claimed.shape != truth.shape and not is_zero(claimed):
        return Equal(WRONG)
    program = Program([claimed, truth])

    def pair(point: Point) -> tuple[Array, Array] | None:
        with np.errstate(all="ignore"):
            ours, theirs = (numeric(v) for v in program(point.values, point.sizes, point.unknowns))
        sizes = [size_of(d, point.sizes) for d in truth.shape]
        if not (np.all(np.isfinite(ours)) and np.all(np.isfinite(theirs))):
            return None
        return np.broadcast_to(np.reshape(ours, [size_of(d, point.sizes) for d in claimed.shape]), sizes), np.reshape(theirs, sizes)

    return tried(pair, variables, [function, claimed, truth], truth.shape)


def tried(
    pair: Callable[[Point], tuple[Array, Array] | None], variables: Sequence[Expr], exprs: Sequence[Expr], shape: Shape | None = None
) -> Equal:
    """Whether two arrays are equal at random points at which the expressions have values."""
    trial = Trial(Drawing(variables, exprs), lambda p: values_compared(pair, p), least=POINTS, resized=RESIZED)
    trial.run()
    if trial.is_refuted:
        found = pair(trial.differing[0])
        assert found is not None
        return Equal(WRONG, worst_entry(*found, trial.differing[0], shape))
    if trial.first is None:
        return Equal(UNDECIDED, reason=DROWNED if Found.DROWNED in trial.others else NOWHERE)
    return Equal(UNDECIDED, reason=trial.missing) if trial.missing else Equal(RIGHT)

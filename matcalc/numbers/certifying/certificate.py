"""The numeric certificate: a derived formula is compared with the slope of what was differentiated.

At random points of the domain, with a different size for every dimension name, the formula contracted with a random
direction V must equal the slope of Y along V. A wrong linear map agrees with the right one on a random direction with
probability zero, and an identity of analytic functions that holds at a random point holds wherever they go on: so one point is
enough where a function is smooth. Where it is not, every smooth part is a function of its own, and a point is looked for in
each: on both sides of every kink, with orthogonal matrices of both determinants, with skew ones of odd and even size
(`coverage`). A point at which formula and slope are both zero is no check, as numbers may have underflowed or a sigmoid may be
saturated; only where they are zero at every scale is the formula taken to be zero.

The slope is a difference quotient, extrapolated to step zero (Richardson). Where that drowns or finds zero, it is measured link
by link (`links`): of several ways to check a network of a thousand layers this one needs no derivative but those that it measures,
holds for every function and costs about as much as a quotient. Where the function overflows at every point, as a tower of
exponentials does, the functions that overflow are replaced by f(u + c), in formula and function alike: whoever used only the
differential of f, which holds for the shifted one too, is right for every c or for none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.errors import CertificateError, NotDifferentiable
from matcalc.numbers.certifying.comparison import Found
from matcalc.numbers.certifying.slope import PLAIN, Moves, Slope, Way, random_moves
from matcalc.numbers.certifying.trial import Trial
from matcalc.numbers.conditions import Margins, kinks_of
from matcalc.numbers.outcome import CHECKED, QUOTIENTS, UNCHECKED, Certificate
from matcalc.numbers.sampling.random_points import Drawing, Point, too_large

Array = Any
NEVER_FINITE: Final = "no point was found at which the function and its derivative are finite, so the formula could not be checked"
MAX_DIFFERING: Final = 1


def certify(
    y: Expr,
    x: Expr,
    result: Callable[[Point], Array],
    contract: Callable[[Array, Array, Point], Array],
    variables: Sequence[Expr],
    parts: Sequence[Expr] = (),
    ways: Sequence[Way] = PLAIN,
) -> Certificate:
    """Compare `result` with the slope of y in random directions of x; `contract` applies it to a direction.

    `parts` are the expressions that `result` evaluates: their kinks count, and what is too large is refused before it is allocated. `ways`
    are those of `Slope`.

    Raises as `certify_map` does.
    """
    name = x.data.name
    return certify_map(y, lambda p: random_moves([name], p), lambda p, moves: contract(result(p), moves[name], p), variables, parts, ways)


def _always_on_a_kink(y: Expr, drawing: Drawing) -> str | None:
    """A function that has an entry of its argument exactly on a kink wherever the variables are, as relu of a diagonal matrix."""
    margins = Margins(kinks_of([y], drawing.variables))
    at = [margins.at(p) for p in islice(drawing.plain(0), 3)] if margins.margins else []
    found = (m for k, m in enumerate(margins.margins) if at and all(np.any(there[k] == 0) for there in at))
    return next((m.function for m in found), None)


def certify_map(
    y: Expr,
    moves: Callable[[Point], Moves],
    value: Callable[[Point, Moves], Array],
    variables: Sequence[Expr],
    parts: Sequence[Expr] = (),
    ways: Sequence[Way] = PLAIN,
) -> Certificate:
    """Compare the value of a linear map with the slope of y where variables move, perhaps several at once.

    A point where they differ may lie on a kink: two more must agree for each such point.

    Raises CertificateError if they differ, NotDifferentiable if no point was found at which both are finite.
    """
    drawing = Drawing(variables, (y, *parts))
    trial = Trial(drawing, Slope(y, moves, value, ways).at, MAX_DIFFERING, overflowing=y)
    trial.run()
    if trial.is_refuted and any(name.isdigit() for name in drawing.sizes(0)):
        raise too_large(drawing.sizing.most_entries())
    if trial.is_refuted and (function := _always_on_a_kink(y, drawing)) is not None:
        told = f"the function has a kink at every point: an argument of {function} always has an entry at which it has no derivative"
        raise NotDifferentiable(told)
    if trial.is_refuted:
        raise CertificateError(
            "the derived formula disagrees with finite differences of the input, so it is withheld",
            hint="please report the request; --no-check prints the formula all the same",
        )
    first = trial.first
    if first is not None:
        method = f"{QUOTIENTS}, {' and '.join(trial.shifted)} shifted" if trial.shifted else QUOTIENTS
        error = max((f.error for _, f in trial.agreed), default=0.0)
        status = UNCHECKED if trial.missing else CHECKED
        return Certificate(status, len(trial.agreed or trial.zeros), first.sizes, error, method, trial.missing)
    if Found.DROWNED in trial.others:
        return Certificate(UNCHECKED, reason="rounding errors drown the slope at every point tried")
    raise NotDifferentiable(NEVER_FINITE, hint="declare what holds of the variables (positive, spd, invertible), or use --no-check")

"""The causes of a mistake, the likeliest kind first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.steps import limited
from matcalc.algebra.walk import in_order
from matcalc.answers.causes.case import Case, Cause
from matcalc.answers.causes.conjugates import conjugates
from matcalc.answers.causes.edits import edited, missing
from matcalc.answers.causes.inner import chain_factor
from matcalc.answers.causes.scaling import conditions, constant_factor, function_factor, scalar_rule
from matcalc.answers.causes.summands import MIXED, summands
from matcalc.book import rules as rulebook
from matcalc.errors import LimitError, MatcalcError

MAX_WORK: Final = 250_000
ENOUGH: Final = 2


def causes_of(case: Case) -> tuple[Cause, ...]:
    """Why a claim is wrong: nothing where no kind of mistake that is known here makes it of the truth."""
    if len(case.samples.points) < ENOUGH:
        return ()
    try:
        with limited(MAX_WORK):
            return next((found for group in _groups(case) if (found := _tried(group))), ())
    except LimitError:
        return ()


def _tried(group: Callable[[], Iterable[Cause]]) -> tuple[Cause, ...]:
    """The causes of a group; none where what it makes has no shape or no value at a point, and the others are asked.

    Raises LimitError.
    """
    try:
        return tuple(group())
    except LimitError:
        raise
    except (MatcalcError, ValueError, np.linalg.LinAlgError):
        return ()


def _groups(case: Case) -> Iterator[Callable[[], Iterable[Cause]]]:
    # Few points may all lie on one side of a kink, where less than the condition is enough.
    under = _tried(lambda: conditions(case)) if case.fits and not _has_kinks(case.function) else ()
    yield lambda: constant_factor(case)
    yield lambda: conjugates(case)
    changed = _tried(lambda: edited(case))
    yield lambda: [*changed, *[c for c in under if c.kind == "symmetric" or c.kind == "condition" and not changed][:1]]
    before = _tried(lambda: summands(case))
    yield lambda: [*(c for c in before if c.kind != MIXED), *missing(case)][:1]
    yield lambda: chain_factor(case)
    yield lambda: under[:1]
    yield lambda: function_factor(case)
    yield lambda: scalar_rule(case)
    yield lambda: before


def _has_kinks(e: Expr) -> bool:
    """Whether a function has points without a derivative."""
    rules = [rulebook.find(n.op) for n in in_order([e])]
    return any(rule is not None and rule.kinks for rule in rules)

"""Why is a claim in index notation wrong? Indices exchanged, a number before the whole, a summand that is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any, Final

import numpy as np

from matcalc.answers.causes.case import Case, Cause
from matcalc.answers.causes.samples import ratio_of
from matcalc.answers.causes.scaling import of_factor
from matcalc.answers.causes.summands import cause_of, numbers_before, sums_of
from matcalc.answers.claims.trials import IndexTrial
from matcalc.answers.claims.verdict import WRONG, Verdict
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derived_one
from matcalc.answers.value import value_of
from matcalc.errors import MatcalcError, ShapeError
from matcalc.numbers.sampling.random_points import Point

Array = Any
_ENTRY: Final = re.compile(r"(?P<of>[^\W\d]\w*|\))\[\s*(?P<row>\w+)\s*,\s*(?P<column>\w+)\s*\]")
MAX_ENTRIES: Final = 6


def judged(found: Derivative, claim: str, value: str, offset: int) -> Verdict:
    """The verdict on a claim in index notation, with the cause where it is wrong.

    Raises a MatcalcError where it cannot be read and no exchange of two indices makes it right.
    """
    try:
        trial = IndexTrial(found, claim, value, offset)
    except ShapeError as error:
        cause = _exchange(found, claim, value, offset)
        if cause is None:
            raise
        return Verdict(WRONG, claim, found, reasons=(error.message,), causes=(cause,))
    verdict = trial.verdict()
    if verdict.verdict != WRONG:
        return verdict
    causes = (_factor(trial), _summand(trial), _exchange(found, claim, value, offset))
    return replace(verdict, causes=tuple([c for c in causes if c is not None][:1]))


def _exchange(found: Derivative, claim: str, value: str, offset: int) -> Cause | None:
    """Two indices of one factor that are exchanged."""
    for old, new, text in _exchanged(value):
        try:
            if IndexTrial(found, claim, text, offset).verdict().right:
                return Cause("transpose", f"the indices are exchanged: {old} should be {new}")
        except MatcalcError:
            continue
    return None


def _exchanged(value: str) -> Iterator[tuple[str, str, str]]:
    """A factor, the factor with its indices exchanged, and the value with it."""
    for m in list(_ENTRY.finditer(value))[:MAX_ENTRIES]:
        if m["row"] != m["column"]:
            new = f"{m['of']}[{m['column']},{m['row']}]"
            yield m[0].lstrip(")"), new.lstrip(")"), value[: m.start()] + new + value[m.end() :]
    for a, b in combinations(dict.fromkeys(label for m in _ENTRY.finditer(value) for label in (m["row"], m["column"])), 2):
        text = re.sub(rf"(?<=[\[,])\s*({a}|{b})\s*(?=[\],])", partial(_other, a, b), value)
        yield f"{a}", f"{b}, and {b} {a}", text


def _other(a: str, b: str, m: re.Match[str]) -> str:
    return b if m[1] == a else a


def _samples(trial: IndexTrial) -> list[tuple[Array, Array]]:
    """What is claimed and what is true, at the points at which they differ."""
    return [pair for pair in map(trial.pair, trial.differing) if pair is not None]


def _factor(trial: IndexTrial) -> Cause | None:
    pairs = _samples(trial)
    c = ratio_of([a.reshape(-1) for a, _ in pairs], [b.reshape(-1) for _, b in pairs]) if pairs else None
    return None if c is None or c == 1 else Cause("sign" if c == -1 else "factor", of_factor(c))


def _summand(trial: IndexTrial) -> Cause | None:
    """The summands of the matrix form, with other numbers before them."""
    read = trial.found.request
    if read.order != 1 or any(read.parts):
        return None
    try:
        whole = derived_one(read, read.wrt[0], None, trial.found.layout, "matrix", "column", check=False)
    except MatcalcError:
        return None
    if whole.expr is None:
        return None
    claimed = [np.squeeze(a).reshape(-1) for a, _ in _samples(trial)]
    for parts in sums_of(whole.expr):
        known = [[_value(replace(whole, expr=p), point) for point in trial.differing] for p in parts]
        numbers = numbers_before(known, claimed) if claimed else None
        if numbers is not None and len(set(numbers)) > 1:
            return cause_of(Case(whole.expr, whole.expr, read.expr, read.wrt, trial.variables), parts, numbers)
    return None


def _value(part: Derivative, point: Point) -> Array:
    return np.squeeze(value_of(part, point)).reshape(-1)

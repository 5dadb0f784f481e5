"""A claim as a sum of the true summands with other numbers before them: 0 is a forgotten one, -1 a wrong sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.answers.causes.case import Case, Cause
from matcalc.answers.causes.samples import ALIKE, alike, number_of
from matcalc.errors import LimitError
from matcalc.printing.notations.text import text
from matcalc.simplify.polynomial import expand

Array = Any
MAX_SUMMANDS: Final = 8
MIXED: Final = "factor of a summand"


def summands(case: Case) -> Iterator[Cause]:
    """What is wrong before the summands of the true formula, as it stands or multiplied out."""
    if not case.fits or case.truth is None:
        return
    for parts in sums_of(case.truth):
        numbers = _numbers(case, parts)
        if numbers is not None and len(set(numbers)) > 1:
            yield cause_of(case, parts, numbers)
            return


def sums_of(e: Expr) -> Iterator[Sequence[Expr]]:
    """The summands of an expression, and those of it multiplied out."""
    if e.op == "add":
        yield e.args
    elif e.op == "tr" and e.args[0].op == "add":
        yield from sums_of(expand(e))
    try:
        written = expand(e)
    except LimitError:
        return
    if written.op == "add" and len(written.args) <= MAX_SUMMANDS:
        yield written.args


def _numbers(case: Case, parts: Sequence[Expr]) -> list[Fraction] | None:
    """The simple numbers before the summands that make the claim of them."""
    known = [case.samples.values(p) for p in parts]
    claimed = case.samples.values(case.claim)
    return numbers_before([k for k in known if k], claimed) if claimed and all(known) else None


def numbers_before(known: Sequence[Sequence[Array]], claimed: Sequence[Array]) -> list[Fraction] | None:
    """The simple numbers that make an array of others, at every point."""
    columns = np.stack([np.concatenate(k) for k in known], axis=1)
    target = np.concatenate(claimed)
    found, _, rank, _ = np.linalg.lstsq(columns, target, rcond=ALIKE)
    if rank < len(known) or not alike(columns @ found, target):
        return None
    if np.abs(found.imag).max(initial=0.0) > ALIKE:
        return None
    numbers = [number_of([float(c)]) for c in found.real]
    return None if None in numbers else [n for n in numbers if n is not None]


def cause_of(case: Case, parts: Sequence[Expr], numbers: Sequence[Fraction]) -> Cause:
    """The summands with other numbers, in words."""
    gone = [text(p) for p, c in zip(parts, numbers, strict=True) if c == 0]
    turned = [text(p) for p, c in zip(parts, numbers, strict=True) if c == -1]
    other = [(text(p), c) for p, c in zip(parts, numbers, strict=True) if c not in (0, 1, -1)]
    if gone and not turned and not other:
        twice = next((x for x in case.by if _places(case.function, x) > 1), None)
        why = f": {text(twice)} was not differentiated wherever it stands" if twice is not None else ""
        return Cause("missing summand", f"the summand {' and '.join(gone)} is missing{why}", case.truth)
    if turned and not gone and not other:
        return Cause("summand sign", f"the sign of the summand {' and '.join(turned)} is wrong", case.truth)
    told = [*(f"{p} is missing" for p in gone), *(f"the sign of {p} is wrong" for p in turned)]
    told += [f"{p} has {c} times the factor that it should have" for p, c in other]
    return Cause(MIXED, "a factor stands before some summands only: " + ", ".join(told), case.truth)


def _places(e: Expr, x: Expr) -> int:
    """In how many places a variable stands."""
    count: dict[Expr, int] = {}
    for n in in_order([e]):
        count[n] = 1 if n.op == "sym" and n.data.name == x.data.name else sum(count[a] for a in n.args)
    return count[e]

"""What was found on the curvature of a function, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from matcalc.algebra.node import Expr
from matcalc.convexity.attack import Witness
from matcalc.convexity.composition import Composition
from matcalc.convexity.conditions import Condition
from matcalc.convexity.intervals import Interval
from matcalc.convexity.problem import Problem
from matcalc.records import dataclass


@dataclass(frozen=True, repr=False)
class Found:
    """Convex, concave, affine, neither or unknown, in the variables of a problem, under conditions on the other names.

    `others` are the verdicts under other conditions; `witness` is that of neither; where nothing is proved, `crooked` is a bound whose
    domain is not convex, `refuted` says that numbers disagree with the rules, `empty` that no point of the domain was found, `pure` which
    way alone the function bends for some values of the other names, and `unknown` names a function of which nothing is known.
    """

    problem: Problem
    composition: Composition
    verdict: str
    conditions: tuple[Condition, ...] = ()
    witness: Witness | None = None
    others: tuple[tuple[str, tuple[Condition, ...]], ...] = ()
    crooked: Expr | None = None
    refuted: bool = False
    empty: bool = False
    pure: frozenset[str] = frozenset()
    unknown: str = ""

    def beside(self, found: Sequence[Found]) -> Self:
        """The verdict with those under other conditions."""
        told = [j for j in found if not any(k is not j and k.verdict == j.verdict and _implies(j.conditions, k.conditions) for k in found)]
        return replace(self, others=tuple((j.verdict, j.conditions) for j in told if j is not self))


def _implies(conditions: Sequence[Condition], weaker: Sequence[Condition]) -> bool:
    """Whether conditions on the same parts, in the same order, say more."""
    pairs = list(zip(conditions, weaker, strict=False))
    return len(conditions) == len(weaker) and all(c.expr is w.expr and _is_within(c.known, w.known) for c, w in pairs)


def _is_within(known: Interval | int, wider: Interval | int) -> bool:
    return isinstance(known, Interval) and isinstance(wider, Interval) and known.meet(wider) == known

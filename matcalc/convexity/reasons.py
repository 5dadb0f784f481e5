"""The rules by which an expression is what it is, and what the ways of finding them ask of each other."""

from __future__ import annotations

from typing import Protocol

from matcalc.algebra.node import Expr
from matcalc.convexity.ranges import Domain
from matcalc.convexity.scalars import Curvature
from matcalc.records import dataclass


@dataclass(frozen=True)
class Reason:
    """A rule: what it is about, and the parts that it looks at."""

    rule: str
    parts: tuple[Expr, ...] = ()
    others: tuple[Expr, ...] = ()


class Curvatures(Protocol):
    """What is known of expressions on a domain; see `composition.Composition`."""

    domain: Domain

    def curvature(self, e: Expr) -> Curvature: ...

    def in_order(self, e: Expr) -> Curvature: ...

    def of_logarithm(self, e: Expr) -> Curvature: ...

    def square(self, e: Expr) -> int: ...

    def because(self, e: Expr, reason: Reason) -> None: ...

    def on(self, domain: Domain) -> Curvatures: ...

"""A statement about arrays tried at one point after the other, until its points have shown all that they must."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.numbers.certifying.comparison import Finding, Found
from matcalc.numbers.certifying.coverage import Coverage
from matcalc.numbers.conditions import Goal, Margin, Margins
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.domain import points_of
from matcalc.numbers.sampling.random_points import Drawing, Point
from matcalc.numbers.sampling.sizes import ORDERS

Array = Any
ZERO_POINTS: Final = 4
AWOKEN: Final = 12
SHIFTED: Final = 4
RESIZINGS: Final = (3, 4, 2)
COUNTED: Final = range(2, 12)


class Trial:
    """A statement, told of a point by `at`, and what the points said.

    A point where it fails may lie on a kink: up to `allowed` of them are outvoted by two that agree for each. `least` points
    must agree, `resized` more at other sizes, and further ones that range over sizes and over what the properties allow. Where
    `overflowing` has no finite value, functions that overflow are shifted.
    """

    def __init__(
        self,
        drawing: Drawing,
        at: Callable[[Point], Finding],
        allowed: int = 0,
        least: int = 1,
        resized: int = 0,
        overflowing: Expr | None = None,
    ) -> None:
        self.drawing, self.at, self.allowed, self.resized, self.overflowing = drawing, at, allowed, resized, overflowing
        self.coverage = Coverage(drawing)
        self.least = max(least, self.coverage.needed)
        self.agreed: list[tuple[Point, Finding]] = []
        self.zeros: list[Point] = []
        self.differing: list[Point] = []
        self.drowned: list[Point] = []
        self.others: list[Found] = []
        self.shifted: tuple[str, ...] = ()

    @property
    def first(self) -> Point | None:
        """The first point that agreed, or was zero where none agreed."""
        return self.agreed[0][0] if self.agreed else self.zeros[0] if self.zeros else None

    @property
    def missing(self) -> str:
        """What no point showed, in words."""
        return "" if self.shifted else self.coverage.missing()

    @property
    def is_refuted(self) -> bool:
        """Whether the statement failed at more points than may lie on kinks."""
        return len(self.differing) > self.allowed or bool(self.differing) and not self._is_outvoted()

    def run(self) -> None:
        """Try points until they have shown what they must, or the statement is refuted."""
        self._take_plain()
        if self.resized and self.first is not None:
            self._take_holding(self.drawing.plain(1), self.resized)
            for k in COUNTED if self._counts_sizes() else RESIZINGS:
                self._take_holding(self.drawing.ranging(k), 1)
        if self.first is not None:
            self._take(self.coverage.points(self.first))
            if self.resized:
                self._take(self.coverage.combined(self.first))
            if not self.agreed:
                self._take(chain(self.drawing.scaled(), awoken(self.drawing, self.first)))
        elif self.resized and self.drowned and not self.differing:
            self._take(awoken(self.drawing, self.drowned[0]))
        elif self.overflowing is not None and not self.differing:
            self._take(self._shifted(self.overflowing), lambda: bool(self.agreed))
        if self.differing and not self._is_outvoted():
            self._take(points_of(self.drawing), self._is_outvoted)

    def _take_plain(self) -> None:
        """Try points until enough agree, or are zero.

        A zero may be one of these sizes only, as I - pinv(A)*A is of a tall A: others are tried. Behind a kink it is one of a side.
        """
        points, sizing = points_of(self.drawing), self.drawing.sizing
        by_size = not self.resized and bool(sizing.names) and self.coverage.needed == 1
        self._take(points, lambda: len(self.agreed) >= self.least or len(self.zeros) >= (1 if by_size else ZERO_POINTS))
        if self.zeros and not self.agreed and by_size:
            fitting = (k for k in range(1, ORDERS) if sizing.choice(k) is not None)
            self._take((next(self.drawing.plain(k)) for k in fitting), lambda: bool(self.agreed))
            if not self.agreed:
                self._take(points, lambda: bool(self.agreed) or len(self.zeros) >= ZERO_POINTS)

    def _take_holding(self, points: Iterator[Point], count: int) -> None:
        """Try points until so many more hold."""
        wanted = len(self.agreed) + len(self.zeros) + count
        self._take(points, lambda: len(self.agreed) + len(self.zeros) >= wanted)

    def _counts_sizes(self) -> bool:
        """Whether a size is used as a number, heaviside(n - 6)."""
        return any(n.op == "const" and n.data.free_symbols for n in self.drawing.nodes)

    def _is_outvoted(self) -> bool:
        return len(self.agreed) >= self.least + 2 * len(self.differing)

    def _take(self, points: Iterator[Point], done: Callable[[], bool] = lambda: False) -> None:
        if len(self.differing) > self.allowed:
            return
        for point in points:
            self._note(point, self.at(point))
            if done() or len(self.differing) > self.allowed:
                return

    def _note(self, point: Point, found: Finding) -> None:
        if found.what in (Found.AGREES, Found.ZERO):
            self.coverage.note(point, found.what is Found.ZERO)
        if found.what is Found.AGREES:
            self.agreed.append((point, found))
        elif found.what is Found.ZERO:
            self.zeros.append(point)
        elif found.what is Found.DIFFERS and not self.shifted:
            self.differing.append(point)
        else:
            self.others.append(found.what)
            if found.what is Found.DROWNED:
                self.drowned.append(point)

    def _shifted(self, y: Expr) -> Iterator[Point]:
        """Points at which functions that overflow are shifted, f(u + c)."""
        nodes = in_order([y])
        point = next(self.drawing.plain(0))
        values = dict(zip(nodes, Program(nodes)(point.values, point.sizes, point.unknowns), strict=True))
        burst = {n.op for n in nodes if _is_by_entry(n) and np.any(np.isinf(values[n])) and np.all(np.isfinite(values[n.args[0]]))}
        self.shifted = tuple(sorted(burst))
        for k in range(SHIFTED if burst else 0):
            rng = np.random.default_rng([k, SHIFTED])
            shifts = {(op, "shift", 0): _plus(-rng.uniform(2, 3)) for op in self.shifted}
            drawn = self.drawing.point(point.sizes, "normal", [k], 0.1)
            yield replace(drawn, unknowns={**drawn.unknowns, **shifts})


def awoken(drawing: Drawing, start: Point) -> Iterator[Point]:
    """Points at which the argument of an elementwise function is near zero, where none that saturates does."""
    from matcalc.numbers.sampling.search import Search  # most functions are awake
    from matcalc.numbers.signs import signs_of

    signs = signs_of(drawing.exprs, drawing.variables)
    curved = [n for n in drawing.nodes if _is_by_entry(n) and not n.args[0].has_complex and signs[n.args[0]].varies]
    margins = [Margin(n.op, n.args[0], np.asarray, signs[n.args[0]]) for n in curved[:AWOKEN]]
    search = Search(drawing.variables, Margins(margins))
    for k in range(len(margins)):
        for sign in (-1, 1):
            found = search.reached(Goal(k, (0,), sign), start)
            if found is not None:
                yield found


def _plus(c: float) -> Callable[[Array], Array]:
    return lambda u: u + c


def _is_by_entry(n: Expr) -> bool:
    rule = rulebook.find(n.op)
    return rule is not None and rule.kind == "elementwise"

"""What the points of a check must have seen between them: both sides of every kink, both determinants, odd and even sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.book.properties import transpose_of
from matcalc.numbers.conditions import Goal, Margins, kinks_of
from matcalc.numbers.sampling.random_points import Drawing, Point
from matcalc.numbers.sampling.sizes import ORDERS, size_of

if TYPE_CHECKING:
    from matcalc.numbers.sampling.search import Search

Array = Any
MAX_ENTRIES: Final = 48
MAX_PAIRED: Final = 4
REDRAWN: Final = 3
MAX_STARTS: Final = 6
MAX_TELLING: Final = 4
MAX_DRAWN: Final = 128
MAX_GOALS: Final = 24
MAX_COMBINED: Final = 4


class Sides:
    """Which sides of every kink were seen, entry by entry at the sizes of the first point; of very many kinks, of each one entry."""

    def __init__(self, variables: Sequence[Expr], margins: Margins) -> None:
        self.variables, self.margins = variables, margins
        self.sizes: dict[str, int] | None = None
        self.lowest: list[Array] = []
        self.highest: list[Array] = []
        self.seen = 0

    @cached_property
    def search(self) -> Search:
        """What finds points that show more."""
        from matcalc.numbers.sampling.search import Search  # few functions have kinks

        return Search(self.variables, self.margins)

    def note(self, point: Point) -> None:
        """Count what a point shows."""
        if not self.margins.margins or self.sizes not in (None, point.sizes):
            return
        found = self.margins.at(point)
        self.sizes, self.seen = point.sizes, self.seen + 1
        self.lowest = [np.fmin(a, m) for a, m in zip(self.lowest, found, strict=True)] if self.lowest else found
        self.highest = [np.fmax(a, m) for a, m in zip(self.highest, found, strict=True)] if self.highest else found

    @property
    def needed(self) -> int:
        """How many points there must be at least."""
        return 2 if self.margins.margins else 1

    def missing(self) -> list[Goal]:
        """The signs that no point had; an entry that never moves has none to show."""
        by_entry = sum(a.size for a in self.lowest) <= MAX_ENTRIES
        return [goal for k in range(len(self.lowest)) for sign in (-1, 1) if (goal := self._missing(k, sign, by_entry)) is not None]

    def _missing(self, k: int, sign: int, by_entry: bool) -> Goal | None:
        signs, low, high = self.margins.margins[k].signs, self.lowest[k], self.highest[k]
        can, shown = (signs.negative, low < 0) if sign < 0 else (signs.positive, high > 0)
        if not can or not by_entry and np.any(shown):
            return None
        entries = tuple(int(i) for i in np.flatnonzero((low != high) & ~shown))
        return Goal(k, entries if by_entry else entries[:1], sign) if entries else None

    def told(self, goal: Goal) -> str:
        """What was not reached, in words."""
        return f"one side of the kink of {self.margins.margins[goal.margin].function} was not reached"


class Coverage:
    """What a check of some expressions must have seen."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        margins = Margins(kinks_of(drawing.exprs, drawing.variables))
        self.sides, self.told = Sides(drawing.variables, margins), Sides(drawing.variables, margins)
        square = [v for v in drawing.variables if v.shape[0] == v.shape[1] and not v.is_scalar]
        self.turned = [v for v in square if transpose_of(v.data.properties) == "A^-1"]
        self.skew = [v for v in square if transpose_of(v.data.properties) == "-A" and v.shape[0].free_symbols]
        self.determinants: set[tuple[int, ...]] = set()
        self.parities: set[tuple[str, int]] = set()
        self.starts: list[Point] = []
        self.telling: list[Point] = []

    @property
    def needed(self) -> int:
        """How many points there must be at least."""
        return self.sides.needed

    def note(self, point: Point, is_zero: bool) -> None:
        """Count what a point shows at which the formula was found right, or zero like what it was compared with.

        A zero may hide the side of one kink behind another, as heaviside(b) does that of relu(c): `told` has not seen it.
        """
        self.sides.note(point)
        if not is_zero:
            self.told.note(point)
            self.telling = [*self.telling, point][:MAX_TELLING] if self.told.sizes == point.sizes else self.telling
        if self.sides.sizes == point.sizes and len(self.starts) < MAX_STARTS:
            self.starts.append(point)
        if self.turned:
            self.determinants.add(self._determinants(point))
        self.parities |= {(v.data.name, size_of(v.shape[0], point.sizes) % 2) for v in self.skew}

    def _determinants(self, point: Point) -> tuple[int, ...]:
        return tuple(int(np.sign(np.linalg.det(point.values[v.data.name]))) for v in self.turned)

    def missing(self) -> str:
        """What was not seen, in words; nothing where all was."""
        if self._open_determinants():
            return "both signs of a determinant were not reached"
        if self._open_parities():
            return "odd and even sizes of a skew matrix were not both reached"
        goals = self.sides.missing()
        return self.sides.told(goals[0]) if goals else ""

    def _open_determinants(self) -> list[tuple[int, ...]]:
        count = len(self.turned)
        if 0 < count <= MAX_PAIRED:
            return [signs for signs in product((1, -1), repeat=count) if signs not in self.determinants]
        return [(k,) for k in range(count) if len({signs[k] for signs in self.determinants}) < 2]

    def _open_parities(self) -> bool:
        return any((v.data.name, odd) not in self.parities for v in self.skew for odd in (0, 1))

    def points(self, start: Point) -> Iterator[Point]:
        """Points that show what is missing, as long as something is: drawn ones first, then such as are looked for."""
        yield from self._of_other_parity()
        yield from self._of_other_determinant(start)
        for k in range(REDRAWN):
            if not self.sides.missing():
                return
            yield self.drawing.again(start.sizes, k)
        for goal in self.sides.missing()[:MAX_GOALS]:
            yield from self._reached(goal)
        for goal in self.sides.missing()[:MAX_GOALS]:
            for i in goal.entries:
                yield from self._reached(replace(goal, entries=(i,)))
        for goal in self.told.missing()[:MAX_GOALS]:
            for start in list(self.telling):
                if goal in self.told.missing():
                    yield from filter(None, (self.told.search.reached(goal, start),))

    def combined(self, start: Point) -> Iterator[Point]:
        """Points with the sides of several kinks at once, each combination that moves lead to; of many kinks, the first few."""
        margins, search = self.sides.margins.margins, self.sides.search
        distinct = {m.argument: k for k, m in reversed([*enumerate(margins)]) if m.signs.negative and m.signs.positive}
        kinks = sorted(distinct.values())[:MAX_COMBINED]
        if len(kinks) < 2:
            return
        for signs in product((1, -1), repeat=len(kinks)):
            goals = [Goal(k, (0,), sign) for k, sign in zip(kinks, signs, strict=True)]
            point: Point | None = start
            for goal in [*goals, *goals[:-1]]:
                point = search.reached(goal, point) if point is not None else None
            if point is not None:
                yield point

    def _reached(self, goal: Goal) -> Iterator[Point]:
        """The first point with the signs that is found from one that was seen: where a relu is dead, nothing behind it moves."""
        found = (self.sides.search.reached(goal, start) for start in self.starts)
        yield from islice(filter(None, found), 1)

    def _of_other_parity(self) -> Iterator[Point]:
        for k in range(1, ORDERS):
            if self._open_parities():
                yield from self.drawing.plain(k)

    def _of_other_determinant(self, start: Point) -> Iterator[Point]:
        drawn: set[tuple[int, ...]] = set()
        for k in range(MAX_DRAWN):
            wanted = self._open_determinants()
            if not wanted:
                return
            point = self.drawing.again(start.sizes, k)
            signs = self._determinants(point)
            drawn.add(signs)
            if signs in wanted or len(self.turned) > MAX_PAIRED:
                yield point
        self.determinants |= {signs for signs in self._open_determinants() if signs not in drawn}  # an orthogonal psd matrix is I

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

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.errors import CertificateError, NotDifferentiable
from matcalc.numbers.conditions import Margin, Margins
from matcalc.numbers.coverage import Coverage
from matcalc.numbers.domain import points_of
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling import Drawing, Point
from matcalc.numbers.search import Goal, Search
from matcalc.numbers.signs import signs_of
from matcalc.numbers.slope import Finding, Found, Moves, Slope, random_moves

Array = Any
CHECKED: Final = "checked"
UNCHECKED: Final = "unchecked"
NOT_NEEDED: Final = "not needed"
QUOTIENTS: Final = "finite differences"
MAX_DIFFERING: Final = 1
ZERO_POINTS: Final = 4
MAX_TOLD: Final = 60
AWOKEN: Final = 12
SHIFTED: Final = 4


@dataclass(frozen=True)
class Certificate:
    """What was checked: the points, the sizes that the dimension names had there, the largest relative error and the method.

    `status` is "checked", "unchecked", with the reason why, or "not needed" where the variable does not occur in the function.
    """

    status: str
    points: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)
    error: float = 0.0
    method: str = QUOTIENTS
    reason: str = ""

    def __str__(self) -> str:
        if self.status != CHECKED:
            return f"{self.status}: {self.reason}"
        sizes = ", ".join(f"{name}={size}" for name, size in self.sizes.items())
        if len(sizes) > MAX_TOLD:
            sizes = f"{len(self.sizes)} sizes from {min(self.sizes.values())} to {max(self.sizes.values())}"
        points = f"{self.points} points" if self.points > 1 else ""
        error = f"error {self.error:.0e}" if self.error else "error 0"
        return "checked: " + ", ".join(part for part in (points, sizes, error) if part)

    def to_dict(self) -> dict[str, Any]:
        """The certificate as plain data."""
        error = float(f"{self.error:.1e}")
        told = {"status": self.status, "points": self.points, "sizes": dict(self.sizes), "error": error, "method": self.method}
        return told | ({"reason": self.reason} if self.reason else {})


def not_needed() -> Certificate:
    """The certificate of a function in which the variable does not occur as it was written."""
    return Certificate(NOT_NEEDED, method="", reason="the variable does not occur in the function")


def weakest(certificates: Sequence[Certificate]) -> Certificate:
    """The certificate of what rests on several checks: an unchecked one, else that with the largest error."""
    return min(certificates, key=lambda c: (c.status != UNCHECKED, c.status != CHECKED, -c.error))


def certify(
    y: Expr,
    x: Expr,
    result: Callable[[Point], Array],
    contract: Callable[[Array, Array, Point], Array],
    variables: Sequence[Expr],
    parts: Sequence[Expr] = (),
) -> Certificate:
    """Compare `result` with the slope of y in random directions of x; `contract` applies it to a direction.

    `parts` are the expressions that `result` evaluates: their kinks count, and what is too large is refused before it is allocated.

    Raises as `certify_map` does.
    """
    name = x.data.name
    return certify_map(y, lambda p: random_moves([name], p), lambda p, moves: contract(result(p), moves[name], p), variables, parts)


def certify_map(
    y: Expr,
    moves: Callable[[Point], Moves],
    value: Callable[[Point, Moves], Array],
    variables: Sequence[Expr],
    parts: Sequence[Expr] = (),
) -> Certificate:
    """Compare the value of a linear map with the slope of y where variables move, perhaps several at once.

    A point where they differ may lie on a kink: two more must agree for each such point.

    Raises CertificateError if they differ, NotDifferentiable if no point was found at which both are finite.
    """
    return _Trial(Slope(y, moves, value), Drawing(variables, (y, *parts)), y).certificate()


class _Trial:
    """One formula at one point after the other."""

    def __init__(self, slope: Slope, drawing: Drawing, y: Expr) -> None:
        self.slope, self.drawing, self.y = slope, drawing, y
        self.coverage = Coverage(drawing)
        self.agreed: list[tuple[Point, Finding]] = []
        self.zeros: list[Point] = []
        self.others: list[Found] = []
        self.differed = 0
        self.method = QUOTIENTS

    def certificate(self) -> Certificate:
        """The verdict."""
        self._take_until(points_of(self.drawing), lambda: len(self.agreed) >= self.coverage.needed or len(self.zeros) >= ZERO_POINTS)
        start = self.agreed[0][0] if self.agreed else self.zeros[0] if self.zeros else None
        if start is None and not self.differed:
            self._take_until(self._shifted(), lambda: bool(self.agreed))
        elif start is not None:
            self._take_until(self.coverage.points(start), lambda: False)
            if not self.agreed:
                self._take_until(chain(self.drawing.scaled(), self._awoken(start)), lambda: False)
        if self.differed and len(self.agreed) < self.coverage.needed + 2 * self.differed:
            self._take_until(points_of(self.drawing), lambda: len(self.agreed) >= self.coverage.needed + 2 * self.differed)
        return self._verdict()

    def _take_until(self, points: Iterator[Point], done: Callable[[], bool]) -> None:
        if self.differed > MAX_DIFFERING:
            return
        for point in points:
            self._take(point)
            if done() or self.differed > MAX_DIFFERING:
                return

    def _take(self, point: Point) -> None:
        found = self.slope.at(point)
        if found.what in (Found.AGREES, Found.ZERO):
            self.coverage.note(point)
        if found.what is Found.AGREES:
            self.agreed.append((point, found))
        elif found.what is Found.ZERO:
            self.zeros.append(point)
        elif found.what is Found.DIFFERS and self.method == QUOTIENTS:
            self.differed += 1
        else:
            self.others.append(found.what)

    def _verdict(self) -> Certificate:
        if self.differed > MAX_DIFFERING or self.differed and len(self.agreed) < self.coverage.needed + 2 * self.differed:
            raise CertificateError(
                "the derived formula disagrees with finite differences of the input, so it is withheld",
                hint="please report the request; --no-check prints the formula all the same",
            )
        if not self.agreed and not self.zeros:
            return self._unmeasured()
        missing = self.coverage.missing()
        first = self.agreed[0][0] if self.agreed else self.zeros[0]
        error = max((f.error for _, f in self.agreed), default=0.0)
        points = len(self.agreed) + len(self.zeros) * (not self.agreed)
        found = Certificate(CHECKED, points, first.sizes, error, self.method)
        return replace(found, status=UNCHECKED, reason=missing) if missing else found

    def _unmeasured(self) -> Certificate:
        """What is said where no point told anything."""
        if Found.DROWNED in self.others:
            return Certificate(UNCHECKED, reason="rounding errors drown the slope at every point tried")
        raise NotDifferentiable(
            "no point was found at which the function and its derivative are finite, so the formula could not be checked",
            hint="declare what holds of the variables (positive, spd, invertible), or use --no-check",
        )

    # ------------------------------------------------------------------------------------------------- points

    def _awoken(self, start: Point) -> Iterator[Point]:
        """Points at which the argument of an elementwise function is near zero, where none that saturates does."""
        signs = signs_of([self.y])
        curved = [n for n in in_order([self.y]) if _is_by_entry(n) and signs[n.args[0]].varies]
        margins = [Margin(n.op, n.args[0], np.asarray, signs[n.args[0]]) for n in curved[:AWOKEN]]
        search = Search(self.drawing.variables, Margins(margins))
        for k in range(len(margins)):
            for sign in (-1, 1):
                found = search.reached(Goal(k, (0,), sign), start)
                if found is not None:
                    yield found

    def _shifted(self) -> Iterator[Point]:
        """Points at which functions that overflow are shifted, f(u + c)."""
        point = next(self.drawing.plain(0))
        program = Program(in_order([self.y]))
        values = dict(zip(in_order([self.y]), program(point.values, point.sizes, point.unknowns), strict=True))
        burst = {n.op for n in values if _is_by_entry(n) and np.any(np.isinf(values[n])) and np.all(np.isfinite(values[n.args[0]]))}
        if not burst:
            return
        self.method = f"{QUOTIENTS}, {' and '.join(sorted(burst))} shifted"
        for k in range(SHIFTED):
            rng = np.random.default_rng([k, SHIFTED])
            shifts = {(op, "shift", 0): _plus(-rng.uniform(2, 3)) for op in burst}
            drawn = self.drawing.point(point.sizes, "normal", [k], 0.1)
            yield replace(drawn, unknowns={**drawn.unknowns, **shifts})


def _plus(c: float) -> Callable[[Array], Array]:
    return lambda u: u + c


def _is_by_entry(n: Expr) -> bool:
    rule = rulebook.find(n.op)
    return rule is not None and rule.kind == "elementwise"

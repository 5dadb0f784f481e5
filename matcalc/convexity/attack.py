"""Numbers refute a verdict, and prove that a function bends both ways; they never certify.

A chord bends up where f((a + b)/2) < (f(a) + f(b))/2. Beside random chords, the directions of the extreme eigenvalues of a difference
Hessian are looked at. A witness is two points and directions in small round numbers with second differences of either sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np

from matcalc.convexity.sampling import Place, Sampler, Values
from matcalc.records import dataclass

Ways = frozenset[bool]
BOTH: Final[Ways] = frozenset({True, False})
STEP: Final = 1e-3
RELATIVE: Final = 1e-9
LEAST: Final = 2e-6
MAX_DIRECTIONS: Final = 12
ENOUGH: Final = 3
ROUNDED: Final = (0, 1, 2, 3, 6)
FURTHER: Final = (0.1, 10.0, 0.01, 100.0, 1.0, 1e-3, 1000.0, 1e-4, 1e5)


@dataclass(frozen=True)
class Bend:
    """A point, a direction, and the second difference there."""

    point: Values
    direction: Values
    second: float


@dataclass(frozen=True)
class Witness:
    """Values of the other names for which a function bends up at one point and down at another."""

    values: Values
    convex: Bend
    concave: Bend

    def to_dict(self) -> dict[str, Any]:
        """The witness as nested lists."""

        def listed(values: Values) -> dict[str, Any]:
            return {name: np.asarray(v).tolist() for name, v in values.items()}

        sides = {side: {"point": listed(b.point), "direction": listed(b.direction)} for side, b in self._sides()}
        return {"values": listed(self.values), **sides}

    def _sides(self) -> tuple[tuple[str, Bend], tuple[str, Bend]]:
        return ("convex", self.convex), ("concave", self.concave)


def bends(s: Sampler, place: Place, chords: int) -> tuple[int, int]:
    """How many chords between the points of a place bend up, and how many down."""
    up = down = 0
    points = place.points
    known = [s.value(place, p) for p in points]
    for k in range(chords):
        i, j = k % len(points), (k * 7 + 1 + k // len(points)) % len(points)
        if i == j:
            continue
        t = (1.0, 0.3, 0.05)[k % 3]
        a = points[i]
        b = points[j] if t == 1 else moved(a, {n: points[j][n] - v for n, v in a.items()}, t)
        m = {n: (v + b[n]) / 2 for n, v in a.items()}
        fa, fb, fm = known[i], known[j] if t == 1 else s.value(place, b), s.value(place, m)
        gap = (fa + fb) / 2 - fm
        tolerance = RELATIVE * (abs(fa) + abs(fb) + abs(fm)) + 1e-11
        if not abs(gap) > tolerance or not (up if gap > 0 else down) and _is_rounding(s, place, (a, b, m), gap):
            continue
        up += gap > 0
        down += gap < 0
    return int(up), int(down)


def _is_rounding(s: Sampler, place: Place, points: Sequence[Values], gap: float) -> bool:
    """Whether the rounding of operations on the way could have made a gap."""
    return not abs(gap) > 20 * max(abs(s.rounded(place, p, k) - s.value(place, p)) for p in points for k in range(2))


def moved(at: Values, along: Values, t: float) -> Values:
    return {n: v + t * along[n] for n, v in at.items()}


@dataclass(frozen=True)
class Around:
    """The second differences of the function at a point of a place."""

    sampler: Sampler
    place: Place
    at: Values

    @cached_property
    def middle(self) -> float:
        """The value at the point."""
        return self.sampler.value(self.place, self.at)

    def second(self, along: Values, h: float = STEP) -> tuple[float, float]:
        """The second difference along a direction, and how large rounding may have made it."""
        below, above = (self.sampler.value(self.place, moved(self.at, along, t)) for t in (-h, h))
        return (below + above - 2 * self.middle) / h**2, 4e-15 * max(abs(below), abs(self.middle), abs(above)) / h**2

    def extremes(self, h: float = STEP) -> Iterator[Values]:
        """The directions of the smallest and the largest eigenvalue of the Hessian, by differences, rounded as far as they may be."""
        basis = self.sampler.basis(self.place)
        count = len(basis)
        if count > MAX_DIRECTIONS:
            picked = self.place.rng.permutation(count)[:MAX_DIRECTIONS]
            basis = [basis[k] for k in picked]
            count = len(basis)
        hessian = np.zeros((count, count))
        diagonal = [self.second(e, h)[0] for e in basis]
        for i in range(count):
            hessian[i, i] = diagonal[i]
            for j in range(i):
                both = self.second({n: np.asarray(basis[i][n]) + basis[j][n] for n in self.at}, h)[0]
                hessian[i, j] = hessian[j, i] = (both - diagonal[i] - diagonal[j]) / 2
        if not np.all(np.isfinite(hessian)):
            return
        vectors = np.linalg.eigh(hessian)[1]
        for v in (vectors[:, 0], vectors[:, -1]):
            yield _combined(basis, v / v[np.argmax(np.abs(v))])

    def bend(self, along: Values, h: float, ways: Ways) -> Bend | None:
        """The bend along a direction in as few digits as show it; None where rounding could have made it."""
        value, noise = self.second(along, h)
        least = LEAST if h == STEP else 0.0
        if not abs(value) > least + 100 * noise or (value > 0) not in ways:
            return None
        for digits in ROUNDED:
            rounded = {n: np.round(np.asarray(a, dtype=float), digits) for n, a in along.items()}
            found, noise = self.second(rounded, h)
            if abs(found) > least + 100 * noise and (found > 0) == (value > 0) and abs(found) > abs(value) / 4:
                return Bend(self.at, rounded, found) if self._is_steady(rounded, found, h) else None
        return None

    def _is_steady(self, along: Values, found: float, h: float) -> bool:
        """Whether a second difference is none of rounding: at other steps, and with every operation rounded otherwise, it has its sign."""
        values = [found, *(self.second(along, step)[0] for step in (h / 2, 2 * h))]
        same = all(v > 0 for v in values) or all(v < 0 for v in values)
        if not same or max(map(abs, values)) > 5 * min(map(abs, values)):
            return False
        spread = max(abs(self.sampler.rounded(self.place, self.at, k) - self.middle) for k in range(3))
        return abs(found) > 20 * spread / h**2

    def bends(self, h: float = STEP, ways: Ways = BOTH) -> list[Bend]:
        """The bends along the extreme directions, those up where `ways` holds True, those down where it holds False."""
        return [bend for along in self.extremes(h) if (bend := self.bend(along, h, ways)) is not None]


def _combined(basis: list[Values], v: Any) -> Values:
    return {n: sum(c * np.asarray(e[n]) for c, e in zip(v, basis, strict=True)) for n in basis[0]}


@dataclass(frozen=True)
class Seen:
    """What was seen at the places: bends up and down at one of them, and whether at some only one way was seen."""

    up: bool
    down: bool
    pure: frozenset[str]
    witness: Witness | None
    any: bool


def looked(s: Sampler, places: int, points: int, chords: int, hessians: int, ways: Ways = BOTH, thorough: bool = False) -> Seen:
    """What chords and difference Hessians show at some places; where `thorough`, further away and nearer, too, if one side is missing.

    Of difference Hessians only the bends of these ways are looked at.
    """
    ups = downs = count = 0
    pure: set[str] = set()
    witnesses: list[Witness] = []
    for place in s.places(places):
        count += 1
        s.more(place, points)
        up, down = bends(s, place, chords)
        if up and down and len(witnesses) >= ENOUGH:
            continue
        found = _hessian_bends(s, place, hessians, ways)
        up += sum(b.second > 0 for b in found)
        down += sum(b.second < 0 for b in found)
        ups, downs = ups + up, downs + down
        if not (up and down) and thorough:
            s.more(place, points)
            more = bends(s, place, 4 * chords)
            up, down = up + more[0], down + more[1]
        if not (up and down) and thorough:
            for h, bend in _further(s, place):
                up += bend.second > 0
                down += bend.second < 0
                found += [bend] if h == STEP else []
        if up and down:
            seen = _witness(place, found) or _by_chords(s, place)
            witnesses += [seen] if seen is not None else []
        elif up or down:
            pure.add("convex" if up else "concave")
    return Seen(ups > 0, downs > 0, frozenset(pure), _best(witnesses), count > 0)


def _hessian_bends(s: Sampler, place: Place, count: int, ways: Ways = BOTH) -> list[Bend]:
    return [bend for at in place.points[:count] for bend in Around(s, place, at).bends(ways=ways)]


def _further(s: Sampler, place: Place) -> list[tuple[float, Bend]]:
    """The bends at points that are much nearer to the origin, or further from it, each with the step that showed it."""
    found: list[tuple[float, Bend]] = []
    for scale in FURTHER:
        h = STEP * scale
        at = s.scaled(place, scale)
        found += [(h, b) for p in at for b in Around(s, place, p).bends(h)]
        if len({b.second > 0 for _, b in found}) == 2:
            break
    return found


def _by_chords(s: Sampler, place: Place) -> Witness | None:
    """A witness from difference Hessians at all points, where those looked at first showed one side only."""
    return _witness(place, _hessian_bends(s, place, len(place.points)))


def _witness(place: Place, found: list[Bend]) -> Witness | None:
    up = max((b for b in found if b.second > 0), key=_plainness, default=None)
    down = max((b for b in found if b.second < 0), key=_plainness, default=None)
    return Witness(place.values, up, down) if up is not None and down is not None else None


def _plainness(b: Bend) -> float:
    """Points and directions in few digits first."""
    return -float(sum(len(f"{v:g}") for values in (b.point, b.direction) for a in values.values() for v in np.ravel(a)))


def _best(found: Sequence[Witness]) -> Witness | None:
    return max(found, key=lambda w: _plainness(w.convex) + _plainness(w.concave), default=None)

"""A solution at random points, by nothing but values of the problem as it was written: is it feasible, does no allowed direction change
the function, and does it go up or down from there?

The gradient is a difference quotient along a basis of the set that the unknowns run over, projected on the surface of the constraints;
perturbations are put back on that surface by Gauss and Newton.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.numbers.bound import Bound
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.drawing import has_properties
from matcalc.numbers.sampling.random_points import Point
from matcalc.records import dataclass

Array = Any
STEP: Final = 1e-5
FLAT: Final = 1e-10
SLOPE: Final = 2e-4
FEASIBLE: Final = 1e-6
MOVES: Final = 16
FAR: Final = 10
FAR_FEASIBLE: Final = 5
SETTLED: Final = 1e-9
REACHES: Final = (3e-3, 3e-2)
CORRECTIONS: Final = 12
VALUELESS: Final = "the function has no value there"
# Difference quotients need room on both sides.
NEAR: Final = 1e-3
PRECISE: Final = 1e-13
Vector = Any


@dataclass(frozen=True)
class Seen:
    """What was seen at a point: a reason why it is no solution, or the kind: min, max, saddle, flat; and the slope that was left."""

    kind: str = ""
    wrong: str = ""
    error: float = 0.0


class Values:
    """The function and the constraints as functions of the unknowns, near a solution at one point of the known variables."""

    def __init__(self, program: Program, point: Point, unknowns: Sequence[Expr], known: Mapping[str, frozenset[str]]) -> None:
        self.program, self.point, self.unknowns, self.known = program, point, unknowns, known
        self._bound: Bound | None = None

    def at(self, values: Mapping[str, Array]) -> tuple[float, Vector]:
        """The function, and all that must be zero."""
        if self._bound is None:
            self._bound = Bound(self.program, values.keys(), {**self.point.values, **values}, self.point.sizes, self.point.unknowns)
        f, *held = self._bound(values)
        return float(np.real(np.asarray(f)).reshape(())), np.concatenate([np.zeros(0), *map(in_real_numbers, held)])


def in_real_numbers(a: Array) -> Vector:
    """The entries of an array as real numbers: the real parts, then the imaginary ones of a complex array."""
    flat = np.ravel(np.asarray(a))
    return np.concatenate([flat.real, flat.imag]) if np.iscomplexobj(flat) else flat.astype(float)


def seen(values: Values, there: Mapping[str, Array], nonsmooth: bool, seed: int, goal: str, is_best: bool = False) -> Seen:
    """What a solution is at one point; where `is_best`, an inequality says that no feasible point is better."""
    wrong = _outside(values, there)
    if wrong:
        return Seen(wrong=wrong)
    frame = _Frame(values, there)
    f0, r0 = frame.at(np.zeros(frame.count))
    size = 1 + max(float(np.max(np.abs(v), initial=0.0)) for v in there.values())
    if frame.reach < NEAR * size:
        return Seen(wrong=VALUELESS)
    if not np.isfinite(f0) or r0.size and not np.max(np.abs(r0)) < FEASIBLE * size:
        return Seen(wrong="it does not fulfil the constraints" if np.isfinite(f0) else VALUELESS)
    null, error = np.eye(frame.count), 0.0
    if r0.size:
        null = _null_space(frame.surface)
    if not nonsmooth:
        g = frame.slopes[0]
        along = null.T @ g
        error = float(np.max(np.abs(along), initial=0.0)) / (1 + abs(f0) + float(np.max(np.abs(g), initial=0.0)))
        if not error < SLOPE:
            return Seen(wrong="the gradient is not zero along the allowed directions", error=error)
    kind = _kind(frame, null, f0, size, np.random.default_rng([seed, 7]))
    is_goal = goal in ("min", "max") and kind in (goal, "flat") and not (is_best and r0.size)
    if is_goal and _better_far_away(frame, f0, goal, np.random.default_rng([seed, 11])):
        return Seen(wrong=f"a better point was found: it is no global {goal}imum", error=error)
    return Seen(kind, error=error)


def _outside(values: Values, there: Mapping[str, Array]) -> str:
    """Why a value does not lie in the set that its unknown runs over; empty where it does."""
    for x in values.unknowns:
        v = np.asarray(there[x.data.name])
        if not np.all(np.isfinite(v)):
            return "it has no value"
        known = values.known[x.data.name]
        array = v.reshape(-1, 1) if v.ndim < 2 else v
        if known and not has_properties(array, known) or "positive" in known and not np.all(v > 0):
            return f"{x.data.name} does not lie in its set"
    return ""


class _Frame:
    """Coordinates of the allowed directions at a point."""

    def __init__(self, values: Values, there: Mapping[str, Array]) -> None:
        self.values = values
        self.there = {x.data.name: _of_field(x, there[x.data.name]) for x in values.unknowns}
        self.basis = {n: np.array([np.ravel(e) for e in _directions(v, values.known[n])]) for n, v in self.there.items()}
        self.count = sum(map(len, self.basis.values()))
        self.reach = min((_room(v, values.known[n]) for n, v in self.there.items()), default=np.inf)

    def moved(self, c: Vector) -> dict[str, Array]:
        found: dict[str, Array] = {}
        start = 0
        for n, basis in self.basis.items():
            end = start + len(basis)
            v = self.there[n] + (c[start:end] @ basis).reshape(self.there[n].shape) if end > start else self.there[n]
            found[n] = v if v.ndim else v.item()
            start = end
        return found

    def at(self, c: Vector) -> tuple[float, Vector]:
        return self.values.at(self.moved(c))

    @cached_property
    def slopes(self) -> Array:
        """The derivatives at the point along the basis, a column each: of the function in the first row, of the constraints below."""
        return self.slopes_at(np.zeros(self.count))

    def slopes_at(self, there: Vector) -> Array:
        """The derivatives elsewhere."""
        h = STEP * min(1.0, self.reach) if np.isfinite(self.reach) else STEP

        def all_at(c: Vector) -> Vector:
            f, r = self.at(c)
            return np.concatenate([[f], r])

        return np.array([(all_at(there + h * e) - all_at(there - h * e)) / (2 * h) for e in np.eye(self.count)]).T

    @cached_property
    def back(self) -> Array:
        """What takes a breach of the constraints to the shortest move that repairs it, to first order."""
        return np.linalg.pinv(self.surface, rcond=1e-9)

    @property
    def surface(self) -> Array:
        """The derivatives of the constraints."""
        return self.slopes[1:]

    def on_surface(self, c: Vector, has_constraints: bool) -> float | None:
        """The function at the move, corrected until it fulfils the constraints; None where that does not succeed."""
        if not has_constraints:
            return self.at(c)[0]
        for _ in range(CORRECTIONS):
            f, r = self.at(c)
            if not np.all(np.isfinite(r)):
                return None
            if np.max(np.abs(r), initial=0.0) < PRECISE:
                return f
            c = c - self.back @ r
        return None

    def settled(self, c: Vector) -> Vector | None:
        """A move that fulfils the constraints, found from one far away by Gauss and Newton; None where that does not succeed."""
        for _ in range(CORRECTIONS):
            r = self.at(c)[1]
            if not np.all(np.isfinite(r)):
                return None
            if np.max(np.abs(r), initial=0.0) < SETTLED:
                return c
            rows = self.slopes_at(c)[1:]
            if not np.all(np.isfinite(rows)):
                return None
            c = c - np.linalg.pinv(rows, rcond=1e-9) @ r
        return None


def _of_field(x: Expr, value: Array) -> Array:
    """The value of an unknown as an array of real or of complex numbers."""
    return np.asarray(value, complex if x.has_complex else float)


def _directions(v: Array, known: frozenset[str]) -> list[Array]:
    """A basis of the directions in which a value may move, over the real numbers."""
    if np.iscomplexobj(v):
        return _complex_directions(v, known)
    if v.ndim == 0:
        return [np.asarray(1.0)]
    found = []
    for at in np.ndindex(*v.shape):
        e = np.zeros(v.shape)
        e[at] = 1.0
        if v.ndim == 2 and "diagonal" in known and at[0] != at[1] or v.ndim == 2 and known & {"symmetric", "skew"} and at[0] < at[1]:
            continue
        if v.ndim == 2 and "diagonal" not in known and known & {"symmetric", "skew"}:
            e[at[::-1]] = -1.0 if "skew" in known else 1.0
            if "skew" in known and at[0] == at[1]:
                continue
        found.append(e / np.linalg.norm(e))
    return found


def _complex_directions(v: Array, known: frozenset[str]) -> list[Array]:
    free = _directions(v.real, known - {"hermitian"})
    every = [*free, *(1j * e for e in free)]
    if "hermitian" not in known:
        return every
    turned = [e + e.conj().T for e in every]
    return [e / np.linalg.norm(e) for e in turned if np.any(e)]


def _room(v: Array, known: frozenset[str]) -> float:
    """How far every direction may be followed within the set."""
    if "spd" in known and v.ndim == 2:
        return float(np.linalg.eigvalsh((v + v.T) / 2).min())
    return float(np.min(np.abs(v))) if "positive" in known else np.inf


def _null_space(j: Array) -> Array:
    _, s, vt = np.linalg.svd(j)
    rank = int(np.sum(s > 1e-7 * max(1.0, float(np.max(s, initial=0.0)))))
    return vt[rank:].T


def _kind(frame: _Frame, null: Array, f0: float, size: float, rng: np.random.Generator) -> str:
    up = down = 0
    if not null.shape[1]:
        return "flat"
    for k in range(MOVES):
        c = null @ rng.standard_normal(null.shape[1])
        length = REACHES[k % 2] * size if not np.isfinite(frame.reach) else min(REACHES[k % 2] * size, 0.3 * frame.reach)
        found = frame.on_surface(c * length / max(float(np.linalg.norm(c)), 1e-300), null.shape[1] < frame.count)
        change = found - f0 if found is not None else 0.0
        up += change > FLAT * (1 + abs(f0))
        down += change < -FLAT * (1 + abs(f0))
    return "saddle" if up and down else "min" if up else "max" if down else "flat"


def _better_far_away(frame: _Frame, f0: float, goal: str, rng: np.random.Generator) -> bool:
    """Whether a point further away is better than what is to be the best one."""
    has_constraints = frame.slopes.shape[0] > 1
    for _ in range(FAR_FEASIBLE if has_constraints else FAR):
        drawn = rng.standard_normal(frame.count) * rng.choice([0.1, 1.0, 3.0])
        c = frame.settled(drawn) if has_constraints else drawn
        if c is None:
            continue
        there = frame.moved(c)
        if _outside(frame.values, there):
            continue
        change = frame.at(c)[0] - f0
        if np.isfinite(change) and (change if goal == "min" else -change) < -1e-7 * (1 + abs(f0)):
            return True
    return False

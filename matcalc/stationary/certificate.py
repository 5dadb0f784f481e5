"""The proof by numbers of a solution: several points, at several sizes, where all that it takes for granted holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import depends
from matcalc.book import rules as rulebook
from matcalc.book.properties import implied
from matcalc.numbers.evaluate import Program
from matcalc.numbers.outcome import CHECKED, UNCHECKED, Certificate
from matcalc.numbers.sampling.drawing import has_properties
from matcalc.numbers.sampling.random_points import Drawing, Point
from matcalc.records import dataclass
from matcalc.stationary.conditions import DEFINITE, INVERTIBLE, NONZERO, Conditions
from matcalc.stationary.elimination import Way
from matcalc.stationary.problem import Problem
from matcalc.stationary.trial import VALUELESS, Values, seen

NEEDED: Final = 6
TRIED: Final = 60
METHOD: Final = "values at perturbed points"
SIZES: Final = 4
ROOM: Final = 1e4
LARGER: Final = (1.0, 10.0, 3.0)


@dataclass(frozen=True)
class Proof:
    """What was found: a reason why it is no solution, or the kinds at the points, and what was checked."""

    kinds: frozenset[str]
    wrong: str
    certificate: Certificate

    @property
    def kind(self) -> str:
        """min, max or saddle where it is the same at all points, else stationary."""
        told = self.kinds - {"flat"}
        return next(iter(told)) if len(told) == 1 else "stationary"


class Prover:
    """Tries solutions of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        literals = [problem.function.literal, *(c.literal for c in problem.constraints)]
        self.program = Program(literals)
        self.literals = literals
        self.known = {x.data.name: problem.properties(x) - {"invertible"} for x in problem.unknowns}
        self.nonsmooth = any(
            rule is not None and rule.kinks for x in problem.unknowns for n in depends(literals[0], x) for rule in (rulebook.find(n.op),)
        )

    def proof(self, way: Way, extra: Conditions = ()) -> Proof:
        """A solution at random points."""
        exprs = list(way.values.values())
        conditions = [c for c in (*way.conditions, *extra) if c.kind]
        needed = [c.expr for c in conditions if c.expr is not None]
        program = Program([*exprs, *needed])
        drawing = Drawing(self.problem.known, [*exprs, *needed, *self.literals])
        is_best = way.argument is not None and way.argument.kind == self.problem.goal
        kinds: list[str] = []
        sizes: dict[str, int] = {}
        error = 0.0
        for k, point in enumerate(islice(self._points(drawing), TRIED)):
            with np.errstate(all="ignore"):
                found = program(point.values, point.sizes, point.unknowns)
            if not all(np.all(np.isfinite(np.asarray(v))) for v in found):
                continue
            if not all(_holds(c.kind, v) for c, v in zip(conditions, found[len(exprs) :], strict=True)):
                continue
            there = dict(zip(way.values, found, strict=False))
            values = Values(self.program, point, self.problem.unknowns, self.known)
            what = seen(values, there, self.nonsmooth, k, self.problem.goal, is_best)
            if what.wrong == VALUELESS:
                continue
            if what.wrong:
                return Proof(frozenset(), what.wrong, Certificate(UNCHECKED, reason=what.wrong))
            kinds.append(what.kind)
            sizes, error = sizes or dict(point.sizes), max(error, what.error)
            if len(kinds) >= NEEDED:
                break
        if not kinds:
            wrong = "no point was found at which all conditions hold"
            return Proof(frozenset(), wrong, Certificate(UNCHECKED, reason=wrong))
        return Proof(frozenset(kinds), "", Certificate(CHECKED, len(kinds), sizes, error, METHOD))

    @staticmethod
    def _points(drawing: Drawing) -> Iterator[Point]:
        """Points of every choice of sizes in turn."""
        rows: Sequence[Any] = [drawing.sizes(k) for k in range(SIZES)]
        for j in range(TRIED):
            point = drawing.again(rows[j % SIZES], j + 1)
            # n + 1 < nu holds for large numbers only.
            larger = {n: LARGER[j // SIZES % len(LARGER)] * v for n, v in point.values.items() if np.ndim(v) == 0}
            values = {**point.values, **larger}
            yield replace(point, values={v.data.name: _turned(values[v.data.name], v, j) for v in drawing.variables})


def _turned(value: Any, v: Expr, j: int) -> Any:
    """A matrix that is not known to be definite with eigenvalues of both signs at every other point, or as its negative."""
    known = implied(v.data.properties)
    if j % 2 == 0 or np.ndim(value) != 2 or not known or known & {"psd", "positive"} or {"hermitian", "invertible"} <= known:
        return value
    turned = -np.asarray(value)
    if "symmetric" in known:
        values, vectors = np.linalg.eigh(value)
        turned = (vectors * (values * (-1.0) ** np.arange(len(values)))) @ vectors.T
    return turned if has_properties(turned, v.data.properties) else value


def _holds(kind: str, value: Any) -> bool:
    """Whether a condition holds at a value, with some room."""
    v = np.asarray(value)
    if np.iscomplexobj(v) and np.allclose(v.imag, 0):
        v = v.real
    if not np.all(np.isfinite(v)):
        return False
    if kind == INVERTIBLE:
        return v.ndim < 2 or bool(np.linalg.cond(v) < ROOM)
    if kind == DEFINITE:
        values = np.linalg.eigvalsh((v + v.conj().T) / 2) if v.ndim == 2 else np.atleast_1d(v)
        return bool(values.min() > np.max(np.abs(values)) / ROOM)
    return bool(np.all(np.abs(v) > 1e-9)) if kind == NONZERO else bool(np.all(v > 0))

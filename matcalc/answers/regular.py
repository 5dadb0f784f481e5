"""Whether a function has a value and a derivative at a point at which the formula of its derivative has a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import depends, in_order
from matcalc.book import rules as rulebook
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import Array, numeric
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import dimension_names
from matcalc.printing.notations.text import text

STEP: Final = 1e-9
JUMP: Final = 1e-4
DIRECTIONS: Final = 8


def check_inverses(exprs: Sequence[Expr], point: Point) -> None:
    """Refuse a point at which a matrix that a formula inverts is singular, up to rounding.

    Raises UsageError with that matrix.
    """
    bases = dict.fromkeys(n.args[0] for n in in_order(exprs) if n.op == "pow" and not n.is_scalar and _is_inverse(n))
    for base in bases:
        (value,) = Program([base])(point.values, point.sizes, point.unknowns)
        matrix = numeric(value)
        if matrix.ndim == 2 and np.all(np.isfinite(matrix)) and np.linalg.matrix_rank(matrix) < len(matrix):
            told = f"the formula holds the inverse of {text(base)}, which is singular at this point"
            raise UsageError(
                told, hint="give a point at which it is invertible; the derivative may exist here, but this formula does not tell it"
            )


def _is_inverse(n: Expr) -> bool:
    return n.args[1].op == "const" and bool(n.args[1].data.is_negative)


def check_at(f: Expr, wrt: Sequence[Expr], derivative: Callable[[Point], Array], point: Point) -> None:
    """Refuse a point at which the function has no value, or from which it or its derivative jumps: one on a kink.

    A function that is continuous, and whose derivative has a limit, has that limit as its derivative.
    Raises NotDifferentiable.
    """
    parts = _known_parts(f, point)
    values = Program(parts)
    here = [numeric(v) for v in values(point.values, point.sizes, point.unknowns)]
    for part, value in zip(parts, here, strict=True):
        if not np.all(np.isfinite(value)):
            raise NotDifferentiable(f"{text(part)} has no value at this point, so there is no derivative there")
    moved = [x for x in wrt if x.data.name in point.values]
    kinked = [n for x in moved for n in depends(f, x) if (rule := rulebook.find(n.op)) is not None and (rule.kinks or rule.ties)]
    if not kinked:
        return
    here.append(derivative(point))
    rng = np.random.default_rng(5)
    for _ in range(DIRECTIONS):
        near = _beside(point, moved, rng)
        there = [*values(near.values, near.sizes, near.unknowns), derivative(near)]
        if any(_jumps(a, numeric(b)) for a, b in zip(here, there, strict=True)):
            told = " or ".join(dict.fromkeys(text(n) for n in kinked))
            raise NotDifferentiable(f"the function has no derivative at this point: {told} has a kink there")


def _known_parts(f: Expr, point: Point) -> list[Expr]:
    """The largest parts of a function that the point gives a value."""
    known: dict[Expr, bool] = {}
    nodes = in_order([f])
    for n in nodes:
        is_open = n.op == "call" or n.op == "sym" and n.data.name not in point.values
        known[n] = not is_open and all(known[a] for a in n.args) and all(d in point.sizes for d in dimension_names([], [n]))
    inner = [a for n in nodes if not known[n] for a in n.args if known[a]]
    return list(dict.fromkeys([f] if known[f] else inner))


def _jumps(a: Array, b: Array) -> bool:
    if not np.all(np.isfinite(b)):
        return False
    return bool(np.max(np.abs(b - a), initial=0.0) > JUMP * (1 + np.max(np.abs(a), initial=0.0)))


def _beside(point: Point, moved: Sequence[Expr], rng: np.random.Generator) -> Point:
    """A point very near, every entry of the variables moved to either side."""
    values = dict(point.values)
    for x in moved:
        here = numeric(values[x.data.name])
        step = STEP * (1 + np.max(np.abs(here), initial=0.0)) * rng.uniform(0.5, 1, here.shape)
        values[x.data.name] = here + step * rng.choice([-1.0, 1.0], here.shape)
    return replace(point, values=values)

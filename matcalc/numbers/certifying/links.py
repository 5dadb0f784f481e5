"""The slope of an expression along a direction, link by link: every operation is differenced by itself.

The value of a node and its slope are those of its operands and a difference quotient of the one operation between them, so
what a chain of a thousand layers does to the step of a quotient, to drown or to outgrow it, does not happen here: each link has
its own step, fitted to its own operands. What is linear in an operand is its own slope along that: sums and products take one
evaluation. Numbers are long doubles, in which 0.25^1000 is not zero yet. Nothing of the rule
book but the functions' own NumPy code is used, and nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.operations import MULTILINEAR, OPERATIONS
from matcalc.book import rules as rulebook
from matcalc.numbers.conditions import margins_of
from matcalc.numbers.evaluate import JITTER, Context, Handler, Program
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.structured import Structured
from matcalc.records import dataclass

Array = Any
# The first is right of nearly every function in long doubles.
STEPS: Final = (1e-5, 1e-3, 1e-7)
COARSE: Final = 1e-3
CONVERGED: Final = 1e-8
TOGETHER: Final = frozenset(o.name for o in OPERATIONS.values() if o.linear == "together")
MANY: Final = 8


@dataclass
class Measured:
    """The slope of an expression, the largest slope on the way, and whether a smooth function was flat where its argument moved."""

    slope: Array
    largest: Array
    saturated: bool


class Links:
    """A program whose slope is measured link by link."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def slope(self, point: Point, moves: Mapping[str, Array]) -> Measured | None:
        """The slope of the first result; None where a value is not finite and real, or is not formed."""
        values = {name: np.asarray(a, dtype=np.longdouble) for name, a in point.values.items()}
        context = Context({name: a if a.ndim else a[()] for name, a in values.items()}, point.sizes, point.unknowns)
        jitter = point.unknowns.get(JITTER)
        signs = np.random.default_rng(len(self.program.steps))
        done: list[Array] = []
        slopes: list[Array | None] = []
        found = Measured(0.0, 0.0, False)
        with np.errstate(all="ignore"):
            for handler, e, slots in self.program.steps:
                args, before = [done[i] for i in slots], [slopes[i] for i in slots]
                value = handler(e, args, context)
                if isinstance(value, Structured):
                    return None
                done.append(value if jitter is None else jitter(value, e, args))
                made, step = self._slope(handler, e, args, before, context, moves)
                slopes.append(made if jitter is None or made is None else made + _rounding(value, step, signs))
                found.largest = max(found.largest, _largest(slopes[-1]))
                found.saturated |= _is_saturated(e, before, slopes[-1])
        k = self.program.results[0]
        found.slope = np.zeros(np.shape(done[k]), dtype=np.longdouble) if slopes[k] is None else np.asarray(slopes[k])
        if np.iscomplexobj(done[k]) or not (np.all(np.isfinite(done[k])) and np.all(np.isfinite(found.slope))):
            return None
        return found

    def _slope(
        self, handler: Handler, e: Expr, args: Sequence[Array], slopes: Sequence[Array | None], context: Context, moves: Mapping[str, Array]
    ) -> tuple[Array | None, Array]:
        """The slope of one node, None where it does not move, and the smallest step that it was measured with."""
        if e.op == "sym":
            move = moves.get(e.data.name)
            known = None if move is None else np.asarray(move, dtype=np.longdouble).reshape(np.shape(context.values[e.data.name]))
            return known, np.inf
        moving = [k for k, s in enumerate(slopes) if s is not None and s.any()]
        if not moving:
            return None, np.inf
        if e.op in TOGETHER:
            along = [np.zeros(np.shape(a), dtype=np.longdouble) if s is None else s for a, s in zip(args, slopes, strict=True)]
            return handler(e, along, context), COARSE * min(_unit(args[k], slopes[k]) for k in moving)
        if len(args) == 1 and _is_by_entry(e):
            slope = _by_entry(lambda a: handler(e, [a], context), args[0], _clearance(e, args[0])) * slopes[0]
            return slope, COARSE * _unit(args[0], slopes[0])
        if len(moving) > MANY:
            return _all_along(lambda all_: handler(e, all_, context), args, slopes)
        total: Array = 0.0
        smallest = np.inf
        for k in moving:
            slope, step = _of_operand(lambda a, k=k: handler(e, [*args[:k], a, *args[k + 1 :]], context), e, args[k], slopes[k])
            total, smallest = total + slope, min(smallest, step)
        return total, smallest


def _of_operand(f: Any, e: Expr, a: Array, v: Array) -> tuple[Array, Array]:
    """The slope of a node where one operand moves, and its step."""
    if e.op in MULTILINEAR:
        return f(v), COARSE * _unit(a, v)
    return _along(f, a, v, _clearance(e, a) if len(e.args) == 1 else np.inf)


def _all_along(f: Any, args: Sequence[Array], slopes: Sequence[Array | None]) -> tuple[Array, Array]:
    """The slope of a node where many operands move, all at once: a product of n factors by each of them would take n^2 products."""
    steady = [np.zeros(np.shape(a), dtype=np.longdouble) if s is None else s for a, s in zip(args, slopes, strict=True)]
    unit = min(_unit(a, v) for a, v in zip(args, steady, strict=True) if np.any(v))
    return _extrapolated(lambda way: f([a + way * v for a, v in zip(args, steady, strict=True)]), unit, np.inf)


def _unit(a: Array, slope: Array) -> Array:
    """The step that moves an operand by its own size."""
    return (_largest(a) or 1.0) / _largest(slope)


def _rounding(value: Array, step: Array, rng: np.random.Generator) -> Array:
    """What rounding may add to the slope of a node: the last digit of the value over the step, with a random sign for each entry.

    softmax([100, 0]) moves by less than a last digit of its first entry: the sum of its slopes is not quite zero.
    """
    digit = np.finfo(np.longdouble).eps * _largest(value) / step
    return digit * np.sign(rng.random(np.shape(value)) - 0.5)


def _is_saturated(e: Expr, before: Sequence[Array | None], slope: Array | None) -> bool:
    """Whether a function without kinks stands still although its argument moves: 1/(1 + exp(-60)) is 1."""
    if slope is None or not _is_by_entry(e) or np.any(slope):
        return False
    rule = rulebook.find(e.op)
    return rule is None or not rule.kinks


def _is_by_entry(e: Expr) -> bool:
    if e.op == "call":
        return bool(e.data.kind == "elementwise")
    rule = rulebook.find(e.op)
    return rule is not None and rule.kind == "elementwise"


def _by_entry(f: Any, a: Array, clearance: Array) -> Array:
    """The derivative of a function of every entry, each with the step at which two quotients agree best and that crosses no kink."""
    size = np.abs(a)
    best: Any = None
    error: Any = np.inf
    for step in (STEPS[0] * np.maximum(size, 1), COARSE * np.maximum(size, 1), COARSE * size + np.finfo(np.longdouble).tiny):
        short = np.minimum(step, clearance)
        slope, change = _richardson(lambda t, s=short: f(a + t * s), short)
        change = np.where(np.isfinite(change), change, np.inf)
        best = slope if best is None else np.where(change < error, slope, best)
        error = np.minimum(change, error)
        if np.all(error <= CONVERGED * np.abs(best)):
            break
    return best


def _clearance(e: Expr, a: Array) -> Array:
    """Half the way from the entries of an argument to the nearest kink of a function; no bound where it has none or lies on it."""
    clear: Array = np.inf
    for margin in margins_of(e.op):
        away = np.reshape(np.abs(margin(a)), np.shape(a))
        clear = np.minimum(clear, np.where(away > 0, away / 2, np.inf))
    return clear


def _along(f: Any, a: Array, v: Array, clearance: Array) -> tuple[Array, Array]:
    """The slope of an operation where one operand moves, and its step: a part of the operand, and less where that is too much."""
    bound = np.inf if clearance is np.inf else np.min(clearance / np.abs(v))
    return _extrapolated(lambda way: f(a + way * v), _unit(a, v), bound)


def _extrapolated(f: Any, unit: Array, bound: Array) -> tuple[Array, Array]:
    """The slope of what goes a way, and its step: that part of a unit, within a bound, at which two quotients agree best."""
    best: Any = None
    error: Any = np.inf
    used: Any = unit
    for part in STEPS:
        h = min(part * unit, bound)
        slope, changes = _richardson(lambda t, h=h: f(t * h), h)
        change = _largest(changes) if np.isfinite(changes).all() else np.inf
        if best is None or change < error:
            best, error, used = slope, change, h
        if error <= CONVERGED * _largest(best):
            break
    return best, used


def _richardson(f: Any, h: Array) -> tuple[Array, Array]:
    """The central quotient, extrapolated to step zero, and by how much it changed."""
    coarse = (f(1.0) - f(-1.0)) / (2 * h)
    fine = (f(0.5) - f(-0.5)) / h
    return (4 * fine - coarse) / 3, np.abs(fine - coarse)


def _largest(a: Array | None) -> Any:
    if a is None or not np.size(a):
        return 0.0
    return np.abs(a).max() if np.ndim(a) else abs(a)

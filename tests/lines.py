"""The lines of derivations, read back from their text and measured; what `d(...)` and `d vec(...)` say is found by differences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from index_notation import Formula

from matcalc import Derivative
from matcalc.algebra import transpose
from matcalc.algebra.node import Expr, Unknown, node, sym
from matcalc.algebra.walk import in_order, substitute
from matcalc.calculus.differentiate import gradient
from matcalc.calculus.differentiate import step as differentiated
from matcalc.derivation.lines import Entries, Left, Line, Question, function_told
from matcalc.numbers.evaluate import evaluate
from matcalc.numbers.sampling.domain import points
from matcalc.numbers.sampling.random_points import Point
from matcalc.reading.alone import read_expression

STEP = 1e-4
LARGE = 1e6
KINK = 1e-3
DIFFERENTIAL = re.compile(r"\bd(?: (?=vec\()|(?=\())")


class Meter:
    """Measures the right sides of a derivation's lines at one point, along one direction of the variable x."""

    def __init__(self, q: Question, x: Expr, point: Point) -> None:
        self.q, self.x, self.point = q, x, point
        self.functions = {n.data.name: n.data for n in in_order([q.read.expr]) if n.op == "call"}
        self.names: dict[str, Expr] = dict(q.read.variables)
        self.parts: dict[str, Expr] = {}
        for call, name in q.read.gradient_names.items():
            arg = call.args[0]
            gradient = node("call", call.args, Unknown(call.data.name, "gradient"), arg.shape)
            self.take(name, transpose(gradient) if q.layout == "numerator" else gradient)
        if q.name not in self.names:
            self.take(q.name, q.read.expr)
        self.sizes = set(point.sizes)
        self.direction = np.random.default_rng(5).standard_normal(np.shape(point.values[x.data.name]))

    def take(self, name: str, e: Expr) -> None:
        self.parts[name], self.names[name] = e, sym(name, e.shape)

    def read(self, text: str, extra: dict[str, Expr]) -> Expr:
        """An expression in the variables, the named parts written out."""
        e = read_expression(text, {**self.names, **extra}, self.functions, self.sizes, like=self.q.read.expr.shape)
        return self.written_out(e)

    def written_out(self, e: Expr) -> Expr:
        """The expression with what its names stand for."""
        for name in reversed(self.parts):
            e = substitute(e, {name: self.parts[name]}, {})
        return e

    def value(self, e: Expr, shift: float = 0.0, extra: dict[str, Any] | None = None) -> Any:
        values = {**self.point.values, **(extra or {})}
        values[self.x.data.name] = values[self.x.data.name] + shift * self.direction
        return evaluate([e], values, self.point.sizes, self.point.unknowns)[0]

    def measured_value(self, e: Expr) -> Any:
        """The value of an answer, in which gradients may have names."""
        return self.value(self.written_out(e))

    def slope(self, e: Expr) -> Any:
        """The differential of an expression along the direction, by differences; not a number at a kink."""
        near, far = ((self.value(e, h) - self.value(e, -h)) / (2 * h) for h in (STEP, 2 * STEP))
        return np.where(np.abs(near - far) < KINK * (1 + np.abs(near)), (4 * near - far) / 3, np.nan)

    def measured(self, right: str) -> Any:
        """The value of the right side of a line, after what it names is taken in."""
        right, _, named = right.partition(" where ")
        for part in filter(None, named.split("; ")):
            name, _, told = part.partition(" = ")
            self.take(name, self.read(told, {}))
        right, moved = self.with_moved(right)
        increments = {name: sym(name, e.shape) for name, e in moved.items()}
        return self.value(self.read(right, increments), 0.0, {name: self.slope(e) for name, e in moved.items()})

    def entries(self, right: str, labels: Sequence[str], shape: Sequence[int]) -> Any:
        """The values of a right side in index notation over the axes with these labels."""
        right, moved = self.with_moved(right)
        known = {name: sym(name, e.shape) for name, e in moved.items()}
        parts = {name: e for name, e in self.parts.items() if re.search(rf"\b{name}\b", right)}
        arrays = {**self.point.values, **{name: self.slope(e) for name, e in moved.items()}, **{n: self.value(e) for n, e in parts.items()}}
        variables = {**self.q.read.variables, **known, **{name: sym(name, e.shape) for name, e in parts.items()}}
        formula = Formula(right, arrays, variables, self.point.sizes, self.functions, self.point.unknowns)
        return formula.array(labels, shape)

    def with_moved(self, right: str) -> tuple[str, dict[str, Expr]]:
        """A right side with names for what it holds the differentials of."""
        moved: dict[str, Expr] = {}
        for inside in list(_inside(right)):
            name = f"moved{len(moved)}"
            moved[name] = self.read(inside, {})
            right = re.sub(r"\bd" + re.escape(f" {inside}" if inside.startswith("vec(") else f"({inside})"), name, right)
        for name in sorted(set(re.findall(r"\bd(\w+)\b", right)) & set(self.names)):
            moved["d" + name] = self.parts.get(name, self.names[name])
        return right, moved


def _inside(text: str) -> Iterator[str]:
    """What stands in d(...), and the vec(...) of d vec(...), the outermost ones."""
    past = 0
    for found in DIFFERENTIAL.finditer(text):
        if found.start() < past:
            continue
        start = text.index("(", found.start())
        past, depth = start, 0
        while True:
            depth += {"(": 1, ")": -1}.get(text[past], 0)
            past += 1
            if depth == 0:
                break
        yield text[start + 1 : past - 1] if text[found.end()] == "(" else text[found.end() : past]


def _entries_differ(meter: Meter, left: Left, y: Expr, right: str, tolerance: float) -> str:
    """What is wrong with a line about one entry: the array of all entries is compared, that of a derivative along the direction."""
    ys = tuple(n for n in np.shape(np.squeeze(meter.value(y))))
    x = np.squeeze(np.asarray(meter.direction))
    of_y, of_x = (left.at[0], left.at[1]) if left.kind != "value" else (left.at[0], ())
    made = meter.entries(right, [*of_y, *of_x], [*ys, *(x.shape if of_x else ())])
    if left.kind == "value":
        meant = np.squeeze(meter.value(y))
    else:
        meant = np.squeeze(meter.slope(y))
        is_whole = left.kind == "increment"
        made = made if is_whole else np.tensordot(made, x, axes=x.ndim) if of_x else made * x
    return "" if _agree(made, meant, tolerance) else f"{made!r} for {meant!r}"


def _meant(meter: Meter, left: Left, y: Expr, answer: Expr | None) -> Any:
    """What the left side of a line is, by differences of the function."""
    if left.kind == "value":
        return meter.value(y)
    if left.kind == "increment":
        return meter.slope(y)
    if left.kind == "vec_increment":
        return np.ravel(meter.slope(y), order="F")
    if left.kind == "row_vec_increment":
        return np.ravel(meter.slope(y))
    return None if answer is None else meter.measured_value(answer)


def disagreements(found: Derivative, tolerance: float = 1e-6) -> list[str]:
    """The lines whose right side is not what their left side says, at one random point and direction."""
    q, lines = found._told
    point = _regular_point(q, found.expr)
    y, meter = q.read.literal, Meter(q, q.variables[0], point)
    wrong = []
    for line, step in zip(lines, found.steps, strict=True):
        is_gradient = line.left.kind == "derivative" and len(q.variables) == 2 and (bool(line.left.called) or not line.left.at[1])
        of_entries = isinstance(line.right, Entries) or line.left.at != ((), ())
        if of_entries and not line.left.called:
            told = _entries_differ(meter, line.left, y, step.after.partition(" = ")[2], tolerance)
            wrong += [f"{step.after}   [{step.rule}]: {told}"] if told else []
            continue
        known = line.right if is_gradient and isinstance(line.right, Expr) else None
        meant = None if of_entries else _meant(meter, line.left, y, found.expr) if known is None else meter.measured_value(known)
        if meant is not None:
            right = step.after.partition(" = ")[2]
            value = meter.measured(right.partition(" = ")[2] if line.left.called else right)
            if not _agree(value, meant, tolerance):
                wrong.append(f"{step.after}   [{step.rule}]: {value!r} for {meant!r}")
        if is_gradient:
            told_gradient = _gradient(line, q)
            before, y, meter = meter, told_gradient, Meter(q, q.variables[1], point)
            meter.take(q.gradient, told_gradient)
            for name, part in before.parts.items():
                meter.take(name, part)
    return wrong


def _gradient(line: Line, q: Question) -> Expr:
    """The first derivative that a line tells."""
    return line.right if isinstance(line.right, Expr) else gradient(differentiated(function_told(q.read.expr), q.variables[0]))


def _regular_point(q: Question, answer: Expr | None) -> Point:
    """A point of the domain, with what is known of the variables, at which the function and the answer have moderate values."""
    declared = q.read.variables.items()
    known = [sym(name, v.shape, v.data.ndim, v.data.properties | q.read.properties.get(name, frozenset())) for name, v in declared]
    for point in points(known, [q.read.literal, q.read.expr]):
        meter = Meter(q, q.variables[0], point)
        with np.errstate(all="ignore"):
            values = [meter.value(q.read.literal), meter.slope(q.read.literal), *([] if answer is None else [meter.measured_value(answer)])]
        if all(np.all(np.abs(v) < LARGE) for v in values):
            return point
    raise AssertionError("no regular point")


def _agree(value: Any, meant: Any, tolerance: float) -> bool:
    a, b = np.ravel(value), np.ravel(meant)
    if a.shape == (1,) and not a[0]:
        a = np.zeros_like(b)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=0, atol=tolerance * (1 + np.max(np.abs(b), initial=0.0))))

"""The derivative by a variable that moves in a space of structured matrices or on a manifold.

It is the free derivative, mapped: the axes of the variable are those of a free gradient, and each space is a linear map of these.
Its certificate compares it, contracted with any direction V, with the slope along the image of V, which is a direction that the
constraint admits; so what is not in the space, or not tangent, does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import numpy as np

from matcalc.algebra import fun, mul, transpose
from matcalc.algebra.node import INCREMENT, Expr, increment, sym
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import in_order, substitute
from matcalc.answers.admitted import admitted, at_the_point, notes_on
from matcalc.answers.answered import answered
from matcalc.answers.certified import certified_gradient, declared, evaluated, value_of_entries
from matcalc.answers.constraints import Constraint
from matcalc.answers.derivative import Derivative
from matcalc.answers.rendering import Rendered, Rendering
from matcalc.book.sizes import ONE, Dim, axes
from matcalc.calculus.differentiate import Differentiation, differentiate
from matcalc.calculus.layout import arrange
from matcalc.calculus.spaces import Space
from matcalc.errors import UsageError
from matcalc.index.graph import Stuck
from matcalc.index.lower import lower
from matcalc.index.named import index_terms
from matcalc.index.raising import read_matrix, read_vec
from matcalc.numbers.certifying.certificate import certify_map
from matcalc.numbers.certifying.slope import Moves, random_moves
from matcalc.numbers.evaluate import Program
from matcalc.numbers.outcome import Certificate, not_needed, weakest
from matcalc.numbers.sampling.domain import points
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.request import Request
from matcalc.simplify.simplify import recognise
from matcalc.simplify.spectral import holds_spectrum

Array = Any
TURN: Final = "an orthogonal matrix"
TRIED: Final = 4
SAME: Final = 1e-7


class Constrained(Rendering):
    """The last step of a differentiation, the axes of y and of x constrained to their spaces."""

    def __init__(
        self, read: Request, step: Differentiation, layout: str, form: str, of_y: Space | None, of_x: Space | None
    ) -> None:
        super().__init__(read, step, layout, form, "column")
        self.of_y, self.of_x = of_y, of_x
        self.free = self.terms
        terms, y, x = list(self.terms), step.tensor.y, step.tensor.x
        if of_x is not None:
            terms, x = of_x.terms(terms, x)
        if of_y is not None:
            terms, y = of_y.terms(terms, y)
        self.terms, self.arrangement = tuple(terms), arrange(y, x, layout)

    def matrix(self) -> Expr:
        """A constrained gradient of a scalar: a matrix in the shape of the variable, turned as the layout says."""
        tensor = self.step.tensor
        if self.of_x is not None:
            free = read_matrix(self.free, *tensor.x, self.step.x.shape)
            made = self.constrained(self.of_x, free)
            return transpose(made) if self.layout == "numerator" else made
        assert self.of_y is not None
        value = self.step.value
        free = read_matrix(self.free, *tensor.y, self.step.y.shape) if value is None else value
        made = self.constrained(self.of_y, free)
        return transpose(made) if self.layout == "denominator" else made

    def constrained(self, space: Space, free: Expr) -> Expr:
        """A constrained gradient in its shortest spelling."""
        return min(map(self.shortest, space.spellings(self.shortest(free))), key=lambda e: e.weight)

    def result(self) -> Rendered:
        """The form asked for; entries of an array of open size are told by their indices rather than by unit vectors."""
        if self.form in ("auto", "index") and self.count <= 2 and (known := self.by_entries()) is not None:
            return known
        made = super().result()
        picks = any(n.op == "unit" and not n.shape[0].is_Integer for n in in_order(made.parts))
        if self.form == "auto" and made.form == "matrix" and picks:
            self.form = "index"
            return super().result()
        return made

    def by_entries(self) -> Rendered | None:
        """The entries of a gradient that a function of the space has made; None where it was written out."""
        spaces = [s for s in (self.of_x, self.of_y) if s is not None and s.by_entries]
        if not spaces:
            return None
        try:
            made = self.finished(self.matrix())
        except Stuck:
            return None
        if not any(s.functions & {n.op for n in in_order([made])} for s in spaces):
            return None
        terms = lower(made, self.arrangement.row, self.arrangement.column)
        return Rendered("index", None, *index_terms(terms, self.arrangement.labels, self.read.variables))

    def stacked(self) -> Expr:
        """d vec Y / d vec(X)^T, or by the free entries of X."""
        found = self.shortest(read_vec(self.free, self.step.tensor.y, self.step.tensor.x))
        if self.of_x is not None:
            found = mul(found, self.of_x.factor())
        if self.of_y is not None:
            found = mul(transpose(self.of_y.factor()), found)
        return transpose(found) if self.layout == "denominator" else found

    def dims(self, form: str) -> tuple[Dim, ...]:
        if form != "vec":
            return super().dims(form)
        rows = self.of_y.free if self.of_y is not None else self.step.y.shape[0] * self.step.y.shape[1]
        columns = self.of_x.free if self.of_x is not None else self.step.x.shape[0] * self.step.x.shape[1]
        return (columns, rows) if self.layout == "denominator" else (rows, columns)

    # -- what the certificate compares

    def moved(self, form: str) -> tuple[Expr, Expr]:
        """A symbol for any direction in the axes of the result, and the direction of x whose slope it is to give."""
        if self.of_x is None:
            v = increment(self.step.x.shape)
            return v, v
        if form == "vec" and self.of_x.columns:
            v = sym(INCREMENT, (self.of_x.free, ONE))
            return v, self.of_x.along(v)
        v = increment(self.step.x.shape)
        return v, self.of_x.constrained(v)

    def function(self, form: str, y: Expr) -> Expr:
        """What the slope is taken of: y in the axes of the result."""
        if self.of_y is None:
            return y
        if form == "vec":
            return mul(transpose(self.of_y.factor()), fun("vec", y))
        return self.of_y.constrained(y)

    def applied(self, form: str) -> Callable[[Array, Array, Point], Array]:
        """How a result acts on a direction."""
        if form != "vec":
            return self.contract(Rendered(form))

        def act(array: Array, v: Array, point: Point) -> Array:
            whole, stacked = np.asarray(array), np.ravel(v, order="F")
            if whole.size % stacked.size:
                return np.full(0, np.nan)
            turned = self.layout == "denominator"
            product = stacked @ whole.reshape(stacked.size, -1) if turned else whole.reshape(-1, stacked.size) @ stacked
            sizes = [size_of(d, point.sizes) for d in axes(self.step.y.shape)]
            return product if self.of_y is not None else product.reshape(sizes, order="F")

        return act


def derived(
    read: Request, layout: str, form: str, asked: Constraint, check: bool, freely: Callable[[Expr], Derivative]
) -> tuple[Derivative, ...]:
    """The derivative of a request by each of its variables; those without a structure of their own move freely."""
    second = [] if read.wrt2 is None else [read.wrt2]
    spaces = admitted(asked, read, [*read.wrt, *second])
    read = at_the_point(read, spaces)
    for space in spaces.values():
        _refuse_variant(read, space)
    then = None if read.order == 1 else read.wrt2
    found = (_by(read, x, layout, form, spaces, check) if {x, then} & set(spaces) else freely(x) for x in read.wrt)
    return tuple(replace(d, constraint=asked.told) for d in found)


def _by(read: Request, x: Expr, layout: str, form: str, spaces: Mapping[Expr, Space], check: bool) -> Derivative:
    then = None if read.order == 1 else x if read.wrt2 is None else read.wrt2
    steps = differentiate(_within(read.expr, spaces), x, then)
    made = Constrained(read, steps[-1], layout, form, None if then is None else spaces.get(x), spaces.get(steps[-1].x))
    result = made.result()
    certify = (lambda: certified(read, steps, made, result)) if check else None
    return answered(read, made, result, certify, notes_on({v: s for v, s in spaces.items() if v in (x, then)}))


def _within(e: Expr, spaces: Mapping[Expr, Space]) -> Expr:
    """The function where a variable stays symmetric: functions of its eigenvalues are then functions of the matrix."""
    for x, space in spaces.items():
        if "symmetric" in properties(space.at) and space.is_symmetric and holds_spectrum(e):
            there = recognise(substitute(e, {x.data.name: space.at}, {}))
            e = substitute(there, {x.data.name: x}, {})
    return e


def _refuse_variant(read: Request, space: Space) -> None:
    """Raises UsageError for a function that is not the same for every spelling of one point, such as tr(A^T*X) of a subspace."""
    other = space.moved_within(read.literal, TURN)
    turn = next((n for n in in_order([] if other is None else [other]) if n.op == "sym" and n.data.name == TURN), None)
    if other is None or turn is None:
        # What does not hold Q is the same for every Q, and for I.
        return
    variables = [declared(v, read) for v in read.variables.values()]
    program = Program([read.literal, other])
    for p in islice(points([*variables, turn], [read.literal, other]), TRIED):
        one, two = (np.asarray(v) for v in program(p.values, p.sizes, p.unknowns))
        if np.all(np.isfinite(one)) and np.all(np.isfinite(two)) and not np.allclose(one, two, rtol=SAME, atol=SAME):
            name = space.x.data.name
            told = f"the function is not one of subspaces: it changes where {name} is replaced by {name}*Q with orthogonal Q"
            raise UsageError(told, hint="ask for the manifold stiefel")


def certified(read: Request, steps: Sequence[Differentiation], made: Constrained, result: Rendered) -> Certificate:
    """Check the last step along every direction that the constraint admits; a second derivative also checks the free gradient."""
    variables = [declared(v, read) for v in read.variables.values()]
    if len(steps) == 1 and all(n is not steps[0].x for n in in_order([read.literal])):
        return not_needed()
    before = [certified_gradient(read, steps[0], steps[1].y, variables)] if len(steps) == 2 else []
    value = evaluated(result.expr) if result.expr is not None else value_of_entries(result, made)
    y = read.literal if len(steps) == 1 else made.function(result.form, steps[1].y)
    v, direction = made.moved(result.form)
    name, shape, act, program = steps[-1].x.data.name, steps[-1].x.shape, made.applied(result.form), Program([direction])

    def drawn(p: Point) -> Array:
        """Any direction in the axes of the result."""
        sized = np.zeros([size_of(d, p.sizes) for d in axes(v.shape)])
        return random_moves([INCREMENT], replace(p, values={INCREMENT: sized}))[INCREMENT]

    def moves(p: Point) -> Moves:
        moved = program({**p.values, INCREMENT: drawn(p)}, p.sizes, p.unknowns)[0]
        return {name: np.reshape(moved, [size_of(d, p.sizes) for d in axes(shape)], order="F")}

    found = certify_map(y, moves, lambda p, _: act(value(p), drawn(p), p), variables, result.parts)
    return weakest([*before, found])

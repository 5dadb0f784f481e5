"""The exact increment of a polynomial: f(x + dx) - f(x), its first-order part, and the rest.

    W*x + b in x, W and b        W*dx + dW*(x + dx) + db  =  (W*dx + dW*x + db)  +  dW*dx

The variables move one after the other, so that a later one meets the earlier ones where they have gone to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from matcalc.algebra import add, subtract
from matcalc.algebra.node import Expr, is_zero, sym
from matcalc.algebra.spelled_out import spelled_out
from matcalc.algebra.walk import substitute
from matcalc.answers.display.report import shapes_told
from matcalc.answers.display.shown import Formula
from matcalc.answers.expansions.linear_map import projected
from matcalc.answers.result import declared_text
from matcalc.book.properties import while_varying
from matcalc.calculus.adjoint import tangent
from matcalc.calculus.loading import Rules, in_force
from matcalc.errors import CertificateError, NotDifferentiable, UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import numeric
from matcalc.numbers.sampling.domain import points
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.table import printer
from matcalc.reading.notes import lines_of
from matcalc.reading.request import Request, read_request
from matcalc.records import dataclass
from matcalc.simplify.polynomial import check_polynomial, expand
from matcalc.simplify.simplify import recognise, simplify

TOLERANCE: Final = 1e-9
MOVED: Final = "\u2019"


@dataclass(frozen=True, repr=False)
class Increment(Formula):
    """f(x + dx) - f(x) in closed form; `first` is linear in the increments, `remainder` what is left."""

    request: Request
    expr: Expr
    first: Expr
    remainder: Expr
    increments: tuple[Expr, ...]
    error: float

    called = "increment"

    def written(self, notation: Printer) -> str:
        """The whole increment."""
        return notation.print(self.expr, taken=self.request.variables)

    def notes(self, notation: Printer) -> Sequence[str]:
        """The first-order part, the remainder, the shapes and the check."""
        _, first, rest = self.parts(notation)
        parts = [f"first-order part: {first}", f"remainder: {rest}"]
        return [*parts, shapes_told(self.shapes(), notation.by), *lines_of(self.request.assumptions), self.check]

    @property
    def value(self) -> Expr:
        return self.expr

    @property
    def parameters(self) -> tuple[Expr, ...]:
        return (*self.request.variables.values(), *self.increments)

    @property
    def is_affine(self) -> bool:
        """Whether the first-order part is the whole increment."""
        return is_zero(self.remainder)

    @property
    def check(self) -> str:
        """What was found at a random point."""
        return f"exact at a random point: relative error {self.error:.0e}"

    def shapes(self) -> dict[str, str]:
        """The variables, and how each would be declared."""
        return {v.data.name: declared_text(v, self.request) for v in self.request.variables.values()}

    def to_dict(self) -> dict[str, Any]:
        """The increment and its parts as text and LaTeX."""
        names = ("increment", "first_order", "remainder")
        told: dict[str, Any] = dict(zip(names, self.parts(printer("text")), strict=True))
        told |= {"latex": dict(zip(names, self.parts(printer("latex")), strict=True)), "affine": self.is_affine}
        return told | {"exact": True, "error": self.error, "variables": self.shapes()}

    def parts(self, notation: Printer) -> tuple[str, str, str]:
        """The increment, its first-order part and the remainder in a notation."""
        whole, first, rest = (notation.print(e, taken=self.request.variables) for e in (self.expr, self.first, self.remainder))
        return whole, first, rest


def increment(
    expression: str,
    wrt: str | None = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
    rules: Rules | None = None,
) -> Increment:
    """f(x + dx) - f(x) for a polynomial f, in one or several variables, checked at random points.

    `rules` names files of functions of the user's own, whose code is run, or is a Book.

    Raises UsageError for a function that is no polynomial, and why.
    """
    with in_force(rules):
        return _increment(read_request(expression, wrt=wrt, variables=variables, lets=lets, may_slice=True))


def _increment(read: Request) -> Increment:
    if read.order != 1:
        raise UsageError("an increment is of a function, not of its gradient")
    f = recognise(read.expr)
    check_polynomial(f, read.wrt)
    xs = tuple(dict.fromkeys(read.wrt))
    increments = {x.data.name: sym(f"d{x.data.name}", x.shape, x.data.ndim, while_varying(x.data.properties)) for x in xs}
    taken = [dx.data.name for dx in increments.values() if dx.data.name in read.variables]
    if taken:
        raise UsageError(f"{taken[0]} is a variable, so it cannot stand for an increment", hint="rename the variable")
    moves = projected(read, increments)
    whole = _written(_telescoped(f, xs, moves))
    first = _written(add(*(tangent(f, x, moves[x.data.name]) for x in xs)))
    moved = substitute(f, {x.data.name: add(x, moves[x.data.name]) for x in xs}, {})
    remainder = _written(expand(subtract(subtract(moved, f), first)))
    error = _checked(subtract(moved, f), (whole, add(first, remainder)), [*read.variables.values(), *increments.values()])
    return Increment(read, whole, first, remainder, tuple(increments.values()), error)


def _written(e: Expr) -> Expr:
    """In the shortest form; an array of entries entry by entry, each multiplied out where that is shorter."""
    plain = simplify(e)
    spelled = spelled_out(plain)
    if spelled is plain:
        return plain
    opened = simplify(expand(spelled))
    return opened if opened.weight <= spelled.weight else spelled


def _telescoped(f: Expr, xs: Sequence[Expr], moves: Mapping[str, Expr]) -> Expr:
    """The sum of the increments that each variable brings, after those before it have moved."""
    parts: list[Expr] = []
    gone: dict[str, Expr] = {}
    at = f
    for x in xs:
        name = x.data.name
        after = substitute(at, {name: add(x, moves[name])}, {})
        parts.append(simplify(expand(subtract(after, at))))
        place = sym(name + MOVED, x.shape, x.data.ndim, while_varying(x.data.properties))
        gone[place.data.name] = add(x, moves[name])
        at = substitute(at, {name: place}, {})
    return substitute(add(*parts), gone, {})


def _checked(actual: Expr, found: Sequence[Expr], variables: Sequence[Expr]) -> float:
    """The largest relative error of closed forms at the first finite random point.

    Raises CertificateError if one is wrong.
    """
    program = Program([actual, *found])
    for point in points(variables, [actual, *found]):
        truth, *claimed = (numeric(v) for v in program(point.values, point.sizes, point.unknowns))
        if not np.all(np.isfinite(truth)):
            continue
        scale = float(np.max(np.abs(truth), initial=0.0)) + 1e-3
        error = max(float(np.max(np.abs(c - truth), initial=0.0)) for c in claimed) / scale
        if not error < TOLERANCE:
            raise CertificateError("the expansion disagrees with the increment itself, so it is withheld", hint="please report the request")
        return error
    raise NotDifferentiable("no point was found at which the function is finite, so the increment could not be checked")

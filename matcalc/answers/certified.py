"""The certificate of an answer: what is compared with which slope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from matcalc import codegen
from matcalc.algebra.node import Expr, Unknown, sym
from matcalc.algebra.walk import parts_of
from matcalc.answers.parts import Shifted
from matcalc.answers.rendering import Rendered, Rendering
from matcalc.book.sizes import axes
from matcalc.calculus.contracting import apply
from matcalc.calculus.differentiate import Differentiation
from matcalc.numbers.certifying.certificate import certify
from matcalc.numbers.certifying.slope import PLAIN, Way
from matcalc.numbers.evaluate import Program, as_matrix
from matcalc.numbers.outcome import Certificate, not_needed, weakest
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.request import Request


def certified(read: Request, steps: Sequence[Differentiation], made: Rendering, result: Rendered, shift: Shifted | None) -> Certificate:
    """Check the last step; a second derivative also checks the gradient that it is taken of."""
    variables = [declared(v, read) for v in read.variables.values()]
    if len(steps) == 1 and shift is None and steps[0].x not in parts_of(read.literal):
        return not_needed()
    before = [certified_gradient(read, steps[0], steps[1].y, variables)] if len(steps) == 2 else []
    value = evaluated(result.expr) if result.expr is not None else value_of_entries(result, made)
    act = made.contract(result)
    y = read.literal if len(steps) == 1 else steps[1].y
    x, at = steps[-1].x, value
    if shift is not None:
        there = shift.point
        y, variables, at = shift.function(y), [*variables, x], lambda p: value(there(p))
    parts = result.parts if shift is None else []
    return weakest([*before, certify(y, x, at, act, variables, parts, ways_of(steps[-1]))])


def evaluated(e: Expr) -> Callable[[Point], Any]:
    """The value of an expression at a point."""
    program = Program([e])
    return lambda p: program(p.values, p.sizes, p.unknowns)[0]


def value_of_entries(result: Rendered, made: Rendering) -> Callable[[Point], Any]:
    """The index form by its generated code; term by term where small sizes stand for the large ones that the code has."""
    from matcalc.answers.value import value_of_terms  # a closed form needs it not

    made_of = codegen.index_function(result.terms, result.labels, made.parameters, made.arrangement.sizes)
    code = _called(codegen.compile_function(codegen.module([made_of])), made.parameters)

    def value(p: Point) -> Any:
        if any(name.isdigit() for name in p.sizes):
            return value_of_terms(result.terms, result.labels, made.arrangement.sizes, p)
        try:
            return code(p)
        except (np.linalg.LinAlgError, ValueError, OverflowError):
            # The code says so where it has no value, at an eigenvalue that is not real; such a point does not count.
            return np.full([size_of(d, p.sizes) for d in made.arrangement.sizes], np.nan)

    return value


def _called(function: Callable[..., Any], variables: Sequence[Expr]) -> Callable[[Point], Any]:
    """Generated code as a function of a point."""
    spelt = {codegen.parameter(v.data.name, codegen.NUMPY): v for v in variables}
    names = codegen.parameters_of(function)

    def argument(v: Expr, p: Point) -> Any:
        given = p.values[v.data.name]
        return as_matrix(v, given) if v.data.ndim == 2 else given

    def value(p: Point) -> Any:
        stood_for = {
            codegen.unknown_parameter(Unknown(name, kind, order), codegen.NUMPY): f for (name, kind, order), f in p.unknowns.items()
        }
        return function(**{name: argument(spelt[name], p) if name in spelt else {**p.sizes, **stood_for}[name] for name in names})

    return value


def certified_gradient(read: Request, first: Differentiation, found: Expr, variables: Sequence[Expr]) -> Certificate:
    """Check the gradient that a second derivative is taken of."""
    y_axes, x_axes = len(axes(read.expr.shape)), len(axes(first.x.shape))
    return certify(
        read.literal,
        first.x,
        evaluated(found),
        lambda array, v, point: apply(array, v, y_axes, x_axes, "mixed"),
        variables,
        (found,),
        ways_of(first),
    )


# The slopes along Z + tV and Z + 1jtV that make up a derivative by a complex Z (Brandwood 1983).
WAYS: Final[Mapping[str, tuple[Way, ...]]] = {
    "": ((0.5, 1), (-0.5j, 1j)),
    "conjugate": ((0.5, 1), (0.5j, 1j)),
    "real": ((1, 1),),
    "imaginary": ((1, 1j),),
    "gradient": ((1, 1), (1j, 1j)),
}


def ways_of(step: Differentiation) -> tuple[Way, ...]:
    """Along which ways a differentiation is measured."""
    return WAYS[step.component] if step.x.has_complex else PLAIN


def declared(v: Expr, read: Request) -> Expr:
    """A variable with all that was declared of it, also where it varies."""
    known = read.properties.get(v.data.name)
    return sym(v.data.name, v.shape, v.data.ndim, known | v.data.properties) if known else v

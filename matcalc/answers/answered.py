"""An answer put together: the formula under the names of the request, what it assumes, its certificate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matcalc.answers.conditions import assumed_of, sizes_assumed
from matcalc.answers.derivative import Derivative
from matcalc.answers.rendering import Rendered, Rendering
from matcalc.calculus.differentiate import at_point, name_gradients
from matcalc.numbers.outcome import Certificate
from matcalc.reading.notes import Note
from matcalc.reading.request import Request


def answered(
    read: Request, made: Rendering, result: Rendered, certify: Callable[[], Certificate] | None, notes: Sequence[Note] = ()
) -> Derivative:
    """The answer that a rendered result is.

    Raises as `assumed_of` does before anything is certified.
    """
    assumed = sizes_assumed(read.literal) + assumed_of([read.expr], result.parts, at_point(read))
    certificate = None if certify is None else certify()
    expr, terms, gradients = name_gradients(read, result.expr, result.terms, made.layout)
    return Derivative(
        read,
        made.step.x.data.name,
        made.layout,
        result.form,
        expr,
        terms,
        result.labels,
        made.dims(result.form),
        (*notes, *read.assumptions, *assumed),
        (*made.parameters, *gradients),
        certificate,
        vec_order=made.vec_order,
    )

"""What the text of a request says of its answer: a layout, a form, and the square of a number as the variable."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from matcalc.algebra.node import const, sym
from matcalc.algebra.normal_form.powers import power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.walk import in_order, substitute
from matcalc.answers.derivative import Derivative
from matcalc.book.choices import LAYOUTS
from matcalc.book.sizes import ONE, SCALAR
from matcalc.errors import UsageError
from matcalc.reading.notes import LAYOUT, NAME, Note
from matcalc.reading.request import Request
from matcalc.simplify.simplify import simplify

# The layout of d f/dX of a scalar f that has the axes of d f/d(X^T) in a layout.
_FLIPPED: Final = {"numerator": "denominator", "denominator": "numerator", "mixed": "numerator"}


def wished(read: Request, layout: str | None, form: str) -> tuple[Request, str, str]:
    """The request with a note on what its text asks for, and the layout and the form that are then meant.

    Raises UsageError for the derivative of an array by a transposed matrix.
    """
    told: list[Note] = []
    chosen = layout or LAYOUTS.default
    if read.turned:
        chosen, note = _turned(read, layout)
        told.append(note)
    if read.form and form == "auto":
        form = "vec"
        told.append(Note(f"{read.form}({read.wrt[0].data.name}) below the bar asks for the form with vec", LAYOUT))
    return (replace(read, assumptions=(*read.assumptions, *told)) if told else read), chosen, form


def _turned(read: Request, layout: str | None) -> tuple[str, Note]:
    """x^T below the bar asks for the numerator layout; X^T of a matrix is a variable of its own, whose gradient has its axes."""
    x = read.wrt[0]
    name = x.data.name
    turned = f"{name}^H" if read.components else f"{name}^T"
    if x.shape[1] is not ONE and not x.is_scalar and not read.form:
        if not read.expr.is_scalar:
            hint = f"differentiate by {name}, or ask for d vec(Y)/d vec({name})^T"
            raise UsageError(f"the derivative of an array by {turned} is not read", hint=hint)
        told = f"{turned} is the variable: the derivative has its axes"
        return _FLIPPED[layout or LAYOUTS.default], Note(told, LAYOUT, (name,))
    if layout in (None, "numerator"):
        return "numerator", Note(f"{turned} below the bar asks for the numerator layout", LAYOUT, (name,))
    return layout, Note(f"{turned} below the bar would be the numerator layout; {layout} layout was asked for", LAYOUT, (name,))


def in_roots(d: Derivative) -> Derivative:
    """A derivative by a square, v = sigma^2, written with sigma."""
    (v,), name = d.request.wrt, d.request.square
    root = sym(name, SCALAR, 0, ("positive",))
    note = Note(f"{name}^2 is the variable, and {name} its positive root", NAME, (name,))
    parameters = tuple(dict.fromkeys(root if p is v else p for p in d.parameters))
    powers = {
        e: power(root, mul(const(2), e.args[1]))
        for e in in_order([] if d.expr is None else [d.expr])
        if e.op == "pow" and e.args[0].op == "sym" and e.args[0].data.name == v.data.name
    }
    expr = None if d.expr is None else simplify(substitute(d.expr, {v.data.name: power(root, 2)}, {}, powers))
    return replace(d, expr=expr, parameters=parameters, assumptions=(*d.assumptions, note))


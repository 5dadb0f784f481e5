r"""The two sides of a formula in a notation: what was asked, as it was written, and what it is equal to.

The left side says which arrangement the right side has: dY/dX for the matrix of a layout, d vec(Y)/d vec(X)^T for the
vec form, dY[i,j]/dX[k,l] for the index form, dY for the differential. The right side comes as the terms of its sum, so
that a page can break a long one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matcalc.book.operators import ATOM
from matcalc.book.sizes import ONE, axes, triangular
from matcalc.printing.as_written import written
from matcalc.printing.asked import component, components_of, equations, variable
from matcalc.printing.forms import NUMERATOR, POSTFIX, PRODUCT, Form, applied, name, turned
from matcalc.printing.index import shown
from matcalc.printing.notations.typst import TypstPrinter
from matcalc.printing.spelling import present
from matcalc.reading.grammar.components import GRADIENT

if TYPE_CHECKING:
    from matcalc.algebra.node import Expr
    from matcalc.answers.backprop import Gradient
    from matcalc.answers.derivative import Derivative
    from matcalc.printing.notations.printer import Printer
    from matcalc.reading.chain import Chain
    from matcalc.stationary.solution import Solution


def left_side(d: Derivative, index: int, printer: Printer) -> str:
    """What was asked; `index` is which of the variables of the request it is."""
    return printer.finished(_left_side(d, index, printer))


def _left_side(d: Derivative, index: int, printer: Printer) -> str:
    asked = d.request.asked
    assert asked is not None
    function = written(asked.function)
    if d.form in ("differential", "directional"):
        printed = printer.render(function)
        return printer.differential + printer.within(function, printed, ATOM)
    if "manifold" in d.constraint:
        return printer.render(applied("grad", [function]))
    x = d.request.wrt[index]
    meant, _ = components_of(d.request, index)
    if meant == GRADIENT:
        return f"{printer.gradient(printer.name_of(x.data.name))} {printer.within(function, printer.render(function), NUMERATOR)}"
    below = component(variable(x, d.request.parts[index] if d.request.parts else None), meant)
    above, belows = _arranged(d, function, x, below)
    power = f"{printer.partial.strip()}{printer.squared} " if d.request.order == 2 else printer.partial
    bottom = printer.thin_space.join(printer.partial + printer.render(form) for form in belows)
    if d.request.order == 2 and d.form == "matrix" and d.request.wrt2 is None:
        bottom = printer.partial + printer.render(Form("power", (below, Form("number", (), "2"))))
    printed = printer.render(above)
    if above.kind in ("name", "indexed") or d.form == "vec" and printer.level(above) >= POSTFIX:
        return printer.ratio(power + printed, bottom)
    return printer.ratio(power.strip(), bottom) + " " + printer.within(above, printed, NUMERATOR)


def _arranged(d: Derivative, function: Form, x: Expr, below: Form) -> tuple[Form, list[Form]]:
    """The function and the variables, stacked or with their indices where the form has them so."""
    second = [] if d.request.order == 1 else [below if d.request.wrt2 is None else _second(d)]
    last = x if d.request.wrt2 is None else d.request.wrt2
    if d.form == "vec":
        above = _stacked(function, d.request.expr)
        stacked = [_stacked(below, x, d), *(_stacked(s, last, d) for s in second)]
        if d.layout != "denominator" and stacked:
            stacked[-1] = turned(stacked[-1])
        elif not d.request.expr.is_scalar:
            above = turned(above)
        return above, stacked
    if d.form != "index":
        return function, [below, *second]
    of_y, of_last = len(axes(d.request.expr.shape)), len(axes(last.shape))
    labels = list(d.labels)
    y, moved = (labels[:-of_last or None], labels[len(labels) - of_last :])
    if d.layout == "numerator":
        moved = moved[::-1]
    elif d.layout == "denominator":
        y, moved = labels[of_last:][::-1], labels[:of_last]
    groups = [y[of_y:], moved] if second else [moved]
    return _indexed(function, y[:of_y]), [_indexed(form, at) for form, at in zip([below, *second], groups, strict=True)]


def _second(d: Derivative) -> Form:
    """The second variable, or what of it is meant."""
    assert d.request.wrt2 is not None
    return component(name(d.request.wrt2.data.name), components_of(d.request)[1])


def _stacked(form: Form, x: Expr, of: Derivative | None = None) -> Form:
    """vec(X), or vech(X) where a derivative is by the free entries of X alone."""
    if x.shape[1] is ONE:
        return form
    return applied("vec" if of is None or not of.constraint or triangular(x.shape[0]) not in of.dims else "vech", [form])


def _indexed(form: Form, labels: list[str]) -> Form:
    return Form("indexed", (form,), tuple(labels)) if labels else form


def right_side(d: Derivative) -> tuple[Form, tuple[tuple[str, Form], ...]]:
    """The answer, and the named parts that it is written with."""
    if d.expr is None:
        return shown(d.terms)
    if d.named is not None:
        return d.named.form, d.named.parts
    found = present(d.expr, d.request.variables, d.writing)
    return found.form, found.parts


def terms(form: Form, printer: Printer) -> tuple[str, ...]:
    """The terms of a sum, each but the first with its sign; any other form is one term."""
    if form.kind != "sum":
        return (printer.render(form),)
    out = []
    for i, (minus, part) in enumerate(zip(form.data, form.parts, strict=True)):
        sign = (printer.sign if minus else "") if i == 0 else printer.minus if minus else printer.plus
        out.append(sign.lstrip() + printer.within(part, printer.render(part), PRODUCT))
    return tuple(out)


def givens(d: Derivative, printer: Printer) -> tuple[str, ...]:
    """The definitions that the request rests on, and the names that it gives to gradients, as equations."""
    asked = d.request.asked
    assert asked is not None
    return equations(asked.definitions, asked.gradients, printer)


# The sign of what is sought, with its unknowns below, and of a constraint, by the name of the notation.
SOUGHT: Final = {
    "latex": (r"\operatorname*{{arg\,{goal}}}_{{{names}}} {function}", r"\;\text{{s.t.}}\; {left} = 0"),
    "typst": ('op("arg {goal}", limits: #true)_({names}) {function}', '" s.t. " {left} = 0'),
}
GOALS: Final = {"min": "min", "max": "max", "stationary": "stat"}


def solution_sides(found: Solution, unknown: str, printer: Printer) -> tuple[str, tuple[str, ...]]:
    """The problem for the first unknown, the name of another; and the terms of its value."""
    problem = found.problem
    asked = problem.function.asked
    assert asked is not None
    value = present(found.values[unknown], problem.function.variables, found.writing)
    if unknown != next(iter(found.values)):
        return printer.name_of(unknown), terms(value.form, printer)
    sought, constraint = SOUGHT["typst" if isinstance(printer, TypstPrinter) else "latex"]
    names = ", ".join(printer.name_of(x.data.name) for x in problem.unknowns)
    function = written(asked.function)
    head = sought.format(goal=GOALS[problem.goal], names=names, function=printer.within(function, printer.render(function), PRODUCT))
    held = [constraint.format(left=found.formula(c.expr, printer)) for c in problem.constraints]
    return " ".join([head, *held]), terms(value.form, printer)


def gradient_sides(g: Gradient, chain: Chain, printer: Printer) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The same for one gradient of a chain: dL/dv with the name that later gradients call it by; the arguments of `Spelled`."""
    left = printer.derivative(printer.name_of(g.function), printer.name_of(g.wrt))
    if g.name and g.value.op != "sym":
        left += f" = {printer.name_of(g.name)}"
    found = present(g.value)
    named = tuple(f"{printer.name_of(label)} = {printer.render(part)}" for label, part in found.parts)
    gradients = [(chain.function, x, name) for x, name in chain.gradient_names.items()]
    return left, terms(found.form, printer), named, equations(chain.asked, gradients, printer)

r"""The two sides of a formula in a dialect: what was asked, as it was written, and what it is equal to.

The left side says which arrangement the right side has: dY/dX for the matrix of a layout, d vec(Y)/d vec(X)^T for the
vec form, dY[i,j]/dX[k,l] for the index form, dY for the differential. The right side comes as the terms of its sum, so
that a page can break a long one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Final

from matcalc.book.operators import ATOM
from matcalc.book.sizes import ONE, axes
from matcalc.printing.as_written import written
from matcalc.printing.constants import dimension
from matcalc.printing.forms import FACTOR, NUMERATOR, POSTFIX, PRODUCT, Form, applied, name, number, turned
from matcalc.printing.index import shown
from matcalc.printing.latex import LatexPrinter, slim
from matcalc.printing.spelling import present
from matcalc.printing.typst import TYPST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from matcalc.algebra.node import Expr
    from matcalc.answers.backprop import Gradient
    from matcalc.answers.derivative import Derivative
    from matcalc.printing.printer import Printer
    from matcalc.reading.chain import Chain
    from matcalc.reading.located import Part
    from matcalc.reading.steps import Typed


@dataclass(frozen=True)
class Dialect:
    """A printer, and the signs of differentiation that no form of an answer holds."""

    printer: Printer
    fraction: str
    partial: str
    differential: str
    squared: str
    apart: str
    finish: Callable[[str], str]


class PageLatex(LatexPrinter):
    """LaTeX with some space around an increment, since A dX A would read as A d(XA)."""

    increment: ClassVar[str] = r"\mathrm{d}"

    def write_product(self, form: Form, strings: list[str]) -> str:
        out = self.all_within(form, strings, FACTOR)
        return "".join([out[0], *(self._gap(left, right) + right for left, right in pairwise(out))])

    def _gap(self, left: str, right: str) -> str:
        if right[0].isdigit():
            return r" \cdot "
        return r" \, " if left.startswith(self.increment) or right.startswith(self.increment) else " "


LATEX_DIALECT: Final = Dialect(PageLatex(), r"\frac{%s}{%s}", r"\partial ", r"\mathrm{d}", r"\partial^2 ", r"\,", slim)
TYPST_DIALECT: Final = Dialect(TYPST, "frac(%s, %s)", "∂ ", 'upright("d")', "∂^2 ", " thin ", str)


def left_side(d: Derivative, index: int, dialect: Dialect) -> str:
    """What was asked; `index` is which of the variables of the request it is."""
    return dialect.finish(_left_side(d, index, dialect))


def _left_side(d: Derivative, index: int, dialect: Dialect) -> str:
    asked = d.request.asked
    assert asked is not None
    function = written(asked.function)
    if d.form in ("differential", "directional"):
        printed = dialect.printer.render(function)
        return dialect.differential + dialect.printer.within(function, printed, ATOM)
    x = d.request.wrt[index]
    below = _variable(x, d.request.parts[index] if d.request.parts else None)
    above, belows = _arranged(d, function, x, below)
    power = dialect.squared if d.request.order == 2 else dialect.partial
    bottom = dialect.apart.join(dialect.partial + dialect.printer.render(form) for form in belows)
    if d.request.order == 2 and d.form == "matrix" and d.request.wrt2 is None:
        bottom = dialect.partial + dialect.printer.render(Form("power", (below, Form("number", (), "2"))))
    printed = dialect.printer.render(above)
    if above.kind in ("name", "indexed") or d.form == "vec" and dialect.printer.level(above) >= POSTFIX:
        return dialect.fraction % (power + printed, bottom)
    return dialect.fraction % (power.strip(), bottom) + " " + dialect.printer.within(above, printed, NUMERATOR)


def _variable(x: Expr, part: Part | None) -> Form:
    """The variable, or the part of it that is differentiated by."""
    base = name(x.data.name)
    if part is None:
        return base
    picked = part if ONE not in x.shape else (part[0] if x.shape[1] is ONE else part[1],)
    return Form("slice", (base,), tuple(None if k is None else _ends(k) for k in picked))


def _ends(picked: int | Expr) -> tuple[Form, ...]:
    """The first and the last index of a range."""
    return (number(picked),) if isinstance(picked, int) else tuple(map(dimension, picked.data))


def _arranged(d: Derivative, function: Form, x: Expr, below: Form) -> tuple[Form, list[Form]]:
    """The function and the variables, stacked or with their indices where the form has them so."""
    second = [] if d.request.order == 1 else [below if d.request.wrt2 is None else name(d.request.wrt2.data.name)]
    last = x if d.request.wrt2 is None else d.request.wrt2
    if d.form == "vec":
        above = _stacked(function, d.request.expr)
        stacked = [_stacked(below, x), *(_stacked(s, last) for s in second)]
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


def _stacked(form: Form, x: Expr) -> Form:
    return form if x.shape[1] is ONE else applied("vec", [form])


def _indexed(form: Form, labels: list[str]) -> Form:
    return Form("indexed", (form,), tuple(labels)) if labels else form


def right_side(d: Derivative) -> tuple[Form, tuple[tuple[str, Form], ...]]:
    """The answer, and the named parts that it is written with."""
    if d.expr is None:
        return shown(d.terms), ()
    found = present(d.expr, d.request.variables)
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


def givens(d: Derivative, dialect: Dialect) -> tuple[str, ...]:
    """The definitions that the request rests on, and the names that it gives to gradients, as equations."""
    asked = d.request.asked
    assert asked is not None
    return _equations(asked.definitions, asked.gradients, dialect)


def _equations(definitions: Mapping[str, Typed], gradients: Iterable[tuple[str, str, str]], dialect: Dialect) -> tuple[str, ...]:
    printer = dialect.printer
    made = [f"{printer.name_of(label)} = {printer.render(written(tree))}" for label, tree in definitions.items()]
    return (*made, *(f"{_ratio(y, x, dialect)} = {printer.name_of(g)}" for y, x, g in gradients))


def _ratio(y: str, x: str, dialect: Dialect) -> str:
    return dialect.fraction % (dialect.partial + dialect.printer.name_of(y), dialect.partial + dialect.printer.name_of(x))


def gradient_sides(g: Gradient, chain: Chain, dialect: Dialect) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The same for one gradient of a chain: dL/dv with the name that later gradients call it by; the arguments of `Spelled`."""
    printer = dialect.printer
    left = _ratio(g.function, g.wrt, dialect)
    if g.name and g.value.op != "sym":
        left += f" = {printer.name_of(g.name)}"
    found = present(g.value)
    named = tuple(f"{printer.name_of(label)} = {printer.render(part)}" for label, part in found.parts)
    gradients = [(chain.function, x, name) for x, name in chain.gradient_names.items()]
    return left, terms(found.form, printer), named, _equations(chain.asked, gradients, dialect)

"""What stands around a formula that is asked for: the variable that is differentiated by, or its part, and the definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matcalc.algebra.node import Expr
from matcalc.book.sizes import ONE
from matcalc.printing.as_written import written
from matcalc.printing.constants import dimension
from matcalc.printing.forms import Form, name, number
from matcalc.printing.notations.printer import Printer
from matcalc.reading.inference.steps import Typed
from matcalc.reading.located import Part


def variable(x: Expr, part: Part | None) -> Form:
    """A variable, or the part of it that is differentiated by."""
    base = name(x.data.name)
    if part is None:
        return base
    picked = part if ONE not in x.shape else (part[0] if x.shape[1] is ONE else part[1],)
    return Form("slice", (base,), tuple(None if k is None else _ends(k) for k in picked))


def _ends(picked: int | Expr) -> tuple[Form, ...]:
    """The first and the last index of a range."""
    return (number(picked),) if isinstance(picked, int) else tuple(map(dimension, picked.data))


def equations(definitions: Mapping[str, Typed], gradients: Iterable[tuple[str, str, str]], printer: Printer) -> tuple[str, ...]:
    """The definitions of a request and the names that it gives to gradients: y = W*x, dL/dy = g."""
    made = [f"{printer.name_of(label)} = {printer.render(written(tree))}" for label, tree in definitions.items()]
    return (*made, *(f"{printer.derivative(printer.name_of(y), printer.name_of(x))} = {printer.name_of(g)}" for y, x, g in gradients))

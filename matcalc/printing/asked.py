"""What stands around a formula that is asked for: the variable that is differentiated by, or its part, and the definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.book.sizes import ONE
from matcalc.printing.as_written import written
from matcalc.printing.constants import dimension
from matcalc.printing.forms import Form, applied, conjugated, name, number
from matcalc.printing.notations.printer import Printer
from matcalc.reading.grammar.components import CONJUGATE, IMAGINARY, REAL
from matcalc.reading.inference.steps import Typed
from matcalc.reading.located import Part
from matcalc.reading.request import Request

# The functions that the parts of a complex variable are written with.
PARTS: Final = {REAL: "real", IMAGINARY: "imag"}


def variable(x: Expr, part: Part | None) -> Form:
    """A variable, or the part of it that is differentiated by."""
    base = name(x.data.name)
    if part is None:
        return base
    picked = part if ONE not in x.shape else (part[0] if x.shape[1] is ONE else part[1],)
    return Form("slice", (base,), tuple(None if k is None else _ends(k) for k in picked))


def component(form: Form, meant: str) -> Form:
    """The conjugate, the real or the imaginary part of a variable, where that is differentiated by."""
    return conjugated(form) if meant == CONJUGATE else applied(PARTS[meant], [form]) if meant in PARTS else form


def components_of(read: Request, index: int = 0) -> tuple[str, str]:
    """What is meant of a variable of a request, and of the second one."""
    found = read.components
    return (found[index], found[-1] if read.wrt2 is not None else "") if found else ("", "")


def _ends(picked: int | Expr) -> tuple[Form, ...]:
    """The first and the last index of a range."""
    return (number(picked),) if isinstance(picked, int) else tuple(map(dimension, picked.data))


def equations(definitions: Mapping[str, Typed], gradients: Iterable[tuple[str, str, str]], printer: Printer) -> tuple[str, ...]:
    """The definitions of a request and the names that it gives to gradients: y = W*x, dL/dy = g."""
    made = [f"{printer.name_of(label)} = {printer.render(written(tree))}" for label, tree in definitions.items()]
    return (*made, *(f"{printer.derivative(printer.name_of(y), printer.name_of(x))} = {printer.name_of(g)}" for y, x, g in gradients))

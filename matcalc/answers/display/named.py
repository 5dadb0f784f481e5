"""A long answer with names for its repeated parts: A^T*(diag(p) - p*p^T)*A where p = softmax(A*x).

An answer is long from 30 tokens on, and it has named parts where these make it a tenth shorter, what tells them included. Each is
written twice at least, and has the name that the request gives it or a letter of the rule book.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import names_in
from matcalc.algebra.weight import LONG
from matcalc.book.choices import NAMED
from matcalc.printing.forms import Form, with_diagonals
from matcalc.printing.notations.latex import LATEX
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import TEXT
from matcalc.printing.spelling import present
from matcalc.printing.writing import Writing
from matcalc.reading.request import Request
from matcalc.records import dataclass
from matcalc.simplify.parts import TELLING, Abbreviated, abbreviated

SAVED: Final = 0.9
LEAST: Final = 2


@dataclass(frozen=True)
class Named:
    """A formula with symbols for its parts, and the forms of both."""

    formula: Abbreviated
    form: Form
    parts: tuple[tuple[str, Form], ...]

    @property
    def cost(self) -> int:
        """The tokens that the formula takes with its parts."""
        return self.form.cost + sum(form.cost + TELLING for _, form in self.parts)

    @property
    def symbols(self) -> tuple[Expr, ...]:
        """The symbols of the parts."""
        return tuple(symbol for symbol, _ in self.formula.parts)

    def written(self, notation: Printer) -> str:
        """The formula in a notation, its parts after it."""
        return notation.with_parts(self.form, self.parts)

    def to_dict(self) -> dict[str, Any]:
        """The formula as plain data."""
        told = [[label, TEXT.render(form)] for label, form in self.parts]
        return {"text": self.written(TEXT), "latex": self.written(LATEX), "where": told}


def named_formula(e: Expr, read: Request, known: Iterable[Expr], how: str, writing: Writing, hadamard: str) -> Named | None:
    """An answer with named parts, where there are any; `known` are expressions whose names are not for them, `how` is one of NAMED."""
    if how == "never":
        return None
    forced = how != NAMED.default
    found = abbreviated(e, taken_by(read, [e, *known]), given_by(read), least=0 if forced else LEAST, oriented=writing.oriented)
    if not found.parts:
        return None
    variables = read.variables
    shown = {symbol.data.name: present(part, variables, writing).form for symbol, part in found.parts}
    parts = shown if hadamard == "dot" else {label: with_diagonals(form) for label, form in shown.items()}
    form = present(found.expr, variables, writing).form
    made = Named(found, form if hadamard == "dot" else with_diagonals(form), tuple(parts.items()))
    plain = present(e, variables, writing)
    return made if not plain.parts and (forced or plain.form.cost >= LONG and made.cost <= SAVED * plain.form.cost) else None


def taken_by(read: Request, known: Iterable[Expr]) -> set[str]:
    """The names that a request and its answer use for something."""
    return names_in([read.expr, *read.variables.values(), *known]) | set(read.definitions) | set(read.gradient_names.values())


def given_by(read: Request) -> Mapping[Expr, str]:
    """The names that a request gives to parts of its function."""
    return {e: name for name, e in read.definitions.items() if e.args}

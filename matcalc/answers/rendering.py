"""The last step of a differentiation in a layout and a form: a matrix, a matrix of vecs, or entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from matcalc.algebra import transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.algebra.spelled_out import spelled_out
from matcalc.book.properties import FIELD
from matcalc.book.rules import in_use, per_book
from matcalc.book.sizes import Dim, axes
from matcalc.calculus.differentiate import Differentiation, refuse_clashes, refuse_delta, terms_at, with_properties
from matcalc.calculus.layout import arrange
from matcalc.errors import UsageError
from matcalc.index.graph import Stuck
from matcalc.index.lower import Term, lower
from matcalc.index.raising import read_matrix, read_vec
from matcalc.numbers.sampling.sizes import size_of
from matcalc.printing.writing import Writing
from matcalc.reading.request import Request
from matcalc.records import dataclass
from matcalc.simplify.naming import named
from matcalc.simplify.simplify import simplify
from matcalc.simplify.written import written_out

if TYPE_CHECKING:
    from matcalc.numbers.sampling.random_points import Point


@dataclass(frozen=True)
class Rendered:
    """A result in a form: a closed form, or entries as index terms with the labels of their axes."""

    form: str
    expr: Expr | None = None
    terms: tuple[IndexTerm, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def parts(self) -> list[Expr]:
        """The expressions that the result is written with."""
        if self.expr is not None:
            return [self.expr]
        return [e for t in self.terms for e in (t.coefficient, *(f for f, _ in t.factors))]


class Rendering:
    """The last step's tensor in a layout and a form."""

    def __init__(self, read: Request, step: Differentiation, layout: str, form: str, vec_order: str) -> None:
        self.read, self.step, self.layout, self.form, self.vec_order = read, step, layout, form, vec_order
        self.terms = terms_at(step.tensor.terms, read)
        self.arrangement = arrange(step.tensor.y, step.tensor.x, layout)
        self.count = len(self.arrangement.labels)
        self.parameters = tuple(read.variables.values())

    def result(self) -> Rendered:
        """The form asked for; `auto` is the first of matrix, vec and index that exists."""
        if self.form == "matrix" and self.count > 2:
            raise UsageError(f"this derivative has {self.count} axes and is no matrix", hint="ask for the form vec or index")
        if self.form in ("auto", "matrix") and self.count <= 2:
            try:
                made = self.finished(self.matrix())
                return self.entries_of(made) if self.form == "auto" and _told_in_entries(made) else Rendered("matrix", made)
            except Stuck:
                if self.form == "matrix":
                    raise UsageError("this derivative has no closed matrix form", hint="ask for the form vec or index") from None
        if self.form in ("auto", "vec"):
            try:
                made = self.finished(self.stacked())
                if self.form == "vec" or not _told_in_entries(made):
                    return Rendered("vec", made)
            except Stuck:
                if self.form == "vec":
                    raise UsageError("this derivative has no closed form with vec", hint="ask for the form index") from None
        try:
            return self.in_entries(self.terms)
        except Stuck:
            raise UsageError("this derivative has no closed form with indices", hint="ask for the form matrix") from None

    def entries_of(self, made: Expr) -> Rendered:
        """The entries of a matrix that is known."""
        return self.in_entries(lower(made, self.arrangement.row, self.arrangement.column))

    def in_entries(self, found: Sequence[Term]) -> Rendered:
        """The index form of terms in these labels."""
        from matcalc.index.named import index_terms  # a closed form needs it not

        terms, labels = index_terms(found, self.arrangement.labels, self.read.variables)
        refuse_delta(terms, self.read)
        return Rendered("index", None, terms, labels)

    def matrix(self) -> Expr:
        if self.step.value is not None:
            return transpose(self.step.value) if self.layout == "denominator" else self.step.value
        a = self.arrangement
        return read_matrix(self.terms, a.row, a.column, a.shape)

    def stacked(self) -> Expr:
        y, x = self.step.tensor.y, self.step.tensor.x
        if self.vec_order == "row":
            y, x = y[::-1], x[::-1]
        found = read_vec(self.terms, y, x)
        return transpose(found) if self.layout == "denominator" else found

    def finished(self, e: Expr) -> Expr:
        """In its shortest form, as it is printed."""
        e = self.shortest(e)
        refuse_clashes(e, self.read.variables)
        # Blocks of given sizes are no entries.
        divided = e.has_blocks and Writing(self.read.asked).divided
        return named(e if divided else spelled_out(e), self.read.vocabulary)

    def shortest(self, e: Expr) -> Expr:
        """In its shortest form, with what is known of the point."""
        e = simplify(e)
        for name, known in self.read.properties.items():
            v = self.read.variables[name]
            if known - FIELD and v.data.properties <= FIELD:
                e = simplify(with_properties(e, v, known))
        return written_out(e)

    def dims(self, form: str) -> tuple[Dim, ...]:
        if form == "vec":
            rows, columns = (_length(s) for s in (self.step.y.shape, self.step.x.shape))
            return (columns, rows) if self.layout == "denominator" else (rows, columns)
        return self.arrangement.shape if self.count <= 2 else self.arrangement.sizes

    def contract(self, result: Rendered) -> Callable[[Any, Any, Point], Any]:
        """How a result acts on a direction of x."""
        from matcalc.calculus.contracting import apply, apply_vec  # what is not checked needs no arrays

        y, x = self.step.y, self.step.x
        if result.form != "vec":
            return lambda array, v, point: apply(array, v, len(axes(y.shape)), len(axes(x.shape)), self.layout)
        order = "F" if self.vec_order == "column" else "C"

        def stacked(array: Any, v: Any, point: Point) -> Any:
            sizes = tuple(size_of(d, point.sizes) for d in axes(y.shape))
            return apply_vec(array, v, sizes, self.layout, order)

        return stacked


def _told_in_entries(e: Expr) -> bool:
    return not e.operations.isdisjoint(_of_entries())


@per_book
def _of_entries() -> frozenset[str]:
    return frozenset(name for name, rule in in_use().functions.items() if rule.in_entries)


def _length(shape: tuple[Dim, Dim]) -> Dim:
    return shape[0] * shape[1]

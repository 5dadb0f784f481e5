"""A derivation element by element, from the function to the derivative, with Kronecker deltas.

    Y           = A*X*B                                                   the function
    Y[i,j]      = sum_r(sum_s(A[i,r]*X[r,s]*B[s,j]))                      element by element
    dY[i,j]     = sum_r(sum_s(A[i,r]*dX[r,s]*B[s,j]))                     linearity
    dY[i,j]/dX[k,l] = sum_r(sum_s(A[i,r]*B[s,j]*delta[r,k]*delta[s,l]))   the coefficient of one entry of the increment
                = A[i,k]*B[l,j]                                           sums over a Kronecker delta collapse

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), section 5.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.book.moves import move
from matcalc.calculus.adjoint import jacobian
from matcalc.calculus.differentiate import gradient, step
from matcalc.calculus.layout import arrange
from matcalc.derivation.entries import axes_of, with_deltas, with_indices
from matcalc.derivation.lines import (
    Answered,
    Entries,
    Found,
    Left,
    Line,
    Question,
    differentials,
    function_told,
    laid_out,
    question_lines,
    refuse_clashes,
)
from matcalc.derivation.terms import terms_of
from matcalc.index.named import index_terms
from matcalc.records import dataclass
from matcalc.simplify.simplify import simplify


@dataclass(frozen=True)
class Axes:
    """One differentiation: its line about the derivative, the labels of the axes of y and of x, and its entry with deltas collapsed."""

    of_y: tuple[str, ...]
    of_x: tuple[str, ...]
    entry: Answered | Entries


def element_lines(q: Question) -> list[Line]:
    """The derivation, element by element."""
    refuse_clashes(q)
    y = function_told(q.read.expr)
    lines = question_lines(q, y)
    x = q.variables[0]
    if len(q.variables) == 1:
        work, axes = differentials(q, y, x, q.name), _axes(q, y, x)
        left = Left("derivative", q.name, x.data.name)
        return [*lines, *_function(q, y, x, axes), *_opened(q, q.name, y, x, work, axes, left), *_end(q, y, x, work, left)]
    g = gradient(step(y, x))
    last = q.variables[1]
    axes = _axes(q, g, last, is_turned=q.layout == "numerator")
    inner = Axes((), axes.of_y, Answered(lambda printer: ""))
    first, work = differentials(q, y, x, q.name), differentials(q, g, last, q.gradient)
    begun = [*_function(q, y, x, inner), *_opened(q, q.name, y, x, first, inner, Left("derivative", q.name, x.data.name))[:-1]]
    left = Left("second", q.name, f"{x.data.name} {last.data.name}")
    ended = [*_opened(q, q.gradient, g, last, work, axes, left), *_end(q, g, last, work, left)]
    return [*lines, *begun, *_gradient(q, g, last, axes, x), *ended]


def _axes(q: Question, y: Expr, x: Expr, is_turned: bool = False) -> Axes:
    """The labels of the derivative in the layout, and its entry: the answer where that is in index form."""
    labels, entry = q.labels, q.answer
    if q.form != "index":
        made = jacobian(y, x)
        free = arrange(made.y[::-1] if is_turned else made.y, made.x, q.layout).labels
        terms, labels = index_terms(made.terms, free, q.read.variables)
        of_y, of_x = axes_of(labels, y, x, q.layout)
        return Axes(of_y[::-1] if is_turned else of_y, of_x, Entries(terms))
    of_y, of_x = axes_of(labels, y, x, q.layout)
    return Axes(of_y[::-1] if is_turned else of_y, of_x, entry)


def _entry_line(left: Left, e: Expr, x: Expr, labels: Sequence[str]) -> list[Line]:
    """An entry of an expression, as a sum of products of entries."""
    found = with_indices(terms_of(e, x), (), labels, e.shape)
    return [] if found is None else [Line(left, Entries(found), (move("element"),))]


def _function(q: Question, y: Expr, x: Expr, axes: Axes) -> list[Line]:
    """An entry of the function."""
    return _entry_line(Left("value", q.name, at=(axes.of_y, ())), y, x, axes.of_y)


def _gradient(q: Question, g: Expr, x: Expr, axes: Axes, by: Expr) -> list[Line]:
    """An entry of the first derivative."""
    left = Left("derivative", q.name, by.data.name, ((), axes.of_y), called=q.gradient)
    return [replace(line, moves=(move("delta"),)) for line in _entry_line(left, g, x, axes.of_y)]


def _opened(q: Question, name: str, y: Expr, x: Expr, work: Found, axes: Axes, left: Left) -> list[Line]:
    """The entry of the increment line by line, its coefficient with deltas, and what these leave."""
    lines = []
    entry: tuple[IndexTerm, ...] | None = None
    for stage in work.opened:
        entry = with_indices(stage.terms, stage.increments, axes.of_y, y.shape)
        if entry is None:
            break
        lines.append(Line(Left("increment", name, "", (axes.of_y, ())), Entries(entry, stage.increments), stage.moves))
    told = replace(left, at=(axes.of_y, axes.of_x))
    opened = with_deltas(entry, work.dx, axes.of_x) if entry and axes.of_x else None
    if opened:
        lines.append(Line(told, Entries(opened), (move("coefficient"),)))
    if q.constrained is not None:
        return [*lines, Line(told, q.answer, (q.constrained,))]
    because = "delta" if opened else "entries" if axes.of_x else "coefficient_of_number"
    return [*lines, Line(told, axes.entry, (move(because),))]


def _end(q: Question, y: Expr, x: Expr, work: Found, left: Left) -> list[Line]:
    """The array that has these entries: the answer, or the matrix that it is."""
    if q.form != "index":
        return [Line(left, q.answer, (move("matrix_form"),))]
    found = laid_out(q, y, x, work.found)
    return [] if found is None or q.constrained is not None else [Line(left, simplify(found), (move("matrix_form"),))]

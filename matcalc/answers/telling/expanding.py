"""How an expansion is arrived at: the derivative, its value at the point, and Taylor's formula.

    f             = exp(a^T*x)                                  the function
    df            = exp(a^T*x)*a^T*dx                           derivative of exp of a linear argument
    df/dx         = exp(a^T*x)*a                                first identification theorem
    f(c)          = exp(a^T*c)                                  the value at the point
    f'(c)(x - c)  = exp(a^T*c)*a^T*(x - c)                      the differential at the point
    T_1(x)        = exp(a^T*c) + exp(a^T*c)*a^T*(x - c)         Taylor's formula

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), sections 5.4 and 6.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from matcalc.algebra import subtract
from matcalc.algebra.node import Expr, is_zero
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derived_one, mapped
from matcalc.answers.telling.lines import Row, row, rows_of
from matcalc.book.sizes import ONE
from matcalc.errors import MatcalcError
from matcalc.printing.notations.printer import Printer
from matcalc.reading.request import Request

MOVES: Final = ("at_point", "differential_at_point", "second_at_point")


class Expansion(Protocol):
    """What is expanded, in what variable, about which point, how far, and what came of it."""

    @property
    def request(self) -> Request: ...
    @property
    def x(self) -> Expr: ...
    @property
    def about(self) -> Expr: ...
    @property
    def order(self) -> int: ...
    @property
    def pieces(self) -> tuple[Expr, ...]: ...
    @property
    def written_out(self) -> tuple[Expr, ...]: ...
    def stepped(self, pieces: Sequence[Expr], notation: Printer, /) -> str:
        """Some of the pieces."""

    def around(self, notation: Printer, /) -> str:
        """The sum of the pieces."""

    def written_by_powers(self, notation: Printer, /) -> str:
        """The same by powers of x."""


def rows(found: Expansion) -> list[Row]:
    """The lines of an expansion."""
    told = rows_of(*_derivative(found).explained)
    name = _derivative(found).explained[0].name
    for k, (piece, because) in enumerate(zip(found.pieces, MOVES, strict=False)):
        if k == 0 or not is_zero(piece):
            told.append(row(partial(_piece, found, name, k), because))
    told.append(row(lambda p: (_polynomial(found, p), found.around(p)), "taylor"))
    if found.written_out != found.pieces:
        told.append(row(lambda p: (_polynomial(found, p), found.written_by_powers(p)), "powers"))
    return told


def _derivative(found: Expansion) -> Derivative:
    """The derivative that the expansion needs, in a form that it has: a matrix, else a differential."""
    read, x = found.request, found.x
    is_column, is_scalar = x.shape[1] is ONE, read.expr.is_scalar
    is_twice = found.order > 1 and is_column and is_scalar
    try:
        if is_twice or found.order == 1 and (is_scalar or is_column and read.expr.shape[1] is ONE):
            asked = replace(read, order=found.order)
            return derived_one(asked, x, None, "denominator" if is_scalar else "numerator", "matrix", "column", check=False)
    except MatcalcError:
        pass
    return mapped(read, "denominator", False, x.data.name)


def _piece(found: Expansion, name: str, k: int, notation: Printer) -> tuple[str, str]:
    """f(c), f'(c)(x - c) or f''(c)(x - c, x - c)/2, and what it is."""
    called = notation.name_of(name) + "'" * k + _applied(notation, notation.print(found.about))
    step = _step(found, notation)
    along = _applied(notation, ", ".join([step] * k)) if k else ""
    left = called + along + ("/2" if k > 1 else "")
    return notation.finished(left), found.stepped([found.pieces[k]], notation)


def _step(found: Expansion, notation: Printer) -> str:
    x, c = found.x, found.about
    return notation.print(x if is_zero(c) else subtract(x, c))


def _polynomial(found: Expansion, notation: Printer) -> str:
    """T_1(x), the Taylor polynomial."""
    return notation.finished(notation.name_of(f"T_{found.order}") + _applied(notation, notation.print(found.x)))


def _applied(notation: Printer, argument: str) -> str:
    return notation.opening + argument + notation.closing

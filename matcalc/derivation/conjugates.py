"""The derivation of a derivative by a complex variable: Z and conj(Z) are two variables, and one stays where the other moves.

    f            = z^H*A*z              the function
    df           = d_z f + d_conj(z) f  Z and conj(Z) are two variables
    d_conj(z) f  = dconj(z)^T*A*z       linearity
    df/dconj(z)  = A*z                  first identification theorem
    grad_z f     = 2*A*z                the gradient is twice the derivative by the conjugate

Source: Brandwood, IEE Proc. F 130 (1983); Hjørungnes, Complex-Valued Matrix Derivatives (2011), chapter 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.book.moves import move
from matcalc.calculus.differentiate import differentiate, gradient
from matcalc.calculus.wirtinger import CONJUGATE, GRADIENT, ConjugateNames, is_complex
from matcalc.derivation.lines import (
    MAPS,
    Answered,
    Left,
    Line,
    Question,
    concluded,
    differentials,
    function_told,
    identification,
    laid_out,
    question_lines,
    refuse_clashes,
)
from matcalc.derivation.terms import Term
from matcalc.printing.asked import component
from matcalc.printing.forms import increment
from matcalc.printing.forms import name as symbol
from matcalc.printing.notations.printer import Printer
from matcalc.simplify.simplify import simplify

# Which of the two move: the variable itself, its conjugate.
MOVING: Final = {"": (True, False), CONJUGATE: (False, True), GRADIENT: (False, True), "real": (True, True), "imaginary": (True, True)}
# What makes the derivative of those by the two.
ENDS: Final = {GRADIENT: "complex_gradient", "real": "real_part_of_variable", "imaginary": "imaginary_part_of_variable"}


def complex_lines(q: Question) -> list[Line]:
    """The derivation, from the function to the answer."""
    refuse_clashes(q)
    y = function_told(q.read.expr)
    lines = question_lines(q, y)
    if q.form in MAPS:
        return [*lines, *_map(q, y)]
    first, second = (*q.read.components, "", "")[:2] if len(q.variables) > 1 else (_component(q), "")
    if len(q.variables) == 1:
        return [*lines, *_by(q, y, q.variables[0], first, Left("derivative", q.name, _told(first, q.variables[0])))]
    x, then = q.variables
    g = gradient(differentiate(q.read.expr, x, then, (first, second))[0])
    given = Line(Left("derivative", q.name, _told(first, x), called=q.gradient), g, (identification(y, x),))
    left = Left("second", q.name, f"{_told(first, x)} {_told(second, then)}")
    return [*lines, given, *_by(replace(q, variables=(then,)), g, then, second, left, q.gradient)]


def _component(q: Question) -> str:
    """What of the variable the request is by."""
    found = dict(zip(q.read.wrt, q.read.components, strict=False))
    return found.get(q.variables[0], "")


def _told(component: str, x: Expr) -> str:
    """A variable or what of it is meant, as the left side of a line has it."""
    return f"{component}:{x.data.name}" if component else str(x.data.name)


def _by(q: Question, y: Expr, x: Expr, component: str, left: Left, name: str = "") -> list[Line]:
    """The lines by the variable, its conjugate or both, and the derivative that these make."""
    names = ConjugateNames(x)
    written = names.put_in(y)
    by_itself, by_conjugate = MOVING[component]
    ends = component in ENDS
    lines = _parted(name or q.name, x)
    for v, meant in ((x, ""), (names.names.get(x), CONJUGATE)):
        if v is None or not (by_conjugate if meant else by_itself):
            continue
        moved, found = _moved(q, written, v, names, name or q.name, meant)
        part = replace(left, by=left.by.replace(_told(component, x), _told(meant, x))) if ends else left
        laid = laid_out(q, y, x, found)
        laid = None if laid is None else simplify(names.taken_out(laid))
        theorem = identification(y, x)
        lines += moved
        lines += ([Line(part, laid, (theorem,))] if laid is not None else []) if ends else concluded(q, left, laid, theorem)
    return [*lines, Line(left, q.answer, (move(ENDS[component]),))] if ends else lines


def _map(q: Question, y: Expr) -> list[Line]:
    """The differential by every variable and its conjugate, and their sum or its value along the direction."""
    names = ConjugateNames(*q.variables)
    written = names.put_in(y)
    lines: list[Line] = []
    for x in q.variables:
        lines += _parted(q.name, x) if len(q.variables) == 1 else []
        lines += _moved(q, written, x, names, q.name, "")[0]
        if x in names.names and is_complex(x):
            lines += _moved(q, written, names.names[x], names, q.name, CONJUGATE)[0]
    last = "direction" if q.form == "directional" else "partials"
    return [*lines, Line(Left("increment", q.name), q.answer, (move(last),))]


def _moved(q: Question, y: Expr, v: Expr, names: ConjugateNames, name: str, meant: str) -> tuple[list[Line], Expr | None]:
    """The lines of the differential by one of the two, and the coefficient of its increment."""
    work = differentials(q, y, v, name, is_last=True)
    x = next((x for x, w in names.names.items() if w is v), v)
    by = _told(meant, x) if is_complex(x) else ""
    lines = [_with_conjugates(replace(line, left=replace(line.left, by=by)), names) for line in work.lines]
    return lines, work.found


def _parted(name: str, x: Expr) -> list[Line]:
    """df as the sum of what it is where x moves alone and where its conjugate does."""
    if not is_complex(x):
        return []

    def written(printer: Printer) -> str:
        df = printer.render(increment(symbol(name)))
        return " + ".join(alone(_told(meant, x), df, printer).strip() for meant in ("", CONJUGATE))

    return [Line(Left("increment", name), Answered(written), (move("wirtinger"),))]


def alone(by: str, moved: str, printer: Printer) -> str:
    """The increment where one variable alone moves, d_x f."""
    if not by:
        return moved
    plain = by.rpartition(":")[2]
    lowered = printer.lowered(plain).replace(printer.name_of(plain), variable_of(by, printer))
    return moved.replace(printer.differential, printer.differential + lowered, 1)


def variable_of(by: str, printer: Printer) -> str:
    """A variable, or what of a complex one is meant: conj(z), real(z)."""
    meant, _, plain = by.rpartition(":")
    return printer.render(component(symbol(plain), meant))


def _with_conjugates(line: Line, names: ConjugateNames) -> Line:
    """A line with conjugates in the place of their names."""
    told = {leaf: names.taken_out(e) for leaf, e in line.increments.items()}
    if isinstance(line.right, tuple):
        return replace(line, right=_taken_out(line.right, names), increments=told)
    right = names.taken_out(line.right) if isinstance(line.right, Expr) else line.right
    return replace(line, right=right, increments=told)


def _taken_out(terms: Sequence[Term], names: ConjugateNames) -> tuple[Term, ...]:
    return tuple(
        replace(t, scalars=tuple(map(names.taken_out, t.scalars)), chain=tuple(map(names.taken_out, t.chain))) for t in terms
    )

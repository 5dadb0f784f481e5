"""How one gets to a solution, line by line: the function and its gradient, the equation, each move, the solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from matcalc.algebra import add, inner, mul, trace, transpose
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import is_vector
from matcalc.answers.derive import derived_one
from matcalc.book.choices import LAYOUTS
from matcalc.book.sizes import ONE
from matcalc.derivation.printing import rule_of, sides
from matcalc.errors import MatcalcError
from matcalc.printing.alignment import Told
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.moves.equation import Line

if TYPE_CHECKING:
    from matcalc.printing.notations.printer import Printer

LAGRANGIAN: Final = "L"


@dataclass(frozen=True)
class Way:
    """What is told: the equations, the moves, the values, and how an expression is written."""

    system: System
    lines: Sequence[Line]
    values: Mapping[str, Expr]
    shown: Callable[[Expr, Printer], str]


def derivation(found: Way, notation: Printer) -> str:
    """The whole way in a notation."""
    return notation.derivation(_once([*_gradients(found, notation), *_equations(found, notation), *_moves(found, notation)]))


def _once(lines: list[Told]) -> list[Told]:
    """The lines without those that repeat the line before."""
    return [line for k, line in enumerate(lines) if k == 0 or (line.left, line.right) != (lines[k - 1].left, lines[k - 1].right)]


def _gradients(found: Way, notation: Printer) -> list[Told]:
    """The derivations of the gradients, one after the other; nothing where one cannot be told."""
    read = found.system.problem.function
    lines: list[Told] = []
    for x in read.wrt:
        try:
            question, told = derived_one(read, x, None, LAYOUTS.default, "matrix", "column", False).explained
        except MatcalcError:
            continue
        for k, line in enumerate(told):
            again = k > 0 and told[k - 1].left == line.left
            lines.append(Told(*sides(line, notation, question), rule_of(line.moves, question.detail == "short"), again))
    return lines


def _equations(found: Way, notation: Printer) -> list[Told]:
    system = found.system
    lines = []
    if system.stands:
        names_of = [(notation.name_of(s.data.name), e) for s, e in system.stands.items()]
        lines += [Told(name, found.shown(e, notation), "the constraints, stacked") for name, e in names_of]
    if system.multipliers:
        lines.append(Told(LAGRANGIAN, found.shown(_lagrangian(system), notation), "Lagrangian"))
    names = ("the gradient of the Lagrangian is zero" if system.multipliers else "the gradient is zero", "constraint")
    lines += [Told(found.shown(e, notation), "0", names[0]) for e in system.equations]
    return lines + [Told(found.shown(e, notation), "0", names[1]) for e in system.constraints]


def _lagrangian(system: System) -> Expr:
    products = [_product(m, h) for m, h in zip(system.multipliers, system.constraints, strict=True)]
    return add(system.function, *products)


def _product(m: Expr, h: Expr) -> Expr:
    if h.is_scalar:
        return mul(m, h)
    return inner([transpose(m), h]) if is_vector(h) and m.shape[1] is ONE else trace(mul(transpose(m), h))


def _moves(found: Way, notation: Printer) -> list[Told]:
    lines = [Told(found.shown(n.left, notation), found.shown(n.right, notation), n.move) for n in found.lines]
    last = [Told(notation.name_of(n), found.shown(e, notation), "the solution") for n, e in found.values.items()]
    seen = {(line.left, line.right) for line in lines}
    return lines + [line for line in last if (line.left, line.right) not in seen]

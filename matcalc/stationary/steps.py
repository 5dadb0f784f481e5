"""How one gets to a solution, line by line: the function and its gradient, the equation, each move, the solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from matcalc.algebra import add, inner, inverse, mul, subtract, trace, transpose
from matcalc.algebra.node import Expr, const, eye, is_zero, split_product, sym
from matcalc.algebra.walk import in_order, is_vector, substitute
from matcalc.answers.derive import derived_one
from matcalc.book import rules as rulebook
from matcalc.book.choices import LAYOUTS
from matcalc.book.sizes import ONE, SCALAR
from matcalc.convexity.quadratics import second_differential
from matcalc.derivation.printing import rule_of, sides
from matcalc.errors import MatcalcError
from matcalc.printing.alignment import Told
from matcalc.records import dataclass
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import is_nonzero
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.moves.equation import Line
from matcalc.stationary.moves.vectors import affine
from matcalc.stationary.terms import holds, palindrome, summands, without_front

if TYPE_CHECKING:
    from matcalc.printing.notations.printer import Printer

LAGRANGIAN: Final = "L"
MAX_WEIGHT: Final = 40


@dataclass(frozen=True)
class Way:
    """What is told: the equations, the moves, the values, and how an expression is written."""

    system: System
    lines: Sequence[Line]
    values: Mapping[str, Expr]
    shown: Callable[[Expr, Printer], str]


def derivation(found: Way, notation: Printer) -> str:
    """The whole way in a notation."""
    return notation.derivation(lines_of(found, notation))


def lines_of(found: Way, notation: Printer) -> list[Told]:
    """The lines of the way in a notation."""
    parts = (_gradients, _equations, _moves, _further)
    return _once([line for part in parts for line in part(found, notation)])


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
    zero = "the gradient is zero" if _is_smooth(system) else "zero is a subgradient"
    names = ("the gradient of the Lagrangian is zero" if system.multipliers else zero, "constraint")
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


# ------------------------------------------------------------------------------------- what the solution shows


def _further(found: Way, notation: Printer) -> list[Told]:
    """The solution with the other inverse, and the function as a square and its value there, where they are such."""
    system = found.system
    if len(system.charts) != 1 or system.constraints or system.charts[0].shown is not system.charts[0].x:
        return []
    x = system.charts[0].place
    lines = []
    if (pushed := _pushed_through(system.equations[0], x)) is not None:
        lines.append(Told(notation.name_of(x.data.name), found.shown(pushed, notation), "push-through identity"))
    return [*lines, *_completed(found, x, notation)]


def _pushed_through(equation: Expr, x: Expr) -> Expr | None:
    """P^T*(k*P*P^T + s*I)^-1*b of (k*P^T*P + s*I)*x = P^T*b with s not zero; None for another equation."""
    found = affine(equation, x) if is_vector(x) else None
    terms = [split_product(t) for t in summands(found[0])] if found is not None else []
    plain = [t for t in terms if [f.op for f in t[2]] == ["eye"]]
    held = [t for t in terms if t not in plain]
    if found is None or len(held) != 1 or not plain:
        return None
    s = add(*(mul(const(c), *scalars) for c, scalars, _ in plain))
    c, scalars, mats = held[0]
    p, front = palindrome(mul(*mats)), mats[: len(mats) // 2]
    b = without_front(found[1], front) if p is not None and is_nonzero(s) else None
    if p is None or b is None:
        return None
    outer = add(mul(const(c), *scalars, p, transpose(p)), mul(s, eye(p.shape[0])))
    return simplify(mul(*front, inverse(outer), b))


def _is_smooth(system: System) -> bool:
    """Whether no function inside has a kink or a tie."""
    rules = (rulebook.find(n.op) for n in in_order([system.function]) if n.args)
    return not any(rule.kinks or rule.ties or rule.assumes for rule in rules if rule is not None)


def _completed(found: Way, x: Expr, notation: Printer) -> list[Told]:
    """f = q(x - x_0) + f(x_0), where the second differential of the function is 2*q at all points; nothing for another."""
    function, name = found.system.function, x.data.name
    if not _is_smooth(found.system):
        return []
    twice = second_differential(function, frozenset({x}))
    there, value = sym(f"{name}_0", x.shape, x.data.ndim), sym("f_0", SCALAR)
    if holds(twice, x) or is_zero(twice) or {there.data.name, value.data.name} & {v.data.name for v in found.system.problem.known}:
        return []
    q = simplify(substitute(mul(const("1/2"), twice), {f"d{name}": subtract(x, there)}, {}))
    least = simplify(substitute(function, {name: found.values[name]}, {}))
    is_short = least.weight <= MAX_WEIGHT
    told = f"complete the square, {notation.name_of(there.data.name)} the solution"
    more = "" if is_short else f", {notation.name_of(value.data.name)} the value there"
    return [Told("f", found.shown(add(q, least if is_short else value), notation), told + more)]

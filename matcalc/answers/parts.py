"""Derivatives by a part of a variable, d f / dW[2,:], and what is said of the parts of a result that vanish.

The derivative by a row, column or entry is that part of the axes of the whole derivative: its labels meet unit vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from matcalc import algebra
from matcalc.algebra import add, mul, subtract, transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, is_zero, split_product, sym
from matcalc.algebra.normal_form.selection import is_unit_row, selector
from matcalc.algebra.walk import depends, substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE
from matcalc.calculus.adjoint import Jacobian
from matcalc.calculus.differentiate import Differentiation
from matcalc.index.lower import Factor, Label, Term, label
from matcalc.printing.notations.text import text
from matcalc.printing.writing import PLAIN, Writing
from matcalc.reading.grammar.tokens import parts_of
from matcalc.reading.located import Part
from matcalc.reading.request import Request

if TYPE_CHECKING:
    from matcalc.numbers.sampling.random_points import Point

MAX_SHOWN: Final = 40


def spelled(name: str, part: Part | None, of: Expr) -> str:
    """W[2,:], x[2:4], or the name of the whole variable."""
    if part is None:
        return name
    at = part if ONE not in of.shape else (part[0] if of.shape[1] is ONE else part[1],)
    return f"{name}[{','.join(map(_range_text, at))}]"


def _range_text(k: int | Expr | None) -> str:
    if k is None or isinstance(k, int):
        return ":" if k is None else str(k)
    return ":".join(dict.fromkeys(map(str, k.data))).replace(" ", "")


def part_symbol(x: Expr, part: Part, prefix: str = "") -> Expr:
    """A variable that stands for a part of another and has its shape."""
    rows, columns = (ONE if isinstance(k, int) else d if k is None else k.shape[1] for k, d in zip(part, x.shape, strict=True))
    counted = 0 if rows is columns is ONE else 1 if columns is ONE else 2
    return sym(prefix + spelled(x.data.name, part, x), (rows, columns), counted)


def picked(x: Expr, part: Part | None) -> Expr:
    """The part of an array."""
    return x if part is None else algebra.part(x, *part)


def placed(t: Expr, part: Part | None, x: Expr) -> Expr:
    """An array of the shape of x that is t in the part and zero elsewhere."""
    if part is None:
        return t
    for axis, k in enumerate(part):
        if k is not None and x.shape[axis] is not ONE:
            columns = selector(k, x.shape[axis])
            t = mul(columns, t) if axis == 0 else mul(t, transpose(columns))
    return t


def restricted(step: Differentiation, part: Part, of: Expr) -> Differentiation:
    """The derivative by a part of the variable, whose axes are those of the part."""
    kept: list[Label | None] = []
    pins: list[Factor] = []
    for k, lab in zip(part, step.tensor.x, strict=True):
        columns = None if k is None or lab is None else selector(k, lab.size)
        kept.append(lab if columns is None else label(columns.shape[1]))
        pins += [] if columns is None else [(columns, lab, kept[-1])]
    terms = tuple(Term((), tuple(pins)).times(t) for t in step.tensor.terms)
    return Differentiation(step.y, part_symbol(of, part), Jacobian(terms, step.tensor.y, (kept[0], kept[1])))


class Shifted:
    """The variable with an increment t in the part: what finite differences by the part are taken of."""

    def __init__(self, x: Expr, part: Part, t: Expr) -> None:
        from matcalc.numbers.evaluate import Program  # few requests differentiate by a part

        self.x = x
        self.moved = add(x, placed(t, part, x))
        self.program = Program([self.moved])

    def function(self, y: Expr) -> Expr:
        """y of the moved variable."""
        return substitute(y, {self.x.data.name: self.moved}, {})

    def point(self, p: Point) -> Point:
        """The point at which the variable is the moved one."""
        value = self.program(p.values, p.sizes, p.unknowns)[0]
        return replace(p, values={**p.values, self.x.data.name: value})


def by_parts(read: Request) -> Request:
    """The request with a variable of its own for every part: f as a function of t where x has t in place of its part."""
    if not any(read.parts):
        return read
    xs: list[Expr] = []
    swapped: dict[str, Expr] = {}
    for x, part in zip(read.wrt, read.parts, strict=True):
        t = x if part is None else part_symbol(x, part)
        xs.append(t)
        if part is not None:
            name = x.data.name
            before = swapped.get(name, x)
            swapped[name] = add(before, placed(subtract(t, picked(x, part)), part, x))
    variables = {**read.variables, **{t.data.name: t for t in xs}}
    expr, literal = (substitute(e, swapped, {}) for e in (read.expr, read.literal))
    return replace(read, expr=expr, literal=literal, wrt=tuple(xs), variables=variables, parts=())


# ------------------------------------------------------------------------------------------ what vanishes


def vanishing(e: Expr | None, terms: Sequence[IndexTerm]) -> tuple[str, ...]:
    """Which rows, columns or entries of a result are zero, where its form shows it."""
    if e is None:
        return _vanishing_entries(terms)
    if is_zero(e):
        return ("every entry is zero",) if not e.is_scalar else ()
    if e.op == "array":
        return _vanishing_lines(e)
    mats = split_product(e)[2]
    if not mats:
        return ()
    row = mats[0].data if mats[0].op == "unit" else None
    column = mats[-1].args[0].data if is_unit_row(mats[-1]) else None
    if row is not None and (column is not None or e.shape[1] is ONE):
        return (f"only entry [{row if column is None else f'{row},{column}'}] is not zero",)
    if column is not None:
        return (f"only entry [{column}] is not zero" if e.shape[0] is ONE else f"every column but column {column} is zero",)
    if row is not None:
        return (f"every row but row {row} is zero",)
    return ("every entry off the diagonal is zero",) if len(mats) == 1 and mats[0].op in ("diag", "eye") else ()


def kinks(of: Expr, by: Sequence[Expr], writing: Writing = PLAIN) -> tuple[str, ...]:
    """Where a function has no derivative, as far as the rule book knows of its parts that depend on the variables."""
    told = []
    for n in dict.fromkeys(n for x in by for n in depends(of, x)):
        rule = rulebook.find(n.op)
        if rule is not None and (rule.kinks or rule.ties):
            inside = text(writing.oriented(n.args[0]), writing=writing)
            told.append(_kink(rule, n, inside if len(inside) <= MAX_SHOWN else "an argument of " + n.op))
    return (f"no derivative where {' or '.join(dict.fromkeys(told))}",) if told else ()


def _kink(rule: rulebook.Rule, n: Expr, inside: str) -> str:
    if rule.ties:
        return rule.ties.replace("{" + rule.params[0].name + "}", inside)
    each = "an entry of " if not n.is_scalar or "entry" in rule.kinks else ""
    return f"{each}{inside} {'is' if each else '='} 0"


def slips(read: Request) -> tuple[str, ...]:
    """The variables that do not occur where others do whose names differ from theirs only in case or in how a Greek letter is written."""
    told = []
    for x in read.wrt:
        others = [name for name, v in read.variables.items() if name != x.data.name and _looks(name) == _looks(x.data.name)]
        if others and not depends(read.expr, x):
            told.append(f"{x.data.name} does not occur in the function; did you mean {others[0]}?")
    return tuple(told)


def _looks(name: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in parts_of(name))


def _vanishing_entries(terms: Sequence[IndexTerm]) -> tuple[str, ...]:
    """The deltas that every term has."""
    if not terms:
        return ("every entry is zero",)
    common = [pair for pair in terms[0].deltas if all(pair in t.deltas for t in terms)]
    shown = [" = ".join(pair) for pair in sorted(map(sorted, common)) if not any(set(pair) & set(t.summed) for t in terms)]
    return (f"every entry is zero but those with {' and '.join(shown)}",) if shown else ()


def _vanishing_lines(e: Expr) -> tuple[str, ...]:
    """The rows and columns of an explicit array that hold nothing but zeros."""
    m, n = e.data
    if m == 1 or n == 1:
        return ()
    rows = [str(i + 1) for i in range(m) if all(is_zero(a) for a in e.args[i * n : (i + 1) * n])]
    columns = [str(j + 1) for j in range(n) if all(is_zero(a) for a in e.args[j::n])]
    return tuple(f"{_listed(kind, found)} zero" for kind, found in (("row", rows), ("column", columns)) if found)


def _listed(kind: str, found: Sequence[str]) -> str:
    return f"{kind} {found[0]} is" if len(found) == 1 else f"{kind}s {', '.join(found[:-1])} and {found[-1]} are"

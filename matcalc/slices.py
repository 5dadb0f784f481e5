"""Derivatives by a part of a variable, d f / dW[2,:], and what is said of the parts of a result that vanish.

The derivative by a row, column or entry is that part of the axes of the whole derivative: its labels meet unit vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matcalc.adjoint import Jacobian
from matcalc.algebra import add, is_unit_row, mul, transpose
from matcalc.certificate import Point
from matcalc.derivation import Step
from matcalc.differential import substitute
from matcalc.evaluate import Program
from matcalc.expr import Expr, is_zero, split_product, sym, unit
from matcalc.index_terms import IndexTerm
from matcalc.network import Label, Term
from matcalc.request import Part
from matcalc.shape import ONE


def spelled(name: str, written: Sequence[int | None]) -> str:
    """W[2,:]."""
    return f"{name}[{','.join(':' if k is None else str(k) for k in written)}]"


def restricted(step: Step, part: Part, of: Expr) -> Step:
    """The derivative by a part of the variable, whose axes are those of the part."""
    row, column = _kept(step.tensor.x[0], part[0]), _kept(step.tensor.x[1], part[1])
    pins = [(unit(k, lab.size), lab, None) for k, lab in zip(part, step.tensor.x, strict=True) if k is not None and lab is not None]
    terms = tuple(Term((), tuple(pins)).times(t) for t in step.tensor.terms)
    shape = (row.size if row else ONE, column.size if column else ONE)
    index = part if ONE not in of.shape else (part[0] if of.shape[1] is ONE else part[1],)
    x = sym(spelled(of.data.name, index), shape, 0 if shape == (ONE, ONE) else 1 if shape[1] is ONE else 2)
    return Step(step.y, x, Jacobian(terms, step.tensor.y, (row, column)))


def _kept(lab: Label | None, k: int | None) -> Label | None:
    return lab if k is None else None


class Shifted:
    """The variable with an increment t in the part: what finite differences by the part are taken of."""

    def __init__(self, x: Expr, part: Part, t: Expr) -> None:
        self.x = x
        placed = t
        if part[0] is not None and x.shape[0] is not ONE:
            placed = mul(unit(part[0], x.shape[0]), placed)
        if part[1] is not None and x.shape[1] is not ONE:
            placed = mul(placed, transpose(unit(part[1], x.shape[1])))
        self.moved = add(x, placed)
        self.program = Program([self.moved])

    def function(self, y: Expr) -> Expr:
        """y of the moved variable."""
        return substitute(y, {self.x.data.name: self.moved}, {})

    def point(self, p: Point) -> Point:
        """The point at which the variable is the moved one."""
        value = self.program(p.values, p.sizes, p.unknowns)[0]
        return replace(p, values={**p.values, self.x.data.name: value})


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
        return (f"only entry {spelled('', (row,) if column is None else (row, column))} is not zero",)
    if column is not None:
        return (f"only entry [{column}] is not zero" if e.shape[0] is ONE else f"every column but column {column} is zero",)
    if row is not None:
        return (f"every row but row {row} is zero",)
    return ("every entry off the diagonal is zero",) if len(mats) == 1 and mats[0].op in ("diag", "eye") else ()


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

"""The same operation on other operands or other sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.node import (
    Expr,
    array,
    columns,
    comm,
    const,
    duplication,
    elimination,
    eye,
    ones,
    operator,
    triangle,
    unit,
    unknown_value,
    zeros,
)
from matcalc.algebra.normal_form.blocks.building import block
from matcalc.algebra.normal_form.functions import fun
from matcalc.algebra.normal_form.hadamard import epow, had
from matcalc.algebra.normal_form.parts import entry
from matcalc.algebra.normal_form.powers import power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.normal_form.sums import add
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.sizes import Dim, renamed

REBUILT: Final[dict[str, Callable[..., Expr]]] = {
    "add": add,
    "mul": mul,
    "inner": mul,
    "pow": power,
    "epow": epow,
    "had": had,
    "T": transpose,
}


def rebuild(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """The same operation on other operands, in normal form."""
    if args == e.args:
        return e
    if e.op in REBUILT:
        return REBUILT[e.op](*args)
    if e.op == "entry":
        return entry(args[0], *e.data)
    if e.op in ("array", "block"):
        rows, columns = e.data
        return (array if e.op == "array" else block)([args[i * columns : (i + 1) * columns] for i in range(rows)])
    if e.op == "operator":
        return operator(e.data[0], args, *e.data[1:])
    if e.op == "call":
        return unknown_value(e.data, args[0])
    return fun(e.op, *args)


Renamed = Callable[[Dim], Dim]
# A constant with other sizes, told how each dimension is renamed.
RESIZED: Final[dict[str, Callable[[Expr, Renamed], Expr]]] = {
    "eye": lambda e, new: eye(new(e.shape[0])),
    "ones": lambda e, new: ones(*map(new, e.shape)),
    "zeros": lambda e, new: zeros(*map(new, e.shape)),
    "comm": lambda e, new: comm(*map(new, e.data)),
    "dup": lambda e, new: duplication(new(e.data)),
    "elim": lambda e, new: elimination(new(e.data)),
    "triangle": lambda e, new: triangle(e.data[0], e.data[1], new(e.shape[0])),
    "unit": lambda e, new: unit(e.data, new(e.shape[0])),
    "columns": lambda e, new: columns(new(e.data[0]), new(e.data[1]), new(e.shape[0])),
    "const": lambda e, new: const(new(e.data)) if e.data.free_symbols else e,
}


def resize(e: Expr, sizes: dict[Dim, Dim]) -> Expr:
    """A leaf with its dimension names replaced; a variable is what it is."""

    def new(d: Dim) -> Dim:
        return sizes.get(d, d) if d.is_Atom else renamed(d, sizes)

    return RESIZED[e.op](e, new) if e.op in RESIZED else e

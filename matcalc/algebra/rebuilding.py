"""The same operation on other operands or other sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.functions import fun
from matcalc.algebra.hadamard import epow, had
from matcalc.algebra.node import Expr, array, columns, comm, const, eye, node, ones, unit, zeros
from matcalc.algebra.parts import entry
from matcalc.algebra.powers import power
from matcalc.algebra.products import mul
from matcalc.algebra.sums import add
from matcalc.algebra.transposes import transpose
from matcalc.book.sizes import Dim

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
    if all(a is b for a, b in zip(args, e.args, strict=True)):
        return e
    if e.op in REBUILT:
        return REBUILT[e.op](*args)
    if e.op == "entry":
        return entry(args[0], *e.data)
    if e.op == "array":
        rows, columns = e.data
        return array([list(args[i * columns : (i + 1) * columns]) for i in range(rows)])
    if e.op == "call":
        return node("call", args, e.data, e.shape)
    return fun(e.op, *args)


def resize(e: Expr, sizes: dict[Dim, Dim]) -> Expr:
    """A constant leaf with its dimension names replaced."""

    def new(d: Dim) -> Dim:
        return sizes.get(d, d) if d.is_Atom else d.xreplace(sizes)

    match e.op:
        case "eye":
            return eye(new(e.shape[0]))
        case "ones" | "zeros":
            return (ones if e.op == "ones" else zeros)(new(e.shape[0]), new(e.shape[1]))
        case "comm":
            return comm(new(e.data[0]), new(e.data[1]))
        case "unit":
            return unit(e.data, new(e.shape[0]))
        case "columns":
            return columns(new(e.data[0]), new(e.data[1]), new(e.shape[0]))
        case "const":
            return const(e.data.xreplace(sizes)) if e.data.free_symbols else e
    return e

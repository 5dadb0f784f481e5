"""Expressions of matrices: immutable interned nodes, built in normal form by the constructors that this package offers.

What is equal by the laws applied here is built as one node: sums and Hadamard products commute, scalars leave a product,
adjacent powers of one base merge, an inverse cancels what it inverts, a stretch of a product that is 1 x 1 is a number, and
transposes sit on the leaves. Sums are not multiplied out, so that a residual stays one node.

The modules stand in the order in which they import one another, a family of operations each:

    expr, steps, weight, node        nodes, the steps that may be taken, the length of the text, the constant leaves
    structure                        what is known of an expression: symmetric, positive definite, orthogonal, ...
    sums, transposes, selection      what a product, a power or a reduction needs at once
    parts                            entries, rows and blocks
    norms, powers, hadamard          powers of numbers, of matrices and entry by entry
    diagonals, stacking              diag, diagv, vec, kron
    inner_products, neighbours, products
    reductions                       sums of entries, traces, determinants
    laws, functions                  laws of single functions; functions by name
    rebuilding, walk                 the same operation on other operands; walks over expressions

Constructors need one another in circles: a product builds powers, and a power products. A module imports those below it
and calls those above it through `constructors.build`, which is connected here, once, whichever module is imported first.
"""

from __future__ import annotations

from matcalc.algebra.constructors import build
from matcalc.algebra.diagonals import diag, diagonal_of
from matcalc.algebra.functions import fun
from matcalc.algebra.hadamard import epow, had
from matcalc.algebra.inner_products import inner
from matcalc.algebra.parts import entry, part
from matcalc.algebra.powers import inverse, power
from matcalc.algebra.products import mul
from matcalc.algebra.rebuilding import rebuild, resize
from matcalc.algebra.reductions import total, trace
from matcalc.algebra.stacking import kron
from matcalc.algebra.sums import add, negative, scale, subtract
from matcalc.algebra.transposes import transpose

build.connect(diag, diagonal_of, entry, epow, fun, had, inner, kron, mul, power, total, trace, transpose)

__all__ = [
    "add",
    "diag",
    "diagonal_of",
    "entry",
    "epow",
    "fun",
    "had",
    "inner",
    "inverse",
    "mul",
    "negative",
    "part",
    "power",
    "rebuild",
    "resize",
    "scale",
    "subtract",
    "total",
    "trace",
    "transpose",
]

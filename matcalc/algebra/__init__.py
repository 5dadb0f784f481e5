"""Expressions of matrices: immutable interned nodes, built in normal form by the constructors that this package offers.

What is equal by the laws applied here is built as one node: sums and Hadamard products commute, scalars leave a product,
adjacent powers of one base merge, an inverse cancels what it inverts, a stretch of a product that is 1 x 1 is a number, and
transposes sit on the leaves. Sums are not multiplied out, so that a residual stays one node.

    expr, steps, weight, node        nodes, the steps that may be taken, the length of the text, the constant leaves
    operations                       arity, linearity and laws of order of every operation
    structure                        what is known of an expression: symmetric, positive definite, orthogonal, ...
    normal_form                      the constructors, a family of operations a module
    walk                             walks over expressions
    literal                          the same operations with nothing simplified
    entries, spelled_out             sums of products of entries; arrays of a size in numbers, entry by entry
"""

from __future__ import annotations

from matcalc.algebra.normal_form.blocks.building import block
from matcalc.algebra.normal_form.blocks.gathering import gathered
from matcalc.algebra.normal_form.conjugates import conjugate, imag, is_real, real
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.diagonals import diag, diagonal_of
from matcalc.algebra.normal_form.functions import fun
from matcalc.algebra.normal_form.hadamard import epow, had
from matcalc.algebra.normal_form.inner_products import inner
from matcalc.algebra.normal_form.parts import entry, part
from matcalc.algebra.normal_form.powers import inverse, power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.normal_form.rebuilding import rebuild, resize
from matcalc.algebra.normal_form.reductions import total, trace
from matcalc.algebra.normal_form.stacking import kron
from matcalc.algebra.normal_form.sums import add, negative, scale, subtract
from matcalc.algebra.normal_form.transposes import adjoint, transpose

build.connect(
    add, block, conjugate, diag, diagonal_of, entry, epow, fun, gathered, had, imag, inner, kron, mul, power, real, total, trace, transpose
)  # fmt: skip

__all__ = [
    "add",
    "adjoint",
    "block",
    "conjugate",
    "diag",
    "diagonal_of",
    "entry",
    "epow",
    "fun",
    "had",
    "imag",
    "inner",
    "inverse",
    "is_real",
    "mul",
    "negative",
    "part",
    "power",
    "real",
    "rebuild",
    "resize",
    "scale",
    "subtract",
    "total",
    "trace",
    "transpose",
]

"""What an operand of a product, a trace, a sum of entries or a transpose receives, read off the operation itself.

dY = A dX B has the kernel A[i,k] B[l,j]: no product with an increment is built to find it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra import mul
from matcalc.algebra.node import Expr
from matcalc.index.lower import OPENED, Label, Term, label, lower, product

Axes = tuple["Label | None", "Label | None"]
Kernel = tuple[Axes, list[Term]]


def kernel(n: Expr, k: int, at: Axes) -> Kernel | None:
    """The labels of operand k, and the other operands as terms between them and those of the node; None of another operation."""
    read = KERNELS.get(n.op)
    return None if read is None else read(n, k, at)


def identical(*pairs: Axes) -> Term:
    """Labels that are the same."""
    return Term((), (), tuple([(i, j) for i, j in pairs if i is not None and j is not None]))


def _of_product(n: Expr, k: int, at: Axes) -> Kernel:
    first = next((i for i, f in enumerate(n.args) if not f.is_scalar), len(n.args)) if n.op == "mul" else 0
    scalars = [f for i, f in enumerate(n.args[:first]) if i != k]
    groups = [[Term((mul(*scalars),))]] if scalars else []
    to: Axes = (None, None)
    left, last = at[0], len(n.args) - 1
    for i in range(first, last + 1):
        f = n.args[i]
        right = at[1] if i == last else label(f.shape[1])
        if i == k:
            to = label(f.shape[0]) if i == first else left, label(f.shape[1]) if i == last else right
            groups.append([identical((left, to[0]), (right, to[1]))])
        else:
            groups.append(lower(f, left, right, OPENED - 1))
        left = right
    return to, product(groups)


def _of_entrywise(n: Expr, k: int, at: Axes) -> Kernel:
    to: Axes = (label(n.shape[0]), label(n.shape[1]))
    others = [lower(f, *at, OPENED - 1) for i, f in enumerate(n.args) if i != k]
    return to, product([*others, [identical((at[0], to[0]), (at[1], to[1]))]])


def _of_transpose(n: Expr, k: int, at: Axes) -> Kernel:
    to: Axes = (label(n.shape[1]), label(n.shape[0]))
    return to, [identical((at[0], to[1]), (at[1], to[0]))]


def _of_trace(n: Expr, k: int, at: Axes) -> Kernel:
    to: Axes = (label(n.args[0].shape[0]), label(n.args[0].shape[1]))
    return to, [identical(to)]


def _of_sum(n: Expr, k: int, at: Axes) -> Kernel:
    to: Axes = (label(n.args[0].shape[0]), label(n.args[0].shape[1]))
    return to, [identical((to[0], to[0]), (to[1], to[1]))]


KERNELS: Final[dict[str, Callable[[Expr, int, Axes], Kernel]]] = {
    "mul": _of_product,
    "inner": _of_product,
    "had": _of_entrywise,
    "T": _of_transpose,
    "tr": _of_trace,
    "sum": _of_sum,
}

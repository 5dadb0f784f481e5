"""The dimension check of an answer: the shapes of the factors of every product in it, and what they make.

    W^T*g        (n x m)(m x 1) = n x 1, the shape of x

The shapes are those of the printed formula, read back.
"""

from __future__ import annotations

from typing import Final

from matcalc.algebra.walk import in_order
from matcalc.answers.result import Result
from matcalc.book.sizes import SCALAR, show
from matcalc.reading.alone import type_expression
from matcalc.reading.grammar.syntax import Binary, Listing, Negation, Transposition
from matcalc.reading.inference.steps import Step, Typed
from matcalc.reading.inference.unify import is_scalar, resolve

SUMS: Final = frozenset({"add", "subtract"})
SIGNS: Final = {"multiply": "", "matmul": "", "dot": "", "had": ".*", "quotient": "./", "kron": " kron "}


def dimension_check(d: Result) -> list[str]:
    """A line for every product that the answer is a sum of; none where it is in index form or has named parts."""
    if d.expr is None or " where " in d.text:
        return []
    functions = {n.data.name: n.data.base for n in in_order([d.expr]) if n.op == "call"}
    typed = type_expression(d.text, {p.data.name: p for p in d.parameters}, functions, like=(d.dims[0], d.dims[1]))
    lines = dict.fromkeys(_Shapes(typed).of_terms(len(typed.steps) - 1))
    return [line + _compatible(d) for line in lines]


def _compatible(d: Result) -> str:
    """That a gradient has the shape of what it is the gradient by, so that an update conforms."""
    xs = [x for x in d.request.wrt if x.data.name == d.wrt]
    gradient = d.request.order == 1 and d.request.expr.shape == SCALAR and d.form == "matrix"
    return f", the shape of {d.wrt}" if gradient and xs and d.dims == xs[0].shape else ""


class _Shapes:
    """The shapes in a typed formula, in words."""

    def __init__(self, typed: Typed) -> None:
        self.steps = typed.steps

    def of_terms(self, i: int) -> list[str]:
        """A line for every term of the sum at step i."""
        step = self.steps[i]
        if isinstance(step.node, Binary) and step.node.op in SUMS:
            return [line for k in step.operands for line in self.of_terms(k)]
        if isinstance(step.node, Negation | Listing) and len(step.operands) == 1:
            return self.of_terms(step.operands[0])
        factors = self.factors(step)
        return [f"{factors} = {self.shown(step)}" if factors != self.bracketed(step) else self.shown(step)]

    def factors(self, step: Step) -> str:
        """(m x n)(n x 1) for a product, its scalars left out; (m x n) for anything else."""
        node = step.node
        if isinstance(node, Listing) and len(step.operands) == 1:
            return self.factors(self.steps[step.operands[0]])
        if isinstance(node, Transposition):
            inside = self.factors(self.steps[step.operands[0]])
            return f"({inside})^T" if inside.count("(") > 1 else self.bracketed(step)
        if not isinstance(node, Binary) or any(op.op not in (*SIGNS, "divide") for op in step.ops) or not step.ops:
            return self.bracketed(step)
        written = ""
        for k, operand in enumerate(step.operands):
            factor = self.steps[operand]
            if is_scalar(factor.shape):
                continue
            written += (SIGNS[step.ops[k - 1].op] if written else "") + self.bracketed(factor)
        return written or self.bracketed(step)

    def bracketed(self, step: Step) -> str:
        return f"({self.shown(step)})"

    def shown(self, step: Step) -> str:
        rows, columns = (resolve(t) for t in step.shape)
        return show((rows, columns)) if rows is not None and columns is not None else "?"

"""Kernels of multilinear operations against the operation itself: with the operand in its place, a kernel is the entry of the node."""

from __future__ import annotations

import numpy as np
import pytest
from contraction import VARIABLES, contract, entries, sampled

from matcalc.algebra import fun, had, mul, transpose
from matcalc.algebra.node import Expr, const, ones
from matcalc.book.sizes import dim
from matcalc.calculus.multilinear import KERNELS, kernel
from matcalc.index.lower import Term, label

A, B, X, Y, x, y, u, c, t = (VARIABLES[name] for name in "A B X Y x y u c t".split())
SQUARE = mul(transpose(A), A)
NODES: list[Expr] = [
    mul(A, Y, B),
    mul(Y, SQUARE, Y),
    mul(const(3), c, t, X),
    mul(u, transpose(x)),
    mul(c, mul(transpose(u), A, x), A, Y),
    mul(X, ones(dim("n")), transpose(y)),
    mul(transpose(u), A, x),
    had(A, fun("exp", X)),
    transpose(fun("exp", A)),
    fun("tr", mul(transpose(A), fun("exp", X))),
    fun("tr", fun("exp", Y)),
    fun("sum", fun("exp", X)),
]


@pytest.mark.parametrize(("node", "k"), [(n, k) for n in NODES for k in range(len(n.args))], ids=str)
def test_a_kernel_with_its_operand_is_the_entry(node: Expr, k: int) -> None:
    values = sampled(list(VARIABLES.values()))
    at = (label(node.shape[0]), label(node.shape[1]))
    found = kernel(node, k, at)
    assert found is not None
    to, terms = found
    a = node.args[k]
    operand = Term((a,)) if a.is_scalar else Term((), ((a, *to),))
    free = [lab for lab in at if lab is not None]
    np.testing.assert_allclose(contract([t.times(operand) for t in terms], free, values), entries(node, values), rtol=1e-10)


def test_every_kernel_is_tried() -> None:
    assert {n.op for n in NODES} == KERNELS.keys()


def test_another_operation_has_none() -> None:
    assert kernel(fun("exp", Y), 0, (label(Y.shape[0]), label(Y.shape[1]))) is None

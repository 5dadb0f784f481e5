"""Sums of functions of all eigenvalues become traces, however deep the values stand, up to the depth that is looked into."""

from __future__ import annotations

import pytest

from matcalc.algebra import fun
from matcalc.algebra.node import Expr
from matcalc.reading.alone import parse_expression
from matcalc.simplify.simplify import simplify
from matcalc.simplify.spectral import MAX_DEPTH


def nested(name: str, e: Expr, times: int) -> Expr:
    for _ in range(times):
        e = fun(name, e)
    return e


@pytest.mark.parametrize("depth", [1, 2, MAX_DEPTH - 1, MAX_DEPTH])
def test_functions_of_functions_of_eigenvalues_become_those_of_the_matrix(depth: int) -> None:
    found = simplify(fun("sum", nested("exp", parse_expression("eigvals(A)", variables={"A": "n n"}), depth)))
    assert found is fun("tr", nested("expm", parse_expression("A", variables={"A": "n n"}), depth))


def test_functions_of_eigenvalues_that_are_deeper_stay() -> None:
    e = fun("sum", nested("exp", parse_expression("eigvals(A)", variables={"A": "n n"}), MAX_DEPTH + 1))
    assert simplify(e) is e

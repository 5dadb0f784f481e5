"""Sums of functions of all eigenvalues become traces, however deep the values stand, up to the depth that is looked into."""

from __future__ import annotations

import pytest

from matcalc.algebra import fun, had, mul
from matcalc.algebra.node import Expr
from matcalc.reading.alone import parse_expression
from matcalc.simplify.simplify import simplify
from matcalc.simplify.spectral import MAX_DEPTH


def read(text: str) -> Expr:
    return parse_expression(text, variables={"A": "n n", "b": ""})


def nested(name: str, e: Expr, times: int) -> Expr:
    for _ in range(times):
        e = fun(name, e)
    return e


@pytest.mark.parametrize("depth", [1, 2, MAX_DEPTH - 1, MAX_DEPTH])
def test_functions_of_functions_of_eigenvalues_become_those_of_the_matrix(depth: int) -> None:
    found = simplify(fun("sum", nested("exp", read("eigvals(A)"), depth)))
    assert found is fun("tr", nested("expm", read("A"), depth))


def test_functions_of_eigenvalues_that_are_deeper_stay() -> None:
    e = fun("sum", nested("exp", read("eigvals(A)"), MAX_DEPTH + 1))
    assert simplify(e) is e


@pytest.mark.parametrize(("inner", "matrix", "depth"), [("eigvals(A)", "A", 0), ("(eigvals(A) + 1).^b", "powm(eye(n) + A,b)", 2)])
def test_eigenvalues_that_are_deeper_stay_beside_others_that_are_not(inner: str, matrix: str, depth: int) -> None:
    values, outer = read("eigvals(A)"), MAX_DEPTH - 1 - depth
    found = simplify(fun("sum", had(values, nested("exp", read(inner), outer))))
    assert found is fun("tr", mul(read("A"), nested("expm", read(matrix), outer)))
    deeper = fun("sum", had(values, nested("exp", read(inner), outer + 1)))
    assert simplify(deeper) is deeper


@pytest.mark.parametrize("name", ["norm2", "var", "std"])
def test_what_is_no_sum_of_a_function_of_each_eigenvalue_stays(name: str) -> None:
    e = fun(name, read("b*eigvals(A)"))
    assert simplify(e) is e

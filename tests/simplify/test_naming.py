"""Functions that a request speaks of are in its answer by their names where that is shorter."""

from __future__ import annotations

import pytest

from matcalc import Derivative, derive
from matcalc.book.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ("d mean(x)^2/dx", "2*mean(x)*ones(n)/n"),
        ("d (sum(x)/n)^2/dx where x: n", "2*sum(x)*ones(n)/n^2"),
        ("d var(x)/dx", "2*(x - mean(x)*ones(n))/n"),
        ("d std(x)/dx", "(x - mean(x)*ones(n))/(n*std(x))"),
        ("d log(mean(exp(x)))/dx", "softmax(x)"),
        ("d norm1(x)^2/dx", "2*norm1(x)*sign(x)"),
        ("d sum(abs(x))^2/dx", "2*sum(abs(x))*sign(x)"),
        ("d sum(silu(x))^2/dx", "2*sum(silu(x))*(sigmoid(x) + sigmoid(-x).*silu(x))"),
        ("d norm2(rowmeans(X))^2/dX", "2*X*ones(n,n)/n^2"),
        ("d norm2(cumsum(x))^2/dx", "2*triu(ones(n,n))*cumsum(x)"),
        ("d^2 var(x)/dx^2", "2*(I - ones(n,n)/n)/n"),
        ("d mean(x.^2) - mean(x)^2/dx", "2*(x - mean(x)*ones(n))/n"),
        ("d tr(A^T*softmax_rows(X))/dX", "A.*softmax_rows(X) - diag(rowsums(A.*softmax_rows(X)))*softmax_rows(X)"),
        ("d norm2(colsums(A.*X))^2/dX", "2*A*diag(colsums(A.*X))"),
        ("d exp(mean(X))/dX", "exp(mean(X))*ones(m,n)/(m*n)"),
    ],
)
def test_answers(request_: str, wanted: str) -> None:
    found = derive(request_)
    assert isinstance(found, Derivative)
    assert found.text == wanted
    again = derive(found.text, wrt=found.wrt, variables={found.wrt: "m n" if found.wrt == "X" else "n"})
    assert isinstance(again, Derivative)


def test_a_variable_keeps_its_name() -> None:
    found = derive("d mean^2*sum(x)/dx")
    assert isinstance(found, Derivative)
    assert found.text == "mean^2*ones(n)"


def test_the_code_calls_the_function() -> None:
    found = derive("d var(x)/dx")
    assert isinstance(found, Derivative)
    assert "np.mean(" in found.numpy


def test_rules_lead_to_others() -> None:
    assert {"var", "mean", "sum"} <= vocabulary(["var", "no function"])
    assert vocabulary(["trace"]) == {"tr"}


@pytest.mark.parametrize("request_", ["d norm2(cumsum(x) - y)^2/dx", "d var(x)/dx", "d normF(halftril(C))^2/dC", "d sum(silu(x))/dx"])
def test_named_functions_are_what_they_mean_in_sympy(request_: str) -> None:
    found = derive(request_, variables={"x": "n", "y": "n", "C": "n n"})
    assert isinstance(found, Derivative)
    assert found.sympy

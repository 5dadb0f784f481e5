"""Common factors: a power of a square matrix among arrays is one array, in every form, order and command."""

from __future__ import annotations

import numpy as np
import pytest
from contraction import VARIABLES, entries, sampled, symbols

from matcalc import Derivative, backprop, derive
from matcalc.answers.expansions.taylor import taylor
from matcalc.reading.alone import read_expression
from matcalc.scalars import rational
from matcalc.simplify import collect
from matcalc.simplify.collect import join
from matcalc.simplify.simplify import simplify

# Functions in which a matrix power meets powers entry by entry, with their gradients.
GRADIENTS = {
    "sum(inv(A).*(D./(1+D.^2)))": "A^-1.*(1 - D.^2)./(1 + D.^2).^2",
    "sum((A*A).*(D./(1+D.^2)))": "A^2.*(1 - D.^2)./(1 + D.^2).^2",
    "sum((A^3).*(D./(1+D.^2)))": "A^3.*(1 - D.^2)./(1 + D.^2).^2",
    "sum(((x*x^T)^2).*(D./(1+D.^2)))": "(x*x^T)^2.*(1 - D.^2)./(1 + D.^2).^2",
    "sum(inv(A).*D.*tanh(D))": "A^-1.*(tanh(D) + D.*(1 - tanh(D).^2))",
    "sum(inv(A).*sigmoid(D).*sigmoid(-D))": "A^-1.*sigmoid(D).*sigmoid(-D).*(sigmoid(-D) - sigmoid(D))",
    "logdet(D./(1+D.^2))": "(D./(1 + D.^2))^-T.*(1 - D.^2)./(1 + D.^2).^2",
    "det(D./(1+D.^2))": "det(D./(1 + D.^2))*((D./(1 + D.^2))^-T.*(1 - D.^2)./(1 + D.^2).^2)",
    "tr(inv(D./(1+D.^2)))": "-((D./(1 + D.^2))^-2)^T.*(1 - D.^2)./(1 + D.^2).^2",
}
VARIABLE = {"A": "n n", "D": "n n", "B": "n m", "x": "n"}
DECLARED = {"A": VARIABLES["Y"], "D": VARIABLES["Z"], "x": VARIABLES["x"]}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("function", GRADIENTS)
def test_the_gradient_keeps_the_matrix_power(function: str, check: bool) -> None:
    found = derive(function, wrt="D", variables=VARIABLE, check=check)
    assert isinstance(found, Derivative) and found.expr is not None
    wanted = read_expression(GRADIENTS[function], found.request.variables, dimensions=("m", "n"))
    values = sampled(symbols(wanted))
    np.testing.assert_allclose(entries(found.expr, values), entries(wanted, values), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("form", ["vec", "index", "differential"])
@pytest.mark.parametrize("function", GRADIENTS)
def test_every_form_agrees_with_the_function(function: str, form: str) -> None:
    found = derive(function, wrt="D", variables=VARIABLE, form=form)
    assert isinstance(found, Derivative) and found.certificate is not None


@pytest.mark.parametrize("wrt", ["A", "D"])
@pytest.mark.parametrize("function", ["sum(inv(A).*sigmoid(D))", "sum(inv(A).*(D./(1+D.^2)))", "sum((A*A).*D.*tanh(D))"])
def test_the_second_derivative_agrees_with_the_function(function: str, wrt: str) -> None:
    found = derive(function, wrt=wrt, order=2, variables=VARIABLE)
    assert isinstance(found, Derivative) and found.certificate is not None


def test_expansions_and_networks_agree_with_the_function() -> None:
    expansion = taylor("sum(inv(A).*(D./(1+D.^2)))", "D", "C", variables={"A": "n n", "D": "n n"})
    assert expansion.halving is not None and 3.9 < expansion.halving < 4.1
    network = backprop("L where L = loss(inv(A).*D./(1+D.^2))", variables={"A": "n n", "D": "n n"})
    assert all(g.certificate is not None for g in network.gradients)
    found = derive("logdet(eye(n) + softmax_rows(B)*softmax_rows(B)^T)", wrt="B", variables=VARIABLE)
    assert isinstance(found, Derivative) and found.certificate is not None


@pytest.mark.parametrize(
    "text",
    ["Y^-1.*Z + Y.*Z", "Y^2.*Z - Y.^2.*Z", "Y^-1.*Z - Y.^-1.*Z", "Y^-1.*Z.^2 + Y^-1.*Z", "c*Y^2.*Z + Y.*Z.^2", "Y^2.*Y - Y.^2",
     "diag(x)*Y^-1.*Z + Y.^-1.*Z", "Y^-2.*Y^-1 + Y^-1", "(Y^2).^2 + Y.^2"],
)  # fmt: skip
def test_joining_keeps_the_sum(text: str) -> None:
    e = read_expression(text, VARIABLES)
    values = sampled(symbols(e))
    np.testing.assert_allclose(entries(simplify(e), values), entries(e, values), rtol=1e-9, atol=1e-9)
    made = join(*e.args)
    if made is not None:
        np.testing.assert_allclose(entries(made, values), entries(e, values), rtol=1e-9, atol=1e-9)


def test_a_common_matrix_power_is_taken_out() -> None:
    assert simplify(read_expression("Y^-1.*Z + Y^-1.*Z.^2", VARIABLES)) is read_expression("Y^-1.*(Z + Z.^2)", VARIABLES)


@pytest.mark.parametrize(
    ("k", "m", "shared"),
    [("1/2", "3/2", "1/2"), ("-1/2", "-5/2", "-1/2"), ("2", "3", "2"), ("-1", "1", None), ("1/2", "2", None), ("2", "5/2", None)],
)
def test_what_two_powers_of_one_base_have_in_common(k: str, m: str, shared: str | None) -> None:
    assert collect._nearest(rational(k), rational(m)) == (None if shared is None else rational(shared))

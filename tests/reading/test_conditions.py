"""Conditions that a property says, sum(y) = 1, in all their spellings."""

from __future__ import annotations

import pytest

from matcalc import derive
from matcalc.book.properties import property_names, property_of
from matcalc.errors import MatcalcError
from matcalc.reading.conditions import equations
from matcalc.reading.request import read_request

CROSS_ENTROPY = "d -y'*log(softmax(W*x))/dW"
BEST_KNOWN = "(softmax(W*x) - y)*x^T"


@pytest.mark.parametrize(
    "said",
    [
        "where sum(y) = 1",
        "where 1 = sum(y)",
        "where sum(y) - 1 = 0",
        ", sum(y) = 1",
        "s.t. sum(y) = 1",
        "subject to sum(y) = 1, y >= 0",
        "where ones(m)'*y = 1",
        "where 1^T y = 1",
        "where y'*ones(m) = 1",
        "where sum_i y_i = 1",
        r"where \mathbf{1}^\top y = 1",
        "where y is a probability vector",
        "with y simplex",
        "where y is on the simplex",
    ],
)
def test_the_gradient_of_the_cross_entropy_is_the_one_of_the_books(said: str) -> None:
    assert derive(f"{CROSS_ENTROPY} {said}").text == BEST_KNOWN


@pytest.mark.parametrize(
    ("condition", "known"),
    [
        ("||v|| = 1", "unit"),
        ("||v||_2 = 1", "unit"),
        ("norm(v) = 1", "unit"),
        ("v'*v = 1", "unit"),
        ("v^T v - 1 = 0", "unit"),
        ("Q*Q' = eye(k)", "orthogonal"),
        ("Q'*Q - I = 0", "orthogonal"),
        ("S - S' = 0", "symmetric"),
        ("K' + K = 0", "skew"),
        ("sum(v) = 1", "normalised"),
    ],
)
def test_what_a_condition_says(condition: str, known: str) -> None:
    name = next(c for c in condition if c in "vQSK")
    function = {"v": "sum(v)*norm2(v)"}.get(name, f"tr({name}*{name}')")
    read = read_request(f"d ({function})*x'*x/dx where {condition}")
    assert read.variables[name].data.properties == {known}


def test_a_condition_joins_what_is_declared() -> None:
    read = read_request("d x'*x*log(sum(y.^2))/dx where sum(y) = 1", variables=["y: 4 positive"])
    y = read.variables["y"]
    assert (str(y.shape[0]), y.data.properties) == ("4", {"positive", "normalised"})
    assert read_request("d x'*x*y'*y/dx where sum(y) = 1, y: k").variables["y"].data.properties == {"normalised"}


@pytest.mark.parametrize("condition", ["sum(y) = 2", "A*x = b", "x'*y = 0", "exp(y) = 3", "y'*y = 4"])
def test_a_condition_that_no_property_says_is_refused(condition: str) -> None:
    told = "this condition is none that a property says|the left side of this definition is no name"
    with pytest.raises(MatcalcError, match=told) as raised:
        read_request(f"d x'*A*x*sum(exp(y))/dx where {condition}")
    start, end = raised.value.span or (0, 0)
    assert (raised.value.source or "")[start:end] == condition


def test_a_property_that_its_variable_cannot_have_is_refused() -> None:
    with pytest.raises(MatcalcError, match="y cannot be both integer and normalised"):
        read_request("d x'*x*y'*y/dx where sum(y) = 1, y: n integer")


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        ("d f(x)/dx where f(x) = x'*x", "2*x"),
        ("d f(x)/dx where f(x) = 3", "zeros(n)"),
        ("d dist(x)/dx where dist(z) = sum(z.^3)", "3*x.^2"),
        ("dL/dx where L = loss(x), dL/dx = g", "g"),
    ],
)
def test_definitions_stay_definitions(request_text: str, answer: str) -> None:
    assert derive(request_text).text == answer


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [("d (1'*x)^2/dx", "2*sum(x)*ones(n)"), ("d x*1^T*x/dx", "ones(n)*x^T + sum(x)*I"), ("d (1 - 1^T x)^2/dx", "2*(sum(x) - 1)*ones(n)")],
)
def test_the_transpose_of_one_is_a_row_of_ones(request_text: str, answer: str) -> None:
    assert derive(request_text).text == answer


def test_every_equation_of_the_book_speaks_of_its_letter() -> None:
    told = {name for name in property_names() if (p := property_of(name)) is not None and p.equations}
    assert {e.known for e in equations()} == told
    assert {"unit", "normalised", "orthogonal"} <= told

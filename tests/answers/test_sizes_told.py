"""Sizes that are sums: as they are told, and as they are declared; what every point of lies on a kink; unused definitions."""

from __future__ import annotations

from typing import Any

import pytest

import matcalc
from matcalc import NotDifferentiable
from matcalc.answers.backprop import backprop
from matcalc.answers.display.report import described
from matcalc.errors import ParseError


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("(n + 1) x n", "v is (n + 1) x n"),
        ("n + 1", "v has n + 1 entries"),
        ("(n + 1) x 1 positive", "v has n + 1 entries, positive"),
        ("(2*k + 1) x (2*k + 1) symmetric", "v is (2*k + 1) x (2*k + 1) symmetric"),
        ("m x n", "v is m x n"),
        ("1", "v has 1 entry"),
        ("scalar positive", "v is a scalar, positive"),
        ("1 x n", "v is 1 x n"),
    ],
)
def test_a_shape_is_told(shape: str, told: str) -> None:
    assert described("v", shape) == told


@pytest.mark.parametrize("written", ["(2*k+1) x (2*k+1)", "(2*k + 1) x (2*k + 1)", "2*k+1 x 2*k+1", "2*k + 1 by 2*k + 1"])
def test_a_sum_as_size_is_declared_as_it_is_told(written: str) -> None:
    found: Any = matcalc.derive("d (S*x)/dx", variables={"S": f"{written} symmetric"})
    assert found.variables == {"S": "(2*k + 1) x (2*k + 1) symmetric", "x": "2*k + 1"}


def test_a_product_of_sums_is_a_size() -> None:
    found: Any = matcalc.derive("d (x^T*x)/dx", variables={"x": "(n+1)*(m+1)"})
    assert found.shape == ("(m + 1)*(n + 1)", "1")


@pytest.mark.parametrize("written", ["(n", "n)", "n(m)", "()", "(n+)", "n+", "*n", "(n))((m)"])
def test_what_is_no_size_is_refused(written: str) -> None:
    with pytest.raises(ParseError):
        matcalc.derive("d (x^T*x)/dx", variables={"x": written})


def test_where_every_point_lies_on_a_kink_this_is_said() -> None:
    with pytest.raises(NotDifferentiable, match="kink at every point: an argument of relu"):
        matcalc.derive("d sum(relu(L))/dL", variables={"L": "n x n diagonal positive"})


def test_the_gradient_by_an_unused_definition_is_zero_in_its_shape() -> None:
    found = backprop("L where z = x + x; a = z - z; L = a^T*a")
    assert {g.wrt: (str(g), g.shape[0]) for g in found}["z"][1] == "n"
    assert all(g.certificate is not None for g in found)

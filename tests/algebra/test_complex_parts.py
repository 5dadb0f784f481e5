"""Real and imaginary parts of numbers, and of what is real but for a number before it."""

from __future__ import annotations

import numpy as np
from pytest import mark

from matcalc import derive
from matcalc.algebra.walk import in_order
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.reading.alone import parse_expression

VARIABLES = {"A": "n n", "x": "n", "y": "n"}


@mark.parametrize(
    ("whole", "part"),
    [
        ("real(1 + 2j)", "1"),
        ("imag(1 + 2j)", "2"),
        ("real(3j)", "0"),
        ("real((2j + 1/2)^2)", "-15/4"),
        ("imag((1 - 3j)/n)", "-3/n"),
        ("real((1 + 2j)*x)", "x"),
        ("imag((1 - 2j)*(A*x - y))", "-2*(A*x - y)"),
        ("real(2j*A)", "zeros(n,n)"),
        ("imag((1 + 2j)*x^T*y)", "2*x^T*y"),
    ],
)
def test_a_number_before_what_is_real_is_taken_apart(whole: str, part: str) -> None:
    variables = {name: shape for name, shape in VARIABLES.items() if name in whole} | ({"x": "n"} if "n" in part else {})
    assert parse_expression(whole, variables=variables) is parse_expression(part, variables=variables)


def test_a_number_before_what_is_complex_stays() -> None:
    e = parse_expression("real((1 + 2j)*z)", variables={"z": "n"}, attrs={"z": ["complex"]})
    assert "real" in {part.op for part in in_order([e])}
    z = np.array([1 + 3j, -2j, 5])
    np.testing.assert_allclose(as_matrix(e, evaluate([e], {"z": z}, {"n": 3})[0])[:, 0], ((1 + 2j) * z).real)


def test_a_derivative_that_holds_one() -> None:
    assert derive("d imag(3 - 2j)*x^T*x / dx", variables={"x": "n"}).text == "-4*x"


@mark.parametrize("name", ["u", "z"])
def test_a_pair_whose_signs_are_chosen_apart_is_an_absolute_value(name: str) -> None:
    """In the normal form x - x' + y and x' - x + y' begin with terms of different signs, and each has the sign of the first taken out."""
    pair = f"((x - conj(x) + {name}).*(conj(x) - x + conj({name}))).^(1/2)"
    complexes = {"variables": {"x": "n", name: "n"}, "attrs": {"x": ["complex"], name: ["complex"]}}
    assert parse_expression(pair, **complexes) is parse_expression(f"abs(x - conj(x) + {name})", **complexes)  # type: ignore[arg-type]

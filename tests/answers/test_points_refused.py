"""Values that a derivative is not to be evaluated at: such as break a declared property, or where there is no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.numbers.points import read_points


def derived(request: str, variables: Any = None) -> Any:
    return matcalc.derive(request, variables=variables)


BREAKING = [
    ("d x^T*S*x/dx", {"S": "n x n symmetric"}, "S=[1,2;3,4], x=[1;1]", "S is declared symmetric .* entry .1,2. is 2 and .2,1. is 3"),
    ("d x^T*S*S*x/dx", {"S": "n x n skew"}, "S=[1,2;-2,0], x=[1;1]", "S is declared skew"),
    ("d sum(log(p))/dp", {"p": "n positive"}, "p=[0.3;-0.3]", "p is declared positive .* least entry is -0.3"),
    ("d sum(p.*p)/dp", {"p": "n simplex"}, "p=[0.3;0.3]", "p is declared simplex"),
    ("d sum(p.*p)/dp", {"p": "n simplex"}, "p=[1.5;-0.5]", "p is declared simplex .* least entry is -0.5"),
    ("d sum(p.*p)/dp", {"p": "n normalised"}, "p=[0.3;0.3]", "p is declared normalised"),
    ("d x^T*S*x/dx", {"S": "n x n spd"}, "S=[1,2;3,4], x=[1;1]", "S is declared spd .* entry .1,2. is 2 and .2,1. is 3"),
    ("d c^2/dc", {"c": "scalar positive"}, "c=0", "c is declared positive"),
    ("d x^T*Q^T*A*Q*x/dx", {"Q": "n x n orthogonal"}, "Q=[1,1;0,1], A=eye(2), x=[1;1]", "Q is declared orthogonal"),
]
KEEPING = [
    ("d x^T*S*x/dx", {"S": "n x n symmetric"}, "S=[1,2;2,4], x=[1;1]", [6, 12]),
    ("d sum(p.*p)/dp", {"p": "n simplex"}, "p=[0.25;0.75]", [0.5, 1.5]),
    ("d x^T*L*x/dx", {"L": "n x n lower positive"}, "L=[1,0;2,3], x=[1;1]", [4, 8]),
]


@pytest.mark.parametrize(("request_", "variables", "point", "told"), BREAKING)
def test_a_value_that_breaks_a_declared_property_is_refused(request_: str, variables: Any, point: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        derived(request_, variables=variables).at(point)


@pytest.mark.parametrize(("request_", "variables", "point", "value"), KEEPING)
def test_a_value_that_keeps_them_is_taken(request_: str, variables: Any, point: str, value: Any) -> None:
    assert np.allclose(derived(request_, variables=variables).at(point).array, value)


def test_the_function_of_a_derivative_asks_for_the_declared_properties() -> None:
    f = derived("d x^T*S*x/dx", variables={"S": "n x n symmetric"}).function()
    assert np.allclose(f(S=np.eye(2), x=np.ones(2)), [2, 2])
    with pytest.raises(UsageError, match="S is declared symmetric"):
        f(np.ones(2), np.array([[1, 2], [3, 4]]))
    with pytest.raises(ValueError, match="expected shapes"):
        f(np.ones((2, 3)), np.ones(2))


@pytest.mark.parametrize(
    ("request_", "point", "told"),
    [
        ("d abs(c)/dc where c: scalar", "c=0", r"abs\(c\) has a kink"),
        ("d sign(c)/dc where c: scalar", "c=0", r"sign\(c\) has a kink"),
        ("d sum(relu(A*x + b))/dx", "A=[1,2;2,4], x=[2;-1], b=[0;1]", "has a kink"),
        ("d log(c)/dc where c: scalar", "c=-1", r"log\(c\) has no value"),
    ],
)
def test_where_there_is_no_derivative_none_is_given(request_: str, point: str, told: str) -> None:
    request_, _, declared = request_.partition(" where ")
    with pytest.raises(NotDifferentiable, match=told):
        derived(request_, variables=[declared] if declared else None).at(point)


@pytest.mark.parametrize(("f", "at", "value"), [("c*abs(c)", 0, 0), ("relu(c)", 1, 1), ("relu(c)^2", 0, 0), ("abs(c)", -2, -1)])
def test_a_derivative_that_exists_beside_or_on_a_kink_is_given(f: str, at: float, value: Any) -> None:
    found = derived(f"d ({f})/dc", variables=["c: scalar"]).at({"c": at})
    assert found.array == value


def test_a_formula_with_an_inverse_says_that_it_is_singular() -> None:
    found = derived("d det(X)/dX")
    with pytest.raises(UsageError, match=r"the inverse of X\^T, which is singular"):
        found.at("X=[1,2;2,4]")
    assert np.allclose(found.at("X=[1,2;2,5]").array, [[5, -2], [-2, 1]])


def test_a_variable_has_one_value() -> None:
    with pytest.raises(UsageError, match="c is given two values"):
        read_points(["c = 1", "c = 2"])


DEFINITE = [("spd", 1e-6, True), ("spd", -1e-6, False), ("psd", 0, True), ("psd", -1e-6, False)]


@pytest.mark.parametrize(("declared", "least", "kept"), DEFINITE)
def test_whether_a_matrix_is_definite_is_told_by_its_least_eigenvalue(declared: str, least: float, kept: bool) -> None:
    f = derived("d x^T*S*x/dx", variables={"S": f"n x n {declared}"}).function()
    frame = np.linalg.qr(np.arange(16.0).reshape(4, 4) + 3 * np.eye(4))[0]
    s = frame @ np.diag([least, 1, 2, 3]) @ frame.T
    s, x = (s + s.T) / 2, np.ones(4)
    if kept:
        assert np.allclose(f(S=s, x=x), 2 * s @ x)
    else:
        with pytest.raises(UsageError, match=f"S is declared {declared}"):
            f(S=s, x=x)


def test_a_variable_without_properties_takes_real_numbers_only() -> None:
    f = derived("d x^T*A*x/dx").function()
    assert np.allclose(f(np.ones(2), np.full((2, 2), np.inf)), np.inf)
    with pytest.raises(UsageError, match="A is a variable of real numbers"):
        f(np.ones(2), np.ones((2, 2)) * 1j)

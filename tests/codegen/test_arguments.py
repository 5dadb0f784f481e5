"""The arguments of generated functions: wrong shapes are refused with both shapes, unused ones ignored, untold sizes given by name."""

from __future__ import annotations

import importlib.util
import inspect
from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, derive
from matcalc.algebra.node import sym
from matcalc.answers.backprop import backprop
from matcalc.book.sizes import dim
from matcalc.codegen.arguments import LONGEST, refusals
from matcalc.codegen.dialects import NUMPY

TARGETS = ["numpy", "jax", "torch"]


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


def function(d: Derivative, target: str) -> Any:
    if importlib.util.find_spec(target) is None:
        pytest.skip(f"{target} is not installed")
    return d.function(target)


def close(value: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(value), expected, rtol=1e-6)


LEAST_SQUARES = "d ||X*w - y||^2/dw"
GOOD = {"X": np.ones((5, 3)), "w": np.ones(3), "y": np.ones(5)}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"y": np.ones(1)},
        {"y": 2.0},
        {"y": np.ones(4)},
        {"y": np.ones((5, 5))},
        {"w": np.ones(5)},
        {"w": np.ones((3, 2))},
        {"X": np.ones(3)},
        {"X": np.ones((3, 5))},
        {"X": 1.0},
        {"X": np.ones((5, 3, 1))},
    ],
)
def test_wrong_shapes_are_refused_with_both_shapes(target: str, wrong: dict[str, Any]) -> None:
    f = function(one(LEAST_SQUARES), target)
    given = GOOD | wrong
    with pytest.raises(ValueError, match="expected shapes X: m x n, w: n, y: m, got") as raised:
        f(**given)
    for value in given.values():
        assert str(np.shape(value)) in str(raised.value)


@pytest.mark.parametrize("target", TARGETS)
def test_right_shapes_are_taken_columns_and_rows_too(target: str) -> None:
    f = function(one(LEAST_SQUARES), target)
    expected = [20.0] * 3
    close(f(**GOOD), expected)
    close(f(GOOD["X"], GOOD["w"].reshape(3, 1), GOOD["y"].reshape(1, 5)), expected)


@pytest.mark.parametrize(
    ("request_", "variables", "given"),
    [
        ("d c*tr(X)/dX", {"c": ""}, {"X": np.ones((2, 2)), "c": np.ones(2)}),
        ("d x^T*A*x/dx", {"A": "2 2"}, {"x": np.ones(2), "A": np.ones((3, 3))}),
        ("d x^T*A*x/dx", {}, {"x": np.ones(2), "A": np.ones((2, 3))}),
        ("d a^T*vec(X)*tr(X^T*X)/dX", {}, {"a": np.ones(5), "X": np.ones((2, 3))}),
        ("d tr(A*kron(X,X))/dX", {"X": "n n"}, {"A": np.ones((5, 5)), "X": np.ones((2, 2))}),
        ("d s*s^T/ds", {"s": "1 n"}, {"s": np.ones((2, 3))}),
    ],
)
def test_numbers_sizes_and_products_of_sizes_are_checked(request_: str, variables: dict[str, str], given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected shapes"):
        one(request_, variables=variables).function()(**given)


@pytest.mark.parametrize("target", TARGETS)
def test_variables_that_the_formula_does_not_need_are_accepted(target: str) -> None:
    f = function(one("d sum(x.*y)/dx"), target)
    y = np.array([1.0, 2.0])
    close(f(x=np.ones(2), y=y), y)
    close(f(y), y)
    close(f(y, "anything"), y)


@pytest.mark.parametrize("target", TARGETS)
def test_a_size_that_no_argument_tells_is_given_by_name(target: str) -> None:
    d = one("d ones(m)*w^T*w/dw")
    f = function(d, target)
    parameters = inspect.signature(f).parameters
    assert parameters["m"].kind is inspect.Parameter.KEYWORD_ONLY
    close(f(np.array([1.0, 2.0]), m=3), 2 * np.outer([1.0, 2.0], np.ones(3)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("request_", "given", "expected"),
    [
        ("d alpha*diagv(ones(n,n)*D)/d alpha", {"D": [[1.0, 2.0], [3.0, 4.0]]}, [4.0, 6.0]),
        ("d alpha*diagv(D*ones(n,n))/d alpha", {"D": [[1.0, 2.0], [3.0, 4.0]]}, [3.0, 7.0]),
        ("d alpha*diagv(x*y^T)/d alpha", {"x": [1.0, 2.0], "y": [3.0, 4.0]}, [3.0, 8.0]),
        ("d alpha*diagv(ones(n)*y^T)/d alpha", {"y": [3.0, 4.0]}, [3.0, 4.0]),
        ("d norm2(diagv(X'*ones(m,n)))^2/dX", {"X": [[1.0, 2.0], [3.0, 4.0]]}, [[8.0, 12.0], [8.0, 12.0]]),
        ("d sum(x)^2/dx", {"x": [1.0, 2.0]}, [6.0, 6.0]),
        ("d alpha*sum(x)/dx", {"x": [1.0, 2.0], "alpha": 3.0}, [3.0, 3.0]),
        ("d sum(x)*ones(3)/dx", {"x": [1.0, 2.0]}, np.ones((2, 3))),
    ],
)
def test_collapsed_and_repeated_arrays(target: str, request_: str, given: dict[str, Any], expected: Any) -> None:
    f = function(one(request_), target)
    close(f(**{name: np.array(value) for name, value in given.items()}), expected)


@pytest.mark.parametrize("target", TARGETS)
def test_an_axis_of_ones_in_vec_form(target: str) -> None:
    f = function(one("d sum(L*ones(n,m))/dL", form="vec"), target)
    d = one("d sum(L*ones(n,m))/dL", form="vec")
    given = {name: np.ones((2, 3)) for name in d.needs if name == "L"} | {n: 4 for n in d.needs if n != "L"}
    assert np.asarray(f(**given)).size == 6


@pytest.mark.parametrize("request_", ["L where L = x^T*S*x", "L where z = S*x; L = sum(z.*z) + tr(S^2)", "L where L = logdet(S)*x^T*S*x"])
def test_a_variable_with_a_property_is_one_parameter(request_: str) -> None:
    found = backprop(request_, variables={"S": "n n symmetric"})
    head = next(line for line in found.numpy.splitlines() if line.startswith("def backprop"))
    names = [part.split("=")[0].strip() for part in head[head.index("(") + 1 : head.index(")")].split(",")]
    assert sorted(names) == sorted(set(names)) and set(names) <= {"x", "S"}
    S = np.array([[2.0, 0.5], [0.5, 3.0]])
    values, gradients = found.program()(**{n: {"x": np.array([1.0, 2.0]), "S": S}[n] for n in names})
    assert {"x", "S"} <= set(gradients) and "L" in values


def test_a_condition_stands_on_one_line_where_it_fits() -> None:
    named = [(sym("A" * k, (dim("m"), dim("n"))), sym("B" * j, (dim("n"), dim("m")))) for k in range(1, 40) for j in range(1, 4)]
    begun = [refusals(pair, NUMPY)[0] for pair in named]
    assert "if (" in begun
    assert max(map(len, begun)) == LONGEST

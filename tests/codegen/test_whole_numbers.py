"""Exponents and sizes that must be whole numbers: generated code refuses others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc import codegen

TARGETS = ["numpy", "jax", "torch"]


def derived(request: str) -> Any:
    return matcalc.derive(request)


def function(request: str, target: str) -> Any:
    if target != "numpy":
        pytest.importorskip(target)
    return codegen.compile_function(derived(request).code(target))


@pytest.mark.parametrize("target", TARGETS)
def test_an_exponent_that_is_no_integer_is_refused(target: str) -> None:
    f = function("d tr(X^q)/dX", target)
    assert np.allclose(np.asarray(f(2 * np.eye(2), 3)), 12 * np.eye(2))
    with pytest.raises(ValueError, match="expected an integer exponent"):
        f(2 * np.eye(2), 1.9)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("p", [2.5, -2, 0])
def test_a_size_that_is_no_positive_integer_is_refused(target: str, p: float) -> None:
    f = function("d x^T*x*tr(eye(p))/dx", target)
    assert np.allclose(np.asarray(f(np.ones(2), p=2)), [4, 4])
    with pytest.raises(ValueError, match="expected a positive integer p"):
        f(np.ones(2), p=p)


def test_the_function_of_a_derivative_refuses_it_as_well() -> None:
    with pytest.raises(ValueError, match="q is declared integer"):
        derived("d tr(X^q)/dX").function()(X=2 * np.eye(2), q=1.9)


@pytest.mark.parametrize("target", TARGETS)
def test_the_source_says_so(target: str) -> None:
    assert "_whole(q - 1)" in derived("d tr(X^q)/dX").code(target)

"""What the text of a request says of its answer: d f/dx^T, d vec(Y)/d vec(X)^T, d f/d sigma^2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative
from matcalc.errors import UsageError


@pytest.mark.parametrize(
    ("written", "options", "plain", "layout"),
    [
        ("d A*x/dx^T", {}, "d A*x/dx", "numerator"),
        ("d A*x/dx'", {}, "d A*x/dx", "numerator"),
        ("d (x^T*A*x)/d(x^T)", {}, "d x^T*A*x/dx", "numerator"),
        (r"\frac{\partial A x}{\partial x^\top}", {}, "d A*x/dx", "numerator"),
        (r"\frac{\partial}{\partial x'} x' A x", {}, "d x^T*A*x/dx", "numerator"),
        ("d A*x/dx^T", {"layout": "denominator"}, "d A*x/dx", "denominator"),
        ("d tr(A*X)/dX^T", {}, "d tr(A*X)/dX", "numerator"),
        ("d tr(A*X)/dX^T", {"layout": "denominator"}, "d tr(A*X)/dX", "numerator"),
        ("d tr(A*X)/dX^T", {"layout": "numerator"}, "d tr(A*X)/dX", "denominator"),
    ],
)
def test_a_transpose_below_the_bar(written: str, options: dict[str, Any], plain: str, layout: str) -> None:
    found = derive(written, **options)
    assert isinstance(found, Derivative)
    assert (found.text, found.layout) == (str(derive(plain, layout=layout)), layout)
    assert any("^T" in note for note in found.assumptions)


@pytest.mark.parametrize(
    ("written", "plain", "layout"),
    [
        ("d vec(A*X*B)/dvec(X)", "d A*X*B/dX", "denominator"),
        ("d vec(A*X*B)/d vec(X)^T", "d A*X*B/dX", "numerator"),
        ("∂ vec(A*X*B)/∂ vec(X)'", "d A*X*B/dX", "numerator"),
        (r"\frac{\partial \operatorname{vec}(AXB)}{\partial \operatorname{vec}(X)^\top}", "d A*X*B/dX", "numerator"),
        (r"\frac{\partial \operatorname{vec}(X^{-1})}{\partial (\operatorname{vec} X)^\top}", "d X^-1/dX", "numerator"),
        ("d tr(A*X)/dvec(X)", "d tr(A*X)/dX", "denominator"),
    ],
)
def test_vec_below_the_bar(written: str, plain: str, layout: str) -> None:
    found = derive(written)
    assert isinstance(found, Derivative)
    assert found.form == "vec"
    assert found.text == str(derive(plain, layout=layout, form="vec"))


def test_an_array_by_a_transposed_matrix_is_refused() -> None:
    with pytest.raises(UsageError, match="is not read"):
        derive("d A*X/dX^T")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("d (-n/2*log(sigma^2) - ||y||^2/(2*sigma^2))/d(sigma^2)", lambda s, y, n: -n / (2 * s**2) + y @ y / (2 * s**4)),
        (r"\frac{\partial}{\partial\sigma^2} \left(-\frac{n}{2}\log\sigma^{2} - \frac{\|y\|^2}{2\sigma^2}\right)",
         lambda s, y, n: -n / (2 * s**2) + y @ y / (2 * s**4)),
        ("d n*sigma*y^T*y/dsigma^2", lambda s, y, n: n * (y @ y) / (2 * s)),
        ("d n*sigma^4*y^T*y/dsigma^2", lambda s, y, n: n * (y @ y) * 2 * s**2),
        ("d n*y^T*y/v/dsigma^2 where v = sigma^2", lambda s, y, n: -n * (y @ y) / s**4),
    ],
)  # fmt: skip
def test_a_square_below_the_bar(written: str, value: Any) -> None:
    found = derive(written, variables={"n": "", "y": "p", "v": "scalar"} if " v" not in written else {"n": "", "y": "p"})
    y, s, n = np.array([1.0, -2.0, 0.5]), 1.7, 3.0
    given = {"sigma": s, "y": y, "n": n}
    assert isinstance(found, Derivative)
    assert "sigma_sq" not in found.text
    assert found.certificate is not None and found.certificate.status == "checked"
    assert np.isclose(found.function()(**{k: v for k, v in given.items() if k in found.needs}), value(s, y, n))


def test_which_square_a_variable_may_be() -> None:
    with pytest.raises(Exception, match="a square below the bar"):
        derive("d x^T*x/dx^2")

"""The element of a derivative with labels that the request chooses: d (A*X*B)[i,j]/dX[k,l]."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import derive
from matcalc.answers.claims.verification import verify
from matcalc.answers.derivative import Derivative
from matcalc.errors import MatcalcError

ELEMENTS = [
    ("d (A*X*B)[i,j]/dX[k,l]", "A[i,k]*B[l,j]"),
    ("d (A*X*B)[k,l]/dX[i,j]", "A[k,i]*B[j,l]"),
    ("d X^-1[i,j]/dX[k,l]", "-(X^-1)[i,k]*(X^-1)[l,j]"),
    ("d y[i]/dx[j] where y = A*x", "A[i,j]"),
    ("d tr(X)/dX[k,l]", "delta[k,l]"),
    ("d softmax(x)[i]/dx[j]", "softmax(x)[i]*(delta[i,j] - softmax(x)[j])"),
    ("d softmax_rows(X)[i,j]/dX[k,l]", "softmax_rows(X)[i,j]*delta[i,k]*(delta[j,l] - softmax_rows(X)[i,l])"),
    ("d^2 (x'*A*x)/dx[i]dx[j]", "(A + A^T)[i,j]"),
    ("d^2 (x'*A*y)/dx[i]dy[j]", "A[i,j]"),
    ("∂^2 (x'*A*y)/∂x[i]∂y[j]", "A[i,j]"),
    ("d^2 (x'*A*y)/(dx[i] dy[j])", "A[i,j]"),
]


@pytest.mark.parametrize(("request_text", "text"), ELEMENTS)
@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
def test_the_element_is_the_same_in_every_layout_and_certified(request_text: str, text: str, layout: str) -> None:
    found = derive(request_text, layout=layout)
    assert isinstance(found, Derivative)
    assert found.text == text
    assert found.certificate is not None
    assert found.certificate.status == "checked"
    head, where, more = request_text.partition(" where ")
    assert verify(f"{head} = {found.text}{where}{more}").verdict == "right"


def test_the_code_gives_the_array_whose_elements_these_are() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal(4)
    s = np.exp(x)/np.sum(np.exp(x))
    expected = np.diag(s) - np.outer(s, s)
    np.testing.assert_allclose(derive("d softmax(x)[i]/dx[j]").function()(x), expected, atol=1e-12)
    a, b = rng.standard_normal((2, 3)), rng.standard_normal((4, 5))
    array = derive("d (A*X*B)[i,j]/dX[k,l]", layout="numerator").function()(a, b)
    np.testing.assert_allclose(array, np.einsum("ik,lj->ijlk", a, b))


def test_the_element_in_latex() -> None:
    shown = derive("d (A*X*B)[i,j]/dX[k,l]").latex
    assert shown == r"A_{i k} B_{l j}"


@pytest.mark.parametrize(
    ("request_text", "told"),
    [
        ("d (A*X)[i,j]/dX", "the variable has 2 axes that count, and 0 labels"),
        ("d (A*X)[i]/dX[k,l]", "what is differentiated has 2 axes that count, and 1 labels"),
        ("d (A*x)[i]/dx[i]", "i labels two axes"),
        ("d (A*X)[m,n]/dX[k,l]", "m is the name of a size here"),
    ],
)
def test_labels_that_name_no_element_are_refused(request_text: str, told: str) -> None:
    with pytest.raises(MatcalcError, match=told) as raised:
        derive(request_text)
    start, end = raised.value.span or (0, 0)
    assert (raised.value.source or "")[start:end].startswith("[")


def test_an_element_has_no_other_form() -> None:
    with pytest.raises(MatcalcError, match="an element is a number and has no vec form"):
        derive("d (A*X*B)[i,j]/dX[k,l]", form="vec")


def test_numbers_and_sizes_in_brackets_are_entries_as_before() -> None:
    found = derive("d (A*X*B)[1,2]/dX"), derive("d x[i]*x'*x/dx", variables=["x: i"])
    assert [d.form for d in found if isinstance(d, Derivative)] == ["matrix", "matrix"]

"""Letters side by side are products of the names of the request; what is one name stays one."""

from __future__ import annotations

import pytest

from matcalc import Derivative, MatcalcError, derive, verify
from matcalc.reading.alone import parse_expression

SPLIT = [
    ("d x'Ax/dx", "d x'*A*x/dx", {}),
    ("∂xᵀAx/∂x", "d x'*A*x/dx", {}),
    ("d x^TAx/dx", "d x^T*A*x/dx", {}),
    ("d x^Ty/dx", "d x^T*y/dx", {}),
    ("d tr(X^TX)/dX", "d tr(X^T*X)/dX", {}),
    ("d x^Tlog(x)/dx", "d x^T*log(x)/dx", {}),
    ("d tr(AX)/dX", "d tr(A*X)/dX", {}),
    ("d tr(AXBX)/dX", "d tr(A*X*B*X)/dX", {}),
    ("d ||Ax-b||^2/dx", "d ||A*x - b||^2/dx", {}),
    ("grad_b ||y - Xb||^2", "grad_b ||y - X*b||^2", {}),
    ("d (y-Xb)'(y-Xb)/db", "d (y - X*b)'*(y - X*b)/db", {}),
    ("d (y-Xβ)ᵀ(y-Xβ)/dβ", "d (y - X*β)'*(y - X*β)/dβ", {"X": "n k", "β": "k"}),
    ("d (y - Xbeta)'(y - Xbeta)/dbeta", "d (y - X*beta)'*(y - X*beta)/dbeta", {"beta": "k"}),
    ("d Ax/dx", "d A*x/dx", {}),
    ("d 2Ax/dx", "d 2*A*x/dx", {}),
    ("d x'Ax + b'x/dx where A = BC; B: n m; C: m n", "d x'*A*x + b'*x/dx where A = B*C; B: n m; C: m n", {}),
    ("d tr(PQ)*a'*X*b/dX", "d tr(P*Q)*a'*X*b/dX", {"P": "m n", "Q": "n m"}),
    ("d W2*tanh(W1x + b)/dx", "d W2*tanh(W1*x + b)/dx", {}),
    ("d aXb/dX", "d a*X*b/dX", {"a": ""}),
    ("d tr(AXBX^TC)/dX", "d tr(A*X*B*X^T*C)/dX", {}),
    ("d cx'Ax/dx", "d c*x'*A*x/dx", {"c": ""}),
    ("d xe^x/dx", "d x*e^x/dx", {"x": ""}),
    ("d log(det(AXA'))/dX", "d log(det(A*X*A'))/dX", {}),
]


def text_of(request: str, variables: dict[str, str]) -> str:
    found = derive(request, variables=variables)
    assert isinstance(found, Derivative)
    return found.text


@pytest.mark.parametrize(("request_", "spelled", "variables"), SPLIT, ids=[s[0] for s in SPLIT])
def test_letters_side_by_side_are_factors(request_: str, spelled: str, variables: dict[str, str]) -> None:
    assert text_of(request_, variables) == text_of(spelled, variables)


def test_the_answer_says_so() -> None:
    found = derive("d x^TAx + tr(AB)/dx where B = 2A")
    assert isinstance(found, Derivative)
    assert "^TAx is read as ^T*A*x" in found.assumptions
    assert "AB is read as A*B" in found.assumptions


WHOLE = [
    ("d Ax'*x/dx", {"Ax": "n"}, "Ax"),
    ("d tr(BC*X)/dX", {}, "BC^T"),
    ("d XY'*z/dXY", {"XY": "n", "z": "n"}, "z"),
    ("d x'*Ax/dx where Ax = B*c", {}, "B*c"),
    ("d tr(A*dX)/dA", {}, "dX^T"),
    ("d betas'*beta/dbeta", {"beta": "n"}, "betas"),
]


@pytest.mark.parametrize(("request_", "variables", "text"), WHOLE, ids=[w[0] for w in WHOLE])
def test_names_stay_whole(request_: str, variables: dict[str, str], text: str) -> None:
    assert text_of(request_, variables) == text


REFUSED = [
    ("d x'*trAx/dx", "trAx would be one name, though x varies"),
    ("d sum(tax)/dx", "tax would be one name, though x varies"),
    ("d xTAx/dx", "xTAx could be x^T*A*x or x*T*A*x"),
    ("d logdet(XtX)/dX", "XtX could be X^T*X or X*t*X"),
    ("d xAx/dx", "xAx could be x^T*A*x or x*A*x"),
    ("d b'XTXc/dX", "XTXc could be X^T*X*c or X*T*X*c"),
    ("d e^2x/dx", "where the exponent 2x ends is not clear"),
    ("d e^-xy/dx", "where the exponent xy ends is not clear"),
    ("d 2^ax/dx", "where the exponent ax ends is not clear"),
    ("d 1/ax/dx", "whether ax is below the bar as a whole is not clear"),
    ("d np.sum(wx @ x)/dx", "wx would be one name, though x varies"),
]


@pytest.mark.parametrize(("request_", "message"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_may_be_a_word_is_refused(request_: str, message: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        derive(request_)
    assert caught.value.message == message


def test_a_hint_below_a_bar_holds_the_whole_line() -> None:
    with pytest.raises(MatcalcError) as caught:
        derive("d 1/ax/dx", variables={"a": "", "x": ""})
    assert caught.value.hint == "write d 1/(a*x)/dx or d 1/a*x/dx"


@pytest.mark.parametrize("request_", [r[0] for r in REFUSED if r[0] not in ("d x'*trAx/dx", "d sum(tax)/dx", "d np.sum(wx @ x)/dx")])
def test_both_readings_of_a_hint_are_read(request_: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        derive(request_)
    assert caught.value.hint is not None
    for written in caught.value.hint.removeprefix("write ").split(" or "):
        assert derive(written, variables={"a": "", "x": "", "y": ""} if "A" not in written and "X" not in written else None) is not None


def test_claims_and_expressions_alone_are_read_alike() -> None:
    assert verify("d (x^T A x)/dx = 2Ax", variables={"A": "n n symmetric"})
    declared = {"A": "n n", "x": "n"}
    assert parse_expression("x'Ax", variables=declared) is parse_expression("x'*A*x", variables=declared)

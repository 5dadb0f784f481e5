"""Functions in disguise, and answers that a change of rank one makes short."""

from __future__ import annotations

import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative

ANSWERS = [
    ("d det(A + x*y^T)/dx", "det(A)*A^-T*y"),
    ("d det(A + x*x^T)/dx where A: n x n spd", "2*det(A)*A^-1*x"),
    ("d x^T*(c*eye(n) + x*x^T)^-1*y/dy where c: scalar positive", "x/(x^T*x + c)"),
    ("d x^T*(eye(n) + x*x^T)^-1*x/dx", "2*x/(1 + x^T*x)^2"),
    ("d logdet(eye(n) + x*x^T)/dx", "2*x/(1 + x^T*x)"),
    ("d |x^T*x|/dx", "2*x"),
    ("d sum(abs(x).*sign(x))/dx", "ones(n)"),
    ("d exp(x)'*sigmoid(-x)/dx", "sigmoid(x).*sigmoid(-x)"),
    ("d sum(y.*log(1 - exp(-exp(x))) - (1 - y).*exp(x))/dx", "(y./(ones(n) - exp(-exp(x))) - ones(n)).*exp(x)"),
    ("d ||A - u*v^T||_F^2/du where v'*v = 1", "2*(u - A*v)"),
    ("d ||Y - A*A^T*Y||_F^2/dA where A: m x r orthonormal", "2*(A*A^T - I)*Y*Y^T*A"),
    ("d a^T*(exp(x - max(x))/sum(exp(x - max(x))))/dx", "a.*softmax(x) - (a^T*softmax(x))*softmax(x)"),
    ("d a^T*softmax(x + c*ones(n))/dx where c: scalar", "a.*softmax(x) - (a^T*softmax(x))*softmax(x)"),
    ("d tr(Y^T*(diag(exp(X)*ones(n))^-1*exp(X)))/dX", "Y.*softmax_rows(X) - diag(diagv(Y*softmax_rows(X)^T))*softmax_rows(X)"),
]


@pytest.mark.parametrize(("request_text", "expected"), ANSWERS)
def test_answers(request_text: str, expected: str) -> None:
    found = derive(request_text)
    assert isinstance(found, Derivative)
    assert found.text == expected
    assert found.certificate is not None and found.certificate.status == "checked"

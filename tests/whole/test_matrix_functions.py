"""Matrix functions anywhere, their Fréchet derivatives, and linear matrix equations."""

from __future__ import annotations

from typing import Any

import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative

ANSWERS = [
    ("d a^T*expm(A)*b/dA", "expm_frechet(A^T,a*b^T)"),
    ("d tr(B*expm(A))/dA", "expm_frechet(A,B)^T"),
    ("d expm(A + t*B)/dt where A: n x n; B: n x n; t: scalar", "expm_frechet(A + t*B,B)^T"),
    ("d x^T*expm(-t*A)*y/dt where t: scalar", "-x^T*A*expm(-t*A)*y"),
    ("d ||expm(A)*x - y||^2/dA", "2*expm_frechet(A^T,(expm(A)*x - y)*x^T)"),
    ("d a^T*expm(P*X)*b/dX", "P^T*expm_frechet(P*X,b*a^T)^T"),
    ("d tr(C*expm(X + X^T))/dX", "expm_frechet(X + X^T,C + C^T)"),
    ("d tr(P*(logm(P) - logm(Q)))/dQ where P: n x n spd; Q: n x n spd", "-logm_frechet(Q,P)"),
    ("d a^T*inv(expm(A))*b/dA", "-expm_frechet(-A^T,a*b^T)"),
    ("d tr(sinm(A))/dA", "cosm(A)^T"),
    ("d tr(powm(S,t))/dS where S: n x n spd; t: scalar", "t*powm(S,t - 1)"),
    ("d powm(S,t)/dt where S: n x n spd; t: scalar", "logm(S)*powm(S,t)"),
    ("d tr(B*S^(-1/2))/dS where S: n x n spd", "powm_frechet(S,-1/2,B^T)"),
    ("d tr(S^(1/2))/dS where S: n x n spd", "sqrtm(S)^-1/2"),
    ("d tr(B*sylvester(A,M,C))/dA", "-sylvester(M,A,B)^T*sylvester(A,M,C)^T"),
    ("d tr(Q*lyap(A,C))/dA where C: n x n symmetric; Q: n x n symmetric", "-2*lyap(A^T,Q)*lyap(A,C)"),
    ("d x^T*lyap(A,b*b^T)*x/db", "2*lyap(A^T,x*x^T)*b"),
    ("d tr(expm_frechet(A,E)*C)/dE", "expm_frechet(A,C)^T"),
    ("d tr(B*sqrtm(A)*sqrtm(A))/dA", "B^T"),
    ("d expm(A)*x/dx", "expm(A)^T"),
]


def answer(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize(("request_text", "expected"), ANSWERS)
def test_answers(request_text: str, expected: str) -> None:
    found = answer(request_text)
    assert found.text == expected
    assert found.certificate is not None and found.certificate.status == "checked"


@pytest.mark.parametrize("request_text", [r for r, _ in ANSWERS])
def test_answers_are_read_back_from_text_and_latex(request_text: str) -> None:
    found = answer(request_text)
    column = len(found.shape) == 2 and found.shape[1] == "1" or found.shape == ("1", "1")
    for text in (found.text, found.latex):
        asked = f"d ({text})^T*Y/dY" if column else f"d \\operatorname{{tr}}((({text}))^T*Y)/dY"
        again = answer(asked, variables={**found.variables, "Y": " x ".join(found.shape) if not column else found.shape[0]})
        assert again.text == found.text

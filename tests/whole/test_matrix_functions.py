"""Matrix functions anywhere, their Fréchet derivatives, and linear matrix equations: answers, and their code against SciPy's meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative

ANSWERS = [
    ("d a^T*expm(A)*b/dA", "expm_frechet(A^T,a*b^T)"),
    ("d tr(B*expm(A))/dA", "expm_frechet(A,B)^T"),
    ("d expm(A + t*B)/dt where A: n x n; B: n x n; t: scalar", "expm_frechet(A + t*B,B)^T"),
    ("d x^T*expm(-t*A)*y/dt where t: scalar", "-x^T*expm(-t*A)*A*y"),
    ("d ||expm(A)*x - y||^2/dA", "2*expm_frechet(A^T,(expm(A)*x - y)*x^T)"),
    ("d a^T*expm(P*X)*b/dX", "P^T*expm_frechet(P*X,b*a^T)^T"),
    ("d tr(C*expm(X + X^T))/dX", "expm_frechet(X + X^T,C + C^T)"),
    ("d tr(P*(logm(P) - logm(Q)))/dQ where P: n x n spd; Q: n x n spd", "-logm_frechet(Q,P)"),
    ("d a^T*inv(expm(A))*b/dA", "-expm_frechet(-A^T,a*b^T)"),
    ("d tr(sinm(A))/dA", "cosm(A)^T"),
    ("d tr(powm(S,t))/dS where S: n x n spd; t: scalar", "t*powm(S,t - 1)"),
    ("d powm(S,t)/dt where S: n x n spd; t: scalar", "powm(S,t)*logm(S)"),
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


SIZE = 4
REPEATED = np.diag([0.5, 0.5, 2.0, 2.0])
CLOSE = np.diag([0.5, 0.5 + 1e-9, 2.0, 2.0 - 1e-9])
DEFECTIVE = np.array([[2.0, 1.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 3.0]])
ANY = np.array([[2.0, -0.3, 0.2, 0.5], [0.4, 1.5, -0.6, 0.1], [-0.2, 0.3, 2.5, 0.3], [0.1, -0.5, 0.2, 1.8]])


def turned(a: Any) -> Any:
    q, _ = np.linalg.qr(np.random.default_rng(4).standard_normal((SIZE, SIZE)))
    return q @ a @ q.T


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("name", ["expm(A)", "logm(A)", "sqrtm(A)", "powm(A,0.3)", "cosm(A)", "sinm(A)", "sylvester(A,A,E)", "lyap(A,E)"])
@pytest.mark.parametrize("at", [turned(REPEATED), turned(CLOSE), DEFECTIVE, ANY], ids=["repeated", "close", "defective", "any"])
def test_code_is_right_at_repeated_and_close_eigenvalues(name: str, at: Any, target: str) -> None:
    """<G, f(A + h E)> by h, with f from its definition at a matrix that is moved a little: the code has no such point to lean on."""
    module = pytest.importorskip(target)
    if target == "jax":
        module.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(5)
    g, e = rng.standard_normal((2, SIZE, SIZE))
    found = answer(f"d tr(G^T*{name})/dA", variables={"A": "n n", "G": "n n", "E": "n n"})
    gradient = np.asarray(found.function(target)(**{k: v for k, v in {"G": g, "A": at, "E": e}.items() if k in found.needs}))
    value = answer(f"d tr(Y^T*{name})/dY", variables={"A": "n n", "Y": "n n", "E": "n n"}).function()
    way = rng.standard_normal((SIZE, SIZE))

    def quotient(h: float) -> float:
        above, below = (np.sum(g * value(**({"A": at + s * h * way} | ({"E": e} if "E" in name else {})))) for s in (1, -1))
        return float((above - below) / (2 * h))

    slope = (4 * quotient(5e-4) - quotient(1e-3)) / 3
    assert np.sum(gradient * way) == pytest.approx(slope, rel=1e-8 if target == "numpy" else 1e-7)

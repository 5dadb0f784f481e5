r"""Answers that are made of blocks: derived, certified, read back from their text, and computed by their code.

The requests are those of texts on Schur complements, saddle points, least squares with a penalty, bordered determinants, Gaussian
conditionals and matrix functions (Magnus and Neudecker; Boyd and Vandenberghe; Petersen and Pedersen; Higham; Rasmussen and Williams).
"""

from __future__ import annotations

import pytest

from matcalc import derive, verify
from matcalc.answers.derivative import Derivative
from matcalc.answers.selftest import code_of

ANSWERS = [
    # determinants and Schur complements
    ("d logdet([A, B; C, M])/dA", "(A - B*M^-1*C)^-T", "M is invertible"),
    ("d logdet([A, B; C, M])/dM", "(M - C*A^-1*B)^-T", "A is invertible"),
    ("d logdet([A, B; C, M])/dB", "A^-T*C^T*(C*A^-1*B - M)^-T", "A is invertible"),
    ("d logdet([A, B; B^T, C])/dB where A: spd; C: spd", "2*A^-1*B*(B^T*A^-1*B - C)^-1", ""),
    ("d logdet([A, B; B^T, 0])/dB where A: spd", "2*A^-1*B*(B^T*A^-1*B)^-1", ""),
    ("d logdet([eye(n), X; X^T, eye(m)])/dX", "2*X*(X^T*X - I)^-1", ""),
    ("d logdet([A, B, C; D, E, F; G, H, J])/dA", "(A - [B, C]*[E, F; H, J]^-1*[D; G])^-T", "[E, F; H, J] is invertible"),
    ("d det([A, b; b^T, c])/db where A: spd; c: scalar", "-2*det(A)*A^-1*b", ""),
    ("d det([A, b; b^T, c])/dc where A: spd; c: scalar", "det(A)", ""),
    ("d logdet([A, b; b^T, c])/db where A: spd; c: scalar", "2*A^-1*b/(b^T*A^-1*b - c)", ""),
    ("d det([eye(n), x; x^T, 1])/dx", "-2*x", ""),
    ("d det([X, B; 0, Y])/dY", "det(X)*det(Y)*Y^-T", ""),
    # quadratic forms, inverses, powers
    ("d [x; y]^T*inv([A, B; B^T, C])*[x; y]/dx where A: spd; C: spd", "2*(A - B*C^-1*B^T)^-1*(x - B*C^-1*y)", ""),
    ("d [x^T, y^T]*[A, B; C, D]*[x; y]/dx", "(A + A^T)*x + (B + C^T)*y", ""),
    ("d tr(inv([A, B; 0, D])*[E, F; 0, G])/dA", "-A^-T*E^T*A^-T", ""),
    ("d tr([A, B; C, D]^3)/dB", "3*(C*A + D*C)^T", ""),
    ("d tr([A, B; C, D]^2)/dA", "2*A^T", ""),
    ("d tr(inv(blkdiag(A, B))*blkdiag(C, D))/dB", "-B^-T*D^T*B^-T", ""),
    # what picks blocks of something without any
    ("d tr([A, B; C, D]*M)/dB", "[I, zeros(m,q)]*M^T*[zeros(n,p); I]", ""),
    ("d ||[A, B]*x||^2/dA", "2*[A, B]*x*x^T*[I; zeros(p,n)]", ""),
    ("d logsumexp([x; y])/dx", "[I, zeros(n,m)]*softmax([x; y])", ""),
    ("d sum([A, B].*X)/dB", "X*[zeros(m,p); I]", ""),
    # norms, least squares with a penalty
    ("d norm2([x; y])/dx", "x/norm2([x; y])", ""),
    ("d norm2([x; t])^3/dx where t: scalar", "3*norm2([x; t])*x", ""),
    ("d ||[A; sqrt(t)*eye(n)]*x - [b; zeros(n)]||^2/dx where t: scalar", "2*(A^T*(A*x - b) + t*x)", ""),
    ("d ||[A*X, X*B]||_F^2/dX", "2*(A^T*A*X + X*B*B^T)", ""),
    ("d norm1([x; y])/dx", "sign(x)", ""),
    # arrays of blocks
    ("d [A*x; x]/dx", "[A^T, I]", ""),
    ("d [A*x; y]/dx", "[A^T, zeros(n,m)]", ""),
    ("d exp([A*x; x])/dx", "[A^T*diag(exp(A*x)), diag(exp(x))]", ""),
    ("d sum(exp([A*X, X]))/dX", "A^T*exp(A*X) + exp(X)", ""),
    ("d [A, x; x^T, 1]*[y; t]/dx where t: scalar", "[t*I, y]", ""),
    ("d vec([A, B, C])/dB", "[zeros(m*p,m*n), I, zeros(m*p,m*q)]", ""),
    ("d [X, Y]/dX", "kron([I, zeros(n,p)],eye(m))", ""),
    ("d [A*X, X]/dX", "[kron(eye(m),A^T), I]", ""),
    ("d [A*X, X*B]/dX", "[kron(eye(m),A^T), kron(B,eye(n))]", ""),
    # by what several blocks hold
    ("d logdet([A + X, B; B^T, C])/dX", "(A + X - B*C^-1*B^T)^-T", "C is invertible"),
    ("d det([t*eye(n), x; x^T, t])/dx where t: scalar", "-2*det(t*eye(n))*x/t", ""),
    ("d logdet([X[1:2,1:2], X[1:2,3:5]; X[3:5,1:2], X[3:5,3:5]])/dX where X: 5 x 5", "X^-T", ""),
    ("d logdet(Z)/dZ where Z = [A, B; B^T, C]", "Z^-T", ""),
    # matrix functions
    ("d a^T*[eye(n), zeros(n,n)]*expm([A, E; zeros(n,n), A])*[zeros(n,n); eye(n)]*b/dE", "expm_frechet(A^T,a*b^T)", ""),
    ("d a^T*expm([A, 0; E, A])*[b; c]/dE", "expm_frechet(A^T,[zeros(n,n), I]*a*b^T)", ""),
    ("d tr(expm([A, B; 0, D]))/dA", "expm(A)^T", ""),
    ("d tr(expm(blkdiag(A, B)))/dB", "expm(B)^T", ""),
    ("d tr(expm([A, B; 0, D])*[E, 0; 0, F])/dA", "expm_frechet(A,E)^T", ""),
]  # fmt: skip


def answer(request: str) -> Derivative:
    found = derive(request)
    assert isinstance(found, Derivative)
    assert found.certificate is not None and found.certificate.status == "checked"
    return found


@pytest.mark.parametrize(("request_", "text", "assumed"), ANSWERS, ids=[a[0] for a in ANSWERS])
def test_an_answer_is_made_of_blocks(request_: str, text: str, assumed: str) -> None:
    found = answer(request_)
    assert found.text == text
    assert not assumed or assumed in found.assumptions


@pytest.mark.parametrize("request_", [a[0] for a in ANSWERS if "where" not in a[0]])
def test_the_text_is_read_back(request_: str) -> None:
    verdict = verify(f"{request_} = {answer(request_).text}")
    assert verdict.right


@pytest.mark.parametrize("request_", [a[0] for a in ANSWERS])
@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
def test_the_code_agrees_with_differences_of_the_function(request_: str, layout: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = derive(request_, layout=layout)
    assert isinstance(found, Derivative)
    exec(compile(code_of([found], "numpy", tested=True), "<test>", "exec"), {"__name__": "__main__"})
    assert "agrees with finite differences" in capsys.readouterr().out


def test_blocks_in_every_notation() -> None:
    found = answer("d exp([A*x; x])/dx")
    assert found.latex.startswith(r"\begin{bmatrix} A^\top \operatorname{Diag}")
    assert answer("d [A*x; y]/dx").latex == r"\begin{bmatrix} A^\top & \mathbf{0}_{n \times m} \end{bmatrix}"
    assert "BlockMatrix([[A.T" in answer("d [A*x; x]/dx").sympy

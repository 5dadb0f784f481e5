"""Verdicts on claims that are wrong only somewhere, that are zero up to rounding, and that no point decides."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from matcalc import cli
from matcalc.answers.claims.verification import verify


@pytest.mark.parametrize(
    ("claim", "variables"),
    [
        ("d x^T*Q*x/dx = 2*Q*x", ["Q: 2 x 2 orthogonal"]),
        ("d tr(Q*A)/dA = Q", ["Q: 2 x 2 orthogonal"]),
        ("d x^T*Q*Q*y/dx = y", ["Q: 2 x 2 orthogonal"]),
        ("d det(Q)*x^T*x/dx = 2*x", ["Q: 3 x 3 orthogonal"]),
        ("d det(Q)*x^T*x/dx = -2*x", ["Q: 2 x 2 orthogonal"]),
        ("d sum(relu(x-0.4*ones(n)))/dx = ones(n)", ["x: n positive"]),
        ("d relu(alpha+10)/d alpha = 1", []),
        ("d sum(relu(x) - relu(x - 6*ones(n)))/dx = heaviside(x)", []),
        ("d relu(c - 2)/dc = 0", ["c: scalar"]),
        ("d relu(c - 100)/dc = 7*relu(c - 100)", ["c: scalar"]),
        ("d abs(c - 10)/dc = -1", ["c: scalar"]),
        ("d sum(relu(x - 100*ones(n)))/dx = zeros(n)", []),
        ("d (c*x^T*x)/dx = 2*abs(c + 30)*x - 60*x", ["c: scalar"]),
        ("d exp(-1000*x^T*x)/dx = zeros(n)", []),
        ("d sigmoid(c - 1000)/dc = 0", ["c: scalar"]),
        ("d x^T*W*x/dx = zeros(n)^T", ["W: n x n skew"]),
        ("d x^T*A*x/dx = heaviside(x[1] + 20)*(A + A^T)*x", []),
        ("d (x.*x)[i]/dx[j] = 2*x[i]*delta[i,j]*heaviside(x[1] + 50)", []),
        ("d sum(relu(x - 9))/dx = sum(0*dx)", []),
        ("d tr(A)*heaviside(b)*relu(c + 2)/dA = heaviside(b)*(c + 2)*eye(n)", ["A: n x n", "b: scalar", "c: scalar"]),
        ("d relu(a^T*x)*abs(c - 60)/dx = heaviside(a^T*x)*(60 - c)*a", ["c: scalar"]),
        ("d F(X^T)/dX = grad_F(X)", ["F: matrix -> scalar", "X: n x n"]),
        ("d (c*F(X))/dc = F(X^T)", ["F: matrix -> scalar", "X: n x n", "c: scalar"]),
        ("d (f12(x) - f21(x))/dx = zeros(n)", ["f12: vector -> scalar", "f21: vector -> scalar", "x: n"]),
        ("d^2 sum(s(x))/dx^2 = -1.69*diag(s(x))", ["s: elementwise", "x: n"]),
        ("d^2 s(c)/dc^2 = -1.69*s(c)", ["s: elementwise", "c: scalar"]),
        ("d norm2(x)^2000/dx = norm2(x)^1998*x", []),
        ("d (x^T*x)^1000/dx = 2*(x^T*x)^999*x", []),
        ("d norm2(x)^400/dx = 400*norm2(x)^399*x", []),
        ("d (c*sum(sqrt(k.^2)))/dc = sum(k)", ["c: scalar", "k: n integer"]),
        ("d (c*sqrt(log(4*p)^2))/dc = log(4*p)", ["c: scalar", "p: scalar positive"]),
        ("d (c*sqrt(logdet(S)^2))/dc = logdet(S)", ["c: scalar", "S: n x n spd"]),
        ("d (pi*c)/dc = 355/113", ["c: scalar"]),
        ("d (pi*c)/dc = 3.141593", ["c: scalar"]),
        ("d (c*heaviside(n-9)*sum(x))/dc = 0", ["c: scalar", "x: n"]),
        ("d (c*d)/dc = d + relu(c-10)*relu(d-10)", ["c: scalar", "d: scalar"]),
        ("d (c*k)/dc = abs(k)", ["c: scalar", "k: scalar integer"]),
        ("d (c*k)/dc = k*(1 + heaviside(k-6))", ["c: scalar", "k: scalar integer"]),
        ("d sum(x)/dx = ones(n)*(1 + relu(x[1]-20)*relu(sum(x)-60))", ["x: n"]),
        ("d (b*c*d)/dc = b*d + relu(b-10)*relu(-c-10)*relu(d-8)", ["b: scalar", "c: scalar", "d: scalar"]),
        ("d (c*(1+det(P))*(1-det(Q))*(1+det(R)))/dc = 0", ["c: scalar", *(f"{A}: 3 x 3 orthogonal" for A in "PQR")]),
        ("d (c*(1+det(P))*(1-det(Q))*(1+det(R))*(1-det(S)))/dc = 0", ["c: scalar", *(f"{A}: 2 x 2 orthogonal" for A in "PQRS")]),
    ],
)
def test_wrong_somewhere(claim: str, variables: list[str]) -> None:
    verdict = verify(claim, variables=variables)
    assert verdict.verdict == "wrong", str(verdict)
    assert "1 times the claim" not in [r.removeprefix("the derivative is ") for r in verdict.reasons]


@pytest.mark.parametrize(
    ("claim", "variables"),
    [
        ("d x^T*x*tr(S*W)/dx = zeros(m)", ["x: m", "S: n x n symmetric", "W: n x n skew"]),
        ("d det(W)*x^T*x/dx = zeros(n)", ["W: 3 x 3 skew"]),
        ("d det(W)/dW = adj(W)^T", ["W: 3 x 3 skew"]),
        ("d x^T*W*x/dx = W*x + W^T*x", ["W: n x n skew"]),
        ("d (cosh(t)^2 - sinh(t)^2)/dt = 0", ["t: scalar"]),
        ("d sum(softmax_rows(alpha*X))/d alpha = 0", []),
        ("d sum(relu(x) - relu(x - 6*ones(n)))/dx = heaviside(x).*heaviside(6*ones(n) - x)", []),
        ("d log(alpha - 5)/d alpha = 1/(alpha - 5)", []),
        ("d sum(abs(x - 40))/dx = 2*heaviside(x - 40) - 1", []),
        ("d tanh(30*c)/dc = 30/cosh(30*c)^2", ["c: scalar"]),
        ("d sum(tanh(100*x))/dx = 100./cosh(100*x).^2", ["x: n"]),
        ("d tanh(c+20)/dc = 1/cosh(c+20)^2", ["c: scalar"]),
        ("d norm2(x)^2000/dx = 2000*x/(x^T*x)*exp(1000*log(x^T*x))", ["x: n"]),
    ],
)
def test_right_everywhere(claim: str, variables: list[str]) -> None:
    verdict = verify(claim, variables=variables)
    assert verdict.verdict == "right", str(verdict)


@pytest.mark.parametrize(
    ("claim", "variables", "reason"),
    [
        ("d exp(c)/dc = exp(c+800)/exp(800)", ["c: scalar"], "rounding errors hide any difference"),
        ("d abs(alpha^2 - 2*alpha + 2)/dalpha = 2*alpha - 2", [], "one side of the kink of abs was not reached"),
        ("d log(-x^T*x)/dx = 2*x/(x^T*x)", [], "no point was found at which both the claim and the derivative are finite"),
        ("d det(W)/dW = det(W)*inv(W)^T", ["W: 3 x 3 skew"], "no point was found at which both the claim and the derivative are finite"),
    ],
)
def test_undecided(claim: str, variables: list[str], reason: str) -> None:
    verdict = verify(claim, variables=variables)
    assert (verdict.verdict, verdict.right) == ("undecided", False)
    assert verdict.reasons[0].startswith(reason)
    ran = CliRunner().invoke(cli.group, ["verify", claim, *(w for v in variables for w in ("--var", v)), "--to", "json"])
    assert ran.exit_code == 3
    assert json.loads(ran.stdout)["verdict"] == "undecided"


def test_no_factor_that_another_size_contradicts() -> None:
    verdict = verify("d (c*tr(pinv(A)*A))/dc = n", variables=["c: scalar", "A: m x n"])
    assert (verdict.verdict, verdict.factor) == ("wrong", None)


@pytest.mark.filterwarnings("error")
def test_no_warning_of_overflow() -> None:
    assert verify("d norm2(x)^400/dx = 400*norm2(x)^399*x").verdict == "wrong"


LAYOUTS = ("numerator", "denominator", "mixed")
ROWS = {
    "d (x^T*x)/dx": ({"x": "n"}, "2*x", ("denominator", "mixed")),
    "d (s*s^T)/ds": ({"s": "1 x n"}, "2*s", ("denominator", "mixed")),
    "d (c*x)/dc": ({"x": "n", "c": "scalar"}, "x", ("numerator", "mixed")),
    "d (c*s)/dc": ({"s": "1 x n", "c": "scalar"}, "s", ("numerator", "mixed")),
    "d (A*x)/dx": ({"A": "m x n", "x": "n"}, "A", ("numerator", "mixed")),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("request_", ROWS)
def test_a_row_is_no_column(request_: str, layout: str) -> None:
    variables, value, layouts = ROWS[request_]
    assert verify(f"{request_} = {value}", layout=layout, variables=variables).right is (layout in layouts)
    assert verify(f"{request_} = ({value})^T", layout=layout, variables=variables).right is (layout not in layouts)

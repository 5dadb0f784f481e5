"""Claims that are right, and what is said of those that are not. Rows of docs/lecture-notes.md stand in the ids."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from matcalc import MatcalcError, ParseError, cli
from matcalc.answers.claims.verification import verify

NETWORK = "where y = W x + b; L = loss(y); dL/dy = g"


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli.group, ["verify", *arguments])


@pytest.mark.parametrize(
    ("claim", "options"),
    [
        pytest.param("d tr(A X)/dX = A^T", {}, id="C08-trace"),
        pytest.param("d tr(A X)/dX = A", {"layout": "numerator"}, id="C14-numerator"),
        pytest.param("d (x^T A x)/dx = A*x + A^T*x", {}, id="C04-another-spelling"),
        pytest.param("d (x^T A x)/dx = 2*A*x", {"variables": ["A: n x n symmetric"]}, id="C04-declared-symmetric"),
        pytest.param("d (A X B)/dX = kron(B^T, A)", {"layout": "numerator"}, id="C74-vec-form"),
        pytest.param("d (A X B)/dX = kron(B, A^T)", {}, id="C74-vec-form-denominator"),
        pytest.param("d x/dx = I", {}, id="C65-identity-of-the-right-size"),
        pytest.param("d tr(A)/dX = 0", {"variables": ["X: m x n"]}, id="C18-zero-of-every-shape"),
        pytest.param(f"dL/dW = g*x^T {NETWORK}", {}, id="C55-named-gradient"),
        pytest.param(f"dL/dW = x*g {NETWORK}", {"layout": "numerator"}, id="C55-named-gradient-is-a-row-in-numerator-layout"),
        pytest.param(f"dL/dx = W^T*grad_loss(y) {NETWORK}", {}, id="C55-gradient-of-a-definition"),
        pytest.param("d sigma(W x)/dx = W^T*diag(sigma'(W*x))", {"variables": ["sigma: elementwise"]}, id="C63-unknown-activation"),
        pytest.param("d X^-1/dX = -X^-1*dX*X^-1", {}, id="C23-differential"),
        pytest.param("d (ones(n)^T*H*w/n)/dH = tr(w*ones(n)^T*dH)/n", {}, id="C32-trace-form"),
        pytest.param("d sum(sin(X*W^T))/dW = tr(dW*X^T*cos(X*W^T))", {}, id="C33-first-of-three-equal-traces"),
        pytest.param("d sum(sin(X*W^T))/dW = tr(cos(X*W^T)^T*X*dW^T)", {}, id="C33-second-of-three-equal-traces"),
        pytest.param("d sum(sin(X*W^T))/dW = tr(X^T*cos(X*W^T)*dW)", {}, id="C33-third-of-three-equal-traces"),
        pytest.param("d (theta^T*x + b)/dx = theta", {"variables": ["theta: n", "b: scalar"]}, id="C30-hyperplane"),
        pytest.param("d^2 (x^T A x)/dx^2 = A + A^T", {}, id="C06-hessian"),
        pytest.param("d (x*W)/dx = W", {"variables": ["x: 1 x n", "W: n x m"]}, id="C57-row-by-row"),
    ],
)
def test_right(claim: str, options: dict[str, Any]) -> None:
    verdict = verify(claim, **options)
    assert verdict, str(verdict)
    assert str(verdict).startswith("right\n")
    assert verdict.entry is None


@pytest.mark.parametrize(
    ("claim", "options", "reasons"),
    [
        pytest.param(
            "d tr(A X)/dX = A",
            {},
            ["the claim is m x n, the derivative n x m", "it is right in numerator layout"],
            id="C14-another-layout",
        ),
        pytest.param(
            "d (A X B)/dX = kron(B^T, A)",
            {},
            ["the claim is m*q x n*p, the derivative n*p x m*q in vec form", "it is right in numerator and mixed layout"],
            id="C74-two-other-layouts",
        ),
        pytest.param("d (x^T A x)/dx = 2*A*x", {}, ["it is right if A is symmetric"], id="C04-symmetric"),
        pytest.param("d tr(X^2)/dX = 2*X", {}, ["it is right in numerator layout", "it is right if X is symmetric"], id="C08-both"),
        pytest.param("d (x^T A B x)/dx = 2*A*B*x", {}, [], id="C04-no-product-of-symmetric-ones"),
        pytest.param("d (x^T (A + B) x)/dx = 2*(A + B)*x", {}, ["it is right if A and B are symmetric"], id="C04-two-symmetric"),
        pytest.param("d ||x||^2/dx = x", {}, ["the derivative is 2 times the claim"], id="C04-factor"),
        pytest.param("d ||x||^2/dx = 4*x", {}, ["the derivative is 1/2 times the claim"], id="C04-fraction"),
        pytest.param("d ||x||^2/dx = -2*x", {}, ["only its sign is wrong"], id="C04-sign"),
        pytest.param(
            "d (sum(x)/n)/dx = ones(n)", {"variables": ["x: n"]}, ["the derivative is 1/n times the claim"], id="C60-forgotten-mean"
        ),
        pytest.param("d (X W)/dX = W", {}, ["the claim is n x p, the derivative m*n x m*p in vec form"], id="C11-four-axes"),
    ],
)
def test_wrong(claim: str, options: dict[str, Any], reasons: list[str]) -> None:
    verdict = verify(claim, **options)
    assert not verdict
    assert str(verdict).startswith("wrong: the derivative is ")
    assert [r for r in verdict.reasons if not r.startswith("entry")] == reasons


def test_definitions_of_the_claim_alone() -> None:
    told = "d softmax(x)/dx = diag(s) - {}s*s^T where s = softmax(x)"
    assert verify(told.format("")).verdict == "right"
    assert verify(told.format("2*")).verdict == "wrong"
    assert verify("d sum(sigmoid(x))/dx = s.*(1 - s) where s = sigmoid(x)").verdict == "right"
    with pytest.raises(MatcalcError, match="q is not known here"):
        verify("d softmax(x)/dx = diag(s) - s*q^T where s = softmax(x)")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("d x^T*A*x/dx = t2 where t1 = A + A^T; t2 = t1*x", "right"),
        ("d x^T*A*x/dx = t2 where t2 = t1*x; t1 = A + A^T", "right"),
        ("d x^T*A*x/dx = t2 where t1 = A - A^T; t2 = t1*x", "wrong"),
        ("d ||z||^2/dx = s*2 where z = A*x - b; s = A^T*r; r = A*x - b", "right"),
    ],
)
def test_a_definition_of_the_value_may_need_others(claim: str, verdict: str) -> None:
    assert verify(claim).verdict == verdict


def test_a_size_that_no_variable_has_is_no_obstacle_to_a_cause() -> None:
    claim = "d ((u^T*v + det(eye(m)))*exp(kappa/50))/du = v*(1 + kappa/50)"
    assert verify(claim, variables=["u: n", "v: n", "kappa: scalar"]).verdict == "wrong"


@pytest.mark.parametrize("definitions", ["a = b + A; b = a + A^T", "a = a + A"])
def test_definitions_of_the_value_that_need_each_other(definitions: str) -> None:
    with pytest.raises(ParseError, match="a is defined by itself"):
        verify(f"d x^T*A*x/dx = a*x where {definitions}")


def test_the_entry_that_differs() -> None:
    """C20: the claim is right but for one entry, and that one is named."""
    verdict = verify("d (x[1]^2 + x[2]*x[3])/dx = [2*x[1]; x[3]; 3*x[2]]", variables=["x: 3"])
    assert not verdict
    assert verdict.entry is not None
    assert verdict.entry.index == (3,)
    assert verdict.entry.claimed == pytest.approx(3 * verdict.entry.actual)
    assert verdict.reasons[0].startswith("entry [3] at a random point: claimed ")


def test_a_number_has_no_place() -> None:
    """C01: of a scalar, the value differs."""
    verdict = verify("d x^3/dx = x^2", variables=["x: scalar"])
    assert verdict.reasons[0].startswith("the value at a random point: claimed ")


def test_a_wrong_differential() -> None:
    """C23: the map is compared in a random direction."""
    verdict = verify("d X^-1/dX = X^-1*dX*X^-1")
    assert not verdict
    assert verdict.entry is not None
    assert verdict.entry.claimed == pytest.approx(-verdict.entry.actual)
    shapes = verify("d (A X)/dX = dX")
    assert shapes.reasons == ("the claim is n x p, the differential m x p",)


# Statements as they are printed in the notes, and wrong (the errata).
@pytest.mark.parametrize(
    ("claim", "variables", "reason"),
    [
        pytest.param("d (w^T*W*x)/dW = w^T", ["w: m", "W: m x n", "x: n"], "the claim is 1 x m, the derivative m x n", id="C54-E4"),
        pytest.param("d (W^T*a)/dW = a", ["W: m x n", "a: m"], "the claim is m x 1, the derivative m*n x n in vec form", id="C78-E9"),
    ],
)
def test_errata(claim: str, variables: list[str], reason: str) -> None:
    assert verify(claim, variables=variables).reasons[0] == reason


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (
            "d tr(A X)/dX",
            "nothing is claimed here\n  d tr(A X)/dX\n  ^^^^^^^^^^^^\nhint: write DERIVATIVE = VALUE, such as d tr(A X)/dX = A^T",
        ),
        ("d tr(A X)/dX = A^T +", "the expression ends where an operand is expected\n  d tr(A X)/dX = A^T +\n                      ^"),
        ("d tr(A X)/dX = B^T", "B is not known here\n  d tr(A X)/dX = B^T\n                 ^\nhint: known are A, X"),
        ("d tr(A X/dX = A^T", "this '(' is never closed\n  d tr(A X/dX = A^T\n      ^\nhint: add ')'"),
        (
            "d tr(A X)/d(A, X) = A",
            "a claim is about one derivative, and this one asks for those by A, X\n  d tr(A X)/d(A, X) = A\n  ^^^^^^^^^^^^^^^^^^^^^",
        ),
    ],
)
def test_unreadable_claims(claim: str, message: str) -> None:
    """C86: errors point into the claim as it was written."""
    with pytest.raises(MatcalcError) as caught:
        verify(claim)
    assert str(caught.value) == message


def test_command_right() -> None:
    """C14: exit status 0 for a right claim."""
    result = command("d tr(A X)/dX = A", "--layout", "numerator")
    assert result.exit_code == 0
    assert result.stdout.startswith("right\n  it is the derived expression itself\n\n  A is m x n, X is n x m\n  numerator layout: m x n\n")


def test_command_wrong() -> None:
    """C14: exit status 1 and the reasons for a wrong one."""
    result = command("d tr(A X)/dX = A")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.splitlines()[:3] == [
        "wrong: the derivative is A^T",
        "  the claim is m x n, the derivative n x m",
        "  it is right in numerator layout",
    ]


def test_command_json() -> None:
    """C20: the verdict as data."""
    result = command("d (x^T A x)/dx = 2*A*x", "--to", "json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (told["right"], told["derivative"], told["symmetric"], told["layouts"]) == (False, "(A + A^T)*x", ["A"], [])
    assert told["entry"]["claimed"] != told["entry"]["actual"]


def test_the_norm_of_a_number_as_it_was_written_is_tried_as_a_factor() -> None:
    claim = "d norm2(sum(P))*abs(k - 2)/dP = sign(sum(P))*ones(m,m)*(2 - k)"
    assert verify(claim, variables={"P": "m m", "k": "scalar"}).verdict == "wrong"

"""Backpropagation, expansions and verdicts say how they are arrived at."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from matcalc import backprop, taylor, verify
from matcalc.cli import group

CHAIN = "L where z = W*x; a = tanh(z); L = loss(a); dL/da = g"
RECURRENT = "L where h1 = tanh(W*h0 + U*x1); h2 = tanh(W*h1 + U*x2); L = ||h2 - y||^2"


def ran(*arguments: str, status: int = 0) -> str:
    found = CliRunner().invoke(group, arguments)
    assert found.exit_code == status, found.output
    return found.output


def test_every_gradient_is_read_off_a_differential() -> None:
    assert [(s.after, s.rule) for s in backprop(CHAIN).steps] == [
        ("dL/da = g", "the gradient that is given: m x 1"),
        ("dL = g^T*da", "chain rule"),
        ("dL = g^T*((ones(m) - a.^2).*dz)", "derivative of tanh, entry by entry"),
        ("dL = ((ones(m) - a.^2).*g)^T*dz", "Hadamard product inside a trace"),
        ("dL/dz = delta_z = (ones(m) - a.^2).*g", "first identification theorem: m x 1"),
        ("dL = delta_z^T*dz", "chain rule"),
        ("dL = delta_z^T*dW*x", "linearity"),
        ("dL = tr(x*delta_z^T*dW)", "a scalar is its own trace"),
        ("dL/dW = delta_z*x^T", "first identification theorem: m x n"),
        ("dL = delta_z^T*dz", "chain rule"),
        ("dL = delta_z^T*W*dx", "linearity"),
        ("dL/dx = W^T*delta_z", "first identification theorem: n x 1"),
    ]


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("chain", [CHAIN, RECURRENT, "J where z = X*w; J = ||z - y||^2 + c*||w||^2", "E where q = A*x; k = B*x; E = q'*k"])
def test_the_gradients_stand_in_their_order_in_the_derivation(chain: str, layout: str) -> None:
    found = backprop(chain, layout=layout)
    lines = [s.after for s in found.steps]
    assert [line for line in lines if "/" in line.partition(" = ")[0]] == [g.text for g in found]
    assert all(s.rule and s.source for s in found.steps)


def test_a_definition_that_holds_another_is_told_apart() -> None:
    """With h1 held, dh2 is not the increment that h1 gives it."""
    lines = [s.after for s in backprop(RECURRENT, wrt=["W"]).steps]
    assert "d_h1 L = delta_h1^T*dh1" in lines
    assert "d_h2 L = delta_h2^T*dh2" in lines
    assert lines[-1].startswith("dL/dW = ")


def test_a_penalty_stands_beside_the_chain() -> None:
    lines = [s.after for s in backprop("J where z = W*x; J = ||z - y||^2 + c*||W||_F^2", wrt=["W"]).steps]
    assert "dJ = 2*c*tr(W^T*dW) + delta_z^T*dz" in lines
    assert lines[-1] == "dJ/dW = 2*c*W + delta_z*x^T"


def test_an_expansion_goes_by_the_derivative_at_the_point() -> None:
    found = taylor("exp(a^T*x)", wrt="x", about="c")
    told = [(s.after, s.rule) for s in found.steps]
    assert told[2:5] == [
        ("df/dx = exp(a^T*x)*a", "first identification theorem"),
        ("f(c) = exp(a^T*c)", "the value at the point"),
        ("f'(c)(x - c) = exp(a^T*c)*a^T*(x - c)", "the differential at the point"),
    ]
    assert [(f"T_1(x) = {found.text}", "Taylor's formula"), (f"T_1(x) = {found.expanded}", "by powers of the variable")] == told[5:]


def test_an_expansion_of_second_order_has_both_derivatives() -> None:
    lefts = [s.after.rpartition(" = ")[0] for s in taylor("log(1 + x^T*A*x)", wrt="x", about="c", order=2).steps]
    assert {"g = df/dx", "d^2f/dx^2", "f''(c)(x - c, x - c)/2", "T_2(x)"} <= {left.split(" = g")[0] for left in lefts}


@pytest.mark.parametrize(("function", "wrt"), [("X*A*X", "X"), ("tanh(W*x)", "x"), ("tr(X^-1*A)", "X"), ("t^3", "t"), ("x*x^T", "x")])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("point", ["C", "0"])
def test_every_expansion_has_a_derivation(function: str, wrt: str, order: int, point: str) -> None:
    if point == "0" and "^-1" in function:
        return
    found = taylor(function, wrt=wrt, about=point if point == "0" else point if wrt.isupper() else "c", order=order)
    assert found.steps[-1].after.partition(" = ")[2] in (found.text, found.expanded)


def test_a_wrong_claim_parts_from_the_answer() -> None:
    told = [(s.after, s.rule) for s in verify("d x^T*A*x/dx = A*x").steps]
    assert told[-3:] == [
        ("df/dx = (A + A^T)*x", "first identification theorem"),
        ("claim = A*x", "the claim"),
        ("claim - derivative = -A^T*x", "the difference, which is not zero"),
    ]


def test_a_right_claim_leaves_nothing() -> None:
    assert verify("d tr(A X)/dX = A^T").steps[-1].after == "claim - derivative = zeros(n,m)"


def test_a_claim_of_another_shape_has_no_difference() -> None:
    assert verify("d det(X)^2/dX = 2*det(X)").steps[-1].after == "claim = 2*det(X)"


def test_claims_about_differentials_and_entries_have_the_derivation_of_the_answer() -> None:
    assert verify("d x^T*A*x/dx = 2*x^T*A*dx").steps[-1].rule == "the difference, which is not zero"
    assert verify("d (A*x)[i]/dx[j] = A[i,j]").steps


def test_the_commands_tell_the_steps() -> None:
    assert ran("backprop", CHAIN, "--wrt", "W", "--steps").splitlines()[1].startswith("dL    = g^T*da ")
    assert json.loads(ran("taylor", "t^2", "--wrt", "t", "--about", "c", "--steps", "--to", "json"))["steps"][-1]["after"]
    wrong = ran("verify", "d x^T*A*x/dx = A*x", "--steps", status=1).splitlines()
    assert wrong[0].startswith("wrong: ")
    assert "claim - derivative = -A^T*x" in "\n".join(wrong)


def test_the_latex_of_the_steps_has_words_in_text() -> None:
    told = ran("verify", "d x^T*A*x/dx = A*x", "--steps", "--to", "latex", status=1)
    assert r"\text{claim - derivative} &= -A^\top x" in told
    assert ran("backprop", CHAIN, "--steps", "--to", "typst").startswith("#derivation(")


def test_a_verdict_without_its_derivation_is_prose() -> None:
    assert "add --steps" in ran("verify", "d x^T*A*x/dx = A*x", "--to", "latex", status=2)

"""Where no signatures of terms are equal, no terms are: what is not multiplied out would have stayed as it is."""

from __future__ import annotations

import pytest

from matcalc.algebra.node import Expr
from matcalc.reading.alone import parse_expression
from matcalc.simplify.cancel import MAX_DEPTH, MAX_PIECES, fully_multiplied_out
from matcalc.simplify.meeting import may_meet

SHAPES = {"A": "n n", "B": "n n", "C": "n n", "x": "n", "y": "n", "a": "", "b": "", "t": ""}


def read(text: str) -> Expr:
    return parse_expression(text, variables=SHAPES)


def meet(e: Expr) -> bool:
    return may_meet(e.args, MAX_PIECES, MAX_DEPTH)


@pytest.mark.parametrize(
    "text",
    [
        "(a + b)*x + a*(y - x)",
        "A*(B + C) - A*B",
        "A^-1*(A + B)*x + x",
        "tr(A*(B + C)) - tr(B*A)",
        "x^T*(A + B)*y - y^T*A^T*x",
        "diag(x)*(A + B) - diag(x)*A",
        "(t - a)*(t + b) + a*t",
        "exp(a)*(exp(b) + 1) - exp(a + b)",
        "sigmoid(x).*(1 - sigmoid(x)) + x",
        "norm2(x)*(norm2(x) + a) - x^T*x",
        "(a + b)*(a + t)*(b + t) - a*b*t",
    ],
)
def test_terms_that_meet_are_not_said_never_to(text: str) -> None:
    assert meet(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "x + tanh(A*x).*(y + tanh(B*x))",
        "(a + b)*t + t^2 + t^3*(a^2 + b)",
        "A*(B + C)*x + y",
        "tr(A*(B + C)) + tr(A)*t",
        # Sixteen terms are too many to be multiplied out, so that the product stays one.
        "(a + b)*(a + t)*(b + t)*(2*a + t) + a^2*b*t",
    ],
)
def test_terms_that_cannot_meet_are_as_many_as_they_are(text: str) -> None:
    e = read(text)
    assert not meet(e)
    whole = fully_multiplied_out(e)
    pieces = sum(len(fully_multiplied_out(t).args) if fully_multiplied_out(t).op == "add" else 1 for t in e.args)
    assert len(whole.args) == pieces

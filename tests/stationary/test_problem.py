"""Problems as people write them."""

from __future__ import annotations

import pytest

from matcalc import MatcalcError, UsageError
from matcalc.printing.notations.text import text
from matcalc.stationary.problem import read_problem

WRITTEN = [
    (r"argmin_β ||y - Xβ||^2 + λ||β||^2", "min", "beta", []),
    (r"\min_w \|Xw - y\|^2 \quad\text{s.t.}\quad \mathbf 1^\top w = 1", "min", "w", ["sum(w) - 1"]),
    ("minimise w'Sw over w subject to sum(w) = 1", "min", "w", ["sum(w) - 1"]),
    (r"\hat\beta = \arg\min_{\beta} \|y - X\beta\|_2^2", "min", "beta", []),
    (r"\arg\max_{X \succ 0} \log\det X - \operatorname{tr}(SX)", "max", "X", []),
    (r"\underset{Q}{\operatorname{arg\,min}} \|AQ-B\|_F^2 \text{ s.t. } Q^\top Q = I", "min", "Q", ["Q^T*Q - I"]),
    (r"$$\min_{x\in\mathbb{R}^n} \frac12 x^\top P x + c^\top x \quad \mathrm{s.t.} \quad Ax=b$$", "min", "x", ["A*x - b"]),
    ("max x^T*A*x s.t. x^T*x = 1 over x", "max", "x", ["x^T*x - 1"]),
    ("find the argmin over w of ||w - a||^2", "min", "w", []),
    ("stationary_{x,y} x^T*A*y - b^T*x", "stationary", "x,y", []),
    ("argmin_Q ||Q - M||_F^2 where Q: n x n orthogonal", "min", "Q", ["Q^T*Q - I"]),
]


@pytest.mark.parametrize(("problem", "goal", "unknowns", "constraints"), WRITTEN)
def test_reading(problem: str, goal: str, unknowns: str, constraints: list[str]) -> None:
    read = read_problem(problem)
    assert (read.goal, ",".join(x.data.name for x in read.unknowns)) == (goal, unknowns)
    assert [text(c.expr) for c in read.constraints] == constraints


def test_a_property_in_words_is_the_set_of_the_unknown() -> None:
    read = read_problem("argmin_X ||X - A||_F^2 where X is symmetric")
    assert "symmetric" in read.properties(read.unknowns[0])
    assert "spd" in (positive := read_problem(r"\max_{X \succ 0} \log\det X - \operatorname{tr}(SX)")).properties(positive.unknowns[0])


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("minimize ||A x - b||^2", "the unknown is missing"),
        ("argmin_x ||x|| s.t. x >= 0", "a constraint is an equation"),
        ("||A x - b||^2", "neither what to minimise"),
        ("argmin_x A*x", "is a number"),
        ("argmin_x", "nothing to minimise"),
        ("argmin_x ||x||^2 s.t.", "no constraint follows"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(problem: str, told: str) -> None:
    with pytest.raises(MatcalcError, match=told) as caught:
        read_problem(problem)
    assert caught.value.source == problem and caught.value.span is not None


def test_an_error_in_a_constraint_points_into_the_problem() -> None:
    problem = "argmin_w ||X*w - y||^2 s.t. tr(X*w = 1"
    with pytest.raises(MatcalcError) as caught:
        read_problem(problem)
    assert caught.value.span is not None and caught.value.span[0] >= problem.index("tr(")


def test_the_unknown_may_be_named_apart() -> None:
    assert read_problem("minimise ||A*x - b||^2", over="x").unknowns[0].data.name == "x"
    with pytest.raises(UsageError):
        read_problem("minimise ||A*x - b||^2")

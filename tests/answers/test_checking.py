"""Derivations of a person's own: right ones in several styles, faulty ones with the first wrong line and its cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcalc import UsageError, check, cli

RIGHT = {
    "trace": "f = tr(A*X*B)\ndf = tr(A*dX*B)    linearity\n   = tr(B*A*dX)    cyclic\ndf/dX = A^T*B^T",
    "steps left out": "f = ||A*x - b||^2\ndf/dx = 2*A^T*(A*x - b)",
    "named residual": "z = A*x - b\nf = z^T*z\ndf = 2*z^T*dz\ndz = A*dx\ndf = 2*z^T*A*dx\ndf/dx = 2*A^T*z",
    "vec": "Y = A*X*B\ndY = A*dX*B\nd vec(Y) = kron(B^T,A)*d vec(X)\nd vec(Y)/d vec(X)^T = kron(B^T,A)",
    "d of an expression": "f = log(det(X))\ndf = 1/det(X)*d(det(X)) = tr(X^-1*dX)\ndf/dX = X^-T",
    "no function": "d(X^-1) = -X^-1*dX*X^-1",
    "second derivative": "f = x^T*A*x\ng = df/dx = (A + A^T)*x\ndg = (A + A^T)*dx\nd^2 f/dx^2 = A + A^T",
    "declared": "A: n x n symmetric\nf = x^T*A*x\ndf = 2*x^T*A*dx\ndf/dx = 2*A*x",
    "align": r"""\begin{align*}
f &= (Ax-b)^\top (Ax-b) \\
\mathrm{d}f &= (A\,\mathrm{d}x)^\top(Ax-b) + (Ax-b)^\top A\,\mathrm{d}x \\
&= 2(Ax-b)^\top A\,\mathrm{d}x && \text{a scalar is its transpose}\\
\nabla_x f &= 2A^\top(Ax-b)
\end{align*}""",
    "align with fractions": r"""\begin{align}
f &= \operatorname{tr}(A X B) \\
df &= \operatorname{tr}(A\, dX\, B) = \operatorname{tr}(BA\,dX) \\
\frac{\partial f}{\partial X} &= A^{\top} B^{\top}
\end{align}""",
}
FAULTY = {
    "identification": ("f = tr(A*X*B)\ndf = tr(A*dX*B)\n = tr(B*A*dX)\ndf/dX = B*A", 4, "numerator layout"),
    "order": ("d(X^-1) = -X^-1*dX*X^-1\n = -X^-2*dX", 2, ""),
    "shapes": ("f = (A*x - b)^T*(A*x - b)\ndf = 2*(A*x - b)^T*A*dx\ndf/dx = 2*A*(A*x - b)", 3, "shapes do not fit"),
    "carried on": ("f = x^T*A*x\ndf = dx^T*A*x\n = x^T*A^T*dx\ndf/dx = A*x", 2, ""),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    checked = check(RIGHT[name])
    assert checked, str(checked)
    assert {line.verdict for line in checked.lines} <= {"right", "given"}


CONDITIONS = [
    "sum(y) = 1\nf = sum(y)*tr(X)\ndf/dX = I",
    "Q^T*Q = I\nf = ||Q*x||^2\ndf = 2*x^T*dx\ndf/dx = 2*x",
    "s.t. ||v|| = 1\nf = v^T*v*||x||^2\ndf/dx = 2*x",
    "1 = v^T*v\nf = v^T*v*||x||^2\ndf/dx = 2*x",
    "S = S^T\nf = x^T*S*x\ndf/dx = 2*S*x",
    "sum(y) = 1\nd sum(y.*y)/dy = 2*y",
]


@pytest.mark.parametrize("lines", CONDITIONS)
def test_a_condition_is_given_and_holds_in_the_other_lines(lines: str) -> None:
    checked = check(lines)
    assert checked.verdict == "right", str(checked)
    assert checked.lines[0].verdict == "given"
    assert check(f"{lines}*2").verdict == "wrong"


def test_what_is_said_of_a_defined_name_is_a_claim() -> None:
    symmetric = check("S = A^T*A\nS = S^T\nf = x^T*S*x\ndf/dx = 2*S*x")
    assert [line.verdict for line in symmetric.lines] == ["given", "right", "given", "right"]
    assert check("S = A^T*B\nS = S^T\nf = x^T*S*x\ndf/dx = (S + S^T)*x").lines[1].verdict == "wrong"


@pytest.mark.parametrize("line", ["sum(p) = 2", "2 = sum(p)", "p^T*p = c"])
def test_a_condition_that_no_property_says_is_no_wrong_claim(line: str) -> None:
    checked = check(f"{line}\nf = c*p^T*p\ndf/dp = 2*c*p")
    assert [checked.verdict, *(found.verdict for found in checked.lines)] == ["undecided", "undecided", "given", "right"]
    assert "condition" in checked.lines[0].cause


@pytest.mark.parametrize("name", FAULTY)
def test_first_wrong_line(name: str) -> None:
    lines, number, cause = FAULTY[name]
    first = check(lines.split("\n")).first_wrong
    assert first is not None
    assert first.line == number
    assert cause in first.cause
    assert first.should_be


def test_lines_that_follow_from_a_wrong_one_are_no_faults_of_their_own() -> None:
    assert [line.verdict for line in check(FAULTY["carried on"][0]).lines[:3]] == ["given", "wrong", "right"]


def test_places_are_those_of_the_file() -> None:
    text = "\\begin{align}\nf &= x^\\top x \\\\\n\\mathrm{d}f &= x^\\top \\mathrm{d}x\n\\end{align}\n"
    first = check(text).first_wrong
    assert first is not None and first.line == 3


@pytest.mark.parametrize(("lines", "status"), [(RIGHT["trace"], 0), (FAULTY["order"][0], 1), ("f = x^T*x\ndf = 2*q^T*dx", 3)])
def test_exit_status(lines: str, status: int) -> None:
    assert CliRunner().invoke(cli.group, ["check", "-"], input=lines).exit_code == status


def test_json() -> None:
    ran = CliRunner().invoke(cli.group, ["check", "-", "--to", "json"], input=FAULTY["identification"][0])
    told = json.loads(ran.output)
    assert not told["ok"]
    assert [line["verdict"] for line in told["lines"]] == ["given", "right", "right", "wrong"]
    assert told["lines"][3]["line"] == 4 and told["lines"][3]["should_be"] == "A^T*B^T"
    assert "cause" not in told["lines"][0]


def test_text_begins_a_wrong_line_with_its_number() -> None:
    ran = CliRunner().invoke(cli.group, ["check"], input=FAULTY["identification"][0])
    assert ran.output.startswith("line 4 is wrong")


@pytest.mark.parametrize("lines", ["A: n x n", "", "\n\n", "hello world"])
def test_nothing_derived(lines: str) -> None:
    with pytest.raises(UsageError, match="nothing is derived"):
        check(lines)


def test_definitions_and_constraints_are_given_beside_the_lines() -> None:
    assert check(["f = r^T*r", "df = 2*r^T*dr", "df/dx = 2*A^T*r"], lets=["r = A*x - b"])
    lines = ["f = tr(A*X)", "df/dX = A + A^T - diag(diag(A))"]
    assert check(lines, variables=["X: n x n symmetric"], structured=True)
    assert not check(lines, variables=["X: n x n symmetric"])


def test_lines_of_options_are_no_lines() -> None:
    assert [line.line for line in check(["f = r^T*r", "df/dx = 2*A^T*r"], lets=["r = A*x - b"]).lines] == [1, 2]


def test_a_sum_of_increments_is_no_differential_of_a_sum() -> None:
    """dX*Y + X*dY is not d(X*Y + X*dY)."""
    assert check("Y = X^-1\ndX*Y + X*dY = 0\ndY = -X^-1*dX*X^-1")


def test_the_shell_checks_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("f = x^T*S*x\ndf/dx = 2*S*x\n", encoding="utf-8")
    told = CliRunner().invoke(cli.group, ["shell"], input=f"S: n x n symmetric\n:check {file}\n:check off\n").output
    assert told.startswith("right\n")

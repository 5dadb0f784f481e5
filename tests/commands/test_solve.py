"""`matcalc solve` on the command line and in lines."""

from __future__ import annotations

import json

from click.testing import CliRunner

from matcalc import cli


def run(*words: str, given: str = "") -> tuple[int, str]:
    found = CliRunner().invoke(cli.group, ["solve", *words], input=given)
    return found.exit_code, found.output


def test_a_solution_is_printed() -> None:
    status, told = run("argmin_x ||x - v||^2 s.t. A*x = b", "--to", "text")
    assert status == 0 and told.startswith("x = v - A^T*(A*A^T)^-1*(A*v - b)")


def test_no_closed_form_shows_the_equation_and_ends_with_1() -> None:
    status, told = run("argmin_x sum(exp(x)) + x^T*A*x")
    assert status == 1 and "(A + A^T)*x + exp(x) = 0" in told


def test_neither_a_problem_nor_lines_is_wrong_usage() -> None:
    assert run()[0] == 2


def test_lines_are_answered_in_order() -> None:
    lines = [
        {"id": 1, "problem": "argmin_w ||X*w-y||^2+mu*||w||^2", "vars": {"mu": ""}, "attrs": {"mu": ["positive"]}},
        {"id": 2, "problem": "argmin_x sum(exp(x))+x^T*A*x"},
        {"id": 3, "request": "argmin_x ||x||^2"},
        {"id": 4, "problem": "argmin_w ||X*w-y||^2", "steps": True},
    ]
    status, told = run("--batch", "-", given="\n".join(map(json.dumps, lines)))
    one, two, three, four = map(json.loads, told.splitlines())
    assert status == 1
    assert (one["kind"], one["conditions"], one["solutions"][0]["text"]) == ("min", [], "(X^T*X + mu*I)^-1*X^T*y")
    assert "def solution(" in one["solutions"][0]["numpy"] and one["equation"].endswith("= 0")
    assert two["error"]["kind"] == "no_closed_form" and "= 0" in two["error"]["message"]
    assert three["error"]["kind"] == "usage" and "problem" in three["error"]["hint"]
    assert any("normal equations" in line for line in four["steps"])


def test_a_line_whose_code_needs_a_size_that_no_known_name_has_is_refused() -> None:
    problem = {"problem": "argmax_p -sum(p .* log(p)) s.t. sum(p) = 1", "attrs": {"p": ["positive"]}}
    status, told = run("--batch", "-", given="\n".join(json.dumps({**problem, "vars": {"p": shape}}) for shape in ("n", "3")))
    open_size, given_size = map(json.loads, told.splitlines())
    assert status == 1
    assert "the code of p = ones(n)/n needs the size n" in open_size["error"]["message"]
    assert given_size["ok"] and given_size["kind"] == "max"

"""Asking for curvature: on the command line, in batches, in Python; what is told, what is refused."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from matcalc import UsageError, cli, curvature, matrix, vector


def asked(*words: str, given: str = "") -> tuple[int, str]:
    ran = CliRunner().invoke(cli.group, ["curvature", *words], input=given)
    return ran.exit_code, ran.output


def test_a_verdict_ends_with_status_0_and_its_reason() -> None:
    status, told = asked("sum(exp(A*x))", "--wrt", "x", "--to", "text")
    assert status == 0
    assert told.startswith("convex\n")
    assert "exp(u) has the second derivative exp(u) >= 0" in told


def test_unknown_ends_with_status_3() -> None:
    status, told = asked("logdet(S) + x^T*S*x", "--wrt", "S,x", "--var", "S: n x n spd", "--domain", "x^T*x - 1 > 0", "--to", "text")
    assert (status, told.split("\n")[0]) == (3, "unknown")
    assert "the domain is not known to be convex" in told


def test_a_function_and_a_batch_exclude_each_other() -> None:
    assert asked()[0] == 2
    assert asked("x^T*x", "--wrt", "x", "--batch", "-")[0] == 2


def test_json() -> None:
    status, told = asked("c*||x||^2", "--wrt", "x", "--to", "json")
    found = json.loads(told)
    assert status == 0
    assert (found["verdict"], found["condition"], found["latex"]) == ("convex", "c >= 0", r"\text{convex if }c \ge 0")
    assert found["others"] == [{"verdict": "concave", "condition": "c <= 0"}]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ({"expr": "x^T*y", "wrt": ["x", "y"], "vars": {"x": "n", "y": "n"}}, "neither"),
        ({"expr": "x^T*y", "wrt": "x", "vars": {"x": "n", "y": "n"}}, "affine"),
        ({"expr": "-logdet(X)", "wrt": "X", "vars": {"X": "n n"}, "attrs": {"X": ["spd"]}}, "convex"),
        ({"expr": "1/(a^T*x)", "wrt": "x", "vars": {"a": "n", "x": "n"}, "domain": ["a^T*x > 0"]}, "convex"),
        ({"expr": "1/(a^T*x)", "wrt": "x", "vars": {"a": "n", "x": "n"}, "domain": "a^T*x < 0"}, "concave"),
    ],
    ids=lambda v: v["expr"] if isinstance(v, dict) else v,
)
def test_lines(line: dict[str, object], verdict: str) -> None:
    status, told = asked("--batch", "-", given=json.dumps({"id": 1, **line}) + "\n")
    answer = json.loads(told)
    assert (status, answer["ok"], answer["verdict"]) == (0, True, verdict)
    assert ("witness" in answer) == (verdict == "neither")


@pytest.mark.parametrize(
    "line",
    [
        {"expr": "x^T*x", "wrt": "x", "layout": "numerator"},
        {"expr": "x^T*x", "wrt": "x", "domain": 3},
        {"expr": "x^T*x", "wrt": "x", "domain": ["x"]},
        {"expr": "A*x", "wrt": "x"},
    ],
    ids=str,
)
def test_a_wrong_line_is_refused_and_the_next_is_answered(line: dict[str, object]) -> None:
    status, told = asked("--batch", "-", given="\n".join(map(json.dumps, [line, {"expr": "x^T*x", "wrt": "x"}])) + "\n")
    first, second = map(json.loads, told.splitlines())
    assert status == 1
    assert (first["ok"], first["error"]["kind"]) == (False, "usage")
    assert second["verdict"] == "convex"


def test_steps_of_a_line() -> None:
    told = asked("--batch", "-", given=json.dumps({"expr": "||A*x - b||^2", "wrt": "x", "steps": True}) + "\n")[1]
    assert json.loads(told)["steps"][0] == "second differential 2*norm2(A*dx)^2"


def test_a_witness_bends_both_ways() -> None:
    found = curvature("tr(X^3)", "X", variables={"X": "n x n symmetric"})
    assert found.witness is not None
    for side, sign in (("convex", 1), ("concave", -1)):
        import numpy as np

        told = found.witness.to_dict()[side]
        point, along = np.array(told["point"]["X"]), np.array(told["direction"]["X"])
        values = [np.trace(np.linalg.matrix_power(point + h * along, 3)) for h in (-1e-3, 0, 1e-3)]
        assert sign * (values[0] + values[2] - 2 * values[1]) > 0
        assert np.array_equal(along, along.T)


@pytest.mark.parametrize(
    ("function", "verdict"),
    [
        ("min(A*x)", "concave"), ("min(relu(x))", "neither"), ("sum(relu(x))", "convex"), ("logdet(expm(X))", "affine"),
        ("max(x) + min(x)", "neither"),
    ],
)
def test_kinks_are_no_straight_lines(function: str, verdict: str) -> None:
    wrt = "X" if "X" in function else "x"
    assert curvature(function, wrt, variables={"X": "n x n symmetric"} if wrt == "X" else {"x": "n"}).verdict == verdict


def test_nothing_is_said_of_an_unknown_function() -> None:
    found = curvature("f(x) + x^T*x", "x")
    assert (found.verdict, found.reason) == ("unknown", "nothing is known of the function f")


def test_a_name_is_a_number_where_the_value_must_be_one() -> None:
    found = curvature("log(1 + exp(-y*(w^T*x)))", "w")
    assert (found.verdict, found.shapes()["y"]) == ("convex", "scalar")
    with pytest.raises(UsageError, match="whose value is a number"):
        curvature("log(1 + exp(-y*(w^T*x)))", "w", variables={"y": "m"})


def test_expressions_of_python_and_sympy() -> None:
    import sympy

    A, x = matrix("A", "m", "n"), vector("x", "n")
    assert curvature((A @ x).T @ (A @ x), x).verdict == "convex"
    t = sympy.Symbol("t", real=True)
    assert curvature(sympy.exp(t) + t**2, t).verdict == "convex"


def test_what_is_no_convex_set_is_refused() -> None:
    with pytest.raises(UsageError, match="no convex set"):
        curvature("tr(A*Q)", "Q", variables={"Q": "n x n orthogonal", "A": "n x n"})


def test_a_function_of_ones_own_has_the_curvature_that_its_rule_says(tmp_path: object) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "own.toml"
    file.write_text(
        '[hinge]\nkind = "elementwise"\nderivative = "-heaviside(1 - x)"\nkinks = "x = 1"\nnumpy = "np.maximum(1 - {x}, 0)"\n'
        'source = "Vapnik 1995"\ncurvature = ["convex"]\nmonotone = "decreasing"\nrange = "[0, inf)"\n',
        encoding="utf-8",
    )
    found = curvature("sum(hinge(y .* (X*w)).^2)", "w", variables={"y": "m", "X": "m x n"}, rules=[file])
    assert found.verdict == "convex"
    file.write_text(file.read_text(encoding="utf-8").replace('["convex"]', '["concave"]'), encoding="utf-8")
    with pytest.raises(UsageError, match="hinge is not concave"):
        curvature("sum(hinge(X*w))", "w", rules=[file])

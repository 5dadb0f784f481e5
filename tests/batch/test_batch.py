"""Batch mode: one answer a line, in order, whatever a line holds."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from places import ROOT

import matcalc
from matcalc import cli
from matcalc.batch import keys
from matcalc.batch import lines as batch
from matcalc.book.rules import in_use

TRACE = {"id": 1, "expr": "tr(A*X)", "wrt": "X", "vars": {"A": "n m", "X": "m n"}}


def encoded(line: str | bytes | dict[str, Any]) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


def answers(*lines: str | bytes | dict[str, Any]) -> list[dict[str, Any]]:
    sink = io.BytesIO()
    batch.run(io.BytesIO(b"\n".join(map(encoded, lines))), sink, batch.Answerer())
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def error(line: str | bytes | dict[str, Any]) -> dict[str, Any]:
    (told,) = answers(line)
    assert told["ok"] is False
    found: dict[str, Any] = told["error"]
    return found


# ------------------------------------------------------------------------------------------------------ answers


def test_an_answer_has_all_its_keys() -> None:
    (told,) = answers(TRACE)
    assert list(told)[:2] == ["id", "ok"]
    assert {"text", "latex", "numpy", "shape", "form", "layout", "variables", "assumptions"} <= set(told)
    assert (told["id"], told["ok"], told["text"], told["shape"], told["layout"]) == (1, True, "A^T", ["m", "n"], "denominator")


def test_layout_form_order_and_properties() -> None:
    quadratic = {"expr": "x^T*S*x", "wrt": "x", "vars": {"S": "n n", "x": "n"}, "attrs": {"S": ["symmetric"]}}
    found = answers(quadratic, {**quadratic, "layout": "numerator"}, {**quadratic, "order": 2}, {**TRACE, "form": "index"})
    assert [a["text"] for a in found[:3]] == ["2*S*x", "2*x^T*S", "2*S"]
    assert found[3]["form"] == "index"


def test_whole_requests() -> None:
    (told,) = answers({"id": "r", "request": "d (y^T y)/dx where y = A*x"})
    assert (told["id"], told["text"]) == ("r", "2*A^T*A*x")


def test_several_variables_give_several_results() -> None:
    (told,) = answers({"request": "d (a^T X b) / d(a, b)"})
    assert [(r["wrt"], r["text"]) for r in told["results"]] == [("a", "X*b"), ("b", "X^T*a")]


def test_order_is_kept_and_failures_do_not_stop() -> None:
    found = answers({**TRACE, "id": "a"}, {"id": "b", "expr": "tr(", "wrt": "X"}, "nonsense", "", {**TRACE, "id": ["c"]})
    assert [(a["id"], a["ok"]) for a in found] == [("a", True), ("b", False), (None, False), (["c"], True)]


def test_the_span_is_of_the_expression() -> None:
    told = error({"id": 7, "expr": "tr(X) + frobnicate(X)", "wrt": "X"})
    assert told["kind"] == "unknown-function"
    assert told["span"][0] == 8


def test_readings_that_differ_are_listed() -> None:
    told = error({"request": "d x*y/dx"})
    assert told["kind"] == "ambiguous"
    assert {"variables": {"x": "vector", "y": "scalar"}, "text": "y*eye(n)"} in told["readings"]
    declared = [answers({"request": "d x*y/dx", "vars": r["variables"]})[0] for r in told["readings"]]
    assert [a["text"] for a in declared] == [r["text"] for r in told["readings"]]


def test_exit_status() -> None:
    def status(text: str) -> int:
        return CliRunner().invoke(cli.group, ["batch"], input=text).exit_code

    assert status(json.dumps(TRACE) + "\n") == 0
    assert status(json.dumps(TRACE) + "\n{}\n") == 1
    assert status("") == 0


def test_answers_are_flushed_one_by_one() -> None:
    run = [sys.executable, "-m", "matcalc", "batch", "-"]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({**TRACE, "id": number}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait() == 0


# ------------------------------------------------------------------------------------------------- what may go wrong


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("{", "parse", "the line is not JSON: "),
        ('{"id": NaN}', "parse", "the line is not JSON: NaN is not a JSON value"),
        (b"\xff\xfe", "parse", "the line is not JSON: "),
        ("[1]", "parse", "the line is not a JSON object but an array"),
        ("17", "parse", "the line is not a JSON object but a number"),
        ("null", "parse", "the line is not a JSON object but null"),
        ("{}", "usage", "a line has either 'expr' with 'wrt' or 'request'"),
        ('{"expr": "x", "wrt": "x", "request": "d x/dx"}', "usage", "a line has either 'expr' with 'wrt' or 'request'"),
        ('{"expr": "x"}', "usage", "'expr' needs 'wrt', the variable"),
        ('{"expr": 3, "wrt": "x"}', "usage", "'expr' must be a string, not 3"),
        ('{"expr": "x", "wrt": ["x"]}', "usage", "'wrt' must be a string, not [\"x\"]"),
        ('{"expr": "x", "wrt": "x", "order": 3}', "usage", "'order' must be one of 1, 2, not 3"),
        ('{"expr": "x", "wrt": "x", "order": true}', "usage", "'order' must be one of 1, 2, not true"),
        ('{"expr": "x", "wrt": "x", "layout": {}}', "usage", "'layout' must be one of "),
        ('{"expr": "x", "wrt": "x", "vars": "n"}', "usage", "'vars' must be an object from names to dimensions, "),
        ('{"expr": "x", "wrt": "x", "vars": {"x": 3}}', "usage", "'vars' must be an object from names to dimensions, "),
        ('{"expr": "x", "wrt": "x", "attrs": {"x": "spd"}}', "usage", "'attrs' must be an object from names to lists of properties, "),
        ('{"expr": "x", "wrt": "x", "layuot": "mixed"}', "usage", "unknown key 'layuot'"),
        ('{"expr": "x", "wrt": "x", "from": "vec"}', "usage", "unknown key 'from'"),
        ('{"expr": "x", "wrt": "x", "note": "mine"}', "usage", "unknown key 'note'"),
        ('{"expr": "x", "wrt": "x", "Layout": "mixed"}', "usage", "unknown key 'Layout'"),
        ('{"expr": "x", "wrt": "x", "to": "jax"}', "usage", "unknown key 'to'"),
        ('{"expr": "tr(X)", "wrt": "X", "structured": true}', "usage", "X has no structure that its entries share"),
        ('{"expr": "tr(X)", "wrt": "X", "structured": 1}', "usage", "'structured' must be true or false"),
        ('{"expr": "tr(X)", "wrt": "X", "reading": "projected"}', "usage", "the reading 'projected' is one of a structured variable"),
        ('{"expr": "tr(X)", "wrt": "X", "manifold": "sphere"}', "shape", "the manifold sphere holds arrays X: n, and X is n x n"),
        ('{"expr": "tr(X)", "wrt": "X", "manifold": "torus"}', "usage", "unknown manifold 'torus'"),
        ('{"expr": "X*X", "wrt": "X", "manifold": "orthogonal"}', "usage", "a Riemannian gradient is one of a scalar function"),
        ('{"expr": "x", "wrt": "x", "vars": {"x": "n"}, "variables": {"x": "n"}}', "usage", "a line has either 'vars' or 'variables'"),
        ('{"expr": "x", "wrt": "x", "steps": 1}', "usage", "'steps' must be true or false, not 1"),
        ('{"expr": "x", "wrt": "x", "codes": ["cobol"]}', "usage", f"'codes' must be a list of {', '.join(keys.CODES)}, not "),
        ("[" * 100_000, "limit", "the line is nested too deeply"),
        ('{"a":' * 100_000, "limit", "the line is nested too deeply"),
        ('{"expr": "x", "wrt": "x", "expr": "y"}', "parse", "the line is not JSON: the key 'expr' occurs twice in one object"),
        ('{"vars": {"x": "n", "x": "m"}}', "parse", "the line is not JSON: the key 'x' occurs twice in one object"),
        ('{"id": ' + "9" * 5_000 + "}", "parse", "the line is not JSON: the number " + "9" * 37 + "... has more than 1000 digits"),
        ('{"id": 1e999}', "parse", "the line is not JSON: the number 1e999 is too large"),
        ('{"expr": "x\x00", "wrt": "x"}', "parse", "the line is not JSON: "),
        (b'{"expr": "\xc3\x28", "wrt": "x"}', "parse", "the line is not JSON: "),
        (b"\x00\x01\x02", "parse", "the line is not JSON: "),
        ('{"expr": "x\\u0000", "wrt": "x"}', "parse", "the character '\\x00' has no meaning here"),
        ('{"expr": "x", "wrt": "x", "form": 10e5}', "usage", "'form' must be one of "),
    ],
)
def test_a_bad_line_is_told(line: str | bytes, kind: str, message: str) -> None:
    told = error(line)
    assert told["kind"] == kind
    assert told["message"].startswith(message)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("layuot", "did you mean 'layout'?"),
        ("Layout", "did you mean 'layout'?"),
        ("var", "did you mean 'vars'?"),
        ("to", "did you mean 'codes'?"),
        ("frm", "did you mean 'form'?"),
        ("Id", "did you mean 'id'?"),
        ("note", "the keys are id, expr, request, wrt"),
    ],
)
def test_an_unknown_key_names_the_nearest(key: str, hint: str) -> None:
    assert error({**TRACE, key: "x"})["hint"].startswith(hint)


def test_keys_that_ask_for_nothing_are_fine() -> None:
    (told,) = answers({**TRACE, "structured": False, "manifold": None, "layout": None, "steps": False})
    assert told["ok"] and "steps" not in told


def test_variables_is_another_word_for_vars() -> None:
    (told,) = answers({"expr": "tr(A*X)", "wrt": "X", "variables": {"X": "p q"}})
    assert told["shape"] == ["p", "q"]


def test_an_error_object_has_the_text_that_its_span_is_in() -> None:
    told = error({"expr": "tr(X) + frobnicate(X)", "wrt": "X"})
    assert told["source"][slice(*told["span"])] == "frobnicate"
    told = error({"expr": "tr(X)", "wrt": "X", "vars": {"X": "n n symetric"}})
    assert told["source"] == "n n symetric"
    assert "symmetric" in told["hint"]


def test_steps_and_code_in_other_languages_are_given_where_they_are_asked_for() -> None:
    (told,) = answers({**TRACE, "steps": True, "codes": ["jax", "sympy"]})
    assert [set(step) for step in told["steps"]] == [{"rule", "source", "before", "after", "latex", "unicode"}] * len(told["steps"])
    assert told["steps"][-1]["after"] == "df/dX = A^T"
    assert set(told["code"]) == {"jax", "sympy"}
    assert "import jax.numpy as jnp" in told["code"]["jax"]
    (told,) = answers({"request": "d tr(A X B)/dX", "codes": ["typst", "unicode", "matlab"]})
    assert {name: told["code"][name] for name in ("typst", "unicode")} == {"typst": "A^⊤ B^⊤", "unicode": "Aᵀ Bᵀ"}
    (told,) = answers({"request": "d (a^T X b) / d(a, b)", "codes": ["torch"]})
    assert all("import torch" in r["code"]["torch"] for r in told["results"])


def computed(told: dict[str, Any], **given: Any) -> Any:
    scope: dict[str, Any] = {}
    exec(told["numpy"], scope)
    return scope["derivative"](**given)


def test_a_size_is_told_by_a_declared_name_that_does_not_occur() -> None:
    (told,) = answers({"expr": "ones(m)*w^T", "wrt": "w", "vars": {"w": "p", "z": "m"}})
    assert told["text"] == "kron(eye(p),ones(m))^T" or told["ok"]
    (told,) = answers({"expr": "sum(U*ones(n,m))", "wrt": "U", "vars": {"U": "p n", "z": "m"}})
    assert told["text"] == "m*ones(p,n)"
    np.testing.assert_array_equal(computed(told, U=np.ones((2, 3)), m=4), 4 * np.ones((2, 3)))


@pytest.mark.parametrize(
    ("line", "text", "given", "value"),
    [
        ({"expr": "tr(X^q)", "wrt": "X", "vars": {"X": "n n"}}, "q*(X^(q - 1))^T", {"X": 2 * np.eye(2), "q": 3}, 12 * np.eye(2)),
        ({"expr": "c*eye(n)", "wrt": "c", "vars": {"c": ""}}, "eye(n)", {"c": 2.0, "n": 3}, np.eye(3)),
        ({"expr": "ones(p)^T*x", "wrt": "x", "vars": {}}, "ones(p)", {"x": np.ones(2)}, np.ones(2)),
        (
            {"expr": "n/2*logdet(S)", "wrt": "S", "vars": {"S": "p p"}, "attrs": {"S": ["spd"]}},
            "n*S^-1/2",
            {"S": 2 * np.eye(2), "n": 3.0},
            0.75 * np.eye(2),
        ),
    ],
)
def test_sizes_exponents_and_coefficients_that_nothing_tells_are_parameters(
    line: dict[str, Any], text: str, given: dict[str, Any], value: Any
) -> None:
    (told,) = answers(line)
    assert told["text"] == text
    np.testing.assert_allclose(computed(told, **given), value)


ABSURD = {
    "parentheses": "(" * 10_000 + "x" + ")" * 10_000,
    "a long sum": "x+" * 500_000 + "x",
    "a long name": "x" * 100_000,
    "signs": "-" * 100_000 + "x",
    "a tower": "x^" * 5_000 + "2",
    "brackets": "[" * 3_000,
    "a surrogate": "\ud800",
    "a zero byte": "\x00",
    "nothing": "",
}


@pytest.mark.parametrize("expression", ABSURD.values(), ids=ABSURD)
def test_an_absurd_expression_is_answered_at_once(expression: str) -> None:
    start = time.process_time()
    found = answers({"id": "absurd", "expr": expression, "wrt": "x"}, TRACE)
    assert time.process_time() - start < 5
    assert found[0]["id"] == "absurd"
    assert found[0]["ok"] or found[0]["error"]["kind"] != "internal"
    assert found[1]["ok"]


def test_a_deeply_nested_id_does_not_stop_the_batch() -> None:
    found = answers('{"id": ' + "[" * 900 + "]" * 900 + ', "expr": "tr(X)", "wrt": "X"}', TRACE)
    assert len(found) == 2
    assert found[1]["ok"]


def test_a_line_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_LINE", 200)
    monkeypatch.setattr(keys, "MAX_LINE", 200)
    found = answers({"id": 1, "expr": "x" * 1_000, "wrt": "x"}, TRACE)
    assert [a["ok"] for a in found] == [False, True]
    assert found[0]["error"] == {"kind": "limit", "message": "the line is longer than 200 bytes"}


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_arguments: object, **_options: object) -> None:
        while True:
            with contextlib.suppress(Exception):
                time.sleep(60)

    monkeypatch.setattr(matcalc, "derive", endless)
    fine, told = batch.Answerer(limit=0.1)(json.dumps(TRACE).encode())
    assert not fine
    assert json.loads(told)["error"] == {"kind": "limit", "message": "no answer within 0.1 s"}


def test_an_internal_error_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(matcalc, "derive", broken)
    assert error(TRACE) == {"kind": "internal", "message": "internal error, please report it: ZeroDivisionError: oh"}


@pytest.mark.slow
def test_nothing_of_a_line_is_kept() -> None:
    def held(first: int) -> int:
        lines = [{"expr": f"tr(A{k}*X*B{k}) + ||A{k}*x - b{k}||^2", "wrt": "X", } for k in range(first, first + 60)]
        assert all(a["ok"] for a in answers(*lines))
        gc.collect()
        return len(in_use().nodes)

    for first in range(0, 4000, 100):  # until the caches of a fixed size are full
        before = held(first)
    assert held(4000) < before + 60


# -------------------------------------------------------------------------------------------------------- output


def test_output_file(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(TRACE) + "\n")
    result = CliRunner().invoke(cli.group, ["batch", str(source), "-o", str(sink)])
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(sink.read_text())["text"] == "A^T"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
    assert sink.stat().st_mode == source.stat().st_mode


@pytest.mark.parametrize("other", [False, True])
def test_an_output_that_is_the_input_is_refused(tmp_path: Path, other: bool) -> None:
    file, link = tmp_path / "both.jsonl", tmp_path / "link.jsonl"
    file.write_text(json.dumps(TRACE) + "\n")
    link.symlink_to(file)
    result = CliRunner().invoke(cli.group, ["batch", str(file), "-o", str(link if other else file)])
    assert result.exit_code == 2
    assert "is the input" in result.output
    assert file.read_text() == json.dumps(TRACE) + "\n"


def test_an_unfinished_batch_leaves_the_old_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(TRACE) + "\n")
    sink.write_text("old")

    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(matcalc, "derive", interrupt)
    assert CliRunner().invoke(cli.group, ["batch", str(source), "-o", str(sink)]).exit_code == 130
    assert sink.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_missing_input_is_wrong_usage(tmp_path: Path) -> None:
    assert CliRunner().invoke(cli.group, ["batch", str(tmp_path / "none.jsonl")]).exit_code == 2


def test_no_line_spoils_another() -> None:
    """What a line leaves behind in memory decides nothing of the next, whatever the order."""
    first = {
        "expr": "dot((||(A^⊤)*(s') - ((ones(n)).^3)||)^2, ((normF(softmax_rows(ones(3,3))))^2) * trace(tr((ones(3,3) ∘ ones(3,3))^{3})))",
        "wrt": "A", "layout": "mixed", "vars": {"A": "m n", "s": "1 m"},
    }  # fmt: skip
    second = {"expr": "norm2(x-ones(n).^3)^2", "wrt": "x", "vars": {"x": "n"}}
    for lines in ([first, second], [second, first], [first, first, second]):
        for line, told in zip(lines, answers(*lines), strict=True):
            assert told["ok"], told
            assert line is first or told["text"] == "2*(x - ones(n))"

"""What a request is understood to be: it is shown in every notation, reads back to the same, and says why."""

from __future__ import annotations

import json
import pickle
from typing import Final

import pytest
from click.testing import CliRunner

import matcalc
from matcalc.answers.understood import read
from matcalc.cli import group
from matcalc.errors import MatcalcError
from matcalc.reading.notes import ASSUMED, DROPPED, HABIT, SHAPE, Note, lines_of

REQUESTS: Final = [
    ("d tr(W x)/dW", "d/dW tr(W*x)"),
    ("d ||X w - y||^2/d(w, y)", "d/d(w, y) norm2(X*w - y)^2"),
    ("d^2 (x' A x) / dx dy", "d^2/dx dy x^T*A*x"),
    ("d^2 (x' A x) / dx^2", "d^2/dx^2 x^T*A*x"),
    ("grad_x (||A x - b||^2 + lambda*||x||^2)", "d/dx (norm2(A*x - b)^2 + lambda*norm2(x)^2)"),
    ("d L/dW where y = W x + b; L = loss(y); dL/dy = g", "d/dW L where y = W*x + b; L = loss(y); dL/dy = g"),
    ("d sum(s(A*x)+1)/dx[2:3] where s: elementwise", "d/dx[2:3] sum(s(A*x) + 1)"),
    (r"\frac{\partial}{\partial X} \operatorname{tr}(\sigma(X W))", "d/dX tr(sigmoid(X*W))"),
    ("d h(x)/dx where h: vector -> vector", "d/dx h(x)"),
    ("d -n/2*logdet(Sigma)/dSigma", "d/dSigma (-(n/2)*logdet(Sigma))"),
    ("d (a'*x)/(x'*x)/dx", "d/dx (a^T*x/(x^T*x))"),
    ("d x.*y/dx", "d/dx (x.*y)"),
    ("d tr(A*X^k)/dX", "d/dX tr(A*X^k)"),
]


@pytest.mark.parametrize(("request_text", "text"), REQUESTS)
def test_the_request_is_shown_and_reads_back_to_the_same(request_text: str, text: str) -> None:
    understood = read(request_text)
    assert understood.text == text
    for again in (text, understood.declared):
        declared = understood.functions if again == text else None
        back = read(again, variables=declared)
        assert (back.text, back.request.expr, back.request.wrt) == (text, understood.request.expr, understood.request.wrt)
    assert understood.latex
    assert understood.unicode


@pytest.mark.parametrize("request_text", [text for text, _ in REQUESTS])
def test_the_declared_request_leaves_nothing_to_infer(request_text: str) -> None:
    back = read(read(request_text).declared)
    assert [n for n in back.request.assumptions if n.kind == SHAPE] == []
    assert {told.why for told in back.variables.values()} == {"declared"}


def test_every_variable_says_what_it_is_and_why() -> None:
    found = read("d (c*x'*S*x + lambda*tr(B^k))/dx", variables={"S": "n n spd", "c": ""}).variables
    assert {name: (told.kind, told.shape, told.declaration, told.why) for name, told in found.items()} == {
        "c": ("scalar", (), "scalar", "declared"),
        "x": ("vector", ("n",), "n", "lower case"),
        "S": ("matrix", ("n", "n"), "n x n spd", "declared"),
        "lambda": ("scalar", (), "scalar", "a Greek letter"),
        "B": ("matrix", ("m", "m"), "m x m", "upper case"),
        "k": ("scalar", (), "scalar integer", "an exponent"),
    }
    assert found["S"].properties == ("spd",)


def test_a_row_and_a_matrix_of_one_column() -> None:
    found = read("d s*M/ds", variables={"s": "1 n", "M": "n 1"}).variables
    assert [(t.kind, t.shape) for t in found.values()] == [("row", ("1", "n")), ("matrix", ("n", "1"))]


def test_the_command_prints_it_with_the_reasons() -> None:
    told = CliRunner().invoke(group, ["read", "d tr(A*x*x')/dx", "--var", "A: n x n symmetric", "--to", "text"])
    assert told.output.splitlines() == [
        "d/dx tr(A*x*x^T)", "", "  A is n x n symmetric (declared)", "  x has n entries (lower case)", "  the function is a scalar",
    ]  # fmt: skip


def test_the_command_prints_json() -> None:
    told = json.loads(CliRunner().invoke(group, ["read", r"d sum(\sigma(x))/dx", "--to", "json"]).output)
    assert told["text"] == "d/dx sum(sigmoid(x))"
    assert told["declared"] == "d/dx sum(sigmoid(x)) where x: n"
    assert told["variables"]["x"] == {"kind": "vector", "shape": ["n"], "properties": [], "declaration": "n", "why": "lower case"}
    assert [n["kind"] for n in told["notes"]] == ["spelling"]


def test_python_has_it_too() -> None:
    assert str(matcalc.read("d tr(W x)/dW")) == "d/dW tr(W*x)"
    with pytest.raises(MatcalcError):
        matcalc.read("d tr(W x")


def test_a_note_is_a_sentence_that_knows_its_kind() -> None:
    notes = [Note("x is a scalar", SHAPE, ("x",)), Note("A is small"), Note("min is left out", DROPPED), "B is large"]
    assert lines_of(notes) == ["assuming A is small", "min is left out", "assuming B is large"]
    again = pickle.loads(pickle.dumps(Note("b is read as a vector", HABIT, ("b",))))
    assert (again, again.kind, again.names) == ("b is read as a vector", HABIT, ("b",))
    assert notes[1].kind == ASSUMED  # type: ignore[attr-defined]
    assert json.dumps(notes[:1]) == '["x is a scalar"]'

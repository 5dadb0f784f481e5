"""Derivations in a few lines and with one rule a line: short and full."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from lines import disagreements
from places import CORPUS_FOLDER

from matcalc import Derivative, UsageError, derive
from matcalc.commands.derive import derive_command

CASES = [json.loads(line) for line in (CORPUS_FOLDER / "sample.jsonl").read_text("utf-8").splitlines()]


def told(request: str, **options: Any) -> list[tuple[str, str]]:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return [(s.after, s.rule) for s in found.steps]


@pytest.mark.parametrize("detail", ["short", "full"])
@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES if "expr" in c])
def test_every_line_of_every_detail_is_true(case: dict[str, Any], detail: str) -> None:
    options = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    found = derive(case["expr"], wrt=case["wrt"], variables=case["vars"], detail=detail, **options)
    assert isinstance(found, Derivative)
    assert disagreements(found) == []
    lines = found._told[1]
    if detail == "full":
        assert all(len({m.name for m in line.moves}) == 1 for line in lines)
        assert all(" of a linear argument" not in s.rule for s in found.steps)
    else:
        assert len(lines) <= (4 if found.request.order == 1 else 7)


def test_in_full_no_line_takes_two_rules() -> None:
    assert told("d sum(A*X) - sum(B.*log(A*X)) /dX", detail="full")[1:10] == [
        ("f = sum(A*X) - tr(B*log(A*X)^T)", "a trace as a sum of products entry by entry"),
        ("df = sum(A*dX) - tr(B*d(log(A*X))^T)", "linearity"),
        ("df = sum(A*dX) - tr(B*(d(A*X)./(A*X))^T)", "derivative of log, entry by entry"),
        ("df = sum(A*dX) - tr((B./(A*X))*d(A*X)^T)", "Hadamard product inside a trace"),
        ("df = sum(A*dX) - tr((B./(A*X))^T*d(A*X))", "transpose inside the trace"),
        ("df = sum(A*dX) - tr((B./(A*X))^T*A*dX)", "linearity"),
        ("df = ones(m)^T*(A*dX)*ones(p) - tr((B./(A*X))^T*A*dX)", "sum of all entries"),
        ("df = tr(ones(p)*ones(m)^T*A*dX) - tr((B./(A*X))^T*A*dX)", "a scalar is its own trace"),
        ("df = tr(ones(p,m)*A*dX) - tr((B./(A*X))^T*A*dX)", "equal terms and factors joined"),
    ]


def test_a_short_derivation_names_the_rules_that_it_skips() -> None:
    assert told("d logdet(A X B + C)/dX", detail="short") == [
        ("f = logdet(A*X*B + C)", "the function"),
        ("df = tr((A*X*B + C)^-1*A*dX*B)", "differential of logdet, linearity"),
        ("df = tr(B*(A*X*B + C)^-1*A*dX)", "cyclic property of the trace"),
        ("df/dX = A^T*(A*X*B + C)^-T*B^T", "first identification theorem"),
    ]


def test_a_short_second_derivative_tells_the_first() -> None:
    lines = [after.partition(" = ")[0] for after, _ in told("d^2 logdet(a*eye(m) + y*y^T)/dy^2", detail="short")]
    assert lines == ["f", "df", "df", "g", "dg", "dg", "d^2f/dy^2"]


def test_the_command_tells_in_the_detail_that_is_asked_for() -> None:
    run = CliRunner().invoke(derive_command, ["d softmax(x)/dx", "--steps", "--detail", "short"])
    assert len(run.stdout.partition("\n\n")[0].splitlines()) == 4
    with pytest.raises(UsageError, match="unknown detail of a derivation 'long'; it is one of short, normal, full"):
        derive("d tr(X)/dX", detail="long")

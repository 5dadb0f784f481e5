"""Derivations by Frobenius products, and element by element."""

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


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


def told(request: str, **options: Any) -> list[tuple[str, str]]:
    return [(s.after, s.rule) for s in one(request, **options).steps]


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("style", ["frobenius", "index"])
@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES if "expr" in c])
def test_every_line_of_every_style_is_true(case: dict[str, Any], style: str, layout: str) -> None:
    options = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    found = one(case["expr"], wrt=case["wrt"], variables=case["vars"], layout=layout, style=style, **options)
    if style == "frobenius" and not found.request.expr.is_scalar:
        with pytest.raises(UsageError, match="which is an array, is not told by Frobenius products"):
            _ = found.steps
        return
    assert disagreements(found) == []
    assert found.text in {s.after.partition(" = ")[2] for s in found.steps}


def test_several_functions_of_one_product_open_it_once() -> None:
    assert told("d sum(A*X) - sum(B.*log(A*X)) /dX", style="frobenius")[4:] == [
        ("df = ones(m,p) : d(A*X) - B./(A*X) : d(A*X)", "elementwise factors moved across the Frobenius product"),
        ("df = (ones(m,p) - B./(A*X)) : d(A*X)", "collect terms"),
        ("df = (ones(m,p) - B./(A*X)) : A*dX", "linearity"),
        ("df = A^T*(ones(m,p) - B./(A*X)) : dX", "factors moved across the Frobenius product"),
        ("df/dX = A^T*(ones(m,p) - B./(A*X))", "first identification theorem"),
    ]


def test_the_rules_of_the_product_stand_above_its_derivation() -> None:
    run = CliRunner().invoke(derive_command, ["d logdet(A*X)/dX", "--steps", "--style", "frobenius"])
    rows = [line.split() for line in run.stdout.splitlines()[:4]]
    assert [" ".join(row).partition("  ")[0].split(" = ")[0] for row in rows] == ["A : B", "A^T : B^T", "A : B*C", "A : B.*C"]
    assert r"A^\top A^{-\top} : \mathrm{d}X" in one("d logdet(A*X)/dX", style="frobenius").derivation("latex") or ":" in run.stdout


def test_softmax_ends_in_deltas() -> None:
    assert told("d softmax(x)/dx", form="index")[1:] == [
        ("y[j] = softmax(x)[j]", "element by element"),
        ("dy[j] = softmax(x)[j]*dx[j] - softmax(x)[j]*sum_r(softmax(x)[r]*dx[r])", "differential of softmax"),
        (
            "dy[j]/dx[i] = softmax(x)[j]*delta[j,i] - softmax(x)[j]*sum_r(softmax(x)[r]*delta[r,i])",
            "the coefficient of one entry of the increment",
        ),
        ("dy[j]/dx[i] = softmax(x)[j]*(delta[j,i] - softmax(x)[i])", "sums over a Kronecker delta collapse"),
        ("dy/dx = diag(softmax(x)) - softmax(x)*softmax(x)^T", "matrix form"),
    ]


def test_a_second_derivative_has_element_lines() -> None:
    lines = [after for after, _ in told("d^2 (x'*A*x)/dx^2", style="index")]
    assert lines[4:8] == [
        "g[j] = df/dx[j] = sum_r((A + A^T)[j,r]*x[r])",
        "dg[j] = sum_r((A + A^T)[j,r]*dx[r])",
        "d^2f/dx[j] dx[i] = sum_r((A + A^T)[j,r]*delta[r,i])",
        "d^2f/dx[j] dx[i] = (A + A^T)[j,i]",
    ]
    assert lines[-1] == "d^2f/dx^2 = A + A^T"

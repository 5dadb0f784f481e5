"""Questions as they were written: nothing reordered, simplified or substituted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from places import CORPUS_FOLDER

from matcalc import Derivative, derive
from matcalc.printing.as_written import written
from matcalc.printing.notations.latex import LATEX
from matcalc.printing.notations.text import TEXT
from matcalc.sheet.question import givens, left_side, right_side, terms

SAMPLE = CORPUS_FOLDER / "sample.jsonl"
CASES = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, check=False, **options)
    return found if isinstance(found, Derivative) else found[0]


def told(found: Derivative) -> str:
    assert found.request.asked is not None
    return TEXT.render(written(found.request.asked.function))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("d tr(X^T B X C)/dX", "tr(X^T*B*X*C)"),
        ("d (x - a)^T (x - a)/dx", "(x - a)^T*(x - a)"),
        ("d log(det(X))/dX", "log(det(X))"),
        ("d ||A x - b||^2/dx", "norm2(A*x - b)^2"),
        ("d |X|/dX", "det(X)"),
        ("d (x'*A*x/2)/dx", "x^T*A*x/2"),
        ("d (-(1/2)*x'*x)/dx", "-(1/2)*x^T*x"),
        ("d (-x'*x + a'*x)/dx", "-x^T*x + a^T*x"),
        ("d (b - A*x - c)/dx where c: m", "b - A*x - c"),
        ("d sum(A .* X ./ B)/dX", "sum(A.*X./B)"),
        ("d tr(A^-T X)/dX", "tr(A^-T*X)"),
        ("d sum(sqrt(x))/dx", "sum(sqrt(x))"),
        ("d x[1]^2/dx", "x[1]^2"),
        ("d sum(X[2,:])/dX", "sum(X[2,:])"),
        ("d (A \\ b)'*b/dA", "(A^-1*b)^T*b"),
        ("d np.sum(A*X)/dX", "sum(A.*X)"),
        ("d (X*W + ones(m)*b')/db", "X*W + ones(m)*b^T"),
        ("d (1 + x)/dx", "1 + x"),
        ("d tr(I + X)/dX", "tr(I + X)"),
        ("d kron(X, kron(A, X))/dX", "kron(X,kron(A,X))"),
        ("d K(m,n)*vec(A)/dA where A: m x n", "K(m,n)*vec(A)"),
        ("d L/dW where y = W*x; L = loss(y)", "L"),
    ],
)
def test_nothing_is_changed(request_: str, expected: str) -> None:
    assert told(one(request_)) == expected


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES])
def test_what_was_written_means_what_was_asked(case: dict[str, Any]) -> None:
    asked: dict[str, Any] = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    options: dict[str, Any] = {"wrt": case["wrt"], "variables": case["vars"], **asked}
    found = one(case["expr"], **options)
    again = one(told(found), **options)
    assert again.request.expr is found.request.expr


@pytest.mark.parametrize(
    ("request_", "options", "expected"),
    [
        ("d tr(A X)/dX", {}, r"\frac{\partial}{\partial X} \operatorname{tr}(A X)"),
        ("d (a + x)/dx", {}, r"\frac{\partial}{\partial x} (a + x)"),
        ("d L/dW where y = W*x; L = loss(y)", {}, r"\frac{\partial L}{\partial W}"),
        ("d^2 x'*A*x/dx^2", {}, r"\frac{\partial^2}{\partial x^{2}} x^\top A x"),
        ("d^2 x'*A*y/dx dy", {}, r"\frac{\partial^2}{\partial x\,\partial y} x^\top A y"),
        ("d X'/dX", {}, r"\frac{\partial \operatorname{vec}(X^\top)^\top}{\partial \operatorname{vec}(X)}"),
        ("d X'/dX", {"layout": "numerator"}, r"\frac{\partial \operatorname{vec}(X^\top)}{\partial \operatorname{vec}(X)^\top}"),
        ("d X*a/dX", {"layout": "numerator"}, r"\frac{\partial}{\partial \operatorname{vec}(X)^\top} X a"),
        ("d X'/dX", {"form": "index", "layout": "numerator"}, r"\frac{\partial \left[X^\top\right]_{i j}}{\partial X_{l k}}"),
        ("d X'/dX", {"form": "index", "layout": "mixed"}, r"\frac{\partial \left[X^\top\right]_{i j}}{\partial X_{k l}}"),
        ("d X'/dX", {"form": "index"}, r"\frac{\partial \left[X^\top\right]_{l k}}{\partial X_{i j}}"),
        ("d X*A/dX", {"form": "differential"}, r"\mathrm{d}(X A)"),
        ("d sum(abs(x))/dx", {"form": "differential"}, r"\mathrm{d}\operatorname{sum}(\operatorname{abs}(x))"),
        ("d tr(X*A)/dX[2,:]", {}, r"\frac{\partial}{\partial X_{2,:}} \operatorname{tr}(X A)"),
    ],
)
def test_left_sides(request_: str, options: dict[str, Any], expected: str) -> None:
    assert left_side(one(request_, **options), 0, LATEX) == expected


def test_increments_have_some_space_around_them() -> None:
    found = one("d X^-1/dX", form="differential")
    assert terms(right_side(found)[0], LATEX) == (r"-X^{-1} \,\mathrm{d}X \,X^{-1}",)


def test_definitions_and_named_gradients_are_given() -> None:
    found = one("dL/dW where z = W*x + b; a = sigma(z); L = loss(a); dL/da = g")
    assert givens(found, LATEX) == (
        "z = W x + b",
        r"a = \sigma(z)",
        r"L = \mathrm{loss}(a)",
        r"\frac{\partial L}{\partial a} = g",
    )

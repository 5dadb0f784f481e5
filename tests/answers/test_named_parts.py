"""Long answers with names for their repeated parts: what they say, that they are read back to the same, and when there are none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
from places import CORPUS_FOLDER

from matcalc import Derivative, MatcalcError, UsageError, derive
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.numbers.evaluate import evaluate
from matcalc.numbers.sampling.domain import points
from matcalc.reading.alone import parse_expression, read_expression
from matcalc.simplify.called import called, letters_for
from matcalc.simplify.parts import repeated

FILES = [CORPUS_FOLDER / f"{name}.jsonl" for name in ("sample", "lecture_notes")]
CASES = [json.loads(line) for file in FILES for line in file.read_text("utf-8").splitlines()]
LONG = [
    ("d^2 logsumexp(A*x + b)/dx^2", {}),
    ("d^2 norm2(A*x - y)/dx^2", {}),
    ("d^2 ((x^T*A*x)/(x^T*B*x))/dx^2", {}),
    ("d (X*(X^T*X)^-1*X^T)/dX", {"layout": "numerator"}),
    ("d softmax_rows(X*W)/d(X)", {}),
    ("d^2 exp(-(x - m)^T*S^-1*(x - m)/2)/dx^2", {"variables": {"S": "n x n spd"}}),
    ("d sum(sigmoid(A*x).^2.*(1 - sigmoid(A*x)))/dx", {}),
    ("d^2 (det(A + t*B))/dt^2", {}),
    ("d^2 tr(X^T*A*X*(X^T*B*X)^-1)/dX^2", {"variables": {"A": "n n", "X": "n p", "B": "n n"}}),
    ("d (polar(X)*A)/dX", {"form": "vec"}),
    ("d norm2(x - sum(x)*ones(n)/n)/dx", {}),
]


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


def measured(found: Derivative, exprs: list[Expr]) -> Iterator[list[Any]]:
    """The values of expressions at points of the request."""
    for p in islice(points([v for v in found.parameters if v.op == "sym"], [found.request.expr, *exprs]), 3):
        yield evaluate(exprs, p.values, p.sizes, p.unknowns)


def check(found: Derivative) -> None:
    """The named text is read back to the answer, and every part is used and has a name of its own."""
    assert found.expr is not None
    assert found.named is not None
    told = found.named.to_dict()
    functions = {n.data.name: n.data.base for n in in_order([found.expr]) if n.op == "call"}
    names = {p.data.name: p for p in found.parameters}
    sizes = {s.name for p in found.parameters for d in p.shape for s in d.free_symbols}
    again = read_expression(told["text"], names, functions, sizes, like=found.expr.shape)
    for told_value, value in measured(found, [again, found.expr]):
        np.testing.assert_allclose(told_value, value, rtol=1e-6, atol=1e-9)
    main, *rest = told["text"].partition(" where ")
    assert rest
    for k, (label, _) in enumerate(told["where"]):
        assert label not in {*names, *sizes}
        uses = " ".join([main, *(text for _, text in told["where"][k + 1 :])])
        assert len(re.findall(rf"(?<![\w'])d?{label}(?!\w)", uses)) >= 1
    assert told["latex"].count(" = ") == len(told["where"])


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES])
def test_named_texts_of_the_corpus_mean_the_same(case: dict[str, Any]) -> None:
    asked = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    try:
        found = derive(case.get("expr", ""), wrt=case["wrt"], variables=case["vars"], check=False, named="always", **asked)
    except MatcalcError:
        pytest.skip("given by its entries")
    for d in found if isinstance(found, tuple) else (found,):
        if d.named is not None:
            check(d)


@pytest.mark.parametrize(("request_", "options"), LONG)
def test_long_answers_have_named_parts(request_: str, options: dict[str, Any]) -> None:
    check(one(request_, **options, check=False, named="always"))


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ("d^2 logsumexp(A*x)/dx^2", "A^T*(diag(p) - p*p^T)*A where p = softmax(A*x)"),
        ("d^2 norm2(A*x - b)/dx^2", "A^T*(I/norm2(r) - r*r^T/norm2(r)^3)*A where r = A*x - b"),
        ("d^2 norm2(z)/dx^2 where z = A*x - b", "A^T*(I/norm2(z) - z*z^T/norm2(z)^3)*A where z = A*x - b"),
        ("d^2 (p^T*q + logsumexp(A*x))/dx^2", "A^T*(diag(p1) - p1*p1^T)*A where p1 = softmax(A*x)"),
        ("d (X^T*(eye(n) - ones(n,n)/n)*X*(eye(n) - ones(n,n)/n))[1,2]/dX where X: n n", None),
        ("d^2 (det(A + c*B))/dc^2", "det(A + c*B)*(tr(Z)^2 - tr(Z^2)) where Z = (A + c*B)^-1*B"),
    ],
)
def test_the_names_that_people_use(request_: str, named: str | None) -> None:
    found = one(request_)
    if named is not None:
        assert found.named is not None
        assert found.named.to_dict()["text"] == named
        assert found.to_dict()["named"]["text"] == named
        assert named in found.told()
    assert " where " not in found.text


def test_a_short_answer_has_names_only_where_they_are_asked_for() -> None:
    assert one("d softmax(x)/dx").named is None
    assert one("d softmax(x)/dx", named="always").shown is not None
    assert one("d^2 logsumexp(A*x)/dx^2", named="never").named is None
    assert "named" not in one("d tr(A*X)/dX").to_dict()
    with pytest.raises(UsageError, match="naming of parts"):
        derive("d tr(A*X)/dX", named="often")


def test_parts_have_their_shapes_below_the_answer_and_their_names_in_code() -> None:
    found = one("d^2 logsumexp(A*x)/dx^2")
    assert "p has m entries" in found.told()
    assert "    p = _softmax(A @ x)\n" in found.numpy
    a, x = np.random.default_rng(1).standard_normal((3, 4)), np.arange(4.0)
    np.testing.assert_allclose(found.function()(a, x), one("d^2 logsumexp(A*x)/dx^2", named="never").function()(a, x))


def test_every_use_counts_whichever_way_it_is_written() -> None:
    e = parse_expression("(A*x - b)*(b - A*x)^T*(A*x - b)", variables={"A": "m n", "x": "n", "b": "m"})
    (part,) = [r for r in repeated([e], []) if r.part.op == "add"]
    assert part.uses == 3


def test_a_residual_of_one_sign_is_one_part() -> None:
    found = one("d norm2(x - sum(x)*ones(n)/n)*(y^T*x)/dx", named="always")
    assert found.named is not None
    assert [label for label, _ in found.named.parts].count("r") == 1


LETTERS = {
    "eye(n) - ones(n,n)/n": "C", "A*x - b": "r", "softmax(A*x)": "p", "softmax_rows(A)": "P", "sigmoid(x)": "s", "exp(A*A^T)": "K",
    "(A*A^T)^-1": "M", "x^T*x": "beta", "norm2(x)": "rho", "tanh(A*x)": "h", "A*x": "z", "A*A^T": "G",
}  # fmt: skip


@pytest.mark.parametrize(("part", "letter"), LETTERS.items())
def test_letters(part: str, letter: str) -> None:
    e = parse_expression(part, variables={"A": "m n", "x": "n", "b": "m"})
    assert letters_for(e)[0] == letter


def test_every_table_of_letters_has_letters() -> None:
    assert len({c.means for c in called()}) == len(called())
    assert all(name.isidentifier() for c in called() for letters in c.letters.values() for name in letters)

"""Equal functions have one answer, however they are written, and a renamed variable renames the answer.

Every published case of tests/corpus is written in other ways, one law of algebra at one place, or several laws after one
another, and the derivative must be the same node; how it is written is led by what was written.
"""

from __future__ import annotations

import json
import random
import re
from functools import cache
from typing import Any

import pytest
from contraction import symbols
from equivalents import LAWS, spellings, written
from places import CORPUS_FOLDER

from matcalc import Derivative, derive
from matcalc.algebra.node import sym
from matcalc.algebra.walk import substitute
from matcalc.simplify.simplify import simplify

SAMPLE = CORPUS_FOLDER / "sample.jsonl"
MORE: list[dict[str, Any]] = [
    {"id": "sum of products", "expr": "norm2(A*x + B*x - y)^2", "wrt": "x", "vars": {"A": "m n", "B": "m n", "x": "n", "y": "m"}},
    {"id": "masked residual", "expr": "normF(M.*(U*V^T) - M.*Y)^2", "wrt": "U", "vars": {"M": "m n", "U": "m k", "V": "n k", "Y": "m n"}},
    {"id": "cross entropy", "expr": "-(y^T*log(sigmoid(X*w)) + (1 - y)^T*log(1 - sigmoid(X*w)))", "wrt": "w",
     "vars": {"X": "m n", "w": "n", "y": "m"}},
    {"id": "entropy of a softmax", "expr": "softmax(x)^T*log(softmax(x))", "wrt": "x", "vars": {"x": "n"}},
    {"id": "weighted logistic", "expr": "sum(softplus(y.*(X*w)))", "wrt": "w", "vars": {"X": "m n", "w": "n", "y": "m"}},
    {"id": "determinants", "expr": "log(det(A*X)^2)", "wrt": "X", "vars": {"A": "n n", "X": "n n"}},
    {"id": "tanh layer", "expr": "v^T*tanh(A*x)", "wrt": "x", "order": 2, "vars": {"v": "m", "A": "m n", "x": "n"}},
]  # fmt: skip
CASES = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()] + MORE

# A X - X S X + X A is X (A - S X) + A X or (X A - X S X) + A X: the names decide which pair is taken.
# A trace of a power may begin with any of its factors.
TIED = {"ml-ric", "wiki-ss-det2"}
SPELLINGS = 8
LAWS_IN_A_ROW = 4
A_SIGN = 1



def asked(case: dict[str, Any], expr: str) -> Derivative:
    options = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    found = derive(expr, wrt=case["wrt"], variables=case["vars"], check=False, **options)
    assert isinstance(found, Derivative)
    return found


def node_of(found: Derivative) -> Any:
    """The answer without what its spelling tells of exponents: an integer q in X^q, but not in X^(-(-q))."""
    if found.expr is None:
        return found.text
    return substitute(found.expr, {v.data.name: sym(v.data.name, v.shape, v.data.ndim) for v in symbols(found.expr)}, {})


@cache
def answer(at: int) -> Derivative:
    return asked(CASES[at], CASES[at]["expr"])


EACH_CASE = pytest.mark.parametrize("at", range(len(CASES)), ids=[case["id"] for case in CASES])


@EACH_CASE
def test_the_expression_taken_at_its_word_has_the_same_answer(at: int) -> None:
    assert node_of(asked(CASES[at], written(answer(at).request.literal))) == node_of(answer(at))


@EACH_CASE
def test_one_law_of_algebra_does_not_change_the_answer(at: int) -> None:
    found = spellings(answer(at).request.literal)
    for law, other in random.Random(at).sample(found, min(SPELLINGS, len(found))):
        assert node_of(asked(CASES[at], other)) == node_of(answer(at)), f"{law}: {other}"


@EACH_CASE
def test_several_laws_in_a_row_do_not_change_the_answer(at: int) -> None:
    rng = random.Random(1000 + at)
    found = answer(at)
    for _ in range(LAWS_IN_A_ROW):
        usual = [(law, other) for law, other in spellings(found.request.literal) if law in COMMUTING]
        if not usual:
            return
        law, other = rng.choice(usual)
        found = asked(CASES[at], other)
        assert node_of(found) == node_of(answer(at)), f"{law}: {other}"


COMMUTING = frozenset(LAWS) - {"distributed", "factored", "meaning", "determinant", "inverse"}


@pytest.mark.parametrize("law", LAWS)
def test_every_law_is_used(law: str) -> None:
    assert any(law == name for at in range(len(CASES)) for name, _ in spellings(answer(at).request.literal))


@EACH_CASE
def test_renaming_the_variables_renames_the_answer(at: int) -> None:
    """Names in reverse order: the answer is the renamed one, up to the order of its sums and products."""
    case, before = CASES[at], answer(at)
    if before.expr is None:
        return
    names = sorted(case["vars"])
    new = {name: f"{'Z' if name[0].isupper() else 'z'}{len(names) - k}" for k, name in enumerate(names)}
    renamed = {key: renamed_in(case[key], new) for key in ("expr", "wrt")}
    options: dict[str, Any] = {key: renamed_in(case[key], new) for key in ("wrt2",) if key in case}
    attrs = {new.get(name, name): known for name, known in case.get("attrs", {}).items()}
    after = derive(
        renamed["expr"], wrt=renamed["wrt"], variables={new[n]: s for n, s in case["vars"].items()}, attrs=attrs or None,
        order=case.get("order", 1), check=False, **options,
    )  # fmt: skip
    assert isinstance(after, Derivative)
    assert after.expr is not None
    assert abs(tokens(after.text) - tokens(before.text)) <= A_SIGN
    values = {v.data.name: sym(new.get(v.data.name, v.data.name), v.shape, v.data.ndim, v.data.properties) for v in symbols(before.expr)}
    assert simplify(substitute(before.expr, values, {})) is after.expr or case["id"] in TIED


def tokens(text: str) -> int:
    return len(re.findall(r"\w+|\S", text))


def renamed_in(text: str, new: dict[str, str]) -> str:
    return re.sub(r"[A-Za-z_]\w*", lambda word: new.get(word[0], word[0]), text)

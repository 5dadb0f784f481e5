r"""What is printed in LaTeX and in Unicode reads back to the very same expression, also in the spellings that others prefer."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from readable import NAMES, READ_BACK, x
from strategies import DIMS, VARIABLES, cases
from textbook import CASES, LAYOUTS

from matcalc import Derivative, derive
from matcalc.algebra import add, fun, had
from matcalc.algebra.node import Expr, Unknown
from matcalc.algebra.walk import in_order
from matcalc.printing.notations.latex import latex
from matcalc.printing.notations.text import text
from matcalc.printing.notations.unicode import unicode
from matcalc.reading.alone import parse_expression, read_expression

PRINTERS: dict[str, Callable[[Expr], str]] = {"text": text, "latex": latex, "unicode": unicode}


def read_back(written: str, e: Expr, notation: str) -> Expr:
    """The text read over the variables and functions of an expression."""
    nodes = in_order([e])
    names = {node.data.name: node for node in nodes if node.op == "sym"}
    base = {"gradient": "scalar", "jacobian": "vector"}
    called = [node.data for node in nodes if node.op == "call"]
    functions = {u.name: Unknown(u.name, base.get(u.kind, u.kind), 0, u.rows) for u in called}
    sizes = {s.name for node in nodes for d in node.shape for s in getattr(d, "free_symbols", ())}
    return read_expression(written, names, functions, sizes | set(DIMS), like=e.shape, latex=notation == "latex")


@pytest.mark.parametrize("notation", ["latex", "unicode"])
@pytest.mark.parametrize("e", [e for e, _ in READ_BACK], ids=[t for _, t in READ_BACK])
def test_printed_expressions_read_back(e: Expr, notation: str) -> None:
    written = PRINTERS[notation](e)
    assert read_expression(written, NAMES, dimensions=["m", "n"], like=e.shape, latex=notation == "latex") is e


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES])
def test_answers_read_back(case: dict[str, Any]) -> None:
    asked = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    for layout, form in product(LAYOUTS, ("auto", "vec")):
        found = derive(case["expr"], wrt=case["wrt"], variables=case["vars"], layout=layout, form=form, check=False, **asked)
        assert isinstance(found, Derivative)
        if found.expr is not None:
            for notation in PRINTERS:
                assert read_back(getattr(found, notation), found.expr, notation) is found.expr


@pytest.mark.parametrize("notation", PRINTERS)
def test_named_parts_read_back(notation: str) -> None:
    e = x
    for _ in range(12):
        e = had(add(e, fun("tanh", e)), fun("sigmoid", e))
    written = PRINTERS[notation](e)
    assert "where" in written
    assert read_back(written, e, notation) is e


TRANSPOSES = (r"^\top ", "^T ", r"^{\top}", r"^\intercal ", r"^{\mathsf{T}}", r"^{\mathrm T}")
SPACES = (" ", r"\,", r"\;", "~", r" \! ", "  ")
FENCES = (("(", ")"), (r"\left(", r"\right)"), (r"\bigl(", r"\bigr)"))
FONTS = ("{}", r"\mathbf{{{}}}", r"\boldsymbol{{{}}}", r"\bm {}")
NORMS = ((r"\left\lVert", r"\right\rVert"), (r"\left\|", r"\right\|"), (r"\lVert", r"\rVert"), (r"\bigl\|", r"\bigr\|"))
HIDDEN = {ord(sign): ord(hidden) for sign, hidden in zip("()|", "<>@", strict=True)}
SPELLINGS = (
    (r"\frac", r"\dfrac", r"\tfrac"), (r" \odot ", r" \circ "), (r"\operatorname", r"\mathrm"), (r"\mathbf{1}", r"\mathbb{1}"),
)  # fmt: skip
LETTERS = re.compile(
    r"\\(?:operatorname|math[a-z]+|begin|end)\{[A-Za-z]+\}|\\[A-Za-z]+|_\{[^{}]*\}|(?<![A-Za-z])[A-Za-z](?![A-Za-z])"
)
FORMULAS = ("{}", "${}$", r"\[ {} \]", r"\begin{{equation}} {} \end{{equation}}", "$${}.$$")


def respelt(formula: str, choice: random.Random) -> str:
    """The formula in another author's LaTeX: transposes, spaces, parentheses, norms, fonts, fractions."""
    out = re.sub(r"\^\\top ?", lambda _: choice.choice(TRANSPOSES), formula)
    for pairs, written in ((FENCES, FENCES[:2]), (NORMS, NORMS[:1])):
        left, right = choice.choice(pairs)
        for opening, closing in reversed(written):
            out = out.replace(opening, left.translate(HIDDEN)).replace(closing, right.translate(HIDDEN))
    out = out.translate({new: old for old, new in HIDDEN.items()})
    for spellings in SPELLINGS:
        out = out.replace(spellings[0], choice.choice(spellings))
    font = choice.choice(FONTS)
    out = LETTERS.sub(lambda f: _in_font(f[0], font), out)
    out = re.sub(r"(?<![A-Za-z]) (?!\w)|(?<=[a-z]) (?=\()", lambda _: choice.choice(SPACES), out)
    return choice.choice(FORMULAS).format(out)


def _in_font(piece: str, font: str) -> str:
    return font.format(piece) if len(piece) == 1 and piece not in "T" else piece


@given(case=cases(), seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_expressions_read_back_in_any_spelling(case: tuple[str, str], seed: int) -> None:
    e = parse_expression(case[0], variables=VARIABLES)
    assume(read_back(text(e), e, "text") is e)
    assert read_back(unicode(e), e, "unicode") is e
    written = latex(e)
    assert read_back(written, e, "latex") is e
    assert read_back(respelt(written, random.Random(seed)), e, "latex") is e

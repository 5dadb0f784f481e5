"""The spellings of other tools: every line of every table reads as what stands beside it."""

from __future__ import annotations

import re

import pytest

from matcalc.algebra.node import Expr
from matcalc.errors import MatcalcError
from matcalc.reading.alone import parse_expression
from matcalc.reading.dialects.tools import TOOLS, WORDS, Line, lines_of, table

LINES = [(tool, line) for tool in TOOLS for line in lines_of(tool)]
SHAPES = {**dict.fromkeys("ABCWXYZ", "n n"), **dict.fromkeys("xyb", "n"), **dict.fromkeys("akp", "")}
# The number 1 with a mark of the tool, for lines that have none by themselves.
ONE = {
    "numpy": "np.exp(0)", "jax": "jnp.exp(0)", "torch": "torch.exp(0)", "tensorflow": "tf.exp(0)", "sympy": "Determinant(1)",
    "r": "(1 %*% 1)", "mathematica": "Exp[0]",
}  # fmt: skip


def read(text: str, tool: str = "") -> Expr:
    text = f"{ONE[tool]}*({text})" if tool in ONE else text
    text = re.sub(r"\bf\b", "tanh", text)
    used = {name: shape for name, shape in SHAPES.items() if re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", text)}
    return parse_expression(text, variables=used, attrs={"k": ["integer"]} if "k" in used else None)


@pytest.mark.parametrize(("tool", "line"), [p for p in LINES if not p[1].refused], ids=lambda p: p.theirs if isinstance(p, Line) else p)
def test_a_spelling_is_read_as_ours(tool: str, line: Line) -> None:
    assert read(line.theirs, tool) is read(line.ours)


@pytest.mark.parametrize(("tool", "line"), [p for p in LINES if p[1].refused], ids=lambda p: p.theirs if isinstance(p, Line) else p)
def test_a_spelling_that_means_something_else_is_refused(tool: str, line: Line) -> None:
    with pytest.raises(MatcalcError, match=re.escape(line.refused.partition("; ")[0])):
        read(line.theirs, tool)


def test_the_words_of_a_tool_stand_in_its_table() -> None:
    missing = {word: tool for word, tool in WORDS.items() if word not in table(tool) and f"{word}[" not in table(tool)}
    assert missing == {}

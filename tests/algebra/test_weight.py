"""The weight of an expression, by which shorter answers are chosen, is the number of tokens that its text has."""

from __future__ import annotations

import pytest

from matcalc.reading.alone import parse_expression

VARIABLES = {"c": "scalar", "A": "n n", "x": "n"}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("c^2", 3), ("c^(1/2)", 7), ("c^(-1/2)", 8), ("A^3", 3), ("n/2", 3), ("x^T*A*x", 7), ("c*x", 3)],
)
def test_the_weight_is_the_number_of_tokens(text: str, tokens: int) -> None:
    variables = {name: shape for name, shape in VARIABLES.items() if name in text}
    assert parse_expression(text, variables={**variables, "y": "n"}).weight == tokens

"""Names as LaTeX writes them come back from the names of the plain notation."""

from __future__ import annotations

import pytest

from matcalc.book.letters import latex_name
from matcalc.reading.grammar.tokens import known_names
from matcalc.reading.lexer import lex


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("x_hat", r"\hat{x}"), ("beta_hat", r"\hat{\beta}"), ("x_hat_1", r"\hat{x}_{1}"), ("q_ddot", r"\ddot{q}"),
        ("X_tilde", r"\tilde{X}"),
        ("x_bar", r"\bar{x}"), ("x_kp1", "x_{k+1}"), ("h_tm1", "h_{t-1}"), ("P_k_km1", "P_{k|k-1}"), ("x_hat_k_km1", r"\hat{x}_{k|k-1}"),
        ("W_2", "W_{2}"), ("x_hat_rows", r"\hat{x}_{\mathrm{rows}}"), ("L_cal", r"\mathcal{L}"),
    ],
)  # fmt: skip
def test_names_come_back(name: str, written: str) -> None:
    assert latex_name(name) == written
    assert [t.text for t in lex(written, known_names([name]), latex=True).tokens[:-1]] == [name]


def test_a_square_that_is_a_variable() -> None:
    assert latex_name("sigma_sq") == r"{\sigma^{2}}"

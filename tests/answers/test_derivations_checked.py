"""Forty right derivations pass with their rules named; in forty faulty ones the first wrong line and its cause are found."""

from __future__ import annotations

import pytest
from solutions import FAULTY, RIGHT

from matcalc import check


@pytest.mark.parametrize("lines", RIGHT)
def test_right(lines: str) -> None:
    checked = check(lines)
    assert checked, str(checked)
    assert all(line.rule for line in checked.lines if line.verdict == "right")


@pytest.mark.parametrize(("lines", "number", "cause"), FAULTY)
def test_faulty(lines: str, number: int, cause: str) -> None:
    first = check(lines).first_wrong
    assert first is not None
    assert first.line == number, first
    assert cause in first.cause, first
    assert first.should_be

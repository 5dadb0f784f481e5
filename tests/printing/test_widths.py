"""The terms of a wide formula share lines: all of them stand, in order, on as few lines as hold them."""

from __future__ import annotations

import pytest

from matcalc.printing.widths import joined, packed


@pytest.mark.parametrize(
    ("pieces", "first", "limit", "expected"),
    [
        (["abc"], 0, 4, "abc"),
        (["abc", "+ d", "- e", "+ fgh", "+ i"], 0, 5, "abc + d / - e / + fgh / + i"),
        (["abc", "+ d", "- e", "+ fgh", "+ i"], 0, 7, "abc + d - e / + fgh + i"),
        (["abc", "+ d", "- e", "+ fgh", "+ i"], 2, 7, "abc + d / - e / + fgh / + i"),
        (["abcdefgh", "+ i", "+ j"], 0, 4, "abcdefgh / + i + j"),
    ],
)
def test_terms_share_a_line_while_it_has_room(pieces: list[str], first: int, limit: int, expected: str) -> None:
    assert joined(pieces, packed(pieces, first, limit), " / ") == expected


def test_no_term_has_no_line() -> None:
    assert packed([], 0, 4) == []

"""Lines that differentiate by the conjugate of a complex variable."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from matcalc.batch import lines as batch

KNOWN = {"vars": {"z": "n", "A": "n n"}, "attrs": {"z": ["complex"], "A": ["complex"]}, "layout": "numerator"}


def answer(**line: Any) -> dict[str, Any]:
    sink = io.BytesIO()
    batch.run(io.BytesIO(json.dumps({"id": 1, **KNOWN, **line}).encode()), sink, batch.Answerer())
    found: dict[str, Any] = json.loads(sink.getvalue())
    return found


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ({"expr": "A*conj(z)", "wrt": "z", "conj": True}, "A"),
        ({"expr": "A*conj(z)", "wrt": "z", "conj": False}, "zeros(n,n)"),
        ({"expr": "A*conj(z)", "wrt": "z"}, "zeros(n,n)"),
        ({"expr": "z^H*A*z", "wrt": "z", "conj": True, "order": 2, "wrt2": "z", "conj2": False}, "A"),
        ({"expr": "z^H*A*z", "wrt": "z", "order": 2, "conj": True}, "A"),
        ({"expr": "z^H*A*z", "wrt": "z", "order": 2, "conj2": True}, "A^T"),
        ({"expr": "z^H*A*z", "wrt": "z", "order": 2, "conj": True, "conj2": True}, "zeros(n,n)"),
    ],
)
def test_a_line_says_that_it_is_by_the_conjugate(line: dict[str, Any], text: str) -> None:
    assert answer(**line)["text"] == text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"request": "d z^H*z/dz", "conj": True}, "'conj' needs 'expr' and 'wrt'"),
        ({"expr": "z^H*z", "wrt": "z", "conj2": True}, "'conj2' is said of a second derivative"),
        ({"expr": "z^H*z", "wrt": "z", "conj": "yes"}, "'conj' must be true or false"),
    ],
)
def test_what_a_line_cannot_say_is_refused(line: dict[str, Any], told: str) -> None:
    error = answer(**line)["error"]
    assert error["kind"] == "usage" and told in error["message"]

"""Derivations of block matrices: what holds the increment in several blocks is told block by block."""

from __future__ import annotations

import pytest
from lines import disagreements

from matcalc import Derivative, derive


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("d u^T*[X*x; A*X*x]/dX", "df = tr(x*u^T*[I; zeros(p,m)]*dX) + tr(x*u^T*[zeros(m,p); I]*A*dX)"),
        ("d [X*x; A*X*x]/dx", "dy = [I; zeros(p,m)]*X*dx + [zeros(m,p); I]*A*X*dx"),
    ],
)
def test_blocks_are_moved_to_the_increment_one_by_one(request_: str, line: str) -> None:
    found = derive(request_)
    assert isinstance(found, Derivative)
    assert line in [s.after for s in found.steps]
    assert disagreements(found) == []

"""Parts that have names where a formula is long."""

from __future__ import annotations

import re

from matcalc import derive


def test_no_part_is_written_by_its_own_name() -> None:
    found = derive(
        "eigvec(B*B^T + I, 1)^T*toeplitz(ones(p))*eigvec(B*B^T + I, 1)", "B", variables={"B": "p x p spd"}, order=2, layout="numerator",
        check=False,
    )  # fmt: skip
    parts = dict(part.split(" = ", 1) for part in found.text.partition(" where ")[2].split("; "))
    assert parts
    for name, written in parts.items():
        assert name not in re.findall(r"\w+", written)

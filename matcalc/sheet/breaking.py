"""Long formulas on several lines: a sum is broken before the sign of a term."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matcalc.sheet.formula import Spelled

UNSEEN: Final = re.compile(r"\\(?:left|right|operatorname|mathrm|mathbf|top|frac|class|op|upright)|\"normal\"|[{}_^()\s\\&\"]")


def width(formula: str) -> int:
    """About how many signs wide a formula is."""
    return len(UNSEEN.sub("", re.sub(r"\\[A-Za-z]+(?<!\\left)(?<!\\right)", "\\\\x", formula)))


def packed(terms: Sequence[str], first: int, limit: int) -> list[list[str]]:
    """The terms in lines of about `limit` signs, of which `first` are taken on every line."""
    lines: list[list[str]] = []
    room = 0
    for term in terms:
        room -= width(term)
        if not lines or room < 0:
            lines.append([])
            room = limit - first - width(term)
        lines[-1].append(term)
    return lines


def broken(spelled: Spelled, limit: int) -> str:
    """Left = right in LaTeX, in an aligned environment where it takes more than one line."""
    lines = packed(spelled.terms, width(spelled.left), limit)
    if len(lines) == 1:
        return f"{spelled.left} = {spelled.right}"
    body = " \\\\\n&\\quad ".join(" ".join(line) for line in lines)
    return f"\\begin{{aligned}}\n{spelled.left} &= {body}\n\\end{{aligned}}"

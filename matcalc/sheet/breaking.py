r"""Long formulas on several lines: a sum is broken before the sign of a term.

How wide a formula is set is guessed from its LaTeX: commands such as \left show nothing, every other command is one sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matcalc.sheet.formula import Formula, Spelled

SIGN: Final = re.compile(
    r"\\(?:left|right|operatorname|mathrm|mathbf|frac|begin|end|quad)(?![A-Za-z])|[{}^_&\s]|(?P<seen>\\[A-Za-z]+|.)", re.DOTALL
)


def width(latex: str) -> int:
    """About how many signs wide a formula is."""
    return sum(found["seen"] is not None for found in SIGN.finditer(latex))


def packed(pieces: Sequence[str], first: int, limit: int) -> list[range]:
    """Which pieces stand together on lines of about `limit` signs, of which `first` are taken on every line."""
    lines: list[range] = []
    room = 0
    for k, piece in enumerate(pieces):
        room -= width(piece)
        if not lines or room < 0:
            lines.append(range(k, k))
            room = limit - first - width(piece)
        lines[-1] = range(lines[-1].start, k + 1)
    return lines


def joined(pieces: Sequence[str], lines: Sequence[range], between: str) -> str:
    """The pieces, line by line."""
    return between.join(" ".join(pieces[k] for k in line) for line in lines)


def is_wide(formula: Formula, limit: int) -> bool:
    """Whether a term is too wide for a column of that many signs."""
    return max(map(width, formula.latex.terms)) > limit


def is_apart(spelled: Spelled, limit: int) -> bool:
    """Whether the two sides are too wide to begin on one line."""
    return width(spelled.left) + max(map(width, spelled.terms)) > limit + limit // 8


def broken(spelled: Spelled, limit: int) -> str:
    """Left = right in LaTeX, in an aligned environment where it takes more than one line."""
    apart = is_apart(spelled, limit)
    lines = packed(spelled.terms, 4 if apart else width(spelled.left), limit)
    if len(lines) == 1 and not apart:
        return f"{spelled.left} = {spelled.right}"
    body = joined(spelled.terms, lines, " \\\\\n&\\quad ")
    equals = " \\\\\n&= " if apart else " &= "
    return f"\\begin{{aligned}}\n{'&' if apart else ''}{spelled.left}{equals}{body}\n\\end{{aligned}}"

r"""How wide a formula is set, and how its terms share lines.

The width is guessed from the LaTeX: commands such as \left show nothing, every other command is one sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

SIGN: Final = re.compile(
    r"\\(?:left|right|operatorname|mathrm|mathbf|frac|begin|end|quad)(?![A-Za-z])|[{}^_&\s]|(?P<seen>\\[A-Za-z]+|.)", re.DOTALL
)
# What is bracketed stays together; a line may end before a sign, before "where", and after the comma of a list.
BREAK: Final = re.compile(
    r"(?P<opens>\\(?:left|begin)\b|[{(\[])|(?P<closes>\\(?:right|end)\b|[})\]])|(?P<gap> (?=[+-] |\\quad\\text)|(?<=,\\quad) )"
)

OPERATOR: Final = re.compile(
    r"(?P<opens>\\(?:left|begin)\b|[{(\[])|(?P<closes>\\(?:right|end)\b|[})\]])|(?P<gap> (?=\\(?:odot|oslash|otimes|cdot)\b))"
)


def width(latex: str) -> int:
    """About how many signs wide a formula is."""
    return sum(found["seen"] is not None for found in SIGN.finditer(latex))


def pieces_of(latex: str) -> list[str]:
    """A formula in the pieces between which a line may end: the terms of its sum, and what follows "where"."""
    out: list[str] = []
    depth = start = 0
    for found in BREAK.finditer(latex):
        depth += (found["opens"] is not None) - (found["closes"] is not None)
        if found["gap"] and not depth:
            out.append(latex[start : found.start()])
            start = found.end()
    return [*out, latex[start:]]


def factors_of(latex: str) -> list[str]:
    """A product in the pieces between which a line may end: before a sign of multiplication, outside all brackets."""
    out: list[str] = []
    depth = start = 0
    for found in OPERATOR.finditer(latex):
        depth += (found["opens"] is not None) - (found["closes"] is not None)
        if found["gap"] and not depth:
            out.append(latex[start : found.start()])
            start = found.end()
    return [*out, latex[start:]]


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

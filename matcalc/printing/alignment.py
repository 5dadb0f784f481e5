r"""Derivations on aligned lines: left sides, right sides, and the names of the rules at the right.

In LaTeX this is an align* environment, where a sum too long for its line is broken before a sign, and the
rule of a line that is too wide goes below it; those of all lines do where most are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from matcalc.printing.widths import factors_of, joined, packed, pieces_of, width
from matcalc.records import dataclass

WIDEST: Final = 60
LATEX_LINE: Final = 70
LEAST: Final = 24
"""How many signs the column of formulas has at least, that rules stand beside it; and how wide a sign is."""
EM: Final = 0.55
# How many signs a line of a rule has at most, where the formulas need the room.
RULES: Final = (31, 27)


@dataclass(frozen=True)
class Told:
    """A line of a derivation: its two sides and the rule that leads to it; `again` where its left side is that of the line before."""

    left: str
    right: str
    rule: str
    again: bool = False

    @property
    def head(self) -> str:
        """The left side, where it is not said again."""
        return "" if self.again else self.left


def plain(lines: Sequence[Told]) -> str:
    """Lines of text, the rules in a column of their own."""
    side = max(len(line.left) for line in lines)
    equations = [f"{line.head:<{side}} = {line.right}" for line in lines]
    column = max((len(e) for e in equations if len(e) <= WIDEST), default=0)
    return "\n".join(f"{e:<{column}}   {line.rule}" for e, line in zip(equations, lines, strict=True))


def align(lines: Sequence[Told]) -> str:
    """An align* environment."""
    room = LATEX_LINE - max(width(line.head) for line in lines)
    pieces = [_pieces(line.right, room) for line in lines]
    widest = [max(map(width, found)) for found in pieces]
    whole, split = [[line.rule] for line in lines], [re.split("(?<=,) ", line.rule) for line in lines]
    narrow = [[wrap(line.rule, longest) for line in lines] for longest in RULES]
    choices = [(names, room - _longest(names)) for names in (whole, split, *narrow)]
    names, beside = next(((n, free) for n, free in choices if free >= max(widest)), choices[-1])
    if beside < LEAST or sum(w <= beside for w in widest) * 2 < len(lines):
        rows = [row for line, found in zip(lines, pieces, strict=True) for row in _above(line, found, room)]
    else:
        rows = [row for line, found, named in zip(lines, pieces, names, strict=True) for row in _beside(line, found, named, beside, room)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _pieces(right: str, room: int) -> list[str]:
    """The terms of a side; a product that is wider than a line ends it before a sign of multiplication."""
    return [part for piece in pieces_of(right) for part in ([piece] if width(piece) <= room else factors_of(piece))]


def _above(line: Told, pieces: Sequence[str], room: int) -> list[str]:
    """A line with its rule below."""
    told = joined(pieces, packed(pieces, 0, room), "\n&\\quad ").split("\n")
    return [*_headed(line.head, told), rf"&\quad \text{{{_escaped(line.rule)}}}"]


def _beside(line: Told, pieces: Sequence[str], named: Sequence[str], beside: int, room: int) -> list[str]:
    """A line with its rule beside; below where it is too wide, and then it takes no more of its column than the others."""
    rules = [rf"\text{{{_escaped(n)}}}" for n in named]
    is_wide = max(map(width, pieces)) > beside
    told = joined(pieces, packed(pieces, 0, room if is_wide else beside), "\n&\\quad ").split("\n")
    if not is_wide:
        return _in_columns(_headed(line.head, told), rules)
    narrowed = [_narrowed(row, beside) for row in told]
    return [*_headed(line.head, narrowed), *(f"& && {rule}" for rule in rules)]


def _narrowed(formula: str, beside: int) -> str:
    """A formula that is set as wide as it is and counts as no wider than its column."""
    excess = width(formula) - beside
    return rf"{formula} \hspace{{{-EM * excess:.1f}em}}" if excess > 0 else formula


def _longest(names: Sequence[Sequence[str]]) -> int:
    return max(len(n) for found in names for n in found)


def _headed(left: str, told: Sequence[str]) -> list[str]:
    return [f"{left} &= {told[0]}", *told[1:]]


def _in_columns(formulas: Sequence[str], rules: Sequence[str]) -> list[str]:
    """Rows with the pieces of a formula and, at the right, those of the names of its rules."""
    return [f"{f or '&'} && {r}" if r else f for f, r in zip_longest(formulas, rules, fillvalue="")]


def _escaped(rule: str) -> str:
    return re.sub(r"([_&%#$])", r"\\\1", rule).replace("^", r"\textasciicircum{}")

r"""Derivations on aligned lines: left sides, right sides, and the names of the rules at the right.

In LaTeX this is an align* environment, where a sum too long for its line is broken before a sign, and the names of the
rules go below the formulas where there is no room beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from matcalc.printing.widths import joined, packed, pieces_of, width

WIDEST: Final = 60
LATEX_LINE: Final = 70


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
    pieces = [pieces_of(line.right) for line in lines]
    room = LATEX_LINE - max(width(line.head) for line in lines)
    widest = max(width(p) for found in pieces for p in found)
    whole, split = [[line.rule] for line in lines], [re.split("(?<=,) ", line.rule) for line in lines]
    names, beside = next(((n, free) for n in (whole, split) if (free := room - _longest(n)) >= widest), (whole, None))
    rows: list[str] = []
    for line, found, named in zip(lines, pieces, names, strict=True):
        told = joined(found, packed(found, 0, room if beside is None else beside), "\n&\\quad ").split("\n")
        rules = [rf"\text{{{_escaped(n)}}}" for n in named]
        rows += [*_headed(line.head, told), rf"&\quad {rules[0]}"] if beside is None else _in_columns(_headed(line.head, told), rules)
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _longest(names: Sequence[Sequence[str]]) -> int:
    return max(len(n) for found in names for n in found)


def _headed(left: str, told: Sequence[str]) -> list[str]:
    return [f"{left} &= {told[0]}", *told[1:]]


def _in_columns(formulas: Sequence[str], rules: Sequence[str]) -> list[str]:
    """Rows with the pieces of a formula and, at the right, those of the names of its rules."""
    return [f"{f or '&'} && {r}" if r else f for f, r in zip_longest(formulas, rules, fillvalue="")]


def _escaped(rule: str) -> str:
    return re.sub(r"([_&%#$])", r"\\\1", rule)

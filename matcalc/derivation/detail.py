"""How much a derivation tells: what a line of algebra does, by name, and a derivation of a few lines.

In the normal detail moves that a person makes at once share a line; in full no line takes two rules, which the differentiation
sees to itself (`Differentials.one_by_one`); short has the function, the differential with all increments, what it is collected
to, and the derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from matcalc.book.moves import move
from matcalc.derivation.lines import Line
from matcalc.derivation.recounting import simplification

# What is done with terms while they are collected.
COLLECTING: Final = ("common_factors", "cancelled", "equal_factors", "order", "transposes", "regrouped")
Wording = Callable[[Line], str]


def reasoned(lines: Sequence[Line], wording: Wording) -> list[Line]:
    """The lines, in which one that makes a formula simpler says by which law; factors taken out belong to the collecting."""
    told: list[Line] = []
    for line in lines:
        if line.moves == (move("simplify"),) and told:
            reason = simplification(wording(told[-1]), wording(line))
            if told[-1].moves == (move("collect"),) and reason in map(move, COLLECTING):
                told.pop()
                reason = move("collect")
            line = replace(line, moves=(reason,))
        told.append(line)
    return told


def shortened(lines: Sequence[Line]) -> list[Line]:
    """The function, and of every differentiation the line without inner increments, the last one, and the derivative."""
    told: list[Line] = []
    skipped: list[Line] = []
    for k, line in enumerate(lines):
        is_last = k + 1 == len(lines) or lines[k + 1].left != line.left
        if k == 0 or line.is_opened or is_last and line.left.kind != "value":
            moves = dict.fromkeys(m for part in (*skipped, line) for m in part.moves)
            told.append(replace(line, moves=tuple(moves)))
            skipped = []
        else:
            skipped.append(line)
    return told

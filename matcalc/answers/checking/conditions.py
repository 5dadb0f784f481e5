"""Lines that say what holds of a variable, sum(y) = 1 or Q^T*Q = I: they are conditions, and no claims."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from matcalc.answers.checking.statements import Statement
from matcalc.reading.conditions import condition
from matcalc.reading.grammar.derivative import split_top
from matcalc.reading.lexer import lex
from matcalc.reading.request import asks_for_a_derivative

_NAME: Final = re.compile(r"[^\W\d]\w*")


def with_conditions(found: Sequence[Statement]) -> list[Statement]:
    """The statements, those that a property of a variable says as conditions; what is said of a defined name stays a claim."""
    names = {n for s in found for n in _NAME.findall(f"{s.left} {s.right}")}
    fixed = {s.left.strip() for s in found if not _speaks_of_itself(s)} | {f"d{n}" for n in names}
    told, left = [], ""
    for s in found:
        left = s.left.strip() or left
        told.append(_as_condition(s, left, fixed))
    return told


def _speaks_of_itself(s: Statement) -> bool:
    return s.left.strip() in _NAME.findall(s.right)


def _as_condition(s: Statement, left: str, fixed: set[str]) -> Statement:
    """A statement about this left side as a condition, where it is one on a variable that is not fixed."""
    if not s.right or not left or left in fixed and _NAME.fullmatch(left) or asks_for_a_derivative(left):
        return s
    said = f"{left} = {s.right}"
    sides = split_top(lex(said).tokens[:-1], "=")
    if len(sides) != 2 or not all(sides):
        return s
    known = condition(sides[0], sides[1], said, latex=False)
    return s if known is None or known.name in fixed else replace(s, left="", right="", condition=said)

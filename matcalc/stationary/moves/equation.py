"""An equation to be solved for one unknown, and a solution of it."""

from __future__ import annotations

from matcalc.algebra.node import Expr
from matcalc.records import dataclass
from matcalc.stationary.conditions import Conditions


@dataclass(frozen=True)
class Equation:
    """`left` is zero; `x` is sought. `is_whole` says that no other unknown is in it, so that any one of several solutions will do."""

    left: Expr
    x: Expr
    known: frozenset[str] = frozenset()
    is_whole: bool = True


@dataclass(frozen=True)
class Line:
    """A line of the way to a solution: what was done, and the equation that it leads to."""

    move: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Argument:
    """Why a solution is the least or the greatest of all points: an inequality that holds everywhere and is an equality there."""

    kind: str
    told: str


@dataclass(frozen=True)
class Solved:
    """A solution of an equation: the move, what it takes for granted, and the lines between."""

    value: Expr
    move: str
    conditions: Conditions = ()
    lines: tuple[Line, ...] = ()

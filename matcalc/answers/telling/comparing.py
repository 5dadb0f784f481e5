"""How a claim is judged: the derivation of the right answer, then where the claim parts from it.

    df/dx              = (A + A^T)*x       first identification theorem
    claim              = 2*A*x             the claim
    claim - derivative = A*x - A^T*x       the difference, which is not zero
"""

from __future__ import annotations

from functools import partial
from typing import Final

from matcalc.algebra import subtract
from matcalc.algebra.node import Expr, is_zero
from matcalc.answers.derivative import Derivative
from matcalc.answers.telling.lines import Row, row, rows_of, shown
from matcalc.printing.notations.printer import Printer
from matcalc.simplify.simplify import simplify

CLAIM: Final = "claim"
DIFFERENCE: Final = "claim - derivative"


def rows(answer: Derivative, claimed: Expr | None, verdict: str) -> list[Row]:
    """The derivation of the answer, the claim, and their difference where both are of one shape; `verdict` is said of a difference."""
    told = rows_of(*answer.explained)
    if claimed is None:
        return told
    truth, taken = answer.expr, frozenset(answer.request.variables)
    told.append(row(partial(_said, CLAIM, claimed, taken), "claim"))
    if truth is not None and (truth.shape == claimed.shape or is_zero(claimed)):
        rest = simplify(subtract(claimed, truth))
        told.append(row(partial(_said, DIFFERENCE, rest, taken), "difference", "" if is_zero(rest) else verdict))
    return told


def _said(left: str, right: Expr, taken: frozenset[str], notation: Printer) -> tuple[str, str]:
    """Words, and an expression."""
    return notation.words(left), shown(right, taken)(notation)

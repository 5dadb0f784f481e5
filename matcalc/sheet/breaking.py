"""Long formulas on several lines: a sum is broken before the sign of a term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.printing.widths import joined, packed, width

if TYPE_CHECKING:
    from matcalc.sheet.formula import Formula, Spelled


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

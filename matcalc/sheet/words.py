"""What every page says in the same words: the shapes, the certificate of a formula, the foot of the sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import matcalc
from matcalc.answers.display.report import axes, described
from matcalc.book.choices import LAYOUTS

if TYPE_CHECKING:
    from matcalc.sheet.build import Built, Item
    from matcalc.sheet.formula import Checked, Formula

# Forms that are the same in every layout.
LAYOUT_FREE: Final = ("differential", "solution")
LAYOUT_COLUMN: Final = {layout: f"{layout.capitalize()} layout" for layout in LAYOUTS}


def grounds(item: Item, k: int) -> list[str]:
    """What a formula rests on: `A is m x n, u: vector -> vector`, and what was assumed; nothing where the one before says the same."""
    formulas = formulas_of(item)
    formula = formulas[k]
    if k and (formulas[k - 1].variables, formulas[k - 1].notes) == (formula.variables, formula.notes):
        return []
    functions = [f"{name}: {shape}" for name, shape in item.entry.vars.items() if "->" in shape or shape == "elementwise"]
    used = [f for f in functions if re.search(rf"\b{f.partition(':')[0]}\b", item.entry.request)]
    told = ", ".join([*(described(name, shape) for name, shape in formula.variables), *used])
    return [told, *formula.notes]


def result_shape(formula: Formula) -> str:
    """The axes of the answer, and its form where it is no matrix."""
    told = axes(formula.shape)
    return told if formula.form in ("matrix", *LAYOUT_FREE) else f"{told}, {formula.form} form"


def arrangement(formula: Formula, item: Item) -> str:
    """The layout and the axes of the answer; the layout goes without saying where it makes no difference."""
    if formula.form in LAYOUT_FREE:
        return ""
    layout = "every layout" if len(item.answers) > 1 else f"{formula.layout} layout"
    return f"{layout}: {result_shape(formula)}"


def certificate(checked: Checked) -> str:
    """The certificate in few words: `checked: n=3, m=4, error 2e-14`."""
    return checked.told if checked.status != "not needed" else "zero: the variable does not occur"


def formulas_of(item: Item) -> Sequence[Formula]:
    """The formulas of an item in the first of its layouts: what does not depend on the layout is told of these."""
    return next(iter(item.answers.values()), ())


def is_same_everywhere(item: Item) -> bool:
    """Whether every layout has the same formulas, as for scalars."""
    first, *rest = ([(f.latex, f.shape) for f in found] for found in item.answers.values())
    return all(r == first for r in rest)


def derivation_title(formula: Formula, item: Item) -> str:
    """Which of several answers a derivation ends in; nothing where there is one."""
    return "" if len(item.answers) == 1 or is_same_everywhere(item) else f"derivation, {formula.layout} layout"


def foot(built: Built) -> list[str]:
    """How many formulas there are, how they were checked, by which version, and what was left out."""
    certificates = [f.checked for f in built.formulas]
    measured = [c for c in certificates if c.status == "checked"]
    lines = []
    if certificates:
        several = ", counting every layout," if any(len(i.answers) > 1 for p in built.parts for i in p.items) else ","
        lines.append(f"{_count(len(certificates), 'formula')}{several} derived by matcalc {matcalc.__version__}.")
    if measured:
        worst = max(c.error for c in measured)
        told = "was" if len(measured) == 1 else "were"
        lines.append(
            f"{len(measured)} {told} compared with finite differences of the function as it was written, at random points, "
            f"with sizes that are all different: the largest relative error is {worst:.0e}."
        )
    absent, open_ = (sum(c.status == status for c in certificates) for status in ("not needed", "unchecked"))
    if absent:
        lines.append(f"{_count(absent, 'formula')} needed no check: the variable does not occur in the function.")
    if open_:
        lines.append(f"{_count(open_, 'formula')} could not be checked; each says why.")
    missing = sum(bool(item.problem) for part in built.parts for item in part.items)
    if missing:
        lines.append(f"{_count(missing, 'entry')} could not be derived and {'is' if missing == 1 else 'are'} marked.")
    return lines


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def paragraphs(text: str) -> list[list[tuple[bool, str]]]:
    """A text of the specification: paragraphs of pieces, each with whether it stands between backticks."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        pieces = " ".join(paragraph.split()).split("`")
        if len(pieces) % 2 == 0:
            pieces[-2:] = ["`".join(pieces[-2:])]
        found.append([(k % 2 == 1, piece) for k, piece in enumerate(pieces) if piece])
    return [pieces for pieces in found if pieces]


def layouts_table() -> list[list[str]]:
    """The axes of dY/dX in every layout, for scalars, vectors and matrices by each other; the first row is the head."""
    from matcalc.answers.axes import in_words, table

    rows = [["Y", "X", *LAYOUT_COLUMN.values()]]
    return rows + [[y, x, *(in_words(found.dims(layout)) for layout in LAYOUT_COLUMN)] for y, x, found in table()]


def listed(parts: Iterable[str], separator: str = "; ") -> str:
    """The parts that say something."""
    return separator.join(p for p in parts if p)

"""A sheet as exercises: every request with a blank for its answer, then the sheet itself as the solutions, under the same numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

from matcalc.sheet.build import Built, Item, Part
from matcalc.sheet.formula import Checked, Formula, Spelled
from matcalc.sheet.spec import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

BLANK: Final = ("?",)
UNTOLD: Final = Checked("asked", 0, (), 0.0, "the answer is among the solutions")


def exercises(built: Built) -> Built:
    """The sheet with its questions first and its answers after them; what was not derived stands among the answers alone."""
    asked, solved = count(1), count(1)
    questions = [Part(p.section, tuple(_numbered(_asked(i), "Exercise", asked) for i in p.items if not i.problem)) for p in built.parts]
    answers = [
        Part(replace(p.section, note="", table=""), tuple(i if i.problem else _numbered(i, "Solution", solved) for i in p.items))
        for p in built.parts
        if p.items
    ]
    return replace(built, parts=(_heading("Exercises"), *questions, _heading("Solutions"), *answers))


def _heading(title: str) -> Part:
    return Part(Section(title, "", "", ()), ())


def _numbered(item: Item, word: str, numbers: Iterator[int]) -> Item:
    """An entry with its number before its caption."""
    return replace(item, entry=replace(item.entry, caption=f"{word} {next(numbers)}. {item.entry.caption}".rstrip()))


def _asked(item: Item) -> Item:
    """An entry without its answers, and without the remarks and the derivation that would tell them."""
    entry = replace(item.entry, note="", erratum="", derivation=False)
    return Item(entry, {layout: tuple(map(_blank, found)) for layout, found in item.answers.items()}, is_asked=True)


def _blank(f: Formula) -> Formula:
    """A formula of which only the question is told."""
    blank = replace(f, latex=_left(f.latex), typst=_left(f.typst), text="?", numpy="", checked=UNTOLD)
    return replace(blank, steps=(), steps_latex="", steps_typst="")


def _left(spelled: Spelled) -> Spelled:
    return replace(spelled, terms=BLANK, where=())

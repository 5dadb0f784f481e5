"""What the writers of documents share: the order of what a sheet says. A format says how each piece is marked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from matcalc.sheet.breaking import is_wide
from matcalc.sheet.words import (
    LAYOUT_COLUMN,
    arrangement,
    certificate,
    derivation_title,
    foot,
    formulas_of,
    grounds,
    is_same_everywhere,
    layouts_table,
    listed,
    paragraphs,
    result_shape,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.sheet.build import Built, Item, Part
    from matcalc.sheet.formula import Formula, Spelled
    from matcalc.sheet.spec import Section

COLUMN_WIDTH = 40
NARROW_WIDTH = 28


class Writer(ABC):
    """A format: the marks of its pieces, and what is made of them in every format."""

    gap: ClassVar[str] = " "

    # ------------------------------------------------------------------------------------------- the marks

    @abstractmethod
    def escaped(self, text: str) -> str:
        """A text that means itself."""

    @abstractmethod
    def code(self, text: str) -> str:
        """A piece of a text that stands between backticks."""

    @abstractmethod
    def source(self, text: str) -> str:
        """Where an entry is from."""

    @abstractmethod
    def strong(self, text: str) -> str:
        """A word that stands out."""

    @abstractmethod
    def title(self, text: str) -> str:
        """The title of a section."""

    @abstractmethod
    def quiet(self, marked: str) -> str:
        """What is said below a formula."""

    @abstractmethod
    def table(self, rows: list[list[str]]) -> str:
        """A table whose first row is its head."""

    @abstractmethod
    def framed(self, request: str, told: str) -> str:
        """An entry that could not be derived."""

    # ------------------------------------------------------------------------------------------- the order

    def texts(self, text: str) -> list[str]:
        """The paragraphs of a text of the specification."""
        return ["".join(self.code(p) if is_code else self.escaped(p) for is_code, p in pieces) for pieces in paragraphs(text)]

    def inline(self, text: str) -> str:
        """A text of the specification on one line."""
        return " ".join(self.texts(text))

    def said(self, parts: Sequence[str]) -> str:
        """What is said below a formula, from its parts."""
        return self.quiet(self.escaped(listed(parts)))

    def foot(self, built: Built) -> list[str]:
        """The lines at the end of the sheet."""
        return [self.escaped(line) for line in foot(built)]

    def headed(self, section: Section) -> list[str]:
        """The title and the note of a section."""
        return [*([self.title(section.title)] if section.title else []), *self.texts(section.note)]

    def tabled(self, section: Section) -> list[str]:
        """The table of a section, where it has one."""
        return [self.table(layouts_table())] if section.table else []

    def heading(self, item: Item) -> str:
        """Where an entry is from, and its caption."""
        entry = item.entry
        return listed([self.source(entry.source) if entry.source else "", self.inline(entry.caption)], self.gap)

    def remarks(self, item: Item) -> list[str]:
        """What the specification adds: what the source prints in its place, and a note."""
        entry = item.entry
        erratum = self.remark(f"{self.strong('Corrected.')} {self.inline(entry.erratum)}") if entry.erratum else ""
        return [r for r in (erratum, self.remark(self.inline(entry.note)) if entry.note else "") if r]

    def remark(self, marked: str) -> str:
        """A remark below an entry."""
        return self.quiet(marked)

    def failure(self, item: Item) -> str:
        """That an entry was not derived, and why."""
        return self.framed(item.entry.request, f"line {item.entry.line}: {item.problem}")

    def facts(self, item: Item, k: int) -> str:
        """What a formula rests on, its layout and its certificate."""
        formula = formulas_of(item)[k]
        return self.said([*grounds(item, k), arrangement(formula, item), certificate(formula.checked)])


class PageWriter(Writer):
    """A format for pages of a fixed width: entries under each other, chains in rows, answers in columns where they fit."""

    def section(self, part: Part, columns: tuple[str, ...]) -> list[str]:
        """A section with its entries."""
        spread = any(map(is_spread, part.items))
        names = [self.column_name(LAYOUT_COLUMN[c]) for c in columns] if spread else []
        return [*self.opened(part.section, names), *(block for item in part.items for block in self.item(item, columns))]

    @abstractmethod
    def block(self, parts: Sequence[str], breakable: bool = False) -> list[str]:
        """The parts of an entry as blocks of the document; the first is its heading, which may be empty."""

    @abstractmethod
    def display(self, formula: Formula) -> list[str]:
        """Left = right over the whole width."""

    @abstractmethod
    def where(self, equations: Sequence[str], measured: Sequence[str], word: str = "where") -> list[str]:
        """Equations that a formula rests on; `measured` are the same in LaTeX, from which their width is told."""

    @abstractmethod
    def derived(self, formula: Formula) -> str:
        """The lines of a derivation."""

    @abstractmethod
    def spelled(self, formula: Formula) -> Spelled:
        """A formula in the notation of the format."""

    @abstractmethod
    def opened(self, section: Section, columns: Sequence[str]) -> list[str]:
        """The head of a section, with the names of the columns where it has any."""

    @abstractmethod
    def column_name(self, name: str) -> str:
        """The head of a column."""

    @abstractmethod
    def row(self, equation: str, told: str) -> str:
        """A gradient of a chain beside what is said of it."""

    @abstractmethod
    def side_by_side(self, cells: list[str], left: str | None) -> str:
        """Cells of equal width, after what was asked where that is the same for all."""

    @abstractmethod
    def fitted(self, latex: str) -> str:
        """A formula in the largest type in which it fits."""

    @abstractmethod
    def cell(self, formula: Formula, alike: bool) -> str:
        """An answer in a column; what was asked is left out where it is alike in all."""

    @abstractmethod
    def centred(self, parts: Sequence[str]) -> str:
        """What is said below a formula, in its middle."""

    def item(self, item: Item, columns: tuple[str, ...]) -> list[str]:
        """An entry."""
        if item.problem:
            return self.block([self.heading(item), self.failure(item)])
        if is_spread(item):
            return self.in_columns(item, columns)
        return self.chain(item) if item.entry.chain else self.entry(item)

    def entry(self, item: Item) -> list[str]:
        """The formulas of an entry under each other."""
        blocks = [self.heading(item)]
        for k, formula in enumerate(formulas_of(item)):
            spelled, measured = self.spelled(formula), formula.latex
            given = (spelled.given, measured.given) if k == 0 else ((), ())
            blocks += self.display(formula)
            blocks += self.where((*spelled.where, *given[0]), (*measured.where, *given[1]))
            blocks += self.derivation(formula, item)
            blocks.append(self.facts(item, k))
        return self.block(blocks + self.remarks(item), item.entry.derivation)

    def chain(self, item: Item) -> list[str]:
        """The definitions of a chain, then a line for every gradient."""
        first, *_ = formulas = formulas_of(item)
        blocks = [self.heading(item), *self.where(self.spelled(first).given, first.latex.given, ""), self.said(grounds(item, 0))]
        told = [self.said([arrangement(f, item), certificate(f.checked)]) for f in formulas]
        rows = [self.row(self.narrow(f), t) for f, t in zip(formulas, told, strict=True)]
        return self.block([*blocks, *rows, *self.remarks(item)], True)

    def narrow(self, formula: Formula) -> str:
        """A formula with what it rests on, beside something else."""
        return self.joined([*self.display(formula), *self.resting(formula)])

    def resting(self, formula: Formula) -> list[str]:
        """The named parts of a formula."""
        return self.where(self.spelled(formula).where, formula.latex.where)

    def joined(self, parts: Sequence[str]) -> str:
        """Parts of a cell, below each other."""
        return "\n".join(parts)

    def derivation(self, formula: Formula, item: Item) -> list[str]:
        """The lines of the derivation, below a word that tells its layout where the entry has several."""
        return self.titled(derivation_title(formula, item), self.derived(formula)) if formula.steps else []

    @abstractmethod
    def titled(self, title: str, derivation: str) -> list[str]:
        """A derivation below its title, where it has one."""

    def in_columns(self, item: Item, columns: tuple[str, ...]) -> list[str]:
        """What was asked, then the answers in the layouts: side by side, or under each other where they are wide."""
        blocks = [self.heading(item)]
        for k, formula in enumerate(formulas_of(item)):
            shown = [item.answers[c][k] for c in columns]
            alike = len({self.spelled(f).left for f in shown}) == 1
            wide = any(is_wide(f, NARROW_WIDTH if alike else COLUMN_WIDTH) for f in shown)
            blocks += self.where(self.spelled(formula).given, formula.latex.given) if k == 0 else []
            left = self.fitted(self.spelled(formula).left) if alike else None
            blocks += [self.stacked(f) for f in shown] if wide else [self.side_by_side([self.cell(f, alike) for f in shown], left)]
            blocks += [self.said(told)] if (told := grounds(item, k)) else []
            blocks += self.derivation(formula, item)
        return self.block(blocks + self.remarks(item), item.entry.derivation)

    def stacked(self, formula: Formula) -> str:
        """An answer over the whole width, with its layout."""
        told = [f"{formula.layout} layout: {result_shape(formula)}", certificate(formula.checked)]
        return "\n".join([*self.display(formula), *self.resting(formula), self.centred(told)])


def is_spread(item: Item) -> bool:
    """Whether the answers of an entry go into columns."""
    return len(item.answers) > 1 and not is_same_everywhere(item)

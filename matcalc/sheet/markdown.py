"""A sheet in Markdown, with mathematics as GitHub reads it: ```math fences, and $`...`$ within a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from matcalc.sheet.breaking import broken
from matcalc.sheet.words import LAYOUT_COLUMN, certificate, derivation_title, formulas_of, grounds, result_shape
from matcalc.sheet.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.sheet.build import Built, Item, Part
    from matcalc.sheet.formula import Formula

SPECIAL: Final = re.compile(r"[\\`*_\[\]<>$|~#&!{}]|^(?:[-+=]|\d+[.)])")
WIDTH: Final = 80


def render(built: Built) -> str:
    """The sheet as Markdown."""
    sheet, page = built.sheet, MarkdownPage()
    blocks = [f"# {escaped(sheet.title or 'Formulas')}", *page.texts(sheet.intro)]
    for part in built.parts:
        blocks += page.section(part, sheet.columns)
    blocks += ["---", *page.foot(built)]
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """A text that means itself."""
    return SPECIAL.sub(lambda found: _escape(found[0]), text)


def _escape(sign: str) -> str:
    """A backslash before a sign, and of `1.` before the point."""
    if sign == "&":
        return "&amp;"
    return "\\" + sign if len(sign) == 1 else f"{sign[:-1]}\\{sign[-1]}"


class MarkdownPage(Writer):
    """Markdown: entries under each other, or a table with a column for each layout."""

    def escaped(self, text: str) -> str:
        return escaped(text)

    def code(self, text: str) -> str:
        return "`" + text.replace("|", "\\|") + "`"

    def source(self, text: str) -> str:
        return self.strong(escaped(text))

    def strong(self, text: str) -> str:
        return f"**{text}**"

    def title(self, text: str) -> str:
        return f"## {escaped(text)}"

    def quiet(self, marked: str) -> str:
        return f"<sub>{marked}</sub>"

    def remark(self, marked: str) -> str:
        return marked

    def table(self, rows: list[list[str]]) -> str:
        head, *body = rows
        lines = [head, ["---"] * len(head), *body]
        return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)

    def framed(self, request: str, told: str) -> str:
        shown = f" `{' '.join(request.split()).replace('`', ' ')}`" if request.strip() else ""
        return f"**Not derived:**{shown} — {escaped(told)}"

    def section(self, part: Part, columns: tuple[str, ...]) -> list[str]:
        """A section with its entries."""
        blocks = [*self.headed(part.section), *self.tabled(part.section)]
        if columns and part.items:
            rows = [row for item in part.items for row in self.rows(item, columns)]
            return [*blocks, self.table([["", *(LAYOUT_COLUMN[c] for c in columns)], *rows])]
        return blocks if columns else [*blocks, *(block for item in part.items for block in self.entry(item))]

    # ------------------------------------------------------------------------------------------ one column

    def entry(self, item: Item) -> list[str]:
        """The formulas of an entry under each other."""
        head = self.heading(item)
        if item.problem:
            return [b for b in (head, self.failure(item)) if b]
        blocks = [head] if head else []
        chain = item.entry.chain
        for k, formula in enumerate(formulas_of(item)):
            given = formula.latex.given if k == 0 else ()
            blocks += _where(given, "") if chain else []
            blocks.append(f"```math\n{broken(formula.latex, WIDTH)}\n```")
            blocks += _where([*formula.latex.where, *(() if chain else given)])
            blocks += [f"```math\n\\begin{{aligned}}\n{formula.steps_latex}\n\\end{{aligned}}\n```"] if formula.steps_latex else []
            blocks.append(self.facts(item, k))
        return blocks + self.remarks(item)

    # ---------------------------------------------------------------------------------------- side by side

    def rows(self, item: Item, columns: tuple[str, ...]) -> list[list[str]]:
        """A row for every formula of an entry, with a cell for every layout."""
        if item.problem:
            failed = "<br>".join(c for c in (self.heading(item), self.failure(item)) if c)
            return [[failed.replace("|", "\\|"), *([""] * len(columns))]]
        rows = []
        for k, formula in enumerate(formulas_of(item)):
            by_layout = {layout: found[k] for layout, found in item.answers.items()}
            alike = len({f.latex.left for f in by_layout.values()}) == 1
            first = [self.heading(item)] if k == 0 else []
            first += [_cell_math(formula.latex.left)] if alike else []
            first += _where(formula.latex.given) if k == 0 else []
            first += [self.said(told)] if (told := grounds(item, k)) else []
            first += self.remarks(item) if k == 0 else []
            first += [_folded(formula, item)] if formula.steps else []
            head = "<br>".join(c.replace("\\|", "&#124;") for c in first if c)
            rows.append([head, *(self.cell(by_layout.get(c), alike) for c in columns)])
        return rows

    def cell(self, formula: Formula | None, alike: bool) -> str:
        """An answer in a column."""
        if formula is None:
            return ""
        latex = formula.latex.right if alike else f"{formula.latex.left} = {formula.latex.right}"
        told = self.said([result_shape(formula), certificate(formula.checked)])
        return "<br>".join([_cell_math(latex), *_where(formula.latex.where), told])


def _where(equations: Sequence[str], word: str = "where ") -> list[str]:
    return [word + ", ".join(f"$`{equation}`$" for equation in equations)] if equations else []


def _folded(formula: Formula, item: Item) -> str:
    """A derivation within a table, behind a word that opens it."""
    lines = rf"\begin{{aligned}} {formula.steps_latex} \end{{aligned}}".replace("\n", " ")
    return f"<details><summary>{derivation_title(formula, item) or 'derivation'}</summary>{_cell_math(lines)}</details>"


def _cell_math(latex: str) -> str:
    r"""Mathematics within a table, where a bar would end the cell."""
    return "$`" + re.sub(r"(?<!\\)\|", r"\\vert ", latex) + "`$"

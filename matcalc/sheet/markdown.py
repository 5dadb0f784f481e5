"""A sheet in Markdown, with mathematics as GitHub reads it: ```math fences, and $`...`$ within a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from matcalc.sheet.breaking import broken
from matcalc.sheet.words import (
    LAYOUT_COLUMN,
    arrangement,
    certificate,
    derivation_title,
    foot,
    formulas_of,
    grounds,
    layouts_table,
    listed,
    paragraphs,
    result_shape,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.sheet.build import Built, Item, Part
    from matcalc.sheet.formula import Formula

SPECIAL: Final = re.compile(r"[\\`*_\[\]<>$|~#&!{}]|^(?:[-+=]|\d+[.)])")
WIDTH: Final = 80


def render(built: Built) -> str:
    """The sheet as Markdown."""
    sheet = built.sheet
    blocks = [f"# {escaped(sheet.title or 'Formulas')}", *_texts(sheet.intro)]
    for part in built.parts:
        blocks += _section(part, sheet.columns)
    blocks += ["---", *(escaped(line) for line in foot(built))]
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """A text that means itself."""
    return SPECIAL.sub(lambda found: _escape(found[0]), text)


def _escape(sign: str) -> str:
    """A backslash before a sign, and of `1.` before the point."""
    if sign == "&":
        return "&amp;"
    return "\\" + sign if len(sign) == 1 else f"{sign[:-1]}\\{sign[-1]}"


def _texts(text: str) -> list[str]:
    return [_line(pieces) for pieces in paragraphs(text)]


def _line(pieces: list[tuple[bool, str]]) -> str:
    return "".join(_code(piece) if code else escaped(piece) for code, piece in pieces)


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _inline(text: str) -> str:
    return " ".join(_texts(text))


def _section(part: Part, columns: tuple[str, ...]) -> list[str]:
    section = part.section
    blocks = [f"## {escaped(section.title)}"] if section.title else []
    blocks += _texts(section.note)
    if section.table:
        blocks.append(_table(layouts_table()))
    if columns and part.items:
        blocks.append(_table([["", *(LAYOUT_COLUMN[c] for c in columns)], *(row for item in part.items for row in _rows(item, columns))]))
    elif not columns:
        blocks += [block for item in part.items for block in _entry(item)]
    return blocks


def _table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _heading(item: Item) -> str:
    entry = item.entry
    label = f"**{escaped(entry.source)}**" if entry.source else ""
    return listed([label, _inline(entry.caption)], " ")


def _remarks(item: Item) -> list[str]:
    """What the specification adds: what the source prints in its place, and a note."""
    entry = item.entry
    erratum = f"**Corrected.** {_inline(entry.erratum)}" if entry.erratum else ""
    return [r for r in (erratum, _inline(entry.note)) if r]


def _failure(item: Item) -> str:
    request = f" `{' '.join(item.entry.request.split()).replace('`', ' ')}`" if item.entry.request.strip() else ""
    return f"**Not derived:**{request} — line {item.entry.line}: {escaped(item.problem)}"


# ----------------------------------------------------------------------------------------------------- one column


def _entry(item: Item) -> list[str]:
    head = _heading(item)
    if item.problem:
        return [b for b in (head, _failure(item)) if b]
    blocks = [head] if head else []
    chain = item.entry.chain
    for k, formula in enumerate(formulas_of(item)):
        given = formula.latex.given if k == 0 else ()
        blocks += _where(given, "") if chain else []
        blocks.append(f"```math\n{broken(formula.latex, WIDTH)}\n```")
        blocks += _where([*formula.latex.where, *(() if chain else given)])
        blocks += [f"```math\n\\begin{{aligned}}\n{formula.steps_latex}\n\\end{{aligned}}\n```"] if formula.steps_latex else []
        blocks.append(f"<sub>{escaped(_facts(item, k))}</sub>")
    return blocks + _remarks(item)


def _facts(item: Item, k: int) -> str:
    formula = formulas_of(item)[k]
    return listed([*grounds(item, k), arrangement(formula, item), certificate(formula.checked)])


def _where(equations: Sequence[str], word: str = "where ") -> list[str]:
    return [word + ", ".join(f"$`{equation}`$" for equation in equations)] if equations else []


# --------------------------------------------------------------------------------------------------- side by side


def _rows(item: Item, columns: tuple[str, ...]) -> list[list[str]]:
    """A row for every formula of an entry, with a cell for every layout."""
    if item.problem:
        return [["<br>".join(c for c in (_heading(item), _failure(item)) if c).replace("|", "\\|"), *([""] * len(columns))]]
    rows = []
    for k, formula in enumerate(formulas_of(item)):
        by_layout = {layout: found[k] for layout, found in item.answers.items()}
        alike = len({f.latex.left for f in by_layout.values()}) == 1
        first = [_heading(item)] if k == 0 else []
        first += [_cell_math(formula.latex.left)] if alike else []
        first += _where(formula.latex.given) if k == 0 else []
        first += [f"<sub>{escaped(listed(told))}</sub>"] if (told := grounds(item, k)) else []
        first += _remarks(item) if k == 0 else []
        first += [_folded(formula, item)] if formula.steps else []
        rows.append(["<br>".join(c.replace("\\|", "&#124;") for c in first if c), *(_cell(by_layout.get(c), alike) for c in columns)])
    return rows


def _cell(formula: Formula | None, alike: bool) -> str:
    if formula is None:
        return ""
    latex = formula.latex.right if alike else f"{formula.latex.left} = {formula.latex.right}"
    told = f"<sub>{escaped(listed([result_shape(formula), certificate(formula.checked)]))}</sub>"
    return "<br>".join([_cell_math(latex), *_where(formula.latex.where), told])


def _folded(formula: Formula, item: Item) -> str:
    """A derivation within a table, behind a word that opens it."""
    lines = rf"\begin{{aligned}} {formula.steps_latex} \end{{aligned}}".replace("\n", " ")
    return f"<details><summary>{derivation_title(formula, item) or 'derivation'}</summary>{_cell_math(lines)}</details>"


def _cell_math(latex: str) -> str:
    r"""Mathematics within a table, where a bar would end the cell."""
    return "$`" + re.sub(r"(?<!\\)\|", r"\\vert ", latex) + "`$"

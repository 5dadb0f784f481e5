"""A sheet as PDF, set by Typst, which needs no TeX installation.

Text of the specification enters the Typst source only as string literals, so that nothing in it is markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from matcalc.errors import UsageError
from matcalc.printing.typst import quoted
from matcalc.sheet.breaking import packed, width
from matcalc.sheet.words import (
    LAYOUT_COLUMN,
    assumptions,
    certificate,
    foot,
    formulas_of,
    layouts_table,
    listed,
    paragraphs,
    result_shape,
    shapes,
)

if TYPE_CHECKING:
    from matcalc.sheet.build import Built, Item, Part
    from matcalc.sheet.formula import Formula, Spelled

WIDTH: Final = 84
COLUMN_WIDTH: Final = 44
PREAMBLE: Final = """#set document(title: {title}, date: none)
#set page(paper: "a4", margin: (x: 1.8cm, y: 1.8cm), numbering: "1 / 1", footer-descent: 35%)
#set text(font: "New Computer Modern", size: 10pt, lang: "en")
#set par(justify: false, spacing: 0.7em)
#show heading.where(level: 1): set text(size: 17pt)
#show heading.where(level: 2): set text(size: 12.5pt)
#show heading.where(level: 2): it => block(above: 1.5em, below: 0.8em, sticky: true, it)
#show math.equation.where(block: true): set block(above: 0.6em, below: 0.6em, breakable: false)
#let quiet(body) = text(size: 8pt, fill: luma(90), body)
#let source(body) = text(weight: "bold", fill: rgb("#1f4e8c"), body)
#let fit(body) = layout(size => {{
  let natural = measure(body).width
  if natural > size.width {{ scale(size.width / natural * 100%, reflow: true, origin: left, body) }} else {{ body }}
}})
#let entry(body) = block(width: 100%, above: 1em, below: 1em, breakable: false, body)
#let marked(body) = block(width: 100%, inset: 6pt, stroke: 0.6pt + rgb("#b3261e"), radius: 2pt, body)
"""


def load_typst() -> Any:
    """The typesetter.

    Raises UsageError where it is not installed.
    """
    try:
        import typst
    except ImportError:
        hint = 'pip install "matcalculus[sheets]"; or write .html, .tex or .md'
        raise UsageError("a PDF needs the package typst, which is not installed", hint=hint) from None
    return typst


def render(built: Built) -> bytes:
    """The sheet as a PDF file."""
    typst = load_typst()
    made: bytes = typst.compile(source(built).encode(), format="pdf")
    return made


def source(built: Built) -> str:
    """The sheet in Typst's markup."""
    sheet = built.sheet
    title = sheet.title or "Formulas"
    blocks = [PREAMBLE.format(title=quoted(title)), f"#heading(level: 1, {quoted(title)})", *_texts(sheet.intro)]
    for part in built.parts:
        blocks += _section(part, sheet.columns)
    blocks.append("#line(length: 100%, stroke: 0.4pt)\n#quiet[" + " ".join(_text(line) for line in foot(built)) + "]")
    return "\n\n".join(blocks) + "\n"


def _text(text: str) -> str:
    """A text that means itself."""
    return f"#{quoted(text)};"


def _texts(text: str) -> list[str]:
    return ["".join(f"#raw({quoted(p)});" if code else _text(p) for code, p in pieces) for pieces in paragraphs(text)]


def _inline(text: str) -> str:
    return " ".join(_texts(text))


def _section(part: Part, columns: tuple[str, ...]) -> list[str]:
    section = part.section
    blocks = [f"#heading(level: 2, {quoted(section.title)})"] if section.title else []
    blocks += _texts(section.note)
    if section.table:
        blocks.append(_table(layouts_table()))
    if columns and part.items:
        blocks.append(_side_by_side([f"#strong[{_text(LAYOUT_COLUMN[c])}]" for c in columns]))
    for item in part.items:
        blocks.append(_problem(item) if item.problem else _columns(item, columns) if len(item.answers) > 1 else _entry(item))
    return blocks


def _table(rows: list[list[str]]) -> str:
    head = ", ".join(f"strong[{_text(cell)}]" for cell in rows[0])
    body = ",\n  ".join(", ".join(f"[{_text(cell)}]" for cell in row) for row in rows[1:])
    return f"#table(columns: {len(rows[0])}, stroke: (x, y) => (bottom: 0.4pt + luma(160)), inset: 5pt,\n  table.header({head}),\n  {body})"


def _heading(item: Item) -> str:
    entry = item.entry
    return listed([f"#source[{_text(entry.source)}]" if entry.source else "", _inline(entry.caption)], "#h(0.8em)")


def _remarks(item: Item) -> list[str]:
    entry = item.entry
    erratum = f"#quiet[#strong[Corrected.] {_inline(entry.erratum)}]" if entry.erratum else ""
    return [r for r in (erratum, f"#quiet[{_inline(entry.note)}]" if entry.note else "") if r]


def _problem(item: Item) -> str:
    request = f" #raw({quoted(item.entry.request)})" if item.entry.request.strip() else ""
    told = f"#marked[#strong[Not derived:]{request}\n\n{_text(f'line {item.entry.line}: {item.problem}')}]"
    return _block([_heading(item), told])


def _block(parts: list[str]) -> str:
    return "#entry[\n" + "\n\n".join(p for p in parts if p) + "\n]"


def _givens(spelled: Spelled) -> list[str]:
    given = [*spelled.where, *spelled.given]
    if not given:
        return []
    lines = packed([g + (r"\, quad" if k < len(given) - 1 else "") for k, g in enumerate(given)], 8, WIDTH)
    body = " \\\n & ".join(" ".join(line) for line in lines)
    return [f'#fit[$ "where" quad & {body} $]']


def _entry(item: Item) -> str:
    """The formulas of an entry under each other."""
    blocks = [_heading(item)]
    for formula in formulas_of(item):
        spelled = formula.typst
        lines = packed(spelled.terms, width(spelled.left), WIDTH)
        body = " \\\n & quad ".join(" ".join(line) for line in lines)
        blocks += [f"#fit[$ {spelled.left} &= {body} $]", *_givens(spelled)]
        blocks += [f"#quiet[#raw({quoted(line)})]" for line in formula.steps]
        layout = "" if formula.form == "differential" else f"{formula.layout} layout: {result_shape(formula)}"
        facts = listed([shapes(formula), layout, *assumptions(formula), certificate(formula.checked)])
        blocks.append(f"#quiet[{_text(facts)}]")
    return _block(blocks + _remarks(item))


def _columns(item: Item, columns: tuple[str, ...]) -> str:
    """What was asked in one line, and below it the answers in the layouts, side by side."""
    blocks = [_heading(item)]
    for k, formula in enumerate(formulas_of(item)):
        shown = [item.answers[c][k] for c in columns]
        alike = len({f.typst.left for f in shown}) == 1
        blocks += [f"#fit[$ {formula.typst.left} $]"] if alike else []
        blocks += _givens(formula.typst)
        blocks.append(_side_by_side([_cell(f, alike) for f in shown]))
        blocks.append(f"#quiet[{_text(listed([shapes(formula), *assumptions(formula)]))}]")
    return _block(blocks + _remarks(item))


def _cell(formula: Formula, alike: bool) -> str:
    spelled = formula.typst
    body = " \\\n & quad ".join(" ".join(line) for line in packed(spelled.terms, 0, COLUMN_WIDTH))
    left = "" if alike else f"{spelled.left} "
    told = _text(listed([result_shape(formula), certificate(formula.checked)]))
    return f"#fit[$ {left}&= {body} $]\n#align(center, quiet[{told}])"


def _side_by_side(cells: list[str]) -> str:
    return f"#grid(columns: (1fr,) * {len(cells)}, column-gutter: 1em, align: center,\n  " + ",\n  ".join(f"[{c}]" for c in cells) + ")"

"""A sheet as PDF, set by Typst, which needs no TeX installation.

Text of the specification enters the Typst source only as string literals, so that nothing in it is markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from matcalc.book.letters import quoted
from matcalc.errors import UsageError
from matcalc.printing.widths import joined, packed, width
from matcalc.sheet.breaking import is_apart, is_wide
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
    from matcalc.sheet.formula import Formula

WIDTH: Final = 96
COLUMN_WIDTH: Final = 40
NARROW_WIDTH: Final = 28
PREAMBLE: Final = """#set document(title: {title}, date: none)
#set page(paper: "a4", margin: (x: 1.8cm, y: 1.8cm), numbering: "1 / 1", footer-descent: 35%)
#set text(font: "New Computer Modern", size: 10pt, lang: "en")
#set par(justify: false, spacing: 0.7em)
#show heading.where(level: 1): set text(size: 17pt)
#show heading.where(level: 2): set text(size: 12.5pt)
#show heading.where(level: 2): it => block(below: 0.7em, sticky: true, it)
#show math.equation.where(block: true): set block(above: 0.6em, below: 0.6em, breakable: false)
#let quiet(body) = text(size: 8pt, fill: luma(90), body)
#let source(body) = text(weight: "bold", fill: rgb("#1f4e8c"), body)
#let fit(body) = layout(size => {{
  let natural = measure(body).width
  if natural > size.width {{ scale(size.width / natural * 100%, reflow: true, origin: left, body) }} else {{ body }}
}})
#let derivation(..lines) = block(width: 100%, above: 0.9em, below: 0.9em, inset: (left: 1em), {{
  set par(leading: 0.2em)
  show math.frac: math.display
  context {{
    let left = calc.max(..lines.pos().map(l => measure(l.at(0)).width))
    stack(spacing: 0.7em, ..lines.pos().map(((side, other, rule)) => grid(
      columns: (1fr, 13em), column-gutter: 1em, align: horizon,
      par(hanging-indent: left + 2em)[#box(width: left, align(right, side)) #other], quiet(rule))))
  }}
}})
#let entry(body, breakable: false) = block(width: 100%, above: 1em, below: 1em, breakable: breakable, body)
#let marked(body) = block(width: 100%, inset: 6pt, stroke: 0.6pt + rgb("#b3261e"), radius: 2pt, body)
"""


def load_typst() -> Any:
    """The typesetter.

    Raises UsageError where it is not installed.
    """
    try:
        import typst
    except ImportError:
        hint = 'pip install typst; or write .html, .tex or .md'
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
    head = [f"#heading(level: 2, {quoted(section.title)})"] if section.title else []
    head += _texts(section.note)
    if any(map(_is_spread, part.items)):
        head.append(_side_by_side([f"#quiet[{_text(LAYOUT_COLUMN[c])}]" for c in columns], ""))
    blocks = ["#block(sticky: true, width: 100%, above: 1.7em, below: 1em)[\n" + "\n\n".join(head) + "\n]"] if head else []
    blocks += [_table(layouts_table())] if section.table else []
    return blocks + [_item(item, columns) for item in part.items]


def _item(item: Item, columns: tuple[str, ...]) -> str:
    if item.problem:
        return _problem(item)
    if _is_spread(item):
        return _columns(item, columns)
    return _chain(item) if item.entry.chain else _entry(item)


def _is_spread(item: Item) -> bool:
    """Whether the answers of an entry go into columns."""
    return len(item.answers) > 1 and not is_same_everywhere(item)


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


def _block(parts: list[str], breakable: bool = False) -> str:
    return ("#entry(breakable: true)" if breakable else "#entry") + "[\n" + "\n\n".join(p for p in parts if p) + "\n]"


def _where(equations: Sequence[str], measured: Sequence[str], word: str = "where") -> list[str]:
    """Equations that a formula rests on; `measured` are the same in LaTeX, from which their width is told."""
    if not equations:
        return []
    separated = [e + (r"\, quad" if k < len(equations) - 1 else "") for k, e in enumerate(equations)]
    body = joined(separated, packed(measured, 8, WIDTH), " \\\n & ")
    return [f'#fit[$ {f"{quoted(word)} quad " if word else ""}& {body} $]']


def _display(formula: Formula, given: bool = False) -> list[str]:
    """Left = right over the whole width, and what it rests on."""
    spelled, measured = formula.typst, formula.latex
    apart = is_apart(measured, WIDTH)
    body = joined(spelled.terms, packed(measured.terms, 4 if apart else width(measured.left), WIDTH), " \\\n & quad ")
    left = f"& {spelled.left} \\\n &=" if apart else f"{spelled.left} &="
    rests = _where((*spelled.where, *spelled.given), (*measured.where, *measured.given)) if given else _where(spelled.where, measured.where)
    return [f"#fit[$ {left} {body} $]", *rests]


def _entry(item: Item) -> str:
    """The formulas of an entry under each other."""
    blocks = [_heading(item)]
    for k, formula in enumerate(formulas_of(item)):
        blocks += _display(formula, given=k == 0)
        blocks += _derivation(formula, item)
        facts = listed([*grounds(item, k), arrangement(formula, item), certificate(formula.checked)])
        blocks.append(f"#quiet[{_text(facts)}]")
    return _block(blocks + _remarks(item), breakable=item.entry.derivation)


def _chain(item: Item) -> str:
    """The definitions of a chain, then a line for every gradient."""
    first, *_ = formulas = formulas_of(item)
    blocks = [_heading(item), *_where(first.typst.given, first.latex.given, ""), f"#quiet[{_text(listed(grounds(item, 0)))}]"]
    for formula in formulas:
        told = _text(listed([arrangement(formula, item), certificate(formula.checked)]))
        equation = "\n".join(_display(formula))
        blocks.append(f"#grid(columns: (1fr, 42%), align: (center, left + horizon), [{equation}], quiet[{told}])")
    return "#entry(breakable: true)[\n" + "\n\n".join(p for p in [*blocks, *_remarks(item)] if p) + "\n]"


def _derivation(formula: Formula, item: Item) -> list[str]:
    """The lines of the derivation, below a word that tells its layout where the entry has several."""
    if not formula.steps:
        return []
    return [*([f"#quiet[{_text(title)}]"] if (title := derivation_title(formula, item)) else []), formula.steps_typst]


def _columns(item: Item, columns: tuple[str, ...]) -> str:
    """What was asked, then the answers in the layouts: side by side, or under each other where they are wide."""
    blocks = [_heading(item)]
    for k, formula in enumerate(formulas_of(item)):
        shown = [item.answers[c][k] for c in columns]
        alike = len({f.typst.left for f in shown}) == 1
        wide = any(is_wide(f, NARROW_WIDTH if alike else COLUMN_WIDTH) for f in shown)
        blocks += _where(formula.typst.given, formula.latex.given) if k == 0 else []
        left = f"#fit[$ {formula.typst.left} $]" if alike else None
        blocks += [_stacked(f) for f in shown] if wide else [_side_by_side([_cell(f, alike) for f in shown], left)]
        blocks += [f"#quiet[{_text(listed(told))}]"] if (told := grounds(item, k)) else []
        blocks += _derivation(formula, item)
    return _block(blocks + _remarks(item), breakable=item.entry.derivation)


def _stacked(formula: Formula) -> str:
    """An answer over the whole width, with its layout."""
    told = listed([f"{formula.layout} layout: {result_shape(formula)}", certificate(formula.checked)])
    return "\n".join([*_display(formula), f"#align(center, quiet[{_text(told)}])"])


def _cell(formula: Formula, alike: bool) -> str:
    spelled = formula.typst
    lines = packed(formula.latex.terms, 0 if alike else width(formula.latex.left), NARROW_WIDTH if alike else COLUMN_WIDTH)
    body = joined(spelled.terms, lines, " \\\n & quad ")
    left = "" if alike else f"{spelled.left} "
    told = _text(listed([result_shape(formula), certificate(formula.checked)]))
    return "\n".join([f"#fit[$ {left}&= {body} $]", *_where(spelled.where, formula.latex.where), f"#align(center, quiet[{told}])"])


def _side_by_side(cells: list[str], left: str | None) -> str:
    """Cells of equal width, after what was asked where that is the same for all."""
    widths = "(0.75fr, " if left is not None else "("
    content = [*([left] if left is not None else []), *cells]
    body = ",\n  ".join(f"[{c}]" for c in content)
    return f"#grid(columns: {widths}{', '.join(['1fr'] * len(cells))},), column-gutter: 0.8em, align: center,\n  {body})"

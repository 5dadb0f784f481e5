"""A sheet as PDF, set by Typst, which needs no TeX installation.

Text of the specification enters the Typst source only as string literals, so that nothing in it is markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from matcalc.book.letters import quoted
from matcalc.errors import UsageError
from matcalc.printing.widths import joined, packed, width
from matcalc.sheet.breaking import is_apart
from matcalc.sheet.words import certificate, listed, result_shape
from matcalc.sheet.writer import COLUMN_WIDTH, NARROW_WIDTH, PageWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.sheet.build import Built
    from matcalc.sheet.formula import Formula, Spelled
    from matcalc.sheet.spec import Section

WIDTH: Final = 96
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
        hint = 'pip install typst; or write .html, .tex, .typ or .md'
        raise UsageError("a PDF needs the package typst, which is not installed", hint=hint) from None
    return typst


def render(built: Built) -> bytes:
    """The sheet as a PDF file."""
    typst = load_typst()
    made: bytes = typst.compile(source(built).encode(), format="pdf")
    return made


def source(built: Built) -> str:
    """The sheet in Typst's markup."""
    sheet, page = built.sheet, TypstPage()
    title = sheet.title or "Formulas"
    blocks = [PREAMBLE.format(title=quoted(title)), f"#heading(level: 1, {quoted(title)})", *page.texts(sheet.intro)]
    for part in built.parts:
        blocks += page.section(part, sheet.columns)
    blocks.append("#line(length: 100%, stroke: 0.4pt)\n" + page.quiet(" ".join(page.foot(built))))
    return "\n\n".join(blocks) + "\n"


class TypstPage(PageWriter):
    """Typst."""

    gap: ClassVar[str] = "#h(0.8em)"

    def escaped(self, text: str) -> str:
        return f"#{quoted(text)};"

    def code(self, text: str) -> str:
        return f"#raw({quoted(text)});"

    def source(self, text: str) -> str:
        return f"#source[{self.escaped(text)}]"

    def strong(self, text: str) -> str:
        return f"#strong[{text}]"

    def title(self, text: str) -> str:
        return f"#heading(level: 2, {quoted(text)})"

    def quiet(self, marked: str) -> str:
        return f"#quiet[{marked}]"

    def table(self, rows: list[list[str]]) -> str:
        head = ", ".join(f"strong[{self.escaped(cell)}]" for cell in rows[0])
        body = ",\n  ".join(", ".join(f"[{self.escaped(cell)}]" for cell in row) for row in rows[1:])
        stroke = "(x, y) => (bottom: 0.4pt + luma(160))"
        return f"#table(columns: {len(rows[0])}, stroke: {stroke}, inset: 5pt,\n  table.header({head}),\n  {body})"

    def framed(self, request: str, told: str) -> str:
        shown = f" #raw({quoted(request)})" if request.strip() else ""
        return f"#marked[{self.strong('Not derived:')}{shown}\n\n{self.escaped(told)}]"

    def block(self, parts: Sequence[str], breakable: bool = False) -> list[str]:
        return [("#entry(breakable: true)" if breakable else "#entry") + "[\n" + "\n\n".join(p for p in parts if p) + "\n]"]

    def display(self, formula: Formula) -> list[str]:
        spelled, measured = formula.typst, formula.latex
        apart = is_apart(measured, WIDTH)
        body = joined(spelled.terms, packed(measured.terms, 4 if apart else width(measured.left), WIDTH), " \\\n & quad ")
        left = f"& {spelled.left} \\\n &=" if apart else f"{spelled.left} &="
        return [self.fitted(f"{left} {body}")]

    def where(self, equations: Sequence[str], measured: Sequence[str], word: str = "where") -> list[str]:
        if not equations:
            return []
        separated = [e + (r"\, quad" if k < len(equations) - 1 else "") for k, e in enumerate(equations)]
        body = joined(separated, packed(measured, 8, WIDTH), " \\\n & ")
        return [self.fitted(f"{f'{quoted(word)} quad ' if word else ''}& {body}")]

    def derived(self, formula: Formula) -> str:
        return formula.steps_typst

    def titled(self, title: str, derivation: str) -> list[str]:
        return [*([self.quiet(self.escaped(title))] if title else []), derivation]

    def spelled(self, formula: Formula) -> Spelled:
        return formula.typst

    def opened(self, section: Section, columns: Sequence[str]) -> list[str]:
        head = [*self.headed(section), *([self.side_by_side(list(columns), "")] if columns else [])]
        blocks = ["#block(sticky: true, width: 100%, above: 1.7em, below: 1em)[\n" + "\n\n".join(head) + "\n]"] if head else []
        return [*blocks, *self.tabled(section)]

    def column_name(self, name: str) -> str:
        return self.said([name])

    def fitted(self, latex: str) -> str:
        return f"#fit[$ {latex} $]"

    def cell(self, formula: Formula, alike: bool) -> str:
        spelled, measured = formula.typst, formula.latex
        lines = packed(measured.terms, 0 if alike else width(measured.left), NARROW_WIDTH if alike else COLUMN_WIDTH)
        body = joined(spelled.terms, lines, " \\\n & quad ")
        shown = self.fitted(f"{'' if alike else f'{spelled.left} '}&= {body}")
        return self.joined([shown, *self.resting(formula), self.centred([result_shape(formula), certificate(formula.checked)])])

    def centred(self, parts: Sequence[str]) -> str:
        return f"#align(center, quiet[{self.escaped(listed(parts))}])"

    def row(self, equation: str, told: str) -> str:
        return f"#grid(columns: (1fr, 42%), align: (center, left + horizon), [{equation}], {told.removeprefix('#')})"

    def side_by_side(self, cells: list[str], left: str | None) -> str:
        widths = "(0.75fr, " if left is not None else "("
        content = [*([left] if left is not None else []), *cells]
        body = ",\n  ".join(f"[{c}]" for c in content)
        return f"#grid(columns: {widths}{', '.join(['1fr'] * len(cells))},), column-gutter: 0.8em, align: center,\n  {body})"

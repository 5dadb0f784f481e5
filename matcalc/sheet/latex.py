r"""A sheet as a LaTeX article that needs amsmath and amssymb alone.

A formula that is wider than its line is first broken between terms and then, by \fit, set in smaller type. What LaTeX
cannot show without further packages (a letter of another script, say) is written as its code point.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, ClassVar, Final

from matcalc.book.letters import GREEK_NAMES
from matcalc.printing.widths import joined, packed, width
from matcalc.sheet.breaking import broken
from matcalc.sheet.words import certificate, listed, result_shape
from matcalc.sheet.writer import COLUMN_WIDTH, NARROW_WIDTH, PageWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.sheet.build import Built
    from matcalc.sheet.formula import Formula, Spelled
    from matcalc.sheet.spec import Section

WIDTH: Final = 96
CHAIN_WIDTH: Final = 52
# Longer derivations may go on over the end of a page.
ROWS: Final = 12
PREAMBLE: Final = r"""\documentclass[10pt,a4paper]{article}
\usepackage{amsmath,amssymb}
\allowdisplaybreaks
\setlength{\textwidth}{17cm}
\setlength{\oddsidemargin}{-0.54cm}
\setlength{\textheight}{24.5cm}
\setlength{\topmargin}{-1.5cm}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 1pt}
\emergencystretch=3em
\newsavebox{\formula}
% The formula on a line of its own, in the largest type in which it fits.
\newcommand{\fit}[1]{{\centering\sbox{\formula}{$\displaystyle #1$}%
  \ifdim\wd\formula>\linewidth\sbox{\formula}{\footnotesize$\displaystyle #1$}\fi
  \ifdim\wd\formula>\linewidth\sbox{\formula}{\scriptsize$\displaystyle #1$}\fi
  \ifdim\wd\formula>\linewidth\sbox{\formula}{\tiny$\displaystyle #1$}\fi
  \usebox{\formula}\par}}
\newcommand{\facts}[1]{{\footnotesize\raggedright #1\par}}
"""
ESCAPES: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': "''",
    "`": r"\textasciigrave{}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "°": r"$^\circ$",
    "²": "$^2$",
    "³": "$^3$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≠": r"$\ne$",
    "≈": r"$\approx$",
    "→": r"$\to$",
    "↦": r"$\mapsto$",
    "∂": r"$\partial$",
    "∇": r"$\nabla$",
    "∑": r"$\sum$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "∈": r"$\in$",
    "⊙": r"$\odot$",
    "∘": r"$\circ$",
    "⊗": r"$\otimes$",
    "⊤": r"$\top$",
    "ᵀ": r"$^\top$",
    "⁻": "$^-$",
    "¹": "$^1$",
    "§": r"\S{}",
    "\u00a0": "~",
}
ACCENTS: Final = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u0327": "c", "\u030c": "v", "\u030a": "r"}
LETTERS: Final = {"ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "ł": r"\l{}", "Ł": r"\L{}"}


def render(built: Built) -> str:
    """The sheet as a LaTeX document."""
    sheet, page = built.sheet, LatexPage()
    body = [rf"\section*{{{escaped(sheet.title or 'Formulas')}}}", *page.texts(sheet.intro)]
    for part in built.parts:
        body += page.section(part, sheet.columns)
    body += [r"\medskip\hrule\medskip", *map(page.quiet, page.foot(built))]
    return "\n".join([PREAMBLE, r"\begin{document}", "", "\n\n".join(body), "", r"\end{document}", ""])


class LatexPage(PageWriter):
    """LaTeX."""

    gap: ClassVar[str] = r"\quad "

    def escaped(self, text: str) -> str:
        return escaped(text)

    def code(self, text: str) -> str:
        return rf"\texttt{{{escaped(text)}}}"

    def source(self, text: str) -> str:
        return self.strong(escaped(text))

    def strong(self, text: str) -> str:
        return rf"\textbf{{{text}}}"

    def title(self, text: str) -> str:
        return rf"\subsection*{{{escaped(text)}}}"

    def quiet(self, marked: str) -> str:
        return rf"\facts{{{marked}}}"

    def table(self, rows: list[list[str]]) -> str:
        lines = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
        rule = r"\begin{tabular}{" + "l" * len(rows[0]) + "}"
        return "\n".join([r"{\footnotesize", rule, lines[0], r"\hline", *lines[1:], r"\end{tabular}\par}"])

    def framed(self, request: str, told: str) -> str:
        shown = f" {self.code(request)}" if request.strip() else ""
        return rf"\fbox{{\parbox{{0.95\linewidth}}{{\textbf{{Not derived:}}{shown}\par {escaped(told)}}}}}"

    def block(self, parts: Sequence[str], breakable: bool = False) -> list[str]:
        head, *rest = parts
        return [rf"\medskip {head}\nopagebreak" if head else r"\medskip", *rest]

    def display(self, formula: Formula) -> list[str]:
        return [self.fitted(broken(formula.latex, WIDTH))]

    def narrow(self, formula: Formula) -> str:
        return self.joined([self.fitted(broken(formula.latex, CHAIN_WIDTH)), *self.resting(formula)])

    def joined(self, parts: Sequence[str]) -> str:
        return "".join(parts)

    def where(self, equations: Sequence[str], measured: Sequence[str], word: str = "where") -> list[str]:
        if not equations:
            return []
        separated = [e + (r",\quad" if k < len(equations) - 1 else "") for k, e in enumerate(equations)]
        body = joined(separated, packed(measured, 8, WIDTH), " \\\\\n&")
        head = rf"\text{{{word}}}\quad " if word else ""
        return [self.fitted(rf"\begin{{aligned}}{head}&{body}\end{{aligned}}")]

    def derived(self, formula: Formula) -> str:
        if formula.steps_latex.count("\n") > ROWS:
            return rf"\begin{{align*}}{formula.steps_latex}\end{{align*}}"
        return self.fitted(rf"\begin{{aligned}}{formula.steps_latex}\end{{aligned}}")

    def titled(self, title: str, derivation: str) -> list[str]:
        return [rf"{self.quiet(escaped(title))}\nopagebreak {derivation}" if title else derivation]

    def spelled(self, formula: Formula) -> Spelled:
        return formula.latex

    def opened(self, section: Section, columns: Sequence[str]) -> list[str]:
        names = [self.side_by_side(list(columns), "") + r"\nopagebreak"] if columns else []
        return [*self.headed(section), *self.tabled(section), *names]

    def column_name(self, name: str) -> str:
        return rf"\footnotesize {name}"

    def fitted(self, latex: str) -> str:
        return rf"\fit{{{latex}}}"

    def cell(self, formula: Formula, alike: bool) -> str:
        spelled = formula.latex
        lines = packed(spelled.terms, 0 if alike else width(spelled.left), NARROW_WIDTH if alike else COLUMN_WIDTH)
        body = joined(spelled.terms, lines, " \\\\\n&\\quad ")
        latex = rf"\begin{{aligned}}{'' if alike else spelled.left + ' '}&= {body}\end{{aligned}}"
        told = self.centred([result_shape(formula), certificate(formula.checked)])
        return self.joined([self.fitted(latex), *self.resting(formula), told])

    def centred(self, parts: Sequence[str]) -> str:
        return rf"\facts{{\centering {escaped(listed(parts))}}}"

    def row(self, equation: str, told: str) -> str:
        return _row([(equation, 0.58), (told, 0.4)], "c")

    def side_by_side(self, cells: list[str], left: str | None) -> str:
        first = [] if left is None else [(left, 0.26)]
        share = (0.98 - sum(w for _, w in first)) / len(cells)
        return _row([*first, *((c, share) for c in cells)], "t")


def escaped(text: str) -> str:
    """A text that means itself, in ASCII."""
    return "".join(_character(c) for c in text)


def _character(c: str) -> str:
    if c in ESCAPES:
        return ESCAPES[c]
    if " " <= c <= "~":
        return c
    if c in LETTERS:
        return LETTERS[c]
    if c in GREEK_NAMES:
        return _greek(GREEK_NAMES[c])
    parts = unicodedata.normalize("NFD", c)
    if len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and parts[1] in ACCENTS:
        return rf"\{ACCENTS[parts[1]]}{{{parts[0]}}}"
    return f"[U+{ord(c):04X}]" if not c.isspace() else " "


def _greek(name: str) -> str:
    """A Greek letter; the capitals that look like Latin ones have no command."""
    looks_latin = name[0].isupper() and name not in "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
    return name[0] if looks_latin else "o" if name == "omicron" else rf"$\{name}$"


def _row(cells: list[tuple[str, float]], place: str) -> str:
    """Cells with their shares of the line, by their tops or centres."""
    top = r"\vspace{0pt} " if place == "t" else ""
    boxes = [rf"\begin{{minipage}}[{place}]{{{w:.3f}\linewidth}}\centering{top} {cell}\end{{minipage}}" for cell, w in cells]
    return r"\noindent" + "\\hfill\n".join(boxes) + r"\par"

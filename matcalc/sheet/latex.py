r"""A sheet as a LaTeX article that needs amsmath and amssymb alone.

A formula that is wider than its line is first broken between terms and then, by \fit, set in smaller type. What LaTeX
cannot show without further packages (a letter of another script, say) is written as its code point.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from matcalc.book.letters import GREEK_NAMES
from matcalc.printing.widths import joined, packed, width
from matcalc.sheet.breaking import broken, is_wide
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
CHAIN_WIDTH: Final = 52
PREAMBLE: Final = r"""\documentclass[10pt,a4paper]{article}
\usepackage{amsmath,amssymb}
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
    sheet = built.sheet
    body = [rf"\section*{{{escaped(sheet.title or 'Formulas')}}}", *_texts(sheet.intro)]
    for part in built.parts:
        body += _section(part, sheet.columns)
    body += [r"\medskip\hrule\medskip", *(rf"\facts{{{escaped(line)}}}" for line in foot(built))]
    return "\n".join([PREAMBLE, r"\begin{document}", "", "\n\n".join(body), "", r"\end{document}", ""])


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


def _texts(text: str) -> list[str]:
    return ["".join(rf"\texttt{{{escaped(p)}}}" if code else escaped(p) for code, p in pieces) for pieces in paragraphs(text)]


def _inline(text: str) -> str:
    return " ".join(_texts(text))


def _section(part: Part, columns: tuple[str, ...]) -> list[str]:
    section = part.section
    blocks = [rf"\subsection*{{{escaped(section.title)}}}"] if section.title else []
    blocks += _texts(section.note)
    if section.table:
        blocks.append(_table(layouts_table()))
    if any(map(_is_spread, part.items)):
        blocks.append(_side_by_side([rf"\footnotesize {LAYOUT_COLUMN[c]}" for c in columns], "") + r"\nopagebreak")
    for item in part.items:
        blocks += _item(item, columns)
    return blocks


def _item(item: Item, columns: tuple[str, ...]) -> list[str]:
    if item.problem:
        return _problem(item)
    if _is_spread(item):
        return _columns(item, columns)
    return _chain(item) if item.entry.chain else _entry(item)


def _is_spread(item: Item) -> bool:
    """Whether the answers of an entry go into columns."""
    return len(item.answers) > 1 and not is_same_everywhere(item)


def _table(rows: list[list[str]]) -> str:
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    rule = r"\begin{tabular}{" + "l" * len(rows[0]) + "}"
    return "\n".join([r"{\footnotesize", rule, lines[0], r"\hline", *lines[1:], r"\end{tabular}\par}"])


def _heading(item: Item) -> str:
    entry = item.entry
    return listed([rf"\textbf{{{escaped(entry.source)}}}" if entry.source else "", _inline(entry.caption)], r"\quad ")


def _remarks(item: Item) -> list[str]:
    entry = item.entry
    erratum = rf"\facts{{\textbf{{Corrected.}} {_inline(entry.erratum)}}}" if entry.erratum else ""
    return [r for r in (erratum, rf"\facts{{{_inline(entry.note)}}}" if entry.note else "") if r]


def _problem(item: Item) -> list[str]:
    request = rf" \texttt{{{escaped(item.entry.request)}}}" if item.entry.request.strip() else ""
    marked = rf"\fbox{{\parbox{{0.95\linewidth}}{{\textbf{{Not derived:}}{request}\par line {item.entry.line}: {escaped(item.problem)}}}}}"
    return [b for b in (_heading(item), marked) if b]


def _where(equations: Sequence[str], word: str = r"\text{where}\quad ") -> list[str]:
    if not equations:
        return []
    separated = [e + (r",\quad" if k < len(equations) - 1 else "") for k, e in enumerate(equations)]
    body = joined(separated, packed(equations, 8, WIDTH), " \\\\\n&")
    return [rf"\fit{{\begin{{aligned}}{word}&{body}\end{{aligned}}}}"]


def _entry(item: Item) -> list[str]:
    """The formulas of an entry under each other."""
    blocks = [rf"\medskip {head}\nopagebreak"] if (head := _heading(item)) else [r"\medskip"]
    for k, formula in enumerate(formulas_of(item)):
        blocks.append(rf"\fit{{{broken(formula.latex, WIDTH)}}}")
        blocks += _where([*formula.latex.where, *(formula.latex.given if k == 0 else ())])
        blocks += _derivation(formula, item)
        facts = listed([*grounds(item, k), arrangement(formula, item), certificate(formula.checked)])
        blocks.append(rf"\facts{{{escaped(facts)}}}")
    return blocks + _remarks(item)


def _chain(item: Item) -> list[str]:
    """The definitions of a chain, then a line for every gradient."""
    first, *_ = formulas = formulas_of(item)
    blocks = [rf"\medskip {_heading(item)}\nopagebreak", *_where(first.latex.given, ""), rf"\facts{{{escaped(listed(grounds(item, 0)))}}}"]
    for formula in formulas:
        told = rf"\facts{{{escaped(listed([arrangement(formula, item), certificate(formula.checked)]))}}}"
        equation = "".join([rf"\fit{{{broken(formula.latex, CHAIN_WIDTH)}}}", *_where(formula.latex.where)])
        blocks.append(_row([(equation, 0.58), (told, 0.4)], "c"))
    return blocks + _remarks(item)


def _derivation(formula: Formula, item: Item) -> list[str]:
    """The lines of the derivation, below a word that tells its layout where the entry has several."""
    if not formula.steps:
        return []
    title = rf"\facts{{{escaped(told)}}}\nopagebreak " if (told := derivation_title(formula, item)) else ""
    return [rf"{title}\fit{{\begin{{aligned}}{formula.steps_latex}\end{{aligned}}}}"]


def _columns(item: Item, columns: tuple[str, ...]) -> list[str]:
    """What was asked, then the answers in the layouts: side by side, or under each other where they are wide."""
    blocks = [rf"\medskip {head}\nopagebreak"] if (head := _heading(item)) else [r"\medskip"]
    for k, formula in enumerate(formulas_of(item)):
        shown = [item.answers[c][k] for c in columns]
        alike = len({f.latex.left for f in shown}) == 1
        wide = any(is_wide(f, NARROW_WIDTH if alike else COLUMN_WIDTH) for f in shown)
        blocks += _where(formula.latex.given) if k == 0 else []
        left = rf"\fit{{{formula.latex.left}}}" if alike else None
        blocks += [_stacked(f) for f in shown] if wide else [_side_by_side([_cell(f, alike) for f in shown], left)]
        blocks += [rf"\facts{{{escaped(listed(told))}}}"] if (told := grounds(item, k)) else []
        blocks += _derivation(formula, item)
    return blocks + _remarks(item)


def _stacked(formula: Formula) -> str:
    """An answer over the whole width, with its layout."""
    told = listed([f"{formula.layout} layout: {result_shape(formula)}", certificate(formula.checked)])
    return "\n".join([rf"\fit{{{broken(formula.latex, WIDTH)}}}", *_where(formula.latex.where), rf"\facts{{\centering {escaped(told)}}}"])


def _cell(formula: Formula, alike: bool) -> str:
    spelled = formula.latex
    lines = packed(spelled.terms, 0 if alike else width(spelled.left), NARROW_WIDTH if alike else COLUMN_WIDTH)
    body = joined(spelled.terms, lines, " \\\\\n&\\quad ")
    latex = rf"\begin{{aligned}}{'' if alike else spelled.left + ' '}&= {body}\end{{aligned}}"
    told = rf"\facts{{\centering {escaped(listed([result_shape(formula), certificate(formula.checked)]))}}}"
    return "".join([rf"\fit{{{latex}}}", *_where(spelled.where), told])


def _side_by_side(cells: list[str], left: str | None) -> str:
    """Cells of equal width, after what was asked where that is the same for all."""
    first = [] if left is None else [(left, 0.26)]
    share = (0.98 - sum(w for _, w in first)) / len(cells)
    return _row([*first, *((c, share) for c in cells)], "t")


def _row(cells: list[tuple[str, float]], place: str) -> str:
    """Cells with their shares of the line, by their tops or centres."""
    top = r"\vspace{0pt} " if place == "t" else ""
    boxes = [rf"\begin{{minipage}}[{place}]{{{w:.3f}\linewidth}}\centering{top} {cell}\end{{minipage}}" for cell, w in cells]
    return r"\noindent" + "\\hfill\n".join(boxes) + r"\par"

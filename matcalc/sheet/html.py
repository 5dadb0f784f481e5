"""A sheet as one HTML file that needs nothing else: mathematics by KaTeX, a search box, a layout for the whole page.

Every layout is on the page; the switch shows one of them, or two side by side. A formula is typeset when it comes near
the window, and is plain text until then or where scripts are off. A content security policy lets the page load nothing
and run nothing but its own scripts.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcalc.sheet.words import (
    LAYOUT_COLUMN,
    LAYOUT_FREE,
    certificate,
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

HERE: Final = Path(__file__).resolve().parent
FONT_FACE: Final = re.compile(r"@font-face\{[^}]*?url\(fonts/(KaTeX_[\w-]+\.woff2)\)[^}]*\}")
SOURCES: Final = re.compile(r"src:[^;}]*")
CHOICES: Final = (("numerator", "numerator"), ("denominator", "denominator"), ("mixed", "mixed"), ("both", "side by side"))


def render(built: Built) -> str:
    """The sheet as a page."""
    scripts = [_asset("katex/katex.min.js"), _asset("page/shared.js"), _asset("page/sheet.js")]
    title = escape(built.sheet.title or "Formulas")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="en" data-layout="{_shown_first(built)}">',
            *_head(title, scripts),
            *_body(built, title),
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def _shown_first(built: Built) -> str:
    """The layout that the page shows until another is chosen."""
    columns = built.sheet.columns
    if set(columns) >= {"numerator", "denominator"}:
        return "both"
    return columns[0] if columns else built.sheet.layout


def _head(title: str, scripts: Sequence[str]) -> list[str]:
    """The head, with a policy that lets the page run these scripts and nothing else."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; script-src {hashes}; base-uri 'none'"
    return [
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        '<link rel="icon" href="data:,">',
        f"<!-- The mathematics is typeset by KaTeX.\n{_asset('katex/LICENSE').strip()}\n-->",
        f"<style>{katex_style()}</style>",
        f"<style>{_asset('page/sheet.css')}</style>",
        "</head>",
    ]


def _body(built: Built, title: str) -> list[str]:
    """The sections between the bar and the foot, their entries numbered from 1."""
    before = accumulate((len(part.items) for part in built.parts), initial=0)
    return [
        "<body>",
        _bar(),
        '<div class="page">',
        f"<header><h1>{title}</h1>{_texts(built.sheet.intro)}</header>",
        "<main>",
        *(_section(part, count) for part, count in zip(built.parts, before, strict=False)),
        "</main>",
        f"<footer>{''.join(f'<p>{escape(line)}</p>' for line in foot(built))}</footer>",
        "</div>",
    ]


@cache
def _asset(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def katex_style() -> str:
    """KaTeX's style sheet with the fonts inside; a font that is not in the package is one that no formula here uses."""

    def embedded(found: re.Match[str]) -> str:
        font = HERE / "katex" / "fonts" / found[1]
        if not font.is_file():
            return ""
        data = base64.b64encode(font.read_bytes()).decode()
        return SOURCES.sub(f'src:url(data:font/woff2;base64,{data}) format("woff2")', found[0])

    return FONT_FACE.sub(embedded, _asset("katex/katex.min.css"))


def _bar() -> str:
    radios = "".join(
        f'<label><input type="radio" name="layout" value="{value}"><span>{name}</span></label>' for value, name in CHOICES
    )
    search = '<input type="search" id="search" placeholder="Search (press /)" aria-label="Search" disabled autocomplete="off">'
    count = '<span class="count" id="count" aria-live="polite"></span>'
    theme = '<button type="button" id="theme" aria-label="Dark or light" title="Dark or light">&#9680;</button>'
    switch = f'<span class="switch" role="radiogroup" aria-label="Layout">{radios}</span>'
    return f'<div class="bar"><form>{search}{count}{switch}{theme}</form></div>'


def _texts(text: str) -> str:
    return "".join(f"<p>{_pieces(pieces)}</p>" for pieces in paragraphs(text))


def _pieces(pieces: list[tuple[bool, str]]) -> str:
    return "".join(f"<code>{escape(piece)}</code>" if code else escape(piece) for code, piece in pieces)


def _inline(text: str) -> str:
    return " ".join(_pieces(pieces) for pieces in paragraphs(text))


def _section(part: Part, before: int) -> str:
    section = part.section
    title = f"<h2>{escape(section.title)}</h2>" if section.title else ""
    table = _table(layouts_table()) if section.table else ""
    items = "\n".join(_entry(item, before + k + 1) for k, item in enumerate(part.items))
    return f"<section>{title}{_texts(section.note)}{table}\n{items}\n</section>"


def _table(rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _entry(item: Item, number: int) -> str:
    entry = item.entry
    source = f'<span class="source">{escape(entry.source)}</span>' if entry.source else ""
    caption = f'<span class="caption">{_inline(entry.caption)}</span>'
    anchor = f'<a class="anchor" href="#e{number}" aria-label="Link to this entry">#</a>'
    words = escape(_searched(item), quote=True)
    body = _failure(item) if item.problem else _formulas(item)
    kind = "entry failed" if item.problem else "entry"
    head = f'<div class="head">{source}{caption}</div>' if entry.source or entry.caption else ""
    return f'<article class="{kind}" id="e{number}" data-search="{words}">{anchor}{head}{body}{_remarks(item)}</article>'


def _searched(item: Item) -> str:
    entry = item.entry
    answers = dict.fromkeys(f.text for found in item.answers.values() for f in found)
    told = [entry.source, entry.caption, entry.note, entry.erratum, entry.request, *(t for t in answers if len(t) < 2000)]
    return " ".join(" ".join(told).lower().replace("`", "").split())


def _remarks(item: Item) -> str:
    entry = item.entry
    erratum = f'<p class="note"><span class="corrected">Corrected.</span> {_inline(entry.erratum)}</p>' if entry.erratum else ""
    return erratum + (f'<p class="note">{_inline(entry.note)}</p>' if entry.note else "")


def _failure(item: Item) -> str:
    request = f"<pre>{escape(item.entry.request)}</pre>" if item.entry.request.strip() else ""
    return f"<p><strong>Not derived:</strong> line {item.entry.line}: {escape(item.problem)}</p>{request}"


def _formulas(item: Item) -> str:
    """Every formula of an entry: its answers in all layouts, then what is the same in all of them."""
    out = []
    one = len(item.answers) == 1 or is_same_everywhere(item)
    for k, formula in enumerate(formulas_of(item)):
        layouts = [formula.layout] if one else list(item.answers)
        answers = [_answer(item.answers[layout][k], item, one) for layout in layouts]
        out.append(f'<div class="answers">{"".join(answers)}</div>')
        out[:0] = [_where(formula.latex.given, "")] if k == 0 and item.entry.chain else []
        out += [_where(formula.latex.given)] if k == 0 and not item.entry.chain else []
        out += [f'<p class="facts">{escape(listed(told))}</p>'] if (told := grounds(item, k)) else []
        out += [_derivation(item.answers[layout][k], one) for layout in layouts if formula.steps]
    return "".join(out)


def _where(equations: Sequence[str], word: str = r"\text{where}\quad ") -> str:
    return _math(word + r",\quad ".join(equations), "") if equations else ""


def _answer(formula: Formula, item: Item, one: bool) -> str:
    latex = f"{formula.latex.left} = {formula.latex.right}"
    # A narrow page breaks the line before the sign of equality rather than after it.
    shown = rf"{formula.latex.left} \allowbreak = \nobreak {formula.latex.right}"
    pinned = formula.layout if item.entry.layout or len(item.answers) == 1 else "every"
    layout = "" if formula.form in LAYOUT_FREE else f"{pinned} layout: " if one else f"{LAYOUT_COLUMN[formula.layout].lower()}: "
    told = f"{layout}{result_shape(formula)}"
    full = escape(formula.checked.told, quote=True)
    checked = f'<span class="ok" title="{full}">{escape(certificate(formula.checked))}</span>'
    copies = "".join(
        f'<button type="button" data-name="{name}" data-copy="{escape(text, quote=True)}">{name}</button>'
        for name, text in (("LaTeX", latex), ("NumPy", formula.numpy), ("text", formula.text))
    )
    line = f'<div class="facts line"><span>{escape(told)}; {checked}</span><span class="copy" aria-label="Copy">{copies}</span></div>'
    return f'<div class="in in-{"every" if one else formula.layout}">{_math(shown, formula.text)}{_where(formula.latex.where)}{line}</div>'


def _math(latex: str, plain: str) -> str:
    return f'<div class="math" data-tex="{escape(latex, quote=True)}">{escape(plain)}</div>'


def _derivation(formula: Formula, one: bool) -> str:
    """The derivation of an answer, shown and hidden with it; it says its layout where another has another."""
    shown = _math(rf"\begin{{aligned}}{formula.steps_latex}\end{{aligned}}", "; ".join(formula.steps))
    title, where = ("derivation", "every") if one else (f"derivation, {LAYOUT_COLUMN[formula.layout].lower()}", formula.layout)
    return f'<details class="in in-{where}"><summary>{title}</summary>{shown}</details>'

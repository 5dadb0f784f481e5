"""The lines of a derivation as statements: what stands left and right of every sign of equality, and in which line.

    f = tr(A*X*B)        df = tr(A*dX*B) = tr(B*A*dX)        # a remark        A: n x n symmetric
    \\begin{align} f &= \\operatorname{tr}(AXB) \\\\ \\mathrm{d}f &= ... \\end{align}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from matcalc.answers.checking.plain import plain
from matcalc.answers.checking.spelled import spelled
from matcalc.answers.claims.axis_labels import DELTA
from matcalc.book import rules as rulebook
from matcalc.errors import MatcalcError
from matcalc.reading.grammar.derivative import split_top
from matcalc.reading.lexer import lex
from matcalc.records import dataclass

_ENVIRONMENT: Final = re.compile(r"\\(?:begin|end)\s*\{[^}]*\}(?:\[[^\]]*\])?|\\\[|\\\]|\$\$?")
_REMARKS: Final = re.compile(
    r"\\(?:text|intertext|shortintertext|textit|textrm|mbox|tag\*?|label|quad\s*\\text|hspace\*?|vspace\*?)\s*\{(?:[^{}]|\{[^{}]*\})*\}"
    r"|\\(?:notag|nonumber|quad|qquad|displaystyle|implies|Rightarrow|therefore|Longrightarrow|hfill|because|allowdisplaybreaks)(?![A-Za-z])"
)
_BREAK: Final = re.compile(r"\\\\\*?(?:\[[^\]]*\])?")
_LEADING: Final = re.compile(
    r"(?:=>|⇒|⟹|∴|(?:so|hence|thus|therefore|then|let|and|where|with|given|assume|suppose|such that|subject to)\b[,:]?|s\.t\.)\s*",
    re.IGNORECASE,
)
# 1.  (2)  3)  (a)  Step 4:
_NUMBERED: Final = re.compile(r"(?:step\s+\d+\s*[.:)]|\(?\d{1,2}[.)]|\(?[a-h]\))\s+(?=[^\s=].*=|=)", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"[^\W\d][\w, ]*:(?!=)[^=]*")
_REMARK: Final = re.compile(r"\s(?:#|//|%)(?!\*).*$|^\s*(?:#|//|%).*$")
_APPLIED: Final = re.compile(r"(?<![\w])([^\W\d]\w*)\s*\(\s*[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\s*\)")
_OF_ONE: Final = re.compile(r"([^\W\d]\w*)\s*\(\s*([^\W\d]\w*)\s*\)")
_NABLA: Final = re.compile(r"^\s*∇\s*(\^\s*\(?2\)?|²)?\s*([^\W\d_]\w*)(?:\s*\(\s*([^\W\d]\w*)\s*\))?\s*$")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_SUBSCRIPTED: Final = re.compile(r"(?<![\w])(?!sum_)([^\W\d_]+)_([i-s]{1,2})(?![\w(])")
_REASON: Final = re.compile(r"\s+\(?\s*(?:by|since|because|using|as)\s[^=]*$")
_COLUMNS: Final = re.compile(r"\t+|\s{3,}")


@dataclass(frozen=True)
class Statement:
    """left = right in a line, counted from 1; a `left` that is empty is that of the statement before.

    `text` is as it was written. A declaration has neither side; `condition` is the equation of one that is written as an equation.
    """

    line: int
    text: str
    left: str = ""
    right: str = ""
    condition: str = ""

    @property
    def is_declaration(self) -> bool:
        return not self.right


def statements(lines: str | Sequence[str]) -> list[Statement]:
    """Every statement of a derivation, in text or in LaTeX.

    Raises a MatcalcError that names the line where one cannot be taken apart.
    """
    rows = lines.splitlines() if isinstance(lines, str) else [row for line in lines for row in line.split("\n")]
    return _named([s for number, text in _rows(rows) for s in _row(number, text)])


def _named(found: Sequence[Statement]) -> list[Statement]:
    """The statements with f in place of f(x) on left sides, where f(x) is defined."""
    arguments = {m[1]: m[2] for s in found if (m := _OF_ONE.fullmatch(s.left.strip())) and m[1] not in rulebook.spellings()}
    found = [replace(s, left=_NABLA.sub(lambda m: _by_argument(m, arguments), s.left)) for s in found]
    found = _indexed(found)
    defined = {m[1] for s in found if (m := _APPLIED.fullmatch(s.left.strip())) and m[1] not in rulebook.spellings()}
    return [replace(s, left=_APPLIED.sub(lambda m: m[1] if m[1] in defined else m[0], s.left)) if defined else s for s in found]


def _indexed(found: Sequence[Statement]) -> list[Statement]:
    """The statements with y[i] for y_i and delta[i,j] for delta_ij, where a left side is about an entry of what has a name."""
    names = {n for s in found for n in _NAME.findall(f"{s.left} {s.right}")}

    def entry(m: re.Match[str]) -> str:
        return f"{m[1]}[{','.join(m[2])}]" if m[1] in names or m[1] in (*DELTA, *(f"d{n}" for n in names)) else m[0]

    if not any(_SUBSCRIPTED.search(s.left) and _SUBSCRIPTED.sub(entry, s.left) != s.left for s in found):
        return list(found)
    return [replace(s, left=_SUBSCRIPTED.sub(entry, s.left), right=_SUBSCRIPTED.sub(entry, s.right)) for s in found]


def _by_argument(nabla: re.Match[str], arguments: dict[str, str]) -> str:
    """grad_x f of a function that is defined as f(x), where nothing says by what it is."""
    x = nabla[3] or arguments.get(nabla[2], "")
    return f"{'hess' if nabla[1] else 'grad'}_{x} {nabla[2]}" if x else nabla[0]


def _rows(rows: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The rows with their numbers; those of an environment are as \\\\ ends them."""
    if not any("\\" in row or "$" in row for row in rows):
        yield from enumerate(rows, 1)
        return
    pending, begun = "", 1
    is_inside = any("\\\\" in row for row in rows)
    for number, row in enumerate(rows, 1):
        text = re.sub(r"(?<!\\)%.*$", "", _ENVIRONMENT.sub(" ", row))
        if not is_inside:
            yield number, text
            continue
        parts = _BREAK.split(text)
        for part in parts[:-1]:
            yield (begun if pending.strip() else number), pending + part
            pending = ""
        begun = begun if pending.strip() else number
        pending += parts[-1] + " "
    if pending.strip():
        yield begun, pending


def _row(number: int, row: str) -> Iterable[Statement]:
    """The statements of one row."""
    text = _cleaned(row)
    if not text:
        return []
    shown = " ".join(text.split())
    try:
        if "\\" in text or "^{" in text or "_{" in text:
            text = plain(text)
        if _DECLARATION.fullmatch(text):
            return [Statement(number, text)]
        return _equations(number, text.replace(":=", "="), shown)
    except MatcalcError as error:
        error.message = f"line {number}: {error.message}"
        raise


def _cleaned(row: str) -> str:
    """A row without remarks, alignment and the words before a formula."""
    text = _REMARK.sub("", row)
    if "\\" in text or "&" in text:
        text = re.sub(r"(?<!\\)&", " ", _REMARKS.sub(" ", text))
        text = re.sub(r"\s+", " ", text)
    text = _unnumbered(_REASON.sub("", text).strip().rstrip(".,;").strip())
    while found := _LEADING.match(text):
        text = text[found.end() :]
    first, *rest = _COLUMNS.split(text)
    if not first.replace("=", "").strip() or "=" not in first:
        return text
    return " ".join([first, *(r for r in rest if r.startswith("="))]).strip()


def _unnumbered(text: str) -> str:
    """A row without the number that it begins with."""
    found = _NUMBERED.match(text)
    return text[found.end() :] if found else text


def _equations(number: int, text: str, shown: str) -> Iterator[Statement]:
    """left = middle = right as two statements about the same left side."""
    sides = split_top(lex(text).tokens[:-1], "=")
    written = [text[side[0].start : side[-1].end] if side else "" for side in sides]
    left, *rights = written
    if not rights:
        return
    for k, right in enumerate(rights):
        if right:
            yield Statement(number, shown, left if not k else "", spelled(right))

"""A formula in LaTeX as plain text: \\operatorname{tr}(A\\,\\mathrm{d}X) is tr(A d X)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.lexer import lex

_CLOSED: Final = {"{": ")", "(": ")"}
_WORDS: Final = frozenset({"name", "number"})
_SIGN: Final = re.compile(r"[∂d]")


def plain(latex: str) -> str:
    """The formula in the plain notation, token by token.

    Raises ParseError for what is no LaTeX.
    """
    return _joined(lex(latex, latex=True).tokens[:-1])


def _joined(tokens: Sequence[Token]) -> str:
    out: list[str] = []
    k = 0
    while k < len(tokens):
        piece, k = _piece(tokens, k)
        out.append(piece)
    return "".join(out).strip()


def _piece(tokens: Sequence[Token], k: int) -> tuple[str, int]:
    """The plain text of what begins at a token, and the token behind it."""
    t = tokens[k]
    if t.text == "frac" and t.kind == "op" and k + 1 < len(tokens) and tokens[k + 1].text == "{":
        return _fraction(tokens, k)
    if t.text == "∇" and k + 1 < len(tokens) and tokens[k + 1].kind == "sub":
        return f" grad_{tokens[k + 1].text} ", k + 2
    if t.kind == "sup":
        return f"^{t.text} " if re.fullmatch(r"-?\w+", t.text) else f"^({t.text}) ", k + 1
    if t.kind == "sub":
        return f"_{t.text}", k + 1
    if t.text in "{}":
        return "(" if t.text == "{" else ")", k + 1
    after = tokens[k + 1].text if k + 1 < len(tokens) else ""
    is_raised = k + 1 < len(tokens) and tokens[k + 1].kind in ("sup", "sub")
    calls = t.kind == "name" and after in ("(", "{") and (len(t.text) > 1 or rulebook.find(t.text) is not None)
    if t.kind in _WORDS:
        return f" {t.text}" if calls or is_raised else f" {t.text} ", k + 1
    return t.text if t.text in ("'", ")", "(") else f" {t.text} ", k + 1


def _fraction(tokens: Sequence[Token], k: int) -> tuple[str, int]:
    """A fraction; one of differentials keeps its bar in sight."""
    above = _end(tokens, k + 1)
    below = _end(tokens, above)
    top, bottom = _joined(tokens[k + 2 : above - 1]), _joined(tokens[above + 1 : below - 1])
    if _SIGN.match(top) and _SIGN.match(bottom) and tokens[k + 2].text in ("d", "∂"):
        return f" {top}/{bottom} ", below
    return f" (({top})/({bottom})) ", below


def _end(tokens: Sequence[Token], opening: int) -> int:
    """The token behind the bracket that closes one."""
    depth = 0
    for k in range(opening, len(tokens)):
        depth += (tokens[k].text == "{") - (tokens[k].text == "}")
        if not depth:
            return k + 1
    return len(tokens)

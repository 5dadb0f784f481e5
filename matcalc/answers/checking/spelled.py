"""Spellings of derivations by hand: the Frobenius product A : B, and sums over labels without parentheses, as words of the notation.

    2*(A*X - B) : A*dX + C : dX         sum((2*(A*X - B)).*(A*dX)) + sum((C).*(dX))
    sum_i sum_j A[i,j]*X[j,i]           sum_i(sum_j(A[i,j]*X[j,i]))
    sum_i(x[i]*y[i])                    sum_i(x_i*y_i), as a definition has it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from matcalc.reading.grammar.tokens import Token
from matcalc.reading.lexer import lex

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_SIGNS: Final = ("+", "-", "−")
_BETWEEN: Final = (*_SIGNS, ",", ";")
_SUM: Final = re.compile(r"sum_[a-z]")
_ENTRY: Final = re.compile(r"([^\W\d_]\w*)\[\s*([a-z])\s*(?:,\s*([a-z])\s*)?\]")


def spelled(text: str) -> str:
    """A side of a statement in the notation.

    Raises ParseError for a sign that there is not.
    """
    if ":" not in text and "sum_" not in text:
        return text
    tokens = lex(text).tokens[:-1]
    return _Spelling(text, tokens).within(0, len(tokens), in_square=False) if tokens else text


def subscripted(text: str) -> str:
    """A sum over labels whose entries have subscripts: x_i and A_ij in place of x[i] and A[i,j]."""
    return _ENTRY.sub(lambda m: f"{m[1]}_{m[2]}{m[3] or ''}", text) if _SUM.search(text) else text


class _Spelling:
    """Rewrites a text from its tokens."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text, self.tokens = text, tokens

    def within(self, start: int, end: int, in_square: bool) -> str:
        """What stands in one pair of brackets."""
        out = ""
        for first, last in self._terms(start, end):
            between = self.text[self.tokens[first].end : self.tokens[last].start] if first == last else ""
            out += between + (self._term(first, last, in_square) if last > first else "")
            if last < end:
                out += f" {self.tokens[last].text} " if self.tokens[last].text in _SIGNS else self.tokens[last].text
        return out

    def _terms(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The terms between signs and commas, the sign behind each not included."""
        first = k = start
        while k < end:
            if self.tokens[k].text in _CLOSING:
                k = self._closing(k, end)
            elif self.tokens[k].text in _BETWEEN and not self._is_exponent(k, start):
                yield first, k
                first = k + 1
            k += 1
        yield first, end

    def _is_exponent(self, k: int, start: int) -> bool:
        return k > start and self.tokens[k - 1].text in ("^", ".^", "*", ".*", "/", "./", ":")

    def _closing(self, k: int, end: int) -> int:
        """The token that closes a bracket."""
        depth = 0
        for i in range(k, end):
            depth += (self.tokens[i].text in _CLOSING) - (self.tokens[i].text in _CLOSING.values())
            if not depth:
                return i
        return end - 1

    def _term(self, first: int, last: int, in_square: bool) -> str:
        """One term: the sum of the entrywise product of what stands on both sides of a colon."""
        colon = None if in_square else next((k for k in self._top(first, last) if self.tokens[k].text == ":"), None)
        if colon is not None and first < colon < last - 1:
            return f"sum(({self._factors(first, colon)}).*({self._term(colon + 1, last, in_square)}))"
        if _SUM.fullmatch(self.tokens[first].text) and last > first + 1 and self.tokens[first + 1].text != "(":
            return f"{self.tokens[first].text}({self._term(first + 1, last, in_square)})"
        return self._factors(first, last)

    def _top(self, first: int, last: int) -> Iterator[int]:
        """The tokens outside all brackets."""
        k = first
        while k < last:
            yield k
            k = self._closing(k, last) + 1 if self.tokens[k].text in _CLOSING else k + 1

    def _factors(self, first: int, last: int) -> str:
        """The tokens as they stand, with what their brackets hold rewritten."""
        out, k = "", first
        while k < last:
            t = self.tokens[k]
            gap = self.text[self.tokens[k - 1].end : t.start] if k > first else ""
            if t.text in _CLOSING:
                close = self._closing(k, last)
                out += gap + t.text + self.within(k + 1, close, t.text == "[") + self.tokens[close].text
                k = close + 1
            else:
                out += gap + self.text[t.start : t.end]
                k += 1
        return out

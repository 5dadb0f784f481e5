"""The labels that a claim gives the axes of a derivative: d (X*W^T)[i,j]/dW[k,l]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from matcalc.reading.grammar.tokens import Token
from matcalc.reading.inference.ranges import END
from matcalc.reading.lexer import lex
from matcalc.records import dataclass

DELTA: Final = ("delta", "δ")
SUM: Final = re.compile(r"sum_(\w+)")


@dataclass(frozen=True)
class Named:
    """A request without the labels that name its axes, and those of Y and of X in their order."""

    request: str
    of_y: tuple[str, ...] = ()
    of_x: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.of_y or self.of_x)


def name_axes(request: str, dimensions: set[str]) -> Named:
    """Take d (X*W^T)[i,j]/dW[k,l] apart; in the request, spaces stand in place of the labels."""
    tokens = lex(request).tokens
    of_y: list[tuple[int, int]] = []
    of_x: list[tuple[int, int]] = []
    for start in range(1, len(tokens)):
        end = _label_group(tokens, start, dimensions)
        if end is None:
            continue
        if _is_denominator(tokens, start - 1) or of_x and _goes_on(tokens, of_x[-1][1], start):
            of_x.append((start, end))
        elif tokens[end].text in ("/", "where") or tokens[end].kind == "end":
            of_y.append((start, end))
    if len(of_x) == 2 and not of_y:
        of_y = [of_x.pop(0)]  # d^2 f/dx[i]dy[j] is the derivative of the gradient by x, which has the label i
    if len(of_y) > 1 or len(of_x) > 1 or of_y and of_x and of_y > of_x:
        return Named(request)
    text = request
    for start, end in (*of_y, *of_x):
        first, last = tokens[start].start, tokens[end - 1].end
        text = text[:first] + " " * (last - first) + text[last:]
    return Named(text, *(tuple(t.text for s, e in found for t in tokens[s:e] if t.kind == "name") for found in (of_y, of_x)))


def _label_group(tokens: Sequence[Token], start: int, dimensions: set[str]) -> int | None:
    """Where a bracket of labels that begins at a token ends, if one does."""
    before, opening = tokens[start - 1], tokens[start]
    if opening.text != "[" or before.end != opening.start or before.text in ("d", "∂", "(", "[", ","):
        return None
    end = start + 1
    while tokens[end].kind == "name" and tokens[end].text not in {END, *dimensions}:
        end += 1
        if tokens[end].text == "]":
            return end + 1
        if tokens[end].text != ",":
            return None
        end += 1
    return None


def _goes_on(tokens: Sequence[Token], end: int, start: int) -> bool:
    """Whether the name before a bracket is the second that is differentiated by, dx[i]dy[j], where the first one's bracket ends."""
    marked = tokens[start - 2].text in ("d", "∂")
    return end == start - 1 - marked and (marked or tokens[start - 1].text[0] == "d")


def _is_denominator(tokens: Sequence[Token], k: int) -> bool:
    """Whether a name is what is differentiated by: dW or d W after a bar, the first in parentheses too."""
    if tokens[k].kind != "name":
        return False
    marked = k > 1 and tokens[k - 1].text in ("d", "∂")
    bar = k - 2 if marked else k - 1
    bar -= bar > 0 and tokens[bar].text == "("
    return bar >= 0 and tokens[bar].text == "/" and (marked or tokens[k].text[0] == "d")


def speaks_of_labels(value: str, known: set[str]) -> bool:
    """Whether a claimed value has labels: sums over one, a Kronecker delta, or an index that is no size."""
    tokens = lex(value).tokens
    for k, t in enumerate(tokens[:-1]):
        after = tokens[k + 1].text
        if t.kind == "name" and (after == "(" and SUM.fullmatch(t.text) or after == "[" and t.text in DELTA and t.text not in known):
            return True
        if k and _label_group(tokens, k, known) is not None:
            return True
    return False

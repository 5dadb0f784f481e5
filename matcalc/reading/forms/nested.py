r"""A derivative inside the function of another: \frac{\partial}{\partial A} ( c^\top \frac{\partial}{\partial x} (x^\top A x) )."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from matcalc.errors import ParseError, Span
from matcalc.patterns import late
from matcalc.reading.declarations import Declared
from matcalc.reading.definitions import Reading
from matcalc.reading.forms.frame import framed
from matcalc.reading.forms.statements import separated
from matcalc.reading.grammar.derivative import Notation, is_of_a_number, split_top
from matcalc.reading.grammar.tokens import Token
from matcalc.records import dataclass

# What begins an operator that stands in front of its function.
_MARKS: Final = re.compile(r"∂/∂|\bd/d|∇|\b(?:grad|hess)_|∂_")
_MARKS_OF_LATEX: Final = late(
    r"\\frac\s*\{\s*(?:\\partial|d|\\mathrm\s*\{?\s*d\s*\}?)\s*(?:\^\s*\{?2\}?)?\s*\}|\\nabla|\\partial\s*_"
)
_OPENERS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
MAX_TRIES: Final = 50
_ENDS: Final = frozenset({"||", "|", ",", ";", "where"})
_SIGNS: Final = frozenset({"+", "-", "/"})


@dataclass(frozen=True)
class Nested:
    """The derivative inside: where it stands in the text, it as a request, and the definitions of the whole."""

    span: Span
    request: str
    where: str
    latex: bool


def may_nest(text: str) -> bool:
    """Whether an operator that stands in front of its function stands behind something else."""
    marks = (_MARKS, _MARKS_OF_LATEX()) if "\\" in text else (_MARKS,)
    return any(text[: found.start()].strip("$ \n\t") for mark in marks for found in mark.finditer(text))


def innermost(text: str, declared: Mapping[str, Declared], has_variable: bool = False) -> Nested | None:
    """The last derivative that stands inside the function, in which no other can stand; None where there is none,
    or no derivative around it, whose variable may stand beside the text.

    Raises ParseError where its function ends at no clear place.
    """
    around = framed(text, declared)
    reader = Reading(around.text, dict(around.declared), (), around.latex)
    head, *tails = split_top(reader.lexed.tokens[:-1], "where")
    asking, said = separated(head, around.text)
    reader.read_clauses([*said, *tails], ())
    notation = Notation(around.text, reader.is_taken, reader.parameters_of)
    if not has_variable and around.operator is None and (not asking or notation.read(asking) is None):
        return None
    for k in [k for k in range(len(asking) - 1, _first(asking), -1) if _begins(asking, k)][:MAX_TRIES]:
        stop = _end(asking, k)
        found = _prefix(notation, asking[k:stop])
        if found:
            span = (asking[k].start, asking[_operand(asking, k + found, stop, text) - 1].end)
            where = f" where {text[tails[0][0].start : tails[0][-1].end]}" if tails and tails[0] else ""
            return Nested(span, text[slice(*span)], where, around.latex)
    return None


def _first(tokens: Sequence[Token]) -> int:
    """Where the outer operator begins: behind the number before it."""
    return next((k for k, t in enumerate(tokens) if _begins(tokens, k) or not is_of_a_number(t)), 0)


def _begins(tokens: Sequence[Token], k: int) -> bool:
    """Whether an operator may begin at token k."""
    text, behind = tokens[k].text, [t.text for t in tokens[k + 1 : k + 3]]
    if text == "frac":
        return behind[1:] in (["∂"], ["d"])
    if text in ("∂", "d"):
        return behind[:1] == ["/"] or [t.kind for t in tokens[k + 1 : k + 2]] == ["sub"]
    return text == "∇" or text.startswith(("grad_", "hess_"))


def _prefix(notation: Notation, tokens: Sequence[Token]) -> int:
    """How many tokens the operator has that begins here, none where none does."""
    found = notation.prefix(tokens)
    return len(tokens) - len(found.function) if found is not None and found.function else 0


def _end(tokens: Sequence[Token], k: int) -> int:
    """Where the bracket, the bars or the statement around token k ends."""
    depth = 0
    for i in range(k, len(tokens)):
        depth += _OPENERS.get(tokens[i].text, 0)
        if depth < 0 or not depth and tokens[i].text in _ENDS:
            return i
    return len(tokens)


def _operand(tokens: Sequence[Token], i: int, stop: int, text: str) -> int:
    """Where the function of an inner operator ends: a parenthesis, or all up to the bracket around it where that is one product."""
    if tokens[i].text == "(":
        end, depth = i, 0
        while end < stop:
            depth += _OPENERS.get(tokens[end].text, 0)
            end += 1
            if not depth:
                break
        behind = tokens[end] if end < stop else None
        if behind is None or not (behind.kind == "sup" or behind.text in ("^", "'", ".T", "[", ".^")):
            return end
    elif not any(t.text in _SIGNS for t in tokens[i:stop]):
        return stop
    told = "where the function of this inner derivative ends is not clear"
    raise ParseError(told, (tokens[i].start, tokens[stop - 1].end), text, "put the derivative and its function in parentheses of their own")

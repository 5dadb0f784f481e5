"""The statements of a text as tokens: which are definitions and declarations, and which asks for the derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.errors import ParseError, UsageError
from matcalc.reading.clauses import clauses_of, parameters_of
from matcalc.reading.grammar.derivative import Notation, split_top
from matcalc.reading.grammar.tokens import Token

_SEPARATORS: Final = frozenset({";", ",", "="})


def separated(tokens: Sequence[Token], source: str) -> tuple[list[Token], list[list[Token]]]:
    """The statement that asks, and the definitions and declarations around it; no statement asks where all are definitions.

    Raises ParseError where several ask.
    """
    if not any(t.text in _SEPARATORS and t.kind == "op" for t in tokens):
        return list(tokens), []
    parts = clauses_of(tokens)
    if len(parts) == 1 and not is_definition(parts[0], source):
        return parts[0], []
    said = [p for p in parts if is_definition(p, source) or is_declaration(p, source)]
    asking = without(parts, said)
    gradients = [p for p in asking if len(split_top(p, "=")) == 2]
    if len(asking) > len(gradients):
        said, asking = [*said, *gradients], without(asking, gradients)
    if len(asking) > 1:
        second = asking[1]
        told = "this is a second question, or a statement that is not read"
        raise ParseError(told, (second[0].start, second[-1].end), source, "ask for one derivative; definitions are NAME = expression")
    return asking[0] if asking else [], said


def without(parts: Sequence[list[Token]], others: Sequence[list[Token]]) -> list[list[Token]]:
    """The parts that are none of others."""
    left_out = set(map(id, others))
    return [p for p in parts if id(p) not in left_out]


def is_definition(tokens: Sequence[Token], source: str) -> bool:
    """Whether a statement is NAME = ... or NAME(x) = ..., and no derivative that is given a value."""
    sides = split_top(tokens, "=")
    if len(sides) != 2 or not all(sides):
        return False
    left = sides[0]
    if len(left) == 1:
        return left[0].kind == "name"
    return bool(parameters_of(left)) and Notation(source, lambda name: False).read(left) is None


def is_declaration(tokens: Sequence[Token], source: str) -> bool:
    """Whether a statement is NAME: shape."""
    left, *right = split_top(tokens, ":")
    return len(right) == 1 and bool(left) and all(t.kind == "name" for t in left)


def function_of(said: Sequence[Sequence[Token]], source: str) -> list[Token]:
    """The name of the definition that no other needs: what is differentiated where nothing else is named.

    Raises UsageError where there are several, or none.
    """
    named = {p[0].text: p for p in said if is_definition(p, source)}
    used = {t.text for p in named.values() for t in p[1:]}
    last = [p[0] for name, p in named.items() if name not in used]
    if len(last) != 1:
        listed = ", ".join(t.text for t in last) or "none"
        raise UsageError(f"which of the definitions is to be differentiated is not said: {listed}", (0, len(source)), source)
    return [last[0]]

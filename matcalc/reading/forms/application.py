"""Functions that a request defines, f(x) = ..., where they are applied: to their own variables, or to something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from matcalc.errors import LimitError, UsageError
from matcalc.reading.clauses import Definition
from matcalc.reading.grammar.derivative import split_top
from matcalc.reading.grammar.tokens import MAX_TOKENS, Token

MAX_DEPTH: Final = 8
_OPENERS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def applied(tokens: Sequence[Token], definitions: Mapping[str, Definition], source: str, depth: int = 0) -> list[Token]:
    """The tokens with the name alone for f(x), and with what f(a) stands for written out in parentheses.

    Raises UsageError for another number of arguments, LimitError where functions are applied to functions too often.
    """
    if not any(d.parameters for d in definitions.values()):
        return list(tokens)
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        t = tokens[i]
        d = definitions.get(t.text) if t.kind == "name" else None
        if d is None or not d.parameters or i + 1 >= len(tokens) or tokens[i + 1].text != "(":
            kept.append(t)
            i += 1
            continue
        end = _closing(tokens, i + 1)
        arguments = split_top(tokens[i + 2 : end], ",")
        kept += [t] if _own(arguments, d) else _written_out(t, arguments, d, definitions, source, depth)
        i = end + 1
        if len(kept) > MAX_TOKENS:
            raise LimitError(f"the functions written out have more than {MAX_TOKENS} tokens", (t.start, t.end), source)
    return kept


def _own(arguments: Sequence[Sequence[Token]], d: Definition) -> bool:
    return tuple(t.text for argument in arguments for t in argument) == d.parameters and len(arguments) == len(d.parameters)


def _written_out(
    name: Token, arguments: Sequence[list[Token]], d: Definition, definitions: Mapping[str, Definition], source: str, depth: int
) -> list[Token]:
    """The body of a function with its arguments in place of its parameters."""
    if len(arguments) != len(d.parameters) or d.source != source or not all(arguments):
        told = f"{name.text} is defined as {name.text}({', '.join(d.parameters)}) and stands for that"
        hint = "define what it is applied to by that name, or write the function out"
        raise UsageError(told, (name.start, name.end), source, hint)
    if depth == MAX_DEPTH:
        raise LimitError(f"{name.text} is applied inside itself too often", (name.start, name.end), source)
    given = dict(zip(d.parameters, arguments, strict=True))
    body: list[Token] = []
    for t in d.tokens:
        body += _grouped(given[t.text], t) if t.kind == "name" and t.text in given else [t]
    return _grouped(applied(body, definitions, source, depth + 1), name)


def _grouped(tokens: Sequence[Token], at: Token) -> list[Token]:
    return [Token("op", "(", at.start, at.start), *tokens, Token("op", ")", at.end, at.end)]


def _closing(tokens: Sequence[Token], i: int) -> int:
    """Where the bracket that opens at token i is closed, the end of the tokens where it is not."""
    depth = 0
    for k in range(i, len(tokens)):
        depth += _OPENERS.get(tokens[k].text, 0)
        if not depth:
            return k
    return len(tokens)

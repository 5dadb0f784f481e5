"""D(n) and L(n), which are a variable or a function in most texts: told by what they are applied to, before anything is parsed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final

from matcalc.reading.grammar.tokens import Token
from matcalc.reading.inference.scope import OF_A_SIZE, SIZED, Scope

_LETTERS: Final = frozenset("mnpqkdrN")
_BETWEEN: Final = frozenset({"+", "*", "(", ")"})


def with_constants_of_sizes(parts: Sequence[Sequence[Token]], scope: Scope, varying: Container[str]) -> list[list[Token]]:
    """The tokens of a request with D(n) and L(n) under the names of the constants.

    They are these where the name is neither declared nor stands without an argument, and what is in parentheses is made of
    numbers, of sizes that are declared, and of letters of sizes that stand in such places alone.
    """
    if not any(t.text in OF_A_SIZE for tokens in parts for t in tokens):
        return [list(tokens) for tokens in parts]
    inside = {id(t) for tokens in parts for _, arguments in _applied(tokens) for t in arguments}
    elsewhere = {t.text for tokens in parts for t in tokens if t.kind == "name" and id(t) not in inside}
    free = {letter for letter in _LETTERS - elsewhere if letter not in varying and not scope.is_variable(letter)}
    found: list[list[Token]] = []
    for tokens in parts:
        constants = {id(t) for t, arguments in _applied(tokens) if _is_constant(t.text, arguments, scope, free)}
        found.append([t._replace(text=OF_A_SIZE[t.text]) if id(t) in constants else t for t in tokens])
    return found


def _applied(tokens: Sequence[Token]) -> Iterator[tuple[Token, list[Token]]]:
    """The names of constants before a parenthesis, each with what is inside."""
    for k, t in enumerate(tokens[:-1]):
        if t.kind == "name" and (t.text in OF_A_SIZE or t.text in SIZED) and tokens[k + 1].text == "(":
            yield t, list(_closed(tokens[k + 2 :]))


def _closed(tokens: Iterable[Token]) -> Iterator[Token]:
    depth = 1
    for t in tokens:
        depth += (t.text == "(") - (t.text == ")")
        if not depth:
            return
        yield t


def _is_constant(name: str, arguments: Sequence[Token], scope: Scope, free: Container[str]) -> bool:
    if name not in OF_A_SIZE or scope.is_variable(name) or name in scope.functions or name in scope.bare or not arguments:
        return False
    sizes = (t.text for t in arguments if t.kind == "name")
    plain = all(t.kind == "name" or t.text.isdigit() or t.text in _BETWEEN for t in arguments)
    return plain and all(size in free or scope.is_dimension(size) for size in sizes)

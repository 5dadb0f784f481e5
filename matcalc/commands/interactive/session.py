"""What an interactive user has said so far: declarations, definitions and the names of gradients.

    W: m x n            declares
    y = W*x + b         defines
    dL/dy = g           names the gradient of a definition
    d tr(X)/dX = I      claims
    grad_x y^T*y        asks

A request gets the declarations, and the definitions that it reaches.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from matcalc.answers.result import shape_text
from matcalc.errors import MatcalcError, UsageError
from matcalc.reading.chain import read_chain
from matcalc.reading.declarations import read_declaration
from matcalc.reading.grammar.derivative import Notation, split_top
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.lexer import lex
from matcalc.reading.request import asks_for_a_derivative

DECLARATION: Final = re.compile(r"\s*(?P<names>[^\W\d]\w*(?:[\s,]+[^\W\d]\w*)*)\s*:(?!=)(?P<body>.*)", re.DOTALL)


@dataclass
class Session:
    """The declarations by name, the definitions by name, and the names of gradients by function and variable, as written."""

    declarations: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    gradients: dict[tuple[str, str], str] = field(default_factory=dict)

    def take(self, line: str) -> list[str] | None:
        """Keeps what a line declares and defines, and tells it; None for a line that asks or claims something.

        Raises a MatcalcError, and keeps nothing, where the line makes no sense after those before it.
        """
        found = DECLARATION.fullmatch(line)
        if found is not None and "where" not in found["names"].split():
            return self._declare(line)
        parts = [p for p in split_top(lex(line).tokens[:-1], ";") if p]
        defined = {p[0].text for p in parts} | self.definitions.keys()
        if not parts or not all(_is_definition(p, defined) for p in parts):
            return None
        before = dict(self.definitions), dict(self.gradients), dict(self.declarations)
        try:
            return [self._define(p, line) for p in parts]
        except MatcalcError:
            self.definitions, self.gradients, self.declarations = before
            raise

    def _declare(self, line: str) -> list[str]:
        declared = read_declaration(line)
        body = line.partition(":")[2].strip()
        for d in declared:
            self.forget(d.name)
            self.declarations[d.name] = f"{d.name}: {body}"
        return [self.declarations[d.name] for d in declared]

    def _define(self, tokens: list[Token], line: str) -> str:
        text = line[tokens[0].start : tokens[-1].end]
        left = split_top(tokens, "=")[0]
        gradient = _gradient_of(left, self.definitions)
        if gradient is not None:
            self.gradients[gradient] = text
            read_chain(gradient[0], variables=self.variables(), lets=self.lets(gradient[0]))
            return text
        name = left[0].text
        self.declarations.pop(name, None)
        self.definitions[name] = text
        chain = read_chain(name, variables=self.variables(), lets=self.lets(name))
        return f"{name}: {shape_text(chain.names[name])}"

    def variables(self) -> list[str]:
        """The declarations, each as it was written."""
        return list(self.declarations.values())

    def lets(self, text: str) -> list[str]:
        """The definitions that a text reaches, and the names of the gradients that occur in them."""
        reached: set[str] = set()
        pending = _names(text)
        while pending:
            name = pending.pop()
            if name in self.definitions and name not in reached:
                reached.add(name)
                pending += _names(self.definitions[name])
        named = [text for (function, _), text in self.gradients.items() if function in reached]
        return [text for name, text in self.definitions.items() if name in reached] + named

    def asks(self, text: str) -> bool:
        """Whether a text says by what to differentiate."""
        return asks_for_a_derivative(text)

    def claims(self, text: str) -> bool:
        """Whether a text says what a derivative is."""
        tokens = lex(text).tokens[:-1]
        return len(split_top(split_top(tokens, "where")[0], "=")) > 1

    def told(self) -> list[str]:
        """All that is kept, as one would write it."""
        return [*self.declarations.values(), *self.definitions.values(), *self.gradients.values()]

    def names(self) -> list[str]:
        """What is declared or defined."""
        return [*self.declarations, *self.definitions]

    def forget(self, name: str) -> bool:
        """Drops a name; whether there was one."""
        self.gradients = {at: text for at, text in self.gradients.items() if at[0] != name}
        return [kept.pop(name, None) for kept in (self.declarations, self.definitions)] != [None, None]

    def clear(self, names: list[str]) -> None:
        """Drops names, or everything; raises UsageError for a name that there is not."""
        for name in names:
            if not self.forget(name):
                raise UsageError(f"{name} is neither declared nor defined", hint=":vars lists what is")
        if not names:
            self.declarations, self.definitions, self.gradients = {}, {}, {}


def _is_definition(tokens: list[Token], defined: Collection[str]) -> bool:
    """NAME = expression, or dL/dy = g where L is defined: of what is not, the equation is a claim."""
    sides = split_top(tokens, "=")
    if len(sides) != 2 or any(t.text == "where" for t in tokens):
        return False
    left, right = sides
    return len(left) == 1 and left[0].kind == "name" or len(right) == 1 and _gradient_of(left, defined) is not None


def _gradient_of(left: list[Token], defined: Collection[str]) -> tuple[str, str] | None:
    """L and y for dL/dy, where L is defined."""
    found = Notation("", lambda name: False).read(left)
    if found is None or found.order != 1 or len(found.function) != 1 or len(found.names) != 1:
        return None
    function = found.function[0].text
    return (function, found.names[0]) if function in defined else None


def _names(text: str) -> list[str]:
    """The names in a text, and those after the d of an increment."""
    found = [t.text for t in lex(text).tokens if t.kind == "name"]
    return [*found, *(name[1:] for name in found if name[0] == "d" and len(name) > 1)]

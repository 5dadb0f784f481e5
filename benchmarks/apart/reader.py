"""A reader of the plain notation in which answers are printed, matrix form and index form."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Final

from apart.trees import Node

NUMBER: Final = r"\d+(?:\.\d+)?j\b|\d+\.\d+(?:e[+-]?\d+)?|\d+(?:e[+-]?\d+)?|\.\d+"
TOKEN: Final = re.compile(rf"\s*(?:({NUMBER})|([^\W\d]\w*'*)|(\.[*/^]|[-+*/^(),;:'\[\]=]))")
PRODUCTS: Final = {"*": "mul", "/": "div", ".*": "had", "./": "hdiv"}
SIZED: Final = ("ones", "zeros", "eye", "K", "D", "L")
ENTRIES: Final = "entries"


class Unreadable(ValueError):
    """What is no text of the plain notation."""


def read(text: str, names: frozenset[str] = frozenset()) -> Node:
    """The tree of a text; `names` are those of variables and sizes, every other one-letter name in brackets is a label.

    After `where` stand names of parts, and what they are.
    """
    text, _, rest = text.partition(" where ")
    parts = dict(part.split(" = ", 1) for part in re.split(r"; (?=\w+ = )", rest) if part)
    return _parsed(text, names | parts.keys(), parts, {})


def _parsed(text: str, names: frozenset[str], parts: dict[str, str], known: dict[str, Node]) -> Node:
    reader = _Reader(text, names, parts, known)
    node = reader.sum()
    reader.expect(None)
    return node


class _Reader:
    def __init__(self, text: str, names: frozenset[str], parts: dict[str, str], known: dict[str, Node]) -> None:
        self.text = text
        self.names = names
        self.parts = parts
        self.known = known
        self.tokens = self._tokens()
        self.at = 0
        self.summed: list[str] = []

    def _tokens(self) -> list[tuple[str, str]]:
        out, at, text = [], 0, self.text.rstrip()
        while at < len(text):
            m = TOKEN.match(text, at)
            if m is None:
                raise Unreadable(f"at {at}: {text[at : at + 20]!r}")
            kind = ("number", "name", "sign")[m.lastindex - 1] if m.lastindex else ""
            out.append((kind, m.group(m.lastindex or 0)))
            at = m.end()
        return out

    def peek(self) -> str | None:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else None

    def kind(self) -> str | None:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise Unreadable(f"the text ends early: {self.text!r}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def accept(self, *signs: str) -> str | None:
        if self.kind() == "sign" and self.peek() in signs:
            return self.take()
        return None

    def expect(self, sign: str | None) -> None:
        if self.peek() != sign:
            raise Unreadable(f"{self.peek()!r} where {sign!r} was expected in {self.text!r}")
        if sign is not None:
            self.at += 1

    def sum(self) -> Node:
        left = self.product()
        while sign := self.accept("+", "-"):
            left = Node("add" if sign == "+" else "sub", (left, self.product()))
        return left

    def product(self) -> Node:
        left = self.signed()
        while sign := self.accept(*PRODUCTS):
            left = Node(PRODUCTS[sign], (left, self.signed()))
        return left

    def signed(self) -> Node:
        if self.accept("-"):
            return Node("neg", (self.signed(),))
        return self.powers()

    def powers(self) -> Node:
        base = self.atom()
        while True:
            if sign := self.accept("^", ".^"):
                base = self.raised(base, sign)
            elif self.accept("'"):
                base = Node("T", (base,))
            elif self.kind() == "sign" and self.peek() == "[":
                base = self.bracketed(base)
            else:
                return base

    def raised(self, base: Node, sign: str) -> Node:
        if sign == "^" and self.peek() in ("T", "H") and self.kind() == "name":
            return Node(self.take(), (base,))
        minus = bool(self.accept("-"))
        if minus and sign == "^" and self.peek() in ("T", "H"):
            return Node(f"inv{self.take()}", (base,))
        exponent = self.atom()
        while self.kind() == "sign" and self.peek() == "[":
            exponent = self.bracketed(exponent)
        exponent = Node("neg", (exponent,)) if minus else exponent
        return Node("pow" if sign == "^" else "hpow", (base, exponent))

    def bracketed(self, base: Node) -> Node:
        """Places counted from 1, or labels: X[1,2], X[:,1], X[i,j]."""
        self.expect("[")
        places = [self.place()]
        while self.accept(","):
            places.append(self.place())
        self.expect("]")
        labels = [p.data if isinstance(p, Node) and p.op == "name" and self.is_label(p.data) else None for p in places]
        if all(label is not None for label in labels):
            return Node(ENTRIES, (base,), data=labels)
        return Node("part", (base,), data=places)

    def is_label(self, name: str) -> bool:
        return name in self.summed or name not in self.names

    def place(self) -> Node | tuple[Node, Node] | None:
        if self.accept(":"):
            return None
        first = self.sum()
        return (first, self.sum()) if self.accept(":") else first

    def atom(self) -> Node:
        kind, token = self.kind(), self.take()
        if kind == "number":
            return Node("num", data=complex(token) if token.endswith("j") else Fraction(token))
        if token == "(":
            inside = self.sum()
            self.expect(")")
            return inside
        if token == "[":
            return self.array()
        if kind == "name":
            return self.named(token)
        raise Unreadable(f"{token!r} in {self.text!r}")

    def array(self) -> Node:
        rows = [[self.sum()]]
        while sign := self.accept(",", ";"):
            if sign == ";":
                rows.append([])
            rows[-1].append(self.sum())
        self.expect("]")
        return Node("array", tuple(e for row in rows for e in row), data=len(rows[0]))

    def named(self, token: str) -> Node:
        if token == "pi":
            return Node("pi")
        if token == "delta" and self.peek() == "[":
            return self.delta()
        name = token.rstrip("'")
        if self.peek() == "(" and name == token:
            if token.startswith("sum_"):
                return self.summation(token)
            return self.call(token)
        node = Node("I") if name == "I" and "I" not in self.names else self.part(name) if name in self.parts else Node("name", data=name)
        for _ in range(len(token) - len(name)):
            node = Node("T", (node,))
        return node

    def part(self, name: str) -> Node:
        """What a named part is, read once."""
        if name not in self.known:
            self.known[name] = _parsed(self.parts[name], self.names, self.parts, self.known)
        return self.known[name]

    def delta(self) -> Node:
        self.expect("[")
        left = self.sum()
        self.expect(",")
        right = self.sum()
        self.expect("]")
        return Node("delta", (left, right))

    def summation(self, token: str) -> Node:
        self.expect("(")
        self.summed.append(token.removeprefix("sum_"))
        inside = self.sum()
        self.expect(")")
        return Node("total", (inside,), data=self.summed.pop())

    def call(self, name: str) -> Node:
        self.expect("(")
        arguments = [self.sum()]
        while self.accept(","):
            arguments.append(self.sum())
        self.expect(")")
        name = name.removesuffix("_") if name in ("K_", "D_", "L_") else name
        if name not in SIZED:
            return Node("call", tuple(arguments), data={"trace": "tr", "step": "heaviside"}.get(name, name))
        if name == "eye":
            return Node("eye", data=arguments[0])
        if name in ("K", "D", "L"):
            return Node(name, data=arguments)
        return Node(name, data=arguments if len(arguments) == 2 else [arguments[0], ONE])


ONE: Final = Node("num", data=Fraction(1))


def renamed(node: Node, names: dict[str, str]) -> Node:
    """The tree with other names of variables."""
    if node.op == "name" and node.data in names:
        return replace(node, data=names[node.data])
    return replace(node, args=tuple(renamed(a, names) for a in node.args))

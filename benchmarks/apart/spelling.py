"""Trees as text for a request, in one of the spellings that a person might use."""

from __future__ import annotations

import random
from typing import Final

from apart.trees import Dim, Node

LEVEL: Final = {"add": 1, "sub": 1, "mul": 2, "div": 2, "had": 2, "hdiv": 2, "neg": 3, "T": 5, "pow": 5, "hpow": 5, "part": 6}
SIGNS: Final = {"add": " + ", "sub": " - ", "mul": "*", "div": "/", "had": ".*", "hdiv": "./"}
ATOM: Final = 7


class Speller:
    """Writes trees; without a source of chance always in the plain notation."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self.rng = rng
        self.loose = rng is not None and rng.random() < 0.3

    def chance(self, p: float) -> bool:
        """Whether to take another spelling than the plain one."""
        return self.loose and self.rng is not None and self.rng.random() < p

    def text(self, n: Node) -> str:
        """The expression as text."""
        if n.op in ("add", "sub", "mul", "div", "had", "hdiv"):
            return self.binary(n)
        if n.op == "neg":
            return "-" + self.inside(n.args[0], 4)
        if n.op == "T":
            return self.inside(n.args[0], 5) + ("'" if self.chance(0.4) else ".T" if self.chance(0.1) and n.args[0].op == "name" else "^T")
        if n.op in ("pow", "hpow"):
            return self.raised(n)
        if n.op == "part":
            return self.inside(n.args[0], 6) + "[" + ",".join(":" if p is None else self.text(p) for p in n.data) + "]"
        if n.op == "call":
            return self.call(n)
        if n.op == "array":
            plain = Speller()  # a space would part two blocks
            cells = [plain.text(a) for a in n.args]
            return "[" + "; ".join(", ".join(cells[k : k + n.data]) for k in range(0, len(cells), n.data)) + "]"
        return self.leaf(n)

    def inside(self, n: Node, level: int) -> str:
        """A part of something that binds as tightly as `level`."""
        text = self.text(n)
        own = LEVEL.get(n.op, ATOM)
        if n.op == "num" and n.data.denominator != 1:
            own = 2
        return f"({text})" if own < level else text

    def binary(self, n: Node) -> str:
        left, right = n.args
        level = LEVEL[n.op]
        sign = SIGNS[n.op]
        if n.op == "had" and self.chance(0.3):
            sign = "⊙"
        elif n.op == "mul" and self.chance(0.3) and _bare(left) and _bare(right):
            sign = " "
        same = LEVEL.get(left.op, ATOM) == level
        mixed = same and level == 2 and left.op != n.op
        first = f"({self.text(left)})" if mixed else self.inside(left, level)
        second = self.inside(right, level + 1)
        return first + sign + (f"({second})" if second.startswith("-") else second)

    def raised(self, n: Node) -> str:
        base, exponent = n.args
        sign = "^" if n.op == "pow" else ".^"
        own = self.inside(base, 6) if base.op not in ("part",) else f"({self.text(base)})"
        if exponent.op == "num" and exponent.data.denominator == 1:
            return own + sign + str(exponent.data.numerator)
        text = self.text(exponent)
        return own + sign + (text if exponent.op == "name" else f"({text})")

    def call(self, n: Node) -> str:
        arguments = [self.text(a) for a in n.args]
        if n.data in ("norm2", "normF") and self.chance(0.5):
            return f"||{arguments[0]}||" + ("_F" if n.data == "normF" else "")
        if n.data == "norm1" and self.chance(0.4):
            return f"||{arguments[0]}||_1"
        if n.data == "kron" and self.chance(0.3):
            return f"(({arguments[0]}) ⊗ ({arguments[1]}))"
        return f"{n.data}({', '.join(arguments)})"

    def leaf(self, n: Node) -> str:
        if n.op == "num":
            return str(n.data)
        if n.op == "ones":
            return f"ones({n.data[0]})" if n.data[1] == "1" else f"ones({','.join(n.data)})"
        if n.op == "eye":
            return f"eye({n.data})"
        return {"I": "I", "pi": "pi"}.get(n.op) or str(n.data)


def _bare(n: Node) -> bool:
    return n.op == "name" and len(n.data) == 1


def dims(n: Node) -> tuple[Dim, Dim]:
    """The shape of an expression."""
    return n.rows, n.cols

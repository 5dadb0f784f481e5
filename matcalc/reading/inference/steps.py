"""A syntax tree as steps, operands before what uses them; sums and products are one step each, however long.

Nothing here recurs on the tree, so that neither long sums nor deep nests meet a limit of the interpreter.
"""

from __future__ import annotations

from typing import Any, Final

from matcalc.book.sizes import SCALAR
from matcalc.errors import Span
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Index,
    Listing,
    Name,
    Negation,
    Parsed,
    Sum,
    Syntax,
    Transposition,
)
from matcalc.reading.inference.scope import is_sized
from matcalc.reading.inference.unify import Terms
from matcalc.records import dataclass

SUMS: Final = frozenset({"add", "subtract"})
PRODUCTS: Final = frozenset({"multiply", "product", "matmul", "dot", "divide", "solve", "had", "quotient", "kron"})


@dataclass
class Step:
    """One operation: its operands are earlier steps, `ops` the operators between them where it is a sum or product.

    `meaning` is what the shapes decided: what a name stands for, which norm it is, a function's name and whether its
    arguments are rows where its rule has columns.
    """

    node: Syntax
    operands: tuple[int, ...]
    ops: tuple[Binary, ...]
    shape: Terms = SCALAR
    meaning: Any = None


@dataclass
class Typed:
    """A tree with the shape of every step; the last step is the whole."""

    source: str
    steps: list[Step]

    @property
    def shape(self) -> Terms:
        return self.steps[-1].shape


def lay_out(parsed: Parsed) -> list[Step]:
    """The steps of a tree, operands first; a part that stands at several places is one step."""
    steps: list[Step] = []
    finished: list[int] = []
    placed: dict[int, int] = {}
    pending: list[tuple[Syntax, int, tuple[Binary, ...]]] = [(parsed.tree, -1, ())]
    while pending:
        node, count, ops = pending.pop()
        if count < 0:
            if id(node) in placed:
                finished.append(placed[id(node)])
                continue
            parts, ops = ((), ()) if type(node) is Name else _parts(node)
            if parts:
                pending.append((node, len(parts), ops))
                pending.extend([(part, -1, ()) for part in reversed(parts)])
                continue
            count = 0
        operands = tuple(finished[len(finished) - count :])
        del finished[len(finished) - count :]
        placed[id(node)] = len(steps)
        finished.append(len(steps))
        steps.append(Step(node, operands, ops))
    return steps


def _parts(node: Syntax) -> tuple[tuple[Syntax, ...], tuple[Binary, ...]]:
    """The operands of a node, those of a whole sum or product at once, and the operators between them."""
    match node:
        case Binary(op=op):
            if op in SUMS:
                return _spine(node, SUMS)
            if op in PRODUCTS:
                return _spine(node, PRODUCTS)
            return (node.left, node.right), (node,)
        case Bars(weight=weight) if weight is not None:
            return (node.operand, weight), ()
        case Negation() | Transposition() | Bars() | Sum():
            return (node.operand,), ()
        case Listing():
            return node.items, ()
        case Call():
            return (() if is_sized(node) else node.args), ()
        case Index():
            return (node.base,), ()
        case ArrayLiteral():
            return tuple(e for row in node.rows for e in row), ()
    return (), ()


def _spine(node: Binary, family: frozenset[str]) -> tuple[tuple[Syntax, ...], tuple[Binary, ...]]:
    operands: list[Syntax] = []
    ops: list[Binary] = []
    left: Syntax = node
    while isinstance(left, Binary) and left.op in family:
        operands.append(left.right)
        ops.append(left)
        left = left.left
    operands.append(left)
    return tuple(reversed(operands)), tuple(reversed(ops))


def text_of(node: Syntax, source: str) -> str:
    """The text of a node, without the parentheses around it."""
    while isinstance(node, Listing) and len(node.items) == 1:
        node = node.items[0]
    return shortened(source[node.span[0] : node.span[1]])


def shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:30].rstrip()}..."


def factor(text: str) -> str:
    """A text as a factor: in parentheses where it holds operators."""
    return text if text.replace("_", "").isalnum() or text.endswith("...") else f"({text})"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def operator_span(op: Binary) -> Span:
    """Where an operator stands; a product without a sign is pointed at as a whole."""
    return op.at if op.at[0] < op.at[1] else op.span

"""Functions that are another spelling of an operator: NumPy's and MATLAB's names, rewritten in the syntax tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.reading.grammar.syntax import ArrayLiteral, Bars, Binary, Call, Index, Listing, Name, Negation, Number, Syntax, Transposition


def _binary(op: str) -> Callable[[Call], Syntax]:
    return lambda call: Binary(op, call.args[0], call.args[1], call.at, call.span)


def _outer(call: Call) -> Syntax:
    a, b = call.args
    return Binary("matmul", a, Transposition(b, b.span), call.at, call.span)


def _norm(call: Call) -> Syntax:
    subscript = call.args[1] if len(call.args) == 2 else None
    return Bars(call.args[0], True, subscript.text if isinstance(subscript, Number) else "", call.span)


def _zero(node: Syntax) -> bool:
    return isinstance(node, Number) and node.text.strip("0.") == ""


def _extreme(call: Call) -> Syntax:
    """max(0, x) is relu(x), max(a, x) is a + relu(x - a), min(a, x) is a - relu(a - x), where a is a number or a name."""
    first, second = call.args
    a, x = (first, second) if isinstance(first, Number | Name) else (second, first)
    if not isinstance(a, Number | Name):
        return call
    is_least = call.name == "min"
    if _zero(a):
        above = Call("relu", (Negation(x, call.span) if is_least else x,), call.at, call.span)
        return Negation(above, call.span) if is_least else above
    more, less = (a, x) if is_least else (x, a)
    gap = Binary("subtract", more, less, call.at, call.span)
    above = Call("relu", (Listing((gap,), call.span),), call.at, call.span)
    return Listing((Binary("subtract" if is_least else "add", a, above, call.at, call.span),), call.span)


def _listed(call: Call) -> tuple[Syntax, ...]:
    """The blocks that are stacked, hstack(A, B) and hstack([A, B]) alike."""
    (first, *others) = call.args
    if others:
        return call.args
    if isinstance(first, ArrayLiteral) and len(first.rows) == 1:
        return first.rows[0]
    return first.items if isinstance(first, Listing) else call.args


def _below(call: Call) -> Syntax:
    return ArrayLiteral(tuple((block,) for block in _listed(call)), call.span)


def _beside(call: Call) -> Syntax:
    return ArrayLiteral((_listed(call),), call.span)


def _on_diagonal(call: Call) -> Syntax:
    blocks = call.args
    zero = Number("0", call.at)
    return ArrayLiteral(tuple(tuple(block if j == i else zero for j in range(len(blocks))) for i, block in enumerate(blocks)), call.span)


_MANY: Final = tuple(range(1, 21))

# Functions of the rule book that take another number of arguments too.
_ALSO: Final[dict[tuple[str, int], Callable[[Call], Syntax]]] = {("max", 2): _extreme, ("min", 2): _extreme}

DESUGARED: Final[dict[str, tuple[tuple[int, ...], Callable[[Call], Syntax]]]] = {
    "transpose": ((1,), lambda call: Transposition(call.args[0], call.span)),
    "negative": ((1,), lambda call: Negation(call.args[0], call.span)),
    "square": ((1,), lambda call: Binary("epow", call.args[0], Number("2", call.at), call.at, call.span)),
    "norm": ((1, 2), _norm),
    "sqrt": ((1,), lambda call: Binary("epow", call.args[0], Number("0.5", call.at), call.at, call.span)),
    "add": ((2,), _binary("add")),
    "subtract": ((2,), _binary("subtract")),
    "multiply": ((2,), _binary("had")),
    "divide": ((2,), _binary("quotient")),
    "power": ((2,), _binary("epow")),
    "matrix_power": ((2,), _binary("power")),
    "matmul": ((2,), _binary("matmul")),
    "outer": ((2,), _outer),
    "solve": ((2,), _binary("solve")),
    "diagonal": ((1,), lambda call: Call("diagv", call.args, call.at, call.span)),
    "slogdet": ((1,), lambda call: call),
    "vstack": (_MANY, _below),
    "vcat": (_MANY, _below),
    "hstack": (_MANY, _beside),
    "hcat": (_MANY, _beside),
    "blkdiag": (_MANY, _on_diagonal),
    "block_diag": (_MANY, _on_diagonal),
}


def _flat(array: ArrayLiteral) -> ArrayLiteral:
    """[[A, B], [C, D]], as lists of rows are written elsewhere, is [A, B; C, D]."""
    rows = [part.rows[0] for part in array.rows[0] if isinstance(part, ArrayLiteral) and len(part.rows) == 1]
    is_nested = len(array.rows) == 1 and len(rows) == len(array.rows[0]) > 1 and len({len(row) for row in rows}) == 1
    return ArrayLiteral(tuple(rows), array.span) if is_nested else array


def desugar(node: Syntax, numpy: bool) -> Syntax:
    """The operator that a function is a spelling of, where it is one; `np.dot` is the matrix product."""
    if isinstance(node, Index) and isinstance(node.base, Call) and node.base.name == "slogdet":
        return Call("logdet", node.base.args, node.base.at, node.span)
    if isinstance(node, ArrayLiteral):
        return _flat(node)
    if isinstance(node, Call):
        if numpy and node.name == "dot":
            return Binary("matmul", node.args[0], node.args[-1], node.at, node.span)
        arities, rewrite = DESUGARED.get(node.name, ((), None))
        if rewrite is not None and len(node.args) in arities:
            return rewrite(node)
        also = _ALSO.get((node.name, len(node.args)))
        if also is not None:
            return also(node)
    return node

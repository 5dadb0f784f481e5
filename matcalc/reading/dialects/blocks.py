"""Functions that put arrays side by side, below each other or on a diagonal, of any number of arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from matcalc.errors import ParseError
from matcalc.reading.grammar.syntax import ArrayLiteral, Call, Keyword, Listing, Number, Syntax

AXES: Final = ("axis", "dim")


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


def _nested(call: Call) -> Syntax:
    """block([[A, B], [C, D]]), whose argument is the array already; a list alone is a row."""
    return call.args[0] if len(call.args) == 1 and isinstance(call.args[0], ArrayLiteral) else _beside(call)


def _along(call: Call) -> Syntax:
    """concatenate([A, B], axis=1), cat([A, B], 1) and cat(1, A, B): along the rows where nothing is said; MATLAB counts axes from 1."""
    given = [a.value for a in call.args if isinstance(a, Keyword) and a.name in AXES]
    blocks = [a for a in call.args if not isinstance(a, Keyword)]
    first, last, from_one = blocks[0], blocks[-1], isinstance(blocks[0], Number)
    if from_one:
        given, blocks = [first], blocks[1:]
    elif len(blocks) == 2 and isinstance(last, Number):
        given, blocks = [last], blocks[:1]
    axis = given[0].text if given and isinstance(given[0], Number) else "" if given else "0"
    along = {"0": "rows", "1": "rows" if from_one else "columns", "2": "columns" if from_one else ""}.get(axis, "")
    if not along:
        raise ParseError("blocks are put together along the rows or the columns", call.span, hint="write axis=0 or axis=1")
    stacked = Call(call.name, tuple(blocks), call.at, call.span)
    return _below(stacked) if along == "rows" else _beside(stacked)


BLOCKS: Final[Mapping[str, Callable[[Call], Syntax]]] = {
    "vstack": _below,
    "vcat": _below,
    "vertcat": _below,
    "rbind": _below,
    "hstack": _beside,
    "hcat": _beside,
    "column_stack": _beside,
    "horzcat": _beside,
    "cbind": _beside,
    "blkdiag": _on_diagonal,
    "block_diag": _on_diagonal,
    "bdiag": _on_diagonal,
    "BlockDiagMatrix": _on_diagonal,
    "BlockMatrix": _nested,
    "block": _nested,
    "concatenate": _along,
    "concat": _along,
    "cat": _along,
}

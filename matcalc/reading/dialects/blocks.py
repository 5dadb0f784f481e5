"""Functions that put arrays side by side, below each other or on a diagonal, of any number of arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from matcalc.reading.grammar.syntax import ArrayLiteral, Call, Listing, Number, Syntax


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


BLOCKS: Final[Mapping[str, Callable[[Call], Syntax]]] = {
    "vstack": _below,
    "vcat": _below,
    "rbind": _below,
    "hstack": _beside,
    "hcat": _beside,
    "cbind": _beside,
    "blkdiag": _on_diagonal,
    "block_diag": _on_diagonal,
}

"""Several moves that one line takes at once, as the one rule that a person would name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from matcalc.book.moves import Move, move

TO_END: Final = (
    "cyclic", "transpose", "scalar_transpose", "scalar_trace", "hadamard_trace", "diagonal_trace", "diagonal_entries", "sum", "adjoint",
)  # fmt: skip
MERGED: Final[Mapping[str, Sequence[str]]] = {
    "product": ("product", "linear", "square", "constant"),
    "quotient": ("quotient", "product", "linear", "square", "constant"),
    "parts_differentials": ("parts_differentials", "known_differential", "linear"),
    "across": TO_END,
    "across_columns": ("scalar_commutes", "hadamard_diagonal", *TO_END),
}


def merged(moves: Sequence[Move]) -> Move:
    """The moves of one line as one: several to the end are one across the inner product, several functions the chain rule."""
    kinds = list(dict.fromkeys(moves))
    if len(kinds) == 1:
        return kinds[0]
    whole = next((whole for whole, parts in MERGED.items() if all(m in map(move, parts) for m in kinds)), "chain")
    return move(whole)

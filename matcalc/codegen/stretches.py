"""Stretches of chains that several products have, as themselves or transposed, so that they are multiplied once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from matcalc.algebra import transpose
from matcalc.algebra.node import Expr
from matcalc.codegen import chains


def stretches(chained: Sequence[tuple[Expr, ...]]) -> dict[tuple[Expr, ...], int]:
    """How often every stretch of the chains occurs, as itself or transposed, without overlap; only what occurs repeatedly."""
    found: Counter[tuple[Expr, ...]] = Counter()
    if len(chained) == 1 and len(chained[0]) < 4:
        return found
    for mats in dict.fromkeys(chained):
        if len(mats) > chains.LONGEST:
            continue
        ends: dict[tuple[Expr, ...], int] = {}
        for i in range(len(mats) - 1):
            for j in range(i + 2, len(mats) + 1):
                name = named(mats[i:j])
                if ends.get(name, 0) <= i:
                    found[name] += 1
                    ends[name] = j
    return {stretch: count for stretch, count in found.items() if count > 1}


def named(mats: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """One name for a stretch and its transpose."""
    return min(mats, turned(mats), key=lambda stretch: [f.digest for f in stretch])


def turned(mats: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The transpose of a stretch."""
    return tuple(transpose(f) for f in reversed(mats))

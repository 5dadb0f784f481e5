"""Sums of products of entries: the index form of a derivative."""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.expr import Expr


@dataclass(frozen=True)
class IndexTerm:
    """coefficient * factors * deltas, summed over `summed`.

    A factor is an array with a label for each of its axes that counts; a delta is the pair of labels that it
    compares. Labels that are not summed are the axes of the result.
    """

    coefficient: Expr
    factors: tuple[tuple[Expr, tuple[str, ...]], ...] = ()
    deltas: tuple[tuple[str, str], ...] = ()
    summed: tuple[str, ...] = ()

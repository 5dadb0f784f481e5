"""Sums of products of entries: the index form of a derivative."""

from __future__ import annotations

from matcalc.algebra.node import Expr
from matcalc.book.sizes import Dim
from matcalc.records import dataclass


@dataclass(frozen=True)
class Fused:
    """whole = (outer - 1)*inner_size + inner: the label of a vec or of a Kronecker product, and the labels of its parts."""

    whole: str
    outer: str
    inner: str
    outer_size: Dim
    inner_size: Dim


@dataclass(frozen=True)
class IndexTerm:
    """coefficient * factors * deltas, summed over `summed`.

    A factor is an array with a label for each of its axes that counts; a delta is the pair of labels that it compares,
    and each of `fused` compares a label with what its parts make. Labels that are not summed are the axes of the result.
    """

    coefficient: Expr
    factors: tuple[tuple[Expr, tuple[str, ...]], ...] = ()
    deltas: tuple[tuple[str, str], ...] = ()
    summed: tuple[str, ...] = ()
    fused: tuple[Fused, ...] = ()

"""Other displays of a derivative in index form: by cases, by blocks, rows or columns, and compressed.

A block is the matrix that is left where the indices of the other axes are fixed: [i,:,:] = eye(m)[:,i]*x^T. Where all
sizes are numbers, every block is printed; otherwise the fixed indices keep their letters. The compressed display drops
Kronecker deltas and says so: it is no derivative, only what one needs to write it down again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Final

from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, const, unit
from matcalc.algebra.spelled_out import spelled_out
from matcalc.book.choices import DISPLAYS
from matcalc.book.sizes import ONE, Dim, axes
from matcalc.errors import UsageError
from matcalc.index.graph import Stuck
from matcalc.index.lower import Label, Term
from matcalc.index.raising import read_matrix
from matcalc.printing import index
from matcalc.printing.notations.printer import Printer
from matcalc.records import dataclass
from matcalc.simplify.simplify import simplify

MAX_BLOCKS: Final = 64


@dataclass(frozen=True)
class Tensor:
    """An array given by its entries: terms over the labels of its axes, of which as many belong to Y as `outputs` says.

    They come first, or last where it is `reversed`, in denominator layout.
    """

    terms: tuple[IndexTerm, ...]
    labels: tuple[str, ...]
    sizes: tuple[Dim, ...]
    outputs: int
    reversed: bool

    @property
    def output_labels(self) -> tuple[str, ...]:
        """The labels of the axes of Y."""
        inputs = len(self.labels) - self.outputs
        return self.labels[inputs:] if self.reversed else self.labels[: self.outputs]


def displayed(tensor: Tensor, how: str, notation: Printer) -> str:
    """A tensor in one of the displays.

    Raises UsageError where it has no such display.
    """
    DISPLAYS.check(how)
    if how == "cases":
        return _cases(tensor.terms, notation)
    return _compressed(tensor, notation) if how == "compressed" else _blocks(tensor, how, notation)


# ---------------------------------------------------------------------------------------------------- cases


def _cases(terms: Sequence[IndexTerm], notation: Printer) -> str:
    """x[j] if i = k, else 0; a sum of such where the terms have different deltas."""
    groups: dict[tuple[tuple[str, str], ...], list[IndexTerm]] = {}
    for t in terms:
        groups.setdefault(tuple(p for p in t.deltas if not set(p) & set(t.summed)), []).append(t)
    if not groups:
        return index.printed((), notation)
    shown = [_case(pairs, [_without(t, pairs) for t in found], notation) for pairs, found in groups.items()]
    if len(shown) == 1:
        return shown[0]
    return notation.added(shown)


def _case(pairs: Sequence[tuple[str, str]], terms: Sequence[IndexTerm], notation: Printer) -> str:
    value = index.printed(terms, notation)
    if not pairs:
        return value
    return notation.case(value, pairs)


def _without(t: IndexTerm, pairs: Sequence[tuple[str, str]]) -> IndexTerm:
    return IndexTerm(t.coefficient, t.factors, tuple(p for p in t.deltas if p not in pairs), t.summed, t.fused)


# --------------------------------------------------------------------------------------------------- blocks


def _blocks(tensor: Tensor, how: str, notation: Printer) -> str:
    kept = _kept(tensor, how)
    fixed = [label for label in tensor.labels if label not in kept]
    lines = []
    for chosen in _choices(tensor, fixed):
        place = ",".join(str(chosen[label]) if label in chosen else ":" for label in tensor.labels)
        block = _block(tensor, kept, chosen)
        lines.append((notation.block(place), notation.print(spelled_out(simplify(block)))))
    return notation.equations(lines)


def _kept(tensor: Tensor, how: str) -> list[str]:
    """The labels of the axes that a block has: those of a matrix X for each entry of Y, else those of Y for each of X."""
    outputs = tensor.output_labels
    inputs = [label for label in tensor.labels if label not in outputs]
    block = list(tensor.labels) if len(tensor.labels) <= 2 else inputs if len(inputs) == 2 else [x for x in tensor.labels if x in outputs]
    if how == "blocks" or len(block) < 2:
        return block
    return block[:1] if how == "columns" else block[1:]


def _choices(tensor: Tensor, fixed: Sequence[str]) -> Iterator[dict[str, int | str]]:
    """The indices at which a block is taken: all of them where the sizes are numbers and few, else their letters."""
    size = dict(zip(tensor.labels, tensor.sizes, strict=True))
    counts = [int(size[label]) if size[label].is_Integer else 0 for label in fixed]
    if all(d.is_Integer for d in tensor.sizes) and math.prod(counts) <= MAX_BLOCKS:
        for at in itertools.product(*(range(1, n + 1) for n in counts)):
            yield dict(zip(fixed, at, strict=True))
    else:
        yield {label: label for label in fixed}


def _block(tensor: Tensor, kept: Sequence[str], chosen: dict[str, int | str]) -> Expr:
    """The matrix over the kept labels where the others are fixed."""
    labels = {label: Label(size) for label, size in zip(tensor.labels, tensor.sizes, strict=True)}
    pins = Term((), tuple((unit(at, labels[label].size), labels[label], None) for label, at in chosen.items()))
    row = labels[kept[0]] if kept else None
    column = labels[kept[1]] if len(kept) == 2 else None
    shape = (row.size if row else ONE, column.size if column else ONE)
    try:
        return read_matrix([term_of(t, labels).times(pins) for t in tensor.terms], row, column, shape)
    except Stuck:
        raise UsageError("a block of this derivative has no closed form", hint="ask for the display cases") from None


def term_of(t: IndexTerm, free: dict[str, Label]) -> Term:
    """An index term as one of the network, its summed labels made anew."""
    known = dict(free)
    for e, at in t.factors:
        for label, size in zip(at, axes(e.shape), strict=True):
            known.setdefault(label, Label(size))
    for f in t.fused:
        for label, size in ((f.outer, f.outer_size), (f.inner, f.inner_size), (f.whole, f.outer_size * f.inner_size)):
            known.setdefault(label, Label(size))
    factors = []
    for e, at in t.factors:
        ends = iter(known[label] for label in at)
        factors.append((e, None if e.shape[0] is ONE else next(ends), None if e.shape[1] is ONE else next(ends)))
    deltas = tuple((known[a], known[b]) for a, b in t.deltas if a in known and b in known)
    splits = tuple((known[f.whole], known[f.outer], known[f.inner]) for f in t.fused)
    mentioned = tuple((lab, lab) for lab in known.values())
    return Term((t.coefficient,), tuple(factors), deltas + mentioned, splits)


# ----------------------------------------------------------------------------------------------- compressed


def _compressed(tensor: Tensor, notation: Printer) -> str:
    """The array without the deltas that all terms have, and what was dropped."""
    common = [p for p in (tensor.terms[0].deltas if tensor.terms else ()) if all(p in t.deltas for t in tensor.terms)]
    used = {label for t in tensor.terms for _, at in t.factors for label in at}
    used |= {label for t in tensor.terms for p in t.deltas if p not in common for label in p}
    dropped = [p for p in common if not set(p) <= used]
    kept = [label for label in tensor.labels if label in used]
    if not dropped or len(kept) > 2:
        raise UsageError("this derivative has no redundant axes to leave out", hint="ask for the display cases")
    free = {label: Label(size) for label, size in zip(tensor.labels, tensor.sizes, strict=True) if label in kept}
    row, column = free[kept[0]] if kept else None, free[kept[1]] if len(kept) == 2 else None
    terms = [term_of(_without(t, common), free) for t in tensor.terms]
    try:
        found = read_matrix(terms, row, column, (row.size if row else ONE, column.size if column else ONE))
    except Stuck:
        raise UsageError("this derivative has no closed form without its deltas", hint="ask for the display cases") from None
    formula = notation.print(spelled_out(simplify(found)))
    whole, part = ",".join(tensor.labels), ",".join(kept)
    deltas = index.printed([IndexTerm(const(1), (), tuple(common))], notation)
    return notation.compressed(formula, whole, part, deltas)

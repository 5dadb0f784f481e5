"""A derivation element by element: the last line of differentials with indices, the coefficient of one entry, its deltas collapsed.

    dY[i,j]         = sum_r(sum_s(A[i,r]*dX[r,s]*B[s,j]))
    dY[i,j]/dX[k,l] = sum_r(sum_s(A[i,r]*B[s,j]*delta[r,k]*delta[s,l]))
                    = A[i,k]*B[l,j]

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), section 5.4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from matcalc.algebra import mul, transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, const
from matcalc.algebra.walk import in_order
from matcalc.book.sizes import ONE, Shape
from matcalc.derivation.terms import Term, holds, terms_of
from matcalc.index.lower import Label, label, lower
from matcalc.index.lower import Term as NetworkTerm
from matcalc.index.named import SUMMED


def axes_of(labels: Sequence[str], y: Expr, x: Expr, layout: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels of the axes of y and of x, among those of a derivative in a layout."""
    ys, xs = (sum(d is not ONE for d in e.shape) for e in (y, x))
    match layout:
        case "numerator":
            return tuple(labels[:ys]), tuple(reversed(labels[ys:]))
        case "denominator":
            return tuple(reversed(labels[xs:])), tuple(labels[:xs])
    return tuple(labels[:ys]), tuple(labels[ys:])


def with_indices(
    terms: Sequence[Term], increments: Collection[Expr], labels: Sequence[str], shape: Shape
) -> tuple[IndexTerm, ...] | None:
    """The entry of the sum of the terms, of which its axes have these labels; `increments` are the symbols that stand for differentials.

    None where an axis is made of two, as in vec, or where an increment is inside what has no entries of its own.
    """
    ends = (label(shape[0]), label(shape[1]))
    known = dict(zip((lab for lab in ends if lab is not None), labels, strict=True))
    made = [n for t in terms for n in _network_terms(t, increments, ends)]
    taken = {n.data.name for n in in_order([e for t in made for e in (*t.scalars, *(f[0] for f in t.factors))]) if n.op == "sym"}
    within = [e for t in made for e in (*t.scalars, *(f[0] for f in t.factors)) if e not in increments and transpose(e) not in increments]
    is_stuck = any(t.splits for t in made) or any(_held(e, increments) for e in within)
    return None if is_stuck else tuple(_index_term(t, known, taken | set(labels), increments) for t in made)


def _index_term(t: NetworkTerm, known: Mapping[Label, str], taken: set[str], increments: Collection[Expr]) -> IndexTerm:
    """The term with names for its labels, those that are summed over in the order of their appearance."""
    letters = (x for x in (*SUMMED, *(f"r{k}" for k in range(1, len(t.factors) + len(t.deltas) + 1))) if x not in taken)
    used = [lab for _, i, j in t.factors for lab in (i, j) if lab is not None] + [lab for pair in t.deltas for lab in pair]
    names = dict(known)
    for lab in used:
        if lab not in names:
            names[lab] = next(letters)
    factors = tuple((e, tuple(names[lab] for lab in (i, j) if lab is not None)) for e, i, j in t.factors)
    summed = tuple(dict.fromkeys(names[lab] for lab in used if lab not in known))
    moving = tuple((s, ()) for s in t.scalars if s in increments)
    outside = mul(*(s for s in t.scalars if s not in increments))
    return IndexTerm(outside, (*factors, *moving), tuple((names[a], names[b]) for a, b in t.deltas), summed)


def _network_terms(t: Term, increments: Collection[Expr], ends: tuple[Label | None, Label | None]) -> list[NetworkTerm]:
    """The product of a chain as factors with labels; the ends of a trace have one label."""
    outside = tuple(s for s in t.scalars if s in increments or not _held(s, increments))
    made = [NetworkTerm((const(t.coefficient), *outside))]
    for s in t.scalars:
        if s not in outside:
            made = [m.times(n) for m in made for n in _opened(s, increments)]
    if t.chain:
        inner = [label(f.shape[1]) for f in t.chain[:-1]]
        first, last = (label(t.chain[0].shape[0]),) * 2 if t.traced else ends
        bounds = [first, *inner, last]
        for f, i, j in zip(t.chain, bounds, bounds[1:], strict=False):
            made = [m.times(n) for m in made for n in lower(f, i, j)]
        made = [_counted(m, [*inner, *([first] if t.traced else [])]) for m in made]
    return made


def _counted(t: NetworkTerm, summed: Sequence[Label | None]) -> NetworkTerm:
    """The term times the size of every label that is summed over and stands at no factor, since all its factors are ones."""
    used = {lab for _, i, j in t.factors for lab in (i, j)} | {lab for pair in (*t.deltas, *t.splits) for lab in pair}
    free = dict.fromkeys(lab for lab in summed if lab is not None and lab not in used)
    return t.times(NetworkTerm(tuple(const(lab.size) for lab in free))) if free else t


def _held(e: Expr, increments: Collection[Expr]) -> Sequence[Expr]:
    """The increments that an expression holds."""
    return [leaf for leaf in increments if holds(e, leaf)]


def _opened(s: Expr, increments: Collection[Expr]) -> list[NetworkTerm]:
    """A scalar that holds an increment: the sum of the entries of what is summed, else its terms, of which it may be the only one."""
    leaf = _held(s, increments)[0]
    if s.op == "sum":
        summed = s.args[0]
        ends = (label(summed.shape[0]), label(summed.shape[1]))
        return [_counted(n, ends) for t in terms_of(summed, leaf) for n in _network_terms(t, increments, ends)]
    terms = terms_of(s, leaf)
    if any(s in t.scalars for t in terms):
        return lower(s, None, None)
    return [n for t in terms for n in _network_terms(t, increments, (None, None))]


def with_deltas(terms: Sequence[IndexTerm], dx: Expr, labels: Sequence[str]) -> tuple[IndexTerm, ...] | None:
    """The coefficient of the entry of dX with these labels: a delta for each of its axes. None where dX is inside a factor."""
    made = [_with_deltas(t, dx, labels) for t in terms]
    return None if any(t is None for t in made) else tuple(t for t in made if t is not None)


def _with_deltas(t: IndexTerm, dx: Expr, labels: Sequence[str]) -> IndexTerm | None:
    at = next((k for k, (e, _) in enumerate(t.factors) if e in (dx, transpose(dx))), None)
    if at is None:
        return None
    e, own = t.factors[at]
    rest = t.factors[:at] + t.factors[at + 1 :]
    if any(holds(f, dx) for f, _ in rest):
        return None
    pairs = tuple(zip(own if e is dx else own[::-1], labels, strict=True))
    return replace(t, factors=rest, deltas=(*t.deltas, *pairs))

"""The index form for people: a term's labels get names, i, j, ... for the free ones in the order of the axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from matcalc.expr import Expr, had, mul
from matcalc.index_terms import Fused, IndexTerm
from matcalc.network import Label, Term
from matcalc.raising import eliminate, settle

FREE = "ijklmnpq"
SUMMED = "rstuvw"


def index_terms(terms: Sequence[Term], free: Sequence[Label]) -> tuple[tuple[IndexTerm, ...], tuple[str, ...]]:
    """The entry of the derivative as named index terms, and the names of its axes."""
    names = {lab: FREE[k] for k, lab in enumerate(free)}
    return tuple(_named(t, free, names) for t in terms), tuple(names[lab] for lab in free)


def _named(term: Term, free: Sequence[Label], names: dict[Label, str]) -> IndexTerm:
    graph = settle(term, free)
    eliminate(graph, [*free, *(lab for split in graph.splits for lab in split)])
    known = dict(names)
    fresh = _fresh()
    for a, b in graph.eyes:
        if b not in names:
            known[b] = _name(a, known, fresh)
    factors: list[tuple[Expr, tuple[str, ...]]] = []
    for e, i, j in graph.edges.values():
        factors.append((e, (_name(i, known, fresh), _name(j, known, fresh))))
    for lab, vectors in graph.unary.items():
        if vectors:
            factors.append((had(*vectors), (_name(lab, known, fresh),)))
    deltas = tuple((known[a], known[b]) for a, b in graph.eyes if b in names)
    fused = tuple(
        Fused(*(_name(lab, known, fresh) for lab in (whole, outer, inner)), outer.size, inner.size) for whole, outer, inner in graph.splits
    )
    summed = tuple(dict.fromkeys(n for n in known.values() if n not in names.values()))
    return IndexTerm(mul(*graph.scalars), tuple(factors), deltas, summed, fused)


def _fresh() -> Iterator[str]:
    yield from SUMMED
    yield from (f"r{k}" for k in count(1))


def _name(lab: Label, known: dict[Label, str], fresh: Iterator[str]) -> str:
    if lab not in known:
        known[lab] = next(fresh)
    return known[lab]

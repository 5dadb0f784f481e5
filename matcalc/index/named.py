"""The index form for people: a term's labels get names, i, j, ... for the free ones in the order of the axes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import count, product

from matcalc.algebra import had, mul
from matcalc.algebra.entries import Fused, IndexTerm
from matcalc.algebra.node import Expr, const, split_product
from matcalc.algebra.walk import in_order
from matcalc.book.sizes import ONE
from matcalc.index.eliminate import eliminate
from matcalc.index.graph import Graph, settle
from matcalc.index.lower import Label, Term

FREE = "ijklmnpq"
SUMMED = "rstuvw"
OPENED = 3


def index_terms(
    terms: Sequence[Term], free: Sequence[Label], names_in_use: Collection[str] = ()
) -> tuple[tuple[IndexTerm, ...], tuple[str, ...]]:
    """The entry of the derivative as named index terms, and the names of its axes; no label has a name in use."""
    taken = {*names_in_use, *(n.data.name for n in in_order(_parts(terms)) if n.op == "sym")}
    taken |= {s.name for d in (*(d for e in _parts(terms) for d in e.shape), *(lab.size for lab in free)) for s in d.free_symbols}
    letters = (letter for letter in (*FREE, *(f"i{k}" for k in range(1, len(free) + len(taken) + 1))) if letter not in taken)
    names = dict(zip(free, letters, strict=False))
    return tuple(made for t in terms for made in _named(t, free, names, taken)), tuple(names[lab] for lab in free)


def _is_diagonal(e: Expr) -> bool:
    """Whether a summand is a multiple of a diagonal matrix."""
    return any([f.op for f in split_product(a)[2]] in (["diag"], ["eye"]) for a in e.args)


def _parts(terms: Sequence[Term]) -> list[Expr]:
    """The expressions that terms are made of."""
    return [e for t in terms for e in (*t.scalars, *(f[0] for f in t.factors))]


def _named(term: Term, free: Sequence[Label], names: dict[Label, str], taken: set[str]) -> list[IndexTerm]:
    """A term as entries; a sum such as diag(s) - s*s^T term by term, since each entry of a diagonal has a delta of its own."""
    graph = settle(term, free)
    eliminate(graph, [*free, *(lab for split in graph.splits for lab in split)])
    edges = list(graph.edges.values())
    summands = [e.args if e.op == "add" and _is_diagonal(e) else (e,) for e, _, _ in edges]
    return [
        _entry(graph, [(e, i, j) for e, (_, i, j) in zip(chosen, edges, strict=True)], names, taken) for chosen in product(*summands)
    ]


def _entry(graph: Graph, edges: Sequence[tuple[Expr, Label, Label]], names: dict[Label, str], taken: set[str]) -> IndexTerm:
    known = dict(names)
    fresh = (letter for letter in _fresh() if letter not in taken)
    for a, b in graph.eyes:
        if b not in names:
            known[b] = _name(a, known, fresh)
    entries = _Entries(fresh, mul(*graph.scalars))
    for e, i, j in edges:
        entries.add(e, _name(i, known, fresh), _name(j, known, fresh))
    for lab, vectors in graph.unary.items():
        if vectors:
            entries.add(had(*vectors), _name(lab, known, fresh), None)
    entries.deltas += [(known[a], known[b]) for a, b in graph.eyes if b in names]
    fused = tuple(
        Fused(_name(whole, known, fresh), _name(outer, known, fresh), _name(inner, known, fresh), outer.size, inner.size)
        for whole, outer, inner in graph.splits
    )
    summed = dict.fromkeys([*known.values(), *entries.inner])
    return IndexTerm(
        entries.coefficient, tuple(entries.factors), tuple(entries.deltas), tuple(n for n in summed if n not in names.values()), fused
    )


class _Entries:
    """The entries that a term is a product of: those of a short product are sums over its inner labels, A[i,r]*B[r,j]."""

    def __init__(self, fresh: Iterator[str], coefficient: Expr) -> None:
        self.fresh = fresh
        self.coefficient = coefficient
        self.factors: list[tuple[Expr, tuple[str, ...]]] = []
        self.deltas: list[tuple[str, str]] = []
        self.inner: list[str] = []

    def add(self, e: Expr, i: str | None, j: str | None) -> None:
        """Multiply by e[i,j]; an axis of length 1 has no label."""
        c, scalars, mats = split_product(e)
        if e.op == "had":
            for factor in e.args:
                self.add(factor, i, j)
        elif e.op == "diag" and i is not None and j is not None:
            self.add(e.args[0], i, None)
            self.deltas.append((i, j))
        elif e.op == "mul" and 0 < len(mats) <= OPENED:
            self.coefficient = mul(self.coefficient, const(c), *scalars)
            self._open(mats, i, j)
        else:
            self.factors.append((e, tuple(label for label in (i, j) if label is not None)))

    def _open(self, mats: Sequence[Expr], i: str | None, j: str | None) -> None:
        """A product of matrices, a diagonal matrix in it as the vector on the label between its neighbours."""
        full = [f for f in mats if f.op != "diag"]
        inner = [None if f.shape[1] is ONE else next(self.fresh) for f in full[:-1]]
        self.inner += [label for label in inner if label is not None]
        between = [i, *inner, j]
        at = 0
        for f in mats:
            if f.op == "diag" and full:
                self.add(f.args[0], between[at], None)
            else:
                self.add(f, between[at], between[at + 1])
                at += 1


def _fresh() -> Iterator[str]:
    yield from SUMMED
    yield from (f"r{k}" for k in count(1))


def _name(lab: Label, known: dict[Label, str], fresh: Iterator[str]) -> str:
    if lab not in known:
        known[lab] = next(fresh)
    return known[lab]

"""Elimination: the summed vertices of a graph summed out, as far as products of matrices go.

    sum_r A[i,r] B[r,j] = (A B)[i,j]        sum_r A[i,r] v[r] = (A v)[i]        A[i,j] B[i,j] = (A .* B)[i,j]
    sum_r A[i,r] v[r] B[r,j] = (A diag(v) B)[i,j]                              sum_r A[r,r] = tr(A)
"""

from __future__ import annotations

from collections.abc import Iterable

from matcalc.algebra import fun, had, mul, total, transpose
from matcalc.algebra.node import Expr, ones
from matcalc.index.graph import Graph
from matcalc.index.lower import Label


def eliminate(graph: Graph, kept: Iterable[Label]) -> None:
    """Sum out every label that is not kept, as far as products of matrices go.

    Vertices with one edge go before those with two, and parallel edges merge only where neither is left: a vector on a vertex
    then meets one factor of a product, not the Hadamard product of several.
    """
    protected = set(kept)
    while True:
        pending = [lab for lab in graph.labels() if lab not in protected]
        if not pending and len(graph.edges) < 2:
            return
        progress = False
        for limit in (1, 2):
            for lab in pending:
                ks = graph.incident.get(lab, [])
                if len(ks) <= limit and (ks or lab in graph.unary):
                    _sum_out(graph, lab, protected)
                    progress = True
            if progress:
                break
        if not progress and not merge_parallel(graph):
            return


def _sum_out(graph: Graph, lab: Label, protected: set[Label]) -> None:
    """Sum over a vertex with at most two edges."""
    ks = list(graph.incident.get(lab, []))
    vector = graph.vector(lab)
    if not ks:
        graph.scalars.append(total(vector if vector is not None else ones(lab.size)))
        return
    first, a = graph.towards(ks[0], lab)
    graph.detach(ks[0])
    if len(ks) == 1:
        graph.attach(mul(first, vector if vector is not None else ones(lab.size)), a, None)
        return
    second, b = graph.towards(ks[1], lab)
    graph.detach(ks[1])
    # sum_r A[i,r] B[i,r] v[r] is (A .* B) v; the diagonal of A diag(v) B^T would be longer.
    if a is b and vector is not None:
        graph.attach(mul(had(first, second), vector), a, None)
        return
    chain = [first, *([fun("diag", vector)] if vector is not None else []), transpose(second)]
    b = _lengthened(graph, chain, b, a, protected)
    before: list[Expr] = []
    a = _lengthened(graph, before, a, b, protected)
    joined = mul(*(transpose(f) for f in reversed(before)), *chain)
    # sum_i sum_r A[i,r] B[i,r]: where nothing else sits on i, both sums are one trace.
    if a is b and a not in protected and not graph.incident.get(a) and a not in graph.unary:
        graph.scalars.append(fun("tr", joined))
    else:
        graph.attach(joined, a, b)


def _lengthened(graph: Graph, chain: list[Expr], end: Label, other: Label, protected: set[Label]) -> Label:
    """Add the matrices of a path that goes on from the end of a chain, so that they are multiplied once; the label where it ends."""
    while end is not other and end not in protected and len(ks := graph.incident.get(end, [])) == 1:
        e, onwards = graph.towards(ks[0], end)
        if onwards is other:
            return end
        graph.detach(ks[0])
        vector = graph.vector(end)
        chain += [*([fun("diag", vector)] if vector is not None else []), transpose(e)]
        end = onwards
    return end


def merge_parallel(graph: Graph) -> bool:
    """Two edges between the same labels become their Hadamard product."""
    if len(graph.edges) < 2:
        return False
    seen: dict[frozenset[Label], int] = {}
    for k, (_, i, j) in list(graph.edges.items()):
        other = seen.setdefault(frozenset((i, j)), k)
        if other != k:
            e, a, b = graph.detach(other)
            f, c, _ = graph.detach(k)
            graph.attach(had(e, f if c is a else transpose(f)), a, b)
            return True
    return False

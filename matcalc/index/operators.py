"""Linear operators of the book in a graph: f(A, .) is one edge J between two fused labels, with vec f(A, E) = J vec(E).

Where everything that sits on the parts of one of its ends is one matrix M between them, the edge is f(A, M) between the parts of
the other end, or g(A^T, M) for the adjoint g of f: <G, f(A, E)> = <g(A^T, G), E>.
"""

from __future__ import annotations

from collections.abc import Collection

from matcalc.algebra import fun, had, mul, transpose
from matcalc.algebra.node import Expr, sym
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Shape
from matcalc.index.eliminate import eliminate
from matcalc.index.graph import Graph, Split, Stuck
from matcalc.index.kronecker import ones_unless, weighted
from matcalc.index.lower import Label
from matcalc.reading.templates import instance


def apply_operators(graph: Graph, kept: Collection[Label]) -> None:
    """Every operator applied to what meets it; one that meets nothing is its matrix, where the book tells it.

    Raises Stuck where it does not.
    """
    while any(_applied(graph, k, kept) for k in _operators(graph)):
        ends = [lab for split in graph.splits for lab in split]
        eliminate(graph, [*kept, *ends, *operator_ends(graph)])
    for k in _operators(graph):
        e, i, j = graph.detach(k)
        graph.attach(_matrix_of(e), i, j)


def operator_ends(graph: Graph) -> list[Label]:
    """The labels at which operators end, the axes of columns too: no product of matrices joins what meets there."""
    return [lab for k in _operators(graph) for lab in graph.edges[k][1:]]


def _operators(graph: Graph) -> list[int]:
    return [k for k, (e, _, _) in graph.edges.items() if e.op == "operator"]


def _matrix_of(e: Expr) -> Expr:
    name, _, argument = e.data
    rule = rulebook.find(name)
    if rule is None or not rule.jacobian:
        raise Stuck("a linear operator has no matrix in closed form")
    return instance(rule, "jacobian", (*e.args, sym("E", argument)))


def _applied(graph: Graph, k: int, kept: Collection[Label]) -> bool:
    """Whether one end of an operator held a matrix, to which it is applied then."""
    e, i, j = graph.edges[k]
    for whole, other, function in ((j, i, e), (i, j, transpose(e))):
        name, value, argument = function.data
        if graph.incident[whole] == [k] and whole not in kept:
            inside = _gathered(graph, whole, argument, kept)
            if inside is not None:
                graph.detach(k)
                _place(graph, fun(name, *function.args, inside), other, value, kept)
                return True
    return False


def _split_of(graph: Graph, whole: Label) -> Split | None:
    return next((s for s in graph.splits if s[0] is whole), None)


def _gathered(graph: Graph, whole: Label, shape: Shape, kept: Collection[Label]) -> Expr | None:
    """The matrix that sits between the parts of a fused label, removed; None where something leads elsewhere."""
    split = _split_of(graph, whole)
    elsewhere = {lab for s in graph.splits if s is not split for lab in s}
    if split is None:
        if whole in elsewhere:
            return None
        v = ones_unless(graph.vector(whole), whole)
        return v if shape[1] is ONE else transpose(v)
    _, outer, inner = split
    ends = {outer, inner}
    if whole in graph.unary or ends & (elsewhere | {*kept}) or not _meet(graph, outer, inner):
        return None
    graph.splits.remove(split)
    edges = [e if i is inner else transpose(e) for e, i, _ in map(graph.detach, list(graph.incident.get(outer, ())))]
    left, right = graph.vector(inner), graph.vector(outer)
    if not edges:
        return mul(ones_unless(left, inner), transpose(ones_unless(right, outer)))
    return weighted(left, had(*edges), right)


def _meet(graph: Graph, outer: Label, inner: Label) -> bool:
    """Whether every edge at two labels joins them."""
    ends = {outer, inner}
    return all({i, j} == ends for lab in ends for k in graph.incident.get(lab, ()) for _, i, j in [graph.edges[k]])


def _place(graph: Graph, made: Expr, whole: Label, shape: Shape, kept: Collection[Label]) -> None:
    """A matrix whose vec would sit on a fused label, between the parts of that label."""
    split = _split_of(graph, whole)
    if split is None:
        graph.attach(made, *((whole, None) if shape[1] is ONE else (None, whole)))
        return
    graph.attach(made, split[2], split[1])
    if whole not in kept and not graph.incident.get(whole) and whole not in graph.unary:
        graph.splits.remove(split)

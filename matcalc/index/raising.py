"""From the index form back to matrices: graph reduction of a term.

A summed label with two edges is a matrix product, with one a matrix-vector product, with none a sum; parallel edges are a
Hadamard product, a loop a diagonal. What ends as at most one edge between the free labels is a matrix. For the vec form the
axes of Y and of X are fused first, and the edges between their parts become Kronecker products.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from matcalc.algebra import add, had, mul, transpose
from matcalc.algebra.node import Expr, eye, zeros
from matcalc.algebra.steps import spend
from matcalc.book.sizes import ONE, Shape, times
from matcalc.index.eliminate import eliminate, merge_parallel
from matcalc.index.graph import Graph, Split, Stuck, settle
from matcalc.index.kronecker import fuse, ones_unless, unstack, weighted
from matcalc.index.lower import Label, Term
from matcalc.index.operators import apply_operators, operator_ends

STEPS_A_FACTOR: Final = 32


def _assemble(graph: Graph, row: Label | None, column: Label | None) -> Expr:
    """The matrix that is left between rows and columns: diag(u) M diag(v), or u v^T where no edge is.

    Raises Stuck where a summed label is left that three or more edges meet in.
    """
    if not {row, column}.issuperset(graph.labels()):
        raise Stuck("more axes meet than a matrix product joins")
    while merge_parallel(graph):
        pass
    left = graph.vector(row) if row is not None else None
    right = graph.vector(column) if column is not None else None
    if row is None or column is None:
        body = ones_unless(left, row) if row is not None else transpose(ones_unless(right, column)) if column is not None else mul()
        return mul(*graph.scalars, body)
    if graph.edges:
        e, i, _ = next(iter(graph.edges.values()))
        return weighted(left, e if i is row else transpose(e), right, graph.scalars)
    return mul(*graph.scalars, ones_unless(left, row), transpose(ones_unless(right, column)))


def read_matrix(terms: Sequence[Term], row: Label | None, column: Label | None, shape: Shape) -> Expr:
    """The sum of the terms as a matrix with these rows and columns.

    Raises Stuck where it has no closed form.
    """
    return _sum([read_term(t, row, column) for t in terms], shape)


def read_term(term: Term, row: Label | None, column: Label | None) -> Expr:
    """One term as a matrix with these rows and columns.

    Raises Stuck where it has no closed form.
    """
    return _read_term(term, [lab for lab in (row, column) if lab is not None], (), row, column)


def read_vec(terms: Sequence[Term], y: tuple[Label | None, Label | None], x: tuple[Label | None, Label | None]) -> Expr:
    """d vec Y / d vec(X)^T: rows are the stacked columns of Y, columns those of X.

    Raises Stuck where it has no closed form.
    """
    row, y_split = _fused(y)
    column, x_split = _fused(x)
    free = [lab for lab in (row, column) if lab is not None]
    splits = (*y_split, *x_split)
    shape = (ONE if row is None else row.size, ONE if column is None else column.size)
    return _sum([_read_term(t, free, splits, row, column) for t in terms], shape)


def _fused(pair: tuple[Label | None, Label | None]) -> tuple[Label | None, tuple[Split, ...]]:
    r, c = pair
    if r is None or c is None:
        return (r if c is None else c), ()
    whole = Label(times(c.size, r.size))
    return whole, ((whole, c, r),)


def _sum(found: list[Expr], shape: Shape) -> Expr:
    return add(*found) if found else zeros(*shape)


def _read_term(term: Term, free: list[Label], splits: tuple[Split, ...], row: Label | None, column: Label | None) -> Expr:
    """The shortest reading over the choices of where factors of equal free labels sit."""
    if not splits:
        return _read_once(settle(term, free), free, row, column)
    failure: Stuck | None = None
    found: list[Expr] = []
    met: list[list[tuple[Label, Label]]] = []
    for order in _orders(free, [part for s in splits for part in s[1:]]):
        try:
            graph = settle(term, order, splits)
            # Where the same of equal labels come first, the reading is the same.
            if term.splits or graph.eyes not in met:
                met.append(graph.eyes)
                found.append(_read_once(graph, order, row, column))
        except Stuck as stuck:
            failure = stuck
    if failure is not None and not found:
        raise failure
    return min(found, key=lambda e: e.weight)


def _orders(free: list[Label], parts: list[Label]) -> Iterable[list[Label]]:
    """Which of two equal free labels factors sit on: the one that comes first."""
    if len(parts) < 4:
        return [[*free, *parts], [*parts, *free]]
    (y, y2), (x, x2) = parts[:2], parts[2:]
    return [[*free, *order] for order in ([y, y2, x, x2], [x, x2, y, y2], [y, x2, y2, x], [y2, x, y, x2])]


def _read_once(graph: Graph, terminals: list[Label], row: Label | None, column: Label | None) -> Expr:
    """One reading; `terminals` are the free labels and the parts of fused ones.

    Raises Stuck where this choice has no closed form.
    """
    parts = [part for s in graph.splits for part in s[1:]]
    wholes = [s[0] for s in graph.splits]
    eliminate(graph, [*terminals, *parts, *wholes, *operator_ends(graph)])
    unstack(graph, (row, column))
    for a, b in graph.eyes:
        graph.attach(eye(a.size), a, b)
    if graph.splits:
        apply_operators(graph, terminals)
        eliminate(graph, [*terminals, *(lab for s in graph.splits for lab in s)])
    if graph.splits:
        fuse(graph)
    if parts:
        eliminate(graph, [lab for lab in (row, column) if lab is not None])
    return _assemble(graph, row, column)


def reduced(term: Term, free: Sequence[Label]) -> Term:
    """The same term with its summed labels eliminated where possible; a term with fused labels stays as it is."""
    if term.splits:
        return term
    spend(STEPS_A_FACTOR * len(term.factors))
    graph = settle(term, free)
    eliminate(graph, free)
    factors: list[tuple[Expr, Label | None, Label | None]] = list(graph.edges.values())
    factors += [(had(*es), lab, None) for lab, es in graph.unary.items() if es]
    return Term((mul(*graph.scalars),) if graph.scalars else (), tuple(factors), tuple(graph.eyes))

"""A term as a graph: labels are vertices, matrices edges, vectors and weights sit on vertices.

`settle` identifies the labels that deltas say are equal, gives each class of equal labels one seat, and keeps at most one
split of a fused label. The value of a term is the sum over every vertex that is not free.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from matcalc.algebra import diagonal_of, had, total, transpose
from matcalc.algebra.node import Expr, ones
from matcalc.index.lower import Label, Term

Split = tuple[Label, Label, Label]


class Stuck(Exception):
    """The term has no closed form with these axes."""


class Graph:
    """A term under reduction. `unary` and `incident` hold only what is there; edges are directed for transposition."""

    def __init__(self) -> None:
        self.scalars: list[Expr] = []
        self.unary: dict[Label, list[Expr]] = {}
        self.edges: dict[int, tuple[Expr, Label, Label]] = {}
        self.incident: dict[Label, list[int]] = {}
        self.splits: list[Split] = []
        self.eyes: list[tuple[Label, Label]] = []
        self._next = 0

    def attach(self, e: Expr, i: Label | None, j: Label | None) -> None:
        """Add the factor e[i, j]; e[i, i] is the diagonal of e, and an axis of length 1 has no label."""
        if i is None and j is None:
            self.scalars.append(e)
        elif i is j and i is not None:
            self.unary.setdefault(i, []).append(diagonal_of(e))
        elif i is None or j is None:
            only = i if i is not None else j
            assert only is not None
            self.unary.setdefault(only, []).append(e if j is None else transpose(e))
        else:
            self.edges[self._next] = (e, i, j)
            self.incident.setdefault(i, []).append(self._next)
            self.incident.setdefault(j, []).append(self._next)
            self._next += 1

    def detach(self, k: int) -> tuple[Expr, Label, Label]:
        """Remove an edge."""
        e, i, j = self.edges.pop(k)
        self.incident[i].remove(k)
        self.incident[j].remove(k)
        return e, i, j

    def towards(self, k: int, end: Label) -> tuple[Expr, Label]:
        """Edge k as a matrix whose columns are `end`, and the label of its rows."""
        e, i, j = self.edges[k]
        return (e, i) if j is end else (transpose(e), j)

    def vector(self, at: Label) -> Expr | None:
        """The vector on a label, removed; None for ones."""
        found = self.unary.pop(at, None)
        return None if not found else had(*found)

    def labels(self) -> list[Label]:
        """Every label that something sits on, in order of appearance."""
        return [*self.unary, *[lab for lab, ks in self.incident.items() if ks and lab not in self.unary]]


# ------------------------------------------------------------------------------------- identifying labels


class _Classes:
    """Union-find over labels."""

    def __init__(self) -> None:
        self.parent: dict[Label, Label] = {}

    def find(self, a: Label) -> Label:
        while a in self.parent:
            a = self.parent[a]
        return a

    def union(self, a: Label, b: Label) -> None:
        parent = self.parent
        while a in parent:
            a = parent[a]
        while b in parent:
            b = parent[b]
        if a is not b:
            parent[b] = a


def settle(term: Term, free: Sequence[Label], splits: Sequence[Split] = ()) -> Graph:
    """The graph of a term with labels identified. Of equal free labels, factors sit on the one listed first.

    Raises Stuck if one fused axis is split in two different ways.
    """
    classes = _Classes()
    for a, b in term.deltas:
        classes.union(a, b)
    kept, live = _settled_splits(classes, term, free, splits) if splits or term.splits else ([], [])
    terminals = dict.fromkeys([*free, *[part for s in live for part in s[1:]]])
    graph = Graph()
    graph.scalars += term.scalars
    seat: dict[Label, Label] = {}
    # Free labels stay apart even where they are equal, as in d diag(x)/dx: an identity joins them.
    roots = {lab: classes.find(lab) for lab in classes.parent}
    for t in terminals:
        first = seat.setdefault(roots.get(t, t), t)
        if first is not t:
            graph.eyes.append((first, t))
    # Where every label that is not its own seat sits.
    at = seat | {lab: seat.get(root, root) for lab, root in roots.items()}
    graph.splits = [(at.get(s[0], s[0]), s[1], s[2]) for s in live]
    for e, i, j in term.factors:
        graph.attach(e, i and at.get(i, i), j and at.get(j, j))
    if term.deltas or kept:
        mentioned = [lab for pair in term.deltas for lab in pair]
        if kept:
            mentioned += [lab for s in kept for lab in s]
            dropped = {s[0] for s in kept if s not in live}
            mentioned = [lab for lab in mentioned if roots.get(lab, lab) not in dropped]
        _count_unused(graph, [at.get(lab, lab) for lab in mentioned], terminals)
    return graph


def _settled_splits(
    classes: _Classes, term: Term, free: Sequence[Label], splits: Sequence[Split]
) -> tuple[list[Split], list[Split]]:
    """One split a fused label, and those of them that count."""
    kept = _settle_splits(classes, (*splits, *_aliased(classes, term.splits, free)), free)
    attached = {classes.find(lab) for _, i, j in term.factors for lab in (i, j) if lab is not None}
    attached |= {classes.find(lab) for lab in free}
    return kept, _live(classes, kept, attached)


def _aliased(classes: _Classes, splits: Iterable[Split], free: Sequence[Label]) -> list[Split]:
    """The splits with a label of their own for a part that is also a free axis: fusing the parts must not lose it."""
    out = []
    for whole, *parts in splits:
        aliases = [Label(part.size) if part in free else part for part in parts]
        for part, alias in zip(parts, aliases, strict=True):
            classes.union(part, alias)
        out.append((whole, aliases[0], aliases[1]))
    return out


def _live(classes: _Classes, splits: list[Split], attached: set[Label]) -> list[Split]:
    """The splits of labels that something sits on, or that are parts of such a label."""
    live: list[Split] = []
    pending = splits
    while True:
        found = [s for s in pending if s[0] in attached]
        if not found:
            return live
        live += found
        pending = [s for s in pending if s not in found]
        attached = {classes.find(part) for s in found for part in s[1:]}


def _settle_splits(classes: _Classes, splits: Iterable[Split], free: Sequence[Label]) -> list[Split]:
    """One split a fused label: the parts of equal labels are equal, and labels with equal parts are, unless both are free."""
    pending = list(splits)
    while True:
        by_whole: dict[Label, Split] = {}
        by_parts: dict[tuple[Label, Label], Label] = {}
        changed = False
        for s in pending:
            root = classes.find(s[0])
            known = by_whole.setdefault(root, (root, s[1], s[2]))
            for mine, theirs in zip(known[1:], s[1:], strict=True):
                if mine.size != theirs.size:
                    raise Stuck("a fused axis is split in two ways")
                if classes.find(mine) is not classes.find(theirs):
                    classes.union(mine, theirs)
                    changed = True
            # In d vec(X)/d vec(X)^T the rows and the columns have equal parts and are two axes still.
            twin = by_parts.setdefault((classes.find(s[1]), classes.find(s[2])), root)
            both_free = {twin, root} <= {classes.find(lab) for lab in free}
            if twin is not root and not both_free:
                classes.union(twin, root)
                changed = True
        if not changed:
            return list(by_whole.values())
        pending = list(by_whole.values())


def _count_unused(graph: Graph, mentioned: Sequence[Label], terminals: Container[Label]) -> None:
    """A summed label that no factor mentions still counts: sum_i 1 = n."""
    for lab in dict.fromkeys(mentioned):
        if not (lab in terminals or lab in graph.unary or lab in graph.incident):
            graph.scalars.append(total(ones(lab.size)))

"""From the index form back to matrices: graph reduction of a term.

Labels are vertices, matrices edges, vectors sit on vertices. A summed vertex with two edges is a matrix product, with
one a matrix-vector product, with none a sum; parallel edges are a Hadamard product, a loop a diagonal. What ends as at
most one edge between the free labels is a matrix. For the vec form the axes of Y and of X are fused first, and the
edges between their parts become Kronecker products: M[a,c] N[b,d] = (M kron N)[(a,b),(c,d)]; weights that meet in the middle
of two such edges become a diagonal between two Kronecker products.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcalc.algebra.functions import fun
from matcalc.algebra.node import Expr, comm, eye, ones, zeros
from matcalc.algebra.products import add, diagonal_of, had, mul, total, transpose
from matcalc.book.sizes import ONE, Shape, times
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
        """Add the factor e[i, j]."""
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
        return list(dict.fromkeys([lab for lab in self.unary if self.unary[lab]] + [lab for lab, ks in self.incident.items() if ks]))


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
        a, b = self.find(a), self.find(b)
        if a is not b:
            self.parent[b] = a


def settle(term: Term, free: Sequence[Label], splits: Sequence[Split] = ()) -> Graph:
    """The graph of a term with labels identified. Of equal free labels, factors sit on the one listed first.

    Raises Stuck if one fused axis is split in two different ways.
    """
    classes = _Classes()
    for a, b in term.deltas:
        classes.union(a, b)
    kept = _settle_splits(classes, (*splits, *_aliased(classes, term.splits, free)), free)
    attached = {classes.find(lab) for _, i, j in term.factors for lab in (i, j) if lab is not None}
    attached |= {classes.find(lab) for lab in free}
    live = _live(classes, kept, attached)
    terminals = list(dict.fromkeys((*free, *(part for s in live for part in s[1:]))))
    graph = Graph()
    seat: dict[Label, Label] = {}
    for t in terminals:
        root = classes.find(t)
        if root in seat:
            graph.eyes.append((seat[root], t))
        else:
            seat[root] = t
    graph.scalars.extend(term.scalars)
    graph.splits = [(_seat(classes, seat, s[0]), s[1], s[2]) for s in live]
    for e, i, j in term.factors:
        graph.attach(e, i and _seat(classes, seat, i), j and _seat(classes, seat, j))
    _count_unused(graph, term, classes, seat, kept, live)
    return graph


def _seat(classes: _Classes, seat: dict[Label, Label], a: Label) -> Label:
    root = classes.find(a)
    return seat.get(root, root)


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
            twin = by_parts.setdefault((classes.find(s[1]), classes.find(s[2])), root)
            both_free = {twin, root} <= {classes.find(lab) for lab in free}
            if twin is not root and not both_free:
                classes.union(twin, root)
                changed = True
        if not changed:
            return list(by_whole.values())
        pending = list(by_whole.values())


def _count_unused(
    graph: Graph, term: Term, classes: _Classes, seat: dict[Label, Label], splits: list[Split], live: list[Split]
) -> None:
    """A summed label that no factor mentions still counts: sum_i 1 = n."""
    mentioned = [lab for pair in term.deltas for lab in pair] + [lab for s in splits for lab in s[1:]]
    mentioned += [s[0] for s in splits]
    dropped = {s[0] for s in splits if s not in live}
    known = {id(lab) for lab in graph.labels()} | {id(t) for t in seat.values()}
    for lab in dict.fromkeys(_seat(classes, seat, m) for m in mentioned):
        if id(lab) not in known and classes.find(lab) not in dropped:
            graph.scalars.append(total(ones(lab.size)))


# ------------------------------------------------------------------------------------------- elimination


def eliminate(graph: Graph, kept: Iterable[Label]) -> None:
    """Sum out every label that is not kept, as far as products of matrices go."""
    protected = set(kept)
    while True:
        pending = [lab for lab in graph.labels() if lab not in protected]
        progress = False
        for limit in (1, 2):
            for lab in pending:
                ks = graph.incident.get(lab, [])
                if len(ks) <= limit and (ks or lab in graph.unary):
                    _sum_out(graph, lab, protected)
                    progress = True
            if progress:
                break
        if not progress and not _merge_parallel(graph):
            return


def _sum_out(graph: Graph, lab: Label, protected: set[Label]) -> None:
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
    if a is b and vector is not None:
        graph.attach(mul(had(first, second), vector), a, None)
        return
    middle = [fun("diag", vector)] if vector is not None else []
    joined = mul(first, *middle, transpose(second))
    if a is b and a not in protected and not graph.incident.get(a) and a not in graph.unary:
        graph.scalars.append(fun("tr", joined))
    else:
        graph.attach(joined, a, b)


def _merge_parallel(graph: Graph) -> bool:
    """Two edges between the same labels become their Hadamard product."""
    seen: dict[frozenset[Label], int] = {}
    for k, (_, i, j) in list(graph.edges.items()):
        other = seen.setdefault(frozenset((i, j)), k)
        if other != k:
            e, a, b = graph.detach(other)
            f, c, _ = graph.detach(k)
            graph.attach(had(e, f if c is a else transpose(f)), a, b)
            return True
    return False


# ------------------------------------------------------------------------------------------- fused labels


class _Fusion:
    """Turns what sits on the parts of fused labels into Kronecker products on the fused labels."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.whole = {part: s for s in graph.splits for part in s[1:]}

    def run(self) -> None:
        """Raises Stuck where parts of one fused label lead to different places."""
        if any(part in {s[0] for s in self.graph.splits} for part in self.whole):
            _Nested(self.graph).run()
            return
        done: set[Label] = set()
        for s in self.graph.splits:
            if s[0] not in done:
                partner = self._partner(s)
                intra = self._intra(s)
                if partner is None:
                    self._vector(s, intra)
                else:
                    if intra is not None:
                        self.graph.attach(fun("vec", intra), s[0], None)
                    self._pair(s, partner)
                    if isinstance(partner, tuple):
                        done.add(partner[0])
                done.add(s[0])
        if any(self.graph.incident.get(part) or self.graph.unary.get(part) for part in self.whole):
            raise Stuck("a part of a fused axis leads elsewhere")
        self.graph.splits = []

    def _partner(self, s: Split) -> Split | Label | None:
        found: list[Split | Label] = []
        for k, (_, i, j) in self.graph.edges.items():
            if k in self.graph.incident.get(s[1], []) or k in self.graph.incident.get(s[2], []):
                other = j if i in s[1:] else i
                if other not in s[1:]:
                    owner: Split | Label = self.whole.get(other, other)
                    if owner not in found:
                        found.append(owner)
        if len(found) > 1:
            raise Stuck("the parts of a fused axis lead to different axes")
        return found[0] if found else None

    def _between(self, a: Label, b: Label) -> Expr | None:
        """The Hadamard product of the edges from a to b, removed."""
        found = []
        for k, (_, i, j) in list(self.graph.edges.items()):
            if {i, j} == {a, b}:
                e, first, _ = self.graph.detach(k)
                found.append(e if first is a else transpose(e))
        return had(*found) if found else None

    def _intra(self, s: Split) -> Expr | None:
        return self._between(s[2], s[1])

    def _vector(self, s: Split, intra: Expr | None) -> None:
        outer, inner = self.graph.vector(s[1]), self.graph.vector(s[2])
        if intra is not None:
            self.graph.attach(fun("vec", _weighted(inner, intra, outer)), s[0], None)
        elif outer is not None or inner is not None:
            self.graph.attach(fun("kron", _column(outer, s[1]), _column(inner, s[2])), s[0], None)

    def _pair(self, s: Split, partner: Split | Label) -> None:
        if isinstance(partner, Label):
            self._with_simple(s, partner)
            return
        within = self._intra(partner)
        if within is not None:
            self.graph.attach(fun("vec", within), partner[0], None)
        (p, p_outer, p_inner), (q, q_outer, q_inner) = s, partner
        straight = (self._between(p_outer, q_outer), self._between(p_inner, q_inner))
        crossed = (self._between(p_outer, q_inner), self._between(p_inner, q_outer))
        weights = {lab: self.graph.vector(lab) for lab in (p_outer, p_inner, q_outer, q_inner)}
        factors = []
        if any(e is not None for e in straight):
            blocks = [
                _block(e, weights[a], weights[b], a, b)
                for e, a, b in zip(straight, (p_outer, p_inner), (q_outer, q_inner), strict=True)
            ]
            factors.append(fun("kron", *blocks))
            weights = dict.fromkeys(weights)
        if any(e is not None for e in crossed):
            blocks = [
                _block(e, weights[a], weights[b], a, b)
                for e, a, b in zip(crossed, (p_outer, p_inner), (q_inner, q_outer), strict=True)
            ]
            factors.append(mul(fun("kron", *blocks), comm(q_inner.size, q_outer.size)))
        self.graph.attach(had(*factors), p, q)

    def _with_simple(self, s: Split, q: Label) -> None:
        outer, inner = self._between(s[1], q), self._between(s[2], q)
        u, v = self.graph.vector(s[1]), self.graph.vector(s[2])
        if outer is not None and inner is not None:
            left = fun("kron", _weighted(u, outer, None), ones(s[2].size))
            right = fun("kron", ones(s[1].size), _weighted(v, inner, None))
            self.graph.attach(had(left, right), s[0], q)
        elif outer is not None:
            self.graph.attach(fun("kron", _weighted(u, outer, None), _column(v, s[2])), s[0], q)
        else:
            assert inner is not None
            self.graph.attach(fun("kron", _column(u, s[1]), _weighted(v, inner, None)), s[0], q)


class _Sandwich:
    """Entrywise weights between two Kronecker products: the Hessian of sum(f(A X B)) by X.

    The sum over r and s of B[j,s] A[r,i] E[r,s] B[k,s] A[r,l], with rows (j,i) and columns (k,l), is
    (B kron A^T) diag(vec(E)) (B^T kron A). Each part of the rows leads to a middle label and on to a part of the columns, and
    the two middle labels meet in the weights. A part that equals one of the columns is its own middle: its block is I.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        (self.row, *self.rows), (self.column, *self.columns) = graph.splits
        self.used: list[int] = []

    def run(self) -> bool:
        """Whether the term was one; the graph is as it was otherwise."""
        paths = [self._path(part) for part in self.rows]
        found = [path for path in paths if path is not None]
        if len(found) < 2 or found[0][0] is found[1][0] or found[0][3] is found[1][3]:
            return False
        (outer, *from_outer, first), (inner, *from_inner, second) = found
        weights = [k for k, (_, i, j) in self.graph.edges.items() if {i, j} == {outer, inner}]
        if not weights or len(self.graph.edges) != len({*self.used, *weights}) or self._other_vectors(outer, inner):
            return False
        facing = [e if i is inner else transpose(e) for e, i, _ in map(self.graph.detach, weights)]
        between = _weighted(self.graph.vector(inner), had(*facing), self.graph.vector(outer))
        left, right = (fun("kron", a, b) for a, b in zip(from_outer, from_inner, strict=True))
        swap = [] if first is self.columns[0] else [comm(first.size, second.size)]
        for k in self.used:
            self.graph.detach(k)
        self.graph.attach(mul(left, fun("diag", fun("vec", between)), right, *swap), self.row, self.column)
        self.graph.splits = []
        return True

    def _path(self, part: Label) -> tuple[Label, Expr, Expr, Label] | None:
        """(middle, matrix to it, matrix from it, part of the columns) from a part of the rows."""
        direct = self._edges(part, self.columns)
        if len(direct) == 1:
            return part, eye(part.size), *self._along(part, direct[0])
        onward = self._edges(part, None)
        if direct or len(onward) != 1:
            return None
        to, middle = self._along(part, onward[0])
        ends = self._edges(middle, self.columns)
        return (middle, to, *self._along(middle, ends[0])) if len(ends) == 1 else None

    def _edges(self, at: Label, to: Sequence[Label] | None) -> list[int]:
        """The edges from a label to some others; to those that are summed over for None."""
        others = {k: self._other_end(k, at) for k in self.graph.incident.get(at, ())}
        free = (*self.rows, *self.columns)
        return [k for k, lab in others.items() if (lab in to if to is not None else lab not in free)]

    def _other_end(self, k: int, at: Label) -> Label:
        _, i, j = self.graph.edges[k]
        return j if i is at else i

    def _along(self, at: Label, k: int) -> tuple[Expr, Label]:
        self.used.append(k)
        e, i, _ = self.graph.edges[k]
        return (e if i is at else transpose(e)), self._other_end(k, at)

    def _other_vectors(self, *middles: Label) -> bool:
        return any(vectors and lab not in middles for lab, vectors in self.graph.unary.items())


class _Nested:
    """Axes fused of more than two parts, as of vec(A kron X): a Kronecker product of blocks between permutations."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.parts = {s[0]: s[1:] for s in graph.splits}
        inner = {part for s in graph.splits for part in s[1:]}
        self.tops = [s[0] for s in graph.splits if s[0] not in inner]

    def run(self) -> None:
        """Raises Stuck unless every part is met by at most one edge."""
        if len(self.tops) > 2 or any(self.graph.incident.get(whole) for whole in self.parts):
            raise Stuck("a fused axis is used whole and in parts")
        leaves = [self._leaves(top) for top in self.tops]
        if len(self.tops) == 1:
            others = [lab for lab in self.graph.labels() if lab not in leaves[0]]
            if len(others) > 1:
                raise Stuck("the parts of a fused axis lead to different axes")
            leaves.append(others)
        blocks = self._blocks(*leaves)
        rows, columns = ([lab for block in blocks for lab in block[k]] for k in (1, 2))
        if {*rows} != {*leaves[0]} or {*columns} != {*leaves[1]}:
            raise Stuck("a part of a fused axis is left over")
        body = fun("kron", *(b[0] for b in blocks)) if len(blocks) > 1 else blocks[0][0]
        whole = mul(*_permuted(rows, leaves[0]), body, *map(transpose, reversed(_permuted(columns, leaves[1]))))
        column = self.tops[1] if len(self.tops) > 1 else next(iter(leaves[1]), None)
        self.graph.splits = []
        self.graph.attach(whole, self.tops[0], column)

    def _leaves(self, lab: Label) -> list[Label]:
        return [leaf for part in self.parts[lab] for leaf in self._leaves(part)] if lab in self.parts else [lab]

    def _blocks(self, rows: list[Label], columns: list[Label]) -> list[tuple[Expr, list[Label], list[Label]]]:
        blocks: list[tuple[Expr, list[Label], list[Label]]] = []
        seen: set[Label] = set()
        for lab in (*rows, *columns):
            if lab in seen:
                continue
            edges = list(self.graph.incident.get(lab, []))
            if len(edges) > 1:
                raise Stuck("a part of a fused axis meets two factors")
            block = self._edge(edges[0], rows) if edges else self._alone(lab, rows)
            seen.update(block[1], block[2])
            blocks.append(block)
        return blocks

    def _alone(self, lab: Label, rows: list[Label]) -> tuple[Expr, list[Label], list[Label]]:
        v = _column(self.graph.vector(lab), lab)
        return (v, [lab], []) if lab in rows else (transpose(v), [], [lab])

    def _edge(self, k: int, rows: list[Label]) -> tuple[Expr, list[Label], list[Label]]:
        e, i, j = self.graph.detach(k)
        if self.graph.incident.get(i) or self.graph.incident.get(j):
            raise Stuck("a part of a fused axis meets two factors")
        e = _weighted(self.graph.vector(i), e, self.graph.vector(j))
        if (i in rows) != (j in rows):
            return (e, [i], [j]) if i in rows else (transpose(e), [j], [i])
        stacked = fun("vec", e)
        return (stacked, [j, i], []) if i in rows else (transpose(stacked), [], [j, i])


def _permuted(have: list[Label], want: list[Label]) -> list[Expr]:
    """Factors that reorder the parts of a fused axis from `have` to `want`, one commutation matrix a swap."""
    have, factors = list(have), list[Expr]()
    for at, lab in enumerate(want):
        while have[at] is not lab:
            k = have.index(lab) - 1
            a, b = have[k], have[k + 1]
            before, after = (eye(times(*(p.size for p in part))) for part in (have[:k], have[k + 2 :]))
            factors.insert(0, fun("kron", before, comm(b.size, a.size), after))
            have[k], have[k + 1] = b, a
    return factors


def _column(v: Expr | None, at: Label) -> Expr:
    return v if v is not None else ones(at.size)


def _weighted(u: Expr | None, m: Expr, v: Expr | None) -> Expr:
    """diag(u) M diag(v)."""
    left = [fun("diag", u)] if u is not None else []
    right = [fun("diag", v)] if v is not None else []
    return mul(*left, m, *right)


def _block(e: Expr | None, u: Expr | None, v: Expr | None, a: Label, b: Label) -> Expr:
    return _weighted(u, e, v) if e is not None else mul(_column(u, a), transpose(_column(v, b)))


# ---------------------------------------------------------------------------------------------- assembly


def _assemble(graph: Graph, row: Label | None, column: Label | None) -> Expr:
    if any(lab is not row and lab is not column for lab in graph.labels()):
        raise Stuck("more axes meet than a matrix product joins")
    while _merge_parallel(graph):
        pass
    left = graph.vector(row) if row is not None else None
    right = graph.vector(column) if column is not None else None
    if row is None or column is None:
        body = _column(left, row) if row is not None else transpose(_column(right, column)) if column is not None else mul()
        return mul(*graph.scalars, body)
    if graph.edges:
        e, i, _ = next(iter(graph.edges.values()))
        return mul(*graph.scalars, _weighted(left, e if i is row else transpose(e), right))
    return mul(*graph.scalars, _column(left, row), transpose(_column(right, column)))


def read_matrix(terms: Sequence[Term], row: Label | None, column: Label | None, shape: Shape) -> Expr:
    """The sum of the terms as a matrix with these rows and columns.

    Raises Stuck where it has no closed form.
    """
    free = [lab for lab in (row, column) if lab is not None]
    return _sum([_read_term(t, free, (), row, column) for t in terms], shape)


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
        return _read_once(term, free, splits, row, column)
    failure: Stuck | None = None
    found: list[Expr] = []
    for order in _orders(free, [part for s in splits for part in s[1:]]):
        try:
            found.append(_read_once(term, order, splits, row, column))
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


def _read_once(term: Term, terminals: list[Label], splits: tuple[Split, ...], row: Label | None, column: Label | None) -> Expr:
    graph = settle(term, terminals, splits)
    parts = [part for s in graph.splits for part in s[1:]]
    wholes = [s[0] for s in graph.splits]
    eliminate(graph, [*terminals, *parts, *wholes])
    for a, b in graph.eyes:
        graph.attach(eye(a.size), a, b)
    if graph.splits:
        if len(graph.splits) != 2 or not _Sandwich(graph).run():
            _Fusion(graph).run()
        eliminate(graph, [lab for lab in (row, column) if lab is not None])
    return _assemble(graph, row, column)


def reduced(term: Term, free: Sequence[Label]) -> Term:
    """The same term with its summed labels eliminated where possible; a term with fused labels stays as it is."""
    if term.splits:
        return term
    graph = settle(term, free)
    eliminate(graph, free)
    factors: list[tuple[Expr, Label | None, Label | None]] = list(graph.edges.values())
    factors += [(had(*es), lab, None) for lab, es in graph.unary.items() if es]
    return Term((mul(*graph.scalars),) if graph.scalars else (), tuple(factors), tuple(graph.eyes))


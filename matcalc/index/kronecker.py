"""Edges between the parts of fused labels as Kronecker products: M[a,c] N[b,d] = (M kron N)[(a,b),(c,d)].

Edges inside one fused label are vec, crossed ones come with a commutation matrix, and weights that meet in the middle of two
such edges become a diagonal between two Kronecker products (Magnus and Neudecker, chapter 3).
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.algebra import fun, had, mul, transpose
from matcalc.algebra.node import Expr, comm, const, eye, ones, split_product
from matcalc.book.sizes import times
from matcalc.index.graph import Graph, Split, Stuck
from matcalc.index.lower import Label


def fuse(graph: Graph) -> None:
    """What sits on the parts of fused labels, moved to the fused labels themselves; no split is left.

    Raises Stuck where it has no closed form.
    """
    if len(graph.splits) == 2 and any(_Sandwich(graph, *order).run() for order in (graph.splits, graph.splits[::-1])):
        return
    wholes, parts = {s[0] for s in graph.splits}, {part for s in graph.splits for part in s[1:]}
    # vec(A kron X) fuses an axis that is itself fused.
    (_Nested(graph) if wholes & parts else _Fusion(graph)).run()


def unstack(graph: Graph, free: Sequence[Label | None]) -> None:
    """vec(A) on a fused label that is no axis of the result, as A between the parts."""
    for s in list(graph.splits):
        whole, outer, inner = s
        vectors = graph.unary.get(whole, [])
        parts = [split_product(v) for v in vectors]
        is_stacked = all(len(mats) == 1 and mats[0].op == "vec" and mats[0].args[0].shape == (inner.size, outer.size) for *_, mats in parts)
        if vectors and is_stacked and whole not in free and not graph.incident.get(whole):
            graph.vector(whole)
            graph.splits.remove(s)
            for c, scalars, (stacked,) in parts:
                graph.attach(const(c), None, None)
                for scalar in scalars:
                    graph.attach(scalar, None, None)
                graph.attach(stacked.args[0], inner, outer)


class _Fusion:
    """Turns what sits on the parts of fused labels into Kronecker products on the fused labels."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.whole = {part: s for s in graph.splits for part in s[1:]}

    def run(self) -> None:
        """Raises Stuck where parts of one fused label lead to different places."""
        done: set[Label] = set()
        for s in self.graph.splits:
            if s[0] in done:
                continue
            partner = self._partner(s)
            intra = self._intra(s)
            if partner is None:
                self._vector(s, intra)
            else:
                # vec(Y) vec(Z)^T .* M: an edge inside Y only scales what leads from Y to X.
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
            self.graph.attach(fun("vec", weighted(inner, intra, outer)), s[0], None)
        elif outer is not None or inner is not None:
            self.graph.attach(fun("kron", ones_unless(outer, s[1]), ones_unless(inner, s[2])), s[0], None)

    def _pair(self, s: Split, partner: Split | Label) -> None:
        """Join what leads from the parts of one fused label to those of another; parallel blocks multiply entry by entry."""
        if isinstance(partner, Label):
            self._with_simple(s, partner)
            return
        within = self._intra(partner)
        if within is not None:
            self.graph.attach(fun("vec", within), partner[0], None)
        (p, p_outer, p_inner), (q, q_outer, q_inner) = s, partner
        weights = {lab: self.graph.vector(lab) for lab in (p_outer, p_inner, q_outer, q_inner)}
        factors = []
        straight = self._blocks((p_outer, q_outer), (p_inner, q_inner), weights=weights)
        if straight is not None:
            factors.append(fun("kron", *straight))
            # Straight and crossed edges on the same four parts: the weights count once.
            weights = dict.fromkeys(weights)
        crossed = self._blocks((p_outer, q_inner), (p_inner, q_outer), weights=weights)
        if crossed is not None:
            factors.append(mul(fun("kron", *crossed), comm(q_inner.size, q_outer.size)))
        self.graph.attach(had(*factors), p, q)

    def _blocks(self, *pairs: tuple[Label, Label], weights: dict[Label, Expr | None]) -> list[Expr] | None:
        """The matrices between pairs of parts, each with the weights of its ends; None where no pair is joined."""
        edges = [self._between(a, b) for a, b in pairs]
        if all(e is None for e in edges):
            return None
        return [_block(e, weights[a], weights[b], a, b) for e, (a, b) in zip(edges, pairs, strict=True)]

    def _with_simple(self, s: Split, q: Label) -> None:
        outer, inner = self._between(s[1], q), self._between(s[2], q)
        u, v = self.graph.vector(s[1]), self.graph.vector(s[2])
        if outer is not None and inner is not None:
            left = fun("kron", weighted(u, outer, None), ones(s[2].size))
            right = fun("kron", ones(s[1].size), weighted(v, inner, None))
            self.graph.attach(had(left, right), s[0], q)
        elif outer is not None:
            self.graph.attach(fun("kron", weighted(u, outer, None), ones_unless(v, s[2])), s[0], q)
        else:
            assert inner is not None
            self.graph.attach(fun("kron", ones_unless(u, s[1]), weighted(v, inner, None)), s[0], q)


class _Sandwich:
    """Entrywise weights between two Kronecker products: the Hessian of sum(f(A X B)) by X.

    The sum over r and s of B[j,s] A[r,i] E[r,s] B[k,s] A[r,l], with rows (j,i) and columns (k,l), is
    (B kron A^T) diag(vec(E)) (B^T kron A). Each part of the rows leads to a middle label and on to a part of the columns, and
    the two middle labels meet in the weights. A part that equals one of the columns is its own middle: its block is I.
    """

    def __init__(self, graph: Graph, rows: Split, columns: Split) -> None:
        self.graph = graph
        (self.row, *self.rows), (self.column, *self.columns) = rows, columns
        self.used: list[int] = []

    def run(self) -> bool:
        """Whether the term was one; the graph is as it was otherwise."""
        paths = [self._path(part) for part in self.rows]
        found = [path for path in paths if path is not None]
        if len(found) < 2 or found[0][0] is found[1][0] or found[0][3] is found[1][3]:
            return False
        (outer, *from_outer, first), (inner, *from_inner, second) = found
        weights = [k for k, (_, i, j) in self.graph.edges.items() if {i, j} == {outer, inner}]
        # What sits on a fused label as a whole, as L(n) in L(n)*vec(A), stays where it is.
        inside = [k for k, (_, i, j) in self.graph.edges.items() if self.row not in (i, j) and self.column not in (i, j)]
        if not weights or len(inside) != len({*self.used, *weights}) or self._other_vectors(outer, inner):
            return False
        facing = [e if i is inner else transpose(e) for e, i, _ in map(self.graph.detach, weights)]
        between = weighted(self.graph.vector(inner), had(*facing), self.graph.vector(outer))
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
        return any(vectors and lab not in (*middles, self.row, self.column) for lab, vectors in self.graph.unary.items())


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
            block = self._edge(edges[0], rows) if edges else self._alone(lab, rows)
            seen.update(block[1], block[2])
            blocks.append(block)
        return blocks

    def _alone(self, lab: Label, rows: list[Label]) -> tuple[Expr, list[Label], list[Label]]:
        v = ones_unless(self.graph.vector(lab), lab)
        return (v, [lab], []) if lab in rows else (transpose(v), [], [lab])

    def _edge(self, k: int, rows: list[Label]) -> tuple[Expr, list[Label], list[Label]]:
        e, i, j = self.graph.detach(k)
        if self.graph.incident.get(i) or self.graph.incident.get(j):
            raise Stuck("a part of a fused axis meets two factors")
        e = weighted(self.graph.vector(i), e, self.graph.vector(j))
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


def ones_unless(v: Expr | None, at: Label) -> Expr:
    """The vector on a label, of ones where nothing sits there."""
    return v if v is not None else ones(at.size)


def weighted(u: Expr | None, m: Expr, v: Expr | None, scalars: Sequence[Expr] = ()) -> Expr:
    """Numbers times diag(u) M diag(v)."""
    left = [fun("diag", u)] if u is not None else []
    right = [fun("diag", v)] if v is not None else []
    return mul(*scalars, *left, m, *right)


def _block(e: Expr | None, u: Expr | None, v: Expr | None, a: Label, b: Label) -> Expr:
    return weighted(u, e, v) if e is not None else mul(ones_unless(u, a), transpose(ones_unless(v, b)))

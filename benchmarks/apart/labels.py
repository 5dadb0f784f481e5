"""The value of an index form: A[i,k]*B[l,j]*delta[i,l] as an array with the axes that were asked for."""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from apart.meanings import Array, Context, number
from apart.reader import ENTRIES
from apart.trees import LEAVES, Node, Value, operate, operate_all, sure, walk


@dataclass
class Labelled:
    """An array whose axes have names."""

    labels: tuple[str, ...]
    array: Array


def value(node: Node, axes: Sequence[str], lengths: Sequence[int], c: Context) -> Array:
    """The array with one axis for each of `axes`."""
    sizes = dict(zip(axes, lengths, strict=True))
    _measure(node, sizes, c)
    found = _Evaluation(sizes, frozenset(axes), c).term(node, frozenset())
    stray = set(found.labels) - set(axes)
    if stray:
        raise ValueError(f"labels that are no axes are left: {sorted(stray)}")
    return np.asarray(np.broadcast_to(_aligned(found, axes), tuple(lengths)))


def _aligned(x: Labelled, labels: Sequence[str]) -> Array:
    order = sorted(range(len(x.labels)), key=lambda k: labels.index(x.labels[k]))
    moved = np.transpose(x.array, order)
    shape = [x.array.shape[x.labels.index(label)] if label in x.labels else 1 for label in labels]
    return moved.reshape(shape)


def _measure(node: Node, sizes: dict[str, int], c: Context, wanted: str | None = None) -> None:
    """The lengths of labels, from the arrays that bear them and from deltas: of one that a sum binds, or of all that no sum does."""
    plain = _Evaluation(sizes, frozenset(), c)
    for n in _visible(node, wanted):
        if n.op == ENTRIES:
            inner = inside(n.args[0], c)
            _measure_places(n.args[0], sizes, plain)
            array = plain.placed(n.args[0], dict.fromkeys(inner, 0))
            for label, length in zip(n.data, _lengths(array, len(n.data)), strict=True):
                if wanted in (None, label) and sizes.setdefault(label, length) != length:
                    raise ValueError(f"{label} has {sizes[label]} values and {length}")
    for n in _visible(node, wanted):
        if n.op == "delta":
            _measure_delta(n, sizes, c, wanted)


def _measure_places(node: Node, sizes: dict[str, int], plain: _Evaluation) -> None:
    """The length of a label that stands as a place in an array: eye(n)[:,k] has n columns."""
    for n in walk(node):
        for axis, at in enumerate(n.data if n.op == "part" else ()):
            if isinstance(at, Node) and at.op == "name" and at.data not in {*plain.c.values, *plain.c.sizes}:
                sizes.setdefault(at.data, plain.plain(n.args[0]).shape[axis])


def _visible(node: Node, wanted: str | None) -> list[Node]:
    """The nodes in which a label means the same: not those of sums over it, nor, where none is wanted, of any sum."""
    out, stack = [], [node]
    while stack:
        n = stack.pop()
        out.append(n)
        stack += [a for a in n.args if a.op != "total" or (wanted is not None and a.data != wanted)]
    return out


def _measure_delta(n: Node, sizes: dict[str, int], c: Context, wanted: str | None) -> None:
    """delta[r,u + m*(t - 1)]: u has m values, and t as many as r divided by m."""
    whole, made = n.args
    if made.op == "name":
        for a, b in ((whole, made), (made, whole)):
            if wanted in (None, a.data) and b.data in sizes:
                sizes.setdefault(a.data, sizes[b.data])
    elif made.op == "add" and not (made.args[1].op == "mul" and made.args[1].args[1].op == "sub"):
        # delta[r,s + n]: s has n values less than r.
        label = made.args[0].data
        if wanted in (None, label) and whole.data in sizes:
            sizes.setdefault(label, sizes[whole.data] - round(sure(operate_all(made.args[1], c)).item()))
    elif made.op == "add":
        inner, (length, less) = made.args[0].data, made.args[1].args
        size = round(sure(operate_all(length, c)).item())
        if wanted in (None, inner):
            sizes.setdefault(inner, size)
        outer = less.args[0].data
        if wanted in (None, outer) and whole.data in sizes:
            sizes.setdefault(outer, sizes[whole.data] // size)


def _lengths(array: Array, count: int) -> tuple[int, ...]:
    """The axes that labels stand for: none for an axis of length 1, where there are fewer labels than axes."""
    if count == 2:
        return array.shape
    if count == 1 and 1 in array.shape:
        return (array.size,)
    raise ValueError(f"{count} labels on an array of {array.shape}")


class _Evaluation:
    def __init__(self, sizes: dict[str, int], axes: frozenset[str], c: Context) -> None:
        self.sizes = sizes
        self.axes = axes
        self.c = c

    def plain(self, node: Node) -> Array:
        """The value of what has no labels."""
        return sure(self.plain_or_identity(node))

    def plain_or_identity(self, node: Node) -> Value:
        if node.op in LEAVES:
            return operate(node, [], self.c)
        key = (node, *(self.c.values[label].item() for label in inside(node, Context({}, self.c.sizes)) if label in self.c.values))
        found: Value | None = self.c.known.get(key)
        if found is None:
            found = self.c.known[key] = operate(node, [self.plain_or_identity(a) for a in node.args], self.c)
            if isinstance(found, np.ndarray) and found.size:
                self.c.largest = max(self.c.largest, float(np.max(np.abs(found))))
        return found

    def placed(self, node: Node, places: dict[str, int]) -> Array:
        """The value of what holds labels as places of columns and rows, for one value of each, from 0."""
        self.c.values |= {label: number(k + 1) for label, k in places.items()}
        found = self.plain(node)
        for label in places:
            del self.c.values[label]
        return found

    def term(self, node: Node, bound: frozenset[str]) -> Labelled:
        """A sum of products: in every product a label that is no axis and stands twice is summed."""
        if node.op in ("add", "sub", "neg"):
            parts = [self.term(a, bound) for a in node.args]
            if node.op == "neg":
                return Labelled(parts[0].labels, -parts[0].array)
            return self.joined(parts, lambda a, b: a + b if node.op == "add" else a - b)
        if node.op in ("mul", "div", "had", "hdiv"):
            return self.product(node, bound)
        return self.factor(node, bound)

    def product(self, node: Node, bound: frozenset[str], summed: frozenset[str] = frozenset()) -> Labelled:
        """A product; its labels in `summed` are summed too, where nothing is divided by."""
        above, below = self.factors(node)
        parts = [self.grouped(n, bound) for n in above]
        counts = collections.Counter(label for part in parts for label in part.labels)
        twice = {label for label, times in counts.items() if times > 1 and label not in self.axes | bound}
        if not below:
            ones = [Labelled((label,), np.ones(self.sizes[label])) for label in sorted(summed - counts.keys())]
            return contracted(parts + ones, twice | summed)
        found = contracted(parts, frozenset())
        for n in below:
            found = self.joined([found, self.grouped(n, bound)], lambda a, b: a / b)
        for label in twice:
            found = self.summed(found, label)
        return found

    def factors(self, node: Node) -> tuple[list[Node], list[Node]]:
        """The factors above and below; a run of factors without labels is one product of matrices."""
        above: list[Node] = []
        below: list[Node] = []
        for op, factor in _chain(node):
            if op in ("div", "hdiv"):
                below.append(factor)
            elif above and not has_labels(factor) and not has_labels(above[-1]):
                above[-1] = Node(op, (above[-1], factor))
            else:
                above.append(factor)
        return above, below

    def grouped(self, node: Node, bound: frozenset[str]) -> Labelled:
        return self.term(node, bound) if node.op in ("add", "sub", "neg") else self.factor(node, bound)

    def factor(self, node: Node, bound: frozenset[str]) -> Labelled:
        if node.op == ENTRIES:
            return self.entries(node, bound)
        if node.op == "delta":
            return self.delta(node)
        if node.op == "total":
            return self.total(node, bound)
        if not has_labels(node):
            array = self.plain(node)
            if array.size != 1:
                raise ValueError(f"an array of {array.shape} without labels")
            return Labelled((), array.reshape(()))
        parts = [self.term(a, bound) for a in node.args]
        return self.by_entry(node, parts)

    def total(self, node: Node, bound: frozenset[str]) -> Labelled:
        """A sum over labels, which mean another thing outside; sums of a product are one contraction, and cost as little as that."""
        labels: list[str] = []
        body = node
        while body.op == "total" and body.data not in labels:
            labels.append(body.data)
            body = body.args[0]
        sizes = {k: v for k, v in self.sizes.items() if k not in labels}
        # The length of a part of a fused label may be told only by that of the whole.
        for label in (*labels, *labels):
            _measure(body, sizes, self.c, label)
        inner = _Evaluation(sizes, self.axes.difference(labels), self.c)
        within = bound.union(labels)
        if body.op in ("mul", "had") and not inner.factors(body)[1]:
            return inner.product(body, within, frozenset(labels))
        found = inner.term(body, within)
        for label in labels:
            found = inner.summed(found, label)
        return found

    def by_entry(self, node: Node, parts: list[Labelled]) -> Labelled:
        """A function or a power of what has labels acts on every entry."""
        if len(parts) == 1:
            flat = operate(node, [parts[0].array.reshape(-1, 1)], self.c)
            return Labelled(parts[0].labels, sure(flat).reshape(parts[0].array.shape))
        labels = _union(parts)
        left, right = np.broadcast_arrays(*[_aligned(p, labels) for p in parts])
        op = "hpow" if node.op == "pow" else node.op
        if op == "hpow" and parts[1].array.size == 1:
            right = parts[1].array
        flat = operate(Node(op), [left.reshape(-1, 1), right.reshape(-1, 1)], self.c)
        return Labelled(labels, sure(flat).reshape(left.shape))

    def entries(self, node: Node, bound: frozenset[str]) -> Labelled:
        labels = list(node.data)
        if inner := inside(node.args[0], self.c):
            return self.of_each(node, inner)
        array = self.plain(node.args[0])
        lengths = _lengths(array, len(node.data))
        found = array.reshape(lengths)
        if len(labels) == 2 and labels[0] == labels[1]:
            diagonal = np.diagonal(found).copy()
            if labels[0] in self.axes or labels[0] in bound:
                return Labelled((labels[0],), diagonal)
            return Labelled((), np.asarray(diagonal.sum()))
        return Labelled(tuple(labels), found)

    def of_each(self, node: Node, inner: list[str]) -> Labelled:
        """The entries of an array that is another for every value of the labels inside."""
        counts = [self.sizes[label] for label in inner]
        arrays = [self.placed(node.args[0], dict(zip(inner, places, strict=True))) for places in np.ndindex(*counts)]
        lengths = _lengths(arrays[0], len(node.data))
        labels = (*inner, *node.data)
        whole = np.array(arrays).reshape(*counts, *lengths)
        once = tuple(dict.fromkeys(labels))
        letters = {label: chr(ord("a") + k) for k, label in enumerate(once)}
        return Labelled(once, np.einsum(f"{''.join(letters[k] for k in labels)}->{''.join(letters.values())}", whole))

    def delta(self, node: Node) -> Labelled:
        labels = tuple(
            dict.fromkeys(
                n.data for a in node.args for n in walk(a) if n.op == "name" and n.data in self.sizes and n.data not in self.c.values
            )
        )
        labels = tuple(label for label in labels if label not in self.c.sizes)
        grids = dict(zip(labels, np.meshgrid(*(np.arange(1, self.sizes[k] + 1) for k in labels), indexing="ij"), strict=True))
        left, right = (self.place(a, grids) for a in node.args)
        return Labelled(labels, (left == right).astype(float))

    def place(self, node: Node, grids: dict[str, Array]) -> Array:
        """The number that a side of a delta is."""
        if node.op == "name" and node.data in grids:
            return grids[node.data]
        if node.op == "name":
            return np.asarray(self.c.sizes[node.data])
        if node.op == "num":
            return np.asarray(int(node.data))
        a = [self.place(x, grids) for x in node.args]
        if node.op == "neg":
            return -a[0]
        return {"add": np.add, "sub": np.subtract, "mul": np.multiply}[node.op](*a)

    def summed(self, x: Labelled, label: str) -> Labelled:
        if label not in x.labels:
            return Labelled(x.labels, x.array * self.sizes[label])
        at = x.labels.index(label)
        return Labelled(x.labels[:at] + x.labels[at + 1 :], x.array.sum(axis=at))

    def joined(self, parts: list[Labelled], operation: Callable[[Array, Array], Array]) -> Labelled:
        labels = _union(parts)
        return Labelled(labels, np.asarray(operation(*np.broadcast_arrays(*[_aligned(p, labels) for p in parts]))))


def contracted(parts: list[Labelled], summed: Set[str]) -> Labelled:
    """The product of arrays, summed over such of its labels."""
    labels = _union(parts)
    letters = {label: chr(ord("a") + k) for k, label in enumerate(labels)}
    left = tuple(label for label in labels if label not in summed)
    terms = ",".join("".join(letters[label] for label in p.labels) for p in parts)
    array = np.einsum(f"{terms}->{''.join(letters[label] for label in left)}", *(p.array for p in parts), optimize="greedy")
    return Labelled(left, np.asarray(array))


def inside(node: Node, c: Context) -> list[str]:
    """The labels that stand as places in an array: eye(n)[:,k]."""
    places = [p for n in walk(node) if n.op == "part" for p in n.data if isinstance(p, Node)]
    return list(dict.fromkeys(n.data for p in places for n in walk(p) if n.op == "name" and n.data not in {*c.values, *c.sizes}))


def has_labels(node: Node) -> bool:
    """Whether any label stands in it."""
    return any(n.op in (ENTRIES, "delta", "total") for n in walk(node))


def _chain(node: Node) -> list[tuple[str, Node]]:
    """The factors of a product, each with the operation before it."""
    if node.op not in ("mul", "div", "had", "hdiv") or not has_labels(node):
        return [("mul", node)]
    last = node.args[1]
    inner = _chain(last) if node.op in ("mul", "had") and has_labels(last) else [(node.op, last)]
    return [*_chain(node.args[0]), *inner]


def _union(parts: list[Labelled]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for p in parts for label in p.labels))

"""Array programs: what an expression is computed by, before it is spelt in a language.

A node is one array operation. Its axes are those of the array that is stored: rows and columns are 1-D, scalars have none,
and an axis of static length 1 is one along which the array is repeated when it meets a full one (broadcasting). Nodes are
built by `Arrays`, which returns the same node for the same operation, so that what is equal is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Final

from matcalc.book.rules import is_entrywise
from matcalc.book.sizes import ONE, Dim, plus
from matcalc.codegen import chains
from matcalc.scalars import S, Scalar

Dims = tuple[Dim, ...]
PLAIN: Final = frozenset({"number", "sum", "product", "power"})
# Operations entry by entry, and those whose transpose is had as cheaply as they are.
POINTWISE: Final = frozenset({"sum", "product", "power", "sqrt", "rule"})
SPARSE: Final = frozenset({"outer", "kron", "commuted_kron", "diag", "eye"})
EITHER: Final = SPARSE | {"matmul"}


class Node:
    """An operation on arrays; compared by identity.

    `python` tells that the value is a Python number rather than an array: a constant made of numbers and sizes. `lying` is how a
    matrix lies in memory: 1 by rows, -1 by columns, 0 where either costs the same.
    """

    __slots__ = ("args", "data", "dims", "lying", "op", "python")

    python: bool

    def __init__(self, op: str, args: tuple[Node, ...], data: Any, dims: Dims) -> None:
        self.op, self.args, self.data, self.dims = op, args, data, dims
        self.python = op in PLAIN and all(a.python for a in args)
        self.lying = self._lies() if self.is_full and op not in EITHER else 0

    def _lies(self) -> int:
        if self.op == "T":
            return -self.args[0].lying
        if self.op not in POINTWISE or self.op == "rule" and not is_entrywise(self.data):
            return 1
        votes = sum(a.lying for a in self.args)
        return (votes > 0) - (votes < 0)

    @property
    def is_full(self) -> bool:
        """Whether it has two axes, neither of them of length 1."""
        return len(self.dims) == 2 and ONE not in self.dims


class Arrays:
    """Builds nodes; every method is one operation, simplified where that costs nothing."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, tuple[Node, ...], Any, Dims], Node] = {}
        self.symmetric: set[Node] = set()
        self.definite: set[Node] = set()
        self._products: dict[tuple[Any, ...], Node] = {}
        self._sums: dict[frozenset[tuple[bool, Node | None]], Node] = {}

    def node(self, op: str, args: tuple[Node, ...] = (), data: Any = None, dims: Dims = ()) -> Node:
        """The one node of this operation."""
        key = (op, args, data, dims)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Node(op, args, data, dims)
        return found

    # -- leaves

    def number(self, value: Scalar) -> Node:
        """A constant."""
        return self.node("number", (), value)

    def eye(self, n: Dim) -> Node:
        """The identity matrix."""
        return self.node("eye", (), n, (n, n))

    def unit(self, i: int, n: Dim) -> Node:
        """The i-th unit vector."""
        return self.index(self.eye(n), f"{i - 1}", (n,))

    # -- views, which cost nothing

    def column(self, a: Node) -> Node:
        """A vector as a matrix that is the same in every column."""
        return self.node("column", (a,), None, (*a.dims, ONE))

    def row(self, a: Node) -> Node:
        """A vector as a matrix that is the same in every row."""
        return self.node("row", (a,), None, (ONE, *a.dims))

    def transpose(self, a: Node) -> Node:
        """The transpose; of a vector or a number itself."""
        if len(a.dims) < 2 or self._is_symmetric(a):
            return a
        if a.op == "T":
            return a.args[0]
        if a.op in TURNED:
            return self.node(TURNED[a.op], a.args[::-1], None, a.dims[::-1])
        if a.op == "broadcast":
            return self.full(self.transpose(a.args[0]), a.dims[::-1])
        if a.op == "diag":
            return a
        if a.op == "product" and sum(f.is_full for f in a.args) < 2:
            return self._folded("product", [self.transpose(f) for f in a.args], a.data)
        if a.op in KRONECKER or a.op == "sum" and all(f.op in KRONECKER for f in a.args):
            return self._transposed_kronecker(a)
        return self.node("T", (a,), None, a.dims[::-1])

    def _transposed_kronecker(self, a: Node) -> Node:
        """The transpose of a Kronecker product, of K(m,n) (A x B), which is K(m,n) (B^T x A^T), or of a sum of such."""
        if a.op == "sum":
            return self._folded("sum", [self.transpose(f) for f in a.args], a.data)
        turned = tuple(self.transpose(f) for f in a.args)
        if a.op == "kron":
            return self.kron(turned[0], turned[1], a.dims[::-1])
        return self.node("commuted_kron", turned[::-1], tuple(f.dims[0] for f in turned), a.dims[::-1])

    def _is_symmetric(self, a: Node) -> bool:
        if a.op == "inverse":
            return self._is_symmetric(a.args[0])
        return a.op == "eye" or a in self.symmetric or a.op == "matmul" and a.args[0] is self._turned(a.args[1])

    def _turned(self, a: Node) -> Node | None:
        return a.args[0] if a.op == "T" else self._nodes.get(("T", (a,), None, a.dims[::-1]))

    def index(self, a: Node, where: str, dims: Dims) -> Node:
        """Some entries, by a subscript."""
        return self.node("index", (a,), where, dims)

    def part(self, a: Node, axis: int, first: Dim, last: Dim, dims: Dims) -> Node:
        """The rows (axis 0) or columns from the first to the last, counted from 1; one alone has no axis."""
        return self.node("part", (a,), (axis, first, last), dims)

    def padded(self, a: Node, axis: int, before: Dim, behind: Dim) -> Node:
        """The array with zeros before and behind it along an axis."""
        dims = list(a.dims)
        parts = [a]
        for count, at in ((before, 0), (behind, 2)):
            if count != 0:
                dims[axis] = plus(dims[axis], count)
                zeros = self.full(self.number(S.Zero), tuple(count if k == axis else d for k, d in enumerate(a.dims)))
                parts.insert(at, zeros)
        if len(dims) == 1:
            return self.node("beside", tuple(parts), None, tuple(dims))
        return self.node("blocks", tuple(parts), (1, len(parts)) if axis else (len(parts), 1), tuple(dims))

    def reshape(self, a: Node, dims: Dims) -> Node:
        """The entries, row by row, in another shape."""
        return a if a.dims == dims else self.node("reshape", (a,), dims, dims)

    def flat(self, a: Node, length: Dim) -> Node:
        """The entries of a matrix row by row, as a vector."""
        return self.node("flat", (a,), None, (length,))

    def vec(self, a: Node, length: Dim) -> Node:
        """The columns, stacked."""
        return self.flat(a.args[0], length) if a.op == "T" else self.node("vec", (a,), None, (length,))

    def full(self, a: Node, dims: Dims) -> Node:
        """The array with nothing left to repeat."""
        return a if a.dims == dims else self.node("broadcast", (a,), dims, dims)

    # -- entry by entry

    def sum(self, terms: Sequence[Node]) -> Node:
        """A sum; the terms that are subtracted come last."""
        signed = [self._unsigned(t) for t in terms]
        signed.sort(key=lambda pair: pair[0])
        signs = tuple(negative for negative, _ in signed)
        return self._pointwise([t for _, t in signed], lambda args: self._summed(args, signs))

    def _summed(self, args: Sequence[Node], signs: tuple[bool, ...]) -> Node:
        """A sum of these; the transpose of one that there is already."""
        turned = frozenset(zip(signs, map(self._other_way, args), strict=True))
        if len(broadcast(args)) == 2 and len(turned) == len(args) and turned in self._sums:
            return self.transpose(self._sums[turned])
        return self._sums.setdefault(frozenset(zip(signs, args, strict=True)), self._folded("sum", args, signs))

    def _other_way(self, a: Node) -> Node | None:
        """The transpose of an array where there is one already."""
        if len(a.dims) < 2:
            return a
        if a.op == "matmul":
            left, right = (self._other_way(f) for f in a.args)
            return self._nodes.get(("matmul", (right, left), None, a.dims[::-1])) if left and right else None
        return self._turned(a)

    def product(self, c: Scalar, above: Sequence[Node], below: Sequence[Node] = ()) -> Node:
        """c times the factors above over those below, entry by entry; scalars go to the smaller part of an outer product."""
        arrays = [f for f in (*above, *below) if f.dims]
        if any(f.op != "broadcast" for f in arrays):
            # Ones beside an array of their shape change nothing, as in the diagonal of ones(n,n)*D.
            above = [f for f in above if not (_is_ones(f) and any(g.dims == f.dims and g.op != "broadcast" for g in arrays))]
        if len(arrays) == 1 and arrays[0].op == "diag" and arrays[0].is_full and arrays[0] in above:
            return self.diagonal_matrix(self.product(c, [f.args[0] if f is arrays[0] else f for f in above], below))
        if len(arrays) == 1 and arrays[0].op in PAIRED and arrays[0] in above:
            return self._scaled_pair(arrays[0], c, [f for f in above if f is not arrays[0]], below)
        if not below and c is S.One and len(above) == 1:
            return above[0]
        cut = len(above)
        return self._pointwise([*above, *below], lambda args: self._scaled(c, args[:cut], args[cut:]))

    def _scaled_pair(self, a: Node, c: Scalar, above: Sequence[Node], below: Sequence[Node]) -> Node:
        """An outer or Kronecker product times numbers, which go to the smaller operand."""
        at = 1 if a.op in KRONECKER and (a.args[0].op == "eye" or a.args[1].op != "eye" and _cells(a.args[1]) < _cells(a.args[0])) else 0
        args = list(a.args)
        args[at] = self.product(c, [*above, args[at]], below)
        return self.node(a.op, tuple(args), a.data, a.dims)

    def _scaled(self, c: Scalar, above: Sequence[Node], below: Sequence[Node]) -> Node:
        numbers = [f for f in above if f.op == "number"]
        for f in numbers:
            c = c * f.data
        above = [f for f in above if f.op != "number"]
        if not below and (not above or c is S.One and len(above) == 1):
            return above[0] if above else self.number(c)
        # One product whatever the order of its factors.
        key = (c, *(tuple(sorted(map(id, part))) for part in (above, below)))
        found = self._products.get(key)
        if found is None:
            found = self._products[key] = self._folded("product", [*above, *below], (c, len(above)))
        return found

    def flattened(self, a: Node) -> tuple[Scalar, Sequence[Node], Sequence[Node]]:
        """(c, above, below) of a product; of anything else itself."""
        if a.op != "product":
            return S.One, (a,), ()
        c, cut = a.data
        return c, a.args[:cut], a.args[cut:]

    def power(self, base: Node, exponent: Node) -> Node:
        """base to a positive number or to a scalar, entry by entry."""
        if exponent.op == "number" and exponent.data is S.One:
            return base
        if exponent.op == "number" and exponent.data == S.Half:
            return self.apply("sqrt", base)
        return self._pointwise([base, exponent], lambda args: self._folded("power", args, None))

    def apply(self, op: str, a: Node, data: Any = None) -> Node:
        """A function of every entry."""
        return self._pointwise([a], lambda args: self.node(op, tuple(args), data, args[0].dims))

    def _folded(self, op: str, args: Sequence[Node], data: Any) -> Node:
        dims = broadcast(args)
        if any(a.op == "broadcast" for a in args):
            bare = [a.args[0] if a.op == "broadcast" else a for a in args]
            args = bare if broadcast(bare) == dims else args
        return self.node(op, tuple(args), data, dims)

    def _pointwise(self, args: Sequence[Node], make: Callable[[Sequence[Node]], Node]) -> Node:
        """An operation on entries, under a view that all its arrays share."""
        views = {a.op for a in args if a.dims}
        if len(views) != 1 or not views <= TURNED.keys() - {"outer"}:
            return self.transpose(make([self.transpose(a) for a in args])) if self._lie_by_columns(args) else make(args)
        (view,) = views
        inside = make([a.args[0] if a.dims else a for a in args])
        return self.column(inside) if view == "column" else self.row(inside)

    def _lie_by_columns(self, args: Sequence[Node]) -> bool:
        """Whether most matrices that meet entry by entry are transposed: then they meet as they lie, and the result is transposed."""
        if sum(a.is_full and a.op not in SPARSE for a in args) < min(2, len(args)):
            return False
        return sum(0 if self._is_symmetric(a) else a.lying for a in args) < 0

    def _unsigned(self, a: Node) -> tuple[bool, Node]:
        """(negative, the node without its leading minus sign)."""
        if a.op == "number" and a.data.is_negative:
            return True, self.number(-a.data)
        if a.op == "product" and a.data[0].could_extract_minus_sign():
            return True, self.product(-a.data[0], *self.flattened(a)[1:])
        signed = a.op in TURNED or a.op == "diag" and a.is_full
        for k, f in enumerate(a.args if a.op in KRONECKER else a.args[:1] if signed else ()):
            negative, plain = self._unsigned(f)
            if negative:
                return True, self.node(a.op, (*a.args[:k], plain, *a.args[k + 1 :]), a.data, a.dims)
        return False, a

    # -- linear algebra

    def matmul(self, a: Node, b: Node) -> Node:
        """A product of full arrays; a row times the transpose of a matrix is the matrix times a column."""
        if len(a.dims) == 1 and (b.op == "T" or len(b.dims) == 2 and self._is_symmetric(b)):
            a, b = b.args[0] if b.op == "T" else b, a
        if len(a.dims) == len(b.dims) == 1 and ("matmul", (b, a), None, ()) in self._nodes:
            a, b = b, a
        return self.node("matmul", (a, b), None, (*a.dims[:-1], *b.dims[1:]))

    def outer(self, u: Node, v: Node) -> Node:
        """u v^T."""
        return self.node("outer", (u, v), None, (*u.dims, *v.dims))

    def total(self, a: Node, axis: int | None = None) -> Node:
        """The sum of all entries, or along an axis."""
        if a.op == "T":
            return self.total(a.args[0], None if axis is None else 1 - axis)
        return self.node("total", (a,), axis, () if axis is None else (a.dims[1 - axis],))

    def trace(self, a: Node) -> Node:
        """The trace."""
        return self.node("trace", (a.args[0] if a.op == "T" else a,))

    def diagonal(self, a: Node) -> Node:
        """The diagonal of a matrix."""
        return self.node("diag", (a.args[0] if a.op == "T" else a,), None, a.dims[:1])

    def diagonal_matrix(self, a: Node) -> Node:
        """The matrix that has a vector on its diagonal."""
        return self.node("diag", (a,), None, a.dims * 2)

    def solve(self, a: Node, b: Node) -> Node:
        """A^-1 b; the data tell whether A is known to be positive definite."""
        return self.node("solve", (a, b), a in self.definite, b.dims)

    def inverse(self, a: Node) -> Node:
        """A^-1, where it is wanted itself, with the same data."""
        return self.transpose(self.inverse(a.args[0])) if a.op == "T" else self.node("inverse", (a,), a in self.definite, a.dims)

    def matrix_power(self, a: Node, exponent: Node) -> Node:
        """A^k for an integer k."""
        if a.op == "T":
            return self.transpose(self.matrix_power(a.args[0], exponent))
        if exponent.op == "number" and exponent.data == 2:
            return self.matmul(a, a)
        return self.node("matrix_power", (a, exponent), None, a.dims)

    def kron(self, a: Node, b: Node, dims: Dims) -> Node:
        """The Kronecker product."""
        return self.node("kron", (a, b), None, dims)

    def swap_blocks(self, a: Node, m: Dim, n: Dim) -> Node:
        """K(m,n) A: the rows of A, which are numbered j*m + i, in the order i*n + j; of Kronecker products written so at once."""
        if len(a.dims) == 1:
            return self.flat(self.transpose(self.reshape(a, (n, m))), a.dims[0])
        if a.op == "sum" and all(_is_numbered(f, m, n) for f in a.args):
            return self._folded("sum", [self.swap_blocks(f, m, n) for f in a.args], a.data)
        if a.op == "kron" and _is_numbered(a, m, n):
            return self.node("commuted_kron", a.args, (m, n), a.dims)
        if a.op == "commuted_kron" and _is_numbered(a, m, n):
            return self.kron(a.args[0], a.args[1], a.dims)
        return self.node("commuted", (a,), (m, n), a.dims)


def _is_numbered(a: Node, m: Dim, n: Dim) -> bool:
    """Whether the rows of a Kronecker product are numbered j*m + i, with i < m the row of one of the factors."""
    return a.op in KRONECKER and [f.dims[0] for f in a.args] == ([n, m] if a.op == "kron" else [m, n])


def _cells(a: Node) -> float:
    return prod(map(chains.size, a.dims))


def _is_ones(a: Node) -> bool:
    return a.op == "broadcast" and a.args[0].op == "number" and a.args[0].data is S.One


KRONECKER: Final = frozenset({"kron", "commuted_kron"})
PAIRED: Final = KRONECKER | {"outer"}
TURNED: Final = {"column": "row", "row": "column", "outer": "outer"}


def broadcast(args: Sequence[Node]) -> Dims:
    """The axes of arrays that meet entry by entry: where one is 1, the other's."""
    rank = max(len(a.dims) for a in args)
    return tuple(next((a.dims[i] for a in args if a.dims and a.dims[i] is not ONE), ONE) for i in range(rank))

"""A chain of matrices as array operations: what each structured factor does to what stands beside it.

diag(u) M scales rows, 1^T M sums columns, A^-1 B is the solution of A X = B, (A ⊗ B) vec is two products (Magnus and Neudecker,
section 2.4: (A ⊗ B) v = A V B^T with the rows of V stacked), K(m,n) permutes rows. What has structure is formed only
where no neighbour can use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sympy import S

from matcalc.codegen import chains
from matcalc.codegen.arrays import Arrays, Node
from matcalc.shape import ONE, Dim, Shape


@dataclass(frozen=True)
class Operand:
    """A factor or a product of some: its shape, its kind, and the arrays that it consists of.

    Those of diag(u) are u, of A^-1 the matrix A, of a Kronecker product both factors, of K(m,n), ones and units none.
    """

    kind: str
    shape: Shape
    nodes: tuple[Node, ...] = ()
    data: tuple[Dim, ...] | int = ()

    def cost(self) -> chains.Factor:
        """What it costs."""
        if self.kind == "kron":
            a, b = ((chains.size(n.dims[0]), chains.size(n.dims[1])) for n in self.nodes)
            return chains.kronecker(a, b)
        return chains.factor(self.kind, chains.size(self.shape[0]), chains.size(self.shape[1]))

    def turned(self, arrays: Arrays) -> Operand:
        """The transpose."""
        data = self.data[::-1] if self.kind == "swap" and isinstance(self.data, tuple) else self.data
        return Operand(self.kind, self.shape[::-1], tuple(arrays.transpose(n) for n in self.nodes), data)


class Products:
    """Multiplies operands."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    def dense(self, a: Operand) -> Node:
        """The operand as one array."""
        return FORMS[a.kind](self, a)

    def multiply(self, a: Operand, b: Operand) -> Operand:
        """The product of two neighbours."""
        shape = (a.shape[0], b.shape[1])
        return Operand("dense", shape, (self._product(a, b),))

    def _product(self, a: Operand, b: Operand) -> Node:
        if a.shape[1] is ONE:
            return self._outer(a, b)
        if self._acts_from_left(a, b):
            return APPLIED[a.kind](self, a, self.dense(b), b.shape[1] is ONE)
        turned = APPLIED[b.kind](self, b.turned(self.arrays), self.arrays.transpose(self.dense(a)), a.shape[0] is ONE)
        return self.arrays.transpose(turned)

    def _acts_from_left(self, a: Operand, b: Operand) -> bool:
        """Whether a acts on b as an array, rather than b on a; ones and units are formed before anything else."""
        if "dense" in (a.kind, b.kind):
            return b.kind == "dense"
        return b.kind in SMALL or a.kind not in SMALL and b.kind not in EAGER

    def _outer(self, a: Operand, b: Operand) -> Node:
        if a.kind == "ones":
            return self.arrays.row(self.dense(b)) if b.kind != "ones" else self.arrays.number(S.One)
        if b.kind == "ones":
            return self.arrays.column(self.dense(a))
        return self.arrays.outer(self.dense(a), self.dense(b))

    # -- a structured factor times an array

    def _dense(self, a: Operand, b: Node, is_column: bool) -> Node:
        return self.arrays.matmul(a.nodes[0], b)

    def _diag(self, a: Operand, b: Node, is_column: bool) -> Node:
        u = a.nodes[0]
        return self.arrays.product(S.One, [u if is_column else self.arrays.column(u), b])

    def _inverse(self, a: Operand, b: Node, is_column: bool) -> Node:
        return self.arrays.solve(a.nodes[0], b)

    def _swap(self, a: Operand, b: Node, is_column: bool) -> Node:
        assert isinstance(a.data, tuple)
        return self.arrays.swap_blocks(b, *a.data)

    def _ones(self, a: Operand, b: Node, is_column: bool) -> Node:
        return self.arrays.total(b, None if is_column else 0)

    def _unit(self, a: Operand, b: Node, is_column: bool) -> Node:
        assert isinstance(a.data, int)
        if b.op == "T":
            return self.arrays.index(b.args[0], f":, {a.data - 1}", b.dims[1:])
        return self.arrays.index(b, f"{a.data - 1}", b.dims[1:])

    def _kron(self, a: Operand, b: Node, is_column: bool) -> Node:
        if not is_column:
            return self.arrays.matmul(self.dense(a), b)
        left, right = a.nodes
        rows = self.arrays.reshape(b, (left.dims[1], right.dims[1]))
        return self.arrays.flat(self._times(self._times(left, rows), self.arrays.transpose(right)), a.shape[0])

    def _times(self, a: Node, b: Node) -> Node:
        return b if a.op == "eye" else a if b.op == "eye" else self.arrays.matmul(a, b)

    # -- a structured factor by itself

    def _formed_kron(self, a: Operand) -> Node:
        return self.arrays.kron(a.nodes[0], a.nodes[1], a.shape)

    def _formed_ones(self, a: Operand) -> Node:
        return self.arrays.full(self.arrays.number(S.One), (a.shape[0] if a.shape[1] is ONE else a.shape[1],))

    def _formed_unit(self, a: Operand) -> Node:
        assert isinstance(a.data, int)
        return self.arrays.unit(a.data, a.shape[0] if a.shape[1] is ONE else a.shape[1])

    def _formed_swap(self, a: Operand) -> Node:
        return self._swap(a, self.arrays.eye(a.shape[0]), False)


FORMS: Final[dict[str, Callable[[Products, Operand], Node]]] = {
    "dense": lambda self, a: a.nodes[0],
    "diag": lambda self, a: self.arrays.diagonal_matrix(a.nodes[0]),
    "inverse": lambda self, a: self.arrays.inverse(a.nodes[0]),
    "kron": Products._formed_kron,
    "ones": Products._formed_ones,
    "unit": Products._formed_unit,
    "swap": Products._formed_swap,
}
APPLIED: Final[dict[str, Callable[[Products, Operand, Node, bool], Node]]] = {
    "dense": Products._dense,
    "diag": Products._diag,
    "inverse": Products._inverse,
    "kron": Products._kron,
    "ones": Products._ones,
    "unit": Products._unit,
    "swap": Products._swap,
}
SMALL: Final = frozenset({"ones", "unit"})
EAGER: Final = frozenset({"diag", "swap"})

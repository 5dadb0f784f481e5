"""A chain of matrices as array operations: what each structured factor does to what stands beside it.

diag(u) M scales rows, 1^T M sums columns, A^-1 B is the solution of A X = B, (A ⊗ B) vec is two products (Magnus and Neudecker,
section 2.4: (A ⊗ B) v = A V B^T with the rows of V stacked), K(m,n) permutes rows. What has structure is formed only
where no neighbour can use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from matcalc.book.sizes import ONE, Dim, Shape, axes, minus
from matcalc.codegen import chains
from matcalc.codegen.arrays import Arrays, Node
from matcalc.records import dataclass
from matcalc.scalars import S, Scalar


@dataclass(frozen=True)
class Operand:
    """A factor or a product of some: its shape, its kind, and the arrays that it consists of.

    Those of diag(u) are u, of A^-1 the matrix A, of a Kronecker product both factors, of K(m,n), ones, units and columns of the
    identity none.
    A sum has its terms in place of arrays.
    """

    kind: str
    shape: Shape
    nodes: tuple[Node, ...] = ()
    data: tuple[Dim, ...] | int = ()
    terms: tuple[Term, ...] = ()

    def cost(self) -> chains.Factor:
        """What it costs."""
        if self.kind == "sum":
            return chains.addition(*self._sides(), [[f.cost() for f in t.factors] for t in self.terms])
        if self.kind == "kron":
            return chains.kronecker(*map(sides, self.nodes))
        return chains.factor(self.kind, *self._sides())

    def _sides(self) -> tuple[float, float]:
        return chains.size(self.shape[0]), chains.size(self.shape[1])

    def turned(self, arrays: Arrays) -> Operand:
        """The transpose."""
        data = self.data[::-1] if self.kind == "swap" and isinstance(self.data, tuple) else self.data
        terms = tuple(t._replace(factors=tuple(f.turned(arrays) for f in reversed(t.factors))) for t in self.terms)
        return Operand(self.kind, self.shape[::-1], tuple(arrays.transpose(n) for n in self.nodes), data, terms)


class Term(NamedTuple):
    """A term of a sum: a constant and scalars, above and below, times factors; without factors a multiple of the identity."""

    c: Scalar
    above: tuple[Node, ...]
    below: tuple[Node, ...]
    factors: tuple[Operand, ...]


class Products:
    """Multiplies operands."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    def dense(self, a: Operand) -> Node:
        """The operand as one array, nothing left to repeat."""
        return self.arrays.full(self.loose(a), axes(a.shape))

    def loose(self, a: Operand) -> Node:
        """The operand as one array, perhaps with axes along which it is repeated."""
        return FORMS[a.kind](self, a)

    def chain(self, operands: Sequence[Operand]) -> Operand:
        """The product of operands with the cheapest brackets."""
        plan = chains.brackets([f.cost() for f in operands])
        return self.run(plan, operands, lambda a, b, start, end: self.multiply(a, b))

    def run(
        self, plan: chains.Plan, operands: Sequence[Operand], multiply: Callable[[Operand, Operand, int, int], Operand]
    ) -> Operand:
        """The product by a plan, where `multiply` is also told which stretch of the chain its operands cover."""
        stack: list[tuple[Operand, int, int]] = []
        for step in plan:
            if step != chains.MULTIPLY:
                stack.append((operands[step], step, step + 1))
            else:
                (b, _, end), (a, start, _) = stack.pop(), stack.pop()
                stack.append((multiply(a, b, start, end), start, end))
        return stack[0][0]

    def multiply(self, a: Operand, b: Operand) -> Operand:
        """The product of two neighbours."""
        shape = (a.shape[0], b.shape[1])
        return Operand("dense", shape, (self._product(a, b),))

    def _product(self, a: Operand, b: Operand) -> Node:
        if a.shape[1] is ONE:
            return self._outer(a, b)
        if "sum" in (a.kind, b.kind):
            return self._distributed(a, b)
        if a.kind == b.kind == "ones":
            return self.arrays.number(a.shape[1])
        if self._acts_from_left(a, b):
            return APPLIED[a.kind](self, a, self.dense(b), b.shape[1] is ONE)
        turned = APPLIED[b.kind](self, b.turned(self.arrays), self.arrays.transpose(self.dense(a)), a.shape[0] is ONE)
        return self.arrays.transpose(turned)

    def _repeated(self, a: Operand) -> Node:
        return self.arrays.number(S.One) if a.kind == "ones" else self.loose(a)

    def _distributed(self, a: Operand, b: Operand) -> Node:
        """A product with a sum: term by term where that is cheaper than forming the sum."""
        spread = chains.spreads(a.cost(), b.cost())
        if a.kind == "sum" and spread:
            return self.arrays.sum([self._term(t, self.loose(self.chain([*t.factors, b]))) for t in a.terms])
        if spread:
            return self.arrays.sum([self._term(t, self.loose(self.chain([a, *t.factors]))) for t in b.terms])
        return self._product(*(Operand("dense", f.shape, (self.dense(f),)) if f.kind == "sum" else f for f in (a, b)))

    def _acts_from_left(self, a: Operand, b: Operand) -> bool:
        """Whether a acts on b as an array, rather than b on a; ones and units are formed before anything else."""
        if "dense" in (a.kind, b.kind):
            return b.kind == "dense"
        if {a.kind, b.kind} == {"columns", "diag"}:
            return a.kind == "columns"
        return b.kind in SMALL or a.kind not in SMALL and b.kind not in EAGER

    def _outer(self, a: Operand, b: Operand) -> Node:
        if a.shape[0] is ONE or b.shape[1] is ONE:
            return self.arrays.product(S.One, [self._repeated(f) for f in (a, b)])
        if a.kind == "ones":
            return self.arrays.row(self.dense(b)) if b.kind != "ones" else self.arrays.number(S.One)
        if b.kind == "ones":
            return self.arrays.column(self.dense(a))
        return self.arrays.outer(self.dense(a), self.dense(b))

    # -- a structured factor times an array

    def _dense(self, a: Operand, b: Node, is_column: bool) -> Node:
        return self.arrays.matmul(self.dense(a), b)

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

    def _columns(self, a: Operand, b: Node, is_column: bool) -> Node:
        assert isinstance(a.data, tuple)
        first, last, n = a.data
        if a.shape[1] != n:
            return self._in_place(b, (first - 1, minus(n, last)))
        if b.op == "T":
            return self.arrays.transpose(self.arrays.part(b.args[0], 1, first, last, (*b.dims[1:], *axes((a.shape[0], ONE)))))
        return self.arrays.part(b, 0, first, last, (*axes((a.shape[0], ONE)), *b.dims[1:]))

    def _in_place(self, b: Node, around: tuple[Dim, Dim]) -> Node:
        """An array with so many rows of zeros before and behind it."""
        if b.op == "T":
            return self.arrays.transpose(self.arrays.padded(b.args[0], 1, *around))
        return self.arrays.padded(b, 0, *around)

    def _kron(self, a: Operand, b: Node, is_column: bool) -> Node:
        if not is_column:
            return self.arrays.matmul(self.dense(a), b)
        left, right = a.nodes
        rows, turned = self.arrays.reshape(b, (left.dims[1], right.dims[1])), self.arrays.transpose(right)
        from_left, from_right = chains.both_orders(sides(left), sides(right))
        if from_right < from_left:
            return self.arrays.flat(self._times(left, self._times(rows, turned)), a.shape[0])
        return self.arrays.flat(self._times(self._times(left, rows), turned), a.shape[0])

    def _times(self, a: Node, b: Node) -> Node:
        return b if a.op == "eye" else a if b.op == "eye" else self.arrays.matmul(a, b)

    def _term(self, t: Term, body: Node) -> Node:
        return self.arrays.product(t.c, [*t.above, body], t.below)

    # -- a structured factor by itself

    def _formed_sum(self, a: Operand) -> Node:
        eye = self.arrays.eye(a.shape[0])
        return self.arrays.sum([self._term(t, self.loose(self.chain(t.factors)) if t.factors else eye) for t in a.terms])

    def _formed_kron(self, a: Operand) -> Node:
        return self.arrays.kron(a.nodes[0], a.nodes[1], a.shape)

    def _formed_ones(self, a: Operand) -> Node:
        return self.arrays.full(self.arrays.number(S.One), (a.shape[0] if a.shape[1] is ONE else a.shape[1],))

    def _formed_unit(self, a: Operand) -> Node:
        assert isinstance(a.data, int)
        return self.arrays.unit(a.data, a.shape[0] if a.shape[1] is ONE else a.shape[1])

    def _formed_columns(self, a: Operand) -> Node:
        assert isinstance(a.data, tuple)
        first, last, n = a.data
        count = a.shape[0] if a.shape[1] == n else a.shape[1]
        made = self.arrays.part(self.arrays.eye(n), 1, first, last, (n, *axes((count, ONE))))
        return self.arrays.transpose(made) if a.shape[1] == n else made

    def _formed_swap(self, a: Operand) -> Node:
        return self._swap(a, self.arrays.eye(a.shape[0]), False)


def sides(a: Node) -> tuple[float, float]:
    """The lengths of the axes of a matrix."""
    return chains.size(a.dims[0]), chains.size(a.dims[1])


FORMS: Final[dict[str, Callable[[Products, Operand], Node]]] = {
    "dense": lambda self, a: a.nodes[0],
    "diag": lambda self, a: self.arrays.diagonal_matrix(a.nodes[0]),
    "inverse": lambda self, a: self.arrays.inverse(a.nodes[0]),
    "kron": Products._formed_kron,
    "ones": Products._formed_ones,
    "unit": Products._formed_unit,
    "columns": Products._formed_columns,
    "swap": Products._formed_swap,
    "sum": Products._formed_sum,
}
APPLIED: Final[dict[str, Callable[[Products, Operand, Node, bool], Node]]] = {
    "dense": Products._dense,
    "diag": Products._diag,
    "inverse": Products._inverse,
    "kron": Products._kron,
    "ones": Products._ones,
    "unit": Products._unit,
    "columns": Products._columns,
    "swap": Products._swap,
}
SMALL: Final = frozenset({"ones", "unit", "columns"})
EAGER: Final = frozenset({"diag", "swap"})

"""What is known of an array program only when it is whole: who uses what, and how often.

A product of matrices that is used as its transpose alone beside other arrays is multiplied in that order, (A B)^T = B^T A^T; a minus
before a difference that nothing else uses turns it around; what is solved with a positive definite matrix shares its Cholesky factor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from matcalc.algebra.walk import in_order
from matcalc.codegen.arrays import POINTWISE, Dims, Node
from matcalc.codegen.complex_arrays import complex_values
from matcalc.scalars import S, Scalar

# Operations that are linear in each operand.
LINEAR: Final = frozenset({"T", "matmul", "column", "row", "outer"})
DEFINITE: Final = {"solve": "definite_solve", "inverse": "definite_inverse"}


def finished(roots: Sequence[Node], by_cholesky: bool = False) -> dict[Node, Node]:
    """What stands for each node of the program with these roots; `by_cholesky` tells whether definite matrices are factored so."""
    return _Finishing(roots, by_cholesky).made


class _Finishing:
    def __init__(self, roots: Sequence[Node], by_cholesky: bool) -> None:
        self._by_cholesky = by_cholesky
        self._factors: dict[Node, Node] = {}
        self._nodes = in_order(roots)
        self._complex = complex_values(self._nodes)
        self._uses = Counter(roots)
        self._users: dict[Node, list[Node]] = {}
        for n in self._nodes:
            self._uses.update(n.args)
            for a in n.args:
                self._users.setdefault(a, []).append(n)
        self._turned = {n for n in self._nodes if self._is_turned(n, roots)}
        self._transposes: dict[Node, Node] = {n.args[0]: n for n in self._nodes if n.op == "T"}
        self.made: dict[Node, Node] = {}
        for n in self._nodes:
            self.made[n] = self._of(n)

    def _is_turned(self, n: Node, roots: Sequence[Node]) -> bool:
        """Whether it is a product of matrices of which only the transpose is used, entry by entry."""
        users = self._users.get(n, ())
        if n.op != "matmul" or not n.is_full or n in roots or any(u.op != "T" for u in users):
            return False
        return any(v.op in POINTWISE for u in users for v in self._users.get(u, ()))

    def _of(self, n: Node) -> Node:
        args = tuple(self.made[a] for a in n.args)
        if n.op == "T" and n.args[0] in self._turned:
            a, b = args[0].args
            return Node("matmul", (self._transposed(b), self._transposed(a)), None, n.dims)
        if n.op == "product":
            return self._product(n)
        if n.op == "sum":
            return self._sum(n, args)
        if n.op == "definite_rule":
            return Node("factored_rule", (self._factor(args[0]),), n.data, ()) if self._by_cholesky else Node("rule", args, n.data, ())
        if n.op in DEFINITE and n.data and self._by_cholesky and n not in self._complex:
            return Node(DEFINITE[n.op], (self._factor(args[0]), *args[1:]), None, n.dims)
        return n if args == n.args else Node(n.op, args, n.data, n.dims)

    def _sum(self, n: Node, args: tuple[Node, ...]) -> Node:
        """A sum in which the opposite of a difference is added in its place, where that was subtracted."""
        found = [self._opposite(a) if negative else None for a, negative in zip(n.args, n.data, strict=True)]
        terms = [(negative and f is None, f or a) for f, a, negative in zip(found, args, n.data, strict=True)]
        if any(found):
            terms.sort(key=lambda pair: pair[0])
        same = all(a is b for (_, a), b in zip(terms, n.args, strict=True))
        return n if same else Node("sum", tuple(t for _, t in terms), tuple(negative for negative, _ in terms), n.dims)

    def _factor(self, a: Node) -> Node:
        """The Cholesky factor of a positive definite matrix, one for all that is solved with it."""
        return self._factors.setdefault(a, Node("cholesky", (a,), None, a.dims))

    def _transposed(self, a: Node) -> Node:
        if a.op == "T":
            return a.args[0]
        if is_square(a):
            return a
        found = self._transposes.get(a)
        if found is None or found.args[0] is not a:
            found = self._transposes[a] = Node("T", (a,), None, a.dims[::-1])
        return found

    def _product(self, n: Node) -> Node:
        """A product with the factors of those in it that nothing else uses; a negative multiple of a difference is one of the opposite."""
        c, above, below = self._merged(n)
        args, cut = [self.made[a] for a in (*above, *below)], len(above)
        if c.could_extract_minus_sign():
            for k in range(cut):
                turned = self._opposite(above[k])
                if turned is not None:
                    return self._rescaled(-c, [*args[:k], turned, *args[k + 1 :]], cut, n.dims)
        same = (c, cut) == n.data and all(a is b for a, b in zip(args, n.args, strict=False))
        return n if same and len(args) == len(n.args) else Node("product", tuple(args), (c, cut), n.dims)

    def _merged(self, n: Node) -> tuple[Scalar, list[Node], list[Node]]:
        """(c, above, below) of a product, one inside it taken apart."""
        c, cut = n.data
        above, below = list(n.args[:cut]), list(n.args[cut:])
        inner = next((a for a in above if a.op == "product" and self._uses[a] == 1 and a.dims == n.dims), None)
        if inner is None:
            return c, above, below
        at = above.index(inner)
        more, over, under = self._merged(inner)
        return c * more, [*above[:at], *over, *above[at + 1 :]], [*below, *under]

    def _opposite(self, a: Node) -> Node | None:
        """The opposite of an array that nothing else uses, where a difference in it is turned around; else None."""
        if self._uses[a] > 1:
            return None
        made = self.made[a]
        if a.op == "sum" and any(a.data):
            return opposite(made)
        for k, f in enumerate(a.args if a.op in LINEAR and made.op == a.op else ()):
            turned = self._opposite(f)
            if turned is not None:
                return Node(a.op, (*made.args[:k], turned, *made.args[k + 1 :]), a.data, a.dims)
        return None

    def _rescaled(self, c: Scalar, args: Sequence[Node], cut: int, dims: Dims) -> Node:
        if c is S.One and len(args) == 1:
            return args[0]
        return Node("product", tuple(args), (c, cut), dims)


def is_square(a: Node) -> bool:
    """Whether it is a matrix times its own transpose."""
    if a.op != "matmul" or not a.is_full:
        return False
    left, right = a.args
    return left.op == "T" and left.args[0] is right or right.op == "T" and right.args[0] is left


def opposite(a: Node) -> Node:
    """The sum of the opposite terms, what is subtracted last."""
    signed = sorted(((not negative, t) for t, negative in zip(a.args, a.data, strict=True)), key=lambda pair: pair[0])
    return Node("sum", tuple(t for _, t in signed), tuple(negative for negative, _ in signed), a.dims)

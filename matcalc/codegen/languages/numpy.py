"""NumPy, whose arrays can be written into: diagonals are added where they stand, and what is zero elsewhere is written into zeros."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from matcalc.codegen.arrays import KRONECKER, Node, broadcast
from matcalc.codegen.code import SIGN, Code, added
from matcalc.codegen.emitting import Emitter
from matcalc.codegen.languages.python import Python
from matcalc.scalars import S

# What makes a new array, which nothing else holds.
FRESH: Final = frozenset({"outer", "matmul", "product", "sum", "kron", "commuted_kron"})
# What may be written with statements, and has its name already.
WRITTEN: Final = frozenset({"sum", "kron", "commuted_kron"})
DIAGONALS: Final = '''
def _diagonals(M, n, axes):
    """The diagonals of M that hold A where M is kron(A, eye(n)), axes "ikjk", or kron(eye(n), A), "kikj", or a commutation of these."""
    sizes = {"i": M.shape[0]//n, "j": M.shape[1]//n, "k": n}
    return np.einsum(axes + "->kij", M.reshape([sizes[axis] for axis in axes]))
'''
# The axes of a Kronecker product with an identity as its first or second operand: i, j those of the other one, k that of the identity.
AXES: Final = {("kron", 0): "kikj", ("kron", 1): "ikjk", ("commuted_kron", 0): "ikkj", ("commuted_kron", 1): "kijk"}


class Numpy(Emitter):
    """Spells operations in NumPy."""

    def _counted(self, roots: Sequence[Node]) -> Counter[Node]:
        uses = super()._counted(roots)
        placed = Counter(n.args[i] for n in self.nodes if n.op == "sum" for i in self._placed(n))
        found = {a for a, count in placed.items() if count == uses[a]}
        for n in self.nodes:
            # An identity that is written on diagonals has no array.
            if n in found or n.op in KRONECKER:
                uses.subtract(a for a in n.args if a.op == "eye")
        self._in_place = found | {a for a, count in placed.items() if count == uses[a]}
        uses.subtract({a: placed[a] for a in self._in_place if a.op == "eye"})
        return uses

    def _write(self, nodes: Sequence[Node]) -> None:
        super()._write([n for n in nodes if n not in self._in_place and (n.op != "eye" or self._uses[n] > 0)])

    def _placed(self, n: Node) -> list[int]:
        """The terms of a sum that are added to diagonals of an array that the others make, or of zeros."""
        placed = [i for i, a in enumerate(n.args) if _is_on_diagonals(a)]
        others = [a for i, a in enumerate(n.args) if i not in placed]
        if not others:
            return placed if any(a.op in KRONECKER for a in n.args) else []
        # An array of real numbers holds no complex ones.
        fits = n not in self.complex or not self.complex.isdisjoint(others)
        return placed if fits and broadcast(others) == n.dims and (len(others) > 1 or others[0].op in FRESH) else []

    def _sum(self, n: Node) -> Code:
        placed = [i for i in self._placed(n) if n.args[i] in self._in_place]
        if not placed:
            return self._difference(n) if len(n.args) == 2 and n.is_full and n.data == (False, True) else super()._sum(n)
        others = [i for i in range(len(n.args)) if i not in placed]
        made = self.named(self._rest(n, others), self.labels.get(n, "")) if others else self._zeros(n)
        single = [i for i in placed if n.args[i].op not in KRONECKER]
        if single:
            u = added([self._on_diagonal(n.args[i]) for i in single], [n.data[i] for i in single])
            sign, u = ("-=", Code(u.text[1:])) if len(single) == 1 and n.data[single[0]] else ("+=", u)
            self.lines.append(f"{made.text}[np.diag_indices_from({made.text})] {sign} {u.text}")
        for i in placed:
            if i not in single:
                self._place(made, n.args[i], "-=" if n.data[i] else "+=")
        return made

    def _difference(self, n: Node) -> Code:
        """a - b; where b alone is a new array, the difference is written into it: another one takes longer to make than to fill."""
        a, b = n.args
        if self._is_new(a) or not self._is_new(b) or b.dims != n.dims or (n in self.complex) is not (b in self.complex):
            return super()._sum(n)
        if b.op == "outer":
            return added([self._repeated(a), self._negative_outer(b)], [False, False])
        if b.op == "product" and b.data[0] is not S.One:
            return added([self._negative(b), self._repeated(a)], [False, False])
        made = self.named(self._codes[b], self.labels.get(n, ""))
        self.lines.append(f"np.subtract({self._repeated(a).text}, {made.text}, out={made.text})")
        return made

    def _is_new(self, a: Node) -> bool:
        """Whether the code of a node makes an array that nothing else reads."""
        return a.op in FRESH and self._uses[a] == 1 and not self._codes[a].text.isidentifier()

    def _stored(self, n: Node, code: Code) -> Code:
        return code if n.op in WRITTEN and code.text.isidentifier() else super()._stored(n, code)

    def _negative_outer(self, a: Node) -> Code:
        u, v = a.args
        return Code(f"np.outer({self._negative(u).text}, {self._codes[v].text})")

    def _rest(self, n: Node, others: Sequence[int]) -> Code:
        """The terms that are no diagonals; one that is subtracted alone is made negative by its first operand."""
        if len(others) == 1 and n.data[others[0]] and n.args[others[0]].op == "outer":
            return self._negative_outer(n.args[others[0]])
        made = added([self._repeated(n.args[i]) for i in others], [n.data[i] for i in others])
        if made.text.isidentifier() and self._uses[n.args[others[0]]] > 1:
            # Other lines read it too.
            return Code(f"{made.text}.copy()")
        blocks = any(a.op in KRONECKER for a in n.args)
        return Code(f"np.ascontiguousarray({made.text})") if blocks and n.args[others[0]].op not in KRONECKER else made

    def _negative(self, a: Node) -> Code:
        if a.op != "product" or self._codes[a].text.isidentifier():
            return Code(f"-{self._codes[a].at(SIGN)}", SIGN)
        return self._product(Node("product", a.args, (-a.data[0], a.data[1]), a.dims))

    def _zeros(self, n: Node) -> Code:
        dtype = ", dtype=complex" if n in self.complex else ""
        return self.named(Code(f"np.zeros({self._sizes(n.dims)}{dtype})"), self.labels.get(n, ""))

    def _place(self, made: Code, a: Node, sign: str) -> None:
        """The statement that adds to the diagonals of an array those of a Kronecker product, or writes them into zeros."""
        at = [f.op for f in a.args].index("eye")
        self.helpers[DIAGONALS] = None
        size, code = self._size(a.args[at].dims[0]), self._codes[a.args[1 - at]].text
        self.lines.append(f'_diagonals({made.text}, {size}, "{AXES[a.op, at]}")[:] {sign} {code}')

    def _on_diagonal(self, a: Node) -> Code:
        """What stands on the diagonal of diag(u) or of a multiple of the identity."""
        if a.op == "diag":
            return self._codes[a.args[0]]
        if a.op == "eye":
            return Code("1")
        c, cut = a.data
        return self._product(Node("product", tuple(f for f in a.args if f.op != "eye"), (c, cut - 1), ()))

    def _kron(self, n: Node) -> Code:
        return self._alone(n) if _is_on_diagonals(n) else super()._kron(n)

    def _commuted_kron(self, n: Node) -> Code:
        return self._alone(n) if _is_on_diagonals(n) else super()._commuted_kron(n)

    def _alone(self, n: Node) -> Code:
        """A Kronecker product with an identity: zeros, into which the other operand is written."""
        made = self._zeros(n)
        self._place(made, n, "=")
        return made


def _is_on_diagonals(a: Node) -> bool:
    """Whether an array is zero but on some diagonals: diag(u), a multiple of the identity, a Kronecker product with an identity."""
    if a.op == "product":
        return [f.op for f in a.args[: a.data[1]] if f.dims] == ["eye"] and not any(f.dims for f in a.args[a.data[1] :])
    return a.op == "eye" or a.op == "diag" and a.is_full or a.op in KRONECKER and sum(f.op == "eye" for f in a.args) == 1


class NumpyPython(Python):
    """Functions of NumPy."""

    emitter = Numpy


NUMPY: Final = NumpyPython()

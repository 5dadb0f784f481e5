"""JAX, where it is spelled in another way than NumPy and PyTorch."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from matcalc.codegen.arrays import KRONECKER, Node, broadcast
from matcalc.codegen.code import ATOM, Code, added
from matcalc.codegen.emitting import Emitter
from matcalc.codegen.languages.python import Python


class Jax(Emitter):
    """Spells operations in JAX."""

    @cached_property
    def _factors(self) -> frozenset[Node]:
        """The factors of Kronecker products."""
        return frozenset(a for n in self.nodes if n.op in KRONECKER for a in n.args)

    def _sum(self, n: Node) -> Code:
        """A sum; where it is a factor of a Kronecker product, what is added to its diagonal is written into it.

        XLA computes a sum with diag(u) anew for each entry of the product, which takes three times as long as the product itself; what is
        written into an array is computed once.
        """
        on_diagonal = [i for i, a in enumerate(n.args) if a.op == "diag" and a.is_full and not self._codes[a].text.isidentifier()]
        others = [i for i in range(len(n.args)) if i not in on_diagonal]
        if n not in self._factors or not on_diagonal or not self._hold(n, [n.args[i] for i in others]):
            return super()._sum(n)
        made = added([self._repeated(n.args[i]) for i in others], [n.data[i] for i in others])
        u = added([self._codes[n.args[i].args[0]] for i in on_diagonal], [n.data[i] for i in on_diagonal])
        return Code(f"{made.at(ATOM)}.at[jnp.diag_indices({self._size(n.dims[0])})].add({u.text})")

    def _hold(self, n: Node, others: list[Node]) -> bool:
        """Whether terms make an array of the size and kind of their sum: one of real numbers holds no complex ones."""
        fits = n not in self.complex or not self.complex.isdisjoint(others)
        return bool(others) and fits and broadcast(others) == n.dims


class JaxPython(Python):
    """Functions of JAX."""

    emitter = Jax


JAX: Final = JaxPython()

"""The classes of an expression: a node, what a variable is, what is known of an unknown function."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final, NamedTuple

from matcalc.book.sizes import ONE, Dim, Shape, times
from matcalc.errors import NotDifferentiable
from matcalc.memory import remembered
from matcalc.records import dataclass

try:
    # hashlib loads OpenSSL, which takes as long as a derivation; the standard library's `random` does the same.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b


class Symbol(NamedTuple):
    """A variable: its name, how many axes it was declared with, what is known of it."""

    name: str
    ndim: int
    properties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unknown:
    """A function of which only the kind is known; `order` counts the derivatives taken of it.

    kind is `elementwise`, `scalar` (array to number), `array` (array to an array of rows x columns) or `curve` (number to such an
    array). With N entries in the argument y: the gradient of a scalar one has the shape of y, its Hessian is N x N; the Jacobian of
    an array one is d vec f(y) / d vec(y)^T; each higher derivative is the Jacobian of the one before.
    """

    name: str
    kind: str
    order: int = 0
    rows: Dim = ONE
    columns: Dim = ONE

    def derived(self) -> Unknown:
        """The derivative.

        Raises NotDifferentiable for the third of a function of arrays.
        """
        if self.kind in PREFIXES and self.order == HIGHEST_OF_ARRAYS:
            raise NotDifferentiable(f"the third derivative of the unknown function {self.name} has no name", hint=f"define {self.name}")
        return replace(self, order=self.order + 1)

    @property
    def base(self) -> Unknown:
        """The function itself."""
        return replace(self, order=0)

    @property
    def primes(self) -> int:
        """How many primes are written behind the name."""
        return self.order if self.kind in ("elementwise", "curve") else 0

    @property
    def prefix(self) -> str:
        """What is written before the name for a derivative without primes: grad_, hess_, D_, D2_."""
        return PREFIXES[self.kind][self.order] if self.kind in PREFIXES else ""

    def shape(self, argument: Shape) -> Shape:
        """The shape of the value at an argument of this shape."""
        if self.kind == "elementwise" or self.kind == "scalar" and self.order == 1:
            return argument
        if self.order == 0 or self.kind == "curve":
            return self.rows, self.columns
        entries = times(*argument)
        return times(self.rows, self.columns, *[entries] * (self.order - 1)), entries


# The names of the derivatives of functions of arrays, by the kind of the function; higher ones have none.
PREFIXES: Final = {"scalar": ("", "grad_", "hess_"), "array": ("", "D_", "D2_")}
HIGHEST_OF_ARRAYS: Final = 2


class Expr:
    """A node; see the module's description. Never constructed directly."""

    __slots__ = (
        "__weakref__", "_digest", "_order", "_transposed", "args", "data", "depth", "has_blocks", "has_complex", "has_increment",
        "held", "is_scalar", "is_wrapped", "known", "op", "operations", "shape", "weight",
    )  # fmt: skip

    op: str
    operations: frozenset[str]
    depth: int
    args: tuple[Expr, ...]
    data: Any
    shape: Shape
    weight: int
    has_blocks: bool
    has_complex: bool
    has_increment: bool
    held: int
    is_scalar: bool
    is_wrapped: bool
    known: frozenset[str] | None
    _transposed: Expr | None
    _order: str | None
    _digest: int | None

    @property
    def sort_key(self) -> tuple[str, int, int]:
        """Sorts by how the expression reads, A before A^T, then by a digest of its structure: the same in every process."""
        return (self.order, self.weight, self.digest)

    @property
    def order(self) -> str:
        """A prefix of how the node reads; transposes count last so that A sorts next to A^T."""
        if self._order is None:
            _fill(self, "_order", _reading)
        assert self._order is not None
        return self._order

    @property
    def digest(self) -> int:
        """A digest of the structure."""
        if self._digest is None:
            _fill(self, "_digest", _digested)
        assert self._digest is not None
        return self._digest

    def __lt__(self, other: object) -> bool:
        raise TypeError("matrix expressions have no order; compare sort_key")

    def __bool__(self) -> bool:
        raise TypeError("a matrix expression is neither true nor false; compare with `is`")

    def __iter__(self) -> Any:
        raise TypeError("a matrix expression cannot be iterated over; see args")

    def __repr__(self) -> str:
        from_data = "" if self.data is None else f"[{self.data}]"
        if self.op == "sym":
            return str(self.data.name)
        return f"{self.op}{from_data}({', '.join(map(repr, self.args))})"


def is_before(a: Expr, b: Expr) -> bool:
    """Whether a is to be written rather than b: the shorter, or of two as short the one that reads first."""
    return a.weight < b.weight or a.weight == b.weight and a.sort_key < b.sort_key


def first_of(a: Expr, b: Expr) -> Expr:
    """The one of two expressions that is to be written."""
    return b if is_before(b, a) else a


def in_reading_order(exprs: Collection[Expr]) -> list[Expr]:
    """Expressions by their sort keys; few are alike in how they read and in weight, and only these need a digest."""
    if len(exprs) < 2:
        return list(exprs)
    keys = {e: (e.order, e.weight) for e in exprs}
    apart = len(set(keys.values())) == len(keys)
    return sorted(exprs, key=keys.__getitem__ if apart else attrgetter("sort_key"))


def _fill(e: Expr, slot: str, found: Callable[[Expr], Any]) -> None:
    """Work out something of a node and of what it is made of, operands first: many nodes are never sorted."""
    pending = [e]
    while pending:
        n = pending[-1]
        if missing := [a for a in n.args if getattr(a, slot) is None]:
            pending += missing
        else:
            setattr(pending.pop(), slot, found(n))


def _digested(n: Expr) -> int:
    told = f"{n.op}|{_told(n.data)}|{_told(n.shape[0])}|{_told(n.shape[1])}|{','.join([str(a._digest) for a in n.args])}"
    return int.from_bytes(blake2b(told.encode(), digest_size=8).digest(), "big")


@remembered(4096)
def _told(data: Any) -> str:
    return str(data)


def _reading(n: Expr) -> str:
    op, args = n.op, n.args
    if op == "sym":
        return str(n.data.name)
    if op == "const":
        return ""
    if not args:
        return ("!" if op in ("eye", "ones") else "~") + op
    inner = "".join([a.order + ("," if a.args else "") for a in args[:6]])[:48]
    if op in ("mul", "add", "inner", "T", "conj", "had", "pow", "epow"):
        return inner
    return f"~{op}({inner}"[:56]

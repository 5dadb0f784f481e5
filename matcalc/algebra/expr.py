"""The classes of an expression: a node, what a variable is, what is known of an unknown function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matcalc.book.sizes import ONE, Dim, Shape


@dataclass(frozen=True)
class Symbol:
    """A variable: its name, how many axes it was declared with, what is known of it."""

    name: str
    ndim: int
    properties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unknown:
    """A function of which only the kind is known; `order` counts the derivatives taken of an elementwise one.

    kind is `elementwise`, `scalar` (array to scalar), `gradient` (of a scalar one, in the shape of its argument),
    `vector` (vector to vector of length `rows`) or `jacobian` (of a vector one, rows x argument).
    """

    name: str
    kind: str
    order: int = 0
    rows: Dim = ONE


class Expr:
    """A node; see the module's description. Never constructed directly."""

    __slots__ = (
        "__weakref__", "_transposed", "args", "data", "digest", "has_increment", "is_wrapped", "known", "op", "order", "shape", "weight",
    )  # fmt: skip

    op: str
    args: tuple[Expr, ...]
    data: Any
    shape: Shape
    order: str
    digest: int
    weight: int
    has_increment: bool
    is_wrapped: bool
    known: frozenset[str] | None
    _transposed: Expr | None

    @property
    def is_scalar(self) -> bool:
        return self.shape[0] is ONE and self.shape[1] is ONE

    @property
    def sort_key(self) -> tuple[str, int, int]:
        """Sorts by how the expression reads, A before A^T, then by a digest of its structure: the same in every process."""
        return (self.order, self.weight, self.digest)

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

"""The constructors by name: how the modules of the room call one another without importing one another.

Sums, products, powers, transposes and reductions are built from one another. A module imports the constructors that are
defined below it and asks `build` for those above; the package connects them, whichever of its modules is imported first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from matcalc.algebra.node import Expr


class Constructors:
    """The operations of the algebra, each in normal form."""

    __slots__ = (
        "add", "block", "conjugate", "diag", "diagonal_of", "entry", "epow", "fun", "gathered", "had", "imag", "inner", "kron", "mul",
        "power", "real", "total", "trace", "transpose",
    )  # fmt: skip

    add: Callable[..., Expr]
    block: Callable[[Sequence[Sequence[Expr]]], Expr]
    conjugate: Callable[[Expr], Expr]
    diag: Callable[[Expr], Expr]
    diagonal_of: Callable[[Expr], Expr]
    entry: Callable[[Expr, int, int], Expr]
    epow: Callable[[Expr, Expr | int], Expr]
    fun: Callable[..., Expr]
    gathered: Callable[[Sequence[Expr]], Sequence[Expr]]
    had: Callable[..., Expr]
    imag: Callable[[Expr], Expr]
    inner: Callable[[Sequence[Expr]], Expr]
    kron: Callable[..., Expr]
    mul: Callable[..., Expr]
    power: Callable[[Expr, Expr | int], Expr]
    real: Callable[[Expr], Expr]
    total: Callable[[Expr], Expr]
    trace: Callable[[Expr], Expr]
    transpose: Callable[[Expr], Expr]

    def connect(self, *constructors: Callable[..., object]) -> None:
        """Each constructor under its own name."""
        for constructor in constructors:
            setattr(self, constructor.__name__, constructor)


build: Final = Constructors()

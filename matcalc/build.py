"""Expressions in Python: variables, constants, and every function of the rule book by its name.

    from matcalc import derive, matrix, vector
    from matcalc.build import tr

    X, A = matrix("X", "m", "n"), matrix("A", "n", "m")
    derive(tr(A @ X), wrt=X)

The operators and functions of NumPy work on expressions; `matcalc.objects.expression` says what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from matcalc.algebra.node import Unknown
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE
from matcalc.errors import UsageError
from matcalc.objects.expression import Expression, called, constant_array, inverse, power, square_rooted, unknown_call, variable
from matcalc.objects.indices import size
from matcalc.objects.numpy import norm
from matcalc.reading.declarations import FunctionDeclaration, read_declarations

__all__ = [
    "Expression", "commutation", "duplication", "elimination", "eye", "function", "inv", "matrix", "matrix_power", "norm", "ones", "scalar",
    "sqrt", "vector", "zeros",
]  # fmt: skip

inv = inverse
matrix_power = power
sqrt = square_rooted


def scalar(name: str, *, positive: bool = False, integer: bool = False) -> Expression:
    """A scalar variable."""
    return variable(name, (), _known(positive=positive, integer=integer))


def vector(name: str, size: str | int, **properties: bool) -> Expression:
    """A column vector with `size` entries, a name or a number; its properties are positive, constant, ..."""
    return variable(name, (size,), _known(**properties))


def matrix(name: str, rows: str | int, columns: str | int, **properties: bool) -> Expression:
    """A matrix; its properties are symmetric, spd, diagonal, orthogonal, invertible, ..."""
    return variable(name, (rows, columns), _known(**properties))


def _known(**properties: bool) -> list[str]:
    return [name for name, holds in properties.items() if holds]


def function(
    name: str, kind: str = "elementwise", length: str | int | tuple[str | int, str | int] | None = None
) -> Callable[[object], Expression]:
    """A function of which only the kind is known: "elementwise", or "vector -> scalar", "scalar -> matrix" and so on.

    A vector-valued one needs the length of its value, a matrix-valued one its rows and columns.
    """
    (d,) = read_declarations({name: kind if "->" in kind else kind.strip()}, None).values()
    if not isinstance(d, FunctionDeclaration):
        raise UsageError(f"{kind!r} is no kind of function", hint="it is 'elementwise', 'vector -> scalar' or 'vector -> vector'")
    if d.kind in ("elementwise", "scalar") and length is not None:
        raise UsageError(f"the value of {name} has no length of its own", hint="leave it out")
    if (isinstance(length, tuple), length is None) != (d.kind == "matrix", d.kind in ("elementwise", "scalar")):
        raise UsageError(f"the size of {name}'s value is missing: its length, or its rows and columns")
    if length is None:
        return partial(unknown_call, Unknown(d.name, d.kind), _spelled(d))
    rows, columns = map(size, length) if isinstance(length, tuple) else (size(length), ONE)
    return partial(unknown_call, Unknown(d.name, "curve" if d.argument == "scalar" else "array", 0, rows, columns), _spelled(d))


def _spelled(d: FunctionDeclaration) -> str:
    return "elementwise" if d.kind == "elementwise" else f"{d.argument} -> {d.kind}"


def eye(n: str | int) -> Expression:
    """The identity matrix."""
    return constant_array("eye", size(n))


def ones(m: str | int, n: str | int = 1) -> Expression:
    """A column or matrix of ones."""
    return constant_array("ones", size(m), size(n)) if n != 1 else constant_array("ones", size(m))


def zeros(m: str | int, n: str | int = 1) -> Expression:
    """A column or matrix of zeros."""
    return constant_array("zeros", size(m), size(n)) if n != 1 else constant_array("zeros", size(m))


def commutation(m: str | int, n: str | int) -> Expression:
    """The commutation matrix: K vec(A) = vec(A^T) for A of m x n."""
    return constant_array("comm", size(m), size(n))


def duplication(n: str | int) -> Expression:
    """The duplication matrix: D vech(S) = vec(S) for symmetric S of n x n."""
    return constant_array("dup", size(n))


def elimination(n: str | int) -> Expression:
    """The elimination matrix: L vec(A) = vech(A) for A of n x n."""
    return constant_array("elim", size(n))


def __getattr__(name: str) -> Callable[..., Expression]:
    """A function of the rule book."""
    if rulebook.find(name) is None:
        raise AttributeError(f"the rule book has no function {name!r}", name=name, obj=None)
    return partial(called, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *rulebook.names()})

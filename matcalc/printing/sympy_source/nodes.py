"""Matrix expressions that SymPy lacks, and the numeric value of one that holds them.

    Vec(A)                      the columns of A, stacked
    Commutation(m, n)           K with K*Vec(A) = Vec(A.T) for A of m x n
    Duplication(n), Elimination(n)             D and L with D*vech(S) = Vec(S) and L*Vec(A) = vech(A) for S, A of n x n
    PseudoInverse(A)            the Moore-Penrose inverse
    MatrixFunction(name, A)     expm, logm or sqrtm of a square matrix
    FunctionOfArrays(name, rows, columns, A, ...)     a function of the rule book for which SymPy has nothing, such as expm_frechet
    ValueOfUnknown(name, A, rows, columns)            an unknown function whose value is an array

`doit` and `as_explicit` give the entries once they are known. SymPy's own `doit` leaves some products with OneMatrix, powers of
entries and diagonals as they are; `explicit` puts numbers in and evaluates everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, Final

import mpmath
import sympy
from sympy.core.symbol import Str
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.matrixbase import MatrixBase

from matcalc.errors import UsageError

Node = Any
_NUMERIC: Final[dict[str, Callable[[Any], Any]]] = {"expm": mpmath.expm, "logm": mpmath.logm, "sqrtm": mpmath.sqrtm}


class _OfMatrix(sympy.MatrixExpr):  # type: ignore[misc]
    """A function of a matrix that has entries once the matrix has."""

    @property
    def arg(self) -> Node:
        return self.args[-1]

    def of(self, matrix: Node) -> Node:
        """The value at a matrix of known entries."""
        raise NotImplementedError

    def doit(self, **hints: Any) -> Node:
        arg = self.arg.doit(**hints) if hints.get("deep", True) else self.arg
        if isinstance(arg, MatrixBase):
            return self.of(arg)
        return self.func(*self.args[:-1], arg)

    def as_explicit(self) -> Node:
        return self.of(self.arg if isinstance(self.arg, MatrixBase) else self.arg.as_explicit())

    def _entry(self, i: Node, j: Node, **hints: Any) -> Node:
        return sympy.matrices.expressions.matexpr.MatrixElement(self, i, j)


class Vec(_OfMatrix):
    """The columns of a matrix, stacked."""

    @property
    def shape(self) -> tuple[Node, Node]:
        rows, columns = self.arg.shape
        return rows * columns, sympy.S.One

    def of(self, matrix: Node) -> Node:
        return sympy.ImmutableMatrix(matrix).vec()

    def _entry(self, i: Node, j: Node, **hints: Any) -> Node:
        rows = self.arg.shape[0]
        return self.arg[sympy.Mod(i, rows), sympy.floor(i / rows)]


class Commutation(sympy.MatrixExpr):  # type: ignore[misc]
    """The commutation matrix of m x n matrices."""

    def __new__(cls, m: Node, n: Node) -> Commutation:
        made: Commutation = super().__new__(cls, sympy.sympify(m, strict=True), sympy.sympify(n, strict=True))
        return made

    @property
    def shape(self) -> tuple[Node, Node]:
        side = self.args[0] * self.args[1]
        return side, side

    def _entry(self, i: Node, j: Node, **hints: Any) -> Node:
        m, n = self.args
        return sympy.KroneckerDelta(sympy.floor(i / n) + m * sympy.Mod(i, n), j)

    def _eval_transpose(self) -> Node:
        return Commutation(*reversed(self.args))

    def _eval_inverse(self) -> Node:
        return Commutation(*reversed(self.args))

    def doit(self, **hints: Any) -> Node:
        return self.as_explicit() if all(d.is_Integer for d in self.args) else self


class Elimination(sympy.MatrixExpr):  # type: ignore[misc]
    """The elimination matrix of n x n matrices, whose rows pick the entries on and below the diagonal, column by column."""

    def __new__(cls, n: Node) -> Elimination:
        made: Elimination = super().__new__(cls, sympy.sympify(n, strict=True))
        return made

    @property
    def shape(self) -> tuple[Node, Node]:
        n = self.args[0]
        return n * (n + 1) / 2, n**2

    def _entry(self, i: Node, j: Node, **hints: Any) -> Node:
        return sympy.matrices.expressions.matexpr.MatrixElement(self, i, j)

    def as_explicit(self) -> Node:
        n = int(self.args[0])
        return sympy.ImmutableMatrix([_picked(n, column * n + row) for column in range(n) for row in range(column, n)])

    def doit(self, **hints: Any) -> Node:
        return self.as_explicit() if self.args[0].is_Integer else self


class Duplication(Elimination):
    """The duplication matrix of symmetric n x n matrices."""

    @property
    def shape(self) -> tuple[Node, Node]:
        n = self.args[0]
        return n**2, n * (n + 1) / 2

    def as_explicit(self) -> Node:
        n = int(self.args[0])
        return sympy.ImmutableMatrix([_picked(n, column * n + row, row * n + column) for column in range(n) for row in range(column, n)]).T


def _picked(n: int, *places: int) -> list[int]:
    return [int(k in places) for k in range(n * n)]


class PseudoInverse(_OfMatrix):
    """The Moore-Penrose inverse."""

    @property
    def shape(self) -> tuple[Node, Node]:
        rows, columns = self.arg.shape
        return columns, rows

    def of(self, matrix: Node) -> Node:
        return sympy.ImmutableMatrix(matrix).pinv()


class MatrixFunction(_OfMatrix):
    """The exponential (expm), logarithm (logm) or square root (sqrtm) of a square matrix."""

    def __new__(cls, name: str | Node, matrix: Node) -> MatrixFunction:
        label = str(name)
        if label not in _NUMERIC:
            raise UsageError(f"{label} is not one of {', '.join(_NUMERIC)}")
        made: MatrixFunction = super().__new__(cls, Str(label), matrix)
        return made

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def shape(self) -> tuple[Node, Node]:
        found: tuple[Node, Node] = self.arg.shape
        return found

    def of(self, matrix: Node) -> Node:
        if all(entry.is_number for entry in matrix):
            found = _NUMERIC[self.name](mpmath.matrix(matrix.tolist()))
            return sympy.ImmutableMatrix(matrix.rows, matrix.cols, [sympy.sympify(_real(c), strict=True) for c in found])
        return {"expm": lambda: matrix.exp(), "logm": lambda: matrix.log(), "sqrtm": lambda: matrix**sympy.S.Half}[self.name]()


def _real(value: Any) -> Any:
    """A number without an imaginary part that is rounding."""
    return value.real if abs(mpmath.im(value)) < mpmath.mpf(10) ** -10 else value


class _Named(sympy.MatrixExpr):  # type: ignore[misc]
    """A function that is told by its name alone, its first argument."""

    @property
    def name(self) -> str:
        return str(self.args[0])

    def _entry(self, i: Node, j: Node, **hints: Any) -> Node:
        return sympy.matrices.expressions.matexpr.MatrixElement(self, i, j)


class FunctionOfArrays(_Named):
    """A function of the rule book, by its name and the shape of its value."""

    def __new__(cls, name: str | Node, rows: Node, columns: Node, *arguments: Node) -> FunctionOfArrays:
        given = (sympy.sympify(a, strict=True) for a in (rows, columns, *arguments))
        made: FunctionOfArrays = super().__new__(cls, Str(str(name)), *given)
        return made

    @property
    def shape(self) -> tuple[Node, Node]:
        rows, columns = self.args[1:3]
        return rows, columns

    @property
    def arguments(self) -> tuple[Node, ...]:
        """What it is applied to."""
        return tuple(self.args[3:])


class ValueOfUnknown(_Named):
    """An unknown function of an array, the value of which is an array."""

    def __new__(cls, name: str | Node, argument: Node, rows: Node, columns: Node) -> ValueOfUnknown:
        sizes = (sympy.sympify(d, strict=True) for d in (rows, columns))
        made: ValueOfUnknown = super().__new__(cls, Str(str(name)), argument, *sizes)
        return made

    @property
    def shape(self) -> tuple[Node, Node]:
        rows, columns = self.args[2:]
        return rows, columns


# --------------------------------------------------------------------------------------------------- values


def explicit(expression: Node, values: Mapping[Node, Any]) -> Node:
    """An expression with numbers or explicit matrices in place of symbols, evaluated; sizes are read off the matrices.

    Raises UsageError where a matrix does not fit its symbol, or a size is still open.
    """
    known: dict[Node, Node] = {}
    for symbol, value in values.items():
        if isinstance(symbol, sympy.MatrixSymbol):
            known[symbol] = _fitting(symbol, value)
            known |= {d: sympy.Integer(k) for d, k in zip(symbol.shape, known[symbol].shape, strict=True) if d.is_Symbol}
        else:
            known[symbol] = sympy.sympify(value, strict=True)
    return _value(expression, known)


def _fitting(symbol: Node, value: Any) -> Node:
    matrix = sympy.ImmutableMatrix(value)
    if any(d.is_Integer and d != k for d, k in zip(symbol.shape, matrix.shape, strict=True)):
        raise UsageError(f"{symbol} is {symbol.shape[0]} x {symbol.shape[1]}, and its value {matrix.rows} x {matrix.cols}")
    return matrix


def _value(node: Node, known: Mapping[Node, Node]) -> Node:
    if isinstance(node, sympy.MatrixBase):
        return sympy.ImmutableMatrix(node.rows, node.cols, [_value(entry, known) for entry in node])
    if node in known:
        return known[node]
    if isinstance(node, sympy.Sum):
        return _sum(node, known)
    if isinstance(node, DiagonalOf):
        return _value(node.arg, known).diagonal().T
    if isinstance(node, DiagonalMatrix):
        return sympy.diag(*_value(node.arg, known).diagonal())
    if isinstance(node, ElementwiseApplyFunction):
        body = node.function
        return _value(node.expr, known).applyfunc(lambda entry: _value(body(entry), known))
    if isinstance(node, sympy.MatrixSymbol):
        raise UsageError(f"{node} has no value")
    if not node.args:
        return node
    return _done(node.func(*(_value(a, known) for a in node.args)), node)


def _done(made: Node, node: Node) -> Node:
    """What a node of known parts is, as an explicit matrix or a number."""
    if isinstance(made, sympy.MatrixExpr):
        if not all(getattr(d, "is_Integer", True) for d in made.shape):
            raise UsageError(f"the size of {node} is open", hint="give its sizes values too")
        return made.as_explicit()
    return made.doit() if isinstance(made, (sympy.Trace, sympy.Determinant, DotProduct)) else made


def _sum(node: Node, known: Mapping[Node, Node]) -> Node:
    """A finite sum, term by term."""
    ranges = [(i, range(int(_value(low, known)), int(_value(high, known)) + 1)) for i, low, high in node.limits]
    terms = product(*(steps for _, steps in ranges))
    letters = [i for i, _ in ranges]
    return sympy.Add(*(_value(node.function, {**known, **dict(zip(letters, map(sympy.Integer, at), strict=True))}) for at in terms))

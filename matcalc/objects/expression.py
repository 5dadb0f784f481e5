"""Expressions that are built in Python, and how they are written in the plain notation.

An `Expression` is an immutable interned node that knows its shape; equal expressions are identical. It means what its plain
notation means: a derivative of it is the derivative of that text, read like any other, with every variable declared. An
operation whose shapes disagree is refused at once, by the same rules as in a text.

Columns have the shape n x 1. The operators are NumPy's: `@` is the matrix product (a column on its left is transposed, where
the right side is no row), `*`, `/` and `**` act entry by entry, a scalar scales and is added to every entry, and indices
count from 0.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NoReturn
from weakref import WeakValueDictionary

import numpy as np

from matcalc.algebra.node import Unknown
from matcalc.book.sizes import ONE, SCALAR, Dim, Shape, plus, show, times, triangular
from matcalc.errors import MatcalcError, ShapeError, UnknownFunction, UsageError
from matcalc.objects.indices import close, count, is_truth, position, size_text
from matcalc.objects.writing import Node, write
from matcalc.reading.alone import parse_expression
from matcalc.reading.declarations import Declaration, read_declarations
from matcalc.reading.grammar.syntax import Binary, Call, Name, Parsed, Syntax, Transposition
from matcalc.reading.inference.brackets import MAX_ENTRIES
from matcalc.reading.inference.scope import Scope, shape_of
from matcalc.reading.inference.shapes import Inference

_NOWHERE: Final = (0, 0)

Ufunc = Callable[..., "Expression"]
UFUNCS: Final[dict[str, Ufunc]] = {}
ARRAY_FUNCTIONS: Final[dict[Callable[..., Any], Callable[..., Any]]] = {}


class NoValue(UsageError, TypeError):
    """What needs the numbers in an array was asked of a symbol; a TypeError too, as Python's own protocols expect."""


class Expression(Node):
    """An immutable interned node with the operators of Python and NumPy."""

    __slots__ = ()

    args: tuple[Expression, ...]

    # ------------------------------------------------------------------------------------------- operators

    def __add__(self, other: object) -> Expression:
        return summed(self, other)

    def __radd__(self, other: object) -> Expression:
        return summed(other, self)

    def __sub__(self, other: object) -> Expression:
        return summed(self, other, minus=True)

    def __rsub__(self, other: object) -> Expression:
        return summed(other, self, minus=True)

    def __mul__(self, other: object) -> Expression:
        return entrywise(self, other)

    def __rmul__(self, other: object) -> Expression:
        return entrywise(other, self)

    def __truediv__(self, other: object) -> Expression:
        return divided(self, other)

    def __rtruediv__(self, other: object) -> Expression:
        return divided(other, self)

    def __pow__(self, other: object) -> Expression:
        return entrywise_power(self, other)

    def __rpow__(self, other: object) -> Expression:
        return entrywise_power(other, self)

    def __matmul__(self, other: object) -> Expression:
        return matmul(self, other)

    def __rmatmul__(self, other: object) -> Expression:
        return matmul(other, self)

    def __neg__(self) -> Expression:
        return negated(self)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return called("abs", self)

    @property
    def T(self) -> Expression:
        """The transpose."""
        return transposed(self)

    def sum(self) -> Expression:
        """The sum of all entries."""
        return called("sum", self)

    def trace(self) -> Expression:
        """The trace of a square matrix."""
        return called("tr", self)

    def dot(self, other: object) -> Expression:
        """The matrix product, as `@`."""
        return matmul(self, other)

    def __getitem__(self, index: object) -> Expression:
        return indexed(self, index if isinstance(index, tuple) else (index,))

    # ------------------------------------------------------------------------------- what a symbol has not

    def __bool__(self) -> bool:
        raise NoValue("a symbolic expression is neither true nor false", hint="compare two of them with `is`")

    def __lt__(self, other: object) -> bool:
        raise NoValue("symbolic expressions have no order")

    __le__ = __gt__ = __ge__ = __lt__

    def __iter__(self) -> NoReturn:
        raise NoValue("a symbolic expression cannot be iterated over", hint="x[0] is its first entry")

    def __len__(self) -> int:
        raise NoValue("a symbolic expression has no length as a number", hint="shape tells its axes")

    def __float__(self) -> float:
        raise NoValue("a symbolic expression has no numeric value", hint="derive(...).function() makes a function of arrays")

    __int__ = __complex__ = __index__ = __float__

    # ----------------------------------------------------------------------------------- NumPy's protocols

    def __array__(self, dtype: object = None, copy: object = None) -> NoReturn:
        raise NoValue("a symbolic expression is no array of numbers", hint="derive(...).function() makes a function of arrays")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Expression:
        if method != "__call__" or options:
            told = f"np.{ufunc.__name__}{'' if method == '__call__' else '.' + method} is not known with these options"
            raise UnknownFunction(told, hint="of a symbolic expression, only plain calls are")
        if ufunc.__name__ not in UFUNCS:
            raise UnknownFunction(f"np.{ufunc.__name__} is not known for symbolic expressions", hint="matcalc rules lists what is")
        return UFUNCS[ufunc.__name__](*inputs)

    def __array_function__(self, function: Callable[..., Any], types: object, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        known = ARRAY_FUNCTIONS.get(function)
        if known is None:
            told = f"np.{function.__name__} is not known for symbolic expressions"
            raise UnknownFunction(told, hint="matcalc rules lists what is")
        try:
            return known(*args, **options)
        except TypeError as error:
            if isinstance(error, MatcalcError):
                raise
            raise UsageError(f"np.{function.__name__} of a symbolic expression has no such arguments") from error

    def __reduce__(self) -> tuple[Any, ...]:
        return made, (self.kind, self.args, self.data, self.shape, self.declared)


_nodes: WeakValueDictionary[tuple[Any, ...], Expression] = WeakValueDictionary()


def made(kind: str, args: tuple[Expression, ...], data: Any, shape: Shape, declared: str = "") -> Expression:
    """The one node of this kind, operands, data and shape."""
    key = (kind, args, data, shape, declared)
    found = _nodes.get(key)
    if found is None:
        found = _nodes[key] = _new(kind, args, data, shape, declared)
    return found


def _new(kind: str, args: tuple[Expression, ...], data: Any, shape: Shape, declared: str = "") -> Expression:
    e = object.__new__(Expression)
    e.kind, e.args, e.data, e.shape, e.declared = kind, args, data, shape, declared
    e.length = 1 + sum(a.length for a in args)
    e.depth = 1 + max((a.depth for a in args), default=0)
    return e


def operation(kind: str, args: tuple[Expression, ...], data: Any, syntax: Callable[..., Syntax], *operands: Expression) -> Expression:
    """A node whose shape follows from the syntax of an operation on operands.

    Raises the error that the plain notation of the whole would raise.
    """
    try:
        shape = _inferred(syntax, [o.shape for o in operands])
    except MatcalcError as error:
        written = write(_new(kind, args, data, SCALAR))
        parse_expression(written.text, variables=written.variables)
        raise error from None
    return made(kind, args, data, shape)


def _inferred(syntax: Callable[..., Syntax], shapes: Sequence[Shape]) -> Shape:
    """The shape of an operation on operands of these shapes."""
    inference = Inference(Scope())
    inference.defined = {str(i): shape for i, shape in enumerate(shapes)}
    tree = syntax(*(Name(str(i), _NOWHERE) for i in range(len(shapes))))
    return shape_of(inference.infer(Parsed(tree, "", False)).shape)


def _binary(op: str) -> Callable[[Syntax, Syntax], Syntax]:
    return lambda a, b: Binary(op, a, b, _NOWHERE, _NOWHERE)


# ---------------------------------------------------------------------------------------------------- leaves


def variable(name_: str, sizes: Sequence[str | int], properties: Iterable[str] = ()) -> Expression:
    """A variable: no sizes for a scalar, one for a column, two for a matrix.

    Raises ParseError for what is no name or no size, UsageError for an unknown property.
    """
    if not isinstance(name_, str):
        raise UsageError(f"{name_!r} is no name", hint="a name is a text, such as 'x'")
    texts = [close(str(s)) for s in sizes]
    known = sorted(properties)
    declared = " ".join([*(texts or ["scalar"]), *known])
    (d,) = read_declarations({name_: declared}, None).values()
    assert isinstance(d, Declaration)
    rows, columns = (*d.dimensions, ONE, ONE)[:2]
    return made("name", (), d.name, (rows, columns), declared)


def named(name_: str, shape: Shape, properties: Iterable[str] = ()) -> Expression:
    """A variable of a shape, a column with one axis."""
    sizes = [] if shape == SCALAR else [size_text(shape[0])] if shape[1] is ONE else [size_text(d) for d in shape]
    return variable(name_, sizes, properties)


def size_as_number(d: Dim) -> Expression:
    """A dimension as a scalar in an expression."""
    return exact(Fraction(int(d))) if d.is_Integer else made("size", (), d, SCALAR)


def constant_array(function: str, *dims: Dim) -> Expression:
    """eye(n), ones(n), ones(m,n), zeros(n), zeros(m,n), comm(m,n), dup(n), elim(n)."""
    if function == "comm":
        side = times(*dims)
        return made("constant", (), ("comm", dims), (side, side))
    if function in ("dup", "elim"):
        shape = (times(*dims * 2), triangular(dims[0]))
        return made("constant", (), (function, dims), shape if function == "dup" else shape[::-1])
    shape = (dims[0], dims[0]) if function == "eye" else (dims[0], (*dims, ONE)[1])
    if shape == SCALAR:
        return exact(Fraction(function != "zeros"))
    return made("constant", (), (function, dims if function == "eye" or shape[1] is not ONE else dims[:1]), shape)


def exact(value: Fraction) -> Expression:
    """A rational number."""
    if value < 0:
        return negated(exact(-value))
    if value.denominator == 1:
        return made("number", (), str(value.numerator), SCALAR)
    return divided(exact(Fraction(value.numerator)), exact(Fraction(value.denominator)))


def decimal(value: float) -> Expression:
    """A floating-point number, as its shortest decimal."""
    if not math.isfinite(value):
        raise UsageError(f"{value} is no finite number")
    if value < 0:
        return negated(decimal(-value))
    return made("number", (), repr(value).replace("+", ""), SCALAR) if value % 1 or value >= 2**53 else exact(Fraction(int(value)))


def pi() -> Expression:
    """The number pi."""
    return made("pi", (), None, SCALAR)


def lifted(value: object) -> Expression:
    """An operand as an expression: a number, or an array of numbers, which is written out.

    Raises UsageError for anything else.
    """
    if isinstance(value, Expression):
        return value
    if isinstance(value, numbers.Real) and not is_truth(value):
        return exact(Fraction(value)) if isinstance(value, numbers.Rational) else decimal(float(value))
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return _array_of_numbers(value)
    told = f"{value!r} of type {type(value).__name__}" if len(repr(value)) < 60 else f"a value of type {type(value).__name__}"
    raise UsageError(f"{told} is no expression", hint="operands are expressions, real numbers and arrays of them")


def _array_of_numbers(value: Any) -> Expression:
    if value.ndim == 0:
        return lifted(value[()])
    if value.ndim > 2 or not value.size:
        raise ShapeError(f"an array of shape {value.shape} is no vector or matrix")
    if value.size > MAX_ENTRIES:
        told = f"an array of numbers in an expression has at most {MAX_ENTRIES} entries, not {value.size}"
        raise UsageError(told, hint="use a variable in its place, and give the array to D.function()")
    rows = value.reshape(-1, 1) if value.ndim == 1 else value
    return array([[lifted(entry) for entry in row] for row in rows.tolist()])


def array(rows: Sequence[Sequence[Expression]]) -> Expression:
    """An explicit array of scalars, or a matrix of blocks that fit."""
    entries = tuple(e for row in rows for e in row)
    if len({len(row) for row in rows}) > 1:
        raise ShapeError("the rows of an array are of one length")
    for k, row in enumerate(rows):
        for j, e in enumerate(row):
            if e.shape[0] != row[0].shape[0] or e.shape[1] != rows[0][j].shape[1]:
                beside = f"{row[0].shape[0]} rows and {rows[0][j].shape[1]} columns"
                raise ShapeError(f"the block {e} is {show(e.shape)}, but in row {k + 1} and column {j + 1} there is room for {beside}")
    if len(entries) == 1:
        return entries[0]
    shape = plus(*(row[0].shape[0] for row in rows)), plus(*(e.shape[1] for e in rows[0]))
    return made("array", entries, (len(rows), len(rows[0])), shape)


# ------------------------------------------------------------------------------------------------ operations


def summed(a: object, b: object, minus: bool = False) -> Expression:
    """a + b or a - b; a scalar is added to every entry."""
    left, right = lifted(a), lifted(b)
    terms, signs = (left.args, left.data) if left.kind == "sum" else ((left,), (False,))
    if left.kind == "negative":
        terms, signs = left.args, (True,)
    if right.kind == "negative":
        right, minus = right.args[0], not minus
    return operation("sum", (*terms, right), (*signs, minus), _binary("subtract" if minus else "add"), left, right)


def negated(a: object) -> Expression:
    """-a."""
    operand = lifted(a)
    return operand.args[0] if operand.kind == "negative" else made("negative", (operand,), None, operand.shape)


def product(a: object, b: object) -> Expression:
    """The matrix product, or a scaled array."""
    left, right = lifted(a), lifted(b)
    if left.kind == "negative":
        return negated(product(left.args[0], right))
    factors = left.args if left.kind == "product" else (left,)
    return operation("product", (*factors, right), None, _binary("multiply"), left, right)


def matmul(a: object, b: object) -> Expression:
    """The matrix product; a column on the left of what is no row is transposed, as an array with one axis is in NumPy."""
    left, right = lifted(a), lifted(b)
    for operand, other in ((left, right), (right, left)):
        if operand.kind in ("number", "quotient", "pi", "size") and operand.is_scalar:
            raise ShapeError(f"{operand} is a number, and @ multiplies matrices", hint=f"write {operand}*{other}")
    if left.shape[1] is ONE and left.shape[0] is not ONE and right.shape[0] is not ONE:
        left = transposed(left)
    return product(left, right)


def entrywise(a: object, b: object) -> Expression:
    """a * b as NumPy has it: a scalar scales, arrays of one shape are multiplied entry by entry."""
    left, right = lifted(a), lifted(b)
    if left.is_scalar or right.is_scalar:
        return product(left, right)
    factors = left.args if left.kind == "had" and left.data == len(left.args) else (left,)
    return operation("had", (*factors, right), len(factors) + 1, _binary("had"), left, right)


def divided(a: object, b: object) -> Expression:
    """a / b as NumPy has it: by a scalar, or entry by entry."""
    left, right = lifted(a), lifted(b)
    if right.is_scalar:
        return operation("quotient", (left, right), None, _binary("divide"), left, right)
    return operation("had", (left, right), 1, _binary("quotient"), left, right)


def power(a: object, k: object) -> Expression:
    """A square matrix or a scalar to a power."""
    base, exponent = lifted(a), lifted(k)
    return operation("power", (base, exponent), None, _binary("power"), base, exponent)


def entrywise_power(a: object, k: object) -> Expression:
    """Every entry to a power."""
    base, exponent = lifted(a), lifted(k)
    kind = "power" if base.is_scalar else "epower"
    return operation(kind, (base, exponent), None, _binary("power" if base.is_scalar else "epow"), base, exponent)


def inverse(a: object) -> Expression:
    """The inverse."""
    return power(a, -1)


def transposed(a: object) -> Expression:
    """The transpose; a scalar is its own."""
    operand = lifted(a)
    if operand.is_scalar:
        return operand
    if operand.kind == "transpose":
        return operand.args[0]
    return operation("transpose", (operand,), None, lambda x: Transposition(x, _NOWHERE), operand)


def called(function: str, *args: object) -> Expression:
    """A function of the rule book.

    Raises UnknownFunction where there is none of this name.
    """
    operands = tuple(map(lifted, args))
    return operation("apply", operands, function, lambda *names: Call(function, names, _NOWHERE, _NOWHERE), *operands)


def unknown_call(f: Unknown, declared: str, argument: object) -> Expression:
    """An unknown function applied to an argument; `declared` is what its declaration says."""
    operand = lifted(argument)
    argument_kind, arrow, _ = declared.partition(" ->")
    kind = "scalar" if operand.is_scalar else "vector" if ONE in operand.shape else "matrix"
    if arrow and argument_kind not in (kind, "matrix"):
        raise ShapeError(f"{f.name} takes a {argument_kind}, but {operand} is {show(operand.shape)}")
    return made("call", (operand,), f, f.shape(operand.shape), declared)


def square_rooted(a: object) -> Expression:
    """The square root of every entry."""
    operand = lifted(a)
    return made("sqrt", (operand,), not operand.is_scalar, operand.shape)


def indexed(a: Expression, index: Sequence[object]) -> Expression:
    """An entry, or what stands in a range of rows and columns, counted from 0 and without the end as in Python."""
    at = tuple(index) if len(index) != 1 or a.shape[1] is ONE else (0, *index) if a.shape[0] is ONE else index
    if a.is_scalar or len(at) > 2 or len(at) == 1 and a.shape[1] is not ONE:
        hint = None if a.is_scalar else "X[0, 1] is an entry, X[0, :] a row, X[:, 0:2] the first two columns"
        raise ShapeError(f"{a} is {show(a.shape)} and has no such part", hint=hint)
    i, j = (position(k, d) for k, d in zip((*at, 0)[:2], a.shape, strict=True))
    if (i is None or a.shape[0] is ONE) and (j is None or a.shape[1] is ONE):
        return a
    shape = (count(i, a.shape[0]), count(j, a.shape[1]))
    if shape == SCALAR and i and j:
        return made("entry", (a,), (i[0],) if a.shape[1] is ONE else (i[0], j[0]), shape)
    return made("slice", (a,), (i,) if a.shape[1] is ONE else (i, j), shape)

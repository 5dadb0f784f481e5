"""What NumPy's functions mean for expressions that are built in Python.

NumPy hands a call such as np.trace(A @ X) to its argument (its protocols __array_ufunc__ and __array_function__); the two
tables below say which operation of the notation it is. A ufunc that is missing is looked up in the rule book.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, show
from matcalc.errors import ShapeError, UnknownFunction, UsageError
from matcalc.objects.expression import (
    ARRAY_FUNCTIONS,
    UFUNCS,
    Expression,
    array,
    called,
    constant_array,
    divided,
    entrywise,
    entrywise_power,
    inverse,
    lifted,
    matmul,
    negated,
    power,
    product,
    size_as_number,
    square_rooted,
    summed,
    transposed,
)

_RENAMED: Final = {"absolute": "abs", "fabs": "abs"}


def _relu(a: object, b: object) -> Expression:
    """max(x, 0)."""
    zero = [lifted(o).kind == "number" and lifted(o).data == "0" for o in (a, b)]
    if not any(zero):
        raise UnknownFunction("np.maximum is known with 0 only, as relu", hint="write np.maximum(x, 0)")
    return called("relu", a if zero[1] else b)


def _step(a: object, at_zero: object) -> Expression:
    return called("heaviside", a)


def _softplus(a: object, b: object) -> Expression:
    """log(exp(a) + exp(b))."""
    return called("log", summed(called("exp", a), called("exp", b)))


_UFUNCS: dict[str, Callable[..., Expression]] = {
    "add": summed,
    "subtract": partial(summed, minus=True),
    "multiply": entrywise,
    "divide": divided,
    "matmul": matmul,
    "power": entrywise_power,
    "float_power": entrywise_power,
    "negative": negated,
    "positive": lifted,
    "square": lambda a: entrywise_power(a, 2),
    "reciprocal": lambda a: divided(1, a),
    "sqrt": square_rooted,
    "log1p": lambda a: called("log", summed(1, a)),
    "expm1": lambda a: summed(called("exp", a), 1, minus=True),
    "maximum": _relu,
    "heaviside": _step,
    "logaddexp": _softplus,
}
UFUNCS.update(_UFUNCS)
for _name in dir(np):
    _ufunc = getattr(np, _name)
    if isinstance(_ufunc, np.ufunc) and _ufunc.nin == 1 and _ufunc.__name__ not in UFUNCS:
        _rule = rulebook.find(_RENAMED.get(_ufunc.__name__, _ufunc.__name__))
        if _rule is not None and _rule.kind == "elementwise":
            UFUNCS[_ufunc.__name__] = partial(called, _rule.name)


def norm(a: object, order: int | str | None = None) -> Expression:
    """The Euclidean or Frobenius norm; with order 1, of a vector, the sum of the absolute values.

    Raises UnknownFunction for any other.
    """
    operand = lifted(a)
    is_vector = ONE in operand.shape
    if operand.is_scalar and order is None:
        return called("abs", operand)
    if order is None or order == (2 if is_vector else "fro"):
        return called("norm2" if is_vector else "normF", operand)
    if order == 1 and is_vector:
        return called("norm1", operand)
    raise UnknownFunction(f"the norm of order {order!r} of {operand} ({show(operand.shape)}) is not known")


def total(a: object, axis: int | None = None) -> Expression:
    """The sum of all entries, or over one axis as a column."""
    operand = lifted(a)
    rows, columns = operand.shape
    if axis is None:
        return called("sum", operand)
    if axis in (0, -2) and rows is not ONE and columns is ONE or axis in (1, -1) and rows is ONE:
        return called("sum", operand)
    if axis not in (0, 1, -1, -2):
        raise UsageError(f"a matrix has the axes 0 and 1, not {axis!r}")
    along = operand if axis in (1, -1) else transposed(operand)
    return product(along, constant_array("ones", along.shape[1]))


def mean(a: object, axis: int | None = None) -> Expression:
    """The mean of all entries, or over one axis as a column."""
    operand = lifted(a)
    rows, columns = (size_as_number(d) for d in operand.shape)
    found = total(operand, axis)
    count = product(rows, columns) if found.is_scalar else columns if axis in (1, -1) else rows
    return divided(found, count)


def outer(a: object, b: object) -> Expression:
    """The outer product of two vectors."""
    left, right = (transposed(o) if o.shape[0] is ONE else o for o in map(lifted, (a, b)))
    if left.shape[1] is not ONE or right.shape[1] is not ONE:
        raise ShapeError(f"an outer product is of two vectors, not of {left} ({show(left.shape)}) and {right} ({show(right.shape)})")
    return product(left, transposed(right))


def inner(a: object, b: object) -> Expression:
    """The inner product of two vectors."""
    left, right = lifted(a), lifted(b)
    if ONE not in left.shape or ONE not in right.shape:
        raise ShapeError(f"an inner product is of two vectors, not of {left} ({show(left.shape)}) and {right} ({show(right.shape)})")
    left, right = (transposed(o) if o.shape[0] is ONE else o for o in (left, right))
    return product(transposed(left), right)


def dot(a: object, b: object) -> Expression:
    """np.dot: the matrix product, or a scaled array."""
    left, right = lifted(a), lifted(b)
    return product(left, right) if left.is_scalar or right.is_scalar else matmul(left, right)


def slogdet(a: object) -> tuple[Expression, Expression]:
    """The sign and the logarithm of the absolute value of a determinant."""
    return called("sign", called("det", a)), called("logdet", a)


def _filled(function: str) -> Callable[[object], Expression]:
    return lambda a: constant_array(function, *lifted(a).shape)


def _integer_power(a: object, n: object) -> Expression:
    return power(a, n)


def _multi_dot(arrays: list[object]) -> Expression:
    made = lifted(arrays[0])
    for other in arrays[1:]:
        made = matmul(made, other)
    return made


def _block(rows: Sequence[Any]) -> Expression:
    """np.block: a list of rows of blocks, or one row."""
    nested = [row if isinstance(row, (list, tuple)) else [row] for row in rows]
    listed = nested if any(isinstance(row, (list, tuple)) for row in rows) else [[row[0] for row in nested]]
    return array([[lifted(b) for b in row] for row in listed])


def _stacked(blocks: Sequence[object], axis: int = 0) -> Expression:
    """np.concatenate: along the rows, or the columns."""
    if axis not in (0, 1, -1):
        raise UsageError(f"there is no axis {axis} to put arrays together along", hint="write axis=0 or axis=1")
    listed = [lifted(b) for b in blocks]
    # NumPy's vectors have one axis, and 1 is the last of two.
    below = axis == 0 or axis == -1 and all(b.shape[1] is ONE for b in listed)
    return array([[b] for b in listed] if below else [listed])


def _refuse_vectors(name: str, blocks: Sequence[object]) -> list[Expression]:
    listed = [lifted(b) for b in blocks]
    if all(b.shape[1] is ONE for b in listed):
        hint = "np.concatenate puts vectors below each other, np.column_stack beside each other"
        raise UsageError(f"{name} does with vectors of one axis another thing than with columns", hint=hint)
    return listed


_KNOWN: dict[Any, Callable[..., Any]] = {
    np.trace: lambda a: called("tr", a),
    np.linalg.det: lambda a: called("det", a),
    np.linalg.slogdet: slogdet,
    np.linalg.inv: inverse,
    np.linalg.pinv: lambda a: called("pinv", a),
    np.linalg.solve: lambda a, b: product(inverse(a), b),
    np.linalg.matrix_power: _integer_power,
    np.linalg.norm: lambda x, ord=None: norm(x, ord),
    np.linalg.multi_dot: _multi_dot,
    np.sum: total,
    np.mean: mean,
    np.diag: lambda v: called("diag", v),
    np.diagonal: lambda a: called("diagv", a),
    np.transpose: transposed,
    np.kron: lambda a, b: called("kron", a, b),
    np.outer: outer,
    np.inner: inner,
    np.vdot: inner,
    np.dot: dot,
    np.block: _block,
    np.concatenate: _stacked,
    np.vstack: lambda blocks: _stacked(_refuse_vectors("np.vstack", blocks)),
    np.hstack: lambda blocks: _stacked(_refuse_vectors("np.hstack", blocks), 1),
    np.column_stack: lambda blocks: _stacked(blocks, 1),
    np.ones_like: _filled("ones"),
    np.zeros_like: _filled("zeros"),
}
ARRAY_FUNCTIONS.update(_KNOWN)

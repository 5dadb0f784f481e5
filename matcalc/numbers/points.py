"""Numbers for variables: reading a point, telling the sizes that its arrays have, and the value of a derivative there.

x = 0        A = [1, 2; 3, 4], x = [1; -1]        n = 3        a file of arrays, POINT.npz
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book.sizes import ONE, Dim, axes, show
from matcalc.errors import MatcalcError, ParseError, ShapeError, UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import dimension_names
from matcalc.reading.alone import read_expression
from matcalc.reading.grammar.derivative import split_top
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.lexer import lex

if TYPE_CHECKING:
    pass

Array = Any
POINT_HINT: Final = 'write NAME = VALUE, such as "x = 0" or "A = [1, 2; 3, 4], x = [1; -1]", or name a file of arrays, POINT.npz'


def numeric(value: Any) -> Array:
    """An array of double precision: of complex numbers where some are, else of real ones."""
    return np.asarray(value, dtype=complex if np.iscomplexobj(value) else float)


def plain_number(x: complex) -> float | str:
    """A number as data: a complex one is the text that Python's complex() reads."""
    return str(x).strip("()") if np.iscomplexobj(x) else x.real


def plain_numbers(array: Array) -> Any:
    """An array as nested lists of numbers as data."""
    made = np.asarray(array)
    return np.vectorize(plain_number, otypes=[object])(made).tolist() if np.iscomplexobj(made) else made.tolist()


def array_text(array: Array) -> str:
    """An array of at most two axes in the plain notation, a 1-D one as a column: [1, 2; 3, 4], [1; 2], 0.5."""
    rows = numeric(array)
    if rows.size == 1:
        return number_text(rows.reshape(-1)[0].item())
    if rows.ndim == 1:
        rows = rows.reshape(-1, 1)
    return "[" + "; ".join(", ".join(map(number_text, row.tolist())) for row in rows) + "]"


def number_text(x: complex) -> str:
    """A number with ten digits, without a trailing .0, a complex one as 1 + 2j."""
    if np.isrealobj(x):
        return f"{x + 0.0:.10g}"
    real, imag = number_text(x.real), number_text(x.imag)
    if imag == "0":
        return real
    return f"{imag}j" if real == "0" else f"{real} - {imag[1:]}j" if imag.startswith("-") else f"{real} + {imag}j"


# ------------------------------------------------------------------------------------------------- reading


def read_values(text: str) -> dict[str, Array]:
    """The values of `x = 0, A = [1, 2; 3, 4]`, or those of a .npz file.

    Raises a MatcalcError that points into the text; OSError where the file cannot be read.
    """
    if text.strip().endswith(".npz"):
        return _read_file(text.strip())
    found: dict[str, Array] = {}
    lexed = lex(text).tokens[:-1]
    for part in (p for stretch in split_top(lexed, ";") for p in split_top(stretch, ",")):
        if part:
            name, value = _read_assignment(part, text)
            if name in found:
                raise UsageError(f"{name} is given two values", (part[0].start, part[-1].end), text)
            found[name] = value
    if not found:
        raise UsageError("no values are given", (0, max(1, len(text))), text, POINT_HINT)
    return found


def read_points(texts: Iterable[str]) -> dict[str, Array]:
    """The values of several texts or files together.

    Raises UsageError where a variable has a value in two of them.
    """
    found: dict[str, Array] = {}
    for text in texts:
        read = read_values(text)
        if twice := [name for name in read if name in found]:
            raise UsageError(f"{twice[0]} is given two values", hint="give each variable once")
        found |= read
    return found


def _read_file(name: str) -> dict[str, Array]:
    try:
        with np.load(Path(name), allow_pickle=False) as arrays:
            found = {key: np.asarray(arrays[key]) for key in arrays.files}
    except ValueError as error:
        raise UsageError(f"{name} is no file of numeric arrays", hint="write it with numpy.savez") from error
    for key, value in found.items():
        if value.dtype.kind not in "biufc":
            raise UsageError(f"{key} in {name} holds no numbers")
    return found


def _read_assignment(part: Sequence[Token], text: str) -> tuple[str, Array]:
    span = (part[0].start, part[-1].end)
    sides = split_top(part, "=")
    if len(sides) != 2 or len(sides[0]) != 1 or sides[0][0].kind != "name" or not sides[1]:
        raise ParseError("expected NAME = VALUE", span, text, POINT_HINT)
    start, end = sides[1][0].start, sides[1][-1].end
    return sides[0][0].text, read_number(text[start:end], text, start)


def read_number(written: str, source: str, offset: int) -> Array:
    """A number or an array of numbers; names other than pi have no value here."""
    if written.startswith("[["):
        return _nested(written, source, offset)
    try:
        e = read_expression(written, {})
    except MatcalcError as error:
        error.hint = "a value is a number or an array of numbers, such as 0.5, [1; 2] or eye(3)"
        raise moved(error, source, offset) from None
    if dimension_names([], [e]):
        hint = "give the sizes as numbers, such as ones(3)"
        raise UsageError("the size of this value is no number", (offset, offset + len(written)), source, hint)
    value = Program([e])({}, {})[0]
    if not np.all(np.isfinite(value)):
        raise UsageError("this is no finite number", (offset, offset + len(written)), source)
    return numeric(value).reshape([int(d) for d in e.shape]) if not e.is_scalar else numeric(value).item()


def _nested(written: str, source: str, offset: int) -> Array:
    """An array as NumPy writes it: [[1, 2], [3, 4]]."""
    try:
        found = np.asarray(json.loads(written, parse_constant=float), dtype=float)
    except (ValueError, TypeError):
        found = np.empty(0)
    if found.ndim != 2 or not found.size or not np.all(np.isfinite(found)):
        hint = "its rows hold equally many numbers: [[1, 2], [3, 4]], or [1, 2; 3, 4]"
        raise UsageError("this is no array of numbers", (offset, offset + len(written)), source, hint)
    return found


def moved(error: MatcalcError, source: str, offset: int) -> MatcalcError:
    """The error about a part of a text as one about the whole: the part begins at `offset` of `source`."""
    if error.span is not None:
        error.span = (error.span[0] + offset, error.span[1] + offset)
    error.source = source
    return error


# ------------------------------------------------------------------------------------------- fitting shapes


def fit(given: Mapping[str, Array], variables: Sequence[Expr], exprs: Sequence[Expr]) -> Point:
    """The point at which the expressions are evaluated: every array checked against its variable, every size told.

    A number among `given` may also be the size of a dimension name. Raises UsageError for what has no value.
    """
    known = {v.data.name: v for v in variables}
    names = dimension_names(variables, exprs)
    unknown = [name for name in given if name not in known and name not in names]
    if unknown:
        raise UsageError(f"{', '.join(unknown)} does not occur here", hint=f"known are {', '.join([*known, *names])}")
    sizes = {name: _size_given(name, given[name]) for name in names if name in given and name not in known}
    values = {name: _fitted(known[name], given[name], sizes) for name in given if name in known}
    _check_complete(values, sizes, exprs)
    return Point(values, sizes, {})


def _size_given(name: str, value: Array) -> int:
    number = float(np.asarray(value).reshape(-1)[0])
    if np.size(value) != 1 or number != int(number) or number < 1:
        raise UsageError(f"{name} is a dimension, so its value is a positive integer")
    return int(number)


def _fitted(v: Expr, value: Array, sizes: dict[str, int]) -> Array:
    """The array as the variable has it, its sizes entered."""
    array = np.asarray(value, dtype=complex if v.has_complex else None)
    if np.iscomplexobj(array) and not v.has_complex:
        raise UsageError(f"{v.data.name} is a variable of real numbers, but its value is complex", hint=f"declare {v.data.name} complex")
    array = numeric(array)
    name, counted = v.data.name, len(axes(v.shape))
    if counted == 0 and array.size == 1:
        return array.reshape(-1)[0].item()
    if counted == 1 and array.ndim <= 2 and array.size == max(array.shape, default=1) and array.ndim > 0:
        array = array.reshape(-1)
    elif array.ndim != counted or not counted:
        raise ShapeError(f"{name} is {_told(v)}, but its value is {_told_array(array)}", hint=_example(v))
    for wanted, size in zip(axes(v.shape), array.shape, strict=True):
        _enter(name, wanted, size, sizes)
    return array


def _enter(name: str, wanted: Dim, size: int, sizes: dict[str, int]) -> None:
    if wanted.is_Symbol:
        sizes.setdefault(wanted.name, size)
    known = wanted.subs({s: sizes[s.name] for s in wanted.free_symbols if s.name in sizes})
    if known.is_Integer and int(known) != size:
        told = f"{wanted} is {known}" if not wanted.is_Integer else f"it has {known} by its declaration"
        raise ShapeError(f"the value of {name} has {size} entries where {told}")


def _told(v: Expr) -> str:
    return show(v.shape) if not v.is_scalar else "a scalar"


def _told_array(array: Array) -> str:
    return " x ".join(map(str, array.shape)) if array.ndim else "a number"


def _example(v: Expr) -> str:
    if v.is_scalar:
        return f"{v.data.name} = 0.5"
    if v.shape[1] is ONE:
        return f"{v.data.name} = [1; 2; 3]"
    return f"{v.data.name} = [1, 2, 3]" if v.shape[0] is ONE else f"{v.data.name} = [1, 2; 3, 4]"


def _check_complete(values: Mapping[str, Array], sizes: Mapping[str, int], exprs: Sequence[Expr]) -> None:
    """Refuse to evaluate what still holds a variable, a size or a function without a value."""
    nodes = in_order(exprs)
    missing = [e for e in nodes if e.op == "sym" and e.data.name not in values]
    if missing:
        told = ", ".join(f"{e.data.name} ({_told(e)})" for e in missing)
        hint = ", ".join(map(_example, missing))
        raise UsageError(f"the value at a point needs {told}", hint=f"give {hint}")
    calls = sorted({e.data.name for e in nodes if e.op == "call"})
    if calls:
        told = f"the function {', '.join(calls)} is unknown, so the derivative has no value at a point"
        raise UsageError(told, hint="give its definition with --let, or a function of the rule book")
    open_sizes = [name for name in dimension_names([], exprs) if name not in sizes]
    if open_sizes:
        raise UsageError(f"the size {', '.join(open_sizes)} cannot be told from the values", hint=f"give {open_sizes[0]} = 3")


# ---------------------------------------------------------------------------------------------- evaluation

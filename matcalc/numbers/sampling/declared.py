"""Whether the values that are given have the properties that their variables were declared to have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.book.properties import holding, implied, property_of, stated
from matcalc.book.sizes import axes
from matcalc.errors import BrokenProperty
from matcalc.numbers.sampling.drawing import lacking

Array = Any


def check_declared(v: Expr, value: Any, known: frozenset[str]) -> None:
    """Refuse a value that has not every property its variable is declared to have; what is no array of numbers passes.

    Raises BrokenProperty with the variable, the property and, where it can be told, the entries that break it; and for complex numbers
    in the place of real ones.
    """
    if not v.has_complex and holds_complex(value):
        told = f"{v.data.name} is a variable of real numbers, but its value is complex"
        raise BrokenProperty(told, hint=f"give real numbers, or declare {v.data.name} complex")
    array = _matrix(v, value) if holding(known) else None
    name = None if array is None else lacking(array, known)
    if array is None or name is None:
        return
    said = next((p for p in stated(known) if name in implied(frozenset({p}))), name)
    rule = property_of(said)
    means = rule.means if rule is not None else ""
    told = f"{v.data.name} is declared {said} ({means}), but its value is not{_where(array, name)}"
    raise BrokenProperty(told, hint=f"give a value that is {said}, or declare {v.data.name} without it")


def checking(function: Callable[..., Any], told: Mapping[str, tuple[Expr, frozenset[str]]]) -> Callable[..., Any]:
    """The function, whose arguments must have these properties, and be real where their variables are."""
    parameters = signature(function).parameters
    wanted = {name: (v, known) for name, (v, known) in told.items() if name in parameters}
    names = tuple(parameters)

    @wraps(function)
    def checked(*args: Any, **more: Any) -> Any:
        given = {**dict(zip(names, args, strict=False)), **more}
        for name, (v, known) in wanted.items():
            if given.get(name) is not None:
                check_declared(v, given[name], known)
        return function(*args, **more)

    return checked


def holds_complex(value: Any) -> bool:
    """Whether a value holds complex numbers, of whatever library its arrays are."""
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "c")
    return "complex" in str(value.dtype) if hasattr(value, "dtype") else np.iscomplexobj(value)


def _matrix(v: Expr, value: Any) -> Array | None:
    """The value with two axes; None for what does not fit the variable or has no numbers yet, as a traced one."""
    try:
        array = np.asarray(value, dtype=complex if holds_complex(value) else float)
    except (TypeError, ValueError, RuntimeError):
        return None
    if len(axes(v.shape)) < 2:
        return array.reshape(-1, 1)
    is_square = array.ndim == 2 and (v.shape[0] is not v.shape[1] or array.shape[0] == array.shape[1])
    return array if is_square and np.all(np.isfinite(array)) else None


def _where(array: Array, name: str) -> str:
    """The two entries that differ most where a property says what A^T is, or the entry that is least."""
    rule = property_of(name)
    if name == "positive":
        i, j = np.unravel_index(np.argmin(array), array.shape)
        return f": its least entry is {array[i, j]:.6g}"
    if rule is None or rule.transpose not in ("A", "-A"):
        return ""
    sign = 1 if rule.transpose == "A" else -1
    i, j = np.unravel_index(np.argmax(np.abs(array - sign * array.T)), array.shape)
    return f": entry [{i + 1},{j + 1}] is {array[i, j]:.6g} and [{j + 1},{i + 1}] is {array[j, i]:.6g}"

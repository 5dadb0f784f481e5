"""Sizes and indices of expressions that are built in Python: a size from its name or number, what an index picks, counted from 0."""

from __future__ import annotations

import numbers

import numpy as np

from matcalc.book.sizes import ONE, Dim, spell
from matcalc.errors import ShapeError, UsageError
from matcalc.reading.declarations import Declaration, read_declaration
from matcalc.scalars import Scalar, expand, integer


def size_text(d: Dim) -> str:
    """A dimension as declarations have it: a sum of products of names and positive integers.

    Raises UsageError for any other.
    """
    terms = [spell(t) for t in expand(d).as_ordered_terms()]
    text = "+".join(terms).replace(" ", "")
    if any(not p.isalnum() and not p.replace("_", "").isalnum() for t in terms for p in t.split("*")):
        raise UsageError(f"the size {d} is no sum or product of names and positive integers", hint="name it: k for n - 1")
    return text


def size(d: str | int | Dim) -> Dim:
    """A dimension from its name or number."""
    if isinstance(d, Scalar):
        return d
    (read,) = read_declaration(f"x: {close(str(d))}")
    assert isinstance(read, Declaration)
    if len(read.dimensions) != 1:
        raise UsageError(f"{d!r} is no size", hint='a size is a name or a positive integer, such as "n" or 3')
    return read.dimensions[0]


def close(size_: str) -> str:
    """A size without space around its signs, as declarations have it."""
    return "".join(size_.split()) if size_.split()[1::2] and set(size_.split()[1::2]) <= {"+", "*"} else size_


def count(picked: tuple[int, int] | None, d: Dim) -> Dim:
    """How many entries of an axis are picked."""
    if picked is None:
        return d
    return ONE if picked[0] == picked[1] else integer(picked[1] - picked[0] + 1)


def position(k: object, d: Dim) -> tuple[int, int] | None:
    """The first and the last index, counted from 1; None for all of them."""
    if not isinstance(k, slice):
        at = _index(k, d)
        return at, at
    if k == slice(None):
        return None
    if k.step not in (None, 1) or k.stop is None and not d.is_Integer:
        raise UsageError("a range goes from a number to a number in steps of one", hint="X[0:2, :] are the first two rows")
    first = 1 if k.start is None else _index(k.start, d)
    last = int(d) if k.stop is None else _index(k.stop - 1 if isinstance(k.stop, numbers.Integral) else k.stop, d)
    if last < first:
        raise ShapeError(f"the range {first - 1}:{last} is empty", hint="in Python, the end of a range does not belong to it")
    return first, last


def _index(k: object, d: Dim) -> int:
    """An index counted from 1."""
    if not isinstance(k, numbers.Integral) or is_truth(k):
        raise UsageError("an index is a whole number, or : for a whole axis", hint="X[0, 1] is an entry, X[0, :] a row")
    at = int(k)
    if at < 0 and not d.is_Integer:
        raise UsageError(f"the index {at} counts from the end of an axis of {d}, which is no number")
    at = at + int(d) if at < 0 else at
    if at < 0 or d.is_Integer and at >= d:
        raise ShapeError(f"the index {int(k)} is beyond an axis of {d}", hint="in Python, entries count from 0")
    return at + 1


def is_truth(value: object) -> bool:
    return isinstance(value, (bool, np.bool_))

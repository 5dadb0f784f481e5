"""The value of a derivative at a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.answers.regular import check_at, check_inverses
from matcalc.answers.result import Result, known_of
from matcalc.book.sizes import ONE, Dim
from matcalc.errors import UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import Array, array_text, fit, numeric, plain_numbers
from matcalc.numbers.sampling.declared import check_declared
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import size_of
from matcalc.records import dataclass


@dataclass(frozen=True)
class Value:
    """What a derivative is at a point: the array, without the axes of static length 1, and the point as it was given."""

    array: Array
    shape: tuple[int, ...]
    point: dict[str, Array]

    @property
    def text(self) -> str:
        """The value in the plain notation; with more than two axes, as nested lists."""
        if len(self.shape) > 2:
            return str(np.asarray(self.array).tolist())
        return array_text(np.reshape(self.array, self.shape))

    def to_dict(self) -> dict[str, Any]:
        """The value and the point as nested lists."""
        return {"value": plain_numbers(self.array), "at": {name: plain_numbers(v) for name, v in self.point.items()}}


def value_at(d: Result, given: Mapping[str, Array]) -> Value:
    """The value of a derivative at a point; only the variables that the derivative needs must be given.

    Raises UsageError for what has no value and for a value that breaks a declared property, ShapeError for one that does
    not fit its variable, NotDifferentiable where the function has no value or no derivative.
    """
    exprs = parts_of(d)
    point = fit(given, d.parameters, exprs)
    for v in d.parameters:
        if v.data.name in point.values:
            check_declared(v, point.values[v.data.name], known_of(v, d.request))
    counted = sorted({s.name for dim in d.dims for s in dim.free_symbols} - point.sizes.keys())
    if counted:
        raise UsageError(f"the size {', '.join(counted)} cannot be told from the values", hint=f"give {counted[0]} = 3")
    check_inverses(exprs, point)
    array = value_of(d, point)
    if np.all(np.isfinite(array)):
        check_at(d.request.expr, d.request.wrt, lambda p: value_of(d, p), point)
    if not np.all(np.isfinite(array)):
        raise UsageError("the derivative is not finite at this point", hint="the function may have no derivative there")
    return Value(array, tuple(_sizes(d.dims, point)), dict(given))


def parts_of(d: Result) -> list[Expr]:
    """The expressions that a derivative is made of: one in closed form, the factors of every term in index form."""
    if d.expr is not None:
        return [d.expr]
    return [e for t in d.terms for e in (t.coefficient, *(f for f, _ in t.factors))]


def value_of(d: Result, point: Point) -> Array:
    """The array of a derivative where its variables, sizes and unknown functions are those of the point."""
    if d.expr is not None:
        return numeric(Program([d.expr])(point.values, point.sizes, point.unknowns)[0])
    return value_of_terms(d.terms, d.labels, d.dims, point)


def value_of_terms(terms: Sequence[IndexTerm], labels: Sequence[str], dims: Sequence[Dim], point: Point) -> Array:
    """The array of an index form with these axes."""
    sizes = dict(zip(labels, _sizes([size for size in dims if size is not ONE], point), strict=True))
    total = np.zeros([sizes[label] for label in labels])
    for term in terms:
        total = total + _term_value(term, sizes, labels, point)
    return total


def _sizes(dims: Sequence[Dim], point: Point) -> list[int]:
    return [size_of(d, point.sizes) for d in dims]


def _term_value(term: IndexTerm, sizes: Mapping[str, int], labels: Sequence[str], point: Point) -> Array:
    """One product of entries by einsum; an axis that no factor names is filled with ones."""
    coefficient, *arrays = Program([term.coefficient, *(f for f, _ in term.factors)])(point.values, point.sizes, point.unknowns)
    named = [names for _, names in term.factors]
    arrays += [np.eye(sizes[a] if a in sizes else sizes[b]) for a, b in term.deltas]
    named += list(term.deltas)
    for f in term.fused:
        outer, inner = (size_of(d, point.sizes) for d in (f.outer_size, f.inner_size))
        arrays.append(np.eye(outer * inner).reshape(outer * inner, outer, inner))
        named.append((f.whole, f.outer, f.inner))
    told = {name for names in named for name in names}
    arrays += [np.ones(sizes[label]) for label in labels if label not in told]
    named += [(label,) for label in labels if label not in told]
    numbers = {name: k for k, name in enumerate(dict.fromkeys([*labels, *(n for names in named for n in names)]))}
    operands = [part for array, names in zip(arrays, named, strict=True) for part in (array, [numbers[n] for n in names])]
    if not operands:
        return coefficient
    return coefficient * np.einsum(*operands, [numbers[label] for label in labels])

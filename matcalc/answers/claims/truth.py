"""The derivative that a claim is compared with: in every layout and form, and in index notation with the labels of a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from matcalc.algebra import transpose
from matcalc.algebra.node import Expr, unknown_value
from matcalc.algebra.walk import substitute
from matcalc.answers.claims.axis_labels import Named
from matcalc.answers.derivative import Derivative
from matcalc.answers.parts import restricted
from matcalc.answers.value import value_of
from matcalc.book.sizes import Shape, axes
from matcalc.calculus.differentiate import Differentiation, differentiate
from matcalc.calculus.layout import arrange
from matcalc.errors import UsageError
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.request import Request
from matcalc.records import dataclass

Array = Any


@dataclass(frozen=True)
class Reading:
    """A way to read the claimed array: a layout and a form, and the shape that the derivative has there."""

    layout: str
    form: str
    shape: Shape

    def __str__(self) -> str:
        return f"{self.layout} layout" + (", vec form" if self.form == "vec" else "")


class Truth:
    """The derivative as numbers, with the axes of Y and then those of X, and in every layout and form."""

    def __init__(self, d: Derivative) -> None:
        self.d = d
        self.read = d.request
        self.step = last_step(d)
        named = gradient_values(self.read, d.layout)
        if d.expr is not None and named:
            self.d = replace(d, expr=substitute(d.expr, named, {}))
        elif named:
            terms = tuple(
                replace(
                    t,
                    coefficient=substitute(t.coefficient, named, {}),
                    factors=tuple((substitute(e, named, {}), at) for e, at in t.factors),
                )
                for t in d.terms
            )
            self.d = replace(d, terms=terms)

    def readings(self, layouts: Sequence[str]) -> Iterator[Reading]:
        """The layouts in this order, in each the matrix form, and the vec form where Y or X is a matrix: a row is no column."""
        of_y, of_x = (s[0] * s[1] for s in (self.step.y.shape, self.step.x.shape))
        for layout in layouts:
            arrangement = arrange(self.step.tensor.y, self.step.tensor.x, layout)
            if len(arrangement.labels) <= 2:
                yield Reading(layout, "matrix", arrangement.shape)
            if max(len(axes(e.shape)) for e in (self.step.y, self.step.x)) > 1:
                yield Reading(layout, "vec", (of_x, of_y) if layout == "denominator" else (of_y, of_x))

    def order(self, layout: str) -> list[int]:
        """Which axis of Y and X in their order stands where in a layout."""
        y, x = self.step.tensor.y, self.step.tensor.x
        own = [lab for lab in (*y, *x) if lab is not None]
        return [own.index(lab) for lab in arrange(y, x, layout).labels]

    def axes(self, point: Point) -> tuple[list[int], list[int]]:
        y, x = ([size_of(d, point.sizes) for d in axes(e.shape)] for e in (self.step.y, self.step.x))
        return y, x

    def canonical(self, point: Point) -> Array:
        """The array with the axes of Y, then those of X."""
        array = value_of(self.d, point)
        if self.d.form == "vec":
            y, x = self.axes(point)
            shape = (_count(x), _count(y)) if self.d.layout == "denominator" else (_count(y), _count(x))
            stacked = np.reshape(array, shape)
            return np.reshape(stacked.T if self.d.layout == "denominator" else stacked, y + x, order="F")
        return np.transpose(array, np.argsort(self.order(self.d.layout)))

    def arranged(self, canonical: Array, reading: Reading, point: Point) -> Array:
        """The canonical array as it is read in a layout and a form, with two axes."""
        y, x = self.axes(point)
        if reading.form == "vec":
            stacked = np.reshape(canonical, (_count(y), _count(x)), order="F")
            return stacked.T if reading.layout == "denominator" else stacked
        turned = np.transpose(canonical, self.order(reading.layout))
        return np.reshape(turned, [size_of(d, point.sizes) for d in reading.shape])


def _count(sizes: Sequence[int]) -> int:
    return int(np.prod(sizes)) if sizes else 1


def gradient_values(read: Request, layout: str) -> dict[str, Expr]:
    """The named gradients of unknown functions: g of dL/dy = g, with the axes that the layout gives it."""
    found: dict[str, Expr] = {}
    for call, name in read.gradient_names.items():
        value = unknown_value(call.data.derived(), call.args[0])
        found[name] = transpose(value) if layout == "numerator" else value
    return found


def labelled(d: Derivative, named: Named) -> Derivative:
    """A derivative in index form with the labels that a claim gives its axes; those of sums step aside.

    Raises UsageError where there are not as many labels as axes.
    """
    if not named:
        return d
    of_y, of_x = (len(axes(e.shape)) for e in ends_of(d))
    for what, count, labels in (("what is differentiated", of_y, named.of_y), ("the variable", of_x, named.of_x)):
        if len(labels) != count:
            told = f"{what} has {count} axes that count, and {len(labels)} labels"
            raise UsageError(told, hint="name every axis, d (X*W^T)[i,j]/dW[k,l], or none")
    labels = (*named.of_y, *named.of_x)
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} labels two axes")
    taken = {*d.request.variables, *d.request.definitions} & set(labels)
    if taken:
        raise UsageError(f"{min(taken)} is a variable, so it cannot label an axis")
    return relabelled(d, [labels[k] for k in Truth(d).order(d.layout)])


def relabelled(d: Derivative, own: Sequence[str]) -> Derivative:
    """A derivative in index form with other labels on its axes."""
    to = dict(zip(d.labels, own, strict=True))
    spare = (f"r{k}" for k in range(1, 1000))
    for t in d.terms:
        for label in t.summed:
            to.setdefault(label, next(spare) if label in own else label)
    terms = tuple(
        replace(
            t,
            factors=tuple((e, tuple(to[label] for label in at)) for e, at in t.factors),
            deltas=tuple((min(to[a], to[b]), max(to[a], to[b])) for a, b in t.deltas),
            summed=tuple(to[label] for label in t.summed),
            fused=tuple(replace(f, whole=to[f.whole], outer=to[f.outer], inner=to[f.inner]) for f in t.fused),
        )
        for t in d.terms
    )
    return replace(d, terms=terms, labels=tuple(own))


def last_step(d: Derivative) -> Differentiation:
    """The last differentiation of a request, by the part of the variable that it names."""
    (x,) = d.request.wrt
    read = d.request
    then = None if read.order == 1 else x if read.wrt2 is None else read.wrt2
    step = differentiate(read.expr, x, then)[-1]
    part = read.parts[0] if read.parts else None
    return step if part is None else restricted(step, part, x)


def ends_of(d: Derivative) -> tuple[Expr, Expr]:
    """What is differentiated last, and by what."""
    step = last_step(d)
    return step.y, step.x

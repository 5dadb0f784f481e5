"""Layouts: the order of the axes of a derivative, and nothing else.

numerator: shape(Y) + reversed(shape(X)); denominator: shape(X) + reversed(shape(Y)); mixed: shape(Y) + shape(X). An axis
of static length 1 does not count, but a row stays a row: with one axis left, its direction is that of Y or of X, turned
where the layout reverses it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.book.sizes import ONE, Dim, Shape
from matcalc.index.lower import Label
from matcalc.records import dataclass

Axes = tuple["Label | None", "Label | None"]


@dataclass(frozen=True)
class Arrangement:
    """The axes of a result in order; with at most two, which of them is the rows and which the columns."""

    labels: tuple[Label, ...]
    row: Label | None
    column: Label | None

    @property
    def sizes(self) -> tuple[Dim, ...]:
        return tuple(lab.size for lab in self.labels)

    @property
    def shape(self) -> Shape:
        return (self.row.size if self.row else ONE, self.column.size if self.column else ONE)


def arrange(y: Axes, x: Axes, layout: str) -> Arrangement:
    """The axes of dY/dX in a layout."""
    ys, xs = [lab for lab in y if lab is not None], [lab for lab in x if lab is not None]
    match layout:
        case "numerator":
            labels = ys + xs[::-1]
        case "denominator":
            labels = xs + ys[::-1]
        case _:
            labels = ys + xs
    if len(labels) == 2:
        return Arrangement(tuple(labels), labels[0], labels[1])
    if len(labels) == 1:
        of, turned = (y, layout == "denominator") if ys else (x, layout == "numerator")
        row, column = of[::-1] if turned else of
        return Arrangement(tuple(labels), row, column)
    return Arrangement(tuple(labels), None, None)


def apply(result: Any, direction: Any, y_axes: int, x_axes: int, layout: str) -> Any:
    """The derivative, an array in a layout, contracted with a direction of X: an array with the axes of Y."""
    array = np.asarray(result)
    if array.ndim != y_axes + x_axes:
        return np.full(0, np.nan)
    order = list(range(array.ndim))
    if layout == "numerator":
        order = order[:y_axes] + order[y_axes:][::-1]
    elif layout == "denominator":
        order = order[x_axes:][::-1] + order[:x_axes]
    turned, moved = array.transpose(order), np.asarray(direction)
    if turned.shape[y_axes:] != moved.shape:
        return np.full(0, np.nan)
    # What np.tensordot does besides takes longer than the product of small arrays.
    matrix, vector = turned.reshape(-1, moved.size), moved.reshape(-1)
    return (matrix @ vector).reshape(turned.shape[:y_axes])


def apply_vec(result: Any, direction: Any, y_size: tuple[int, ...], layout: str, order: Any) -> Any:
    """The vec form contracted with a direction: unstacked to the shape of Y. `order` is numpy's F or C."""
    array = np.asarray(result)
    rows = int(np.prod(y_size))
    stacked = np.ravel(direction, order=order)
    if array.size != rows * stacked.size:
        return np.full(0, np.nan)
    matrix = array.reshape((stacked.size, rows) if layout == "denominator" else (rows, stacked.size))
    product = stacked @ matrix if layout == "denominator" else matrix @ stacked
    return product.reshape(y_size, order=order)

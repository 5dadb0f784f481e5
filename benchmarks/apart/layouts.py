"""Layouts and forms: the order of the axes of a derivative, worked out from the definition alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apart.meanings import Array
from apart.trees import Dim

Axis = tuple[str, int]  # ("y", 0): the rows of Y


@dataclass(frozen=True)
class Shape:
    """An array of at most two axes as a matrix: which axis its rows are and which its columns; None for a static length of 1."""

    rows: Axis | None
    cols: Axis | None

    @property
    def axes(self) -> list[Axis]:
        """Those that count."""
        return [a for a in (self.rows, self.cols) if a is not None]

    @property
    def turned(self) -> Shape:
        """The transpose."""
        return Shape(self.cols, self.rows)


def shape_of(name: str, rows: Dim, cols: Dim) -> Shape:
    """The axes of a variable or a function."""
    return Shape(None if rows == "1" else (name, 0), None if cols == "1" else (name, 1))


def axes(layout: str, y: list[Axis], x: list[Axis]) -> list[Axis]:
    """The axes of the derivative of Y by X."""
    if layout == "numerator":
        return [*y, *reversed(x)]
    return [*x, *reversed(y)] if layout == "denominator" else [*y, *x]


def matrix(layout: str, y: Shape, x: Shape) -> Shape | None:
    """The derivative as a matrix; None where it has more than two axes."""
    order = axes(layout, y.axes, x.axes)
    if len(order) > 2:
        return None
    if not y.axes:
        return x.turned if layout == "numerator" else x
    if not x.axes:
        return y.turned if layout == "denominator" else y
    return Shape(order[0], order[1])


def vec(layout: str, y: Shape, x: Shape, by: str = "column") -> tuple[list[Axis], list[Axis]]:
    """The axes that are fused into the rows of the vec form, the slowest first, and those of its columns."""

    def fused(s: Shape) -> list[Axis]:
        return s.axes if by == "row" else s.axes[::-1]

    return (fused(x), fused(y)) if layout == "denominator" else (fused(y), fused(x))


def contracted(array: Array, order: list[Axis], lengths: dict[Axis, int], directions: dict[str, Array], y: Shape) -> Array:
    """The derivative, whose axes are `order`, times a direction for each variable: an array of the two axes of Y."""
    full = array.reshape([lengths[a] for a in order])
    letters = {a: chr(ord("a") + k) for k, a in enumerate(order)}
    operands, subscripts = [full], ["".join(letters[a] for a in order)]
    for name, direction in directions.items():
        present = [a for a in order if a[0] == name]
        operands.append(direction.reshape([lengths[a] for a in sorted(present)]))
        subscripts.append("".join(letters[a] for a in sorted(present)))
    kept = "".join(letters[a] for a in y.axes)
    out = np.einsum(",".join(subscripts) + "->" + kept, *operands)
    return np.asarray(out).reshape([1 if a is None else lengths[a] for a in (y.rows, y.cols)])

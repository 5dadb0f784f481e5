"""A derivative as an array, contracted with a direction: what the certificate compares with a slope."""

from __future__ import annotations

from typing import Any

import numpy as np


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

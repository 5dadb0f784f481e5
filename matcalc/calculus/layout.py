"""Layouts: the order of the axes of a derivative, and nothing else.

numerator: shape(Y) + reversed(shape(X)); denominator: shape(X) + reversed(shape(Y)); mixed: shape(Y) + shape(X). An axis
of static length 1 does not count, but a row stays a row: with one axis left, its direction is that of Y or of X, turned
where the layout reverses it.
"""

from __future__ import annotations

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

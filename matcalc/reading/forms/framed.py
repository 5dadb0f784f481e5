"""A text as what it says around its formulas, and the formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from matcalc.errors import Span
from matcalc.reading.declarations import Declared
from matcalc.reading.notes import Note
from matcalc.records import dataclass


@dataclass(frozen=True)
class Operator:
    """A derivative that words or a call ask for: the variables with their places, the order, whether it is one of scalars alone.

    `renamed` takes the parameters of a function to what it is applied to; `note` says what was left out,
    `component` what of a complex variable is meant.
    """

    names: tuple[str, ...]
    spans: tuple[Span, ...]
    order: int
    scalar: bool
    renamed: Mapping[str, str] = field(default_factory=dict)
    note: Note | None = None
    component: str = ""


@dataclass(frozen=True)
class Framed:
    """What a text says around its formulas; `text` has these at their places, and `latex` tells how they are written."""

    text: str
    latex: bool = False
    operator: Operator | None = None
    declared: Mapping[str, Declared] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

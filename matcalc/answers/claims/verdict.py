"""What is said of a claimed derivative: right, wrong or undecided, how that was found, and what would make a wrong one right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.answers.causes.case import Cause
from matcalc.answers.derivative import Derivative
from matcalc.answers.display.shown import Bundle
from matcalc.answers.telling.stepped import Stepped
from matcalc.book.sizes import Shape
from matcalc.numbers.points import number_text, plain_number
from matcalc.numbers.sampling.random_points import Point
from matcalc.printing.notations.printer import Printer
from matcalc.records import dataclass

if TYPE_CHECKING:
    from matcalc.answers.telling.lines import Row

Array = Any
RIGHT: Final = "right"
WRONG: Final = "wrong"
UNDECIDED: Final = "undecided"
SAID: Final = {RIGHT: ", zero at random points", WRONG: ", which is not zero", UNDECIDED: ""}


@dataclass(frozen=True)
class Entry:
    """Where a claim differs: the entry, counted from 1, with its claimed and its true value at a sampled point."""

    index: tuple[int, ...]
    claimed: complex
    actual: complex
    sizes: Mapping[str, int]

    def __str__(self) -> str:
        place = f"entry [{','.join(map(str, self.index))}]" if self.index else "the value"
        sizes = ", ".join(f"{name}={size}" for name, size in self.sizes.items())
        where = f"at a random point with {sizes}" if sizes else "at a random point"
        return f"{place} {where}: claimed {number_text(self.claimed)}, but it is {number_text(self.actual)}"

    def to_dict(self) -> dict[str, Any]:
        """The entry as plain data."""
        return {"index": list(self.index), "claimed": plain_number(self.claimed), "actual": plain_number(self.actual)}


def worst_entry(claimed: Array, truth: Array, point: Point, shape: Shape | None = None) -> Entry:
    """The entry that differs most; of two axes, one of static length 1 is not told."""
    at = tuple(int(k) for k in np.unravel_index(int(np.argmax(np.abs(claimed - truth))), truth.shape))
    index = tuple(k + 1 for axis, k in enumerate(at) if shape is None or shape[axis] != 1)
    return Entry(index, claimed[at].item(), truth[at].item(), dict(point.sizes))


@dataclass(frozen=True, repr=False)
class Verdict(Stepped):
    """What is said of a claim: `verdict` is "right", "wrong" or "undecided", `how` tells how that was found.

    `layouts` are the other layouts in which a wrong claim is right, `symmetric` the matrices that it takes to be symmetric,
    `factor` what it must be multiplied by, `causes` the mistakes that were found; `claimed` is the claimed
    value where it is an expression. A verdict is true where the claim is right.
    """

    verdict: str
    claim: str
    derivative: Derivative
    how: str = ""
    entry: Entry | None = None
    layouts: tuple[str, ...] = ()
    symmetric: tuple[str, ...] = ()
    factor: str | None = None
    reasons: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    claimed: Expr | None = field(default=None, compare=False)

    called = "a verdict"

    @property
    def right(self) -> bool:
        return self.verdict == RIGHT

    def __bool__(self) -> bool:
        return self.right

    def headline(self, notation: Printer) -> str:
        """The verdict in words."""
        return self.written(notation)

    def rows(self) -> Sequence[Row]:
        """The derivation of the right answer, the claim, and where it parts from it."""
        from matcalc.answers.telling import comparing  # only those need it who ask for the derivation

        return comparing.rows(self.derivative, self.claimed, SAID[self.verdict])

    def notes(self, notation: Printer) -> Sequence[str]:
        """What the derivative rests on."""
        return self.derivative.notes(notation)

    def written(self, notation: Printer) -> str:
        """The verdict in words, with the true derivative where the claim is wrong."""
        head = self.verdict + (f": the derivative is {self.derivative.written(notation)}" if self.verdict == WRONG else "")
        return "\n".join([head, *(f"  {line}" for line in (self.how, *self.reasons, *(c.told for c in self.causes)) if line)])

    def _repr_latex_(self) -> None:
        """A verdict is no formula."""

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        return {"text/plain": self.told("unicode")}

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data."""
        entry = self.entry
        return {
            "verdict": self.verdict,
            "right": self.right,
            "claim": self.claim,
            "derivative": self.derivative.text,
            "layout": self.derivative.layout,
            "form": self.derivative.form,
            "how": self.how,
            "entry": None if entry is None else entry.to_dict(),
            "layouts": list(self.layouts),
            "symmetric": list(self.symmetric),
            "factor": self.factor,
            "reasons": list(self.reasons),
            "causes": [{"kind": c.kind, "told": c.told} for c in self.causes],
        }

"""A verdict on the curvature of a function, which shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matcalc.answers.display.report import shapes_told
from matcalc.answers.display.shown import Shown
from matcalc.answers.result import declared_text
from matcalc.convexity.conditions import Condition
from matcalc.convexity.found import Found
from matcalc.convexity.telling.sentences import reasons_told
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.table import printer
from matcalc.reading.notes import lines_of
from matcalc.records import dataclass


@dataclass(frozen=True, repr=False)
class Judged(Found, Shown):
    """A verdict with its reason; see `Found`."""

    called = "a verdict"

    @property
    def condition(self) -> str:
        """What the verdict needs of the other names, in the plain notation; empty where it needs nothing."""
        return conditions_told(self.conditions, printer("text"))

    def written(self, notation: Printer) -> str:
        """The verdict, with the condition."""
        told = conditions_told(self.conditions, notation)
        return notation.words(f"{self.verdict} if " if told else self.verdict) + told

    @property
    def reason(self) -> str:
        """Why, in the plain notation."""
        return "; ".join(self.reasons(printer("text")))

    def reasons(self, notation: Printer) -> list[str]:
        """Why, a line each."""
        return reasons_told(self, notation)

    def notes(self, notation: Printer) -> Sequence[str]:
        """The reasons, the verdicts under other conditions, and the shapes."""
        others = [f"{verdict} if {conditions_told(conditions, notation)}" for verdict, conditions in self.others]
        return [*self.reasons(notation), *others, shapes_told(self.shapes(), notation.by), *lines_of(self.problem.read.assumptions)]

    def shapes(self) -> dict[str, str]:
        """The names, and how each would be declared."""
        return {v.data.name: declared_text(v, self.problem.read) for v in self.problem.read.variables.values()}

    def to_dict(self) -> dict[str, Any]:
        """The fields of a batch answer."""
        told: dict[str, Any] = {"verdict": self.verdict, "reason": self.reason}
        if self.conditions:
            told["condition"] = self.condition
        if self.others:
            told["others"] = [{"verdict": v, "condition": conditions_told(c, printer("text"))} for v, c in self.others]
        if self.verdict == "neither" and self.witness is not None:
            told["witness"] = self.witness.to_dict()
        return told | {"text": self.text, "latex": self.latex, "variables": self.shapes(), "notes": lines_of(self.problem.read.assumptions)}


def conditions_told(conditions: Sequence[Condition], notation: Printer) -> str:
    """Conditions, joined by `and`."""
    return notation.words(" and ").join(c.written(notation) for c in conditions)

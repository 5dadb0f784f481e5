"""What has a derivation: rows of two sides and a rule, in every notation and as steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matcalc.answers.display.shown import Derivation, Shown
from matcalc.printing.notations.table import printer

if TYPE_CHECKING:
    from matcalc.answers.telling.lines import Row
    from matcalc.derivation.printing import Step
    from matcalc.printing.notations.printer import Printer


class Stepped(Shown):
    """A result that says how it is arrived at."""

    @abstractmethod
    def rows(self) -> Sequence[Row]:
        """The lines of its derivation."""

    def headline(self, notation: Printer) -> str:
        """What is said above the derivation."""
        return ""

    @cached_property
    def _rows(self) -> Sequence[Row]:
        return self.rows()

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation: a step for every line, with the rule that leads to it."""
        from matcalc.answers.telling.lines import steps_of  # only those need it who ask for the derivation

        return steps_of(self._rows)

    def derivation(self, notation: str = "text") -> Derivation:
        """The derivation in a notation: text, unicode, latex (an align* environment), or typst (a call of `derivation`)."""
        from matcalc.answers.telling.lines import printed  # only those need it who ask for the derivation

        return Derivation(printed(self._rows, printer(notation)))

    def with_steps(self) -> dict[str, Any]:
        """The fields of the result, and the steps."""
        return {**self.to_dict(), "steps": [vars(s) for s in self.steps]}

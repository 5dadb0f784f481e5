"""What is said of a derivation, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matcalc.answers.claims.verdict import RIGHT, UNDECIDED, WRONG
from matcalc.answers.display.shown import Bundle, Shown
from matcalc.printing.notations.printer import Printer
from matcalc.records import dataclass

GIVEN = "given"


@dataclass(frozen=True)
class CheckedLine:
    """A line, counted from 1: its verdict is right, wrong, undecided or given.

    A wrong one has its `cause` and what it `should_be`, a right one the `rule` that leads to it from the line before.
    """

    line: int
    text: str
    verdict: str
    cause: str = ""
    should_be: str = ""
    rule: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The line as plain data."""
        more = {"cause": self.cause, "should_be": self.should_be, "rule": self.rule}
        return {"line": self.line, "text": self.text, "verdict": self.verdict, **{k: v for k, v in more.items() if v}}


@dataclass(frozen=True, repr=False)
class Checked(Shown):
    """A derivation, checked. It is true where every line is right."""

    lines: tuple[CheckedLine, ...]
    assumptions: tuple[str, ...] = ()

    called = "a checked derivation"

    @property
    def verdict(self) -> str:
        """right, wrong or undecided, of the whole."""
        verdicts = {line.verdict for line in self.lines}
        return WRONG if WRONG in verdicts else UNDECIDED if UNDECIDED in verdicts else RIGHT

    @property
    def first_wrong(self) -> CheckedLine | None:
        """The first wrong line."""
        return next((line for line in self.lines if line.verdict == WRONG), None)

    def __bool__(self) -> bool:
        return self.verdict == RIGHT

    def notes(self, notation: Printer) -> Sequence[str]:
        """What was assumed."""
        return self.assumptions

    def written(self, notation: Printer) -> str:
        """The first wrong line with its cause, or that all are right; then every line with its verdict or rule."""
        width = max(len(line.text) for line in self.lines)
        table = [f"  {line.line:>3}  {line.text:<{width}}  {line.rule or line.verdict}" for line in self.lines]
        return "\n".join([*self._head(), "", *table])

    def _head(self) -> list[str]:
        first = self.first_wrong
        if first is not None:
            should = [f"  it should be {first.should_be}"] if first.should_be else []
            return [f"line {first.line} is wrong: {first.text}", f"  {first.cause}", *should]
        undecided = [line for line in self.lines if line.verdict == UNDECIDED]
        told = [(f"line {line.line} is undecided: {line.text}", f"  {line.cause}") for line in undecided]
        return [text for pair in told for text in pair] or [RIGHT]

    def _repr_latex_(self) -> None:
        """A checked derivation is no formula."""

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        return {"text/plain": self.told("unicode")}

    def to_dict(self) -> dict[str, Any]:
        """The lines as plain data; `ok` is whether every line is right."""
        lines = [line.to_dict() for line in self.lines]
        return {"ok": bool(self), "verdict": self.verdict, "lines": lines, "assumptions": list(self.assumptions)}

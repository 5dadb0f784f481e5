"""The solution of a problem, as data that shows itself: values, the equation, conditions, the kind and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

from matcalc import codegen
from matcalc.algebra.node import Expr
from matcalc.answers.display.report import shapes_told
from matcalc.answers.display.shown import Derivation, Shown
from matcalc.answers.result import declared_text
from matcalc.book.choices import TARGETS
from matcalc.numbers.outcome import Certificate
from matcalc.printing.alignment import Told
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.table import printer
from matcalc.printing.writing import Writing
from matcalc.reading.notes import lines_of
from matcalc.records import dataclass
from matcalc.stationary.conditions import INVERTIBLE, Condition
from matcalc.stationary.kind import NAMES
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.moves.equation import Line
from matcalc.stationary.problem import Problem


@dataclass(frozen=True, repr=False)
class Solution(Shown):
    """A stationary point in closed form.

    `values` has each unknown's value in the known names; `kind` is min, max, saddle, or stationary where it depends on what is not
    known, and `reason` says why.
    """

    problem: Problem
    system: System
    values: Mapping[str, Expr]
    conditions: tuple[Condition, ...]
    kind: str
    reason: str
    lines: tuple[Line, ...]
    certificate: Certificate | None = field(default=None, compare=False)

    called = "solution"

    def written(self, notation: Printer) -> str:
        """The values of the unknowns, a line each."""
        formulas = [f"{notation.name_of(name)}{notation.equals}{self.formula(e, notation)}" for name, e in self.values.items()]
        return notation.finished(notation.separator.join(formulas))

    @cached_property
    def writing(self) -> Writing:
        """How the problem is written."""
        return Writing(self.problem.function.asked)

    def formula(self, e: Expr, notation: Printer) -> str:
        """An expression of the problem in a notation."""
        return notation.print(e, "dot", self.problem.function.variables, self.writing)

    def equation(self, notation: Printer) -> str:
        """The stationarity equations, and the constraints where there are any."""
        left = [*self.system.equations, *self.system.constraints]

        told = [f"{self.formula(self.system.in_full(e), notation)} = 0" for e in left]
        return notation.separator.join(told)

    def conditions_told(self, notation: Printer) -> list[str]:
        """What the solution takes for granted, a line each: those of a kind can be evaluated."""
        return [told for c in self.conditions for told in (self._condition(c, notation),) if told]

    def evaluated(self, notation: Printer) -> list[str]:
        """The conditions that can be evaluated."""
        return [self._condition(c, notation) for c in self.conditions if c.kind]

    def _condition(self, c: Condition, notation: Printer) -> str:
        if c.kind and c.expr is not None:
            return f"{self.formula(c.expr, notation)} {c.kind}"
        if c.expr is not None and c.words == INVERTIBLE:
            return f"the only one where {self.formula(c.expr, notation)} is invertible"
        return c.words

    def notes(self, notation: Printer) -> Sequence[str]:
        """The kind and why, the conditions, the shapes and the certificate."""
        shapes = {v.data.name: declared_text(v, self.problem.function) for v in (*self.problem.unknowns, *self.problem.known)}
        needed = [f"if {t}" if c.kind else t for c, t in zip(self.conditions, self.conditions_told(notation), strict=False)]
        checked = [str(self.certificate)] if self.certificate is not None else []
        return [
            f"{NAMES[self.kind]}: {self.reason}", *needed, f"equation: {self.equation(notation)}", shapes_told(shapes, notation.by),
            *lines_of(self.problem.assumptions), *checked,
        ]  # fmt: skip

    def code_of(self, name: str, target: str, called: str) -> codegen.Function:
        """The function of one unknown's value."""
        TARGETS.check(target)
        docstring = f"{name} = {self.formula(self.values[name], printer('text'))}\n"
        return codegen.matrix_function(self.values[name], self.problem.known, codegen.DIALECTS[target], name=called, docstring=docstring)

    def code(self, target: str = "numpy", *, documented: bool = False) -> str:
        """Source of `solution` in one of the languages of `TARGETS`; of solution_w, solution_s where there are several unknowns.

        Raises UsageError for an unknown target.
        """
        several = len(self.values) > 1
        return codegen.module([self.code_of(n, target, f"solution_{n}" if several else "solution") for n in self.values])

    @property
    def numpy(self) -> str:
        """Source of `solution` in NumPy."""
        return self.code("numpy")

    def to_dict(self) -> dict[str, Any]:
        """The fields of a batch answer."""
        text, latex = printer("text"), printer("latex")
        formulas = {n: {"text": self.formula(e, text), "latex": self.formula(e, latex)} for n, e in self.values.items()}
        codes = {n: codegen.module([self.code_of(n, "numpy", "solution")]) for n in self.values}
        solutions = [{"variable": n, **formulas[n], "numpy": codes[n]} for n in self.values]
        told = {
            "solutions": solutions,
            "kind": self.kind,
            "reason": self.reason,
            "conditions": self.conditions_told(text),
            "equation": self.equation(text),
            "text": self.text,
            "latex": self.latex,
            "assumptions": [str(n) for n in self.problem.assumptions],
        }
        return told | ({"certificate": self.certificate.to_dict()} if self.certificate is not None else {})

    @property
    def kind_told(self) -> str:
        """The kind of point in words."""
        return NAMES[self.kind]

    def table(self, notation: str = "text") -> str:
        """The lines of the derivation alone."""
        from matcalc.stationary.steps import Way, derivation  # only those need it who ask for it

        return derivation(Way(self.system, self.lines, self.values, self.formula), printer(notation))

    def told_lines(self, notation: str = "text") -> list[Told]:
        """The lines of the derivation, each with its two sides and its rule."""
        from matcalc.stationary.steps import Way, lines_of  # only those need it who ask for it

        return lines_of(Way(self.system, self.lines, self.values, self.formula), printer(notation))

    def derivation(self, notation: str = "text") -> Derivation:
        """How one gets there, in a notation: the function, the gradient, the equation, each move, the solution and its kind."""
        told = self.table(notation)
        needed = [f"if {t}" for t in self.evaluated(printer(notation))]
        return Derivation("\n".join([told, "", f"{NAMES[self.kind]}: {self.reason}", *needed]))

    def __repr__(self) -> str:
        return f"<Solution {self.text}>"



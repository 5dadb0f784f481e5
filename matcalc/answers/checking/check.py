"""Is a person's derivation right, and if not, which line is the first wrong one?

    check(["f = tr(A*X*B)", "df = tr(A*dX*B)", "= tr(B*A*dX)", "df/dX = B*A"])        line 4 is wrong

Every line is compared with the one before, so steps may be left out: a value with the value before, an increment with the increment
before or the differential of the function, a derivative with that of the function, in a layout.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import depends
from matcalc.answers.causes.case import Case, Cause
from matcalc.answers.causes.naming import causes_of
from matcalc.answers.checking.checked import GIVEN, Checked, CheckedLine
from matcalc.answers.checking.conditions import with_conditions
from matcalc.answers.checking.entries import compared_entries
from matcalc.answers.checking.equality import compared
from matcalc.answers.checking.increments import argument_of
from matcalc.answers.checking.naming import Naming
from matcalc.answers.checking.statements import Statement, statements
from matcalc.answers.checking.workings import DERIVATIVE, SECOND, VALUE, About, Workings, stacked
from matcalc.answers.claims.axis_labels import speaks_of_labels
from matcalc.answers.claims.verdict import RIGHT, UNDECIDED, WRONG
from matcalc.answers.claims.verification import verify
from matcalc.answers.constraints import Constraint
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.book.moves import move
from matcalc.book.sizes import show
from matcalc.calculus.loading import Rules, in_force
from matcalc.errors import MatcalcError, ShapeError, UsageError
from matcalc.printing.notations.text import text
from matcalc.reading.declarations import names_of
from matcalc.reading.request import asks_for_a_derivative

MAX_LINES: Final = 500
UNCONSTRAINED: Final[Mapping[str, Any]] = {}


def check(
    lines: str | Sequence[str],
    *,
    layout: str = "denominator",
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
    structured: bool = False,
    reading: str | None = None,
    manifold: str | None = None,
    rules: Rules | None = None,
) -> Checked:
    """The verdict on every line of a derivation, in text or as a LaTeX align environment.

    Lines are `f = …`, `df = …`, `= …`, `df/dX = …`, `d vec(Y) = …`, definitions `z = …` and declarations `A: n x n symmetric`.
    `lets` are definitions before them; `structured`, `reading` and `manifold` are said of the derivatives, as in `derive`.
    `rules` names files of functions of the user's own, whose code is run, or is a Book.

    Raises a MatcalcError where the function itself cannot be read, or where nothing is derived.
    """
    with in_force(rules):
        found = [*(replace(s, line=0) for s in statements(list(lets))), *statements(lines)]
        if len(found) > MAX_LINES:
            raise UsageError(f"a derivation has at most {MAX_LINES} lines")
        workings = Workings(with_conditions(found), _declarations(variables))
        return _Marking(workings, layout, constraint={"structured": structured, "reading": reading, "manifold": manifold}).checked()


def _declarations(variables: Mapping[str, str] | Sequence[str] | None) -> list[str]:
    if isinstance(variables, Mapping):
        return [f"{name}: {shape}" for name, shape in variables.items()]
    return [variables] if isinstance(variables, str) else list(variables or ())


def _told(causes: Sequence[Cause], otherwise: Sequence[str]) -> str:
    """The causes in words; where there are none, what differs."""
    others = [told for told in otherwise if not told.startswith(("entry", "the value"))]
    return "; ".join([*others, *(c.told for c in causes)] or otherwise)


class _Marking:
    """Goes from line to line; `before` is the expression of the line before about the same left side."""

    def __init__(
        self, workings: Workings, layout: str, is_squared: bool = False, constraint: Mapping[str, Any] = UNCONSTRAINED
    ) -> None:
        self.workings, self.layout, self.is_squared, self.constraint = workings, layout, is_squared, constraint
        self.about: About | None = None
        self.before: dict[About, Expr] = {}
        self.written: dict[About, str] = {}
        self.naming = Naming(workings, self._where())

    def checked(self) -> Checked:
        """Every line with its verdict."""
        assert self.workings.read is not None
        lines = tuple(self._line(s) for s in self.workings.statements)
        return Checked(tuple(line for line in lines if line.line), tuple(str(note) for note in self.workings.read.assumptions))

    def _line(self, s: Statement) -> CheckedLine:
        if s.is_declaration:
            return CheckedLine(s.line, s.text, GIVEN)
        self.about = self.workings.about(s) or self.about
        if self.about is None:
            return CheckedLine(s.line, s.text, UNDECIDED, "there is no left side in this line or before it")
        try:
            return self._judged(s, self.about)
        except ShapeError as error:
            told = "; ".join([f"shapes do not fit: {error.message}", *self._on_squares(s)])
            return CheckedLine(s.line, s.text, WRONG, told, self._truth_text(self.about))
        except MatcalcError as error:
            return CheckedLine(s.line, s.text, UNDECIDED, f"it cannot be read: {error.message}")

    def _judged(self, s: Statement, about: About) -> CheckedLine:
        if about.kind == DERIVATIVE:
            return self._derivative(s, about)
        if about.labels or self.before.get(about) is not None and speaks_of_labels(s.right, set(self.workings.names())):
            return self._entries(s, about)
        truth = self.before.get(about)
        if truth is None:
            if about.kind == VALUE and about.is_name:
                if asks_for_a_derivative(s.right):
                    self.about = About(DERIVATIVE, s.right)
                else:
                    known = self.workings.values.get(about.of)
                    self.before[about] = self.workings.expression(s.right) if known is None else known
                return CheckedLine(s.line, s.text, GIVEN)
            truth = self._first(about)
        claimed = self.workings.expression(s.right, truth.shape)
        self.before[about] = claimed
        return self._compared(s, about, claimed, truth)

    def _entries(self, s: Statement, about: About) -> CheckedLine:
        """A line in index notation."""
        whole = About(about.kind, about.of)
        truth = self.before.get(whole)
        truth = self._first(whole) if truth is None else truth
        equal = compared_entries(self.workings, about.labels, s.right, truth)
        if equal.verdict == RIGHT:
            return CheckedLine(s.line, s.text, RIGHT, rule=move("element").name)
        told = equal.reason if equal.verdict == UNDECIDED else str(equal.entry)
        at = f"[{','.join(about.labels)}]" if about.labels else ""
        return CheckedLine(s.line, s.text, equal.verdict, told, f"({text(truth)}){at}" if equal.verdict == WRONG else "")

    def _first(self, about: About) -> Expr:
        """What the first line about a left side must be equal to."""
        w = self.workings
        if about.kind == VALUE:
            argument = argument_of(about.of)
            return w.expression(about.of) if argument is None else w.differential(w.expression(argument))
        value = self.before.get(About(VALUE, about.of), w.values.get(about.of))
        if value is None:
            raise UsageError(f"{about.of} is not defined", hint=f"begin with {about.of} = ...")
        return w.differential(w.differential(value)) if about.kind == SECOND else w.differential(value)

    def _compared(self, s: Statement, about: About, claimed: Expr, truth: Expr) -> CheckedLine:
        assert self.workings.read is not None
        equal = compared(claimed, truth, self.workings.sampled(), self.workings.read.literal)
        if equal.verdict == RIGHT:
            return CheckedLine(s.line, s.text, RIGHT, rule=self._rule(s, about, claimed is truth))
        if equal.verdict == UNDECIDED:
            return CheckedLine(s.line, s.text, UNDECIDED, equal.reason)
        if claimed.shape != truth.shape:
            raise ShapeError(f"this is {show(claimed.shape)}, and it should be {show(truth.shape)}")
        if self._is_open(about, claimed, truth):
            return CheckedLine(s.line, s.text, UNDECIDED, "this is no identity, and a condition that no property says")
        found = causes_of(Case(claimed, truth, self._function(about, truth), self._moving(about), self.workings.sampled()))
        return CheckedLine(s.line, s.text, WRONG, _told(found, [str(equal.entry)]), text(truth))

    def _is_open(self, about: About, claimed: Expr, truth: Expr) -> bool:
        """Whether a wrong line about an expression may be a condition: one side has no variable of the other, A*x = b."""
        if about.kind != VALUE or about.is_name or argument_of(about.of) is not None:
            return False
        held = [{x for x in self.workings.variables.values() if depends(e, x)} for e in (claimed, truth)]
        return held[0].isdisjoint(held[1])

    def _rule(self, s: Statement, about: About, is_same: bool) -> str:
        """The rule that leads to a right line about a value or an increment."""
        before, self.written[about] = self.written.get(about, ""), s.right
        if about.kind == VALUE and argument_of(about.of) is None:
            return move("rewriting" if is_same else "simplify").name
        if about.kind == SECOND:
            return move("product").name
        return self.naming.of_increment(argument_of(about.of) or about.of, s.right, before, is_same)

    def _function(self, about: About, truth: Expr) -> Expr:
        """What was differentiated, for the mistakes of differentiation."""
        known = self.workings.values.get(about.of)
        return truth if known is None or about.kind == VALUE else known

    def _moving(self, about: About) -> list[Expr]:
        w = self.workings
        return [] if about.kind == VALUE and argument_of(about.of) is None else [w.variables[n] for n in w.varying if n in w.variables]

    def _on_squares(self, s: Statement) -> list[str]:
        """What is wrong of a line besides its shapes: where all sizes are one, its cause can be told."""
        if self.is_squared:
            return []
        w = self.workings
        names = {n for v in w.variables.values() for n in names_of(v.shape)}
        size = re.compile(r"\b(?:" + "|".join(map(re.escape, names or {"$"})) + r")\b")
        declarations = [f"{n}: {size.sub('n', shape)}" for n, shape in w.shapes().items()]
        until = [t for t in w.statements[: w.statements.index(s) + 1] if not t.is_declaration or t.condition]
        try:
            last = _Marking(Workings(until, declarations), self.layout, is_squared=True, constraint=self.constraint).checked().lines[-1]
        except MatcalcError:
            return []
        return [last.cause] if last.verdict == WRONG and not last.cause.startswith(("entry", "shapes")) else []

    def _truth_text(self, about: About) -> str:
        """What a line that cannot be compared should be; nothing where that is not known."""
        try:
            if about.kind == DERIVATIVE:
                asked, layout = self._asked(about)
                form = "vec" if stacked(about.of) else "auto"
                limits = Constraint(**self.constraint)
                known = self.workings.shapes()
                found = derive(asked + self._where(), variables=known, layout=layout, form=form, check=False, constraint=limits)
                return found.text if isinstance(found, Derivative) else ""
            before = self.before.get(about)
            truth = self._first(about) if before is None else before
        except MatcalcError:
            return ""
        return text(truth)

    # -------------------------------------------------------------------------------------- derivatives

    def _derivative(self, s: Statement, about: About) -> CheckedLine:
        """A derivative against that of the function."""
        claim, layout = self._claim(s, about)
        verdict = verify(claim, layout=layout, variables=self.workings.shapes(), **self.constraint)
        if verdict.verdict == WRONG:
            return CheckedLine(s.line, s.text, WRONG, _told(verdict.causes, verdict.reasons), verdict.derivative.text)
        rule = self.naming.of_derivative(about.of, goes_on=not s.left) if verdict else ""
        return CheckedLine(s.line, s.text, verdict.verdict, "; ".join(verdict.reasons), rule=rule)

    def _claim(self, s: Statement, about: About) -> tuple[str, str]:
        """The derivative as a claim with its definitions, and the layout."""
        asked, layout = self._asked(about)
        return f"{asked} = {s.right}{self._where()}", layout

    def _asked(self, about: About) -> tuple[str, str]:
        """The derivative of a left side, and its layout: d vec(Y)/d vec(X)^T is of the numerator layout."""
        pair = stacked(about.of)
        return (f"d {pair[0]}/d{pair[1]}", "numerator") if pair else (about.of, self.layout)

    def _where(self) -> str:
        where = "; ".join(f"{name} = {value}" for name, value in self.workings.definitions.items())
        return f" where {where}" if where else ""

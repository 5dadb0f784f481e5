"""What to do next in a derivation, told little by little: the rule, then what the next line looks like, then the line itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from matcalc.algebra import had, mul
from matcalc.algebra.node import Expr, split_product, sym
from matcalc.book.sizes import show
from matcalc.book.theory import theories_of
from matcalc.derivation.lines import Answered, Line, Question
from matcalc.derivation.printing import Step, steps
from matcalc.derivation.terms import Term, holds
from matcalc.errors import UsageError
from matcalc.records import dataclass

BLANK: Final = "_"
NUMBER: Final = "a number"


@dataclass(frozen=True)
class Hint:
    """The line after `number` lines of `total`: `shape` is it with blanks for what is to be found; nothing is next after the last."""

    number: int
    total: int
    before: str
    rule: str = ""
    says: str = ""
    shape: str = ""
    line: str = ""
    latex: str = ""
    unicode: str = ""

    @property
    def is_last(self) -> bool:
        """Whether the derivation is done."""
        return not self.rule

    def to_dict(self) -> dict[str, Any]:
        """The hint as plain data."""
        return vars(self) | {"done": self.is_last}


def hint(q: Question, lines: Sequence[Line], after: str, size: str) -> Hint:
    """What follows the line `after`: its number from 1, or the line as it is written; the first where it is empty.

    `size` is how large the answer is.

    Raises UsageError for a line that the derivation has not.
    """
    told = steps(q, lines)
    number = place(told, after)
    before = told[number - 1].after
    if number == len(lines):
        return Hint(number, len(lines), before)
    line, step = lines[number], told[number]
    says = "; ".join(dict.fromkeys(t.statement for m in line.moves for t in theories_of(m)))
    return Hint(number, len(lines), before, step.rule, says, shape(q, line, step, size), step.after, step.latex, step.unicode)


def place(told: Sequence[Step], after: str) -> int:
    """How many lines are done once this one stands there.

    Raises UsageError for a line that the derivation has not.
    """
    if not after:
        return 1
    if after.strip().isdigit():
        if 1 <= int(after) <= len(told):
            return int(after)
        raise UsageError(f"the derivation has the lines 1 to {len(told)}, and no line {after.strip()}")
    wanted = squeezed(after)
    written = [(squeezed(s.after), squeezed(s.after.partition(" = ")[2])) for s in told]
    found = [k for k, line in enumerate(written, 1) if wanted.removeprefix("=") in line]
    if not found:
        told_why = "give the number of the line that you have; `matcalc check` checks lines of your own"
        raise UsageError(f"the derivation has no line {after!r}", hint=told_why)
    return found[-1]


def squeezed(line: str) -> str:
    """A line without its spaces."""
    return "".join(line.split())


def shape(q: Question, line: Line, step: Step, size: str) -> str:
    """A line with blanks for what is to be found: its terms, and where the increments stand; else how large what is asked for is."""
    left = step.after.partition(" = ")[0]
    if isinstance(line.right, tuple) and line.right:
        blank = replace(line, right=tuple(blanked(t, list(line.increments)) for t in line.right))
        return steps(q, [blank])[0].after
    if isinstance(line.right, Expr):
        return f"{left} = {BLANK}, {sized(line.right)}"
    return f"{left} = {BLANK}, {size}" if isinstance(line.right, Answered) else f"{left} = {BLANK}"


def sized(e: Expr) -> str:
    """How large an expression is."""
    return NUMBER if e.is_scalar else show(e.shape)


def blanked(t: Term, increments: Sequence[Expr]) -> Term:
    """A term with a blank for each run of factors that hold no increment."""
    scalars = tuple(s for s in t.scalars if _moves(s, increments))
    return Term(scalars=scalars, chain=tuple(_blank_runs(t.chain, increments)), traced=t.traced)


def _blank_runs(chain: Sequence[Expr], increments: Sequence[Expr]) -> list[Expr]:
    """The factors of a product, with a blank for each run that holds no increment."""
    made: list[Expr] = []
    for kept, run in groupby(chain, lambda e: _moves(e, increments)):
        factors = list(run)
        made += [_inside(e, increments) for e in factors] if kept else [sym(BLANK, (factors[0].shape[0], factors[-1].shape[1]))]
    return made


def _inside(e: Expr, increments: Sequence[Expr]) -> Expr:
    """A factor that holds an increment, with blanks for what else is multiplied there."""
    if e.op == "mul":
        return mul(*_blank_runs(split_product(e)[2], increments))
    if e.op == "had":
        held = [_inside(a, increments) for a in e.args if _moves(a, increments)]
        return had(sym(BLANK, e.shape), *held) if len(held) < len(e.args) else had(*held)
    return e


def _moves(e: Expr, increments: Sequence[Expr]) -> bool:
    """Whether an expression holds an increment."""
    return any(holds(e, leaf) for leaf in increments)

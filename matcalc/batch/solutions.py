"""Lines that ask for stationary points: `{"id", "problem": "argmin_w ||X*w-y||^2 s.t. A*w = b", "vars", "attrs"}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import matcalc
from matcalc.batch.keys import KEYS, Line
from matcalc.batch.lines import Answerer, at_most
from matcalc.book.choices import nearest
from matcalc.errors import UsageError
from matcalc.printing.notations.text import text

if TYPE_CHECKING:
    from matcalc.stationary.solution import Solution

TAKEN: Final = ("vars", "variables", "attrs")
SHAPES: Final = ("vars", "variables")


class Solving(Answerer):
    """Answers one line with a solution; this never raises for anything that a line can hold."""

    def _derived(self, request: Line) -> Line:
        problem, arguments = _arguments(request)
        with at_most(self.limit):
            found = matcalc.solve(problem, **arguments)
            _refuse_untold(found)
            steps = {"steps": found.derivation().splitlines()} if request.get("steps") else {}
            return {**found.to_dict(), **steps}


def _refuse_untold(found: Solution) -> None:
    """Refuses code that needs a length which no known name of the line has: the parameters of `solution` are the known names."""
    for name, value in found.values.items():
        if sizes := found.code_of(name, "numpy", "solution").sizes:
            told = f"the code of {name} = {text(value)} needs the size {', '.join(sizes)}, which no known name has"
            raise UsageError(told, hint="give the unknown a number of entries, or a known array of that size")


def _arguments(request: Line) -> tuple[str, Line]:
    """The problem of a line and the arguments of `solve`, each checked for its type."""
    for key in request:
        if key not in ("id", "problem", "over", "steps", *TAKEN):
            near = nearest(key[:40], ["problem", "over", "steps", *TAKEN], {"request": "problem", "expr": "problem", "wrt": "over"})
            hint = f"did you mean {near!r}?" if near else "the keys are id, problem, over, vars, attrs, steps"
            raise UsageError(f"unknown key {key[:40]!r}", hint=hint)
    if not isinstance(request.get("problem"), str):
        raise UsageError("a line has a 'problem'", hint='{"id": 1, "problem": "argmin_w ||X*w - y||^2"}')
    for key in TAKEN:
        if request.get(key) is not None and not KEYS[key].holds(request[key]):
            raise UsageError(f"{key!r} must be {KEYS[key].told}")
    if all(request.get(key) is not None for key in SHAPES):
        raise UsageError("a line has either 'vars' or 'variables'", hint="put all shapes under one of them")
    shapes = next((request[key] for key in SHAPES if request.get(key) is not None), None)
    return request["problem"], {"variables": shapes, "attrs": request.get("attrs"), "over": request.get("over")}

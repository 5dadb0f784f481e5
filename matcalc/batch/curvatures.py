"""Lines that ask for curvature: `{"id", "expr", "wrt": "x" | ["x", "S"], "vars", "attrs", "domain": ["b-A*x > 0"]}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.batch.keys import Line, arguments_of
from matcalc.batch.lines import Answerer, at_most
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from matcalc.convexity.judged import Judged

KEYS = frozenset({"id", "expr", "request", "wrt", "vars", "variables", "attrs", "domain", "steps"})


class Judging(Answerer):
    """Answers one line with a verdict; this never raises for anything that a line can hold."""

    def _derived(self, request: Line) -> Line:
        from matcalc.convexity.judging import curvature

        domain = read_domain(request)
        arguments = arguments_of(plain(request, KEYS))
        function = arguments.pop("request")
        with at_most(self.limit):
            found = curvature(function, **arguments, domain=domain)
            return {**found.to_dict(), **({"steps": steps_of(found)} if request.get("steps") else {})}


def read_domain(request: Line) -> list[str]:
    """The inequalities of a line."""
    domain = request.get("domain") or []
    domain = [domain] if isinstance(domain, str) else domain
    if not isinstance(domain, list) or not all(isinstance(text, str) for text in domain):
        raise UsageError("'domain' must be a list of inequalities, such as [\"b - A*x > 0\"]")
    return domain


def plain(request: Line, keys: frozenset[str]) -> Line:
    """A line as one that asks for a derivative, with several variables as one text and without the keys that are read apart."""
    foreign = next((key for key in request if key not in keys), None)
    if foreign is not None:
        raise UsageError(f"unknown key {foreign[:40]!r}", hint=f"the keys are {', '.join(sorted(keys))}")
    wrt = request.get("wrt")
    joined = ", ".join(wrt) if isinstance(wrt, list) and all(isinstance(name, str) for name in wrt) else wrt
    return {key: joined if key == "wrt" else value for key, value in request.items() if key not in ("domain", "steps")}


def steps_of(found: Judged) -> list[str]:
    """The reasons of a verdict, one after the other."""
    from matcalc.printing.notations.table import printer

    return found.reasons(printer("text"))

"""The magics %derive, %%derive and %%check.

    %load_ext matcalc
    %derive d tr(A X) / dX --layout numerator

    %%derive --layout mixed
    A: n x n symmetric
    d (x^T A x)/dx

What a cell declares and defines holds for all its requests. The result of a line is an object, D = %derive ..., unless
an option such as --to or --at asks for text.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

import click
from click.core import ParameterSource

import matcalc
from matcalc.answers.display.notebook import Answers, Explanation
from matcalc.commands.check import check_command
from matcalc.commands.derive import derive_command, results_of
from matcalc.commands.guard import guarded
from matcalc.commands.interactive.session import Session
from matcalc.commands.invocation import invoke, with_session, words_of
from matcalc.errors import UsageError

ARGUMENTS: Final = frozenset(inspect.signature(matcalc.derive).parameters)


def register(ipython: Any) -> None:
    """Adds the magics to an interactive session."""
    magics = _Magics(ipython)
    ipython.register_magic_function(magics.derive, magic_kind="line_cell", magic_name="derive")
    ipython.register_magic_function(magics.check, magic_kind="cell", magic_name="check")


class _Magics:
    """The magics, and the session that shows what they return."""

    def __init__(self, ipython: Any) -> None:
        self.ipython = ipython

    def derive(self, line: str, cell: str | None = None) -> Any:
        """Derivatives in closed form: %derive d tr(A X)/dX --layout numerator, or a cell of declarations and requests."""
        found: list[Any] = []
        if cell is None:
            guarded(lambda: found.append(answer(words_of(line, derive_command))))
        else:
            guarded(lambda: self._cell(line, cell))
        return found[0] if found else None

    def check(self, line: str, cell: str) -> Any:
        """A derivation of one's own, line by line: %%check --layout numerator, and the lines in the cell."""
        from matcalc.answers.checking.check import check  # a session without a derivation needs nothing of it

        found: list[Any] = []

        def checked() -> None:
            ctx = check_command.make_context("check", words_of(line, check_command))
            given = {name: ctx.params[name] for name in ("layout", "variables", "lets", "structured", "reading", "manifold")}
            found.append(check(cell, **given))

        guarded(checked)
        return found[0] if found else None

    def _cell(self, line: str, cell: str) -> None:
        """The declarations and definitions first, then the requests; an error is told and the rest goes on."""
        options = words_of(line, derive_command)
        asked = options[options.index("--") + 1 :] if "--" in options else []
        options = options[: len(options) - 2] if asked else options
        session = Session()
        lines = [text for text in map(str.strip, [*asked, *cell.splitlines()]) if text and not text.startswith("#")]
        requests: list[str] = []
        for text in lines:
            guarded(lambda text=text: requests.append(text) if session.take(text) is None else None)  # type: ignore[misc]
        for text in requests:
            guarded(lambda text=text: self._show(request_of(text, options, session)))  # type: ignore[misc]

    def _show(self, shown: Any) -> None:
        if shown is not None:
            data, about = self.ipython.display_formatter.format(shown)
            self.ipython.display_pub.publish(data, about)


def request_of(text: str, options: list[str], session: Session) -> Any:
    """What a line of a cell asks for; a claim is verified."""
    if not session.claims(text):
        return answer(with_session([*options, "--", text], derive_command, session, text))
    ctx = derive_command.make_context("derive", [*options, "--", text])
    from matcalc.answers.claims.verification import verify  # a cell without a claim needs nothing of it

    asked = text.strip()
    return verify(asked, layout=ctx.params["layout"], variables=(*ctx.params["variables"], *session.variables()), lets=session.lets(asked))


def answer(words: list[str]) -> Any:
    """The object that shows the answer to the words of a command line; None where they ask for text, which is printed."""
    if not words:
        raise UsageError("there is nothing to derive", hint="%derive d tr(A X) / dX")
    try:
        ctx = derive_command.make_context("derive", list(words))
    except click.exceptions.Exit:
        return None
    with ctx:
        steps = ctx.params.pop("steps", False)
        told = {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
        if told - ARGUMENTS:
            invoke(derive_command, words)
            return None
        results = results_of(**{name: value for name, value in ctx.params.items() if name in ARGUMENTS})
    if steps:
        return Explanation(results)
    return results[0] if len(results) == 1 else Answers(results)

"""Commands that are called from inside: a line of the shell or of a notebook, taken apart into the words of a command line.

The request needs no quotes. It comes first and ends where the first option begins, or last, behind two dashes.

    d tr(A X) / dX --layout numerator --var "A: n x n"
    --layout numerator --var "A: n x n" -- d tr(A X) / dX
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import click

from matcalc.commands.terminal import colours
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from matcalc.commands.interactive.session import Session


def options_of(command: click.Command) -> list[click.Option]:
    """The options of a command."""
    return [p for p in command.params if isinstance(p, click.Option)]


def words_of(line: str, command: click.Command) -> list[str]:
    """The options, then the request as one word behind `--`, if there is one."""
    spelled = [re.escape(o) for p in options_of(command) for o in (*p.opts, *p.secondary_opts, "--help")]
    first = re.search(rf"(?:^|\s)(?={'|'.join(spelled)}(?:[\s=]|$))", line)
    request, rest = (line, "") if first is None else (line[: first.start()], line[first.start() :])
    if not request.strip():
        rest, _, request = rest.partition(" -- ")
    try:
        options = shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"the options {rest.strip()} cannot be read: {error}".lower(), hint='quote values: --var "W: m x n"') from None
    request = _unquoted(request.strip())
    return [*options, *(["--", request] if request else [])]


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]
    return text[1:-1] if quoted else text


def with_session(words: list[str], command: click.Command, session: Session, text: str) -> list[str]:
    """The words, with what the session knows of the names in the text before them, where the command takes it."""
    known = {p.name for p in command.params}
    declared = [word for d in session.variables() for word in ("--var", d)] if "variables" in known else []
    defined = [word for d in session.lets(text) for word in ("--let", d)] if "lets" in known else []
    return [*declared, *defined, *words]


def invoke(command: click.Command, words: list[str]) -> int:
    """Runs a command and gives its exit status; what goes wrong is raised."""
    try:
        with command.make_context(command.name, words, color=colours()) as ctx:
            status: Any = command.invoke(ctx)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return status if isinstance(status, int) else 0

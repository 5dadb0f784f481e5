"""`matcalc check`: which line of a derivation is the first wrong one?"""

from __future__ import annotations

from typing import IO, Any, Final

import click

from matcalc.commands.guard import Guarded
from matcalc.commands.options import layout_option, let_option, rules_option, structured_options, to_option, var_option
from matcalc.commands.output import JSON, deliver, prose
from matcalc.engine import load_engine

UNDECIDED: Final = 3


@click.command("check", cls=Guarded, short_help="Which line of a derivation is the first wrong one?")
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@layout_option
@var_option()
@let_option("the lines")
@structured_options
@to_option((*prose(), JSON))
@rules_option
def check_command(file: IO[str], output: str, **options: Any) -> int:
    """Whether the derivation in FILE, or on standard input, is right: exit status 0 if it is, 1 if a line is wrong, 3 if undecided.

    Lines are `f = tr(A*X)`, `df = tr(A*dX)`, `= ...`, `df/dX = A^T`, `d vec(Y) = ...`, definitions of parts and declarations such as
    `A: n x n symmetric`, in text or as one LaTeX align environment. Steps may be left out: every line is compared with the one
    before. The first wrong line is told with its cause and with what it should be.
    """
    load_engine()
    from matcalc.answers.checking.check import check

    checked = check(file.read(), **options)
    deliver(checked, output)
    return {"right": 0, "wrong": 1}.get(checked.verdict, UNDECIDED)

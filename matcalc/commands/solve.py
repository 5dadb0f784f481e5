"""`matcalc solve`: stationary points in closed form."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO

import click

from matcalc.book.choices import TARGETS
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import let_option, rules_option, to_option, var_option
from matcalc.commands.output import deliver, formats, prose, say
from matcalc.engine import load_engine


@click.command("solve", cls=RequestCommand, short_help="The point at which a function is least, greatest or stationary.")
@click.argument("problem", required=False)
@click.option("--over", metavar="w[,s]", help="The unknowns, where PROBLEM does not name them.")
@var_option("X: m x n")
@let_option("PROBLEM")
@click.option("--steps", is_flag=True, help="How one gets there: the function, its gradient, the equation, each move, the kind of point.")
@click.option("--batch", type=click.File("rb"), metavar="IN.jsonl|-", help="Answer a JSON object a line instead, in order.")
@to_option(formats(*TARGETS))
@rules_option
def solve_command(problem: str | None, batch: BinaryIO | None, steps: bool, output: str, **options: Any) -> int:
    """Solves PROBLEM, such as argmin_w ||X*w - y||^2 s.t. A*w = b, in closed form.

    It begins with argmin_, argmax_ or stationary_ and the unknowns; equations follow s.t., separated by commas. A property of an
    unknown is the set that it runs over. Where there is no closed form, the equation that stays is shown.
    """
    if (problem is None) == (batch is None):
        raise click.UsageError("give either a problem or --batch", click.get_current_context())
    load_engine()
    if batch is not None:
        from matcalc.batch import lines
        from matcalc.batch.solutions import Solving

        return lines.run(batch, sys.stdout.buffer, Solving())
    from matcalc.stationary.stationary import solve

    assert problem is not None
    if steps and output not in prose() and output not in ("latex", "typst"):
        raise click.UsageError("--steps are told in a notation", click.get_current_context())
    found = solve(problem, **options)
    if steps:
        say(found.derivation(output), output)
        return 0
    deliver(found, output)
    return 0

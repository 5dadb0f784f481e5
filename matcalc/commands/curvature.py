"""`matcalc curvature`: is a function convex?"""

from __future__ import annotations

import sys
from typing import Any, BinaryIO, Final

import click

from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import let_option, rules_option, to_option, var_option, wrt_option
from matcalc.commands.output import JSON, deliver, prose
from matcalc.engine import load_engine

UNDECIDED: Final = 3


@click.command("curvature", cls=RequestCommand, short_help="Is a function convex, concave, affine or neither, and why?")
@click.argument("function", metavar="F", required=False)
@wrt_option("The variables, jointly: x or x,S.", "x[,S]")
@var_option("S: n x n spd")
@let_option("F")
@click.option("--domain", multiple=True, metavar='"b - A*x > 0"', help="An inequality, entry by entry, for the variables. Repeatable.")
@click.option("--batch", type=click.File("rb"), metavar="IN.jsonl|-", help="Answer a JSON object a line instead, in order.")
@to_option((*prose(), JSON))
@rules_option
def curvature_command(function: str | None, batch: BinaryIO | None, output: str, **options: Any) -> int:
    """Whether F is convex in its variables, and why: exit status 0 with a verdict, 3 where nothing is proved.

    A property of a variable is its domain here: an spd matrix moves among the symmetric ones. The verdict holds for all sizes and
    all values of the other names, or under the condition that it comes with; `neither` comes with a witness.
    """
    if (function is None) == (batch is None):
        raise click.UsageError("give either a function or --batch", click.get_current_context())
    load_engine()
    if batch is not None:
        from matcalc.batch import lines
        from matcalc.batch.curvatures import Judging

        return lines.run(batch, sys.stdout.buffer, Judging())
    from matcalc.convexity.judging import curvature

    assert function is not None
    found = curvature(function, **options)
    deliver(found, output)
    return UNDECIDED if found.verdict == "unknown" else 0

"""`matcalc taylor` and `matcalc increment`: expansions and exact increments."""

from __future__ import annotations

import json
from typing import Any

import click

from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import let_option, rules_option, steps_option, to_option, var_option, wrt_option
from matcalc.commands.output import PROGRAMS, deliver, deliver_stepped, formats
from matcalc.engine import load_engine


@click.command("taylor", cls=RequestCommand, short_help="The expansion of a function about a point.")
@click.argument("expression")
@wrt_option("The variable.", required=True)
@click.option("--about", metavar="C", help="The point: a new name, an expression, or numbers.")
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="How far the expansion goes.")
@click.option("--table", metavar="0,1,2", help="Instead: f(c), f'(c), f'(c)(h) and the expansion at these points.")
@var_option()
@let_option("EXPRESSION")
@steps_option
@to_option(formats(*PROGRAMS))
@rules_option
def taylor_command(expression: str, about: str | None, table: str | None, output: str, order: int, steps: bool, **options: Any) -> None:
    """The first or second order expansion of EXPRESSION about a point, around the point and written out.

    Where EXPRESSION makes sense only for a scalar, as 1 - x + x^2, the variable is one.
    """
    load_engine()
    from matcalc.answers.expansions import taylor

    if (about is None) is (table is None):
        raise click.UsageError("give the point, --about c, or the points of a table, --table 0,1,2")
    if table is not None:
        rows = taylor.value_table(expression, values=table, **options)
        click.echo(json.dumps([vars(r) for r in rows]) if output == "json" else taylor.table_text(rows, options["wrt"]))
        return
    found = taylor.taylor(expression, about=about or "", order=order, **options)
    deliver_stepped(found, output, steps)


@click.command("increment", cls=RequestCommand, short_help="f(x + dx) - f(x) of a polynomial, exactly.")
@click.argument("expression")
@wrt_option("The variable, or several: (x, W, b).")
@var_option(told="Declares a shape or properties.")
@let_option("EXPRESSION")
@to_option(formats(*PROGRAMS))
@rules_option
def increment_command(expression: str, output: str, **options: Any) -> None:
    """The exact increment of a polynomial, its first-order part, and what remains."""
    load_engine()
    from matcalc.answers.expansions.increments import increment

    deliver(increment(expression, **options), output)

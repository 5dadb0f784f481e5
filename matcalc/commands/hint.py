"""`matcalc hint`: what to do next in a derivation."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

import click

from matcalc.commands.derive import results_of
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import let_option, open_layout_option, rules_option, structured_options, to_option, var_option, wrt_option

FORMATS: Final = ("text", "json")


@click.command("hint", cls=RequestCommand, short_help="The next rule of a derivation, then its shape, then the line.")
@click.argument("request")
@click.option("--after", default="", metavar="LINE", help="The line that you have: its number from 1, or its text; else the first.")
@click.option("--level", type=click.IntRange(1, 3), default=3, show_default=True, help="1 the rule, 2 also the shape, 3 also the line.")
@wrt_option()
@open_layout_option
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="2 for a Hessian of a bare expression.")
@click.option("--wrt2", metavar="Y", help="The second variable of a mixed second derivative.")
@var_option()
@let_option()
@structured_options
@to_option(FORMATS)
@rules_option
def hint_command(request: str, after: str, level: int, output: str, **options: Any) -> None:
    """What to do next in the derivation of REQUEST: the next rule, then the shape of the next line, then the line.

    On a terminal each waits for the Enter key.
    """
    found = results_of(request, check=False, **options)[0].hint(after)
    if output == "json":
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    click.echo(f"line {found.number} of {found.total}: {found.before}")
    if found.is_last:
        click.echo("nothing is left to do: this is the answer")
        return
    told = [f"rule:  {found.rule}" + (f"\n       {found.says}" if found.says else ""), f"shape: {found.shape}", f"line:  {found.line}"]
    for k, part in enumerate(told[:level]):
        if k and sys.stdin.isatty() and sys.stdout.isatty():
            click.pause("")
        click.echo(part)

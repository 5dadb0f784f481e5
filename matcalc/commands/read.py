"""`matcalc read`: what a request was understood to be."""

from __future__ import annotations

from typing import Any

import click

from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import let_option, rules_option, structured_options, to_option, var_option, wrt_option
from matcalc.commands.output import deliver, formats
from matcalc.engine import load_engine


@click.command("read", cls=RequestCommand, short_help="What a request is understood to be.")
@click.argument("request")
@wrt_option()
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="2 for a Hessian of a bare expression.")
@click.option("--wrt2", metavar="Y", help="The second variable of a mixed second derivative.")
@var_option()
@let_option()
@structured_options
@to_option(formats())
@rules_option
def read_command(request: str, output: str, **options: Any) -> None:
    """What REQUEST is understood to be: the formula, every variable with its kind and why, and what was assumed.

    Nothing is differentiated.
    """
    load_engine(checks=False)
    from matcalc.answers.understood import read

    deliver(read(request, **options), output)

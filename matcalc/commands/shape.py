"""`matcalc shape`: the axes of a derivative in every layout."""

from __future__ import annotations

import json
from typing import Any

import click

from matcalc.commands.guard import RequestCommand
from matcalc.engine import load_engine


@click.command("shape", cls=RequestCommand, short_help="The axes of a derivative in every layout.")
@click.argument("request", required=False)
@click.option("--wrt", metavar="X", help="The variable, where REQUEST is a bare expression.")
@click.option("--var", "variables", multiple=True, metavar='"Y: m x n"', help="Declares a shape. Repeatable.")
@click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help="Defines a name used in REQUEST. Repeatable.")
@click.option("--to", "output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How the axes are told.")
def shape_command(request: str | None, output: str, **options: Any) -> None:
    """The axes of "dY/dX", or of any derivative, in every layout; nothing is differentiated.

    Without a REQUEST: the table of scalars, vectors and matrices by each other.
    """
    load_engine()
    from matcalc.answers import axes as shapes

    if request is None:
        rows = [{"of": y, "by": x} | found.to_dict() for y, x, found in shapes.table()]
        click.echo(json.dumps(rows) if output == "json" else shapes.table_text())
        return
    found = shapes.shape_of_derivative(request, **options)
    click.echo(json.dumps(found.to_dict()) if output == "json" else found.text)

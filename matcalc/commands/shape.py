"""`matcalc shape`: the axes of a derivative in every layout."""

from __future__ import annotations

import json
from typing import Any

import click

from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import let_option, to_option, var_option, wrt_option
from matcalc.engine import load_engine


@click.command("shape", cls=RequestCommand, short_help="The axes of a derivative in every layout.")
@click.argument("request", required=False)
@wrt_option()
@var_option("Y: m x n", "Declares a shape.")
@let_option()
@to_option(("text", "json"), "How the axes are told.")
def shape_command(request: str | None, output: str, **options: Any) -> None:
    """The axes of "dY/dX", or of any derivative, in every layout; nothing is differentiated.

    Without a REQUEST: the table of scalars, vectors and matrices by each other.
    """
    load_engine(checks=False)
    from matcalc.answers import axes as shapes

    if request is None:
        rows = [{"of": y, "by": x} | found.to_dict() for y, x, found in shapes.table()]
        click.echo(json.dumps(rows) if output == "json" else shapes.table_text())
        return
    found = shapes.shape_of_derivative(request, **options)
    click.echo(json.dumps(found.to_dict()) if output == "json" else found.text)

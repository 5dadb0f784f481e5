"""`matcalc backprop`: every gradient of a chain of definitions."""

from __future__ import annotations

from typing import Any

import click

import matcalc
from matcalc.book.choices import TARGETS
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import check_option, layout_option, let_option, rules_option, steps_option, to_option, var_option, wrt_option
from matcalc.commands.output import deliver_stepped, formats
from matcalc.engine import load_engine


@click.command("backprop", cls=RequestCommand, short_help="Every gradient of a chain, last to first.")
@click.argument("request")
@wrt_option("Only the gradients by these, and those that they need.", "X,Y")
@layout_option
@var_option()
@let_option()
@steps_option
@to_option(formats(*TARGETS))
@check_option("Compare every gradient with finite differences first.")
@rules_option
def backprop_command(request: str, wrt: str | None, output: str, steps: bool, **options: Any) -> None:
    """Every gradient of a chain of definitions, each in terms of the ones before it.

    REQUEST names the function and its definitions: "L where z = W*x + b; a = sigma(z); L = loss(a); dL/da = g".
    """
    load_engine()
    found = matcalc.backprop(request, None if wrt is None else wrt.replace(",", " ").split(), **options)
    deliver_stepped(found, output, steps)

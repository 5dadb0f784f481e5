"""`matcalc backprop`: every gradient of a chain of definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

import matcalc
from matcalc.answers.report import BY, RESTATED, described
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import check_option, layout_option, let_option, to_option, var_option, wrt_option
from matcalc.commands.terminal import show
from matcalc.engine import load_engine

if TYPE_CHECKING:
    from matcalc.answers.backprop import Backpropagation

CHAIN_FORMATS: Final = ("text", "unicode", "latex", "numpy", "json")


@click.command("backprop", cls=RequestCommand, short_help="Every gradient of a chain, last to first.")
@click.argument("request")
@wrt_option("Only the gradients by these, and those that they need.", "X,Y")
@layout_option
@var_option()
@let_option()
@to_option(CHAIN_FORMATS)
@check_option("Compare every gradient with finite differences first.")
def backprop_command(request: str, wrt: str | None, output: str, **options: Any) -> None:
    """Every gradient of a chain of definitions, each in terms of the ones before it.

    REQUEST names the function and its definitions: "L where z = W*x + b; a = sigma(z); L = loss(a); dL/da = g".
    """
    load_engine()
    found = matcalc.backprop(request, None if wrt is None else wrt.replace(",", " ").split(), **options)
    if output == "json":
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    elif output in ("latex", "numpy"):
        click.echo(getattr(found, output).rstrip())
    else:
        shown = found.unicode if output == "unicode" else found.text
        show("\n".join([shown, "", *(f"  {line}" for line in chain_notes(found, output))]))


def chain_notes(found: Backpropagation, notation: str = "text") -> list[str]:
    """The shapes of the variables and definitions, the assumptions, and the least exact of the certificates."""
    shapes = ", ".join(described(name, shape, BY.get(notation, " x ")) for name, shape in found.variables.items())
    told = [shapes, f"{found.layout} layout", *(f"assuming {a}" for a in found.assumptions if not RESTATED.match(a))]
    from matcalc.numbers.certificate import CHECKED, weakest

    checked = [g.certificate for g in found.gradients if g.certificate is not None]
    if not checked:
        return [*told, "not checked"]
    least = weakest(checked)
    return [*told, f"each {least}" if least.status == CHECKED else str(least)]

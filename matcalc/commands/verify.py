"""`matcalc verify`: is a claimed derivative right?"""

from __future__ import annotations

import json
from typing import Any

import click

from matcalc.answers.report import notes
from matcalc.book.choices import CLAIM_FORMS
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import choice_option, layout_option, let_option, to_option, var_option
from matcalc.commands.terminal import show
from matcalc.engine import load_engine


@click.command("verify", cls=RequestCommand, short_help="Is a claimed derivative right?")
@click.argument("claim")
@layout_option
@choice_option("--form", CLAIM_FORMS, "index: VALUE is an entry.")
@var_option()
@let_option("CLAIM")
@to_option(("text", "unicode", "json"))
def verify_command(claim: str, output: str, **options: Any) -> int:
    """Whether CLAIM, such as "d tr(A X)/dX = A^T", is right: exit status 0 if it is, 1 if not.

    A wrong claim is told by the entry that differs most, and by what would make it right: another layout, symmetric
    matrices, or a factor. The claimed value may be in matrix, vec or differential form, or
    in index notation: "d (X*W^T)[i,j]/dW[k,l] = X[i,l]*delta[j,k]".
    """
    load_engine()
    from matcalc.answers.claims import verify

    verdict = verify(claim, **options)
    if output == "json":
        click.echo(json.dumps(verdict.to_dict(), ensure_ascii=False))
    else:
        told = verdict.told(verdict.derivative.unicode) if output == "unicode" else str(verdict)
        show("\n".join([told, "", *(f"  {line}" for line in notes([verdict.derivative], output))]))
    return 0 if verdict else 1

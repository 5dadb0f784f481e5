"""`matcalc verify`: is a claimed derivative right?"""

from __future__ import annotations

from typing import Any, Final

import click

from matcalc.book.choices import CLAIM_FORMS
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import (
    choice_option,
    layout_option,
    let_option,
    rules_option,
    steps_option,
    structured_options,
    to_option,
    var_option,
)
from matcalc.commands.output import JSON, deliver_stepped, formats, prose
from matcalc.engine import load_engine

UNDECIDED: Final = 3


@click.command("verify", cls=RequestCommand, short_help="Is a claimed derivative right?")
@click.argument("claim")
@layout_option
@choice_option("--form", CLAIM_FORMS, "index: VALUE is an entry.")
@var_option()
@let_option("CLAIM")
@structured_options
@steps_option
@to_option(formats())
@rules_option
def verify_command(claim: str, output: str, steps: bool, **options: Any) -> int:
    """Whether CLAIM, such as "d tr(A X)/dX = A^T", is right: exit status 0 if it is, 1 if not, 3 where that is undecided.

    A wrong claim is told by the entry that differs most, and by what would make it right: another layout, symmetric
    matrices, or a factor. The claimed value may be in matrix, vec or differential form, or
    in index notation: "d (X*W^T)[i,j]/dW[k,l] = X[i,l]*delta[j,k]".
    """
    load_engine()
    from matcalc.answers.claims.verification import verify

    if not steps and output not in (*prose(), JSON):
        raise click.UsageError(f"a verdict is printed as {', '.join(prose())} or {JSON}, its derivation as {output} too; add --steps")
    verdict = verify(claim, **options)
    deliver_stepped(verdict, output, steps)
    return {"right": 0, "wrong": 1}.get(verdict.verdict, UNDECIDED)

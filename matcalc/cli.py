"""The programs `matcalc` and `derive`.

Results go to standard output, everything else to standard error. Exit status: 0 done, 1 the request cannot be
derived, 2 wrong usage.
"""

from __future__ import annotations

from typing import Final, NoReturn

import click

import matcalc
from matcalc.commands.backprop import backprop_command
from matcalc.commands.batch import batch_command
from matcalc.commands.completion import completion_command
from matcalc.commands.derive import derive_command
from matcalc.commands.guard import GuardedGroup
from matcalc.commands.rules import rules_command
from matcalc.commands.shape import shape_command
from matcalc.commands.sheet import sheet_command
from matcalc.commands.shell import shell_command
from matcalc.commands.taylor import increment_command, taylor_command
from matcalc.commands.verify import verify_command


def show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Prints the version and ends."""
    if wanted:
        click.echo(f"matcalc {matcalc.__version__}")
        ctx.exit()


COMMANDS: Final[dict[str, click.Command]] = {
    "derive": derive_command,
    "verify": verify_command,
    "shape": shape_command,
    "taylor": taylor_command,
    "increment": increment_command,
    "backprop": backprop_command,
    "batch": batch_command,
    "shell": shell_command,
    "sheet": sheet_command,
    "rules": rules_command,
    "completion": completion_command,
}


@click.group("matcalc", cls=GuardedGroup, commands=COMMANDS)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show the version and exit.")
def group() -> None:
    """Symbolic matrix calculus: derivatives in closed form, certified numerically."""


def main(program: str = "matcalc") -> NoReturn:
    """The command `matcalc`."""
    group.main(prog_name=program)


def derive_main(program: str = "derive") -> NoReturn:
    """The command `derive`, short for `matcalc derive`."""
    derive_command.main(prog_name=program)

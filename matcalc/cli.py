"""The programs `matcalc` and `derive`.

Results go to standard output, everything else to standard error. Exit status: 0 done, 1 the request cannot be
derived, 2 wrong usage.
"""

from __future__ import annotations

from typing import Final, NoReturn

import click

from matcalc.book.choices import nearest
from matcalc.commands.backprop import backprop_command
from matcalc.commands.batch import batch_command
from matcalc.commands.completion import completion_command
from matcalc.commands.derive import derive_command
from matcalc.commands.guard import Guarded, GuardedGroup
from matcalc.commands.options import version_option
from matcalc.commands.rules import rules_command
from matcalc.commands.shape import shape_command
from matcalc.commands.sheet import sheet_command
from matcalc.commands.shell import shell_command
from matcalc.commands.taylor import increment_command, taylor_command
from matcalc.commands.verify import verify_command


@click.command("help", cls=Guarded, short_help="What the commands do.")
@click.argument("command", required=False, shell_complete=lambda ctx, param, incomplete: [c for c in COMMANDS if c.startswith(incomplete)])
@click.pass_context
def help_command(ctx: click.Context, command: str | None) -> None:
    """What the commands do, or one of them."""
    if command is None:
        assert ctx.parent is not None
        click.echo(ctx.parent.get_help())
    elif command in COMMANDS:
        with click.Context(COMMANDS[command], info_name=command, parent=ctx.parent) as found:
            click.echo(COMMANDS[command].get_help(found))
    else:
        raise click.UsageError(f"there is no command {command!r}; {did_you_mean(command)}")


def did_you_mean(command: str) -> str:
    """The nearest command, as a question."""
    near = nearest(command, COMMANDS)
    return f"did you mean {near}?" if near else f"they are {', '.join(COMMANDS)}"


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
    "help": help_command,
}


@click.group("matcalc", cls=GuardedGroup, commands=COMMANDS)
@version_option
def group() -> None:
    """Symbolic matrix calculus: derivatives in closed form, certified numerically."""


def main(program: str = "matcalc") -> NoReturn:
    """The command `matcalc`."""
    group.main(prog_name=program)


def derive_main(program: str = "derive") -> NoReturn:
    """The command `derive`, short for `matcalc derive`."""
    derive_command.main(prog_name=program)

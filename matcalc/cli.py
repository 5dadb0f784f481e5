"""The programs `matcalc` and `derive`.

Results go to standard output, everything else to standard error. Exit status: 0 done, 1 the request cannot be
derived, 2 wrong usage.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final, NoReturn, cast

from matcalc.engine import uncollected

with uncollected():
    import click

    from matcalc.book.choices import nearest
    from matcalc.commands.derive import derive_command
    from matcalc.commands.guard import Guarded, GuardedGroup, leave
    from matcalc.commands.options import version_option


class Commands(Mapping[str, click.Command]):
    """Commands by name, each imported when it is asked for; they are given by place, "module:NAME"."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self.places = places

    def __getitem__(self, name: str) -> click.Command:
        module, _, label = self.places[name].partition(":")
        found: click.Command = getattr(import_module(module), label)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.places

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


COMMANDS: Final = Commands(
    {
        "derive": "matcalc.commands.derive:derive_command",
        "read": "matcalc.commands.read:read_command",
        "verify": "matcalc.commands.verify:verify_command",
        "check": "matcalc.commands.check:check_command",
        "curvature": "matcalc.commands.curvature:curvature_command",
        "solve": "matcalc.commands.solve:solve_command",
        "hint": "matcalc.commands.hint:hint_command",
        "shape": "matcalc.commands.shape:shape_command",
        "taylor": "matcalc.commands.taylor:taylor_command",
        "increment": "matcalc.commands.taylor:increment_command",
        "backprop": "matcalc.commands.backprop:backprop_command",
        "batch": "matcalc.commands.batch:batch_command",
        "shell": "matcalc.commands.interactive.shell:shell_command",
        "sheet": "matcalc.commands.sheet:sheet_command",
        "serve": "matcalc.commands.serving.serve:serve_command",
        "mcp": "matcalc.commands.serving.mcp:mcp_command",
        "rules": "matcalc.commands.rules:rules_command",
        "completion": "matcalc.commands.completion:completion_command",
        "help": "matcalc.cli:help_command",
    }
)


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


# A group only reads its commands.
@click.group("matcalc", cls=GuardedGroup, commands=cast("dict[str, click.Command]", COMMANDS))
@version_option
def group() -> None:
    """Symbolic matrix calculus: derivatives in closed form, certified numerically."""


def compute_in_one_thread() -> None:
    """The arrays of a certificate are small, and NumPy's threads cost more to start than NumPy does to load."""
    for library in ("OPENBLAS", "MKL", "OMP"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def main(program: str = "matcalc") -> NoReturn:
    """The command `matcalc`."""
    compute_in_one_thread()
    group.main(prog_name=program)


def derive_main(program: str = "derive") -> NoReturn:
    """The command `derive`, short for `matcalc derive`."""
    compute_in_one_thread()
    try:
        derive_command.main(prog_name=program)
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else 0)

"""`matcalc completion`: what makes a shell complete the commands and their options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from matcalc.commands.guard import Guarded

SHELLS = ("bash", "zsh", "fish")
PROGRAMS = ("matcalc", "derive")


@click.command("completion", cls=Guarded, short_help="Completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> None:
    """What makes a shell complete `matcalc` and `derive`, to be evaluated when it starts.

    \b
    eval "$(matcalc completion bash)"         in ~/.bashrc
    eval "$(matcalc completion zsh)"          in ~/.zshrc
    matcalc completion fish | source          in ~/.config/fish/config.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    for program in PROGRAMS:
        click.echo(found(click.Command(program), {}, program, f"_{program.upper()}_COMPLETE").source())

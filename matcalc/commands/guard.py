"""What every command has in common: an exit status instead of a traceback, and an engine that is imported late."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from matcalc.commands.terminal import colours, painted_error
from matcalc.errors import MatcalcError

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED: Final = 130


def guarded(run: Callable[[], Any]) -> int:
    """Runs a command and gives its exit status; whatever goes wrong becomes one message on standard error."""
    if _is_closed(sys.stdout):
        return failed("standard output is closed")
    try:
        status = run()
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        _forget_interrupt()
        return INTERRUPTED
    except MatcalcError as error:
        return failed(str(error))
    except BrokenPipeError:
        return abandon_output()
    except OSError as error:
        abandon_output()
        return failed(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    except (RecursionError, MemoryError):
        return failed("the request is too large: it is nested too deeply or needs too much memory")
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user
        if _is_closed(sys.stdin) and "sys.stdin" in str(error):
            return failed("standard input is closed")
        return failed(f"internal error: {type(error).__name__}: {error}\nhint: please report this, with the request")
    return status if isinstance(status, int) else 0


def _forget_interrupt() -> None:
    """Lets the exit status be ours: where an interrupt met text that was executed (a record's `__init__`, a template of the
    sampling), the interpreter ends itself by SIGINT under `-m`, unless more text is executed before it ends."""
    eval("None")  # noqa: S307 - a constant


def _is_closed(stream: object) -> bool:
    """Whether the shell closed a stream (`>&-`); the interpreter then has None in its place."""
    return stream is None


def failed(message: str) -> int:
    """Says why there is no result."""
    click.echo(painted_error(message), err=True, color=colours())
    return 1


def abandon_output() -> int:
    """Lets the interpreter end in silence when nobody reads, or nothing can hold, what is left to be written."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def leave(status: int) -> NoReturn:
    """Ends the process as it stands, with what was printed: to free the engine object by object takes as long as to derive."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Prints how a command is used, and ends."""
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


class Guarded(click.Command):
    """A command whose `main` ends with the documented exit status and never with a traceback, and that knows when to colour."""

    helping: click.Option | None = None

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """As Click's, whose text is looked for in other languages by every command, which takes longer than to parse the request."""
        names = self.get_help_option_names(ctx)
        if self.helping is None and names:
            told = "Show this message and exit."
            self.helping = click.Option(names, is_flag=True, is_eager=True, expose_value=False, callback=show_help, help=told)
        return self.helping

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        extra.setdefault("color", colours())
        extra.setdefault("help_option_names", ["-h", "--help"])
        return super().make_context(info_name, args, parent, **extra)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        extra["standalone_mode"] = False
        run = super().main
        sys.exit(guarded(lambda: run(*args, **extra)))


class GuardedGroup(Guarded, click.Group):
    """The group of all commands."""


class RequestCommand(Guarded):
    """`derive`, whose request may begin with a minus sign: of short options it has -h alone, where nothing else is said."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args == ["-h"]:
            return super().parse_args(ctx, ["--help"])
        negative = [a for a in args if len(a) > 1 and a[0] == "-" and a[1] != "-"]
        if negative and "--" not in args:
            args = [*(a for a in args if a not in negative), "--", *negative]
        return super().parse_args(ctx, args)



"""`matcalc shell`: a prompt that remembers declarations, definitions and settings.

A line declares, defines, asks or claims, see `matcalc.commands.interactive.session`; a line that begins with a colon is a command of the
shell, an option of `derive` that stays set, or another command of `matcalc` with the session's names.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from matcalc.commands.backprop import backprop_command
from matcalc.commands.check import check_command
from matcalc.commands.derive import derive_command
from matcalc.commands.guard import Guarded, guarded
from matcalc.commands.invocation import invoke, options_of, with_session, words_of
from matcalc.commands.options import rules_option
from matcalc.commands.read import read_command
from matcalc.commands.rules import nearest, rules_command
from matcalc.commands.shape import shape_command
from matcalc.commands.taylor import increment_command, taylor_command
from matcalc.commands.verify import verify_command
from matcalc.engine import load_engine
from matcalc.errors import LimitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matcalc.commands.interactive.session import Session

PROMPT: Final = "matcalc> "
REMEMBERED: Final = 1000
RUN: Final[dict[str, click.Command]] = {
    "derive": derive_command,
    "read": read_command,
    "verify": verify_command,
    "shape": shape_command,
    "taylor": taylor_command,
    "increment": increment_command,
    "backprop": backprop_command,
    "rules": rules_command,
}
OWN: Final = ("vars", "settings", "clear", "help", "quit")
# What a newcomer types, unless it is a name of the session.
BARE: Final = {"help": "help", "?": "help", "quit": "quit", "exit": "quit"}
DELIMITERS: Final = " \t\n*+-/^()[]{},;=|.'@"
# Those that say by what a bare expression is differentiated; a request says so itself.
FOR_EXPRESSIONS: Final = frozenset({"wrt", "wrt2", "order"})
HELP: Final = """\
W: m x n                     declares; also  x: n   c: scalar
                             S: n x n symmetric   f: vector -> scalar
y = W*x + b                  defines
dL/dy = g                    names the gradient of a definition, as L = loss(y)
d (y^T y)/dx                 asks for a derivative
y^T y                        the same, after  :wrt x
d (y^T y)/dx = 2*W^T*y       asks whether a derivative is right

:wrt x   :layout numerator   :form vec   :to latex   ...
                             options of `derive` that stay; without a value,
                             what it is; with "default", as at first;
                             :settings lists them
:taylor f --wrt x --about c  another command: {commands}
:check FILE                  a derivation of your own, line by line
:vars   :clear [NAMES]   :help   :quit"""


@click.command("shell", cls=Guarded, short_help="A prompt that remembers.")
@rules_option
def shell_command() -> int:
    """A prompt that remembers declarations, definitions and settings; :help explains it.

    Lines may also be piped in: then the exit status is 1 if any of them failed.
    """
    load_engine()
    session: Session = import_module("matcalc.commands.interactive.session").Session()
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        shell = Shell(session, talks=True)
        with history(shell):
            while not shell.ended:
                shell.obey_one()
        return 0
    return Shell(session).obey_all(piped())


@dataclass
class Shell:
    """The session and the options of `derive` that are set; one that `talks` confirms what it is told."""

    session: Session
    talks: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    ended: bool = False

    def obey_all(self, lines: Iterable[str]) -> int:
        """1 if a line failed, else 0."""
        failed = False
        for line in lines:
            failed = bool(self.obey(line)) or failed
            if self.ended:
                break
        return int(failed)

    def obey_one(self) -> None:
        """Does what the next line says; Ctrl-C drops the line, or ends the work on it."""
        try:
            line = typed()
            if line is None:
                self.ended = True
            else:
                self.obey(line)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)

    def obey(self, line: str) -> int:
        """Does what a line says and gives its exit status; an error is printed."""
        return guarded(lambda: self._obeyed(line.strip()))

    def _obeyed(self, line: str) -> int:
        if not line or line.startswith("#"):
            return 0
        if line.startswith(":"):
            name, _, rest = line[1:].partition(" ")
            return self._command(name.strip(), rest.strip())
        if line in BARE and line not in self.session.names():
            return self._command(BARE[line], "")
        told = self.session.take(line)
        if told is not None:
            self._confirm(told)
            return 0
        return self._ask(line)

    def _confirm(self, lines: list[str]) -> None:
        if self.talks:
            click.echo("\n".join(click.style(f"  {line}", dim=True) for line in lines))

    def _ask(self, line: str) -> int:
        """A claim is verified; a request is answered; a bare expression too, once it is known by what; a name is told."""
        if self.session.claims(line):
            return self._run(verify_command, [*self._layout_for(verify_command, []), "--", line], line)
        if self.session.asks(line):
            return self._run(derive_command, [*self._set_options(skipped=FOR_EXPRESSIONS), "--", line], line)
        if line in self.session.names() and not ("wrt" in self.settings and line in self.session.definitions):
            click.echo(self.session.declarations.get(line) or self.session.definitions[line])
            return 0
        if "wrt" not in self.settings:
            raise UsageError("the variable to differentiate by is missing", (0, len(line)), line, "write d f / dX, or :wrt X once")
        return self._run(derive_command, [*self._set_options(), "--", line], f"{line} {self.settings['wrt']}")

    def _run(self, command: click.Command, words: list[str], text: str) -> int:
        return invoke(command, with_session(words, command, self.session, text))

    # ----------------------------------------------------------------------------------------- commands

    def _command(self, name: str, rest: str) -> int:
        if name in ("quit", "q", "exit"):
            self.ended = True
            return 0
        if name in RUN:
            words = words_of(rest, RUN[name])
            inherited = self._layout_for(RUN[name], words)
            return self._run(RUN[name], [*inherited, *words], words[-1] if "--" in words else "")
        if name == "check" and _held(rest):
            return self._run(check_command, [*self._layout_for(check_command, []), *words_of(rest, check_command)], _held(rest))
        if name in settable():
            self._set(name, rest)
        elif name == "clear":
            self.session.clear(rest.replace(",", " ").split())
            if not rest:
                self.settings.clear()
        elif name in ("vars", "settings", "help"):
            click.echo({"vars": self._vars, "settings": self._settings, "help": _help}[name]())
        else:
            raise UsageError(f"there is no command :{name[:40]}", hint=nearest(name[:40], commands()).replace("`matcalc rules`", ":help"))
        return 0

    def _layout_for(self, command: click.Command, words: list[str]) -> list[str]:
        """The layout and the notation that are set, for a command that has them and is not told others."""
        taken = {p.opts[0][2:]: p for p in options_of(command)}
        kept = [n for n in ("layout", "to") if n in self.settings and n in taken and f"--{n}" not in words]
        return [w for n in kept if _fits(self.settings[n], taken[n]) for w in (f"--{n}", self.settings[n])]

    def _vars(self) -> str:
        return "\n".join(self.session.told()) or "nothing is declared or defined"

    def _settings(self) -> str:
        return "\n".join(f"{name:<12} {self.value_of(name)}" for name in settable())

    # ----------------------------------------------------------------------------------------- settings

    def _set(self, name: str, value: str) -> None:
        """Sets an option of `derive`, or tells what it is."""
        if not value:
            click.echo(self.value_of(name))
        elif value == "default":
            self.settings.pop(name, None)
        else:
            self.settings[name] = _checked(settable()[name], value)

    def value_of(self, name: str) -> str:
        """What an option is set to."""
        option = settable()[name]
        default = option.get_default(click.Context(derive_command))
        usual = _spoken(default) if isinstance(default, (str, int)) else "not set"
        return self.settings.get(name, usual)

    def _set_options(self, skipped: frozenset[str] = frozenset()) -> list[str]:
        return [w for name, value in self.settings.items() if name not in skipped for w in _as_words(settable()[name], value)]

    # ---------------------------------------------------------------------------------------- completion

    def completions(self, line: str, word: str) -> list[str]:
        """What the last word of a line may become."""
        if line.lstrip().startswith(":"):
            name, gap, _ = line.lstrip()[1:].partition(" ")
            if not gap:
                return [f":{c} " for c in commands() if f":{c}".startswith(word)]
            if name in settable():
                return [v for v in _values(settable()[name]) if v.startswith(word)]
            if word.startswith("-"):
                return [o for p in options_of(RUN.get(name, rules_command)) for o in p.opts if o.startswith(word)]
        functions = [f"{name}(" for name in import_module("matcalc.book.rules").names()]
        return [name for name in (*self.session.names(), *functions) if name.startswith(word)]


def _held(file: str) -> str:
    """What a file holds; nothing where it is none."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _help() -> str:
    names = list(RUN)
    return HELP.format(commands=f"{', '.join(names[:3])},\n{' ' * 29}{', '.join(names[3:])}")


def commands() -> list[str]:
    """What may follow a colon."""
    return [*OWN, *RUN, *settable()]


def settable() -> dict[str, click.Option]:
    """The options of `derive` that may stay set, by name: not those that are given several times."""
    kept = [p for p in options_of(derive_command) if not p.multiple and (p.is_bool_flag or not p.is_flag)]
    return {p.opts[0].removeprefix("--"): p for p in kept if p.opts[0] != "--help"}


def _values(option: click.Option) -> list[str]:
    if option.is_bool_flag:
        return ["on", "off"]
    return [*option.type.choices, "default"] if isinstance(option.type, click.Choice) else ["default"]


def _fits(value: str, option: click.Option) -> bool:
    return not isinstance(option.type, click.Choice) or value in option.type.choices


def _checked(option: click.Option, value: str) -> str:
    """A value that an option takes; raises UsageError for another."""
    if option.is_bool_flag and value not in ("on", "off"):
        raise UsageError(f"{option.opts[0].removeprefix('--')} is on or off, not {value[:40]}")
    if not option.is_bool_flag:
        try:
            option.type.convert(value, option, None)
        except click.BadParameter as error:
            raise UsageError(error.message) from None
    return value


def _spoken(default: str | int) -> str:
    return {True: "on", False: "off"}.get(default, str(default)) if isinstance(default, bool) else str(default)


def _as_words(option: click.Option, value: str) -> list[str]:
    """An option with its value on a command line."""
    if not option.is_bool_flag:
        return [option.opts[0], value]
    return option.opts[:1] if value == "on" else option.secondary_opts[:1]


# ---------------------------------------------------------------------------------------------------- lines


def typed() -> str | None:
    """What the user types; nothing where Ctrl-C drops the line or it is no text, None at the end of the input."""
    try:
        return input(PROMPT)
    except KeyboardInterrupt:
        click.echo()
    except EOFError:
        click.echo()
        return None
    except UnicodeDecodeError:
        click.echo("Error: the line is not UTF-8", err=True)
    return ""


def piped() -> Iterator[str]:
    """The lines of standard input."""
    batch = import_module("matcalc.batch.lines")
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    for line, _ in batch.lines(sys.stdin.buffer):
        if len(line) > batch.MAX_LINE:
            raise LimitError(f"a line is longer than {batch.MAX_LINE} bytes")
        yield line.decode("utf-8", "replace")


@contextlib.contextmanager
def history(shell: Shell) -> Iterator[None]:
    """Line editing with completion, and the lines of earlier sessions, where the platform has readline."""
    try:
        readline: Any = import_module("readline")
    except ImportError:
        yield
        return
    readline.set_completer_delims(DELIMITERS)
    readline.set_completer(lambda word, k: nth(shell.completions(readline.get_line_buffer()[: readline.get_endidx()], word), k))
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
    readline.set_history_length(REMEMBERED)
    file = history_file()
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            readline.write_history_file(file)


def nth(found: list[str], k: int) -> str | None:
    return found[k] if k < len(found) else None


def history_file() -> Path:
    """Where the lines are kept."""
    state = os.environ.get("XDG_STATE_HOME") or ""
    folder = Path(state) if Path(state).is_absolute() else Path("~/.local/state").expanduser()
    return folder / "matcalc" / "history"

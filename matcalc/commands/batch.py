"""`matcalc batch`: many requests, as JSON lines."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from matcalc.book.rules import VARIABLE
from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option
from matcalc.engine import load_engine
from matcalc.errors import MatcalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_JOBS: Final = 256
# How often the bar of a whole file moves.
MOVES: Final = 400


@click.command("batch", cls=Guarded, short_help="Many requests, as JSON lines.")
@click.argument("source", metavar="[IN.jsonl|-]", type=click.File("rb"), default="-")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, replaced when all is done.")
@click.option("--check/--no-check", default=True, show_default=True, help="Compare every result with finite differences.")
@click.option("--limit", type=click.FloatRange(min=0.01), default=20.0, show_default=True, help="Seconds that one line may take.")
@click.option("-j", "--jobs", type=click.IntRange(1, MAX_JOBS), help="Answer so many lines at once, each in a process of its own.")
@rules_option
def batch_command(source: Any, output: Path | None, check: bool, limit: float, jobs: int | None) -> int:
    """One request a line in, one answer a line out, in order (JSON lines).

    A line that fails gives an error object and the rest goes on; the exit status is then 1. With --jobs this holds even
    for a line whose process is killed.
    """
    from matcalc.batch import lines as batch

    check_own_rules()
    answer = batch.Answerer(check=check, limit=limit)

    def answered(sink: BinaryIO) -> int:
        on_terminal = (output is None or str(output) == "-") and sys.stdout.isatty()
        with progress(source, on_terminal) as done:
            if jobs is not None:
                from matcalc.batch import pool as workers

                return workers.run(source, sink, answer, jobs, done)
            load_engine()
            return batch.run(source, sink, answer, done)

    if output is None or str(output) == "-":
        return answered(sys.stdout.buffer)
    if is_file(source, output):
        raise click.UsageError(f"the output {output} is the input", click.get_current_context())
    with batch.replacing(output) as sink:
        return answered(sink)


def check_own_rules() -> None:
    """Refuse to start with files of rules, named by MATCALC_RULES, that cannot be used: no line would have an answer."""
    if not os.environ.get(VARIABLE):
        return
    load_engine()
    from matcalc.calculus.loading import check_in_use

    try:
        check_in_use()
    except MatcalcError as error:
        raise click.UsageError(str(error), click.get_current_context()) from None


@contextmanager
def progress(source: BinaryIO, hidden: bool) -> Iterator[Callable[[int], object]]:
    """A bar on standard error that is told of bytes, where that is a terminal and the source a file of known size."""
    size = 0 if hidden or sys.stderr is None or not sys.stderr.isatty() else size_of(source)
    if not size:
        yield int
        return
    with click.progressbar(length=size, file=sys.stderr, update_min_steps=max(1, size // MOVES)) as bar:
        yield bar.update
        bar.update(size - bar.pos)


def is_file(source: BinaryIO, output: Path) -> bool:
    """Whether a stream is a file that a path names."""
    try:
        return output.exists() and os.path.samestat(os.fstat(source.fileno()), output.stat()) and output.is_file()
    except OSError:
        return False


def size_of(source: BinaryIO) -> int:
    """The bytes of a regular file, 0 for what has no size."""
    try:
        status = os.fstat(source.fileno())
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0

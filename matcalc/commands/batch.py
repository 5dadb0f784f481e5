"""`matcalc batch`: many requests, as JSON lines."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from matcalc.book.choices import nearest
from matcalc.book.rules import VARIABLE
from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option
from matcalc.engine import load_engine
from matcalc.errors import MatcalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matcalc.batch.part import Part

MAX_JOBS: Final = 256
# How often the bar of a whole file moves.
MOVES: Final = 400


class Shard(click.ParamType):  # type: ignore[type-arg]
    """K/N: the K-th of N parts."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The two numbers."""
        if isinstance(value, tuple):
            return value
        shard, _, shards = str(value).partition("/")
        if not (shard.isdecimal() and shards.isdecimal() and 1 <= int(shard) <= int(shards)):
            self.fail(f"{value} is no part; 2/8 is the second of eight", param, ctx)
        return int(shard), int(shards)


class Keys(click.ParamType):  # type: ignore[type-arg]
    """Keys of an answer, with commas between them."""

    name = "keys"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The keys."""
        from matcalc.batch.keys import ANSWER

        keys = value if isinstance(value, tuple) else tuple(str(value).replace(",", " ").split())
        for key in keys:
            if key not in ANSWER:
                near = nearest(key, ANSWER)
                self.fail(f"an answer has no {key!r}; " + (f"did you mean {near}?" if near else f"it has {', '.join(ANSWER)}"), param, ctx)
        return keys


@click.command("batch", cls=Guarded, short_help="Many requests, as JSON lines.")
@click.argument("source", metavar="[IN.jsonl|-]", type=click.File("rb"), default="-")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, replaced when all is done.")
@click.option("--check/--no-check", default=True, show_default=True, help="Compare every result with finite differences.")
@click.option("--limit", type=click.FloatRange(min=0.01), default=20.0, show_default=True, help="Seconds that one line may take.")
@click.option("-j", "--jobs", type=click.IntRange(1, MAX_JOBS), help="Answer so many lines at once, each in a process of its own.")
@click.option("--shard", type=Shard(), metavar="K/N", default="1/1", help="Answer the K-th of every N lines.")
@click.option("--resume", is_flag=True, help="Add to the output what it has not yet; it can be used while it grows.")
@click.option("--keys", type=Keys(), metavar="text,latex", default=(), help="Tell only these of an answer.")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Answer on a cluster of dask.distributed.")
@rules_option
def batch_command(source: Any, output: Path | None, resume: bool, shard: tuple[int, int], **options: Any) -> int:
    """One request a line in, one answer a line out, in order (JSON lines; .gz and .zst by suffix).

    A line that fails gives an error object and the rest goes on; the exit status is then 1. With --jobs this holds even
    for a line whose process is killed.
    """
    from matcalc.batch import files, lines
    from matcalc.batch.part import Part

    output = None if str(output) == "-" else output
    if resume and output is None:
        raise click.UsageError("--resume needs an output, -o OUT.jsonl", click.get_current_context())
    if options["jobs"] is not None and options["scheduler"] is not None:
        raise click.UsageError("--jobs is for this machine, --scheduler for others", click.get_current_context())
    check_own_rules()
    given = files.unpacked(source, getattr(source, "name", ""))
    if output is None:
        return answered(given, sys.stdout.buffer, Part(*shard), sys.stdout.isatty(), **options)
    if is_file(source, output):
        raise click.UsageError(f"the output {output} is the input", click.get_current_context())
    if resume:
        with files.growing(output) as (sink, count, last):
            return answered(given, sink, Part(*shard, count, last), False, **options)
    with lines.replacing(output) as plain, files.packed(plain, output.name) as sink:
        return answered(given, sink, Part(*shard), False, **options)


def answered(
    source: BinaryIO, sink: BinaryIO, part: Part, on_terminal: bool, *, check: bool, limit: float, keys: tuple[str, ...],
    jobs: int | None, scheduler: str | None,
) -> int:  # fmt: skip
    """Answers the lines of a source on a sink, here, in processes or on a cluster; the exit status."""
    from matcalc.batch import lines

    answer = lines.Answerer(check, limit, keys)
    with progress(source, on_terminal) as done:
        if scheduler is not None:
            from matcalc.batch import farm

            return farm.run(source, sink, answer, scheduler, done, part)
        if jobs is not None:
            from matcalc.batch import pool

            return pool.run(source, sink, answer, jobs, done, part=part)
        load_engine()
        return lines.run(source, sink, answer, done, part)


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

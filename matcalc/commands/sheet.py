"""`matcalc sheet`: a formula sheet from a list of requests."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option, to_option
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from matcalc.sheet.build import Built
    from matcalc.sheet.cache import Cache
    from matcalc.sheet.formula import Answer, Job
    from matcalc.sheet.spec import Sheet

FORMATS: Final = ("md", "tex", "html", "typ", "pdf")
LONG: Final = 8
FILE: Final = click.Path(dir_okay=False, path_type=Path)


def specifications(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a specification may be: a built-in sheet, or a file."""
    from matcalc.sheet.library import titles

    found = [CompletionItem(name, help=title) for name, title in titles().items() if name.startswith(incomplete)]
    return [*found, CompletionItem(incomplete, type="file")]


@click.command("sheet", cls=Guarded, short_help="A formula sheet, every formula derived and checked.")
@click.argument("spec", metavar="SPEC.toml|NAME", required=False, shell_complete=specifications)
@click.option("-o", "--output", type=FILE, help="A .md, .tex, .html, .typ or .pdf file; else Markdown is printed.")
@click.option("--exercises", "asked", is_flag=True, help="The requests without their answers, then the solutions as a second part.")
@click.option("--list", "listed", is_flag=True, help="Name the built-in sheets.")
@to_option(("text", "json"), "How --list names them.", "named")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="How many processes derive.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="The folder of kept answers, in place of the user's cache.")
@click.option("--no-cache", is_flag=True, help="Derive everything, and keep nothing.")
@click.pass_context
@rules_option
def sheet_command(
    ctx: click.Context, spec: str | None, output: Path | None, asked: bool, listed: bool, named: str, jobs: int, cache: Path | None,
    no_cache: bool,
) -> int:  # fmt: skip
    """A formula sheet: every request of SPEC is derived and checked, never typed in.

    SPEC is a TOML file, or the name of a built-in sheet. A bad entry is marked on the sheet and reported with its line; the
    exit status is then 1.
    """
    from matcalc.sheet import library
    from matcalc.sheet.cache import Cache, default_folder
    from matcalc.sheet.exercises import exercises
    from matcalc.sheet.pages import check_ready, page
    from matcalc.sheet.spec import read_sheet

    if listed:
        titles = library.titles()
        told = json.dumps([{"name": name, "title": title} for name, title in titles.items()], ensure_ascii=False)
        click.echo(told if named == "json" else "\n".join(library.summaries(titles)))
        return 0
    if spec is None:
        raise click.UsageError("SPEC.toml is missing; `matcalc sheet --list` names the built-in sheets", ctx)
    output = None if str(output) == "-" else output
    target = format_of(output, ctx)
    check_place(output, Path(spec))
    sheet = read_sheet(*library.load(spec))
    check_ready(target)
    kept = Cache(None if no_cache else cache or default_folder())
    built = derived(sheet, target == "html", kept, jobs)
    write(page(exercises(built) if asked else built, target), output)
    return report(built)


def write(page: bytes, output: Path | None) -> None:
    """To a file, which is replaced when all is written, or to standard output."""
    if output is None:
        sys.stdout.buffer.write(page)
        return
    from matcalc.batch.lines import replacing

    with replacing(output) as sink:
        sink.write(page)


def check_place(output: Path | None, spec: Path) -> None:
    """Refuse before the work begins what could not be written after it."""
    if output is None:
        return
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent} for {output.name}")
    if output.exists() and spec.exists() and output.samefile(spec):
        raise UsageError(f"{output} is the specification; a sheet of that name would replace it")


def format_of(output: Path | None, ctx: click.Context) -> str:
    """The format that the name of the output ends with."""
    if output is None:
        return "md"
    ending = output.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise click.UsageError(f"{output}: a sheet is written as .{', .'.join(FORMATS[:-1])} or .{FORMATS[-1]}", ctx)
    return ending


def derived(sheet: Sheet, every_layout: bool, cache: Cache, processes: int) -> Built:
    """The sheet with every answer; a bar on standard error shows how far a long one is."""
    from matcalc.sheet.build import answered, build, wanted

    jobs = wanted(sheet, every_layout)
    found: dict[Job, Answer] = {}
    hidden = len(jobs) < LONG or not is_watched()
    # Click 8.1 knows no hidden bar.
    shown = io.StringIO() if hidden else sys.stderr
    with click.progressbar(length=len(jobs), label="deriving", file=shown) as bar:
        for job, made in answered(jobs, cache, processes):
            found[job] = made
            bar.update(1)
    return build(sheet, found, every_layout)


def is_watched() -> bool:
    """Whether standard error is a terminal."""
    return sys.stderr.isatty()


def report(built: Built) -> int:
    """Everything that was wrong, each with file and line; 0 if there is nothing."""
    for problem in built.problems:
        click.echo(f"{built.sheet.file}:{problem.line}: {problem.message}", err=True)
    return int(bool(built.problems))

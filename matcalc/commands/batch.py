"""`matcalc batch`: many requests, as JSON lines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from matcalc.commands.guard import Guarded, load_engine


@click.command("batch", cls=Guarded, short_help="Many requests, as JSON lines.")
@click.argument("source", metavar="[IN.jsonl|-]", type=click.File("rb"), default="-")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, replaced when all is done.")
@click.option("--check/--no-check", default=True, show_default=True, help="Compare every result with finite differences.")
@click.option("--limit", type=click.FloatRange(min=0.01), default=20.0, show_default=True, help="Seconds that one line may take.")
def batch_command(source: Any, output: Path | None, check: bool, limit: float) -> int:
    """One request a line in, one answer a line out, in order (JSON lines).

    A line that fails gives an error object and the rest goes on; the exit status is then 1.
    """
    from matcalc import batch

    load_engine()
    answer = batch.Answerer(check=check, limit=limit)
    if output is None or str(output) == "-":
        return batch.run(source, sys.stdout.buffer, answer)
    with batch.replacing(output) as sink:
        return batch.run(source, sink, answer)

"""From a specification to a built sheet: every question answered in every layout that the page shows.

Equal jobs are done once; those in the cache are not done at all; the rest are done here or in processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from matcalc.book.choices import LAYOUTS
from matcalc.sheet.formula import LIMIT, Answer, Job, Work, answer, from_dict
from matcalc.sheet.spec import Entry, Problem, Section, Sheet

if TYPE_CHECKING:
    from matcalc.sheet.cache import Cache
    from matcalc.sheet.formula import Formula

LAYOUT_FREE: Final = ("differential",)


@dataclass(frozen=True)
class Item:
    """An entry with its formulas by layout; `problem` says why it has none, `detail` where and what to try.

    With `is_asked` it is an exercise, whose formulas are without their answers.
    """

    entry: Entry
    answers: Mapping[str, tuple[Formula, ...]]
    problem: str = ""
    detail: tuple[str, ...] = ()
    is_asked: bool = False

    @property
    def layouts(self) -> tuple[str, ...]:
        return tuple(self.answers)


@dataclass(frozen=True)
class Part:
    """A section with its items."""

    section: Section
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Built:
    """A sheet with its formulas, and everything that was wrong, by line."""

    sheet: Sheet
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]

    @property
    def formulas(self) -> Iterator[Formula]:
        """Every formula on the sheet that has its answer, in every layout that it is shown in."""
        for part in self.parts:
            for item in (i for i in part.items if not i.is_asked):
                for found in item.answers.values():
                    yield from found


def layouts_of(entry: Entry, sheet: Sheet, every_layout: bool) -> tuple[str, ...]:
    """The layouts that an entry is shown in: its own, or else those of the sheet; a differential has none."""
    if entry.form in LAYOUT_FREE:
        return (entry.layout or sheet.layout,)
    if entry.layout:
        return (entry.layout,)
    return LAYOUTS.names if every_layout else sheet.columns or (sheet.layout,)


def jobs_of(entry: Entry, sheet: Sheet, every_layout: bool) -> dict[str, Job]:
    """The jobs of an entry by layout."""
    if entry.problem:
        return {}
    question = json.dumps(entry.question, sort_keys=True)
    return {layout: Job(question, layout, entry.derivation) for layout in layouts_of(entry, sheet, every_layout)}


def build(sheet: Sheet, answers: Mapping[Job, Answer], every_layout: bool) -> Built:
    """The sheet with its answers; `every_layout` is for pages on which the reader chooses."""
    parts = tuple(
        Part(section, tuple(_item(e, jobs_of(e, sheet, every_layout), answers) for e in section.entries)) for section in sheet.sections
    )
    failed = [Problem(i.entry.line, "\n".join([i.problem, *i.detail])) for p in parts for i in p.items if i.problem and not i.entry.problem]
    return Built(sheet, parts, tuple(sorted([*sheet.problems, *failed], key=lambda problem: problem.line)))


def _item(entry: Entry, jobs: Mapping[str, Job], answers: Mapping[Job, Answer]) -> Item:
    found = {layout: answers[job] for layout, job in jobs.items()}
    wrong = next((a for a in found.values() if a.error), None)
    if entry.problem:
        return Item(entry, {}, entry.problem)
    if wrong is not None:
        return Item(entry, {}, wrong.error, wrong.detail)
    return Item(entry, {layout: a.formulas for layout, a in found.items()})


def wanted(sheet: Sheet, every_layout: bool) -> list[Job]:
    """The jobs of a sheet, each once."""
    return list(dict.fromkeys(job for entry in sheet.entries for job in jobs_of(entry, sheet, every_layout).values()))


def answered(jobs: Sequence[Job], cache: Cache, processes: int) -> Iterator[tuple[Job, Answer]]:
    """Every job with its answer as they come: first those that are kept, then the others."""
    missing = []
    for job in jobs:
        kept = cache.get(job)
        if kept is None:
            missing.append(job)
        else:
            yield job, kept
    for job, made in _in_processes(missing, processes) if processes > 1 and len(missing) > 1 else ((j, answer(j)) for j in missing):
        cache.put(job, made)
        yield job, made


def _in_processes(jobs: Sequence[Job], processes: int, work: Work | None = None) -> Iterator[tuple[Job, Answer]]:
    """The answers of jobs as processes of their own finish them; a job that its process dies of has none."""
    from matcalc.batch.pool import each  # one process needs no others

    lost = Answer(error="the process that derived this ended before it was done")
    lines = [json.dumps(asdict(job)).encode() for job in jobs]
    for number, told in each(lines, work or Work(), min(processes, len(jobs)), 2 * LIMIT):
        yield jobs[number], lost if told is None else from_dict(json.loads(told))

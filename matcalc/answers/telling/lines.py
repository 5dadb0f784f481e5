"""The lines of a derivation as rows, which know how both of their sides are written in a notation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from matcalc.algebra.node import Expr
from matcalc.book.moves import Move, move
from matcalc.derivation.lines import Line, Question
from matcalc.derivation.printing import Step, rule_of, sides, sources_of
from matcalc.printing.alignment import Told
from matcalc.printing.notations.latex import LATEX
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import TEXT
from matcalc.printing.notations.unicode import UNICODE
from matcalc.records import dataclass

Sides = Callable[[Printer], tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """left = right, the rule that leads to it from the row before, and where that is proved."""

    sides: Sides
    rule: str
    source: str = ""


def rows_of(q: Question, lines: Iterable[Line]) -> list[Row]:
    """The lines of a derivation as rows."""
    return [Row(partial(_line_sides, q, line), rule_of(line.moves, False), sources_of(line.moves)) for line in lines]


def _line_sides(q: Question, line: Line, notation: Printer) -> tuple[str, str]:
    return sides(line, notation, q)


def row(both: Sides, because: Move | str, after: str = "") -> Row:
    """A row with the rule of a move, by its id, and words after its name."""
    found = move(because) if isinstance(because, str) else because
    return Row(both, found.name + after, found.source)


def shown(e: Expr, taken: Iterable[str] = ()) -> Callable[[Printer], str]:
    """An expression in any notation, where some names are taken."""
    names = frozenset(taken)
    return lambda notation: notation.print(e, taken=names)


def printed(rows: Sequence[Row], notation: Printer) -> str:
    """The rows as one derivation; those that say what the row before says are left out."""
    told = [r.sides(notation) for r in rows]
    kept = [k for k in range(len(rows)) if k == 0 or told[k] != told[k - 1]]
    again = [bool(i) and told[k][0] == told[kept[i - 1]][0] for i, k in enumerate(kept)]
    return notation.derivation([Told(*told[k], rows[k].rule, same) for k, same in zip(kept, again, strict=True)])


def steps_of(rows: Sequence[Row]) -> tuple[Step, ...]:
    """The rows as steps."""
    found: list[Step] = []
    for r in rows:
        after, latex, unicode = (" = ".join(r.sides(p)) for p in (TEXT, LATEX, UNICODE))
        if not found or found[-1].after != after:
            found.append(Step(r.rule, r.source, found[-1].after if found else "", after, latex, unicode))
    return tuple(found)

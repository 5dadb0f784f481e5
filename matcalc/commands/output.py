"""What a command prints of its result: in the notation that --to names, as a program, or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from matcalc.book.choices import TARGETS
from matcalc.commands.terminal import show
from matcalc.printing.notations.table import NOTATIONS

if TYPE_CHECKING:
    from matcalc.answers.display.shown import Shown
    from matcalc.answers.telling.stepped import Stepped

SYMPY: Final = "sympy"
ROWS: Final = 12
JSON: Final = "json"


def prose() -> tuple[str, ...]:
    """The notations in which a result stands with its notes."""
    return tuple(name for name, notation in NOTATIONS.items() if notation.prose)


def formats(*others: str) -> tuple[str, ...]:
    """Every notation, then the programs that a result can be, then JSON."""
    return (*NOTATIONS, *others, JSON)


PROGRAMS: Final = (*TARGETS, SYMPY)


def rendered(found: Shown, output: str) -> str:
    """A result as it is printed."""
    if output == JSON:
        return found.as_json()
    if output in TARGETS:
        return found.code(output, documented=True).rstrip()
    return found.sympy.rstrip() if output == SYMPY else found.told(output)


def say(told: str, output: str) -> None:
    """Prints an answer, the formulas apart from the notes where there are any."""
    (show if output in prose() else click.echo)(told)


def deliver(found: Shown, output: str) -> None:
    """Prints a result."""
    say(rendered(found, output), output)


def deliver_stepped(found: Stepped, output: str, steps: bool) -> None:
    """Prints a result, with `steps` how it is arrived at; a verdict stands above its derivation."""
    if not steps:
        deliver(found, output)
        return
    if output not in formats():
        raise click.UsageError(f"a derivation is printed as {', '.join(formats())}, not as {output}; see --to")
    say(explained(found, output), output)


def paged(derivation: str, output: str) -> str:
    """A derivation; a long one in LaTeX may go on over the end of a page."""
    is_long = output == "latex" and derivation.count("\n") > ROWS
    return f"\\allowdisplaybreaks\n{derivation}" if is_long else derivation


def explained(found: Stepped, output: str) -> str:
    """How a result is arrived at, and what it rests on where there is room for words."""
    if output == JSON:
        import json  # most answers are no JSON

        return json.dumps(found.with_steps(), ensure_ascii=False)
    derivation = paged(found.derivation(output), output)
    if output not in prose():
        return derivation
    from matcalc.answers.display.shown import indented
    from matcalc.printing.notations.table import printer

    notation = printer(output)
    head = [found.headline(notation), ""] if found.headline(notation) else []
    return "\n".join([*head, derivation, "", *indented(found.notes(notation))])

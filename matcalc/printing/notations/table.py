"""The notations in which an answer can be shown, one entry each.

A printer says how a notation writes every form and what it says around a formula (`printer.Printer`). A new notation is a
printer and its entry here: the command line, answers, derivations, displays and notebooks read this table. It holds places
instead of printers, so that naming the notations loads nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from matcalc.book.choices import Choices
from matcalc.records import dataclass

if TYPE_CHECKING:
    from matcalc.printing.notations.printer import Printer


@dataclass(frozen=True)
class Notation:
    """Where the printer of a notation stands, "module:NAME"; notes in words follow a formula where it is `prose`."""

    place: str
    prose: bool = False


NOTATIONS: Final[dict[str, Notation]] = {
    "text": Notation("matcalc.printing.notations.text:TEXT", prose=True),
    "unicode": Notation("matcalc.printing.notations.unicode:UNICODE", prose=True),
    "latex": Notation("matcalc.printing.notations.latex:LATEX"),
    "typst": Notation("matcalc.printing.notations.typst:TYPST"),
}
# Other words for the notations.
OTHERS: Final = {"tex": "latex", "ascii": "text", "plain": "text", "utf8": "unicode", "utf-8": "unicode"}


def notations() -> Choices:
    """The names of the notations."""
    return Choices("notation", tuple(NOTATIONS), "text", OTHERS)


def printer(name: str) -> Printer:
    """The printer of a notation.

    Raises UsageError, with the nearest name, for one that there is not.
    """
    if name not in NOTATIONS:
        notations().check(name)
    module, _, label = NOTATIONS[name].place.partition(":")
    found: Printer = getattr(import_module(module), label)
    return found

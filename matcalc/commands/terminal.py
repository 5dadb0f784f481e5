"""What a terminal can show: colours, and the signs of mathematics.

Colour is for terminals only; NO_COLOR and TERM=dumb turn it off, FORCE_COLOR turns it on. Unicode is the notation of a
terminal whose encoding holds it; what is piped is plain text, which scripts rely on.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Final

import click

from matcalc.patterns import late

SIGNS: Final = "ᵀ⁻¹ⁿ₂√∂δΣ⊙⊘⊗‖−×α"
CARET: Final = late(r"^( +)(\^+)$", re.MULTILINE)
HINT: Final = late(r"^hint:", re.MULTILINE)


def colours() -> bool | None:
    """Whether to colour what is printed; None for where it goes to a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def notation() -> str:
    """Unicode on a terminal that shows it, else plain text."""
    return "unicode" if shows_signs() else "text"


def shows_signs() -> bool:
    """Whether standard output is a terminal in a locale and an encoding that hold the signs of mathematics."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return False
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    if os.name != "nt" and "utf8" not in locale.lower().replace("-", ""):
        return False
    try:
        SIGNS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def show(answer: str) -> None:
    """Prints an answer: the formulas, which end at the first empty line, stand out from the notes on them."""
    formulas, gap, remarks = answer.partition("\n\n")
    click.echo(click.style(formulas, bold=True) + (gap + click.style(remarks, dim=True) if gap else ""))


def painted_error(message: str) -> str:
    """An error message with its marks in colour."""
    pointed = CARET().sub(lambda m: m[1] + click.style(m[2], fg="red", bold=True), message)
    return click.style("Error:", fg="red", bold=True) + " " + HINT().sub(click.style("hint:", fg="cyan"), pointed)

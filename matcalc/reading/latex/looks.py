"""What bold letters and arrows say of names."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from matcalc.errors import Span
from matcalc.reading.grammar.tokens import BOLD, BOLD_ONE, UNMARKED, Look

_SAID: Final = {"bold": "is set in bold", "arrow": "has an arrow"}


def looks(fonts: Mapping[str, tuple[str, Span]], below: Mapping[str, str], labelled: Container[str]) -> dict[str, Look]:
    """What the fonts of names say, those below the bar too; beside marked vectors, a letter in lower case without a mark is a number.

    Names with an index of a sum are `labelled`, and are vectors or matrices of what is marked.
    """
    found: dict[str, Look] = {}
    for name, font in {**below, **{name: font for name, (font, _) in fonts.items() if font}}.items():
        if font in _SAID and name not in labelled and name != BOLD_ONE:
            kind = "vector" if font == "arrow" or name[0].islower() else "matrix"
            found[name] = Look(kind, f"{name} {_SAID[font]}", BOLD)
    if any(look.kind == "vector" for look in found.values()):
        for name, (font, _) in fonts.items():
            if not font and len(name) == 1 and name.isascii() and name.islower() and name not in labelled:
                found.setdefault(name, Look("scalar", f"other letters are marked as vectors, and {name} is not", UNMARKED))
    return found


def is_marked(name: str, font: str) -> bool:
    """Whether a name is set as a vector is."""
    return font == "arrow" or font == "bold" and name[0].islower()

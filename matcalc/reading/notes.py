"""Notes on a reading: what a text does not say and was taken for granted, or says in another way than it is kept.

A note is a sentence, which answers show as it is, with its kind and the names that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# The shape of a variable that is not declared, which the line of shapes says, or that a function is one with a number for its value.
SHAPE: Final = "shape"
# What is taken for granted, and would be said with "assuming" before it.
ASSUMED: Final = "assumed"
# A name is not of the kind that it looks like: "beta is read as a vector: X*beta has the shape of y".
HABIT: Final = "habit"
# Signs or letters that stand for something: "sigma(z) is the logistic function", "Ax is read as A*x".
SPELLING: Final = "spelling"
# Samples: "x_i^T is row i of X (n x k)".
FAMILY: Final = "family"
# What was read past: "min over x is left out".
DROPPED: Final = "dropped"
# The layout or the form that the text itself asks for.
LAYOUT: Final = "layout"
# A name that the plain notation writes otherwise: "x_hat stands for \hat x".
NAME: Final = "name"

# Where the variable may move: "independent reading: the derivative by the free entries of S, ...".
CONSTRAINT: Final = "constraint"

KINDS: Final = (SHAPE, ASSUMED, HABIT, SPELLING, FAMILY, DROPPED, LAYOUT, NAME, CONSTRAINT)


class Note(str):
    """One sentence on a reading, with its kind, one of KINDS, and the names that it is about."""

    __slots__ = ("kind", "names")

    kind: str
    names: tuple[str, ...]

    def __new__(cls, text: str, kind: str = ASSUMED, names: tuple[str, ...] = ()) -> Note:
        """A note that says `text`."""
        made = super().__new__(cls, text)
        made.kind, made.names = kind, names
        return made

    def __reduce__(self) -> tuple[type[Note], tuple[str, str, tuple[str, ...]]]:
        return Note, (str(self), self.kind, self.names)

    @property
    def line(self) -> str:
        """The line below an answer that shows it; empty where the line of shapes says the same."""
        return "" if self.kind == SHAPE else f"assuming {self}" if self.kind == ASSUMED else str(self)

    def to_dict(self) -> dict[str, object]:
        """The note as plain data."""
        return {"kind": self.kind, "text": str(self), "names": list(self.names)}


def lines_of(notes: Iterable[str]) -> list[str]:
    """The lines below an answer that show notes; a plain sentence is assumed."""
    found = [(n if isinstance(n, Note) else Note(n)).line for n in notes]
    return [line for line in found if line]

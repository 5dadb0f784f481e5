"""Names that are near in spelling, for the question `did you mean ...?`: near enough to be a slip, never merely similar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

SHORT: Final = 3
LONG: Final = 6


def alike(word: str, names: Iterable[str]) -> str | None:
    """The name that a word is a slip of, the nearest first: another case, a letter more, less, wrong or two of them exchanged.

    Two such slips count in long words; in words of three letters a wrong letter makes another word: min is no sin.
    """
    lowered = word.lower()
    allowed = 1 if len(word) < LONG else 2
    best = min(((distance(lowered, name.lower(), allowed), name) for name in names), default=(allowed + 1, ""), key=lambda pair: pair[0])
    return best[1] if best[0] <= allowed else None


def distance(a: str, b: str, allowed: int) -> int:
    """How many slips turn one word into another, counted up to more than are allowed (Damerau and Levenshtein)."""
    if abs(len(a) - len(b)) > allowed:
        return allowed + 1
    wrong = 2 if min(len(a), len(b)) <= SHORT else 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (0 if x == y else wrong))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]

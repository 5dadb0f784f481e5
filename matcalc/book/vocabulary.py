"""Which functions a request speaks of: those that it names, and those that their rules name in turn."""

from __future__ import annotations

from collections.abc import Iterable

from matcalc.book.rules import find, per_book
from matcalc.patterns import late

WORD = late(r"[A-Za-z]\w*")


@per_book
def _named_by(name: str) -> frozenset[str]:
    """The functions in the derivative, the differential and the other strings of a rule."""
    rule = find(name)
    if rule is None:
        return frozenset()
    words = WORD().findall(f"{rule.derivative} {rule.d} {rule.function} {rule.jacobian}")
    return frozenset(other.name for word in words if (other := find(word)) is not None)


def vocabulary(names: Iterable[str]) -> frozenset[str]:
    """The functions of the book among these names, with those that their rules lead to."""
    pending = [rule.name for name in names if (rule := find(name)) is not None]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += _named_by(name)
    return frozenset(found)

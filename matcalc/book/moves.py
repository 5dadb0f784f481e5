"""The moves of a derivation, rules/derivation.toml: what is written beside a line, and where it is proved."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.book.files import MOVES, rules_folder
from matcalc.errors import UsageError
from matcalc.records import dataclass

KEYS = frozenset({"id", "name", "source", "args", "identity", "rewrites"})

# Beside a line that opens a function and its linear argument at once.
LINEAR_ARGUMENT: Final = " of a linear argument"
# Beside a line in which an identity of the rule book is used, before its name.
IDENTITY: Final = "identity: "


@dataclass(frozen=True)
class Move:
    """A step that a person would name: `identity` is what it rests on, over letters of the shapes `args`.

    `rewrites` are the changes of a function as it was written that it explains, such as "tr -> sum".
    """

    name: str
    source: str
    identity: str = ""
    args: tuple[str, ...] = ()
    rewrites: tuple[str, ...] = ()


@cache
def moves() -> dict[str, Move]:
    """Every move of the book by its id.

    Raises UsageError for an unknown key, a missing name or source, and an id that is there twice.
    """
    found: dict[str, Move] = {}
    for table in tomllib.loads((rules_folder() / MOVES).read_text(encoding="utf-8"))["move"]:
        what = f"{MOVES}: the move {table.get('id', '')!r}"
        if unknown := sorted(set(table) - KEYS):
            raise UsageError(f"{what} has an unknown key {unknown[0]!r}")
        if missing := sorted({"id", "name", "source"} - set(table)):
            raise UsageError(f"{what} lacks {missing[0]!r}")
        if table["id"] in found:
            raise UsageError(f"{what} is there twice")
        told = (tuple(table.get(key, ())) for key in ("args", "rewrites"))
        found[table["id"]] = Move(table["name"], table["source"], table.get("identity", ""), *told)
    return found


@cache
def rewritings() -> dict[str, Move]:
    """The moves by the changes of a function as it was written that they explain."""
    return {change: m for m in moves().values() for change in m.rewrites}


def move(name: str) -> Move:
    """The move of this id."""
    return moves()[name]


def differential_move(function: str, of_number: bool) -> Move:
    """The differential of a function of the rule book, as a move."""
    rule = rulebook.find(function)
    assert rule is not None
    if rule.kind != "elementwise":
        return Move(f"differential of {rule.name}", rule.source)
    return Move(f"derivative of {rule.name}" + ("" if of_number else ", entry by entry"), rule.source)


def identity_move(name: str, source: str) -> Move:
    """The use of an identity of the rule book, as a move."""
    return Move(IDENTITY + name, source)

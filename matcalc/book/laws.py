"""The laws of single functions, from rules/laws.toml: what is applied whenever an expression is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from matcalc.book.files import LAWS, rules_folder
from matcalc.book.properties import is_property
from matcalc.book.rules import CALL, read_param
from matcalc.book.tables import tables_of
from matcalc.errors import UsageError
from matcalc.records import dataclass


@dataclass(frozen=True)
class Law:
    """left = right for all arguments of the declared shapes that have the properties that `where` asks for; some letters count.

    It is `complex` where it is said to hold of complex arguments too, beside those of which it follows, see `holds_of_complex`.
    """

    name: str
    params: Mapping[str, tuple[str, str]]
    where: tuple[tuple[str, str], ...]
    left: str
    right: str
    source: str
    counting: frozenset[str] = frozenset()
    complex: bool = False


@cache
def tables() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The tables of the laws by the function at the head of the left side, in the order of the file.

    Raises UsageError for one of whose left side the head is no function.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for table in tables_of(rules_folder() / LAWS)["law"]:
        head = CALL.match(table.get("left", ""))
        if head is None:
            raise UsageError(f"the left side of the law {table.get('name', '')!r} is no function")
        found.setdefault(head[1], []).append(table)
    return found


def laws() -> tuple[Law, ...]:
    """Every law, raising what `laws_of` does."""
    return tuple(law for head in tables() for law in laws_of(head))


@cache
def laws_of(head: str) -> tuple[Law, ...]:
    """The laws of a function, in the order of the file.

    Raises UsageError for a law that lacks a part, has an unknown one, or asks for an unknown property.
    """
    return tuple(_law(table) for table in tables().get(head, ()))


def _law(table: Mapping[str, Any]) -> Law:
    name = table.get("name", "a law")
    keys = {"name", "args", "left", "right", "source"}
    if missing := sorted(keys - set(table)):
        raise UsageError(f"{LAWS}: {name} lacks {missing[0]!r}")
    if unknown := sorted(set(table) - keys - {"where", "complex"}):
        raise UsageError(f"{LAWS}: {name} has an unknown key {unknown[0]!r}")
    args = [read_param(text) for text in table["args"]]
    asked = [text.partition(" ") for text in table.get("where", ())]
    for _, _, known in asked:
        if not is_property(known):
            raise UsageError(f"{LAWS}: {name} asks for {known!r}, which is no property")
    params = {p.name: p.shape for p in args}
    where = tuple((letter, known) for letter, _, known in asked)
    counting = frozenset(p.name for p in args if p.counts)
    return Law(name, params, where, table["left"], table["right"], table["source"], counting, table.get("complex", False))

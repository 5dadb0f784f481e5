"""What people call the parts of a long formula, rules/names.toml: the letters of patterns and of kinds of parts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from matcalc.book.files import NAMES, rules_folder
from matcalc.errors import UsageError

KINDS: Final = ("difference", "sum", "product", "inverse", "power", "function")
SHAPES: Final = ("number", "vector", "matrix")
KEYS: Final = frozenset({"means", "kind", "pattern", "args", "source", *SHAPES})


@dataclass(frozen=True)
class Called:
    """Parts of one kind, or that match a `pattern` over letters of the shapes `args`, and the `letters` of each shape."""

    means: str
    kind: str
    pattern: str
    args: tuple[str, ...]
    letters: Mapping[str, tuple[str, ...]]


@cache
def called() -> tuple[Called, ...]:
    """The tables in the order of the book.

    Raises UsageError for an unknown key or kind, and for a table without a source, a letter, or a kind or pattern.
    """
    return tuple(_read(table) for table in tomllib.loads((rules_folder() / NAMES).read_text(encoding="utf-8"))["part"])


def _read(table: Mapping[str, object]) -> Called:
    what = f"{NAMES}: {table.get('means', '')!r}"
    if unknown := sorted(set(table) - KEYS):
        raise UsageError(f"{what} has an unknown key {unknown[0]!r}")
    if missing := sorted({"means", "source"} - set(table)):
        raise UsageError(f"{what} lacks {missing[0]!r}")
    if ("kind" in table) == ("pattern" in table) or table.get("kind", "sum") not in KINDS:
        raise UsageError(f"{what} has a pattern, or a kind: {', '.join(KINDS)}")
    letters = {shape: tuple(str(table[shape]).split()) for shape in SHAPES if shape in table}
    if not letters:
        raise UsageError(f"{what} lacks letters for a {', '.join(SHAPES[:-1])} or {SHAPES[-1]}")
    args = table.get("args", ())
    assert isinstance(args, list | tuple)
    return Called(str(table["means"]), str(table.get("kind", "")), str(table.get("pattern", "")), tuple(args), letters)

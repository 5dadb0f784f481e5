"""Equations with a solution in closed form, from rules/stationary.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from matcalc.book.files import SOLVABLE, rules_folder
from matcalc.errors import UsageError
from matcalc.records import dataclass

NEEDED = {"name", "args", "unknown", "equation", "solution", "source"}


@dataclass(frozen=True)
class Solvable:
    """`equation` is zero where the unknown is `solution`, for all letters with the declared shapes and properties that `needs` holds of."""

    name: str
    args: tuple[str, ...]
    unknown: str
    equation: str
    solution: str
    source: str
    needs: str = ""


@cache
def solvable() -> Mapping[str, Solvable]:
    """Every form by its name.

    Raises UsageError for one that lacks a part or has an unknown one.
    """
    tables = tomllib.loads((rules_folder() / SOLVABLE).read_text(encoding="utf-8"))
    return {form.name: form for form in map(_form, tables["form"])}


def _form(table: Mapping[str, Any]) -> Solvable:
    name = table.get("name", "a form")
    if missing := sorted(NEEDED - set(table)):
        raise UsageError(f"{SOLVABLE}: {name} lacks {missing[0]!r}")
    if unknown := sorted(set(table) - NEEDED - {"needs"}):
        raise UsageError(f"{SOLVABLE}: {name} has an unknown key {unknown[0]!r}")
    return Solvable(**{**table, "args": tuple(table["args"])})

"""The properties that a variable may be declared to have: what they imply, exclude and mean for the transpose, and how to draw one.

They are the tables of rules/properties.toml. A set of properties is what was declared; `implied` closes it: spd is symmetric,
invertible and psd; a symmetric lower triangular matrix is diagonal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from itertools import combinations, product
from typing import Any

from matcalc.book.files import PROPERTIES, rules_folder
from matcalc.book.tables import tables_of
from matcalc.errors import UsageError
from matcalc.records import dataclass

Known = frozenset[str]
# What is left of the properties of a variable while it varies: which numbers its entries are.
FIELD: Known = frozenset({"complex"})


@dataclass(frozen=True)
class Property:
    """One property.

    `transpose` is what A^T is, one of A, -A and A^-1, or empty; `square` tells that only a square matrix can have it. `draw`
    makes an array that has it of an array {A}, in numpy, with a random generator rng; `holds` tells whether {A} has it.
    `kept_by` are the operations whose value has it where every operand does; `turned` is what A^T has in its place. The arrays of a
    `surface` fill neither a linear space nor an open part of one. `equations` say the same of a letter, "sum(x) = 1, x: n".
    """

    name: str
    means: str
    implies: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    square: bool = False
    transpose: str = ""
    draw: str = ""
    holds: str = ""
    kept_by: tuple[str, ...] = ()
    turned: str = ""
    surface: bool = False
    equations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Both:
    """What holds of an array that has every property of `of`: others that it then has, a `draw` that comes after theirs."""

    of: Known
    implies: Known = frozenset()
    draw: str = ""


@cache
def _tables() -> tuple[dict[str, Property], tuple[Both, ...]]:
    tables = tables_of(rules_folder() / PROPERTIES)
    pairs = tables.pop("both", [])
    found = {name: _property(name, table) for name, table in tables.items()}
    both = tuple(_both(table) for table in pairs)
    named = [n for p in found.values() for n in (*p.implies, *p.excludes)] + [n for b in both for n in b.of | b.implies]
    if unknown := sorted(set(named) - set(found)):
        raise UsageError(f"{PROPERTIES} names {unknown[0]!r}, which is no property")
    return found, both


def _property(name: str, table: Mapping[str, Any]) -> Property:
    _check_keys(name, table, [f.name for f in fields(Property) if f.name != "name"])
    if not table.get("means"):
        raise UsageError(f"{PROPERTIES}: {name} lacks 'means'")
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return Property(name, **told)


def _both(table: Mapping[str, Any]) -> Both:
    _check_keys("both", table, [f.name for f in fields(Both)])
    return Both(frozenset(table["of"]), frozenset(table.get("implies", ())), table.get("draw", ""))


def _check_keys(name: str, table: Mapping[str, Any], keys: list[str]) -> None:
    if unknown := sorted(set(table) - set(keys)):
        from difflib import get_close_matches  # only a word that is no name needs it

        near = get_close_matches(unknown[0], keys, 1)
        raise UsageError(f"{PROPERTIES}: {name} has an unknown key {unknown[0]!r}", hint=f"did you mean {near[0]!r}?" if near else None)


def property_names() -> tuple[str, ...]:
    """The names of all properties, in the order in which they are drawn."""
    return tuple(_tables()[0])


def property_of(name: str) -> Property | None:
    """What the book says of a property."""
    return _tables()[0].get(name)


def is_property(name: str) -> bool:
    return name in _tables()[0]


def is_surface(name: str) -> bool:
    """Whether the arrays with a property fill neither a linear space nor an open part of one."""
    return is_property(name) and _tables()[0][name].surface


@cache
def implied(known: Known) -> Known:
    """The properties and all that follow from them: {spd} gives spd, psd, symmetric, invertible. Unknown names stay."""
    table, both = _tables()
    found = set(known)
    while True:
        more = {q for p in found if p in table for q in table[p].implies}
        more |= {q for b in both if b.of <= found for q in b.implies}
        if more <= found:
            return frozenset(found)
        found |= more


def while_varying(known: Known) -> Known:
    """What holds of a variable along every direction in which its entries vary."""
    return implied(known) & FIELD


@cache
def square_ones(known: Known) -> Known:
    """Those of the properties that only a square matrix can have, by themselves or by what they imply."""
    table = _tables()[0]
    return frozenset(p for p in known if any(table[q].square for q in implied(frozenset({p})) if q in table))


@cache
def contradiction(known: Known) -> tuple[str, str] | None:
    """Two of the properties that no matrix has both, in the order of the book; None where there are none."""
    order = [p for p in property_names() if p in known]
    return next(((p, q) for p, q in combinations(order, 2) if _excluded(p, q)), None)


def _excluded(p: str, q: str) -> bool:
    table = _tables()[0]
    sides = (implied(frozenset({p})), implied(frozenset({q})))
    return any(b in table[a].excludes or a in table[b].excludes for a, b in product(*sides))


@cache
def transpose_of(known: Known) -> str:
    """What the transpose of an array with these properties is: A, -A, A^-1, or empty where nothing is known.

    Where A^T is both A and A^-1, it is A.
    """
    table = _tables()[0]
    told = {table[p].transpose for p in implied(known) if p in table}
    return next((t for t in ("A", "-A", "A^-1") if t in told), "")


@cache
def drawings(known: Known) -> tuple[str, ...]:
    """NumPy templates that, applied one after the other to an array {A}, make one with these properties; rng is a generator.

    A template needs as many axes as the property speaks of: an array with two for what only a matrix can have. NaN is drawn
    where there is no array of that size (an orthogonal skew matrix of odd size).
    """
    table, both = _tables()
    closed = implied(known)
    # What is weaker is left out, but for the numbers that the others are made of.
    weaker = {q for p in closed if p in table for q in implied(frozenset({p})) - {p}} - FIELD
    alone = [p.draw for p in table.values() if p.name in closed - weaker and p.draw]
    return (*alone, *(b.draw for b in both if b.draw and b.of <= closed))


@cache
def stated(known: Known) -> tuple[str, ...]:
    """The properties as one says them, in the order of the book, without those that another of them implies."""
    table = _tables()[0]
    weaker = {q for p in known if p in table for q in implied(frozenset({p})) - {p}}
    return tuple(p for p in table if p in known - weaker)


@cache
def kept_by(operation: str) -> Known:
    """The properties that the value of an operation has where every operand has them."""
    return frozenset(p.name for p in _tables()[0].values() if operation in p.kept_by)


def turned(name: str) -> str:
    """The property that A^T has where A has this one, for what is told by sides: upper for lower; empty for others."""
    return _tables()[0][name].turned


def holding(known: Known) -> tuple[str, ...]:
    """NumPy conditions on an array {A} that say that it has these properties."""
    table = _tables()[0]
    return tuple(table[name].holds for name in stated(implied(known)) if table[name].holds)


def nearest(name: str) -> str | None:
    """The property that a word may have meant."""
    from difflib import get_close_matches  # only a word that is no name needs it

    near = get_close_matches(name, property_names(), 1)
    return near[0] if near else None

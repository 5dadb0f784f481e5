"""Where a variable may lie: linear spaces of structured matrices and manifolds, the tables of structures.toml and manifolds.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, Final, TypeVar

from matcalc.book.files import MANIFOLDS, STRUCTURES, rules_folder
from matcalc.book.properties import implied, is_property
from matcalc.book.tables import tables_of
from matcalc.errors import UsageError
from matcalc.records import dataclass

INDEPENDENT: Final = "independent"
PROJECTED: Final = "projected"


@dataclass(frozen=True)
class Structure:
    """A linear space of square matrices, named like the property that says that a matrix lies in it.

    `independent` and `projected` are texts in G, the gradient with all entries free; `columns` makes vec of a member from its free
    entries, or is empty; `stacked` is the map of gradients between vecs, or empty where it is read off the text. The matrices have
    the properties `of`, or the one that it is named like; with `by_entries`, the index form tells a derivative best; a `note` is
    said with an answer.
    """

    name: str
    means: str
    free: str
    independent: str
    projected: str
    source: str
    columns: str = ""
    stacked: str = ""
    of: tuple[str, ...] = ()
    by_entries: bool = False
    note: str = ""

    @property
    def properties(self) -> frozenset[str]:
        """What a matrix must have to lie in it, and all that follows."""
        return implied(frozenset(self.of or (self.name,)))

    def gradient(self, reading: str) -> str:
        """The gradient in a reading, as a text in G."""
        return self.independent if reading == INDEPENDENT else self.projected

    def told(self, name: str, reading: str) -> str:
        """What an answer says of the reading."""
        told = f"projected reading: the gradient in the space of {self.means}, with the Frobenius product"
        if reading == INDEPENDENT:
            told = f"independent reading: the derivative by the free entries of {name}, {self.free}"
        return f"{told}; {self.note}" if self.note else told


@dataclass(frozen=True)
class Manifold:
    """A manifold of arrays `of` a shape: `equation` says in X what lies on it, `property` is what the book calls such arrays.

    `gradient` is the Riemannian gradient as a text in X and G, the gradient in the surrounding space; `factored` another
    spelling of it, or empty; `invariant` is empty or a text in X and an orthogonal Q at which functions have the value that they have at X.
    """

    name: str
    of: str
    equation: str
    property: str
    gradient: str
    metric: str
    source: str
    invariant: str = ""
    factored: str = ""

    def told(self, name: str) -> str:
        """What an answer says of the gradient."""
        where = self.equation.replace("X", name)
        return f"Riemannian gradient on the manifold {self.name}, {where}, with the {self.metric}"


Space = TypeVar("Space", Structure, Manifold)


def structures() -> Mapping[str, Structure]:
    """Every structure by its name."""
    return _read(STRUCTURES, Structure)


def manifolds() -> Mapping[str, Manifold]:
    """Every manifold by its name."""
    return _read(MANIFOLDS, Manifold)


@cache
def _read(file: str, kind: type[Space]) -> dict[str, Space]:
    """The tables of a file.

    Raises UsageError for a table that lacks a part, has an unknown one, or is named by no property.
    """
    tables = tables_of(rules_folder() / file)
    return {name: _space(file, name, table, kind) for name, table in tables.items()}


def _space(file: str, name: str, table: Mapping[str, Any], kind: type[Space]) -> Space:
    known = [f for f in fields(kind) if f.name != "name"]
    needed = {f.name for f in known if f.default is MISSING}
    if missing := sorted(needed - set(table)):
        raise UsageError(f"{file}: {name} lacks {missing[0]!r}")
    if unknown := sorted(set(table) - {f.name for f in known}):
        raise UsageError(f"{file}: {name} has an unknown key {unknown[0]!r}")
    of = table.get("of")
    named = of if isinstance(of, list) else [table.get("property", name)]
    if strangers := [n for n in named if not is_property(n)]:
        raise UsageError(f"{file}: {strangers[0]} is no property")
    told: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return kind(name, **told)

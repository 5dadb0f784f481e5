"""Where the rule book's files lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

CHECKOUT = Path(__file__).resolve().parent.parent.parent / "rules"
PROPERTIES = "properties.toml"
LAWS = "laws.toml"
MOVES = "derivation.toml"
STRUCTURES = "structures.toml"
MANIFOLDS = "manifolds.toml"
PROOFS = "proofs.toml"
NAMES = "names.toml"
SOLVABLE = "stationary.toml"
ROBUST = "robust.toml"
OTHERS = frozenset({PROPERTIES, LAWS, STRUCTURES, MANIFOLDS, PROOFS, NAMES, SOLVABLE, ROBUST})
INSTALLED = Path(__file__).resolve().parent.parent / "rules"


def rules_folder() -> Traversable:
    """The folder of the rule book."""
    return INSTALLED if INSTALLED.is_dir() else CHECKOUT


def rule_files() -> list[Traversable]:
    """The tables of functions, identities and moves, in the order of their names."""
    files = (f for f in rules_folder().iterdir() if f.name.endswith(".toml") and f.name not in OTHERS)
    return sorted(files, key=lambda f: f.name)


def title(name: str) -> str:
    """What a file of the rule book holds, as its first line says it before a stop or a colon; empty for a file that is not there."""
    found = next((f for f in rule_files() if f.name == name), None)
    if found is None:
        return ""
    first = found.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
    return first.partition(".")[0].partition(":")[0]

"""Why the rules of derivations hold, rules/proofs.toml: statements, short proofs and examples, read when somebody asks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Final

from matcalc.book.files import PROOFS, rules_folder
from matcalc.book.frechet import SUFFIX
from matcalc.book.rule import Rule
from matcalc.errors import UsageError
from matcalc.records import dataclass

FRECHET: Final = "frechet"
OWN: Final = "own"
# Keywords of `matcalc.derive` that are typed otherwise.
TYPED: Final = {"variables": "--var"}


@dataclass(frozen=True)
class Example:
    """A request in whose derivation a rule is used, with the options that it needs, and the command that it is asked `by`."""

    request: str
    wrt: str = ""
    form: str = ""
    variables: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    structured: bool = False
    reading: str = ""
    manifold: str = ""
    about: str = ""
    order: int = 1
    by: str = "derive"
    style: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """The options that are given, as keywords of the function that it is asked by."""
        return {f.name: value for f in fields(self) if f.name not in ("request", "by") and (value := getattr(self, f.name)) != f.default}

    @property
    def command(self) -> str:
        """The request as it is typed with its options."""
        words = [word for name, value in self.options.items() for word in _typed(name, value)]
        command = self.by if self.by == "derive" else f"matcalc {self.by}"
        return " ".join([f'{command} "{self.request}"', *words, "--steps"])


def _typed(name: str, value: str | bool | int | tuple[str, ...]) -> list[str]:
    """An option as it is typed."""
    option = TYPED.get(name, f"--{name}")
    if isinstance(value, bool):
        return [option]
    values = value if isinstance(value, tuple) else (str(value),)
    return [f'{option} "{v}"' if " " in v else f"{option} {v}" for v in values]


@dataclass(frozen=True)
class Proof:
    """What a rule says, why, and where it is used."""

    statement: str
    proof: str
    example: Example


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads((rules_folder() / PROOFS).read_text(encoding="utf-8"))


@cache
def proofs() -> Mapping[str, Proof]:
    """The proof of every move of a derivation, by its id.

    Raises UsageError for a table that lacks a part or has an unknown one.
    """
    return {name: _proof(name, table) for name, table in _tables()["moves"].items()}


def _proof(name: str, table: Mapping[str, Any]) -> Proof:
    needed = {f.name for f in fields(Proof)}
    if wrong := sorted(needed ^ set(table)):
        raise UsageError(f"{PROOFS}: {name} {'lacks' if wrong[0] in needed else 'has an unknown key'} {wrong[0]!r}")
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table["example"].items()}
    return Proof(table["statement"], table["proof"], Example(**given))


def proof_of(rule: Rule) -> str:
    """Why the differential of a function is what the book says."""
    of_function, of_kind = _tables()["functions"], _tables()["kinds"]
    own = OWN if rule.kind == "explicit" else rule.kind
    kind = FRECHET if rule.name.endswith(SUFFIX) else own
    return str(of_function.get(rule.name) or of_kind[kind])

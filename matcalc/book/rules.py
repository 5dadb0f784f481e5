"""The rule book: every known function with its shapes, differential, printing, sampling domain and source.

The entries are tables of rules/*.toml (see rules/README.md). A table is read whole at once, since names and shapes
are needed to parse anything; the strings in the notation (`d`, `derivative`, `means`) are parsed when first used.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from matcalc.book.files import rule_files
from matcalc.errors import UsageError

KINDS: Final = ("elementwise", "linear", "bilinear", "explicit")
KEYS: Final = frozenset(
    "kind args value derivative d function jacobian means latex unicode numpy numpy_helper jax jax_helper torch torch_helper".split()
    + "domain kinks parity transposes gives aliases source note".split()
)


@dataclass(frozen=True)
class Param:
    """A parameter: its name and the dimension names of its rows and columns."""

    name: str
    shape: tuple[str, str]


@dataclass(frozen=True)
class Rule:
    """One function.

    `kind` says how its differential comes about: `elementwise` (from `derivative`, in x), `linear` and `bilinear`
    (from the function itself), `explicit` (from `d`, in the parameters and their increments dA, dx, ...).
    `function` names the derivative of a function of one matrix where d tr f(A) = tr(f'(A) dA) is all that is known in
    closed form, `jacobian` the matrix J of d vec f(A) = J vec(dA). `domain` is what must hold of an argument; `kinks`
    says where the function is not differentiable. `gives` lists what the value has: (property of the argument, or empty for any
    argument; property of the value).
    """

    name: str
    kind: str
    params: tuple[Param, ...]
    value: tuple[str, str]
    file: str
    derivative: str = ""
    d: str = ""
    function: str = ""
    jacobian: str = ""
    latex: str = ""
    unicode: str = ""
    numpy: str = ""
    numpy_helper: str = ""
    jax: str = ""
    jax_helper: str = ""
    torch: str = ""
    torch_helper: str = ""
    domain: str = ""
    parity: str = ""
    transposes: bool = False
    aliases: tuple[str, ...] = ()
    gives: tuple[tuple[str, str], ...] = ()
    means: str = ""
    kinks: str = ""
    source: str = ""
    note: str = ""


@cache
def _book() -> dict[str, Rule]:
    book: dict[str, Rule] = {}
    for file in rule_files():
        for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if name in ("identity", "move"):
                continue
            if name in book:
                raise UsageError(f"{file.name}: the function {name} is in {book[name].file} already")
            book[name] = read_rule(name, table, file.name)
    return book


def read_rule(name: str, table: dict[str, Any], file: str) -> Rule:
    """A rule from its table.

    Raises UsageError for an unknown key (with a suggestion), an unknown kind, or a missing part.
    """
    for key in table:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            raise UsageError(f"{file}: {name} has an unknown key {key!r}", hint=f"did you mean {near[0]!r}?" if near else None)
    kind = table.get("kind", "")
    if kind not in KINDS:
        raise UsageError(f"{file}: {name} has kind {kind!r}; it is one of {', '.join(KINDS)}")
    needed = {"elementwise": ("derivative",), "explicit": ()}.get(kind, ())
    for key in (*needed, "numpy", "source"):
        if not table.get(key):
            raise UsageError(f"{file}: {name} lacks {key!r}")
    if kind == "explicit" and not (table.get("d") or table.get("function")):
        raise UsageError(f"{file}: {name} lacks 'd'")
    rest = {k: v for k, v in table.items() if k not in ("kind", "args", "value", "aliases", "gives")}
    params = tuple(_param(a) for a in table.get("args", ["x: m x n" if kind == "elementwise" else "A: m x n"]))
    return Rule(
        name,
        kind,
        params,
        read_shape(table.get("value", "m x n")),
        file,
        aliases=tuple(table.get("aliases", ())),
        gives=tuple(_given(text) for text in table.get("gives", ())),
        **{"transposes": kind == "elementwise", **rest},
    )


def _given(text: str) -> tuple[str, str]:
    """`symmetric -> spd` as what the argument has and what the value then has; `positive` alone is had of any argument."""
    of, arrow, given = text.partition("->")
    return (of.strip(), given.strip()) if arrow else ("", of.strip())


def _param(text: str) -> Param:
    name, _, shape = text.partition(":")
    return Param(name.strip(), read_shape(shape))


def read_shape(text: str) -> tuple[str, str]:
    """The dimension names of `m x n`, `n` (a column) or `scalar`."""
    parts = [p.strip() for p in text.strip().split(" x ")]
    if parts[0] == "scalar":
        return ("1", "1")
    return (parts[0], parts[1]) if len(parts) == 2 else (parts[0], "1")


@cache
def _aliases() -> dict[str, Rule]:
    return {alias: rule for rule in _book().values() for alias in rule.aliases}


def find(name: str) -> Rule | None:
    """The rule of a function, by its name or an alias."""
    return _book().get(name) or _aliases().get(name)


def names() -> list[str]:
    """The names of all functions, sorted."""
    return sorted(_book())

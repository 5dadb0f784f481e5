"""What a person would call a part of a formula: p for a softmax, r for a residual, by the letters of the rule book."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, count
from typing import Final

from matcalc.algebra.node import Expr, split_coefficient, sym
from matcalc.algebra.walk import substitute
from matcalc.book.files import NAMES, rules_folder
from matcalc.book.rules import find, per_book, read_param
from matcalc.book.sizes import ONE, dim
from matcalc.book.tables import tables_of
from matcalc.errors import UsageError
from matcalc.reading.alone import read_expression
from matcalc.records import dataclass
from matcalc.simplify.identities import Bindings, match

TOLD_KINDS: Final = ("difference", "sum", "product", "inverse", "power", "function")
SHAPES: Final = ("number", "vector", "matrix")
KEYS: Final = frozenset({"means", "kind", "pattern", "args", "source", *SHAPES})
# Letters that mean something else in a formula: the identity, increments, Euler's number, a transpose.
NEVER: Final = frozenset("I d e i j T".split())
KINDS: Final = {"mul": "product", "inner": "product", "had": "product", "pow": "power", "epow": "power"}
LONGEST_PATTERN: Final = 60


def name_for(e: Expr, taken: Container[str]) -> str:
    """A name for a part that is none of those taken, and whose increment is not either."""
    letters = letters_for(e)
    numbered = (f"{letters[0]}{k}" for k in count(1))
    return first_free((name for name in chain(letters, numbered) if name not in NEVER), taken)


def first_free(names: Iterable[str], taken: Container[str], otherwise: str = "") -> str:
    """The first name that is not taken, and whose increment is not either."""
    return next((name for name in names if name not in taken and f"d{name}" not in taken), otherwise)


def letters_for(e: Expr) -> Sequence[str]:
    """The letters by which people call such a part, the first that they would take first."""
    shape = "number" if e.is_scalar else "vector" if ONE in e.shape else "matrix"
    rule = find(e.op)
    if rule is not None and rule.symbol:
        return _of_symbol(rule.symbol.split(), shape)
    kind = kind_of(e)
    return next(c.letters[shape] for c in called() if shape in c.letters and _fits(c, e, kind))


def _of_symbol(letters: Sequence[str], shape: str) -> Sequence[str]:
    """The capital letters of a matrix, the small ones of a number or vector."""
    if shape != "matrix":
        return [s for s in letters if not s[0].isupper()] or [s.lower() for s in letters]
    return [s for s in letters if s[0].isupper()] or [s[0].upper() + s[1:] for s in letters]


def _fits(c: Called, e: Expr, kind: str) -> bool:
    if c.kind:
        return c.kind in (kind, "function")
    if e.weight > LONGEST_PATTERN:
        return False
    pattern, letters = _pattern(c.pattern, c.args)
    if not letters:
        return substitute(pattern, {}, {dim("n"): e.shape[0]}) is e
    return match(pattern, e, Bindings({}, {}), letters) is not None


@per_book
def _pattern(text: str, args: tuple[str, ...]) -> tuple[Expr, frozenset[str]]:
    """A pattern and its letters; one without letters is of the size n."""
    shapes = {p.name: (dim(p.shape[0]), dim(p.shape[1])) for p in map(read_param, args)}
    names = {name: sym(name, shape) for name, shape in shapes.items()}
    sizes = {d.name for shape in shapes.values() for d in shape if d.is_Symbol} | {"n"}
    return read_expression(text, names, dimensions=sizes), frozenset(names)


def kind_of(e: Expr) -> str:
    """Which kind of part an expression is, by the operation that makes it."""
    if e.op == "add":
        return "difference" if any(split_coefficient(t)[0].is_negative for t in e.args) else "sum"
    if e.op == "pow" and not e.is_scalar and e.args[1].op == "const" and e.args[1].data.is_negative:
        return "inverse"
    return KINDS.get(e.op, "function")


# ----------------------------------------------------------------------------------------------- the table of letters


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
    return tuple(_read(table) for table in tables_of(rules_folder() / NAMES)["part"])


def _read(table: Mapping[str, object]) -> Called:
    what = f"{NAMES}: {table.get('means', '')!r}"
    if unknown := sorted(set(table) - KEYS):
        raise UsageError(f"{what} has an unknown key {unknown[0]!r}")
    if missing := sorted({"means", "source"} - set(table)):
        raise UsageError(f"{what} lacks {missing[0]!r}")
    if ("kind" in table) == ("pattern" in table) or table.get("kind", "sum") not in TOLD_KINDS:
        raise UsageError(f"{what} has a pattern, or a kind: {', '.join(TOLD_KINDS)}")
    letters = {shape: tuple(str(table[shape]).split()) for shape in SHAPES if shape in table}
    if not letters:
        raise UsageError(f"{what} lacks letters for a {', '.join(SHAPES[:-1])} or {SHAPES[-1]}")
    args = table.get("args", ())
    assert isinstance(args, list | tuple)
    return Called(str(table["means"]), str(table.get("kind", "")), str(table.get("pattern", "")), tuple(args), letters)

"""Algebraic identities of rules/identities.toml: patterns over expressions, matched up to the order of sums and products."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from matcalc.algebra import add, had, mul, negative
from matcalc.differential import substitute
from matcalc.errors import UsageError
from matcalc.expr import Expr, split_coefficient, sym
from matcalc.request import read_expression
from matcalc.resources import rule_files
from matcalc.rulebook import read_shape
from matcalc.shape import ONE, Dim, dim

COMMUTATIVE: Final = frozenset({"add", "had"})


@dataclass(frozen=True)
class Identity:
    """left => right, for every value of the parameters."""

    name: str
    left: Expr
    right: Expr
    source: str
    letters: frozenset[str]

    def __str__(self) -> str:
        return f"{self.name}: {self.left} => {self.right}"


@dataclass(frozen=True)
class Bindings:
    values: dict[str, Expr]
    sizes: dict[Dim, Dim]


@cache
def identities() -> tuple[Identity, ...]:
    """Every identity of the book; one over arrays is there once more for scalars."""
    return tuple(i for table in _tables() for i in _read(table))


def _tables() -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for file in rule_files():
        found += tomllib.loads(file.read_text(encoding="utf-8")).get("identity", []) if file.name == "identities.toml" else []
    return found


def _read(table: dict[str, object]) -> Iterator[Identity]:
    missing = {"name", "args", "left", "right", "source"} - set(table)
    if missing:
        raise UsageError(f"identities.toml: {table.get('name', 'an identity')} lacks {', '.join(sorted(missing))}")
    params = {}
    for text in table["args"]:  # type: ignore[attr-defined]
        name, _, shape = text.partition(":")
        params[name.strip()] = read_shape(shape)
    for scalar in (False, True):
        if scalar and any(s[1] == "1" for s in params.values()):
            return
        names = {k: sym(k, (ONE, ONE) if scalar else (dim(s[0]), dim(s[1]))) for k, s in params.items()}
        left = read_expression(str(table["left"]), names)
        right = read_expression(str(table["right"]), names)
        yield Identity(str(table["name"]), left, right, str(table["source"]), frozenset(params))


@cache
def _by_head() -> dict[str, list[Identity]]:
    heads: dict[str, list[Identity]] = {}
    for i in identities():
        heads.setdefault(i.left.op, []).append(i)
    return heads


def rewrite(e: Expr) -> Expr | None:
    """The expression after the first identity that applies at its root, or None."""
    for i in _by_head().get(e.op, ()):
        found = _apply(i, e)
        if found is not None:
            return found
    return None


def _apply(i: Identity, e: Expr) -> Expr | None:
    if e.op not in ("add", "had", "mul"):
        b = match(i.left, e, Bindings({}, {}), i.letters)
        return None if b is None else substitute(i.right, b.values, b.sizes)
    if len(e.args) < len(i.left.args) or len(e.args) > 12:
        return None
    found = _match_some(i, list(e.args))
    if found is None:
        return None
    sign, b, rest = found
    right = substitute(i.right, b.values, b.sizes)
    combine = {"add": add, "had": had, "mul": mul}[e.op]
    return combine(right if sign > 0 else negative(right), *rest)


def _match_some(i: Identity, args: list[Expr]) -> tuple[int, Bindings, list[Expr]] | None:
    for sign in (1, -1) if i.left.op == "add" else (1,):
        signed = args if sign > 0 else [negative(a) for a in args]
        for b, used in _choose(list(i.left.args), signed, Bindings({}, {}), i.letters):
            return sign, b, [a for k, a in enumerate(args) if k not in used]
    return None


def _choose(patterns: list[Expr], args: list[Expr], b: Bindings, letters: frozenset[str]) -> Iterator[tuple[Bindings, frozenset[int]]]:
    """Every way to match the patterns with distinct operands; those with most structure are matched first."""
    ordered = sorted(patterns, key=lambda p: -p.weight if p.op != "sym" else 0)
    yield from _choose_from(ordered, args, b, frozenset(), letters)


def _choose_from(
    patterns: list[Expr], args: list[Expr], b: Bindings, used: frozenset[int], letters: frozenset[str]
) -> Iterator[tuple[Bindings, frozenset[int]]]:
    if not patterns:
        yield b, used
        return
    for k, a in enumerate(args):
        if k not in used:
            found = match(patterns[0], a, b, letters)
            if found is not None:
                yield from _choose_from(patterns[1:], args, found, used | {k}, letters)


def match(pattern: Expr, e: Expr, b: Bindings, letters: frozenset[str]) -> Bindings | None:
    """The bindings under which the pattern is the expression, extending those given; None if there are none."""
    if pattern.op == "sym" and pattern.data.name in letters:
        return _bind(pattern, e, b)
    if pattern.op != e.op or pattern.data != e.data or len(pattern.args) != len(e.args):
        return _match_negative(pattern, e, b, letters)
    sized = _bind_shape(pattern, e, b)
    if sized is None:
        return None
    if pattern.op in COMMUTATIVE or pattern.op == "mul" and pattern.is_scalar:
        return next((found for found, _ in _choose(list(pattern.args), list(e.args), sized, letters)), None)
    found: Bindings | None = sized
    for p, a in zip(pattern.args, e.args, strict=True):
        found = match(p, a, found, letters) if found is not None else None
    return found


def _match_negative(pattern: Expr, e: Expr, b: Bindings, letters: frozenset[str]) -> Bindings | None:
    """-x in a pattern is any expression whose sign can be turned."""
    c, rest = split_coefficient(pattern)
    if c == -1 and rest.op == "sym":
        return match(rest, negative(e), b, letters)
    return None


def _bind(pattern: Expr, e: Expr, b: Bindings) -> Bindings | None:
    name = pattern.data.name
    if name in b.values:
        return b if b.values[name] is e else None
    sized = _bind_shape(pattern, e, b)
    return None if sized is None else Bindings({**sized.values, name: e}, sized.sizes)


def _bind_shape(pattern: Expr, e: Expr, b: Bindings) -> Bindings | None:
    sizes = b.sizes
    for mine, theirs in zip(pattern.shape, e.shape, strict=True):
        if not mine.is_Symbol:
            if mine != theirs:
                return None
        elif mine not in sizes:
            sizes = {**sizes, mine: theirs}
        elif sizes[mine] != theirs:
            return None
    return b if sizes is b.sizes else Bindings(b.values, sizes)

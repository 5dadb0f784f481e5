"""What the rule book says of the arguments of functions, as numbers: where a kink lies, and what the domain is.

A margin is an array of numbers: of a kink those that are zero on it and change sign there, of a domain those that must be
greater than zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, dim
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling import Point
from matcalc.numbers.signs import ANY, Signs, signs_of
from matcalc.reading.alone import read_expression

Array = Any
ENTRY: Final = re.compile(r"an entry of (.+?) (?:is|=) (.+)")
LENGTH: Final = dim("entries")
DOMAINS: Final[dict[str, Callable[[Array], Array]]] = {
    "positive": np.asarray,
    "unit": lambda a: 1 - np.abs(a),
    "spd": lambda a: np.linalg.eigvalsh((a + a.T) / 2) if np.ndim(a) == 2 and np.all(np.isfinite(a)) else a,
}
"""The domains of the rule book that are bounded by the zeros of a margin."""


@dataclass(frozen=True)
class Margin:
    """An argument of a function with the margin that it has, and which signs the margin can have at all."""

    function: str
    argument: Expr
    of: Callable[[Array], Array]
    signs: Signs


def kinks_of(exprs: Sequence[Expr]) -> list[Margin]:
    """The kinks that a function crosses: those of elementwise functions and of sums over entries, each argument once."""
    told = {n.op: rulebook.find(n.op) for n in in_order(exprs)}
    kinks = {op: kink for op, rule in told.items() if rule is not None and (kink := crossed(rule)) is not None}
    return _margins(exprs, lambda n: kinks.get(n.op, ""), _reading)


def margin_of(name: str) -> Callable[[Array], Array] | None:
    """How far from its kink the argument of a function is, entry by entry; None where it has none that is crossed."""
    rule = rulebook.find(name)
    kink = crossed(rule) if rule is not None else None
    return None if kink is None else _reading(kink)


def _margins(exprs: Sequence[Expr], told: Callable[[Expr], str], reading: Callable[[str], Callable[[Array], Array]]) -> list[Margin]:
    """The margins of the arguments of which something is told, each once."""
    those: dict[tuple[Expr, str], str] = {}
    for n in in_order(exprs):
        if kind := told(n):
            those.setdefault((n.args[0], kind), n.op)
    signs = signs_of([a for a, _ in those])
    return [
        Margin(op, a, reading(kind), ANY if "=" in kind and not kind.endswith("= 0") else signs[a])
        for (a, kind), op in those.items()
        if signs[a].varies
    ]


def crossed(rule: rulebook.Rule) -> str | None:
    """The equation of a kink that divides the arguments in two, entry by entry; None where it is a point, as norm2's."""
    if not rule.kinks:
        return None
    entries = ENTRY.fullmatch(rule.kinks)
    if entries:
        return f"x = {entries[2]}"
    if rule.kind != "elementwise":
        return None
    left, _, right = (re.sub(rf"\b{re.escape(rule.params[0].name)}\b", "x", side).strip() for side in rule.kinks.partition("="))
    return f"{left} = {right}"


@cache
def _reading(kink: str) -> Callable[[Array], Array]:
    """The left side of an equation less its right side."""
    left, _, right = kink.partition("=")
    x = sym("x", (LENGTH, ONE), 1)
    sides = [read_expression(side.strip(), {"x": x}) for side in (left, right)]
    program = Program(sides)

    def margin(a: Array) -> Array:
        flat = np.ravel(a)
        a, b = program({"x": flat}, {LENGTH.name: flat.size})
        return a - b

    return margin


def domain_of(exprs: Sequence[Expr]) -> list[Margin]:
    """What must be greater than zero, arguments before what is made of them."""
    domains = {op: rule.domain for op in {n.op for n in in_order(exprs)} if (rule := rulebook.find(op)) and rule.domain in DOMAINS}
    return _margins(exprs, lambda n: domains.get(n.op, "positive" if _is_root(n) else ""), lambda kind: DOMAINS[kind])


def _is_root(n: Expr) -> bool:
    """Whether a node is a power that only a number greater than zero has."""
    if n.op != "epow" and not (n.op == "pow" and n.is_scalar):
        return False
    exponent = n.args[1]
    return exponent.op == "const" and not exponent.data.is_integer


class Margins:
    """Margins evaluated at points."""

    def __init__(self, margins: Sequence[Margin]) -> None:
        self.margins = margins
        self.program = Program([m.argument for m in margins])

    def at(self, point: Point) -> list[Array]:
        """The margins as flat arrays."""
        values = self.program(point.values, point.sizes, point.unknowns)
        with np.errstate(all="ignore"):
            return [np.ravel(np.asarray(m.of(a), dtype=float)) for m, a in zip(self.margins, values, strict=True)]

    def single(self, k: int) -> Margins:
        """One of them alone."""
        return Margins(self.margins[k : k + 1])

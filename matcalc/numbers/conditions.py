"""What the rule book says of the arguments of functions, as numbers: where a kink lies, and what the domain is.

A margin is an array of numbers: of a kink those that are zero on it and change sign there, of a domain those that must be
greater than zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, dim
from matcalc.errors import UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.random_points import Point
from matcalc.patterns import late
from matcalc.records import dataclass

if TYPE_CHECKING:
    from matcalc.numbers.signs import Signs

Array = Any
ENTRY: Final = late(r"an entry of (.+?) (?:is|=) (.+)")
LENGTH: Final = dim("entries")
DOMAINS: Final[dict[str, Callable[[Array], Array]]] = {
    "positive": np.asarray,
    "unit": lambda a: 1 - np.abs(a),
    "spd": lambda a: np.linalg.eigvalsh((a + a.T) / 2) if np.ndim(a) == 2 and np.all(np.isfinite(a)) else a,
}
"""The domains of the rule book that are bounded by the zeros of a margin."""
WORDS: Final = ("positive", "unit", "spd", "invertible", "full rank")


@dataclass(frozen=True)
class Margin:
    """An argument of a function with the margin that it has, and which signs the margin can have at all."""

    function: str
    argument: Expr
    of: Callable[[Array], Array]
    signs: Signs


@dataclass(frozen=True)
class Goal:
    """A sign that some entries of a margin are to have."""

    margin: int
    entries: tuple[int, ...]
    sign: int


def kinks_of(exprs: Sequence[Expr], variables: Sequence[Expr] = ()) -> list[Margin]:
    """The kinks that a function crosses: those of elementwise functions and of sums over entries, each argument once."""
    kinked = _kinked()
    if all(kinked.isdisjoint(e.operations) for e in exprs):
        return []
    return _margins(exprs, variables, lambda n: _kinks_of_function(n.op) if n.op in kinked else (), _reading)


@rulebook.per_book
def _kinked() -> frozenset[str]:
    """The functions with kinks that are crossed."""
    return frozenset(name for name, rule in rulebook.in_use().functions.items() if rule.kinks and crossed(rule))


@rulebook.per_book
def _kinks_of_function(name: str) -> tuple[str, ...]:
    rule = rulebook.find(name)
    return () if rule is None else crossed(rule)


def margins_of(name: str) -> list[Callable[[Array], Array]]:
    """How far from each kink that is crossed the argument of a function is, entry by entry."""
    return [_reading(kink) for kink in _kinks_of_function(name)]


def _margins(
    exprs: Sequence[Expr],
    variables: Sequence[Expr],
    told: Callable[[Expr], Sequence[str]],
    reading: Callable[[str], Callable[[Array], Array]],
) -> list[Margin]:
    """The margins of the arguments of which something is told, each once."""
    those: dict[tuple[Expr, str], str] = {}
    for n in in_order(exprs):
        for kind in () if n.args and n.args[0].has_complex else told(n):
            those.setdefault((n.args[0], kind), n.op)
    if not those:
        return []
    from matcalc.numbers.signs import ANY, signs_of  # few functions have kinks or a domain

    signs = signs_of([a for a, _ in those], variables)
    return [
        Margin(op, a, reading(kind), ANY if "=" in kind and not kind.endswith("= 0") else signs[a])
        for (a, kind), op in those.items()
        if signs[a].varies
    ]


@cache
def crossed(rule: rulebook.Rule) -> tuple[str, ...]:
    """The equations in x of the kinks that divide the arguments in two, entry by entry; none where it is a point, as norm2's."""
    equations = []
    for kink in rule.kinks.split(","):
        entries = ENTRY().fullmatch(kink.strip())
        if entries:
            equations.append(f"x = {entries[2]}")
        elif kink and rule.kind == "elementwise":
            left, _, right = (_in_x(rule, side) for side in kink.partition("="))
            equations.append(f"{left} = {right}")
    return tuple(equations)


def _in_x(rule: rulebook.Rule, text: str) -> str:
    return re.sub(rf"\b{re.escape(rule.params[0].name)}\b", "x", text).strip()


def conditions(rule: rulebook.Rule) -> tuple[str, ...]:
    """What must hold of the first argument: a word of DOMAINS, or the conditions on its entries as equations of their bounds."""
    if rule.domain in DOMAINS or rule.domain in WORDS:
        return (rule.domain,) if rule.domain in DOMAINS else ()
    return tuple(_bound(_in_x(rule, text)) for text in rule.domain.split(",") if text.strip())


def _bound(condition: str) -> str:
    """`x > 1` as x = 1 and `x < 1` as 1 = x: the left side less the right side is greater than zero inside.

    Raises UsageError for what is neither.
    """
    for sign in (">", "<"):
        left, found, right = condition.partition(sign)
        if found:
            return f"{left.strip()} = {right.strip()}" if sign == ">" else f"{right.strip()} = {left.strip()}"
    raise UsageError(f"{condition!r} is no domain", hint=f"a domain is {', '.join(WORDS)} or conditions such as 'x > -1, x < 1'")


def inside(condition: str) -> Callable[[Array], Array]:
    """The margin of a condition, which is greater than zero where it holds."""
    return DOMAINS[condition] if condition in DOMAINS else _reading(condition)


@cache
def _reading(kink: str) -> Callable[[Array], Array]:
    """The left side of an equation less its right side."""
    from matcalc.reading.alone import read_expression  # few functions have kinks or a domain

    left, _, right = kink.partition("=")
    x = sym("x", (LENGTH, ONE), 1)
    sides = [read_expression(side.strip(), {"x": x}) for side in (left, right)]
    program = Program(sides)

    def margin(a: Array) -> Array:
        flat = np.ravel(a)
        a, b = program({"x": flat}, {LENGTH.name: flat.size})
        return a - b

    return margin


def domain_of(exprs: Sequence[Expr], variables: Sequence[Expr] = ()) -> list[Margin]:
    """What must be greater than zero, arguments before what is made of them."""
    domains = {op: conditions(rule) for op in {n.op for n in in_order(exprs)} if (rule := rulebook.find(op))}
    return _margins(exprs, variables, lambda n: domains.get(n.op, ("positive",) if _is_root(n) else ()), inside)


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

    @cached_property
    def program(self) -> Program:
        """What evaluates the arguments."""
        return Program([m.argument for m in self.margins])

    def at(self, point: Point) -> list[Array]:
        """The margins as flat arrays."""
        values = self.program(point.values, point.sizes, point.unknowns)
        with np.errstate(all="ignore"):
            return [np.ravel(np.asarray(m.of(a), dtype=float)) for m, a in zip(self.margins, values, strict=True)]

    def single(self, k: int) -> Margins:
        """One of them alone."""
        return Margins(self.margins[k : k + 1])

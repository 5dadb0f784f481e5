"""What a verdict may need of the other names: that a part has a sign, or is semidefinite; and conditions of the book on operands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from matcalc.algebra.node import Expr, split_coefficient
from matcalc.algebra.structure import properties
from matcalc.book.rules import Rule
from matcalc.book.sizes import dim
from matcalc.convexity.intervals import INFINITE, NONNEGATIVE, Interval
from matcalc.convexity.ranges import Domain
from matcalc.printing.notations.printer import Printer
from matcalc.records import dataclass

RELATION: Final = re.compile(r"(\w+)\s*(=|>=|<=)\s*(\w+)")
TRIED: Final = (NONNEGATIVE, Interval(1.0), Interval(-INFINITE, 0.0), Interval(0.0, 1.0))
MAX_ASKED: Final = 6


@dataclass(frozen=True)
class Condition:
    """That all entries of an expression lie in an interval, or that it is positive (1) or negative (-1) semidefinite."""

    expr: Expr
    known: Interval | int

    def written(self, notation: Printer) -> str:
        """The condition in a notation: `c >= 0`, `A + A^T psd`."""
        told = notation.print(self.expr)
        if not isinstance(self.known, Interval):
            return told + notation.semidefinite[self.known < 0]
        low, high = self.known.low, self.known.high
        parts = [f"{told}{notation.at_least}{low:g}"] if low > -INFINITE else []
        return notation.words(" and ").join([*parts, *([f"{told}{notation.at_most}{high:g}"] if high < INFINITE else [])])


def candidates(domain: Domain) -> Iterator[Condition]:
    """What could be assumed of the parts whose sign was asked for, the simplest first, if it does not contradict what is known."""
    parts: dict[tuple[Expr, str], None] = {}
    for e, kind in sorted(domain.asked, key=lambda pair: pair[0].weight):
        c, rest = split_coefficient(e)
        rest = rest.args[0] if rest.op == "T" else rest
        parts[rest if c.is_number and rest.op != "const" else e, kind] = None
    for e, kind in list(parts)[:MAX_ASKED]:
        if kind == "definite":
            yield Condition(e, 1)
            yield Condition(e, -1)
            continue
        known = domain.interval(e)
        for tried in TRIED:
            both = known.meet(tried)
            if both.low < both.high and both != known:
                yield Condition(e, tried)


def conditions_hold(domain: Domain, rule: Rule, text: str, e: Expr) -> bool:
    """Whether the conditions of the book hold of the operands: `symmetric, k = n`, `p >= 1`."""
    told = [part.strip() for part in text.split(",") if part.strip()]
    return all(relation_holds(domain, rule, c, e) if " " in c else property_holds(domain, c, e.args[0]) for c in told)


def property_holds(domain: Domain, name: str, e: Expr) -> bool:
    """Whether an operand has a property, declared or by the domain."""
    if name == "spd":
        # A semidefinite matrix of which a logarithm or an inverse is taken is definite: the domain is where it is.
        return domain.definiteness(e) > 0
    return domain.interval(e).is_positive if name == "positive" else name in properties(e)


def relation_holds(domain: Domain, rule: Rule, text: str, e: Expr) -> bool:
    """Whether `k = 1`, `k = n` or `p >= 1` holds of an operand."""
    found = RELATION.fullmatch(text)
    at = next((k for k, p in enumerate(rule.params) if found and p.name == found[1]), None)
    if found is None or at is None:
        return False
    operand, value = e.args[at], found[3]
    if found[2] == "=":
        sizes = dict(zip(rule.params[0].shape, e.args[0].shape, strict=True))
        return operand.op == "const" and operand.data == (int(value) if value.isdigit() else sizes.get(value, dim(value)))
    known = domain.interval(operand)
    fits = known.low >= float(value) if found[2] == ">=" else known.high <= float(value)
    if not fits and operand.op != "const":
        domain.asked[operand, "sign"] = None
    return fits

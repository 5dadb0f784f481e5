"""How curvature passes through an expression: the rules of disciplined convex programming, and what one looks at more at once.

A sum is what its terms are; a function of an affine argument is what the book says of it; nondecreasing convex of convex is convex
(Boyd and Vandenberghe 2004, sections 3.2.2 and 3.2.4; Grant and Boyd 2006). Where the rules say nothing of a node, it is taken as a scalar
function of parts further down (`scalars`), by its logarithm, by its degree, as a quadratic form or as a trace of a matrix function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Final

from matcalc.algebra import mul
from matcalc.algebra.node import Expr, split_product
from matcalc.book import rules as rulebook
from matcalc.convexity.conditions import conditions_hold
from matcalc.convexity.growth import by_growth, log_curvature
from matcalc.convexity.order import definite_curvature
from matcalc.convexity.ranges import Domain
from matcalc.convexity.reasons import Reason
from matcalc.convexity.scalars import AFFINE, CONCAVE, CONVEX, NONE, Curvature, Kernel, NotScalar
from matcalc.convexity.spectra import by_spectrum
from matcalc.convexity.squares import product_curvature, square_sign
from matcalc.convexity.sums import regrouped
from matcalc.records import dataclass

PASSED: Final = frozenset({"T", "vec", "vech", "diagv", "diag", "entry", "sum", "array", "block"})
ENTRYWISE: Final = frozenset({"add", "had", "mul", "epow", "pow", "ones", "const"})


def turned(found: Curvature, sign: int) -> Curvature:
    """The curvature of a multiple with this sign, of which 0 says that it is not known."""
    if found == AFFINE or sign > 0:
        return found
    return frozenset({CONVEX: CONCAVE, CONCAVE: CONVEX}[c] for c in found) if sign else NONE


@dataclass
class Composition:
    """The curvature of expressions on a domain, each with the rule that it is by."""

    domain: Domain
    reasons: dict[Expr, Reason] = field(default_factory=dict)
    named: Expr | None = None
    _known: dict[Expr, Curvature] = field(default_factory=dict)
    _order: dict[Expr, Curvature] = field(default_factory=dict)
    _logs: dict[Expr, Curvature] = field(default_factory=dict)

    def curvature(self, e: Expr) -> Curvature:
        """What every entry of an expression is: convex, concave, both or neither of which is known."""
        if not self.domain.moves(e) or e.op == "sym":
            return AFFINE
        if e not in self._known:
            self._known[e] = NONE
            self._known[e] = self._found(e)
        return self._known[e]

    def in_order(self, e: Expr) -> Curvature:
        """What a symmetric matrix is in the order of the semidefinite ones."""
        if e not in self._order:
            self._order[e] = definite_curvature(self, e)
        return self._order[e]

    def of_logarithm(self, e: Expr) -> Curvature:
        """What the logarithm of every entry is, where all are positive."""
        if e not in self._logs:
            self._logs[e] = NONE
            self._logs[e] = log_curvature(self, e)
        return self._logs[e]

    def square(self, e: Expr) -> int:
        """1 or -1 where an expression is a square of a norm of something affine, or its negative."""
        return square_sign(self, e)

    def because(self, e: Expr, reason: Reason) -> None:
        """Remember the rule by which an expression is what it is."""
        self.reasons[e] = reason

    def on(self, domain: Domain) -> Composition:
        """The same on another domain."""
        return Composition(domain)

    # ------------------------------------------------------------------------------------------ the ways

    def _found(self, e: Expr) -> Curvature:
        ways: tuple[Callable[[Expr], Curvature], ...] = (self._by_rules, self._by_parts, self._by_sums, self._by_spectrum, self._by_growth)
        best = NONE
        for way in ways:
            best |= way(e)
            if best:
                break
        return best

    def _by_rules(self, e: Expr) -> Curvature:
        if e.op in PASSED or e.op == "add":
            return self._common(e)
        if e.op in ("mul", "had", "kron"):
            return self._of_product(e)
        if e.op == "inner":
            return product_curvature(self, e)
        if e.op == "tr":
            return self._common(e) or product_curvature(self, e) or self._in_order(e)
        return self._of_function(e)

    def _in_order(self, e: Expr) -> Curvature:
        """A trace is increasing in the order of semidefinite matrices."""
        found = self.in_order(e.args[0])
        if found:
            self.because(e, Reason("order", e.args))
        return found

    def _common(self, e: Expr) -> Curvature:
        found = AFFINE
        for a in e.args:
            found &= self.curvature(a)
            if not found:
                break
        if found:
            self.because(e, Reason("sum" if e.op == "add" else "linear", e.args))
        return found

    def _of_product(self, e: Expr) -> Curvature:
        """A multiple of what one factor is; the others must have a sign, but where that one is affine."""
        moving = [a for a in e.args if self.domain.moves(a)]
        if len(moving) != 1:
            return NONE
        inside = self.curvature(moving[0])
        others = [a for a in e.args if a is not moving[0]]
        if not inside or inside == AFFINE:
            return inside
        if e.op == "mul":
            scalars = [a for a in others if a.is_scalar]
            sign = self.domain.sign(mul(*scalars)) if scalars else 1
            others = [a for a in others if not a.is_scalar]
        else:
            sign = 1
        for a in others:
            sign *= self.domain.sign(a)
        self.because(e, Reason("multiple", (moving[0],), tuple(a for a in e.args if a is not moving[0])))
        return turned(inside, sign)

    def _of_function(self, e: Expr) -> Curvature:
        """A function by what the book says of it (Boyd and Vandenberghe 2004, section 3.2.4)."""
        rule = rulebook.find(e.op)
        if rule is None or any(self.domain.moves(a) for a in e.args[1:]):
            return NONE
        argument = e.args[0]
        inside = self.curvature(argument)
        if rule.kind == "linear":
            return inside if inside == AFFINE or rule.monotone == "increasing" else NONE
        found: set[str] = set()
        for conditions, curvature in rule.curvature:
            holds = curvature in AFFINE and conditions_hold(self.domain, rule, conditions, e)
            if holds and self._composes(rule, curvature, argument, inside):
                found.add(curvature)
        if found:
            self.because(e, Reason("function", (argument,)))
        return frozenset(found)

    def _composes(self, rule: rulebook.Rule, curvature: str, argument: Expr, inside: Curvature) -> bool:
        if inside == AFFINE:
            return True
        opposite = CONCAVE if curvature == CONVEX else CONVEX
        match rule.monotone:
            case "increasing":
                return curvature in inside
            case "decreasing":
                return opposite in inside
            case "increasing where positive":
                return curvature in inside and self.domain.interval(argument).is_nonnegative
            case "definite":
                return curvature in self.in_order(argument)
        return False

    # ------------------------------------------------------------------------------- scalar functions of parts

    def _by_parts(self, e: Expr) -> Curvature:
        """A scalar function of its operands, of what is affine in it, or of what is not entry by entry."""
        if e.op not in ENTRYWISE and not self._is_elementwise(e):
            return NONE
        if e.op == "mul" and len(split_product(e)[2]) > 1:
            return NONE
        stops: tuple[Callable[[Expr], bool], ...] = (
            lambda n: n is not e and self.square(n) != 0 and n.op == "add",
            lambda n: n is not e,
            lambda n: n is not e and self.curvature(n) == AFFINE,
            lambda n: n.op not in ENTRYWISE and not self._is_elementwise(n),
        )
        tried: set[frozenset[Expr]] = set()
        for stop in stops[e.op == "add" :] if not self.square(e) else (lambda n: True,):
            kernel = Kernel(self.domain, stop, self.curvature, self.square)
            try:
                g = kernel.read(e)
            except NotScalar:
                continue
            parts = frozenset(kernel.parts)
            if parts in tried or parts == {e} and not self.square(e):
                continue
            tried.add(parts)
            if found := kernel.verdict(g):
                self.because(e, Reason("scalar", tuple(kernel.parts)))
                return found
        return NONE

    def _is_elementwise(self, e: Expr) -> bool:
        rule = rulebook.find(e.op)
        return rule is not None and rule.kind == "elementwise" and not rule.kinks

    def _by_sums(self, e: Expr) -> Curvature:
        return regrouped(self, e) if e.op == "add" else NONE

    def _by_spectrum(self, e: Expr) -> Curvature:
        return by_spectrum(self, e) if e.op == "tr" else NONE

    def _by_growth(self, e: Expr) -> Curvature:
        return by_growth(self, e)

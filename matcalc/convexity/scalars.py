"""Scalar functions of a few parts of an expression, entry by entry, and what their second derivatives say.

f = g(u, v, ...) with parts u, v whose curvature is known is convex where the Hessian of g is positive semidefinite and g does not
fall in a convex part nor rise in a concave one (Boyd and Vandenberghe 2004, section 3.2.4). g is a rational function of generators, the
parts and what exp, log and roots make of them, each with its derivatives and the interval of its values; so the signs are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from itertools import combinations
from typing import Final

from sympy import Add, Dummy, Matrix, Mul, S, Symbol, expand
from sympy import Expr as Scalar

from matcalc.algebra import mul
from matcalc.algebra.node import Expr, split_product
from matcalc.book import rules as rulebook
from matcalc.calculus.differential import elementwise_derivative
from matcalc.convexity.intervals import POSITIVE, Interval
from matcalc.convexity.ranges import Domain
from matcalc.convexity.signs import signs
from matcalc.reading.templates import instance
from matcalc.records import dataclass

MAX_PARTS: Final = 3
MAX_STEPS: Final = 200
CONVEX: Final = "convex"
CONCAVE: Final = "concave"
Curvature = frozenset[str]
NONE: Final[Curvature] = frozenset()
AFFINE: Final[Curvature] = frozenset({CONVEX, CONCAVE})


class NotScalar(Exception):
    """An expression is no scalar function of its parts that this module knows."""


@dataclass(frozen=True)
class Part:
    """What a function is a function of: a node or, where it is `squared`, the norm whose square times `sign` the node is."""

    symbol: Symbol
    curvature: Curvature
    sign: int = 0


@dataclass
class Kernel:
    """A scalar function in the making: `is_part` says where to stop, `curvature` what the parts are, `square` which are squares."""

    domain: Domain
    is_part: Callable[[Expr], bool]
    curvature: Callable[[Expr], Curvature]
    square: Callable[[Expr], int]
    parts: dict[Expr, Part] = field(default_factory=dict)
    intervals: dict[Symbol, Interval] = field(default_factory=dict)
    slopes: dict[Symbol, dict[Symbol, Scalar]] = field(default_factory=dict)
    names: dict[Symbol, Expr] = field(default_factory=dict)
    derived: bool = False
    _read: dict[Expr, Scalar] = field(default_factory=dict)
    _powers: dict[Scalar, Symbol] = field(default_factory=dict)

    # ---------------------------------------------------------------------------------------- reading

    def read(self, e: Expr) -> Scalar:
        """The expression in generators.

        Raises NotScalar.
        """
        if e not in self._read:
            if len(self._read) > MAX_STEPS:
                raise NotScalar
            is_part = self.domain.moves(e) and (e in self.parts if self.derived else self.is_part(e))
            self._read[e] = self._part(e) if is_part else self._of(e)
        return self._read[e]

    def _derived(self, e: Expr) -> Scalar:
        """What a derivative or a meaning is in the parts that are known; it is read through to these."""
        before, self.derived = self.derived, True
        try:
            return self.read(e)
        finally:
            self.derived = before

    def _of(self, e: Expr) -> Scalar:
        match e.op:
            case "const":
                return e.data.as_sympy() if e.data.is_Rational else self._generator(self.domain.interval(e), {}, e)
            case "ones" | "zeros":
                return S.One if e.op == "ones" else S.Zero
            case "add":
                return Add(*map(self.read, e.args))
            case "had":
                return Mul(*map(self.read, e.args))
            case "mul" if len(split_product(e)[2]) < 2:
                return Mul(*map(self.read, e.args))
            case "mul" if e.args[0].is_scalar:
                mats = split_product(e)[2]
                return Mul(*map(self.read, e.args[: len(e.args) - len(mats)]), self.read(mul(*mats)))
            case "epow" | "pow" if e.op == "epow" or e.is_scalar:
                return self._power(e)
        rule = rulebook.find(e.op)
        if rule is not None and rule.kind == "elementwise" and not rule.kinks:
            return self._function(rule, e)
        return self._whole(e)

    def _whole(self, e: Expr) -> Scalar:
        """What is no operation entry by entry, as one symbol."""
        return self._part(e) if self.domain.moves(e) else self._generator(self.domain.interval(e), {}, e)

    def _part(self, e: Expr) -> Scalar:
        if e not in self.parts:
            if self.derived:
                raise NotScalar
            sign = self.square(e)
            curvature = frozenset({CONVEX}) if sign else self.curvature(e)
            if not curvature or len(self.parts) >= MAX_PARTS:
                raise NotScalar
            symbol = self._generator(Interval(0.0) if sign else self.domain.interval(e), {}, e)
            self.slopes[symbol] = {symbol: S.One}
            self.parts[e] = Part(symbol, curvature, sign)
        part = self.parts[e]
        return part.sign * part.symbol**2 if part.sign else part.symbol

    def _generator(self, interval: Interval, slopes: dict[Symbol, Scalar], e: Expr | None = None) -> Symbol:
        symbol = Dummy(f"g{len(self.intervals)}", real=True)
        self.intervals[symbol] = interval
        self.slopes[symbol] = slopes
        if e is not None and not self.domain.moves(e):
            self.names[symbol] = e
        return symbol

    def _power(self, e: Expr) -> Scalar:
        base, exponent = self.read(e.args[0]), self.read(e.args[1])
        if self.domain.moves(e.args[1]):
            raise NotScalar
        if exponent.is_Integer and exponent >= 0:
            return base**exponent
        if not (exponent.is_Integer or self._is_positive(e.args[0])):
            raise NotScalar
        if exponent.is_Integer:
            known = self.domain.interval(e.args[0])
            if self.domain.moves(e.args[0]) and not (known.is_positive or known.is_negative):
                self.domain.poles[e.args[0]] = None
                raise NotScalar
            return base**exponent
        root = self._generator(POSITIVE.meet(self.domain.interval(e)), {})
        self.slopes[root] = {s: exponent * root / base * d for s, d in self.gradient(base).items()}
        return root

    def _is_positive(self, e: Expr) -> bool:
        """Whether it is positive on the domain, which is the natural one of a root or logarithm where nothing else is known."""
        if self.domain.interval(e).is_nonnegative:
            return True
        if not self.domain.moves(e) or CONCAVE not in self.curvature(e):
            return False
        self.domain.assume_positive(e)
        return True

    def _function(self, rule: rulebook.Rule, e: Expr) -> Scalar:
        simpler = "in_exponentials" if rule.in_exponentials else "means" if rule.means else ""
        if rule.domain == "positive" and not self._is_positive(e.args[0]):
            raise NotScalar
        if rule.domain not in ("", "positive") and self.curvature(e.args[0]) != AFFINE:
            raise NotScalar
        argument = self.read(e.args[0])
        if simpler:
            return self._derived(instance(rule, simpler, e.args))
        if rule.of_sum == "product":
            return self._exponential(e)
        made = self._generator(self.domain.interval(e), {}, e)
        self._read[e] = made
        inner = self.gradient(argument)
        outer = self._derived(elementwise_derivative(rule, e.args[0])) if inner else S.Zero
        self.slopes[made] = {s: outer * d for s, d in inner.items()}
        return made

    def _exponential(self, e: Expr) -> Scalar:
        """exp(2*u - v) as a product of powers of exp(u) and exp(v)."""
        made = []
        for term in Add.make_args(expand(self.read(e.args[0]))):
            times, rest = term.as_coeff_Mul(rational=True)
            if not times.is_Integer:
                times, rest = S.One, term
            if rest not in self._powers:
                symbol = self._generator(self._exponential_interval(rest), {})
                self.slopes[symbol] = {s: symbol * d for s, d in self.gradient(rest).items()}
                self._powers[rest] = symbol
            made.append(self._powers[rest] ** times)
        return Mul(*made)

    def _exponential_interval(self, e: Scalar) -> Interval:
        """exp is at least 1 where its argument is not negative."""
        known = signs(e, self.intervals)
        return Interval(1.0) if known == {1} else Interval(0.0, 1.0, True) if known == {-1} else POSITIVE

    # ------------------------------------------------------------------------------------ differentiation

    def gradient(self, g: Scalar) -> dict[Symbol, Scalar]:
        """The derivatives by the parts that it depends on."""
        found: dict[Symbol, Scalar] = {}
        for generator in g.free_symbols:
            slopes = self.slopes.get(generator, {})
            outer = g.diff(generator) if slopes else S.Zero
            for s, d in slopes.items():
                found[s] = found.get(s, S.Zero) + outer * d
        return found

    def verdict(self, g: Scalar) -> Curvature:
        """What a function of the parts is: the signs of its Hessian, and of its gradient by parts that are not affine."""
        slope = self.gradient(g)
        symbols = [p.symbol for p in self.parts.values() if p.symbol in slope]
        found = set(self._hessian_signs(slope, symbols))
        for part in self.parts.values():
            if part.curvature != AFFINE and part.symbol in slope and found:
                rises = self.signs(slope[part.symbol])
                found = {c for c in found if (1 if c in part.curvature else -1) in rises}
        return frozenset(found)

    def signs(self, g: Scalar) -> frozenset[int]:
        """The signs that a function can have; of a factor without variables whose sign is not known, that is asked for."""
        unknown: list[Scalar] = []
        found = signs(g, self.intervals, unknown)
        for factor in unknown:
            if factor.free_symbols <= self.names.keys() and len(factor.free_symbols) == 1:
                self.domain.asked[self.names[next(iter(factor.free_symbols))], "sign"] = None
        return found

    def _hessian_signs(self, slope: dict[Symbol, Scalar], symbols: Sequence[Symbol]) -> Curvature:
        rows = [self.gradient(slope[s]) for s in symbols]
        entries = [[row.get(t, S.Zero) for t in symbols] for row in rows]
        diagonal = [self.signs(entries[k][k]) for k in range(len(symbols))]
        found = {name for name, sign in ((CONVEX, 1), (CONCAVE, -1)) if all(sign in d for d in diagonal)}
        # Principal minors of even order are nonnegative for both, those of odd order have the sign of the matrix.
        for size in range(2, len(symbols) + 1):
            for rows_of in combinations(range(len(symbols)), size):
                if found:
                    minor = Matrix([[entries[i][j] for j in rows_of] for i in rows_of]).det()
                    known = self.signs(minor)
                    found = {c for c in found if (1 if c == CONVEX or size % 2 == 0 else -1) in known}
        return frozenset(found)

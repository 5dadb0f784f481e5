"""Why a function has its curvature, in sentences: the second differential, the rules that apply, or the witness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from matcalc.algebra import mul, transpose
from matcalc.algebra.node import Expr, const, is_zero, node, ones, split_coefficient, sym
from matcalc.algebra.walk import depends, substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import SCALAR
from matcalc.calculus.adjoint import tangent
from matcalc.convexity.attack import Bend
from matcalc.convexity.found import Found
from matcalc.convexity.quadratics import is_smooth, second_differential
from matcalc.convexity.reasons import Reason
from matcalc.convexity.scalars import AFFINE, CONVEX
from matcalc.convexity.squares import factors_of
from matcalc.convexity.telling.visible import visible
from matcalc.errors import MatcalcError
from matcalc.numbers.points import array_text
from matcalc.printing.notations.printer import Printer
from matcalc.scalars import Scalar
from matcalc.simplify.simplify import recognise, simplify

MAX_LINES: Final = 7
MAX_WEIGHT: Final = 60
PART: Final = "u"


def reasons_told(j: Found, notation: Printer) -> list[str]:
    """The reason of a verdict, a line each."""
    if j.verdict == "neither":
        return _of_neither(j, notation)
    if j.verdict == "unknown":
        return list(_of_unknown(j, notation))
    told = [*_second(j, notation), *_Teller(j, notation).told(j.problem.f if j.composition.named is None else j.composition.named)]
    natural = [f"{notation.print(e)} > 0" for e in j.composition.domain.natural]
    lines = told or [f"{notation.print(j.problem.f)} is {j.verdict} by the rules of composition"]
    return [*lines[:MAX_LINES], *([f"on the domain where {', '.join(natural)}"] if natural else [])]


# ------------------------------------------------------------------------------------------ second differential


def _second(j: Found, notation: Printer) -> list[str]:
    """The second differential, its squares written as such."""
    try:
        found = second_differential(j.problem.f, frozenset(j.problem.variables))
    except MatcalcError:
        return []
    if is_zero(found):
        return ["the second differential is 0"] if is_smooth(j.composition, j.problem.f) else []
    squares = visible(j, found)
    if squares is not None and squares.weight <= MAX_WEIGHT:
        return [f"second differential {notation.print(squares)}"]
    return [f"second differential {squares_told(found, notation)}"] if found.weight <= MAX_WEIGHT else []


def squares_told(e: Expr, notation: Printer) -> str:
    """An expression with d^T*A^T*A*d written as the square of the norm of A*d."""
    terms = [_square_shown(t) for t in e.args] if e.op == "add" else [_square_shown(e)]
    return notation.print(terms[0] if len(terms) == 1 else node("add", tuple(terms), None, e.shape))


def _square_shown(term: Expr) -> Expr:
    """A term as a multiple of the square of a norm, where it is one; never in normal form, in which it is an inner product."""
    square = _as_square(term)
    if square is None:
        return term
    c, root = square
    norm = node("norm2" if root.shape[1] == 1 else "normF", (root,), None, SCALAR)
    made = node("pow", (norm, const(2)), None, SCALAR)
    return made if c == 1 else node("mul", (const(c), made), None, SCALAR)


def _as_square(e: Expr) -> tuple[Scalar, Expr] | None:
    """(k, M) with e = k*||M||^2; None for what is no such square."""
    c, rest = split_coefficient(e)
    if rest.op not in ("inner", "tr"):
        return None
    factors = factors_of(rest)
    if not factors or len(factors) % 2:
        return None
    half = len(factors) // 2
    for turn in range(len(factors)) if rest.op == "tr" else (0,):
        turned = factors[turn:] + factors[:turn]
        if all(transpose(f) is g for f, g in zip(turned[:half], reversed(turned[half:]), strict=True)):
            return c, mul(*turned[half:])
    return None


# ------------------------------------------------------------------------------------------------------ rules


class _Teller:
    """Tells the rules of a composition, each node once."""

    def __init__(self, j: Found, notation: Printer) -> None:
        self.c, self.notation = j.composition, notation
        self.done: set[Expr] = set()

    def told(self, e: Expr) -> list[str]:
        """A line for every rule, the outermost first."""
        return list(self._lines(e))

    def _lines(self, e: Expr) -> Iterator[str]:
        reason = self.c.reasons.get(e)
        if reason is None or e in self.done or self.c.curvature(e) == AFFINE:
            return
        self.done.add(e)
        told = getattr(self, "_" + reason.rule.replace("-", "_"))(e, reason)
        if told:
            yield told
        for part in reason.parts:
            yield from self._lines(part)

    def _print(self, e: Expr) -> str:
        return self.notation.print(e)

    def _is(self, e: Expr) -> str:
        found = self.c.curvature(e)
        return "affine" if found == AFFINE else CONVEX if CONVEX in found else next(iter(found), "")

    def _sum(self, e: Expr, reason: Reason) -> str:
        moving = [self._is(a) for a in reason.parts if self.c.domain.moves(a)]
        return f"a sum of {len(moving)} terms that are {' and '.join(dict.fromkeys(moving))}" if len(moving) > 1 else ""

    def _linear(self, e: Expr, reason: Reason) -> str:
        return ""

    def _multiple(self, e: Expr, reason: Reason) -> str:
        return ""

    def _function(self, e: Expr, reason: Reason) -> str:
        rule = rulebook.find(e.op)
        assert rule is not None
        argument = reason.parts[0]
        inside = self.c.curvature(argument)
        rising = "increasing in the order of definite matrices" if rule.monotone == "definite" else rule.monotone
        how = "" if inside == AFFINE else f" and {rising}"
        told = self._is(argument) or f"{self._is(e)} in that order"
        return f"{self._print(e)} is {self._is(e)}{how} in {self._print(argument)}, which is {told}"

    def _scalar(self, e: Expr, reason: Reason) -> str:
        parts = [p for p in reason.parts if self.c.domain.moves(p)]
        if len(parts) == 1 and (told := self._derivative(e, parts[0])):
            return told
        named = ", ".join(f"{self._print(p)} ({'the square of a norm' if self.c.square(p) else self._is(p)})" for p in parts)
        return f"{self._print(e)} is {self._is(e)}: the sign of its Hessian as a function of {named}"

    def _derivative(self, e: Expr, part: Expr) -> str:
        """The second derivative by the one part, entry by entry."""
        if self.c.square(part):
            return f"{self._print(e)} is {self._is(e)} and increasing as a function of the norm whose square is {self._print(part)}"
        u = sym(PART, part.shape, 2 if part.shape[1] != 1 else 1 if not part.is_scalar else 0)
        inside = recognise(substitute(e, {}, {}, {part: u}))
        if self.c.domain.moves(inside) or not depends(inside, u):
            return ""
        try:
            twice = simplify(tangent(tangent(inside, u, ones(*u.shape)), u, ones(*u.shape)))
        except MatcalcError:
            return ""
        if twice.weight > MAX_WEIGHT or self.c.domain.moves(twice):
            return ""
        sign = self.notation.at_least if self._is(e) == CONVEX else self.notation.at_most
        told = f"with u = {self._print(part)}, which is {self._is(part)}" if part.op != "sym" else f"with u = {self._print(part)}"
        return f"{self._print(inside)} has the second derivative {self._print(twice)}{sign}0 {told}"

    def _square(self, e: Expr, reason: Reason) -> str:
        between = [f for f in reason.parts if not self.c.domain.moves(f)]
        signs = {sign: f"{self._print(f)} is positive semidefinite" for f in between if (sign := self.c.domain.definiteness(f)) > 0}
        named = f", since {signs[1]}" if signs else ""
        return f"{self._print(e)} is {'' if self._is(e) == CONVEX else 'less '}a sum of squares of what is affine{named}"

    def _fraction(self, e: Expr, reason: Reason) -> str:
        return f"{self._print(e)} is the matrix fractional function, convex in both together (Boyd and Vandenberghe, example 3.4)"

    def _spectrum(self, e: Expr, reason: Reason) -> str:
        base, scalar = reason.parts
        told = f"{self._print(scalar)} is {self._is(e)} in each eigenvalue lambda of {self._print(base)}"
        return f"{self._print(e)} is {self._is(e)} since {told} (Davis 1957)"

    def _logarithm(self, e: Expr, reason: Reason) -> str:
        return f"{self._print(reason.parts[0])} is log-{self._is(e)}"

    def _log_convex(self, e: Expr, reason: Reason) -> str:
        return f"the logarithm of {self._print(e)} is convex" if e.op != "sum" else ""

    def _degree(self, e: Expr, reason: Reason) -> str:
        told = f"positive, quasi{self._is(e)} and homogeneous of a degree for which that makes it {self._is(e)}"
        return f"{self._print(e)} is {told} (Rockafellar 1970, section 15)"

    def _order(self, e: Expr, reason: Reason) -> str:
        inside = reason.parts[0]
        found = "convex" if CONVEX in self.c.in_order(inside) else "concave"
        return f"{self._print(inside)} is {found} in the order of semidefinite matrices, in which {self._print(e)} changes one way"

    def _perspective(self, e: Expr, reason: Reason) -> str:
        t, g = (self._print(p) for p in reason.parts)
        return f"{self._print(e)} is the perspective, in {t}, of {g}, which is {self._is(e)}"

    def _together(self, e: Expr, reason: Reason) -> str:
        return f"{' and '.join(map(self._print, reason.parts))} are {self._is(e)} together"


# --------------------------------------------------------------------------------------- neither and unknown


def values_told(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {array_text(np.asarray(v, dtype=float))}" for name, v in values.items())


def _bend_told(b: Bend) -> str:
    way = "up" if b.second > 0 else "down"
    along = ", ".join(f"d{name} = {array_text(np.asarray(v, dtype=float))}" for name, v in b.direction.items())
    return f"at {values_told(b.point)} it bends {way} along {along}: second difference {b.second:.3g}"


def _of_neither(j: Found, notation: Printer) -> list[str]:
    assert j.witness is not None
    given = [f"for {values_told(j.witness.values)}"] if j.witness.values else []
    return [*given, _bend_told(j.witness.convex), _bend_told(j.witness.concave), *_poles(j, notation)]


def _poles(j: Found, notation: Printer) -> list[str]:
    poles = [notation.print(e) for e in j.composition.domain.poles]
    return [f"its natural domain is not convex, since {poles[0]} may be zero; give a domain, such as {poles[0]} > 0"] if poles else []


def _of_unknown(j: Found, notation: Printer) -> Iterator[str]:
    if j.unknown:
        yield f"nothing is known of the function {j.unknown}"
    elif j.crooked is not None:
        yield f"the domain is not known to be convex: {notation.print(j.crooked)} is not known to be concave"
    elif j.empty:
        yield "no point of the domain was found"
    elif j.refuted:
        yield "numbers refute what the rules say; please report the request"
    elif j.witness is not None:
        yield f"it bends both ways for some values of the other names, and only one way ({', '.join(sorted(j.pure))}) for others"
        yield from _of_neither(j, notation)
    else:
        yield "no rule proves it"
        if len(j.pure) == 1:
            yield f"at the points that were tried it is {next(iter(j.pure))}, which proves nothing"
        yield from _poles(j, notation)

"""Why a stationary point is of its kind: a definite second derivative, or what is known of all perturbations."""

from __future__ import annotations

from typing import Final

from matcalc.algebra import mul, negative
from matcalc.algebra.node import Expr, is_const
from matcalc.algebra.steps import limited
from matcalc.algebra.structure import is_positive, properties
from matcalc.algebra.walk import depends, is_vector, substitute
from matcalc.book import rules as rulebook
from matcalc.calculus.differentiate import gradient, step
from matcalc.convexity.composition import Composition
from matcalc.convexity.judged import Judged
from matcalc.convexity.problem import Problem as Judgeable
from matcalc.convexity.ranges import Domain
from matcalc.errors import MatcalcError
from matcalc.printing.notations.text import text
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import is_positive_number
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.lagrangian import is_linear
from matcalc.stationary.moves.vectors import affine
from matcalc.stationary.terms import linear, split

NAMES: Final = {
    "min": "a minimum",
    "max": "a maximum",
    "saddle": "a saddle point",
    "stationary": "a minimum, a maximum or a saddle point",
}
SIGNED: Final = {"min": "positive", "max": "negative"}
OPPOSITE: Final = {"min": "max", "max": "min"}
MAX_STEPS: Final = 20_000
SHAPES: Final = {"min": "convex", "max": "concave"}


def reason(system: System, kind: str, points: int) -> str:
    """Why the point is of this kind, as far as it is known; what was seen at random points otherwise."""
    seen = f"at {points} random points every allowed step was tried"
    if kind not in SIGNED:
        return f"{seen}, and some go up, others down" if kind == "saddle" else f"{seen}, and it differs from point to point"
    if all(is_linear(h, system.unknowns) for h in system.constraints):
        where = "" if not system.constraints else ", and the constraints are linear"
        if curved := _curvature(system, kind):
            return f"{curved}{where}, so that it is global"
        if rules := _by_rules(system, kind):
            return f"the function is {SHAPES[kind]}{where}, so that it is global; {rules}"
    return f"{seen}, and all go {'up' if kind == 'min' else 'down'}"


def _curvature(system: System, kind: str) -> str:
    """That the function is convex, or concave, by its second derivative; empty where that is not seen."""
    if len(system.charts) != 1:
        return ""
    c, sign = system.charts[0], (1 if kind == "min" else -1)
    g = c.at(system.gradients[0])
    if c.place.is_scalar or is_vector(c.place):
        h = _hessian(g, c.place)
        if h is not None and _is_signed(h, sign):
            definite = "" if h.is_scalar else " definite" if _is_definite(h, sign) else " semidefinite"
            return f"the second derivative {text(h)} is {SIGNED[kind]}{definite} everywhere, the function {SHAPES[kind]}"
        return ""
    if not _is_quadratic(g, c.place, sign):
        return ""
    return f"no term of the second differential is {SIGNED[OPPOSITE[kind]]}, the function {SHAPES[kind]}"


def _by_rules(system: System, kind: str) -> str:
    """Why the function is convex, or concave, by the rules of composition; empty where they do not say so."""
    read = system.problem.function
    places = {x.data.name: system.problem.at_point(x) for x in system.problem.unknowns}
    f, literal = (substitute(e, places, {}) for e in (read.expr, read.literal))
    asked = Judgeable(read, f, literal, tuple(places.values()), system.problem.known, ())
    rules = Composition(Domain(frozenset(asked.variables), {}, {}, is_cone=asked.is_cone))
    try:
        with limited(MAX_STEPS):
            return Judged(asked, rules, SHAPES[kind]).reason if SHAPES[kind] in rules.curvature(f) else ""
    except MatcalcError:
        return ""


def _hessian(g: Expr, x: Expr) -> Expr | None:
    if any(rule is not None and rule.kinks for n in depends(g, x) for rule in (rulebook.find(n.op),)):
        return None
    found = affine(g, x)
    if found is not None:
        return found[0]
    try:
        return simplify(gradient(step(g, x)))
    except MatcalcError:
        return None


def _is_signed(h: Expr, sign: int) -> bool:
    h = h if sign > 0 else simplify(negative(h))
    if h.is_scalar:
        return is_positive_number(h)
    return "psd" in properties(h) or h.op == "diag" and is_positive(h.args[0])


def _is_definite(h: Expr, sign: int) -> bool:
    h = h if sign > 0 else simplify(negative(h))
    return "spd" in properties(h) or h.op == "diag"


def _is_quadratic(g: Expr, x: Expr, sign: int) -> bool:
    """Whether each term of a linear gradient is c*L*X*R with L and R semidefinite and c of this sign."""
    held, _ = split(g, x)
    terms = linear(held, x)
    if not terms or any(t.turned for t in terms):
        return False
    for t in terms:
        c = t.scalar if sign > 0 else simplify(negative(t.scalar))
        sides = [m for m in (t.left, t.right) if m]
        if not (is_const(c, 1) or is_positive_number(c)) or not all(_semidefinite(m) for m in sides):
            return False
    return True


def _semidefinite(factors: tuple[Expr, ...]) -> bool:
    return "psd" in properties(mul(*factors))


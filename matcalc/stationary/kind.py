"""Why a stationary point is of its kind: a definite second derivative, or what is known of all perturbations."""

from __future__ import annotations

from typing import Final

from matcalc.algebra import inner, inverse, mul, negative, transpose
from matcalc.algebra.node import Expr, is_const, is_zero, split_product
from matcalc.algebra.steps import limited
from matcalc.algebra.structure import is_positive, properties
from matcalc.algebra.walk import depends, is_vector, substitute
from matcalc.book import rules as rulebook
from matcalc.book.properties import implied
from matcalc.calculus.differentiate import gradient, step
from matcalc.convexity.composition import Composition
from matcalc.convexity.judged import Judged
from matcalc.convexity.problem import Problem as Judgeable
from matcalc.convexity.ranges import Domain
from matcalc.errors import MatcalcError
from matcalc.printing.notations.text import text
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import DEFINITE, POSITIVE, Conditions, is_positive_number, signed
from matcalc.stationary.elimination import Way
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.lagrangian import is_linear
from matcalc.stationary.moves.vectors import affine
from matcalc.stationary.problem import Problem
from matcalc.stationary.terms import holds, linear, split
from matcalc.stationary.whole import form_of

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


def reason(system: System, kind: str, way: Way, points: int) -> str:
    """Why the point is of this kind, as far as it is known; what was seen at random points otherwise."""
    seen = f"at {points} random points every allowed step was tried"
    if kind not in SIGNED:
        return f"{seen}, and some go up, others down" if kind == "saddle" else f"{seen}, and it differs from point to point"
    # What is known of convex functions, and of bounds, is known of functions of real variables.
    if system.function.has_complex:
        return f"{seen}, and all go {'up' if kind == 'min' else 'down'}"
    if way.argument is not None and way.argument.kind == kind:
        return f"{way.argument.told}, so that it is global"
    if all(is_linear(h, system.unknowns) for h in system.constraints):
        where = "" if not system.constraints else ", and the constraints are linear"
        if curved := _curvature(system, kind, way.conditions):
            return f"{curved}{where}, so that it is global"
        if rules := _by_rules(system, kind):
            return f"the function is {SHAPES[kind]}{where}, so that it is global; {rules}"
    if told := _in_the_inverse(system, kind) or _on_a_sphere(system):
        return f"{told}, so that it is global"
    return f"{seen}, and all go {'up' if kind == 'min' else 'down'}"


def _curvature(system: System, kind: str, conditions: Conditions) -> str:
    """That the function is convex, or concave, by its second derivative; empty where that is not seen."""
    if len(system.charts) != 1:
        return ""
    c, sign = system.charts[0], (1 if kind == "min" else -1)
    g = c.at(system.gradients[0])
    if c.place.is_scalar or is_vector(c.place):
        h = _hessian(g, c.place)
        assumed = h is not None and _is_assumed(h, sign, conditions)
        if h is not None and (assumed or _is_signed(h, sign)):
            definite = "" if h.is_scalar else " definite" if assumed or _is_definite(h, sign) else " semidefinite"
            return f"the second derivative {text(h)} is {SIGNED[kind]}{definite} everywhere, the function {SHAPES[kind]}"
        return ""
    if not _is_quadratic(g, c.place, sign):
        return ""
    return f"no term of the second differential is {SIGNED[OPPOSITE[kind]]}, the function {SHAPES[kind]}"


def _is_assumed(h: Expr, sign: int, conditions: Conditions) -> bool:
    """Whether it is a condition of the solution that a second derivative has this sign."""
    core = signed(h if sign > 0 else simplify(negative(h)))
    return any(c.kind in (DEFINITE, POSITIVE) and c.expr is core for c in conditions)


def _in_the_inverse(system: System, kind: str) -> str:
    """That the function is convex, or concave, in the inverse of a positive unknown, which runs over the same set; empty if it is not."""
    problem = system.problem
    if system.constraints or len(problem.unknowns) != 1 or not (x := problem.at_point(problem.unknowns[0])).data.properties:
        return ""
    if not (x.is_scalar and "positive" in implied(x.data.properties) or "spd" in x.data.properties):
        return ""
    turned = {x.data.name: inverse(x)}
    f = simplify(substitute(substitute(problem.function.expr, {x.data.name: x}, {}), turned, {}))
    if not _shaped(problem, f, f, (x,), kind):
        return ""
    return f"as a function of {text(inverse(x))}, which runs over the same set, the function is {SHAPES[kind]}"


def _on_a_sphere(system: System) -> str:
    """That the function is linear where x^T*B*x is constant, and so has one least and one greatest point there; empty if it is not."""
    if len(system.charts) != 1 or len(system.constraints) != 1 or not is_vector(x := system.charts[0].place):
        return ""
    metric, found = form_of(system.constraints[0], x), affine(system.charts[0].at(system.gradients[0]), x)
    if metric is None or "spd" not in properties(metric) or is_zero(system.gradients[0]):
        return ""
    m, a = found or (None, negative(system.gradients[0]))
    if holds(a, x) or m is not None and split_product(m)[2] != split_product(metric)[2]:
        return ""
    linear_part = inner([transpose(simplify(negative(a))), x])
    return f"where the constraint holds the function is a constant plus {text(linear_part)}, which has one extreme of each kind there"


def _by_rules(system: System, kind: str) -> str:
    """Why the function is convex, or concave, by the rules of composition; empty where they do not say so."""
    read = system.problem.function
    places = {x.data.name: system.problem.at_point(x) for x in system.problem.unknowns}
    f, literal = (substitute(e, places, {}) for e in (read.expr, read.literal))
    return _shaped(system.problem, f, literal, tuple(places.values()), kind)


def _shaped(problem: Problem, f: Expr, literal: Expr, variables: tuple[Expr, ...], kind: str) -> str:
    """Why a function is convex, or concave, in these variables; empty where the rules do not say so."""
    asked = Judgeable(problem.function, f, literal, variables, problem.known, ())
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


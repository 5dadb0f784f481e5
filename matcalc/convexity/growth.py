"""What follows from logarithms and from degrees.

A sum of log-convex functions is log-convex (Boyd and Vandenberghe 2004, section 3.5.2). A nonnegative quasiconvex function of degree 1
is convex, a quasiconcave one concave: its sublevel sets are multiples of one convex set (Rockafellar 1970, section 15).
"""

from __future__ import annotations

from sympy import Add, Mul, S, Symbol
from sympy import Expr as Scalar

from matcalc.algebra.node import Expr, const, split_product
from matcalc.algebra.normal_form.powers import logarithm
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import times
from matcalc.convexity.conditions import conditions_hold
from matcalc.convexity.ranges import Domain
from matcalc.convexity.reasons import Curvatures, Reason
from matcalc.convexity.scalars import AFFINE, CONCAVE, CONVEX, NONE, Curvature
from matcalc.convexity.spectra import log_of_trace

FLIPPED = {CONVEX: CONCAVE, CONCAVE: CONVEX}
LOG_CONCAVE = "log-concave"
PASSED = frozenset({"T", "vec", "vech", "diag", "diagv", "entry", "sum", "tr"})
CONVEX_ONLY: Curvature = frozenset({CONVEX})


def by_growth(c: Curvatures, e: Expr) -> Curvature:
    """The curvature of a logarithm, of a log-convex function, and of one that grows with a degree."""
    if e.op == logarithm():
        found = c.of_logarithm(e.args[0])
        if found:
            c.because(e, Reason("logarithm", e.args))
        return found
    if CONVEX in c.of_logarithm(e):
        c.because(e, Reason("log-convex", (e,)))
        return CONVEX_ONLY
    return _by_degree(c, e)


def _is_exponential(e: Expr) -> bool:
    rule = rulebook.find(e.op)
    return rule is not None and rule.of_sum == "product"


def _flipped(found: Curvature, sign: int) -> Curvature:
    return found if sign > 0 else frozenset(FLIPPED[f] for f in found) if sign else NONE


def log_curvature(c: Curvatures, e: Expr) -> Curvature:
    """The curvature of the logarithm of every entry, where all are positive."""
    if not c.domain.interval(e).is_positive:
        return NONE
    if not c.domain.moves(e):
        return AFFINE
    if _is_exponential(e):
        return c.curvature(e.args[0])
    found = _log_of_operation(c, e)
    if not found and CONCAVE in c.curvature(e):
        return frozenset({CONCAVE})
    return found


def _log_of_operation(c: Curvatures, e: Expr) -> Curvature:
    match e.op:
        case "pow" | "epow" if not c.domain.moves(e.args[1]):
            return _flipped(c.of_logarithm(e.args[0]), c.domain.sign(e.args[1]))
        case "had" | "kron" | "T" | "entry" | "vec":
            return _common(c, e)
        case "mul" if len(split_product(e)[2]) < 2:
            return _common(c, e)
        case "add" | "sum" | "mul" | "inner" | "array":
            return CONVEX_ONLY if CONVEX in _common(c, e) else NONE
        case "tr":
            return log_of_trace(c, e)
        case "det" if "spd" in properties(e.args[0]):
            return c.in_order(e.args[0]) & {CONCAVE}
    return _log_by_book(c, e)


def _log_by_book(c: Curvatures, e: Expr) -> Curvature:
    """What the book says of the logarithm of an increasing function of a concave argument."""
    rule = rulebook.find(e.op)
    told = [t for conditions, t in rule.curvature if conditions_hold(c.domain, rule, conditions, e)] if rule is not None else []
    fits = LOG_CONCAVE in told and CONCAVE in c.curvature(e.args[0])
    return frozenset({CONCAVE}) if fits else NONE


def _common(c: Curvatures, e: Expr) -> Curvature:
    found = AFFINE
    for a in e.args:
        found &= c.of_logarithm(a)
    return found


# ------------------------------------------------------------------------------------------------- degrees


def _by_degree(c: Curvatures, e: Expr) -> Curvature:
    if not c.domain.is_cone or not e.is_scalar:
        return NONE
    k = degree(c, e)
    if k == 1 and (seen := _perspective(c, e)):
        return seen
    if k is None or not c.domain.interval(e).is_nonnegative:
        return NONE
    level = quasi(c, e)
    found = set()
    if CONVEX in level and (k - 1).is_nonnegative:
        found.add(CONVEX)
    if CONCAVE in level and (1 - k).is_nonnegative and k.is_positive:
        found.add(CONCAVE)
    if found:
        c.because(e, Reason("degree", (e,)))
    return frozenset(found)


def _perspective(c: Curvatures, e: Expr) -> Curvature:
    """A function of degree 1 is t*g(x/t) with g its value at t = 1, and is what g is (Boyd and Vandenberghe 2004, section 3.2.6)."""
    for t in sorted(c.domain.variables, key=lambda v: str(v.data.name)):
        if t.is_scalar and "positive" in properties(t) and len(c.domain.variables) > 1:
            inside = Domain(c.domain.variables - {t}, c.domain.entries, c.domain.definite, c.domain.asked)
            g = substitute(e, {t.data.name: const(1)}, {})
            found = c.on(inside).curvature(g)
            if found:
                c.because(e, Reason("perspective", (t, g)))
                return found
    return NONE


def quasi(c: Curvatures, e: Expr) -> Curvature:
    """Whether the sublevel sets, or the superlevel sets, are convex: through increasing and decreasing functions of one argument."""
    found = c.curvature(e) or c.of_logarithm(e)
    if found:
        return found
    if e.op == "pow" and e.is_scalar and not c.domain.moves(e.args[1]) and c.domain.interval(e.args[0]).is_nonnegative:
        return _flipped(quasi(c, e.args[0]), c.domain.sign(e.args[1]))
    if e.op == "mul" and not split_product(e)[2]:
        moving = [a for a in e.args if c.domain.moves(a)]
        sign = 1
        for a in e.args:
            sign *= 1 if a in moving else c.domain.interval(a).sign
        return _flipped(quasi(c, moving[0]), sign) if len(moving) == 1 else NONE
    rule = rulebook.find(e.op)
    if rule is not None and rule.kind == "elementwise" and rule.monotone in ("increasing", "decreasing"):
        return _flipped(quasi(c, e.args[0]), 1 if rule.monotone == "increasing" else -1)
    return NONE


def degree(c: Curvatures, e: Expr) -> Scalar | None:
    """k with f(t*x) = t^k*f(x) for all t > 0; None where it is not known."""
    if not c.domain.moves(e):
        return S.Zero
    if e.op == "sym":
        return S.One
    if _is_exponential(e):
        return log_degree(c, e.args[0])
    parts = [degree(c, a) for a in e.args]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None
    if all(k == 0 for k in known):
        return S.Zero
    match e.op:
        case "add" | "array" | "block":
            return known[0] if len(set(known)) == 1 else None
        case "mul" | "had" | "kron" | "inner":
            return sum(known, S.Zero)
        case "pow" | "epow":
            k = number(e.args[1])
            return None if k is None else known[0] * k
        case "det":
            return known[0] * e.args[0].shape[0].as_sympy()
    return known[0] if e.op in PASSED else _by_book(e, known)


def _by_book(e: Expr, known: list[Scalar]) -> Scalar | None:
    rule = rulebook.find(e.op)
    return known[0] * int(rule.degree) if rule is not None and rule.degree else None


def number(e: Expr) -> Scalar | None:
    """An exponent without variables in SymPy's terms."""
    if e.op == "const":
        return e.data.as_sympy()
    if e.op == "sym":
        return Symbol(e.data.name, real=True)
    parts = [number(a) for a in e.args]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts) or e.op not in ("add", "mul", "pow"):
        return None
    return Add(*known) if e.op == "add" else Mul(*known) if e.op == "mul" else known[0] ** known[1]


def log_degree(c: Curvatures, e: Expr) -> Scalar | None:
    """k with f(t*x) = f(x) + k*log(t), entry by entry."""
    if not c.domain.moves(e):
        return S.Zero
    if e.op == logarithm():
        return degree(c, e.args[0])
    if e.op == "logdet":
        k = degree(c, e.args[0])
        return None if k is None else k * e.args[0].shape[0].as_sympy()
    parts = [log_degree(c, a) for a in e.args]
    if e.op == "sum" and parts[0] is not None:
        return parts[0] * times(*e.args[0].shape).as_sympy()
    if e.op == "add" and None not in parts:
        return sum((p for p in parts if p is not None), S.Zero)
    if e.op == "mul" and len(e.args) == 2 and e.args[0].op == "const" and parts[1] is not None:
        return parts[1] * e.args[0].data.as_sympy()
    return S.Zero if degree(c, e) == 0 else None

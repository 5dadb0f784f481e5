"""Traces of functions of one symmetric matrix: tr(g(X)) is convex where g is (Davis 1957; Boyd and Vandenberghe 2004, exercise 3.26).

Its second differential is the sum over i, j of (g'(l_i) - g'(l_j))/(l_i - l_j) times (U^T*dX*U)_ij^2.
"""

from __future__ import annotations

from typing import Final

from matcalc.algebra import add, fun, mul, power
from matcalc.algebra.node import Expr, const, sym
from matcalc.algebra.structure import properties
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE
from matcalc.convexity.ranges import Domain
from matcalc.convexity.reasons import Curvatures, Reason
from matcalc.convexity.scalars import AFFINE, NONE, Curvature

EIGENVALUE: Final = "lambda"
POWER: Final = "power"


def by_spectrum(c: Curvatures, e: Expr) -> Curvature:
    """The curvature of the trace of a function of one affine symmetric matrix."""
    found = _by_eigenvalues(c, e)
    if found is None:
        return NONE
    base, scalar, inner = found
    curvature = inner.curvature(scalar)
    if curvature:
        c.because(e, Reason("spectrum", (base, scalar)))
    return curvature


def log_of_trace(c: Curvatures, e: Expr) -> Curvature:
    """log(sum of g(l_i)) is convex in the eigenvalues where log(g) is, so that log(tr(g(X))) is convex (Davis 1957)."""
    found = _by_eigenvalues(c, e)
    return NONE if found is None else found[2].of_logarithm(found[1]) & {"convex"}


def _by_eigenvalues(c: Curvatures, e: Expr) -> tuple[Expr, Expr, Curvatures] | None:
    """The matrix of which a trace is a function, the function of an eigenvalue, and what is known of that."""
    bases = _bases(c, e.args[0])
    if len(set(bases)) != 1 or "symmetric" not in properties(bases[0]):
        return None
    known = frozenset({"positive"}) if "spd" in properties(bases[0]) else frozenset[str]()
    value = sym(EIGENVALUE, (ONE, ONE), 0, known)
    scalar = _scalar(c, e.args[0], bases[0], value)
    if scalar is None:
        return None
    return bases[0], scalar, c.on(Domain(frozenset({value}), c.domain.entries, c.domain.definite, c.domain.asked))


def _bases(c: Curvatures, e: Expr) -> list[Expr]:
    """The largest affine matrices inside."""
    if not c.domain.moves(e):
        return []
    if c.curvature(e) == AFFINE and not e.is_scalar:
        return [e]
    return [b for a in e.args for b in _bases(c, a)]


def _scalar(c: Curvatures, e: Expr, base: Expr, value: Expr) -> Expr | None:
    """The function of an eigenvalue that a function of a matrix is; None for what is none."""
    if e is base:
        return value
    if e.op == "eye":
        return const(1)
    if e.is_scalar:
        return None if c.domain.moves(e) else e
    if e.op not in ("add", "mul", "pow") and rulebook.find(e.op) is None:
        return None
    parts = [_scalar(c, a, base, value) for a in e.args]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None
    match e.op:
        case "add":
            return add(*known)
        case "mul":
            return mul(*known)
        case "pow":
            return power(known[0], known[1])
    rule = rulebook.find(e.op)
    if rule is None or not rule.extends:
        return None
    return power(known[0], known[1]) if rule.extends == POWER else fun(rule.extends, *known)

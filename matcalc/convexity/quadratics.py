"""Functions whose second differential is a constant quadratic form: squares less squares of single numbers.

d^T*S*d - sum of k_i*(a_i^T*d)^2 is nonnegative where sum of k_i*a_i^T*S^-1*a_i <= 1, by the inequality of Cauchy and Schwarz in the
inner product of S; with one such square, only there.
"""

from __future__ import annotations

from dataclasses import field

from matcalc.algebra import add, inner, inverse, mul, negative, trace, transpose
from matcalc.algebra.node import Expr, const, eye, is_const, is_zero, ones, sym
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.properties import implied
from matcalc.calculus.adjoint import tangent
from matcalc.convexity.reasons import Curvatures
from matcalc.convexity.scalars import AFFINE, CONCAVE, CONVEX, NONE, Curvature
from matcalc.convexity.squares import factors_of
from matcalc.errors import MatcalcError
from matcalc.records import dataclass
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import simplify


@dataclass
class Form:
    """A quadratic form in d: d^T*S*d for the matrices S and k*(a^T*d)^2 for the pairs (k, a)."""

    matrices: list[Expr] = field(default_factory=list)
    singles: list[tuple[Expr, Expr]] = field(default_factory=list)


def second_differential(e: Expr, variables: frozenset[Expr]) -> Expr:
    """d^2 e, a quadratic form in the increments of the variables.

    Raises NotDifferentiable where it has no closed form.
    """
    moves = {x: direction(x) for x in variables}

    def once(f: Expr) -> Expr:
        return add(*(tangent(f, x, d) for x, d in sorted(moves.items(), key=lambda pair: str(pair[0].data.name))))

    return simplify(once(once(e)))


def direction(x: Expr) -> Expr:
    """The increment of a variable, with what its property says of every direction in which it may move."""
    return sym(f"d{x.data.name}", x.shape, x.data.ndim, implied(x.data.properties) & DIRECTIONS)


DIRECTIONS = frozenset({"symmetric", "diagonal", "skew", "lower", "upper"})


def is_smooth(c: Curvatures, e: Expr) -> bool:
    """Whether no function inside has a kink or a tie, beside which a second differential says nothing."""
    moving = [rulebook.find(n.op) for n in in_order([e]) if n.args and c.domain.moves(n)]
    return not any(rule.kinks or rule.ties or rule.assumes for rule in moving if rule is not None)


def quadratic_curvature(c: Curvatures, e: Expr) -> Curvature:
    """The curvature of a function of one variable with a constant second differential."""
    variables = [x for x in c.domain.variables if c.domain.moves(e)]
    if len(variables) != 1 or not e.is_scalar or not is_smooth(c, e):
        return NONE
    x = variables[0]
    try:
        found = expand(second_differential(e, c.domain.variables))
    except MatcalcError:
        return NONE
    if is_zero(found):
        return AFFINE
    if c.domain.moves(found):
        return NONE
    d = f"d{x.data.name}"
    form = _read(found, d)
    if form is None:
        return NONE
    signs = {name for name, sign in ((CONVEX, 1), (CONCAVE, -1)) if _is_nonnegative(c, form, sign, x)}
    return frozenset(signs)


def _read(e: Expr, d: str) -> Form | None:
    form = Form()
    for term in e.args if e.op == "add" else (e,):
        if not _read_term(term, d, form):
            return None
    return form


def _holds(e: Expr, d: str) -> bool:
    return e.data.name == d if e.op == "sym" else any(_holds(a, d) for a in e.args)


def _read_term(term: Expr, d: str, form: Form) -> bool:
    factors = term.args if term.op == "mul" else (term,)
    k = mul(const(1), *(f for f in factors if not _holds(f, d)))
    moving = [f for f in factors if _holds(f, d)]
    if len(moving) == 1 and moving[0].op == "pow" and is_const(moving[0].args[1], 2):
        a = _single(moving[0].args[0], d)
        if a is not None:
            form.singles.append((k, a))
        return a is not None
    matrix = _matrix(moving[0], d) if len(moving) == 1 else None
    if matrix is not None:
        form.matrices.append(mul(k, matrix))
    return matrix is not None


def _single(e: Expr, d: str) -> Expr | None:
    """a of a^T*d or tr(A^T*d)."""
    if e.op == "sum" and e.args[0].op == "sym":
        return ones(*e.args[0].shape)
    factors = factors_of(e) if e.op in ("inner", "tr") else None
    if factors is None or sum(_holds(f, d) for f in factors) != 1:
        return None
    k = next(i for i, f in enumerate(factors) if _holds(f, d))
    rest = factors[k + 1 :] + factors[:k]
    inside = factors[k]
    if inside.op == "T":
        if not rest:
            return None
        return mul(*rest) if e.op == "tr" else _column(rest)
    if inside.op != "sym":
        return None
    if not rest:
        return eye(inside.shape[0])
    return transpose(mul(*rest)) if e.op == "tr" else _column(tuple(transpose(f) for f in reversed(rest)))


def _column(factors: tuple[Expr, ...]) -> Expr | None:
    made = mul(*factors)
    return made if made.shape[1] == 1 else None


def _matrix(e: Expr, d: str) -> Expr | None:
    """S of d^T*S*d, or the identity of tr(d^T*d)."""
    factors = factors_of(e) if e.op in ("inner", "tr") else None
    if factors is None or not factors:
        return None
    if e.op == "tr":
        plain = len(factors) == 2 and transpose(factors[0]) is factors[1] and factors[0].op in ("sym", "T")
        return eye(factors[0].shape[0]) if plain else None
    plain = factors[0].op == "T" and factors[-1].op == "sym" and transpose(factors[0]) is factors[-1]
    if not plain or any(_holds(f, d) for f in factors[1:-1]):
        return None
    return mul(*factors[1:-1]) if len(factors) > 2 else eye(factors[-1].shape[0])


def _is_nonnegative(c: Curvatures, form: Form, sign: int, x: Expr) -> bool:
    """Whether the form, times the sign, is nonnegative."""
    scaled = [m if sign > 0 else negative(m) for m in form.matrices]
    singles = [(k if sign > 0 else negative(k), a) for k, a in form.singles]
    lacking = [(k, a) for k, a in singles if c.domain.interval(k).sign <= 0]
    if scaled and all(c.domain.definiteness(m) > 0 for m in scaled) and not lacking:
        return True
    if not scaled:
        return not lacking
    whole = add(*scaled)
    if not lacking:
        return c.domain.wants_definite(whole) > 0
    if any(c.domain.interval(k).sign == 0 for k, _ in lacking):
        return False
    if "spd" not in properties(whole):
        return c.domain.wants_definite(add(whole, *(mul(k, a, transpose(a)) for k, a in singles if a.shape[1] == 1))) > 0
    margin = simplify(add(const(1), *(mul(k, _length(a, whole)) for k, a in lacking)))
    return c.domain.sign(margin) > 0 or is_zero(margin)


def _length(a: Expr, s: Expr) -> Expr:
    """a^T*S^-1*a, of the entries of a where it is a matrix and S a multiple of the identity."""
    if a.shape[1] == 1:
        return inner([transpose(a), inverse(s), a])
    return trace(mul(transpose(a), inverse(s), a))


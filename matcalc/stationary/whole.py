"""Problems that are solved as a whole: the eigenvector of a quadratic form, the polar factor, quotients, proximal operators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from matcalc.algebra import add, inner, mul, negative, power, subtract, trace, transpose
from matcalc.algebra.node import Expr, base_and_exponent, const, eye, is_zero, split_product, sym, zeros
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import depends, is_vector, substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import SCALAR
from matcalc.calculus.differentiate import gradient, step
from matcalc.printing.notations.text import text
from matcalc.scalars import Scalar
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import INVERTIBLE, NONZERO, Condition, inverted, is_positive_number
from matcalc.stationary.elimination import Way
from matcalc.stationary.forms import solved, undone
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.moves.equation import Argument, Line
from matcalc.stationary.moves.roots import root_of
from matcalc.stationary.moves.vectors import affine, is_symmetric, shortest
from matcalc.stationary.terms import holds, linear, split, summands

SIGN: Final = "the sign is free, as that of every eigenvector"
MULTIPLE: Final = "any non-zero multiple is as good"
HALF: Final = const("1/2")
LARGEST: Final = "largest eigenvalue"
SMALLEST: Final = "smallest eigenvalue"


def ways(system: System) -> Iterator[Way]:
    """The solutions of a problem of one of these families; nothing for another."""
    if len(system.charts) != 1 or system.charts[0].shown is not system.charts[0].x:
        return
    for family in (_eigenvector, _quotient, _polar, _proximal):
        yield from family(system, system.charts[0].x, system.charts[0].place)


def form_of(e: Expr, x: Expr) -> Expr | None:
    """M of a function whose gradient is 2*M*x with M symmetric; None for another."""
    if not holds(e, x):
        return None
    found = affine(gradient(step(e, x)), x)
    if found is None or not is_zero(found[1]) or not is_symmetric(found[0]):
        return None
    return simplify(mul(HALF, found[0]))


# ---------------------------------------------------------------------------------------------- eigenvectors


def _eigenvector(system: System, x: Expr, place: Expr) -> Iterator[Way]:
    """x^T*M*x where x^T*B*x = k: an eigenvector of M in the metric B."""
    if len(system.constraints) != 1 or not is_vector(x) or not system.constraints[0].is_scalar:
        return
    h = system.constraints[0]
    m, b = form_of(system.function, x), form_of(h, x)
    k = negative(substitute(h, {x.data.name: zeros(*x.shape)}, {}))
    if m is None or b is None or not is_positive_number(k):
        return
    line = Line("the Lagrange equation", mul(m, x), negative(mul(system.multipliers[0], b, x)))
    yield from _extreme(system, place, m, b, k, line)


def _extreme(system: System, place: Expr, m: Expr, b: Expr, k: Expr, line: Line) -> Iterator[Way]:
    """Eigenvectors of M in the metric B, of length k in it: the best one first."""
    c, scalars, mats = split_product(m)
    positive = [s for s in scalars if is_positive_number(s)]
    core = mul(_sign(c), *(s for s in scalars if s not in positive), *mats)
    scale, others, metric = split_product(b)
    is_plain = len(metric) == 1 and metric[0].op == "eye"
    length = root_of(mul(k, power(mul(const(scale), *others), -1)) if is_plain else k, HALF.data)
    names = (LARGEST, SMALLEST)
    for name in names if system.problem.goal != "min" else names[::-1]:
        kind = name if is_plain else f"{name} in a metric"
        if not is_plain and "spd" not in properties(b):
            return
        v = solved(kind, S=core) if is_plain else solved(kind, S=core, B=b)
        value = simplify(mul(length, v))
        lines = (line, Line(f"eigenvector of the {name}", place, value))
        argument = _of_eigenvalues(name, core, None if is_plain else b, place)
        yield Way({place.data.name: value}, (Condition("", words=SIGN),), lines, argument)


def _of_eigenvalues(name: str, m: Expr, metric: Expr | None, x: Expr) -> Argument:
    """That x^T*M*x lies between the extreme eigenvalues times x^T*x (Horn and Johnson, Matrix Analysis (2013), theorem 4.2.2)."""
    side, kind = ("at most", "max") if name == LARGEST else ("at least", "min")
    form, unit = (inner([transpose(x), *([] if b is None else [b]), x]) for b in (m, metric))
    of = text(m) if metric is None else f"{text(m)} in the metric {text(metric)}"
    told = f"{text(form)} is {side} the {name} of {of} times {text(unit)}, and is it at this eigenvector (Rayleigh and Ritz)"
    return Argument(kind, told)


def _sign(c: Scalar) -> Expr:
    """The sign of a coefficient; the coefficient where the sign is not known."""
    return const(1) if c.is_positive else const(-1) if c.is_negative else const(c)


def _quotient(system: System, x: Expr, place: Expr) -> Iterator[Way]:
    """(a^T*x)^2/(x^T*B*x), or a quotient of quadratic forms: of no degree, so that a multiple of a solution is one."""
    if system.constraints or not is_vector(x):
        return
    held = [f for f in (system.function.args if system.function.op == "mul" else (system.function,)) if holds(f, x)]
    above = [f for f in held if not _is_below(f)]
    below = [f for f in held if _is_below(f)]
    if len(above) != 1 or len(below) != 1:
        return
    metric = _metric(below[0], x)
    if metric is None or "spd" not in properties(metric[0]):
        return
    b, degree = metric
    base, k = base_and_exponent(above[0])
    found = affine(base, x) if base.is_scalar else None
    if found is not None and is_zero(found[1]) and k.op == "const" and k.data == degree:
        a = transpose(found[0])
        over, needed = inverted(b)
        sign = -1 if k.data.q == 1 and k.data.p % 2 and system.problem.goal == "min" else 1
        value = shortest(mul(const(sign), over, a))
        conditions = (*needed, Condition(NONZERO, mul(transpose(a), a)), Condition("", words=MULTIPLE))
        line = Line("the scale is free, and chosen so that the factors agree", mul(b, x), a)
        argument = _of_cauchy(system, held, inner([transpose(a), over, a]), sign, inner([transpose(a), x]), inner([transpose(x), b, x]))
        yield Way({place.data.name: value}, conditions, (line,), argument)
    elif degree == 2 and (m := form_of(above[0], x)) is not None:
        line = Line("the gradient is a multiple of", mul(m, x), mul(system.function, b, x))
        yield from _extreme(system, place, m, b, const(1), line)


def _of_cauchy(system: System, held: Sequence[Expr], most: Expr, sign: int, product: Expr, metric: Expr) -> Argument | None:
    """(a^T*x)^2 <= (a^T*B^-1*a)*(x^T*B*x), where the sign of what the quotient is multiplied by is known."""
    scale = mul(*(f for f in (system.function.args if system.function.op == "mul" else ()) if f not in held))
    way = 1 if is_positive_number(scale) else -1 if is_positive_number(negative(scale)) else 0
    told = f"{text(power(product, const(2)))} is at most {text(most)} times {text(metric)}, and is it here (Cauchy and Schwarz)"
    return Argument("max" if way * sign > 0 else "min", told) if way else None


def _metric(f: Expr, x: Expr) -> tuple[Expr, Scalar] | None:
    """B and k of (x^T*B*x)^(-k/2), also written with a norm."""
    base, k = base_and_exponent(f)
    if (b := form_of(base, x)) is not None:
        return b, -2 * k.data
    b = form_of(simplify(power(base, 2)), x)
    return None if b is None else (b, -k.data)


def _is_below(f: Expr) -> bool:
    k = base_and_exponent(f)[1]
    return k.op == "const" and bool(k.data.is_negative)


# ---------------------------------------------------------------------------------------------- polar factor


def _polar(system: System, q: Expr, place: Expr) -> Iterator[Way]:
    """A function that is linear in Q where Q^T*Q = I: the polar factor of what it is linear with."""
    if len(system.constraints) != 1 or is_vector(q) or q.is_scalar:
        return
    h = simplify(system.constraints[0])
    turned, straight = is_orthonormal(h, q), is_orthonormal(h, transpose(q))
    if not turned and not straight:
        return
    held, rest = split(system.gradients[0], q)
    terms = linear(held, q) or []
    square = q.shape[0] == q.shape[1]
    free = [t for t in terms if not t.turned and ((straight or square) and not t.left or (turned or square) and not t.right)]
    if len(free) < len(held) or is_zero(rest):
        return
    constant = sym("c_0", SCALAR)
    linear_part = trace(mul(transpose(simplify(rest)), place))
    line = Line("linear where the constraint holds, c_0 a constant", system.function, add(constant, linear_part))
    for sign in (1, -1) if system.problem.goal == "max" else (-1, 1):
        m = simplify(mul(const(sign), rest))
        c, scalars, mats = split_product(m)
        positive = [s for s in scalars if is_positive_number(s)]
        core = mul(_sign(c), *(s for s in scalars if s not in positive), *mats) if m.op == "mul" else _without_content(m)
        rank = Condition(INVERTIBLE, core if square else mul(transpose(core), core) if straight else mul(core, transpose(core)))
        value = solved("polar factor", M=core)
        told = f"{text(trace(mul(transpose(place), core)))} is at most the sum of the singular values of {text(core)}, and is it here"
        argument = Argument("max" if sign > 0 else "min", f"{told} (von Neumann)")
        yield Way({place.data.name: value}, (rank,), (line, Line("polar factor", place, value)), argument)


def is_orthonormal(h: Expr, rows: Expr) -> bool:
    """Whether a constraint says that rows are orthonormal."""
    return h.shape == (rows.shape[0],) * 2 and is_zero(simplify(subtract(h, subtract(mul(rows, transpose(rows)), eye(rows.shape[0])))))


def _without_content(m: Expr) -> Expr:
    """A sum without a positive number that all its terms have."""
    c = next(split_product(t)[0] for t in summands(m))
    c = -c if c.is_negative else c
    same = all(split_product(t)[0] in (c, -c) for t in summands(m))
    return simplify(mul(const(1 / c), m)) if same and c.is_positive else m


# ---------------------------------------------------------------------------------------------- proximal operators


def _proximal(system: System, x: Expr, place: Expr) -> Iterator[Way]:
    """a/2*||x - v||^2 + m*g(x - w) with a proximal operator of g that the rule book knows."""
    if system.constraints or x.is_scalar:
        return
    terms = system.function.args if system.function.op == "add" else ()
    found = [(t, g) for t in terms for g in (_kinked(t, x),) if g is not None]
    if len(found) != 1:
        return
    term, g = found[0]
    smooth = add(*(t for t in terms if t is not term))
    isotropic = _isotropic(gradient(step(smooth, x)), x) if holds(smooth, x) else None
    y = g.args[0]
    w = simplify(negative(substitute(y, {x.data.name: zeros(*x.shape)}, {})))
    if isotropic is None or not (is_zero(simplify(add(y, w, negative(x)))) or is_zero(simplify(add(y, w, x)))):
        return
    a, v = isotropic
    w = w if is_zero(simplify(add(y, w, negative(x)))) else negative(w)
    rule = rulebook.find(g.op)
    weight = mul(*(f for f in term.args if f is not g)) if term.op == "mul" else const(1)
    if rule is None or not (is_positive_number(a) and is_positive_number(weight)) or system.problem.goal != "min":
        return
    m = simplify(mul(weight, power(a, -1)))
    value = simplify(add(w, undone(rule, rule.proximal, simplify(subtract(v, w)), m)))
    yield Way({place.data.name: value}, (), (Line(f"proximal operator of {rule.name}", place, value),))


def _kinked(t: Expr, x: Expr) -> Expr | None:
    """The one factor of a term that holds the unknown, where it has a proximal operator."""
    held = [f for f in (t.args if t.op == "mul" else (t,)) if holds(f, x)]
    rule = rulebook.find(held[0].op) if len(held) == 1 else None
    return held[0] if rule is not None and rule.proximal and depends(held[0], x) else None


def _isotropic(g: Expr, x: Expr) -> tuple[Expr, Expr] | None:
    """a and v of a gradient a*(x - v)."""
    held, rest = split(g, x)
    terms = linear(held, x)
    if not terms or any(t.left or t.right or t.turned for t in terms):
        return None
    a = simplify(add(*(t.scalar for t in terms)))
    return a, simplify(expand(mul(const(-1), power(a, -1), rest)))

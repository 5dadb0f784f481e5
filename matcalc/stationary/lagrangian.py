"""The equations that hold at a stationary point: the gradient of the Lagrangian, in the set that each unknown runs over.

A symmetric unknown moves in symmetric directions, so that the symmetric part of the gradient is zero; a diagonal one is the diagonal
of its entries. Linear constraints of columns are stacked, so that they have one multiplier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from matcalc.algebra import add, block, conjugate, diag, diagonal_of, inner, is_real, mul, negative, power, subtract, trace, transpose
from matcalc.algebra.node import Expr, array, const, is_zero, sym
from matcalc.algebra.structure import is_positive
from matcalc.algebra.walk import is_vector, substitute
from matcalc.book.sizes import ONE
from matcalc.calculus.differentiate import differentiate, gradient, step
from matcalc.calculus.wirtinger import CONJUGATE, is_complex
from matcalc.errors import UsageError
from matcalc.records import dataclass
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import recognise, simplify, transform
from matcalc.stationary.moves.vectors import affine
from matcalc.stationary.problem import Problem
from matcalc.stationary.terms import holds

SMALL: Final = ("lambda", "nu", "mu", "kappa", "eta", "xi", "zeta", "theta")
DIAGONALS: Final = ("d", "delta", "u", "z", "d_1", "d_2")
STACKED: Final = ("C", "H", "E", "F", "C_1")
VALUES: Final = ("d", "h", "e", "f", "d_1")
LARGE: Final = ("Lambda", "M", "N", "Theta", "Xi")
UNOFFERED: Final = frozenset({"lower", "upper", "toeplitz", "integer"})


@dataclass(frozen=True)
class Chart:
    """An unknown as it moves: `x` in the function, `place` at the point; `shown` is x in terms of `place`."""

    x: Expr
    place: Expr
    shown: Expr
    known: frozenset[str]

    def at(self, e: Expr) -> Expr:
        """An expression at the point."""
        return e if self.shown is self.x else substitute(e, {self.x.data.name: self.shown}, {})

    def equation(self, g: Expr) -> Expr:
        """What is zero where no allowed direction changes the function."""
        g = self.at(g)
        if "diagonal" in self.known and not g.is_scalar:
            return simplify(diagonal_of(g))
        if "symmetric" in self.known and self.place.shape[0] is not ONE:
            return g if transpose(g) is g else simplify(expand(mul(const("1/2"), add(g, transpose(g)))))
        return simplify(subtract(g, transpose(g))) if "skew" in self.known else g


@dataclass(frozen=True)
class Conditions:
    """The equations of a problem: one for each unknown, then one for each multiplier."""

    problem: Problem
    function: Expr
    charts: tuple[Chart, ...]
    multipliers: tuple[Expr, ...]
    gradients: tuple[Expr, ...]
    equations: tuple[Expr, ...]
    constraints: tuple[Expr, ...] = ()
    stands: Mapping[Expr, Expr] = field(default_factory=dict)

    def in_full(self, e: Expr) -> Expr:
        """An expression with the stacked constraints in place of the letters that stand for them."""
        if not self.stands:
            return e
        full = substitute(e, {s.data.name: v for s, v in self.stands.items()}, {})
        return simplify(transform(full, _entry_of_array))

    @property
    def unknowns(self) -> tuple[Expr, ...]:
        return tuple(c.place for c in self.charts)


def _entry_of_array(e: Expr) -> Expr:
    """The entry that a product of an array of numbers with a column of the identity is."""
    if e.op != "inner" or len(e.args) != 2 or e.args[0].op != "array" or e.args[1].op not in ("columns", "unit"):
        return e
    at = e.args[1].data[0] if e.args[1].op == "columns" else e.args[1].data
    return e.args[0].args[int(at) - 1] if e.args[1].op == "unit" or e.args[1].data[0] == e.args[1].data[1] else e


def chart(problem: Problem, x: Expr) -> Chart:
    """How an unknown moves.

    Raises UsageError for a set that is not offered.
    """
    known = problem.properties(x)
    if (unoffered := sorted(known & UNOFFERED)) and "diagonal" not in known:
        raise UsageError(f"an unknown that is {unoffered[0]} is not offered", hint="symmetric, spd, diagonal, skew and positive are")
    if "diagonal" in known and not x.is_scalar and not is_vector(x):
        name = next(n for n in (x.data.name.lower(), *DIAGONALS) if n not in _taken(problem))
        place = sym(name, (x.shape[0], ONE), 1, known & {"positive"})
        return Chart(x, place, diag(place), known)
    place = problem.at_point(x)
    return Chart(x, place, place, known)


def conditions_of(problem: Problem) -> Conditions:
    """The equations of a problem."""
    f = recognise(problem.function.expr)
    charts = tuple(chart(problem, x) for x in problem.unknowns)
    constraints, stands = _stacked([_squared(c.expr) for c in problem.constraints], problem)
    multipliers = tuple(_multiplier(h, name) for h, name in _names(constraints, problem))
    gradients, equations = [], []
    for c in charts:
        g = gradient_by(f, c.x)
        terms = [g, *(_of_constraint(h, m, c.x) for h, m in zip(constraints, multipliers, strict=True))]
        gradients.append(g)
        equations.append(_all_at(c.equation(add(*terms)), charts))
    held = tuple(_all_at(h, charts) for h in constraints)
    return Conditions(problem, f, charts, multipliers, tuple(gradients), tuple(equations), held, stands)


def _squared(h: Expr) -> Expr:
    """||x|| - k = 0 for a positive k as ||x||^2 - k^2 = 0, which has a gradient everywhere; another constraint as it is."""
    if not h.is_scalar or h.op != "add" or len(h.args) != 2:
        return h
    for norm, other in (h.args, h.args[::-1]):
        square, k = simplify(power(norm, const(2))), negative(other)
        if square.op == "inner" and norm.op not in ("inner", "pow") and is_positive(k):
            return subtract(square, power(k, const(2)))
    return h


def _all_at(e: Expr, charts: Sequence[Chart]) -> Expr:
    for c in charts:
        e = c.at(e)
    return e


def _names(constraints: Sequence[Expr], problem: Problem) -> list[tuple[Expr, str]]:
    """Each constraint with a free name for its multiplier."""
    taken, found = _taken(problem), []
    for h in constraints:
        names = SMALL if h.is_scalar or is_vector(h) else LARGE
        name = next((n for n in (*names, *(f"{names[0]}_{k}" for k in range(1, 99))) if n not in taken), names[0])
        taken.add(name)
        found.append((h, name))
    return found


def _taken(problem: Problem) -> set[str]:
    """The names that a problem uses."""
    variables = (*problem.known, *problem.unknowns)
    return {v.data.name for v in variables} | {s.name for v in variables for d in v.shape for s in d.free_symbols}


def _multiplier(h: Expr, name: str) -> Expr:
    properties = ("complex",) if h.has_complex and not is_real(h) else ()
    return sym(name, h.shape, 0 if h.is_scalar else 1 if is_vector(h) else 2, properties)


def gradient_by(f: Expr, x: Expr) -> Expr:
    """The gradient of a number; by a complex unknown d f/dconj(x), which is zero where a real f is stationary (Brandwood 1983)."""
    return gradient(differentiate(f, x, None, (CONJUGATE,))[0] if is_complex(x) else step(f, x))


def _of_constraint(h: Expr, multiplier: Expr, x: Expr) -> Expr:
    """The gradient of <multiplier, h> by x; of Re <multiplier, h> where h is complex."""
    if not holds(h, x):
        return substitute(x, {x.data.name: mul(const(0), x)}, {})
    if h.has_complex:
        return _of_complex_constraint(h, multiplier, x)
    if h.is_scalar:
        return mul(multiplier, gradient(step(recognise(h), x)))
    found = affine(h, x) if is_vector(h) and is_vector(x) and h.shape[1] is ONE and x.shape[1] is ONE else None
    if found is not None:
        return mul(transpose(found[0]), multiplier)
    product = inner([transpose(multiplier), h]) if is_vector(h) and h.shape[1] is ONE else trace(mul(transpose(multiplier), h))
    return gradient(step(product, x))


def _of_complex_constraint(h: Expr, multiplier: Expr, x: Expr) -> Expr:
    """As h is zero where its conjugate is, the multiplier stands beside that of the two which holds conj(x), or beside both."""
    one = gradient_by(_paired(multiplier, h), x)
    if is_real(h):
        return one
    other = gradient_by(_paired(multiplier, conjugate(h)), x)
    if is_zero(one) or is_zero(other):
        return other if is_zero(one) else one
    return add(one, gradient_by(_paired(conjugate(multiplier), conjugate(h)), x))


def _paired(multiplier: Expr, h: Expr) -> Expr:
    """The sum of the products of the entries."""
    if h.is_scalar:
        return mul(multiplier, h)
    product = mul(transpose(multiplier), h)
    return product if product.is_scalar else trace(product)


def _stacked(constraints: Sequence[Expr], problem: Problem) -> tuple[tuple[Expr, ...], dict[Expr, Expr]]:
    """The constraints, those that are linear in one column as one system C^T*x = d where there are several; and what C and d are."""
    x = problem.unknowns[0]
    if len(constraints) < 2 or len(problem.unknowns) != 1 or not is_vector(x) or x.shape[1] is not ONE:
        return tuple(constraints), {}
    found = [(h, affine(h, x)) for h in constraints if h.is_scalar or is_vector(h) and h.shape[1] is ONE]
    linear = [(h, a) for h, a in found if a is not None]
    if len(linear) < 2:
        return tuple(constraints), {}
    left = block([[transpose(a[0]) for _, a in linear]])
    right = block([[a[1]] for _, a in linear]) if any(not a[1].is_scalar for _, a in linear) else array([[a[1]] for _, a in linear])
    taken = _taken(problem)
    c, d = (sym(next(n for n in names if n not in taken), e.shape) for names, e in ((STACKED, left), (VALUES, right)))
    others = [h for h in constraints if not any(h is g for g, _ in linear)]
    return (subtract(mul(transpose(c), x), d), *others), {c: left, d: right}


def is_linear(h: Expr, unknowns: Sequence[Expr]) -> bool:
    """Whether a constraint is linear in the unknowns together."""
    moved = {x.data.name: add(x, sym(f"\u2019{x.data.name}", x.shape)) for x in unknowns}
    there = substitute(h, moved, {})
    zero = {x.data.name: mul(const(0), x) for x in unknowns}
    shift = {x.data.name: sym(f"\u2019{x.data.name}", x.shape) for x in unknowns}
    return is_zero(simplify(expand(add(there, substitute(h, zero, {}), negative(h), negative(substitute(h, shift, {}))))))

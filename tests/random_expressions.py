"""Random expressions over every function of the rule book, as recipes that any algebra can follow.

A recipe is built twice: taken at its word, and in normal form. Rows, columns, scalars, equal and fixed sizes, sizes that
are products, elementwise quotients, powers of matrices inside elementwise products, exponents that are fractions or names.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from matcalc.algebra.literal import Algebra
from matcalc.algebra.node import Expr, const, eye, ones, sym, zeros
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Dim, Shape, dim, times
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.numbers.sampling.random_points import sample
from matcalc.scalars import integer, rational

SIZES: Final = {"m": 3, "n": 4, "p": 2}
m, n, p = map(dim, SIZES)
TWO: Final = integer(2)
DIMS: Final = (ONE, ONE, m, n, n, p, TWO)
EXPONENTS: Final = (-2, -1, -1, 2, 2, 3, rational(1, 2), rational(-1, 2), rational(3, 2), n, sym("k", (ONE, ONE), 0, {"positive"}))
MATRIX_EXPONENTS: Final = (-2, -1, -1, 2, 2, 3)
COSTLY: Final = frozenset({"expm", "logm", "sqrtm", "pinv"})
# A general matrix rarely has a real spectrum.
SPECTRAL: Final = frozenset({"spectra.toml", "singular.toml"})
# What takes three entries fits no array of these sizes.
RULES: Final = [
    r
    for name in rulebook.names()
    if (r := rulebook.find(name)) is not None
    if r.file not in SPECTRAL and not any(d.isdigit() and d != "1" for p in r.params for d in p.shape)
]
ELEMENTWISE: Final = [rule for rule in RULES if rule.kind == "elementwise"]

Build = Callable[[Algebra], Expr]


@dataclass(frozen=True)
class Recipe:
    """How to build an expression of a shape."""

    shape: Shape
    build: Build


class Kitchen:
    """Recipes drawn from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def shape(self) -> Shape:
        rows, columns = self.rng.choice(DIMS), self.rng.choice(DIMS)
        if self.rng.random() < 0.1:
            rows = times(self.rng.choice((m, n)), self.rng.choice((n, p)))
        return rows, columns

    def draw(self, shape: Shape, depth: int) -> Recipe:
        """A recipe for an array of this shape."""
        if depth == 0 or self.rng.random() < 0.1:
            return self.leaf(shape)
        ways = [self.sum, self.sum, self.related, self.related, self.product, self.scaled, self.turned, self.function, self.function]
        if shape != (ONE, ONE):
            ways += [self.hadamard, self.hadamard, self.quotient]
        if shape[0] is shape[1] and shape[0] is not ONE:
            ways.append(self.matrix_power)
        return self.rng.choice([*ways, self.power])(shape, depth - 1)

    def leaf(self, shape: Shape) -> Recipe:
        r = self.rng.random()
        if r < 0.06:
            return Recipe(shape, lambda a: ones(*shape))
        if r < 0.07:
            return Recipe(shape, lambda a: zeros(*shape))
        if r < 0.14 and shape[0] is shape[1]:
            return Recipe(shape, lambda a: eye(shape[0]))
        if r < 0.25 and shape == (ONE, ONE):
            value = self.rng.choice((2, 3, -1, rational(1, 2), n))
            return Recipe(shape, lambda a: const(value))
        known = {"symmetric", "diagonal", "skew", "orthogonal"} if shape[0] is shape[1] and shape[0] is not ONE else set[str]()
        names = [f"{letter}_{rows}_{columns}" for letter in "AB" for rows, columns in [map(_word, shape)]]
        chosen = self.rng.choice(sorted(known)) if known and r > 0.85 else ""
        variable = sym(self.rng.choice(names) + (f"_{chosen}" if chosen else ""), shape, None, {chosen} if chosen else ())
        return Recipe(shape, lambda a: variable)

    def sum(self, shape: Shape, depth: int) -> Recipe:
        terms = [self.draw(shape, depth) for _ in range(self.rng.choice((2, 2, 3)))]
        if self.rng.random() < 0.3:
            terms[-1] = self.near(terms[0], shape, depth)
        signs = [self.rng.random() < 0.4 for _ in terms]
        return Recipe(shape, lambda a: a.add(*(a.negative(t.build(a)) if s else t.build(a) for t, s in zip(terms, signs, strict=True))))

    def near(self, like: Recipe, shape: Shape, depth: int) -> Recipe:
        """Something that has a factor in common with another recipe."""
        other = self.draw(shape, depth)
        if self.rng.random() < 0.5:
            return Recipe(shape, lambda a: a.had(like.build(a), other.build(a)))
        return Recipe(shape, lambda a: a.mul(const(3), like.build(a)))

    def related(self, shape: Shape, depth: int) -> Recipe:
        """A sum of products of powers and functions of one thing: what identities and common factors are found in."""
        base = self.draw(shape, min(depth, self.rng.choice((0, 0, 0, 1))))
        terms = [[self.of(base) for _ in range(self.rng.choice((1, 2, 2, 3)))] for _ in range(self.rng.choice((1, 2, 2, 3)))]
        numbers = [const(self.rng.choice((1, 1, 1, -1, -1, 2, -2, n))) for _ in terms]
        if self.rng.random() < 0.25 and len(terms) > 1:
            terms[0] = [Recipe(shape, lambda a: ones(*shape))]
        chained = shape[0] is shape[1] and self.rng.random() < 0.4

        def build(a: Algebra) -> Expr:
            made = [[f.build(a) for f in t] for t in terms]
            return a.add(*(a.mul(c, _whole(a, t, chained)) for c, t in zip(numbers, made, strict=True)))

        return Recipe(shape, build)

    def of(self, base: Recipe) -> Recipe:
        """Something entry by entry of a base, or a power or an inverse of it."""
        shape, r = base.shape, self.rng.random()
        square = shape[0] is shape[1] and shape[0] is not ONE
        if r < 0.3:
            k = self.rng.choice(EXPONENTS)
            return Recipe(shape, lambda a: a.epow(base.build(a), k if isinstance(k, Expr) else const(k)))
        if r < 0.5 and square:
            whole = const(self.rng.choice(MATRIX_EXPONENTS))
            return Recipe(shape, lambda a: a.power(base.build(a), whole))
        if r < 0.55 and square:
            return Recipe(shape, lambda a: a.transpose(base.build(a)))
        if r < 0.9:
            rule, sign, power = self.rng.choice(ELEMENTWISE), self.rng.random() < 0.3, const(self.rng.choice((1, 1, 2, -1)))
            return Recipe(shape, lambda a: a.epow(a.fun(rule.name, a.negative(base.build(a)) if sign else base.build(a)), power))
        return base

    def product(self, shape: Shape, depth: int) -> Recipe:
        middle = self.rng.choice(DIMS)
        left, right = self.draw((shape[0], middle), depth), self.draw((middle, shape[1]), depth)
        return Recipe(shape, lambda a: a.mul(left.build(a), right.build(a)))

    def scaled(self, shape: Shape, depth: int) -> Recipe:
        c, body = self.draw((ONE, ONE), depth), self.draw(shape, depth)
        if self.rng.random() < 0.4:
            return Recipe(shape, lambda a: a.mul(body.build(a), a.inverse(c.build(a))))
        return Recipe(shape, lambda a: a.mul(c.build(a), body.build(a)))

    def turned(self, shape: Shape, depth: int) -> Recipe:
        body = self.draw((shape[1], shape[0]), depth)
        return Recipe(shape, lambda a: a.transpose(body.build(a)))

    def hadamard(self, shape: Shape, depth: int) -> Recipe:
        left = self.draw(shape, depth)
        right = left if self.rng.random() < 0.1 else self.draw(shape, depth)
        return Recipe(shape, lambda a: a.had(left.build(a), right.build(a)))

    def quotient(self, shape: Shape, depth: int) -> Recipe:
        above, below = self.draw(shape, depth), self.draw(shape, depth)
        return Recipe(shape, lambda a: a.had(above.build(a), a.epow(below.build(a), const(-1))))

    def power(self, shape: Shape, depth: int) -> Recipe:
        body, k = self.draw(shape, depth), self.rng.choice(EXPONENTS)
        exponent = k if isinstance(k, Expr) else const(k)
        return Recipe(shape, lambda a: a.epow(body.build(a), exponent))

    def matrix_power(self, shape: Shape, depth: int) -> Recipe:
        body, k = self.draw(shape, depth), const(self.rng.choice(MATRIX_EXPONENTS))
        return Recipe(shape, lambda a: a.power(body.build(a), k))

    def function(self, shape: Shape, depth: int) -> Recipe:
        """A function of the book whose value can have this shape."""
        fitting = [(rule, sizes) for rule in RULES if (sizes := _fit(rule, shape)) is not None]
        rule, sizes = self.rng.choice(fitting)
        if rule.name in COSTLY and self.rng.random() < 0.6:
            return self.draw(shape, depth)
        for letter in sorted({d for q in rule.params for d in q.shape} - {"1"}):
            sizes.setdefault(letter, self.rng.choice(DIMS))
        args = [self.draw((sizes.get(q.shape[0], ONE), sizes.get(q.shape[1], ONE)), depth) for q in rule.params]
        return Recipe(shape, lambda a: a.fun(rule.name, *(x.build(a) for x in args)))


def _whole(a: Algebra, factors: Sequence[Expr], chained: bool) -> Expr:
    made = factors[0]
    for f in factors[1:]:
        made = a.mul(made, f) if chained else a.had(made, f)
    return made


def _word(d: Dim) -> str:
    return str(d).replace("*", "")


def _fit(rule: rulebook.Rule, shape: Shape) -> dict[str, Dim] | None:
    """The sizes under which a function's value has a shape; None where it cannot have it."""
    sizes: dict[str, Dim] = {"1": ONE}
    for letters, size in zip(rule.value, shape, strict=True):
        if "[" in letters:
            return None
        parts = letters.split("*")
        given = size.args if len(parts) > 1 and size.is_Mul else (size,)
        if len(parts) != len(given) or not all(part.isalnum() for part in parts):
            return None
        for letter, d in zip(parts, given, strict=True):
            if sizes.setdefault(letter, d) != d or letter.isdigit() and str(d) != letter:
                return None
    return sizes


# ------------------------------------------------------------------------------------------------- comparing


def symbols(exprs: Sequence[Expr]) -> list[Expr]:
    """The variables of expressions."""
    found: dict[Expr, None] = {}
    pending = list(exprs)
    seen: set[Expr] = set()
    while pending:
        e = pending.pop()
        if e not in seen:
            seen.add(e)
            pending.extend(e.args)
            if e.op == "sym":
                found[e] = None
    return sorted(found, key=lambda v: str(v.data.name))


def difference(a: Expr, b: Expr, seed: int) -> float | None:
    """The largest relative difference of two expressions over the points at which both are finite and agree worst.

    None where no point tells. Rounding spoils single points, so the least of three counts.
    """
    found = [d for manner in ("normal", "positive", "spd") if (d := _difference_at(a, b, manner, seed)) is not None]
    return max(found, default=None)


def _difference_at(a: Expr, b: Expr, manner: str, seed: int) -> float | None:
    told = []
    for k in range(3):
        rng = np.random.default_rng(seed + 1000 * k)
        values: dict[str, Any] = {v.data.name: sample(v, SIZES, manner, rng) for v in symbols([a, b])}
        with np.errstate(all="ignore"):
            x, y = (as_matrix(e, v) for e, v in zip((a, b), evaluate([a, b], values, SIZES), strict=True))
        if np.iscomplexobj(x) or np.iscomplexobj(y):
            continue
        both = np.isfinite(x) & np.isfinite(y) & (np.abs(x) < 1e8) & (np.abs(y) < 1e8)
        if both.any():
            told.append(float((np.abs(x - y)[both] / (1e-3 + np.abs(x[both]).max())).max()))
    return min(told, default=None)

"""Random expressions of matrices, as trees that either algebra builds, and points to evaluate them at."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from matcalc.algebra.expr import Expr
from matcalc.algebra.literal import Algebra
from matcalc.algebra.node import columns, const, eye, ones, sym, unit, zeros
from matcalc.book import rules as rulebook
from matcalc.book.properties import drawings
from matcalc.book.sizes import ONE, Dim, dim

Shape = tuple[str, str]
Tree = tuple[Any, ...]
SIZES: Final = ("m", "n", "p", "1", "2")
SCALAR: Final = ("1", "1")
SQUARES: Final = (
    "symmetric", "skew", "spd", "psd", "orthogonal", "diagonal", "lower", "upper", "invertible", "positive",
    "orthogonal symmetric", "orthogonal skew", "diagonal positive", "symmetric positive",
)  # fmt: skip
ELEMENTWISE: Final = tuple(r for r in rulebook.names() if (rule := rulebook.find(r)) is not None and rule.kind == "elementwise")
EXPONENTS: Final = (-3, -2, -1, 0, 1, 2, 3, 4)
ROOTS: Final = ("1/2", "-1/2", "3/2", "1/3")


def size(name: str) -> Dim:
    return ONE if name == "1" else dim(name)


def _variables() -> dict[Shape, list[Expr]]:
    found: dict[Shape, list[Expr]] = {}
    for k, (rows, cols) in enumerate((a, b) for a in SIZES for b in SIZES):
        shape = (size(rows), size(cols))
        found[rows, cols] = [sym(f"{letter}{k}", shape, None, known) for letter, known in (("A", ()), ("B", ()), ("P", ("positive",)))]
    for d in ("m", "n", "2"):
        found[d, d] += [sym(f"{''.join(p[:3].title() for p in known.split())}{d}", (size(d),) * 2, 2, known.split()) for known in SQUARES]
    return found


VARIABLES: Final = _variables()
WHOLE: Final = sym("k", (ONE, ONE), 0, ["integer"])


class Trees:
    """Draws trees: each a tuple of an operation and what it is applied to, with leaves ("leaf", expression)."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def shape(self) -> Shape:
        return self.draw.choice(SIZES), self.draw.choice(SIZES)

    def square(self) -> Shape:
        d = self.draw.choice(("m", "n", "2"))
        return d, d

    def leaf(self, shape: Shape) -> Tree:
        """A variable, seldom a constant."""
        if self.draw.random() < 0.75:
            return ("leaf", self.draw.choice(VARIABLES[shape]))
        if shape == SCALAR:
            return ("leaf", const(self.draw.choice((2, -1, 0, 1, "-3/2", dim("n")))))
        rows, cols = map(size, shape)
        made = [ones(rows, cols), zeros(rows, cols)]
        made += [eye(rows)] * 3 if rows == cols else []
        made += [unit(self.draw.choice((1, 2)), rows)] if cols is ONE else []
        made += [columns(dim(1), dim(2), rows)] if cols == 2 and rows not in (1, 2) else []
        return ("leaf", self.draw.choice(made))

    def tree(self, shape: Shape, depth: int) -> Tree:
        """A tree of this shape."""
        if depth <= 0:
            return self.leaf(shape)
        choices = [self._sum, self._product, self._product, self._scaled, self._elementwise, self._transpose, self._quotient, self._power]
        if shape == SCALAR:
            choices += [self._reduced, self._reduced, self._quadratic, self._entry]
        else:
            choices += [self._hadamard, self._outer, self._palindrome]
            choices += [self._of_square, self._of_square] if shape[0] == shape[1] else [self._rearranged]
        return self.draw.choice(choices)(shape, depth - 1)

    def _sum(self, shape: Shape, depth: int) -> Tree:
        a = self.tree(shape, depth)
        return (self.draw.choice(("add", "subtract")), a, a if self.draw.random() < 0.1 else self.tree(shape, depth))

    def _product(self, shape: Shape, depth: int) -> Tree:
        k = self.draw.choice(SIZES)
        return ("mul", self.tree((shape[0], k), depth), self.tree((k, shape[1]), depth))

    def _scaled(self, shape: Shape, depth: int) -> Tree:
        return ("mul", self.tree(SCALAR, min(depth, 1)), self.tree(shape, depth))

    def _elementwise(self, shape: Shape, depth: int) -> Tree:
        return ("fun", self.draw.choice(ELEMENTWISE), self.tree(shape, depth))

    def _transpose(self, shape: Shape, depth: int) -> Tree:
        return ("transpose", self.tree(shape[::-1], depth))

    def _hadamard(self, shape: Shape, depth: int) -> Tree:
        return ("had", self.tree(shape, depth), self.tree(shape, depth))

    def _quotient(self, shape: Shape, depth: int) -> Tree:
        if self.draw.random() < 0.5 or shape == SCALAR:
            return ("mul", self.tree(shape, depth), ("power", self.tree(SCALAR, min(depth, 1)), ("leaf", const(-1))))
        return ("had", self.tree(shape, depth), ("epow", self.tree(shape, depth), ("leaf", const(-1))))

    def _power(self, shape: Shape, depth: int) -> Tree:
        base, number = self.tree(shape, depth), shape == SCALAR
        if not number and shape[0] == shape[1] and self.draw.random() < 0.6:
            exponent = WHOLE if self.draw.random() < 0.2 else const(self.draw.choice(EXPONENTS))
            return ("power", base, ("leaf", exponent))
        exponents: list[Tree] = [("leaf", const(k)) for k in (*EXPONENTS, *ROOTS)]
        return ("power" if number else "epow", base, self.draw.choice([*exponents, self.tree(SCALAR, min(depth, 1))]))

    def _outer(self, shape: Shape, depth: int) -> Tree:
        return ("mul", self.tree((shape[0], "1"), depth), self.tree(("1", shape[1]), depth))

    def _palindrome(self, shape: Shape, depth: int) -> Tree:
        k = self.draw.choice(SIZES)
        a = self.tree((shape[0], k), depth)
        middle = [self.tree((k, k), depth)] if self.draw.random() < 0.5 else []
        return ("mul", a, *middle, ("transpose", a)) if shape[0] == shape[1] else self.leaf(shape)

    def _of_square(self, shape: Shape, depth: int) -> Tree:
        name = self.draw.choice(("diag", "adj", "sym", "expm", "sqrtm", "logm", "pinv", "softmax_rows"))
        return ("fun", name, self.tree((shape[0], "1") if name == "diag" else shape, depth))

    def _rearranged(self, shape: Shape, depth: int) -> Tree:
        if shape[1] == "1":
            name = self.draw.choice(("diagv", "softmax"))
            return ("fun", name, self.tree((shape[0], shape[0]) if name == "diagv" else shape, depth))
        return ("fun", "pinv", self.tree(shape[::-1], depth))

    def _reduced(self, shape: Shape, depth: int) -> Tree:
        name = self.draw.choice(("tr", "det", "logdet", "sum", "norm1", "normF", "norm2", "logsumexp", "dot", "kron"))
        if name in ("tr", "det", "logdet"):
            return ("fun", name, self.tree(self.square(), depth))
        if name in ("norm2", "logsumexp"):
            return ("fun", name, self.tree((self.draw.choice(("m", "n", "2")), "1"), depth))
        if name == "kron":
            return self._of_kronecker(depth)
        of = self.shape()
        return ("fun", name, *(self.tree(of, depth) for _ in range(1 + (name == "dot"))))

    def _of_kronecker(self, depth: int) -> Tree:
        """A number in which vec and kron meet."""
        (a, b), (c, d) = self.shape(), self.shape()
        product = ("fun", "kron", self.tree((a, b), depth), self.tree((c, d), depth))
        return ("fun", "sum", ("mul", product, ("fun", "vec", self.tree((d, b), depth))))

    def _quadratic(self, shape: Shape, depth: int) -> Tree:
        d = self.draw.choice(("m", "n", "2"))
        x = self.tree((d, "1"), depth)
        y = x if self.draw.random() < 0.5 else self.tree((d, "1"), depth)
        return ("mul", ("transpose", x), *([self.tree((d, d), depth)] if self.draw.random() < 0.7 else []), y)

    def _entry(self, shape: Shape, depth: int) -> Tree:
        rows, cols = (self.draw.choice(("m", "n", "2")) for _ in range(2))
        return ("part", self.tree((rows, cols), depth), self.draw.choice((1, 2)), self.draw.choice((1, 2)))


def built(tree: Tree, algebra: Algebra) -> Expr:
    """The expression of a tree."""
    kind, *rest = tree
    if kind == "leaf":
        leaf: Expr = rest[0]
        return leaf
    if kind == "fun":
        return algebra.fun(rest[0], *(built(t, algebra) for t in rest[1:]))
    if kind == "part":
        return algebra.part(built(rest[0], algebra), *rest[1:])
    args = [built(t, algebra) for t in rest]
    if kind == "subtract":
        return algebra.add(args[0], algebra.negative(args[1]))
    made: Expr = getattr(algebra, kind)(*args)
    return made


def drawn(v: Expr, sizes: Mapping[str, int], rng: np.random.Generator) -> Any:
    """A value of a variable, with its properties."""
    rows, cols = (int(d) if d.is_Integer else sizes[d.name] for d in v.shape)
    a = rng.standard_normal((rows, cols)) * rng.choice([0.5, 1, 2])
    known: Sequence[str] = sorted(v.data.properties)
    for made in drawings(frozenset(known)):
        a = eval(made.replace("{A}", "a"), {"np": np, "a": a, "rng": rng})  # noqa: S307 - the text comes from the rule book
    if v.is_scalar:
        return float(a[0, 0])
    return a.ravel() if ONE in v.shape else a

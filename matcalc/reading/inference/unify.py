"""Dimensions that are not known yet, and their unification.

A term is a known dimension (a sympy expression, see `shape`), a `Free` one that unification may bind, or a
`Composite`, the sum or product of terms (the length of a vec, the sides of a Kronecker product).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from math import isqrt
from typing import Final, TypeAlias

from matcalc.book.sizes import ONE, Dim, dim, plus, smallest, times, triangular
from matcalc.errors import LimitError
from matcalc.scalars import Scalar

MAX_PARTS: Final = 128
HALF: Final = "half"


class Free:
    """An unknown dimension. A `vector` one is the length of something that was called a vector, so it is not 1."""

    __slots__ = ("bound", "vector")

    def __init__(self, vector: bool = False) -> None:
        self.bound: Term | None = None
        self.vector = vector


class Composite:
    """A sum (`+`), product (`*`) or the smallest (`min`) of terms, or n*(n + 1)/2 of one (`half`), at least one of which is not known.

    `count` is how many names it is made of.
    """

    __slots__ = ("count", "op", "parts")

    def __init__(self, op: str, parts: tuple[Term, ...]) -> None:
        self.op = op
        self.parts = parts
        self.count = sum(count_parts(p) for p in parts)
        if self.count > MAX_PARTS:
            raise LimitError(f"a dimension is the sum or product of at most {MAX_PARTS} names", hint="give the sizes, or fewer factors")


Term: TypeAlias = Dim | Free | Composite
Terms: TypeAlias = tuple[Term, Term]


def count_parts(term: Term) -> int:
    """How many names and numbers a term is made of, powers counted in full."""
    root = find(term)
    if isinstance(root, Composite):
        return root.count
    if isinstance(root, Free) or not root.args:
        return 1
    if root.is_Pow:
        return int(root.exp)
    return sum(count_parts(a) for a in root.args)


def find(term: Term) -> Term:
    """What a term stands for at present."""
    if not isinstance(term, Free) or term.bound is None:
        return term
    root: Term = term
    while isinstance(root, Free) and root.bound is not None:
        root = root.bound
    while isinstance(term, Free) and term.bound is not None and term is not root:
        term.bound, term = root, term.bound
    return root


def resolve(term: Term) -> Dim | None:
    """The dimension, or None while part of it is free."""
    root = find(term)
    if isinstance(root, Free):
        return None
    if not isinstance(root, Composite):
        return root
    if root.op == HALF:
        inside = resolve(root.parts[0])
        return None if inside is None else triangular(inside)
    parts = [resolve(p) for p in root.parts]
    known = [p for p in parts if p is not None]
    return COMBINED[root.op](*known) if len(known) == len(parts) else None


COMBINED: Final = {"*": times, "+": plus, "min": smallest}


def product(*terms: Term) -> Term:
    """The product of terms, known where they are."""
    return _combined("*", [t for t in map(find, terms) if t is not ONE])


def total(*terms: Term) -> Term:
    """The sum of terms, known where they are."""
    return _combined("+", [find(t) for t in terms])


def half(term: Term) -> Term:
    """The number of entries on and below the diagonal of a square matrix of this size."""
    return _combined(HALF, [find(term)])


def least(*terms: Term) -> Term:
    """The smallest of terms, known where they are."""
    return _combined("min", [find(t) for t in terms])


def side_by_side(terms: Sequence[Term]) -> Term:
    """The sum of the sizes of blocks, which meet those of other blocks one by one."""
    return terms[0] if len(terms) == 1 else Composite("+", tuple(terms))


def _combined(op: str, parts: list[Term]) -> Term:
    if len(parts) == 1 and op != HALF:
        return parts[0]
    made = Composite(op, tuple(parts))
    known = resolve(made)
    return made if known is None else known


def is_one(term: Term) -> bool:
    return find(term) is ONE


def is_scalar(shape: Terms) -> bool:
    return find(shape[0]) is ONE and find(shape[1]) is ONE


def unify(a: Term, b: Term) -> bool:
    """Make two terms equal; False, with some parts perhaps bound, where they cannot be."""
    a, b = find(a), find(b)
    if a is b:
        return True
    if isinstance(a, Free):
        return _bind(a, b)
    if isinstance(b, Free):
        return _bind(b, a)
    if isinstance(a, Composite):
        return _unify_composite(a, b)
    if isinstance(b, Composite):
        return _unify_composite(b, a)
    return bool(a == b)


def unify_shapes(a: Terms, b: Terms) -> bool:
    return unify(a[0], b[0]) and unify(a[1], b[1])


def _bind(free: Free, term: Term) -> bool:
    if free.vector and term is ONE:
        return False
    if isinstance(term, Composite) and _occurs(free, term):
        return False
    if isinstance(term, Free):
        term.vector = term.vector or free.vector
    free.bound = term
    return True


def _occurs(free: Free, term: Term) -> bool:
    root = find(term)
    return root is free or isinstance(root, Composite) and any(_occurs(free, p) for p in root.parts)


def _unify_composite(a: Composite, b: Term) -> bool:
    if isinstance(b, Composite) and a.op == b.op and len(a.parts) == len(b.parts) and all(map(unify, a.parts, b.parts)):
        return True
    known = resolve(a)
    if known is not None:
        return bool(known == resolve(b)) if isinstance(b, Composite) else unify(known, b)
    return isinstance(b, Scalar) and _solve(a, b)


def _sides(value: Dim) -> Iterable[Dim]:
    """The sizes of a square matrix that may have so many entries on and below its diagonal."""
    if value.is_Integer:
        return [dim(isqrt(2 * int(value)))]
    return sorted(value.free_symbols, key=str)


def _solve(a: Composite, value: Dim) -> bool:
    """Bind the one unknown part of a sum or product whose value is known."""
    if a.op == "min":
        return False
    unknown = [p for p in a.parts if resolve(p) is None]
    rest = [d for p in a.parts if (d := resolve(p)) is not None]
    if len(unknown) == 2 and a.op == "*" and not rest and value.is_Pow and value.exp == 2:
        # L(n)*vec(X) wants X of n x n, the one shape that D(n) and L(n) know.
        return unify(unknown[0], value.base) and unify(unknown[1], value.base)
    if len(unknown) != 1:
        return False
    if a.op == HALF:
        side = next((d for d in _sides(value) if triangular(d) == value), None)
        return side is not None and unify(unknown[0], side)
    wanted = value / reduce(times, rest, ONE) if a.op == "*" else value - plus(*rest)
    whole = wanted.is_integer and wanted.is_positive and wanted.as_numer_denom()[1] is ONE
    return bool(whole) and unify(unknown[0], wanted)

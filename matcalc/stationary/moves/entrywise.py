"""Equations that hold for every entry by itself: each entry is a number in an equation of numbers."""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.algebra import add, epow, fun, had, mul, power
from matcalc.algebra.node import Expr, const, ones, split_product, sym
from matcalc.algebra.structure import is_positive
from matcalc.book import rules as rulebook
from matcalc.book.sizes import SCALAR, Shape
from matcalc.simplify.simplify import simplify
from matcalc.stationary.conditions import Condition, Conditions
from matcalc.stationary.moves.equation import Equation, Line, Solved
from matcalc.stationary.moves.roots import roots, sides
from matcalc.stationary.terms import holds

ENTRY = "\u2019"


def moves(e: Equation) -> Iterator[Solved]:
    """The solutions of an equation that is one of numbers for every entry of the unknown."""
    if e.x.is_scalar or e.left.shape != e.x.shape:
        return
    entries = _Entries(e.x, e.known)
    left = entries.of(e.left)
    if left is None:
        return
    for value, move, needed in roots(left, entries.entry):
        made = entries.array(value, e.x.shape)
        conditions = tuple(found for c in needed for found in entries.conditions(c))
        if made is not None:
            yield Solved(simplify(made), f"{move}, entry by entry", conditions, (Line("collect", *sides(e.left, e.x)),))


class _Entries:
    """Arrays by the numbers that stand for their entries."""

    def __init__(self, x: Expr, known: frozenset[str]) -> None:
        self.x = x
        self.entry = sym(f"{ENTRY}0", SCALAR, properties=known & {"positive"})
        self.arrays: dict[Expr, Expr] = {}

    def of(self, e: Expr) -> Expr | None:
        """The entry of an array; None where it is none of the entries of the arrays at its own place alone."""
        if e is self.x:
            return self.entry
        if not holds(e, self.x):
            return self._leaf(e)
        if e.op == "mul":
            return self._of_multiple(e)
        if e.op == "epow":
            base = self.of(e.args[0])
            return None if base is None or holds(e.args[1], self.x) else power(base, e.args[1])
        parts = [self.of(a) for a in e.args] if e.op in ("add", "had") or self._is_elementwise(e) else [None]
        found = [p for p in parts if p is not None]
        if len(found) < len(parts) or e.is_scalar:
            return None
        return add(*found) if e.op == "add" else mul(*found) if e.op == "had" else fun(e.op, *found)

    @staticmethod
    def _is_elementwise(e: Expr) -> bool:
        rule = rulebook.find(e.op)
        return rule is not None and rule.kind == "elementwise" and len(e.args) == 1

    def _of_multiple(self, e: Expr) -> Expr | None:
        c, scalars, mats = split_product(e)
        if len(mats) != 1 or any(holds(s, self.x) for s in scalars):
            return None
        inner = self.of(mats[0])
        return None if inner is None else mul(const(c), *scalars, inner)

    def _leaf(self, e: Expr) -> Expr:
        """The entry of an array without the unknown: numbers stay, ones are 1."""
        if e.is_scalar:
            return e
        if e.op == "add":
            return add(*map(self._leaf, e.args))
        c, scalars, mats = split_product(e)
        if len(mats) == 1 and (scalars or c != 1):
            return mul(const(c), *scalars, self._leaf(mats[0]))
        if e.op in ("ones", "zeros"):
            return const(1 if e.op == "ones" else 0)
        for s, a in self.arrays.items():
            if a is e:
                return s
        s = sym(f"{ENTRY}{len(self.arrays) + 1}", SCALAR, properties={"positive"} if is_positive(e) else ())
        self.arrays[s] = e
        return s

    def conditions(self, c: Condition) -> Conditions:
        """A condition on the entries as one on arrays."""
        if c.expr is None or not any(holds(c.expr, s) for s in self.arrays):
            return (c,)
        made = self.array(c.expr, self.x.shape)
        return () if made is None else (Condition(c.kind, made),)

    def array(self, e: Expr, shape: Shape) -> Expr | None:
        """The array with these entries; None for an expression that has no such array."""
        made = self._array(e, shape)
        return made if made is None or not made.is_scalar else mul(made, ones(*shape))

    def _array(self, e: Expr, shape: Shape) -> Expr | None:
        if e in self.arrays:
            return self.arrays[e]
        if not any(holds(e, s) for s in self.arrays):
            return e
        parts = [self._array(a, shape) for a in e.args]
        found = [p for p in parts if p is not None]
        if len(found) < len(parts):
            return None
        numbers, arrays = [p for p in found if p.is_scalar], [p for p in found if not p.is_scalar]
        if e.op == "add":
            return add(*arrays, *([mul(add(*numbers), ones(*shape))] if numbers else []))
        if e.op in ("mul", "had", "inner"):
            return mul(*numbers, had(*arrays) if len(arrays) > 1 else arrays[0])
        if e.op == "pow":
            return epow(found[0], found[1]) if found[1].is_scalar and not found[0].is_scalar else None
        return fun(e.op, *found) if self._is_elementwise(e) else None

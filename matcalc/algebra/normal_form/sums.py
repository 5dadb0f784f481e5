"""Sums: flat, sorted, like terms collected; the sign that a sum is kept with."""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.algebra.expr import in_reading_order
from matcalc.algebra.node import Expr, const, is_zero, node, split_coefficient, zeros
from matcalc.algebra.normal_form.constructors import build
from matcalc.book.sizes import SCALAR, show
from matcalc.memory import remembered
from matcalc.scalars import S, Scalar, tidy


@remembered(8192)
def add(*terms: Expr) -> Expr:
    """The sum of terms of one shape, with like terms collected.

    Raises ValueError if the shapes disagree: callers check what users wrote before they build it.
    """
    shape = terms[0].shape
    collected: dict[Expr, Scalar] = {}
    pending = list(terms)
    pending.reverse()
    while pending:
        t = pending.pop()
        if t.shape != shape:
            raise ValueError(f"cannot add {show(shape)} and {show(t.shape)}")
        if t.op == "add":
            pending.extend(reversed(t.args))
        elif not is_zero(t):
            c, rest = split_coefficient(t)
            collected[rest] = collected[rest] + c if rest in collected else c
    ordered = [(rest, collected[rest]) for rest in in_reading_order(collected)]
    kept = [rest if c is S.One else scale(c, rest) for rest, c in ordered if c is S.One or c is not S.Zero and c != 0]
    if not kept:
        return zeros(*shape)
    if len(kept) > 1 and shape != SCALAR and any(t.has_blocks for t in kept) and (made := build.gathered(kept)) is not kept:
        return add(*made)
    if len(kept) == 1:
        return kept[0]
    return node("add", tuple(kept), None, shape)


def subtract(a: Expr, b: Expr) -> Expr:
    return add(a, negative(b))


def negative(a: Expr) -> Expr:
    return scale(S.NegativeOne, a)


def scale(c: Scalar, e: Expr) -> Expr:
    """c * e for a constant c."""
    if c is S.One:
        return e
    if c is S.Zero or is_zero(e):
        return zeros(*e.shape)
    inner, rest = split_coefficient(e)
    c = tidy(c * inner)
    if rest.op == "const":
        return const(c)
    if c is S.One:
        return rest
    if rest.op == "add":
        if leads_negative(rest):
            c, rest = -c, turned(rest)
        return rest if c is S.One else turned(rest) if c is S.NegativeOne else _scaled(c, rest)
    return _scaled(c, rest)


def leads_negative(e: Expr) -> bool:
    """Whether the term of a sum that its sign is told by is negative; the same for the transpose of the sum."""
    if e.op != "add":
        return _is_negative(e)
    signs = {_is_negative(t) for t in e.args}
    if len(signs) == 1:
        return signs.pop()
    parts = [(sorted(rest.order.replace(",", "")), rest, c) for c, rest in map(split_coefficient, e.args)]
    first = min(reading for reading, _, _ in parts)
    leaders = [(rest, c) for reading, rest, c in parts if reading == first]
    if len(leaders) == 1:
        return bool(leaders[0][1].is_negative)
    return bool(min(leaders, key=lambda leader: min(leader[0].digest, build.transpose(leader[0]).digest))[1].is_negative)


def _is_negative(t: Expr) -> bool:
    """Whether the coefficient of a term is negative."""
    first = t.args[0] if t.op == "mul" else t
    return first.op == "const" and bool(first.data.is_negative)


def turned(e: Expr) -> Expr:
    """A sum with the sign of every term turned."""
    return add(*(scale(S.NegativeOne, t) for t in e.args))


def unsigned(e: Expr) -> tuple[Scalar, Expr]:
    """(1 or -1, e or -e), so that the sum comes with the sign that it is kept with inside products and powers."""
    return (S.NegativeOne, turned(e)) if e.op == "add" and leads_negative(e) else (S.One, e)


def signs_apart(chain: Sequence[Expr]) -> tuple[Scalar, list[Expr]]:
    """(c, factors) with the coefficients and signs of the factors of a product taken out of them."""
    c, out = S.One, []
    for f in chain:
        inside, rest = split_coefficient(f)
        sign, rest = unsigned(rest)
        if inside is not S.One or sign is not S.One:
            c = c * inside * sign
        out.append(rest)
    return c, out


def _scaled(c: Scalar, rest: Expr) -> Expr:
    args = rest.args if rest.op == "mul" else (rest,)
    return node("mul", (const(c), *args), None, rest.shape)

"""Elementwise products and powers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from matcalc.algebra.expr import in_reading_order
from matcalc.algebra.node import Expr, const, eye, is_const, is_zero, node, ones, split_coefficient, split_product, zeros
from matcalc.algebra.normal_form.blocks.building import entrywise, grid_of
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.norms import POWERS
from matcalc.algebra.normal_form.parts import entry
from matcalc.algebra.normal_form.powers import exponential, exponentials, modulus, power, power_of_function
from matcalc.algebra.normal_form.selection import is_unit_row
from matcalc.algebra.normal_form.sums import add, leads_negative, scale, turned, unsigned
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.algebra.steps import spend
from matcalc.algebra.structure import properties
from matcalc.book.sizes import ONE, Shape, show
from matcalc.memory import remembered
from matcalc.scalars import S


def had(*factors: Expr) -> Expr:
    """The elementwise product; scalar factors scale, equal bases merge into elementwise powers."""
    if len(factors) == 1:
        return factors[0]
    for f in factors:
        if not f.is_scalar:
            return _entrywise(factors, f.shape)
    return build.mul(*factors)


@remembered(4096)
def _entrywise(factors: tuple[Expr, ...], shape: Shape) -> Expr:
    outside: list[Expr] = []
    powers: dict[Expr, Expr] = {}
    pending = list(reversed(factors))
    while pending:
        f = pending.pop()
        if f.is_scalar:
            outside.append(f)
            continue
        if f.shape != shape:
            raise ValueError(f"cannot multiply {show(shape)} and {show(f.shape)} elementwise")
        if is_zero(f):
            return zeros(*shape)
        if f.op == "had":
            pending.extend(reversed(f.args))
        elif f.op == "mul" and f.args[0].is_scalar:
            c, scalars, mats = split_product(f)
            outside += [const(c), *scalars]
            pending.append(build.mul(*mats) if mats else eye(shape[0]))
        elif f.op != "ones":
            base, k = (f.args[0], f.args[1]) if f.op == "epow" else exponential(f) if f.op in exponentials() else (f, const(1))
            if base is f:
                sign, base = unsigned(f)
                outside += [] if sign is S.One else [const(sign)]
            powers[base] = add(powers[base], k) if base in powers else k
    spend(len(powers))
    body = [p for base, k in powers.items() if (p := epow(base, k)).op != "ones"]
    return build.mul(*outside, *_entry_by_entry(body, shape))


def _entry_by_entry(body: list[Expr], shape: Shape) -> list[Expr]:
    """The product of arrays with different bases, as factors of a product."""
    if len(body) < 2:
        return body or [ones(*shape)]
    if any(f.op == "block" for f in body) and (blocks := entrywise(body)) is not None:
        return [blocks]
    body = _within_triangles(body)
    if len(body) < 2:
        return body
    if any(f.op in ("eye", "diag") for f in body):
        return [masked(body)]
    if any(outer(f) is not None for f in body):
        return _scaled_by_outer(body)
    body = in_reading_order(body)
    picked = next((f for f in body if f.op == "unit" or is_unit_row(f)), None)
    if picked is None:
        return [node("had", tuple(body), None, shape)]
    k = (picked if picked.op == "unit" else picked.args[0]).data
    others = [entry(f, k, 1) if picked.op == "unit" else entry(f, 1, k) for f in body if f is not picked]
    return [*others, picked]


def _within_triangles(body: list[Expr]) -> list[Expr]:
    """tril(A) = A for lower triangular A, and its diagonal for an upper one: the identity in place of the triangle."""
    for f in [f for f in body if f.op == "triangle" and not f.data[1]]:
        others = [g for g in body if g is not f]
        known = frozenset().union(*(properties(g) for g in others if g.op != "triangle"))
        if f.data[0] in known:
            body = others
        elif known & {"lower", "upper"}:
            return [eye(f.shape[0]), *others]
    return body


def outer(e: Expr) -> tuple[Expr, Expr] | None:
    """(u, v^T) for an outer product u v^T; an array of ones in a product is one."""
    if e.op != "mul" or ONE in e.shape:
        return None
    for k, f in enumerate(e.args):
        if f.op == "ones" and f.shape[1] is not ONE:
            return build.mul(*e.args[:k], ones(f.shape[0])), build.mul(ones(ONE, f.shape[1]), *e.args[k + 1 :])
        if f.shape[1] is ONE and not f.is_scalar:
            return build.mul(*e.args[: k + 1]), build.mul(*e.args[k + 1 :])
    return None


def _scaled_by_outer(factors: Sequence[Expr]) -> list[Expr]:
    """(u v^T) .* M as diag(u) M diag(v), save for a triangle M."""
    outers = [pair for f in factors if (pair := outer(f)) is not None]
    rest = [f for f in factors if outer(f) is None]
    u, v = had(*(u for u, _ in outers)), had(*(v for _, v in outers))
    # A triangle of u v^T is written as a function of it.
    if rest and all(f.op == "triangle" for f in rest) and u.op != "ones" and v.op != "ones":
        shape = factors[0].shape
        return [node("had", tuple(in_reading_order([*rest, build.mul(u, v)])), None, shape)]
    return [build.diag(u), had(*rest), build.diag(v)] if rest else [u, v]


def masked(body: list[Expr]) -> Expr:
    """diag(v) .* M = diag(v .* diagv(M)); I .* M = diag(diagv(M))."""
    diagonal = [build.diagonal_of(f) for f in body if f.op != "eye"]
    return build.diag(had(*diagonal))


def epow(base: Expr, exponent: Expr | int) -> Expr:
    """The elementwise power."""
    k = const(exponent) if isinstance(exponent, int) else exponent
    if base.is_scalar:
        return power(base, k)
    if is_const(k, 1) or base.op == "ones":
        return base
    if is_const(k, 0):
        return ones(*base.shape)
    known = POWERS[base.op](base, k) if base.op in POWERS else modulus(base, k)
    if known is not None:
        return known
    if base.op == "block" and k.op == "const" and (k.data.is_positive or not any(map(is_zero, base.args))):
        return build.block([[epow(b, k) for b in row] for row in grid_of(base)])
    if (is_zero(base) or base.op == "unit" or is_unit_row(base)) and k.op == "const" and k.data.is_positive:
        return base
    whole = k.op == "const" and bool(k.data.is_Integer)
    if base.op == "triangle" and not base.data[1] and whole and k.data.is_positive:
        return base
    if whole and (known := WHOLE_POWERS.get(base.op, power_of_function)(base, k)) is not None:
        return known
    c = split_coefficient(base)[0]
    if c.is_positive and c is not S.One:
        return build.mul(power(const(c), k), epow(split_coefficient(base)[1], k))
    return _power_of_transpose(base, k) if base.op == "T" else node("epow", (base, k), None, base.shape)


def _power_of_power(base: Expr, k: Expr) -> Expr:
    return epow(base.args[0], build.mul(base.args[1], k))


def _power_of_sum(base: Expr, k: Expr) -> Expr | None:
    """(-A).^k = (-1)^k A.^k, so that A and -A have powers of one base."""
    return scale(S.NegativeOne**k.data, epow(turned(base), k)) if leads_negative(base) else None


def _power_of_product(base: Expr, k: Expr) -> Expr | None:
    """A whole power of a Hadamard product, of a multiple or of an outer product, of its factors."""
    if base.op == "had":
        return had(*(epow(f, k) for f in base.args))
    pair = outer(base)
    if pair is not None:
        return build.mul(*(epow(f, k) for f in pair))
    c, scalars, mats = split_product(base)
    if c is S.One and not scalars:
        return None
    return build.mul(power(const(c), k), *(power(s, k) for s in scalars), epow(build.mul(*mats) if mats else eye(base.shape[0]), k))


def _power_of_transpose(base: Expr, k: Expr) -> Expr:
    """(A^T).^k for what cannot take the transpose inside: (A.^k)^T, save for a variable."""
    if base.args[0].op == "sym":
        return node("epow", (base, k), None, base.shape)
    made = epow(base.args[0], k)
    plain = made.op == "epow" and made.args[0] is base.args[0]
    return node("T", (made,), None, base.shape) if plain else transpose(made)


# What a whole power of an operation is made of; (x.^a).^k is x.^(a*k) for whole k only, as (x.^2).^(1/2) is |x|.
WHOLE_POWERS: Final[dict[str, Callable[[Expr, Expr], Expr | None]]] = {
    "epow": _power_of_power,
    "had": _power_of_product,
    "mul": _power_of_product,
    "add": _power_of_sum,
}

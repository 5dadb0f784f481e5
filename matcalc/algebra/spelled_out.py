"""Results over explicit entries: an array of a size in numbers, written out entry by entry.

The derivative of [x[1]^2; x[1]*x[2]] comes out of the index form as outer products with unit vectors; people write
[2*x[1], 0; x[2], x[1]].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.node import Expr, array, const, split_product
from matcalc.algebra.normal_form.functions import fun
from matcalc.algebra.normal_form.parts import entry
from matcalc.algebra.normal_form.powers import power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.normal_form.sums import add
from matcalc.book.rules import find

MAX_ENTRIES: Final = 400


def spelled_out(e: Expr) -> Expr:
    """The same array, entry by entry, if it is made of entries or unit vectors and its size is given in numbers."""
    if e.is_scalar or not all(d.is_Integer for d in e.shape) or not _has_entries(e):
        return e
    m, n = int(e.shape[0]), int(e.shape[1])
    if m * n > MAX_ENTRIES:
        return e
    entries = [[entry_of(e, i, j) for j in range(1, n + 1)] for i in range(1, m + 1)]
    if any(s is None for row in entries for s in row):
        return e
    return array([[s for s in row if s is not None] for row in entries])


def _has_entries(e: Expr) -> bool:
    return e.op in ("unit", "columns", "array") or any(_has_entries(a) for a in e.args)


def entry_of(e: Expr, i: int, j: int) -> Expr | None:
    """e[i, j] as a scalar expression; None where an entry is no short expression, as of an inverse."""
    match e.op:
        case "unit" | "columns":
            return const(int(i == (e.data if e.op == "unit" else e.data[0] + j - 1)))
        case "add" | "had":
            return _all(add if e.op == "add" else mul, [entry_of(t, i, j) for t in e.args])
        case "T":
            return entry_of(e.args[0], j, i)
        case "epow":
            return _all(lambda base: power(base, e.args[1]), [entry_of(e.args[0], i, j)])
        case "mul":
            return _entry_of_product(e, i, j)
        case "kron":
            return _entry_of_kron(e, i, j)
        case "diag":
            return entry_of(e.args[0], i, 1) if i == j else const(0)
        case "sym" | "array" | "eye" | "ones" | "zeros":
            return entry(e, i, j)
    rule = find(e.op)
    if rule is not None and rule.kind == "elementwise":
        inside = entry_of(e.args[0], i, j)
        return None if inside is None else fun(e.op, inside)
    return None


def _entry_of_kron(e: Expr, i: int, j: int) -> Expr | None:
    """The product of the entries that meet, where the sizes are numbers."""
    a, b = e.args
    if not all(d.is_Integer for d in (*a.shape, *b.shape)):
        return None
    (p, k), (q, m) = divmod(i - 1, int(b.shape[0])), divmod(j - 1, int(b.shape[1]))
    return _all(mul, [entry_of(a, p + 1, q + 1), entry_of(b, k + 1, m + 1)])


def _entry_of_product(e: Expr, i: int, j: int) -> Expr | None:
    c, scalars, mats = split_product(e)
    first, rest = mats[0], mul(*mats[1:]) if len(mats) > 1 else None
    if rest is None:
        inside = entry_of(first, i, j)
    elif not first.shape[1].is_Integer:
        return None
    else:
        terms = [_all(mul, [entry_of(first, i, k), entry_of(rest, k, j)]) for k in range(1, int(first.shape[1]) + 1)]
        inside = _all(add, terms)
    return None if inside is None else mul(const(c), *scalars, inside)


def _all(combine: Callable[..., Expr], parts: list[Expr | None]) -> Expr | None:
    found = [p for p in parts if p is not None]
    return combine(*found) if len(found) == len(parts) else None

"""Results over explicit entries: an array of a size in numbers, written out entry by entry.

The derivative of [x[1]^2; x[1]*x[2]] comes out of the index form as outer products with unit vectors; people write
[2*x[1], 0; x[2], x[1]].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from matcalc.algebra.node import Expr, array, const, split_product
from matcalc.algebra.normal_form.functions import fun
from matcalc.algebra.normal_form.parts import entry
from matcalc.algebra.normal_form.powers import power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.normal_form.sums import add
from matcalc.book.rules import find

MAX_ENTRIES: Final = 400
ZERO: Final = const(0)


def spelled_out(e: Expr) -> Expr:
    """The same array, entry by entry, if it is made of entries or unit vectors and its size is given in numbers."""
    if e.is_scalar or not all(d.is_Integer for d in e.shape) or not _has_entries(e):
        return e
    m, n = int(e.shape[0]), int(e.shape[1])
    if m * n > MAX_ENTRIES:
        return e
    entries = _found(entry_of(e, i, j) for i in range(1, m + 1) for j in range(1, n + 1))
    return e if entries is None else array([entries[k : k + n] for k in range(0, m * n, n)])


def _has_entries(e: Expr) -> bool:
    return e.op in ("unit", "columns", "array") or any(_has_entries(a) for a in e.args)


def entry_of(e: Expr, i: int, j: int) -> Expr | None:
    """e[i, j] as a scalar expression; None where an entry is no short expression, as of an inverse."""
    match e.op:
        case "unit" | "columns":
            return const(int(i == (e.data if e.op == "unit" else e.data[0] + j - 1)))
        case "add" | "had":
            return _all(add if e.op == "add" else mul, (entry_of(t, i, j) for t in e.args))
        case "T":
            return entry_of(e.args[0], j, i)
        case "epow":
            return _all(lambda base: power(base, e.args[1]), (entry_of(e.args[0], i, j),))
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
    return _product((a, p + 1, q + 1), (b, k + 1, m + 1))


def _entry_of_product(e: Expr, i: int, j: int) -> Expr | None:
    c, scalars, mats = split_product(e)
    first, rest = mats[0], mul(*mats[1:]) if len(mats) > 1 else None
    if rest is None:
        inside = entry_of(first, i, j)
    elif not first.shape[1].is_Integer:
        return None
    else:
        inside = _all(add, (_product((first, i, k), (rest, k, j)) for k in range(1, int(first.shape[1]) + 1)))
    return None if inside is None else mul(const(c), *scalars, inside)


def _product(first: tuple[Expr, int, int], second: tuple[Expr, int, int]) -> Expr | None:
    """The product of two entries; where the first is 0 the second is not looked at."""
    left = entry_of(*first)
    if left is None or left == ZERO:
        return left
    right = entry_of(*second)
    return None if right is None else mul(left, right)


def _all(combine: Callable[..., Expr], parts: Iterable[Expr | None]) -> Expr | None:
    found = _found(parts)
    return None if found is None else combine(*found)


def _found(parts: Iterable[Expr | None]) -> list[Expr] | None:
    """The parts, unless one of them is none: what stands behind it is not looked at."""
    found = []
    for part in parts:
        if part is None:
            return None
        found.append(part)
    return found

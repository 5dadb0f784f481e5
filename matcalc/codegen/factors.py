"""What the factors of a product are made of, and which inverses a program forms instead of solving with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from matcalc.algebra import inverse, transpose
from matcalc.algebra.expr import first_of
from matcalc.algebra.node import Expr, ones, split_product, unit
from matcalc.algebra.normal_form.selection import picks_rows
from matcalc.algebra.walk import in_order, is_vector
from matcalc.book.sizes import ONE
from matcalc.codegen.stretches import turned
from matcalc.scalars import S

FEW: Final = 3
HIGHEST: Final = 4
WIDEST: Final = 8


def is_inverse(e: Expr) -> bool:
    """Whether it is the inverse of a matrix."""
    return e.op == "pow" and not e.is_scalar and e.args[1].op == "const" and e.args[1].data is S.NegativeOne


def is_whole(k: Expr) -> bool:
    """Whether an exponent is an integer: a number, a size, or made of variables that are declared so."""
    leaves = [n for n in in_order([k]) if not n.args]
    whole = all(n.data.is_integer if n.op == "const" else n.op == "sym" and "integer" in n.data.properties for n in leaves)
    return whole and all(n.op in ("sym", "const", "add", "mul") for n in in_order([k]))


def chain_of(e: Expr) -> tuple[Expr, ...]:
    """The factors of the product of matrices that a node is, or is a trace, a sum of entries, a diagonal or an entry of."""
    if e.op == "mul":
        return flattened(split_product(e)[2])
    if e.op == "inner":
        return flattened(e.args)
    if e.op not in ("tr", "sum", "diagv", "entry"):
        return ()
    c, scalars, mats = split_product(e.args[0])
    if c is not S.One or scalars:
        return ()
    mats = flattened(mats) if e.op != "tr" or len(mats) > 1 else factors_of(mats[0])
    if len(mats) < 2 or e.op in ("tr", "diagv"):
        return mats
    (m, n), (i, j) = e.args[0].shape, e.data or (0, 0)
    left = () if m is ONE else (ones(ONE, m),) if e.op == "sum" else (transpose(unit(i, m)),)
    right = () if n is ONE else (ones(n),) if e.op == "sum" else (unit(j, n),)
    return (*left, *mats, *right)


def flattened(mats: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The factors of a chain: a matrix of ones as column times row, a power beside a vector and a negative one as its factors."""
    if len(mats) < 2:
        return mats
    vectors = is_vector(mats[0]) or is_vector(mats[-1])
    return tuple(part for f in mats for part in factors_of(f, vectors))


def factors_of(f: Expr, apart: bool = True) -> tuple[Expr, ...]:
    """A factor as several: a matrix of ones as column times row, a power as its base so many times, where it is taken apart."""
    if f.op == "ones" and not is_vector(f):
        return ones(f.shape[0]), ones(ONE, f.shape[1])
    if f.op != "pow" or f.is_scalar or f.args[1].op != "const" or not f.args[1].data.is_Integer:
        return (f,)
    k = int(f.args[1].data)
    if abs(k) > HIGHEST or k > 0 and not apart:
        return (f,)
    return (f.args[0] if k > 0 else inverse(f.args[0]),) * abs(k)


def parts_of(f: Expr) -> tuple[Expr, ...]:
    """What a factor of a chain is made of."""
    if is_inverse(f):
        return (first_of(f.args[0], transpose(f.args[0])),)
    if f.op == "diag":
        return f.args[:1]
    if f.op == "kron" and not is_vector(f):
        return f.args
    is_told = f.op in ("unit", "columns", "comm") or f.op == "ones" and is_vector(f) or picks_rows(f)
    return () if is_told else (f,)


def spreads(f: Expr, vectors: bool) -> bool:
    """Whether a factor is a sum that may multiply term by term: beside a vector, or with terms that are no full matrices."""
    if f.op != "add" or is_vector(f) or len(f.args) > WIDEST:
        return False
    chained = [split_product(t)[2] for t in f.args]
    if any(m.op == "add" and not is_vector(m) for mats in chained for m in mats):
        return False
    return vectors or any(m.op in ("eye", "diag", "ones") or is_vector(m) for mats in chained for m in mats)


def parts_of_sum(f: Expr) -> list[Expr]:
    """What the terms of a sum are made of that multiply by themselves."""
    terms = [split_product(t) for t in f.args]
    return [part for _, scalars, mats in terms for part in (*scalars, *(p for m in taken_apart(mats) for p in parts_of(m)))]


def taken_apart(mats: tuple[Expr, ...]) -> list[Expr]:
    """The factors of a term that multiplies by itself."""
    return [part for f in mats if f.op != "eye" for part in factors_of(f)]


def often_solved(chained: Sequence[tuple[Expr, ...]]) -> set[Expr]:
    """Inverses that so many products need that each does not solve with them, or that stand alone once a sum is spread."""
    solved: Counter[Expr] = Counter()
    for f, right in {(f, _solved_for(c, i)) for c in chained for i, f in enumerate(c) if is_inverse(f)}:
        # A system is decomposed anew for every solution; that of many columns is slower than a product, too.
        solved[f] += 2 if is_vector(right[-1]) else 3
    alone = {f for c in chained for pair in pairwise(c) for f, g in (pair, pair[::-1]) if is_inverse(f) and is_update(g)}
    return alone | {f for f, count in solved.items() if count + (solved[t] if (t := transpose(f)) is not f else 0) > 2 * FEW}


def _solved_for(mats: tuple[Expr, ...], i: int) -> tuple[Expr, ...]:
    """What the inverse at i is applied to, itself first: wherever the same stands, it is solved once."""
    if is_vector(mats[-1]):
        return mats[i:]
    return turned(mats[: i + 1]) if is_vector(mats[0]) else mats


def is_update(f: Expr) -> bool:
    """Whether it is a sum of the identity and of products of vectors: times an inverse, it is the inverse and such products."""
    chained = [split_product(t)[2] for t in f.args] if spreads(f, False) else []
    rest = [mats for mats in chained if not all(m.op == "eye" for m in mats)]
    return 0 < len(rest) < len(chained) and all(any(ONE in m.shape for m in mats) for mats in rest)

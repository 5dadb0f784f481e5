"""Sums and products multiplied out, for the cases in which terms then cancel.

    (1 - y) .* s - y .* (1 - s)              = s - y
    A^+ (I - 2 A A^+)                        = -A^+
    2 M^-1 - M^-2 P - P M^-2                 = 2 c M^-2     where M = P + c I, since P M^-1 = I - c M^-1

Nothing is searched: the terms are multiplied out once, and the caller keeps the result if it is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise, product
from math import prod
from typing import Final

from matcalc.algebra import add, fun, had, mul, negative, power, scale, transpose
from matcalc.algebra.node import Expr, const, split_product
from matcalc.algebra.steps import spend
from matcalc.algebra.weight import is_identity
from matcalc.memory import remembered
from matcalc.scalars import Scalar
from matcalc.simplify.identities import rewrite
from matcalc.simplify.meeting import may_meet
from matcalc.simplify.told_by_identities import cancelling, opposites

MAX_PIECES: Final = 12
MAX_MORE: Final = 2
MAX_DEPTH: Final = 6
FLAT: Final = 3
POWERS: Final = (2, 3)


def multiplied_out(e: Expr) -> Expr | None:
    """The sum or product without sums inside its terms, if so many of the terms cancel or merge then that few are left.

    The sums in inner products and deeper stay where that is shorter.
    """
    if "add" not in e.operations:
        return None
    made = _multiplied_out(e, MAX_DEPTH)
    if made is None:
        return None
    flat = _multiplied_out(e, FLAT)
    return made if flat is None or made.weight <= flat.weight else flat


def _multiplied_out(e: Expr, depth: int) -> Expr | None:
    terms = e.args if e.op == "add" else (e,)
    if len(terms) > MAX_PIECES or not any(map(_holds_sum, terms)) or e.op not in ("add", "tr") and not _may_shrink(e):
        return None
    if e.op == "add" and not may_meet(terms, MAX_PIECES, MAX_DEPTH):
        return None
    pieces: list[Expr] = []
    for t in terms:
        pieces += _expanded(t, depth)
        if len(pieces) > MAX_PIECES:
            return None
    spend(16 * len(pieces))
    pieces = [p if (known := rewrite(p)) is None else known for p in pieces]
    whole = add(*pieces)
    count = len(whole.args) if whole.op == "add" else 1
    if count >= len(terms) and any(map(_holds_square, terms)):
        return None  # ||x - m||^2 is no difference of large numbers, as x^T x - n m^2 is
    hopeful = count < len(pieces) or e.op != "add" and whole.weight < e.weight or _has_opposites(pieces)
    return whole if hopeful and count <= len(terms) + MAX_MORE and whole.weight < 2 * e.weight else None


def fully_multiplied_out(e: Expr) -> Expr:
    """The sum or product without sums inside its terms, however long; itself where there would be too many."""
    pieces = _expanded(e) if e.op != "add" else [p for t in e.args for p in _expanded(t)]
    return add(*pieces) if len(pieces) <= MAX_PIECES else e


def power_multiplied_out(e: Expr) -> Expr | None:
    """A power of a sum without the sum inside, (I - u u^T)^2 where u^T u = 1, if terms cancel or merge then."""
    base, exponent = e.args
    if base.op != "add" or base.is_scalar or exponent.op != "const" or exponent.data not in POWERS or len(base.args) > MAX_MORE:
        return None
    pieces = [mul(*chosen) for chosen in product(base.args, repeat=int(exponent.data))]
    spend(16 * len(pieces))
    return add(*(p if (known := rewrite(p)) is None else known for p in pieces))


def resolved(e: Expr) -> Expr | None:
    """The sum with P M^-k = M^-(k-1) - (M - P) M^-k wherever a term P of M stands beside M^-k, if terms cancel then."""
    if "pow" not in e.operations:
        return None
    pieces = [_resolved(t) for t in e.args]
    if all(len(p) == 1 for p in pieces):
        return None
    whole = add(*(t for p in pieces for t in p))
    return whole if whole.op != "add" or len(whole.args) < sum(map(len, pieces)) else None


OPENED: Final = frozenset({"mul", "had", "inner", "tr", "diag"})


def _may_shrink(e: Expr) -> bool:
    """Whether a product holds an identity in a sum, an inverse that a term of a sum might cancel, or what meets its transpose."""
    inverses = cancelling()
    if any(f.op == "pow" or f.op in inverses or f.op == "add" and any(map(is_identity, f.args)) for f in e.args):
        return True
    if "add" not in [f.op for f in e.args]:
        return False
    return any(a.op == "add" and _meets_end(a, b) or b.op == "add" and _meets_start(a, b) for a, b in pairwise(e.args))


def _meets_end(s: Expr, f: Expr) -> bool:
    """Whether a term of a sum ends with what is 1 or the identity beside a variable: v^T before a unit vector v."""
    return _is_bound(f) and any(mats and _vanish(mats[-1], f) for _, _, mats in map(split_product, s.args))


def _meets_start(f: Expr, s: Expr) -> bool:
    return _is_bound(f) and any(mats and _vanish(f, mats[0]) for _, _, mats in map(split_product, s.args))


def _is_bound(f: Expr) -> bool:
    """Whether something is known of a variable or of one that is transposed."""
    leaf = f.args[0] if f.op == "T" else f
    return leaf.op == "sym" and bool(leaf.data.properties)


def _vanish(a: Expr, b: Expr) -> bool:
    return a is transpose(b) and mul(a, b).op in ("const", "eye")


def _holds_sum(e: Expr, depth: int = MAX_DEPTH) -> bool:
    """Whether a factor is a sum that can be multiplied out."""
    if e.op not in OPENED or depth == 0 or "add" not in e.operations:
        return False
    return any(f.op == "add" or _holds_sum(f, depth - 1) for f in e.args)


def _holds_square(t: Expr) -> bool:
    """Whether v^T v of a sum v is a factor."""
    return any(f.op == "inner" and f.args[-1].op == "add" and f.args[0] is transpose(f.args[-1]) for f in (t, *t.args))


def _expanded(t: Expr, depth: int = MAX_DEPTH) -> Sequence[Expr]:
    """The terms that a product is when its sums are multiplied out; itself if there would be too many."""
    return _choices(t, mul, depth) if t.op == "mul" else _summands(t, depth)


def _summands(f: Expr, depth: int) -> Sequence[Expr]:
    """What a factor is the sum of."""
    if depth <= 0:
        return [f]
    match f.op:
        case "add" if len(f.args) <= MAX_PIECES:
            return [s for t in f.args for s in _expanded(t, depth - 1)]
        case "had":
            return _choices(f, had, depth)
        case "inner":
            return _choices(f, mul, depth)
        case "diag" | "tr":
            return [fun(f.op, t) for t in _expanded(f.args[0], depth - 1)]
    return [f]


@remembered(1024)
def _choices(e: Expr, build: Callable[..., Expr], depth: int) -> Sequence[Expr]:
    """The terms that a product of these factors is; in a deep network every layer asks for those below it."""
    options: list[Sequence[Expr]] = []
    for f in e.args:
        options.append(_summands(f, depth - 1))
        if prod(map(len, options)) > MAX_PIECES:
            return [e]
    return [build(*chosen) for chosen in product(*options)]


def _has_opposites(pieces: Iterable[Expr]) -> bool:
    """Whether f(x) and f(-x), whose sum is known, are factors of different terms."""
    functions = opposites()
    found = {(f.op, f.args[0]) for p in pieces for g in (p, *p.args) for f in (g, *g.args) if f.op in functions}
    return any((op, negative(a)) in found for op, a in found)


def _resolved(t: Expr) -> list[Expr]:
    """A term with the first P M^-k or M^-k P in it as a difference; itself if there is none."""
    c, scalars, mats = split_product(t)
    for k, f in enumerate(mats):
        if _is_inverted_sum(f):
            for before, pair, after in _beside(f, k, mats):
                less, more = pair
                outside = (const(c), *scalars)
                return [mul(*outside, *before, less, *after), negative(mul(*outside, *before, more, *after))]
    return [t]


def _is_inverted_sum(f: Expr) -> bool:
    return f.op == "pow" and f.args[0].op == "add" and f.args[1].op == "const" and bool(f.args[1].data.is_negative)


Chain = tuple[Expr, ...]


def _share(s: Expr, term: Expr) -> Scalar | None:
    """How many times a term of one sum stands in another; None where it does not."""
    c, scalars, mats = split_product(term)
    return next((d / c for d, others, chain in map(split_product, s.args) if (others, chain) == (scalars, mats)), None)


def _beside(f: Expr, k: int, mats: Chain) -> Iterator[tuple[Chain, tuple[Expr, Expr], Chain]]:
    """The chain around M^-k P or P M^-k, and the two parts that this is the difference of."""
    whole, exponent = f.args
    for term in whole.args:
        c, scalars, part = split_product(term)
        n = len(part)
        if scalars or part[0].op == "eye":
            continue
        less, rest = scale(1 / c, power(whole, add(exponent, const(1)))), scale(1 / c, add(whole, negative(term)))
        if mats[k + 1 : k + 1 + n] == part:
            yield mats[:k], (less, mul(f, rest)), mats[k + 1 + n :]
        if k >= n and mats[k - n : k] == part:
            yield mats[: k - n], (less, mul(rest, f)), mats[k + 1 :]
        for at in {k - 1, k + 1} & set(range(len(mats))):
            share = _share(mats[at], term) if mats[at].op == "add" else None
            if share is not None:
                over = add(scale(share, whole), negative(mats[at]))
                less = scale(share, power(whole, add(exponent, const(1))))
                yield mats[: min(k, at)], (less, mul(over, f) if at < k else mul(f, over)), mats[max(k, at) + 1 :]

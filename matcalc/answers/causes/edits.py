"""One change at one place that makes a formula right: a transpose, an order of factors, a factor or a summand, a sign."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise, permutations
from typing import Final

from matcalc.algebra import add, had, inverse, mul, negative, power, rebuild, transpose
from matcalc.algebra.node import Expr, const
from matcalc.algebra.walk import in_order, substitute
from matcalc.answers.causes.case import Case, Cause
from matcalc.errors import MatcalcError
from matcalc.printing.notations.text import text

Edit = tuple[str, Expr, Expr, str]
Make = Callable[[], Expr]
_TWOFOLD: Final = ("transpose", "order")
SANDWICHED: Final = 3
MAX_NODES: Final = 60
MAX_FACTORS: Final = 5
MAX_EDITS: Final = 400
_WORDS: Final = {
    "transpose": "{0} should be {1}: a transpose",
    "order": "the factors stand in another order: {0} should be {1}",
    "kron": "the factors of the Kronecker product are exchanged: {0} should be {1}",
    "extra factor": "a factor is too much: {0} should be {1}",
    "extra summand": "a summand is too much: {0} should be {1}",
    "summand sign": "a sign is wrong among the summands: {0} should be {1}",
    "inverse": "{0} should be {1}: an inverse",
}


def edited(case: Case) -> Iterator[Cause]:
    """The changes of the claim that make it right."""
    if case.truth is None:
        return
    twofold: Cause | None = None
    for kind, old, new, told in _edits(case.claim):
        mended = _replaced(case.claim, old, new)
        if mended is None:
            continue
        forms = (mended, transpose(mended)) if kind == "kron" else (mended,)
        if any(m.shape == case.truth.shape and case.samples.equal(m, case.truth) for m in forms):
            yield Cause(kind, told, mended)
            return
        c = case.samples.ratio(mended, case.truth) if mended.shape == case.truth.shape and kind in _TWOFOLD else None
        if twofold is None and c is not None:
            twofold = Cause(kind, f"{told}; and it must be {c} times that: two mistakes at once", mended)
    if twofold is not None:
        yield twofold


def missing(case: Case) -> Iterator[Cause]:
    """The factor or the summand of the true formula without which it is the claim."""
    if not case.fits or case.truth is None:
        return
    for kind, old, new, _ in _edits(case.truth, removing=True):
        shorter = _replaced(case.truth, old, new)
        if shorter is not None and shorter.shape == case.claim.shape and case.samples.equal(shorter, case.claim):
            gone = _difference(old, new)
            what = "factor" if kind == "extra factor" else "summand"
            yield Cause(f"missing {what}", f"the {what} {gone} is missing" if gone else f"a {what} of {text(old)} is missing", case.truth)
            return


def _difference(old: Expr, new: Expr) -> str:
    """What an operation has lost."""
    if new.op == "const":
        return text(old)
    if old.op == "pow":
        return text(mul(old, power(new, const(-1))))
    left = [*(new.args if new.op == old.op else (new,))]
    gone = [a for a in old.args if a not in left]
    return text(gone[0]) if len(gone) == 1 else ""


def _replaced(e: Expr, old: Expr, new: Expr) -> Expr | None:
    """The expression with a part exchanged where it stands as it is, and not where its transpose does."""
    kept = {transpose(old): transpose(old)} if old.op == "sym" and not old.is_scalar else {}
    kept |= {new: new} if new.op == "T" and new.args[0] is old else {}
    try:
        return substitute(e, {}, {}, {**kept, old: new})
    except (MatcalcError, ValueError, ZeroDivisionError):
        return None


def _edits(e: Expr, removing: bool = False) -> Iterator[Edit]:
    count = 0
    for n in reversed(in_order([e])[-MAX_NODES:]):
        for kind, make in _removals(n) if removing else _changes(n):
            new = _made(make)
            if new is not None and (new.shape == n.shape or kind == "kron") and new is not n:
                count += 1
                if count > MAX_EDITS:
                    return
                yield kind, n, new, "" if removing else _WORDS[kind].format(text(n), text(new))


def _made(make: Make) -> Expr | None:
    """A changed part; None where there is none, as 1/0."""
    try:
        return make()
    except (MatcalcError, ValueError, ZeroDivisionError):
        return None


def _changes(n: Expr) -> Iterator[tuple[str, Make]]:
    square = n.shape[0] == n.shape[1] and not n.is_scalar
    if square and n.op in ("sym", "T", "pow", "add"):
        yield "transpose", partial(transpose, n)
    if square and n.op in ("sym", "T", "pow"):
        yield "inverse", partial(inverse, n)
    if n.op in ("mul", "inner"):
        yield from (("order", other) for other in _orders(n))
        yield from _turned(n)
    if n.op == "kron":
        yield "kron", partial(rebuild, n, n.args[::-1])
    if n.op == "vec" and n.args[0].op == "mul" and len(n.args[0].args) == SANDWICHED:
        left, middle, right = n.args[0].args
        if _multiply((transpose(right), middle, transpose(left))):
            yield "kron", lambda: rebuild(n, (mul(transpose(right), middle, transpose(left)),))
    if n.op == "add":
        for k, a in enumerate(n.args):
            yield "summand sign", partial(add, *n.args[:k], negative(a), *n.args[k + 1 :])
    yield from _removals(n)


def _turned(n: Expr) -> Iterator[tuple[str, Make]]:
    """A product with one factor, or all its factors, transposed in their place."""
    matrices = [k for k, a in enumerate(n.args) if not a.is_scalar]
    for chosen in ([k] for k in matrices):
        args = [transpose(a) if k in chosen else a for k, a in enumerate(n.args)]
        if _multiply([a for a in args if not a.is_scalar]):
            yield "transpose", partial(mul, *args)


def _orders(n: Expr) -> Iterator[Make]:
    """The product with its matrices in other orders that fit, powers written out."""
    scalars = [a for a in n.args if a.is_scalar]
    matrices = [f for a in n.args if not a.is_scalar for f in _factors(a)]
    if not 1 < len(matrices) <= MAX_FACTORS:
        return
    for order in permutations(matrices):
        if _multiply(order):
            yield partial(mul, *scalars, *order)


def _factors(a: Expr) -> list[Expr]:
    if a.op == "pow" and a.args[1].op == "const" and a.args[1].data.is_Integer and 1 < abs(a.args[1].data) <= 3:
        one = a.args[0] if a.args[1].data > 0 else inverse(a.args[0])
        return [one] * int(abs(a.args[1].data))
    return [a]


def _multiply(factors: Iterable[Expr]) -> bool:
    return all(a.shape[1] == b.shape[0] for a, b in pairwise(factors))


def _removals(n: Expr) -> Iterator[tuple[str, Make]]:
    """An operation without one of its factors or summands."""
    if n.op == "add":
        for k in range(len(n.args)):
            yield "extra summand", partial(add, *n.args[:k], *n.args[k + 1 :])
    if n.op in ("mul", "inner", "had"):
        for k, a in enumerate(n.args):
            rest = n.args[:k] + n.args[k + 1 :]
            if a.op != "const" and (n.op == "had" or _multiply(b for b in rest if not b.is_scalar)):
                yield "extra factor", partial(had if len(rest) > 1 and n.op == "had" else mul, *rest)
    if n.op == "pow" and n.is_scalar and n.args[1].op == "const" and n.args[1].data.is_Integer and abs(n.args[1].data) > 1:
        yield "extra factor", partial(power, n.args[0], const(n.args[1].data - (1 if n.args[1].data > 0 else -1)))
    if n.op in ("exp", "log") or n.is_scalar and n.op == "pow":
        yield "extra factor", partial(const, 1)

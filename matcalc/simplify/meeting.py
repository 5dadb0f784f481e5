"""Whether terms of a sum can meet once they are multiplied out: what need not be tried where they cannot.

Every product has a signature, the sum of those of its factors, whatever their order and however they are transposed. Two products
that are equal up to a coefficient have the same one, and where all signatures differ, no term cancels another. Deep networks and
long chains of definitions have sums in sums that never meet, and multiplying them out took most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import prod
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.normal_form.norms import POWERS, SQUARES
from matcalc.algebra.normal_form.powers import exponentials, magnitudes
from matcalc.algebra.normal_form.sums import unsigned
from matcalc.book import rules as rulebook
from matcalc.book.rules import per_book
from matcalc.memory import remembered
from matcalc.simplify.identities import named_in_identities

WIDTH: Final = 1 << 64
# What is known of a variable by which products of it are still no other products.
PLAIN: Final = frozenset({"symmetric", "positive", "invertible", "spd", "psd", "integer", "diagonal", "lower", "upper", "skew", "constant"})
SEEN_THROUGH: Final = frozenset({"mul", "had", "inner", "T", "tr", "sum", "diag", "diagv"})
NOTHING: Final = frozenset({"const", "eye", "ones"})
Signatures = tuple[int, ...]


def may_meet(terms: Iterable[Expr], most: int, depth: int) -> bool:
    """Whether two of the terms that these are when multiplied out may be equal up to a coefficient; true where nothing is known."""
    found: list[int] = []
    for t in terms:
        signatures = _expanded(t, most, depth)
        if signatures is None:
            return True
        found += signatures
    return len(set(found)) < len(found)


def _expanded(t: Expr, most: int, depth: int) -> Signatures | None:
    return _choices(t, most, depth) if t.op == "mul" else _summands(t, most, depth)


@remembered(4096)
def _summands(f: Expr, most: int, depth: int) -> Signatures | None:
    """The signatures of what a factor is the sum of; None where one is not known."""
    if depth <= 0 or f.op == "add" and len(f.args) > most:
        return _alone(f)
    if f.op == "add":
        return _together([_expanded(t, most, depth - 1) for t in f.args], lambda parts: [s for part in parts for s in part])
    if f.op in ("had", "inner"):
        return _choices(f, most, depth)
    return _expanded(f.args[0], most, depth - 1) if f.op in ("diag", "tr") else _alone(f)


@remembered(4096)
def _choices(e: Expr, most: int, depth: int) -> Signatures | None:
    """The signatures of the terms that a product is; its own where these are too many."""
    options: list[Signatures | None] = []
    for f in e.args:
        options.append(_summands(f, most, depth - 1))
        if prod(len(o) for o in options if o is not None) > most:
            return _alone(e)
    return _together(options, lambda parts: [sum(chosen) % WIDTH for chosen in product(*parts)])


def _together(found: Sequence[Signatures | None], join: Callable[[Sequence[Signatures]], list[int]]) -> Signatures | None:
    known = [s for s in found if s is not None]
    return tuple(join(known)) if len(known) == len(found) else None


def _alone(e: Expr) -> Signatures | None:
    own = _signature(e)
    return None if own is None else (own,)


@remembered(4096)
def _signature(e: Expr) -> int | None:
    """The signature of a product as it stands; None where it holds what may become something else in another product."""
    if e.op in NOTHING:
        return 0
    if e.op == "sym":
        return e.digest if e.data.properties <= PLAIN else None
    if e.op == "add":
        return unsigned(e)[1].digest
    if e.op in SEEN_THROUGH:
        parts = [_signature(a) for a in e.args]
        known = [p for p in parts if p is not None]
        return sum(known) % WIDTH if len(known) == len(parts) else None
    if e.op in ("pow", "epow"):
        return _of_power(*e.args)
    return e.digest if e.op == "call" or _is_plain(e.op) else None


def _of_power(base: Expr, exponent: Expr) -> int | None:
    own = _signature(base)
    return own * int(exponent.data) % WIDTH if own is not None and exponent.op == "const" and exponent.data.is_Integer else None


@per_book
def _is_plain(name: str) -> bool:
    """Whether a function goes entry by entry and no identity, and no law of powers, makes something else of a product with it."""
    rule = rulebook.find(name)
    special = name in named_in_identities() or name in exponentials() or name in magnitudes() or name in SQUARES or name in POWERS
    return rule is not None and rule.kind == "elementwise" and not special

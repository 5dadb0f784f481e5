"""Which identities of the rule book lead from one expression to another: a line of a derivation for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book.moves import Move, identity_move
from matcalc.simplify.identities import Identity, apply, rewritten_by
from matcalc.simplify.simplify import transform

MOST: Final = 3


def identities_used(e: Expr, end: Expr, finished: Callable[[Expr], Expr]) -> list[tuple[Expr, Move]]:
    """What each identity makes of an expression on its way to `end`, up to three; empty where no identity is on that way.

    `finished` makes of what the identities leave what the laws of the operations make of it.
    """
    found: list[tuple[Expr, Move]] = []
    while e is not end and len(found) < MOST:
        used = next((made for n in in_order([e]) if n.args and (made := rewritten_by(n)) is not None), None)
        if used is None:
            break
        e = transform(e, partial(_applied, used[0]))
        found.append((e, identity_move(used[0].name, used[0].source)))
    return found if found and (e is end or finished(e) is end) else []


def _applied(i: Identity, e: Expr) -> Expr:
    made = apply(i, e) if e.args else None
    return e if made is None else made

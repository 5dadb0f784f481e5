"""Functions that an answer is not written with: what their rules say that they are written out as."""

from __future__ import annotations

from collections.abc import Iterable

from matcalc.algebra.node import Expr
from matcalc.book import rules as rulebook
from matcalc.reading.templates import instance
from matcalc.simplify.simplify import simplify, transform


def written_out(e: Expr) -> Expr:
    """The expression with such functions written out, in its shortest form; itself where it holds none."""
    return simplify(transform(e, _out)) if holds_unwritten([e]) else e


def holds_unwritten(exprs: Iterable[Expr]) -> bool:
    """Whether expressions hold a function that is written out."""
    unwritten = _unwritten()
    return any(not unwritten.isdisjoint(e.operations) for e in exprs)


@rulebook.per_book
def _unwritten() -> frozenset[str]:
    return frozenset(name for name, rule in rulebook.in_use().functions.items() if rule.written)


def _out(e: Expr) -> Expr:
    rule = rulebook.find(e.op)
    return instance(rule, "written", e.args) if rule is not None and rule.written else e

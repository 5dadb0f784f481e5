"""Parts of an answer that are computed better than they are written: a pseudoinverse by eigenvectors, not a cutoff; see also `robust`."""

from __future__ import annotations

from matcalc.algebra import fun
from matcalc.algebra.node import Expr, node
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.rules import CALL, Rule, per_book
from matcalc.codegen.robust import near, robust
from matcalc.reading.templates import part_of
from matcalc.simplify.simplify import transform


@per_book
def _foldings() -> dict[str, list[tuple[Rule, str, str]]]:
    """By the head of what is replaced: the function, that text, and the function in it whose operands are its own."""
    found: dict[str, list[tuple[Rule, str, str]]] = {}
    for rule in rulebook.in_use().functions.values():
        for text in (rule.written, *rule.computes):
            if text:
                form = part_of(rule, text)
                anchor = next(n.op for n in in_order([form]) if n.op in rulebook.in_use().functions and len(n.args) == len(rule.params))
                found.setdefault(form.op, []).append((rule, text, anchor))
    return found


def folded(e: Expr) -> Expr:
    """The expression with a function of the book in the place of what it computes."""
    e = robust(_in_full(e))
    met = {n.op for n in in_order([e])}
    if _named().isdisjoint(met):
        return e
    anchors = {anchor for those in _foldings().values() for _, _, anchor in those}
    return transform(e, _folded) if not met.isdisjoint(anchors) else e


def _in_full(e: Expr) -> Expr:
    """The expression with the functions whose names are shorter spellings of others as these, in which tables are written."""
    short = _shortened()
    if short.isdisjoint(n.op for n in in_order([e])):
        return e
    return transform(e, lambda n: fun(n.op, *n.args) if n.op in short else n)


@per_book
def _named() -> set[str]:
    """The functions that what is replaced names."""
    told = [text for rule in rulebook.in_use().functions.values() for text in (rule.written, *rule.computes)]
    rules = [rulebook.find(name) for text in told for name in CALL.findall(text)]
    return {rule.name for rule in rules if rule is not None}


@per_book
def _shortened() -> frozenset[str]:
    """The functions whose names are shorter spellings, by which an answer may hold others."""
    return frozenset(name for name, rule in rulebook.in_use().functions.items() if rule.short_for)


def _folded(e: Expr) -> Expr:
    for rule, text, anchor in _foldings().get(e.op, ()):
        for found in dict.fromkeys(near(e, anchor)):
            if part_of(rule, text, found.args) is e:
                return node(rule.name, found.args, None, e.shape)
    return e

"""The form in which code computes an expression that overflows or cancels as an answer has it: rules/robust.toml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra import fun, had, transpose
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order, is_vector
from matcalc.book import rules as rulebook
from matcalc.book.files import ROBUST, rules_folder
from matcalc.book.rules import CALL, Table, per_book
from matcalc.book.tables import tables_of
from matcalc.simplify.identities import Known, rewrite
from matcalc.simplify.simplify import transform

NO_FUNCTIONS: Final = frozenset({"sum"})
ENTRIES: Final = frozenset({"epow", "had", "add"})


def robust(e: Expr) -> Expr:
    """The same value with all its digits; the expression itself where the book has nothing to say of it."""
    if _named().isdisjoint(n.op for n in in_order([e])):
        return e
    made = transform(e, _better)
    return made if made is e else transform(made, _better_still)


@per_book
def robust_tables() -> tuple[Table, ...]:
    """The tables of the file."""
    return tuple(Table(t, ROBUST) for t in tables_of(rules_folder() / ROBUST)["identity"])


@per_book
def _known() -> Known:
    return Known(robust_tables())


@per_book
def _named() -> frozenset[str]:
    """The functions that the left sides name."""
    found = [rulebook.find(name) for table in robust_tables() for name in CALL.findall(str(table.says["left"]))]
    return frozenset(rule.name for rule in found if rule is not None) - NO_FUNCTIONS


def _better(e: Expr) -> Expr:
    found = _either_way(e, _rewritten)
    if found is not None:
        return found
    if e.op == "inner" and len(e.args) == 2 and all(map(is_vector, e.args)):
        return _summed(e)
    return e


def _rewritten(e: Expr) -> Expr | None:
    found = _known().rewritten_by(e)
    return None if found is None else found[1]


def _either_way(e: Expr, step: Callable[[Expr], Expr | None]) -> Expr | None:
    """What a step makes of an expression, or of the transpose of what is told entry by entry: exp(x) stands as exp(x)^T in a row."""
    found = step(e)
    if found is not None or e.is_scalar or e.op not in ENTRIES:
        return found
    found = step(transpose(e))
    return None if found is None else transpose(found)


def _summed(e: Expr) -> Expr:
    """u^T v as the sum of u .* v where that is rewritten."""
    product = had(transpose(e.args[0]), e.args[1])
    found = None if product.op != "had" else _better_still(product)
    return e if found is None or found is product else fun("sum", found)


def _better_still(e: Expr) -> Expr:
    better = _better(e)
    found = _either_way(e, rewrite) if better is e else None
    return better if found is None else found

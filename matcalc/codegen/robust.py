"""The form in which code computes an expression that overflows or cancels as an answer has it: rules/robust.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from matcalc.algebra import fun, had, transpose
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order, is_vector, substitute
from matcalc.book import rules as rulebook
from matcalc.book.files import ROBUST, rules_folder
from matcalc.book.rules import CALL, Table, per_book
from matcalc.book.tables import tables_of
from matcalc.simplify.identities import Bindings, Identity, Known, match, read_identity, rewrite
from matcalc.simplify.simplify import transform

NO_FUNCTIONS: Final = frozenset({"sum"})
DEPTH: Final = 4
COMBINED: Final = frozenset({"mul", "had", "inner", "add"})
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
    found = _by_instance(e) if found is None else found
    if found is not None:
        return found
    if e.op == "inner" and len(e.args) == 2 and all(map(is_vector, e.args)):
        return _summed(e)
    return e


def _rewritten(e: Expr) -> Expr | None:
    found = _known().rewritten_by(e)
    return None if found is None else found[1]


def _by_instance(e: Expr) -> Expr | None:
    """What an identity makes of its left side for the operands of a function in it: X*X^T looks otherwise where X is t*b*y^T."""
    for i, anchor in _anchored().get(e.op, ()):
        for found in dict.fromkeys(near(e, anchor.op)):
            b = match(anchor, found, Bindings({}, {}), i.letters)
            if b is not None and substitute(i.left, b.values, b.sizes) is e:
                return i.made(b)
    return None


@per_book
def _anchored() -> dict[str, list[tuple[Identity, Expr]]]:
    """By the head of the left side, but of sums and products: the identities where a function of the book has every letter as operand."""
    made: dict[str, list[tuple[Identity, Expr]]] = {}
    for i in (i for table in robust_tables() for i in read_identity(table)):
        functions = [n for n in in_order([i.left]) if rulebook.find(n.op) and n is not i.left]
        anchor = next((n for n in functions if i.letters <= {a.data.name for a in n.args if a.op == "sym"}), None)
        if anchor is not None and i.left.op not in COMBINED:
            made.setdefault(i.left.op, []).append((i, anchor))
    return made


def near(e: Expr, op: str, depth: int = DEPTH) -> Iterator[Expr]:
    """The nodes of an operation some levels below an expression."""
    for a in e.args:
        if a.op == op:
            yield a
        if depth:
            yield from near(a, op, depth - 1)


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

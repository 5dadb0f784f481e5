"""What the identities of the book tell of a function: f(x) + f(-x) is a constant, or it cancels beside its argument."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from matcalc.algebra import negative
from matcalc.algebra.node import split_product
from matcalc.algebra.walk import in_order
from matcalc.book.rules import in_use, per_book
from matcalc.patterns import late
from matcalc.simplify.identities import Identity, read_identity

ARGUMENT: Final = late(r"\w\(([A-Za-z])\)")


def _of_tables(fits: Callable[[str], bool]) -> Iterator[Identity]:
    """The identities with such a left side, as a text."""
    return (i for table in in_use().identities if fits(str(table.says.get("left", ""))) for i in read_identity(table))


@per_book
def opposites() -> frozenset[str]:
    """The functions that an identity f(x) + f(-x) = c is known of, as the logistic function is."""
    found = set()
    for i in _of_tables(lambda left: "(-" in left and "+" in left):
        constant = all(n.op != "sym" for n in in_order([i.right]))
        if constant and i.left.op == "add" and len(i.left.args) == 2:
            a, b = i.left.args
            if a.op == b.op and len(a.args) == 1 and b.args[0] is negative(a.args[0]):
                found.add(a.op)
    return frozenset(found)


@per_book
def cancelling() -> frozenset[str]:
    """The functions that stand beside their argument in an identity over products of matrices, as in A*pinv(A)*A = A."""
    beside = _of_tables(lambda left: any(left.count(letter) > 1 for letter in ARGUMENT().findall(left)))
    factors = [f for i in beside if i.left.op == "mul" for f in split_product(i.left)[2]]
    bare = [g.args[0] if g.op == "T" else g for g in factors]
    return frozenset(g.op for g in bare if len(g.args) == 1 and g.args[0] in bare)

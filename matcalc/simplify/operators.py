"""Linear operators of the book in sums: f(A, E) + f(A, F) is f(A, E + F)."""

from __future__ import annotations

from matcalc.algebra import add, fun, mul
from matcalc.algebra.node import Expr, const, split_product
from matcalc.book import rules as rulebook

Applied = tuple[str, tuple[Expr, ...]]


def joined(e: Expr) -> Expr:
    """A sum with the terms that are one linear operator applied to several matrices made one, where that is shorter."""
    if not any(map(_has_adjoint, e.operations)):
        return e
    groups: dict[Applied, list[Expr]] = {}
    rest: list[Expr] = []
    for t in e.args:
        c, scalars, mats = split_product(t)
        found = _applied(mats[0]) if len(mats) == 1 else None
        if found is None:
            rest.append(t)
        else:
            groups.setdefault(found, []).append(mul(const(c), *scalars, mats[0].args[-1]))
    if all(len(parts) == 1 for parts in groups.values()):
        return e
    made = add(*rest, *(fun(name, *fixed, add(*parts)) for (name, fixed), parts in groups.items()))
    return made if made.weight <= e.weight else e


def _has_adjoint(name: str) -> bool:
    rule = rulebook.find(name)
    return rule is not None and bool(rule.adjoint)


def _applied(m: Expr) -> Applied | None:
    """The operator and the operands that it keeps."""
    return (m.op, m.args[:-1]) if _has_adjoint(m.op) else None

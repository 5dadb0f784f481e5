"""Functions of one matrix: f(A) g(A) = g(A) f(A) (Higham, Functions of Matrices (2008), theorem 1.13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcalc.algebra.node import Expr, split_product
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.rules import find


def is_of_book(e: Expr) -> bool:
    """Whether a node is f(A) for what the rule book calls a matrix function."""
    rule = find(e.op)
    return rule is not None and rule.kind == "matrix function"


def is_matrix_function(e: Expr) -> bool:
    """Whether a node is f(A) with d tr f(A) = tr(f'(A) dA): a power, or what the rule book calls a matrix function."""
    return not e.is_scalar and (e.op == "pow" or is_of_book(e))


def commute(a: Expr, b: Expr) -> bool:
    """Whether two matrices commute because both are functions of one matrix."""
    if a is b:
        return True
    for stop in (a, b):
        if generators(a, stop) | generators(b, stop) <= {stop}:
            return True
    return len(generators(a) | generators(b)) <= 1


def generators(e: Expr, stop: Expr | None = None, known: dict[Expr, set[Expr]] | None = None) -> set[Expr]:
    """The matrices that e is a polynomial or a primary function of; `stop` is taken as it is, and `known` has what was found."""
    known = {} if known is None else known
    if e not in known:
        known[e] = _generators(e, stop, known)
    return known[e]


def _generators(e: Expr, stop: Expr | None, known: dict[Expr, set[Expr]]) -> set[Expr]:
    if e is stop:
        return {e}
    if e.is_scalar or e.op == "eye":
        return set()
    if e.op in ("add", "mul"):
        mats = e.args if e.op == "add" else split_product(e)[2]
        return set().union(*(generators(f, stop, known) for f in mats))
    if e.op == "T":
        return {transpose(g) for g in generators(e.args[0], stop, known)}
    if is_matrix_function(e) or e.op == "adj":
        return generators(e.args[0], stop, known)
    return {e}


def in_order_of_book(mats: Sequence[Expr]) -> list[Expr]:
    """The factors of a product with neighbours that are functions of one matrix in one order: powers of it before its functions."""
    out: list[Expr] = []
    for run in _runs(mats):
        out += sorted(run, key=_rank) if any(_is_function(f) for f in run) else run
    return out


def _rank(f: Expr) -> tuple[int, str]:
    return int(_is_function(f)), f.order


def _is_function(f: Expr) -> bool:
    return is_of_book(f.args[0] if f.op == "T" else f)


def _runs(mats: Sequence[Expr]) -> Iterator[list[Expr]]:
    """Neighbours that are functions of one matrix."""
    run: list[Expr] = []
    of: set[Expr] = set()
    for f in mats:
        found = generators(f)
        if len(found) == 1 and found == of:
            run.append(f)
            continue
        if run:
            yield run
        run, of = [f], found if len(found) == 1 else set()
    if run:
        yield run

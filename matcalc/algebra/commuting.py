"""Functions of one matrix: f(A) g(A) = g(A) f(A) (Higham, Functions of Matrices (2008), theorem 1.13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from matcalc.algebra.node import Expr, split_product
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.rules import in_use, per_book


@per_book
def of_book() -> frozenset[str]:
    """What the rule book calls matrix functions."""
    return frozenset(name for name, rule in in_use().functions.items() if rule.kind == "matrix function")


def is_of_book(e: Expr) -> bool:
    """Whether a node is f(A) for what the rule book calls a matrix function."""
    return e.op in of_book()


def is_matrix_function(e: Expr) -> bool:
    """Whether a node is f(A) with d tr f(A) = tr(f'(A) dA): a power, or what the rule book calls a matrix function."""
    return not e.is_scalar and (e.op == "pow" or is_of_book(e))


def commute(a: Expr, b: Expr) -> bool:
    """Whether two matrices commute because both are functions of one matrix."""
    if a is b or is_function_of(b, a) or is_function_of(a, b):
        return True
    of = next(_parts_of_function(a), None)
    return of is None or is_function_of(a, of) and is_function_of(b, of)


def is_function_of(e: Expr, m: Expr) -> bool:
    """Whether e is a polynomial or a primary function of the matrix m; the first part that is of another ends the search."""
    return all(g is m for g in _parts_of_function(e, m))


def _parts_of_function(e: Expr, stop: Expr | None = None) -> Iterator[Expr]:
    """The matrices that e is a function of, one after the other; `stop` is taken as it is."""
    pending, met = [(e, False)], set[tuple[Expr, bool]]()
    while pending:
        n, turned = pending.pop()
        if (n, turned) in met or n is not stop and (n.is_scalar or n.op == "eye"):
            continue
        met.add((n, turned))
        inside = None if n is stop else _inside(n)
        if inside is None:
            yield transpose(n) if turned else n
        else:
            # The shallow ones first: a variable tells more quickly than a nest of inverses.
            pending += [(a, turned is not (n.op == "T")) for a in sorted(inside, key=attrgetter("depth"), reverse=True)]


def _inside(e: Expr) -> Sequence[Expr] | None:
    """What a node is a function of; None where it is none."""
    if e.op in ("add", "mul"):
        return e.args if e.op == "add" else split_product(e)[2]
    return e.args[:1] if e.op in ("T", "adj") or is_matrix_function(e) else None


def generators(e: Expr) -> set[Expr]:
    """The matrices that e is a polynomial or a primary function of."""
    return set(_parts_of_function(e))


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

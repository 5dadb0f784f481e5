"""Walks over shared expressions: nodes in order, what depends on a variable, substitution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from matcalc.algebra.node import Expr
from matcalc.algebra.normal_form.rebuilding import rebuild, resize
from matcalc.book.sizes import ONE, Dim
from matcalc.memory import remembered

N = TypeVar("N")


def in_order(roots: Sequence[N], below: Callable[[N], Sequence[N]] = attrgetter("args")) -> list[N]:
    """Every node below the roots once, operands before what they are operands of; `below` tells the operands."""
    out: list[N] = []
    done: set[N] = set()
    pending = list(reversed(roots))
    while pending:
        e = pending[-1]
        if e in done:
            pending.pop()
        elif missing := [a for a in below(e) if a not in done]:
            missing.reverse()
            pending += missing
        else:
            pending.pop()
            done.add(e)
            out.append(e)
    return out


@remembered(64)
def parts_of(e: Expr) -> tuple[Expr, ...]:
    """Every node of an expression once, operands before what they are operands of."""
    return tuple(in_order((e,)))


def nodes_in(exprs: Sequence[Expr]) -> Sequence[Expr]:
    """Every node of some expressions once, operands before what they are operands of."""
    return parts_of(exprs[0]) if len(exprs) == 1 else tuple(dict.fromkeys(chain.from_iterable(map(parts_of, exprs))))


def is_vector(e: Expr) -> bool:
    """One row or one column, not both."""
    return (e.shape[0] is ONE) is not (e.shape[1] is ONE)


def depends(e: Expr, x: Expr) -> list[Expr]:
    """The nodes of e that hold x, operands before operations, the last operand first."""
    found: dict[Expr, None] = {}
    done: set[Expr] = set()
    stack = [e]
    while stack:
        n = stack[-1]
        if n in done:
            stack.pop()
        elif missing := [a for a in n.args if a not in done and (a.args or a is x)]:
            stack += missing
        else:
            done.add(stack.pop())
            if n is x or not found.keys().isdisjoint(n.args):
                found[n] = None
    return list(found)


def substitute(form: Expr, values: dict[str, Expr], sizes: dict[Dim, Dim], parts: Mapping[Expr, Expr] | None = None) -> Expr:
    """The expression with variables, dimension names and whole `parts` replaced, in normal form again."""
    done: dict[Expr, Expr] = dict(parts or {})

    def visit(e: Expr) -> Expr:
        if e not in done:
            if e.op == "sym":
                done[e] = values.get(e.data.name, e)
            elif not e.args:
                done[e] = resize(e, sizes)
            else:
                done[e] = rebuild(e, tuple([visit(a) for a in e.args]))
        return done[e]

    return visit(form)


def names_in(expressions: Iterable[Expr]) -> set[str]:
    """The names of the variables, functions and dimensions in expressions."""
    nodes = in_order(list(expressions))
    symbols = {n.data.name for n in nodes if n.op in ("sym", "call")}
    constants = [n.data for n in nodes if n.op == "const"]
    return symbols | {s.name for d in (*(d for n in nodes for d in n.shape), *constants) for s in d.free_symbols}

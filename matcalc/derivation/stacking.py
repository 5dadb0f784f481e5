"""d vec Y = J d vec X from the terms of dY: each by the law of its own, then their sum.

    dY       = dX^T*B*X + X^T*B*dX
    d vec(Y) = kron(B*X,eye(n))^T*K(m,n)*d vec(X) + kron(eye(n),X^T*B)*d vec(X)
             = (kron(B*X,eye(n))^T*K(m,n) + kron(eye(n),X^T*B))*d vec(X)

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), sections 2.4, 3.7 and 9.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.algebra import fun, transpose
from matcalc.algebra.node import Expr, is_zero, sym
from matcalc.book.moves import Move, move
from matcalc.calculus.adjoint import jacobian
from matcalc.derivation.stages import Stage, times_increment
from matcalc.derivation.terms import Term, holds
from matcalc.index.graph import Stuck
from matcalc.index.raising import read_vec
from matcalc.simplify.simplify import simplify

# The laws of vec by the operation that an increment stands in.
LAWS: Final = {"mul": "vec", "T": "vec_transpose", "had": "vec_hadamard", "kron": "vec_kronecker"}


def stacked(y: Expr, x: Expr, terms: Sequence[Term], dx: Expr, by_rows: bool) -> tuple[list[Stage], Expr | None]:
    """The lines that lead from dY = terms to d vec Y = J d vec X, rows instead of columns where these are stacked, and J.

    None for J where it has no closed form; then there are no lines, and where it is zero neither.
    """
    try:
        whole = _jacobian(y, x, by_rows)
        each = [_jacobian(t.value, dx, by_rows) for t in terms] if all(_is_of(t, dx) for t in terms) else []
    except Stuck:
        return [], None
    if is_zero(whole):
        return [], whole
    v = fun("vec", transpose(x) if by_rows else x)
    dv = sym("\u2202v", v.shape)
    if y.is_scalar:
        return [Stage(tuple(times_increment(whole, dv)), (move("vec_trace"),), {dv: v})], whole
    law = _law_of_all({_law(t, dx) for t in terms} if each else {"vec"})
    if len(each) < 2:
        return [Stage(tuple(times_increment(whole, dv)), (law,), {dv: v})], whole
    one_by_one = Stage(tuple(t for j in each for t in times_increment(j, dv)), (law,), {dv: v})
    return [one_by_one, Stage(tuple(times_increment(whole, dv)), (move("collect"),), {dv: v})], whole


def _jacobian(y: Expr, x: Expr, by_rows: bool) -> Expr:
    made = jacobian(y, x)
    return simplify(read_vec(made.terms, *((made.y[::-1], made.x[::-1]) if by_rows else (made.y, made.x))))


def _is_of(t: Term, dx: Expr) -> bool:
    return any(holds(f, dx) for f in (*t.scalars, *t.chain))


def _law(t: Term, dx: Expr) -> str:
    """The law by which vec of a term is a matrix times d vec X."""
    if t.chain == (dx,):
        return "linear"
    held = next((f for f in t.chain if holds(f, dx)), None)
    return "vec" if held is None or held is dx else LAWS.get(held.op, "vec_linear")


def _law_of_all(laws: set[str]) -> Move:
    """The name of several laws together; a transpose is part of a product."""
    kinds = laws - ({"linear", "vec_transpose"} if "vec" in laws else {"linear"} if len(laws) > 1 else set())
    return move(kinds.pop() if len(kinds) == 1 else "vec_terms")

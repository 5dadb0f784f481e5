"""The derivative as a tensor: the adjoint sweep, and the tangent sweep for a scalar variable.

Reverse: the cotangent of a node is dY/dnode as terms whose labels are the axes of Y and of the node, and each
operand receives it contracted with the operand's differential; the adjoint of an operation is never written, it is
read off its operands (`multilinear`) or its differential.
A cotangent that is one product is passed on as it is, and read as a matrix once; a sum with
at most two axes is kept as one matrix expression, so that a residual stays one node and a deep network costs time linear
in its depth. Forward: for a scalar variable every tangent has the
shape of its node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.algebra import add, fun, mul, trace, transpose
from matcalc.algebra.commuting import commute, is_matrix_function
from matcalc.algebra.node import Expr, increment, is_zero, zeros
from matcalc.algebra.walk import depends, in_order
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE
from matcalc.calculus.differential import differential, jacobian_of, matrix_derivative, unstacked
from matcalc.calculus.loading import check_in_use
from matcalc.calculus.multilinear import identical, kernel
from matcalc.errors import NotDifferentiable
from matcalc.index.graph import Stuck
from matcalc.index.lower import UNIT, Label, Term, label, lower, stacked
from matcalc.index.raising import read_matrix, read_term, reduced
from matcalc.records import dataclass

LONG: Final = 8
LONGEST: Final = 48
Axes = tuple["Label | None", "Label | None"]


@dataclass(frozen=True)
class Jacobian:
    """dY/dX as terms: `y` and `x` are the labels of the rows and columns of Y and of X."""

    terms: tuple[Term, ...]
    y: Axes
    x: Axes


@dataclass
class _Cotangent:
    """dY/dnode with labels for the axes of the node: terms, each with those that it has for them itself."""

    at: Axes
    placed: list[tuple[Term, Axes]]

    @property
    def terms(self) -> list[Term]:
        """The terms with the labels of the cotangent."""
        return [t if at is self.at else _identified(t, at, self.at) for t, at in self.placed]


def tangent(e: Expr, x: Expr, direction: Expr) -> Expr:
    """The differential of e where dx = direction, in the shape of e; de/dt for the direction 1 of a scalar t.

    A matrix function inside a trace is differentiated there, by the gradient, where that is shorter: d tr(f(A)) = tr(f'(A) dA).

    Raises NotDifferentiable where a differential has no closed form.
    """
    check_in_use()
    if not e.is_scalar or not any(is_matrix_function(n) and not _is_whole_power(n) for n in depends(e, x)):
        return _swept(e, x, direction)
    found, failure = list[Expr](), NotDifferentiable("there is no closed form")
    for way in (_along_gradient, _swept):
        try:
            found.append(way(e, x, direction))
        except NotDifferentiable as error:
            failure = error
        except Stuck:
            pass
    if not found:
        raise failure
    return min(found, key=lambda d: (_operators_in(d), d.weight))


def _operators_in(e: Expr) -> int:
    """How many linear operators without a simpler meaning an expression holds."""
    return sum((rule := rulebook.find(n.op)) is not None and bool(rule.adjoint) for n in in_order([e]))


def _is_whole_power(n: Expr) -> bool:
    """Whether a matrix function has a differential in closed form wherever it stands, as A^-1 and A^3 have."""
    return n.op == "pow" and n.args[1].op == "const" and bool(n.args[1].data.is_Integer)


def _along_gradient(e: Expr, x: Expr, direction: Expr) -> Expr:
    """tr(G^T dX) with the gradient G of a number."""
    found = jacobian(e, x)
    change = mul(transpose(read_matrix(found.terms, *found.x, x.shape)), direction)
    return change if change.is_scalar else trace(change)


def _swept(e: Expr, x: Expr, direction: Expr) -> Expr:
    found: dict[Expr, Expr] = {}
    for n in depends(e, x):
        found[n] = direction if n is x else _tangent_of(n, found)
    return found.get(e, zeros(*e.shape))


def _tangent_of(n: Expr, found: dict[Expr, Expr]) -> Expr:
    parts = [
        matrix_function_tangent(n, found[a]) if is_matrix_function(n) and k == 0 else differential(n, k, found[a])
        for k, a in enumerate(n.args)
        if a in found
    ]
    return add(*parts) if parts else zeros(*n.shape)


def matrix_function_tangent(n: Expr, d: Expr) -> Expr:
    """d f(A) = f'(A) dA where dA commutes with A, else by the Jacobian that the rule book gives, else the general differential."""
    if commute(n.args[0], d):
        return mul(matrix_derivative(n), d)
    known = jacobian_of(n)
    return differential(n, 0, d) if known is None else unstacked(mul(known, fun("vec", d)), n.shape)


def jacobian(y: Expr, x: Expr) -> Jacobian:
    """The derivative of y by the variable x, by the adjoint sweep.

    Raises NotDifferentiable where a differential has no closed form.
    """
    check_in_use()
    y_axes = (label(y.shape[0]), label(y.shape[1]))
    sweep = _Sweep(y, x, y_axes)
    return sweep.run()


class _Sweep:
    def __init__(self, y: Expr, x: Expr, y_axes: Axes) -> None:
        self.y, self.x, self.y_axes = y, x, y_axes
        self.free = [lab for lab in y_axes if lab is not None]
        self.cotangents: dict[Expr, _Cotangent] = {}
        # A sum passes one cotangent to all its terms: it is read as a matrix once.
        self.passed: dict[int, tuple[Term, Term, Axes]] = {}
        self.matrices: dict[tuple[int, Axes], tuple[Term, Expr]] = {}

    def run(self) -> Jacobian:
        order = depends(self.y, self.x)
        x_axes: Axes = (label(self.x.shape[0]), label(self.x.shape[1]))
        if not order:
            return Jacobian((), self.y_axes, x_axes)
        held = set(order)
        at: Axes = (label(self.y.shape[0]), label(self.y.shape[1]))
        self.cotangents[self.y] = _Cotangent(at, [(_identified(UNIT, self.y_axes, at), at)])
        for n in reversed(order):
            cotangent = self.cotangents.pop(n, None)
            if cotangent is None:
                continue
            terms = self.shortened(cotangent, n) if self.is_passed_on(cotangent, n) else self.settled(cotangent, n)
            if n is self.x:
                return Jacobian(tuple(terms), self.y_axes, cotangent.at)
            for k, a in enumerate(n.args):
                if a in held:
                    self.pass_to(a, self.contributions(n, k, a, cotangent.at, terms))
        return Jacobian((), self.y_axes, x_axes)

    def is_passed_on(self, cotangent: _Cotangent, n: Expr) -> bool:
        """Whether a cotangent is passed on as it is: one product of factors, which is not rebuilt at each of a thousand layers."""
        if n is self.x or len(cotangent.placed) != 1:
            return False
        ((term, _),) = cotangent.placed
        return not term.splits and not (is_matrix_function(n) and self.may_commute(n, [term]))

    def shortened(self, cotangent: _Cotangent, n: Expr) -> list[Term]:
        """The one term of a cotangent, a long one as one factor: each layer would look through all that stand above it."""
        (term,) = cotangent.terms
        if len(term.factors) > LONGEST and len(self.free) + sum(lab is not None for lab in cotangent.at) <= 2:
            try:
                return self.as_matrix(cotangent, n, opened=False)
            except Stuck:
                pass
        return [term]

    def settled(self, cotangent: _Cotangent, n: Expr) -> list[Term]:
        """The cotangent's terms, as one matrix expression where it has at most two axes."""
        labels = [*self.free, *(lab for lab in cotangent.at if lab is not None)]
        if len(labels) <= 2:
            try:
                return self.as_matrix(cotangent, n)
            except Stuck:
                pass
        return [reduced(t, labels) for t in cotangent.terms]

    def as_matrix(self, cotangent: _Cotangent, n: Expr, opened: bool = True) -> list[Term]:
        a, b = self.rows_and_columns(cotangent.at)
        shape = n.shape if not self.free else (ONE if a is None else a.size, ONE if b is None else b.size)
        found = [self.read(t, at) for t, at in cotangent.placed]
        value = add(*found) if found else zeros(*shape)
        if is_zero(value):
            return []
        if value.is_scalar:
            return [Term((value,))]
        return lower(value, a, b) if opened else [Term((), ((value, a, b),))]

    def rows_and_columns(self, at: Axes) -> Axes:
        """The labels of a cotangent with at most two axes as those of a matrix: the axes of Y first."""
        if not self.free:
            return at
        labels = [*self.free, *(lab for lab in at if lab is not None)]
        return labels[0], labels[1] if len(labels) > 1 else None

    def read(self, t: Term, at: Axes) -> Expr:
        """A term with these labels for the axes of a node as a matrix."""
        if id(t) in self.passed:
            _, t, at = self.passed[id(t)]
        key = (id(t), at)
        if key not in self.matrices:
            self.matrices[key] = t, read_term(t, *self.rows_and_columns(at))
        return self.matrices[key][1]

    def pass_to(self, a: Expr, contribution: tuple[Axes, list[Term]]) -> None:
        at, terms = contribution
        known = self.cotangents.setdefault(a, _Cotangent(at, []))
        known.placed += [(t, at) for t in terms]

    def contributions(self, n: Expr, k: int, a: Expr, at: Axes, terms: Sequence[Term]) -> tuple[Axes, list[Term]]:
        """What operand a at position k of n receives."""
        if n.op == "add":
            to: Axes = (label(a.shape[0]), label(a.shape[1]))
            made = [_identified(t, at, to) for t in terms]
            self.passed |= {id(new): (new, t, at) for new, t in zip(made, terms, strict=True)}
            return to, made
        mention = identical((at[0], at[0]), (at[1], at[1]))
        known = kernel(n, k, at)
        if known is not None:
            to, local = known
            return to, [t.times(u).times(mention) for t in terms for u in local]
        found = self.in_closed_form(n, at, terms) if k == 0 else None
        if found is not None:
            return found
        d = increment(a.shape)
        change = differential(n, k, d)
        local = [] if is_zero(change) else lower(change, *at)
        to = (label(a.shape[0]), label(a.shape[1]))
        return to, [without_increment(t.times(u).times(mention), d, to) for t in terms for u in local]

    def may_commute(self, n: Expr, terms: Sequence[Term]) -> bool:
        """Whether the cotangent of f(A) may commute with A^T: every factor of a long product does then."""
        if self.free:
            return False
        if len(terms) != 1 or sum(len(f.args) if f.op == "mul" else 1 for f, _, _ in terms[0].factors) < LONG:
            return True
        return all(commute(f, n.args[0]) for f, i, j in terms[0].factors if i is not None and j is not None)

    def in_closed_form(self, n: Expr, at: Axes, terms: Sequence[Term]) -> tuple[Axes, list[Term]] | None:
        """The adjoint of f(A) where the cotangent commutes with A^T, or by the Jacobian that the rule book gives."""
        if is_matrix_function(n) and self.may_commute(n, terms):
            to: Axes = (label(n.shape[0]), label(n.shape[1]))
            try:
                g = transpose(read_matrix(terms, *at, n.shape))
            except Stuck:
                g = None
            if g is not None and commute(g, n.args[0]):
                return to, lower(transpose(mul(matrix_derivative(n), g)), *to)
        known = jacobian_of(n)
        return None if known is None else _by_jacobian(known, n.args[0], at, terms)


def _by_jacobian(known: Expr, a: Expr, at: Axes, terms: Sequence[Term]) -> tuple[Axes, list[Term]]:
    """What an operand receives through J with d vec f(A) = J vec(dA)."""
    to: Axes = (label(a.shape[0]), label(a.shape[1]))
    rows, split_rows = stacked(at)
    columns, split_columns = stacked(to)
    if known.is_scalar:
        return to, [t.times(Term((known,))) for t in terms]
    operator = Term((), ((known, rows, columns),), (), split_rows + split_columns)
    return to, [t.times(operator) for t in terms]


def _identified(t: Term, a: Axes, b: Axes) -> Term:
    """The term with the labels of two pairs of axes identified."""
    same = tuple((i, j) for i, j in zip(a, b, strict=True) if i is not None and j is not None)
    return Term(t.scalars, t.factors, t.deltas + same, t.splits)


def without_increment(t: Term, d: Expr, to: Axes) -> Term:
    """The kernel of the linear map: the increment's factor removed, its labels named `to`."""
    if d.is_scalar:
        scalars = list(t.scalars)
        scalars.remove(d)
        return Term(tuple(scalars), t.factors, t.deltas, t.splits)
    k = next((k for k, f in enumerate(t.factors) if f[0] is d), None)
    if k is None:
        raise NotDifferentiable("a differential lost its increment")
    _, i, j = t.factors[k]
    rest = Term(t.scalars, t.factors[:k] + t.factors[k + 1 :], t.deltas, t.splits)
    return _identified(rest, (i, j), to)


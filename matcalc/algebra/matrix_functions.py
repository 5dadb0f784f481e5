"""Functions of a matrix, and softmax and its normaliser."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Rational

from matcalc.algebra.constructors import build
from matcalc.algebra.node import Expr, const, is_zero, node
from matcalc.algebra.powers import inverse
from matcalc.algebra.sums import add, scale
from matcalc.algebra.transposes import oriented, oriented_turned, shorter, transpose
from matcalc.book.sizes import SCALAR, Dim


def matrix_function(name: str, at_zero: Callable[[Dim], Expr] | None, at_identity: Callable[[Dim], Expr] | None) -> Callable[[Expr], Expr]:
    """A function of a square matrix, with its value at zero and at the identity where these are constants."""

    def named(a: Expr) -> Expr:
        if a.is_scalar:
            return build.fun({"expm": "exp", "logm": "log", "sqrtm": "sqrt"}[name], a)
        if is_zero(a) and at_zero is not None:
            return at_zero(a.shape[0])
        if a.op == "eye" and at_identity is not None:
            return at_identity(a.shape[0])
        return oriented(name, a)

    return named


def pinv(a: Expr) -> Expr:
    """The Moore-Penrose inverse; of an invertible matrix the inverse."""
    if a.is_scalar:
        return inverse(a)
    if a.op == "pinv":
        return a.args[0]
    return a if a.op == "eye" else oriented_turned("pinv", a)


def adj(a: Expr) -> Expr:
    """The adjugate."""
    if a.is_scalar:
        return const(1)
    return a if a.op == "eye" else oriented("adj", a)


def symmetric_part(a: Expr) -> Expr:
    """sym(A) = (A + A^T)/2."""
    return scale(Rational(1, 2), add(a, transpose(a)))


def softmax(a: Expr) -> Expr:
    """exp(x) over its sum."""
    return const(1) if a.is_scalar else oriented("softmax", a)


def logsumexp(a: Expr) -> Expr:
    """The logarithm of the sum of exp(x), the same for a row."""
    if a.is_scalar:
        return a
    turned = transpose(a)
    return node("logsumexp", (turned if shorter(turned, a) else a,), None, SCALAR)

"""Norms, and the squares and roots that they are of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.expr import first_of
from matcalc.algebra.node import Expr, const, is_zero, node, split_coefficient, split_product
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import leads_negative, negative
from matcalc.algebra.normal_form.transposes import adjoint, shorter, transpose
from matcalc.book.sizes import ONE, SCALAR
from matcalc.scalars import S

MAX_ROTATED: Final = 12


def norm(name: str) -> Callable[[Expr], Expr]:
    """The norm of this name: absolute homogeneous, that of a matrix of one row or column is that of a vector."""

    def named(a: Expr) -> Expr:
        c, rest = split_coefficient(a)
        if c is not S.One and c.is_number:
            return build.mul(const(abs(c)), named(rest))
        if is_zero(a):
            return const(0)
        if leads_negative(a):
            a = negative(a)
        if a.has_complex:
            other = build.conjugate(a)
            a = first_of(a, other)
        vector = a.shape[0] is ONE or a.shape[1] is ONE
        turned = transpose(a)
        used = "norm2" if vector and name == "normF" else name
        return node(used, (turned if shorter(turned, a) else a,), None, SCALAR)

    return named


def is_even(k: Expr) -> bool:
    return k.op == "const" and bool(k.data.is_Integer) and int(k.data) % 2 == 0


def is_half_odd(k: Expr) -> bool:
    return k.op == "const" and bool(k.data.is_Rational) and k.data.q == 2


def square_of_norm(base: Expr) -> Expr:
    """norm2(x)^2 = x^H x, normF(A)^2 = tr(A^H A)."""
    a = base.args[0] if base.args[0].shape[0] is not ONE else transpose(base.args[0])
    return build.inner([adjoint(a), a]) if base.op == "norm2" else build.trace(build.mul(adjoint(a), a))


def power_of_norm(base: Expr, k: Expr) -> Expr | None:
    """An even power of a norm is one of its square."""
    return build.power(square_of_norm(base), const(k.data / 2)) if is_even(k) else None


def power_of_inner(base: Expr, k: Expr) -> Expr | None:
    """(x^T A^T A x)^(1/2) is the norm of A x."""
    half = half_of(base.args) if is_half_odd(k) else None
    return None if half is None else build.power(build.fun("norm2", half), const(2 * k.data))


def power_of_trace(base: Expr, k: Expr) -> Expr | None:
    """tr(A^T A)^(1/2) is the norm of A."""
    if not is_half_odd(k):
        return None
    mats = split_product(base.args[0])[2]
    for i in range(min(len(mats), MAX_ROTATED)):
        half = half_of(mats[i:] + mats[:i])
        if half is not None:
            turned = transpose(half)
            return build.power(build.fun("normF", turned if shorter(turned, half) else half), const(2 * k.data))
    return None


def half_of(chain: tuple[Expr, ...]) -> Expr | None:
    """B for a chain that is B^H B, such as S for S^2 of a Hermitian S."""
    if len(chain) == 1 and chain[0].op == "pow" and is_even(chain[0].args[1]) and adjoint(chain[0].args[0]) is chain[0].args[0]:
        return build.power(chain[0].args[0], const(chain[0].args[1].data / 2))
    if len(chain) % 2 or any(adjoint(f) is not g for f, g in zip(chain[: len(chain) // 2], reversed(chain), strict=False)):
        return None
    return build.mul(*chain[len(chain) // 2 :])


SQUARES: Final[dict[str, Callable[[Expr], Expr]]] = {"norm2": square_of_norm, "normF": square_of_norm}
POWERS: Final[dict[str, Callable[[Expr, Expr], Expr | None]]] = {
    "norm2": power_of_norm,
    "normF": power_of_norm,
    "inner": power_of_inner,
    "tr": power_of_trace,
}

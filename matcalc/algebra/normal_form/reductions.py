"""Sums of all entries, traces, determinants: numbers that an array is reduced to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.expr import first_of
from matcalc.algebra.node import Expr, const, is_const, is_zero, node, split_coefficient, split_product
from matcalc.algebra.normal_form.blocks.building import diagonal_blocks, triangular_blocks
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.diagonals import diagonal_of
from matcalc.algebra.normal_form.hadamard import had
from matcalc.algebra.normal_form.inner_products import inner
from matcalc.algebra.normal_form.norms import MAX_ROTATED
from matcalc.algebra.normal_form.powers import logarithm, power
from matcalc.algebra.normal_form.products import mul
from matcalc.algebra.normal_form.sums import add, leads_negative, negative, scale, signs_apart
from matcalc.algebra.normal_form.transposes import shorter, transpose
from matcalc.algebra.structure import properties
from matcalc.book.sizes import ONE, SCALAR, times
from matcalc.scalars import S, Scalar

MAX_CANONICAL: Final = 50


def total(a: Expr) -> Expr:
    """The sum of all entries."""
    if a.is_scalar:
        return a
    if a.op in ("ones", "eye"):
        return const(times(*a.shape) if a.op == "ones" else a.shape[0])
    if a.op in ("unit", "columns"):
        return const(a.shape[1])
    if is_zero(a):
        return const(0)
    if a.op == "add":
        return add(*(build.fun("sum", t) for t in a.args))
    if a.op in ("T", "diag"):
        return build.fun("sum", a.args[0])
    known = _total_of_product(*split_product(a))
    if known is not None:
        return known
    if a.op in TOTALS and (known := TOTALS[a.op](a)) is not None:
        return known
    if "normalised" in properties(a):
        return const(1)
    return _total_turned(a)


def _total_turned(a: Expr) -> Expr:
    """The sum of the entries of an array or of its transpose, whichever is shorter."""
    turned = transpose(a)
    # The entries of a skew matrix cancel in pairs.
    if turned.op == "mul" and turned is negative(a):
        return const(0)
    a = first_of(a, turned)
    return node("sum", (a,), None, SCALAR)


def _total_of_product(c: Scalar, scalars: tuple[Expr, ...], mats: tuple[Expr, ...]) -> Expr | None:
    """The sum of a product's entries, where a scalar, an array of ones or an outer product simplifies it."""
    if c is not S.One or scalars:
        return mul(const(c), *scalars, build.fun("sum", mul(*mats)))
    if len(mats) > 1 and mats[0].op == "ones":
        return mul(const(mats[0].shape[0]), total(mul(*mats[1:])))
    if len(mats) > 1 and mats[-1].op == "ones":
        return mul(const(mats[-1].shape[1]), total(mul(*mats[:-1])))
    cut = next((i + 1 for i, f in enumerate(mats) if f.shape[1] is ONE), len(mats))
    return mul(total(mul(*mats[:cut])), total(mul(*mats[cut:]))) if cut < len(mats) else None


def _total_of_hadamard(a: Expr) -> Expr | None:
    """sum(u .* v) = u^T v, sum(A .* B) = tr(A^T B), sum(u .* v .* (M w)) = (u .* v)^T M w."""
    if len(a.args) == 2:
        return _paired(*a.args)
    products = [f for f in a.args if f.op == "mul"]
    if len(products) != 1 or ONE not in a.shape:
        return None
    return _paired(had(*(f for f in a.args if f is not products[0])), products[0])


def _total_of_squares(a: Expr) -> Expr | None:
    return _paired(a.args[0], a.args[0]) if is_const(a.args[1], 2) else None


def _paired(a: Expr, b: Expr) -> Expr:
    if a.shape[0] is ONE:
        return inner([a, transpose(b)])
    return inner([transpose(a), b]) if a.shape[1] is ONE else trace(mul(transpose(a), b))


TOTALS: Final[dict[str, Callable[[Expr], Expr | None]]] = {
    "had": _total_of_hadamard,
    "epow": _total_of_squares,
    "diagv": lambda a: trace(a.args[0]),
    "array": lambda a: add(*a.args),
    "block": lambda a: add(*map(total, a.args)),
}


def trace(a: Expr) -> Expr:
    """tr(A): linear, invariant under rotation of a product and under transposition."""
    if a.is_scalar:
        return a
    if a.op == "add":
        return add(*(trace(t) for t in a.args))
    c, scalars, mats = split_product(a)
    if not mats or mats[0].op == "eye":
        return mul(const(c), *scalars, const(a.shape[0]))
    return mul(const(c), *scalars, _trace_of_chain(list(mats)))


def _trace_of_chain(mats: list[Expr]) -> Expr:
    cut = next((i for i, f in enumerate(mats) if f.shape[1] is ONE), None)
    if cut is not None:
        return inner(mats[cut + 1 :] + mats[: cut + 1])
    if len(mats) == 1:
        return _trace_of_one(mats[0])
    if len(mats) <= MAX_ROTATED:
        shrunk = mul(mats[-1], *mats[:-1])
        if len(split_product(shrunk)[2]) < len(mats):
            return trace(shrunk)
    if len(mats) > MAX_CANONICAL:
        return node("tr", (mul(*mats),), None, SCALAR)
    sign, turned = signs_apart([transpose(f) for f in reversed(mats)])
    best, other = (min(_rotations(chain), key=_length) for chain in (mats, turned))
    # tr(S*W) is its own negative where S^T = S and W^T = -W.
    if sign is S.NegativeOne and best == other:
        return const(0)
    if _length(other) < _length(best):
        return scale(sign, node("tr", (mul(*other),), None, SCALAR))
    return node("tr", (mul(*best),), None, SCALAR)


def _rotations(chain: list[Expr]) -> list[list[Expr]]:
    return [chain[i:] + chain[:i] for i in range(len(chain))]


def _length(chain: list[Expr]) -> tuple[int, list[tuple[str, int, int]]]:
    return sum(f.weight for f in chain), [f.sort_key for f in chain]


def _trace_of_one(a: Expr) -> Expr:
    if a.op in ("diag", "had", "ones", "zeros", "epow"):
        return total(diagonal_of(a))
    if a.op == "T":
        return trace(a.args[0])
    if a.op == "block" and (diagonal := diagonal_blocks(a)) is not None:
        return add(*map(trace, diagonal))
    if a.op == "kron" and a.args[0].shape[0] == a.args[0].shape[1]:
        return mul(trace(a.args[0]), trace(a.args[1]))
    turned = transpose(a)
    if turned is negative(a):
        return const(0)
    return node("tr", (turned if shorter(turned, a) else a,), None, SCALAR)


def _of_square(name: str) -> Callable[[Expr], Expr]:
    """f(A) for f with f(A^T) = f(A)."""

    def named(a: Expr) -> Expr:
        turned = transpose(a)
        return node(name, (turned if shorter(turned, a) else a,), None, SCALAR)

    return named


def det(a: Expr) -> Expr:
    """The determinant, the same for the transpose; that of a power is the power of the determinant."""
    if a.is_scalar:
        return a
    if a.op == "pow":
        return power(det(a.args[0]), a.args[1])
    if a.op == "array" and len(a.args) == 4:
        p, q, r, s = a.args
        return add(mul(p, s), negative(mul(q, r)))
    c, rest = split_coefficient(a)
    if c is S.NegativeOne and rest.op == "pow" and is_const(rest.args[1], -1):
        return power(det(negative(rest.args[0])), -1)
    if (diagonal := triangular_blocks(a)) is not None:
        return mul(*map(det, diagonal))
    # det(W) = det(W^T) = det(-W) = -det(W) for W of odd size.
    if a.shape[0].is_odd and transpose(a) is negative(a):
        return const(0)
    return const(1) if a.op == "eye" else _of_square("det")(a)


def logdet(a: Expr) -> Expr:
    """log |det A| of a matrix, which sees no sign; that of a power is a multiple. Of a complex matrix it is log(det A)."""
    if a.has_complex:
        return build.fun(logarithm(), det(a))
    if leads_negative(a):
        return logdet(negative(a))
    if a.op == "pow":
        return mul(a.args[1], logdet(a.args[0]))
    if (diagonal := triangular_blocks(a)) is not None:
        return add(*(build.fun("logdet", b) for b in diagonal))
    return const(0) if a.op == "eye" else _of_square("logdet")(a)

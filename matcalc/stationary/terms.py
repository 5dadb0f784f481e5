"""An equation as a sum of terms, each linear in the unknown: c*L*X*R."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcalc.algebra import add, adjoint, mul, power, transpose
from matcalc.algebra.node import Expr, const, eye, split_product, zeros
from matcalc.algebra.walk import depends
from matcalc.book.sizes import Dim
from matcalc.records import dataclass
from matcalc.simplify.polynomial import expand


@dataclass(frozen=True)
class Term:
    """scalar * left * X * right, or with X^T where it is turned; `left` and `right` are factors, perhaps none."""

    scalar: Expr
    left: tuple[Expr, ...]
    right: tuple[Expr, ...]
    turned: bool

    def before(self, size: Dim) -> Expr:
        """What stands before the unknown, which has that many rows."""
        return mul(self.scalar, *self.left) if self.left else mul(self.scalar, eye(size))


def holds(e: Expr, x: Expr) -> bool:
    """Whether x occurs."""
    return bool(depends(e, x))


def summands(e: Expr) -> tuple[Expr, ...]:
    """The terms of an expression that is multiplied out."""
    e = expand(e)
    return () if e.op == "zeros" or e is const(0) else e.args if e.op == "add" else (e,)


def total(terms: Iterable[Expr], like: Expr) -> Expr:
    """The sum of terms of one shape; zeros of it where there are none."""
    terms = tuple(terms)
    return add(*terms) if terms else zeros(*like.shape)


def split(e: Expr, x: Expr) -> tuple[list[Expr], Expr]:
    """The terms that hold x, and the sum of the others."""
    terms = summands(e)
    return [t for t in terms if holds(t, x)], total([t for t in terms if not holds(t, x)], e)


def linear(terms: Sequence[Expr], x: Expr) -> list[Term] | None:
    """The terms as such that are linear in x; None where one is not."""
    found = [_term(t, x) for t in terms]
    return None if None in found else [t for t in found if t is not None]


def _term(t: Expr, x: Expr) -> Term | None:
    c, scalars, mats = split_product(t)
    if any(holds(s, x) for s in scalars):
        return None
    at = [k for k, f in enumerate(mats) if holds(f, x)]
    if len(at) != 1 or mats[at[0]] not in (x, transpose(x)):
        return None
    k = at[0]
    return Term(mul(const(c), *scalars), mats[:k], mats[k + 1 :], mats[k] is not x)


def palindrome(m: Expr) -> Expr | None:
    """P of a matrix P^H*P that is a product with nothing in the middle and no number before it; None for another."""
    c, scalars, mats = split_product(m)
    half = len(mats) // 2
    if m.is_scalar or len(mats) % 2 or any(adjoint(f) is not g for f, g in zip(mats[:half], reversed(mats[half:]), strict=True)):
        return None
    return mul(*mats[half:]) if c == 1 and not scalars else None


def without_front(e: Expr, front: Sequence[Expr]) -> Expr | None:
    """Y of e = F*Y, where F is the product of some factors and every term of e begins with them."""
    rest = []
    for t in summands(e):
        c, scalars, mats = split_product(t)
        left = _after(mats, tuple(front))
        if left is None:
            return None
        rest.append(mul(const(c), *scalars, *left) if left else mul(const(c), *scalars, eye(front[-1].shape[1])))
    return add(*rest) if rest else None


def _after(mats: tuple[Expr, ...], front: tuple[Expr, ...]) -> tuple[Expr, ...] | None:
    """What follows some factors at the beginning of others, where one factor may begin a power of it."""
    if mats[: len(front)] == front:
        return mats[len(front) :]
    if len(front) != 1 or not mats or mats[0].op != "pow" or mats[0].args[0] is not front[0]:
        return None
    k = mats[0].args[1]
    if k.op != "const" or not k.data.is_Integer or k.data < 2:
        return None
    return (power(front[0], const(k.data - 1)), *mats[1:])

"""Dimensions: positive integers, names, and their sums and products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from matcalc.memory import remembered
from matcalc.scalars import S, Scalar, expand, factored, integer, least, product, size_name, total, with_least

Dim: TypeAlias = Scalar
Shape: TypeAlias = tuple[Dim, Dim]

ONE: Dim = S.One
SCALAR: Shape = (ONE, ONE)
# How a table of the rule book writes the length of a vech: n*(n + 1)/2 as n[triangle].
LEAST: Final = "min("
TRIANGULAR: Final = "[triangle]"


@remembered(4096)
def dim(name: str | int) -> Dim:
    """The dimension that a name or a positive integer stands for."""
    if isinstance(name, int) or name.isdigit():
        return integer(int(name))
    return size_name(name)


def times(*dims: Dim) -> Dim:
    """The product of dimensions: the length of a vec, the sides of a Kronecker product."""
    rest = [d for d in dims if d is not ONE]
    if not rest:
        return ONE
    return rest[0] if len(rest) == 1 else product(*rest)


def plus(*dims: Dim) -> Dim:
    """The sum of dimensions, what all have in common taken out of it: m*m + m*n is m*(m + n), as a product of sizes is kept."""
    whole = total(*dims)
    return factored(whole) if whole.is_Add and any(d.is_Mul for d in dims) else whole


def triangular(n: Dim) -> Dim:
    """The number of entries on and below the diagonal of an n x n matrix, n*(n + 1)/2: the length of its vech."""
    return n * (n + 1) / 2


def smallest(*dims: Dim) -> Dim:
    """The smallest of dimensions; a number where one is told, since the rank of a matrix with few columns is taken to be no less."""
    numbers = [d for d in dims if d.is_Integer]
    return min(numbers) if numbers else least(*dims)


def renamed(d: Dim, sizes: Mapping[Dim, Dim]) -> Dim:
    """A size with its names replaced; the smallest of some is a number where one of them is then."""
    return with_least(d.xreplace(sizes), smallest)


def halved(d: Dim) -> Dim | None:
    """Half of a size that is even whatever its names stand for, as n*(n + 1) is; None of another."""
    if d.is_Integer:
        return integer(d.p // 2) if d.p % 2 == 0 else None
    factors = d.factors()
    return d / 2 if any(f.is_Integer and f.p % 2 == 0 or f + 1 in factors for f in factors) else None


def size_from(text: str, known: Mapping[str, Dim]) -> Dim:
    """The size that a table of the rule book writes, `m*n`, `min(m,n)` or `n*(n + 1)/2`, where some of its names have sizes."""
    stem = text.removesuffix(TRIANGULAR)
    if stem != text:
        return triangular(size_from(stem, known))
    if text.startswith(LEAST):
        return smallest(*(size_from(part, known) for part in text.removeprefix(LEAST)[:-1].split(",")))
    return times(*(known[f] if f in known else dim(f) for f in text.split("*")))


def minus(a: Dim, b: Dim) -> Dim:
    """The difference of dimensions: m*(n + p) - m*n is m*p."""
    whole = a - b
    return factored(expand(whole)) if whole.is_Add and (a.is_Mul or b.is_Mul or whole.has("Mul")) else whole


def axes(shape: Shape) -> tuple[Dim, ...]:
    """The axes that count: an axis of static length 1 does not."""
    return tuple(d for d in shape if d is not ONE)


def spell(d: Dim) -> str:
    """A dimension in the notation, which has products of sizes but no powers."""
    whole, part = d.as_numer_denom()
    factors = [_factor(b) for f in whole.factors() for b in ([f.base] * int(f.exp) if f.is_Pow and f.exp.is_Integer else [f])]
    written = "*".join(f"({f})" if " " in f and len(factors) > 1 else f for f in factors)
    return written if part is ONE else f"{written}/{part}"


def _factor(b: Dim) -> str:
    return f"min({','.join(sorted(map(spell, b.args)))})" if b.head == "Min" else str(b)


def show(shape: Shape) -> str:
    """`m x n`, `n x 1`, or `scalar`."""
    return "scalar" if shape == SCALAR else by(map(spell, shape))


def by(dims: Iterable[str]) -> str:
    """`m x n x p`, a sum in parentheses: (n - 1) x 1."""
    return " x ".join(f"({d})" if " " in d else d for d in dims)

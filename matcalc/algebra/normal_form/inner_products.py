"""Products of matrices with one row and one column, as scalars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from matcalc.algebra.node import Expr, const, node
from matcalc.algebra.normal_form.blocks.inverses import of_inverse
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.diagonals import diag
from matcalc.algebra.normal_form.hadamard import had
from matcalc.algebra.normal_form.selection import entry_picked
from matcalc.algebra.normal_form.sums import leads_negative, scale, signs_apart
from matcalc.algebra.normal_form.transposes import adjoint, transpose
from matcalc.algebra.structure import properties
from matcalc.book.sizes import ONE, SCALAR
from matcalc.scalars import S

UNIT: Final = frozenset({"unit", "orthonormal"})


def inner(chain: Sequence[Expr]) -> Expr:
    """A product of matrices with one row and one column, as a scalar: x^T A x, 1^T A 1 = sum(A)."""
    if len(chain) == 1:
        return chain[0]
    if any(f.op == "add" and leads_negative(f) for f in chain):
        sign, unturned = signs_apart(chain)
        return scale(sign, inner(unturned))
    if any(f.op == "mul" for f in chain):
        return build.mul(*chain)
    for reading in (entry_picked, _stacked, _opened, _of_inverse, _length):
        known = reading(chain)
        if known is not None:
            return known
    sign, reversed_chain = signs_apart([transpose(f) for f in reversed(chain)])
    # x^T*W*x is its own negative where W^T = -W.
    if sign is S.NegativeOne and tuple(reversed_chain) == tuple(chain):
        return const(0)
    if chain[0].op == "ones":
        return build.total(build.mul(*chain[1:]))
    if reversed_chain[0].op == "ones":
        return scale(sign, build.total(build.mul(*reversed_chain[1:])))
    weights = _total_weight(chain), _total_weight(reversed_chain)
    if weights[0] < weights[1] or weights[0] == weights[1] and _reads_first(chain, reversed_chain):
        return node("inner", tuple(chain), None, SCALAR)
    return scale(sign, node("inner", tuple(reversed_chain), None, SCALAR))


def _reads_first(chain: Sequence[Expr], other: Sequence[Expr]) -> bool:
    pair = next(((f, g) for f, g in zip(chain, other, strict=True) if f is not g), None)
    return pair is None or pair[0].sort_key < pair[1].sort_key


def _stacked(chain: Sequence[Expr]) -> Expr | None:
    """vec(A)^T vec(B) = sum(A .* B)."""
    if len(chain) == 2 and chain[1].op == "vec" and chain[0].op == "T" and chain[0].args[0].op == "vec":
        return build.total(had(chain[0].args[0].args[0], chain[1].args[0]))
    return None


def _of_inverse(chain: Sequence[Expr]) -> Expr | None:
    """Parts of the inverse of a block matrix."""
    return of_inverse(*chain) if len(chain) == 3 and chain[1].has_blocks else None


def _opened(chain: Sequence[Expr]) -> Expr | None:
    """u^T (v .* w) = sum(u .* v .* w), and u^T A (v .* (M w)) = u^T A diag(v) M w."""
    if all(f.op != "had" for f in (chain[0], chain[-1])):
        return None
    if len(chain) == 2:
        return build.total(had(transpose(chain[0]), chain[1]))
    for links in (chain, [transpose(f) for f in reversed(chain)]):
        factors = links[-1].args if links[-1].op == "had" else ()
        products = [f for f in factors if f.op == "mul"]
        if len(products) == 1:
            weights = had(*(f for f in factors if f is not products[0]))
            return inner([*links[:-1], diag(weights), *products[0].args])
    return None


def _length(chain: Sequence[Expr]) -> Expr | None:
    """x^H x = 1 for a unit vector."""
    is_unit = len(chain) == 2 and not properties(chain[1]).isdisjoint(UNIT)
    return const(1) if is_unit and adjoint(chain[0]) is chain[1] else None


def _total_weight(chain: Sequence[Expr]) -> int:
    return sum(f.weight for f in chain)


def scalar_stretches(chain: list[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The chain without its 1 x 1 stretches, and those stretches as scalars."""
    bounds = [0] if chain[0].shape[0] is ONE else []
    bounds += [i + 1 for i, f in enumerate(chain) if f.shape[1] is ONE]
    if len(bounds) < 2:
        return chain, []
    found = [inner(chain[i:j]) for i, j in pairwise(bounds)]
    return chain[: bounds[0]] + chain[bounds[-1] :], found

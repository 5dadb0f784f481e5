"""Matrices that are singular by construction: where the inverse in a formula has no value, the adjugate has one.

The rank of a product is at most that of a factor, of a sum at most the sum, of an elementwise product at most the product; a skew
matrix has even rank, one with equal rows or columns at most the rank 1. From this the sizes tell whether M is singular: always
(X*X^T of a tall X with sizes as numbers), for all but a few sizes (x*y^T), for odd sizes (a skew matrix), perhaps (X^T*A*X where
it is not known whether X is tall), or as far as is known never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Final

from matcalc.algebra import add, fun, mul, negative, power, rebuild, scale, transpose
from matcalc.algebra.expr import first_of
from matcalc.algebra.node import Expr, base_and_exponent, const, is_const, split_product, zeros
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import in_order, parts_of
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Dim, times
from matcalc.memory import remembered
from matcalc.scalars import S, floor, integer, is_at_most, is_less, rational

REGULAR: Final = ("invertible", "spd")
MAX_DEPTH: Final = 6
MAX_POLYNOMIAL: Final = 4
LINEAR: Final = frozenset({"mul", "inner", "had", "kron", "tr", "sum", "T", "diag", "diagv", "vec", "entry"})


class Singular(IntEnum):
    """How often a matrix is singular, as far as its sizes tell."""

    NEVER = 0
    PERHAPS = 1
    ODD = 2
    MOSTLY = 3
    ALWAYS = 4


def singular(m: Expr) -> Singular:
    """How often a square matrix is singular for the sizes that its expression has."""
    known = properties(m)
    if "invertible" in known:
        return Singular.NEVER
    found = Singular.PERHAPS if m.op == "sym" and "psd" in known else Singular.NEVER
    return max([found, *(_falls_short(b, m.shape[0]) for b in rank_bounds(m))])


@remembered(1024)
def _falls_short(bound: Dim, n: Dim) -> Singular:
    """What a bound of the rank of an n x n matrix tells."""
    if is_at_most(n, bound):
        return Singular.NEVER
    if is_less(bound, n):
        return Singular.ALWAYS
    # x*y^T has rank 1 whatever n is, and a skew matrix rank n - 1 for every odd n; m beside n may be the larger one.
    if bound.is_Integer:
        return Singular.MOSTLY
    return Singular.ODD if bound.has("floor") else Singular.PERHAPS


def rank_bounds(e: Expr, depth: int = MAX_DEPTH) -> frozenset[Dim]:
    """Numbers that the rank is at most."""
    own: set[Dim] = set(e.shape)
    if "skew" in properties(e):
        own.add(2 * floor(e.shape[0] / 2))
    if e.op == "zeros":
        own.add(S.Zero)
    elif depth and _repeated(e, depth):
        own.add(ONE)
    return frozenset(own | _bounds_by_operands(e, depth - 1)) if depth else frozenset(own)


def _bounds_by_operands(e: Expr, depth: int) -> set[Dim]:
    """What the ranks of its operands tell of the rank of an expression."""
    match e.op:
        case "mul":
            return set[Dim]().union(*(rank_bounds(f, depth) for f in split_product(e)[2]))
        case "T":
            return {*rank_bounds(e.args[0], depth)}
        case "pow" if e.args[1].op == "const" and e.args[1].data.is_positive:
            return {*rank_bounds(e.args[0], depth)}
        case "kron":
            a, b = (rank_bounds(f, depth) for f in e.args)
            return {times(p, q) for p in a for q in b}
        case "add":
            least = [_least(rank_bounds(t, depth), e.shape[0]) for t in e.args]
            # Beside a term of which nothing is known the others tell nothing.
            return set() if e.shape[0] in least else {sum(least, S.Zero)}
        case "had":
            product = times(*(_least(rank_bounds(f, depth), e.shape[0]) for f in e.args))
            return {product} if product.is_Integer else set()
    return set()


def _repeated(e: Expr, depth: int) -> frozenset[str]:
    """Which of the rows and the columns of a matrix are all the same: f(x*1^T) has equal columns, whatever f does to an entry."""
    if e.op == "ones":
        return frozenset({"rows", "columns"})
    if depth == 0 or not e.args or e.is_scalar:
        return frozenset()
    if e.op == "mul":
        chain = split_product(e)[2]
        return _repeated(chain[0], depth - 1) & {"rows"} | _repeated(chain[-1], depth - 1) & {"columns"} if chain else frozenset()
    if e.op in ("add", "had"):
        return frozenset.intersection(*(_repeated(f, depth - 1) for f in e.args))
    return _repeated(e.args[0], depth - 1) if e.op == "epow" and e.args[1].is_scalar or _is_by_entry(e) else frozenset()


def _is_by_entry(e: Expr) -> bool:
    rule = rulebook.find(e.op)
    return rule is not None and rule.kind == "elementwise"


def _least(bounds: frozenset[Dim], n: Dim) -> Dim:
    """The bound that tells most: the least number, else one that is not the size itself."""
    numbers = [b for b in bounds if b.is_Integer]
    others = sorted((b for b in bounds if b != n), key=str)
    return min(numbers) if numbers else others[0] if others else n


def regular(e: Expr) -> Expr:
    """A determinant or an adjugate of a matrix that is always singular, in a form whose differential needs no inverse.

    The determinant is 0. The adjugate is zero where the rank is at most n - 2 (Magnus and Neudecker, section 2.7), and else, for
    a small n, the polynomial in the matrix that the theorem of Cayley and Hamilton makes it.
    """
    if e.op not in ("det", "adj") or e.is_scalar and e.op == "adj":
        return e
    m = e.args[0]
    n, bounds = m.shape[0], rank_bounds(m)
    short = [b for b in bounds if is_less(b, n)]
    if short and (e.op == "det" or any((n - b - 1).is_positive for b in short)):
        return zeros(*e.shape)
    return _polynomial(m) if any(n - b is S.One for b in short) and n <= MAX_POLYNOMIAL else e


def _polynomial(m: Expr) -> Expr:
    """adj(M) = sum over k of (-1)^k e_(n-1-k) M^k, where k e_k = sum over j of (-1)^(j-1) e_(k-j) tr(M^j)."""
    n = int(m.shape[0])
    elementary = [[const(1)]]
    for k in range(1, n):
        products = [(j, mul(e, fun("tr", power(m, j)))) for j in range(1, k + 1) for e in elementary[k - j]]
        whole = add(*(scale(rational((-1) ** (j - 1), k), e) for j, e in products))
        elementary.append(list(whole.args) if whole.op == "add" else [whole])
    return add(*(scale(integer((-1) ** k), mul(e, power(m, k))) for k in range(n) for e in elementary[n - 1 - k]))


# ------------------------------------------------------------------------------------------------- adjugates

Known = Callable[[Expr], Expr]


def absorbed(factors: Sequence[Expr], known: Known) -> list[Expr] | None:
    """The factors of a product with det(M) M^-1 as adj(M), where M is singular for some sizes by what is known of it.

    None where there is no such pair. `known` puts what is known of the point into M.
    """
    for k, s in enumerate(factors):
        base, exponent = base_and_exponent(s)
        if base.op == "det" and exponent.op == "const" and exponent.data.is_Integer and exponent.data.is_positive:
            m = base.args[0]
            if singular(known(m)) >= Singular.ODD:
                others = [power(base, add(exponent, const(-1))), *factors[:k], *factors[k + 1 :]]
                for i, f in enumerate(others):
                    made = _with_adjugate(f, m)
                    if made is not None:
                        return [*others[:i], made, *others[i + 1 :]]
    return None


def holds_determinant(exprs: Iterable[Expr]) -> bool:
    """Whether there is a determinant in which an adjugate could be found."""
    return any("det" in e.operations for e in exprs)


def with_adjugates(e: Expr, known: Known) -> Expr:
    """A product with every det(M) M^-1 that it holds as an adjugate; see `absorbed`."""
    if e.op != "mul":
        return e
    made = absorbed(e.args, known)
    return e if made is None else with_adjugates(mul(*made), known)


def _with_adjugate(f: Expr, m: Expr) -> Expr | None:
    """An expression that is linear in M^-1, times det(M)."""
    if f.op == "pow" and is_const(f.args[1], -1):
        c, scalars, mats = split_product(m)
        # det(c*M) M^-1 = c adj(c*M): the factor has left the inverse.
        for base, factor in ((m, const(1)), (mul(*mats), mul(const(c), *scalars))):
            if f.args[0] is base:
                return mul(factor, fun("adj", m))
            if f.args[0] is transpose(base):
                return mul(factor, transpose(fun("adj", m)))
        return None
    if f.op == "add":
        terms = [_with_adjugate(t, m) for t in f.args]
        whole = [t for t in terms if t is not None]
        return add(*whole) if len(whole) == len(terms) else None
    for k, a in enumerate(f.args if f.op in LINEAR else ()):
        made = _with_adjugate(a, m)
        if made is not None:
            return rebuild(f, (*f.args[:k], made, *f.args[k + 1 :]))
    return None


# ------------------------------------------------------------------------------------------------ conditions


def inverted(answers: Iterable[Expr], known: Known) -> list[Expr]:
    """The matrices that answers invert and that are singular for some sizes, by what is known; of A and A^T the shorter.

    Those too that stand in a function which wants a regular one, powm(X^T*X,p).
    """
    wanting = _wanting()
    holders = [e for e in answers if not e.operations.isdisjoint(wanting)]
    found = dict.fromkeys(e.args[0] for a in holders for e in parts_of(a) if e.op in wanting and (_is_inverse(e) or _wants_regular(e)))
    some = [m for m in found if singular(known(m)) is not Singular.NEVER]
    alone = [m for k, m in enumerate(some) if not any(other in _alike(m) for other in some[:k])]
    return [first_of(m, transpose(m)) for m in alone]


def pivots(functions: Sequence[Expr], answers: Iterable[Expr], known: Known) -> list[Expr]:
    """The blocks of block matrices that answers invert: a Schur complement needs such an inverse, the function may not."""
    if not any(f.has_blocks for f in functions):
        return []
    found = dict.fromkeys(e.args[0] for e in in_order(list(answers)) if _is_inverse(e))
    some = [m for m in found if "invertible" not in properties(known(m)) and not any(map(_is_inverse, in_order([m])))]
    whole = {form for f in functions for e in in_order([f]) if e.op == "det" for form in _alike(e.args[0])}
    alone = [m for k, m in enumerate(some) if m not in whole and not any(other in _alike(m) for other in some[:k])]
    return [first_of(m, transpose(m)) for m in alone]


def needs_inverse(function: Expr, m: Expr) -> bool:
    """Whether a function itself has a value only where a matrix is invertible."""
    alike = _alike(m)
    return any((_is_inverse(e) or _wants_regular(e)) and e.args[0] in alike for e in in_order([function]))


def _wants_regular(e: Expr) -> bool:
    return _domain(e) in REGULAR and not e.args[0].is_scalar


@rulebook.per_book
def _wanting() -> frozenset[str]:
    """The operations that may want a regular matrix."""
    return frozenset({"pow", *(name for name, rule in rulebook.in_use().functions.items() if rule.domain in REGULAR)})


def _domain(e: Expr) -> str:
    rule = rulebook.find(e.op) if e.args else None
    return rule.domain if rule is not None else ""


def _is_inverse(e: Expr) -> bool:
    return e.op == "pow" and not e.is_scalar and not (e.args[1].op == "const" and e.args[1].data.is_nonnegative)


def _alike(m: Expr) -> tuple[Expr, ...]:
    """The matrices that have an inverse where this one has."""
    turned = transpose(m)
    return m, turned, negative(m), negative(turned)

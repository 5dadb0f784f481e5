"""Two terms of a sum as one product, where they have a factor in common.

    A B C + A D C = A (B + D) C              c^2 A + c B = c (c A + B)
    u .* v + u .* w = u .* (v + w)           u.^-0.5 - u.^-1.5 .* v = u.^-1.5 .* (u - v)
    diag(u) + diag(v) = diag(u + v)          the same for vec and for one operand of a Kronecker product
    (a^T x) b + (c^T x) d = (b a^T + d c^T) x
    (A kron B) K + B kron A = (K + I) (B kron A)

Whether the product is shorter is for the caller to weigh.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

from matcalc.algebra import add, epow, fun, had, mul, transpose
from matcalc.algebra.node import Expr, comm, const, eye, ones, split_product
from matcalc.algebra.normal_form.norms import SQUARES
from matcalc.book.sizes import ONE
from matcalc.memory import remembered
from matcalc.scalars import S, Scalar
from matcalc.simplify.identities import rewrite

WORTH: Final = 5
LINEAR_IN_ONE: Final = frozenset({"diag", "vec", "kron"})
Chain = tuple[Expr, ...]


@remembered(1024)
def join(a: Expr, b: Expr) -> Expr | None:
    """a + b as one product, where they have a factor in common.

    What they share with different exponents is taken out only where this saves much or lets terms cancel: a + 2 a b stays.
    """
    plain = _joined(a, b, _equal)
    if not _have_different_powers(a, b):
        return plain
    before = a.weight + b.weight if plain is None else plain.weight
    for among, between in product((_nearest, _lowest), repeat=2):
        made = _joined(a, b, among, between)
        if made is not None and made.weight + WORTH <= before:
            plain, before = made, made.weight + WORTH
    return plain


def handles(e: Expr) -> frozenset[Expr | str]:
    """What a term can be joined by: only terms with a handle in common have a factor in common."""
    c, scalars, mats = split_product(e)
    found: set[Expr | str] = set(_exponents(scalars))
    for chain in (mats, *(f.args for f in scalars if f.op == "inner")):
        for f in (*chain[:1], *chain[-1:]):
            found.add(f)
            found.add(transpose(f))
    if c not in (S.One, S.NegativeOne):
        found.add("number")
    if len(mats) == 1:
        found.update(_exponents(mats[0].args if mats[0].op == "had" else mats))
    return frozenset(found | {f.op for f in mats if f.op in LINEAR_IN_ONE})


def shortest(*found: Expr | None) -> Expr | None:
    """The shortest of those that there are."""
    return min((e for e in found if e is not None), key=lambda e: e.weight, default=None)


def _have_different_powers(a: Expr, b: Expr) -> bool:
    """Whether a base occurs with different exponents among the commuting factors of two terms."""
    ours, theirs = _all_exponents(a), _all_exponents(b)
    return any(base in theirs and theirs[base] != k for base, k in ours.items())


def _all_exponents(e: Expr) -> dict[Expr, Scalar]:
    _, scalars, mats = split_product(e)
    arrays = [f.args[0] if f.op == "diag" else f for f in mats]
    return _exponents([*scalars, *(g for f in arrays for g in (f.args if f.op == "had" else (f,)))])


Choice = Callable[[Scalar, Scalar], Scalar | None]


def _equal(k: Scalar, m: Scalar) -> Scalar | None:
    """The exponent that two powers of one base have in common, if they are the same."""
    return k if k == m else None


def _nearest(k: Scalar, m: Scalar) -> Scalar | None:
    """The exponent nearer to 0 of two that differ by an integer and have the same sign."""
    return min(k, m, key=abs) if k == m or k * m > 0 and (k - m).is_Integer else None


def _lowest(k: Scalar, m: Scalar) -> Scalar | None:
    """The lower of two exponents that differ by a multiple of a half."""
    return min(k, m) if (2 * (k - m)).is_Integer else None


def _joined(a: Expr, b: Expr, among: Choice, between: Choice | None = None) -> Expr | None:
    """a + b, where a choice tells what two powers have in common: of numbers, and of factors entry by entry."""
    between = between or among
    (ca, sa, ma), (cb, sb, mb) = split_product(a), split_product(b)
    c = _common_coefficient(ca, cb)
    shared, sa, sb = _common_factors(sa, sb, among)
    if not ma and not mb:
        (sa, ma), (sb, mb) = _chain_among(sa), _chain_among(sb)
    p, s = _common_ends(ma, mb)
    if _is_long_multiple(sa, ma, p + s) or _is_long_multiple(sb, mb, p + s):
        if not shared:
            return None
        p = s = 0
    left = mul(const(ca / c), *sa, _middle(ma, p, s, mb))
    right = mul(const(cb / c), *sb, _middle(mb, p, s, ma))
    if left.shape != right.shape:
        return None
    if p or s or shared or c not in (S.One, S.NegativeOne):
        return mul(const(c), *shared, *ma[:p], _sum_of(left, right, between), *ma[len(ma) - s :])
    made = _join_operands(left, right, between)
    return made if made is None or c is S.One else mul(const(c), made)


def _is_long_multiple(scalars: Sequence[Expr], mats: Chain, shared: int) -> bool:
    """Whether what is left of a term is a long multiple of I: (x^T A x) x beside A x stays, c x beside A x is (A + c I) x."""
    return 0 < shared == len(mats) and any(f.args for f in scalars)


def _chain_among(scalars: Chain) -> tuple[Chain, Chain]:
    """Factors of a number: those that stay numbers, and the chain of the first that is an inner product."""
    k = next((k for k, f in enumerate(scalars) if f.op == "inner"), None)
    return (scalars, ()) if k is None else (scalars[:k] + scalars[k + 1 :], scalars[k].args)


def join_inner(a: Expr, b: Expr) -> Expr | None:
    """(a^T x) b + (c^T x) d = (b a^T + d c^T) x: inner products with one factor in common, opened beside a vector."""
    if a.is_scalar or ONE not in a.shape:
        return None
    best: Expr | None = None
    for ca, sa, ma in _opened(a):
        for cb, sb, mb in _opened(b):
            p, s = _common_ends(ma, mb)
            if (s if a.shape[1] is ONE else p) and sorted(sa, key=id) == sorted(sb, key=id):
                left = mul(const(ca), _middle(ma, p, s, mb))
                right = mul(const(cb), _middle(mb, p, s, ma))
                if left.shape == right.shape:
                    best = shortest(best, mul(*sa, *ma[:p], _sum_of(left, right, _equal), *ma[len(ma) - s :]))
    return best


def _opened(e: Expr) -> list[tuple[Scalar, tuple[Expr, ...], tuple[Expr, ...]]]:
    """A product with a vector as value, once for each inner product in it: that one written as part of the chain."""
    c, scalars, mats = split_product(e)
    out = []
    for k, f in enumerate(scalars):
        if f.op == "inner":
            rest = scalars[:k] + scalars[k + 1 :]
            either = (f.args, tuple(transpose(g) for g in reversed(f.args)))
            out += [(c, rest, mats + chain if e.shape[1] is ONE else chain + mats) for chain in either]
    return out


def _sum_of(left: Expr, right: Expr, choice: Choice) -> Expr:
    """The sum of what remains, joined further if it can be."""
    whole = add(left, right)
    if whole.op != "add":
        return whole
    inner = _join_operands(left, right, choice) if whole.args == (left, right) or whole.args == (right, left) else None
    inner = rewrite(whole) if inner is None else inner
    return inner if inner is not None and inner.weight <= whole.weight else whole


def _common_coefficient(a: Scalar, b: Scalar) -> Scalar:
    if a == b:
        return a
    if a == -b:
        return abs(a) if a.is_number else a
    (ra, sa), (rb, sb) = a.as_coeff_Mul(), b.as_coeff_Mul()
    if not (ra.is_Rational and rb.is_Rational):
        return S.One
    small, large = (ra, rb) if abs(ra) < abs(rb) else (rb, ra)
    common = abs(small) if (large / small).is_Integer else S.One
    return common * (sa if sa == sb else _common_sizes(sa, sb))


def _common_sizes(a: Scalar, b: Scalar) -> Scalar:
    """What two products of powers of sizes have in common: 1/n of 1/n and 1/n^2."""
    ours, theirs = a.as_powers_dict(), b.as_powers_dict()
    common = S.One
    for base in ours.keys() & theirs.keys():
        k, m = ours[base], theirs[base]
        if base.is_Symbol and k.is_Integer and m.is_Integer and k * m > 0:
            common *= base ** min(k, m, key=abs)
    return common


def _common_factors(a: Sequence[Expr], b: Sequence[Expr], choice: Choice) -> tuple[Chain, Chain, Chain]:
    """What two products of commuting factors have in common, and what is left of each."""
    ours, theirs = _exponents(a), _exponents(b)
    shared: dict[Expr, Scalar] = {}
    for base in [f for f in ours if f in theirs]:
        n = choice(ours[base], theirs[base])
        if n is not None:
            shared[base] = n
            ours[base], theirs[base] = ours[base] - n, theirs[base] - n
    if not shared:
        return (), tuple(a), tuple(b)
    common, left, right = (tuple(epow(f, const(k)) for f, k in side.items() if k != 0) for side in (shared, ours, theirs))
    return common, left, right


def _exponents(factors: Sequence[Expr]) -> dict[Expr, Scalar]:
    """The bases of commuting factors with their exponents, which are numbers."""
    found: dict[Expr, Scalar] = {}
    for f in factors:
        # A power of a square matrix among arrays is one array: A^-1 .* B shares no factor with A .* B.
        power = f.op == "epow" or f.op == "pow" and f.is_scalar
        known = power and f.args[1].op == "const" and f.args[1].data.is_Rational
        base, k = (f.args[0], f.args[1].data) if known else (f, S.One)
        if base.op in SQUARES:
            base, k = SQUARES[base.op](base), k / 2
        found[base] = found.get(base, S.Zero) + k
    return found


def _common_ends(a: tuple[Expr, ...], b: tuple[Expr, ...]) -> tuple[int, int]:
    """Lengths of the longest common start and, of the rest, the longest common end."""
    most = min(len(a), len(b))
    p = 0
    while p < most and a[p] is b[p]:
        p += 1
    s = 0
    while s < most - p and a[-1 - s] is b[-1 - s]:
        s += 1
    return p, s


def common_end(e: Expr) -> Expr | None:
    """The sum with the last or first matrix that all its terms share taken out."""
    parts = [split_product(t) for t in e.args]
    if any(not mats for _, _, mats in parts):
        return None
    for at, kept in ((-1, slice(None, -1)), (0, slice(1, None))):
        f = parts[0][2][at]
        if all(mats[at] is f for _, _, mats in parts):
            n = f.shape[0] if at else f.shape[1]
            inside = add(*(mul(const(c), *scalars, *(mats[kept] or (eye(n),))) for c, scalars, mats in parts))
            return mul(inside, f) if at else mul(f, inside)
    return None


def _middle(mats: tuple[Expr, ...], p: int, s: int, other: tuple[Expr, ...]) -> Expr:
    rest = mats[p : len(mats) - s]
    if rest:
        return mul(*rest)
    return eye(mats[p - 1].shape[1] if p else mats[0].shape[0]) if mats else mul()


def _join_operands(a: Expr, b: Expr, choice: Choice) -> Expr | None:
    """u .* v + u .* w = u .* (v + w); diag(u) + diag(v) = diag(u + v); the same for what is linear in one operand."""
    (ca, sa, ma), (cb, sb, mb) = split_product(a), split_product(b)
    left, right = (const(ca), *sa), (const(cb), *sb)
    if len(ma) != 1 or len(mb) != 1:
        return _join_kronecker(left, ma, right, mb)
    (u,), (v,) = ma, mb
    if {u.op, v.op} & {"had", "epow"}:
        return _join_hadamard(left, u, right, v, choice)
    if u.op == v.op and u.op in LINEAR_IN_ONE and len(u.args) == len(v.args):
        differing = [k for k, (f, g) in enumerate(zip(u.args, v.args, strict=True)) if f is not g]
        if len(differing) == 1:
            k = differing[0]
            if u.args[k].shape == v.args[k].shape:
                return fun(u.op, *u.args[:k], _sum_of(mul(*left, u.args[k]), mul(*right, v.args[k]), choice), *u.args[k + 1 :])
    return _join_swapped(left, ma, right, mb)


def _join_hadamard(left: Chain, u: Expr, right: Chain, v: Expr, choice: Choice) -> Expr | None:
    ours, theirs = (e.args if e.op == "had" else (e,) for e in (u, v))
    shared, a, b = _common_factors(ours, theirs, choice)
    if not shared:
        return None
    rest_a, rest_b = (had(*rest) if rest else ones(*u.shape) for rest in (a, b))
    whole = add(mul(*left, rest_a), mul(*right, rest_b))
    known = rewrite(whole) if whole.op == "add" else None
    if choice is _equal and known is None and whole.op == "add" and not (a and b):
        return None
    return had(*shared, whole if known is None else known)


def _join_kronecker(left: Chain, ma: Chain, right: Chain, mb: Chain) -> Expr | None:
    """An outer product of Kronecker products is one too: (a kron b)(c kron d)^T = a c^T kron b d^T."""
    u, v = _as_kronecker(ma), _as_kronecker(mb)
    if u is not None and v is not None:
        return _join_operands(mul(*left, u), mul(*right, v), _equal)
    return _join_swapped(left, ma, right, mb)


def _as_kronecker(mats: Chain) -> Expr | None:
    if len(mats) == 1 or len(mats) != 2 or any(f.op != "kron" for f in mats):
        return mats[0] if len(mats) == 1 and mats[0].op == "kron" else None
    pairs = list(zip(*(f.args for f in mats), strict=True))
    return fun("kron", *(mul(f, g) for f, g in pairs)) if all(f.shape[1] == g.shape[0] for f, g in pairs) else None


def _join_swapped(left: Chain, ma: Chain, right: Chain, mb: Chain) -> Expr | None:
    """(A kron B) K = K (B kron A) (Magnus and Neudecker, section 3.7), so that B kron A can be taken out."""
    if len(ma) < len(mb):
        left, ma, right, mb = right, mb, left, ma
    if [f.op for f in (*ma, *mb)] != ["kron", "comm", "kron"] or ma[0].args != mb[0].args[::-1]:
        return None
    swap = comm(ma[0].args[0].shape[0], ma[0].args[1].shape[0])
    if swap.shape[1] != mb[0].shape[0] or ma[1].data != (ma[0].args[0].shape[1], ma[0].args[1].shape[1]):
        return None
    return mul(add(mul(*left, swap), mul(*right, eye(swap.shape[0]))), mb[0])

"""The form that people would write: recognise named functions, cancel inverses, collect common factors.

The cost model is the number of tokens of the plain text (`Expr.weight`). Every step is an equality that holds wherever
both sides exist; none loops, since a rewrite must not lengthen and the identities are oriented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sympy import Expr as Scalar
from sympy import S

from matcalc.algebra import add, had, inverse, mul, scale, transpose
from matcalc.expr import Expr, const, eye, is_const, spend, split_coefficient, split_product
from matcalc.functions import fun, rebuild
from matcalc.identities import rewrite
from matcalc.shape import ONE

MAX_TERMS: Final = 40
LINEAR_IN_ONE: Final = frozenset({"diag", "vec", "kron"})


def simplify(e: Expr) -> Expr:
    """The expression with every part in its preferred form."""
    return transform(e, _improve)


def recognise(e: Expr) -> Expr:
    """The expression with the identities of the rule book applied, and nothing else."""
    return transform(e, _improve)


def _rewritten(e: Expr) -> Expr:
    found = rewrite(e)
    return e if found is None else found


def transform(e: Expr, step: Callable[[Expr], Expr]) -> Expr:
    """The expression with a step taken at every node until it changes nothing: operands first, each node once.

    What a step or the rebuilding of a node makes is looked at like the rest of the expression. There is no recursion: a
    DAG may be thousands of nodes deep.
    """
    done: dict[Expr, Expr] = {}
    met: set[Expr] = set()
    stack = [e]
    while stack:
        n = stack[-1]
        missing = [] if n in done else [a for a in n.args if a not in done]
        if n in done or missing:
            stack.extend(missing) if missing else stack.pop()
            continue
        made = rebuild(n, tuple([done[a] for a in n.args])) if n.args else n
        better = step(n) if made is n and n.args else made
        if better is n or better not in done and better in met:
            done[n] = done[better] = better
        elif better in done:
            done[n] = done[better]
        else:
            met.add(n)
            stack.append(better)
    return done[e]


def _improve(e: Expr) -> Expr:
    found = rewrite(e)
    if found is not None and found.weight <= e.weight:
        return found
    if e.op == "add":
        return collect(e)
    if e.op in ("mul", "inner"):
        return _cancelled(e)
    if e.op == "tr" and e.args[0].op == "mul":
        shorter = _cancelled(e.args[0])
        return fun("tr", shorter) if shorter is not e.args[0] else e
    return e


def _cancelled(e: Expr) -> Expr:
    """The product with the inverse of a product of square matrices written out, where that cancels something."""
    mats = e.args if e.op == "inner" else split_product(e)[2]
    for k, f in enumerate(mats):
        if f.op == "pow" and is_const(f.args[1], -1) and f.args[0].op == "mul":
            c, scalars, inside = split_product(f.args[0])
            if all(m.shape[0] == m.shape[1] for m in inside):
                opened = mul(*mats[:k], *(inverse(m) for m in reversed(inside)), *mats[k + 1 :])
                before = mul(*mats)
                if opened.weight < before.weight:
                    outside = e.args[: len(e.args) - len(mats)]
                    return mul(*outside, *(inverse(s) for s in (const(c), *scalars)), opened)
    return e


# ---------------------------------------------------------------------------------------- collecting terms


def collect(e: Expr) -> Expr:
    """A sum with common factors taken out of pairs of terms, the pair that saves most first."""
    terms = list(e.args)
    if len(terms) > MAX_TERMS:
        return e
    joined: dict[tuple[Expr, Expr], Expr | None] = {}
    while len(terms) > 1:
        best: tuple[int, int, int, Expr] | None = None
        for i, a in enumerate(terms):
            for j in range(i + 1, len(terms)):
                b = terms[j]
                if (a, b) not in joined:
                    spend(16 * (len(a.args) + len(b.args)))
                    joined[a, b] = _shortest(join(a, b), join_inner(a, b))
                made = joined[a, b]
                if made is not None and made.op != "add":
                    saved = a.weight + b.weight + 1 - made.weight
                    if saved >= 0 and (best is None or saved > best[0]):
                        best = (saved, i, j, made)
        if best is None:
            break
        _, i, j, made = best
        terms = [t for k, t in enumerate(terms) if k not in (i, j)]
        terms.append(made)
    whole = add(*terms)
    return whole if whole.weight <= e.weight else e


def join(a: Expr, b: Expr) -> Expr | None:
    """a + b as one product, where they have a factor in common."""
    (ca, sa, ma), (cb, sb, mb) = split_product(a), split_product(b)
    c = _common_coefficient(ca, cb)
    shared, sa, sb = _common_scalars(sa, sb)
    chained = len(sa) == len(sb) == 1 and sa[0].op == sb[0].op == "inner" and not ma and not mb
    if chained:
        ma, mb, sa, sb = sa[0].args, sb[0].args, (), ()
    p, s = _common_ends(ma, mb)
    left = mul(const(ca / c), *sa, _middle(ma, p, s, mb))
    right = mul(const(cb / c), *sb, _middle(mb, p, s, ma))
    if left.shape != right.shape:
        return None
    if p or s or shared or c not in (S.One, S.NegativeOne):
        return mul(const(c), *shared, *ma[:p], _sum_of(left, right), *ma[len(ma) - s :])
    made = _join_operands(left, right)
    return made if made is None or c is S.One else mul(const(c), made)


def _shortest(*found: Expr | None) -> Expr | None:
    return min((e for e in found if e is not None), key=lambda e: e.weight, default=None)


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
                    best = _shortest(best, mul(*sa, *ma[:p], _sum_of(left, right), *ma[len(ma) - s :]))
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


def _sum_of(left: Expr, right: Expr) -> Expr:
    """The sum of what remains, joined further if it can be."""
    whole = add(left, right)
    if whole.op != "add":
        return whole
    inner = _join_operands(left, right) if whole.args == (left, right) or whole.args == (right, left) else None
    return inner if inner is not None and inner.weight <= whole.weight else whole


def _common_coefficient(a: Scalar, b: Scalar) -> Scalar:
    if a == b:
        return a
    if a == -b:
        return abs(a) if a.is_number else a
    if a.is_Rational and b.is_Rational:
        small, large = (a, b) if abs(a) < abs(b) else (b, a)
        if (large / small).is_Integer:
            return abs(small)
    return S.One


def _common_scalars(a: tuple[Expr, ...], b: tuple[Expr, ...]) -> tuple[list[Expr], tuple[Expr, ...], tuple[Expr, ...]]:
    shared = [f for f in a if f in b]
    return shared, tuple(f for f in a if f not in shared), tuple(f for f in b if f not in shared)


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


def _middle(mats: tuple[Expr, ...], p: int, s: int, other: tuple[Expr, ...]) -> Expr:
    rest = mats[p : len(mats) - s]
    if rest:
        return mul(*rest)
    return eye(mats[p - 1].shape[1] if p else mats[0].shape[0]) if mats else mul()


def _join_operands(a: Expr, b: Expr) -> Expr | None:
    """u .* v + u .* w = u .* (v + w); diag(u) + diag(v) = diag(u + v); the same for what is linear in one operand."""
    if a.op == "had" or b.op == "had":
        return _join_hadamard(a, b)
    (ca, u), (cb, v) = split_coefficient(a), split_coefficient(b)
    if u.op == v.op and u.op in LINEAR_IN_ONE and len(u.args) == len(v.args):
        differing = [k for k, (f, g) in enumerate(zip(u.args, v.args, strict=True)) if f is not g]
        if len(differing) == 1:
            k = differing[0]
            if u.args[k].shape == v.args[k].shape:
                return fun(u.op, *u.args[:k], add(scale(ca, u.args[k]), scale(cb, v.args[k])), *u.args[k + 1 :])
    return None


def _join_hadamard(a: Expr, b: Expr) -> Expr | None:
    fa = list(a.args) if a.op == "had" else [a]
    fb = list(b.args) if b.op == "had" else [b]
    shared = [f for f in fa if f in fb]
    if not shared:
        return None
    rest_a = had(*(f for f in fa if f not in shared)) if len(fa) > len(shared) else None
    rest_b = had(*(f for f in fb if f not in shared)) if len(fb) > len(shared) else None
    if rest_a is None or rest_b is None:
        return None
    return had(*shared, add(rest_a, rest_b))


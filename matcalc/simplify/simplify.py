"""The form that people would write: recognise named functions, cancel inverses, collect common factors.

The cost model is the number of tokens of the plain text (`Expr.weight`). Every step is an equality that holds wherever
both sides exist; none loops, since a rewrite must not lengthen and the identities are oriented.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Final

from matcalc.algebra import add, fun, had, inverse, mul, power, rebuild, transpose
from matcalc.algebra.commuting import in_order_of_book, is_of_book, of_book
from matcalc.algebra.node import Expr, base_and_exponent, const, is_const, split_product
from matcalc.algebra.normal_form.blocks.inverses import numbers_of_inverse
from matcalc.algebra.steps import spend
from matcalc.memory import remembered
from matcalc.simplify.cancel import multiplied_out, power_multiplied_out, resolved
from matcalc.simplify.collect import common_end, handles, join, join_inner, shortest
from matcalc.simplify.conjugates import with_parts
from matcalc.simplify.fractions import as_power, one_fraction, over_one_denominator
from matcalc.simplify.identities import named_in_identities, rewrite
from matcalc.simplify.operators import joined
from matcalc.simplify.singular import regular
from matcalc.simplify.spectral import spectral

MAX_TERMS: Final = 40
FEW: Final = 6
MAX_COLLECTED: Final = 5_000


@remembered(1024)
def simplify(e: Expr) -> Expr:
    """The expression with every part in its preferred form."""
    return transform(e, _improve)


@remembered(256)
def recognise(e: Expr) -> Expr:
    """The expression with the identities of the rule book applied and common factors collected: what is differentiated."""
    return transform(e, _recognised)


@remembered(1024)
def _recognised(e: Expr) -> Expr:
    e = regular(e)
    found = rewrite(e)
    found = spectral(e) if found is None else found
    return _shortened(e) if found is None else found


def transform(e: Expr, step: Callable[[Expr], Expr]) -> Expr:
    """The expression with a step taken at every node until it changes nothing: operands first, each node once.

    What a step or the rebuilding of a node makes is looked at like the rest of the expression. There is no recursion: a
    DAG may be thousands of nodes deep.
    """
    # A leaf stays as it is.
    done: dict[Expr, Expr] = {}
    met: set[Expr] = set()
    stack = [e] if e.args else []
    while stack:
        n = stack[-1]
        if n in done:
            stack.pop()
            continue
        if missing := [a for a in n.args if a.args and a not in done]:
            stack += missing
            continue
        made = rebuild(n, tuple([done.get(a, a) for a in n.args]))
        better = step(n) if made is n else made
        if better in done:
            done[n] = done[better]
        elif better is n or better in met or not better.args:
            done[n] = done[better] = better
        else:
            met.add(n)
            stack.append(better)
    return done.get(e, e)


@remembered(1024)
def _improve(e: Expr) -> Expr:
    made = _shortened(e)
    if e.op not in ("add", "mul", "inner", "pow", "tr"):
        return made
    out: tuple[Expr | None, ...] = (power_multiplied_out(e),) if e.op == "pow" else (multiplied_out(e),)
    if e.op == "add":
        out = (*out, resolved(e), over_one_denominator(e))
    others = [transform(o, _shortened) for o in out if o is not None]
    return min([made, *others], key=lambda o: o.weight)


@remembered(1024)
def _shortened(e: Expr) -> Expr:
    """A node by an identity, with common factors taken out, or with an inverse written out."""
    parted = with_parts(e) if e.op == "add" and e.has_complex else e
    if parted is not e:
        return parted
    found = rewrite(e)
    if found is not None and found.weight <= e.weight:
        return found
    if e.op == "inner" and found is None and (entry := _entry_by_entry(e)) is not None:
        return entry
    made = spectral(e)
    # A function of a matrix needs no simple eigenvalue, and is told where its frame is not known by name.
    if made is not None and (len(e.args) > 1 or made.weight <= e.weight):
        return made
    if e.op == "add":
        made = joined(e)
        return collect(e) if made is e else made
    if e.op in ("mul", "inner"):
        return _shortened_product(e)
    if e.op == "tr" and e.args[0].op == "mul":
        shorter = _cancelled(e.args[0])
        repeated = as_power(e.args[0].args) if shorter is e.args[0] else None
        return fun("tr", shorter if repeated is None else repeated) if repeated is not None or shorter is not e.args[0] else e
    return e


def _entry_by_entry(e: Expr) -> Expr | None:
    """u^T*v as the sum of the entries of u.*v, where an identity shortens that: abs(x)^T*sign(x) is sum(x)."""
    if len(e.args) != 2 or not any((f.args[0] if f.op == "T" else f).op in named_in_identities() for f in e.args):
        return None
    product = had(transpose(e.args[0]), e.args[1])
    found = rewrite(product) if product.op == "had" else product
    made = None if found is None else fun("sum", found)
    return made if made is not None and made.weight < e.weight else None


def _shortened_product(e: Expr) -> Expr:
    ordered = _ordered(e)
    if ordered is not e:
        return ordered
    for needed, way in WAYS:
        made = way(e) if needed in e.operations else e
        if made is not e:
            return made
    return e


def _ordered(e: Expr) -> Expr:
    """The product with neighbours that are functions of one matrix in one order, so that equal products are one and powers meet."""
    if e.operations.isdisjoint(of_book()):
        return e
    outside, mats = ((), e.args) if e.op == "inner" else _halves(e)
    if not any(is_of_book(f.args[0] if f.op == "T" else f) for f in mats):
        return e
    return mul(*outside, *in_order_of_book(mats))


def _halves(e: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The numbers of a product, and its matrices."""
    mats = split_product(e)[2]
    return e.args[: len(e.args) - len(mats)], mats


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


def _one_determinant(e: Expr) -> Expr:
    """det(A)*det(B) = det(A*B), in the order of the factors (Magnus and Neudecker, section 1.9)."""
    scalars = split_product(e)[1]
    found = [f for f in scalars if base_and_exponent(f)[0].op == "det"]
    for one, other in combinations(found, 2):
        (a, k), (b, n) = base_and_exponent(one), base_and_exponent(other)
        if k is n and a.args[0].shape == b.args[0].shape:
            rest = [f for f in e.args if f is not one and f is not other]
            return mul(power(fun("det", mul(a.args[0], b.args[0])), k), *rest)
    return e


def _pivot_determinant(e: Expr) -> Expr:
    """det([A, b; g^T, c])/(c - g^T*A^-1*b) = det(A) (Magnus and Neudecker, section 1.11)."""
    scalars = split_product(e)[1] if e.has_blocks else ()
    for one, other in permutations(scalars, 2):
        (whole, k), (s, n) = base_and_exponent(one), base_and_exponent(other)
        if whole.op == "det" and n.op == "const" and n.data.is_negative:
            for part, pivot in numbers_of_inverse(whole.args[0]):
                c = mul(part, s)
                if c.op == "const":
                    rest = [f for f in e.args if f is not one and f is not other]
                    less = (power(whole, add(k, const(-1))), power(s, add(n, const(1))), fun("det", pivot), inverse(c))
                    return mul(*less, *rest)
    return e


def _factored(e: Expr) -> Expr:
    """A (x + M x) as A (I + M) x: in a product, the matrix that all terms of a sum end or start with stands beside the sum."""
    chained = sum(not f.is_scalar for f in e.args) > 1
    for k, f in enumerate(e.args):
        if chained and f.op == "add" and not f.is_scalar:
            made = common_end(f)
            if made is not None:
                whole = mul(*e.args[:k], made, *e.args[k + 1 :])
                if whole.weight <= e.weight:
                    return whole
    return e


# What is tried of a product, each where the operation that it is about occurs.
WAYS: Final[tuple[tuple[str, Callable[[Expr], Expr]], ...]] = (
    ("det", _one_determinant),
    ("det", _pivot_determinant),
    ("pow", _cancelled),
    ("add", _factored),
    ("add", one_fraction),
)


# ---------------------------------------------------------------------------------------- collecting terms


def collect(e: Expr) -> Expr:
    """A sum with common factors taken out of pairs of terms, the pair that saves most first."""
    terms = list(e.args)
    if len(terms) > MAX_TERMS or len(terms) > FEW and e.weight > MAX_COLLECTED:
        return e
    joined: dict[tuple[Expr, Expr], Expr | None] = {}
    held = {t: handles(t) for t in terms}
    while len(terms) > 1:
        best: tuple[int, int, int, Expr] | None = None
        for i, a in enumerate(terms):
            for j in range(i + 1, len(terms)):
                b = terms[j]
                if (a, b) not in joined:
                    spend(16 * (len(a.args) + len(b.args)))
                    joined[a, b] = None if held[a].isdisjoint(held[b]) else shortest(join(a, b), join_inner(a, b))
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
        held[made] = handles(made)
    whole = add(*terms)
    return whole if whole.weight <= e.weight else e

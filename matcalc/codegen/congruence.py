"""Products A^T S A where S is a sum of diag(w) with w >= 0, identities and products u v^T: half of A^T diag(w) A tells the other half."""

from __future__ import annotations

from typing import Final

from matcalc.algebra.node import Expr, split_product
from matcalc.algebra.structure import is_positive
from matcalc.algebra.walk import is_vector
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE
from matcalc.codegen.stretches import turned

MANY: Final = 4


def congruent(mats: tuple[Expr, ...]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]] | None:
    """(the terms of S, the factors of A) of a chain A^T S A of this kind; None of another one."""
    half = len(mats) // 2
    if len(mats) % 2 == 0 or half == 0 or ONE in mats[0].shape:
        return None
    middle, right = mats[half], mats[half + 1 :]
    # A Kronecker product is multiplied factor by factor and has no array.
    if any(f.op == "kron" for f in right) or any(f is not g for f, g in zip(mats[:half], turned(right), strict=True)):
        return None
    terms = middle.args if middle.op == "add" else (middle,)
    found = [split_product(t)[2] for t in terms]
    if len(terms) > MANY or not all(map(_fits, found)) or all(len(m) == 2 for m in found):
        return None
    return terms, right


def _fits(mats: tuple[Expr, ...]) -> bool:
    """Whether a term is a multiple of the identity, of diag(w) or of u v^T."""
    if len(mats) == 2:
        return is_vector(mats[0]) and mats[0].shape[1] is ONE
    return len(mats) == 1 and (mats[0].op == "eye" or mats[0].op == "diag" and is_nonnegative(mats[0].args[0]))


def is_nonnegative(e: Expr) -> bool:
    """Whether no entry of an array is known to be below zero."""
    if is_positive(e) or e.op == "ones":
        return True
    if e.op in ("T", "add", "had"):
        return all(map(is_nonnegative, e.args))
    if e.op in ("epow", "pow"):
        base, k = e.args
        even = k.op == "const" and k.data.is_Integer and int(k.data) % 2 == 0
        return (e.op == "epow" or e.is_scalar) and not base.has_complex and (even or is_nonnegative(base))
    if e.op == "mul":
        c, scalars, mats = split_product(e)
        return not c.could_extract_minus_sign() and all(map(is_nonnegative, (*scalars, *mats))) and len(mats) < 2
    rule = rulebook.find(e.op)
    return rule is not None and rule.range.startswith(("[0", "(0", "[1")) and not e.has_complex

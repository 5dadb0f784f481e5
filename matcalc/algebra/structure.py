"""What is known of an expression from how it is made: `properties(e)`, in the words of rules/properties.toml.

A variable has what was declared of it; an operation keeps what the book says that it keeps (`kept_by`); a function has what
its rule `gives`. Beside these stand the facts below, each with its reason. What is inferred holds at every point of the
domain; that a property is missing says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Final

from matcalc.algebra.node import Expr, const, is_const, split_product
from matcalc.algebra.normal_form.blocks.building import only_diagonal_blocks, triangular_blocks
from matcalc.algebra.normal_form.constructors import build
from matcalc.book.properties import Known, implied, kept_by, turned
from matcalc.book.rules import find
from matcalc.scalars import S

# Longer expressions are not looked into: the time is bounded, and so is the depth.
MAX_WEIGHT: Final = 100
MINUS_ONE: Final = const(-1)
NOTHING: Final[Known] = frozenset()
DEFINITE: Final[Known] = frozenset({"psd", "spd"})
PATTERNS: Final[Known] = frozenset({"lower", "upper"})


def properties(e: Expr) -> Known:
    """The properties that an expression is known to have, and all that follow from them."""
    if e.op == "sym":
        return implied(e.data.properties)
    if e.known is None:
        e.known = NOTHING if e.weight > MAX_WEIGHT else _inferred(e)
    return e.known


def is_positive(e: Expr) -> bool:
    """Whether every entry is known to be greater than zero; a triangular matrix that is called positive has zeros."""
    if e.op == "const":
        return bool(e.data.is_positive)
    known = properties(e)
    return "positive" in known and not known & PATTERNS


def _inferred(e: Expr) -> Known:
    found = INFERENCES[e.op](e) if e.op in INFERENCES else _of_function(e)
    if is_square(e):
        found |= _by_transpose(e)
    return implied(found) if not e.has_complex else _of_complex(e, found)


def _of_complex(e: Expr, found: Known) -> Known:
    """The order of definite matrices is one of real matrices here; exp(z) is positive only where z is real."""
    if "positive" in found and build.conjugate(e) is not e:
        found -= {"positive"}
    if e.op == "add" and is_square(e) and all(map(_is_gram, e.args)) and any("spd" in properties(_core(t)) for t in e.args):
        found |= {"invertible"}
    return implied(found - DEFINITE) - DEFINITE


def _core(t: Expr) -> Expr:
    """The matrix of a multiple of one."""
    mats = split_product(t)[2]
    return build.mul(*mats) if mats else t


def _is_gram(t: Expr) -> bool:
    """Whether a term is a positive multiple of B^H*S*B with S semidefinite, or with nothing between."""
    c, scalars, mats = split_product(t)
    half = len(mats) // 2
    middle = mats[half : len(mats) - half]
    mirrored = all(build.transpose(build.conjugate(f)) is g for f, g in zip(mats[:half], reversed(mats[len(mats) - half :]), strict=True))
    return bool(c.is_positive) and all(map(is_positive, scalars)) and mirrored and all("psd" in properties(m) for m in middle)


def is_square(e: Expr) -> bool:
    """Whether it is a matrix with as many rows as columns, and not a number."""
    return e.shape[0] == e.shape[1] and not e.is_scalar


def _by_transpose(e: Expr) -> Known:
    """The normal form of what is its own transpose is that of its transpose: A + A^T, A^T*S*A, expm(S)."""
    t = build.transpose(e)
    if e.has_complex and t is build.conjugate(e):
        return frozenset({"hermitian"})
    if t is e:
        return frozenset({"symmetric"})
    return frozenset({"skew"}) if t is build.mul(MINUS_ONE, e) else NOTHING


def _all_positive(operands: Iterable[Expr]) -> Known:
    return frozenset({"positive"}) if all(map(is_positive, operands)) else NOTHING


def _common(operands: Iterable[Expr], operation: str) -> Known:
    """What every operand has and the operation keeps; the zeros of a pattern are no positive entries."""
    operands = tuple(operands)
    kept = reduce(frozenset.intersection, map(properties, operands)) & kept_by(operation)
    return kept - {"positive"} | (_all_positive(operands) if "positive" in kept else NOTHING)


def _of_sum(e: Expr) -> Known:
    found = _common(e.args, "sum")
    # x^T*(A + B)*x > 0 where one of the two terms is, and neither is negative.
    semidefinite = all("psd" in properties(t) for t in e.args)
    return found | {"spd"} if semidefinite and any("spd" in properties(t) for t in e.args) else found


def _of_product(e: Expr) -> Known:
    c, scalars, mats = split_product(e)
    if not mats:
        return _all_positive(e.args)
    found = properties(mats[0]) if len(mats) == 1 else _common(mats, "product") | _of_palindrome(mats)
    if c is S.One and not scalars:
        return found
    if bool(c.is_positive) and all(map(is_positive, scalars)):
        return found & (kept_by("multiple") | kept_by("positive multiple"))
    # A multiple by a number that may be zero is not invertible.
    nonzero = not scalars and bool(c.is_nonzero)
    return (found & kept_by("multiple")) - (NOTHING if nonzero else {"invertible"})


def _of_palindrome(mats: tuple[Expr, ...]) -> Known:
    """B^T*S*B is psd where S is, or where no S is; spd where S is and B is invertible."""
    half = len(mats) // 2
    left, middle, right = mats[:half], mats[half : len(mats) - half], mats[len(mats) - half :]
    if any(build.transpose(f) is not g for f, g in zip(left, reversed(right), strict=True)):
        return NOTHING
    known = [properties(f) for f in middle]
    if any("psd" not in k for k in known):
        return NOTHING
    definite = all("spd" in k for k in known) and all("invertible" in properties(f) for f in left)
    return frozenset({"spd" if definite else "psd"})


def _of_power(e: Expr) -> Known:
    base, k = e.args
    if e.is_scalar:
        return _all_positive([base])
    known = properties(base)
    even = k.op == "const" and bool(k.data.is_even)
    inverse = k.op != "const" or bool(k.data.is_negative)
    found = known & (kept_by("inverse") if is_const(k, -1) else kept_by("product") & (kept_by("inverse") if inverse else known))
    if k.op == "const" and inverse:
        found |= {"invertible"}
    # The eigenvalues of a power are the powers of the eigenvalues.
    if "symmetric" in known and (even or "psd" in known):
        found |= {"spd" if "invertible" in known | found else "psd"}
    return found - {"positive"} | (_all_positive([base]) if "positive" in found else NOTHING)


def _of_elementwise_product(e: Expr) -> Known:
    """An elementwise product has the zeros of every factor."""
    return _common(e.args, "hadamard") | {p for f in e.args for p in properties(f) & PATTERNS}


def _of_elementwise_power(e: Expr) -> Known:
    base, k = e.args
    product = k.op == "const" and bool(k.data.is_Integer) and bool(k.data.is_positive)
    return _all_positive([base]) | (_common([base], "hadamard") if product else NOTHING)


def _of_transpose(e: Expr) -> Known:
    known = properties(e.args[0])
    return known & kept_by("transpose") | {t for p in known if (t := turned(p))}


def _of_diagonal(e: Expr) -> Known:
    """diag(x) is definite where every entry of x is positive."""
    return frozenset({"diagonal", "spd"} if is_positive(e.args[0]) else {"diagonal"})


def _of_trace(e: Expr) -> Known:
    """The trace of what is definite is positive, as are its eigenvalues; and that of positive entries."""
    return frozenset({"positive"}) if "spd" in properties(e.args[0]) else _all_positive(e.args)


def _of_blocks(e: Expr) -> Known:
    """A block diagonal matrix has what all its blocks have; one of positive blocks is positive, a triangular one has their inverses."""
    diagonal = only_diagonal_blocks(e)
    if diagonal is not None:
        # A number is a 1 x 1 matrix here: symmetric, and definite where it is positive.
        positive, number = frozenset({"diagonal", "spd"}), frozenset({"diagonal"})
        known = [implied(positive if is_positive(b) else number) if b.is_scalar else properties(b) for b in diagonal]
        return reduce(frozenset.intersection, known) & kept_by("blkdiag")
    triangle = triangular_blocks(e)
    invertible = triangle is not None and all("invertible" in properties(b) for b in triangle)
    return _all_positive(e.args) | (frozenset({"invertible"}) if invertible else NOTHING)


def _of_function(e: Expr) -> Known:
    """What the rule of a function says that it gives, of any argument or of one with a property."""
    rule = find(e.op)
    if rule is None:
        return NOTHING
    return frozenset(given for of, given in rule.gives if not of or of in properties(e.args[0]))


INFERENCES: Final[dict[str, Callable[[Expr], Known]]] = {
    "const": lambda e: frozenset({"positive"}) if e.data.is_positive else NOTHING,
    "eye": lambda e: frozenset({"diagonal", "spd", "orthogonal", "integer"}),
    "ones": lambda e: frozenset({"positive", "integer"}),
    # K(m,n) permutes entries.
    "comm": lambda e: frozenset({"orthogonal", "integer"}),
    "dup": lambda e: frozenset({"integer"}),
    "elim": lambda e: frozenset({"integer"}),
    "T": _of_transpose,
    "conj": lambda e: properties(e.args[0]),
    "add": _of_sum,
    "mul": _of_product,
    "inner": lambda e: _all_positive(e.args),
    "pow": _of_power,
    "triangle": lambda e: frozenset({e.data[0], "invertible"}),
    "had": _of_elementwise_product,
    "epow": _of_elementwise_power,
    "block": _of_blocks,
    "kron": lambda e: _common(e.args, "kron"),
    "entry": lambda e: _all_positive(e.args),
    "sum": lambda e: _all_positive(e.args),
    "vech": lambda e: _all_positive(e.args),
    "vec": lambda e: _all_positive(e.args),
    "diagv": lambda e: _all_positive(e.args),
    "diag": _of_diagonal,
    "tr": _of_trace,
    "det": lambda e: frozenset({"positive"}) if "spd" in properties(e.args[0]) else NOTHING,
}

"""What a solution takes for granted: a matrix that is inverted, a number that is divided by, a sign."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from matcalc.algebra import add, inverse, mul, negative, power, transpose
from matcalc.algebra.node import Expr, base_and_exponent, const, eye, split_product
from matcalc.algebra.structure import is_positive, properties
from matcalc.records import dataclass
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import simplify

INVERTIBLE: Final = "invertible"
NONZERO: Final = "!= 0"
POSITIVE: Final = "> 0"
DEFINITE: Final = "spd"


@dataclass(frozen=True)
class Condition:
    """`expr` is invertible, spd, not 0, or positive; or something that is said in words alone, which nothing checks."""

    kind: str
    expr: Expr | None = None
    words: str = ""


Conditions = tuple[Condition, ...]


def inverted(m: Expr) -> tuple[Expr, Conditions]:
    """The inverse of a matrix, or of a number, and what it takes for granted."""
    return inverse(m), taken_for_granted(m)


def taken_for_granted(m: Expr) -> Conditions:
    """That a matrix is invertible, or a number not zero, where that is not known."""
    if m.is_scalar:
        return () if is_nonzero(m) else (Condition(NONZERO, bare(m)),)
    if is_invertible(m):
        return ()
    core = bare(m)
    return (Condition(NONZERO if core.is_scalar else INVERTIBLE, core),)


def is_invertible(m: Expr) -> bool:
    """Whether a matrix is known to be invertible: by its properties, or as a product of such matrices."""
    if "invertible" in properties(m) or "invertible" in properties(simplify(m)):
        return True
    c, scalars, mats = split_product(m)
    if m.op == "mul" and all(f.shape[0] == f.shape[1] for f in mats):
        return all(map(is_nonzero, (const(c), *scalars))) and all(map(is_invertible, mats)) if len(mats) > 1 or scalars or c != 1 else False
    return is_nonzero(m.args[0]) if m.op == "diag" and is_positive(m.args[0]) else False


def is_nonzero(s: Expr) -> bool:
    """Whether a number is known not to be zero."""
    if s.op == "const":
        return bool(s.data.is_nonzero) or bool(s.data.free_symbols) and bool(s.data.is_positive)
    if is_positive_number(s) or is_positive_number(negative(s)):
        return True
    if s.op == "mul":
        return all(map(is_nonzero, s.args))
    return s.op == "pow" and is_nonzero(s.args[0])


def is_positive_number(s: Expr) -> bool:
    """Whether a number is known to be greater than zero, as a quadratic form with a definite matrix at a vector without zeros is."""
    if is_positive(s) or _is_form_of_nonzero(s):
        return True
    if s.op == "add":
        return any(map(is_positive_number, s.args)) and all(is_positive_number(t) or _is_never_negative(t) for t in s.args)
    return s.op == "mul" and all(map(is_positive_number, s.args)) or s.op == "pow" and is_positive_number(s.args[0])


def _is_never_negative(s: Expr) -> bool:
    c, scalars, _ = split_product(s)
    return not c.is_negative and bool(c.is_positive) and all(is_positive_number(f) or is_square(f) for f in scalars)


def _is_form_of_nonzero(s: Expr) -> bool:
    """x^T*S*x with S definite and all entries of x positive."""
    if s.op == "sum":
        # 1^T*S*1 is built as the sum of all entries.
        return "spd" in properties(s.args[0]) or is_positive(s.args[0])
    if s.op != "inner" or transpose(s.args[0]) is not s.args[-1]:
        return False
    if not is_positive(s.args[-1]):
        return False
    middle = s.args[1:-1]
    return not middle or "spd" in properties(mul(*middle))


def bare(e: Expr) -> Expr:
    """What must not be zero, or not be singular, with what cannot be left out: numbers that multiply it, powers."""
    e = simplify(e)
    c, scalars, mats = split_product(e)
    kept = [f for f in (base_and_exponent(s)[0] for s in scalars) if not is_positive_number(f)]
    if not (c.is_nonzero or c.is_positive) or not kept and not mats:
        return _turned(e)
    if e.op == "T":
        return bare(e.args[0])
    if mats == (eye(e.shape[0]),):
        return bare(mul(const(c), *scalars))
    if e.is_scalar and len(kept) == 1:
        # |x| is zero where x^T*x is.
        square = simplify(power(kept[0], 2))
        return square if square.op == "inner" else _turned(kept[0])
    parts = [p for p in mats if not is_invertible(p)] if all(f.shape[0] == f.shape[1] for f in mats) else mats
    return _turned(mul(*kept, *parts) if kept or parts else e)


def _turned(e: Expr) -> Expr:
    """-(A + B) as A + B."""
    if e.op == "add" and all(bool(split_product(t)[0].is_negative) for t in e.args):
        return add(*(mul(const(-1), t) for t in e.args))
    return e


def signed(e: Expr) -> Expr:
    """What must be positive, or definite, without the positive numbers that multiply it."""
    e = simplify(e)
    c, scalars, mats = split_product(e)
    kept = [_odd(s) for s in scalars if not is_positive_number(s)]
    sign = const(-1) if c.is_negative else const(1) if c.is_positive else const(c)
    return mul(sign, *kept, *mats) if kept or mats else e


def _odd(s: Expr) -> Expr:
    """A number of the same sign: the base of an odd power."""
    base, k = base_and_exponent(s)
    return base if k.op == "const" and k.data.is_odd else s


def never_zero(value: Expr) -> Conditions:
    """That the factors of a number which are squares of lengths are not zero."""
    _, scalars, _ = split_product(simplify(value))
    return tuple(c for s in scalars if is_square(s) for c in taken_for_granted(s))


def is_square(s: Expr) -> bool:
    """Whether a number is x^T*S*x with S positive semidefinite, its factors mirroring one another, or an even power."""
    base, k = base_and_exponent(s)
    if k.op == "const" and bool(k.data.is_even):
        return True
    if base.op != "inner":
        return False
    left, right = base.args[: len(base.args) // 2], base.args[(len(base.args) + 1) // 2 :]
    middle = base.args[len(left) : len(base.args) - len(right)]
    mirrored = all(transpose(f) is g for f, g in zip(left, reversed(right), strict=True))
    return mirrored and all("psd" in properties(m) for m in middle)


def _shortened(c: Condition) -> Conditions:
    """A condition in its shortest form; none where it is known to hold."""
    if c.expr is None or not c.kind:
        return (c,)
    if c.kind in (POSITIVE, DEFINITE):
        core = signed(c.expr)
        _, scalars, mats = split_product(core)
        if c.kind == DEFINITE and mats == (eye(core.shape[0]),):
            return _shortened(Condition(POSITIVE, mul(const(split_product(core)[0]), *scalars)))
        return () if is_positive_number(c.expr) and c.kind == POSITIVE else (Condition(c.kind, core),)
    if c.expr.shape[0] != c.expr.shape[1]:
        return () if is_positive(c.expr) else (Condition(NONZERO, signed(c.expr)),)
    return taken_for_granted(c.expr)


def of_the_set(value: Expr, known: frozenset[str]) -> Conditions:
    """What must hold for a value to be positive, or positive definite, where that is asked of its unknown."""
    if not known & {"positive", "spd"}:
        return ()
    c, scalars, mats = split_product(simplify(value))
    number = simplify(expand(signed(mul(const(c), *scalars))))
    found = [] if is_positive_number(number) else [Condition(POSITIVE, number)]
    core = mul(*mats) if mats else None
    if core is not None and not ("spd" in properties(core) if "spd" in known else is_positive(core)):
        found.append(Condition(DEFINITE if "spd" in known else POSITIVE, core))
    return tuple(found)


def merged(conditions: Iterable[Condition]) -> Conditions:
    """Each condition once; one that says less than another left out."""
    found = list(dict.fromkeys(c for told in conditions for c in _shortened(told)))
    strong = {e for c in found if c.kind in (DEFINITE, POSITIVE) and c.expr is not None for e in (c.expr, simplify(negative(c.expr)))}
    return tuple(c for c in found if c.kind in (DEFINITE, POSITIVE) or c.expr is None or c.expr not in strong)

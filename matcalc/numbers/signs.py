"""Which signs the entries of an expression can have, as far as its operations tell: exp(x), x^T*x and norms are never negative.

What an elementwise function does is read off its values at numbers of every size; nothing is known of it by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np

from matcalc.algebra.node import Expr, sym
from matcalc.algebra.normal_form.functions import fun
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.properties import implied
from matcalc.book.sizes import ONE, dim
from matcalc.numbers.evaluate import Program
from matcalc.records import dataclass

LENGTH: Final = dim("entries")
SIDE: Final = 7
DRAWN: Final = 40
# The factors of x^T*S*x.
SQUARED: Final = 3
# Entries that are entries, or sums of entries, of the operand.
PASSED: Final = frozenset({"T", "vec", "vech", "diag", "diagv", "sum", "tr", "entry", "array", "add"})
MULTIPLIED: Final = frozenset({"mul", "had", "inner", "kron"})
FIXED: Final = frozenset({"eye", "ones", "zeros", "comm", "dup", "elim", "unit", "columns"})


@dataclass(frozen=True)
class Signs:
    """Whether entries may be less and greater than zero, and whether any variable moves them."""

    negative: bool
    positive: bool
    varies: bool

    @property
    def both(self) -> bool:
        return self.negative and self.positive


Known = Mapping[str, frozenset[str]]
ANY: Final = Signs(True, True, True)


def signs_of(exprs: Sequence[Expr], variables: Sequence[Expr] = ()) -> dict[Expr, Signs]:
    """The signs of every node; `variables` have all that is known of them, which those that vary in an expression have not."""
    known = {v.data.name: implied(v.data.properties) for v in variables}
    found: dict[Expr, Signs] = {}
    for n in in_order(exprs):
        found[n] = _signs(n, [found[a] for a in n.args], known)
    return found


def _signs(n: Expr, args: list[Signs], known: Known) -> Signs:
    varies = any(a.varies for a in args)
    if n.op == "sym":
        return Signs("positive" not in _properties(n, known), True, True)
    if n.op in FIXED:
        return Signs(False, n.op != "zeros", False)
    if n.op == "const":
        return Signs(not n.data.is_nonnegative, not n.data.is_nonpositive, False)
    if n.op in PASSED:
        return Signs(any(a.negative for a in args), any(a.positive for a in args), varies)
    if n.op in MULTIPLIED:
        return Signs(False, True, varies) if _is_square(n, known) else _product(args, varies)
    if n.op in ("pow", "epow"):
        return _power(n, args[0], varies)
    rule = rulebook.find(n.op)
    if rule is None or n.op == "call":
        return Signs(True, True, varies)
    found = _elementwise(rule, args[0].negative, args[0].positive) if rule.kind == "elementwise" else _drawn(rule)
    return Signs(found[0], found[1], varies)


def _properties(v: Expr, known: Known) -> frozenset[str]:
    return known.get(v.data.name, frozenset()) | implied(v.data.properties)


def _product(args: list[Signs], varies: bool) -> Signs:
    made = args[0]
    for a in args[1:]:
        negative = made.negative and a.positive or made.positive and a.negative
        positive = made.positive and a.positive or made.negative and a.negative
        made = Signs(negative, positive, varies)
    return Signs(made.negative, made.positive, varies)


def _is_square(n: Expr, known: Known) -> bool:
    """Whether a product is x .* x, or x^T*S*x with a positive semidefinite S or none."""
    if n.op == "had":
        return len(n.args) == 2 and n.args[0] is n.args[1]
    factors = _first_factors(n) if n.op == "inner" else []
    if not 2 <= len(factors) <= SQUARED:
        return False
    first, *between, last = factors
    is_turned = first is last or first.op == "T" and first.args[0] is last or last.op == "T" and last.args[0] is first
    return is_turned and all(s.op == "sym" and "psd" in _properties(s, known) for s in between)


def _first_factors(n: Expr) -> list[Expr]:
    """The factors of a product of matrices, of more than count only some: Y*Y with Y = X*X and so on has as many as memory holds."""
    out: list[Expr] = []
    pending = [*reversed(n.args)]
    while pending and len(out) <= SQUARED:
        e = pending.pop()
        if e.op == "mul" and not any(a.is_scalar for a in e.args):
            pending += reversed(e.args)
        else:
            out.append(e)
    return out


def _power(n: Expr, base: Signs, varies: bool) -> Signs:
    exponent = n.args[1]
    by_entry = n.op == "epow" or n.is_scalar
    if by_entry and exponent.op == "const" and (exponent.data.is_even or exponent.data.is_integer is False):
        return Signs(False, True, varies)
    return Signs(base.negative, base.positive, varies) if by_entry else Signs(True, True, varies)


@cache
def _elementwise(rule: rulebook.Rule, negative: bool, positive: bool) -> tuple[bool, bool]:
    """Whether a function takes values of either sign, where its argument has these."""
    sizes = np.logspace(-SIDE, SIDE, 40 * SIDE + 1)
    grid = np.concatenate([[0.0], *([-sizes] if negative else []), *([sizes] if positive else [])])
    (value,) = Program([fun(rule.name, sym("x", (LENGTH, ONE), 1))])({"x": grid}, {LENGTH.name: grid.size})
    return bool(np.any(value < 0)), bool(np.any(value > 0))


@cache
def _drawn(rule: rulebook.Rule) -> tuple[bool, bool]:
    """The signs that the entries of a function of arrays have at some random ones; either where it takes more than one."""
    if len(rule.params) != 1:
        return True, True
    rows, columns = (ONE if d == "1" else LENGTH for d in rule.params[0].shape)
    x = sym("x", (rows, columns), 2)
    program, rng = Program([fun(rule.name, x)]), np.random.default_rng(5)
    seen = [False, False]
    for k in range(DRAWN):
        n = 2 + k % 3
        a = 10.0 ** rng.uniform(-2, 2) * rng.standard_normal([n for d in x.shape if d is not ONE])
        (value,) = program({"x": a}, {LENGTH.name: n})
        seen = [seen[0] or bool(np.any(value < 0)), seen[1] or bool(np.any(value > 0))]
    return (seen[0], seen[1]) if any(seen) else (True, True)

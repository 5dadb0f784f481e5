"""Polynomials written out: products of sums as sums of products, and whether an expression is a polynomial at all.

(x + h)^T*A*(x + h)        x^T*A*x + h^T*A*x + x^T*A*h + h^T*A*h
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.algebra import add, had, mul, rebuild
from matcalc.algebra.node import Expr
from matcalc.algebra.operations import MULTILINEAR
from matcalc.algebra.walk import depends
from matcalc.book import rules as rulebook
from matcalc.errors import LimitError, UsageError
from matcalc.simplify.simplify import transform

MAX_TERMS: Final = 500
POLYNOMIAL: Final = MULTILINEAR | {"sym", "add", "array"}
OPAQUE: Final = frozenset({"det", "adj"})
LINEAR_KINDS: Final = frozenset({"linear", "bilinear"})


def expand(e: Expr) -> Expr:
    """The same expression with every product distributed over sums, like terms collected.

    Raises LimitError for more than a few hundred terms.
    """
    return transform(e, _distributed)


def _distributed(e: Expr) -> Expr:
    if e.op in ("pow", "epow"):
        return _power(e)
    if e.op in MULTILINEAR or _is_linear(e):
        k = next((k for k, a in enumerate(e.args) if a.op == "add"), None)
        if k is not None:
            terms = e.args[k].args
            _check(len(terms))
            return add(*(rebuild(e, (*e.args[:k], t, *e.args[k + 1 :])) for t in terms))
    return e


def _power(e: Expr) -> Expr:
    """A positive whole power of a sum as a sum of products."""
    base, exponent = e.args
    if base.op != "add" or exponent.op != "const" or not exponent.data.is_Integer or not 1 < exponent.data <= 8:
        return e
    times = had if e.op == "epow" else mul
    terms = list(base.args)
    for _ in range(int(exponent.data) - 1):
        _check(len(terms) * len(base.args))
        whole = add(*(times(t, b) for t in terms for b in base.args))
        terms = list(whole.args) if whole.op == "add" else [whole]
    return add(*terms)


def _check(count: int) -> None:
    if count > MAX_TERMS:
        raise LimitError(f"written out, this has more than {MAX_TERMS} terms")


def _is_linear(e: Expr) -> bool:
    rule = rulebook.find(e.op)
    return rule is not None and rule.kind in LINEAR_KINDS


def check_polynomial(e: Expr, xs: Sequence[Expr]) -> None:
    """Refuse an expression that is no polynomial in the variables, with the part that is none.

    Raises UsageError.
    """
    for x in xs:
        for n in depends(e, x):
            if not _is_polynomial_step(n, x):
                reason = (
                    "is not multiplied out here"
                    if n.op in OPAQUE
                    else f"is no polynomial in {x.data.name}, so the increment is no finite sum"
                )
                raise UsageError(f"{_described(n)} {reason}", hint="`matcalc taylor` expands it to first or second order")


def _is_polynomial_step(n: Expr, x: Expr) -> bool:
    if n.op in ("pow", "epow"):
        exponent = n.args[1]
        return exponent.op == "const" and bool(exponent.data.is_Integer) and bool(exponent.data.is_nonnegative)
    return n.op in POLYNOMIAL or _is_linear(n)


def _described(n: Expr) -> str:
    if n.op == "call":
        return f"the unknown function {n.data.name}"
    if n.op == "pow" and n.args[1].op == "const" and n.args[1].data == -1:
        return "a quotient" if n.is_scalar else "an inverse"
    return {"pow": "this power", "epow": "this power"}.get(n.op, n.op)

"""The chain rule without its last factor: the derivative by what stands inside, d exp(x^T*A*x)/dx = exp(x^T*A*x)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matcalc.algebra import mul, total, transpose
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import depends, substitute
from matcalc.answers.causes.case import Case, Cause
from matcalc.answers.causes.samples import ratio_of
from matcalc.book.properties import while_varying
from matcalc.calculus.differentiate import gradient, step
from matcalc.errors import MatcalcError
from matcalc.printing.notations.text import text

INSIDE: Final = "delta_inside"
MAX_PARTS: Final = 12


def chain_factor(case: Case) -> Iterator[Cause]:
    """The part by which the claim is the derivative, where that is not yet one by the variable."""
    for x in case.by:
        for y, inside in _parts(case, x):
            if any(_same(case, found, x) for found in _derivatives(y, inside)):
                name = text(inside)
                told = f"the chain rule stops early: this is the derivative by {name}, and the factor d({name})/d{text(x)} is missing"
                yield Cause("chain factor", told, case.truth)
                return


def _same(case: Case, found: Expr, x: Expr) -> bool:
    """Whether the claim has the numbers of a derivative by the inside, or of one times dx in place of the inner differential."""
    ours, theirs = case.samples.values(case.claim), case.samples.values(found)
    if ours and theirs and ratio_of(ours, theirs) is not None:
        return True
    dx = sym(f"d{x.data.name}", x.shape, x.data.ndim, while_varying(x.data.properties))
    if not any(v.data.name == dx.data.name for v in case.variables):
        return False
    moved = [m for m in _times(found, dx) if m.shape == case.claim.shape]
    return any(case.samples.equal(m, case.claim) for m in moved)


def _times(found: Expr, dx: Expr) -> Iterator[Expr]:
    if found.is_scalar or dx.is_scalar:
        yield mul(found, dx) if not dx.is_scalar else mul(dx, found)
    elif found.shape[1] == dx.shape[0]:
        yield mul(found, dx)
    if found.shape == dx.shape and not found.is_scalar and dx.shape[1] == 1:
        yield mul(transpose(found), dx)


def _parts(case: Case, x: Expr) -> Iterator[tuple[Expr, Expr]]:
    """What holds x inside the function, in normal form or as it was written, the outermost parts first; columns before rows."""
    forms = dict.fromkeys((case.function, case.function if case.written is None else case.written))
    for y in forms:
        parts = [n for n in depends(y, x) if n.op != "sym" and n is not y and (n.op != "T" or n.args[0].op != "sym")]
        columns = [transpose(n) if n.shape[0] == 1 and not n.is_scalar else n for n in parts[-MAX_PARTS:][::-1]]
        yield from ((y, n) for n in dict.fromkeys(columns))


def _derivatives(y: Expr, inside: Expr) -> Iterator[Expr]:
    """The derivative by a part, and by its entries where it acts on each."""
    u = sym(INSIDE, inside.shape, 0 if inside.is_scalar else 1 if inside.shape[1] == 1 else 2)
    try:
        z = substitute(y, {}, {}, {inside: u, transpose(inside): transpose(u)})
        if u not in depends(z, u):
            return
        z = total(z) if z.shape == u.shape and not z.is_scalar else z
        g = gradient(step(z, u))
    except MatcalcError:
        return
    back = substitute(g, {INSIDE: inside}, {})
    yield back
    if not back.is_scalar:
        yield transpose(back)

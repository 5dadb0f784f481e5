"""A wrong claim about a complex variable that is another of its derivatives: d/dZ for d/dconj(Z), the gradient, what jax.grad returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from matcalc.algebra import is_real, scale
from matcalc.algebra.node import Expr
from matcalc.answers.causes.case import Cause
from matcalc.answers.causes.samples import Samples
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derived_one
from matcalc.calculus.wirtinger import CONJUGATE, GRADIENT, is_complex
from matcalc.scalars import integer

# (component, a factor before it, what that is called)
OTHERS: Final = (
    ("", 1, "d f/d{x}"),
    (CONJUGATE, 1, "d f/dconj({x})"),
    (CONJUGATE, 2, "the gradient 2*d f/dconj({x})"),
    ("", 2, "2*d f/d{x}, which jax.grad returns"),
    ("real", 1, "d f/d real({x})"),
    ("imaginary", 1, "d f/d imag({x})"),
)
ASKED: Final = {"": "d f/d{x}", CONJUGATE: "d f/dconj({x})", GRADIENT: "the gradient 2*d f/dconj({x})", "real": "d f/d real({x})",
                "imaginary": "d f/d imag({x})"}  # fmt: skip


def other_component(found: Derivative, claim: Expr, variables: Sequence[Expr]) -> tuple[Cause, ...]:
    """The derivative by another component of the variable that a claim is, if it is one."""
    read = found.request
    x = next((v for v in read.wrt if v.data.name == found.wrt), None)
    if x is None or not is_complex(x) or read.order != 1 or found.expr is None:
        return ()
    asked = read.components[read.wrt.index(x)] if read.components else ""
    samples = Samples(variables, [claim, found.expr])
    for told, expr in _others(found, x, asked):
        if expr.shape == claim.shape and not samples.equal(expr, found.expr) and samples.equal(expr, claim):
            return (Cause("component", f"it is {told}, and {ASKED[asked].format(x=x.data.name)} is asked for", found.expr),)
    return ()


def _others(found: Derivative, x: Expr, asked: str) -> Iterator[tuple[str, Expr]]:
    """The other derivatives in the layout and form of the answer, and what they are called."""
    read = found.request
    real = is_real(read.expr)
    for component, factor, told in OTHERS:
        if (component, factor) == ("", 2) and not real:
            continue
        made = replace(read, components=tuple(component if v is x else "" for v in read.wrt))
        d = derived_one(made, x, None, found.layout, found.form, found.vec_order, False)
        if d.expr is not None:
            yield told.format(x=x.data.name), scale(integer(factor), d.expr)

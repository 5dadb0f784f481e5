"""Mistakes with complex variables: the conjugate of the whole, ^T for ^H or the reverse, a conjugate that is missing or too much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from matcalc.algebra import adjoint, conjugate, rebuild, transpose
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.answers.causes.case import Case, Cause
from matcalc.printing.notations.text import text

MAX_VARIABLES: Final = 6
Turn = Callable[[Expr], Expr]


def conjugates(case: Case) -> Iterator[Cause]:
    """What is wrong with the conjugates of a claim: all of it, or those of one variable wherever it stands so."""
    if case.truth is None or not (case.claim.has_complex or case.truth.has_complex):
        return
    for whole, told in ((conjugate(case.claim), "conjugate"), (adjoint(case.claim), "conjugate transpose")):
        if whole.shape == case.truth.shape and whole is not case.claim and case.samples.equal(whole, case.truth):
            yield Cause("conjugate", f"it is the {told} of what it should be", whole)
            return
    variables = [n for n in in_order([case.claim]) if n.op == "sym" and n.has_complex][:MAX_VARIABLES]
    for group in [*([v] for v in variables), *([variables] if len(variables) > 1 else [])]:
        if found := next(_turned(case, group), None):
            yield found
            return


def _turned(case: Case, variables: list[Expr]) -> Iterator[Cause]:
    """The claim with one form of some variables in the place of another."""
    for name, (form, right, told) in FORMS.items():
        given = {form(v): right(v) for v in variables if form(v) is not right(v)}
        made = _replaced(case.claim, given)
        if made is not case.claim and case.truth is not None and made.shape == case.truth.shape and case.samples.equal(made, case.truth):
            met = [f for f in given if any(n is f for n in in_order([case.claim]))]
            pairs = " and ".join(told.format(text(f), text(given[f])) for f in met)
            yield Cause(name, pairs, made)


FORMS: Final[dict[str, tuple[Turn, Turn, str]]] = {
    "transpose for hermitian": (transpose, adjoint, "{0} stands where {1} is right"),
    "hermitian for transpose": (adjoint, transpose, "{0} stands where {1} is right"),
    "missing conjugate": (lambda v: v, conjugate, "{0} stands where {1} is right: a conjugate is missing"),
    "needless conjugate": (conjugate, lambda v: v, "{0} stands where {1} is right: a conjugate is too much"),
}


def _replaced(e: Expr, given: dict[Expr, Expr]) -> Expr:
    """The expression with forms of variables in the place of others; a form is looked at before what it is of."""
    done: dict[Expr, Expr] = {}

    def visit(n: Expr) -> Expr:
        if n in given:
            return given[n]
        if n.op in ("T", "conj") and n.args[0].op in ("sym", "conj") or not n.args:
            return n
        if n not in done:
            args = tuple([visit(a) for a in n.args])
            done[n] = n if all(a is b for a, b in zip(args, n.args, strict=True)) else rebuild(n, args)
        return done[n]

    return visit(e)

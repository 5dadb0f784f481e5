"""Is a claimed derivative right?

    verify("d tr(A X)/dX = A^T")          right
    verify("d tr(A X)/dX = A")            wrong: shapes, the entry that differs, and what would make it right

The claim is read over the variables of its request and compared with the certified derivative, first as an expression,
then number by number at random points. A wrong claim is tried in the other layouts, with square matrices taken as
symmetric, and up to a constant factor. A claim is undecided where no points tell, or too few: see `claim_trials`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from matcalc.algebra.node import Expr
from matcalc.answers.checking.increments import argument_of, increments_in
from matcalc.answers.claims.axis_labels import Named, name_axes, speaks_of_labels
from matcalc.answers.claims.index_causes import judged
from matcalc.answers.claims.trials import DifferentialTrial, MatrixTrial
from matcalc.answers.claims.truth import labelled
from matcalc.answers.claims.verdict import Verdict
from matcalc.answers.constraints import Constraint
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.book.choices import CLAIM_FORMS
from matcalc.calculus.loading import Rules, in_force
from matcalc.errors import MatcalcError, NotDifferentiable, ParseError, UsageError
from matcalc.numbers.points import moved
from matcalc.reading.declarations import Declaration, names_of, read_declarations
from matcalc.reading.grammar.derivative import split_top
from matcalc.reading.grammar.tokens import known_names
from matcalc.reading.lexer import lex
from matcalc.reading.request import asks_for_a_derivative, split_claim


def verify(
    claim: str,
    *,
    layout: str = "denominator",
    form: str = "auto",
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
    structured: bool = False,
    reading: str | None = None,
    manifold: str | None = None,
    rules: Rules | None = None,
) -> Verdict:
    """Whether `DERIVATIVE = VALUE` holds in a layout, the value in matrix, vec, differential or index form.

    Labels on the left, d (X*W^T)[i,j]/dW[k,l], name the axes of an index form; without them, they are those that `derive`
    gives, in the order of the layout. The form "index" reads the value in index notation even where it has no label. `structured`,
    `reading` and `manifold` are as in `derive`. `rules` names files of functions of the user's own, whose code is run, or is a Book.

    Raises a MatcalcError that points into the claim where it cannot be read, or where the derivative is not known.
    """
    CLAIM_FORMS.check(form)
    with in_force(rules):
        return _verdict(claim, layout, form, variables, lets, Constraint(structured, reading, manifold))


def _verdict(
    claim: str, layout: str, form: str, variables: Mapping[str, str] | Sequence[str] | None, lets: Sequence[str], constraint: Constraint
) -> Verdict:
    asked, value, offset = split_claim(claim)
    declared = read_declarations(variables, None).values()
    named = name_axes(asked, {n for d in declared if isinstance(d, Declaration) for n in names_of(d.dimensions)})
    if not named:
        asked = _by_increments(asked, value)
        named = Named(asked)
    options: dict[str, Any] = {"variables": variables, "lets": lets, "layout": layout, "constraint": constraint}
    try:
        found = _derived(named.request, claim, options)
        if constraint and found.form == "vec":
            hint = "ask derive for it, with the form vec or index"
            raise UsageError("a claim about the constrained derivative of an array is not offered", hint=hint)
        value = _with_definitions(value, asked, found)
        known = {*found.request.variables, *found.request.definitions, *_sizes_of(found.request.variables.values())}
        if form == "index" or named or speaks_of_labels(value, known):
            indexed = _derived(named.request, claim, options | {"form": "index"})
            return judged(labelled(indexed, named), claim, value, offset)
        is_differential = _is_differential(value, found)
        if is_differential:
            found = _derived(asked, claim, options | {"form": "differential"})
    except MatcalcError as error:
        raise moved(error, claim, 0) if error.source == named.request else error from None
    if is_differential:
        return _told(DifferentialTrial(found, claim, value, offset))
    return _told(MatrixTrial(found, claim, value, offset, layout))


def _told(trial: DifferentialTrial | MatrixTrial) -> Verdict:
    return replace(trial.verdict(), claimed=trial.expr)


def _by_increments(asked: str, value: str) -> str:
    """d(X*A*X) by the X whose increment dX the value speaks of, where nothing else says by what."""
    head, where, more = asked.partition(" where ")
    if asks_for_a_derivative(head) and (argument_of(head) is None or "/" in head):
        return asked
    argument = argument_of(head)
    moving = sorted(increments_in(value, ())) if argument is not None else []
    if not moving:
        return asked
    by = f"d{moving[0]}" if len(moving) == 1 else f"d({', '.join(moving)})"
    return f"{head.rstrip()}/{by}{where}{more}"


def _derived(request: str, claim: str, options: Mapping[str, Any]) -> Derivative:
    """The derivative; one without a certificate where no point was found at which it could be checked."""
    try:
        return _single(derive(request, **options), claim)
    except NotDifferentiable:
        return _single(derive(request, check=False, **options), claim)


def _single(found: Derivative | tuple[Derivative, ...], claim: str) -> Derivative:
    if isinstance(found, tuple):
        names = ", ".join(d.wrt for d in found)
        raise UsageError(f"a claim is about one derivative, and this one asks for those by {names}", (0, len(claim)), claim)
    return found


def _with_definitions(value: str, asked: str, found: Derivative) -> str:
    """The claimed value with the definitions of its own, which the function does not need: diag(s) - s*s^T where s = softmax(x)."""
    tokens = lex(asked, known_names(found.request.variables)).tokens[:-1]
    clauses = [c for tail in split_top(tokens, "where")[1:] for c in split_top(tail, ";") if len(c) > 2 and c[1].text == "="]
    given = {c[0].text: c for c in clauses if c[0].text not in found.request.definitions and c[0].text not in found.request.variables}
    pending = [t.text for t in lex(value, known_names(found.request.variables)).tokens if t.text in given]
    needs: dict[str, list[str]] = {}
    while pending:
        name = pending.pop()
        if name not in needs:
            needs[name] = [t.text for t in given[name][2:] if t.text in given]
            pending += needs[name]
    try:
        # Each stands after what it needs.
        own = [asked[given[name][0].start : given[name][-1].end] for name in TopologicalSorter(needs).static_order()]
    except CycleError as cycle:
        first = given[cycle.args[1][0]][0]
        raise ParseError(f"{first.text} is defined by itself", (first.start, first.end), asked) from None
    return f"{value} where {'; '.join(own)}" if own else value


def _is_differential(value: str, d: Derivative) -> bool:
    """Whether the claimed value speaks of dX."""
    names = {"d" + x.data.name for x in d.request.wrt} - d.variables.keys()
    return any(t.kind == "name" and t.text in names for t in lex(value, known_names(names)).tokens)


def _sizes_of(variables: Iterable[Expr]) -> set[str]:
    return {name for v in variables for name in names_of(v.shape)}

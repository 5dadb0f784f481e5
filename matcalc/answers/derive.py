"""From a request to a certified closed form.

text -> expression -> differential -> adjoint -> index form -> layout -> matrices -> simplified -> certified -> printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matcalc.algebra.node import Expr
from matcalc.algebra.steps import limited
from matcalc.answers.answered import answered
from matcalc.answers.constraints import FREE, Constraint
from matcalc.answers.derivative import Derivative
from matcalc.answers.parts import Shifted, restricted, spelled
from matcalc.answers.rendering import Rendering
from matcalc.answers.result import MAX_WORK
from matcalc.answers.wishes import in_roots, wished
from matcalc.book.choices import DETAILS, FORMS, HADAMARD, LAYOUTS, NAMED, STYLES, VEC_ORDERS
from matcalc.calculus.differentiate import (
    differentiate,
)
from matcalc.calculus.wirtinger import components_of
from matcalc.errors import Ambiguous, MatcalcError, UsageError
from matcalc.numbers.outcome import Certificate
from matcalc.reading.declarations import read_declarations
from matcalc.reading.forms.nested import may_nest
from matcalc.reading.located import Part
from matcalc.reading.request import Request, asks_for_a_derivative, read_request

if TYPE_CHECKING:
    from matcalc.answers.display.notebook import Answers


def derive(
    request: str,
    wrt: str | None = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[str, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    layout: str | None = None,
    form: str = "auto",
    order: int = 1,
    wrt2: str | None = None,
    check: bool = True,
    vec_order: str = "column",
    along: Mapping[str, str] | Sequence[str] = (),
    hadamard: str = "dot",
    constraint: Constraint = FREE,
) -> Derivative | Answers:
    """The derivative that a text asks for, in the layout that it asks for; a tuple for several variables, but one differential form.

    `along` asks for it in a direction, {"X": "V"} or "X = V", and names the variables where the request is an expression alone.

    Raises a MatcalcError that says why if there is none; Ambiguous, with the answers to all readings, where they differ.
    """
    _check_choices(layout, form, vec_order, hadamard, constraint, along)
    options: dict[str, Any] = {"variables": variables, "attrs": attrs, "lets": lets, "layout": layout, "check": check}
    others: dict[str, Any] = {"form": form, "order": order, "wrt2": wrt2, "vec_order": vec_order, "along": along, "hadamard": hadamard}
    if not constraint and (found := _otherwise(request, wrt, options, others)) is not None:
        return found
    directions, wrt = _directions(request, wrt, along) if along else ({}, wrt)

    def answer(given: Mapping[str, str] | Sequence[str] | None) -> Derivative | Answers:
        with limited(MAX_WORK):
            read = read_request(request, wrt=wrt, variables=given, attrs=attrs, lets=lets, order=order, wrt2=wrt2, may_slice=True)
            return _answer(*wished(read, layout, form), vec_order, check, hadamard, directions, given, constraint)
    try:
        return answer(variables)
    except Ambiguous as error:
        return _only_answer(error, lambda kinds: answer(_declared_too(variables, kinds)))


def told_so(found: Derivative | Answers, detail: str, style: str = STYLES.default, naming: str = NAMED.default) -> Derivative | Answers:
    """The answers, which tell their derivations in this detail and style, and name their parts so."""
    for choices, name in ((DETAILS, detail), (STYLES, style), (NAMED, naming)):
        choices.check(name)
    if (detail, style, naming) == (DETAILS.default, STYLES.default, NAMED.default):
        return found
    if isinstance(found, Derivative):
        return replace(found, detail=detail, style=style, naming=naming)
    return together(replace(d, detail=detail, style=style, naming=naming) for d in found)


def together(each: Iterable[Derivative]) -> Answers:
    """Several answers as one."""
    from matcalc.answers.display.notebook import Answers  # most requests have one

    return Answers(each)


def _otherwise(request: str, wrt: str | None, options: Mapping[str, Any], others: Mapping[str, Any]) -> Derivative | Answers | None:
    """The answer to a text with derivatives inside its function, or that asks for one element by labels; None of any other text."""
    if may_nest(request) and (found := _with_inner(request, wrt, options, others)):
        return found
    if "[" not in request or wrt is not None or others["along"]:
        return None
    from matcalc.answers.claims.elements import element  # few requests name an element

    declared = read_declarations(options["variables"], options["attrs"])
    chosen: dict[str, Any] = {**options, "order": others["order"], "form": "index", "layout": "mixed"}
    return element(request, declared, others["form"], options["layout"] or LAYOUTS.default, lambda text: derive(text, **chosen))


def _with_inner(request: str, wrt: str | None, options: Mapping[str, Any], others: Mapping[str, Any]) -> Derivative | Answers | None:
    """The answer to a text with derivatives inside its function, which are taken first; None where it has none."""
    from matcalc.answers.nested import told, unnested  # few texts have derivatives inside

    def taken(text: str) -> Derivative:
        found = derive(text, form="matrix", **options)
        if not isinstance(found, Derivative):
            raise UsageError("a derivative inside another is by one variable")
        return found

    whole, inner = unnested(request, wrt is not None, read_declarations(options["variables"], options["attrs"]), taken)
    if not inner:
        return None
    found = derive(whole, wrt, **options, **others)
    if isinstance(found, Derivative):
        return replace(found, assumptions=(*found.assumptions, *told(inner, found.variables)))
    return together(replace(d, assumptions=(*d.assumptions, *told(inner, d.variables))) for d in found)


def _check_choices(layout: str | None, form: str, vec_order: str, hadamard: str, constraint: Constraint, along: object) -> None:
    named = LAYOUTS.default if layout is None else layout
    for choices, name in ((LAYOUTS, named), (FORMS, form), (VEC_ORDERS, vec_order), (HADAMARD, hadamard)):
        choices.check(name)
    constraint.check(form, vec_order, "a direction" if along else "")


def _only_answer(error: Ambiguous, answer: Callable[[Mapping[str, str]], Derivative | Answers]) -> Derivative | Answers:
    """The answer to all readings of a text where they have the same; otherwise the error, which then shows them."""
    answers: list[Derivative | Answers | None] = []
    for reading in error.readings:
        try:
            answers.append(answer(reading.variables))
        except MatcalcError:
            answers.append(None)
    if answers[0] is not None and len({(d.text, d.shape) if isinstance(d, Derivative) else repr(d) for d in answers}) == 1:
        return answers[0]
    each = zip(error.readings, answers, strict=True)
    error.readings = [replace(r, text=d.text if isinstance(d, Derivative) else "") for r, d in each]
    raise error from None


def _declared_too(variables: Mapping[str, str] | Sequence[str] | None, kinds: Mapping[str, str]) -> Mapping[str, str] | Sequence[str]:
    """The declarations with those that pick one reading."""
    if isinstance(variables, Mapping):
        return {**variables, **kinds}
    given = [variables] if isinstance(variables, str) else variables or ()
    return [*given, *(f"{name}: {kind}" for name, kind in kinds.items())]


def _answer(
    read: Request, layout: str, form: str, vec_order: str, check: bool, hadamard: str,
    directions: Mapping[str, str], variables: Mapping[str, str] | Sequence[str] | None, constraint: Constraint,
) -> Derivative | Answers:  # fmt: skip
    """The derivative by each of the variables; the differential, and its value in a direction, is one for all of them."""
    if read.form == "vech":
        from matcalc.answers.admitted import by_vech  # few requests differentiate by vech(X)

        read, constraint = by_vech(read, constraint, form)
    if directions:
        return _along(read, layout, check, directions, variables)
    if form == "differential":
        return mapped(read, layout, check, ", ".join(_differentiated_by(read)))
    if constraint:
        from matcalc.answers.constrained import derived  # few requests constrain their variable

        each = derived(read, layout, form, constraint, check, lambda x: derived_one(read, x, None, layout, form, vec_order, check))
    else:
        parts = read.parts or (None,) * len(read.wrt)
        each = tuple(derived_one(read, x, part, layout, form, vec_order, check) for x, part in zip(read.wrt, parts, strict=True))
    each = tuple(replace(d, hadamard=hadamard) for d in each) if hadamard != "dot" else each
    return each[0] if len(each) == 1 else together(each)


def derived_one(read: Request, x: Expr, part: Part | None, layout: str, form: str, vec_order: str, check: bool) -> Derivative:
    """The derivative by one variable, or by a part of it."""
    then = None if read.order == 1 else x if read.wrt2 is None else read.wrt2
    steps = differentiate(read.expr, x, then, components_of(read, x))
    if part is not None:
        steps = (restricted(steps[0], part, x),)
    made = Rendering(read, steps[-1], layout, form, vec_order)
    result = made.result()
    shift = Shifted(x, part, steps[-1].x) if part is not None else None

    def certificate() -> Certificate:
        from matcalc.answers.certified import certified  # NumPy takes a quarter of the time to start, and only a check needs it

        return certified(read, steps, made, result, shift)

    found = answered(read, made, result, certificate if check else None)
    return in_roots(found) if read.square else found


# ---------------------------------------------------------------------------------------------- linear maps


def _differentiated_by(read: Request) -> list[str]:
    """The variables of a request, a part of one as W[2,:]."""
    parts = read.parts or (None,) * len(read.wrt)
    return [spelled(x.data.name, part, x) for x, part in zip(read.wrt, parts, strict=True)]


def _directions(request: str, wrt: str | None, along: Mapping[str, str] | Sequence[str]) -> tuple[dict[str, str], str | None]:
    """The directions, and the variables where these are what names them."""
    from matcalc.answers.expansions.linear_map import names_of_targets, read_directions  # only those need it who ask for a direction

    directions = read_directions(along)
    named = wrt is None and not asks_for_a_derivative(request)
    return directions, ", ".join(names_of_targets(directions)) if named else wrt


def _along(
    read: Request, layout: str, check: bool, directions: Mapping[str, str], variables: Mapping[str, str] | Sequence[str] | None
) -> Derivative:
    from matcalc.answers.expansions.linear_map import directions_of  # only those need it who ask for a direction

    moving = read if read.order == 1 or read.wrt2 is None else replace(read, wrt=(read.wrt2,), parts=())
    return mapped(read, layout, check, ", ".join(directions), directions_of(moving, directions, variables))


def _hessian_along(read: Request, layout: str, check: bool, wrt: str, along: Mapping[str, Expr]) -> Derivative:
    """The Hessian times a direction, in the shape of the variable: the gradient along it."""
    from matcalc.answers.expansions.linear_map import directional, gradient_request  # only those need them who ask for a direction

    if check:
        derived_one(replace(read, order=1, wrt2=None), read.wrt[0], None, "denominator", "auto", "column", check)
    slope = gradient_request(read)
    found = directional(slope, along, check)
    parameters = (*read.variables.values(), *found.added)
    assumptions = (*read.assumptions, *found.assumptions)
    return Derivative(slope, wrt, layout, "directional", found.expr, (), (), found.expr.shape, assumptions, parameters, found.certificate)


def mapped(read: Request, layout: str, check: bool, wrt: str, along: Mapping[str, Expr] | None = None) -> Derivative:
    """dY as a linear map of all increments, or its value along a direction: the same in every layout.

    Raises UsageError for the differential form of a second derivative.
    """
    if read.order != 1 and along is None:
        raise UsageError("the differential form is of a first derivative")
    if read.order != 1 and along is not None:
        return _hessian_along(read, layout, check, wrt, along)
    form = "differential" if along is None else "directional"
    from matcalc.answers.expansions.linear_map import differential_of, directional  # only those need it who ask for a linear map

    found = differential_of(read, check) if along is None else directional(read, along, check)
    parameters = (*read.variables.values(), *found.added)
    assumptions = (*read.assumptions, *found.assumptions)
    return Derivative(read, wrt, layout, form, found.expr, (), (), found.expr.shape, assumptions, parameters, found.certificate)


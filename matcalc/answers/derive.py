"""From a request to a certified closed form.

text -> expression -> differential -> adjoint -> index form -> layout -> matrices -> simplified -> certified -> printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matcalc import codegen
from matcalc.algebra import transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, Unknown, sym
from matcalc.algebra.spelled_out import spelled_out
from matcalc.algebra.steps import limited
from matcalc.algebra.walk import in_order
from matcalc.answers.conditions import assumed_of
from matcalc.answers.derivative import MAX_WORK, Derivative
from matcalc.answers.display.notebook import Answers
from matcalc.answers.parts import Shifted, restricted, spelled
from matcalc.answers.wishes import in_roots, wished
from matcalc.book.choices import FORMS, HADAMARD, LAYOUTS, VEC_ORDERS
from matcalc.book.sizes import Dim, axes
from matcalc.calculus.differentiate import (
    Differentiation,
    at_point,
    differentiate,
    name_gradients,
    refuse_clashes,
    refuse_delta,
    terms_at,
    with_properties,
)
from matcalc.calculus.layout import apply, apply_vec, arrange
from matcalc.errors import Ambiguous, MatcalcError, UsageError
from matcalc.index.graph import Stuck
from matcalc.index.raising import read_matrix, read_vec
from matcalc.numbers.certifying.certificate import Certificate, certify, not_needed, weakest
from matcalc.numbers.evaluate import Program, as_matrix
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.declarations import read_declarations
from matcalc.reading.forms.nested import may_nest
from matcalc.reading.located import Part
from matcalc.reading.request import Request, asks_for_a_derivative, read_request
from matcalc.simplify.naming import named
from matcalc.simplify.simplify import simplify


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
) -> Derivative | Answers:
    """The derivative that a text asks for; a tuple of them for several variables, but one differential form.

    `along` asks for the derivative in a direction, {"X": "V"} or "X = V", and names the variables where the request is an
    expression alone. Without a layout it is the one that the text asks for, d f/dx^T, or else the denominator layout.

    Raises a MatcalcError that says why if there is none; Ambiguous, with the answers to all readings, where they differ.
    """
    _check_choices(layout, form, vec_order, hadamard)
    if may_nest(request):
        options: dict[str, Any] = {"variables": variables, "attrs": attrs, "lets": lets, "layout": layout, "check": check}
        others: dict[str, Any] = {"form": form, "order": order, "wrt2": wrt2, "vec_order": vec_order, "along": along, "hadamard": hadamard}
        if found := _with_inner(request, wrt, options, others):
            return found
    directions, wrt = _directions(request, wrt, along) if along else ({}, wrt)

    def answer(given: Mapping[str, str] | Sequence[str] | None) -> Derivative | Answers:
        with limited(MAX_WORK):
            read = read_request(request, wrt=wrt, variables=given, attrs=attrs, lets=lets, order=order, wrt2=wrt2, may_slice=True)
            return _answer(*wished(read, layout, form), vec_order, check, hadamard, directions, given)

    try:
        return answer(variables)
    except Ambiguous as error:
        return _only_answer(error, lambda kinds: answer(_declared_too(variables, kinds)))


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
    return Answers(replace(d, assumptions=(*d.assumptions, *told(inner, d.variables))) for d in found)


def _check_choices(layout: str | None, form: str, vec_order: str, hadamard: str) -> None:
    named = LAYOUTS.default if layout is None else layout
    for choices, name in ((LAYOUTS, named), (FORMS, form), (VEC_ORDERS, vec_order), (HADAMARD, hadamard)):
        choices.check(name)


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
    directions: Mapping[str, str], variables: Mapping[str, str] | Sequence[str] | None,
) -> Derivative | Answers:  # fmt: skip
    """The derivative by each of the variables; the differential, and its value in a direction, is one for all of them."""
    if directions:
        return _along(read, layout, check, directions, variables)
    if form == "differential":
        return _map(read, layout, check, ", ".join(_differentiated_by(read)))
    parts = read.parts or (None,) * len(read.wrt)
    each = tuple(_derive_one(read, x, part, layout, form, vec_order, check) for x, part in zip(read.wrt, parts, strict=True))
    each = tuple(replace(d, hadamard=hadamard) for d in each) if hadamard != "dot" else each
    return each[0] if len(each) == 1 else Answers(each)


def _derive_one(read: Request, x: Expr, part: Part | None, layout: str, form: str, vec_order: str, check: bool) -> Derivative:
    then = None if read.order == 1 else x if read.wrt2 is None else read.wrt2
    steps = differentiate(read.expr, x, then)
    if part is not None:
        steps = (restricted(steps[0], part, x),)
    made = _Rendering(read, steps[-1], layout, form, vec_order)
    result = made.result()
    shift = Shifted(x, part, steps[-1].x) if part is not None else None
    assumed = assumed_of([read.expr], result.parts, at_point(read))
    certificate = _certify(read, steps, made, result, shift) if check else None
    expr, terms, gradients = name_gradients(read, result.expr, result.terms, layout)
    found = Derivative(
        read,
        steps[-1].x.data.name,
        layout,
        result.form,
        expr,
        terms,
        result.labels,
        made.dims(result.form),
        (*read.assumptions, *assumed),
        (*made.parameters, *gradients),
        certificate,
        vec_order=vec_order,
    )
    return in_roots(found) if read.square else found


@dataclass(frozen=True)
class _Result:
    form: str
    expr: Expr | None = None
    terms: tuple[IndexTerm, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def parts(self) -> list[Expr]:
        """The expressions that the result is written with."""
        if self.expr is not None:
            return [self.expr]
        return [e for t in self.terms for e in (t.coefficient, *(f for f, _ in t.factors))]


class _Rendering:
    """The last step's tensor in a layout and a form."""

    def __init__(self, read: Request, step: Differentiation, layout: str, form: str, vec_order: str) -> None:
        self.read, self.step, self.layout, self.form, self.vec_order = read, step, layout, form, vec_order
        self.terms = terms_at(step.tensor.terms, read)
        self.arrangement = arrange(step.tensor.y, step.tensor.x, layout)
        self.count = len(self.arrangement.labels)
        self.parameters = tuple(read.variables.values())

    def result(self) -> _Result:
        """The form asked for; `auto` is the first of matrix, vec and index that exists."""
        if self.form == "matrix" and self.count > 2:
            raise UsageError(f"this derivative has {self.count} axes and is no matrix", hint="ask for the form vec or index")
        if self.form in ("auto", "matrix") and self.count <= 2:
            try:
                return _Result("matrix", self.finished(self.matrix()))
            except Stuck:
                if self.form == "matrix":
                    raise UsageError("this derivative has no closed matrix form", hint="ask for the form vec or index") from None
        if self.form in ("auto", "vec"):
            try:
                return _Result("vec", self.finished(self.stacked()))
            except Stuck:
                if self.form == "vec":
                    raise UsageError("this derivative has no closed form with vec", hint="ask for the form index") from None
        from matcalc.index.named import index_terms  # a closed form needs it not

        try:
            terms, labels = index_terms(self.terms, self.arrangement.labels, self.read.variables)
        except Stuck:
            raise UsageError("this derivative has no closed form with indices", hint="ask for the form matrix") from None
        refuse_delta(terms, self.read)
        return _Result("index", None, terms, labels)

    def matrix(self) -> Expr:
        if self.step.value is not None:
            return transpose(self.step.value) if self.layout == "denominator" else self.step.value
        a = self.arrangement
        return read_matrix(self.terms, a.row, a.column, a.shape)

    def stacked(self) -> Expr:
        y, x = self.step.tensor.y, self.step.tensor.x
        if self.vec_order == "row":
            y, x = y[::-1], x[::-1]
        found = read_vec(self.terms, y, x)
        return transpose(found) if self.layout == "denominator" else found

    def finished(self, e: Expr) -> Expr:
        """In its shortest form, with what is known of the point."""
        e = simplify(e)
        for name, known in self.read.properties.items():
            v = self.read.variables[name]
            if known and not v.data.properties:
                e = simplify(with_properties(e, v, known))
        refuse_clashes(e, self.read.variables)
        return named(spelled_out(e), self.read.vocabulary)

    def dims(self, form: str) -> tuple[Dim, ...]:
        if form == "vec":
            rows, columns = (_length(s) for s in (self.step.y.shape, self.step.x.shape))
            return (columns, rows) if self.layout == "denominator" else (rows, columns)
        return self.arrangement.shape if self.count <= 2 else self.arrangement.sizes

    def contract(self, result: _Result) -> Callable[[Any, Any, Point], Any]:
        """How a result acts on a direction of x."""
        y, x = self.step.y, self.step.x
        if result.form != "vec":
            return lambda array, v, point: apply(array, v, len(axes(y.shape)), len(axes(x.shape)), self.layout)
        order = "F" if self.vec_order == "column" else "C"

        def stacked(array: Any, v: Any, point: Point) -> Any:
            sizes = tuple(size_of(d, point.sizes) for d in axes(y.shape))
            return apply_vec(array, v, sizes, self.layout, order)

        return stacked


def _length(shape: tuple[Dim, Dim]) -> Dim:
    return shape[0] * shape[1]


# ---------------------------------------------------------------------------------------------- certificates


def _certify(read: Request, steps: Sequence[Differentiation], made: _Rendering, result: _Result, shift: Shifted | None) -> Certificate:
    """Check the last step; a second derivative also checks the gradient that it is taken of."""
    variables = [_declared(v, read) for v in read.variables.values()]
    if len(steps) == 1 and shift is None and all(n is not steps[0].x for n in in_order([read.literal])):
        return not_needed()
    before = [_certify_gradient(read, steps[0], steps[1].y, variables)] if len(steps) == 2 else []
    value = _evaluated(result.expr) if result.expr is not None else _of_terms(result, made)
    act = made.contract(result)
    y = read.literal if len(steps) == 1 else steps[1].y
    x, at = steps[-1].x, value
    if shift is not None:
        there = shift.point
        y, variables, at = shift.function(y), [*variables, x], lambda p: value(there(p))
    parts = result.parts if shift is None else []
    return weakest([*before, certify(y, x, at, act, variables, parts)])


def _evaluated(e: Expr) -> Callable[[Point], Any]:
    program = Program([e])
    return lambda p: program(p.values, p.sizes, p.unknowns)[0]


def _of_terms(result: _Result, made: _Rendering) -> Callable[[Point], Any]:
    """The index form by its generated code; term by term where small sizes stand for the large ones that the code has."""
    from matcalc.answers.value import value_of_terms  # a closed form needs it not

    made_of = codegen.index_function(result.terms, result.labels, made.parameters, made.arrangement.sizes)
    code = _called(codegen.compile_function(codegen.module([made_of])), made.parameters)

    def value(p: Point) -> Any:
        if any(name.isdigit() for name in p.sizes):
            return value_of_terms(result.terms, result.labels, made.arrangement.sizes, p)
        return code(p)

    return value


def _called(function: Callable[..., Any], variables: Sequence[Expr]) -> Callable[[Point], Any]:
    """Generated code as a function of a point."""
    spelt = {codegen.parameter(v.data.name, codegen.NUMPY): v for v in variables}
    names = codegen.parameters_of(function)

    def argument(v: Expr, p: Point) -> Any:
        given = p.values[v.data.name]
        return as_matrix(v, given) if v.data.ndim == 2 else given

    def value(p: Point) -> Any:
        stood_for = {
            codegen.unknown_parameter(Unknown(name, kind, order), codegen.NUMPY): f for (name, kind, order), f in p.unknowns.items()
        }
        return function(**{name: argument(spelt[name], p) if name in spelt else {**p.sizes, **stood_for}[name] for name in names})

    return value


def _certify_gradient(read: Request, first: Differentiation, found: Expr, variables: Sequence[Expr]) -> Certificate:
    y_axes, x_axes = len(axes(read.expr.shape)), len(axes(first.x.shape))
    return certify(
        read.literal,
        first.x,
        _evaluated(found),
        lambda array, v, point: apply(array, v, y_axes, x_axes, "mixed"),
        variables,
        (found,),
    )


def _declared(v: Expr, read: Request) -> Expr:
    known = read.properties.get(v.data.name, frozenset())
    return sym(v.data.name, v.shape, v.data.ndim, known | v.data.properties)


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

    return _map(read, layout, check, ", ".join(directions), directions_of(read, directions, variables))


def _map(read: Request, layout: str, check: bool, wrt: str, along: Mapping[str, Expr] | None = None) -> Derivative:
    """dY as a linear map of all increments, or its value along a direction: the same in every layout."""
    if read.order != 1:
        raise UsageError("the differential form is of a first derivative")
    form = "differential" if along is None else "directional"
    from matcalc.answers.expansions.linear_map import differential_of, directional  # only those need it who ask for a linear map

    found = differential_of(read, check) if along is None else directional(read, along, check)
    parameters = (*read.variables.values(), *found.added)
    assumptions = (*read.assumptions, *found.assumptions)
    return Derivative(read, wrt, layout, form, found.expr, (), (), found.expr.shape, assumptions, parameters, found.certificate)


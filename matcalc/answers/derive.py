"""derive(): from a request to a certified closed form.

text -> expression -> differential -> adjoint -> index form -> layout -> matrices -> simplified -> certified -> printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from matcalc import codegen
from matcalc.algebra import transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, Unknown, sym
from matcalc.algebra.spelled_out import spelled_out
from matcalc.algebra.steps import limited
from matcalc.algebra.walk import in_order
from matcalc.answers.conditions import assumed_of
from matcalc.answers.displays import Tensor, displayed
from matcalc.answers.linear_map import differential_of, directional, directions_of, names_of_targets, read_directions
from matcalc.answers.notebook import Answers, of_answers
from matcalc.answers.parts import Shifted, kinks, restricted, spelled, vanishing
from matcalc.answers.value import Value, value_at
from matcalc.book.choices import FORMS, HADAMARD, LAYOUTS, TARGETS, VEC_ORDERS
from matcalc.book.sizes import ONE, Dim, axes, show, spell
from matcalc.calculus.differentiate import (
    Differentiation,
    differentiate,
    name_gradients,
    refuse_clashes,
    refuse_delta,
    terms_at,
    with_properties,
)
from matcalc.calculus.layout import apply, apply_vec, arrange
from matcalc.derivation import printing as derivations
from matcalc.derivation.lines import Line, Question, Written
from matcalc.errors import UsageError
from matcalc.index.graph import Stuck
from matcalc.index.named import index_terms
from matcalc.index.raising import read_matrix, read_vec
from matcalc.numbers.certificate import Certificate, certify, not_needed, weakest
from matcalc.numbers.evaluate import Program, as_matrix
from matcalc.numbers.points import read_values
from matcalc.numbers.sampling import Point
from matcalc.numbers.sizes import size_of
from matcalc.printing import index
from matcalc.printing.latex import latex
from matcalc.printing.text import text
from matcalc.printing.typst import typst
from matcalc.printing.unicode import unicode
from matcalc.reading.located import Part
from matcalc.reading.request import Request, asks_for_a_derivative, read_request
from matcalc.simplify.simplify import simplify

if TYPE_CHECKING:
    from matcalc.printing.sympy_source import Source

MAX_WORK: Final = 250_000


@dataclass(frozen=True)
class Derivative:
    """A derivative in a layout and a form, ready to print; `hadamard` is "diag" where u.*v is to be written diag(u)*v.

    `symbols` has SymPy's symbols and functions by name where the request was SymPy's.

    `expr` is the closed form; it is None in index form, where `terms` holds the entry with axes `labels`.
    """

    request: Request
    wrt: str
    layout: str
    form: str
    expr: Expr | None
    terms: tuple[IndexTerm, ...]
    labels: tuple[str, ...]
    dims: tuple[Dim, ...]
    assumptions: tuple[str, ...]
    parameters: tuple[Expr, ...]
    certificate: Certificate | None = field(default=None, compare=False)
    hadamard: str = "dot"
    symbols: Mapping[str, Any] = field(default_factory=dict, compare=False)
    vec_order: str = "column"

    @property
    def shape(self) -> tuple[str, ...]:
        """The axes of the result; rows and columns both up to two axes."""
        return tuple(spell(d) for d in self.dims)

    @property
    def variables(self) -> dict[str, str]:
        """The shape of every variable."""
        return {v.data.name: shape_text(v) for v in self.parameters}

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """Which rows, columns or entries are zero, where the form shows it, and where there is no derivative."""
        zero = vanishing(self.expr, self.terms) if self.form in ("matrix", "index") else ()
        return (*zero, *kinks(self.request.expr, self.request.wrt))

    @cached_property
    def text(self) -> str:
        return text(self.expr, self.hadamard, self.request.variables) if self.expr is not None else index.text(self.terms)

    @cached_property
    def latex(self) -> str:
        return latex(self.expr, self.hadamard, self.request.variables) if self.expr is not None else index.latex(self.terms)

    @cached_property
    def unicode(self) -> str:
        return unicode(self.expr, self.hadamard, self.request.variables) if self.expr is not None else index.unicode(self.terms)

    @cached_property
    def _typst(self) -> str:
        return typst(self.expr, self.hadamard, self.request.variables) if self.expr is not None else index.printed(self.terms, "typst")

    @cached_property
    def numpy(self) -> str:
        return self.code("numpy")

    def display(self, how: str, notation: str = "text") -> str:
        """The index form by cases, blocks, rows or columns, or compressed, as text, latex or unicode.

        Raises UsageError where there is no such display.
        """
        if self.form != "index":
            raise UsageError(f"the display {how} is one of the index form", hint='ask for form="index"')
        outputs = len(axes(self.request.expr.shape)) if self.request.order == 1 else len(self.labels) - len(axes(self.request.wrt[0].shape))
        sizes = tuple(d for d in self.dims if d is not ONE)
        return displayed(Tensor(self.terms, self.labels, sizes, outputs, self.layout == "denominator"), how, notation)

    @cached_property
    def _told(self) -> tuple[Question, list[Line]]:
        """The derivation, as what was asked and its lines."""
        read, answer = self.request, Written(self.text, self.latex, self.unicode, self._typst)
        name = self.wrt.partition("[")[0]
        x = next((v for v in read.wrt if v.data.name == name), read.wrt[0])
        then = () if read.order == 1 else (x if read.wrt2 is None else read.wrt2,)
        by = read.wrt if self.form in ("differential", "directional") else (x, *then)
        part = self.wrt if "[" in self.wrt else ""
        asked = Question(read, by, self.layout, self.form, answer, self.labels, part, vec_order=self.vec_order)
        with limited(MAX_WORK):
            return derivations.told(asked)

    @cached_property
    def steps(self) -> tuple[derivations.Step, ...]:
        """The derivation: a step for every line, with the rule that leads to it."""
        return derivations.steps(*self._told)

    def derivation(self, notation: str = "text") -> str:
        """The derivation in a notation: text, unicode, latex (an align* environment), or typst (a call of `derivation`)."""
        _one_of("notation", notation, tuple(derivations.SPELLED))
        return derivations.printed(*self._told, notation)

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the variables and dimensions that the NumPy code takes."""
        spelt = {codegen.parameter(v.data.name, codegen.NUMPY): v.data.name for v in self.parameters}
        return tuple(spelt.get(name, name) for name in self.code_of("numpy", "derivative", False).parameters)

    def code(self, target: str = "numpy", *, documented: bool = False) -> str:
        """Source of a function `derivative` in numpy, jax or torch; documented with its formula and its shapes.

        Raises UsageError for an unknown target, or where a function of the rule book is not known there.
        """
        return codegen.module([self.code_of(target, "derivative", documented)])

    def code_of(self, target: str, name: str, documented: bool) -> codegen.Function:
        """The function that `code` prints, to be put into a module with others."""
        TARGETS.check(target)
        dialect, docstring = codegen.DIALECTS[target], self._docstring() if documented else ""
        if self.expr is not None:
            return codegen.matrix_function(
                self.expr, self.parameters, dialect, keep2d=self.form == "vec", name=name, docstring=docstring
            )
        return codegen.index_function(self.terms, self.labels, self.parameters, self.dims, dialect, name=name, docstring=docstring)

    def _docstring(self) -> str:
        """The formula and the shapes."""
        value = [d for d in self.shape if d != "1"] if self.form != "vec" else self.shape
        shapes = ", ".join(f"{name}: {shape}" for name, shape in self.variables.items())
        return f"{self.text}\n\n{shapes}\nreturns {' x '.join(value) or 'a scalar'}\n"

    def function(self, target: str = "numpy") -> Callable[..., Any]:
        """The derivative as a function of arrays, as the code for numpy, jax or torch defines it."""
        return codegen.compile_function(self.code(target, documented=True))

    @cached_property
    def sympy(self) -> str:
        """SymPy source that defines `derivative`, an expression; in index form the entry at i, j, ..., from 0."""
        return self._in_sympy().text()

    def to_sympy(self) -> Any:
        """The derivative as a SymPy expression, with the symbols of the request where that was SymPy's.

        Raises UsageError for a function that SymPy lacks.
        """
        return self._in_sympy().value(self.symbols)

    def _in_sympy(self) -> Source:
        from matcalc.printing import sympy_code  # only those need it who ask for SymPy

        if self.expr is not None:
            return sympy_code.matrix_source(self.expr)
        return sympy_code.index_source(self.terms, self.labels, [d for d in self.dims if d is not ONE])

    def at(self, point: str | Mapping[str, Any]) -> Value:
        """The value at a point, {"x": 0.0} or "x = 0"; only the variables that the derivative needs must be given.

        Raises UsageError for what has no value, ShapeError for a value that does not fit its variable.
        """
        return value_at(self, read_values(point) if isinstance(point, str) else point)

    def to_dict(self) -> dict[str, Any]:
        """The fields of a batch answer."""
        return {
            "text": self.text,
            "latex": self.latex,
            "numpy": self.numpy,
            "shape": list(self.shape),
            "form": self.form,
            "layout": self.layout,
            "variables": self.variables,
            "assumptions": list(self.assumptions),
            **({"certificate": self.certificate.to_dict()} if self.certificate is not None else {}),
        }

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Derivative {self.text}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return of_answers((self,), self.latex)


def shape_text(v: Expr) -> str:
    """How a variable would be declared: `m x n`, `n`, `scalar`."""
    if v.data.ndim == 2 or v.data.ndim == 1 and v.shape[1] is not ONE:
        return show(v.shape) if not v.is_scalar else "1 x 1"
    return spell(v.shape[0]) if v.data.ndim == 1 else "scalar"


def derive(
    request: Any,
    wrt: Any = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[Any, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    layout: str = "denominator",
    form: str = "auto",
    order: int = 1,
    wrt2: Any = None,
    check: bool = True,
    vec_order: str = "column",
    along: Mapping[Any, Any] | Sequence[str] = (),
    hadamard: str = "dot",
) -> Derivative | tuple[Derivative, ...]:
    """The derivative that a request asks for; a tuple of them for several variables.

    The request is a text, an expression built in Python or one of SymPy; so are the variables, the directions of `along`, and
    the keys of `attrs`.
    The differential form is one for all variables together. `along` asks for the derivative in a direction, {"X": "V"} or
    "X = V", and names the variables where the request is an expression alone.

    Raises a MatcalcError that says why if there is none: ParseError, ShapeError, UnknownFunction, NotDifferentiable.
    """
    for choices, name in ((LAYOUTS, layout), (FORMS, form), (VEC_ORDERS, vec_order), (HADAMARD, hadamard)):
        choices.check(name)
    symbols: Mapping[str, Any] = {}
    if not all(isinstance(part, str) for part in (request, *_given(wrt, wrt2), *(attrs or ()), *_flat(along))):
        from matcalc.objects import request as bridge  # a text needs nothing of it

        request, wrt, wrt2, variables, attrs, along, symbols = bridge.asked(request, wrt, wrt2, variables, attrs, along)
    directions = read_directions(along)
    if directions and wrt is None and not asks_for_a_derivative(request):
        wrt = ", ".join(names_of_targets(directions))
    with limited(MAX_WORK):
        read = read_request(request, wrt=wrt, variables=variables, attrs=attrs, lets=lets, order=order, wrt2=wrt2, may_slice=True)
        parts = read.parts or (None,) * len(read.wrt)
        if directions:
            found = _map(read, layout, check, ", ".join(directions), directions_of(read, directions, variables))
            return replace(found, symbols=symbols)
        if form == "differential":
            return replace(_map(read, layout, check, ", ".join(_differentiated_by(read))), symbols=symbols)
        each = tuple(_derive_one(read, x, part, layout, form, vec_order, check) for x, part in zip(read.wrt, parts, strict=True))
    each = tuple(replace(d, hadamard=hadamard, symbols=symbols) for d in each) if symbols or hadamard != "dot" else each
    return each[0] if len(each) == 1 else Answers(each)


def _given(*parts: Any) -> list[Any]:
    return [part for part in parts if part is not None]


def _flat(along: Mapping[Any, Any] | Sequence[str]) -> Iterable[Any]:
    return [*along, *along.values()] if isinstance(along, Mapping) else along


def _one_of(what: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise UsageError(f"unknown {what} {value!r}; it is one of {', '.join(allowed)}")


def _derive_one(read: Request, x: Expr, part: Part | None, layout: str, form: str, vec_order: str, check: bool) -> Derivative:
    then = None if read.order == 1 else x if read.wrt2 is None else read.wrt2
    steps = differentiate(read.expr, x, then)
    if part is not None:
        steps = (restricted(steps[0], part, x),)
    made = _Rendering(read, steps[-1], layout, form, vec_order)
    result = made.result()
    shift = Shifted(x, part, steps[-1].x) if part is not None else None
    assumed = assumed_of([read.expr], result.parts)
    certificate = _certify(read, steps, made, result, shift) if check else None
    expr, terms, gradients = name_gradients(read, result.expr, result.terms, layout)
    return Derivative(
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
        terms, labels = index_terms(self.terms, self.arrangement.labels)
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
        return spelled_out(e)

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
    if result.expr is not None:
        value = _evaluated(result.expr)
    else:
        made_of = codegen.index_function(result.terms, result.labels, made.parameters, made.arrangement.sizes)
        value = _called(codegen.compile_function(codegen.module([made_of])), made.parameters)
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


def _map(read: Request, layout: str, check: bool, wrt: str, along: Mapping[str, Expr] | None = None) -> Derivative:
    """dY as a linear map of all increments, or its value along a direction: the same in every layout."""
    if read.order != 1:
        raise UsageError("the differential form is of a first derivative")
    form = "differential" if along is None else "directional"
    found = differential_of(read, check) if along is None else directional(read, along, check)
    parameters = (*read.variables.values(), *found.added)
    assumptions = (*read.assumptions, *assumed_of([read.expr], [found.expr]))
    return Derivative(read, wrt, layout, form, found.expr, (), (), found.expr.shape, assumptions, parameters, found.certificate)


"""The derivation of a derivative, in the language of differentials.

    f  = tr(A*X*B)           the function
    df = tr(A*dX*B)         linearity
       = tr(B*A*dX)         cyclic property of the trace
    df/dX = A^T*B^T         first identification theorem

A scalar function ends in df = tr(G^T dX), which gives G; others in dY = J dX, or d vec Y = J d vec X, which gives the
Jacobian. A second derivative goes on with the differential of the gradient.

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), chapters 9 and 10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Final

from matcalc.algebra import fun, mul, negative, transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import in_order, names_in
from matcalc.book import rules as rulebook
from matcalc.book.moves import Move, move
from matcalc.book.sizes import ONE
from matcalc.calculus.adjoint import jacobian
from matcalc.calculus.differentiate import Names, gradient, step
from matcalc.derivation.lawful import identities_used
from matcalc.derivation.recounting import Written, recounted, simplification
from matcalc.derivation.reusing import Definition, Reusing, definitions_of, differential_of, expanded, folded, with_parts, written_with
from matcalc.derivation.stacking import stacked
from matcalc.derivation.stages import ArrayDifferential, Differentials, ScalarDifferential, Stage, times_increment
from matcalc.derivation.terms import Term, as_terms, holds
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.index.graph import Stuck
from matcalc.index.raising import read_matrix, read_vec
from matcalc.printing.forms import Form
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import TEXT
from matcalc.printing.spelling import present_named
from matcalc.printing.writing import Writing
from matcalc.reading.inference.steps import Typed
from matcalc.reading.request import Asked, Request
from matcalc.records import dataclass
from matcalc.simplify.called import first_free
from matcalc.simplify.simplify import recognise, simplify

Terms = tuple[Term, ...]
NOTHING: Final[Mapping[Expr, Expr]] = {}
MAPS: Final = ("differential", "directional")


@dataclass(frozen=True)
class Left:
    """What a line is about: a `value` y, its `increment` dy, the `derivative` of y by x, or the `second`.

    A `vec_increment` is d vec(y), a `row_vec_increment` d vec(y^T).

    `at` has the labels of the entry of y and of x that is meant, where the line is about one; `turned` is the transpose of
    the derivative in the layout; `called` is the name that it has in the lines below.
    """

    kind: str
    of: str
    by: str = ""
    at: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    turned: bool = False
    called: str = ""


@dataclass(frozen=True)
class Answered:
    """The right side of a line that is the question or the answer itself, which says how it is written in a notation."""

    written: Callable[[Printer], str]

    @property
    def text(self) -> str:
        """It in the plain notation."""
        return self.written(TEXT)


@dataclass(frozen=True)
class Entries:
    """The right side of a line about one entry: a sum of products of entries; `increments` says what each increment is of."""

    terms: tuple[IndexTerm, ...]
    increments: Mapping[Expr, Expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """left : right, the Frobenius product of an array and a sum of terms that is linear in increments."""

    left: Expr
    right: Terms


@dataclass(frozen=True)
class Paired:
    """The right side of a line of Frobenius products; what is a number times an increment is a term."""

    items: tuple[Pair | Term, ...]


@dataclass(frozen=True)
class Line:
    """left = right, and the moves that lead here from the line before; `where` tells what the named parts are.

    A `plain` one is written without their names; one that `is_opened` is the first that has the increment of the variable alone.
    """

    left: Left
    right: Terms | Expr | Answered | Entries | Paired
    moves: tuple[Move, ...]
    increments: Mapping[Expr, Expr] = field(default_factory=dict)
    where: bool = False
    plain: bool = False
    shown: Expr | None = None
    parts: tuple[tuple[Expr, Expr], ...] = ()
    is_opened: bool = False


@dataclass(frozen=True)
class Question:
    """What was derived: the request, the variables one after the other, and the answer in its layout and form.

    `part` is the part of the variable that is meant, as W[2,:]; `parts` are parts of the function and the names by which the
    derivation calls them. `constrained` is the move from the derivative with all entries free to one by a structured variable or
    on a manifold.
    """

    read: Request
    variables: tuple[Expr, ...]
    layout: str
    form: str
    answer: Answered
    labels: tuple[str, ...] = ()
    part: str = ""
    parts: Mapping[Expr, str] = field(default_factory=dict)
    vec_order: str = "column"
    constrained: Move | None = None
    detail: str = "normal"
    style: str = "trace"

    @cached_property
    def name(self) -> str:
        """What the function is called: as in the request, else f or y or Y, or the next letter that is free."""
        if self.read.title:
            return self.read.title
        y = self.read.expr
        letters = "fhgqFHGQ" if y.is_scalar else "yzuvYZUV" if ONE in y.shape else "YZUVFGHQ"
        return first_free(letters, self.taken, "f_")

    @cached_property
    def writing(self) -> Writing:
        """How the request is written."""
        return Writing(self.read.asked)

    @cached_property
    def gradient(self) -> str:
        """What the first derivative is called, where it is differentiated again."""
        return first_free("gGqQuv", self.taken | {self.name}, "g_")

    @cached_property
    def taken(self) -> set[str]:
        """The names that the request uses."""
        shown = names_in([self.read.expr, *self.variables, *self.read.variables.values()])
        return shown | set(self.read.definitions) | set(self.read.gradient_names.values())

    @cached_property
    def names(self) -> Names:
        """The names that the request gives to gradients and entries."""
        return Names(self.read, self.layout)

    @cached_property
    def definitions(self) -> dict[Expr, str]:
        """The parts that have names of their own, by the request or since the lines would be long without."""
        whole = (self.read.expr, recognise(self.read.expr))
        known = {self.names.in_place(form): name for name, e in self.read.definitions.items() for form in (e, recognise(e)) if e.args}
        return {**self.parts, **{e: name for e, name in known.items() if e not in whole}}

    def trees(self, asked: Asked) -> list[tuple[str, Typed]]:
        """The definitions of the request, and last the function, which may be one of them."""
        title = self.read.title if self.read.title in asked.definitions else ""
        named = [(name, tree) for name, tree in asked.definitions.items() if name in self.read.definitions and name != title]
        return [*named, (title, asked.definitions[title] if title else asked.function)]

    def presented(self, e: Expr) -> Form:
        """How an expression is written, with the names and in the forms that the request has."""
        return self._written(e, self.writing)

    def barely(self, e: Expr) -> Form:
        """How an expression is written, with the names that the request has."""
        return self._written(e, Writing(self.read.asked, verbatim=False))

    def _written(self, e: Expr, writing: Writing) -> Form:
        named = {part: label for part, label in self.definitions.items() if part not in self.parts}
        return present_named(self.names.in_place(e), named, self.taken, writing)

    def plainly(self, e: Expr) -> Form:
        """How an expression is written with no names for its parts."""
        return present_named(self.names.in_place(e), {}, self.taken, self.writing)

    def plain(self, e: Expr) -> str:
        """The text of an expression with no names for its parts."""
        return TEXT.render(self.plainly(e))

    @property
    def in_entries(self) -> bool:
        """Whether the derivation is told element by element."""
        return "index" in (self.form, self.style) and not self.part and self.form not in MAPS

    @property
    def known_point(self) -> bool:
        """Whether something is known of the point that the answer uses."""
        return any(self.read.properties.values())


def lines_of(q: Question) -> list[Line]:
    """The derivation, from the function to the answer."""
    refuse_clashes(q)
    y = function_told(q.read.expr)
    lines = [*question_lines(q, y), *_in_traces(q, y)]
    if q.form in MAPS:
        return [*lines, *_map(q, y)]
    if len(q.variables) == 1:
        return [*lines, *_first(q, y)]
    x = q.variables[0]
    g = gradient(step(y, x))
    is_turned = q.layout == "numerator" and y.is_scalar and not x.is_scalar or q.layout == "denominator" and not y.is_scalar
    work = differentials(q, y, x, q.name)
    first = Line(Left("derivative", q.name, x.data.name, turned=is_turned, called=q.gradient), g, (identification(y, x),))
    reused = _reused(q, y, g, first) if _may_reuse(q, y, x) else None
    if reused is not None:
        return [*lines, *work.lines, *reused]
    known = {y: work.found} if work.found is not None and y.is_scalar and q.variables[1] is x else {}
    return [*lines, *work.lines, first, *second_lines(q, g, known)]


def function_told(e: Expr) -> Expr:
    """The function with the named functions that it is; factors are not taken out for that alone."""
    known = recognise(e)
    before, after = ({n.op for n in in_order([part])} for part in (e, known))
    return known if any(rulebook.find(op) is not None for op in after - before) else e


def question_lines(q: Question, y: Expr) -> list[Line]:
    """The function as it was written, after each law that leads to how it is kept, and as `y`, which is differentiated."""
    left, e, asked = Left("value", q.name), q.read.expr, q.read.asked
    steps = identities_used(e, y, recognise) if y is not e else []
    steps += [(y, move("recognition"))] if y is not (steps[-1][0] if steps else e) else []
    known = [Line(left, step, (because,), plain=bool(q.parts and asked)) for step, because in steps]
    if asked is None:
        return [Line(left, e, (move("definition"),), where=True), *known]
    told = recounted([Written(name, tree, asked.nodes[name], q.presented, q.barely) for name, tree in q.trees(asked)])
    lines = [*(Line(left, Answered(shown), (because,)) for shown, because in told), *known]
    return [*lines, Line(left, y, (move("named_parts"),), where=True)] if q.parts else lines


def _in_traces(q: Question, y: Expr) -> list[Line]:
    """The function by the traces as which it is differentiated, where these are written as sums of products entry by entry."""
    terms = as_terms(y) if y.is_scalar and y not in q.definitions else []
    traced = (mul(*t.chain) for t in terms if t.traced and any(holds(f, q.variables[0]) for f in t.chain))
    is_sum = any(q.presented(fun("tr", inside)).data == "sum" for inside in traced)
    return [Line(Left("value", q.name), tuple(terms), (move("trace_of_products"),))] if is_sum else []


def refuse_clashes(q: Question) -> None:
    """Refuse a variable with the name of an increment."""
    moving = [q.name, *(v.data.name for v in q.variables), *q.definitions.values()]
    taken = next((f"d{name}" for name in moving if f"d{name}" in q.taken), None)
    if taken is not None:
        raise UsageError(f"{taken} is a variable, so it cannot stand for an increment", hint="rename the variable")


def _first(q: Question, y: Expr) -> list[Line]:
    x = q.variables[0]
    work = differentials(q, y, x, q.name, is_last=True)
    left = Left("derivative", q.name, q.part or x.data.name)
    return [*work.lines, *concluded(q, left, laid_out(q, y, x, work.found), identification(y, x))]


def second_lines(q: Question, g: Expr, known: Mapping[Expr, Expr]) -> list[Line]:
    """The lines of the second derivative; `known` has P of df = tr(P dX), which is not derived again."""
    x = q.variables[1]
    work = differentials(q, g, x, q.gradient, is_last=True, known=known)
    left = Left("second", q.name, " ".join(v.data.name for v in q.variables))
    return [*work.lines, *concluded(q, left, laid_out(q, g, x, work.found), move("second_identification"))]


def _may_reuse(q: Question, y: Expr, x: Expr) -> bool:
    """Whether a second derivative is told with symbols for the function, its gradient and their parts."""
    is_hessian = y.is_scalar and not x.is_scalar and x.shape[1] is ONE and q.variables[1] is x and q.form == "matrix"
    return is_hessian and q.detail == "normal" and q.style == "trace" and q.constrained is None and not q.part


def _reused(q: Question, y: Expr, g: Expr, first: Line) -> list[Line] | None:
    """The gradient with symbols in it, its differential and the Hessian; None where it has no such form."""
    x = q.variables[0]
    try:
        made = jacobian(g, x)
        h = simplify(read_vec(made.terms, made.y, made.x))
        taken = q.taken | {q.name, q.gradient, *q.definitions.values()}
        given = definitions_of(y, q.name, {part: label for part, label in q.definitions.items() if part.shape[1] is ONE and holds(part, x)})
        definitions = with_parts(g, h, x, given, taken)
        shown = Definition(sym(q.gradient, g.shape), g, written_with(g, definitions))
        known = {d.symbol: differential_of(d, x, definitions[:-1], shown) for d in definitions[:-1]}
        work = Reusing(shown, x, {definitions[-1].symbol: transpose(shown.symbol), **known})
        found = work.coefficient(work.run())
    except (Stuck, NotDifferentiable):
        return None
    if found is None:
        return None
    found = min(found, simplify(folded(found, shown)), key=lambda e: e.weight)
    told = tuple((d.symbol, d.shown) for d in definitions[len(given) - 1 : -1])
    named = replace(first, moves=(move("named_parts"),), shown=shown.shown, parts=told)
    lines = [Line(Left("increment", q.gradient), s.terms, s.moves, s.increments) for s in work.stages]
    left = Left("second", q.name, f"{x.data.name} {x.data.name}")
    whole = expanded(expanded(found, [shown]), [*definitions])
    return [first, named, *lines, *_ended(q, left, found, whole)]


def _ended(q: Question, left: Left, found: Expr, whole: Expr) -> list[Line]:
    """The Hessian in the symbols, and what it is without them."""
    shown = Line(left, whole, (move("second_identification"),), shown=found)
    text, in_symbols = q.plain(whole), q.plain(found)
    if in_symbols == q.answer.text:
        return [Line(left, q.answer, shown.moves)]
    if text == in_symbols:
        return [shown, Line(left, q.answer, (simplification(text, q.answer.text),))]
    return [shown, Line(left, q.answer, (move("written_out" if text == q.answer.text else "written_out_shorter"),))]


def _map(q: Question, y: Expr) -> list[Line]:
    """The differential by every variable, and their sum or its value along the direction."""
    lines = [line for x in q.variables for line in _partial(q, y, x)]
    name = "direction" if q.form == "directional" else "partials" if len(q.variables) > 1 else "collected"
    last = Line(Left("increment", q.name), q.answer, (move(name),))
    return [*lines, last]


def _partial(q: Question, y: Expr, x: Expr) -> list[Line]:
    """The lines of the differential by one variable of several."""
    lines = differentials(q, y, x, q.name).lines
    return [replace(line, left=replace(line.left, by=x.data.name)) for line in lines] if len(q.variables) > 1 else lines


def identification(y: Expr, x: Expr) -> Move:
    """The theorem that reads the derivative off the differential."""
    if x.is_scalar:
        return move("coefficient_of_number")
    return move("first_identification_scalar" if y.is_scalar else "first_identification")


@dataclass(frozen=True)
class Found:
    """The lines of one differentiation, and the matrix P of df = tr(P dX), dy = J dx, dY = Y' dt or d vec Y = J d vec X.

    `opened` are the lines down to dy in terms of the increment dx alone, before anything is moved.
    """

    lines: list[Line]
    found: Expr | None
    opened: Sequence[Stage]
    dx: Expr


def differentials(q: Question, y: Expr, x: Expr, name: str, is_last: bool = False, known: Mapping[Expr, Expr] = NOTHING) -> Found:
    """The lines of one differentiation; the last one ends in the form of the answer."""
    named = {*q.definitions, *map(negative, q.definitions)}
    work: Differentials = (ScalarDifferential if y.is_scalar else ArrayDifferential)(y, x, named, known, q.detail == "full")
    work.to_end = q.form not in MAPS
    try:
        terms = work.run()
        found = work.coefficient(terms) if work.to_end else None
    except (Stuck, NotDifferentiable):
        found = by_entries(work)
    left, opened = Left("increment", name), work.opened_lines
    lines = [Line(left, s.terms, s.moves, s.increments, is_opened=k == opened) for k, s in enumerate(work.stages, 1)]
    is_stacked = is_last and q.form == "vec" and (ONE not in y.shape or ONE not in x.shape)
    if is_stacked or found is None and not y.is_scalar and q.form not in ("index", *MAPS):
        by_rows = q.vec_order == "row"
        stages, found = stacked(y, x, work.stages[-1].terms if work.stages else (), work.dx, by_rows)
        kind = "increment" if y.is_scalar else "row_vec_increment" if by_rows and ONE not in y.shape else "vec_increment"
        lines += [Line(Left(kind, name), s.terms, s.moves, s.increments) for s in stages]
    return Found(lines, found, work.stages[: work.opened_lines], work.dx)


def by_entries(work: Differentials) -> Expr | None:
    """What is left once no move helps: the coefficients of the increment, entry by entry."""
    if not work.y.is_scalar:
        return None
    made = jacobian(work.y, work.x)
    try:
        p = transpose(simplify(read_matrix(made.terms, *made.x, work.x.shape)))
    except Stuck:
        return None
    work.write(times_increment(p, work.dx), move("entries"))
    return p


def concluded(q: Question, left: Left, found: Expr | None, theorem: Move) -> list[Line]:
    """The derivative that the last line shows, in the layout, and the answer where it is written in another way."""
    end = Line(left, q.answer, (theorem,))
    if q.constrained is not None:
        return _constrained(q, q.constrained, left, found, theorem)
    if q.part:
        whole = replace(left, by=q.variables[0].data.name)
        before = [] if found is None else [Line(whole, found, (theorem,))]
        return [*before, Line(left, q.answer, (move("part"),))]
    if found is None:
        return [Line(left, q.answer, (move("entries"),))]
    lines = [Line(left, found, (theorem,))]
    if q.definitions:
        lines.append(Line(left, Answered(lambda printer: printer.render(q.plainly(found))), (move("written_out"),)))
    elif q.plain(found) == q.answer.text:
        return [end]
    told = q.plain(found)
    if told == q.answer.text:
        return [*lines[:-1], Line(left, q.answer, lines[-1].moves)]
    shown = simplify(q.names.in_place(found))
    is_of_point = q.known_point and q.plain(shown) != q.answer.text
    if is_of_point and shown is not found:
        lines.append(Line(left, shown, (simplification(told, q.plain(shown)),), plain=True))
    if is_of_point:
        return [*lines, Line(left, q.answer, (move("point"),))]
    return [*lines, *_answered(q, left, q.names.in_place(found), shown)]


def _answered(q: Question, left: Left, found: Expr, shown: Expr) -> list[Line]:
    """The answer, which is `shown`, after each identity that makes it shorter than what was found."""
    used = [(step, because) for step, because in identities_used(found, shown, simplify) if q.plain(step) != q.answer.text]
    last = identities_used(found, shown, simplify)[len(used) :]
    before = used[-1][0] if used else found
    because = last[0][1] if last else simplification(q.plain(before), q.answer.text)
    return [*(Line(left, step, (m,), plain=True) for step, m in used), Line(left, q.answer, (because,))]


def _constrained(q: Question, last: Move, left: Left, found: Expr | None, theorem: Move) -> list[Line]:
    """The derivative with all entries free, and what the constraint makes of it."""
    if found is None:
        return [Line(left, q.answer, (theorem, last))]
    shown = simplify(found)
    shorter = [Line(left, shown, (move("simplify"),))] if shown is not found else []
    return [Line(left, found, (theorem,)), *shorter, Line(left, q.answer, (last,))]


def laid_out(q: Question, y: Expr, x: Expr, found: Expr | None) -> Expr | None:
    """The derivative in the layout, from P or J, which are those of numerator layout."""
    turned = q.layout == "denominator" or q.layout == "mixed" and q.form != "vec" and y.is_scalar and not x.is_scalar
    return transpose(found) if found is not None and turned else found

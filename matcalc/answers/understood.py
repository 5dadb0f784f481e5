"""What a request was understood to be, without deriving anything: its formula as it was written, its variables and why they are so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from matcalc.algebra.node import Expr
from matcalc.answers.admitted import constrained
from matcalc.answers.constraints import Constraint
from matcalc.answers.display.report import axes, described
from matcalc.answers.display.shown import Shown
from matcalc.answers.result import declared_text, known_of
from matcalc.book.properties import stated
from matcalc.book.sizes import ONE, spell
from matcalc.calculus.loading import Rules, in_force
from matcalc.printing.as_written import written
from matcalc.printing.asked import component, components_of, equations, variable
from matcalc.printing.forms import NUMERATOR
from matcalc.printing.notations.printer import Printer
from matcalc.reading.grammar.components import GRADIENT
from matcalc.reading.inference.scope import Function, shape_of
from matcalc.reading.inference.steps import Step
from matcalc.reading.notes import ASSUMED, HABIT, SHAPE, Note, lines_of
from matcalc.reading.request import Request, read_request
from matcalc.records import dataclass


def read(
    request: str,
    wrt: str | None = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[str, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    order: int = 1,
    wrt2: str | None = None,
    structured: bool = False,
    reading: str | None = None,
    manifold: str | None = None,
    rules: Rules | None = None,
) -> Understood:
    """What a request is understood to be: `str` of it is the request in the plain notation.

    `structured`, `reading` and `manifold` are as in `derive`: what they mean is a note.
    `rules` names files of functions of the user's own, whose code is run, or is a Book.

    Raises a MatcalcError that points into the text where it cannot be read.
    """
    options: dict[str, Any] = {"variables": variables, "attrs": attrs, "lets": lets, "order": order, "wrt2": wrt2}
    constraint = Constraint(structured, reading, manifold)
    constraint.check("auto", "column", "")
    with in_force(rules):
        found = read_request(request, wrt=wrt, may_slice=True, **options)
        return Understood(constrained(constraint, found) if constraint else found)


@dataclass(frozen=True)
class Told:
    """One variable: its kind, its axes, its properties, how one would declare it, and why it is of this kind."""

    kind: str
    shape: tuple[str, ...]
    properties: tuple[str, ...]
    declaration: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """The variable as plain data."""
        return {**vars(self), "shape": list(self.shape), "properties": list(self.properties)}


@dataclass(frozen=True, repr=False)
class Understood(Shown):
    """A request as it was understood."""

    request: Request

    called = "a request"

    def written(self, notation: Printer) -> str:
        """The request: d/dW tr(W*x) where x = A*y."""
        asked = self.request.asked
        assert asked is not None
        function = written(asked.function)
        formula = f"{self._operator(notation)} {notation.within(function, notation.render(function), NUMERATOR)}"
        given = notation.separator.join(equations(asked.definitions, asked.gradients, notation))
        return notation.finished(formula + (notation.where + given if given else ""))

    def _operator(self, notation: Printer) -> str:
        """d/dX, d/d(W, b), d^2/dx dy."""
        read = self.request
        parts = read.parts or (None,) * len(read.wrt)
        first, second = components_of(read)
        if first == GRADIENT and len(read.wrt) == 1:
            return notation.gradient(notation.name_of(read.wrt[0].data.name))
        meant = [component(variable(x, part), components_of(read, k)[0]) for k, (x, part) in enumerate(zip(read.wrt, parts, strict=True))]
        names = [notation.render(form) for form in meant]
        if read.order == 2:
            names = [names[0], names[0] if read.wrt2 is None else notation.render(component(variable(read.wrt2, None), second))]
        elif len(names) > 1:
            names = [f"({', '.join(names)})"]
        return notation.derivative("", *names)

    @property
    def declared(self) -> str:
        """The request in the plain notation with all that it is read as declared in it, so that nothing is inferred."""
        said = [f"{name}: {told.declaration}" for name, told in self.variables.items()]
        said += [f"{name}: {told}" for name, told in self.functions.items()]
        before, where, definitions = self.text.partition(" where ")
        return f"{before} where {'; '.join([*said, *([definitions] if where else [])])}"

    @cached_property
    def variables(self) -> dict[str, Told]:
        """Every variable, in the order of appearance."""
        return {name: self._told(name, v) for name, v in self.request.variables.items()}

    def _told(self, name: str, v: Expr) -> Told:
        why = next((str(n) for n in self.request.assumptions if n.kind == HABIT and name in n.names), self.request.reasons[name])
        axes_of = tuple(spell(d) for d in v.shape)[: v.data.ndim] if v.shape[0] is not ONE or v.data.ndim == 2 else ()
        return Told(kind_of(v), axes_of, stated(known_of(v, self.request)), declared_text(v, self.request), why)

    @cached_property
    def functions(self) -> dict[str, str]:
        """The unknown functions, each as one would declare it."""
        asked = self.request.asked
        assert asked is not None
        trees = [*asked.definitions.values(), asked.function]
        calls = [(tree.steps[s.operands[0]], s.meaning) for tree in trees for s in tree.steps if isinstance(s.meaning, Function)]
        return {f.name: function_text(f, argument) for argument, f in calls}

    @property
    def notes_on(self) -> tuple[Note, ...]:
        """What the text does not say and was taken for granted, the shapes aside."""
        return tuple(n for n in self.request.assumptions if n.kind != SHAPE)

    def notes(self, notation: Printer) -> Sequence[str]:
        """A line for every variable with the reason, the shape of the function, and the notes."""
        said = [f"{described(name, t.declaration, notation.by)} ({t.why})" for name, t in self.variables.items()]
        shape = [spell(d) for d in self.request.expr.shape]
        others = [n for n in self.notes_on if n.kind != HABIT and not (n.kind == ASSUMED and {*n.names} & self.functions.keys())]
        said += [f"{name}: {told}" for name, told in self.functions.items()]
        return [*said, f"the function is {axes(shape, notation.by)}", *lines_of(others)]

    def to_dict(self) -> dict[str, Any]:
        """The request as plain data."""
        read = self.request
        return {
            "text": self.text,
            "unicode": self.unicode,
            "latex": self.latex,
            "declared": self.declared,
            "wrt": [x.data.name for x in read.wrt],
            "order": read.order,
            "wrt2": None if read.wrt2 is None else read.wrt2.data.name,
            "shape": [spell(d) for d in read.expr.shape],
            "variables": {name: told.to_dict() for name, told in self.variables.items()},
            "functions": self.functions,
            "notes": [n.to_dict() for n in self.notes_on],
        }

    def __repr__(self) -> str:
        return f"<Understood {self.text}>"


def function_text(f: Function, argument: Step) -> str:
    """`elementwise`, `vector -> scalar`."""
    if f.kind == "elementwise":
        return f.kind
    rows, columns = shape_of(argument.shape)
    of = "scalar" if rows is ONE and columns is ONE else "vector" if columns is ONE else "matrix"
    return f"{of} -> {'scalar' if f.kind == 'scalar' else 'vector' if f.columns is ONE else 'matrix'}"


def kind_of(v: Expr) -> str:
    """scalar, vector, row or matrix."""
    if v.data.ndim == 0:
        return "scalar"
    if v.data.ndim == 1:
        return "vector" if v.shape[0] is not ONE or v.shape[1] is ONE else "row"
    return "row" if v.shape[0] is ONE and v.shape[1] is not ONE else "matrix"

"""The shapes of an expression, found by unification over its syntax tree.

A tree is first laid out as steps, operands before what uses them. Every rule then takes the shapes of the operands to the
shape of the value and unifies what must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from matcalc.book.sizes import ONE, SCALAR, dim
from matcalc.errors import MatcalcError, ParseError, ShapeError
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Index,
    Listing,
    Name,
    Negation,
    Number,
    Parsed,
    Transposition,
)
from matcalc.reading.grammar.tokens import BOLD_ONE, EULER
from matcalc.reading.inference.brackets import bars, explicit_array, index, listing
from matcalc.reading.inference.calls import END, call
from matcalc.reading.inference.context import Context
from matcalc.reading.inference.operators import binary, same, transposed
from matcalc.reading.inference.scope import Variable
from matcalc.reading.inference.steps import Step, Typed, lay_out, text_of
from matcalc.reading.inference.unify import Free, Terms, find, is_one, is_scalar, resolve, unify


class Inference(Context):
    """Infers the shapes of trees of one request, which share their variables."""

    def infer(self, parsed: Parsed) -> Typed:
        """The typed steps of a tree."""
        self.source, self.numpy = parsed.source, parsed.numpy
        self.steps = lay_out(parsed)
        self.scope.steps += len(self.steps)
        for step in self.steps:
            try:
                step.shape = _RULES[type(step.node)](self, step)
            except MatcalcError as error:
                raise error.at(step.node.span, self.source) from None
        return Typed(parsed.source, self.steps)

    def finish(self) -> None:
        """Name the dimensions that are still free; every size must be known by now."""
        self.scope.name_dimensions()
        self._size_zeros()
        for shape, step, source in self.sized_by_context:
            if resolve(shape[0]) is None:
                hint = f"write {'eye' if shape[0] is shape[1] else 'ones'}(n) with its size"
                raise ShapeError(f"the size of {text_of(step.node, source)} cannot be told", step.node.span, source, hint)
        for v in self.scope.variables.values():
            if not v.declared and v.kind == "matrix" and is_scalar(v.shape):
                told = f"{v.name} is used as a scalar, but its name is a matrix's"
                raise ShapeError(told, v.span, v.source, f"declare '{v.name}: scalar'")
            for term in v.shape:
                if isinstance(find(term), Free):
                    raise ShapeError(f"the size of {v.name} cannot be told", v.span, v.source, f"declare {v.name}")

    def _size_zeros(self) -> None:
        """A 0 that nothing else tells the size of is a number below a column; below a matrix it is refused."""
        for size, across, step, source in self.sized_by_zeros:
            if resolve(size) is None and not (all(map(is_one, across)) and unify(size, ONE)):
                told = f"the size of the 0 in {text_of(step.node, source)} cannot be told"
                raise ShapeError(told, step.node.span, source, "write zeros(m,n) with its sizes")


def _number(c: Context, step: Step) -> Terms:
    return SCALAR


def _name(c: Context, step: Step) -> Terms:
    node = step.node
    assert isinstance(node, Name)
    name, scope = node.name, c.scope
    if name in c.defined:
        step.meaning = "definition"
        return c.defined[name]
    if name in scope.variables or scope.is_variable(name):
        return _variable(c, step, scope.variable(name, node.span, c.source))
    if name in scope.dimensions:
        step.meaning = dim(name)
        return SCALAR
    if name in ("pi", END):
        step.meaning = name
        return SCALAR
    if name in ("I", BOLD_ONE):
        size = Free(vector=name != "I")
        shape: Terms = (size, size) if name == "I" else (size, ONE)
        step.meaning = name
        c.sized_by_context.append((shape, step, c.source))
        return shape
    if name == EULER:
        c.fail("e alone is read as a name, and as a number only below an exponent", node.span, "write exp(1)", ParseError)
    if name in scope.functions or len(name) > 1 and scope.is_function(name):
        hint = f"write {name}(...), or declare {name} if it is a variable"
        c.fail(f"{name} is a function without an argument", node.span, hint, ParseError)
    if scope.closed:
        c.fail(f"{name} is not known here", node.span, f"known are {', '.join(sorted(scope.given))}", ParseError)
    return _variable(c, step, scope.variable(name, node.span, c.source))


def _variable(c: Context, step: Step, variable: Variable) -> Terms:
    step.meaning = variable
    return variable.shape


_RULES: Final[Mapping[type, Callable[[Context, Step], Terms]]] = {
    Number: _number,
    Name: _name,
    Negation: same,
    Transposition: transposed,
    Binary: binary,
    Call: call,
    Index: index,
    ArrayLiteral: explicit_array,
    Bars: bars,
    Listing: listing,
}

"""Backpropagation: every gradient of a chain of definitions, last to first, each in terms of the gradients before it.

    L where z1 = W1*x + b1; a1 = sigma(z1); z2 = W2*a1 + b2; L = loss(z2); dL/dz2 = g

With delta_v = dL/dv for a definition v, dL/du is the gradient by u of the sum of <delta_v, v(u)> over the definitions v in
which u occurs, delta_v held constant: the chain rule with the products in the order that the layout of the shapes asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from matcalc import codegen
from matcalc.algebra import add, had, total, transpose
from matcalc.algebra.node import Expr, Unknown, const, sym, unknown_value, zeros
from matcalc.algebra.walk import in_order, substitute
from matcalc.answers.conditions import assumed_of
from matcalc.answers.display.report import certified, shapes_told
from matcalc.answers.display.shown import Shown
from matcalc.answers.telling.stepped import Stepped
from matcalc.book.choices import LAYOUTS, TARGETS
from matcalc.book.properties import stated
from matcalc.book.sizes import SCALAR, axes, show
from matcalc.calculus.contracting import apply
from matcalc.calculus.differentiate import NO_MATRIX, gradient, step, with_properties
from matcalc.calculus.loading import Rules, in_force
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.numbers.certifying.certificate import certify
from matcalc.numbers.evaluate import Program
from matcalc.numbers.outcome import Certificate
from matcalc.numbers.sampling.random_points import Point
from matcalc.printing.notations.latex import latex
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import text
from matcalc.reading.chain import Chain, read_chain
from matcalc.reading.notes import ASSUMED, Note, lines_of
from matcalc.records import dataclass
from matcalc.simplify.simplify import recognise, simplify, transform
from matcalc.simplify.singular import with_adjugates
from matcalc.simplify.written import written_out

if TYPE_CHECKING:
    from matcalc.answers.telling.lines import Row

HELD: Final = "\u2021"


@dataclass(frozen=True, repr=False)
class Gradient(Shown):
    """dL/dv in a layout; `name` is what later gradients call it, where they use it, and `value` is over those names."""

    function: str
    wrt: str
    name: str
    value: Expr
    layout: str
    certificate: Certificate | None = field(default=None, compare=False)

    @property
    def shape(self) -> tuple[str, str]:
        return str(self.value.shape[0]), str(self.value.shape[1])

    called = "gradient"

    def written(self, notation: Printer) -> str:
        """dL/dv = its name = its value."""
        return " = ".join(self.sides(notation))

    def sides(self, notation: Printer) -> tuple[str, str]:
        """dL/dv, and its name and value; the name of what has a name already is left out."""
        ratio = notation.derivative(notation.name_of(self.function), notation.name_of(self.wrt))
        named = [notation.name_of(self.name)] if self.name and self.value.op != "sym" else []
        return ratio, " = ".join([*named, notation.print(self.value)])

    def to_dict(self) -> dict[str, Any]:
        """The fields of a JSON answer."""
        told = {"wrt": self.wrt, "name": self.name or None, "text": text(self.value), "latex": latex(self.value), "shape": list(self.shape)}
        return told | ({"certificate": self.certificate.to_dict()} if self.certificate is not None else {})


@dataclass(frozen=True, repr=False)
class Backpropagation(Stepped):
    """The gradients of a chain, in the order in which they are computed, and the shapes that they rest on."""

    function: str
    layout: str
    gradients: tuple[Gradient, ...]
    variables: dict[str, str]
    assumptions: tuple[str, ...]
    chain: Chain = field(repr=False)

    def __iter__(self) -> Iterator[Gradient]:
        return iter(self.gradients)

    def __getitem__(self, wrt: str) -> Gradient:
        """The gradient by a variable or definition."""
        for g in self.gradients:
            if g.wrt == wrt:
                return g
        raise KeyError(wrt)

    called = "backprop"

    def written(self, notation: Printer) -> str:
        """The equations, with their shapes behind them where there is room."""
        shapes = [_size(g).replace(" x ", notation.by, 1) for g in self.gradients]
        return notation.annotated([g.sides(notation) for g in self.gradients], shapes)

    def rows(self) -> Sequence[Row]:
        """The differential that every gradient is read off, and the gradient."""
        from matcalc.answers.telling.backward import Backwards  # only those need it who ask for the derivation

        return Backwards(self.chain, self.gradients, self.layout, self.variables).rows()

    def notes(self, notation: Printer) -> Sequence[str]:
        """The shapes of the variables and definitions, the assumptions, and the least exact of the certificates."""
        checked = [g.certificate for g in self.gradients if g.certificate is not None]
        return [shapes_told(self.variables, notation.by), f"{self.layout} layout", *lines_of(self.assumptions), certified(checked)]

    @cached_property
    def numpy(self) -> str:
        """Source of `backprop(...)` in NumPy."""
        return self.code("numpy")

    def code(self, target: str = "numpy", *, documented: bool = False) -> str:
        """Source of `backprop(...)` in a language of `TARGETS`: it returns the values of the definitions and the gradients, by their names.

        An unknown function is a parameter, as are its derivatives; the value of one whose gradient has a name is left out.
        """
        TARGETS.check(target)
        chain, dialect = self.chain, codegen.DIALECTS[target]
        definitions = {n: e for n, e in chain.values.items() if n != self.function or not (chain.gradient_names and e.op == "call")}
        turned = self.layout == "numerator"
        names = dict(chain.names)
        for g in self.gradients:
            if g.name:
                names[g.name] = sym(g.name, g.value.shape, None if turned else chain.names[g.wrt].data.ndim)
        gradients = [(g.wrt, g.name, g.value) for g in self.gradients]
        told = f"The gradients of {self.function}."
        variables = list(chain.variables.values())
        return codegen.module([codegen.program_function(definitions, gradients, variables, names, dialect, docstring=told)])

    def program(self) -> Callable[..., Any]:
        """The NumPy code as a function of arrays."""
        return codegen.compile_function(self.numpy, "backprop")

    def to_dict(self) -> dict[str, Any]:
        """The fields of a JSON answer."""
        return {
            "function": self.function,
            "layout": self.layout,
            "gradients": [g.to_dict() for g in self.gradients],
            "variables": self.variables,
            "assumptions": list(self.assumptions),
        }


def _size(g: Gradient) -> str:
    return show((g.value.shape[0], g.value.shape[1]))


def backprop(
    request: str,
    wrt: Sequence[str] | None = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
    layout: str = "denominator",
    check: bool = True,
    rules: Rules | None = None,
) -> Backpropagation:
    """Every gradient of a chain, by its definitions and its variables, or by the variables of `wrt` only.

    `rules` names files of functions of the user's own, whose code is run, or is a Book.

    Raises a MatcalcError where the chain cannot be read or differentiated.
    """
    LAYOUTS.check(layout)
    with in_force(rules):
        chain = _with_scalar_end(read_chain(request, variables=variables, lets=lets))
        if any(v.has_complex for v in (*chain.values.values(), *chain.variables.values())):
            raise UsageError("backprop is of real numbers only", hint="ask derive for the gradient of the whole: grad_z f")
        return _BackwardPass(chain, wrt, layout, check).run()


def _with_scalar_end(chain: Chain) -> Chain:
    """The chain with an unknown scalar function of its last definition, where that is an array."""
    end = chain.names[chain.function]
    if end.is_scalar:
        return chain
    function = next(n for n in ("L", "J", "E", "loss") if n not in chain.names and n not in chain.variables)
    loss = unknown_value(Unknown(function, "scalar"), end)
    told = Note(f"{function} is a scalar function of {chain.function}", ASSUMED, (function,))
    given = {chain.function: f"delta_{chain.function}"}
    return Chain(
        function,
        {**chain.values, function: loss},
        {**chain.names, function: sym(function, SCALAR, 0)},
        chain.variables,
        given,
        chain.properties,
        (*chain.assumptions, told),
    )


class _BackwardPass:
    """Goes through the definitions backwards.

    `found` holds the gradient by each name in the shape of what it is by, `deltas` what stands for it in later ones, and
    `known` the names of what needs no second computation: the values of definitions and the gradients that are given.
    """

    def __init__(self, chain: Chain, wrt: Sequence[str] | None, layout: str, check: bool) -> None:
        self.chain, self.layout, self.check = chain, layout, check
        self.wanted = self._wanted(wrt)
        self.holders = {name: _symbols_of(value) for name, value in chain.values.items()}
        self.upstream = self._given()
        reused = {value: chain.names[name] for name, value in chain.values.items() if value.args and name != chain.function}
        self.known = {**reused, **self.upstream}
        self.found: dict[str, Expr] = {}
        self.deltas: dict[str, Expr] = {chain.function: const(1)}

    def _wanted(self, wrt: Sequence[str] | None) -> set[str]:
        chain = self.chain
        known = {**chain.names, **chain.variables}
        for name in wrt or ():
            if name not in known:
                raise UsageError(f"{name} does not occur in the chain", hint=f"it has {', '.join(known)}")
        return set(wrt or [n for n in chain.variables if "constant" not in chain.properties[n]])

    def _given(self) -> dict[Expr, Expr]:
        """The gradients of unknown functions that have a name, and those names as variables."""
        end = self.chain.values[self.chain.function]
        given = {}
        for of, name in self.chain.gradient_names.items():
            argument = self.chain.names.get(of, self.chain.variables.get(of))
            if end.op != "call" or end.data.kind != "scalar" or end.args[0] is not argument:
                hint = f"write {self.chain.function} = loss({of}) with an unknown function loss"
                raise UsageError(f"{self.chain.function} is not an unknown function of {of}", hint=hint)
            given[unknown_value(end.data.derived(), end.args[0])] = sym(name, end.args[0].shape)
        return given

    def run(self) -> Backpropagation:
        """The gradient by each definition, and after it by the variables that occur in no earlier one."""
        order = list(self.chain.values)
        for k in range(len(order) - 1, -1, -1):
            name = order[k]
            if name != self.chain.function:
                self._differentiate(self.chain.names[name], order[k + 1 :])
                self.deltas[name] = self._named(name)
            earlier = {v for n in order[:k] for v in self.holders[n]}
            for v in self.holders[name]:
                if v in self.wanted and v in self.chain.variables and v not in earlier:
                    self._differentiate(self.chain.variables[v], order[k:])
        needed = self._needed()
        gradients = tuple(self._finished(name) for name in self.found if name in needed)
        known, shown = self.chain.properties, {**self.chain.variables, **self.chain.names}
        shapes = {n: _declared(e, known.get(n, frozenset())) for n, e in shown.items() if n != self.chain.function}
        assumptions = (*self.chain.assumptions, *assumed_of(list(self.chain.values.values()), [g.value for g in gradients], self._meant))
        return Backpropagation(self.chain.function, self.layout, gradients, shapes, assumptions, self.chain)

    def _differentiate(self, v: Expr, holders: Sequence[str]) -> None:
        name = v.data.name
        held = {e.data.name + HELD: e for e in self.deltas.values() if self._is_of_chain(e)}
        those = [h for h in holders if name in self.holders[h]]
        parts = [total(had(self._held(self.deltas[h]), self.chain.values[h])) for h in those]
        try:
            found = substitute(gradient(step(recognise(add(*parts)), v)), held, {}) if parts else zeros(*v.shape)
        except NotDifferentiable as error:
            if error.message != NO_MATRIX:
                raise
            told = f"d{self.chain.function}/d{name} is no matrix in closed form"
            raise NotDifferentiable(told, hint="ask `matcalc derive` for its index form") from None
        named = transform(simplify(found), lambda n: self.known.get(n, n))
        regular = transform(simplify(named), lambda n: with_adjugates(n, self._meant))
        self.found[name] = written_out(with_properties(regular, v, self.chain.properties.get(name, frozenset())))

    def _meant(self, e: Expr) -> Expr:
        """An expression with every definition written out."""
        values: dict[str, Expr] = {}
        for name, value in self.chain.values.items():
            values[name] = substitute(value, values, {})
        return substitute(e, values, {})

    def _is_of_chain(self, e: Expr) -> bool:
        """Whether a gradient is itself a variable or a definition."""
        return e.op == "sym" and (e.data.name in self.chain.names or e.data.name in self.chain.variables)

    def _held(self, delta: Expr) -> Expr:
        """A gradient as a constant: one that is a variable of the chain under another name."""
        return sym(delta.data.name + HELD, delta.shape, delta.data.ndim) if self._is_of_chain(delta) else delta

    def _named(self, name: str) -> Expr:
        """What stands for the gradient by a definition in those after it: itself where it is short, else its name."""
        value = self.found[name]
        if value.op in ("sym", "const", "zeros"):
            return value
        taken = {*self.chain.names, *self.chain.variables, *(g.data.name for g in self.upstream.values())}
        label = f"delta_{name}"
        while label in taken:
            label += "_"
        return sym(label, value.shape, self.chain.names[name].data.ndim)

    def _needed(self) -> set[str]:
        """What was asked for, and the definitions whose gradients it is written with."""
        by_label: dict[str, str] = {}
        for name, e in self.deltas.items():
            if e.op == "sym":
                by_label.setdefault(e.data.name, name)
        everything = self.wanted >= {n for n in self.chain.variables if "constant" not in self.chain.properties[n]}
        needed = set(self.found) if everything else set(self.wanted)
        pending = list(needed)
        while pending:
            for label in _symbols_of(self.found[pending.pop()]):
                if label in by_label and by_label[label] not in needed:
                    needed.add(by_label[label])
                    pending.append(by_label[label])
        return needed

    def _finished(self, name: str) -> Gradient:
        """The gradient in the layout: in numerator layout it is turned, and so are those that it is written with."""
        certificate = self._certified(name) if self.check else None
        value = self.found[name]
        delta = self.deltas.get(name)
        if self.layout == "numerator":
            labels = [e for e in (*self.deltas.values(), *self.upstream.values()) if e.op == "sym" and not self._is_of_chain(e)]
            value = simplify(transpose(substitute(value, {e.data.name: transpose(sym(e.data.name, e.shape[::-1])) for e in labels}, {})))
        label = delta.data.name if delta is not None and delta.op == "sym" and not self._is_of_chain(delta) else ""
        return Gradient(self.chain.function, name, label, value, self.layout, certificate)

    # ---------------------------------------------------------------------------------------- certificates

    def _certified(self, name: str) -> Certificate:
        """Compare with finite differences of the function of this variable, everything after it recomputed."""
        v = self.chain.names.get(name, self.chain.variables.get(name))
        assert v is not None
        values: dict[str, Expr] = {}
        for n, value in self.chain.values.items():
            values[n] = v if n == name else substitute(value, values, {})
        for call, label in self.upstream.items():
            values[label.data.name] = substitute(call, values, {})
        for n, delta in self.deltas.items():
            if delta.op == "sym" and n in self.found and self.found[n] is not delta:
                values[delta.data.name] = substitute(self.found[n], values, {})
        found = substitute(self.found[name], values, {})
        program = Program([found])
        known = self.chain.properties
        sampled = [sym(n, e.shape, e.data.ndim, known.get(n, ())) for n, e in {**self.chain.variables, name: v}.items()]
        count = len(axes(v.shape))

        def act(array: Any, direction: Any, point: Point) -> Any:
            return apply(array, direction, 0, count, "mixed")

        return certify(values[self.chain.function], v, lambda p: program(p.values, p.sizes, p.unknowns)[0], act, sampled, (found,))


def _symbols_of(e: Expr) -> list[str]:
    """The names that occur in an expression, in the order in which they stand."""
    return [n.data.name for n in in_order([e]) if n.op == "sym"]


def _declared(e: Expr, known: frozenset[str] = frozenset()) -> str:
    shape = "scalar" if e.is_scalar else str(e.shape[0]) if e.data.ndim == 1 else f"{e.shape[0]} x {e.shape[1]}"
    return " ".join([shape, *stated(e.data.properties | known)])

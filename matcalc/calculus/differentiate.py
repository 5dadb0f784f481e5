"""From a request to a derivative without a layout: what is differentiated, by what, and the result as a tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from matcalc.algebra import add, entry, mul, scale, transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, const, split_product, sym
from matcalc.algebra.walk import parts_of, substitute
from matcalc.book.properties import FIELD
from matcalc.book.sizes import ONE, SCALAR, show
from matcalc.calculus.adjoint import Jacobian, jacobian, tangent
from matcalc.calculus.wirtinger import GRADIENT, PARTS, ConjugateNames, combined, is_complex, refuse_gradient
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.index.graph import Stuck
from matcalc.index.lower import Term, label, lower
from matcalc.index.raising import read_matrix
from matcalc.memory import remembered
from matcalc.reading.request import Request
from matcalc.records import dataclass
from matcalc.scalars import S
from matcalc.simplify.simplify import recognise, simplify, transform
from matcalc.simplify.singular import Singular, absorbed, holds_determinant, inverted, needs_inverse, pivots, singular, with_adjugates
from matcalc.simplify.written import holds_unwritten, written_out

REMEMBERED = 64
SIZED = frozenset({"eye", "ones", "zeros", "comm", "const"})
NO_MATRIX = "the first derivative is no matrix in closed form, so it is not differentiated again"


@dataclass(frozen=True)
class Differentiation:
    """One differentiation: y by x, as a tensor whose labels are the axes of y and of x.

    `value` is the derivative as an expression where x is a scalar, in the shape of y. `component` tells what of a complex x it is by.
    """

    y: Expr
    x: Expr
    tensor: Jacobian
    value: Expr | None = None
    component: str = ""


@remembered(REMEMBERED)
def differentiate(e: Expr, x: Expr, then: Expr | None = None, components: tuple[str, ...] = ()) -> tuple[Differentiation, ...]:
    """The derivative of e by x, and of the gradient by `then` for a second derivative: one step each.

    `components` tell what of a complex x, and of `then`, it is by. The last answers are remembered, since one function is often asked for
    in several layouts.
    """
    if e.has_complex or x.has_complex or then is not None and then.has_complex:
        return _complex_steps(e, x, then, components or ("", ""))
    first = step(recognise(e), x)
    return (first,) if then is None else (first, step(gradient(first), then))


def step(y: Expr, x: Expr, simplified: bool = True) -> Differentiation:
    """One differentiation: forward for a scalar variable, by the adjoint sweep otherwise."""
    if not x.is_scalar:
        return Differentiation(y, x, jacobian(y, x))
    value = tangent(y, x, const(1))
    value = simplify(value) if simplified else value
    axes = (label(y.shape[0]), label(y.shape[1]))
    return Differentiation(y, x, Jacobian(tuple(lower(value, *axes)), axes, (None, None)), value)


def _complex_steps(e: Expr, x: Expr, then: Expr | None, components: tuple[str, ...]) -> tuple[Differentiation, ...]:
    """As `differentiate`, with names for the conjugates of complex variables while these vary."""
    if components[0] == GRADIENT and is_complex(x):
        refuse_gradient(e, recognise(e), x)
    names = ConjugateNames(x) if then is None else ConjugateNames(x, then)
    first = _complex_step(names.put_in(recognise(e)), x, components[0], names)
    if then is None:
        return (_with_conjugates(first, names, e),)
    slope = gradient(first)
    return _with_conjugates(first, names, e), _with_conjugates(_complex_step(slope, then, components[1], names), names, slope)


def _complex_step(y: Expr, x: Expr, component: str, names: ConjugateNames) -> Differentiation:
    """The derivative by x or by a part of it, in terms of the names for conjugates."""
    if not is_complex(x):
        return step(y, x, simplified=False)
    weights = [(c, v) for c, v in zip(PARTS[component](), (x, names.names[x]), strict=True) if c is not S.Zero]
    steps = [(c, step(y, v, simplified=False)) for c, v in weights]
    value = add(*(scale(c, s.value) for c, s in steps if s.value is not None)) if x.is_scalar else None
    return Differentiation(y, x, combined([(c, s.tensor) for c, s in steps]), value, component)


def _with_conjugates(made: Differentiation, names: ConjugateNames, y: Expr) -> Differentiation:
    """The derivative with conjugates in the place of their names."""
    terms = tuple(term_with(t, names.taken_out) for t in made.tensor.terms)
    value = None if made.value is None else simplify(names.taken_out(made.value))
    return replace(made, y=names.taken_out(y), tensor=replace(made.tensor, terms=terms), value=value)


def gradient(first: Differentiation) -> Expr:
    """What a second derivative is taken of: the gradient in the shape of x, or dy/dt, or a Jacobian of y by a vector.

    Raises NotDifferentiable where the first derivative has more than two axes or no closed form.
    """
    if first.value is not None:
        return first.value
    (yr, yc), (xr, xc) = first.tensor.y, first.tensor.x
    try:
        if yr is None and yc is None:
            return simplify(read_matrix(first.tensor.terms, xr, xc, first.x.shape))
        if (yr is None or yc is None) and (xr is None or xc is None):
            row, column = yr or yc, xr or xc
            assert row and column
            return simplify(read_matrix(first.tensor.terms, row, column, (row.size, column.size)))
    except Stuck:
        pass
    raise NotDifferentiable(NO_MATRIX)


def with_properties(e: Expr, x: Expr, properties: frozenset[str]) -> Expr:
    """The expression where what is known of the point x is used: it was left out while x varied."""
    if not properties:
        return e
    point = {x.data.name: sym(x.data.name, x.shape, x.data.ndim, properties)}
    # Before the sign of W^-T = -W^-1 leaves: of odd size, -det(W) W^-1 is no multiple of the adjugate.
    if holds_determinant([e]):
        e = transform(e, lambda n: with_adjugates(n, lambda m: substitute(m, point, {})))
    return substitute(e, point, {})


def terms_at(terms: Sequence[Term], read: Request) -> tuple[Term, ...]:
    """Index terms with an adjugate for every det(M) M^-1 where M is singular by what is known of the point, and functions written out."""
    if holds_unwritten(e for t in terms for e in (*t.scalars, *(f for f, _, _ in t.factors))):
        known = at_point(read)
        terms = [term_with(t, lambda e: written_out(known(e))) for t in terms]
    if not _points(read) or not holds_determinant(e for t in terms for e in (*t.scalars, *(f for f, _, _ in t.factors))):
        return tuple(terms)
    return tuple(_with_adjugates(t, at_point(read)) for t in terms)


def term_with(term: Term, change: Callable[[Expr], Expr]) -> Term:
    """A term with every expression in it changed."""
    return term._replace(scalars=tuple(map(change, term.scalars)), factors=tuple((change(e), i, j) for e, i, j in term.factors))


def at_point(read: Request) -> Callable[[Expr], Expr]:
    """An expression with what is known of the variables that vary."""
    points = _points(read)
    return (lambda e: substitute(e, points, {})) if points else lambda e: e


def _points(read: Request) -> dict[str, Expr]:
    """The variables that vary and have properties, with these."""
    varying = {name: v for name, v in read.variables.items() if read.properties.get(name, FIELD) - FIELD and v.data.properties <= FIELD}
    return {name: sym(name, v.shape, v.data.ndim, read.properties[name]) for name, v in varying.items()}


def _with_adjugates(term: Term, known: Callable[[Expr], Expr]) -> Term:
    factors = tuple((transform(e, lambda n: with_adjugates(n, known)), i, j) for e, i, j in term.factors)
    c, scalars, _ = split_product(mul(*term.scalars))
    made = absorbed([*scalars, *(e for e, _, _ in factors)], known)
    if made is None:
        return term._replace(factors=factors)
    arrays = made[len(made) - len(factors) :]
    return term._replace(
        scalars=(mul(const(c), *made[: len(made) - len(factors)]),),
        factors=tuple((e, i, j) for e, (_, i, j) in zip(arrays, factors, strict=True)),
    )


def conditions(functions: Sequence[Expr], answers: Iterable[Expr], known: Callable[[Expr], Expr] = lambda m: m) -> list[Expr]:
    """The matrices that must be invertible for answers to have a value, where the functions have one without.

    `known` puts what a name stands for in its place. Raises NotDifferentiable where one of the matrices never is invertible.
    """
    answers = list(answers)
    found = list(dict.fromkeys([*inverted(answers, known), *pivots(functions, answers, known)]))
    if found:
        forms = [form for f in functions for form in (f, recognise(f), known(f))]
        found = [m for m in found if not any(needs_inverse(form, m) for form in forms)]
    for m in found:
        if singular(known(m)) >= Singular.MOSTLY:
            raise NotDifferentiable(
                f"the derivative needs the inverse of a matrix of {show(m.shape)} that is singular for every value of its variables",
                hint="its rank is smaller than its size; a formula without this inverse is not known here",
            )
    return found


def name_gradients(
    read: Request, e: Expr | None, terms: tuple[IndexTerm, ...], layout: str
) -> tuple[Expr | None, tuple[IndexTerm, ...], tuple[Expr, ...]]:
    """The gradients of unknown functions under the names that the request gives them, and those names as variables.

    With dL/dy = g, the variable g has the axes that the layout gives dL/dy: transposed in numerator layout. With
    X = [x1 x2; x3 x4], the entries of X have those names.
    """
    names = Names(read, layout)
    if not names:
        return e, terms, ()
    shown = None if e is None else simplify(names.in_place(e))
    entries = tuple(
        replace(t, coefficient=names.in_place(t.coefficient), factors=tuple((names.in_place(f), at) for f, at in t.factors))
        for t in terms
    )
    return shown, entries, names.variables


class Names:
    """The names that a request gives to gradients of unknown functions and to entries of variables."""

    def __init__(self, read: Request, layout: str) -> None:
        self.layout = layout
        self.gradients = {call.data.name: name for call, name in read.gradient_names.items()}
        self.labels = _labelled(read)
        self.used: dict[str, Expr] = {}

    def __bool__(self) -> bool:
        return bool(self.gradients or self.labels)

    def in_place(self, e: Expr) -> Expr:
        """The expression with the names in the place of what they stand for."""
        return transform(e, self._named) if self else e

    def _named(self, n: Expr) -> Expr:
        if n in self.labels:
            self.used[self.labels[n].data.name] = self.labels[n]
            return self.labels[n]
        if n.op != "call" or (n.data.kind, n.data.order) != ("scalar", 1) or n.data.name not in self.gradients:
            return n
        shape = n.shape[::-1] if self.layout == "numerator" else n.shape
        g = self.used[n.data.name] = sym(self.gradients[n.data.name], shape)
        return transpose(g) if self.layout == "numerator" else g

    @property
    def variables(self) -> tuple[Expr, ...]:
        """The names that were used, as variables."""
        order = [v.data.name for v in self.labels.values()]
        return tuple(sorted(self.used.values(), key=lambda v: order.index(v.data.name) if v.data.name in order else -1))


def _labelled(read: Request) -> dict[Expr, Expr]:
    """The entries of variables that have names of their own."""
    return {
        entry(read.variables[name], i + 1, j + 1): sym(label, SCALAR, 0)
        for name, rows in read.labels.items()
        for i, row in enumerate(rows)
        for j, label in enumerate(row)
    }


def refuse_delta(terms: tuple[IndexTerm, ...], read: Request) -> None:
    """Refuse an index form with Kronecker deltas where a matrix is called delta."""
    compared = any(t.deltas or t.fused or any(e.op in ("eye", "columns") for e, _ in t.factors) for t in terms)
    shapes = {name: v.shape for name, v in read.variables.items()} | {n: call.args[0].shape for call, n in read.gradient_names.items()}
    if compared and ONE not in shapes.get("delta", SCALAR):
        raise UsageError("delta is a variable here, and the answer needs Kronecker deltas", hint="give the variable another name")


def refuse_clashes(e: Expr, variables: Mapping[str, Expr]) -> None:
    """Refuse an answer in which one name would stand for two things: a variable and a dimension, or pi."""
    for n in parts_of(e) if not e.operations.isdisjoint(SIZED) else ():
        if n.op not in SIZED or n.op == "const" and n.data.is_Rational:
            continue
        sizes = {s.name for d in n.shape for s in d.free_symbols}
        if n.op == "const":
            sizes = {s.name for s in n.data.free_symbols} | ({"pi"} if n.data.has("Pi") else set())
        clash = next((name for name in sorted(sizes) if name in variables), None)
        if clash is not None:
            what = "the number pi" if clash == "pi" else f"the dimension {clash}"
            raise UsageError(f"{clash} is a variable here, and the answer needs {what}", hint="give the variable another name")

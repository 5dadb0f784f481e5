"""The spaces in which the variables of a request may move, from their properties or the manifold that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from matcalc.algebra.node import Expr, sym
from matcalc.answers.constraints import Constraint
from matcalc.book.choices import READINGS
from matcalc.book.moves import Move
from matcalc.book.properties import implied, is_surface, stated
from matcalc.book.rules import read_shape
from matcalc.book.sizes import ONE, show
from matcalc.book.spaces import Manifold, Structure, manifolds, structures
from matcalc.calculus.spaces import Space
from matcalc.errors import ShapeError, UsageError
from matcalc.reading.notes import ASSUMED, CONSTRAINT, Note
from matcalc.reading.request import Request

# What a matrix is of which nothing is said but that its vech is the variable.
VECH: Final = "symmetric"


def admitted(asked: Constraint, read: Request, variables: Sequence[Expr]) -> dict[Expr, Space]:
    """The spaces of those of the variables that are constrained.

    Raises UsageError where none is, and for what has no constrained derivative here.
    """
    if any(read.parts):
        raise UsageError("a derivative by a part of a variable is not constrained", hint="differentiate by the whole variable")
    if asked.manifold is not None:
        return {variables[0]: _on_manifold(read, variables, manifolds()[asked.manifold])}
    reading = asked.reading or READINGS.default
    found = {x: structure_of(x, known_of(x, read)) for x in variables}
    constrained = {x: _structured(x, known_of(x, read), s, reading) for x, s in found.items() if s is not None}
    if not constrained:
        name = variables[0].data.name
        kinds = ", ".join(kind for kind, s in structures().items() if not s.of)
        hint = f"declare it: '{name}: n x n symmetric' (one of {kinds}), or leave out 'structured'"
        raise UsageError(f"{name} has no structure that its entries share", hint=hint)
    return constrained


def known_of(x: Expr, read: Request) -> frozenset[str]:
    """What is known of a variable at the point."""
    known: frozenset[str] = x.data.properties
    return implied(known | read.properties.get(x.data.name, frozenset()))


def structure_of(x: Expr, known: frozenset[str]) -> Structure | None:
    """The smallest of the spaces that a variable lies in; None for one that lies in none.

    Raises UsageError where it lies in two of which neither holds the other, or on a surface.
    """
    table = structures()
    named = [name for name, s in table.items() if s.properties <= known]
    inner = [name for name in named if not any(table[name].properties < table[other].properties for other in named)]
    surface = next((p for p in stated(known) if is_surface(p)), None)
    if surface is not None:
        on = next((name for name, m in manifolds().items() if m.property == surface), None)
        hint = f"ask for the manifold {on} instead" if on else "leave out 'structured'"
        raise UsageError(f"{x.data.name} is {surface}, and such arrays fill no linear space", hint=hint)
    if len(inner) > 1:
        told = f"{x.data.name} is {' and '.join(inner)}: the derivative by such a matrix is not offered"
        raise UsageError(told, hint=f"declare one of {', '.join(inner)}")
    return table[inner[0]] if inner else None


def _structured(x: Expr, known: frozenset[str], s: Structure, reading: str) -> Space:
    if x.shape[0] != x.shape[1]:
        told = f"{x.data.name} is {show(x.shape)}; the derivative by structured matrices is of square ones"
        raise UsageError(told, hint=f"declare '{x.data.name}: n x n {' '.join(sorted(s.properties))}'")
    at = sym(x.data.name, x.shape, x.data.ndim, known)
    columns = s.columns if reading == READINGS.default else ""
    return Space(x, at, s.gradient(reading), columns, s.told(x.data.name, reading), s.stacked, by_entries=s.by_entries)


def _on_manifold(read: Request, variables: Sequence[Expr], m: Manifold) -> Space:
    """The manifold of the one variable of a scalar function."""
    if len(variables) > 1 or read.order != 1:
        what = "a second derivative" if read.order != 1 else "several variables"
        raise UsageError(f"a Riemannian gradient is a first derivative by one variable, not {what}", hint="leave out 'manifold'")
    if not read.expr.is_scalar:
        raise UsageError("a Riemannian gradient is one of a scalar function, and this one is an array", hint="leave out 'manifold'")
    (x,) = variables
    name = x.data.name
    _check_shape(m, x)
    known = x.data.properties | read.properties.get(name, frozenset())
    strangers = [p for p in stated(known) if p not in implied(frozenset({m.property})) and p != "constant"]
    if strangers:
        hint = f"declare no property of {name} beside the manifold"
        raise UsageError(f"{name} is declared {strangers[0]}, and the manifold {m.name} has other arrays too", hint=hint)
    at = sym(name, x.shape, x.data.ndim, {m.property})
    return Space(x, at, m.gradient, "", m.told(name), factored=m.factored, invariant=m.invariant)


def _check_shape(m: Manifold, x: Expr) -> None:
    """Raises ShapeError for a variable whose shape no array of the manifold has."""
    rows, columns = read_shape(m.of.partition(":")[2])
    name = x.data.name
    fits = x.shape[1] is ONE if columns == "1" else x.shape[0] == x.shape[1] if rows == columns else True
    if x.is_scalar or not fits:
        raise ShapeError(f"the manifold {m.name} holds arrays {m.of.replace('X', name)}, and {name} is {show(x.shape)}")


def at_the_point(read: Request, spaces: dict[Expr, Space]) -> Request:
    """The request with what the constraints say of the point."""
    return replace(read, properties={**read.properties, **{x.data.name: s.at.data.properties for x, s in spaces.items()}})


def moved(read: Request, constraint: Mapping[str, str]) -> Move:
    """The move from the derivative with all entries free to the constrained one."""
    if "manifold" in constraint:
        m = manifolds()[constraint["manifold"]]
        return Move(f"Riemannian gradient on the manifold {m.name}", m.source)
    variables = [*read.wrt, *([] if read.wrt2 is None else [read.wrt2])]
    found = dict.fromkeys(s for x in variables if (s := structure_of(x, known_of(x, read))) is not None)
    means = " and ".join(s.means for s in found)
    how = "by the free entries of" if constraint["reading"] == READINGS.default else "projected on the space of"
    return Move(f"{how} {means}", "; ".join(s.source for s in found))


def constrained(asked: Constraint, read: Request) -> Request:
    """A request with what is said of where its variables may move.

    Raises UsageError as `admitted` does.
    """
    spaces = admitted(asked, read, [*read.wrt, *([] if read.wrt2 is None else [read.wrt2])])
    return replace(at_the_point(read, spaces), assumptions=(*notes_on(spaces), *read.assumptions))


def notes_on(spaces: Mapping[Expr, Space]) -> tuple[Note, ...]:
    """What is said of the spaces of variables."""
    return tuple(Note(s.told, CONSTRAINT, (x.data.name,)) for x, s in spaces.items())


def by_vech(read: Request, asked: Constraint, form: str) -> tuple[Request, Constraint]:
    """A request with vech(X) below the bar: by the free entries of a symmetric X, or of one that is declared lower triangular.

    Raises UsageError for another structure, reading or form.
    """
    (x,) = read.wrt
    name = x.data.name
    known = known_of(x, read)
    if asked.manifold is not None or asked.reading not in (None, READINGS.default) or form != "vec":
        what = "a manifold" if asked.manifold else "the projected reading" if form == "vec" else f"the form {form}"
        raise UsageError(f"the derivative by vech({name}) is one by the free entries of {name} in the form with vec, not {what}")
    found = structure_of(x, known)
    if found is not None and not found.columns:
        told = f"{name} is {found.name}, and vech({name}) stacks the entries of a symmetric or lower triangular matrix"
        raise UsageError(told, hint=f"ask for d .../d vec({name})^T with 'structured'")
    if found is None:
        told = Note(f"{name} is symmetric, as vech({name}) below the bar says", ASSUMED, (name,))
        properties = {**read.properties, name: known | {VECH}}
        read = replace(read, properties=properties, assumptions=(told, *read.assumptions))
    return read, Constraint(structured=True)

"""The derivative as what it is, a linear map of increments: dY = sum over X of Y'(dX), and its value in a direction.

    differential of W*x + b in x, W and b      W*dx + dW*x + db
    the same along x = u                       W*u

Nothing is laid out here: the map has the shape of Y in every layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from matcalc.algebra import add, conjugate, fun, mul, transpose
from matcalc.algebra.node import Expr, sym, unit
from matcalc.algebra.walk import in_order
from matcalc.answers.conditions import assumed_of, sizes_assumed
from matcalc.answers.parts import part_symbol, picked, placed, spelled
from matcalc.book.properties import FIELD, while_varying
from matcalc.book.sizes import ONE, show
from matcalc.calculus.adjoint import tangent
from matcalc.calculus.differentiate import at_point, differentiate, gradient, step, with_properties
from matcalc.calculus.wirtinger import GRADIENT, ConjugateNames, is_complex
from matcalc.derivation.terms import coefficient
from matcalc.errors import ParseError, ShapeError, UsageError
from matcalc.index.graph import Stuck
from matcalc.numbers.certifying.certificate import certify_map
from matcalc.numbers.certifying.slope import Moves, random_moves
from matcalc.numbers.evaluate import Program
from matcalc.numbers.outcome import Certificate
from matcalc.numbers.sampling.random_points import Point
from matcalc.reading.alone import read_expression
from matcalc.reading.declarations import names_of
from matcalc.reading.grammar.derivative import index_at, split_top
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.lexer import lex
from matcalc.reading.located import Part
from matcalc.reading.request import Request, located
from matcalc.records import dataclass
from matcalc.simplify.simplify import recognise, simplify
from matcalc.simplify.written import written_out

UNIT_VECTOR: Final = re.compile(r"e_(\d+)")
UNIT_MATRIX: Final = re.compile(r"E_(\d)(\d)|E_(\d+)_(\d+)")
NAME: Final = re.compile(r"[^\W\d]\w*")
CONSTANTS: Final = frozenset({"I", "pi"})
ALONG_HINT: Final = 'write X = V, V a name or an expression, such as "x = u" or "x = e_1"'


@dataclass(frozen=True)
class LinearMap:
    """The value of the map, the variables that it has beyond those of the request, what it assumes, and what was checked."""

    expr: Expr
    added: tuple[Expr, ...]
    assumptions: tuple[str, ...]
    certificate: Certificate | None = None


def differential_of(read: Request, check: bool) -> LinearMap:
    """dY where every variable of the request moves by its own dx, a conjugate by conj(dx): the sum of the partial maps."""
    xs = dict.fromkeys(read.wrt)
    increments = {x.data.name: sym(f"d{x.data.name}", x.shape, x.data.ndim, while_varying(x.data.properties)) for x in xs}
    taken = [dx.data.name for dx in increments.values() if dx.data.name in read.variables]
    if taken:
        raise UsageError(f"{taken[0]} is a variable, so it cannot stand for an increment", hint="rename the variable")
    if any(read.parts):
        return directional(read, projected(read, increments), check)
    dy = _collected(read, _mapped(read, increments), increments)
    added = tuple(increments.values())
    assumed = sizes_assumed(read.literal) + assumed_of([read.expr], [dy], at_point(read))
    if not check:
        return LinearMap(dy, added, assumed)
    program = Program([dy])

    def value(p: Point, moves: Moves) -> Any:
        return program({**p.values, **{f"d{name}": v for name, v in moves.items()}}, p.sizes, p.unknowns)[0]

    certificate = certify_map(read.literal, lambda p: random_moves(list(increments), p, complexly=True), value, _variables(read))
    return LinearMap(dy, added, assumed, certificate)


def projected(read: Request, increments: Mapping[str, Expr]) -> dict[str, Expr]:
    """The increments of whole variables with zeros outside the parts by which the request differentiates."""
    found: dict[str, Expr] = {}
    for x, part in zip(read.wrt, read.parts or (None,) * len(read.wrt), strict=True):
        name = x.data.name
        moved = placed(picked(increments[name], part), part, x)
        found[name] = add(found[name], moved) if name in found else moved
    return found


def directional(read: Request, along: Mapping[str, Expr], check: bool) -> LinearMap:
    """Y'(V), the derivative along a direction: every variable of `along` moves by its V, the others stay."""
    dy = _mapped(read, along)
    known = {v.data.name for v in read.variables.values()}
    used = [e for e in in_order(list(along.values())) if e.op == "sym" and e.data.name not in known]
    added = tuple(dict.fromkeys(used))
    assumed = sizes_assumed(read.literal) + assumed_of([read.expr], [dy], at_point(read))
    if not check:
        return LinearMap(dy, added, assumed)
    result, directions = Program([dy]), Program(list(along.values()))

    def moves(p: Point) -> dict[str, Any]:
        return dict(zip(along, directions(p.values, p.sizes, p.unknowns), strict=True))

    sampled = [*_variables(read), *added]
    certificate = certify_map(read.literal, moves, lambda p, _: result(p.values, p.sizes, p.unknowns)[0], sampled, (dy,))
    return LinearMap(dy, added, assumed, certificate)


def gradient_request(read: Request, x: Expr | None = None, moved: Sequence[Expr] = ()) -> Request:
    """The request for the derivative of the gradient by x, in the shape of x: by other variables, or by those of a second derivative.

    Raises UsageError for a function with several entries.
    """
    if not read.expr.is_scalar:
        raise UsageError("a function with several entries has no Hessian", hint="ask for jvp, its derivative along a direction")
    x = read.wrt[0] if x is None else x
    then = tuple(moved) or (x if read.wrt2 is None else read.wrt2,)
    found = gradient(differentiate(read.expr, x, None, (GRADIENT,))[0] if is_complex(x) else step(read.expr, x))
    slope = found if found.shape == x.shape else transpose(found)
    return replace(read, expr=slope, literal=slope, wrt=then, order=1, wrt2=None, parts=(), title="", asked=None)


def _mapped(read: Request, directions: Mapping[str, Expr]) -> Expr:
    """The sum of the partial maps, with what is known of the point."""
    xs = [x for x in dict.fromkeys(read.wrt) if x.data.name in directions]
    f = recognise(read.expr)
    dy = simplify(_tangent_along(f, {x: directions[x.data.name] for x in xs}))
    for name, known in read.properties.items():
        v = read.variables[name]
        if known - FIELD and v.data.properties <= FIELD:
            dy = simplify(with_properties(dy, v, known))
    return written_out(dy)


def _tangent_along(f: Expr, directions: Mapping[Expr, Expr]) -> Expr:
    """The tangent where variables move, and with a complex one its conjugate along the conjugate direction."""
    if not f.has_complex:
        return add(*(tangent(f, x, v) for x, v in directions.items()))
    names = ConjugateNames(*directions)
    written = names.put_in(f)
    turned = {names.names[x]: conjugate(v) for x, v in directions.items() if x in names.names}
    return names.taken_out(add(*(tangent(written, x, v) for x, v in {**directions, **turned}.items())))


def _collected(read: Request, dy: Expr, increments: Mapping[str, Expr]) -> Expr:
    """The differential of a scalar with the terms of each increment collected, tr(G^T*dX), where that is shorter."""
    if not read.expr.is_scalar:
        return dy
    try:
        parts = _parts(dy, list(increments.values()))
    except Stuck:
        return dy
    return min(dy, simplify(add(*parts)), key=lambda e: e.weight)


def _parts(dy: Expr, increments: Sequence[Expr]) -> list[Expr]:
    """tr(G^T*dX) for each increment, and for the conjugate of a complex one."""
    if not dy.has_complex:
        return [_inner(simplify(coefficient(dy, dx)), dx) for dx in increments]
    names = ConjugateNames(*increments)
    found = names.put_in(dy)
    each = [*increments, *names.names.values()]
    return [names.taken_out(_inner(simplify(names.taken_out(coefficient(found, dx))), dx)) for dx in each]


def _inner(g: Expr, dx: Expr) -> Expr:
    """tr(G^T*dX), or g*dx of numbers."""
    product = mul(transpose(g), dx)
    return product if product.is_scalar else fun("tr", product)


def _variables(read: Request) -> list[Expr]:
    """The variables with all that is known of the point."""
    properties = {name: read.properties.get(name, frozenset()) for name in read.variables}
    return [sym(v.data.name, v.shape, v.data.ndim, properties[name] | v.data.properties) for name, v in read.variables.items()]


# ---------------------------------------------------------------------------------------------- directions


def read_directions(texts: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """`X = V` as {"X": "V"}; a text may hold several, separated by ';'."""
    if isinstance(texts, Mapping):
        return dict(texts)
    found: dict[str, str] = {}
    for text in [texts] if isinstance(texts, str) else texts:
        for part in split_top(lex(text).tokens[:-1], ";"):
            sides = split_top(part, "=")
            if len(sides) != 2 or not _is_target(sides[0]) or not sides[1]:
                raise ParseError("expected a direction NAME = V", (0, max(1, len(text))), text, ALONG_HINT)
            moved = text[sides[0][0].start : sides[0][-1].end]
            if moved in found:
                raise UsageError(f"{moved} is given two directions", (sides[0][0].start, sides[1][-1].end), text)
            found[moved] = text[sides[1][0].start : sides[1][-1].end]
    return found


def _is_target(tokens: Sequence[Token]) -> bool:
    """Whether what is to move is a variable or a part of one, W[2,:]."""
    if not tokens or tokens[0].kind != "name":
        return False
    return len(tokens) == 1 or index_at(tokens, 1)[1] == len(tokens)


def names_of_targets(targets: Iterable[str]) -> list[str]:
    """The variables that move, each once."""
    return list(dict.fromkeys(target.partition("[")[0].strip() for target in targets))


def directions_of(
    read: Request, along: Mapping[str, str], variables: Mapping[str, str] | Sequence[str] | None
) -> dict[str, Expr]:
    """The directions in which the variables move, those of parts of a variable put together."""
    wrt = {x.data.name: part for x, part in zip(read.wrt, read.parts or (None,) * len(read.wrt), strict=True)}
    xs = {x.data.name: x for x in read.wrt}
    moved: dict[str, list[Part | None]] = {}
    found: dict[str, Expr] = {}
    for target, written in along.items():
        name, part = located(read, target, variables)
        if name not in xs or wrt[name] is not None and part != wrt[name]:
            told = ", ".join(spelled(n, wrt[n], x) for n, x in xs.items())
            raise UsageError(f"the derivative is by {told}, so it has no direction for {target}")
        x = xs[name]
        if name in moved and (part is None or None in moved[name] or part in moved[name]):
            raise UsageError(f"{name} is given two directions")
        t = x if part is None else part_symbol(x, part)
        v = placed(direction_of(t, written, read, variables), part, x)
        found[name] = add(found[name], v) if name in found else v
        moved.setdefault(name, []).append(part)
    return found


def direction_of(x: Expr, written: str, read: Request, variables: Mapping[str, str] | Sequence[str] | None) -> Expr:
    """The direction that is written for x: a new name, an expression, or a unit one, e_2 for a vector, E_12 for a matrix.

    Raises ShapeError where its shape is not that of x.
    """
    special = None if written in read.variables or written in read.definitions else _unit_direction(x, written)
    return like_variable("the direction", x, written, read, variables) if special is None else special


def like_variable(what: str, x: Expr, written: str, read: Request, variables: Mapping[str, str] | Sequence[str] | None) -> Expr:
    """An expression in the shape of x over the variables of the request and new ones; `what` it is for, an error says.

    A single new name is a variable like x.
    """
    known = {**read.variables, **read.definitions}
    if re.fullmatch(NAME, written) and written not in {*known, *CONSTANTS, *_declared(variables), *_dimension_names(known.values())}:
        return sym(written, x.shape, x.data.ndim, while_varying(x.data.properties))
    v = read_expression(written, known, like=x.shape, closed=False, variables=variables)
    if v.shape != x.shape:
        told = f"{what} {written} is {show(v.shape)}, but {x.data.name} is {show(x.shape)}"
        raise ShapeError(told, (0, max(1, len(written))), written)
    return v


def _dimension_names(known: Iterable[Expr]) -> set[str]:
    return {name for e in known for name in names_of(e.shape)}


def _declared(variables: Mapping[str, str] | Sequence[str] | None) -> set[str]:
    if isinstance(variables, Mapping):
        return set(variables)
    return {text.partition(":")[0].strip() for text in variables or ()}


def _unit_direction(x: Expr, written: str) -> Expr | None:
    """e_k, or E_ij with its place in digits, as an array with a single one."""
    vector, matrix = UNIT_VECTOR.fullmatch(written), UNIT_MATRIX.fullmatch(written)
    m, n = x.shape
    if vector and n is ONE and m is not ONE:
        return _unit(int(vector[1]), m, written)
    if vector and m is ONE and n is not ONE:
        return transpose(_unit(int(vector[1]), n, written))
    if matrix and m is not ONE and n is not ONE:
        i, j = (int(d) for d in matrix.groups() if d is not None)
        return mul(_unit(i, m, written), transpose(_unit(j, n, written)))
    return None


def _unit(k: int, n: Any, written: str) -> Expr:
    if k < 1 or n.is_Integer and k > int(n):
        raise UsageError(f"there is no {written}: the entries of an axis of length {n} count from 1", (0, len(written)), written)
    return unit(k, n)

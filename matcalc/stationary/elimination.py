"""Several equations in several unknowns: one is solved for one unknown, its solution inserted in the others, and so on.

A multiplier that is a number may occur in one expression alone, such as exp(-lambda - 1); then that is what the constraint is solved for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from matcalc.algebra import add, epow, fun, mul, power
from matcalc.algebra.node import Expr, const, eye, is_zero, ones, split_product, sym
from matcalc.algebra.structure import is_positive
from matcalc.algebra.walk import depends, substitute
from matcalc.book import rules as rulebook
from matcalc.book.rules import Rule
from matcalc.book.sizes import SCALAR
from matcalc.errors import MatcalcError
from matcalc.records import dataclass
from matcalc.simplify.simplify import simplify, transform
from matcalc.stationary.conditions import Conditions, merged
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.moves import entrywise, inverses, matrices, roots, vectors
from matcalc.stationary.moves.equation import Argument, Equation, Line, Solved
from matcalc.stationary.terms import holds, summands, total

MAX_TRIES: Final = 60
MOVES: Final = (vectors.moves, matrices.moves, inverses.moves, entrywise.moves, roots.moves)
CARRIER: Final = "\u2019t"


@dataclass(frozen=True)
class Way:
    """A solution of all equations: values, what they take for granted, the lines that lead there, and why no point is better."""

    values: Mapping[str, Expr]
    conditions: Conditions
    lines: tuple[Line, ...]
    argument: Argument | None = None


@dataclass(frozen=True)
class _State:
    equations: tuple[tuple[Expr, Expr | None], ...]
    unknowns: tuple[Expr, ...]
    values: tuple[tuple[Expr, Expr], ...] = ()
    conditions: Conditions = ()
    lines: tuple[Line, ...] = ()


def ways(system: System) -> Iterator[Way]:
    """Solutions of a system, one by one."""
    owned = [(e, c.place) for e, c in zip(system.equations, system.charts, strict=True)]
    state = _State((*owned, *((h, None) for h in system.constraints)), (*system.unknowns, *system.multipliers))
    tries = [MAX_TRIES]
    for found in _eliminated(state, system, tries):
        values = dict(found.values)
        shown = {v.data.name: system.in_full(values[v]) for v in system.unknowns}
        needed = (c if c.expr is None else replace(c, expr=system.in_full(c.expr)) for c in found.conditions)
        open_ones = (*system.unknowns, *system.multipliers)
        told = (c for c in needed if c.expr is None or not any(holds(c.expr, x) for x in open_ones))
        yield Way(shown, merged(told), found.lines)


def _eliminated(state: _State, system: System, tries: list[int]) -> Iterator[_State]:
    if not state.unknowns:
        if all(is_zero(simplify(e)) for e, _ in state.equations):
            yield state
        return
    for equation, x in _pairs(state):
        if tries[0] <= 0:
            return
        tries[0] -= 1
        for solved in _solutions(equation, x, state, system):
            yield from _eliminated(_inserted(state, equation, x, solved), system, tries)


def _pairs(state: _State) -> list[tuple[Expr, Expr]]:
    """An equation and one of its unknowns: first its own where no other is in it, then its own, then any."""
    found = []
    for at, (e, owner) in enumerate(state.equations):
        held = [x for x in state.unknowns if holds(e, x)]
        for x in held:
            rank = (len(held) > 1, owner is not x, owner is None) if owner is x or len(held) == 1 else (True, True, owner is None)
            found.append((rank, at, state.unknowns.index(x), e, x))
    return [(e, x) for *_, e, x in sorted(found, key=lambda f: f[:3])]


def _solutions(e: Expr, x: Expr, state: _State, system: System) -> Iterator[tuple[Expr, Expr, Solved]]:
    """What an equation is solved for, the unknown or an expression of it, with its value."""
    if x.is_scalar and x in system.multipliers and (found := _carrier(e, x, state)) is not None:
        carried, put, t = found
        for solved in roots.moves(Equation(put, t)):
            lines = tuple(Line(n.move, substitute(n.left, {t.data.name: carried}, {}), n.right) for n in solved.lines)
            yield carried, t, Solved(solved.value, solved.move, solved.conditions, lines)
        return
    whole = not any(holds(e, y) for y in state.unknowns if y is not x) and not system.multipliers
    e = _without_numbers(e, x)
    known = next((c.known for c in system.charts if c.place is x), frozenset())
    for move in MOVES:
        try:
            for solved in move(Equation(e, x, known, whole)):
                if not holds(solved.value, x):
                    yield x, x, solved
        except MatcalcError:
            continue


def _without_numbers(e: Expr, x: Expr) -> Expr:
    """An equation s*R = 0 without a number s that holds the unknown, where R does too."""
    c, scalars, mats = split_product(e)
    if e.is_scalar or not mats or not any(holds(m, x) for m in mats):
        return e
    kept = [s for s in scalars if not holds(s, x)]
    return e if len(kept) == len(scalars) else mul(const(c), *kept, *mats)


def _carrier(e: Expr, x: Expr, state: _State) -> tuple[Expr, Expr, Expr] | None:
    """The largest number of which alone a multiplier is a part, in an equation and in all values."""
    everything = [e, *(v for _, v in state.values)]
    if any(holds(o, x) for o, _ in state.equations if o is not e):
        return None
    t = sym(CARRIER, SCALAR)
    for s in sorted((n for n in depends(e, x) if n.is_scalar and n is not e and n is not x), key=lambda n: -n.weight):
        put = [substitute(o, {}, {}, {s: t}) for o in everything]
        if not any(holds(o, x) for o in put):
            return s, put[0], t
    return None


def _inserted(state: _State, equation: Expr, x: Expr, found: tuple[Expr, Expr, Solved]) -> _State:
    part, symbol, solved = found
    value = spread(solved.value)

    def put(e: Expr) -> Expr:
        if not holds(e, x):
            return e
        return simplify(substitute(e, {}, {}, {part: value}) if symbol is not x else substitute(e, {x.data.name: value}, {}))

    equations = tuple((spread(put(e)), owner) for e, owner in state.equations if e is not equation)
    values = (*((y, put(v)) for y, v in state.values), (x, value))
    needed = tuple(
        c if c.expr is None else replace(c, expr=put(c.expr)) for c in (*state.conditions, *solved.conditions)
    )
    lines = (*state.lines, *solved.lines, Line(solved.move, part, value))
    return _State(equations, tuple(y for y in state.unknowns if y is not x), values, needed, lines)


def spread(e: Expr) -> Expr:
    """f(A + s*1) as f(s)*f(A), for a function that takes sums to products; (s*A).^k as s^k*A.^k, which holds for a positive s."""
    return transform(e, _spread)


def _spread(e: Expr) -> Expr:
    if e.op == "epow" and e.args[0].op == "mul":
        c, scalars, mats = split_product(e.args[0])
        return mul(power(mul(const(c), *scalars), e.args[1]), _entry_power(mul(*mats), e.args[1])) if scalars else e
    rule = rulebook.find(e.op)
    level = _level(rule) if rule is not None and not e.is_scalar and len(e.args) == 1 else ""
    if rule is None or not level:
        return e
    terms = summands(e.args[0])
    even = [t for t in terms if [f.op for f in split_product(t)[2]] == [level]]
    if not even:
        return e
    number = add(*(mul(const(c), *scalars) for c, scalars, _ in map(split_product, even)))
    rest = [t for t in terms if t not in even]
    whole = fun(e.op, total(rest, e)) if rest else ones(*e.shape) if level == "ones" else eye(e.shape[0])
    return mul(fun(rule.extends or e.op, number), whole)


def _entry_power(base: Expr, k: Expr) -> Expr:
    """A.^k, with one exponent where A is a power of what is positive."""
    is_power = base.op == "epow" and is_positive(base.args[0])
    return epow(base.args[0], mul(base.args[1], k)) if is_power else epow(base, k)


def _level(rule: Rule) -> str:
    """What a number is a multiple of in the sums that a function takes to products: ones, or the identity of a function of matrices."""
    if rule.kind == "elementwise":
        return "ones" if rule.of_sum == "product" else ""
    entry = rulebook.find(rule.extends) if rule.kind == "matrix function" and rule.extends else None
    return "eye" if entry is not None and entry.of_sum == "product" else ""

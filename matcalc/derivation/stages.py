"""One differentiation, line by line: df of a function opened from the outside inwards, down to the increment of the variable.

Every line replaces the increments of the outermost functions by what they are in terms of the increments inside. For a scalar
function they are then moved to the end of a trace and collected, df = tr(P dX); for a vector dy = J dx.

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), chapters 8 and 9.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from matcalc.algebra import add, mul, negative, transpose
from matcalc.algebra.commuting import commute, is_matrix_function
from matcalc.algebra.node import INCREMENT, Expr, const, is_zero, split_product, sym, zeros
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import depends, in_order, substitute
from matcalc.book.moves import LINEAR_ARGUMENT, Move, differential_move, move
from matcalc.book.sizes import ONE, Dim
from matcalc.calculus.adjoint import tangent
from matcalc.calculus.differential import differential, matrix_derivative
from matcalc.derivation.lawful import identities_used
from matcalc.derivation.terms import (
    NextMove,
    Spread,
    Term,
    as_terms,
    holds,
    is_denominator,
    is_linear,
    next_column_move,
    next_move,
    spliced,
    split_end,
    square_root,
    step_by_step,
    terms_of,
    to_columns,
    to_end,
    total,
)
from matcalc.errors import LimitError
from matcalc.index.graph import Stuck
from matcalc.records import dataclass
from matcalc.scalars import S
from matcalc.simplify.simplify import simplify

Moves = tuple[list[Term], list[str]]
SHORT: Final = 5
WRITTEN_POWER: Final = 3
MAX_VARYING: Final = 200


@dataclass(frozen=True)
class Stage:
    """A line dy = terms, and the moves that lead to it; `increments` says what each increment is the differential of."""

    terms: tuple[Term, ...]
    moves: tuple[Move, ...]
    increments: Mapping[Expr, Expr]


class Differentials:
    """The differentiation of y by x, stage by stage.

    `named` are parts with names of their own; `known` has P of tr(P dX) for scalars that were differentiated before. The
    increment is taken `to_end` where its coefficient is asked for, not where the differential itself is. With `one_by_one` no line
    takes two rules.
    """

    to_end = True

    def __init__(
        self, y: Expr, x: Expr, named: Iterable[Expr] = (), known: Mapping[Expr, Expr] | None = None, one_by_one: bool = False
    ) -> None:
        self.y, self.x, self.named, self.known, self.one_by_one = y, x, frozenset(named), known or {}, one_by_one
        self.varying = set(depends(y, x))
        if len(self.varying) > MAX_VARYING:
            told = f"the derivation goes through {len(self.varying)} parts of the function; at most {MAX_VARYING} are told"
            raise LimitError(told, hint="derive a part of it at a time, or leave out the steps")
        self.dx = sym(f"{INCREMENT}0", x.shape, x.data.ndim)
        self.leaves: dict[Expr, Expr] = {x: self.dx}
        self.nodes: dict[Expr, Expr] = {self.dx: x}
        self.stages: list[Stage] = []
        self.opened_lines = 0
        self.moves_of: dict[Expr, Move] = {}
        self.spread = Spread(self.increment_of, self.varies, self.leaf)

    # ---------------------------------------------------------------------------------------- increments

    def leaf(self, e: Expr) -> Expr:
        """The symbol that stands for the differential of a part."""
        if e not in self.leaves:
            made = sym(f"{INCREMENT}{len(self.leaves)}", e.shape)
            self.leaves[e], self.nodes[made] = made, e
        return self.leaves[e]

    def varies(self, e: Expr) -> bool:
        """Whether a part holds the variable; one such as A*x of x^T*A^T*A*x is no node of y."""
        return e in self.varying or holds(e, self.x)

    def increment_of(self, e: Expr) -> Expr | None:
        """The increment of a part that is not opened at once: the variable, a function, a sum of several varying terms."""
        if e is self.x or e in self.named or e in self.known or not is_linear(e) or e.op == "add" and sum(map(self.varies, e.args)) > 1:
            return self.leaf(e)
        return self.leaf(e) if self.one_by_one and self.move_of(e) != move("linear") else None

    # ------------------------------------------------------------------------------------------- opening

    def opened(self, e: Expr) -> tuple[list[Term], list[Move]]:
        """The differential of a part in terms of those of its own parts, and the moves that it takes."""
        if not self.varies(e):
            return [], [move("constant")]
        if e in self.known:
            return times_increment(self.known[e], self.dx), [move("known_differential")]
        if e is self.x:
            return self.spread.part(e), [move("linear")]
        if is_linear(e):
            return self.spread.opened(e), [self.move_of(e)]
        along = self.commuting(e)
        if along is not None:
            return as_terms(mul(matrix_derivative(e), along)), [move("commuting")]
        terms: list[Term] = []
        moves = [_move_of(e)]
        for k, a in enumerate(e.args):
            if self.varies(a):
                leaf = self.leaf(a)
                made = terms_of(differential(e, k, leaf), leaf)
                inside = self.inlined(a)
                if inside is not None:
                    made = [t for m in made for t in spliced(m, leaf, inside)]
                    moves.append(move("linear"))
                terms += made
        return terms, moves

    def commuting(self, e: Expr) -> Expr | None:
        """dA of a function of a matrix A that commutes with dA, as t*A does for a scalar t."""
        if not is_matrix_function(e) or e.op == "pow" and _is_short_power(e):
            return None
        d = tangent(e.args[0], self.x, self.dx)
        return d if commute(e.args[0], d) else None

    def inlined(self, a: Expr) -> list[Term] | None:
        """The differential of a short linear argument, which is written at once: d(A*x) is A*dx."""
        if self.one_by_one or a is self.x or a in self.named or not is_linear(a) or a.weight > SHORT:
            return None
        found = self.spread.opened(a)
        return found if len(found) == 1 else None

    def move_of(self, e: Expr) -> Move:
        """Linear, or a product or square of what varies, in the part that is opened at once."""
        if e not in self.moves_of:
            self.moves_of[e] = self._first_move(e)
        return self.moves_of[e]

    def _first_move(self, e: Expr) -> Move:
        pending, first = [e], True
        while pending:
            n = pending.pop()
            if not self.varies(n) or not first and self.increment_of(n) is not None:
                continue
            first = False
            if square_root(n) is not None:
                return move("square")
            if n.op == "mul" and sum(map(self.varies, n.args)) > 1 and any(is_denominator(a) and self.varies(a) for a in n.args):
                return move("quotient")
            if n.op not in ("add", "array", "block") and sum(map(self.varies, n.args)) > 1:
                return move("product")
            pending.extend(n.args)
        return move("linear")

    # -------------------------------------------------------------------------------------------- stages

    def write(self, terms: Sequence[Term], *moves: Move) -> None:
        """Write a line."""
        self.stages.append(Stage(tuple(terms), tuple(dict.fromkeys(moves)), dict(self.nodes)))

    def pending(self, terms: Sequence[Term]) -> list[Expr]:
        """The increments in the terms that are opened next: those of no part of another's part."""
        held = [leaf for leaf in self.nodes if leaf is not self.dx and any(_has(t, leaf) for t in terms)]
        inside = {n for leaf in held for n in _below(self.nodes[leaf])}
        return [leaf for leaf in held if self.nodes[leaf] not in inside]

    def coefficient(self, terms: Sequence[Term]) -> Expr | None:
        """P of tr(P dX), P dx or P dt that the last line shows; None where it shows no such thing."""
        raise NotImplementedError

    def run(self) -> list[Term]:
        """Open the function until only the increment of the variable is left."""
        terms, moves = self.opened(self.y)
        outermost = self.pending(terms)
        if len(terms) == 1 and len(outermost) == 1 and moves == [move("linear")] and not self.one_by_one:
            terms, moves = self.replaced(terms, outermost[0])
        self.write(terms, *_along(moves))
        while outermost := self.pending(terms):
            for together in self.at_once(outermost):
                if held := [leaf for leaf in together if any(_has(t, leaf) for t in terms)]:
                    terms = self.opened_at(terms, held)
        self.opened_lines = len(self.stages)
        return terms

    def opened_at(self, terms: list[Term], outermost: Sequence[Expr]) -> list[Term]:
        """One line further: the outermost increments replaced."""
        moves: list[Move] = []
        for leaf in outermost:
            terms = self.gathered(terms, leaf)
            here = [t for t in terms if _has(t, leaf)]
            replaced, used = self.replaced(here, leaf)
            at = next((k for k, t in enumerate(terms) if t in here), len(terms))
            terms = [*terms[:at], *replaced, *(t for t in terms[at:] if t not in here)]
            moves += _along(used)
        self.write(terms, *moves)
        return terms

    def at_once(self, outermost: Sequence[Expr]) -> Sequence[Sequence[Expr]]:
        """The increments that a line each replaces."""
        if not self.one_by_one:
            return [outermost]
        moves = {leaf: self.rule_of(self.nodes[leaf]) for leaf in outermost}
        return [[leaf for leaf in outermost if moves[leaf] == m] for m in dict.fromkeys(moves.values())]

    def rule_of(self, e: Expr) -> Move:
        """The rule that opens a part."""
        return self.move_of(e) if is_linear(e) else _move_of(e)

    def gathered(self, terms: list[Term], leaf: Expr) -> list[Term]:
        """Terms in which the increment stands once at most, so that what it stands for is written once."""
        return terms

    def written_moves(
        self, terms: list[Term], leaf: Expr, to: Callable[[Term, Expr], Moves], following: NextMove, others: Sequence[Term] = ()
    ) -> list[Term]:
        """The terms with their increment at the end: a line for all moves, or one for each."""
        moved, names = moved_terms(terms, leaf, to)
        singles = step_by_step(terms, leaf, following) if self.one_by_one and names else []
        for made, name in singles:
            self.write([*made, *others], move(name))
        if moved != (singles[-1][0] if singles else terms):
            self.write([*moved, *others], *map(move, names if names and not singles else ["simplify"]))
        return moved

    def collected(self, terms: list[Term], p: Expr, leaf: Expr, others: Sequence[Term] = ()) -> list[Term]:
        """A line with the terms as one, unless they are, and one with their sum p, the coefficient, made simpler."""
        shorter = self.simplified(p)
        is_reordered = p.op == shorter.op == "mul" and Counter(p.args) == Counter(shorter.args)
        end = p if is_reordered else shorter
        made, simpler = times_increment(p, leaf), times_increment(end, leaf)
        if len(terms) > 1:
            self.write([*made, *others], move("collect"))
        if [t.value for t in simpler] != [t.value for t in (made if len(terms) > 1 else terms)]:
            used = identities_used(p, end, self.simplified)
            for step, because in used:
                self.write([*times_increment(step, leaf), *others], because)
            if not used or used[-1][0] is not end:
                self.write([*simpler, *others], move("simplify"))
        return simpler

    @cached_property
    def symbols(self) -> dict[Expr, Expr]:
        """What stands for the named parts, their transposes and their opposites while a coefficient is made simpler."""
        found: dict[Expr, Expr] = {}
        for k, part in enumerate(sorted(self.named, key=lambda e: (e.weight, e.sort_key))):
            if part not in found:
                symbol = sym(f"{INCREMENT}part{k}", part.shape, properties=properties(part))
                found |= {part: symbol, transpose(part): transpose(symbol)}
                found |= {negative(form): negative(found[form]) for form in (part, transpose(part))}
        return found

    def simplified(self, p: Expr) -> Expr:
        """A coefficient made simpler, in which no named part is taken apart unless it is shorter then."""
        if not self.named:
            return simplify(p)
        whole = {stands.data.name: form for form, stands in self.symbols.items() if stands.op == "sym"}
        kept, opened = simplify(substitute(p, {}, {}, self.symbols)), simplify(p)
        return opened if substitute(opened, {}, {}, self.symbols).weight < kept.weight else substitute(kept, whole, {})

    def replaced(self, terms: Sequence[Term], leaf: Expr) -> tuple[list[Term], list[Move]]:
        """The terms that hold an increment, with what it is put in its place."""
        made, moves = self.opened(self.nodes[leaf])
        return [r for t in terms for r in spliced(t, leaf, made)], moves


class ScalarDifferential(Differentials):
    """df = tr(G^T dX) of a scalar function."""

    def run(self) -> list[Term]:
        terms = super().run()
        return self.at_end(terms, self.dx) if self.to_end else terms

    def coefficient(self, terms: Sequence[Term]) -> Expr | None:
        return coefficient_of(terms, self.dx)

    def gathered(self, terms: list[Term], leaf: Expr) -> list[Term]:
        here = [t for t in terms if _has(t, leaf)]
        if len(here) == 1 and (leaf in here[0].scalars or any(f is leaf or f is transpose(leaf) for f in here[0].chain)):
            return terms
        others = [t for t in terms if t not in here]
        return [*self.at_end(here, leaf, others), *others]

    def at_end(self, terms: list[Term], leaf: Expr, others: Sequence[Term] = ()) -> list[Term]:
        """The terms with their increment moved to the end, and collected: a line for each of the two."""
        moved = self.written_moves(terms, leaf, to_end, next_move, others)
        return self.collected(moved, coefficient_of(moved, leaf), leaf, others)

    def replaced(self, terms: Sequence[Term], leaf: Expr) -> tuple[list[Term], list[Move]]:
        e = self.nodes[leaf]
        if not is_matrix_function(e) or e.op == "pow" and _is_short_power(e):
            return super().replaced(terms, leaf)
        moved, _ = moved_terms(terms, leaf, to_end)
        p = self.simplified(coefficient_of(moved, leaf))
        if not commute(p, e.args[0]):
            return super().replaced(terms, leaf)
        inside = self.leaf(e.args[0])
        return times_increment(mul(matrix_derivative(e), p), inside), [move("function_in_trace")]


class ArrayDifferential(Differentials):
    """dY = ... of a vector or matrix: J dx, d vec Y = J d vec X, or Y' dt."""

    def run(self) -> list[Term]:
        terms = super().run()
        if not self.to_end:
            return terms
        if self.x.is_scalar:
            value = self.coefficient(terms)
            assert value is not None
            return self.collected(terms, value, self.dx)
        if self.y.shape[1] is ONE and self.x.shape[1] is ONE:
            return self.as_columns(terms)
        return terms

    def coefficient(self, terms: Sequence[Term]) -> Expr | None:
        if self.x.is_scalar:
            return substitute(total(terms, zeros(*self.y.shape)), {self.dx.data.name: const(1)}, {})
        if self.y.shape[1] is ONE and self.x.shape[1] is ONE and all(t.chain[-1:] == (self.dx,) for t in terms):
            return coefficient_of(terms, self.dx, self.y.shape[0])
        return None

    def as_columns(self, terms: list[Term]) -> list[Term]:
        """dy = J dx."""
        try:
            moved = self.written_moves(terms, self.dx, to_columns, next_column_move)
        except Stuck:
            return terms
        return self.collected(moved, coefficient_of(moved, self.dx, self.y.shape[0]), self.dx)


def _along(moves: Sequence[Move]) -> list[Move]:
    """The differential of a function whose argument is linear, as one move."""
    kinds = list(dict.fromkeys(moves))
    if len(kinds) != 2 or kinds[1] != move("linear"):
        return kinds
    rule, comma, entrywise = kinds[0].name.partition(", ")
    return [replace(kinds[0], name=f"{rule}{LINEAR_ARGUMENT}{comma}{entrywise}", identity="", args=())]


def moved_terms(terms: Sequence[Term], leaf: Expr, to: Callable[[Term, Expr], Moves]) -> Moves:
    """The terms with the increment at their end, what stands before it as one product, and the moves."""
    moved: list[Term] = []
    names: list[str] = []
    for t in terms:
        made, used = to(t, leaf)
        if used or made != [t]:
            made = [n for m in made for n in (times_increment(split_end(m, leaf), leaf) or [m])]
        moved += made
        names += used
    return moved, names


def coefficient_of(terms: Sequence[Term], leaf: Expr, rows: Dim = ONE) -> Expr:
    """P of the sum of terms tr(P dX), p^T dx, p dt or P dx."""
    shape = leaf.shape[::-1] if rows is ONE else (rows, leaf.shape[0])
    return add(zeros(*shape), *(split_end(t, leaf) for t in terms))


def times_increment(p: Expr, leaf: Expr) -> list[Term]:
    """tr(P dX), p^T dx, dx p, P dx or p dt."""
    if is_zero(p):
        return []
    c, scalars, mats = split_product(p)
    if leaf.is_scalar:
        return [Term(c, (*scalars, leaf), mats)]
    if leaf.shape[1] is ONE and mats and mats[0].op == "eye":
        mats = mats[1:]
    if leaf.shape[0] is ONE:
        return [Term(c, scalars, (leaf, *mats))]
    if p.op == "add" and p.is_scalar:
        return [Term(S.One, (p,), (leaf,))]
    return [Term(c, scalars, (*mats, leaf), traced=leaf.shape[1] is not ONE)]


def _is_short_power(e: Expr) -> bool:
    k = e.args[1]
    return k.op == "const" and bool(k.data.is_Integer) and abs(int(k.data)) <= WRITTEN_POWER


def _has(t: Term, leaf: Expr) -> bool:
    return any(holds(f, leaf) for f in (*t.scalars, *t.chain))


def _below(e: Expr) -> Iterable[Expr]:
    """The parts of an expression, itself aside."""
    return (n for n in in_order([e]) if n is not e)


def _move_of(e: Expr) -> Move:
    """The move that opens a function."""
    if e.op == "pow":
        k = e.args[1]
        return move("inverse" if not e.is_scalar and k.op == "const" and k.data == S.NegativeOne else "power")
    if e.op == "epow":
        return move("power")
    return move("unknown") if e.op == "call" else differential_move(e.op, e.is_scalar)

"""A derivation by the Frobenius product A : B = tr(A^T*B), in which a factor goes to the other side at once.

    f     = logdet(A*X*B + C)                     the function
    df    = (A*X*B + C)^-T : d(A*X*B + C)         differential of logdet
          = (A*X*B + C)^-T : A*dX*B               linearity
          = A^T*(A*X*B + C)^-T*B^T : dX           factors moved across the Frobenius product
    df/dX = A^T*(A*X*B + C)^-T*B^T                first identification theorem

Source: Minka, Old and New Matrix Algebra Useful for Statistics (2000); Magnus and Neudecker (2019) section 1.10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from matcalc.algebra import add, transpose
from matcalc.algebra.node import Expr, is_zero, zeros
from matcalc.book.moves import Move, move
from matcalc.book.sizes import ONE
from matcalc.calculus.differentiate import gradient, step
from matcalc.derivation.lines import (
    MAPS,
    Left,
    Line,
    Pair,
    Paired,
    Question,
    by_entries,
    concluded,
    function_told,
    identification,
    laid_out,
    question_lines,
    refuse_clashes,
    second_lines,
)
from matcalc.derivation.stages import ScalarDifferential, coefficient_of, moved_terms, times_increment
from matcalc.derivation.terms import Term, holds, is_linear, to_end
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.index.graph import Stuck
from matcalc.records import dataclass
from matcalc.scalars import S
from matcalc.simplify.simplify import simplify

HEAD: Final = ("frobenius", "frobenius_turned", "frobenius_across", "frobenius_entries")


def frobenius_lines(q: Question) -> list[Line]:
    """The derivation of a number by Frobenius products; a second derivative goes on from the gradient as ever.

    Raises UsageError for the differential form and for an array.
    """
    y = function_told(q.read.expr)
    if not y.is_scalar or q.form in MAPS:
        what = "the differential form" if y.is_scalar else f"{q.name}, which is an array,"
        raise UsageError(f"{what} is not told by Frobenius products", hint="leave out the style, or choose index")
    refuse_clashes(q)
    lines = question_lines(q, y)
    x = q.variables[0]
    work = _Products(y, x, q.definitions)
    try:
        found: Expr | None = work.derived()
    except (Stuck, NotDifferentiable):
        found = by_entries(work)
    rest = [Line(Left("increment", ""), s.terms, s.moves, s.increments) for s in work.stages]
    lines += [replace(line, left=Left("increment", q.name)) for line in (*work.lines, *rest)]
    left = Left("derivative", q.name, q.part or x.data.name)
    if len(q.variables) == 1:
        return [*lines, *concluded(q, left, laid_out(q, y, x, found), identification(y, x))]
    g = gradient(step(y, x))
    turned = q.layout == "numerator" and not x.is_scalar
    first = Line(Left("derivative", q.name, x.data.name, turned=turned, called=q.gradient), g, (identification(y, x),))
    known = {y: found} if found is not None and q.variables[1] is x else {}
    return [*lines, first, *second_lines(q, g, known)]


@dataclass(frozen=True)
class _Held:
    """G : dZ of one increment dZ; G*dz where it is a number."""

    coefficient: Expr
    leaf: Expr

    @property
    def shown(self) -> Pair | Term:
        if self.leaf.is_scalar:
            return times_increment(self.coefficient, self.leaf)[0]
        return Pair(self.coefficient, (Term(chain=(self.leaf,)),))


class _Products(ScalarDifferential):
    """The differential of a number as a sum of Frobenius products with increments, which are opened one after the other."""

    def __init__(self, y: Expr, x: Expr, named: Mapping[Expr, str]) -> None:
        super().__init__(y, x, named)
        self.lines: list[Line] = []
        self.inner = {a for n in self.varying if not is_linear(n) for a in n.args if a in self.varying}

    def increment_of(self, e: Expr) -> Expr | None:
        """An argument of a function has an increment of its own, so that what several functions have in common is opened once."""
        return self.leaf(e) if e in self.inner and e is not self.y else super().increment_of(e)

    def inlined(self, a: Expr) -> list[Term] | None:
        return None

    def derived(self) -> Expr:
        """P of the last line, tr(P dX)."""
        terms, moves = self.opened(self.y)
        if is_linear(self.y):
            self.tell(terms, moves)
            moves = [move("frobenius")]
        held = self.told_apart(self.paired(terms), moves)
        while (outermost := self.next_of(held)) is not None:
            held = self.replaced_in(held, outermost)
        return transpose(held[0].coefficient) if held else zeros(*self.x.shape[::-1])

    def next_of(self, held: Sequence[_Held]) -> Expr | None:
        """The increment that is opened next."""
        return next(iter(self.pending([Term(scalars=(h.leaf,)) for h in held])), None)

    def replaced_in(self, held: Sequence[_Held], leaf: Expr) -> list[_Held]:
        """The products once an increment is opened, and what stands around those inside has gone to the other side."""
        terms, moves = self.opened(self.nodes[leaf])
        at = next(k for k, h in enumerate(held) if h.leaf is leaf)
        g, before, after = held[at].coefficient, held[:at], held[at + 1 :]
        if leaf.is_scalar:
            inside = [t.times(S.One, (g,)) for t in terms]
            shown: list[Pair | Term] = list(inside)
        else:
            shown = [Pair(g, tuple(terms))] if terms else []
            row = (transpose(g),)
            inside = [Term(t.coefficient, t.scalars, (*row, *t.chain), traced=g.shape[1] is not ONE) for t in terms]
        self.tell([*(h.shown for h in before), *shown, *(h.shown for h in after)], moves)
        return self.told_apart([*before, *self.paired(inside), *after], [_crossing(terms)])

    def paired(self, terms: Sequence[Term]) -> list[_Held]:
        """Terms that are numbers, each as a product with its increment."""
        found = []
        for t in terms:
            leaf = next(leaf for leaf in self.nodes if any(holds(f, leaf) for f in (*t.scalars, *t.chain)))
            moved, _ = moved_terms([t], leaf, to_end)
            found.append(_Held(transpose(coefficient_of(moved, leaf)), leaf))
        return found

    def told_apart(self, held: Sequence[_Held], moves: Sequence[Move]) -> list[_Held]:
        """The products, then one for each increment, then these with simpler coefficients: a line for each that is new."""
        held = [h for h in held if not is_zero(h.coefficient)]
        self.tell([h.shown for h in held], moves)
        leaves = list(dict.fromkeys(h.leaf for h in held))
        made = [_Held(add(*(h.coefficient for h in held if h.leaf is leaf)), leaf) for leaf in leaves]
        if len(made) < len(held):
            self.tell([h.shown for h in made], [move("collect")])
        simpler = [h for h in (_Held(simplify(h.coefficient), h.leaf) for h in made) if not is_zero(h.coefficient)]
        if simpler != made:
            self.tell([h.shown for h in simpler], [move("simplify")])
        return simpler

    def tell(self, items: Sequence[Pair | Term], moves: Sequence[Move]) -> None:
        """A line of the differential."""
        increments = dict(self.nodes)
        held = {leaf for leaf in increments if any(_has(item, leaf) for item in items)}
        is_opened = held <= {self.dx} and not any(line.is_opened for line in self.lines)
        self.lines.append(Line(Left("increment", ""), Paired(tuple(items)), tuple(dict.fromkeys(moves)), increments, is_opened=is_opened))


def _has(item: Pair | Term, leaf: Expr) -> bool:
    terms = item.right if isinstance(item, Pair) else (item,)
    return any(holds(f, leaf) for t in terms for f in (*t.scalars, *t.chain))


def _crossing(terms: Sequence[Term]) -> Move:
    """What goes to the other side: factors of a product, those of an elementwise product, or a transpose."""
    chains = [t.chain for t in terms if t.chain]
    if chains and all(len(chain) == 1 for chain in chains):
        ops = {chain[0].op for chain in chains}
        if ops == {"had"}:
            return move("frobenius_entries")
        if "T" in ops:
            return move("frobenius_turned")
    return move("frobenius_across")


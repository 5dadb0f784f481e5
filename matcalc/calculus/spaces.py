"""The gradient of a constrained variable: the linear map that takes the gradient with all entries free to the one in a space.

The map is a text of the rule book over G, the free gradient, and X, the point; it is its own adjoint. So the constrained gradient
contracted with any direction V is the slope of the function along the image of V, which certificates rest on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.algebra import mul, transpose
from matcalc.algebra.node import Expr, increment, sym
from matcalc.algebra.operations import OPERATIONS
from matcalc.algebra.structure import is_square
from matcalc.algebra.walk import in_order, substitute
from matcalc.book.rules import per_book
from matcalc.book.sizes import ONE, Dim, Shape, dim, times
from matcalc.calculus.adjoint import Axes, without_increment
from matcalc.errors import ShapeError
from matcalc.index.lower import Term, label, lower
from matcalc.index.raising import read_vec
from matcalc.reading.alone import read_expression
from matcalc.records import dataclass
from matcalc.simplify.cancel import fully_multiplied_out
from matcalc.simplify.simplify import simplify

NOTHING: Final[frozenset[str]] = frozenset()
SYMMETRIC: Final = frozenset({"symmetric"})


@dataclass(frozen=True)
class Space:
    """Where the variable `x` may move, at the point `at`: x with what is known of it there.

    `gradient` is the constrained gradient, a text in G and X. `columns` is empty, or the text of the matrix that makes vec of a
    direction from its free entries, by which the vec form then differentiates. `told` is what an answer says; `stacked` is
    the constraint between vecs as a text, or empty where it is read off the gradient; `factored` the gradient in another spelling;
    `invariant` an expression in X and Q at which functions must have the value that they have at X;
    with `by_entries` the index form tells the gradient best where the map is not written out.
    """

    x: Expr
    at: Expr
    gradient: str
    columns: str
    told: str
    stacked: str = ""
    factored: str = ""
    invariant: str = ""
    by_entries: bool = False

    def moved_within(self, y: Expr, q: str) -> Expr | None:
        """A function of what is the same point in another spelling, X*Q with Q orthogonal and called q; None where there is none."""
        if not self.invariant:
            return None
        n = self.x.shape[1]
        turn = sym(q, (n, n), 2, {"orthogonal"})
        other = substitute(_template(self.invariant), {"X": self.x, "Q": turn}, {dim("m"): self.x.shape[0], dim("n"): n})
        return substitute(y, {self.x.data.name: other}, {})

    @property
    def is_symmetric(self) -> bool:
        """Whether every direction in the space is its own transpose."""
        way = self.constrained(increment(self.x.shape))
        return transpose(way) is way

    def constrained(self, g: Expr) -> Expr:
        """The constrained gradient for a free one in the shape of x."""
        return self._filled(self.gradient, g)

    def spellings(self, g: Expr) -> list[Expr]:
        """The constrained gradient for a free one, in every way that the book writes it, of g as it is and multiplied out."""
        open_form, texts = fully_multiplied_out(g), [text for text in (self.gradient, self.factored) if text]
        found = [self._filled(text, form) for text in texts for form in dict.fromkeys((g, open_form))]
        # G^T = G may not show before G is multiplied out.
        if is_square(g) and open_form is not g and transpose(open_form) is open_form:
            found += [self._filled(text, g, SYMMETRIC) for text in texts]
        return found

    def _filled(self, text: str, g: Expr, known: frozenset[str] = NOTHING) -> Expr:
        rows, columns = self.x.shape
        sizes: dict[Dim, Dim] = {dim("m"): rows, dim("n"): columns}
        return substitute(_template(text, known), {"G": g, "X": self.at}, sizes)

    def terms(self, terms: Sequence[Term], at: Axes) -> tuple[list[Term], Axes]:
        """Index terms whose axes `at` are those of a free gradient, constrained, and the new axes."""
        to: Axes = (label(self.x.shape[0]), label(self.x.shape[1]))
        kernel = self._kernel(to, at)
        return [t.times(k) for t in terms for k in kernel], to

    def _kernel(self, rows: Axes, columns: Axes) -> list[Term]:
        d = increment(self.x.shape)
        return [without_increment(t, d, columns) for t in lower(self.constrained(d), *rows)]

    def factor(self) -> Expr:
        """What stands behind the derivative by vec(x)^T: `columns`, or the constraint as a matrix between vecs.

        Raises Stuck where it has no closed form.
        """
        shape = self.x.shape
        if self.columns or self.stacked:
            return substitute(_template(self.columns or self.stacked), {}, {dim("n"): shape[0]})
        to: Axes = (label(shape[0]), label(shape[1]))
        of: Axes = (label(shape[0]), label(shape[1]))
        return simplify(read_vec(self._kernel(to, of), to, of))

    @property
    def functions(self) -> frozenset[str]:
        """The functions of the rule book that the gradient is written with."""
        return frozenset(n.op for n in in_order([_template(self.gradient)])) - OPERATIONS.keys()

    @property
    def free(self) -> Dim:
        """How many columns the vec form has."""
        return self.factor().shape[1] if self.columns else times(*self.x.shape)

    def along(self, v: Expr) -> Expr:
        """The direction that the entry of the vec form by the free entries v belongs to, stacked."""
        return mul(self.factor(), v)


@per_book
def _template(text: str, known: frozenset[str] = NOTHING) -> Expr:
    """A text over G and X, both m x n; a square one has n x n. Something may be known of G."""
    shapes: list[Shape] = [(dim("m"), dim("n")), (dim("n"), dim("n")), (dim("n"), ONE)]
    for shape in shapes:
        try:
            named = {"G": sym("G", shape, None, known), "X": sym("X", shape), "Q": sym("Q", shape[1:] * 2)}
            return read_expression(text, named)
        except ShapeError:
            continue
    return read_expression(text, {}, dimensions=("n",))

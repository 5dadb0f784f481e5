"""Points of the domain: drawn ones, and such as are moved there where none that is drawn lies in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.numbers.conditions import Margins, domain_of
from matcalc.numbers.sampling.random_points import Drawing, Point
from matcalc.numbers.sampling.sizes import ORDERS

# A domain may be empty, as that of a hundred nested logarithms is.
MAX_OPERATIONS: Final = 100_000


def points(variables: Sequence[Expr], exprs: Sequence[Expr]) -> Iterator[Point]:
    """Random points, in the order of `points_of`.

    Raises NotDifferentiable before anything of excessive size is allocated.
    """
    return points_of(Drawing(variables, exprs))


def points_of(drawing: Drawing) -> Iterator[Point]:
    """The plainest points first, then those moved into the domain, those of another size, at other scales, and of more sizes."""
    drawn = []
    for point in drawing.plain(0):
        drawn.append(point)
        yield point
    yield from moved_inside(drawing, drawn)
    yield from drawing.plain(1)
    yield from drawing.scaled()
    for k in range(2, ORDERS):
        yield from drawing.plain(k)


def moved_inside(drawing: Drawing, starts: Sequence[Point]) -> Iterator[Point]:
    """Points moved until every argument lies in the domain of its function."""
    margins = Margins(domain_of(drawing.exprs, drawing.variables))
    if margins.margins:
        from matcalc.numbers.sampling.search import Search  # few functions have a domain

        search = Search(drawing.variables, margins, MAX_OPERATIONS)
        yield from filter(None, map(search.inside, starts))

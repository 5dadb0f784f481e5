"""The axes of a derivative in every layout, told from shapes alone: nothing is differentiated.

shape_of_derivative("dY/dX", variables={"Y": "m n", "X": "p q"}).numerator      ("m", "n", "q", "p")
table()                                                                         scalars, vectors and matrices by each other
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from matcalc.algebra.node import Expr
from matcalc.answers.parts import part_symbol
from matcalc.book.choices import LAYOUTS
from matcalc.book.sizes import ONE, SCALAR, Shape, axes, by, dim, show, times
from matcalc.calculus.layout import arrange
from matcalc.errors import UsageError
from matcalc.index.lower import label
from matcalc.reading.declarations import Declaration, Declared, names_of, read_declarations
from matcalc.reading.grammar.derivative import Notation, Wanted, split_top
from matcalc.reading.inference.scope import Scope
from matcalc.reading.lexer import lex
from matcalc.reading.request import read_request
from matcalc.records import dataclass

_SIZES: Final[Mapping[str, tuple[str, ...]]] = {"scalar": (), "vector": ("m",), "matrix": ("m", "n")}
_SIZES_BELOW: Final[Mapping[str, tuple[str, ...]]] = {"scalar": (), "vector": ("n", "k"), "matrix": ("p", "q")}
_SPARE: Final = ("p", "q", "r", "s", "t", "u")
_COUNT: Final = {"scalar": 0, "vector": 1, "matrix": 2}


@dataclass(frozen=True)
class DerivativeShape:
    """The shapes of Y and X, and what follows for dY/dX.

    Its axes are those of Y and those of X together, and its size is the product of their sizes; only the order of
    the axes is a matter of the layout.
    """

    y: Shape
    x: Shape

    def dims(self, layout: str) -> tuple[str, ...]:
        """The axes in a layout: rows and columns both up to two axes, none for a scalar."""
        arrangement = arrange(_labels(self.y), _labels(self.x), layout)
        found = arrangement.shape if 0 < len(arrangement.labels) <= 2 else arrangement.sizes
        return tuple(map(str, found))

    @property
    def numerator(self) -> tuple[str, ...]:
        return self.dims("numerator")

    @property
    def denominator(self) -> tuple[str, ...]:
        return self.dims("denominator")

    @property
    def mixed(self) -> tuple[str, ...]:
        return self.dims("mixed")

    @property
    def axes(self) -> int:
        """How many axes count: those of Y and those of X."""
        return len(axes(self.y)) + len(axes(self.x))

    @property
    def size(self) -> str:
        """How many entries: those of Y times those of X."""
        return str(times(*self.y, *self.x)).replace("**", "^")

    def vec(self, layout: str) -> tuple[str, str]:
        """The shape of the vec form."""
        rows, columns = str(times(*self.y)), str(times(*self.x))
        return (columns, rows) if layout == "denominator" else (rows, columns)

    @property
    def text(self) -> str:
        """A line for every layout, then the axes, the size and the vec form."""
        width = max(map(len, LAYOUTS))
        lines = [f"{layout:<{width}}  {in_words(self.dims(layout))}" for layout in LAYOUTS]
        of_y, of_x = len(axes(self.y)), len(axes(self.x))
        counted = f"{_counted(self.axes, 'axis', 'axes')} ({of_y} of Y, {show(self.y)}; {of_x} of X, {show(self.x)}), {_entries(self.size)}"
        lines += ["", f"  {counted}"]
        if self.axes > 2:
            one, other = in_words(self.vec("numerator")), in_words(self.vec("denominator"))
            lines.append(f"  in vec form {one} in numerator and mixed layout, {other} in denominator layout")
        if self.y == SCALAR and self.x != SCALAR:
            same = [name for name in LAYOUTS if self.dims(name) == tuple(map(str, self.x))]
            lines.append(f"  a step X - eta*dY/dX conforms in {' and '.join(same)} layout: the gradient has the shape of X there")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The axes in every layout as plain data."""
        told: dict[str, Any] = {layout: list(self.dims(layout)) for layout in LAYOUTS}
        return told | {"axes": self.axes, "size": self.size, "vec": {layout: list(self.vec(layout)) for layout in LAYOUTS}}


def _labels(shape: Shape) -> Any:
    return label(shape[0]), label(shape[1])


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _entries(size: str) -> str:
    return "1 entry" if size == "1" else f"{size} entries"


def in_words(dims: Sequence[str]) -> str:
    """`m x n x p`, or `scalar`."""
    return by(dims) if dims else "scalar"


# ------------------------------------------------------------------------------------------------- requests


def shape_of_derivative(
    request: str,
    *,
    wrt: str | None = None,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
) -> DerivativeShape:
    """The axes of a derivative: of `dY/dX` from the declared or customary shapes of Y and X, or of any request.

    Raises a MatcalcError where the request cannot be read or its shapes disagree.
    """
    known = _with_customary(request, variables)
    read = read_request(request, wrt=wrt, variables=known, lets=lets, may_slice=True)
    if len(read.wrt) > 1:
        names = ", ".join(x.data.name for x in read.wrt)
        raise UsageError(f"ask for the shape by one variable at a time, not by {names}")
    (x,) = read.wrt
    if read.order == 1:
        part = read.parts[0] if read.parts else None
        return DerivativeShape(read.expr.shape, x.shape if part is None else part_symbol(x, part).shape)
    return DerivativeShape(_gradient_shape(read.expr, x), x.shape if read.wrt2 is None else read.wrt2.shape)


def _gradient_shape(y: Expr, x: Expr) -> Shape:
    """The shape of what a second derivative is taken of: the gradient in the shape of x, or a Jacobian of two vectors."""
    if y.is_scalar:
        return x.shape
    if x.is_scalar:
        return y.shape
    of_y, of_x = axes(y.shape), axes(x.shape)
    if len(of_y) == len(of_x) == 1:
        return of_y[0], of_x[0]
    raise UsageError("the first derivative has more than two axes, so it is not differentiated again")


def _with_customary(request: str, variables: Mapping[str, str] | Sequence[str] | None) -> Mapping[str, str] | Sequence[str]:
    """The declarations, and customary ones for the names of dY/dX that have none."""
    declared = read_declarations(variables, None)
    head, *tails = split_top(lex(request).tokens[:-1], "where")
    found = Notation(request, lambda name: name in declared).read(head)
    alone = found is not None and not tails and len(found.function) == 1 and found.function[0].kind == "name"
    made = _customary(found, declared) if found is not None and alone else {}
    if isinstance(variables, Mapping):
        return {**variables, **made}
    given = [variables] if isinstance(variables, str) else variables or []
    return [*given, *(f"{name}: {body or 'scalar'}" for name, body in made.items())]


def _customary(found: Wanted, declared: Mapping[str, Declared]) -> dict[str, str]:
    """Y is m x n and y has m entries, X is p x q and x has n: the letters of the usual table, as far as they are free."""
    taken = {n for d in declared.values() if isinstance(d, Declaration) for n in names_of(d.dimensions)}
    letters = {found.function[0].text: _SIZES, **dict.fromkeys(found.names, _SIZES_BELOW)}
    made: dict[str, str] = {}
    for name, sizes in letters.items():
        if name not in declared:
            kind = Scope().kind_by_look(name)
            free = [w for w in [*sizes[kind], *_SPARE] if w not in taken]
            chosen = free[: _COUNT[kind]]
            taken.update(chosen)
            made[name] = " ".join(chosen)
    return made


# ---------------------------------------------------------------------------------------------------- the table


def table() -> list[tuple[str, str, DerivativeShape]]:
    """Scalars, vectors and matrices by each other: Y, X, and the shape of dY/dX."""
    m, n, k, p, q = map(dim, "mnkpq")
    of = {"scalar y": SCALAR, "vector y (m)": (m, ONE), "matrix Y (m x n)": (m, n)}
    by = {"scalar x": SCALAR, "vector x (n)": (n, ONE), "matrix X (p x q)": (p, q)}
    rows = []
    for y, of_y in of.items():
        for x, of_x in by.items():
            clash = of_y[1] is n and of_x[0] is n
            rows.append((y, "vector x (k)" if clash else x, DerivativeShape(of_y, (k, ONE) if clash else of_x)))
    return rows


def table_text() -> str:
    """The table with a row for every pair and a column for every layout."""
    rows: list[tuple[str, ...]] = [("dY/dX of", "by", *LAYOUTS)]
    rows += [(y, x, *(in_words(found.dims(layout)) for layout in LAYOUTS)) for y, x, found in table()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)

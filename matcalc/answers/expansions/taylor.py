"""The Taylor expansion of first or second order at a symbolic or numeric point, around the point and written out.

    1 - x + x^2 at c        1 - c + c^2 + (2*c - 1)*(x - c)  =  (1 - c^2) + (2*c - 1)*x
    f at c, x a vector      f(c) + grad^T*(x - c) + 1/2*(x - c)^T*H*(x - c)

The derivative is that of `derive`; the remainder is checked to fall as fast as the order says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matcalc.algebra import add, fun, mul, negative, scale, subtract, transpose
from matcalc.algebra.node import Expr, const, is_zero, split_product, sym, zeros
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import depends, in_order, substitute
from matcalc.answers.conditions import assumed_of
from matcalc.answers.display.report import shapes_told
from matcalc.answers.display.shown import Formula
from matcalc.answers.expansions.linear_map import like_variable
from matcalc.answers.parts import by_parts
from matcalc.answers.result import declared_text
from matcalc.answers.telling.stepped import Stepped
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, SCALAR
from matcalc.calculus.adjoint import tangent
from matcalc.calculus.differentiate import differentiate
from matcalc.calculus.loading import Rules, in_force
from matcalc.calculus.wirtinger import refuse_conjugates
from matcalc.errors import CertificateError, LimitError, MatcalcError, NotDifferentiable, UsageError
from matcalc.index.graph import Stuck
from matcalc.index.raising import read_matrix
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import Array, array_text, number_text, numeric
from matcalc.numbers.sampling.domain import points
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import dimension_names
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.table import printer
from matcalc.printing.notations.text import text
from matcalc.reading.grammar.derivative import split_top
from matcalc.reading.lexer import lex
from matcalc.reading.notes import lines_of
from matcalc.reading.request import Request, read_request
from matcalc.records import dataclass
from matcalc.scalars import rational
from matcalc.simplify.polynomial import check_polynomial, expand
from matcalc.simplify.simplify import recognise, simplify
from matcalc.simplify.written import written_out

if TYPE_CHECKING:
    from matcalc.answers.telling.lines import Row

Notate = Callable[[Expr], str]
STEP: Final = "\u2020"
STEPS: Final = (0.25, 1e-2, 5e-3)
HALF: Final = rational(1, 2)
"""How much slower than its order says a remainder may fall, at a finite step."""
SLACK: Final = 0.75
ROUNDING: Final = 1e-11


@dataclass(frozen=True)
class TableRow:
    """A line of a value table: the point, f there, its derivative, the derivative's value in the direction h, the expansion."""

    point: str
    value: str
    derivative: str
    directional: str
    taylor: str


@dataclass(frozen=True, repr=False)
class Taylor(Formula, Stepped):
    """An expansion of f about c: `pieces` are f(c), f'(c)(v) and the second-order part, `written_out` the same in powers of x.

    In the pieces, the symbol STEP stands for v = x - c, so that they are shown in powers of it. `is_exact` tells that the
    function is its own expansion, as a polynomial of no higher degree is; `halving` by what halving the step divides the
    remainder, None where rounding hides it.
    """

    request: Request
    x: Expr
    about: Expr
    order: int
    pieces: tuple[Expr, ...]
    written_out: tuple[Expr, ...]
    derivative: Expr | None
    halving: float | None
    is_exact: bool = False
    assumptions: tuple[str, ...] = ()

    called = "taylor"

    def written(self, notation: Printer) -> str:
        """f(c) + f'(c)(x - c) + ..., and below it the same by powers of x, [f(c) - f'(c)(c)] + f'(c)(x) + ..., where that differs."""
        around, expanded = self.around(notation), self.written_by_powers(notation)
        return notation.chained([around] if around == expanded else [around, expanded])

    def around(self, notation: Printer) -> str:
        """The pieces with x - c in parentheses where STEP stands."""
        return self.stepped(self.pieces, notation)

    def stepped(self, pieces: Sequence[Expr], notation: Printer) -> str:
        """Some of the pieces."""
        step = self._in(notation)(subtract(self.x, self.about))
        opening, closing = notation.opening, notation.closing
        shown = step if is_zero(self.about) else opening + step + closing
        told = joined(pieces, self._in(notation))
        return notation.finished(told.replace(opening + STEP + closing, opening + step + closing).replace(STEP, shown))

    def written_by_powers(self, notation: Printer) -> str:
        """The part without x in parentheses, then what is linear in x, and what is quadratic."""
        told = joined(self.written_out, self._in(notation), grouped=True, opening=notation.opening, closing=notation.closing)
        return notation.finished(told)

    def _in(self, notation: Printer) -> Notate:
        """The notation, in which the variables of the request are names that are taken."""
        return partial(notation.print, taken=self.request.variables)

    @cached_property
    def text(self) -> str:
        """The expansion around the point."""
        return self.around(printer("text"))

    @cached_property
    def expanded(self) -> str:
        """The expansion by powers of the variable."""
        return self.written_by_powers(printer("text"))

    @property
    def value(self) -> Expr:
        return substitute(add(*self.pieces), {STEP: subtract(self.x, self.about)}, {})

    @property
    def parameters(self) -> tuple[Expr, ...]:
        new = [e for e in in_order([self.about]) if e.op == "sym" and e.data.name not in self.request.variables]
        return (*self.request.variables.values(), *new)

    def rows(self) -> Sequence[Row]:
        """The derivative, its value at the point, and Taylor's formula."""
        from matcalc.answers.telling import expanding  # only those need it who ask for the derivation

        return expanding.rows(self)

    def notes(self, notation: Printer) -> Sequence[str]:
        """What was assumed, and what was found of the remainder."""
        shapes = {v.data.name: declared_text(v, self.request) for v in self.parameters}
        return [shapes_told(shapes, notation.by), *lines_of(self.assumptions), self.check]

    @property
    def check(self) -> str:
        """What was found of the remainder."""
        if self.is_exact:
            return "checked at a random point: the expansion is exact"
        if self.halving is None:
            return "an approximation, checked: beside a random point the remainder is smaller than rounding"
        return f"an approximation, checked: halving the step divides the remainder by {self.halving:.2f}"

    def to_dict(self) -> dict[str, Any]:
        """The expansion as text and LaTeX."""
        return {
            "text": self.text,
            "expanded": self.expanded,
            "latex": self.around(printer("latex")),
            "expanded_latex": self.written_by_powers(printer("latex")),
            "order": self.order,
            "about": text(self.about),
            "exact": self.is_exact,
            "assumptions": list(self.assumptions),
        }


def joined(pieces: Sequence[Expr], notate: Notate, *, grouped: bool = False, opening: str = "(", closing: str = ")") -> str:
    """The sum of the pieces in their order, those that are zero left out; the first in parentheses if it is `grouped` and a sum."""
    kept = [p for p in pieces if not is_zero(p)]
    if not kept:
        return notate(pieces[0])
    written = [number_or_text(p) if _is_numeric_array(p) else notate(p) for p in kept]
    if grouped and len(kept) > 1 and kept[0] is pieces[0] and kept[0].op == "add":
        written[0] = opening + written[0] + closing
    return written[0] + "".join(f" {w[0]} {w[1:]}" if w[0] in "-−" else f" + {w}" for w in written[1:])


# ------------------------------------------------------------------------------------------- the expansion


def taylor(
    expression: str,
    wrt: str,
    about: str,
    *,
    order: int = 1,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
    rules: Rules | None = None,
) -> Taylor:
    """The expansion of an expression in one variable about a point: a new name, an expression or numbers.

    `rules` names files of functions of the user's own, whose code is run, or is a Book.

    Raises a MatcalcError where the expression cannot be read or differentiated, or the point is none of the variable.
    """
    if order not in (1, 2):
        raise UsageError(f"expansions are of order 1 or 2, not {order}")
    with in_force(rules):
        read = by_parts(read_request(expression, wrt=wrt, variables=variables, lets=lets, may_slice=True))
        x = _single(read)
        return _Expansion(read, x, order).about(_point(x, about, read, variables), read.assumptions)


def _single(read: Request) -> Expr:
    if len(read.wrt) != 1 or read.order != 1:
        raise UsageError("an expansion is of a function, in one variable")
    refuse_conjugates("an expansion of a function", (read.expr, read.literal), read.wrt)
    return read.wrt[0]


def _point(x: Expr, about: str, read: Request, variables: Mapping[str, str] | Sequence[str] | None) -> Expr:
    """The point: 0 is the zero of every shape."""
    c = zeros(*x.shape) if about.strip() == "0" else like_variable("the point", x, about.strip(), read, variables)
    if x in in_order([c]):
        raise UsageError(f"the point holds {x.data.name} itself", (0, len(about)), about, "give it a name of its own, such as c")
    return c


class _Expansion:
    """f and its derivatives as functions of the point."""

    def __init__(self, read: Request, x: Expr, order: int) -> None:
        self.read, self.x, self.order, self.f = read, x, order, read.expr
        self.step = sym(STEP, x.shape, x.data.ndim)
        self.first, self.derivative = self._first()

    def _first(self) -> tuple[Callable[[Expr], Expr], Expr | None]:
        """The differential as a function of the direction, and the array that it is a product with, if it is one."""
        f, x = self.f, self.x
        if x.is_scalar:
            slope = simplify(tangent(f, x, const(1)))
            return (lambda v: mul(slope, v)), slope
        array = self._array(f)
        if array is None:
            return (lambda v: simplify(tangent(f, x, v))), None
        return (lambda v: _contracted(array, v, f.is_scalar)), array

    def _array(self, f: Expr) -> Expr | None:
        """The gradient in the shape of x, or the Jacobian of one column by another."""
        tensor = differentiate(f, self.x)[-1].tensor
        try:
            if f.is_scalar:
                return simplify(read_matrix(tensor.terms, *tensor.x, self.x.shape))
            if f.shape[1] is ONE and self.x.shape[1] is ONE:
                return simplify(read_matrix(tensor.terms, tensor.y[0], tensor.x[0], (f.shape[0], self.x.shape[0])))
        except Stuck:
            pass
        return None

    def second(self, u: Expr, v: Expr) -> Expr:
        """The second differential in two directions, a symmetric bilinear form."""
        f, x = self.f, self.x
        if x.is_scalar:
            assert self.derivative is not None
            return mul(simplify(tangent(self.derivative, x, const(1))), u, v)
        if f.is_scalar and x.shape[1] is ONE and self.derivative is not None:
            return mul(transpose(u), simplify(differentiated(self.derivative, x)), v)
        return simplify(tangent(tangent(f, x, u), x, v))

    def about(self, c: Expr, assumptions: tuple[str, ...]) -> Taylor:
        pieces = self.pieces(c, self.step)
        derivative = None if self.derivative is None else self.at(self.derivative, c)
        written = self.written_out(c)
        assumptions = tuple(dict.fromkeys([*assumptions, *assumed_of([self.placed(self.f, c)], pieces[1:]), *_inverted(pieces)]))
        halving = self.halving(pieces, c)
        return Taylor(self.read, self.x, c, self.order, pieces, written, derivative, halving, self.is_exact(), assumptions)

    def is_exact(self) -> bool:
        """Whether f is a polynomial in x of no higher degree than the order, so that there is no remainder."""
        f = simplify(recognise(self.f))
        try:
            check_polynomial(f, [self.x])
        except UsageError:
            return False
        for k in range(self.order + 1):
            f = simplify(tangent(f, self.x, sym(f"{STEP}{k}", self.x.shape, self.x.data.ndim)))
        return is_zero(f)

    def at(self, e: Expr, c: Expr) -> Expr:
        """An expression at the point."""
        return substitute(e, {self.x.data.name: c}, {})

    def pieces(self, c: Expr, v: Expr) -> tuple[Expr, ...]:
        """f(c), f'(c)(v) and half of f''(c)(v, v)."""
        value, linear = self.placed(self.f, c), self.placed(self.first(self.step), c, v)
        return (value, linear, scale(HALF, self.placed(self.second(self.step, self.step), c, v))) if self.order == 2 else (value, linear)

    def placed(self, e: Expr, c: Expr, v: Expr | None = None) -> Expr:
        """An expression at the point, then with the direction v in place of the step."""
        at_c = written_out(simplify(self.at(e, c)))
        return at_c if v is None else simplify(substitute(at_c, {STEP: v}, {}))

    def written_out(self, c: Expr) -> tuple[Expr, ...]:
        """The expansion by powers of x: what holds none, what is linear in x, what is quadratic."""
        value, linear, *second = self.pieces(c, self.x)
        constant = [value, negative(self.pieces(c, c)[1])]
        if not second:
            return self.shortest(add(*constant)), linear
        crossed = self.placed(self.second(c, self.step), c, self.x)
        return self.shortest(add(*constant, self.pieces(c, c)[2])), self.shortest(subtract(linear, crossed)), second[0]

    def shortest(self, e: Expr) -> Expr:
        """The expression with its products multiplied out, where that is shorter."""
        plain = simplify(e)
        try:
            opened = simplify(expand(e))
        except LimitError:
            return plain
        return opened if opened.weight <= plain.weight else plain

    # -------------------------------------------------------------------------------------------- the check

    def halving(self, pieces: Sequence[Expr], c: Expr) -> float | None:
        """By what the remainder is divided where the step from the point is halved; None where rounding hides it.

        Raises CertificateError if the remainder falls too slowly for an expansion of this order.
        """
        whole = substitute(add(*pieces), {STEP: subtract(self.x, c)}, {})
        program = Program([self.f, whole, c])
        is_slow = False
        for point in points([*self.read.variables.values(), *self._new(c)], [self.f, whole]):
            measured = self._remainders(program, point)
            if measured is None:
                continue
            far, coarse, fine = measured
            if max(far, coarse, fine) < ROUNDING:
                return None
            if coarse <= ROUNDING or coarse >= SLACK * 2 ** len(pieces) * fine:
                return coarse / fine if fine > 0 and coarse > ROUNDING else None
            is_slow = True
            if not self._kinked():
                break
        if is_slow:
            raise self._failed(pieces, c)
        raise NotDifferentiable("no point was found at which the function and its expansion are finite")

    def _kinked(self) -> list[Expr]:
        """The functions with a kink that depend on the variable: a random point may lie nearer to it than a step."""
        return [n for n in depends(self.f, self.x) if (rule := rulebook.find(n.op)) is not None and rule.kinks]

    def _failed(self, pieces: Sequence[Expr], c: Expr) -> MatcalcError:
        """Why the remainder falls too slowly: at a kink there is nothing to expand."""
        kinked = next((n for n in self._kinked() if self._is_kink(n, c)), None)
        if kinked is None:
            told = "the remainder of the expansion does not fall as it must, so it is withheld"
            return CertificateError(told, hint="please report it")
        where = f"{self.x.data.name} = {'0' if is_zero(c) else number_or_text(c)}"
        which, hint = (
            ("second derivative", "expand to first order") if self._has_first(pieces, c) else ("derivative", "expand about another point")
        )
        return NotDifferentiable(f"the function has no {which} at {where}: {text(kinked)} has a kink there", hint=hint)

    def _has_first(self, pieces: Sequence[Expr], c: Expr) -> bool:
        """Whether only the second derivative is missing."""
        if len(pieces) < 3:
            return False
        try:
            self.halving(pieces[:2], c)
        except NotDifferentiable:
            return False
        return True

    def _is_kink(self, n: Expr, c: Expr) -> bool:
        """Whether the argument of a function with a kink is zero at the point, or has an entry that is."""
        rule = rulebook.find(n.op)
        if rule is None or not rule.kinks:
            return False
        inside = simplify(self.at(n.args[0], c))
        if is_zero(inside) or not _is_known(inside):
            return is_zero(inside)
        zeros_there = np.asarray(Program([inside])({}, {})[0]) == 0
        return bool(zeros_there.any() if not n.is_scalar or "entry" in rule.kinks else zeros_there.all())

    def _new(self, c: Expr) -> list[Expr]:
        return [e for e in in_order([c]) if e.op == "sym" and e.data.name not in self.read.variables]

    def _remainders(self, program: Program, point: Point) -> list[float] | None:
        """The remainder at three distances from the point, on the side where it is larger, relative to the size of the function."""
        centre = numeric(program(point.values, point.sizes, point.unknowns)[2])
        way = np.random.default_rng(11).uniform(0.5, 1, centre.shape)
        sides = [found for side in (way, -way) if (found := self._beside(program, point, centre, side))]
        return max(sides, key=lambda rests: rests[-1]) if sides else None

    def _beside(self, program: Program, point: Point, centre: Array, way: Array) -> list[float] | None:
        """The remainders in one direction; None where the function is not finite there."""
        rests = []
        for h in STEPS:
            values = {**point.values, self.x.data.name: centre + h * way}
            actual, claimed, _ = program(values, point.sizes, point.unknowns)
            if not (np.all(np.isfinite(actual)) and np.all(np.isfinite(claimed))):
                return None
            rests.append(float(np.max(np.abs(actual - claimed))) / (1 + float(np.max(np.abs(actual)))))
        return rests


def differentiated(gradient: Expr, x: Expr) -> Expr:
    """The Hessian, from a gradient that is a column."""
    tensor = differentiate(gradient, x)[-1].tensor
    return read_matrix(tensor.terms, tensor.y[0], tensor.x[0], (x.shape[0], x.shape[0]))


def _contracted(array: Expr, v: Expr, gradient: bool) -> Expr:
    """grad^T*v for a column, tr(G^T*V) for a matrix, J*v for a Jacobian."""
    if not gradient:
        return mul(array, v)
    product = mul(transpose(array), v) if v.shape[0] is not ONE else mul(array, transpose(v))
    return product if product.shape == SCALAR else fun("tr", product)


def _inverted(pieces: Sequence[Expr]) -> list[str]:
    """What is said of the matrices that an expansion inverts and that are not declared invertible."""
    bases = [n.args[0] for n in in_order(pieces) if n.op == "pow" and not n.is_scalar and n.args[1] == const(-1)]
    return [f"{text(a)} is invertible" for a in bases if not _is_known(a) and "invertible" not in properties(a)]


# ------------------------------------------------------------------------------------------- value tables


def value_table(
    expression: str,
    wrt: str,
    values: str,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
) -> list[TableRow]:
    """f(c), f'(c), f'(c)(h) and the first-order expansion at points that are separated by commas: 0, 1, 2."""
    read = by_parts(read_request(expression, wrt=wrt, variables=variables, lets=lets, may_slice=True))
    x = _single(read)
    expansion = _Expansion(read, x, 1)
    return [_row(expansion, part, read, variables) for part in _split(values)]


def _split(values: str) -> list[str]:
    parts = split_top(lex(values).tokens[:-1], ",")
    if not all(parts):
        raise UsageError("the points of a table are separated by commas", (0, max(1, len(values))), values, "write --table 0,1,2")
    return [values[p[0].start : p[-1].end] for p in parts]


def _row(expansion: _Expansion, written: str, read: Request, variables: Mapping[str, str] | Sequence[str] | None) -> TableRow:
    x = expansion.x
    c = _point(x, written, read, variables)
    h = sym("h" if "h" not in read.variables else f"d{x.data.name}", x.shape, x.data.ndim)
    value, directional = expansion.pieces(c, h)
    derivative = None if expansion.derivative is None else simplify(expansion.at(expansion.derivative, c))
    told = "" if derivative is None else number_or_text(derivative)
    expanded = joined(expansion.written_out(c), number_or_text)
    return TableRow(written, number_or_text(value), told, number_or_text(directional), expanded)


def number_or_text(e: Expr) -> str:
    """The value of an expression that holds nothing unknown, else its text, fractions and functions of numbers as decimals."""
    if _is_known(e):
        value = Program([e])({}, {})[0]
        return array_text(np.reshape(value, [int(d) for d in e.shape]))
    c, scalars, mats = split_product(e)
    known = [s for s in scalars if _is_known(s)]
    if (known or not c.is_Integer) and e.op == "mul" and not c.free_symbols:
        number = number_text(float(Program([mul(const(c), *known)])({}, {})[0]))
        rest = mul(*(s for s in scalars if s not in known), *mats)
        written = text(rest)
        return f"{number}*({written})" if rest.op == "add" else f"{number}*{written}"
    return text(e)


def _is_numeric_array(e: Expr) -> bool:
    """Whether an expression computes with arrays of numbers, so that its value says more than it does."""
    return _is_known(e) and any(n.op == "array" for n in in_order([e]))


def _is_known(e: Expr) -> bool:
    """Whether an expression holds no variable, no unknown function and no dimension name."""
    return not dimension_names([], [e]) and not any(n.op in ("sym", "call") for n in in_order([e]))


def table_text(rows: Sequence[TableRow], wrt: str) -> str:
    """The table with a line for every point."""
    lines = [("c", "f(c)", "f'(c)", "f'(c)(h)", f"expansion in {wrt}")]
    lines += [(r.point, r.value, r.derivative, r.directional, r.taylor) for r in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)

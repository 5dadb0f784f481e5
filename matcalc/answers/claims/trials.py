"""Claims against the certified derivative, number by number: in matrix or vec form, as a differential, in index notation.

A claim is right where it has the numbers of the derivative at points on both sides of every kink of either; where such points
are not found, or the derivative itself is not checked, it is undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import Expr, Unknown, sym
from matcalc.algebra.walk import in_order
from matcalc.answers.causes.case import Case, Cause
from matcalc.answers.causes.naming import causes_of
from matcalc.answers.claims.components import other_component
from matcalc.answers.claims.index_notation import IndexClaim
from matcalc.answers.claims.truth import Reading, Truth, gradient_values
from matcalc.answers.claims.verdict import RIGHT, UNDECIDED, WRONG, Verdict, worst_entry
from matcalc.answers.derivative import Derivative
from matcalc.answers.value import parts_of, value_of
from matcalc.book.choices import LAYOUTS
from matcalc.book.sizes import SCALAR, Shape, show
from matcalc.errors import MatcalcError
from matcalc.numbers.certifying.comparison import Found, relative_error, values_compared
from matcalc.numbers.certifying.trial import Trial
from matcalc.numbers.evaluate import Program
from matcalc.numbers.outcome import UNCHECKED
from matcalc.numbers.points import moved, number_text, numeric
from matcalc.numbers.sampling.random_points import Drawing, Point
from matcalc.numbers.sampling.sizes import ORDERS, dimension_names, size_of
from matcalc.reading.alone import read_expression
from matcalc.reading.declarations import names_of
from matcalc.reading.latex.scan import is_latex
from matcalc.reading.request import Request
from matcalc.simplify.simplify import simplify

Array = Any
Pair = tuple[Array, Array]
POINTS: Final = 3
RESIZED: Final = 2
OF_RATIOS: Final = 1e-7
IS_IT: Final = "it is the derived expression itself"
_NEVER_FINITE: Final = "no point was found at which both the claim and the derivative are finite"
_UNTURNED: Final = frozenset({"symmetric", "hermitian"})
_DECLARE: Final = "declare what holds of the variables (positive, spd, invertible)"


class ClaimTrial:
    """One claim against one derivative; `pair` has the claimed and the true array at a point."""

    def __init__(self, found: Derivative, claim: str, variables: Sequence[Expr], exprs: Sequence[Expr]) -> None:
        self.found, self.claim, self.variables = found, claim, variables
        self.exprs = [found.request.literal, *exprs]

    def tried(self, pair: Callable[[Point], Pair | None], variables: Sequence[Expr] | None = None) -> Trial:
        """What the points say, perhaps with more known of the variables."""
        trial = Trial(Drawing(variables or self.variables, self.exprs), lambda p: values_compared(pair, p), least=POINTS, resized=RESIZED)
        trial.run()
        return trial

    def decided(self, trial: Trial) -> Verdict | None:
        """The verdict of a trial that did not refute the claim; None of one that did."""
        certificate = self.found.certificate
        if trial.is_refuted:
            return self.undecided(certificate.reason) if certificate is not None and certificate.status == UNCHECKED else None
        if trial.first is None:
            drowned = Found.DROWNED in trial.others
            return self.undecided("rounding errors hide any difference" if drowned else f"{_NEVER_FINITE}; {_DECLARE}")
        if trial.missing:
            return self.undecided(trial.missing)
        error = max((f.error for _, f in trial.agreed), default=0.0)
        points = len(trial.agreed) + len(trial.zeros)
        return self.right(f"equal to {self.found.text} at {points} random points: largest relative difference {error:.0e}")

    def right(self, how: str) -> Verdict:
        """Right, if the derivative is."""
        certificate = self.found.certificate
        if certificate is None or certificate.status == UNCHECKED:
            return self.undecided(certificate.reason if certificate is not None else _NEVER_FINITE)
        return Verdict(RIGHT, self.claim, self.found, how)

    def undecided(self, reason: str) -> Verdict:
        """Neither right nor wrong."""
        return Verdict(UNDECIDED, self.claim, self.found, reasons=(reason,))


class MatrixTrial(ClaimTrial):
    """A claim in matrix or vec form."""

    def __init__(self, found: Derivative, claim: str, value: str, offset: int, layout: str) -> None:
        self.truth, self.layout, read = Truth(found), layout, found.request
        asked = [*self.truth.readings((layout,))]
        likely = next((r for r in asked if r.form == found.form), asked[0] if asked else None)
        self.expr = read_claim(found, claim, value, offset, likely.shape if likely else _rows_and_columns(found))
        super().__init__(found, claim, [declared(v, read) for v in read.variables.values()], [*parts_of(self.truth.d), self.expr])
        self.program = Program([self.expr])
        self.trials: dict[Reading, Trial] = {}

    def verdict(self) -> Verdict:
        if self.expr is self.truth.d.expr:
            return self.right(IS_IT)
        same = [r for r in self.truth.readings((self.layout,)) if self._fits(r)]
        found = [self.decided(self._tried(reading)) for reading in same]
        settled = next((v for v in found if v is not None and v.right), None) or next((v for v in found if v is not None), None)
        return self._wrong(same) if settled is None else settled

    def _fits(self, reading: Reading) -> bool:
        return self.expr.shape == reading.shape or self.expr.op == "const" and self.expr.data == 0

    def _tried(self, reading: Reading) -> Trial:
        if reading not in self.trials:
            self.trials[reading] = self.tried(partial(self._pair, reading))
        return self.trials[reading]

    def _pair(self, reading: Reading, point: Point) -> Pair | None:
        """The claimed array and the true one as they are read, with two axes, if both are finite."""
        with np.errstate(all="ignore"):
            truth = self.truth.arranged(self.truth.canonical(point), reading, point)
            claimed = numeric(self.program(point.values, point.sizes, point.unknowns)[0])
        if not (np.all(np.isfinite(truth)) and np.all(np.isfinite(claimed))):
            return None
        return np.broadcast_to(np.reshape(claimed, two_axes(self.expr, point)), truth.shape), truth

    # ---------------------------------------------------------------------------------- what would be right

    def _wrong(self, same: Sequence[Reading]) -> Verdict:
        if not same:
            form = " in vec form" if self.found.form == "vec" else ""
            found = "scalar" if all(d == "1" for d in self.found.shape) else " x ".join(self.found.shape)
            reasons, entry = [f"the claim is {show(self.expr.shape)}, the derivative {found}{form}"], None
        else:
            point = self._tried(same[0]).differing[0]
            pair = self._pair(same[0], point)
            assert pair is not None
            entry = worst_entry(*pair, point, same[0].shape)
            reasons = [str(entry)]
        others = [r for r in self.truth.readings([n for n in LAYOUTS if n != self.layout]) if self._fits(r)]
        layouts = tuple(dict.fromkeys(r.layout for r in others if not self._tried(r).is_refuted and self._tried(r).first))
        symmetric, factor = self._symmetric(same), self._factor(same)
        if layouts:
            reasons.append(f"it is right in {' and '.join(layouts)} layout")
        if symmetric:
            reasons.append(f"it is right if {' and '.join(symmetric)} {'is' if len(symmetric) == 1 else 'are'} symmetric")
        if factor is not None:
            reasons.append("only its sign is wrong" if factor == "-1" else f"the derivative is {factor} times the claim")
        causes = other_component(self.found, self.expr, self.variables) if self.found.request.expr.has_complex else ()
        causes = causes or (() if layouts or factor is not None else self._causes())
        causes = tuple(c for c in causes if not symmetric or c.kind in ("transpose", "order"))
        return Verdict(WRONG, self.claim, self.found, "", entry, layouts, symmetric, factor, tuple(reasons), causes)

    def _causes(self) -> tuple[Cause, ...]:
        """The mistakes that make the claim of the derivative."""
        step, read = self.truth.step, self.found.request
        written = read.literal if read.order == 1 else None
        return causes_of(Case(self.expr, self.truth.d.expr, step.y, (step.x,), self.variables, self.truth.canonical, written))

    def _samples(self, reading: Reading) -> Iterator[tuple[Point, Pair]]:
        """Where the claim differs, and points of several choices of sizes at which both arrays are finite."""
        drawing = Drawing(self.variables, self.exprs)
        for point in chain(self._tried(reading).differing, *(drawing.plain(k) for k in range(ORDERS))):
            pair = self._pair(reading, point)
            if pair is not None:
                yield point, pair

    def _symmetric(self, same: Sequence[Reading]) -> tuple[str, ...]:
        """The fewest matrices among which the claim takes for granted that they are symmetric."""
        read = self.found.request
        square = [n for n, v in read.variables.items() if v.shape[0] == v.shape[1] and not v.is_scalar]
        square = [n for n in square if _UNTURNED.isdisjoint(read.properties.get(n, frozenset()) | read.variables[n].data.properties)]
        for names in [*((n,) for n in square), *([tuple(square)] if len(square) > 1 else [])]:
            variables = [declared(v, read, names) for v in read.variables.values()]
            trials = [self.tried(partial(self._pair, r), variables) for r in same]
            if any(trial.first is not None and not trial.is_refuted for trial in trials):
                return names
        return ()

    def _factor(self, same: Sequence[Reading]) -> str | None:
        """What the claim must be multiplied by: one number, or a number and a dimension, at every point."""
        if not same:
            return None
        ratios: list[float] = []
        sizes: list[Mapping[str, int]] = []
        for point, (claimed, truth) in self._samples(same[0]):
            with np.errstate(all="ignore"):
                square = float(np.sum(np.abs(claimed) ** 2))
                ratio = np.sum(truth * np.conj(claimed)).item() / square if square else 0.0
            if not ratio or not np.isfinite(ratio) or relative_error(ratio * claimed, truth, 0.0)[0] >= OF_RATIOS:
                return None
            if abs(ratio.imag) > OF_RATIOS * abs(ratio):
                return None
            ratios.append(ratio.real)
            sizes.append(point.sizes)
        return _named_factor(ratios, sizes) if ratios else None


class DifferentialTrial(ClaimTrial):
    """A claim such as -X^-1*dX*X^-1, which is the same in every layout."""

    def __init__(self, found: Derivative, claim: str, value: str, offset: int) -> None:
        assert found.expr is not None
        self.dy = found.expr
        self.expr = read_claim(found, claim, value, offset, _rows_and_columns(found), found.parameters)
        super().__init__(found, claim, [declared(v, found.request) for v in found.parameters], [self.dy, self.expr])
        self.program = Program([self.expr, self.dy])

    def verdict(self) -> Verdict:
        if self.expr is self.dy:
            return self.right(IS_IT)
        if self.expr.shape != self.dy.shape:
            told = f"the claim is {show(self.expr.shape)}, the differential {show(self.dy.shape)}"
            return Verdict(WRONG, self.claim, self.found, reasons=(told,))
        trial = self.tried(self._pair)
        settled = self.decided(trial)
        if settled is not None:
            return settled
        pair = self._pair(trial.differing[0])
        assert pair is not None
        entry = worst_entry(*pair, trial.differing[0], self.dy.shape)
        read = self.found.request
        causes = causes_of(Case(self.expr, self.dy, read.expr, read.wrt, self.variables, written=read.literal))
        return Verdict(WRONG, self.claim, self.found, entry=entry, reasons=(str(entry),), causes=causes)

    def _pair(self, point: Point) -> Pair | None:
        with np.errstate(all="ignore"):
            both = [numeric(v) for v in self.program(point.values, point.sizes, point.unknowns)]
        claimed, truth = (np.reshape(a, two_axes(self.dy, point)) for a in both)
        return (claimed, truth) if np.all(np.isfinite(claimed)) and np.all(np.isfinite(truth)) else None


class IndexTrial(ClaimTrial):
    """A claim in index notation against the index form."""

    def __init__(self, found: Derivative, claim: str, value: str, offset: int) -> None:
        self.truth, self.offset, read = Truth(found), offset, found.request
        self.differing: Sequence[Point] = ()
        names = names_in_claims(read, found.layout)
        sizes = dict(zip(found.labels, (d for d in found.dims if d != 1), strict=True))
        dimensions = {name for v in names.values() for name in names_of(v.shape)} - set(found.labels)
        try:
            self.value = IndexClaim(value, names, functions_in_claims(read), dimensions, sizes)
        except MatcalcError as error:
            raise moved(error, claim, offset) from None
        variables = [declared(v, read) for v in read.variables.values()]
        super().__init__(found, claim, variables, [*parts_of(self.truth.d), *self.value.exprs])

    def verdict(self) -> Verdict:
        if self.value.value.replace(" ", "") == self.found.text.replace(" ", ""):
            return self.right(IS_IT)
        trial = self.tried(self.pair)
        self.differing = trial.differing
        settled = self.decided(trial)
        if settled is not None:
            return settled
        point = trial.differing[0]
        pair = self.pair(point)
        assert pair is not None
        entry = worst_entry(*pair, point)
        return Verdict(WRONG, self.claim, self.found, entry=entry, reasons=(self._axes(), str(entry), *self._mended(*pair)))

    def pair(self, point: Point) -> Pair | None:
        """The claim and the derivative over the axes of the layout, where both are finite."""
        try:
            claimed = self.value.at(point)
        except MatcalcError as error:
            raise moved(error, self.claim, self.offset) from None
        truth = value_of(self.truth.d, point)
        return (claimed, truth) if np.all(np.isfinite(truth)) and np.all(np.isfinite(claimed)) else None

    def _axes(self) -> str:
        told = ", ".join(self.found.labels)
        return f"the axes are {told}, in {self.found.layout} layout" if told else "the derivative is a scalar"

    def _mended(self, claimed: Array, truth: Array) -> Iterator[str]:
        """The layouts in whose order of the axes the claim holds, as far as one point tells."""
        canonical = np.transpose(truth, np.argsort(self.truth.order(self.found.layout)))
        for layout in LAYOUTS:
            turned = np.transpose(canonical, self.truth.order(layout))
            if layout != self.found.layout and turned.shape == claimed.shape and relative_error(turned, claimed, 0.0)[0] < OF_RATIOS:
                yield f"it is right with the axes in the order of the {layout} layout"


# --------------------------------------------------------------------------------------- what a claim speaks of


def _rows_and_columns(found: Derivative) -> Shape:
    """The shape of a result that has rows and columns; a number's where its axes are none."""
    rows, columns = found.dims[:2] if len(found.dims) > 1 else SCALAR
    return rows, columns


def read_claim(found: Derivative, claim: str, value: str, offset: int, like: Shape, more: Sequence[Expr] = ()) -> Expr:
    """The claimed value as an expression over the variables and definitions of the request, and `more` variables."""
    names = names_in_claims(found.request, found.layout) | {p.data.name: p for p in more}
    sizes = set(dimension_names([], [found.request.literal])) - names.keys()
    try:
        return simplify(read_expression(value, names, functions_in_claims(found.request), sizes, like=like, latex=is_latex(claim)))
    except MatcalcError as error:
        raise moved(error, claim, offset) from None


def declared(v: Expr, read: Request, symmetric: Sequence[str] = ()) -> Expr:
    """A variable with all that is known of the point, and symmetric if it is named so."""
    known = read.properties.get(v.data.name, frozenset()) | v.data.properties
    return sym(v.data.name, v.shape, v.data.ndim, known | {"symmetric"} if v.data.name in symmetric else known)


def names_in_claims(read: Request, layout: str) -> dict[str, Expr]:
    """What a claimed value may speak of: the variables and definitions of the request, and gradients by their names."""
    return {**read.variables, **read.definitions, **gradient_values(read, layout)}


def functions_in_claims(read: Request) -> dict[str, Unknown]:
    """The unknown functions of a request."""
    return {n.data.name: n.data.base for n in in_order([read.expr]) if n.op == "call"}


def two_axes(e: Expr, point: Point) -> list[int]:
    """The sizes of the rows and columns of an expression."""
    return [size_of(d, point.sizes) for d in e.shape]


def _named_factor(ratios: Sequence[float], sizes: Sequence[Mapping[str, int]]) -> str | None:
    """One number for all ratios, or a number times or over a dimension."""
    plain = _one_number(ratios)
    if plain is not None:
        return plain if plain != "1" else None
    for name in sizes[0]:
        over = _one_number([r * s[name] for r, s in zip(ratios, sizes, strict=True)])
        if over is not None:
            return f"{over}/{name}"
        times = _one_number([r / s[name] for r, s in zip(ratios, sizes, strict=True)])
        if times is not None:
            return name if times == "1" else f"{times}*{name}"
    return None


def _one_number(ratios: Sequence[float]) -> str | None:
    if max(ratios) - min(ratios) > OF_RATIOS * abs(ratios[0]):
        return None
    near = Fraction(ratios[0]).limit_denominator(100)
    return str(near) if abs(float(near) - ratios[0]) < OF_RATIOS * abs(ratios[0]) else number_text(ratios[0])

"""Is a claimed derivative right?

    verify("d tr(A X)/dX = A^T")          right
    verify("d tr(A X)/dX = A")            wrong: shapes, the entry that differs, and what would make it right

The claim is read over the variables of its request and compared with the certified derivative, first as an expression,
then number by number at random points. A wrong claim is tried in the other layouts, with square matrices taken as
symmetric, and up to a constant factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Any, Final

import numpy as np

from matcalc.algebra import transpose
from matcalc.algebra.node import Expr, Unknown, node, sym
from matcalc.algebra.walk import in_order, substitute
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.answers.index_claims import IndexClaim, Named, name_axes, speaks_of_labels
from matcalc.answers.parts import restricted
from matcalc.answers.shown import Bundle, Shown
from matcalc.answers.value import parts_of, value_of
from matcalc.book.choices import CLAIM_FORMS, LAYOUTS
from matcalc.book.sizes import ONE, Shape, axes, dim, show
from matcalc.calculus.differentiate import Differentiation, differentiate
from matcalc.calculus.layout import arrange
from matcalc.errors import MatcalcError, NotDifferentiable, UsageError
from matcalc.numbers.domain import points
from matcalc.numbers.evaluate import Program
from matcalc.numbers.points import moved, number_text
from matcalc.numbers.sampling import Point
from matcalc.numbers.sizes import size_of
from matcalc.printing.printer import Printer
from matcalc.reading.alone import read_expression
from matcalc.reading.declarations import Declaration, names_of, read_declarations
from matcalc.reading.latex.scan import is_latex
from matcalc.reading.lexer import lex
from matcalc.reading.request import Request, split_claim
from matcalc.reading.tokens import known_names
from matcalc.simplify.simplify import simplify

Array = Any
TOLERANCE: Final = 1e-7
POINTS: Final = 5
_NEVER_FINITE: Final = "no point was found at which both the claim and the derivative are finite"
_DECLARE: Final = "declare what holds of the variables (positive, spd, invertible)"

# A variable that nothing depends on: it takes the first size, so that every dimension name gets another one.
SPACER: Final = sym("spacer", (dim("spacer"), ONE))


@dataclass(frozen=True)
class Entry:
    """Where a claim differs: the entry, counted from 1, with its claimed and its true value at a sampled point."""

    index: tuple[int, ...]
    claimed: float
    actual: float
    sizes: Mapping[str, int]

    def __str__(self) -> str:
        place = f"entry [{','.join(map(str, self.index))}]" if self.index else "the value"
        sizes = ", ".join(f"{name}={size}" for name, size in self.sizes.items())
        where = f"at a random point with {sizes}" if sizes else "at a random point"
        return f"{place} {where}: claimed {number_text(self.claimed)}, but it is {number_text(self.actual)}"


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """Whether a claim is right, how that was found, and what would make a wrong one right.

    `layouts` are the other layouts in which the claim is right, `symmetric` the matrices that it takes to be symmetric,
    `factor` what the claim must be multiplied by. A verdict is true where the claim is right.
    """

    right: bool
    claim: str
    derivative: Derivative
    how: str
    entry: Entry | None = None
    layouts: tuple[str, ...] = ()
    symmetric: tuple[str, ...] = ()
    factor: str | None = None
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.right

    called = "a verdict"

    def notes(self, notation: Printer) -> Sequence[str]:
        """What the derivative rests on."""
        return self.derivative.notes(notation)

    def written(self, notation: Printer) -> str:
        """The verdict in words, with the true derivative."""
        head = "right" if self.right else f"wrong: the derivative is {self.derivative.written(notation)}"
        return "\n".join([head, *(f"  {line}" for line in (self.how, *self.reasons) if line)])

    def _repr_latex_(self) -> None:
        """A verdict is no formula."""

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        return {"text/plain": self.told("unicode")}

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data."""
        entry = self.entry
        return {
            "right": self.right,
            "claim": self.claim,
            "derivative": self.derivative.text,
            "layout": self.derivative.layout,
            "form": self.derivative.form,
            "how": self.how,
            "entry": None if entry is None else {"index": list(entry.index), "claimed": entry.claimed, "actual": entry.actual},
            "layouts": list(self.layouts),
            "symmetric": list(self.symmetric),
            "factor": self.factor,
            "reasons": list(self.reasons),
        }


def verify(
    claim: str,
    *,
    layout: str = "denominator",
    form: str = "auto",
    variables: Mapping[str, str] | Sequence[str] | None = None,
    lets: Sequence[str] = (),
) -> Verdict:
    """Whether `DERIVATIVE = VALUE` holds in a layout, the value in matrix, vec, differential or index form.

    Labels on the left, d (X*W^T)[i,j]/dW[k,l], name the axes of an index form; without them, they are those that `derive`
    gives, in the order of the layout. The form "index" reads the value in index notation even where it has no label.

    Raises a MatcalcError that points into the claim where it cannot be read, or where the derivative is not known.
    """
    CLAIM_FORMS.check(form)
    asked, value, offset = split_claim(claim)
    declared = read_declarations(variables, None).values()
    named = name_axes(asked, {n for d in declared if isinstance(d, Declaration) for n in names_of(d.dimensions)})
    options: dict[str, Any] = {"variables": variables, "lets": lets, "layout": layout}
    try:
        found = _single(derive(named.request, **options), claim)
        known = {*found.request.variables, *found.request.definitions, *_sizes_of(found.request.variables.values())}
        if form == "index" or named or speaks_of_labels(value, known):
            indexed = _single(derive(named.request, form="index", **options), claim)
            return _IndexTrial(labelled(indexed, named), claim, value, offset).verdict()
        is_differential = _is_differential(value, found)
        if is_differential:
            found = _single(derive(asked, form="differential", **options), claim)
    except MatcalcError as error:
        raise moved(error, claim, 0) if error.source == named.request else error from None
    return _Trial(found, claim, value, offset, layout, is_differential).verdict()


def _single(found: Derivative | tuple[Derivative, ...], claim: str) -> Derivative:
    if isinstance(found, tuple):
        names = ", ".join(d.wrt for d in found)
        raise UsageError(f"a claim is about one derivative, and this one asks for those by {names}", (0, len(claim)), claim)
    return found


def _is_differential(value: str, d: Derivative) -> bool:
    """Whether the claimed value speaks of dX."""
    names = {"d" + x.data.name for x in d.request.wrt} - d.variables.keys()
    return any(t.kind == "name" and t.text in names for t in lex(value, known_names(names)).tokens)


def _sizes_of(variables: Iterable[Expr]) -> set[str]:
    return {name for v in variables for name in names_of(v.shape)}


def labelled(d: Derivative, named: Named) -> Derivative:
    """A derivative in index form with the labels that a claim gives its axes; those of sums step aside.

    Raises UsageError where there are not as many labels as axes.
    """
    if not named:
        return d
    of_y, of_x = (len(axes(e.shape)) for e in _ends(d))
    for what, count, labels in (("what is differentiated", of_y, named.of_y), ("the variable", of_x, named.of_x)):
        if len(labels) != count:
            told = f"{what} has {count} axes that count, and {len(labels)} labels"
            raise UsageError(told, hint="name every axis, d (X*W^T)[i,j]/dW[k,l], or none")
    labels = (*named.of_y, *named.of_x)
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} labels two axes")
    taken = {*d.request.variables, *d.request.definitions} & set(labels)
    if taken:
        raise UsageError(f"{min(taken)} is a variable, so it cannot label an axis")
    own = [labels[k] for k in _order(of_y, of_x, d.layout)]
    return relabelled(d, own)


def relabelled(d: Derivative, own: Sequence[str]) -> Derivative:
    """A derivative in index form with other labels on its axes."""
    to = dict(zip(d.labels, own, strict=True))
    spare = (f"r{k}" for k in range(1, 1000))
    for t in d.terms:
        for label in t.summed:
            to.setdefault(label, next(spare) if label in own else label)
    terms = tuple(
        replace(
            t,
            factors=tuple((e, tuple(to[label] for label in at)) for e, at in t.factors),
            deltas=tuple((min(to[a], to[b]), max(to[a], to[b])) for a, b in t.deltas),
            summed=tuple(to[label] for label in t.summed),
            fused=tuple(replace(f, whole=to[f.whole], outer=to[f.outer], inner=to[f.inner]) for f in t.fused),
        )
        for t in d.terms
    )
    return replace(d, terms=terms, labels=tuple(own))


def _last_step(d: Derivative) -> Differentiation:
    """The last differentiation of a request, by the part of the variable that it names."""
    (x,) = d.request.wrt
    read = d.request
    then = None if read.order == 1 else x if read.wrt2 is None else read.wrt2
    step = differentiate(read.expr, x, then)[-1]
    part = read.parts[0] if read.parts else None
    return step if part is None else restricted(step, part, x)


def _ends(d: Derivative) -> tuple[Expr, Expr]:
    """What is differentiated last, and by what."""
    step = _last_step(d)
    return step.y, step.x


def gradient_values(read: Request, layout: str) -> dict[str, Expr]:
    """The named gradients of unknown functions: g of dL/dy = g, with the axes that the layout gives it."""
    found: dict[str, Expr] = {}
    for call, name in read.gradient_names.items():
        value = node("call", call.args, Unknown(call.data.name, "gradient"), call.args[0].shape)
        found[name] = transpose(value) if layout == "numerator" else value
    return found


# ------------------------------------------------------------------------------------------------ the truth


@dataclass(frozen=True)
class Reading:
    """A way to read the claimed array: a layout and a form, and the shape that the derivative has there."""

    layout: str
    form: str
    shape: Shape

    def __str__(self) -> str:
        return f"{self.layout} layout" + (", vec form" if self.form == "vec" else "")


class _Truth:
    """The derivative as numbers, with the axes of Y and then those of X, and in every layout and form."""

    def __init__(self, d: Derivative) -> None:
        self.d = d
        self.read = d.request
        self.step = _last_step(d)
        named = gradient_values(self.read, d.layout)
        if d.expr is not None and named:
            self.d = replace(d, expr=substitute(d.expr, named, {}))
        elif named:
            terms = tuple(
                replace(
                    t,
                    coefficient=substitute(t.coefficient, named, {}),
                    factors=tuple((substitute(e, named, {}), at) for e, at in t.factors),
                )
                for t in d.terms
            )
            self.d = replace(d, terms=terms)

    def readings(self, layouts: Sequence[str]) -> Iterator[Reading]:
        """The layouts in this order, in each the matrix and the vec form."""
        length = tuple(s[0] * s[1] for s in (self.step.y.shape, self.step.x.shape))
        for layout in layouts:
            arrangement = arrange(self.step.tensor.y, self.step.tensor.x, layout)
            if len(arrangement.labels) <= 2:
                yield Reading(layout, "matrix", arrangement.shape)
            yield Reading(layout, "vec", length[::-1] if layout == "denominator" else length)

    def axes(self, point: Point) -> tuple[list[int], list[int]]:
        y, x = ([size_of(d, point.sizes) for d in axes(e.shape)] for e in (self.step.y, self.step.x))
        return y, x

    def canonical(self, point: Point) -> Array:
        """The array with the axes of Y, then those of X."""
        array = value_of(self.d, point)
        y, x = self.axes(point)
        if self.d.form == "vec":
            shape = (_count(x), _count(y)) if self.d.layout == "denominator" else (_count(y), _count(x))
            stacked = np.reshape(array, shape)
            return np.reshape(stacked.T if self.d.layout == "denominator" else stacked, y + x, order="F")
        return np.transpose(array, np.argsort(_order(len(y), len(x), self.d.layout)))

    def arranged(self, canonical: Array, reading: Reading, point: Point) -> Array:
        """The canonical array as it is read in a layout and a form, with two axes."""
        y, x = self.axes(point)
        if reading.form == "vec":
            stacked = np.reshape(canonical, (_count(y), _count(x)), order="F")
            return stacked.T if reading.layout == "denominator" else stacked
        turned = np.transpose(canonical, _order(len(y), len(x), reading.layout))
        return np.reshape(turned, [size_of(d, point.sizes) for d in reading.shape])


def _order(y: int, x: int, layout: str) -> list[int]:
    """Which axis of Y and X in their order stands where in a layout."""
    of_y, of_x = list(range(y)), list(range(y, y + x))
    if layout == "numerator":
        return of_y + of_x[::-1]
    return of_x + of_y[::-1] if layout == "denominator" else of_y + of_x


def _count(sizes: Sequence[int]) -> int:
    return int(np.prod(sizes)) if sizes else 1


# ------------------------------------------------------------------------------------------------ the trial


@dataclass(frozen=True)
class _Sample:
    """A point with the true array in canonical order and the claimed array with two axes."""

    point: Point
    truth: Array
    claimed: Array


class _Trial:
    """One claim against one certified derivative."""

    def __init__(self, found: Derivative, claim: str, value: str, offset: int, layout: str, differential: bool) -> None:
        self.found, self.claim, self.value, self.layout, self.differential = found, claim, value, layout, differential
        self.truth = _Truth(found)
        self.read = found.request
        asked = [*self.truth.readings((layout,))]
        likely = next((r for r in asked if r.form == found.form), asked[0]).shape
        self.expr = self._read(offset, found.dims[:2] if differential else likely)
        self.sampled: dict[tuple[str, ...], list[_Sample]] = {}

    def _read(self, offset: int, like: Shape) -> Expr:
        """The claimed value as an expression over the variables and definitions of the request."""
        names = names_in_claims(self.read, self.layout)
        if self.differential:
            names |= {p.data.name: p for p in self.found.parameters}
        try:
            return simplify(read_expression(self.value, names, functions_in_claims(self.read), like=like, latex=is_latex(self.claim)))
        except MatcalcError as error:
            raise moved(error, self.claim, offset) from None

    def verdict(self) -> Verdict:
        if self.differential:
            return self._of_differential()
        if self.expr is self.truth.d.expr:
            return self._right("it is the derived expression itself")
        same = [r for r in self.truth.readings((self.layout,)) if self._fits(r)]
        for reading in same:
            error = self._agreement(reading, ())
            if error is not None:
                return self._right(self._told_equal(error, ()))
        return self._wrong(same)

    def _right(self, how: str) -> Verdict:
        return Verdict(True, self.claim, self.found, how)

    def _told_equal(self, error: float, symmetric: tuple[str, ...]) -> str:
        samples = self.samples(symmetric)
        return f"equal to {self.found.text} at {len(samples)} random points: largest relative difference {error:.0e}"

    def _wrong(self, same: Sequence[Reading]) -> Verdict:
        reasons: list[str] = []
        entry = self._worst(same[0]) if same else None
        if not same:
            form = " in vec form" if self.found.form == "vec" else ""
            reasons.append(f"the claim is {show(self.expr.shape)}, the derivative {self._shape()}{form}")
        if entry is not None:
            reasons.append(str(entry))
        others = [n for n in LAYOUTS if n != self.layout]
        right = [r.layout for r in self.truth.readings(others) if self._fits(r) and self._agreement(r, ()) is not None]
        layouts = tuple(dict.fromkeys(right))
        if layouts:
            reasons.append(f"it is right in {' and '.join(layouts)} layout")
        symmetric = self._symmetric(same)
        if symmetric:
            reasons.append(f"it is right if {' and '.join(symmetric)} {'is' if len(symmetric) == 1 else 'are'} symmetric")
        factor = self._factor(same)
        if factor is not None:
            reasons.append("only its sign is wrong" if factor == "-1" else f"the derivative is {factor} times the claim")
        return Verdict(False, self.claim, self.found, "", entry, layouts, symmetric, factor, tuple(reasons))

    def _shape(self) -> str:
        """The shape of the derivative, as `show` words it."""
        return "scalar" if all(d == "1" for d in self.found.shape) else " x ".join(self.found.shape)

    # ---------------------------------------------------------------------------------------- comparisons

    def _fits(self, reading: Reading) -> bool:
        return self.expr.shape == reading.shape or self.expr.op == "const" and self.expr.data == 0

    def samples(self, symmetric: tuple[str, ...]) -> list[_Sample]:
        """Points at which truth and claim are finite, with the named matrices symmetric."""
        if symmetric not in self.sampled:
            self.sampled[symmetric] = self._sample(symmetric)
        return self.sampled[symmetric]

    def _sample(self, symmetric: tuple[str, ...]) -> list[_Sample]:
        variables = [_declared(v, self.read, symmetric) for v in self.read.variables.values()]
        exprs = [self.read.expr, *parts_of(self.truth.d), self.expr]
        finite = filter(None, map(self._sample_at, points(variables, exprs)))
        resized = filter(None, map(self._sample_at, points([SPACER, *variables], exprs)))
        found = [*islice(finite, POINTS - 2), *islice(resized, 2)]
        if not found:
            raise NotDifferentiable(_NEVER_FINITE, hint=_DECLARE)
        return found

    def _sample_at(self, point: Point) -> _Sample | None:
        """The truth and the claim at a point, if both are finite."""
        truth = self.truth.canonical(point)
        claimed = np.asarray(Program([self.expr])(point.values, point.sizes, point.unknowns)[0], dtype=float)
        if not (np.all(np.isfinite(truth)) and np.all(np.isfinite(claimed))):
            return None
        return _Sample(point, truth, np.reshape(claimed, _two(self.expr, point)))

    def _agreement(self, reading: Reading, symmetric: tuple[str, ...]) -> float | None:
        """The largest relative difference over the points; None where the claim is not the derivative."""
        largest = 0.0
        for s in self.samples(symmetric):
            largest = max(largest, _difference(s.claimed, self.truth.arranged(s.truth, reading, s.point)))
        return largest if largest < TOLERANCE else None

    def _worst(self, reading: Reading) -> Entry | None:
        """The entry that differs most, at the first point where one differs."""
        for s in self.samples(()):
            truth = self.truth.arranged(s.truth, reading, s.point)
            claimed = np.broadcast_to(s.claimed, truth.shape)
            if _difference(claimed, truth) >= TOLERANCE:
                return _entry(claimed, truth, s.point, reading.shape)
        return None

    def _symmetric(self, same: Sequence[Reading]) -> tuple[str, ...]:
        """The fewest matrices among which the claim takes for granted that they are symmetric."""
        square = [n for n, v in self.read.variables.items() if v.shape[0] == v.shape[1] and not v.is_scalar]
        square = [n for n in square if "symmetric" not in self.read.properties.get(n, frozenset()) | self.read.variables[n].data.properties]
        for names in [*((n,) for n in square), *([tuple(square)] if len(square) > 1 else [])]:
            if any(self._agreement(r, names) is not None for r in same):
                return names
        return ()

    def _factor(self, same: Sequence[Reading]) -> str | None:
        """What the claim must be multiplied by: one number, or a number and a dimension, at every point."""
        if not same:
            return None
        ratios: list[float] = []
        for s in self.samples(()):
            truth = self.truth.arranged(s.truth, same[0], s.point)
            square = float(np.sum(s.claimed * s.claimed))
            ratio = float(np.sum(truth * s.claimed)) / square if square else 0.0
            if not ratio or _difference(ratio * s.claimed, truth) >= TOLERANCE:
                return None
            ratios.append(ratio)
        return _named_factor(ratios, [s.point.sizes for s in self.samples(())])

    # --------------------------------------------------------------------------------- the differential form

    def _of_differential(self) -> Verdict:
        """A claim such as -X^-1*dX*X^-1, which is the same in every layout."""
        dy = self.found.expr
        assert dy is not None
        if self.expr is dy:
            return self._right("it is the derived expression itself")
        if self.expr.shape != dy.shape:
            told = f"the claim is {show(self.expr.shape)}, the differential {show(dy.shape)}"
            return Verdict(False, self.claim, self.found, "", reasons=(told,))
        exprs = [self.read.expr, dy, self.expr]
        program = Program([self.expr, dy])
        checked, largest = 0, 0.0
        for point in points([*self.found.parameters], exprs):
            claimed, truth = (np.asarray(v, dtype=float) for v in program(point.values, point.sizes, point.unknowns))
            if not (np.all(np.isfinite(claimed)) and np.all(np.isfinite(truth))):
                continue
            error = _difference(claimed, truth)
            if error >= TOLERANCE:
                entry = _entry(np.reshape(claimed, _two(dy, point)), np.reshape(truth, _two(dy, point)), point, dy.shape)
                return Verdict(False, self.claim, self.found, "", entry, reasons=(str(entry),))
            checked, largest = checked + 1, max(largest, error)
        return self._right(f"equal to {self.found.text} at {checked} random points: largest relative difference {largest:.0e}")


def _declared(v: Expr, read: Request, symmetric: Sequence[str]) -> Expr:
    """A variable with all that is known of the point, and symmetric if it is named so."""
    known = read.properties.get(v.data.name, frozenset()) | v.data.properties
    return sym(v.data.name, v.shape, v.data.ndim, known | {"symmetric"} if v.data.name in symmetric else known)


def names_in_claims(read: Request, layout: str) -> dict[str, Expr]:
    """What a claimed value may speak of: the variables and definitions of the request, and gradients by their names."""
    return {**read.variables, **read.definitions, **gradient_values(read, layout)}


def functions_in_claims(read: Request) -> dict[str, Unknown]:
    """The unknown functions of a request."""
    calls = [n.data for n in in_order([read.expr]) if n.op == "call"]
    return {f.name: Unknown(f.name, _base(f.kind), 0, f.rows) for f in calls}


class _IndexTrial:
    """A claim in index notation against the index form."""

    def __init__(self, found: Derivative, claim: str, value: str, offset: int) -> None:
        self.found, self.claim = found, claim
        self.truth = _Truth(found)
        read = found.request
        names = names_in_claims(read, found.layout)
        sizes = dict(zip(found.labels, (d for d in found.dims if d != 1), strict=True))
        dimensions = _sizes_of(names.values()) - set(found.labels)
        try:
            self.value = IndexClaim(value, names, functions_in_claims(read), dimensions, sizes)
        except MatcalcError as error:
            raise moved(error, claim, offset) from None
        self.offset = offset

    def verdict(self) -> Verdict:
        if self.value.value.replace(" ", "") == self.found.text.replace(" ", ""):
            return Verdict(True, self.claim, self.found, "it is the derived expression itself")
        read = self.found.request
        variables = [_declared(v, read, ()) for v in read.variables.values()]
        exprs = [read.expr, *parts_of(self.truth.d), *self.value.exprs]
        finite = filter(None, map(self._at, points(variables, exprs)))
        resized = filter(None, map(self._at, points([SPACER, *variables], exprs)))
        largest, checked = 0.0, 0
        for point, truth, claimed in [*islice(finite, POINTS - 2), *islice(resized, 2)]:
            error = _difference(claimed, truth)
            if error >= TOLERANCE:
                entry = _entry(claimed, truth, point)
                return Verdict(False, self.claim, self.found, "", entry, reasons=(self._axes(), str(entry), *self._mended(truth, claimed)))
            checked, largest = checked + 1, max(largest, error)
        if not checked:
            raise NotDifferentiable(_NEVER_FINITE, hint=_DECLARE)
        told = f"equal to {self.found.text} at {checked} random points: largest relative difference {largest:.0e}"
        return Verdict(True, self.claim, self.found, told)

    def _at(self, point: Point) -> tuple[Point, Array, Array] | None:
        """The derivative and the claim over the axes of the layout, where both are finite."""
        try:
            claimed = self.value.at(point)
        except MatcalcError as error:
            raise moved(error, self.claim, self.offset) from None
        truth = value_of(self.truth.d, point)
        return (point, truth, claimed) if np.all(np.isfinite(truth)) and np.all(np.isfinite(claimed)) else None

    def _axes(self) -> str:
        told = ", ".join(self.found.labels)
        return f"the axes are {told}, in {self.found.layout} layout" if told else "the derivative is a scalar"

    def _mended(self, truth: Array, claimed: Array) -> Iterator[str]:
        """The layouts in whose order of the axes the claim holds, as far as one point tells."""
        y, x = (len(axes(e.shape)) for e in (self.truth.step.y, self.truth.step.x))
        canonical = np.transpose(truth, np.argsort(_order(y, x, self.found.layout)))
        for layout in LAYOUTS:
            turned = np.transpose(canonical, _order(y, x, layout))
            if layout != self.found.layout and turned.shape == claimed.shape and _difference(turned, claimed) < TOLERANCE:
                yield f"it is right with the axes in the order of the {layout} layout"


def _base(kind: str) -> str:
    """The kind of the function that a derivative of an unknown one belongs to."""
    return {"gradient": "scalar", "jacobian": "vector"}.get(kind, kind)


def _two(e: Expr, point: Point) -> list[int]:
    return [size_of(d, point.sizes) for d in e.shape]


def _difference(a: Array, b: Array) -> float:
    """The largest difference relative to the size of both."""
    scale = max(float(np.max(np.abs(a), initial=0.0)), float(np.max(np.abs(b), initial=0.0)))
    return float(np.max(np.abs(a - b), initial=0.0)) / scale if scale else 0.0


def _entry(claimed: Array, truth: Array, point: Point, shape: Shape | None = None) -> Entry:
    """The entry that differs most; of two axes, one of static length 1 is not told."""
    at = tuple(int(k) for k in np.unravel_index(int(np.argmax(np.abs(claimed - truth))), truth.shape))
    index = tuple(k + 1 for axis, k in enumerate(at) if shape is None or shape[axis] != 1)
    return Entry(index, float(claimed[at]), float(truth[at]), dict(point.sizes))


def _named_factor(ratios: Sequence[float], sizes: Sequence[Mapping[str, int]]) -> str | None:
    """One number for all ratios, or a number times or over a dimension."""
    plain = _one_number(ratios)
    if plain is not None:
        return plain
    for name in sizes[0]:
        over = _one_number([r * s[name] for r, s in zip(ratios, sizes, strict=True)])
        if over is not None:
            return f"{over}/{name}"
        times = _one_number([r / s[name] for r, s in zip(ratios, sizes, strict=True)])
        if times is not None:
            return name if times == "1" else f"{times}*{name}"
    return None


def _one_number(ratios: Sequence[float]) -> str | None:
    if max(ratios) - min(ratios) > TOLERANCE * abs(ratios[0]):
        return None
    near = Fraction(ratios[0]).limit_denominator(100)
    return str(near) if abs(float(near) - ratios[0]) < TOLERANCE * abs(ratios[0]) else number_text(ratios[0])

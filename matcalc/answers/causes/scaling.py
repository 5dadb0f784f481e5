"""A number before the whole, a transpose of the whole, or a condition on a variable under which the formula is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import numpy as np

from matcalc.algebra import power, scale, transpose
from matcalc.algebra.node import Expr, const
from matcalc.algebra.walk import in_order, is_vector
from matcalc.answers.causes.case import Case, Cause
from matcalc.answers.causes.samples import alike, ratio_of
from matcalc.numbers.sampling.random_points import Point
from matcalc.printing.notations.text import text
from matcalc.scalars import rational

Array = Any
Change = Callable[[Array], Array]
MAX_PARTS: Final = 24
EXPONENTS: Final = (1, -1, 2, -2)


def constant_factor(case: Case) -> Iterator[Cause]:
    """-1 or another number before the whole, and the transpose of it."""
    if case.truth is None:
        return
    if case.fits and (c := case.samples.ratio(case.claim, case.truth)) is not None and c != 1:
        yield Cause("sign" if c == -1 else "factor", of_factor(c), scale(_sympy(c), case.claim))
    turned = transpose(case.claim)
    if turned.shape == case.truth.shape and turned is not case.claim and case.samples.equal(turned, case.truth):
        yield Cause("transpose", "it is the transpose of what it should be", turned)


def _sympy(c: Fraction) -> Any:

    return rational(c.numerator, c.denominator)


def of_factor(c: Fraction) -> str:
    """A factor before the whole, in words."""
    if c == -1:
        return "only its sign is wrong"
    return f"a factor is missing: it must be {c} times this" if abs(c) > 1 else f"a factor is too much: it must be {c} times this"


def _symmetric(a: Array) -> Array:
    return (a + a.T) / 2


def _hermitian(a: Array) -> Array:
    return (a + a.conj().T) / 2


def _orthogonal(a: Array) -> Array:
    left, _, right = np.linalg.svd(a, full_matrices=False)
    return left @ right


_SQUARE: Final[dict[str, Change]] = {
    "{0} is symmetric": _symmetric,
    "{0} is diagonal": lambda a: np.diag(np.diag(a)),
    "{0} is orthogonal": _orthogonal,
}
_COMPLEX: Final[dict[str, Change]] = {"{0} is hermitian": _hermitian, "{0} is unitary": _orthogonal}
_VECTOR: Final[dict[str, Change]] = {"sum({0}) = 1": lambda a: a / np.sum(a), "{0}^T*{0} = 1": lambda a: a / np.linalg.norm(a)}
_MATRIX: Final[dict[str, Change]] = {
    "every row of {0} sums to 1": lambda a: a / np.sum(a, axis=1, keepdims=True),
    "every column of {0} sums to 1": lambda a: a / np.sum(a, axis=0, keepdims=True),
    "the columns or rows of {0} are orthonormal": _orthogonal,
}


def conditions(case: Case) -> Iterator[Cause]:
    """What must hold of one variable, or of all square ones, that the claim, perhaps times a number, is right."""
    if not case.fits:
        return
    shown = {n.data.name for e in (case.claim, case.truth, case.function) if e is not None for n in in_order([e]) if n.op == "sym"}
    moving = {f"d{x.data.name}" for x in case.by}
    variables = [v for v in case.variables if v.data.name in shown - moving and not v.is_scalar]
    for v in variables:
        for told, change in _changes(v).items():
            yield from _under(case, {v.data.name: change}, told.format(v.data.name))
    square = [v.data.name for v in variables if v.shape[0] == v.shape[1]]
    if len(square) > 1:
        yield from _under(case, dict.fromkeys(square, _symmetric), f"{' and '.join(square)} are symmetric")


def _changes(v: Expr) -> dict[str, Change]:
    # A matrix of one row or one column is drawn as a vector, too.
    if v.has_complex:
        return _COMPLEX if v.shape[0] == v.shape[1] else {}
    if v.data.ndim < 2 or is_vector(v):
        return _VECTOR
    return {**_SQUARE, **_MATRIX} if v.shape[0] == v.shape[1] else _MATRIX


def _under(case: Case, changes: dict[str, Change], told: str) -> Iterator[Cause]:
    """The cause that a condition was taken for granted, if the claim is right under it up to a number."""
    points = [_changed(p, changes) for p in case.samples.points]
    assert case.truth is not None
    ours, theirs = ([case.samples.at(e, p) for p in points] for e in (case.claim, case.truth))
    if not points or any(v is None for v in (*ours, *theirs)) or not any(np.any(v) for v in ours):
        return
    c = ratio_of(ours, theirs)
    is_common = told.endswith("symmetric") or told.startswith("sum(")
    if c == 1:
        kind = "symmetric" if told.endswith("symmetric") else "condition" if told.startswith(("sum", "every")) else "special"
        yield Cause(kind, f"it is right if {told}")
    elif c is not None and is_common:
        yield Cause("condition and factor", f"it is right if {told}, up to the factor {c}: two mistakes at once")


def _changed(point: Point, changes: dict[str, Change]) -> Point:
    return replace(point, values={**point.values, **{name: change(point.values[name]) for name, change in changes.items()}})


def function_factor(case: Case) -> Iterator[Cause]:
    """A factor that is a number at each point, and a part of the function or a power of one: 1/sum(exp(A*x))."""
    if not case.fits or case.truth is None:
        return
    ours, theirs = case.samples.values(case.claim), case.samples.values(case.truth)
    ratios = [_ratio(a, b) for a, b in zip(ours or (), theirs or (), strict=True)]
    if not ratios or None in ratios:
        return
    forms = [e for e in (case.written, case.function, case.truth) if e is not None]
    for part in [n for n in in_order(forms) if n.is_scalar and n.op != "const"][-MAX_PARTS:]:
        for k in EXPONENTS:
            factor = power(part, const(k))
            values = case.samples.values(factor)
            c = ratio_of(values, [np.array([r]) for r in ratios]) if values else None
            if c is not None:
                yield Cause("factor", f"a factor is missing: it must be {text(scale(_sympy(c), factor))} times this", case.truth)
                return


def _ratio(ours: Array, theirs: Array) -> complex | None:
    """What takes one array to the other."""
    square = float(np.sum(np.abs(ours) ** 2)) if ours.size == theirs.size else 0.0
    c = np.sum(np.conj(ours) * theirs).item() / square if square else 0.0
    return c if c and alike(c * ours, theirs) else None


def scalar_rule(case: Case) -> Iterator[Cause]:
    """A rule for numbers used on arrays: right where everything is 1 x 1."""
    drawing = case.samples.drawing
    sizes = dict.fromkeys(drawing.sizes(0), 1)
    found = []
    for seed in range(3):
        point = drawing.point(sizes, "positive", [900, seed])
        ours = case.samples.at(case.claim, point)
        theirs = case.samples.at(case.truth, point) if case.truth is not None else case.array and np.reshape(case.array(point), -1)
        if ours is None or theirs is None or ours.size != 1 or np.size(theirs) != 1:
            return
        found.append((ours, theirs))
    if sizes and any(np.any(a) for a, _ in found) and ratio_of([a for a, _ in found], [b for _, b in found]) == 1:
        names = " and ".join(text(x) for x in case.by)
        moved = " and ".join(f"d{text(x)}" for x in case.by)
        does = "does" if len(case.by) == 1 else "do"
        array = any(x.data.ndim == 2 for x in case.by)
        why = f": {names} {does} not commute with {moved}" if array else ""
        yield Cause("scalar rule", f"this is the rule for numbers, right for 1 x 1 only{why}")

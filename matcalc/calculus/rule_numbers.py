"""What a rule says, checked with numbers: its derivative against differences of its own NumPy code, and its laws.

An elementwise function is looked at in many points of its domain from 0.01 to 100, and on both sides of each kink; any other
at random arguments of its domain at three scales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from matcalc.algebra import epow
from matcalc.algebra.node import Expr, const, node, sym
from matcalc.algebra.normal_form.functions import value_shape
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.book.rules import Rule, find
from matcalc.book.sizes import ONE, Shape, dim, plus
from matcalc.calculus.rule_checks import refuse
from matcalc.errors import MatcalcError, UsageError
from matcalc.numbers.conditions import conditions, crossed, inside
from matcalc.numbers.evaluate import Program, as_matrix
from matcalc.numbers.sampling.drawing import has_properties, with_properties
from matcalc.numbers.sampling.random_points import sample
from matcalc.reading.templates import instance, parameters
from matcalc.records import dataclass
from matcalc.simplify.spectral import POWER

Array = Any
SIZES: Final = (3, 4, 2, 5, 6, 7)
SCALES: Final = (1.0, 0.3, 3.0)
TOLERANCE: Final = 1e-5
ROUNDING: Final = 1e-14
GRID: Final = np.array([0.0123, 0.0377, 0.111, 0.319, 0.53, 0.71, 0.93, 1.09, 1.7, 3.3, 7.1, 13.0, 37.0, 101.0])
FINE: Final = np.concatenate([-np.geomspace(1e3, 1e-3, 1201), [0.0], np.geomspace(1e-3, 1e3, 1201)])
MAX_KINKS: Final = 12
ENTRIES: Final = dim("entries")
# Of what counts, so that there is one before it and one after.
INDEX: Final = 2
MANNERS: Final = {"positive": "positive", "unit": "unit", "spd": "spd"}


def check_numbers(rule: Rule) -> None:
    """Refuse a rule that its own NumPy code refutes, or that cannot be run where it says that it is defined.

    Raises UsageError with the file and the line of the rule.
    """
    if rule.kind == "elementwise":
        _check_slopes(rule)
    else:
        _check_differentials(rule)


def _literal(rule: Rule, args: Sequence[Expr]) -> Expr:
    """The function as its NumPy code has it: no law is applied."""
    return node(rule.name, tuple(args), None, value_shape(rule, tuple(args)))


def _run(rule: Rule, program: Program, values: dict[str, Array], sizes: dict[str, int]) -> list[Array]:
    try:
        return program(values, sizes)
    except MatcalcError:
        raise
    except Exception as error:  # noqa: BLE001 - the code is the user's, and may fail in any way
        refuse(rule, f"has numpy code that fails: {type(error).__name__}: {error}")


# ------------------------------------------------------------------------------------------------- elementwise


def _check_slopes(rule: Rule) -> None:
    x = sym(rule.params[0].name, (ENTRIES, ONE))
    value, slope = Program([_literal(rule, [x])]), Program([instance(rule, "derivative", [x])])

    def at(program: Program, points: Array) -> Array:
        (found,) = _run(rule, program, {x.data.name: points}, {ENTRIES.name: len(points)})
        found = np.asarray(found, dtype=float)
        return found if found.shape == points.shape else refuse(rule, f"has numpy code whose value is {found.shape} for {points.shape}")

    kinks = [root for told in crossed(rule) for root in _roots(inside(told))]
    points = _in_domain(rule, kinks)
    distance = np.min([np.abs(points - k) for k in kinks], axis=0) if kinks else np.full(len(points), np.inf)
    h = np.minimum(1e-3 * np.abs(points), distance / 4)
    measured, noise = _measured(lambda p: at(value, p), points, h)
    claimed = at(slope, points)
    decided = np.isfinite(measured)
    wrong = decided & ~(np.abs(claimed - measured) <= TOLERANCE * (np.abs(claimed) + np.abs(measured)) + noise)
    if np.any(wrong):
        k = int(np.flatnonzero(wrong)[np.argmin(np.abs(points[wrong]))])
        what = f"at {x.data.name} = {points[k]:.4g} it is {claimed[k]:.6g}, but the slope of the numpy code is {measured[k]:.6g}"
        refuse(rule, f"has a wrong derivative: {what}")
    _check_decided(rule, points, decided, kinks)
    _check_laws_of_entries(rule, lambda p: at(value, p), points[decided])
    m, n = (dim(size) for size in ("m", "n"))
    entries = np.resize(points[decided], (3, 3))
    trial = _Trial(rule, (sym(x.data.name, (m, n)),), {x.data.name: entries}, {"m": 3, "n": 3})
    for of, given in rule.gives:
        _check_given(trial, of, given)


def _measured(f: Callable[[Array], Array], points: Array, h: Array) -> tuple[Array, Array]:
    """The slopes of f, NaN where differences do not tell them, and their noise."""
    coarse, fine = ((f(points + step) - f(points - step)) / (2 * step) for step in (h, h / 2))
    slope = (4 * fine - coarse) / 3
    noise = 100 * ROUNDING * (np.abs(f(points)) + np.abs(slope * points)) / h
    told = np.abs(fine - coarse) <= 1e-3 * np.abs(slope) + noise
    return np.where(told & np.isfinite(slope) & np.isfinite(noise), slope, np.nan), noise


def _roots(margin: Callable[[Array], Array]) -> list[float]:
    """Where a margin is zero, as far as it is found."""
    values = margin(FINE)
    found = [float(x) for x in FINE[values == 0]]
    for k in np.flatnonzero(values[:-1] * values[1:] < 0):
        low, high = float(FINE[k]), float(FINE[k + 1])
        for _ in range(60):
            middle = (low + high) / 2
            same = margin(np.array([middle]))[0] * values[k] > 0
            low, high = (middle, high) if same else (low, middle)
        found.append((low + high) / 2)
    return found[:MAX_KINKS]


def _in_domain(rule: Rule, kinks: Sequence[float]) -> Array:
    """Numbers of the domain, from near the origin and far from it, and near each kink on both sides."""
    near = [k + side * step * max(1.0, abs(k)) for k in kinks for side in (-1, 1) for step in (0.011, 0.13)]
    points = np.unique(np.concatenate([-GRID, GRID, near]))
    points = points[(points != 0) & ~np.isin(points, kinks)]
    for condition in conditions(rule):
        points = points[inside(condition)(points) > 0]
    if not len(points):
        refuse(rule, f"has a domain in which no number is found: {rule.domain}")
    return points


def _check_decided(rule: Rule, points: Array, decided: Array, kinks: Sequence[float]) -> None:
    if not np.any(decided):
        refuse(rule, "has numpy code that gives no number with a slope anywhere in its domain", "say its domain: domain = 'x > 0'")
    for k in kinks:
        for side, where in (("below", points < k), ("above", points > k)):
            if np.any(where) and not np.any(where & decided):
                refuse(rule, f"could not be checked {side} its kink at {k:.4g}")


def _check_laws_of_entries(rule: Rule, f: Callable[[Array], Array], points: Array) -> None:
    """The parity, the meaning, and that the code gives numbers and matrices what it gives columns."""
    values = f(points)
    if rule.parity:
        sign = {"odd": -1, "even": 1}.get(rule.parity)
        if sign is None:
            refuse(rule, f"has the parity {rule.parity!r}; it is odd or even")
        _compare(rule, f"is not {rule.parity}", f(-points), sign * values)
    _check_values(rule, f, points)
    name = rule.params[0].name
    if rule.means:
        x = sym(name, (ENTRIES, ONE))
        (meant,) = _run(rule, Program([instance(rule, "means", [x])]), {name: points}, {ENTRIES.name: len(points)})
        _compare(rule, "is not what it means", values, meant)
    (number,) = _run(rule, Program([_literal(rule, [sym(name, (ONE, ONE))])]), {name: float(points[0])}, {})
    _compare(rule, "has numpy code that gives a number something else than an entry", number, values[0])
    half = len(points) // 2
    if half > 1:
        matrix = Program([_literal(rule, [sym(name, (dim("m"), dim("n")))])])
        given = points[: 2 * half].reshape(2, half)
        (found,) = _run(rule, matrix, {name: given}, {"m": 2, "n": half})
        _compare(rule, "has numpy code that gives a matrix something else than its entries", found, values[: 2 * half].reshape(2, half))


def _check_values(rule: Rule, f: Callable[[Array], Array], points: Array) -> None:
    """The values at 0 and 1, the degree, and what the function makes of a sum."""
    for key, at, told in (("at_zero", 0.0, rule.at_zero), ("at_one", 1.0, rule.at_one)):
        if told:
            _compare(rule, f"has another value than {key} says", f(np.array([at])), np.array([_number(rule, key, told)]))
    if rule.degree:
        _compare(rule, f"is not of the degree {rule.degree}", f(1.7 * points), 1.7 ** _number(rule, "degree", rule.degree) * f(points))
    if rule.of_sum == "product":
        near = points[np.abs(points) < 2]
        _compare(rule, "makes no product of a sum", f(near + near[::-1]), f(near) * f(near[::-1]))
    elif rule.of_sum:
        refuse(rule, f"has of_sum = {rule.of_sum!r}; it is product")


def _number(rule: Rule, key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        refuse(rule, f"has {key} = {text!r}, which is no number")


def _compare(rule: Rule, what: str, found: Array, wanted: Array) -> None:
    """Refuse two arrays that differ, where both are finite; of different shapes they always differ."""
    found, wanted = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    if found.shape != wanted.shape:
        refuse(rule, f"{what}: the shapes are {found.shape} and {wanted.shape}")
    scale = np.abs(found) + np.abs(wanted)
    finite = np.isfinite(scale)
    if found.ndim:
        scale = np.where(finite, np.maximum(scale, 1e-3 * np.max(scale[finite], initial=0.0)), scale)
    wrong = finite & (np.abs(found - wanted) > 1e-8 * scale + 1e-300)
    if np.any(wrong):
        k = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        refuse(rule, f"{what}: {found[k]:.6g} and {wanted[k]:.6g}")


# ----------------------------------------------------------------------------------------------- other functions


@dataclass(frozen=True)
class _Trial:
    """A rule at arguments: variables, their values and sizes."""

    rule: Rule
    args: tuple[Expr, ...]
    values: dict[str, Array]
    sizes: dict[str, int]

    def of(self, *exprs: Expr, **more: Array) -> list[Array]:
        """The values of expressions in the arguments, of which some are moved."""
        return [np.asarray(v, dtype=float) for v in _run(self.rule, Program(exprs), {**self.values, **more}, self.sizes)]

    @property
    def literal(self) -> Expr:
        return _literal(self.rule, self.args)


def _trials(rule: Rule) -> Iterator[_Trial]:
    """The rule at random arguments at which its value is finite."""
    args = tuple(const(INDEX) if p.counts else a for p, a in zip(rule.params, parameters(rule).values(), strict=True))
    letters = dict.fromkeys(s.name for a in args for d in a.shape for s in d.free_symbols)
    sizes = dict(zip(letters, sorted(SIZES, reverse=True) if rule.tall else SIZES, strict=False))
    found = 0
    for seed, scale in enumerate((*SCALES, *SCALES, *SCALES)):
        rng = np.random.default_rng(seed)
        manner = MANNERS.get(rule.domain, "normal")
        values = {a.data.name: sample(a, sizes, manner, rng, scale) for a in args if a.op == "sym"}
        first = np.ravel(values[args[0].data.name])
        if rule.domain not in MANNERS and not all(np.all(inside(c)(first) > 0) for c in conditions(rule)):
            continue
        trial = _Trial(rule, args, values, sizes)
        (value,) = trial.of(trial.literal)
        if np.all(np.isfinite(value)):
            found += 1
            yield trial
        if found == len(SCALES):
            return
    if not found:
        refuse(rule, "has a value nowhere in its domain", "say its domain: domain = 'positive'")


def _check_differentials(rule: Rule) -> None:
    for trial in _trials(rule):
        _check_shape(trial)
        for k in (k for k, a in enumerate(trial.args) if a.op == "sym"):
            _check_along(trial, k, np.random.default_rng(100 + k))
        _check_laws(trial)


def _check_shape(trial: _Trial) -> None:
    rule = trial.rule
    (value,) = trial.of(trial.literal)
    wanted = _lengths(trial, trial.literal.shape)
    if value.shape != wanted:
        refuse(rule, f"has numpy code whose value is {value.shape}, it must be {wanted}")


def _lengths(trial: _Trial, shape: Shape) -> tuple[int, ...]:
    return tuple(int(d.subs({s: trial.sizes[s.name] for s in d.free_symbols})) for d in shape if d is not ONE)


def _check_along(trial: _Trial, k: int, rng: np.random.Generator) -> None:
    """Compare what the rule says of one operand with differences of the code along a random direction."""
    rule, a = trial.rule, trial.args[k]
    here = trial.values[a.data.name]
    way = rng.standard_normal(np.shape(here))
    slope, noise = _slope(trial, a.data.name, here, way)
    if slope is None:
        return
    direction = sym("way", a.shape)
    for field, claimed, measured in _claims(trial, k, direction, way, slope):
        error = np.max(np.abs(claimed - measured), initial=0.0)
        if not error <= TOLERANCE * np.max(np.abs(claimed) + np.abs(measured), initial=0.0) + noise:
            told = f"in {a.data.name} it differs by {error:.2g} from the slope of the numpy code along a random direction"
            raise UsageError(f"{rule.place}: {field} of {rule.name} is wrong: {told}", hint="compare the formula with its source")


def _slope(trial: _Trial, name: str, here: Array, way: Array) -> tuple[Array | None, float]:
    """The slope of the code along a direction, with its noise; None where differences do not tell it."""
    h = 1e-3 * max(float(np.max(np.abs(here))), 1e-2) / max(1.0, float(np.max(np.abs(way))))
    literal = trial.literal
    above, below, near_above, near_below = (trial.of(literal, **{name: here + s * way})[0] for s in (h, -h, h / 2, -h / 2))
    coarse, fine = (above - below) / (2 * h), (near_above - near_below) / h
    noise = float(100 * ROUNDING * np.max(np.abs(above), initial=0.0) / h)
    slope = (4 * fine - coarse) / 3
    told = np.max(np.abs(fine - coarse), initial=0.0) <= 1e-3 * np.max(np.abs(slope), initial=0.0) + noise
    return (slope if told and np.all(np.isfinite(slope)) else None), noise


def _claims(trial: _Trial, k: int, direction: Expr, way: Array, slope: Array) -> Iterator[tuple[str, Array, Array]]:
    """What each field of the rule says of the slope: its name, what it says, what is measured."""
    rule, args = trial.rule, trial.args
    if rule.d:
        yield "d", trial.of(instance(rule, "d", args, {k: direction}), way=way)[0], slope
    elif rule.kind in ("linear", "bilinear"):
        moved = _literal(rule, [*args[:k], direction, *args[k + 1 :]])
        yield f"the kind {rule.kind}", trial.of(moved, way=way)[0], slope
    if rule.jacobian and k == (len(args) - 1 if rule.adjoint else 0):
        (jacobian,) = trial.of(instance(rule, "jacobian", args))
        matrix = np.reshape(jacobian, (max(1, slope.size), max(1, np.size(way))))
        yield "jacobian", matrix @ np.ravel(way, order="F"), np.ravel(slope, order="F")
    if rule.function and k == 0:
        (derivative,) = trial.of(instance(rule, "function", args))
        yield "function", np.asarray(np.trace(derivative @ way)), np.asarray(np.trace(slope))


def _check_laws(trial: _Trial) -> None:
    """The meaning, the transpose, and the properties that the value is said to have."""
    rule, args = trial.rule, trial.args
    (value,) = trial.of(trial.literal)
    if rule.means:
        _compare(rule, "is not what it means", value, trial.of(instance(rule, "means", args))[0])
    if rule.transposes and "1" not in rule.params[0].shape:
        name, (rows, columns) = args[0].data.name, args[0].shape
        turned = _literal(rule, [sym(name, (columns, rows)), *args[1:]])
        (found,) = trial.of(turned, **{name: trial.values[name].T})
        _compare(rule, "is not transposed with its argument", found, value.T)
    if rule.transposed:
        _compare(rule, "is not transposed as it says", _turned(trial, rule, rule.transposed), value.T)
    if rule.adjoint:
        _check_adjoint(trial, value)
    if rule.on_diagonal:
        _check_on_diagonal(trial, value)
    if rule.extends:
        _check_extended(trial)
    if rule.degree:
        moved = {a.data.name: 1.7 * trial.values[a.data.name] for a in args[:1]}
        wanted = 1.7 ** _number(rule, "degree", rule.degree) * value
        _compare(rule, f"is not of the degree {rule.degree}", trial.of(trial.literal, **moved)[0], wanted)
    for of, given in rule.gives:
        _check_given(trial, of, given)


def _turned(trial: _Trial, rule: Rule, given: Sequence[str]) -> Array:
    """The value of a function at the trial's arguments, in this order, those with ^T transposed."""
    names, turned = [told.removesuffix("^T") for told in given], [told.endswith("^T") for told in given]
    arrays = {name: np.asarray(value) for name, value in trial.values.items()}
    by_name = {a.data.name: a for a in trial.args}
    args = tuple(sym(f"{name}_", (transpose(by_name[name]) if t else by_name[name]).shape) for name, t in zip(names, turned, strict=True))
    values = {a.data.name: arrays[name].T if t else arrays[name] for a, name, t in zip(args, names, turned, strict=True)}
    (found,) = _run(rule, Program([_literal(rule, args)]), values, trial.sizes)
    return np.asarray(found, dtype=float)


def _check_adjoint(trial: _Trial, value: Array) -> None:
    """<G, f(A, E)> = <g(A^T, G), E> for the function g that the rule names."""
    rule, g = trial.rule, find(trial.rule.adjoint)
    *fixed, moving = trial.args
    if g is None:
        refuse(rule, f"has the adjoint {rule.adjoint}, which is not a function of the book")
    cotangent = np.random.default_rng(7).standard_normal(value.shape)
    received = (*fixed, sym(moving.data.name, trial.literal.shape))
    adjoint = _Trial(g, received, {**trial.values, moving.data.name: cotangent}, trial.sizes)
    turned = _turned(adjoint, g, [*(f"{a.data.name}^T" for a in fixed), moving.data.name])
    direction = trial.values[moving.data.name]
    _compare(rule, "has another adjoint than it says", np.sum(turned * direction), np.sum(cotangent * value))


def _check_on_diagonal(trial: _Trial, value: Array) -> None:
    """f(blkdiag(A, A)) is blkdiag(f(A), f(A))."""
    rule, (a, *rest) = trial.rule, trial.args
    given, (m, n) = trial.values[a.data.name], a.shape
    twice = sym(a.data.name, (plus(m, m), plus(n, n)))
    (found,) = trial.of(_literal(rule, [twice, *rest]), **{a.data.name: np.kron(np.eye(2), given)})
    _compare(rule, "is not on the diagonal what it is of the blocks there", found, np.kron(np.eye(2), value))


def _check_extended(trial: _Trial) -> None:
    """f(diag(v)) is diag(g(v)) for the function g of numbers that f extends (Higham, Functions of Matrices (2008) section 1.2)."""
    rule, (a, *rest) = trial.rule, trial.args
    given = 0.3 + np.abs(np.diagonal(trial.values[a.data.name]))
    (found,) = trial.of(trial.literal, **{a.data.name: np.diag(given)})
    v = sym(a.data.name, (a.shape[0], ONE))
    of_numbers = epow(v, *rest) if rule.extends == POWER else node(rule.extends, (v,), None, v.shape)
    (wanted,) = trial.of(of_numbers, **{a.data.name: given})
    _compare(rule, f"is not {rule.extends} of the entries of a diagonal matrix", found, np.diag(wanted))


def _check_given(trial: _Trial, of: str, given: str) -> None:
    rule, a = trial.rule, trial.args[0]
    here = as_matrix(a, trial.values[a.data.name])
    if of:
        here = with_properties(np.asarray(here), frozenset({of}), np.random.default_rng(5))
    shaped = here if a.shape[1] is not ONE else np.ravel(here)
    (value,) = trial.of(trial.literal, **{a.data.name: shaped})
    if np.all(np.isfinite(value)) and not has_properties(as_matrix(trial.literal, value), frozenset({given})):
        refuse(rule, f"gives a value that is not {given}" + (f" for an argument that is {of}" if of else ""))

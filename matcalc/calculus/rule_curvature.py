"""What a rule says of curvature, checked with numbers: chords, increments in its order, the range of its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from matcalc.algebra.node import node, sym
from matcalc.algebra.normal_form.functions import value_shape
from matcalc.book.properties import is_property
from matcalc.book.rules import Rule
from matcalc.book.sizes import ONE, dim
from matcalc.calculus.rule_checks import refuse
from matcalc.numbers.evaluate import Program, as_matrix
from matcalc.numbers.sampling.drawing import with_properties
from matcalc.reading.templates import instance
from matcalc.records import dataclass

Array = Any
CURVATURES: Final = {
    "convex": (1, "value"), "concave": (-1, "value"), "matrix convex": (1, "matrix"), "matrix concave": (-1, "matrix"),
    "log-concave": (-1, "logarithm"),
}  # fmt: skip
MONOTONE: Final = ("increasing", "decreasing", "increasing where positive", "definite")
RANGE: Final = re.compile(r"([(\[])\s*(-?[\d.]+|-inf)\s*,\s*(-?[\d.]+|inf)\s*([)\]])")
RELATION: Final = re.compile(r"(\w+)\s*(=|>=|<=)\s*(\w+)")
SIZE: Final = 4
DRAWS: Final = 12
TOLERANCE: Final = 1e-7


def check_curvature(rule: Rule) -> None:
    """Refuse what a rule says of curvature where it cannot be read, or numbers refute it.

    Raises UsageError with the file and the line of the rule.
    """
    if rule.monotone and rule.monotone not in MONOTONE:
        refuse(rule, f"has monotone = {rule.monotone!r}", f"it is one of {', '.join(MONOTONE)}")
    if rule.range and not RANGE.fullmatch(rule.range):
        refuse(rule, f"has range = {rule.range!r}, which is no interval", "write it as [0, inf) or (0, 1)")
    for conditions, told in rule.curvature:
        if told not in CURVATURES:
            refuse(rule, f"has the curvature {told!r}", f"it is one of {', '.join(CURVATURES)}")
        _check_chords(rule, _read(rule, conditions), told)
    if rule.range or rule.keeps_entries or rule.monotone or rule.in_exponentials:
        _check_values(rule)


@dataclass(frozen=True)
class _Where:
    """The properties of the first parameter, and the numbers that the others are."""

    properties: frozenset[str]
    numbers: dict[str, float]


def _read(rule: Rule, conditions: str) -> _Where:
    properties, numbers = set[str](), dict[str, float]()
    for told in (part.strip() for part in conditions.split(",") if part.strip()):
        found = RELATION.fullmatch(told)
        if found is None and is_property(told):
            properties.add(told)
        elif found is not None and found[1] in [p.name for p in rule.params[1:]]:
            bound = float(found[3]) if not found[3].isalpha() else float(SIZE)
            numbers[found[1]] = bound if found[2] == "=" else bound + (0.7 if found[2] == ">=" else -0.7)
        else:
            refuse(rule, f"has the condition {told!r}, which is neither a property nor a relation of a parameter")
    return _Where(frozenset(properties), numbers)


class _Values:
    """The values of a function by its own code, of random first arguments."""

    def __init__(self, rule: Rule, where: _Where, seed: int = 3) -> None:
        self.rule, self.where, self.rng = rule, where, np.random.default_rng(seed)
        rows, columns = (ONE if size == "1" else dim("size") for size in rule.params[0].shape)
        shape = (rows, columns)
        self.args = tuple(sym(p.name, shape if k == 0 else (ONE, ONE)) for k, p in enumerate(rule.params))
        self.literal = node(rule.name, self.args, None, value_shape(rule, self.args))
        self.program = Program([self.literal])

    def draw(self) -> Array:
        """A first argument with the properties and in the domain."""
        known = self.where.properties | ({"positive"} if self.rule.domain in ("positive", "unit", "x > -1") else set())
        known |= {"spd"} if self.rule.domain == "spd" else set()
        m, n = (1 if d is ONE else SIZE for d in self.args[0].shape)
        a = with_properties(self.rng.standard_normal((m, n)) * self.rng.choice([0.3, 1.0, 3.0]), frozenset(known), self.rng)
        return a / (1.5 * np.max(np.abs(a))) if self.rule.domain == "unit" else a

    def at(self, a: Array) -> Array:
        """The value with two axes."""
        first, *others = self.args
        given = a if first.shape[1] is not ONE else np.ravel(a)
        values = {first.data.name: given if not first.is_scalar else float(given[0])}
        values |= {v.data.name: self.where.numbers.get(v.data.name, 1.0) for v in others}
        return np.asarray(as_matrix(self.literal, self.program(values, {"size": SIZE})[0]), dtype=float)


def _check_chords(rule: Rule, where: _Where, told: str) -> None:
    sign, what = CURVATURES[told]
    values = _Values(rule, where)
    for _ in range(DRAWS):
        a, b = values.draw(), values.draw()
        fa, fb, fm = (_measured(values.at(p), what) for p in (a, b, (a + b) / 2))
        gap = sign * ((fa + fb) / 2 - fm)
        least = np.min(np.linalg.eigvalsh(gap)) if what == "matrix" else np.min(gap)
        if least < -TOLERANCE * (1 + np.max(np.abs(fa)) + np.max(np.abs(fb))):
            refuse(rule, f"is not {told}: a chord bends the other way")


def _measured(value: Array, what: str) -> Array:
    return np.log(value) if what == "logarithm" else value


def _check_values(rule: Rule) -> None:
    """The range, the entries that are kept, the order, and the meaning in exponentials."""
    values = _Values(rule, _read(rule, rule.curvature[0][0] if rule.curvature else ""))
    for _ in range(DRAWS):
        a = values.draw()
        value = values.at(a)
        if rule.range and not _is_inside(value, rule.range):
            refuse(rule, f"has values outside of its range {rule.range}")
        if rule.keeps_entries and not (np.min(a) - TOLERANCE <= np.min(value) and np.max(value) <= np.max(a) + TOLERANCE):
            refuse(rule, "has values outside of the entries of its argument")
        for sign, larger, smaller in _ordered(rule, values, a):
            if np.min(sign * (larger - smaller)) < -TOLERANCE * (1 + np.max(np.abs(larger))):
                refuse(rule, f"is not {rule.monotone}")
        if rule.in_exponentials:
            meant = Program([instance(rule, "in_exponentials", values.args)])({rule.params[0].name: a}, {"size": SIZE})[0]
            if not np.allclose(meant, value, rtol=1e-6):
                refuse(rule, "is not what it is in exponentials")


def _is_inside(value: Array, told: str) -> bool:
    found = RANGE.fullmatch(told)
    assert found is not None
    return bool(float(found[2]) - TOLERANCE <= np.min(value) and np.max(value) <= float(found[3]) + TOLERANCE)


def _ordered(rule: Rule, values: _Values, a: Array) -> Iterator[tuple[int, Array, Array]]:
    """A value, and that of an argument that is larger in the order of the rule."""
    if rule.monotone == "definite":
        b = values.rng.standard_normal((SIZE, SIZE))
        yield 1, values.at(a + b @ b.T), values.at(a)
    elif rule.monotone:
        a = np.abs(a) if rule.monotone == "increasing where positive" else a
        more = a * (1 + 0.3 * np.sign(a)) if rule.domain == "unit" else a + np.abs(values.rng.standard_normal(a.shape))
        yield -1 if rule.monotone == "decreasing" else 1, values.at(more), values.at(a)

"""Every equation of rules/stationary.toml, and every inverse, resolvent and proximal operator of the book, against numbers."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc.algebra import subtract
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import substitute
from matcalc.book.rules import find, names
from matcalc.book.sizes import SCALAR, dim
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.random_points import Drawing
from matcalc.stationary.forms import letters, side, undone
from matcalc.stationary.solvable import solvable


@pytest.mark.parametrize("name", list(solvable()))
def test_the_solution_solves_the_equation(name: str) -> None:
    form, known = solvable()[name], letters(solvable()[name])
    unknown = form.unknown.partition(":")[0].strip()
    variables = [v for n, v in known.items() if n != unknown]
    left = substitute(side(name, "equation"), {unknown: side(name, "solution")}, {})
    drawing = Drawing(variables, [side(name, "equation"), side(name, "solution")])
    residuals = []
    for k in range(4):
        point = drawing.again(drawing.sizes(k), k + 1)
        residuals.append(np.max(np.abs(Program([left])(point.values, point.sizes, point.unknowns)[0])))
    assert np.sum(np.array(residuals) < 1e-7) >= 3


def with_key(key: str) -> list[str]:
    return [n for n in names() if (rule := find(n)) is not None and getattr(rule, key)]


@pytest.mark.parametrize("name", [n for n in with_key("inverse") if find(n).kind == "elementwise"])  # type: ignore[union-attr]
def test_the_inverse_undoes_the_function(name: str) -> None:
    rule = find(name)
    assert rule is not None
    x = sym("x", SCALAR)
    from matcalc.algebra import fun

    there = undone(rule, rule.inverse, fun(name, x))
    for value in (0.2, 0.7):
        assert Program([there])({"x": value}, {}, {})[0] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("name", with_key("resolvent"))
def test_the_resolvent_solves_its_inclusion(name: str) -> None:
    rule = find(name)
    assert rule is not None
    from matcalc.algebra import fun

    x, m = sym("x", SCALAR), sym("m", SCALAR)
    t = undone(rule, rule.resolvent, x, m)
    program = Program([t, fun(name, t), subtract(x, t)])
    for value in (-2.0, -0.3, 0.4, 1.7):
        at, step, rest = program({"x": value, "m": 0.8}, {}, {})
        assert rest == pytest.approx(0.8 * step, abs=1e-12) if at else -0.8 <= rest <= 0.8


@pytest.mark.parametrize("name", with_key("proximal"))
def test_the_proximal_point_is_best(name: str) -> None:
    rule = find(name)
    assert rule is not None
    from matcalc.algebra import fun

    shape = (dim("n"), dim(1)) if rule.params[0].shape[1] == "1" else (dim("n"), dim("m"))
    x, m = sym("x", shape), sym("m", SCALAR)
    rng = np.random.default_rng(3)
    point, value = undone(rule, rule.proximal, x, m), Program([fun(name, x)])
    for scale in (0.1, 1.0, 3.0):
        v = scale * rng.standard_normal((3,) if shape[1] == 1 else (3, 2))
        best = Program([point])({"x": v, "m": 0.8}, {"n": 3, "m": 2}, {})[0]

        def cost(a: np.ndarray, v: np.ndarray = v) -> float:
            return float(0.5 * np.sum((a - v) ** 2) + 0.8 * value({"x": a}, {"n": 3, "m": 2}, {})[0])

        assert all(cost(best) <= cost(best + r * rng.standard_normal(v.shape)) + 1e-12 for r in (1e-3, 0.1, 1.0) for _ in range(5))


def test_the_letters_of_a_form_have_shapes() -> None:
    known: dict[str, Expr] = letters(solvable()["Sylvester equation"])
    assert known["A"].shape[0] == known["A"].shape[1] != known["B"].shape[0]

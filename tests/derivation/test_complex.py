"""Derivations by complex variables: one of Z and conj(Z) moves, the other stays, and every line is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, derive
from matcalc.algebra.node import Expr, sym, zeros
from matcalc.algebra.walk import depends, substitute
from matcalc.derivation.lines import Line
from matcalc.derivation.terms import total
from matcalc.numbers.evaluate import evaluate

KINDS = {
    "z": "n complex", "c": "scalar complex", "t": "scalar", "k": "n", "A": "n x n complex", "R": "n x n hermitian", "Z": "m x n complex",
    "B": "n x m complex", "y": "n",
}  # fmt: skip
SIZES = {"m": 2, "n": 3}
REQUESTS = [
    "d z^H*A*z/dz^*", "d z^H*A*z/dz", "grad_z z^H*R*z", "d abs(c)/dc", "d tr(B*Z)/d real(Z)", "d tr(B*Z)/d imag(Z)",
    "grad_Z log(det(I + Z*Z^H))", "d exp(1j*t*k)/dt", "d Z*Z^H/dZ", "grad_z norm2(A*z - k)^2", "d (A*z).*conj(z)/dz^*",
    "d^2 z^H*A*z/(dconj(z) dz^T)", "grad_z real(z^H*A*z)", "d arg(c)/dconj(c)", "grad_z sum((abs(A*z).^2 - y).^2)",
]  # fmt: skip


def answer(request: str, **options: Any) -> Derivative:
    found = derive(request, variables={n: kind for n, kind in KINDS.items() if n in request}, **options)
    assert isinstance(found, Derivative)
    return found


def values_of(d: Derivative, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    made = {}
    for name, v in d.request.variables.items():
        shape = [SIZES[str(s)] for s in v.shape if str(s) != "1"]
        a = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if v.has_complex else 0)
        made[name] = (a + np.conj(a).T) / 2 if KINDS[name].endswith("hermitian") else a if shape else a.item() if a.ndim else complex(a)
        if not v.has_complex and not shape:
            made[name] = float(np.real(made[name]))
    return made


def moved(line: Line, value: Expr) -> tuple[Expr, Expr] | None:
    """The increment of a line in which one variable or its conjugate alone moves, and which."""
    found = [(leaf, of) for leaf, of in line.increments.items() if depends(value, leaf)]
    return found[0] if len(found) == 1 and found[0][1].op in ("sym", "conj") else None


def slope(f: Expr, values: Mapping[str, Any], x: Expr, direction: Any, turned: bool) -> Any:
    """The differential of f where x moves along a real direction and its conjugate stays, or the other way round."""

    def at(h: complex) -> Any:
        return np.asarray(evaluate([f], {**values, x.data.name: values[x.data.name] + h * direction}, SIZES)[0])

    along, across = ((at(h) - at(-h)) / 2e-5 for h in (1e-5, 1e-5j))
    if not x.has_complex:
        return along
    return (along + 1j * across) / 2 if turned else (along - 1j * across) / 2


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_line_with_an_increment_is_true(request_: str) -> None:
    d = answer(request_)
    values = values_of(d, 3)
    question, lines = d.explained
    functions = {question.name: d.request.expr}
    functions |= {line.left.called: line.right for line in lines if line.left.called and isinstance(line.right, Expr)}
    checked = 0
    for line in lines:
        if not isinstance(line.right, tuple) or line.left.kind != "increment" or line.left.of not in functions:
            continue
        f = functions[line.left.of]
        told = total(line.right, zeros(*f.shape))
        mover = moved(line, told)
        if mover is None:
            continue
        leaf, of = mover
        x = of if of.op == "sym" else of.args[0]
        if x.data.name not in values:
            continue
        named = {label: part for part, label in question.parts.items()}
        value = substitute(told, {leaf.data.name: sym("direction", leaf.shape), **named}, {})
        rng = np.random.default_rng(5)
        direction = rng.standard_normal(np.shape(values[x.data.name])) if np.ndim(values[x.data.name]) else 0.7
        claimed = evaluate([value], {**values, "direction": direction}, SIZES)[0]
        true = slope(f, values, x, direction, of.op == "conj")
        np.testing.assert_allclose(claimed, true, atol=1e-5 * (1 + np.max(np.abs(true))), err_msg=str(line.left))
        checked += 1
    assert checked


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("detail", ["short", "normal", "full"])
def test_it_begins_with_the_request_and_ends_with_the_answer(request_: str, detail: str) -> None:
    d = derive(request_, variables={n: kind for n, kind in KINDS.items() if n in request_})
    from matcalc.answers.derive import told_so

    told = told_so(d, detail)
    assert isinstance(told, Derivative)
    steps = told.steps
    assert steps[0].rule == "the function" and steps[-1].after.endswith(f"= {told.text}")


def test_the_gradient_is_told_by_the_conjugate() -> None:
    rules = [step.rule for step in answer("grad_z z^H*R*z").steps]
    assert rules[-1] == "the gradient is twice the derivative by the conjugate"
    assert rules[1] == "Z and conj(Z) are two variables"


def test_a_differential_moves_both() -> None:
    told = answer("d abs(c)/dc", form="differential")
    assert [step.after.partition(" = ")[0] for step in told.steps] == ["f", "df", "d_c f", "d_conj(c) f", "df"]

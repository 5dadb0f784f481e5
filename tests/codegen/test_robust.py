"""What code computes in place of the textbook form: the same value, and its digits at arguments of a thousand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, derive
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import in_order
from matcalc.book.rules import Table
from matcalc.book.sizes import ONE, dim
from matcalc.codegen import compile_function
from matcalc.codegen.robust import robust, robust_tables
from matcalc.numbers.evaluate import evaluate
from matcalc.reading.alone import read_expression
from matcalc.simplify.identities import read_identity

SIZES = {"m": 3, "n": 4}


def drawn(v: Expr, rng: np.random.Generator) -> Any:
    shape = [SIZES[str(d)] for d in v.shape if d is not ONE]
    return rng.uniform(0.3, 2, shape) if "positive" in v.data.properties else rng.standard_normal(shape)


@pytest.mark.parametrize("table", robust_tables(), ids=lambda t: str(t.says["name"]))
def test_both_sides_are_equal(table: Table) -> None:
    rng = np.random.default_rng(3)
    counting = {text.partition(":")[0]: 2.0 for text in table.says["args"] if "index of" in text}
    for i in read_identity(table):
        letters = {n for n in in_order([i.left]) if n.op == "sym"}
        values = {v.data.name: drawn(v, rng) for v in letters} | counting
        left, right = evaluate([i.left, i.right], values, SIZES)
        np.testing.assert_allclose(right, left, rtol=1e-11)


X = np.array([1000.0, -1000.0, 3.0])
A = np.array([0.25, 0.5, 0.125])
AT_THREE = 1 / (1 + np.exp(-3.0))
SIGMOID = np.array([1.0, 0.0, AT_THREE])
SLOPE = AT_THREE * (1 - AT_THREE)
COSH = np.array([1000 - np.log(2), 1000 - np.log(2), np.log(np.cosh(3.0))])
S = A @ X
VALUES = [
    ("log(1 + sum(exp(x)))", 1000.0),
    ("log(sum(exp(x))/n)", 1000 - np.log(3)),
    ("log(a^T*exp(x))", 1000 + np.log(0.25)),
    ("log(sum(a.*exp(x)))", 1000 + np.log(0.25)),
    ("sum(log(cosh(x)))", COSH.sum()),
    ("sum(log(exp(x) + exp(-x)))", COSH.sum() + 3 * np.log(2)),
    ("log(exp(a^T*x) + exp(-a^T*x))", abs(S)),
    ("exp(a^T*x)/(exp(a^T*x) + exp(-a^T*x))", np.exp(2 * S)),
    ("sum(exp(x)./(1 + exp(x)).^2)", SLOPE),
    ("sum(exp(x)./(1 + exp(x)))", SIGMOID.sum()),
    ("sum((1 + exp(-x)).^-2)", (SIGMOID**2).sum()),
    ("sum((1 + exp(x)).^-3)", ((1 - SIGMOID) ** 3).sum()),
    ("a^T*(exp(x)./(ones(n) + exp(x)))", A @ SIGMOID),
    ("sum(log(1 - sigmoid(x)))", -1000 + np.log(1 - AT_THREE)),
]
ONES = np.array([1.0, 0.0, 0.0])
GRADIENTS = [
    ("log(1 + sum(exp(x)))", ONES),
    ("log(a^T*exp(x))", ONES),
    ("log(sum(a.*exp(x)))", ONES),
    ("log(mean(exp(x)))", ONES),
    ("sum(log(cosh(x)))", np.tanh(X)),
    ("log(exp(a^T*x) + exp(-a^T*x))", np.tanh(S) * A),
    ("exp(a^T*x)/(exp(a^T*x) + exp(-a^T*x))", 2 * np.exp(2 * S) * A),
    ("sum(log(1 + exp(x)))", SIGMOID),
    ("sum(exp(x)./(1 + exp(x)))", np.array([0, 0, SLOPE])),
]
VARIABLES = {"x": "n", "a": "n positive"}


def called(function: Any, point: dict[str, Any]) -> Any:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    with np.errstate(over="ignore"):
        return function(**{name: point[name] for name in names})


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_a_value_has_its_digits_at_large_arguments(text: str, expected: float) -> None:
    d = derive(text, wrt="x", variables=VARIABLES)
    assert isinstance(d, Derivative)
    found = called(compile_function(d.program(give="value"), "value"), {"x": X, "a": A})
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


# Along a direction the weights are those of two sums, which are computed as they are written.
WEIGHTED = ("log(a^T*exp(x))", "log(sum(a.*exp(x)))")
DIRECTED = [(*case, along) for case in GRADIENTS for along in ((), ("x = v",)) if not along or case[0] not in WEIGHTED]


@pytest.mark.parametrize(("text", "expected", "along"), DIRECTED)
def test_a_gradient_has_its_digits_at_large_arguments(text: str, expected: Any, along: tuple[str, ...]) -> None:
    d = derive(text, wrt="x", variables=VARIABLES, along=along)
    assert isinstance(d, Derivative)
    v = np.array([1.0, 2.0, -1.0])
    found = called(compile_function(d.numpy), {"x": X, "a": A, "v": v})
    np.testing.assert_allclose(found, v @ expected if along else expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_a_pair_of_sigmoids_has_one_exponential(target: str) -> None:
    if target != "numpy":
        module = pytest.importorskip(target)
        module.config.update("jax_enable_x64", True) if target == "jax" else module.set_default_dtype(module.float64)
    d = derive("d sum(a.*sigmoid(x))/dx where x: n; a: n")
    assert isinstance(d, Derivative)
    assert "a*_dsigmoid(x)" in d.code(target)
    point = np.array([1000.0, -1000.0, 3.0, -40.0])
    expected = [0, 0, SLOPE, np.exp(-40.0) / (1 + np.exp(-40.0)) ** 2]
    np.testing.assert_allclose(np.asarray(d.function(target)(x=point, a=np.ones(4))), expected, rtol=1e-14)


def test_what_needs_nothing_stays() -> None:
    x = sym("x", (dim("n"), ONE))
    for text in ("sin(x).*exp(x)", "log(x)", "exp(x) + exp(2*x)", "sum(exp(x))"):
        e = read_expression(text, {"x": x})
        assert robust(e) is e


def test_an_answer_is_printed_as_people_write_it() -> None:
    assert derive("d log(1 + sum(exp(x)))/dx where x: n").text == "exp(x)/(1 + sum(exp(x)))"

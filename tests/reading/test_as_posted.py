"""Formulas as they stand in questions, lecture notes, papers and notebooks, with nothing declared: the derivative that was meant is
what comes out, measured by differences of the function that was meant; or a refusal that says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from matcalc import Derivative, MatcalcError, derive

Array = NDArray[np.float64]
CASES: Final = [json.loads(line) for line in Path(__file__).with_name("as_posted.jsonl").read_text().splitlines()]
SIZES: Final = (3, 4, 2, 5, 6, 7)
FUNCTIONS: Final[Mapping[str, Any]] = {
    "np": np, "inv": np.linalg.inv, "norm2": lambda v: np.linalg.norm(v.ravel()), "normF": np.linalg.norm,
    "logdet": lambda a: np.linalg.slogdet(a)[1], "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.maximum(z, 0),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(), "softmax_rows": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}  # fmt: skip


def sizes_of(case: Mapping[str, Any]) -> dict[str, Any]:
    letters = dict.fromkeys(letter for spec in case["vars"].values() for letter in spec.split() if not letter.isdigit())
    return {**dict(zip(letters, SIZES, strict=False)), **case.get("sizes", {})}


def point(case: Mapping[str, Any]) -> dict[str, Any]:
    """A random value for every variable, of the kind that was meant; columns are n x 1."""
    sizes = sizes_of(case)
    rng, values = np.random.default_rng(7), {}
    for name, spec in case["vars"].items():
        axes = [int(s) if s.isdigit() else sizes[s] for s in spec.split()]
        value = rng.standard_normal(axes + [1] * (len(axes) == 1))
        known = case.get("attrs", {}).get(name, ())
        if "spd" in known:
            value = value @ value.T / axes[0] + np.eye(axes[0])
        elif "symmetric" in known:
            value = value + value.T
        elif "positive" in known:
            value = np.abs(value) + 0.5
        values[name] = value if axes else float(sizes.get(name, value))
    return values


def meant(case: Mapping[str, Any], values: Mapping[str, Any], x: Array) -> Array:
    """The function that was meant, with x for the variable."""
    shape = np.shape(values[case["wrt"]])
    names = {**values, case["wrt"]: x.reshape(shape) if shape else float(x[0])}
    return np.ravel(eval(case["numpy"], {**FUNCTIONS, **sizes_of(case), **names, "env": names}))  # noqa: S307 - the case wrote the text


def slopes(f: Callable[[Array], Array], x: Array, step: float) -> Array:
    """The derivative of f by central differences with Richardson's step: a row for each entry of x, a column for each of f."""
    rows = []
    for e in np.eye(x.size):
        coarse, fine = ((f(x + h * e) - f(x - h * e)) / (2 * h) for h in (step, step / 2))
        rows.append((4 * fine - coarse) / 3)
    return np.array(rows)


def truth(case: Mapping[str, Any], values: Mapping[str, Any]) -> Array:
    x = np.ravel(np.asarray(values[case["wrt"]], dtype=np.float64))

    def gradient(at: Array) -> Array:
        return slopes(lambda z: meant(case, values, z), at, 1e-3)

    found = slopes(lambda z: gradient(z).ravel(), x, 1e-2) if case.get("order") == 2 else gradient(x)
    return found / (2 * x[0]) if case.get("by_square") else found


def compute(d: Derivative, values: Mapping[str, Any]) -> Array:
    """What the generated code gives; it takes columns with one axis."""
    arguments = {n: np.ravel(v) if np.ndim(v) and v.shape[1] == 1 else v for n, v in values.items()}
    wanted = {n.rstrip("_"): n for n in signature(d.function()).parameters}
    return np.asarray(d.function()(**{wanted[n]: v for n, v in arguments.items() if n in wanted}))


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES if "refused" not in c])
def test_what_was_meant_is_differentiated(case: dict[str, Any]) -> None:
    d = derive(case["request"], layout="denominator", check=False)
    assert isinstance(d, Derivative)
    values = point(case)
    for name, spec in case["vars"].items():
        if name in d.variables:
            axes = [] if d.variables[name].startswith("scalar") else [a.split()[0] for a in d.variables[name].split(" x ")]
            assert len([a for a in axes if a != "1"]) == len(spec.split()), f"{name}: {d.variables[name]}"
    expected = truth(case, values)
    assert np.squeeze(compute(d, values)).shape in (np.shape(np.squeeze(values[case["wrt"]])), np.squeeze(expected).shape)
    np.testing.assert_allclose(compute(d, values).ravel(), expected.ravel(), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES if "refused" in c])
def test_what_could_be_meant_in_two_ways_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(MatcalcError) as caught:
        derive(case["request"], check=False)
    assert case["refused"] in f"{caught.value.message} {caught.value.hint or ''}"


@pytest.mark.parametrize(("request_", "told"), [
    (r"\frac{\partial}{\partial A} \operatorname{tr}(\exp(A B))", "exp acts on every entry; expm is the function of the matrix"),
    (r"\frac{\partial}{\partial A} \operatorname{tr}\ln\left(A\right)", "log acts on every entry; logm is the function of the matrix"),
    (r"\frac{d}{dt} \exp(tA)", "exp acts on every entry; expm is the function of the matrix"),
    (r"\frac{\partial}{\partial A} \operatorname{tr}(B\log A)", "log acts on every entry; logm is the function of the matrix"),
    (r"\nabla_X \operatorname{tr}(X \log X)", "log acts on every entry; logm is the function of the matrix"),
    ("d tr(softmax(Q*K^T)*V)/dV", "softmax is taken of every row of Q*K^T"),
    (r"\nabla_\eta (\eta^\top T - \log\sum_k e^{\eta_k})", "T is read as a column, though it is a capital"),
    (r"\nabla_x a \cdot x", r"a \cdot x is read as an inner product"),
    ("d (x - mu)^T S^-1 (x - mu) / dMu", "Mu does not occur in the function; did you mean mu?"),
])  # fmt: skip
def test_what_was_assumed_is_said(request_: str, told: str) -> None:
    d = derive(request_, check=False)
    assert isinstance(d, Derivative)
    assert told in [*d.assumptions, *d.remarks]

r"""Formulas with sums, weights and blocks as papers, courses and notebooks have them, each with its value in NumPy."""

from __future__ import annotations

import json
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative

SIZES: Final = {"n": 5, "k": 3, "m": 4, "d": 2, "t": 6}
STEP: Final = 1e-5
CASES: Final = [json.loads(line) for line in (Path(__file__).parent / "sums.jsonl").read_text(encoding="utf-8").splitlines()]


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def drawn(shapes: dict[str, str]) -> dict[str, np.ndarray]:
    """Random arrays with two axes, vectors as columns."""
    rng = np.random.default_rng(5)
    found = {}
    for name, words in shapes.items():
        sizes = [SIZES[w] for w in words.split() if w in SIZES]
        a = rng.normal(size=(*sizes, 1, 1)[: max(2, len(sizes))])
        found[name] = a @ a.T + np.eye(len(a)) if "spd" in words else abs(a) + 0.5 if "positive" in words else a
    return found


def value(case: dict[str, Any], arrays: dict[str, np.ndarray]) -> float:
    """The function at a point; `lam` is lambda, and n, m, ... are the sizes of the case."""
    scalars = {name: a.item() if a.size == 1 else a for name, a in arrays.items()}
    names = {"np": np, "det": np.linalg.det, "inv": np.linalg.inv, "relu": relu, "lam": scalars.get("lambda"), **SIZES, **scalars}
    return float(np.squeeze(eval(case["value"], names)))  # noqa: S307 - the test wrote the text


@pytest.mark.parametrize("case", CASES, ids=[c["request"] for c in CASES])
def test_the_answer_is_the_slope(case: dict[str, Any]) -> None:
    found = derive(case["request"])
    assert isinstance(found, Derivative)
    arrays = drawn(case["shapes"])
    moved = arrays[case["by"]]
    slopes = np.zeros_like(moved)
    for index in np.ndindex(moved.shape):
        ends = []
        for step in (STEP, -STEP):
            there = moved.copy()
            there[index] += step
            ends.append(value(case, {**arrays, case["by"]: there}))
        slopes[index] = (ends[0] - ends[1]) / (2 * STEP)
    given = {f"{name}_" if iskeyword(name) else name: np.squeeze(a) for name, a in arrays.items()}
    assert np.allclose(np.squeeze(found.function()(**given)), np.squeeze(slopes), rtol=1e-5, atol=1e-6)

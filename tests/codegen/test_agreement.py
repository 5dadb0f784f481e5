"""Generated code against automatic differentiation, on the functions of the benchmark: at plain points and far from zero."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from places import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

from rivals.contestants import Contestants, difference, generated
from rivals.problems import PROBLEMS, Problem

# PyTorch's own derivatives call what PyTorch says is deprecated.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")]
N = 12
FAR = [p for p in PROBLEMS if p.function.far]


def contest(problem: Problem, target: str, far: bool = False) -> dict[str, Any]:
    """The results of the code and of its library's own derivative, in double precision; of NumPy's code beside PyTorch's."""
    library = "torch" if target == "numpy" else target
    module = pytest.importorskip(library)
    if library == "jax":
        module.config.update("jax_enable_x64", True)
    made = Contestants(problem, generated(problem, sorted({target, library})), N, far)
    if target == "numpy":
        made.numpy()
    getattr(made, library)()
    with np.errstate(over="ignore"):
        return {name: told() for name, told in made.contest.results.items()}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_code_agrees_with_automatic_differentiation(problem: Problem, target: str) -> None:
    found = contest(problem, target)
    own = found[f"{'torch' if target == 'numpy' else target}'s own"]
    assert difference(found[target], own) < 1e-10
    assert difference(found.get("by hand", own), own) < 1e-10


@pytest.mark.parametrize("problem", FAR, ids=lambda p: p.name)
@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_code_keeps_its_digits_far_from_zero(problem: Problem, target: str) -> None:
    """At arguments of exponentials of 1e3 and an offset of 1e8, where a function as it is written overflows or cancels."""
    found = contest(problem, target, far=True)
    own = found[f"{'torch' if target == 'numpy' else target}'s own"]
    assert all(np.isfinite(a).all() for a in own)
    assert difference(found[target], own) < 1e-6

"""Every law of the algebra at once: random expressions have the value that they have as written."""

from __future__ import annotations

import numpy as np
import pytest
from trees import SCALAR, Trees, built, drawn

from matcalc.algebra.literal import LITERAL, NORMAL
from matcalc.algebra.walk import in_order
from matcalc.numbers.evaluate import Program

TRIES = 4
TOO_LARGE = 1e5


def compare(seed: int) -> None:
    """Builds a tree in both algebras and evaluates both at points where every part of the tree has a value."""
    trees = Trees(seed)
    tree = trees.tree(SCALAR if seed % 2 else trees.shape(), 1 + seed % 3)
    literal, normal = built(tree, LITERAL), built(tree, NORMAL)
    assert literal.shape == normal.shape, tree
    parts = in_order([literal])
    program = Program([*parts, normal])
    rng = np.random.default_rng(seed)
    for attempt in range(TRIES):
        sizes = {d: int(rng.integers(2 if attempt < 2 else 1, 5)) for d in ("m", "n", "p")}
        values = {v.data.name: drawn(v, sizes, rng) for v in in_order([literal, normal]) if v.op == "sym"}
        *inside, found = program(values, sizes)
        scale = max(float(np.max(np.abs(a))) if np.all(np.isfinite(a)) else np.inf for a in inside)
        if scale < TOO_LARGE and not rounded(inside):
            np.testing.assert_allclose(found, inside[-1], rtol=1e-6, atol=1e-6 * max(1.0, scale), err_msg=f"{tree} at {sizes}")


def rounded(inside: list[np.ndarray]) -> bool:
    """Whether rounding decides a part: what is almost zero, or the logarithm of that."""
    return any(np.any((np.abs(a) < 1e-12) & (np.asarray(a) != 0)) or np.min(a) < -25 for a in inside)


@pytest.mark.parametrize("block", range(20))
def test_random_expressions_have_the_value_that_they_have_as_written(block: int) -> None:
    for seed in range(60 * block, 60 * block + 60):
        compare(seed)

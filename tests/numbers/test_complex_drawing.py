"""Points of complex variables have imaginary parts, whatever else is declared of them."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc.numbers.sampling.drawing import with_properties

DECLARED = [("complex",), ("hermitian",), ("unitary",), ("hermitian", "invertible"), ("complex", "invertible"), ("complex", "diagonal")]


@pytest.mark.parametrize("known", DECLARED)
def test_what_is_complex_is_drawn_so(known: tuple[str, ...]) -> None:
    rng = np.random.default_rng(0)
    made = with_properties(rng.standard_normal((3, 3)), frozenset(known), rng)
    assert np.iscomplexobj(made) and np.max(np.abs(made.imag)) > 0.01

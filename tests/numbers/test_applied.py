"""Matrices that are applied and never formed are those that NumPy forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcalc import Derivative, LimitError, derive
from matcalc.numbers.matrix_functions import commutation
from matcalc.numbers.structured import Structured, chained, commuting, identity, kronecker


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["eye", "comm", "array"]), min_size=2, max_size=4), st.integers(0, 99))
def test_kronecker_products_are_applied_from_both_sides(kinds: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    made: list[tuple[object, np.ndarray]] = []
    for kind in kinds:
        m, n = (int(k) for k in rng.integers(1, 4, 2))
        array = rng.normal(size=(m, n))
        known = {"eye": (identity(m), np.eye(m)), "comm": (commuting(m, n), commutation(m, n)), "array": (array, array)}
        made.append(known[kind])
    structured, formed = made[0]
    for other, whole in made[1:]:
        structured, formed = kronecker(structured, other), np.kron(formed, whole)
    assert isinstance(structured, Structured)
    assert structured.shape == formed.shape
    left, right = rng.normal(size=(3, formed.shape[0])), rng.normal(size=(formed.shape[1], 2))
    np.testing.assert_allclose(structured @ right, formed @ right, atol=1e-12)
    np.testing.assert_allclose(structured @ right[:, 0], formed @ right[:, 0], atol=1e-12)
    np.testing.assert_allclose(left @ structured, left @ formed, atol=1e-12)
    np.testing.assert_allclose(structured.T @ left.T, formed.T @ left.T, atol=1e-12)
    np.testing.assert_allclose(structured.formed(), formed, atol=1e-12)
    np.testing.assert_allclose(structured.sum(), formed.sum(), atol=1e-12)
    np.testing.assert_allclose(structured.trace(), formed.trace(), atol=1e-12)
    np.testing.assert_allclose(structured.scaled(3.0).T @ left.T, 3 * formed.T @ left.T, atol=1e-11)
    np.testing.assert_allclose(structured.scaled(3.0).trace(), 3 * formed.trace(), atol=1e-11)
    np.testing.assert_allclose(chained([left, structured, right]), left @ formed @ right, atol=1e-11)
    np.testing.assert_allclose(chained([structured, structured.T]), formed @ formed.T, atol=1e-11)


def test_a_chain_of_eight_kronecker_factors_is_checked() -> None:
    names = [f"A{k}" if k != 4 else "X" for k in range(1, 9)]
    found = derive(" ⊗ ".join(names), wrt="X", variables=dict.fromkeys(names, "2 2"))
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert found.certificate.status == "checked"


@pytest.mark.parametrize(("around", "text"), [("tr({})", "tr(X)"), ("sum(2*({}))", "sum(X)")])
def test_sums_of_many_kronecker_factors_are_checked(around: str, text: str) -> None:
    """Of 64 factors none is formed: the sum of all entries, and the trace, are those of the factors multiplied."""
    names = [f"A{k}" if k != 4 else "X" for k in range(1, 65)]
    found = derive(around.format(" ⊗ ".join(names)), wrt="X", variables=dict.fromkeys(names, "k k"))
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert found.certificate.status == "checked"
    assert all(text.replace("X", name) in found.text for name in names if name != "X")


def test_what_is_too_large_is_a_limit_that_says_what_was_counted() -> None:
    names = [f"A{k}" if k != 4 else "X" for k in range(1, 17)]
    with pytest.raises(LimitError, match=r"one has \d+ entries, of at most 6000000"):
        derive(" ⊗ ".join(names), wrt="X", variables=dict.fromkeys(names, "2 2"))

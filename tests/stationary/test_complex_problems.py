"""Problems in complex unknowns: d f/dconj(x) is zero where a real function is stationary."""

from __future__ import annotations

import pytest

from matcalc import solve
from matcalc.errors import MatcalcError

KINDS = {
    "R": "n x n hermitian invertible", "a": "n complex", "w": "n complex", "p": "n complex", "A": "m x n complex", "x": "n complex",
    "b": "m complex", "mu": "positive", "s": "scalar positive", "H": "m x n complex", "W": "n x m complex", "z": "scalar complex",
    "c": "scalar complex",
}  # fmt: skip
PROBLEMS = [
    ("min_w w^H*R*w s.t. w^H*a = 1", "w", "R^-1*a/(a^H*R^-1*a)"),
    ("min_x ||A*x - b||^2", "x", "pinv(A)*b"),
    ("min_x ||A*x - b||^2 + mu*||x||^2", "x", "(A^H*A + mu*I)^-1*A^H*b"),
    ("min_W tr((W*H - I)*(W*H - I)^H) + s*tr(W*W^H)", "W", "H^H*(H*H^H + s*I)^-1"),
    ("min_w s - w^H*p - p^H*w + w^H*R*w", "w", "R^-1*p"),
    ("min_x x^H*x s.t. A*x = b", "x", "A^H*(A*A^H)^-1*b"),
    ("min_c abs(c)^2 - 2*real(conj(c)*z)", "c", "z"),
]


@pytest.mark.parametrize(("text", "unknown", "value"), PROBLEMS)
def test_it_is_solved(text: str, unknown: str, value: str) -> None:
    found = solve(text, variables={n: k for n, k in KINDS.items() if n in text})
    assert found.kind == "min" and found.certificate is not None and found.certificate.status == "checked"
    assert found.to_dict()["solutions"][0] | {"variable": unknown, "text": value} == found.to_dict()["solutions"][0]


def test_ridge_needs_no_condition() -> None:
    found = solve("min_x ||A*x - b||^2 + mu*||x||^2", variables={n: KINDS[n] for n in ("A", "x", "b", "mu")})
    assert not found.conditions


def test_a_function_that_is_not_real_has_no_least_value() -> None:
    with pytest.raises(MatcalcError, match="real"):
        solve("min_w w^T*a", variables={"w": "n complex", "a": "n complex"})


CURVED = [
    ("max_z real(a^H*z)", {"z": "n complex unit", "a": "n complex"}),
    ("min_Q ||A*Q - A||_F^2", {"Q": "n x n unitary", "A": "n x n complex"}),
]


@pytest.mark.parametrize(("text", "kinds"), CURVED)
def test_a_unit_vector_and_a_unitary_matrix_are_no_free_unknowns(text: str, kinds: dict[str, str]) -> None:
    try:
        found = solve(text, variables=kinds)
    except MatcalcError as error:
        assert "^H" in error.message
    else:
        assert found.certificate is not None and found.certificate.status == "checked"
        assert "^H" in found.to_dict()["equation"]

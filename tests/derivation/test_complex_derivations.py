"""What holds of real variables alone is refused where conjugates vary, and holomorphic functions are told as real ones are."""

from __future__ import annotations

import pytest

from matcalc import Derivative, backprop, derive, taylor
from matcalc.errors import UsageError

KINDS = {
    "A": "n n complex", "S": "n n hermitian", "Z": "m n complex", "B": "n m complex", "z": "n complex", "c": "scalar complex",
    "W": "n n complex invertible", "t": "scalar",
}  # fmt: skip


def _answer(request: str) -> Derivative:
    found = derive(request, variables={k: v for k, v in KINDS.items() if k in request})
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize(
    ("request_", "line"),
    [("d tr(B*Z)/dZ", "tr(B*dZ)"), ("d z^T*A*z/dz", "z^T*A*dz"), ("d log(det(W))/dW", "tr(W^-1*dW)"), ("d exp(1j*t*c)/dt", "dt")],
)
def test_a_holomorphic_function_is_told_as_a_real_one(request_: str, line: str) -> None:
    assert line in _answer(request_).derivation("text")


def test_an_expansion_takes_no_increment_for_its_conjugate() -> None:
    with pytest.raises(UsageError, match="an expansion of a function in which conjugates vary"):
        taylor("conj(z)*z", "z", about="c", variables={"z": "scalar complex"})
    assert "exp(c)" in taylor("exp(z)", "z", about="c", variables={"z": "scalar complex"}).text


def test_backprop_is_of_real_numbers() -> None:
    with pytest.raises(UsageError, match="real numbers only"):
        backprop("L = norm2(A*z)^2", variables={"A": "m n complex", "z": "n complex"})

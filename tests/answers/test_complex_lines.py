"""A person's lines about complex variables: increments are complex, so that dz^T is no dz^H."""

from __future__ import annotations

import pytest

from matcalc import check, increment

KINDS = {"z": "n complex", "A": "n x n complex", "Z": "m x n complex", "S": "n x n hermitian", "c": "scalar complex", "W": "n x n complex"}
RIGHT = [
    ["f = z^H*A*z", "df = dz^H*A*z + z^H*A*dz", "df/dconj(z) = A*z", "df/dz = A^T*conj(z)"],
    ["f = z^H*A*z", "df = conj(dz)^T*A*z + z^H*A*dz"],
    ["f = tr(Z*Z^H)", "df = tr(dZ*Z^H) + tr(Z*dZ^H)", "= 2*real(tr(Z^H*dZ))", "grad_Z f = 2*Z"],
    ["f = z^H*S*z", "df = 2*real(z^H*S*dz)", "grad_z f = 2*S*z"],
    ["f = log(det(Z*Z^H))", "df = tr((Z*Z^H)^-1*(dZ*Z^H + Z*dZ^H))", "df/dconj(Z) = (Z*Z^H)^-1*Z"],
    ["f = abs(c)^2", "f = c*conj(c)", "df = dc*conj(c) + c*conj(dc)", "df/dc = conj(c)"],
    ["f = det(W)", "df = det(W)*tr(W^-1*dW)", "df/dW = det(W)*W^-T"],
    ["F = Z*Z^H", "dF = dZ*Z^H + Z*dZ^H", "= dZ*Z^H + (dZ*Z^H)^H"],
    ["f = z^H*A*z", "d^2f = 2*dz^H*A*dz"],
    ["f = z^H*A*z", "df/dconj(z) = A*z"],
    ["f = tr(Z*Z^H)", "df/d real(Z) = 2*real(Z)"],
    ["r = A*z", "f = r^H*S*r", "df = dr^H*S*r + r^H*S*dr", "grad_z f = 2*A^H*S*r"],
]
WRONG = [
    (["f = z^H*A*z", "df = dz^T*A*z + z^H*A*dz"], 2, "dz^T stands where dz^H is right"),
    (["f = z^H*A*z", "df = dz^H*A*z + z^H*A*dz", "df/dconj(z) = A^T*z"], 3, "a transpose"),
    (["f = tr(Z*Z^H)", "df = tr(dZ*Z^H) + tr(Z*dZ^T)"], 2, "dZ^T stands where dZ^H is right"),
    (["f = tr(Z*Z^H)", "df = 2*real(tr(Z^T*dZ))"], 2, "a conjugate is missing"),
    (["f = z^H*S*z", "df = 2*real(z^H*S*dz)", "grad_z f = S*z"], 3, "the gradient 2*d f/dconj(z) is asked for"),
    (["f = log(det(Z*Z^H))", "df = tr((Z*Z^H)^-1*(dZ*Z^H + Z*dZ^T))"], 2, "dZ^T stands where dZ^H is right"),
    (["f = abs(c)^2", "df = 2*conj(c)*dc"], 2, ""),
    (["f = det(W)", "df = det(W)*tr(W^-1*dW)", "df/dW = det(W)*W^-H"], 3, "W^H stands where W^T is right"),
    (["F = Z*Z^H", "dF = dZ*Z^H + (dZ*Z^H)^T"], 2, ""),
    (["f = z^H*A*z", "d^2f = 2*dz^T*A*dz"], 2, "dz^T stands where dz^H is right"),
    (["f = z^H*A*z", "df/dconj(z) = A^T*z"], 2, "a transpose"),
    (["r = A*z", "f = r^H*S*r", "df = dr^T*S*r + r^H*S*dr", "= 2*real(r^H*S*A*dz)"], 3, "stands where"),
]


def declared(lines: list[str]) -> dict[str, str]:
    return {name: kind for name, kind in KINDS.items() if any(name in line for line in lines)}


@pytest.mark.parametrize("lines", RIGHT)
def test_right_lines(lines: list[str]) -> None:
    assert {line.verdict for line in check(lines, variables=declared(lines)).lines} <= {"given", "right"}


@pytest.mark.parametrize(("lines", "number", "cause"), WRONG)
def test_the_first_wrong_line(lines: list[str], number: int, cause: str) -> None:
    first = next(line for line in check(lines, variables=declared(lines)).lines if line.verdict == "wrong")
    assert first.line == number
    assert cause in first.cause


@pytest.mark.parametrize(
    ("function", "by", "first", "remainder"),
    [("z^H*A*z", "z", "dz^H*A*z + z^H*A*dz", "dz^H*A*dz"), ("tr(Z*Z^H)", "Z", "2*real(tr(Z^H*dZ))", "normF(dZ)^2")],
)
def test_the_exact_increment_has_the_conjugate(function: str, by: str, first: str, remainder: str) -> None:
    told = increment(function, by, variables=declared([function])).to_dict()
    assert (told["first_order"], told["remainder"]) == (first, remainder)

"""Claims about complex derivatives: right ones pass, wrong ones fail, and what is wrong is named."""

from __future__ import annotations

import json

import pytest

from matcalc.answers.claims.verification import verify

KINDS = {
    "A": "n n complex", "S": "n n hermitian", "Z": "m n complex", "B": "n m complex", "a": "n complex", "z": "n complex",
    "c": "scalar complex", "W": "n n complex invertible", "y": "n complex", "U": "n n unitary", "t": "scalar", "k": "n",
}  # fmt: skip
RIGHT = [
    "d z^H*A*z/dconj(z) = A*z",
    "d z^H*A*z/dz = conj(A^H*z)",
    "d z^H*A*z/dz = (z^H*A)^T",
    "grad_z (z^H*S*z) = S*z + S^H*z",
    "d tr(B*Z)/dZ = B^T",
    "grad_z ||A*z-y||^2 = 2*A^H*(A*z-y)",
    "d det(W)/dW = det(W)*W^-T",
    "d abs(c)/dconj(c) = c/(2*abs(c))",
    "d abs(c)/dconj(c) = exp(1j*arg(c))/2",
    "d c^2*conj(c)/dc = 2*abs(c)^2",
    "d tr(Z*Z^H)/d imag(Z) = 2*imag(Z)",
    "d(z^H*S*z) = 2*real(z^H*S*dz)",
    "d(Z*Z^H) = dZ*Z^H + Z*dZ^H",
    "d tr(U^H*A*U*W)/dconj(U) = A*U*W",
    "d (a.*exp(1j*t*k))/dt = (1j*k.*a.*exp(1j*t*k))^T",
    "grad_Z log(det(I+Z*Z^H)) = 2*(I+Z*Z^H)^-1*Z",
]
WRONG = [
    ("d tr(B*Z)/dZ = B^H", "conjugate of what it should be"),
    ("d tr(B*Z)/dZ = B", "right in numerator layout"),
    ("d z^H*A*z/dz = A^H*z", "conjugate of what it should be"),
    ("d z^H*A*z/dz = A*z", "it is d f/dconj(z), and d f/dz is asked"),
    ("d z^H*A*z/dconj(z) = A^T*conj(z)", "it is d f/dz, and d f/dconj(z) is asked"),
    ("d z^H*A*z/dconj(z) = A*conj(z)", "conj"),
    ("d z^H*A*z/dconj(z) = A^H*z", "right if A is hermitian"),
    ("d z^H*A*z/dconj(z) = 2*A*z", "it is the gradient 2*d f/dconj(z)"),
    ("grad_z (z^H*S*z) = S*z", "2 times the claim"),
    ("grad_z (z^H*S*z) = 2*conj(S*z)", "which jax.grad returns"),
    ("grad_z (z^H*S*z) = 2*S^T*z", "S^T stands where S is right"),
    ("grad_z (z^H*S*z) = -2*S*z", "sign"),
    ("grad_z ||A*z-y||^2 = 2*A^T*(A*z-y)", "A^T stands where A^H is right"),
    ("grad_z ||A*z-y||^2 = A^H*(A*z-y)", "it is d f/dconj(z), and the gradient"),
    ("grad_z ||A*z-y||^2 = 2*A^H*A*z", "missing"),
    ("grad_z ||A*z-y||^2 = 2*A^H*(A*z-conj(y))", "conj(y) stands where y is right: a conjugate is too much"),
    ("d det(W)/dW = det(W)*W^-H", "W^H stands where W^T is right"),
    ("d det(W)/dW = det(W)*W^-1", "right if W is symmetric"),
    ("d abs(c)^2/dc = c", "it is d f/dconj(c), and d f/dc is asked"),
    ("d abs(c)^2/dc = 2*c", "it is the gradient 2*d f/dconj(c)"),
    ("d abs(c)^2/dconj(c) = 2*conj(c)", "it is 2*d f/dc, which jax.grad returns"),
    ("d abs(c)/dc = c/(2*abs(c))", "d f/dconj(c)"),
    ("d c^3/dc = 3*conj(c)^2", "conjugate of what it should be"),
    ("d c^2*conj(c)/dconj(c) = 2*abs(c)^2", "it is d f/dc, and d f/dconj(c) is asked"),
    ("d tr(Z*Z^H)/d imag(Z) = 2*real(Z)", "it is d f/d real(Z), and d f/d imag(Z) is asked"),
    ("d tr(Z*Z^H)/d real(Z) = 2*Z", "it is the gradient 2*d f/dconj(Z), and d f/d real(Z) is asked"),
    ("d(z^H*S*z) = 2*real(z^T*S*dz)", "z^T stands where z^H is right"),
    ("d(Z*Z^H) = dZ*Z^H + Z*dZ^T", "dZ^T stands where dZ^H is right"),
    ("d tr(U^H*A*U*W)/dconj(U) = A*conj(U)*W", "a conjugate is too much"),
    ("d (A*z)/dz = A", "right in numerator and mixed layout"),
    ("d (A*z)/dz = A^H", "conjugate of what it should be"),
    ("d (a.*exp(1j*t*k))/dt = (-1j*k.*a.*exp(1j*t*k))^T", "sign"),
    ("grad_Z log(det(I+Z*Z^H)) = (I+Z*Z^H)^-1*Z", "it is d f/dconj(Z), and the gradient"),
    ("grad_Z log(det(I+Z*Z^H)) = 2*(I+Z*Z^T)^-1*Z", "Z^T stands where Z^H is right"),
]


def _known(claim: str) -> dict[str, str]:
    return {k: v for k, v in KINDS.items() if k in claim}


@pytest.mark.parametrize("claim", RIGHT)
def test_a_right_claim_is_right(claim: str) -> None:
    assert verify(claim, variables=_known(claim)).right


@pytest.mark.parametrize(("claim", "told"), WRONG)
def test_a_wrong_claim_is_wrong_and_says_why(claim: str, told: str) -> None:
    found = verify(claim, variables=_known(claim))
    assert found.verdict == "wrong"
    assert told in str(found)
    json.dumps(found.to_dict())


def test_a_claim_that_holds_of_hermitian_matrices_says_so() -> None:
    told = str(verify("d z^H*A*z/dz = conj(A*z)", variables=_known("A z")))
    assert "it is right if A is hermitian" in told


def test_a_value_may_differ_in_the_imaginary_part_alone() -> None:
    found = verify("d (1j*c)/dc = 2j", variables={"c": "scalar complex"})
    assert found.verdict == "wrong" and found.entry is not None and found.to_dict()["entry"]["claimed"] == "2j"

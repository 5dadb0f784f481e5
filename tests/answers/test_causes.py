"""Wrong claims of the kinds that people make, and the cause that is named for each."""

from __future__ import annotations

import pytest

from matcalc import verify

SQUARE = "A: n x n; B: n x n; X: n x n"
CHAIN, SUMMAND, FACTOR, ORDER, KRON, SCALAR = "chain rule stops", "the summand", "the factor", "another order", "Kronecker", "for numbers"
SIGN, HALF, SYMMETRIC, SOME = "a sign is wrong", "times the claim", "symmetric", "before some summands only"

WRONG = [
    ("d exp(x'*A*x)/dx = exp(x'*A*x)", CHAIN),
    ("d log(det(X))/dX = 1/det(X)", CHAIN),
    ("d sum(exp(A*x))/dx = exp(A*x)", CHAIN),
    ("d ||A*x-b||^2/dx = A*x-b", CHAIN),
    ("d ||A*x-b||^2/dx = 2*(A*x-b)", CHAIN),
    ("d sqrt(x'*x)/dx = 1/(2*sqrt(x'*x))", CHAIN),
    ("d det(X)/dX = inv(X)'", "the factor det(X) is missing"),
    ("d (x'*A*x)^2/dx = 2*(A+A')*x", "the factor x^T*A*x is missing"),
    ("d x'*A*x/dx = A*x", "the summand A^T*x is missing"),
    ("d tr(X'*A*X)/dX = tr(dX'*A*X)", SUMMAND),
    ("d (X*A*X)/dX = dX*A*X", "the summand X*A*dX is missing"),
    ("d exp(x'*A*x)/dx = exp(x'*A*x)*dx'*A*x", SUMMAND),
    ("d exp(x'*A*x)/dx = exp(x'*A*x)*A*x", SUMMAND),
    (f"d tr(A*X*B)/dX = B^T*A^T @ {SQUARE}", ORDER),
    ("d X^-1/dX = -X^-2*dX", ORDER),
    (f"d (A*X*B)/dX = kron(A, B^T) @ {SQUARE}", KRON),
    ("d -y'*log(softmax(W*x))/dW = (softmax(W*x)-y)*x'", "right if sum(y) = 1"),
    ("d X^2/dX = 2*X", SCALAR),
    ("d (X*X)/dX = 2*X*dX", SCALAR),
    ("d (b'*x + x'*A*x)/dx = 2*b + (A+A^T)*x", SOME),
    ("d (b'*x - x'*A*x)/dx = b + (A+A^T)*x", SIGN),
    ("d X^-1/dX = X^-1*dX*X^-1", "only its sign is wrong"),
    ("d x'*A*x/dx = 2*A*x", SYMMETRIC),
    ("d ||A*x-b||^2/dx = 2*A*(A*x-b) @ A: n x n", SYMMETRIC),
]


@pytest.mark.parametrize(("claim", "cause"), WRONG)
def test_cause(claim: str, cause: str) -> None:
    asked, _, declared = claim.partition(" @ ")
    verdict = verify(asked, variables=[d.strip() for d in declared.split(";") if d])
    assert verdict.verdict == "wrong"
    assert cause in str(verdict), str(verdict)


def test_causes_in_json() -> None:
    told = verify("d det(X)/dX = inv(X)'").to_dict()["causes"]
    assert told == [{"kind": "missing factor", "told": "the factor det(X) is missing"}]

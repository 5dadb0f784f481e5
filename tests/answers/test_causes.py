"""Wrong claims of the kinds that people make, and the cause that is named for each."""

from __future__ import annotations

import pytest
from wrong_claims import CLAIMS, UNNAMED

from matcalc import verify
from matcalc.answers.claims.verdict import Verdict

NAMED = 0.85


def judged(claim: str) -> Verdict:
    asked, _, declared = claim.partition(" @ ")
    return verify(asked, variables=[d.strip() for d in declared.split(";") if d])


@pytest.mark.parametrize(("claim", "cause"), CLAIMS)
def test_cause(claim: str, cause: str) -> None:
    verdict = judged(claim)
    assert verdict.verdict == "wrong"
    assert cause in str(verdict), str(verdict)


@pytest.mark.parametrize("claim", UNNAMED)
def test_wrong_without_a_cause(claim: str) -> None:
    assert judged(claim).verdict == "wrong"


def test_most_mistakes_are_named() -> None:
    assert len(CLAIMS) + len(UNNAMED) >= 120
    assert len(CLAIMS) / (len(CLAIMS) + len(UNNAMED)) >= NAMED


@pytest.mark.parametrize(
    ("claim", "cause"),
    [
        ("d(X'*A*X) = X'*A*dX", "the summand dX^T*A*X is missing"),
        ("d(logdet(X)) = tr(inv(X)'*dX)", "a transpose"),
        ("d (A*x)[i]/dx[j] = A[j,i]", "the indices are exchanged: A[j,i] should be A[i,j]"),
        ("d (A*X*B)[i,j]/dX[k,l] = A[i,l]*B[k,j]", "the indices are exchanged"),
        ("d (x'*x)/dx[i] = x[i]", "it must be 2 times this"),
        ("d (x'*x)/dx[i] = -2*x[i]", "only its sign is wrong"),
        ("d softmax(x)[i]/dx[j] = softmax(x)[i]*delta[i,j]", "is missing"),
        ("d log(sum(exp(A*x)))/dx = A'*exp(A*x)", "it must be 1/sum(exp(A*x)) times this"),
    ],
)
def test_causes_in_other_notations(claim: str, cause: str) -> None:
    """Increments with no variable named, and entries with labels."""
    verdict = judged(claim)
    assert verdict.verdict == "wrong"
    assert cause in str(verdict), str(verdict)


def test_causes_in_json() -> None:
    told = verify("d det(X)/dX = inv(X)'").to_dict()["causes"]
    assert told == [{"kind": "missing factor", "told": "the factor det(X) is missing"}]

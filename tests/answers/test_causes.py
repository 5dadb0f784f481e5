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


def test_causes_in_json() -> None:
    told = verify("d det(X)/dX = inv(X)'").to_dict()["causes"]
    assert told == [{"kind": "missing factor", "told": "the factor det(X) is missing"}]

"""Properties of every answer, on random expressions."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import DIMS, VARIABLES, cases

from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.errors import CertificateError, MatcalcError, NotDifferentiable
from matcalc.reading.alone import read_expression
from matcalc.simplify.simplify import simplify

RELAXED = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def derived(expr: str, wrt: str, layout: str) -> Derivative | None:
    """The answer; None where the engine refuses for a reason that users are told of."""
    try:
        found = derive(expr, wrt=wrt, variables=VARIABLES, layout=layout)
    except CertificateError:
        raise
    except NotDifferentiable:
        return None
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@RELAXED
@given(case=cases())
def test_certificate_holds(layout: str, case: tuple[str, str]) -> None:
    found = derived(*case, layout)
    if found is not None:
        assert found.certificate is not None
        assert found.certificate.error < 1e-5
        assert found.text and found.latex and found.numpy


@RELAXED
@given(case=cases())
def test_text_reads_back_to_the_same_expression(case: tuple[str, str]) -> None:
    found = derived(*case, "denominator")
    if found is not None and found.expr is not None:
        assert read_expression(found.text, found.request.variables, dimensions=DIMS) is found.expr


@RELAXED
@given(case=cases())
def test_simplify_is_idempotent(case: tuple[str, str]) -> None:
    found = derived(*case, "denominator")
    if found is not None and found.expr is not None:
        assert simplify(found.expr) is found.expr
        assert simplify(found.expr).shape == found.expr.shape


@RELAXED
@given(case=cases())
def test_numerator_is_the_transpose_of_denominator(case: tuple[str, str]) -> None:
    numerator, denominator = (derived(*case, layout) for layout in ("numerator", "denominator"))
    if numerator is not None and denominator is not None and numerator.form != "vec":
        assert numerator.shape == denominator.shape[::-1]


def test_errors_are_documented() -> None:
    assert issubclass(CertificateError, MatcalcError)

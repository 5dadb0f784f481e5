"""Derivatives by complex variables: Z and conj(Z) are two variables of one differential (Hjørungnes 2011)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcalc.answers.certified import certified
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive, derived_one
from matcalc.errors import UsageError
from matcalc.reading.request import read_request

KINDS = {
    "A": "m n complex", "B": "n m complex", "S": "n n hermitian", "Z": "m n complex", "W": "n n complex invertible", "a": "n complex",
    "z": "n complex", "y": "m", "c": "scalar complex", "t": "scalar",
}  # fmt: skip
CASES = [
    ("tr(B*Z)", "Z", "", "B^T"),
    ("tr(B*Z)", "Z", "conjugate", "zeros(m,n)"),
    ("abs(c)", "c", "", "conj(c)/(2*abs(c))"),
    ("abs(c)^2", "c", "conjugate", "c"),
    ("norm2(A*z)^2", "z", "gradient", "2*A^H*A*z"),
    ("conj(z)^T*S*z", "z", "gradient", "2*S*z"),
    ("tr(conj(Z))", "Z", "imaginary", None),
    ("arg(c)", "c", "conjugate", None),
    ("log(det(S + conj(Z)^T*Z))", "Z", "gradient", None),
    ("real(a^T*z)", "z", "real", None),
    ("sum((abs(A*z).^2 - y).^2)", "z", "gradient", None),
    ("W^-1", "W", "", None),
    ("Z*conj(Z)^T", "Z", "conjugate", None),
    ("real(a^T*exp(t*z))", "t", "", None),
]


def answer(text: str, wrt: str, component: str) -> Derivative:
    wanted = f"d {text} / d{wrt}"
    read = read_request(wanted, variables={k: v for k, v in KINDS.items() if k in wanted})
    read = replace(read, components=(component,))
    return derived_one(read, read.wrt[0], None, "denominator", "auto", "column", True)


@pytest.mark.parametrize(("text", "wrt", "component", "expected"), [c for c in CASES if c[0] != "tr(conj(Z))"])
def test_it_is_certified_by_differences_in_both_parts(text: str, wrt: str, component: str, expected: str | None) -> None:
    found = answer(text, wrt, component)
    assert found.certificate is not None and found.certificate.status in ("checked", "not needed")
    assert expected is None or found.text == expected


def test_a_gradient_is_of_a_real_function() -> None:
    with pytest.raises(UsageError, match="not known to be"):
        answer("a^T*z", "z", "gradient")


def test_the_certificate_sees_a_missing_conjugate() -> None:
    from matcalc.errors import CertificateError

    read = read_request("d norm2(A*z)^2 / dz", variables={"A": "m n complex", "z": "n complex"})
    right = derived_one(read, read.wrt[0], None, "denominator", "auto", "column", False)
    from matcalc.answers.rendering import Rendering
    from matcalc.calculus.differentiate import differentiate

    steps = differentiate(read.expr, read.wrt[0], None, ("",))
    made = Rendering(read, steps[0], "denominator", "auto", "column")
    assert certified(read, steps, made, made.result(), None).status == "checked"
    wrong = differentiate(read.expr, read.wrt[0], None, ("conjugate",))
    false = Rendering(read, wrong[0], "denominator", "auto", "column")
    with pytest.raises(CertificateError):
        certified(read, steps, false, false.result(), None)
    assert right.certificate is None


@pytest.mark.parametrize(
    ("text", "wrt", "expected"),
    [
        ("tr(B*Z)", "Z", "tr(B*dZ)"),
        ("Z*conj(Z)^T", "Z", None),
        ("norm2(A*z)^2", "z", None),
        ("abs(c)", "c", None),
        ("real(a^T*exp(t*z))", "t", None),
    ],
)
def test_a_differential_moves_the_conjugate_along_the_conjugate(text: str, wrt: str, expected: str | None) -> None:
    wanted = f"d {text} / d{wrt}"
    found = derive(wanted, variables={k: v for k, v in KINDS.items() if k in wanted}, form="differential")
    assert isinstance(found, Derivative) and found.certificate is not None and found.certificate.status == "checked"
    assert expected is None or found.text == expected


def test_a_sum_with_its_conjugate_is_a_real_part() -> None:
    found = derive("d norm2(z)^2/dz", variables={"z": "n complex"}, form="differential")
    assert isinstance(found, Derivative) and "real(" in found.text

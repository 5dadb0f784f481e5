"""Answers with Cholesky factors, from the request to the certified formula."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import Derivative, MatcalcError, derive
from matcalc.algebra.node import Expr
from matcalc.algebra.structure import properties
from matcalc.printing.notations.text import text
from matcalc.reading.alone import parse_expression
from matcalc.simplify.simplify import simplify

SHAPES = {"S": "n n spd", "A": "n n", "B": "n n spd", "X": "m n", "x": "n", "y": "n", "z": "n", "t": "scalar"}


def answer(expr: str, wrt: str, **options: object) -> Derivative:
    found = derive(expr, wrt=wrt, variables={k: v for k, v in SHAPES.items() if k in expr}, **options)  # type: ignore[arg-type]
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert found.certificate.status in ("checked", "not needed")
    return found


@pytest.mark.parametrize(
    ("expr", "wrt", "wanted"),
    [
        ("logdet(chol(S))", "S", "S^-1/2"),
        ("sum(log(diag(chol(S))))", "S", "S^-1/2"),
        ("prod(diag(chol(S)))", "S", "sqrt(det(S))*S^-1/2"),
        ("det(chol(S))", "S", "sqrt(det(S))*S^-1/2"),
        ("det(chol(S))^2", "S", "det(S)*S^-1"),
        ("normF(chol(S))^2", "S", "eye(n)"),
        ("norm2(chol(S)^-1*x)^2", "S", "-S^-1*x*x^T*S^-1"),
        ("norm2(chol(S)^-1*x)^2", "x", "2*S^-1*x"),
        ("norm2(chol(S)^T*x)^2", "x", "2*S*x"),
        ("norm2(chol(S)^T*x)^2", "S", "x*x^T"),
        ("log(det(S)) - 2*sum(log(diag(chol(S))))", "S", "zeros(n,n)"),
        ("tr(A*chol(S))", "S", "chol(S)^-T*sym(halftril(chol(S)^T*A^T))*chol(S)^-1"),
        ("x^T*chol(S)*y", "S", "chol(S)^-T*sym(halftril(chol(S)^T*x*y^T))*chol(S)^-1"),
        ("y + chol(S)*z", "z", "chol(S)^T"),
        ("tr(A*cholesky(S))", "A", "chol(S)^T"),
        ("tr(chol(S)^-1*S*chol(S)^-T*A)", "A", "eye(n)"),
        ("logdet(chol(X^T*X))", "X", "X*(X^T*X)^-1"),
        ("normF(X*chol(X^T*X)^-T)^2", "X", "zeros(m,n)"),
    ],
)
def test_gradients(expr: str, wrt: str, wanted: str) -> None:
    assert answer(expr, wrt).text == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("chol(S)*chol(S)^T", "S"), ("chol(S)^-T*chol(S)^-1", "S^-1"), ("chol(eye(n))", "I"), ("chol(t)", "sqrt(t)"),
        ("chol(diag(x))", "diag(sqrt(x))"), ("diag(chol(S))", "diagv(chol(S))"),
    ],
)  # fmt: skip
def test_laws(written: str, wanted: str) -> None:
    assert text(simplify(parse_expression(written, variables={k: v for k, v in SHAPES.items() if k in written}))) in (wanted, "eye(n)")


def test_the_factors_of_qr_by_cholesky() -> None:
    """dR by Walter and Lehmann: dR = (C - O) R with C = Q^T dX R^-1 and O = tril(C,-1) - tril(C,-1)^T, where diag(R) > 0."""
    rng = np.random.default_rng(11)
    x, b, v = rng.standard_normal((5, 3)), rng.standard_normal((3, 3)), rng.standard_normal((5, 3))
    found = derive("tr(B*chol(X^T*X)^T)", wrt="X", variables={"X": "m n", "B": "n n"})
    assert isinstance(found, Derivative)
    q, r = np.linalg.qr(x)
    q, r = q * np.sign(np.diag(r)), r * np.sign(np.diag(r))[:, None]
    c = q.T @ v @ np.linalg.inv(r)
    o = np.tril(c, -1) - np.tril(c, -1).T
    np.testing.assert_allclose(np.sum(found.function()(X=x, B=b) * v), np.trace(b @ (c - o) @ r), rtol=1e-9)


def test_a_factor_is_lower_triangular() -> None:
    found: Expr = parse_expression("chol(S)", variables={"S": "n n"})
    assert {"lower", "invertible"} <= properties(found)


def test_the_gradient_is_symmetric_and_no_finite_difference_of_one_triangle() -> None:
    f = answer("tr(A*chol(S))", "S").function()
    rng = np.random.default_rng(3)
    a, s = rng.standard_normal((2, 4, 4))
    s = s @ s.T + np.eye(4)
    g = np.asarray(f(A=a, S=s))
    np.testing.assert_allclose(g, g.T, atol=1e-12)
    h = 1e-6
    for i, j in ((0, 0), (2, 1)):
        e = np.zeros((4, 4))
        e[i, j] = e[j, i] = h
        slope = (np.sum(a.T * np.linalg.cholesky(s + e)) - np.sum(a.T * np.linalg.cholesky(s - e))) / (2 * h)
        np.testing.assert_allclose(g[i, j] + (i != j) * g[j, i], slope, rtol=1e-6)


@pytest.mark.parametrize("form", ["vec", "differential", "index"])
@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
def test_every_form_exists(form: str, layout: str) -> None:
    answer("chol(S)", "S", form=form, layout=layout)


def test_second_derivatives() -> None:
    answer("tr(A*chol(S))", "S", order=2)
    answer("log(x^T*chol(S)*x)", "x", order=2)
    answer("norm2(chol(S)^-1*x)^2", "S", order=2)


def test_along_a_line() -> None:
    assert answer("chol(S + t*B)", "t", layout="numerator").text == "chol(S + t*B)*halftril(chol(S + t*B)^-1*B*chol(S + t*B)^-T)"


def test_what_is_not_positive_definite_has_no_factor() -> None:
    with pytest.raises(MatcalcError, match="no point was found"):
        derive("d tr(chol(-X^T*X))/dX", variables={"X": "2 x 3"})

"""Mathematica code: what each operation is written as."""

from __future__ import annotations

from typing import Any

import pytest

from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.errors import UsageError


def source(request: str, **options: Any) -> str:
    found = derive(request, **{"check": False, **options})
    assert isinstance(found, Derivative)
    return found.code("mathematica")


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("d tr(A*X*B)/dX", "Transpose[A].Transpose[B]]"),
        ("d ||A*x - b||^2/dx", "2*(Transpose[A].(A.x - b))]"),
        ("d x^T*A*y/dA", "Outer[Times, x, y]]"),
        ("d exp(x)/dx", "DiagonalMatrix[Exp[x]]]"),
        ("d sum(x./y)/dy", "-x/y^2]"),
        ("d logdet(X)/dX", "Transpose[Inverse[X]]]"),
        ("d vec(X*B)/dX", "KroneckerProduct["),
        ("d sum(A*x)/dx", "Total[A]]"),
        ("d c^2/dc", "2*c]"),
        ("d x^T*(A.*B)*y/dx", "(A*B).y]"),
        ("d det(X)^3/dX", "  3*Det[X]^3*Transpose[Inverse[X]]]"),
        ("d sum(A*diag(x))/dA", "ConstantArray[x, m]]"),
        ("d a^T*X*ones(n)/dX", "Transpose[ConstantArray[a, n]]]"),
        ("d [c, 2*c; sin(c), 1]/dc", "  {{1, Cos[c]}, {2, 0}}]"),
        ("d tr(M*[c, c^2])/dM", "  {c, c^2}]"),
        ("d ||X - ones(m)*x^T||^2/dX", "2*(X - ConstantArray[x, m])]"),
        ("d ||X - x*ones(n)^T||^2/dX", "2*(X - x)]"),
        ("d sum(A.*X*B)/dX", "ConstantArray[Total[B, {2}], m]*A]"),
        ("d c*sum(X)/dc", "  Total[X, 2]]"),
        ("d c^2*sum(x)/dc", "  2*c*Total[x]]"),
        ("d c*kron(x,y)/dc", "  Flatten[Outer[Times, x, y]]]"),
    ],
)
def test_operations(request_: str, told: str) -> None:
    assert told in source(request_)


@pytest.mark.parametrize(
    ("request_", "layout", "told"),
    [
        ("d x^T*x/dx", "numerator", "  {2*x}]\n"),
        ("d x^T*x/dx", "denominator", "  Transpose[{2*x}]]\n"),
        ("d c^2/dc", "numerator", "  {{2*c}}]\n"),
    ],
)
def test_the_derivative_of_a_vec_is_a_matrix(request_: str, layout: str, told: str) -> None:
    assert source(request_, form="vec", layout=layout).endswith(told)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("d tr(M*[A, B])/dM", "ArrayFlatten[{{Transpose[A]}, {Transpose[B]}}]]"),
        ("d tr(M*[A; B])/dM", "ArrayFlatten[{{Transpose[A], Transpose[B]}}]]"),
        ("d tr(M*[A, x; x^T, c])/dM where c: scalar", "ArrayFlatten[{{Transpose[A], Transpose[{x}]}, {{x}, {{c}}}}]]"),
    ],
)
def test_blocks_beside_each_other_are_not_below_each_other(request_: str, told: str) -> None:
    assert told in source(request_)


def test_arguments_are_checked() -> None:
    text = source("d ||A*x - b||^2/dx")
    assert text.startswith('derivative::shapes = "expected shapes A: m x n, x: n, b: m, got `1`, `2`, `3`";\nderivative[A_, x_, b_] := If[')
    assert "ArrayDepth[A] =!= 2 || ArrayDepth[x] =!= 1" in text


def test_an_index_form_is_a_table_of_sums() -> None:
    assert "Table[Sum[KroneckerDelta[" in source("d X^T*A*X/dX", form="index")


def test_no_name_has_an_underscore() -> None:
    assert "derivative[W$1_, x_]" in source("d ||W_1*x||^2/dW_1")


def test_a_symbol_of_mathematica_is_not_taken() -> None:
    assert "derivative[D$_, X_]" in source("d tr(D*X*X)/dX", variables={"D": "n n", "X": "n n"})


def test_a_function_that_it_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="the rule book has no mathematica code for eigvec"):
        source("d eigvec(S,1)/dS")

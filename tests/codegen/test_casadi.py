"""CasADi code: functions of MX, which have the values of NumPy's code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import codegen
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.errors import UsageError
from matcalc.numbers.sampling.domain import points

REQUESTS = [
    "d tr(A*X*B)/dX", "d ||A*x - b||^2/dx", "d^2 logdet(X)/dX^2", "d (X*A*X)/dX", "d (A.*X)/dX", "d x^T*A*x/dx", "d A*x/dx",
    "d^2 logsumexp(A*x)/dx^2", "d softmax(x)/dx", "d sum(log(1 + exp(A*x)))/dx", "d x/||x||/dx", "d tr(X^4)/dX", "d X^-1/dX",
    "d kron(X,A)/dX", "d logdet(A + x*x^T)/dx", "d sum(exp(X))/dX", "d (c*x + b)/dc", "d tr(A*X^-1*B)/dX", "d diag(x)/dx",
    "d ||X||_F/dX", "d det(X)/dX", "d tanh(W*x + b)/dx", "d sum(x./y)/dy", "d vec(X*B)/dX", "d x[2]*sum(x)/dx", "d softmax_rows(X)/dX",
    "d layernorm(x)/dx", "d gelu(A*x)/dx", "d cumsum(x)/dx", "d max(x)*x/dx", "d std(x)/dx", "d sum(A.*(x*ones(n)^T))/dx",
]  # fmt: skip


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **{"check": False, **options})
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_function_of_mx_has_the_values_of_numpy(request_: str, layout: str) -> None:
    ca = pytest.importorskip("casadi")
    d = one(request_, layout=layout)
    made, numpy = codegen.compile_function(d.code("casadi")), codegen.compile_function(d.numpy)
    for point in points(d.parameters, () if d.expr is None else (d.expr,)):
        given = {**point.sizes, **{name: np.array(value) for name, value in point.values.items()}}
        expected = numpy(**{name: given[name] for name in codegen.parameters_of(numpy)})
        if np.all(np.isfinite(expected)):
            break
    names = codegen.parameters_of(made)
    values = {name: ca.DM(given[name]) for name in names}
    symbols = {name: ca.MX.sym(name, *values[name].shape) for name in names}
    found = np.array(ca.Function("f", list(symbols.values()), [made(**symbols)])(*(values[name] for name in names)))
    assert [n for n in found.shape if n != 1] == [n for n in np.shape(expected) if n != 1]
    np.testing.assert_allclose(found.reshape(np.shape(expected), order="A"), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("d ||diag(x)*X||^2/dX", "2*ca.repmat(x**2, 1, m)*X"),
        ("d ||X*diag(x)||^2/dX", "2*ca.repmat((x**2).T, m, 1)*X"),
        ("d x[2]^2*c/dc", "x[1]**2"),
        ("d sum(A[2,:].^2)*c/dc", "ca.dot(A[1, :].T, A[1, :].T)"),
    ],
)
def test_what_a_function_of_mx_is_written_as(request_: str, told: str) -> None:
    assert one(request_).code("casadi").endswith(f"    return {told}\n")


def test_arguments_of_wrong_shapes_are_refused() -> None:
    ca = pytest.importorskip("casadi")
    made = codegen.compile_function(one("d ||A*x - b||^2/dx").code("casadi"))
    with pytest.raises(ValueError, match=r"expected shapes A: m x n, x: n, b: m, got \(2, 3\), \(2, 1\), \(2, 1\)"):
        made(ca.MX.sym("A", 2, 3), ca.MX.sym("x", 2), ca.MX.sym("b", 2))


@pytest.mark.parametrize(
    ("request_", "form", "told"),
    [
        ("d (X*A*X)/dX", "index", "CasADi has arrays of two axes, and this has 4"),
        ("d tr(expm(X))/dX", "auto", "the rule book has no casadi code for expm"),
    ],
)
def test_what_casadi_has_not_is_refused(request_: str, form: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        one(request_, form=form).code("casadi")

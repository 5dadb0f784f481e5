"""Norms of every order, cross products and projections, from the request to the certified formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matcalc import Derivative, MatcalcError, derive


def answer(request: str, **options: object) -> Derivative:
    found = derive(request, **options)  # type: ignore[arg-type]
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert found.certificate.status in ("checked", "not needed")
    return found


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ("d normp(x,3)/dx", "x.*abs(x)/normp(x,3)^2"),
        ("d normp(x,p)/dx", "abs(x).^(p - 1).*sign(x)/normp(x,p)^(p - 1)"),
        ("d ||x||_p/dx", "abs(x).^(p - 1).*sign(x)/normp(x,p)^(p - 1)"),
        (r"\frac{\partial}{\partial x} \|A x - b\|_p^p", "p*A^T*(abs(A*x - b).^(p - 1).*sign(A*x - b))"),
        ("d normp(x,2)/dx", "x/norm2(x)"),
        ("d normp(x,1)/dx", "sign(x)"),
        ("d normp(A*x,4)^4/dx", "4*A^T*(A*x).^3"),
        ("d norminf(x)/dx", "indmax(abs(x)).*sign(x)"),
        (r"\frac{\partial}{\partial x} \|x\|_\infty", "indmax(abs(x)).*sign(x)"),
        ("d norminf(A*x)^2/dx", "2*norminf(A*x)*A^T*(indmax(abs(A*x)).*sign(A*x))"),
        ("d np.linalg.norm(x, np.inf)/dx", "indmax(abs(x)).*sign(x)"),
        ("d cross(a,b)/da", "skew3(b)"),
        ("d c^T*cross(a,b)/da", "cross(b,c)"),
        ("d c^T*cross(a,b)/db", "-cross(a,c)"),
        ("d norm2(cross(a,b))^2/da", "2*cross(b,cross(a,b))"),
        ("d norm2(cross(x,A*x))/dx", "(cross(A*x,cross(x,A*x)) - A^T*cross(x,cross(x,A*x)))/norm2(cross(x,A*x))"),
        ("d cross(a,a)/da", "zeros(3,3)"),
        ("d skew3(a)*b/da", "skew3(b)"),
        ("d a^T*toeplitz(x)*b/dx", "lagsums(a*b^T)[i]"),
        ("d logdet(toeplitz(x))/dx", "lagsums(toeplitz(x)^-1)[i]"),
        ("d toeplitz(x)*b/db", "toeplitz(x)"),
        ("d tr(A*skew3(w))/dw", "[A[2,3] - A[3,2]; A[3,1] - A[1,3]; A[1,2] - A[2,1]]"),
        ("d normF((I - A*pinv(A))*X)^2/dX", "2*(I - A*pinv(A))*X"),
        ("d normF(X - ones(m)*colmeans(X)^T)^2/dX", "2*(I - ones(m,m)/m)*X"),
        ("d norm2(y - X*pinv(X)*y)^2/dX", "2*(X*pinv(X) - I)*y*y^T*pinv(X)^T"),
        ("d a^T*layernorm(x)/dx", "(a - mean(a)*ones(n) - mean(a.*layernorm(x))*layernorm(x))/std(x)"),
        ("d sum(layernorm(x))/dx", "zeros(n)"),
        ("d norm2(rmsnorm(x))^2/dx", "zeros(n)"),
    ],
)
def test_gradients(request_: str, wanted: str) -> None:
    assert answer(request_).text == wanted


@pytest.mark.parametrize(
    "request_", ["d^2 normp(x,3)/dx^2", "d^2 c^T*cross(a,A*a)/da^2", "d^2 norm2(cross(a,b))^2/da^2", "d normp(x,p)/dp"]
)
def test_second_derivatives_and_the_order(request_: str) -> None:
    answer(request_)


@pytest.mark.parametrize(
    "request_", ["d norminf(X)/dX", "d normp(X,p)/dX", "d np.linalg.norm(X, 1)/dX", "d np.linalg.norm(X, np.inf)/dX", "d ||2*X||_p/dX"]
)
def test_norms_of_vectors_are_of_no_matrix(request_: str) -> None:
    with pytest.raises(MatcalcError, match="needs a vector, but"):
        derive(request_, variables={"X": "m n"})


@pytest.mark.parametrize("request_", ["d ||X||_inf/dX", "d ||X||_3/dX", r"\frac{\partial}{\partial X} \|X\|_\infty"])
def test_a_capital_in_bars_is_no_vector(request_: str) -> None:
    with pytest.raises(MatcalcError, match="is not known"):
        derive(request_)


def test_three_entries_are_needed() -> None:
    with pytest.raises(MatcalcError, match="cross needs"):
        derive("d cross(a,b)/da", variables={"a": "4", "b": "4"})


def test_the_code_of_a_cross_product() -> None:
    f = answer("d norm2(cross(a,b))^2/da").function()
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((2, 3))
    np.testing.assert_allclose(f(a=a, b=b), 2 * np.cross(b, np.cross(a, b)))


def test_a_tie_of_the_largest_entries_is_told() -> None:
    assert "attained twice" in " ".join(answer("d ||x||_inf/dx").remarks)


def test_a_coefficient_of_an_identity_is_heeded(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[identity]]\nname = "double angle"\nargs = ["x: m x n"]\nleft = "2*sin(x).*cos(x)"\nright = "sin(2*x)"\nsource = "calculus"\n',
        encoding="utf-8",
    )
    found = derive("d sum(sin(x).^2)/dx", rules=str(own))
    assert isinstance(found, Derivative)
    assert found.text == "sin(2*x)"
    found = derive("d sum(sin(x).^2)/2/dx", rules=str(own))
    assert isinstance(found, Derivative)
    assert found.text in ("sin(x).*cos(x)", "cos(x).*sin(x)", "sin(2*x)/2")

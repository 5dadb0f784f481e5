"""Functions of which only the kind is known: derivatives of first and second order, in every notation and as code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, MatcalcError, derive, matrix, scalar, vector, verify
from matcalc.algebra.node import Unknown
from matcalc.algebra.walk import in_order
from matcalc.build import function, tr
from matcalc.reading.alone import read_expression

t = {"t": "scalar"}
TEXTS = [
    # a number to an array
    ("d logdet(K(t))/dt", {"K": "scalar -> matrix", **t}, "tr(K'(t)*K(t)^-1)"),
    ("d y^T*K(t)^-1*y/dt", {"K": "scalar -> matrix", **t}, "-y^T*K(t)^-1*K'(t)*K(t)^-1*y"),
    ("d^2 tr(A*K(t))/dt^2", {"K": "scalar -> matrix", **t}, "tr(A*K''(t))"),
    ("d r(t)^T*A*r(t)/dt", {"r": "scalar -> vector", "A": "n n symmetric", **t}, "2*r'(t)^T*A*r(t)"),
    ("d^2 c^T*r(t^2)/dt^2", {"r": "scalar -> vector", "c": "n", **t}, "2*c^T*(2*t^2*r''(t^2) + r'(t^2))"),
    # a vector to a number
    ("d f/dx", {"f": "vector -> scalar"}, "grad_f(x)"),
    ("d^2 f/dx^2", {"f": "vector -> scalar"}, "hess_f(x)"),
    ("d^2 f(A*x + b)/dx^2", {"f": "vector -> scalar"}, "A^T*hess_f(A*x + b)*A"),
    ("d^2 f(x + t*v)/dt^2", {"f": "vector -> scalar", **t}, "v^T*hess_f(x + t*v)*v"),
    ("d f(x)^2/dx", {"f": "vector -> scalar"}, "2*f(x)*grad_f(x)"),
    # a vector to a vector
    ("d ||h(x) - y||^2/dx", {"h": "vector -> vector"}, "2*D_h(x)^T*(h(x) - y)"),
    ("d^2 c^T*h(x)/dx^2", {"h": "vector -> vector"}, "D2_h(x)^T*kron(eye(m),c)"),
    ("d h(A*x)/dx", {"h": "vector -> vector"}, "A^T*D_h(A*x)^T"),
    ("d f(h(x))/dx", {"f": "vector -> scalar", "h": "vector -> vector"}, "D_h(x)^T*grad_f(h(x))"),
    # a vector to a matrix, matrices to anything
    ("d logdet(K(x))/dx", {"K": "vector -> matrix"}, "D_K(x)^T*vec(K(x)^-T)"),
    ("d tr(F(X)*B)/dX", {"F": "matrix -> matrix"}, "D_F(X)^T*vec(B^T)"),
    ("d F(X)/dX", {"F": "matrix -> vector"}, "D_F(X)^T"),
    ("d^2 f/dX^2", {"f": "matrix -> scalar"}, "hess_f(X)"),
    ("d f(A*X)/dX", {"f": "matrix -> scalar"}, "A^T*grad_f(A*X)"),
    # beside the commutation matrix
    ("d tr(K(t)*X^T*A*X)/dt", {"K": "scalar -> matrix", **t}, "tr(A*X*K'(t)*X^T)"),
]


UNDECLARED = [
    ("d log det K(theta)/dtheta", "tr(K'(theta)*K(theta)^-1)", "K is an unknown function whose value is m x m"),
    (r"\frac{\partial}{\partial\theta} \log\det K(\theta)", "tr(K'(theta)*K(theta)^-1)", "K is an unknown function whose value is m x m"),
    ("d y^T*K(theta)^-1*y/dtheta", "-y^T*K(theta)^-1*K'(theta)*K(theta)^-1*y", "K is an unknown function whose value is n x n"),
    (r"\frac{\partial}{\partial t} \tr(A(t)^\top A(t))", "2*sum(A'(t).*A(t))", "A is an unknown function whose value is m x n"),
    ("d x(t)^T*A*x(t)/dt where A: n n symmetric", "2*x'(t)^T*A*x(t)", "x is an unknown function whose value has n entries"),
    ("d f(x)/dx", "grad_f(x)", "f is an unknown scalar-valued function"),
    ("hess_x f(x)", "hess_f(x)", "f is an unknown scalar-valued function"),
    ("d f(x)*g(x)/dx", "g(x)*grad_f(x) + f(x)*grad_g(x)", "g is an unknown scalar-valued function"),
    ("d f(x) + c/2*||x||^2/dx", "c*x + grad_f(x)", "f is an unknown scalar-valued function"),
    ("d e^(-f(x))/dx", "-exp(-f(x))*grad_f(x)", "f is an unknown scalar-valued function"),
    ("d ||f(x) - y||^2/dx", "2*D_f(x)^T*(f(x) - y)", "f is an unknown function whose value has m entries"),
    ("d c^T*f(x)/dx", "D_f(x)^T*c", "f is an unknown function whose value has n entries"),
    ("d L/dtheta where L = ||y - f(theta)||^2", "2*f'(theta)^T*(f(theta) - y)", "f is an unknown function whose value has n entries"),
    (r"\nabla_\theta L(\theta)", "grad_L(theta)", "L is an unknown scalar-valued function"),
    (r"\nabla_\theta (L(\theta) + \lambda\|\theta\|^2)", "2*lambda*theta + grad_L(theta)", "L is an unknown scalar-valued function"),
    (r"\frac{\partial J(\theta)}{\partial\theta}", "J'(theta)", "J is an unknown scalar-valued function"),
    ("d X(t)^-1/dt", "-X(t)^-T*X'(t)^T*X(t)^-T", "X is an unknown function whose value is m x m"),
    (r"\nabla_x \log p(x)", "grad_p(x)/p(x)", "p is an unknown scalar-valued function"),
    ("d (y - phi(x)^T*w)^2/dw", "2*(phi(x)^T*w - y)*phi(x)", "phi is an unknown function whose value has m entries"),
    (r"\frac{\partial}{\partial x} \frac{f(x)}{g(x)}", "grad_f(x)/g(x) - f(x)*grad_g(x)/g(x)^2", "g is an unknown scalar-valued function"),
    ("d rho(A)/dA", "grad_rho(A)", "rho is an unknown scalar-valued function"),
    ("d phi(theta)^2/dtheta", "2*phi'(theta)*phi(theta)", "phi is an unknown function that acts on every entry"),
]


@pytest.mark.parametrize(("request_", "text", "note"), UNDECLARED, ids=[u[0] for u in UNDECLARED])
def test_a_call_of_a_letter_is_one_of_an_unknown_function(request_: str, text: str, note: str) -> None:
    d = one(request_)
    assert d.text == text
    assert note in d.assumptions


PRODUCTS = [
    ("d A(x - b)/dx", "A^T"),
    ("d tr(A(B + C))/dA", "(B + C)^T"),
    ("d (K(theta) + K)/dtheta", "K^T"),
]


@pytest.mark.parametrize(("request_", "text"), PRODUCTS, ids=[p[0] for p in PRODUCTS])
def test_what_stands_alone_too_or_before_a_sum_is_a_factor(request_: str, text: str) -> None:
    assert one(request_).text == text


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize(("request_", "variables", "text"), TEXTS, ids=[t[0] for t in TEXTS])
def test_derivatives(request_: str, variables: dict[str, str], text: str) -> None:
    assert one(request_, variables=variables).text == text


@pytest.mark.parametrize(("request_", "variables", "text"), TEXTS, ids=[t[0] for t in TEXTS])
@pytest.mark.parametrize("layout", ["numerator", "mixed"])
def test_other_layouts_are_certified(request_: str, variables: dict[str, str], text: str, layout: str) -> None:
    certificate = one(request_, variables=variables, layout=layout).certificate
    assert certificate is not None
    assert certificate.error < 1e-6


def test_a_claim_may_speak_of_the_derivatives() -> None:
    assert verify("d^2 f(A*x)/dx^2 = A^T*hess_f(A*x)*A", variables={"f": "vector -> scalar"})
    assert verify("d logdet(K(t))/dt = tr(K'(t)*K(t)^-1)", variables={"K": "scalar -> matrix", **t})
    assert not verify("d logdet(K(t))/dt = tr(K'(t)^T*K(t)^-1)", variables={"K": "scalar -> matrix", **t})
    assert not verify("d h(A*x)/dx = A^T*D_h(x)^T", variables={"h": "vector -> vector", "A": "n n"})


def test_latex_of_a_second_derivative_reads_back() -> None:
    d = one("d^2 ||h(x) - y||^2/dx^2", variables={"h": "vector -> vector"})
    assert r"\mathrm{D}^{2}h(x)" in d.latex
    h = next(n.data.base for n in in_order([d.request.expr]) if n.op == "call")
    assert read_expression(d.latex, d.request.variables, {"h": h}, latex=True) is d.expr


def test_code_takes_the_function_and_its_derivatives() -> None:
    d = one("d ||h(x) - y||^2/dx", variables={"h": "vector -> vector"})
    a = np.array([[1.0, 2.0], [3.0, 5.0], [0.5, -1.0]])
    x, y = np.array([0.3, -0.2]), np.array([1.0, 0.0, 2.0])
    found = d.function()(x=x, y=y, h=lambda z: np.tanh(a @ z), D_h=lambda z: (1 - np.tanh(a @ z) ** 2)[:, None] * a)
    assert np.allclose(found, 2 * a.T @ ((1 - np.tanh(a @ x) ** 2) * (np.tanh(a @ x) - y)))


def test_code_of_a_matrix_that_depends_on_a_number() -> None:
    d = one("d y^T*K(t)^-1*y/dt", variables={"K": "scalar -> matrix", **t})
    k = np.array([[2.0, 0.3], [0.1, 1.0]])
    found = d.function()(y=np.array([1.0, 2.0]), t=0.5, K=lambda s: k * np.exp(s), K_prime=lambda s: k * np.exp(s))
    assert np.isclose(found, -np.exp(-0.5) * np.array([1.0, 2.0]) @ np.linalg.solve(k, np.array([1.0, 2.0])))


def test_expressions_in_python() -> None:
    x, X, s = vector("x", "n"), matrix("X", "m", "n"), scalar("s")
    K, F = function("K", "scalar -> matrix", ("n", "n")), function("F", "matrix -> matrix", ("n", "m"))
    h = function("h", "vector -> vector", "p")
    assert derive(x.T @ K(s) @ x, wrt=s).text == "x^T*K'(s)*x"
    assert "D_F(X)^T*vec(X^T)" in derive(tr(F(X) @ X), wrt=X).text
    assert derive(h(x), wrt=x, layout="numerator").text == "D_h(x)"
    for kind, length in (("vector -> scalar", "n"), ("vector -> matrix", "n"), ("vector -> vector", None)):
        with pytest.raises(MatcalcError):
            function("g", kind, length)


def test_what_has_no_index_form_says_so() -> None:
    with pytest.raises(MatcalcError, match="no closed form with indices"):
        derive("d F(X + t*V)/dt", variables=["F: matrix -> matrix", "t: scalar"], form="index")


def test_a_third_derivative_has_no_name() -> None:
    with pytest.raises(MatcalcError, match="the third derivative of the unknown function f has no name"):
        Unknown("f", "scalar", 2).derived()

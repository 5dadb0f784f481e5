"""The points of a certificate: both sides of every kink, both determinants, domains far from the origin, and no vacuous zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contraction import variable

from matcalc import CertificateError, Derivative, NotDifferentiable, derive
from matcalc.algebra.node import Expr, sym
from matcalc.answers.result import shape_text
from matcalc.book.sizes import ONE, axes, dim
from matcalc.calculus.contracting import apply
from matcalc.numbers.certifying.certificate import certify
from matcalc.numbers.conditions import Goal, Margins, domain_of, kinks_of
from matcalc.numbers.evaluate import Program
from matcalc.numbers.outcome import Certificate
from matcalc.numbers.sampling.domain import points
from matcalc.numbers.sampling.random_points import Drawing, Point
from matcalc.numbers.sampling.search import Search
from matcalc.numbers.signs import signs_of
from matcalc.reading.alone import read_expression
from matcalc.reading.request import read_request

N = dim("n")


def certified(request: str, *declared: str) -> Certificate:
    found = derive(request, variables=list(declared))
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    return found.certificate


def claimed(function: str, wrt: str, formula: str, **declared: Expr) -> Certificate:
    """The certificate of a claimed derivative in mixed layout, of the function as it is written."""
    y = read_request(function, wrt=wrt, variables={name: shape_text(v) for name, v in declared.items()}).literal
    x, claim = declared[wrt], read_expression(formula, declared)
    program = Program([claim])
    return certify(
        y,
        x,
        lambda p: program(p.values, p.sizes, p.unknowns)[0],
        lambda array, v, _: apply(array, v, len(axes(y.shape)), len(axes(x.shape)), "mixed"),
        list(declared.values()),
        (claim,),
    )


X, C, ALPHA = variable("x", "n"), sym("c", (ONE, ONE), 0), sym("alpha", (ONE, ONE), 0)
Q2, Q3 = variable("Q", "2 2", ["orthogonal"]), variable("Q", "3 3", ["orthogonal"])
x2, x3 = variable("x", "2"), variable("x", "3")


@pytest.mark.parametrize(
    ("function", "wrt", "wrong", "declared"),
    [
        ("sum(relu(x) - relu(x - 6*ones(n)))", "x", "heaviside(x)", {"x": X}),
        ("relu(c - 2)", "c", "0*c", {"c": C}),
        ("relu(c - 100)", "c", "7*relu(c - 100)", {"c": C}),
        ("abs(c - 10)", "c", "-1", {"c": C}),
        ("sum(relu(x - 100*ones(n)))", "x", "zeros(n)", {"x": X}),
        ("relu(alpha + 10)", "alpha", "1", {"alpha": ALPHA}),
        ("sum(relu(x - 0.4*ones(n)))", "x", "ones(n)", {"x": variable("x", "n", ["positive"])}),
        ("exp(-1000*x^T*x)", "x", "zeros(n)", {"x": X}),
        ("sum(sigmoid(x - 1000*ones(n)))", "x", "zeros(n)", {"x": X}),
        ("x^T*Q*x", "x", "2*Q*x", {"x": x2, "Q": Q2}),
        ("det(Q)*x^T*x", "x", "2*x", {"x": x3, "Q": Q3}),
        ("det(Q)*x^T*x", "x", "-2*x", {"x": x2, "Q": Q2}),
    ],
)
def test_what_is_wrong_only_elsewhere_is_refused(function: str, wrt: str, wrong: str, declared: dict[str, Expr]) -> None:
    with pytest.raises(CertificateError):
        claimed(function, wrt, wrong, **declared)


@pytest.mark.parametrize(
    ("request_", "declared", "least"),
    [
        ("d sum(relu(x) - relu(x - 6*ones(n)))/dx", (), 3),
        ("d relu(c - 100)/dc", ("c: scalar",), 2),
        ("d norm1(A*X - B)/dX", (), 2),
        ("d sum(relu(relu(x)))/dx", (), 2),
        ("d sum(abs(exp(x)))/dx", (), 1),
        ("d abs(x^T*S*x)/dx", ("S: n x n spd",), 1),
        ("d norm2(t)/dt", ("t: scalar positive",), 1),
        ("d norm2(softmax(W3*relu(W2*relu(W1*x))) - y)/dW1", (), 2),
        ("d x^T*Q*x/dx", ("Q: n x n orthogonal",), 2),
        ("d det(Q)*det(R)*x^T*x/dx", ("Q: 3 x 3 orthogonal", "R: 3 x 3 orthogonal"), 4),
    ],
)
def test_every_side_is_seen(request_: str, declared: tuple[str, ...], least: int) -> None:
    found = certified(request_, *declared)
    assert found.status == "checked"
    assert found.points >= least


@pytest.mark.parametrize(
    "request_",
    [
        "d sqrt(alpha - 10)/dalpha",
        "d log(alpha - 5)/dalpha",
        "d log(sum(x) - 50)/dx",
        "d sqrt(x - 10)/dx",
        "d log(log(log(alpha)))/dalpha",
        "d -sum(log(b - A*x))/dx",
        "d^2 (-sum(log(b - A*x)))/dx^2",
        "d (-sum(log(x)) - sum(log(1 - x)))/dx",
        "d log(1 - x^T*x)/dx where x: 50",
        "d sum(arcsin(x - 3))/dx",
        "d exp(-1000*x^T*x)/dx",
    ],
)
def test_points_are_looked_for(request_: str) -> None:
    found = certified(request_)
    assert found.status == "checked"
    assert 0 < found.error < 1e-5


@pytest.mark.parametrize(
    ("request_", "declared"),
    [
        ("d x^T*W*x/dx", ("W: n x n skew",)),
        ("d x^T*(A - A^T)*x/dx", ()),
        ("d (x^T*A*y - y^T*A^T*x)/dx", ()),
        ("d tr(X*pinv(X))/dX", ()),
        ("d (cosh(alpha)^2 - sinh(alpha)^2)/d alpha", ()),
        ("d sum(softmax_rows(alpha*X))/d alpha", ()),
        ("d logdet(I + x*x^T/(x^T*x))/dx", ()),
        ("d det([cos(t), -sin(t); sin(t), cos(t)])/dt", ("t: scalar",)),
        ("d^2 sum(softmax_rows(B))/dB^2", ()),
        ("d sum(sign(x))/dx", ()),
        ("d (b^T*halftril(P)*b + sum(softmax(y)))/dy", ()),
        ("d norm1(softmax_rows(A))/dA", ()),
        ("d det(gelu_cdf(M*ones(m,m)))/dM", ()),
        ("d det(sigmoid(x*ones(1,n)) .* (ones(n)*y^T))/dy", ()),
    ],
)
def test_what_is_zero_up_to_rounding_is_certified_as_zero(request_: str, declared: tuple[str, ...]) -> None:
    found = certified(request_, *declared)
    assert found.status == "checked"
    assert found.points >= 4


def test_a_zero_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(CertificateError):
        claimed("x^T*ones(n,n)*x - sum(x)^2", "x", "zeros(n,n)", x=X)
    assert claimed("x^T*ones(n,n)*x - sum(x)^2", "x", "zeros(n)", x=X).status == "checked"


def test_a_side_that_no_point_reaches_is_said() -> None:
    found = certified("d abs(alpha^2 - 2*alpha + 2)/dalpha")
    assert str(found) == "unchecked: one side of the kink of abs was not reached"


def test_a_formula_without_value_at_odd_sizes_is_not_called_checked() -> None:
    """det(W)*W^-T has no value where W is singular, as every skew matrix of odd size is."""
    found = claimed("det(W)", "W", "det(W)*inv(W^T)", W=variable("W", "n n", ["skew"]))
    assert str(found) == "unchecked: odd and even sizes of a skew matrix were not both reached"


def test_factors_of_kronecker_products_are_small_where_they_must_be() -> None:
    assert certified("d kron(A,kron(X,B))/dX").status == "checked"


# ------------------------------------------------------------------------------------------------ parts


def test_signs_that_operations_exclude() -> None:
    def signs(text: str, **declared: Expr) -> tuple[bool, bool]:
        e = read_request(text, wrt="x", variables=dict.fromkeys(("x", *declared), "n")).literal
        found = signs_of([e])[e]
        return found.negative, found.positive

    assert signs("exp(x)") == (False, True)
    assert signs("x^T*x") == (False, True)
    assert signs("sum(abs(x)) + norm2(x)") == (False, True)
    assert signs("-exp(x)") == (True, False)
    assert signs("x") == signs("tanh(x)") == signs("logsumexp(x)") == (True, True)
    assert signs("sigmoid(x).^2.*relu(x)") == (False, True)


def test_a_product_of_definite_matrices_is_not_definite() -> None:
    declared = ["S: n x n spd", "T: n x n spd", "x: n", "W: n x n"]

    def signs(text: str) -> tuple[bool, bool]:
        read = read_request(text, wrt="x", variables=declared)
        found = signs_of([read.literal], list(read.variables.values()))[read.literal]
        return found.negative, found.positive

    assert signs("x^T*S*x") == (False, True)
    assert signs("x^T*S*T*x") == signs("x^T*S*W*x") == (True, True)


def test_kinks_and_domains_come_from_the_book() -> None:
    literal = read_request("d sum(relu(x - 1) + log(x) + sqrt(x)) + norm1(x) + norm2(x)/dx").literal
    assert [m.function for m in kinks_of([literal])] == ["relu", "norm1"]
    assert [m.function for m in domain_of([literal])] == ["log"]


def test_a_search_reaches_a_sign_and_a_domain() -> None:
    literal = read_request("d sum(relu(A*x - 100*ones(m)))/dx").literal
    variables = [variable("A", "m n"), variable("x", "n")]
    margins = Margins(kinks_of([literal]))
    start = next(Drawing(variables, [literal]).plain(0))
    found = Search(variables, margins).reached(Goal(0, (0, 2), 1), start)
    assert isinstance(found, Point)
    assert np.all(margins.at(found)[0][[0, 2]] > 0)


def test_a_search_in_an_empty_domain_ends_after_so_many_operations() -> None:
    literal = read_request("d sum(" + "log(" * 100 + "x" + ")" * 100 + ")/dx").literal
    variables = [variable("x", "n")]
    search = Search(variables, Margins(domain_of([literal], variables)), 5_000)
    start = next(Drawing(variables, [literal]).plain(0))
    assert search.inside(start) is None
    assert -5_000 < search.left < 0


def test_moved_points_keep_their_properties() -> None:
    literal = read_request("d relu(tr(S) - 40)/dS", variables={"S": "n n symmetric"}).literal
    variables = [variable("S", "n n", ["symmetric"])]
    margins = Margins(kinks_of([literal]))
    start = next(Drawing(variables, [literal]).plain(0))
    found: Any = Search(variables, margins).reached(Goal(0, (0,), 1), start)
    np.testing.assert_allclose(found.values["S"], found.values["S"].T)
    assert np.trace(found.values["S"]) > 40


def test_points_lie_in_a_domain_that_binds_several_variables() -> None:
    literal = read_request("d -sum(log(b - A*x))/dx").literal
    variables = [variable("A", "m n"), variable("x", "n"), variable("b", "m")]
    inside = [p for p in points(variables, [literal]) if np.all(p.values["b"] > p.values["A"] @ p.values["x"])]
    assert inside


@pytest.mark.parametrize("function", ["sigmoid", "tanh", "relu", "exp", "sin"])
def test_deep_networks_get_a_check_that_is_not_empty(function: str) -> None:
    """0.25^120 drowns every difference quotient of the whole, and a tower of exponentials has no finite value at scale 1."""
    layers = [f"z{k} = {function}(W{k}*{f'z{k - 1}' if k else 'x'})" for k in range(120)]
    found = derive("d sum(z119)/dx", variables={"x": "n"} | {f"W{k}": "n n" for k in range(120)}, lets=layers)
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert found.certificate.status == "checked"
    assert 0 < found.certificate.error < 1e-5


def test_a_tower_of_exponentials_is_checked_with_a_shift() -> None:
    found = certified("d exp(exp(exp(exp(exp(exp(exp(c)))))))/dc", "c: scalar")
    assert found.status == "checked"
    assert found.method == "finite differences, exp shifted"
    with pytest.raises(NotDifferentiable, match="no point was found"):
        claimed("exp(exp(exp(exp(exp(exp(exp(c)))))))", "c", "exp(c)", c=C)


def test_a_point_where_the_function_jumps_says_nothing_of_the_formula() -> None:
    """pinv(W) of a skew matrix of odd size has less rank than the matrices around it; of even size it is the inverse."""
    found = certified("d tr(A*pinv(W))/dW", "W: n x n skew")
    assert (found.status, found.reason) == ("unchecked", "odd and even sizes of a skew matrix were not both reached")
    with pytest.raises(CertificateError):
        certify_wrong_pinv()


def certify_wrong_pinv() -> None:
    n = dim("n")
    w, a = sym("W", (n, n), 2, {"skew"}), sym("A", (n, n))
    program = Program([read_expression("pinv(W)*A^T*pinv(W)", {"W": w, "A": a})])
    certify(
        read_expression("tr(A*pinv(W))", {"W": w, "A": a}), w, lambda p: program(p.values, p.sizes, p.unknowns)[0],
        lambda array, v, point: np.sum(array * v), [w, a],
    )  # fmt: skip

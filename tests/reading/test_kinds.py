"""The kinds of undeclared names: what a request tells of them, what is told of a habit that is overruled, what is never guessed."""

from __future__ import annotations

import time

import pytest

from matcalc import Ambiguous, Derivative, MatcalcError, derive
from matcalc.reading.request import read_request

READ = [
    # Greek vectors
    ("d (y - X*beta)'*(y - X*beta)/dbeta", "2*X^T*(X*beta - y)", {"X": "n x m", "beta": "m"}),
    ("d mu^T*Sigma*mu/dmu", "(Sigma + Sigma^T)*mu", {"mu": "n"}),
    ("d (x - mu)^T*Sigma^-1*(x - mu)/dmu", None, {"mu": "n", "Sigma": "n x n"}),
    ("d ||theta||^2/dtheta", "2*theta", {"theta": "n"}),
    ("d sum(alpha)/dalpha", "ones(n)", {"alpha": "n"}),
    ("d diag(sigma)*A/dA", None, {"sigma": "n"}),
    ("d log(sum(exp(theta)))/dtheta", "softmax(theta)", {"theta": "n"}),
    ("d w^T*mu - gamma/2*w^T*Sigma*w/dw", None, {"mu": "n", "gamma": "scalar"}),
    ("d c^T*z + nu^T*(F*z - g)/dz", "c + F^T*nu", {"nu": "m"}),
    ("d y^T*X*beta - sum(exp(X*beta))/dbeta", "X^T*(y - exp(X*beta))", {"beta": "m"}),
    # scalars: counts, coefficients, exponents, what is divided by or squared
    ("d x^2/dx", "2*x", {"x": "scalar"}),
    ("d 1 - x + x^2/dx", "2*x - 1", {"x": "scalar"}),
    ("d x1^2 + x2^2/dx1", "2*x1", {"x1": "scalar", "x2": "scalar"}),
    ("d -n/2*logdet(Sigma)/dSigma", "-n*Sigma^-T/2", {"n": "scalar"}),
    ("d -N/2*logdet(Sigma) - tr(Sigma^-1*S)/2/dSigma", None, {"N": "scalar", "S": "n x n"}),
    ("d ||A*x - b||^2/(2*n)/dx", "A^T*(A*x - b)/n", {"n": "scalar"}),
    ("d c*x^T*x/dx", "2*c*x", {"c": "scalar"}),
    ("d tr(A)/N/dA", "eye(n)/N", {"N": "scalar"}),
    ("d F_0 + x_1*F_1 + x_2*F_2/dx_1", None, {"x_1": "scalar", "x_2": "scalar"}),
    ("d (a*x^2 + b*x + c)/dx", "2*a*x + b", {"a": "scalar", "b": "scalar", "c": "scalar"}),
    ("d 2*x^2*y/dx", "4*x*y", {"x": "scalar", "y": "scalar"}),
    ("d -y*log(sigma(w^T x)) - (1-y)*log(1-sigma(w^T x))/dw", None, {"y": "scalar"}),
    ("grad_w max(0, 1 - y*(w'*x + b))", None, {"y": "scalar", "b": "scalar", "w": "n"}),
    ("d lambda*||x||^2/dx", "2*lambda*x", {"lambda": "scalar"}),
    ("d w^T*w/2 + C*sum(relu(1 - X*w))/dw", None, {"C": "scalar"}),
    ("d q^T*x + r/dx", "q", {"r": "scalar"}),
    ("∇_θ ½‖Φ*θ − y‖² + (λ/2)‖θ‖²", None, {"theta": "n", "lambda": "scalar"}),
    ("∂/∂W ||X*W - Y||²_F", "2*X^T*(X*W - Y)", {"W": "n x p"}),
    ("d ¾*x^T*x/dx", "3*x/2", {"x": "n"}),
    ("d αᵏ/dα", None, {"alpha": "scalar", "k": "scalar"}),
    ("d e^x/dx", "exp(x)", {"x": "scalar"}),
    ("d e^(a*x)/dx", "a*exp(a*x)", {"a": "scalar", "x": "scalar"}),
    ("d sum(e^(A*x))/dx", "A^T*exp(A*x)", {"x": "n"}),
    # rows, as in a network
    ("d x*W + b/db", None, {"x": "1 x n", "W": "n x m", "b": "1 x m"}),
    ("d ||x*W - t||^2/dW", "2*x^T*(x*W - t)", {"x": "1 x n", "t": "1 x m"}),
    # coefficients beside powers of a matrix
    ("d tr(G^T*(a*X + b*X*X^T*X))/dX", None, {"a": "scalar", "b": "scalar"}),
    ("d sum(sin((W + h*E)*x))/dh", None, {"h": "scalar", "E": "m x n"}),
    ("d exp(s)*M/ds", "exp(s)*M^T", {"s": "scalar"}),
    ("d vec(X)^T*kron(A,B)*vec(X)/dX", "B^T*X*A + B*X*A^T", {"A": "n x n", "B": "m x m"}),
    ("d A*x/dt", "zeros(m)^T", {"t": "scalar"}),
    # what is as the habits say
    ("d alpha*A*x/dx", "alpha*A^T", {"alpha": "scalar"}),
    ("d x/||x||/dx", None, {"x": "n"}),
    ("d exp(-x^T*x/sigma^2)/dx", None, {"sigma": "scalar"}),
    ("d sum(log(1 + exp(A*x)))/dx", None, {"A": "m x n"}),
    ("d tr(x*x^T*A)/dx", "(A + A^T)*x", {"x": "n"}),
    ("d tr(x^T*A*x)/dx", "(A + A^T)*x", {"x": "n"}),
]


@pytest.mark.parametrize(("request_", "text", "kinds"), READ, ids=[r[0] for r in READ])
def test_what_the_use_tells(request_: str, text: str | None, kinds: dict[str, str]) -> None:
    d = derive(request_)
    assert isinstance(d, Derivative)
    assert {name: d.variables[name] for name in kinds} == kinds
    assert text is None or d.text == text


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (
            "d (y - X*beta)'*(y - X*beta)/dbeta",
            "beta is read as a vector: as a scalar, X would be a column (declare 'beta: scalar' if it is one)",
        ),
        ("d sum(alpha)/dalpha", "the argument of sum(alpha) would be a number"),
        ("d theta^T*x/dtheta", "the transpose of theta would be that of a number"),
        ("d x^T*A*x/y/dx", "cannot divide by y (m x 1), which is no scalar"),
        ("d x*W + b/dW", "x is read as a row"),
        ("d tr(W x)/dW", "W is read as a row, though it is a capital"),
    ],
)
def test_every_overruled_habit_is_told(request_: str, told: str) -> None:
    assert any(told in note for note in read_request(request_).assumptions)


@pytest.mark.parametrize("request_", ["d x^T*A*x/dx", "d alpha*A/dalpha", "d ||A*x - b||^2/dx", "d tr(A*X*B)/dX", "d A*x + b/dx"])
def test_no_habit_is_overruled_without_need(request_: str) -> None:
    assert not any(" is read as " in note for note in read_request(request_).assumptions)


@pytest.mark.parametrize(
    ("request_", "readings"),
    [
        (
            "d x*y/dx",
            [
                ({"x": "scalar", "y": "vector"}, "y^T"),
                ({"x": "vector", "y": "scalar"}, "y*eye(n)"),
                ({"x": "scalar", "y": "scalar"}, "y"),
            ],
        ),
        (
            "d max(0, 1 - y*(w'*x + b))/dw",
            [
                ({"b": "scalar", "y": "vector"}, "-x*(y.*heaviside(ones(n) - y*(w^T*x + b)))^T"),
                ({"b": "scalar", "y": "scalar"}, "-y*heaviside(1 - y*(w^T*x + b))*x"),
            ],
        ),
        ("d sum(sin(x*W))/dW", [({"x": "scalar"}, "x*cos(x*W)"), ({"x": "row"}, "x^T*cos(x*W)")]),
        ("d v^T*(a*b)/da", [({"a": "scalar", "b": "vector"}, "b^T*v"), ({"a": "vector", "b": "scalar"}, "b*v")]),
    ],
)
def test_two_good_readings_are_both_shown(request_: str, readings: list[tuple[dict[str, str], str]]) -> None:
    with pytest.raises(Ambiguous) as caught:
        derive(request_)
    assert [(dict(r.variables), r.text) for r in caught.value.readings] == readings
    for r in caught.value.readings:
        d = derive(request_, variables=r.variables)
        assert isinstance(d, Derivative)
        assert d.text == r.text


@pytest.mark.parametrize("request_", ["d det(x)/dx", "d inv(x)*A/dA", "d tr(a)*x/dx"])
def test_what_would_break_too_much_is_refused(request_: str) -> None:
    with pytest.raises(MatcalcError, match="square"):
        derive(request_)


@pytest.mark.parametrize(
    "request_", ["dL/dW where L = -sum(y*log(p)); p = softmax(W*x)", "d sum(-y*log(z) - (1 - y)*log(1 - z))/dz", "d mean(w*(x - y).^2)/dx"]
)
def test_a_product_of_columns_in_a_sum_is_no_scaling(request_: str) -> None:
    with pytest.raises(MatcalcError, match="cannot multiply two columns"):
        derive(request_)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("d tr(exp(X))/dX", "exp acts on every entry; expm is the function of the matrix"),
        ("d tr(A*log(X))/dX", ""),
        ("d tr(A*log(X))/dX where A: n x n", "log acts on every entry; logm is the function of the matrix"),
        ("d exp(A*B)*x/dx where A: n x n; B: n x n", "exp acts on every entry"),
        ("d det(sqrt(X))/dX", "sqrt acts on every entry; sqrtm is the function of the matrix"),
        ("d tr(expm(X))/dX", ""),
        ("d sum(exp(A*x))/dx", ""),
        ("d sum(exp(X))/dX where X: n x n", ""),
    ],
)
def test_a_function_of_the_entries_of_a_matrix_says_so(request_: str, told: str) -> None:
    notes = [note for note in read_request(request_).assumptions if "acts on every entry" in note]
    assert any(told in note for note in notes) if told else not notes


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("d np.sum((X @ W + b - Y)**2)/dW", "cannot add"),
        ("d 1/x^T x/dx", "cannot divide by x\\^T"),
        ("d 2^X/dX", "an exponent is a scalar"),
        ("d x^T*A*x/x^T*x/dx", "cannot divide by x\\^T"),
    ],
)
def test_a_slip_is_not_explained_away(request_: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=message):
        derive(request_)


def test_a_variable_in_a_subscript_is_no_zero() -> None:
    with pytest.raises(MatcalcError, match="theta stands only in the subscript of K_theta"):
        derive("d y^T*K_theta^-1*y/dtheta")
    assert derive("d y^T*K_theta^-1*y/dtheta", variables={"K_theta": "n n"}).text == "0"


def test_a_declaration_decides() -> None:
    d = derive("d (y - X*beta)'*(y - X*beta)/dbeta", variables={"beta": "scalar"})
    assert isinstance(d, Derivative)
    assert d.variables["beta"] == "scalar"


def test_thirty_open_names_in_a_long_text_take_no_time() -> None:
    names = [f"{a}{b}" for a in "uvwxyz" for b in "uvwxy"]
    text = " + ".join(f"{a}^T*Q*{b}*mu^2/{a}" for a in names for b in names)[:10_000].rpartition(" + ")[0]
    start = time.process_time()
    with pytest.raises(MatcalcError):
        derive(text, wrt="mu")
    assert time.process_time() - start < 1.0

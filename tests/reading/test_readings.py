"""What is read as it was meant, and what is refused with the way out, since it could be meant in two ways or would mean nothing."""

from __future__ import annotations

from typing import Any

import pytest

from matcalc import Derivative, MatcalcError, derive
from matcalc.reading.alike import alike
from matcalc.reading.alone import read_expression


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


READ = [
    # norm bars around a row
    ("d ||s||^2/ds", {"s": "1 n"}, "2*s"),
    ("d ||x*W - t||^2/dW", {"x": "1 n", "t": "1 m"}, "2*x^T*(x*W - t)"),
    ("d ||x^T*A||^2/dx", {}, "2*A*A^T*x"),
    ("d ||x^T*A||_1/dx", {}, "A*sign(A^T*x)"),
    ("d x/||s||/dx", {"s": "1 n"}, "eye(m)/norm2(s)"),
    (r"\frac{\partial}{\partial x} \lVert x^\top A \rVert_2^2", {}, "2*A*A^T*x"),
    # pi in Greek
    ("d sin(π*α)/dα", {}, "pi*cos(pi*α)"),
    ("d sin(π*α)/dα", {"π": ""}, "pi*cos(pi*α)"),
    # a constant's name that is declared
    ("d tr(I*X)/dI", {"I": "n n"}, "X^T"),
    ("d tr(K*X)/dK", {}, "X^T"),
    # counts beside a scalar-valued function
    ("d -n/2*logdet(S)/dS", {"S": "p p spd"}, "-n*S^-1/2"),
    (r"\frac{\partial}{\partial S}\left[-\frac{n}{2}\log|S|\right]", {"S": "p p spd"}, "-n*S^-1/2"),
    ("d 0.5*n*tr(X)^2/dX", {"X": "p p"}, "n*tr(X)*eye(p)"),
    # a function that is declared, and one that is defined with its argument
    ("d f/dx", {"f": "vector -> scalar"}, "grad_f(x)"),
    ("d f/dX", {"f": "matrix -> scalar"}, "grad_f(X)"),
    ("d f/dx where f(x) = x^T*A*x", {}, "(A + A^T)*x"),
    ("d f(x)/dx where f(x) = x^T*A*x", {}, "(A + A^T)*x"),
    ("d g/dx where f(x) = A*x; g = f(x)^T*f(x)", {}, "2*A^T*A*x"),
    ("d f(W,b)/db where f(W, b) = ||W*x + b||^2", {}, "2*(W*x + b)"),
    ("d f(y)/dx where f(x) = x^T*x; y = B*x", {}, "2*B^T*B*x"),
    # products with what stands in parentheses
    ("d A(x - b)/dx", {}, "A^T"),
    ("d a(b+c)^T*x/dx", {"a": ""}, "a*(b + c)"),
    ("d (A(x) + A*x)/dx", {}, "2*A^T"),
    ("d A(x)/dx", {"A": "m n"}, "A^T"),
    # a Greek letter by its name, whichever way it is written
    ("d α*x^T*x/dalpha", {}, "x^T*x"),
    # a shape and a property of one name, said apart
    ("d x^T*A*x/dx where A: n x n; A: symmetric", {}, "2*A*x"),
    ("d x^T*A*x/dx where A: symmetric; A: n x n", {}, "2*A*x"),
    # exponents that are arrays
    ("d 2.^x/dx", {}, "log(2)*diag(exp(log(2)*x))"),
    ("d 2.^(A*x)/dx", {}, "log(2)*A^T*diag(exp(log(2)*A*x))"),
    ("d sum(a.^x)/dx", {"a": "n", "x": "n"}, "log(a).*exp(log(a).*x)"),
    ("d sum(x.^p)/dx", {}, "p*x.^(p - 1)"),
    ("d sum(x.^y)/dy", {}, "log(x).*exp(log(x).*y)"),
    ("d sum(a.^x)/dx", {}, "log(a).*exp(log(a).*x)"),
    ("d sum(x.^a)/dx", {}, "a*x.^(a - 1)"),
    # e and sigma
    ("d e^x/dx", {"x": ""}, "exp(x)"),
    ("d e^(c*t)/dt", {"c": "", "t": ""}, "c*exp(c*t)"),
    ("d 1/(1 + e^-t)/dt", {"t": ""}, "sigmoid(t)*sigmoid(-t)"),
    ("d sum(e^(A*x))/dx", {}, "A^T*exp(A*x)"),
    ("d tr(B*e^X)/dX", {"X": "n n", "B": ""}, "B*expm(X)^T"),
    ("d e^T*A*e/dA", {}, "e*e^T"),
    ("d sum(e.^2)/de", {}, "2*e"),
    ("d e^2*x/dx", {"e": ""}, "e^2*eye(n)"),
    (r"\nabla_\eta \left( \eta^\top t - \mathbf{1}^\top e^{\eta} \right)", {"eta": "n"}, "t - exp(eta)"),
    (r"\frac{\partial}{\partial x} e^{-\frac12 x^\top A x}", {}, "-exp(-x^T*A*x/2)*(A + A^T)*x/2"),
    ("d sigma(z)/dz", {}, "diag(sigmoid(z).*sigmoid(-z))"),
    ("d sum(log(σ(X*w)))/dw", {}, "X^T*sigmoid(-X*w)"),
    ("d sigma(w^T*x + b)/dw", {"b": ""}, "sigmoid(w^T*x + b)*sigmoid(-w^T*x - b)*x"),
    ("d sigma*(z + 1)/dz", {}, "sigma*eye(n)"),
    # transposes of the plain notation in braces
    (r"d tr((X^{\top}*X)^-2)/dX", {}, "-4*X*(X^T*X)^-3"),
    (r"d tr(X^{-\top}*A)/dX", {}, "-X^-T*A*X^-T"),
    (r"d sum((x^\top*x)^1.5)/dx", {}, "3*norm2(x)*x"),
]


@pytest.mark.parametrize(("request_", "variables", "text"), READ, ids=[r[0] for r in READ])
def test_what_is_meant(request_: str, variables: dict[str, str], text: str) -> None:
    d = one(request_, variables=variables)
    names = dict(d.request.variables)
    assert d.text == text or read_expression(d.text, names) is read_expression(text, names, closed=False), d.text


REFUSED = [
    ("d x^T*A*x/x^T*B*x/dx", {}, "cannot divide by x^T (1 x n), which is no scalar", "(x^T*A*x)/(x^T*B*x) divides by all of it"),
    ("d tr(A/X)/dX", {}, "cannot divide by X, whose name is a matrix's", "A*X^-1 multiplies by the inverse"),
    ("d tr(A X", {}, "this '(' is never closed", "add ')'"),
    ("d pi*x/dpi", {}, "pi is a constant; a derivative is by a variable", "declare 'pi: scalar' if it is a variable"),
    ("d tr(I*X)/dI", {}, "I is a constant; a derivative is by a variable", "declare 'I: n x n' if it is a variable"),
    ("d gamma(x)/dx", {}, "gamma is not a known function", "for a product write gamma*(x)"),
    ("d A(x)/dx", {}, "what kind of function A is cannot be told", "for a product write A*(x)"),
    ("d E(x)/dx", {}, "what kind of function E is cannot be told", "declare it, 'E: vector -> matrix' or 'E: vector -> scalar'"),
    ("d w^T*phi(x)/dx", {}, "what kind of function phi is cannot be told", "'phi: elementwise' or 'phi: vector -> vector'"),
    ("d f(x,y)/dx", {}, "f is a function of one argument", "leave out the arguments that are constant"),
    ("d f'(x)/dx", {}, "f'(...) could be a derivative of f or a product with its transpose", "declare it, 'f: elementwise' or 'f: n'"),
    ("d sum(phi'(A*x))/dx", {}, "phi'(...) could be a derivative of phi or a product with its transpose", "for a product write phi'*(...)"),
    ("d x^T*A*x/dx_1", {}, "x_1 does not occur, and x does", "differentiate by x or by an entry such as x[1]"),
    (r"\frac{\partial}{\partial\theta_j} f(\theta)", {}, "theta_j does not occur, and theta does", "an entry such as theta[1]"),
    ("d f(x)/dx where f = x^T*x", {}, "f(x) could be f, which holds x, or a product", "write f for what is defined, f*x for a product"),
    ("d foo(x)/dx", {}, "foo is not a known function", "'foo: vector -> scalar'"),
    ("d f(A*x + b)/dx", {}, "f is not a known function", "'f: vector -> scalar'"),
    ("d eigval(X,k+1/2)/dX", {}, "k+1/2 is no index of eigval", "a number from 1, the name of a size, or end"),
    ("d (mu_max(A) + x^T*x)/dx", {}, "mu_max is not a known function", "declare it"),
    ("d (f + x^T*x)/dx", {"f": "vector -> scalar"}, "f is a function without an argument", "write f(...)"),
    ("d ones(n)^T*x/dx where n = 3", {}, "n is the name of a size and cannot be defined", "write 3 in its place"),
    ("d tr(W)/dW where W: n x n; n = 3", {}, "n is the name of a size and cannot be defined", "write 3 in its place"),
    ("d x.^a/da", {}, "a could be one exponent or an array of them", "declare 'a: scalar', or 'a: n'"),
    ("d e'*x*e^2/dx", {}, "e is a name elsewhere, so it is not clear that this is the exponential", "declare e, or write exp(...)"),
    ("d sigma(z)*sigma/dz", {}, "sigma is a name elsewhere, so it is not clear that this is the logistic function", "sigmoid(...)"),
    ("d e*x/dx where e = ℯ", {}, "e alone is read as a name, and as a number only below an exponent", "write exp(1)"),
    ("d e^X/dX", {"X": "3 2"}, "e^X needs a square matrix, but X is 3 x 2", "exp(X) acts on every entry"),
    ("d c*x/dx", {"c": "scaler"}, "'scaler' is no size", "write 'scalar'"),
    ("d c*x/dx", {"x": "real"}, "'real' is no size", "what is not declared complex is real"),
    ("d c*x/dx", {"x": "vec"}, "'vec' is no size", "write 'vector'"),
    ("d c*x/dx", {"x": "vectr"}, "'vectr' is no size", "write 'vector'"),
    ("d c*x/dx", {"S": "symetric"}, "'symetric' is no size", "write 'symmetric'"),
]


@pytest.mark.parametrize(("request_", "variables", "message", "hint"), REFUSED, ids=[f"{r[0]} {r[1]}" for r in REFUSED])
def test_what_is_refused(request_: str, variables: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        derive(request_, variables=variables)
    assert caught.value.message == message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("body", ["rows x cols", "batch", "in x out", "dim", "hidden x seq", "vocab"])
def test_words_for_sizes_are_sizes(body: str) -> None:
    assert one("d tr(A*X)/dX", variables={"Z": body}).text == "A^T"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("trcae", "trace"), ("Det", "det"), ("sofmax", "softmax"), ("invs", "inv"), ("logdett", "logdet"), ("sigmiod", "sigmoid"),
        ("min", None), ("max", None), ("rank", None), ("round", None), ("cross", None), ("swish", None), ("sigma", None), ("quad", None),
    ],
)  # fmt: skip
def test_only_slips_are_taken_for_a_name(word: str, name: str | None) -> None:
    known = ["trace", "det", "softmax", "inv", "logdet", "sigmoid", "sin", "arctan", "kron", "cos", "sinh", "sign", "square", "matmul"]
    assert alike(word, known) == name


@pytest.mark.parametrize(
    ("request_", "wrt", "variables", "told"),
    [
        ("x^T*A*x", "x", {"A": "n n symmetric"}, {"x": "n", "A": "n x n symmetric"}),
        ("x^T*A*x", "A", {"A": "n n spd", "x": "n positive"}, {"x": "n positive", "A": "n x n spd"}),
        ("c*x", "c", {"c": "scalar positive", "x": "n"}, {"c": "scalar positive", "x": "n"}),
        ("tr(S*L)", "S", {"S": "n n symmetric invertible", "L": "n n lower"}, {"S": "n x n symmetric invertible", "L": "n x n lower"}),
    ],
)
def test_the_answer_tells_the_properties(request_: str, wrt: str, variables: dict[str, str], told: dict[str, str]) -> None:
    found = one(request_, wrt=wrt, variables=variables)
    assert found.variables.keys() == told.keys()
    assert {n: set(v.split()) for n, v in found.variables.items()} == {n: set(v.split()) for n, v in told.items()}
    assert found.to_dict()["variables"] == found.variables


@pytest.mark.parametrize(
    ("request_", "remark"),
    [
        ("d tr(A*X)/dx", "x does not occur in the function; did you mean X?"),
        ("d ||A*x - b||^2/dX", "X does not occur in the function; did you mean x?"),
    ],
)
def test_a_slip_of_case_is_told(request_: str, remark: str) -> None:
    assert remark in one(request_).remarks
    assert not any("did you mean" in r for r in one("d tr(A*X)/dy").remarks + one("d tr(A*X)/dX").remarks)


def test_dot_beside_an_at_sign_is_told() -> None:
    told = "dot(A, B) is NumPy's matrix product, as @ is"
    assert told in one("d tr(dot(A, B) @ C)/dA").assumptions
    assert told not in one("d tr(np.dot(A, B) @ C)/dA").assumptions


def test_an_entry_as_an_exponent_stands_in_parentheses() -> None:
    scalars = {"a": "", "b": ""}
    assert one("d a^(D[1,1])*b/db", variables=scalars).text == "a^(D[1,1])"
    assert one("d a^(x[1])*b/db", variables=scalars).text == "a^(x[1])"


@pytest.mark.parametrize(
    ("request_", "variables"),
    [
        ("d ||s||/ds", {"s": "1 n"}),
        ("d ||x*W - t||/dW", {"x": "1 n", "t": "1 m"}),
        ("d ||x^T*A||/dx", {}),
        ("d x/||s||/dx", {"s": "1 n"}),
        ("d ||s||_1*s/ds", {"s": "1 n"}),
        ("d ||s*A||*x/dA", {"s": "1 n"}),
    ],
)
def test_answers_with_the_norm_of_a_row_are_read_back(request_: str, variables: dict[str, str]) -> None:
    d = one(request_, variables=variables)
    for written in (d.text, d.unicode, d.latex):
        assert read_expression(written, d.request.variables, dimensions="nmpq") is d.expr, written

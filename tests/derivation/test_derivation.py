"""Derivations: every line of every one says what is true, names its rule, and says something new."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from index_notation import Formula
from lines import disagreements
from places import CORPUS_FOLDER

from matcalc import Derivative, LimitError, UsageError, derive
from matcalc.algebra.node import Expr, sym
from matcalc.book.moves import moves
from matcalc.book.proofs import proofs
from matcalc.book.rules import read_shape
from matcalc.book.sizes import dim
from matcalc.commands.derive import derive_command
from matcalc.numbers.evaluate import evaluate
from matcalc.numbers.sampling.random_points import sample
from matcalc.numbers.sampling.sizes import size_of
from matcalc.printing.alignment import LATEX_LINE, Told, align
from matcalc.printing.widths import factors_of, pieces_of, width
from matcalc.reading.alone import read_expression

CORPUS = CORPUS_FOLDER
CASES = [json.loads(line) for name in ("sample", "lecture_notes") for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines()]
SIZES = {"m": 3, "n": 4, "p": 2, "q": 5}


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


def solved(case: dict[str, Any], layout: str) -> Derivative:
    entries = case.get("components", "")
    function = case.get("expr") or (entries if isinstance(entries, str) else "[" + "; ".join(", ".join(row) for row in entries) + "]")
    asked = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    return one(function, wrt=case["wrt"], variables=case["vars"], layout=layout, **asked)


def told(request: str, **options: Any) -> list[tuple[str, str]]:
    return [(s.after, s.rule) for s in one(request, **options).steps]


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES])
def test_every_line_is_equal_to_what_it_says(case: dict[str, Any], layout: str) -> None:
    found = solved(case, layout)
    assert disagreements(found) == []
    rights = [s.after.partition(" = ")[2] for s in found.steps if "/" not in s.after.partition(" = ")[0]]
    assert all(a != b for a, b in pairwise(rights)), "a line that repeats the line before"
    assert all(s.rule and s.source for s in found.steps)
    assert [s.before for s in found.steps[1:]] == [s.after for s in found.steps[:-1]]
    last = {n: getattr(found.steps[-1], n if n != "text" else "after") for n in ("text", "latex", "unicode")}
    assert all(shown.endswith(str(getattr(found, n))) for n, shown in last.items())


def test_the_example_of_the_module() -> None:
    assert told("d tr(A X B)/dX") == [
        ("f = tr(A*X*B)", "the function"),
        ("df = tr(A*dX*B)", "linearity"),
        ("df = tr(B*A*dX)", "cyclic property of the trace"),
        ("df/dX = A^T*B^T", "first identification theorem"),
    ]


EXERCISES = {
    "d (x^T A x)/dx": ["product rule", "a scalar equals its transpose", "collect terms"],
    "grad_x ||A x - b||^2": ["differential of a square"],
    "d logdet(A X B + C)/dX": ["differential of logdet", "linearity", "cyclic property of the trace"],
    "d tr(A X^-1 B)/dX": ["differential of the inverse", "cyclic property of the trace"],
    "d tr(X^3)/dX": ["power rule", "cyclic property of the trace", "collect terms"],
    "d tr(expm(X))/dX": ["a matrix function inside a trace"],
    "d expm(t*A)/dt": ["a matrix function along a direction that commutes"],
    "d sum(A.*X)/dX": ["linearity"],
    "d (x.*(A*x))/dx": ["product rule", "Hadamard product as a diagonal matrix", "collect terms"],
    "d log(sum(exp(x)))/dx": ["identity: log-sum-exp", "differential of logsumexp"],
    "d A*X*B/dX": ["linearity", "vec of a product"],
    "d^2 (x^T S x)/dx^2": ["product rule", "second identification theorem"],
}


@pytest.mark.parametrize("request_", EXERCISES)
def test_an_exercise_takes_three_to_ten_lines_and_names_its_rules(request_: str) -> None:
    found = one(request_, variables={"t": ""} if "t*A" in request_ else None)
    assert 3 <= len(found.steps) <= 10
    names = ", ".join(s.rule for s in found.steps)
    assert all(name in names for name in EXERCISES[request_])


def test_a_quotient_goes_by_its_own_rule() -> None:
    assert told("d x/(a'*x)/dx")[1] == ("dy = dx/(a^T*x) - x*d(a^T*x)/(a^T*x)^2", "quotient rule")
    assert "power rule" not in [rule for _, rule in told("d^2 ((x'*A*x)/(x'*x))/dx^2")]


def test_a_second_derivative_names_the_first_and_uses_its_differential() -> None:
    steps = told("d^2 exp(x'*A*x)/dx^2")
    assert ("g = df/dx = f*(A + A^T)*x", "first identification theorem") in steps
    assert [rule for _, rule in steps].count("derivative of exp") == 1
    assert "the differential of the function, as found above" in [rule for _, rule in steps]


SECOND = {
    "d^2 ((x'*A*x)/(x'*x))/dx^2": ("(A + A^T - 2*f*I)*x/beta", "(A + A^T - 2*(f*I + g*x^T + x*g^T))/beta"),
    "d^2 log(1 + x'*A*x)/dx^2": ("(A + A^T)*x/alpha where alpha = 1 + x^T*A*x", "(A + A^T)/alpha - g*g^T"),
    "d^2 norm2(A*x - b)/dx^2": ("A^T*r/f where r = A*x - b", "(A^T*A - g*g^T)/f"),
    "d^2 logsumexp(A*x)/dx^2": ("A^T*p where p = softmax(A*x)", "A^T*(diag(p) - p*p^T)*A"),
    "d^2 exp(-norm2(x - m)^2/2)/dx^2": ("f*(m - x)", "(m - x)*g^T - f*I"),
}


@pytest.mark.parametrize("request_", SECOND)
def test_a_second_derivative_reuses_the_function_its_gradient_and_named_parts(request_: str) -> None:
    found = one(request_)
    rights = [s.after.partition("df/dx = ")[2] or s.after.partition("d^2f/dx^2 = ")[2] for s in found.steps]
    gradient, hessian = SECOND[request_]
    assert gradient in rights
    assert hessian in rights
    assert max(len(s.after) for s in found.steps[:-1]) <= 80
    assert disagreements(found) == []


def test_parts_of_a_derivation_are_all_used() -> None:
    for request in (*SECOND, "d sum((W2*tanh(W1*x) - y).^2)/dW1", "d^2 ((x'*A*x)/(x'*B*x))/dx^2"):
        lines = [s.after for s in one(request, check=False).steps]
        for k, line in enumerate(lines):
            for name in re.findall(r"(?: where |; )(\w+) = ", line):
                others = [other.partition(" where ")[0] for other in (line, *lines[k + 1 :])]
                assert any(re.search(rf"\bd?{name}\b", other) for other in others), (request, name)


def test_a_chain_goes_by_the_names_of_the_request() -> None:
    assert told("dL/dW where y = W*x + b; L = loss(y); dL/dy = g") == [
        ("L = loss(y) where y = W*x + b", "the function"),
        ("dL = g^T*dy", "differential of an unknown function"),
        ("dL = g^T*dW*x", "linearity"),
        ("dL = tr(x*g^T*dW)", "a scalar is its own trace"),
        ("dL/dW = g*x^T", "first identification theorem"),
    ]


def test_long_lines_get_names_for_their_parts() -> None:
    steps = one("d sum((W2*tanh(W1*x) - y).^2)/dW1").steps
    assert [(s.after, s.rule) for s in steps[:3]] == [
        ("f = sum((W2*tanh(W1*x) - y).^2)", "the function"),
        ("f = norm2(W2*tanh(W1*x) - y)^2", "a sum of squares is a squared norm"),
        ("f = r^T*r where z = W1*x; h = tanh(z); r = W2*h - y", "names for parts"),
    ]
    assert [s.after for s in steps if s.after.endswith(("dr", "dh"))] == ["df = 2*r^T*dr", "df = 2*r^T*W2*dh"]
    assert [(s.after, s.rule) for s in steps[-2:]] == [
        ("df/dW1 = 2*((W2^T*r).*(ones(p) - h.^2))*x^T", "first identification theorem"),
        ("df/dW1 = 2*((W2^T*(W2*tanh(W1*x) - y)).*(ones(p) - tanh(W1*x).^2))*x^T", "the named parts written out"),
    ]


@pytest.mark.parametrize("form", ["auto", "index"])
def test_the_derivation_of_the_documents(form: str) -> None:
    """C87: element, sum, collapse, matrix form (seed2-Wx-dL-dW); C45: the chain in index form as a derivation."""
    steps = told("dL/dW where y = W*x; L = loss(y); dL/dy = g", form=form)
    by_element = [
        ("dL = sum_r(sum_s(g[r]*dW[r,s]*x[s]))", "linearity"),
        ("dL/dW[i,j] = sum_r(sum_s(g[r]*x[s]*delta[r,i]*delta[s,j]))", "the coefficient of one entry of the increment"),
        ("dL/dW[i,j] = g[i]*x[j]", "sums over a Kronecker delta collapse"),
        ("dL/dW = g*x^T", "matrix form"),
    ]
    assert steps[-4:] == by_element if form == "index" else steps[-1] == ("dL/dW = g*x^T", "first identification theorem")


@pytest.mark.parametrize("form", ["auto", "index"])
def test_the_dimensions_are_checked_at_the_end_of_a_derivation(form: str) -> None:
    """C87: the dimensions, (m x 1)(1 x n) = m x n."""
    run = CliRunner().invoke(derive_command, ["dL/dW where y = W*x; L = loss(y); dL/dy = g", "--steps", "--shapes", "--form", form])
    assert "check: (m x 1)(1 x n) = m x n, the shape of W" in run.stdout


@pytest.mark.parametrize("request_", ["d A*X*B/dX", "d X^-1/dX", "d x*x^T/dx", "d A*diag(x)/dx", "d tr(A X B)/dX", "d softmax(x)/dx"])
def test_the_lines_about_one_entry_are_equal(request_: str) -> None:
    found = one(request_, form="index")
    sizes = {"m": 3, "n": 4, "p": 2, "q": 5}
    rng = np.random.default_rng(1)
    arrays = {name: sample(v, sizes, "normal", rng) for name, v in found.request.variables.items()}
    entries = [s.after.partition(" = ") for s in found.steps if re.search(r"/d\w+\[", s.after.partition(" = ")[0])]
    shape = [size_of(d, sizes) for d in found.dims if d != 1]
    values = [Formula(right, arrays, found.request.variables, sizes).array(found.labels, shape) for _, _, right in entries]
    assert len(values) == 2
    assert disagreements(found) == []
    np.testing.assert_allclose(values[0], values[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("request_", "entry", "matrix"),
    [
        ("d sum(x)/dx", ["df = sum_r(dx[r])", "df/dx[i] = sum_r(delta[r,i])", "df/dx[i] = 1"], "df/dx = ones(n)"),
        (
            "d sum(x)^2/dx",
            ["df = 2*sum(x)*sum_r(dx[r])", "df/dx[i] = 2*sum(x)*sum_r(delta[r,i])", "df/dx[i] = 2*sum(x)"],
            "df/dx = 2*sum(x)*ones(n)",
        ),
        (
            "d sum(X)/dX",
            ["df = sum_r(sum_s(dX[r,s]))", "df/dX[i,j] = sum_r(sum_s(delta[r,i]*delta[s,j]))", "df/dX[i,j] = 1"],
            "df/dX = ones(m,n)",
        ),
    ],
)
def test_a_sum_of_entries_is_told_entry_by_entry(request_: str, entry: list[str], matrix: str) -> None:
    lines = [after for after, _ in told(request_, form="index")]
    assert lines[-4:] == [*entry, matrix]


def test_a_sum_beside_a_vector_is_told_entry_by_entry() -> None:
    lines = [after for after, _ in told("d sum(A*x)*y/dx where y: p", form="index")]
    assert "dz[j]/dx[i] = y[j]*sum_r(sum_s(A[r,s]*delta[s,i]))" in lines
    assert lines[-1] == "dz/dx = A^T*ones(m)*y^T"


@pytest.mark.parametrize("name", [n for n, m in moves().items() if m.identity])
def test_the_identity_of_a_move_holds(name: str) -> None:
    rule = moves()[name]
    variables = {}
    for text in rule.args:
        letter, _, shape = text.partition(":")
        rows, columns = read_shape(shape)
        variables[letter.strip()] = sym(letter.strip(), (dim(rows), dim(columns)))
    left, right = (read_expression(side.strip(), variables) for side in re.split(r" = ", rule.identity))
    rng = np.random.default_rng(4)
    values = {v.data.name: sample(v, SIZES, "normal", rng) for v in variables.values()}
    a, b = evaluate([left, right], values, SIZES)
    np.testing.assert_allclose(a, b, rtol=1e-12)


def test_every_move_is_made() -> None:
    derivations = [*(solved(c, "denominator") for c in CASES), *(one(request, **options) for request, options in OTHERS)]
    used = {m.name for found in derivations for line in found._told[1] for m in line.moves} | {s.rule for d in derivations for s in d.steps}
    # Those of expansions, chains and claims are tested with their examples.
    elsewhere = {moves()[key].name for key, p in proofs().items() if p.example.by != "derive"}
    assert {m.name for m in moves().values()} - used - elsewhere == set()


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("grad_z z^H*R*z", {"variables": {"z": "n complex", "R": "n x n hermitian"}}),
    ("d tr(B*Z*Z^H)/d real(Z)", {"variables": {"Z": "m x n complex", "B": "m x m complex"}}),
    ("d tr(B*Z*Z^H)/d imag(Z)", {"variables": {"Z": "m x n complex", "B": "m x m complex"}}),
    ("d tr(A*expm(B*X))/dX", {}),
    ("dL/dW where y = W*x; L = loss(y); dL/dy = g", {"form": "index"}),
    ("x^T A x", {"along": ["x = v"]}),
    ("W*x + b", {"wrt": "W, x", "form": "differential"}),
    ("x'*A*x", {"wrt": "x", "form": "differential"}),
    ("d X*A/dX[1,:]", {}),
    ("d kron(X,A)/dX", {"form": "index"}),
    ("d expm(t*A)/dt", {"variables": {"t": ""}}),
    ("d tr(expm(X))/dX", {}),
    ("d tr(A*diag(x))/dx", {}),
    ("d x^T*diagv(A*X)/dX", {}),
    ("d tr(diag(exp(x))*A)/dx", {}),
    ("d tr(A*X)/dX", {"form": "vec"}),
    ("d sum((A*x - b).^2)/dx", {}),
    ("d kron(A,B)*vec(X)/dX", {}),
    ("d tr(X*X^T*A + B*X)/dX", {}),
    ("d tr(A*X*X^T + b*b^T)/dX", {}),
    ("d tr((A*X + B)*X^T + X)/dX", {}),
    ("d tr(x*x^T*A)/dx", {}),
    ("d^2 exp(x^T*A*x)/dx^2", {}),
    ("d det(X^-1)/dX", {}),
    ("d X*(X^T*X)^-1*X^T/dX", {}),
    ("d X^T*((exp(X*w) + ones(m)).^-1.*exp(X*w))/dw", {"variables": {"X": "m n"}}),
    ("d sum(abs(A*x-b).^4)/dx", {}),
    ("d mean(A*x)/dx", {}),
    ("d -y^T*log(softmax(W*x))/dW", {}),
    ("d X^T/dX", {}),
    ("d A.*X/dX", {}),
    ("d kron(A,X)/dX", {}),
    ("d A*diag(diagv(X))/dX", {}),
    ("d (A*X*B + C.*X)/dX", {}),
    ("d dot(A*x,y)/dx", {}),
    ("d logdet(A*X*B + C)/dX", {"style": "frobenius"}),
    ("d sum(B.*log(A*X))/dX", {"style": "frobenius"}),
    ("d sum(exp(X + X^T))/dX", {"style": "frobenius"}),
    ("d tr((eye(n) - G*H)*P*(eye(n) - G*H)^T + G*R*G^T)/dG", {"variables": {"G": "n p"}}),
]


@pytest.mark.parametrize(
    ("request_", "lines"),
    [
        ("grad_x sum((A*x-b).^2)", [("sum((A*x - b).^2)", "the function"), ("norm2(A*x - b)^2", "a sum of squares is a squared norm")]),
        (
            "d (y-X*b)'*(y-X*b)/db",
            [("(y - X*b)^T*(y - X*b)", "the function"), ("norm2(y - X*b)^2", "a vector times itself is its squared norm")],
        ),
        ("d log(det(X))/dX", [("log(det(X))", "the function"), ("logdet(X)", "known function")]),
        ("d a'*X'*b/dX", [("a^T*X^T*b", "the function"), ("b^T*X*a", "a scalar equals its transpose")]),
        ("d tr(x*x')/dx", [("tr(x*x^T)", "the function"), ("x^T*x", "the trace of an outer product is an inner product")]),
        ("d -0.5*x'*A*x + b'*x/dx", [("-0.5*x^T*A*x + b^T*x", "the function")]),
        ("d diag(x)*q/dx", [("diag(x)*q", "the function"), ("x.*q", "a diagonal matrix times a vector is an elementwise product")]),
        ("d f/dx where r = A*x - b; f = log(r'*r)", [("log(r^T*r) where r = A*x - b", "the function")]),
        ("d trace(A*X)/dX", [("trace(A*X)", "the function")]),
        ("d eigmax(A)/dA", [("eigmax(A)", "the function")]),
        ("d sum(sqrt(x))/dx", [("sum(sqrt(x))", "the function")]),
        ("d x.^0.5/dx", [("x.^0.5", "the function"), ("sqrt(x)", "a product of equal factors is a power")]),
        ("d (a'*X*b).^2/dX", [("(a^T*X*b).^2", "the function")]),
        ("d dot(A*x,y)/dx", [("dot(A*x,y)", "the function"), ("y^T*A*x", "definition of the function")]),
        ("d A*(x.*(B*x))/dx where A: m x n", [("A*(x.*(B*x))", "the function")]),
        ("d norm1(A*x - b)/dx", [("norm1(A*x - b)", "the function"), ("sum(abs(A*x - b))", "definition of the function")]),
        (
            "d -y'*log(softmax(W*x))/dW",
            [("-y^T*log(softmax(W*x))", "the function"), ("y^T*(logsumexp(W*x)*ones(n) - W*x)", "laws of logarithms")],
        ),
    ],
)
def test_the_first_line_is_the_request_and_every_change_of_it_has_its_reason(request_: str, lines: list[tuple[str, str]]) -> None:
    steps = [(s.after.partition(" = "), s.rule) for s in one(request_).steps]
    values = [(right, rule) for (left, _, right), rule in steps if not left.startswith("d")]
    assert values == lines


@pytest.mark.parametrize(
    "request_", ["d x'*A*x + b'*x/dx", "d -log(det(S))/2 - (x-m)'*S^-1*(x-m)/2/dm", "d 0.5*norm2(X*w-y)^2 + 0.5*c*w'*w/dw"]
)
def test_a_factoring_is_no_known_function(request_: str) -> None:
    assert "known function" not in [s.rule for s in one(request_, variables={"c": ""} if "c*" in request_ else None).steps][2:]


@pytest.mark.parametrize(
    ("request_", "lines"),
    [
        ("d ||y - X*b||^2/db", ["norm2(y - X*b)^2", "-2*(y - X*b)^T*X*db"]),
        ("d (c - x'*b)^2/dx", ["(c - x^T*b)^2", "2*(c - x^T*b)*d(c - x^T*b)", "-2*(c - x^T*b)*b^T*dx"]),
        (
            "d (x-s)'*W*(x-s)/dx where W: n x n symmetric",
            ["(x - s)^T*W*(x - s)", "dx^T*W*(x - s) + (x - s)^T*W*dx", "(x - s)^T*W*dx + (x - s)^T*W*dx", "2*(x - s)^T*W*dx"],
        ),
        ("d ||y - W2*tanh(W1*x)||^2/dW1", ["norm2(y - W2*tanh(W1*x))^2", "r^T*r where z = W1*x; h = tanh(z); r = y - W2*h", "2*r^T*dr"]),
        ("d logdet(A - X'*B*X)/dX", ["logdet(A - X^T*B*X)", "logdet(R) where R = A - X^T*B*X", "tr(R^-1*dR)"]),
        ("d (x - a)/norm2(x - a)/dx", ["(x - a)/norm2(x - a)", "r/rho where r = x - a; rho = norm2(r)", "dr/rho - r*drho/(r^T*r)"]),
    ],
)
def test_a_difference_stays_as_it_was_written(request_: str, lines: list[str]) -> None:
    assert [s.after.partition(" = ")[2] for s in one(request_).steps][: len(lines)] == lines


def test_every_term_is_stacked_by_its_own_law_before_they_are_collected() -> None:
    assert told("d X'*B*X/dX", variables={"X": "n m"})[2:4] == [
        ("d vec(Y) = kron(B*X,eye(m))^T*K(n,m)*d vec(X) + kron(eye(m),X^T*B)*d vec(X)", "vec of a product"),
        ("d vec(Y) = (kron(eye(m),X^T*B) + kron(B*X,eye(m))^T*K(n,m))*d vec(X)", "collect terms"),
    ]
    assert [rule for _, rule in told("d (A*X*B + C.*X)/dX")][2:4] == ["laws of vec term by term", "collect terms"]


def test_a_sum_of_products_becomes_a_trace_in_a_line_of_its_own() -> None:
    assert told("d sum((X*W).*Y)/dW")[:2] == [
        ("f = sum((X*W).*Y)", "the function"),
        ("f = tr(W*Y^T*X)", "a trace as a sum of products entry by entry"),
    ]


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("d -(c + m)/2*log(1 + (x - u)'*S^-1*(x - u)/c)/dx where c: scalar; S: m x m symmetric", "-(m + c)*(x - u)^T*S^-1*dx/(c*alpha)"),
        ("d normF(A'*X + X*A - X*S*X + Q)^2/dX", "tr((2*R^T*(A^T - X*S) + 2*(A - S*X)*R^T)*dX)"),
    ],
)
def test_a_coefficient_is_made_simpler_without_taking_named_parts_apart(request_: str, line: str) -> None:
    assert line in [s.after.partition(" = ")[2] for s in one(request_).steps]


def test_a_run_of_factors_that_has_a_name_goes_by_it() -> None:
    assert [s.after for s in one("d norm2(A*x)/norm2(x)/dx").steps][3] == "df = dz^T*z/(rho1*rho) - rho1*x^T*dx/((x^T*x)*rho)"


def test_a_part_and_its_opposite_have_one_name() -> None:
    steps = told("d (ones(n) - y)'*softplus(X*w) + y'*softplus(-X*w)/dw", variables={"X": "n m"})
    assert steps[1] == ("f = (ones(n) - y)^T*softplus(z) + y^T*softplus(-z) where z = X*w", "names for parts")


def test_a_known_function_is_recognised_before_parts_get_names() -> None:
    found = told("d X'*((exp(X*w) + ones(m)).^-1.*exp(X*w))/dw", variables={"X": "m n"})
    assert found[2:5] == [
        ("y = X^T*(exp(X*w).*sigmoid(-X*w))", "identity: logistic function"),
        ("y = X^T*sigmoid(X*w)", "identity: logistic ratio of the opposite sign"),
        ("y = X^T*s where z = X*w; s = sigmoid(z)", "names for parts"),
    ]


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("d sum(log(1 + exp(X*w)))/dw", ("f = sum(softplus(X*w))", "identity: softplus")),
        ("d sum(log(sigmoid(A*x)))/dx", ("f = -sum(softplus(-A*x))", "identity: logarithm of the logistic function")),
        (
            "d norm2(U'*sigmoid(V*x))^2/dV",
            (
                "df/dV = 2*((U*U^T*sigmoid(V*x)).*sigmoid(V*x).*sigmoid(-V*x))*x^T",
                "identity: one less the logistic function",
            ),
        ),
    ],
)
def test_an_identity_of_the_book_stands_beside_the_line_that_uses_it(request_: str, line: tuple[str, str]) -> None:
    assert line in told(request_)


def test_differences_deep_inside_a_deep_network_are_turned_where_they_were_found() -> None:
    layers = "; ".join(f"h{k} = tanh(W{k}*{f'h{k - 1}' if k > 1 else 'x'})" for k in range(1, 8))
    found = derive(f"d^2 ||h7 - y||^2/dx^2 where {layers}", check=False)
    assert isinstance(found, Derivative)
    assert found.steps[-1].after.partition(" = ")[2] == found.text


@pytest.mark.parametrize("request_", ["d sum((W2*tanh(W1*x) - y).^2)/dW1", "d^2 logsumexp(A*x)/dx^2", "d^2 norm2(x)^3/dx^2"])
def test_written_out_parts_change_nothing_but_names(request_: str) -> None:
    found = one(request_, check=False)
    q, lines = found._told
    at = next(k for k, s in enumerate(found.steps) if s.rule == "the named parts written out")
    before, after = lines[at - 1].right, found.steps[at].after.partition(" = ")[2]
    assert isinstance(before, Expr)
    assert after == q.plain(before)


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize("vec_order", ["column", "row"])
@pytest.mark.parametrize("request_", ["d tr(A*X)/dX", "d t*A/dt", "d A*X*B/dX", "d^2 tr(X*A*X)/dX^2", "d x^T*A*x/dx", "d X*b/dX"])
def test_the_vec_form_is_derived_line_by_line(request_: str, vec_order: str, layout: str) -> None:
    """Both sides of every line have one shape: df/dX = vec(A), not A."""
    found = one(request_, variables={"t": ""}, form="vec", vec_order=vec_order, layout=layout)
    assert disagreements(found) == []
    if " x" not in request_:
        assert "vec(" in found.steps[-2].after.partition(" = ")[2]
    assert found.steps[-1].rule.endswith("the coefficient of the increment of a scalar" if "/dt" in request_ else "identification theorem")


@pytest.mark.parametrize(
    ("request_", "layout", "line"),
    [
        ("d^2 (x^T S x)/dx^2", "numerator", "g = (df/dx)^T = (S + S^T)*x"),
        ("d^2 (x^T S x)/dx^2", "mixed", "g = df/dx = (S + S^T)*x"),
        ("d^2 (t*A*x)/dx dt", "denominator", "g = (dy/dx)^T = t*A"),
        ("d^2 (t*A*x)/dx dt", "numerator", "g = dy/dx = t*A"),
    ],
)
def test_the_first_derivative_is_told_in_the_layout(request_: str, layout: str, line: str) -> None:
    assert line in [s.after for s in one(request_, variables={"t": ""}, layout=layout).steps]


@pytest.mark.parametrize(
    ("request_", "line"),
    [("d^2 exp(g^T x)/dx^2", "dG = (G^T*dx)*g"), ("d f^T*x/dx", "h = f^T*x"), ("d df^T*x/dx", "h = df^T*x")],
)
def test_the_names_of_a_derivation_are_free(request_: str, line: str) -> None:
    assert line in [s.after for s in one(request_).steps]


def test_no_increment_has_the_name_of_a_variable() -> None:
    with pytest.raises(UsageError, match="dx is a variable, so it cannot stand for an increment"):
        _ = one("x^T*dx", wrt="x").steps


@pytest.mark.parametrize(
    ("request_", "options", "last"),
    [
        ("X^-1", {"wrt": "X", "form": "differential"}, "dY = -X^-1*dX*X^-1"),
        ("x'*A*x", {"wrt": "x", "form": "differential"}, "df = dx^T*(A + A^T)*x"),
        ("W*x + b", {"wrt": "x, W", "form": "differential"}, "dy = W*dx + dW*x"),
        ("x^T A x", {"along": ["x = v"]}, "df = v^T*A*x + x^T*A*v"),
        ("d x^T x/dx[1]", {}, "df/dx[1] = 2*x[1]"),
        ("A", {"wrt": "X", "variables": {"A": "m n", "X": "p q"}}, "dY/dX = zeros(p*q,m*n)"),
    ],
)
def test_other_forms_have_derivations_too(request_: str, options: dict[str, Any], last: str) -> None:
    assert told(request_, **options)[-1][0] == last


@pytest.mark.parametrize("function", ["x'*A*x", "tr(A*X^-1)", "norm2(A*x - b)^2", "softmax(x)", "tr(X'*A*X)"])
def test_the_differential_form_does_not_undo_its_lines(function: str) -> None:
    lines = [after for after, _ in told(function, wrt="X" if "X" in function else "x", form="differential")]
    assert len(lines) == len(set(lines))


def test_a_property_of_the_point_is_used_at_the_end() -> None:
    steps = told("d logdet(S)/dS", variables={"S": "n n symmetric"})
    assert steps[-2:] == [("df/dS = S^-T", "first identification theorem"), ("df/dS = S^-1", "what is known of the point")]


def test_a_derivation_of_very_many_parts_is_refused() -> None:
    layers = "; ".join(f"h{k} = tanh(W{k}*h{k - 1})" for k in range(1, 151))
    found = one(f"d f/dW1 where f = sum(h150); {layers}", variables={f"W{k}": "n n" for k in range(1, 151)} | {"h0": "n"})
    with pytest.raises(LimitError, match="at most 200 are told"):
        assert found.steps


def test_the_command_prints_the_derivation() -> None:
    run = CliRunner().invoke(derive_command, ["d tr(A X B)/dX", "--steps"])
    assert run.stdout.splitlines()[:4] == [
        "f     = tr(A*X*B)    the function",
        "df    = tr(A*dX*B)   linearity",
        "      = tr(B*A*dX)   cyclic property of the trace",
        "df/dX = A^T*B^T      first identification theorem",
    ]
    run = CliRunner().invoke(derive_command, ["d tr(A X B)/dX", "--steps", "--to", "latex"])
    assert r" &= \operatorname{tr}(B A \,\mathrm{d}X) && \text{cyclic property of the trace} \\" in run.stdout
    run = CliRunner().invoke(derive_command, ["d tr(A X B)/dX", "--steps", "--to", "numpy"])
    assert run.exit_code == 2
    assert "a derivation is printed as text, unicode, latex, typst or json, not as numpy" in run.stderr


@pytest.mark.parametrize(
    ("formula", "pieces"),
    [
        (r"A X", ["A X"]),
        (r"A + \operatorname{tr}(B - C) X - D", ["A", r"+ \operatorname{tr}(B - C) X", "- D"]),
        (r"\frac{a + b}{c} - \left(\frac{a}{b} + c\right)", [r"\frac{a + b}{c}", r"- \left(\frac{a}{b} + c\right)"]),
        (r"z + y \quad\text{where}\quad z = a - b,\quad y = c", ["z", "+ y", r"\quad\text{where}\quad z = a", r"- b,\quad", "y = c"]),
        (r"\begin{bmatrix} a + b \end{bmatrix} + c", [r"\begin{bmatrix} a + b \end{bmatrix}", "+ c"]),
    ],
)
def test_a_formula_is_broken_outside_its_brackets(formula: str, pieces: list[str]) -> None:
    assert pieces_of(formula) == pieces
    assert " ".join(pieces) == formula


@pytest.mark.parametrize("request_", ["d tr(A*X^-1*B*X^-1*C*X^-1)/dX", "d ((x^T*A*x)/(x^T*B*x))/dx"])
def test_long_lines_in_latex_are_broken_or_have_their_rules_below(request_: str) -> None:
    found = one(request_, check=False)
    rows = found.derivation("latex").splitlines()[1:-1]
    assert len(rows) > len(found.steps)
    assert all(width(row.partition(r"\text{")[0]) <= LATEX_LINE for row in rows)
    assert sum(r"\text{where}" not in row and r"\text{" in row for row in rows) >= len(found.steps) - 1


def test_the_parts_of_a_long_rule_in_latex_stand_below_each_other() -> None:
    """The line is long enough for its formula and one part of the name, not for the whole name."""
    lines = [Told("f", "x" * 20, "derivative of a function with a long name, entry by entry", False)]
    rows = align(lines).split(" \\\\\n")
    k = next(k for k, row in enumerate(rows) if r"\text{derivative of a function with a long name,}" in row)
    assert rows[k + 1].startswith(r"& && \text{entry by entry}")


def test_a_long_rule_in_latex_is_broken_where_the_formulas_need_the_room() -> None:
    lines = [Told("f", "x" * 40, "the function"), Told("f", "x" * 38, "identity: logarithm of the logistic function", True)]
    assert align(lines).splitlines()[2:4] == [
        f" &= {'x' * 38} && \\text{{identity: logarithm of the}} \\\\",
        r"& && \text{logistic function}",
    ]


def test_a_caret_in_a_rule_is_text_in_latex() -> None:
    assert r"\text{X\textasciicircum{}T}" in align([Told("f", "x", "X^T")])


def test_a_linear_argument_is_told_before_entry_by_entry() -> None:
    assert told("d sum(exp(A*x))/dx")[1][1] == "derivative of exp of a linear argument, entry by entry"


def test_one_wide_line_in_latex_does_not_send_all_rules_below() -> None:
    lines = [Told("f", "x" * 20, "linearity"), Told("f", "y" * 64, "product rule", True), Told("f", "z" * 20, "chain rule", True)]
    rows = align(lines).split("\n")[1:-1]
    assert [r"&& \text{" in row for row in rows] == [True, False, True, True]
    assert r"\hspace{-" in rows[1]
    assert rows[2].startswith(r"& && \text{product rule}")


def test_where_most_lines_are_wide_the_rules_stand_below() -> None:
    rows = align([Told("f", "y" * 64, "product rule"), Told("f", "z" * 65, "chain rule", True)]).split("\n")[1:-1]
    assert [row.startswith(r"&\quad \text{") for row in rows] == [False, True, False, True]


def test_a_wide_product_in_latex_is_broken_before_a_sign_of_multiplication() -> None:
    wide = f"{'a' * 40} \\odot ({'b' * 10} \\odot {'c' * 10}) \\odot {'d' * 30}"
    assert factors_of(wide) == ["a" * 40, f"\\odot ({'b' * 10} \\odot {'c' * 10})", f"\\odot {'d' * 30}"]
    rows = align([Told("f", wide, "linearity")]).split("\n")[1:-1]
    assert all(width(row.partition("&& ")[0]) <= LATEX_LINE for row in rows)


def test_a_long_derivation_in_latex_may_go_over_the_end_of_a_page() -> None:
    told = CliRunner().invoke(derive_command, ["d^2 exp(x^T A x)/dx^2", "--steps", "--to", "latex"]).stdout
    assert told.startswith("\\allowdisplaybreaks\n\\begin{align*}")
    assert CliRunner().invoke(derive_command, ["d tr(A X)/dX", "--steps", "--to", "latex"]).stdout.startswith("\\begin{align*}")


def test_diag_of_a_vector_has_a_capital_and_is_read_back() -> None:
    found = one("d W*(x.*(B*x))/dx", check=False)
    assert r"\operatorname{Diag}(x)" in found.latex
    assert r'op("Diag")(x)' in found.typst
    again = one(r"\frac{\partial}{\partial x} a^\top \operatorname{Diag}(x) \operatorname{diag}(X)", variables={"X": "n n"}, check=False)
    assert again.text == "a.*diagv(X)"


def test_json_has_the_steps_on_request() -> None:
    run = CliRunner().invoke(derive_command, ["d tr(W x)/dW", "--steps", "--to", "json"])
    steps = json.loads(run.stdout)["steps"]
    assert [s["after"] for s in steps] == ["f = tr(W*x)", "f = W*x", "df = dW*x", "df/dW = x^T"]
    assert set(steps[0]) == {"rule", "source", "before", "after", "latex", "unicode"}
    assert "steps" not in json.loads(CliRunner().invoke(derive_command, ["d tr(W x)/dW", "--to", "json"]).stdout)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ("d (x/norm2(x) + I*a)/dx", "eye(n)/norm2(x) - x*x^T/norm2(x)^3"),
        ("d^2 (exp(x^T A x) + tr(I))/dx^2", "exp(x^T*A*x)*(A + A^T)*(eye(m) + x*x^T*(A + A^T))"),
        ("d^2 exp(x^T I x)/dx^2", "exp(x^T*I*x)*(I + I^T)*(eye(n) + x*x^T*(I + I^T))"),
    ],
)
def test_the_identity_is_not_written_as_a_variable_that_is_called_i(request_: str, text: str) -> None:
    found = one(request_, variables={"I": "n n"})
    assert found.text == text
    assert disagreements(found) == []

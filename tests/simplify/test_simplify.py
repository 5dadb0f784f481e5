"""Closed forms as people write them: what textbooks print, and that the form does not depend on how the input was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from contraction import VARIABLES, entries, sampled, symbols, variable

from matcalc import Derivative, derive
from matcalc.algebra import add, epow, power
from matcalc.algebra.node import Expr, const, sym
from matcalc.algebra.walk import substitute
from matcalc.errors import LimitError
from matcalc.reading.alone import read_expression
from matcalc.simplify.collect import join
from matcalc.simplify.polynomial import expand
from matcalc.simplify.simplify import collect, recognise, simplify


def derived(expr: str, wrt: str, variables: Any, layout: str = "denominator", **asked: Any) -> Derivative:
    found = derive(expr, wrt=wrt, variables=variables, layout=layout, **asked)
    assert isinstance(found, Derivative)
    return found


def bare(text: str) -> str:
    """The text without its blanks."""
    return "".join(text.split())


# source, function, variable, order, declarations, layout, what the source prints
TEXTBOOK = [
    ("least squares in two sides", "normF(A*X*B - C)^2", "X", 1, "A: m x n, B: p x q, C: m x q", "denominator", "2*A^T*(A*X*B - C)*B^T"),
    ("quadratic form", "x^T*A*x", "x", 1, "A: n x n symmetric", "denominator", "2*A*x"),
    ("log determinant of a Gram matrix", "log(det(X^T*X))", "X", 1, "X: n x p", "denominator", "2*X*(X^T*X)^-1"),
    ("Rayleigh quotient", "x^T*A*x/(x^T*x)", "x", 1, "A: n x n, x: n", "denominator",
     "(A + A^T)*x/(x^T*x) - 2*(x^T*A*x)*x/(x^T*x)^2"),
    ("Rayleigh quotient of a symmetric matrix", "x^T*A*x/(x^T*x)", "x", 1, "A: n x n symmetric, x: n", "denominator",
     "2*A*x/(x^T*x) - 2*(x^T*A*x)*x/(x^T*x)^2"),
    ("trace quotient", "tr(X^T*A*X)/tr(X^T*X)", "X", 1, "A: n x n, X: n x p", "denominator",
     "(A + A^T)*X/normF(X)^2 - 2*tr(X^T*A*X)*X/normF(X)^4"),
    ("weighted quadratic form", "exp(x^T*x)*(x^T*A*x)", "x", 1, "A: n x n, x: n", "denominator",
     "exp(x^T*x)*((A + A^T)*x + 2*(x^T*A*x)*x)"),
    ("resolvent by a number", "y^T*(eye(n) - c*P)^-1*x", "c", 1, "P: n x n, x: n, y: n, c: scalar", "denominator", "y^T*(I - c*P)^-2*P*x"),
    ("determinant of a pencil twice", "det(A + c*B)", "c", 2, "A: n x n, B: n x n, c: scalar", "denominator",
     "det(A + c*B)*(tr((A + c*B)^-1*B)^2 - tr(((A + c*B)^-1*B)^2))"),
    ("ridge regression", "normF(X*w - y)^2 + c*(w^T*w)", "w", 1, "X: m x n, w: n, y: m, c: scalar", "denominator",
     "2*(X^T*(X*w - y) + c*w)"),
    ("logistic regression", "sum(log(1 + exp(X*w)))", "w", 1, "X: m x n, w: n", "denominator", "X^T*sigmoid(X*w)"),
    ("Hessian of log-sum-exp", "logsumexp(x)", "x", 2, "x: n", "denominator", "diag(softmax(x)) - softmax(x)*softmax(x)^T"),
    ("Matrix Cookbook (2012) eq. 40", "X^-1", "X", 1, "X: n x n invertible", "numerator", "-kron(X^-T,X^-1)"),
    ("Matrix Cookbook (2012) eq. 46",
     "det(A+c*B)", "c", 1, "A: n x n invertible, B: n x n, c: scalar", "denominator", "det(A + c*B)*tr((A + c*B)^-1*B)"),
    ("Matrix Cookbook (2012) eq. 53",
     "det(X^T*A*X)", "X", 1, "A: n x n symmetric, X: n x p", "denominator", "2*det(X^T*A*X)*A*X*(X^T*A*X)^-1"),
    ("Matrix Cookbook (2012) eq. 55", "logdet(X^T*X)", "X", 1, "X: n x p", "denominator", "2*X*(X^T*X)^-1"),
    ("Matrix Cookbook (2012) eq. 59",
     "(A+c*B)^-1", "c", 1, "A: n x n invertible, B: n x n, c: scalar", "numerator", "-(A + c*B)^-1*B*(A + c*B)^-1"),
    ("Matrix Cookbook (2012) eq. 61", "a^T*X^-1*b", "X", 1, "X: n x n invertible, a: n, b: n", "denominator", "-X^-T*a*b^T*X^-T"),
    ("Matrix Cookbook (2012) eq. 71", "a^T*X^T*b", "X", 1, "X: m x n, a: n, b: m", "denominator", "b*a^T"),
    ("Matrix Cookbook (2012) eq. 75", "X^T*A", "X", 1, "X: m x n, A: m x p", "numerator", "kron(A^T,eye(n))*K(m,n)"),
    ("Matrix Cookbook (2012) eq. 77", "b^T*X^T*X*c", "X", 1, "X: m x n, b: n, c: n", "denominator", "X*(b*c^T + c*b^T)"),
    ("Matrix Cookbook (2012) eq. 78",
     "(B*x+b)^T*C*(D*x+d)", "x", 1, "B: m x n, x: n, b: m, C: m x p, D: p x n, d: p", "denominator",
     "B^T*C*(D*x + d) + D^T*C^T*(B*x + b)"),
    ("Matrix Cookbook (2012) eq. 80",
     "a^T*(X^T*B*X)*b", "X", 1, "X: m x n, B: m x m, a: n, b: n", "denominator", "B^T*X*a*b^T + B*X*b*a^T"),
    ("Matrix Cookbook (2012) eq. 105", "tr(kron(A,X))", "X", 1, "A: m x m, X: n x n", "denominator", "tr(A)*eye(n)"),
    ("Matrix Cookbook (2012) eq. 118",
     "tr(A*X*B*X^T*C)", "X", 1, "A: p x m, X: m x n, B: n x n, C: m x p", "denominator", "A^T*C^T*X*B^T + C*A*X*B"),
    ("Matrix Cookbook (2012) eq. 119",
     "tr((A*X*B+C)*(A*X*B+C)^T)", "X", 1, "A: p x m, X: m x n, B: n x q, C: p x q", "denominator", "2*A^T*(A*X*B + C)*B^T"),
    ("Matrix Cookbook (2012) eq. 120", "tr(kron(X,X))", "X", 1, "X: n x n", "denominator", "2*tr(X)*eye(n)"),
    ("Matrix Cookbook (2012) eq. 121", "tr(X^4)", "X", 1, "X: n x n", "denominator", "4*(X^3)^T"),
    ("Matrix Cookbook (2012) eq. 124",
     "tr(A*X^-1*B)", "X", 1, "A: m x n, X: n x n invertible, B: n x m", "denominator", "-X^-T*A^T*B^T*X^-T"),
    ("Matrix Cookbook (2012) eq. 132 with the chain rule", "normF(X)", "X", 1, "X: m x n", "denominator", "X/normF(X)"),
    ("Matrix Cookbook (2012) eq. 142", "tr(A*diag(x))", "x", 1, "A: n x n, x: n", "denominator", "diagv(A)"),
    ("Matrix Cookbook (2012) sec. 8.1.6 (vector square form)",
     "-(1/2)*x^T*A*x+b^T*x", "x", 1, "A: n x n symmetric, x: n, b: n", "denominator", "b - A*x"),
    ("Matrix Cookbook (2012) eq. 381 (variance of a square form), gradient in the mean",
     "2*c^4*tr(A^2)+4*c^2*m^T*A^2*m", "m", 1, "A: n x n symmetric, c: scalar, m: n", "denominator", "8*c^2*A^2*m"),
    ("Magnus and Neudecker, scalar functions of a matrix", "1/det(X)", "X", 1, "X: n x n invertible", "denominator", "-X^-T/det(X)"),
    ("Magnus and Neudecker, scalar functions of a matrix", "tr(expm(X^T*X))", "X", 1, "X: n x p", "denominator", "2*X*expm(X^T*X)"),
    ("Magnus and Neudecker, vector functions", "(a^T*x)*B*x", "x", 1, "a: n, B: m x n, x: n", "numerator", "B*x*a^T + (a^T*x)*B"),
    ("Magnus and Neudecker, vector functions", "exp(A*x)", "x", 1, "A: m x n, x: n", "numerator", "diag(exp(A*x))*A"),
    ("Magnus and Neudecker, Jacobians of matrix functions",
     "X*Y^-1*Z", "Y", 1, "X: m x n, Y: n x n invertible, Z: n x p", "numerator", "-kron(Z^T*Y^-T,X*Y^-1)"),
    ("Magnus and Neudecker, Hessians", "tr(A*X*B*X^T)", "X", 2, "X: m x n, A: m x m, B: n x n", "numerator", "kron(B^T,A) + kron(B,A^T)"),
    ("Magnus and Neudecker, Hessians", "a^T*X^T*X*b", "X", 2, "X: m x n, a: n, b: n", "numerator", "kron(a*b^T + b*a^T,eye(m))"),
    ("Poisson regression", "sum(exp(X*w)) - y^T*X*w", "w", 1, "X: m x n, w: n, y: m", "denominator", "X^T*(exp(X*w) - y)"),
    ("Poisson regression Hessian", "sum(exp(X*w)) - y^T*X*w", "w", 2, "X: m x n, w: n, y: m", "denominator", "X^T*diag(exp(X*w))*X"),
    ("CS224n word2vec: naive softmax, centre vector",
     "logsumexp(U*v) - u^T*v", "v", 1, "U: m x n, u: n, v: n", "denominator", "U^T*softmax(U*v) - u"),
    ("logistic matrix factorisation",
     "sum(softplus(U*V^T)) - sum(Y.*(U*V^T))", "V", 1, "Y: m x n, U: m x k, V: n x k", "denominator", "(sigmoid(U*V^T) - Y)^T*U"),
    ("Kronecker-structured layer",
     "norm2(kron(A,B)*vec(X) - vec(Y))^2", "A", 1, "A: q x n, B: m x p, X: p x n, Y: m x q", "denominator", "2*(B*X*A^T - Y)^T*B*X"),
    ("Bright, Edelman, Johnson: Matrix Calculus (18.S096)", "A^2", "A", 1, "A: n x n", "numerator", "kron(eye(n),A) + kron(A^T,eye(n))"),
    ("LoRA adapter Hessian",
     "normF(X*(W+A*B)-Y)^2", "A", 2, "X: m x n, W: n x p, A: n x k, B: k x p, Y: m x p", "denominator", "2*kron(B*B^T,X^T*X)"),
    ("Rodrigues formula w.r.t. the angle",
     "eye(3) + sin(t)*S + (1-cos(t))*S^2", "t", 1, "S: 3 x 3, t: scalar", "numerator", "cos(t)*S + sin(t)*S^2"),
    ("matrixcalculus.org front page",
     "x^T*A*x + c*sin(y)^T*x", "x", 1, "A: n x n symmetric, x: n, y: n, c: scalar", "denominator", "2*A*x + c*sin(y)"),
    ("DiffMatic.jl test/StdStrTest.jl Hessians",
     "y^T*sin(A*x)", "x", 2, "A: m x n, x: n, y: m", "denominator", "-A^T*diag(y.*sin(A*x))*A"),
    ("DiffMatic.jl test/StdStrTest.jl gradients", "norm2(A*x)", "x", 1, "A: n x n, x: n", "denominator", "A^T*A*x/norm2(A*x)"),
    ("GENO: phase retrieval / non-linear least squares",
     "norm2((A*x).^2 - y)^2", "x", 1, "A: m x n, x: n, y: m", "denominator", "4*A^T*((A*x).*((A*x).^2 - y))"),
    ("Laue, Mitterreiter and Giesen (2020) batch softmax cross-entropy",
     "sum(log(exp(X*W)*ones(k))) - tr(Y^T*X*W)", "W", 1, "X: m x n, W: n x k, Y: m x k", "denominator",
     "X^T*(softmax_rows(X*W) - Y)"),
    ("tensorgrad examples/main.py main6",
     "0.5*normF(Y-A*X)^2", "X", 2, "Y: m x n, A: m x p, X: p x n", "denominator", "kron(eye(n),A^T*A)"),
    ("sympy 1.14, test_matrix_derivatives_of_traces", "tr(X^k)", "X", 1, "X: n x n", "denominator", "k*(X^(k - 1))^T"),
    ("sympy 1.14, test_derivatives_matrix_norms",
     "sqrt(a^T*X*b)", "X", 1, "a: n positive, X: n x n positive, b: n positive", "denominator", "a*b^T/(2*sqrt(a^T*X*b))"),
    ("Wikipedia 'Matrix calculus', vector-by-vector identities",
     "exp(a^T*x)*sin(B*x)", "x", 1, "a: n, B: m x n, x: n", "numerator", "exp(a^T*x)*(sin(B*x)*a^T + diag(cos(B*x))*B)"),
    ("Wikipedia 'Matrix calculus', scalar-by-matrix identities",
     "(X*a+b)^T*C*(X*a+b)", "X", 1, "a: n, b: m, C: m x m, X: m x n", "denominator", "(C + C^T)*(X*a + b)*a^T"),
    ("Wikipedia 'Matrix calculus', scalar-by-matrix identities", "tr(X^q)", "X", 1, "X: n x n", "numerator", "q*X^(q - 1)"),
    ("Wikipedia 'Matrix calculus', matrix-by-scalar identities", "expm(t*A)", "t", 1, "t: scalar, A: n x n", "numerator", "A*expm(t*A)"),
    ("Wikipedia 'Matrix calculus', scalar-by-scalar identities",
     "det(A+t*B)", "t", 1, "t: scalar, A: n x n invertible, B: n x n", "numerator", "det(A + t*B)*tr((A + t*B)^-1*B)"),
    ("Minka, Old and New Matrix Algebra Useful for Statistics", "logdet(X)", "X", 1, "X: n x n invertible", "numerator", "X^-1"),
]  # fmt: skip
IDS = [f"{source}: {expr}" for source, expr, *_ in TEXTBOOK]


def answer(case: tuple[str, str, str, int, str, str, str]) -> Derivative:
    _, expr, wrt, order, declarations, layout, _ = case
    return derived(expr, wrt, declarations.split(", "), layout, order=order)


@pytest.mark.parametrize("case", TEXTBOOK, ids=IDS)
def test_the_answer_is_what_the_source_prints(case: tuple[str, str, str, int, str, str, str]) -> None:
    found = answer(case)
    assert bare(found.text) == bare(case[6])
    assert found.certificate is not None


@pytest.mark.parametrize("case", TEXTBOOK, ids=IDS)
def test_an_answer_is_as_simple_as_it_gets(case: tuple[str, str, str, int, str, str, str]) -> None:
    found = answer(case).expr
    assert found is not None
    assert simplify(found) is found


@pytest.mark.parametrize("case", TEXTBOOK, ids=IDS)
def test_the_printed_form_reads_back_to_the_answer(case: tuple[str, str, str, int, str, str, str]) -> None:
    found = answer(case)
    known = found.request.properties
    variables = {k: sym(k, v.shape, v.data.ndim, v.data.properties | known.get(k, frozenset())) for k, v in found.request.variables.items()}
    assert found.expr is not None
    assert read_expression(case[6], variables) is found.expr


# ------------------------------------------------------------------------------------- equal inputs, one answer

SAME = {
    "spelling of a quadratic form": (["x^T*A*x", "dot(x, A*x)", "x'*A*x", "tr(x*x^T*A)", "sum(x.*(A*x))", "x^T*A^T*x"], "x", "A: n x n"),
    "order of a sum": (["x^T*A*x + y^T*x + x^T*x", "x^T*x + y^T*x + x^T*A*x", "y^T*x + x^T*x + x^T*A*x"], "x", "A: n x n, y: n"),
    "order of a Hadamard product": (["sum(x.*y.*exp(x))", "sum(exp(x).*x.*y)", "sum(y.*(exp(x).*x))"], "x", "y: n"),
    "order of scalars": (["c*t*sum(exp(x))", "t*c*sum(exp(x))", "sum(exp(x))*t*c", "t*(sum(exp(x))*c)"], "x", "c: scalar, t: scalar"),
    "rotated trace": (["tr(A*X*B)", "tr(B*A*X)", "tr(X*B*A)", "tr(X^T*A^T*B^T)", "sum(A^T.*(X*B))"], "X", "A: n x m, X: m x p, B: p x n"),
    "inner product": (["x^T*y", "y^T*x", "dot(x, y)", "dot(y, x)", "sum(y.*x)", "tr(y*x^T)"], "x", "y: n"),
    "square of a norm": (["norm2(A*x - b)^2", "(A*x - b)^T*(A*x - b)", "norm2(b - A*x)^2", "sum((A*x - b).^2)", "dot(b - A*x, b - A*x)"],
                         "x", "A: m x n, b: m"),
    "sign of a residual": (["normF(X - A)^2", "normF(A - X)^2", "tr((A - X)^T*(A - X))", "sum((X - A).^2)"], "X", "A: m x n, X: m x n"),
    "a product written out": (["tr(A*(X + B))", "tr(A*X) + tr(A*B)", "tr(A*X + A*B)"], "X", "A: n x m, B: m x n, X: m x n"),
    "logarithm of a determinant": (["logdet(X)", "log(det(X))", "log(abs(det(X)))", "logdet(X^T)", "-logdet(X^-1)", "logdet(2*X)"],
                                   "X", "X: n x n"),
    "logarithm of a sum of exponentials": (["logsumexp(x)", "log(sum(exp(x)))", "log(ones(n)^T*exp(x))"], "x", "x: n"),
    "softplus": (["sum(softplus(x))", "sum(log(1 + exp(x)))", "sum(log(exp(x) + 1))", "ones(n)^T*softplus(x)"], "x", "x: n"),
    "logistic function": (["sum(sigmoid(x))", "sum(1./(1 + exp(-x)))", "sum((1 + exp(-x)).^-1)"], "x", "x: n"),
    "quotient": (["x^T*y/c", "(x/c)^T*y", "c^-1*y^T*x", "1/c*(x^T*y)"], "x", "c: scalar, y: n"),
    "inverse of a product": (["tr(inv(A*X))", "tr((A*X)^-1)", "tr(inv(X^T*A^T))"], "X", "A: n x n, X: n x n"),
    "vec and kron": (["vec(A)^T*vec(X)", "tr(A^T*X)", "sum(A.*X)", "vec(X)^T*vec(A)"], "X", "A: m x n, X: m x n"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_equal_inputs_have_one_answer(name: str) -> None:
    spellings, wrt, declarations = SAME[name]
    answers = [derived(s, wrt, [*declarations.split(", "), *([] if f"{wrt}:" in declarations else [f"{wrt}: n"])]).expr for s in spellings]
    assert answers == [answers[0]] * len(answers)


RENAMED = [
    ("x^T*A*x + b^T*x", "x", {"A": "n n", "x": "n", "b": "n"}),
    ("normF(A*X*B - C)^2", "X", {"A": "m n", "X": "n p", "B": "p q", "C": "m q"}),
    ("logdet(X^T*A*X)", "X", {"X": "m n", "A": "m m"}),
    ("sum(log(1 + exp(-b.*(A*x))))", "x", {"A": "m n", "x": "n", "b": "m"}),
    ("tr(A*X*B*X^T*C)", "X", {"A": "p m", "X": "m n", "B": "n n", "C": "m p"}),
    ("A*X*B", "X", {"A": "m n", "X": "n p", "B": "p q"}),
    ("softmax(A*x + b)", "x", {"A": "m n", "x": "n", "b": "m"}),
    ("exp(b^T*x)*sin(A*x)", "x", {"A": "m n", "x": "n", "b": "n"}),
    ("(x^T*A*x)/(x^T*B*x)", "x", {"A": "n n", "B": "n n", "x": "n"}),
    ("det(A + c*B)*tr(A*B)", "c", {"A": "n n", "B": "n n", "c": ""}),
]  # fmt: skip
IN_ORDER = {"A": "D", "B": "E", "C": "F", "X": "Y", "x": "y", "b": "d", "c": "f"}
REVERSED = {"A": "Y", "B": "F", "C": "E", "X": "D", "x": "d", "b": "y", "c": "a"}


def renamed_text(text: str, names: dict[str, str]) -> str:
    """The text with the variables renamed; functions are spelt with more than one letter."""
    out, word = [], ""
    for ch in text + " ":
        if ch.isalnum():
            word += ch
        else:
            out += [names.get(word, word), ch]
            word = ""
    return "".join(out)[:-1]


@pytest.mark.parametrize(("expr", "wrt", "variables"), RENAMED)
def test_renaming_variables_in_order_renames_the_text(expr: str, wrt: str, variables: dict[str, str]) -> None:
    before = derived(expr, wrt, variables)
    after = derived(renamed_text(expr, IN_ORDER), IN_ORDER[wrt], {IN_ORDER[name]: shape for name, shape in variables.items()})
    assert after.text == renamed_text(before.text, IN_ORDER)


@pytest.mark.parametrize(("expr", "wrt", "variables"), RENAMED)
def test_renaming_variables_out_of_order_renames_the_answer(expr: str, wrt: str, variables: dict[str, str]) -> None:
    before = derived(expr, wrt, variables)
    after = derived(renamed_text(expr, REVERSED), REVERSED[wrt], {REVERSED[name]: shape for name, shape in variables.items()})
    assert before.expr is not None
    assert after.expr is not None
    values = {v.data.name: sym(REVERSED[v.data.name], v.shape, v.data.ndim, v.data.properties) for v in symbols(before.expr)}
    assert simplify(substitute(before.expr, values, {})) is after.expr
    assert len(after.text) == len(before.text)


@pytest.mark.parametrize(("expr", "wrt", "variables"), RENAMED)
def test_renaming_dimensions_changes_the_shape_only(expr: str, wrt: str, variables: dict[str, str]) -> None:
    names = {"m": "g", "n": "h", "p": "k", "q": "r"}
    before = derived(expr, wrt, variables)
    after = derived(expr, wrt, {name: " ".join(names[d] for d in shape.split()) for name, shape in variables.items()})
    assert after.text == before.text
    assert after.shape == tuple("*".join(names.get(d, d) for d in axis.split("*")) for axis in before.shape)


# ------------------------------------------------------------------------------------------ single steps

STEPS = {
    "common left factor": ("A*Y + A*Z", "A*(Y + Z)"),
    "common right factor": ("Y*x + Z*x", "(Y + Z)*x"),
    "common ends": ("A*Y*B + A*Z*B", "A*(Y + Z)*B"),
    "a factor that is a whole term": ("A*Y + A", "A*Y + A"),
    "common scalar": ("c*A + c*X", "c*(A + X)"),
    "common number": ("2*A + 2*X", "2*(A + X)"),
    "common number and sign": ("2*A - 2*X", "2*(A - X)"),
    "numbers that share none": ("2*A + 3*X", "2*A + 3*X"),
    "common Hadamard factor": ("A.*X + A.*(M*X)", "A.*(X + M*X)"),
    "sum of diags": ("diag(x) + diag(y)", "diag(x + y)"),
    "sum of vecs": ("vec(A) + vec(X)", "vec(A + X)"),
    "sum of Kronecker products": ("kron(A, B) + kron(X, B)", "kron(A + X, B)"),
    "inner products": ("x^T*Y*y + x^T*Z*y", "x^T*(Y + Z)*y"),
    "logistic function": ("1./(1 + exp(-x))", "sigmoid(x)"),
    "logistic function turned": ("1./(1 + exp(x))", "sigmoid(-x)"),
    "softplus": ("log(1 + exp(A*x))", "softplus(A*x)"),
    "softmax": ("exp(x)/sum(exp(x))", "softmax(x)"),
    "log-sum-exp": ("log(sum(exp(x)))", "logsumexp(x)"),
    "opposite probability": ("1 - sigmoid(x)", "sigmoid(-x)"),
    "absolute value": ("sign(x).*x", "abs(x)"),
    "rectifier": ("heaviside(x).*x", "relu(x)"),
    "inverse written out where it cancels": ("(Y*Z)^-1*Y", "Z^-1"),
    "inverse squared beside what is in it, with a coefficient": (
        "2*(eye(n) + 2*Y)^-1 - 2*(eye(n) + 2*Y)^-2*Y - 2*Y*(eye(n) + 2*Y)^-2", "2*(eye(n) + 2*Y)^-2"
    ),
    "a number that divides another": ("3*A*x + 6*A*y", "3*A*(x + 2*y)"),
    "numbers that do not divide one another": ("6*x + 4*y", "6*x + 4*y"),
    "one factor of a power that is written as a function of a multiple": ("exp(2*x).*sigmoid(-x)", "exp(x).*sigmoid(x)"),
    "one factor of a power": ("sign(x).*x.^3", "x.^2.*abs(x)"),
    "nothing to do": ("A*x + u", "A*x + u"),
}


@pytest.mark.parametrize("name", STEPS)
def test_one_step(name: str) -> None:
    before, after = (read_expression(text, VARIABLES) for text in STEPS[name])
    assert simplify(before) is after
    assert simplify(after) is after


# What is not equal without a condition, or has nothing in common.
KEPT = [
    "X*(X^T*X)^-1*X^T", "A*x + C*v", "Y*Z - Z*Y", "Y*Z*Y^-1", "x*x^T*Y", "abs(x).*y", "log(1 + exp(x) + y)",
    "sum(exp(x))^-1*exp(y)", "pinv(A)*A",
]  # fmt: skip
RAW = [
    *(before for before, _ in STEPS.values()),
    *KEPT,
    "A*Y*B + A*Z*B - 2*A*B", "c*x + t*x - c*y", "x.*y + x.*exp(y) - x", "tr(Y)*Y + tr(Y)*Z", "kron(A, B) - kron(A, Z*B)",
    "x^T*Y*x*y + y*(x^T*Z*x)", "(Y + Z)*(Y - Z)", "exp(x).*sigmoid(-x) + 1", "log(sum(exp(Y*x)))*x", "1/c*Y^-1*Y*x + Z*x",
    "diag(x)*Y + diag(y)*Y", "Y^T*Z + (Z^T*Y)^T", "softmax(x)*softmax(x)^T - diag(exp(x)/sum(exp(x)))", "relu(x).*heaviside(x) - x",
    "x*(y^T*x) - y*(x^T*x) + 3*x*(y^T*x)", "kron(A, B)*K(n,p) + kron(B, A)", "kron(A, B)*K(p,n) + kron(B, A)",
]  # fmt: skip


@pytest.mark.parametrize("text", RAW)
def test_the_value_and_the_shape_are_kept(text: str) -> None:
    before = read_expression(text, VARIABLES)
    after = simplify(before)
    assert after.shape == before.shape
    values = sampled(symbols(before))
    np.testing.assert_allclose(entries(after, values), entries(before, values), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("text", RAW)
def test_the_result_is_no_longer_and_stays(text: str) -> None:
    before = read_expression(text, VARIABLES)
    after = simplify(before)
    assert after.weight <= before.weight
    assert simplify(after) is after


@pytest.mark.parametrize("text", KEPT)
def test_what_is_not_equal_is_left_alone(text: str) -> None:
    e = read_expression(text, VARIABLES)
    assert simplify(e) is e


@pytest.mark.parametrize("text", RAW)
def test_recognising_keeps_the_value(text: str) -> None:
    before = read_expression(text, VARIABLES)
    values = sampled(symbols(before))
    np.testing.assert_allclose(entries(recognise(before), values), entries(before, values), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("text", [t for t in RAW if read_expression(t, VARIABLES).op == "add"])
def test_joining_two_terms_keeps_their_sum(text: str) -> None:
    terms = read_expression(text, VARIABLES).args
    values = sampled(symbols(read_expression(text, VARIABLES)))
    for a in terms:
        for b in terms:
            joined = join(a, b) if a is not b else None
            if joined is not None:
                np.testing.assert_allclose(entries(joined, values), entries(a, values) + entries(b, values), rtol=1e-9, atol=1e-9)


def test_long_sums_are_left_as_they_are() -> None:
    variables = {f"V{k}": variable(f"V{k}", "n n") for k in range(45)} | {"x": VARIABLES["x"]}
    e = read_expression(" + ".join(f"V{k}*x" for k in range(45)), variables)
    assert collect(e) is e


@pytest.mark.parametrize(("squared", "count"), [(power, 22**2), (epow, 22 * 23 // 2)])
def test_squares_of_long_sums_are_written_out_up_to_a_limit(squared: Callable[[Expr, Expr], Expr], count: int) -> None:
    whole = add(*(sym(f"V{k}", VARIABLES["A"].shape[:1] * 2) for k in range(22)))
    assert len(expand(squared(whole, const(2))).args) == count
    with pytest.raises(LimitError, match="more than 500 terms"):
        expand(squared(add(whole, sym("V", whole.shape)), const(2)))


def test_a_sum_that_needs_no_collecting_is_the_same_node() -> None:
    e: Expr = read_expression("A*x + u", VARIABLES)
    assert collect(e) is e


def test_a_deep_network_is_simplified_and_printed_without_recursion() -> None:
    depth = 1100
    layers = [f"h_{k} = exp(W_{k}*{f'h_{k - 1}' if k > 1 else 'x'})" for k in range(1, depth + 1)]
    shapes = {f"W_{k}": "n n" for k in range(1, depth + 1)} | {"x": "n", "y": "n"}
    found = derive(f"||h_{depth} - y||^2", wrt="W_1", variables=shapes, lets=layers, check=False)
    assert isinstance(found, Derivative)
    assert found.text.startswith("2*")


@pytest.mark.parametrize("layers", [12, 20, 40])
def test_a_residual_network_is_derived(layers: int) -> None:
    """Every layer adds to the one before, so that sums of as many terms as there are layers stand inside each other."""
    definitions = "; ".join(f"e{k} = tanh(S*e{k - 1}) + e{k - 1}" for k in range(1, layers + 1))
    found = derive(f"d f/dS where f = sum(e{layers}); {definitions}", variables={"S": "n n", "e0": "n"})
    assert isinstance(found, Derivative)
    assert found.certificate is not None

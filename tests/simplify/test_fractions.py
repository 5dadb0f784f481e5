"""One denominator, chains that repeat, sums beside inverses of sums: what answers look like."""

from __future__ import annotations

import pytest

from matcalc import Derivative, derive
from matcalc.reading.alone import parse_expression
from matcalc.simplify.cancel import multiplied_out

CASES = [
    ("Student's t", "-(v + n)*log(1 + (x - u)^T*P*(x - u)/v)/2", "u", {"x": "n", "u": "n", "P": "n x n spd", "v": "scalar positive"},
     "(v + n)*P*(x - u)/(v + (x - u)^T*P*(x - u))"),
    ("occupation of an oscillator", "log(1 - exp(-b*w))", "b", {"b": "scalar positive", "w": "scalar positive"}, "w/(exp(b*w) - 1)"),
    ("screened potential", "exp(-c*norm2(x))/norm2(x)", "x", {"x": "n", "c": "scalar"},
     "-(1 + c*norm2(x))*exp(-c*norm2(x))*x/norm2(x)^3"),
    ("cross entropy of a number", "-y*log(sigmoid(w^T*x)) - (1 - y)*log(1 - sigmoid(w^T*x))", "w", {"y": "scalar", "w": "n", "x": "n"},
     "(sigmoid(w^T*x) - y)*x"),
    ("prior of rank one", "x^T*(s*eye(n) + q*a*a^T)^-1*x", "q", {"x": "n", "a": "n", "s": "scalar positive", "q": "scalar positive"},
     "-(a^T*x)^2/(s + q*a^T*a)^2"),
    ("characteristic polynomial", "det(t*eye(n) - A)", "t", {"A": "n x n", "t": "scalar"}, "tr(adj(t*I - A))"),
    ("two diagonals", "tr(diag(x)*A*diag(x)*B^T)", "x", {"x": "n", "A": "n x n", "B": "n x n"}, "(A^T.*B^T + A.*B)*x"),
    ("location of a Cauchy sample", "-sum(log(1 + (x - u*ones(n)).^2))", "u", {"x": "n", "u": "scalar"},
     "2*sum((x - u*ones(n))./(ones(n) + (x - u*ones(n)).^2))"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expr", "wrt", "variables", "text"), CASES, ids=[c[0] for c in CASES])
def test_the_answer_is_as_short_as_a_person_writes_it(name: str, expr: str, wrt: str, variables: dict[str, str], text: str) -> None:
    found = derive(expr, wrt=wrt, variables=variables)
    assert found.text == text
    assert isinstance(found, Derivative) and found.certificate is not None and found.certificate.status == "checked"


@pytest.mark.parametrize(
    ("expr", "layout", "text"),
    [
        ("(eye(n) - A)*(eye(n) + A)^-1", "numerator", "-2*kron((I + A)^-T,(I + A)^-1)"),
        ("(eye(n) + A)^-1*(eye(n) - A)", "denominator", "-2*kron((I + A)^-1,(I + A)^-T)"),
        ("a^T*(B + A)^-1*(B - A)*b", "denominator", "-2*(B + A)^-T*a*b^T*B^T*(B + A)^-T"),
        ("a^T*(B - A)*(B + A)^-1*b", "denominator", "-2*(B + A)^-T*B^T*a*b^T*(B + A)^-T"),
    ],
)
def test_a_sum_on_either_side_of_the_inverse_of_a_sum_that_shares_a_term(expr: str, layout: str, text: str) -> None:
    shapes = {"A": "n x n", "B": "n x n", "a": "n", "b": "n"}
    found = derive(expr, wrt="A", variables={name: shape for name, shape in shapes.items() if name in expr}, layout=layout)
    assert found.text == text


def test_a_chain_that_repeats_in_a_trace_is_a_power() -> None:
    found = derive("logdet(A + t*B)", wrt="t", variables={"A": "n x n", "B": "n x n", "t": "scalar"}, order=2)
    assert found.text == "-tr(((A + t*B)^-1*B)^2)"


def test_diagonals_of_two_matrices_are_the_diagonal_of_their_sum() -> None:
    variables = {"A": "n x n spd", "B": "n x n spd", "v": "n", "c": "scalar"}
    found = derive("c*logdet(A + diag(v)) - tr(B*(A + diag(v))^-1)", wrt="v", variables=variables)
    assert found.text.count("diagv") == 1


def test_the_square_of_a_residual_stays_while_fractions_are_joined() -> None:
    variables = {"y": "n", "X": "n x d", "b": "d", "s": "scalar positive"}
    found = derive("-n*log(s)/2 - (y - X*b)^T*(y - X*b)/(2*s)", wrt="s", order=2, variables=variables)
    assert found.text == "(n*s - 2*norm2(y - X*b)^2)/(2*s^3)"


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("X*(eye(n) - X^T*X)", {"X": "m n"}, "X - X*X^T*X"),
        ("X^-1*(X + Y)", {"X": "n n", "Y": "n n"}, "eye(n) + X^-1*Y"),
    ],
)
def test_a_product_alone_is_multiplied_out_where_that_is_short(text: str, variables: dict[str, str], expected: str) -> None:
    whole, made = (parse_expression(t, variables=variables) for t in (text, expected))
    assert multiplied_out(whole) is made


def test_a_sum_is_a_factor_of_a_number() -> None:
    assert derive("d c*m*(n + 1)*sum(X)/dc where X: m x n").text == "m*(n + 1)*sum(X)"


def test_the_square_of_a_norm_counts_as_two_of_it() -> None:
    found = derive("d c*norm2(x)^2/(norm2(x) + norm2(x)^3)/dc where x: n; c: scalar")
    assert found.text == "x^T*x/(norm2(x) + norm2(x)^3)"

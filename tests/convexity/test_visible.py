"""Second differentials as squares that a reader sees, and domains that are said in the order of matrices."""

from __future__ import annotations

import pytest

from matcalc import UsageError, curvature

SQUARES = [
    ("logsumexp(A*x + b)", "x", [], "sum(softmax(A*x + b).*(A*dx - (softmax(A*x + b)^T*A*dx)*ones(m)).^2)"),
    ("sum(exp(A*x))", "x", [], "sum(exp(A*x).*(A*dx).^2)"),
    ("-logdet(X)", "X", ["X: n x n spd"], "normF(sqrtm(X)^-1*dX*sqrtm(X)^-1)^2"),
    ("logdet(A*X*A^T)", "X", ["X: n x n spd"], "-normF(sqrtm(A*X*A^T)^-1*A*dX*A^T*sqrtm(A*X*A^T)^-1)^2"),
    ("tr(X^-1)", "X", ["X: n x n spd"], "2*normF(sqrtm(X)^-1*dX*X^-1)^2"),
    ("tr(X*A*X*B)", "X", ["X: n x n symmetric", "A, B: n x n psd"], "2*normF(sqrtm(A)*dX*sqrtm(B))^2"),
    ("x^T*S^-1*x", "x, S", ["S: n x n spd"], "2*norm2(sqrtm(S)^-1*(dx - dS*S^-1*x))^2"),
    ("x^2/y", "x, y", ["x: scalar", "y: scalar positive"], "2*(dx - dy*x/y)^2/y"),
    ("3*||A*x - b||^2/t", "x, t", ["t: scalar positive"], "6*norm2(A*dx - dt*(A*x - b)/t)^2/t"),
    ("var(x)", "x", [], "2*norm2(dx - sum(dx)*ones(n)/n)^2/n"),
    ("x^T*x - (a^T*x)^2/(a^T*a)", "x", [], "2*norm2(dx - (a^T*dx)*a/(a^T*a))^2"),
    ("-sum(log(b - A*x))", "x", [], "sum((A*dx).^2./(A*x - b).^2)"),
    ("sum(x.^4)", "x", [], "12*sum(x.^2.*dx.^2)"),
    ("exp(x^T*x)", "x", [], "2*exp(x^T*x)*norm2(dx)^2 + 4*exp(x^T*x)*(dx^T*x)^2"),
]


@pytest.mark.parametrize(("function", "wrt", "declared", "squares"), SQUARES)
def test_the_second_differential_is_a_sum_of_squares(function: str, wrt: str, declared: list[str], squares: str) -> None:
    assert curvature(function, wrt, variables=declared).reason.startswith(f"second differential {squares};")


@pytest.mark.parametrize("domain", ["X ≻ 0", r"X \succ 0", r"0 \prec X", "X ⪰ 0"])
def test_a_domain_may_say_that_a_matrix_is_definite(domain: str) -> None:
    assert curvature("logdet(X)", "X", domain=[domain]).verdict == "concave"


def test_a_domain_may_be_between_two_matrices() -> None:
    found = curvature("-logdet(A - X) - logdet(X)", "X", variables=["A: n x n symmetric"], domain=["X ≻ 0", "X ≺ A"])
    assert found.verdict == "convex"
    assert curvature("tr((A - X)^-1)", "X", variables=["A, X: n x n symmetric"], domain=["A - X ≻ 0"]).verdict == "convex"


def test_an_order_needs_symmetric_matrices() -> None:
    with pytest.raises(UsageError, match="only symmetric matrices"):
        curvature("tr(X)", "X", domain=["X ≻ Y"])


def test_an_inequality_of_entries_is_none_of_matrices() -> None:
    assert curvature("logdet(X)", "X", domain=["X > 0"]).verdict == "neither"


def test_a_witness_stands_where_no_condition_of_the_other_names_could_help() -> None:
    found = curvature("logdet(A + s*I) + y^T*(A + s*I)^-1*y", "s", variables=["A: n x n spd", "s: scalar positive"])
    assert found.verdict == "neither" and found.witness is not None
    assert curvature("c*exp(x) + x^2", "x", variables=["x, c: scalar"]).condition == "c >= 0"


def test_a_second_derivative_is_told_only_where_the_part_stands_in_the_function() -> None:
    assert "zeros" not in curvature("-sum(log(b - A*x))", "x").reason
    assert "second differential" not in curvature("max(A*x + b)", "x").reason

"""Problems with their solutions, beside values of the solutions that are worked out here by other means."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import NoClosedForm, solve

# The problem, the declarations, the solution, the kind.
PROBLEMS = [
    ("argmin_w ||X*w - y||^2", [], "pinv(X)*y", "min"),
    ("argmin_w ||X*w - y||^2 + mu*||w||^2", ["mu: scalar positive"], "(X^T*X + mu*I)^-1*X^T*y", "min"),
    ("argmin_w (X*w - y)^T*W*(X*w - y) + w^T*S*w", ["W: m x m spd", "S: n x n spd"], "(X^T*W*X + S)^-1*X^T*W*y", "min"),
    ("argmin_B ||A*B - C||_F^2 + mu*||B - D||_F^2", ["mu: scalar positive"], "(A^T*A + mu*I)^-1*(A^T*C + mu*D)", "min"),
    ("argmin_K tr(K*S*K^T) - 2*tr(K*T)", ["S: n x n spd"], "T^T*S^-1", "min"),
    ("argmin_x ||x - v||^2 s.t. A*x = b", [], "v - A^T*(A*A^T)^-1*(A*v - b)", "min"),
    ("argmin_w w^T*S*w - a^T*w s.t. sum(w) = 1", ["S: n x n spd"], None, "min"),
    ("argmax_x a^T*x s.t. x^T*x = 1", [], "a/norm2(a)", "max"),
    ("argmin_x a^T*x s.t. x^T*S*x = 1", ["S: n x n spd"], None, "min"),
    ("argmax_v ||A*v||^2 s.t. v^T*v = 1", [], "eigvec(A^T*A,n)", "max"),
    ("argmin_v v^T*A*v s.t. v^T*B*v = 1", ["A: n x n symmetric", "B: n x n spd"], None, "min"),
    ("argmax_v (v^T*A*v)/(v^T*v)", ["A: n x n symmetric"], None, "max"),
    ("argmax_Q tr(Q^T*M) s.t. Q^T*Q = I", ["M: n x n"], "polar(M)", "max"),
    ("argmin_Q ||Q - M||_F^2 s.t. Q^T*Q = I", ["M: n x n"], "polar(M)", "min"),
    ("argmin_S logdet(S) + tr(S^-1*A)", ["S: n x n spd", "A: n x n spd"], "A", "min"),
    ("argmin_X tr(A*X) + tr(B*X^-1)", ["X: n x n spd", "A: n x n spd", "B: n x n spd"], None, "min"),
    ("argmin_X tr(X) + tr(B*X^-1)", ["X: n x n spd", "B: n x n spd"], "sqrtm(B)", "min"),
    ("argmax_X logdet(X) s.t. tr(X) = c", ["X: n x n spd", "c: scalar positive"], None, "max"),
    ("argmin_X ||A*X - B||_F^2", ["X: n x n symmetric"], None, "min"),
    ("argmin_D ||A - D||_F^2", ["D: n x n diagonal", "A: n x n"], None, "min"),
    ("argmin_X ||X - A||_F^2", ["X: n x n skew"], None, "min"),
    ("argmin_p sum(p .* log(p)) s.t. sum(p) = c", ["p: n positive", "c: scalar positive"], None, "min"),
    ("argmax_p c^T*p - sum(p .* log(p)) s.t. sum(p) = 1", ["p: n positive"], "softmax(c)", "max"),
    ("argmin_x sum(exp(x)) - c^T*x", ["c: n positive"], "log(c)", "min"),
    ("argmin_x ||x - v||^2 + mu*norm1(x)", ["mu: scalar positive"], None, "min"),
    ("argmin_X 0.5*||X - V||_F^2 + mu*normF(X)", ["mu: scalar positive"], "relu(1 - mu/normF(V))*V", "min"),
    ("argmin_t ||a + t*b||^2", ["t: scalar", "a: n", "b: n"], "-a^T*b/(b^T*b)", "min"),
    ("argmax_t a*log(t) - b*t", ["t: scalar positive", "a: scalar positive", "b: scalar positive"], "a/b", "max"),
    ("argmax_p a*log(p) + b*log(1 - p)", ["p: scalar", "a: scalar positive", "b: scalar positive"], "a/(a + b)", "max"),
    ("argmin_x x^T*S*x", ["S: n x n spd", "x: n normalised"], "S^-1*ones(n)/sum(S^-1)", "min"),
    ("argmin_x x^T*S*x where sum(x) = 1", ["S: n x n spd"], "S^-1*ones(n)/sum(S^-1)", "min"),
    ("argmax_x c^T*x - sum(x .* log(x))", ["x: n simplex"], "softmax(c)", "max"),
    ("argmax_x sum(c .* log(x))", ["x: n simplex", "c: n positive"], "c/sum(c)", "max"),
    ("argmin_x x^T*S*x", ["S: n x n symmetric", "x: n unit"], "eigvec(S,1)", "min"),
    ("stationary_{x,y} x^T*A*y - b^T*x - c^T*y", ["A: n x n invertible"], "A^-T*c", "saddle"),
    ("argmax_{m,S} -k*logdet(S) - tr(S^-1*(X - m*ones(k)^T)*(X - m*ones(k)^T)^T)", ["X: n x k", "m: n", "S: n x n spd"], None, "max"),
    ("argmin_{a,b} ||y - a*x - b*ones(n)||^2", ["a: scalar", "b: scalar", "x: n", "y: n"], None, "min"),
]


@pytest.mark.parametrize(("problem", "declared", "value", "kind"), PROBLEMS)
def test_solution(problem: str, declared: list[str], value: str | None, kind: str) -> None:
    found = solve(problem, variables=declared)
    assert found.kind == kind
    assert found.certificate is not None and found.certificate.status == "checked" and found.certificate.points > 2
    if value is not None:
        first = next(iter(found.values))
        assert found.text.partition("; ")[0] == f"{first} = {value}"


def test_least_squares_agree_with_lapack() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((7, 3)), rng.standard_normal(7)
    namespace: dict[str, object] = {}
    exec(solve("argmin_x ||A*x - b||^2").numpy, namespace)
    assert np.allclose(namespace["solution"](A=a, b=b), np.linalg.lstsq(a, b, rcond=None)[0])  # type: ignore[operator]


def test_two_constraints_are_fulfilled() -> None:
    rng = np.random.default_rng(2)
    s = np.cov(rng.standard_normal((4, 30)))
    namespace: dict[str, object] = {}
    exec(solve("argmin_w w^T*S*w s.t. sum(w) = 1, a^T*w = r", variables=["S: n x n spd"]).numpy, namespace)
    a = rng.standard_normal(4)
    w = namespace["solution"](S=s, a=a, r=0.3)  # type: ignore[operator]
    assert np.allclose([w.sum(), a @ w], [1, 0.3])


@pytest.mark.parametrize(
    ("problem", "declared"),
    [
        ("argmax_w ||X*w - y||^2", []),
        ("argmin_x x^T*A*x - b^T*x", ["A: n x n", "x: n", "b: n"]),
        ("argmin_{x,y} x^T*A*y - b^T*x - c^T*y", ["A: n x n invertible"]),
    ],
)
def test_another_kind_of_point_is_not_given(problem: str, declared: list[str]) -> None:
    try:
        found = solve(problem, variables=declared)
    except NoClosedForm as error:
        assert "=" in error.message
    else:
        assert any(c.kind in ("spd", "> 0") for c in found.conditions)


def test_a_point_that_is_best_only_near_by_is_not_given() -> None:
    declared = ["a: n", "r: scalar", "mu: scalar positive"]
    found = solve("argmax_x (a^T*x - r)^2 s.t. ||x|| = mu", variables=declared)
    assert found.text == "x = -mu*r*a/(norm2(a)*sqrt(r^2))"
    with pytest.raises(NoClosedForm, match="no closed form is known"):
        solve("argmin_x (a^T*x - r)^2 s.t. ||x|| = mu", variables=declared)


OPEN = ["argmin_x sum(exp(x)) + x^T*A*x", "argmin_w sum(log(1 + exp(-y .* (X*w))))", "argmin_x sum(abs(A*x - b))"]


@pytest.mark.parametrize("problem", OPEN)
def test_an_equation_without_a_closed_form_is_shown(problem: str) -> None:
    with pytest.raises(NoClosedForm, match="= 0") as caught:
        solve(problem)
    assert caught.value.kind == "no_closed_form"


def test_a_sign_that_is_not_known_is_a_condition() -> None:
    found = solve("argmin_w ||X*w - y||^2 + c*||w||^2", variables=["c: scalar"])
    assert found.kind == "min"
    assert [c.kind for c in found.conditions] == ["spd"]


@pytest.mark.parametrize("problem", ["argmin_x x^T*S*x where x: n simplex", "argmin_x x^T*S*x s.t. sum(x) = 1 where x: n positive"])
def test_a_value_that_may_leave_the_set_of_its_unknown_is_a_solution_under_a_condition(problem: str) -> None:
    text, _, declared = problem.partition(" where ")
    found = solve(text, variables=["S: n x n spd", declared])
    assert [c.kind for c in found.conditions] == ["> 0"]
    assert found.text == "x = S^-1*ones(n)/sum(S^-1)"


def test_what_needs_no_condition_has_none() -> None:
    assert solve("argmax_x sum(log(x))", variables=["x: n simplex"]).conditions == ()
    assert solve("argmin_w ||X*w - y||^2 + mu*||w||^2", variables=["mu: scalar positive"]).conditions == ()
    assert solve("argmin_w w^T*S*w s.t. sum(w) = 1", variables=["S: n x n spd"]).conditions == ()


@pytest.mark.parametrize(
    ("problem", "declared", "reason"),
    [
        ("argmin_w ||X*w - y||^2", [], "positive semidefinite"),
        ("argmax_P logdet(P) - tr(S*P)", ["P, S: n x n spd"], "the function is concave"),
        ("argmin_S logdet(S) + tr(S^-1*A)", ["S, A: n x n spd"], "as a function of S^-1, which runs over the same set"),
        ("argmin_s m*log(s) + r/s", ["s, m, r: scalar positive"], "as a function of 1/s"),
        ("argmax_v v^T*S*v s.t. v^T*v = 1", ["S: n x n symmetric"], "v^T*S*v is at most the largest eigenvalue of S times v^T*v"),
        ("argmin_v ||A*v||^2/(v^T*v)", [], "at least the smallest eigenvalue of A^T*A"),
        ("argmax_w (a^T*w)^2/(w^T*S*w)", ["S: n x n spd"], "(a^T*w)^2 is at most a^T*S^-1*a times w^T*S*w"),
        ("argmin_w -3*(a^T*w)^2/(w^T*S*w)", ["S: n x n spd"], "Cauchy and Schwarz"),
        ("argmin_Q ||A*Q - B||_F^2 s.t. Q^T*Q = I", ["Q: n x n"], "at most the sum of the singular values of A^T*B"),
        ("argmax_x ||x - v||^2 s.t. x^T*x = 1", [], "a constant plus -2*v^T*x"),
        ("argmin_w ||X*w - y||^2 + c*||w||^2", ["c: scalar"], "positive definite"),
        ("argmin_{w,s} m*log(s) + ||X*w - y||^2/s", ["s: scalar positive", "y: m"], "random points"),
    ],
)
def test_the_reason_says_what_is_known(problem: str, declared: list[str], reason: str) -> None:
    assert reason in solve(problem, variables=declared).reason


def test_a_matrix_that_may_be_indefinite_is_tried_with_eigenvalues_of_both_signs() -> None:
    found = solve("stationary_x 0.5*x^T*A*x - b^T*x", variables=["A: n x n symmetric invertible"])
    assert found.kind == "stationary"


@pytest.mark.parametrize(
    ("problem", "declared", "line"),
    [
        ("argmin_w ||X*w - y||^2 + mu*||w||^2", ["mu: scalar positive"], "X^T*(X*X^T + mu*I)^-1*y push-through identity"),
        ("argmin_w ||X*w - y||^2", [], "norm2(X*(w_0 - w))^2 + y^T*(I - X*pinv(X))*y complete the square, w_0 the solution"),
        ("argmin_t (t - a)^2 + 3*t^2", ["t: scalar", "a: scalar"], "4*(t_0 - t)^2 + 3*a^2/4"),
    ],
)
def test_what_the_solution_shows_follows_it(problem: str, declared: list[str], line: str) -> None:
    assert line in " ".join(solve(problem, variables=declared).derivation().split())


SQUARELESS = ["argmin_w sum(exp(w)) + mu*||w||^2", "argmin_x ||x||^2 s.t. A*x = b", "argmin_x ||x - v||^2 + norm1(x)"]


@pytest.mark.parametrize("problem", SQUARELESS)
def test_no_square_is_completed_where_there_is_none(problem: str) -> None:
    try:
        told = str(solve(problem).derivation())
    except NoClosedForm as error:
        told = error.message
    assert "complete the square" not in told


def test_an_open_number_of_columns_is_asked_for() -> None:
    with pytest.raises(NoClosedForm) as caught:
        solve("argmin_Q ||A*Q - B||_F^2 s.t. Q^T*Q = I")
    assert caught.value.hint == "where Q is square, declare it so: Q: n x n"
    assert solve("argmin_Q ||A*Q - B||_F^2 s.t. Q^T*Q = I", variables=["Q: n x n"]).text == "Q = polar(A^T*B)"


@pytest.mark.parametrize(
    ("problem", "declared", "value"),
    [
        ("argmin_x ||x - c||^2 s.t. a'x = b", [], "c - (a^T*c - b)*a/(a^T*a)"),
        (r"\arg\max_{\|u\|=1} u^T S u", ["S: n x n symmetric"], "eigvec(S,n)"),
        (r"\min_{w^T w = 1} w^T S w", ["S: n x n symmetric"], "eigvec(S,1)"),
        ("argmax_u u'*S*u s.t. ||u|| = c", ["S: n x n symmetric", "c: scalar positive"], "c*eigvec(S,n)"),
        ("argmin_x sum((x - a).^2 ./ s) s.t. sum(x) = 1", ["s: n positive"], "a + (1 - sum(a))*s/sum(s)"),
        ("argmin_x sum(c ./ x) s.t. sum(x) = b", ["x, c: n positive", "b: scalar positive"], "b*sqrt(c)/sum(sqrt(c))"),
    ],
)
def test_a_constraint_as_books_write_it(problem: str, declared: list[str], value: str) -> None:
    assert solve(problem, variables=declared).text.partition(" = ")[2] == value


def test_an_undeclared_name_is_a_number_where_the_function_needs_one() -> None:
    found = solve("argmin_w y*(w^T*x) + w^T*w")
    assert found.text == "w = -y*x/2"


def test_the_steps_name_every_move() -> None:
    told = solve("argmin_w w^T*S*w s.t. sum(w) = 1", variables=["S: n x n spd"]).derivation()
    for name in ("the function", "Lagrangian", "constraint", "multiply by the inverse", "the solution", "a minimum"):
        assert name in told
    assert solve("argmin_w ||X*w - y||^2").derivation("latex").startswith("\\begin{align*}")

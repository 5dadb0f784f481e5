"""Among equally short spellings of an answer, the request's own are printed; none costs a token more than before."""

from __future__ import annotations

from typing import Any

import pytest

from matcalc import Derivative, derive
from matcalc.algebra import add, negative
from matcalc.algebra.node import sym
from matcalc.book.sizes import ONE, dim
from matcalc.printing.notations.text import text
from matcalc.printing.presenter import Presenter
from matcalc.printing.products import without_signs
from matcalc.reading.alone import read_expression


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, check=False, **options)
    assert isinstance(found, Derivative)
    return found


ORIENTED = [
    ("d (X-M)^T*S^-1*(X-M)/dX", "K(m,n)*kron(S^-1*(X - M),eye(m)) + kron(eye(m),S^-T*(X - M))"),
    ("d norm2(x-a)/dx", "(x - a)/norm2(x - a)"),
    ("d norm2(a-x)/dx", "(x - a)/norm2(a - x)"),
    ("d ||y - X*b||/db", "X^T*(X*b - y)/norm2(y - X*b)"),
    ("d exp(-||x-c||^2/2)/dx", "exp(-norm2(x - c)^2/2)*(c - x)"),
    ("d ||z2 - y||^2/dy", "2*(y - z2)"),
    ("d ||z2 - y||^2/dz2", "2*(z2 - y)"),
    ("d ||y - X*b||^2/db", "2*X^T*(X*b - y)"),
    ("d sum((1 - x).^3)/dx", "-3*(ones(n) - x).^2"),
    ("d sum((x - 1).^3)/dx", "3*(x - ones(n)).^2"),
]
ORDERED = [
    ("d sum(log(1+exp(-y.*(X*w))))/dw", "-X^T*(y.*sigmoid(-y.*(X*w)))"),
    ("d sum(log(1+exp(-(X*w).*y)))/dw", "-X^T*(sigmoid(-(X*w).*y).*y)"),
    ("d (lambda*||w||^2 + ||y - X*w||^2)/dw", "2*(lambda*w + X^T*(X*w - y))"),
    ("d (||y - X*w||^2 + lambda*||w||^2)/dw", "2*(X^T*(X*w - y) + lambda*w)"),
    ("d ||z + A*x + b||^2/dx", "2*A^T*(z + A*x + b)"),
    ("d ||b + A*x + z||^2/dx", "2*A^T*(b + A*x + z)"),
    ("d ||b - A*x - z||^2/dx", "2*A^T*(A*x + z - b)"),
    ("d sum(z.*y.*exp(x))/dx", "z.*y.*exp(x)"),
    ("d tr(B*X*A)^2/dX", "2*tr(B*X*A)*B^T*A^T"),
    ("d tr(X*A*B)^2/dX", "2*tr(X*A*B)*B^T*A^T"),
    ("d (x^T*b)^2/dx", "2*(x^T*b)*b"),
    ("d (b^T*x)^2/dx", "2*(b^T*x)*b"),
    ("d (x'*y)*(z'*w)/dx", "(z^T*w)*y"),
    ("d (a^T*b + sum(exp(b.*a.*x)))/dx", "a.*exp(b.*a.*x).*b"),
    ("d (a^T*b + sum(exp(b.*a./x)))/dx", "-a.*exp(b.*a./x).*b./x.^2"),
    ("d (a^T*b + sum(exp(c.*b.*a.*x)))/dx where c: n", "a.*exp(c.*b.*a.*x).*b.*c"),
    ("d exp(r'*r)/dw where r = y - X*w", "2*exp(norm2(y - X*w)^2)*X^T*(X*w - y)"),
]


@pytest.mark.parametrize(("request_", "expected"), [*ORIENTED, *ORDERED])
def test_what_was_written_leads_what_is_shown(request_: str, expected: str) -> None:
    found = one(request_)
    assert found.text == expected
    assert found.expr is not None
    assert len(expected) <= len(text(found.expr)) + 2
    names = found.request.variables
    assert read_expression(expected, names, like=found.expr.shape) is found.expr


@pytest.mark.parametrize("request_", [request for request, _ in [*ORIENTED, *ORDERED]])
def test_the_node_knows_nothing_of_the_spelling(request_: str) -> None:
    turned = request_.replace("X-M", "M-X").replace("x-a", "a-x").replace("x-c", "c-x")
    assert one(turned).expr is one(request_).expr


def test_what_is_said_of_kinks_is_oriented_too() -> None:
    found = one("d sum(abs(c - A*x))/dx")
    assert found.text == "A^T*sign(A*x - c)"
    assert found.remarks == ("no derivative where an entry of c - A*x is 0",)


@pytest.mark.parametrize(
    ("request_", "beside", "below"),
    [
        ("d [c*x; y]/dx where c: scalar; x: n; y: p", "c*[I, zeros(n,p)]", "c*[I; zeros(p,n)]"),
        ("d [x; y]*c/dy where c: scalar; x: n; y: p", "c*[zeros(p,n), I]", "c*[zeros(n,p); I]"),
        ("d [x; y]/dx where x: n; y: p", "[I, zeros(n,p)]", "[I; zeros(p,n)]"),
        ("d [2*B*x; y]/dx where B: m x n; x: n; y: p", "2*[B^T, zeros(n,p)]", "2*[B; zeros(p,n)]"),
        ("d [c; y]/dc where c: scalar; y: n", "[1, zeros(n)^T]", "[1; zeros(n)]"),
        ("d [y; c; b]*s/dc where b: p; c: scalar; s: scalar; y: n", "s*[zeros(n)^T, 1, zeros(p)^T]", "s*[zeros(n); 1; zeros(p)]"),
    ],
)
def test_what_puts_blocks_in_their_places_is_written_in_blocks(request_: str, beside: str, below: str) -> None:
    assert [one(request_, layout=layout).text for layout in ("denominator", "numerator")] == [beside, below]


def test_decimals_and_ends_of_ranges_are_not_taken_over() -> None:
    assert one("d exp(-0.5*x^T*x)/dx").text == "-exp(-x^T*x/2)*x"
    assert "end" not in one("d sum((x[2:end] - x[1:end-1]).^2)/dx").text


NAMES = [
    (r"\nabla_{\hat\beta} \|y - X\hat\beta\|^2", r"2 X^\top (X \hat{\beta} - y)"),
    (r"\nabla_w (w^\top \bar{x} - \tilde{y}_1)^2 where \tilde{y}_1: scalar", r"2 (w^\top \bar{x} - \tilde{y}_{1}) \bar{x}"),
    (r"\frac{\partial}{\partial x} x^\top \dot{q}_{k+1}", r"\dot{q}_{k+1}"),
]


@pytest.mark.parametrize(("request_", "latex"), NAMES)
def test_names_are_set_as_latex_writes_them(request_: str, latex: str) -> None:
    found = one(request_)
    assert found.latex == latex
    assert read_expression(latex, found.request.variables, latex=True) is found.expr


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("d b^T*[c*x; zeros(m)]/db", "[c*x; zeros(m)]"),
        ("d b^T*[zeros(m); x/c]/db", "[zeros(m); x/c]"),
        ("d b^T*[-x; zeros(m)]/db", "[-x; zeros(m)]"),
        ("d tr([2*A, zeros(m,m)]*M)/dM", "[2*A, zeros(m,m)]^T"),
    ],
)
def test_a_factor_stays_inside_the_block_in_which_it_was_written(request_: str, expected: str) -> None:
    assert one(request_).text == expected


def test_a_variable_that_is_called_like_a_function_is_none() -> None:
    steps = one("d vec^T*vec/dvec", variables={"vec": "n"}).derivation("latex")
    assert r"2 \mathrm{vec}^\top \,\mathrm{d}\mathrm{vec} &&" in steps


@pytest.mark.parametrize(("request_", "expected"), [("d c*(f(x)*f(x)*a)/dc", "a*f(x)^2"), ("d c*(f(x)*3*f(x))/dc", "3*f(x)^2")])
def test_calls_are_as_long_as_their_text(request_: str, expected: str) -> None:
    """What was written is shown where it is no longer."""
    assert derive(f"{request_} where c: scalar; x: n; a: scalar", check=False).text == expected


def test_a_sum_of_negative_terms_is_the_sum_of_the_terms_and_a_sign() -> None:
    x, y = (sym(name, (dim("n"), ONE), 1) for name in "xy")
    shown = Presenter({}, {"x", "y"}).shown
    minus, (found,) = without_signs([shown(add(negative(x), negative(y)))])
    whole = shown(add(x, y))
    assert (minus, found.kind, found.data, found.cost) == (True, whole.kind, whole.data, whole.cost)
    assert without_signs([shown(negative(x)), shown(add(negative(x), negative(y)))])[0] is False


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("d y^T*A*(u.*(M*v))/dA", "y*v^T*M^T*diag(u)"),
        ("d (u.*(M*v))^T*X*y/dX", "diag(u)*M*v*y^T"),
        ("d A*(u.*(M*v))/dA", "kron(u.*(M*v),eye(n))"),
    ],
)
def test_weights_of_a_product_are_a_diagonal_matrix_in_a_chain(request_: str, expected: str) -> None:
    shapes = {"A": "n n", "M": "n n", "X": "n n", "u": "n", "v": "n", "y": "n"}
    assert derive(request_, variables={name: shape for name, shape in shapes.items() if name in request_}).text == expected


def test_a_difference_stays_where_what_was_turned_before_has_a_form_that_holds_it() -> None:
    found = one("d^2 sum(log(svdvals(gelu_cdf(arcsin(G)))))/dG^2", variables={"G": "3 m"})
    assert "svec_left(gelu_cdf(arcsin(G)),3)" in found.text
    assert found.text.count("(") == found.text.count(")")
    assert "arcsin" in found.latex

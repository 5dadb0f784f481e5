"""Certificates measure the input as it was written: a wrong law of algebra cannot hide behind the normal form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from matcalc.algebra import epow, total
from matcalc.algebra.literal import LITERAL
from matcalc.algebra.node import Expr, const, is_const, sym
from matcalc.algebra.normal_form import functions, powers
from matcalc.answers.derive import derive
from matcalc.book.rules import Book, use
from matcalc.book.sizes import SCALAR, dim
from matcalc.errors import CertificateError
from matcalc.numbers.evaluate import evaluate
from matcalc.reading.request import read_request

WRITTEN = [
    ("tr(A*B) + tr(B*A)", "A", {"A": "n n", "B": "n n"}),
    ("norm2(x)^2 + sqrt(x^T*x)", "x", {"x": "n"}),
    ("(A^T)^T*x + inv(inv(A))*x", "x", {"A": "n n", "x": "n"}),
    ("sum(X.*X) + log(det(X*X^T + eye(m)))", "X", {"X": "m n"}),
]


@pytest.mark.parametrize(("text", "wrt", "variables"), WRITTEN)
def test_the_literal_expression_is_kept_as_written(text: str, wrt: str, variables: dict[str, str]) -> None:
    read = read_request(text, wrt=wrt, variables=variables)
    assert read.literal is not read.expr
    assert read.literal.shape == read.expr.shape


def test_a_wrong_power_law_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = powers._matrix_power

    def wrong(base: Expr, k: Expr) -> Expr:
        return epow(base, k) if is_const(k, 2) else right(base, k)

    monkeypatch.setattr(powers, "_matrix_power", wrong)
    # A book of its own: what is read of the rules while the law is wrong is kept with the book.
    with use(Book()), pytest.raises(CertificateError):
        derive("tr(B*X^2)", wrt="X", variables={"X": "n n", "B": "n n"})


def test_a_wrong_law_of_the_trace_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(functions.BUILDERS, "tr", total)
    with use(Book()), pytest.raises(CertificateError):
        derive("tr(H*X)", wrt="X", variables={"X": "n n", "H": "n n"})


@pytest.mark.parametrize("build", [lambda a, c: LITERAL.mul(c, a), lambda a, c: LITERAL.fun("dot", a, c)])
def test_numbers_of_a_literal_product_are_one_number(build: Callable[[Expr, Expr], Expr]) -> None:
    """A function of numbers without a rule of its own is built in normal form, where a product has one coefficient."""
    n, a = const(dim("n")), sym("a", SCALAR)
    whole = build(a, LITERAL.add(LITERAL.negative(n), LITERAL.negative(const(1))))
    assert evaluate([whole], {"a": 2.0}, {"n": 4})[0] == pytest.approx(-10)

"""Each law of rules/laws.toml on numbers, and what of the book an expression is built by."""

from __future__ import annotations

import numpy as np
import pytest
from trees import drawn

from matcalc.algebra.expr import Expr
from matcalc.algebra.literal import LITERAL, NORMAL, Algebra
from matcalc.algebra.node import const, sym
from matcalc.algebra.walk import in_order
from matcalc.book.laws import Law, laws
from matcalc.book.rules import Book, Rule, find, use
from matcalc.book.sizes import ONE, dim
from matcalc.numbers.evaluate import Program
from matcalc.printing.notations.text import text
from matcalc.reading.alone import parse_expression, type_expression
from matcalc.reading.elaboration import Elaboration
from matcalc.reading.inference.scope import Scope

# How the notation spells the triangles of ones.
TRIANGLES = {
    "half_lower(n)": "halftril(ones(n,n))", "half_upper(n)": "halftriu(ones(n,n))",
    "lower(n)": "tril(ones(n,n))", "upper(n)": "triu(ones(n,n))",
}  # fmt: skip


def side(law: Law, written: str, algebra: Algebra) -> Expr:
    """A side of a law over variables that have the properties that it asks for."""
    names = {
        letter: sym(letter, (ONE if rows == "1" else dim(rows), ONE if columns == "1" else dim(columns)), None, asked(law, letter))
        for letter, (rows, columns) in law.params.items()
    }
    names |= {letter: const(1) for letter in law.counting}
    # A variable that does not occur makes m and n known as sizes.
    names["spare"] = sym("spare", (dim("m"), dim("n")))
    for constant, function in TRIANGLES.items():
        written = written.replace(constant, function)
    return Elaboration(Scope(), algebra).build(type_expression(written, names, {}))


def asked(law: Law, letter: str) -> list[str]:
    return [known for of, known in law.where if of == letter]


@pytest.mark.parametrize("law", laws(), ids=lambda law: law.name)
def test_a_law_holds_on_numbers(law: Law) -> None:
    left, right = side(law, law.left, LITERAL), side(law, law.right, LITERAL)
    program = Program([left, right])
    told = 0
    for attempt in range(12):
        rng = np.random.default_rng(attempt)
        sizes = {"m": 1 + attempt % 4, "n": 1 + attempt % 3}
        values = {v.data.name: drawn(v, sizes, rng) for v in in_order([left, right]) if v.op == "sym"}
        a, b = program(values, sizes)
        if np.all(np.isfinite(a)):
            told += 1
            np.testing.assert_allclose(np.ravel(a), np.ravel(b), rtol=1e-8, atol=1e-8)
    assert told


@pytest.mark.parametrize("law", laws(), ids=lambda law: law.name)
def test_a_law_is_applied_where_an_expression_is_built(law: Law) -> None:
    assert side(law, law.left, NORMAL) is side(law, law.right, NORMAL)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("log(exp(A)^T)", "A^T"), ("log(softmax(x)^T)", "x^T - logsumexp(x)*ones(n)^T"), ("abs(-3*x)", "3*abs(x)"),
        ("sign(2*x)", "sign(x)"),
        ("sign(-x)", "-sign(x)"), ("abs(n*x)", "n*abs(x)"), ("abs(x).^4", "x.^4"), ("abs(x).^3", "abs(x).^3"), ("abs(c)^2", "c^2"),
        ("exp(x).*exp(-2*x)", "exp(-x)"), ("exp(c)^3", "exp(3*c)"), ("exp(x).^-2", "exp(-2*x)"), ("sin(zeros(n))", "zeros(n)"),
        ("norm2(zeros(n))", "0"), ("normF(zeros(m,n))", "0"),
        ("cosh(zeros(n))", "ones(n)"), ("log(ones(n))", "zeros(n)"), ("abs(exp(x))", "exp(x)"), ("abs(p)", "p"),
        ("relu(p) + sign(p)", "ones(n) + p"),
        ("abs(cosh(x).*sigmoid(y))", "cosh(x).*sigmoid(y)"), ("sum(w)", "1"), ("ones(n)^T*w", "1"),
        ("sum(softmax(x))", "1"), ("pinv(V)", "V^-1"),
        ("log(abs(det(S)))", "logdet(S)"), ("abs(det(P))", "det(P)"), ("normF(-2*A)", "2*normF(A)"), ("softmax_rows(c)", "1"),
    ],
)  # fmt: skip
def test_what_is_known_of_single_functions(written: str, wanted: str) -> None:
    declared = {"A": "m n", "V": "n n", "S": "n n", "P": "n n", "x": "n", "y": "n", "p": "n", "w": "n", "c": ""}
    known = {"p": ["positive"], "w": ["simplex"], "V": ["invertible"], "P": ["spd"]}
    names = {k: v for k, v in declared.items() if k in written.replace("cosh", "").replace("exp", "")}
    made = parse_expression(written, variables=names, attrs={k: v for k, v in known.items() if k in names})
    assert text(made) == wanted


def test_two_books_say_different_things_of_one_function() -> None:
    def read() -> str:
        return text(parse_expression("tanh(zeros(n)) + tanh(-x)", variables={"x": "n"}))

    rule = find("tanh")
    assert rule is not None
    unlike = Rule(**{**vars(rule), "parity": "", "at_zero": "1"})
    with use(Book().with_rules(unlike)):
        assert read() == "ones(n) + tanh(-x)"
    assert read() == "-tanh(x)"

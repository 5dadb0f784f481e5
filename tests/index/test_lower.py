"""Lowering: the terms of an expression, contracted by np.einsum, are the expression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from contraction import SIZES, VARIABLES, contract, entries, sampled, symbols

from matcalc.algebra import add, block, entry, epow, fun, had, mul, power, transpose
from matcalc.algebra.node import Expr, array, comm, const, eye, increment, ones, unit, zeros
from matcalc.book.sizes import ONE, dim
from matcalc.calculus.differential import differential
from matcalc.errors import NotDifferentiable
from matcalc.index.lower import LOWERED, UNIT, Label, Term, label, lower
from matcalc.reading.alone import read_expression

m, n, p, q = (dim(d) for d in "mnpq")
A, B, X, Y, Z, M, W, x, y, u, v, w, r, c = (VARIABLES[k] for k in "A B X Y Z M W x y u v w r c".split())
D = {shape: increment(shape) for shape in [(m, n), (n, n), (n, ONE), (m, ONE), (ONE, n), (p, q), (ONE, ONE)]}

TEXTS = [
    "A*B", "A^T*u", "A*B*v", "c*A", "c*t*A*B", "2*A/3", "x^T*Y*x*A", "r*Y", "s*A", "x*s", "u*x^T*Y", "x^T*y", "x^T*Y*y", "u^T*A*Z*x",
    "A + X", "A*(Y + Z)*x", "A - 2*X", "vec(A) + vec(X)", "kron(x, v) + kron(y, v)", "(A*Y)^T", "A^T", "exp(A)^T", "vec(A)^T", "eye(n)",
    "3*eye(n)", "ones(m,n)", "ones(n)", "ones(n)^T", "zeros(m,n)", "A*ones(n)*s", "diag(x)", "diag(x)*Y", "diag(Y*x)", "diag(diagv(Y))",
    "diagv(Y)", "diagv(Y*Z)", "diagv(x*y^T)", "A.*X", "A.*X.*(M*A)", "(A*Y).*X", "diag(x.*y)", "x.*y.*(Y*x)", "tr(Y)", "tr(Y*Z)",
    "tr(A^T*X*Y)", "tr(Y.*Z)", "sum(A)", "sum(A*Y)", "sum(A.*X)", "sum(x.*y.*exp(x))", "x[2]", "r[3]", "A[2,1]", "(A*Y)[1,3]",
    "diag(x)[2,2]", "[c, t; t, 1]", "[Y, Z; y^T, x^T]", "[c; t]", "kron(A, B)", "kron(A*Y, B)", "kron(x, A)", "kron(A, x)",
    "kron(x, v)", "kron(r, A)",
    "kron(A, s)", "kron(r, s)", "kron(kron(A, x), B)", "kron(A, B)^T", "kron(A, B)*kron(Y, v)", "kron(A, eye(p))",
    "kron(eye(p), A)*vec(B)", "vec(A)", "vec(A*Y)", "vec(A*x*v^T)", "vec(kron(A, v))", "K(m,n)", "K(m,n)*vec(A)", "K(m,n)*kron(x, u)",
    "K(m,n)*K(n,m)", "kron(M, Y)*K(m,n)", "K(n,n)*vec(Y) + vec(Z)", "exp(A)", "A.^2", "Y^-1", "logdet(Y)", "normF(A)*A",
]  # fmt: skip


def read(text: str) -> Expr:
    return read_expression(text, VARIABLES)


def free_labels(e: Expr) -> tuple[Label | None, Label | None]:
    return label(e.shape[0]), label(e.shape[1])


def check(e: Expr, depth: int) -> list[Term]:
    """The terms of an expression, which have its value."""
    i, j = free_labels(e)
    terms = lower(e, i, j, depth)
    values = sampled(symbols(e))
    found = contract(terms, [lab for lab in (i, j) if lab is not None], values)
    np.testing.assert_allclose(found, entries(e, values), rtol=1e-10, atol=1e-10)
    return terms


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("text", TEXTS)
def test_terms_have_the_value_of_the_expression(text: str, depth: int) -> None:
    check(read(text), depth)


OPENED = {
    "product": lambda: mul(A, D[n, n], B),
    "two scalars outside": lambda: mul(c, fun("tr", D[n, n]), A),
    "scalar increment": lambda: mul(D[ONE, ONE], A, Y),
    "half vec": lambda: fun("vech", mul(Y, D[n, n])),
    "inner product": lambda: mul(transpose(x), D[n, n], y),
    "inner product of a vector": lambda: mul(transpose(x), Y, D[n, ONE]),
    "sum": lambda: mul(A, add(D[n, n], mul(Y, transpose(D[n, n])))),
    "transpose": lambda: mul(transpose(D[m, n]), M),
    "transposed function": lambda: mul(transpose(fun("vec", D[m, n])), fun("vec", A)),
    "diag": lambda: fun("diag", mul(Y, D[n, ONE])),
    "diag in a product": lambda: mul(A, fun("diag", D[n, ONE]), Y),
    "diagonal": lambda: fun("diagv", mul(Y, D[n, n])),
    "Hadamard": lambda: had(mul(A, Y), D[m, n], X),
    "trace": lambda: fun("tr", mul(Y, D[n, n], Z)),
    "sum of entries": lambda: fun("sum", had(A, D[m, n])),
    "entry": lambda: entry(mul(A, D[n, n]), 2, 3),
    "entry of a vector": lambda: entry(mul(A, D[n, ONE]), 3, 1),
    "entry of a row": lambda: entry(mul(D[ONE, n], Y), 1, 2),
    "array": lambda: mul(array([[D[ONE, ONE], const(0)], [const(0), const(0)]]), const(1)),
    "array column": lambda: array([[const(0)], [mul(c, D[ONE, ONE])], [const(0)]]),
    "array row": lambda: array([[const(0), fun("tr", D[n, n]), const(0)]]),
    "blocks": lambda: block([[mul(Y, D[n, n]), zeros(n)], [zeros(ONE, n), fun("tr", D[n, n])]]),
    "column of blocks": lambda: block([[zeros(n)], [D[n, ONE]], [const(0)]]),
    "row of blocks": lambda: block([[mul(Y, D[n, n]), mul(D[n, n], B)]]),
    "two blocks below each other": lambda: block([[mul(Y, D[n, n])], [mul(A, D[n, n])]]),
    "kron left": lambda: fun("kron", mul(A, D[n, n]), B),
    "kron right": lambda: fun("kron", B, mul(A, D[n, n])),
    "kron of a vector": lambda: fun("kron", D[n, ONE], A),
    "kron of a row": lambda: fun("kron", A, D[ONE, n]),
    "nested kron": lambda: fun("kron", Y, fun("kron", D[m, n], W)),
    "trace of kron": lambda: fun("tr", mul(fun("kron", M, D[n, n]), fun("kron", transpose(M), Z))),
    "sum of kron": lambda: fun("sum", fun("kron", D[m, n], ones(p, q))),
    "vec": lambda: fun("vec", mul(M, D[m, n])),
    "vec of kron": lambda: fun("vec", fun("kron", D[m, n], W)),
    "vec of a transpose": lambda: fun("vec", transpose(D[m, n])),
    "commutation": lambda: mul(comm(m, n), fun("vec", mul(D[m, n], Y))),
    "commutation on both sides": lambda: mul(comm(p, m), fun("kron", D[m, n], W), comm(n, q)),
    "outer product": lambda: mul(u, transpose(D[n, ONE]), Y),
    "unused label": lambda: mul(fun("sum", fun("kron", ones(p), D[n, ONE])), A),
}


def opened(name: str) -> Expr:
    made: Expr = OPENED[name]()
    return made


@pytest.mark.parametrize("depth", [0, 2])
@pytest.mark.parametrize("name", OPENED)
def test_what_holds_the_increment_is_opened_to_it(name: str, depth: int) -> None:
    e = opened(name)
    assert e.has_increment
    terms = check(e, depth)
    assert terms
    for term in terms:
        held = [s for s in term.scalars if s.has_increment] + [f for f, _, _ in term.factors if f.has_increment]
        assert [h.op for h in held] == ["sym"]


def every_op(e: Expr) -> set[str]:
    return {e.op}.union(*(every_op(a) for a in e.args))


def test_every_way_to_lower_is_exercised() -> None:
    held = set().union(*(every_op(opened(name)) for name in OPENED), *(every_op(read(text)) for text in TEXTS))
    assert set(LOWERED) - held - {"pow", "epow"} == set()


@pytest.mark.parametrize("make", [epow, power], ids=["elementwise power", "power"])
def test_a_power_of_the_increment_is_not_linear(make: Callable[[Expr, int], Expr]) -> None:
    e = make(D[n, n], 2)
    with pytest.raises(NotDifferentiable, match="not linear in its increment"):
        lower(e, *free_labels(e))


@pytest.mark.parametrize("at", [1, 4])
def test_a_unit_vector_takes_a_column(at: int) -> None:
    i = Label(m)
    column = contract(lower(mul(A, unit(at, n)), i, None), [i], sampled([A]))
    np.testing.assert_allclose(column, sampled([A])["A"][:, at - 1])


def test_the_identity_is_a_delta_and_ones_are_nothing() -> None:
    i, j = Label(n), Label(n)
    assert lower(eye(n), i, j) == [Term((), (), ((i, j),))]
    assert lower(ones(n, n), i, j) == [UNIT]
    assert lower(zeros(n, n), i, j) == []


def test_a_label_is_made_for_every_axis_but_those_of_length_one() -> None:
    made = label(m)
    assert made is not None
    assert made.size is m
    assert label(ONE) is None
    assert label(m) is not made


def test_terms_multiply_part_by_part() -> None:
    i, j, k = Label(n), Label(n), Label(m * n)
    a = Term((c,), ((x, i, None),), ((i, j),), ((k, Label(m), i),))
    b = Term((mul(c, c),), ((y, j, None),))
    both = a.times(b)
    assert both.scalars == (c, mul(c, c))
    assert both.factors == ((x, i, None), (y, j, None))
    assert both.deltas == a.deltas
    assert both.splits == a.splits


def test_only_the_top_of_a_large_expression_is_opened() -> None:
    e = x
    for _ in range(200):
        e = mul(Y, fun("tanh", mul(Z, e)))
    (term,) = lower(e, Label(n), None)
    assert Counter(f.op for f, _, _ in term.factors) == {"sym": 1, "tanh": 1}


def test_a_sum_stays_one_factor_unless_an_axis_is_fused() -> None:
    i, j = Label(m), Label(p)
    (kept,) = lower(read("(A + X)*B"), i, j)
    assert [f.op for f, _, _ in kept.factors] == ["add", "sym"]
    fused = lower(read("vec(A) + vec(X)"), Label(m * n), None)
    assert len(fused) == 2


@pytest.mark.parametrize("rule", ["kron", "vec", "diag", "diagv", "tr", "sum"])
def test_linear_functions_are_lowered_like_their_differentials(rule: str) -> None:
    """f(X + dX) - f(X) = f(dX) for a linear f: the terms of the differential have the value of f at the increment."""
    operand = {"kron": X, "vec": X, "diag": x, "diagv": Y, "tr": Y, "sum": X}[rule]
    whole = fun(rule, operand, W) if rule == "kron" else fun(rule, operand)
    d = differential(whole, 0, D[operand.shape])
    i, j = free_labels(d)
    values = sampled([*symbols(whole), D[operand.shape]])
    found = contract(lower(d, i, j), [lab for lab in (i, j) if lab is not None], values)
    at_increment = {**values, operand.data.name: values[D[operand.shape].data.name]}
    np.testing.assert_allclose(found, entries(whole, at_increment))


def test_the_sizes_of_the_tests_are_all_different() -> None:
    assert len(set(SIZES.values())) == len(SIZES)


def test_what_holds_no_increment_is_opened_two_products_deep() -> None:
    """So that lowering one node of a large network does not walk the network."""
    inside = read_expression("Y*(Z.*(Y*(Z.*Y)))", VARIABLES)
    (term,) = lower(mul(Y, had(Z, inside)), Label(n), Label(n))
    assert {f for f, _, _ in term.factors} == {Y, Z, inside}

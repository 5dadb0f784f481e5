"""The normal form: what is equal is identical."""

from __future__ import annotations

import pytest

from matcalc.algebra import add, diagonal_of, epow, fun, had, inverse, mul, negative, power, subtract, total, transpose
from matcalc.algebra.node import Expr, columns, const, eye, ones, sym, zeros
from matcalc.algebra.normal_form.stacking import kron
from matcalc.algebra.spelled_out import entry_of
from matcalc.book.sizes import ONE, SCALAR, dim
from matcalc.scalars import rational

m, n = dim("m"), dim("n")
A, B = sym("A", (n, n)), sym("B", (n, n))
X = sym("X", (m, n))
S = sym("S", (n, n), properties=["symmetric"])
Q = sym("Q", (n, n), properties=["orthogonal"])
x, y = sym("x", (n, ONE)), sym("y", (n, ONE))
c = sym("c", SCALAR)
T = transpose

EQUAL = {
    "a scalar is its transpose": (mul(T(x), A, y), mul(T(y), T(A), x)),
    "sums commute": (add(A, B), add(B, A)),
    "like terms": (add(mul(A, x), mul(A, x)), mul(const(2), A, x)),
    "a term and its negative": (subtract(A, A), zeros(n, n)),
    "a square of zeros": (mul(zeros(n, n), zeros(n, n)), zeros(n, n)),
    "transpose of a product": (T(mul(A, x)), mul(T(x), T(A))),
    "transpose of an inverse": (T(inverse(A)), inverse(T(A))),
    "twice transposed": (T(T(X)), X),
    "a symmetric matrix": (T(S), S),
    "an orthogonal matrix": (mul(T(Q), Q), eye(n)),
    "the inverse of an orthogonal matrix": (inverse(Q), T(Q)),
    "inverse cancels": (mul(inverse(A), A, B), B),
    "inverse of a product cancels before": (mul(inverse(mul(T(X), X)), T(X), X, x), x),
    "inverse of a product cancels after": (mul(T(X), X, inverse(mul(T(X), X)), x), x),
    "powers of one base": (mul(A, A, power(A, 2)), power(A, 4)),
    "power of an inverse": (power(inverse(A), 2), power(A, -2)),
    "scalars leave a product": (mul(A, c, B), mul(c, A, B)),
    "inner product inside a product": (mul(x, T(x), y), mul(mul(T(x), y), x)),
    "inner product commutes": (mul(T(x), y), mul(T(y), x)),
    "scalar powers": (mul(c, power(c, -2)), power(c, -1)),
    "root and square": (power(power(mul(T(x), A, x), const(rational(1, 2))), 2), mul(T(x), A, x)),
    "root of a square is the norm": (power(mul(T(x), x), const(rational(1, 2))), fun("norm2", x)),
    "square of a norm": (power(fun("norm2", x), 2), mul(T(x), x)),
    "Hadamard products commute": (had(A, B), had(B, A)),
    "Hadamard powers": (had(A, A), epow(A, 2)),
    "Hadamard with ones": (had(A, ones(n, n)), A),
    "Hadamard with the identity": (had(eye(n), A), fun("diag", fun("diagv", A))),
    "diag times vector": (mul(fun("diag", x), y), had(x, y)),
    "product of diags": (mul(fun("diag", x), fun("diag", y)), fun("diag", had(x, y))),
    "sum of a product": (total(mul(A, x)), mul(ones(ONE, n), A, x)),
    "sum of ones": (total(ones(n)), const(n)),
    "sum of a Hadamard product": (total(had(x, y)), mul(T(x), y)),
    "trace is cyclic": (fun("tr", mul(A, B)), fun("tr", mul(B, A))),
    "trace of a transpose": (fun("tr", mul(A, B)), fun("tr", mul(T(A), T(B)))),
    "trace of an outer product": (fun("tr", mul(x, T(y))), mul(T(x), y)),
    "trace cancels around": (fun("tr", mul(A, B, inverse(A))), fun("tr", B)),
    "trace of a Kronecker product": (fun("tr", fun("kron", A, B)), mul(fun("tr", A), fun("tr", B))),
    "diagonal of an outer product": (diagonal_of(mul(x, T(y))), had(x, y)),
    "vec of an outer product": (fun("vec", mul(x, T(y))), fun("kron", y, x)),
    "inverse of a Kronecker product": (inverse(fun("kron", A, B)), fun("kron", inverse(A), inverse(B))),
    "determinant of minus an inverse": (fun("det", negative(inverse(A))), power(fun("det", negative(A)), -1)),
    "Kronecker product that is no square, of a vec": (mul(fun("kron", B, X), fun("vec", A)), fun("vec", mul(X, A, T(B)))),
    "log of a determinant": (fun("log", fun("det", A)), fun("logdet", A)),
    "log and exp": (fun("log", fun("exp", x)), x),
    "odd function": (fun("sin", negative(x)), negative(fun("sin", x))),
    "even function": (fun("cos", subtract(x, y)), fun("cos", subtract(y, x))),
    "elementwise function of a transpose": (fun("exp", T(mul(A, x))), T(fun("exp", mul(A, x)))),
    "the sign of a residual": (mul(T(subtract(x, y)), subtract(x, y)), mul(T(subtract(y, x)), subtract(y, x))),
}


@pytest.mark.parametrize("pair", EQUAL.values(), ids=EQUAL.keys())
def test_equal_is_identical(pair: tuple[Expr, Expr]) -> None:
    assert pair[0] is pair[1]


DIFFERENT = {
    "products do not commute": (mul(A, B), mul(B, A)),
    "X (X^T X)^-1 X^T is no identity": (mul(X, inverse(mul(T(X), X)), T(X)), eye(m)),
    "a matrix and its transpose": (A, T(A)),
    "root of a square of a number": (power(power(c, 2), const(rational(1, 2))), c),
    "trace of a product reversed": (fun("tr", mul(A, B, S)), fun("tr", mul(B, A, S))),
}


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_is_different(pair: tuple[Expr, Expr]) -> None:
    assert pair[0] is not pair[1]


def test_shapes_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot multiply"):
        mul(X, X)
    with pytest.raises(ValueError, match="cannot add"):
        add(X, A)
    with pytest.raises(ValueError, match="elementwise"):
        had(X, A)


@pytest.mark.parametrize("nonsense", [lambda: bool(A), lambda: A < B, lambda: list(A)])
def test_nonsense_raises_with_a_sentence(nonsense: object) -> None:
    with pytest.raises(TypeError, match="matrix expression"):
        nonsense()  # type: ignore[operator]


def test_a_deep_network_is_built_in_linear_space() -> None:
    a = x
    for k in range(2000):
        a = fun("tanh", mul(sym(f"W{k}", (n, n)), a))
    assert a.shape == (n, ONE)
    assert a.weight <= 10**9


def test_a_number_of_a_row_is_a_number() -> None:
    row = transpose(sym("x", (dim("n"), ONE)))
    assert all(fun(name, row).shape == SCALAR for name in ("logsumexp", "norm2", "sum"))


@pytest.mark.parametrize(
    ("expr", "tokens"),
    [(had(x, y), 3), (had(mul(A, x), y), 7), (had(add(x, y), y), 7), (mul(A, B), 3), (mul(const(3), A), 3), (T(mul(A, B)), 7)],
    ids=["x.*y", "(A*x).*y", "(x + y).*y", "A*B", "3*A", "B^T*A^T"],
)
def test_the_weight_is_the_number_of_tokens(expr: Expr, tokens: int) -> None:
    assert expr.weight == tokens


def test_the_entries_of_columns_of_the_identity() -> None:
    two_and_three = columns(dim(2), dim(3), dim(4))
    entries = [[entry_of(two_and_three, i, j) for j in (1, 2)] for i in (1, 2, 3, 4)]
    assert entries == [[const(int(i == j + 1)) for j in (1, 2)] for i in (1, 2, 3, 4)]


def test_entries_behind_an_unknown_one_are_not_looked_at() -> None:
    """Kronecker factors of a product that holds an inverse took half a second for each entry."""
    six, three = dim(6), dim(3)
    H, one = sym("H", (six, six)), eye(six)
    inner = inverse(add(kron(one, H), kron(H, one)))
    ends = kron(columns(ONE, three, six), columns(dim(4), six, six))
    assert entry_of(mul(transpose(ends), inner, ends), 1, 1) is None
    assert entry_of(mul(transpose(ends), kron(H, one), ends), 2, 2) is not None

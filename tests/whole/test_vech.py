"""vech, the duplication matrix D(n) and the elimination matrix L(n): read, built, differentiated, printed, generated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc import derive
from matcalc.algebra import fun, mul, transpose
from matcalc.algebra.node import comm, duplication, elimination, eye, sym
from matcalc.book.sizes import dim
from matcalc.errors import MatcalcError
from matcalc.numbers.matrix_functions import commutation
from matcalc.numbers.matrix_functions import duplication as duplicated
from matcalc.numbers.matrix_functions import elimination as eliminated
from matcalc.reading.alone import read_expression

N = dim("n")
A = sym("A", (N, N))
S = sym("S", (N, N), properties=("symmetric",))


def vech(a: Any) -> Any:
    return np.concatenate([a[j:, j] for j in range(len(a))])


def vec(a: Any) -> Any:
    return np.ravel(a, order="F")


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_what_the_constants_are(n: int) -> None:
    a = np.random.default_rng(n).standard_normal((n, n))
    s = a + a.T
    assert np.allclose(duplicated(n) @ vech(s), vec(s))
    assert np.allclose(eliminated(n) @ vec(a), vech(a))
    assert np.allclose(eliminated(n).T @ vech(np.tril(a)), vec(np.tril(a)))
    assert np.allclose(eliminated(n) @ duplicated(n), np.eye(n * (n + 1) // 2))
    assert np.allclose(commutation(n, n) @ duplicated(n), duplicated(n))


@pytest.mark.parametrize(
    ("made", "same"),
    [
        (mul(elimination(N), fun("vec", A)), fun("vech", A)),
        (mul(transpose(fun("vec", A)), transpose(elimination(N))), transpose(fun("vech", A))),
        (mul(duplication(N), fun("vech", S)), fun("vec", S)),
        (mul(elimination(N), duplication(N)), eye(N * (N + 1) / 2)),
        (mul(transpose(duplication(N)), transpose(elimination(N))), eye(N * (N + 1) / 2)),
        (mul(comm(N, N), duplication(N)), duplication(N)),
        (mul(transpose(duplication(N)), comm(N, N)), transpose(duplication(N))),
        (mul(transpose(elimination(N)), fun("vech", A)), fun("vec", fun("tril", A))),
        (mul(transpose(duplication(N)), fun("vec", transpose(A))), mul(transpose(duplication(N)), fun("vec", A))),
        (duplication(dim(1)), eye(dim(1))),
    ],
)
def test_laws(made: Any, same: Any) -> None:
    assert made is same


def test_what_does_not_hold_is_no_law() -> None:
    assert mul(duplication(N), fun("vech", A)) is not fun("vec", A)
    assert mul(duplication(N), elimination(N)) is not eye(N * N)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ("d vech(X)/dX", "L(n)^T"),
        ("d D(n)*vech(X)/dX", "L(n)^T*D(n)^T"),
        ("d L(n)*vec(X)/dX", "L(n)^T"),
        ("d ||vech(X)||^2/dX", "2*tril(X)"),
        ("d vech(X)'*vech(A)/dX", "tril(A)"),
        ("d vech(A*X)'*vech(X*B)/dX", "A^T*tril(X*B) + tril(A*X)*B^T"),
        ("d a'*vech(X)/dX", "L(n)^T*a"),
        ("d b'*D(n)'*D(n)*b/db", "2*D(n)^T*D(n)*b"),
        ("d vech(X^-1)/dX", "-kron(X^-1,X^-T)*L(n)^T"),
        ("d tr(A*skew(X))/dX", "-skew(A)"),
        ("d normF(skew(X))^2/dX", "X - X^T"),
        ("d tr(D_(n)^T*D*D_(n))/dD", "D_(n)*D_(n)^T"),
        (r"d \mathrm{D}_{n} \operatorname{vech}(X)/dX", "L(n)^T*D(n)^T"),
    ],
)
def test_derivatives(request_: str, text: str) -> None:
    found: Any = derive(request_)
    assert found.text == text
    assert found.certificate.status == "checked"


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize("text", ["vech(X^-1)", "D(n)*vech(X*A*X)", "L(n)*kron(X,X)*D(n)*b", "exp(vech(X))", "vech(X)*vech(A)^T*c"])
def test_code_and_read_back(text: str, layout: str) -> None:
    found: Any = derive(text, wrt="X", variables={"X": "n n"}, layout=layout)
    if found.expr is not None:
        shapes = {v.data.name: v for v in found.parameters}
        assert read_expression(found.text, shapes) is found.expr
    rng = np.random.default_rng(0)
    point = {"X": rng.standard_normal((3, 3)) + 3 * np.eye(3), "A": rng.standard_normal((3, 3)), "b": rng.standard_normal(6)}
    point |= {"c": rng.standard_normal(6)}
    given = {name: value for name, value in point.items() if name in found.needs}
    value = np.asarray(found.function()(**given))
    assert np.allclose(value, np.asarray(found.at(given).array))


def test_the_names_are_what_else_they_may_be() -> None:
    """A declared D is a matrix, a bare L a variable, and L of a variable an unknown function."""
    assert derive("d tr(D*(n*X))/dX", variables={"D": "n n"}).text == "n*D^T"
    assert derive("d L*D(n)*b/db").text == "D(n)^T*L^T"
    assert derive("dL/dx where L = loss(x)").text == "grad_loss(x)"
    assert "D(n)" not in derive("d tr(D*X)/dX").text


def test_notations() -> None:
    found: Any = derive("d D(n)*vech(X^-1)/dX", layout="numerator")
    assert found.text == "-D(n)*L(n)*kron(X^-T,X^-1)"
    assert found.latex == r"-\mathrm{D}_{n} \mathrm{L}_{n} (X^{-\top} \otimes X^{-1})"
    assert "D" in found.printed("unicode") and "upright(D)" in found.printed("typst")


def test_sizes_that_do_not_fit_are_told() -> None:
    with pytest.raises(MatcalcError, match="n\\*\\(n \\+ 1\\)/2"):
        derive("d D(n)*x/dx", variables={"x": "m", "X": "n n"})


def test_sympy_has_them() -> None:
    sympy = pytest.importorskip("sympy")
    found: Any = derive("d D(n)*vech(X)/dX", layout="numerator")
    made = found.to_sympy()
    n = next(iter(made.free_symbols))
    explicit = made.subs(n, sympy.Integer(2)).doit()
    assert np.allclose(np.array(explicit.tolist(), float), duplicated(2) @ eliminated(2))


def test_built_in_python() -> None:
    from matcalc import build

    x, a = build.vector("x", 6), build.matrix("A", 3, 3)
    assert matcalc.derive(build.duplication(3) @ x, wrt=x).text == "D(3)^T"
    assert matcalc.derive(build.elimination(3) @ build.vec(a), wrt=a, form="vec").text == "L(3)^T"


def test_lengths_of_a_vech_are_read() -> None:
    understood = matcalc.read("d D(n)*b/db")
    assert understood.declared == "d/db D(n)*b where b: n*(n + 1)/2"
    assert derive(understood.declared).text == "D(n)^T"
    assert derive("D(n)*b", "b", variables={"b": "n*(n + 1)/2"}).text == "D(n)^T"
    found: Any = derive("d sum(ones(n*(n + 1)/2).*b)/db")
    assert found.text == "ones(n*(n + 1)/2)" and found.shape == ("n*(n + 1)/2", "1")
    assert found.function()(np.zeros(6), n=3).tolist() == [1] * 6
    for half in ("n/2", "n*(n + 2)/2", "3/2"):
        with pytest.raises(MatcalcError, match="is not a dimension"):
            derive("d sum(b)/db", variables={"b": half})

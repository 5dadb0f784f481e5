"""Formulas where a matrix is singular by construction: the adjugate in place of an inverse, a condition said, or a refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, NotDifferentiable, backprop, derive
from matcalc.algebra import add, had, mul, negative, transpose
from matcalc.algebra.node import Expr, eye, ones, sym
from matcalc.answers.expansions.taylor import taylor
from matcalc.book.sizes import ONE, Dim, dim
from matcalc.numbers.evaluate import evaluate
from matcalc.simplify.singular import Singular, singular

m, n, p = dim("m"), dim("n"), dim("p")


def array(name: str, rows: Dim | int, columns: Dim | int, *known: str) -> Expr:
    m, n = (dim(d) if isinstance(d, int) else d for d in (rows, columns))
    return sym(name, (m, n), None, known)


X, A, x, y = array("X", n, n), array("A", m, n), array("x", n, ONE), array("y", n, ONE)
FIXED = array("F", 3, 2)
STANDING: list[tuple[Expr, Singular]] = [
    (X, Singular.NEVER),
    (array("S", n, n, "spd"), Singular.NEVER),
    (array("S", n, n, "psd"), Singular.PERHAPS),
    (array("S", n, n, "psd", "invertible"), Singular.NEVER),
    (mul(A, transpose(A)), Singular.PERHAPS),
    (mul(transpose(A), array("M", m, m), A), Singular.PERHAPS),
    (mul(FIXED, transpose(FIXED)), Singular.ALWAYS),
    (mul(transpose(FIXED), FIXED), Singular.NEVER),
    (add(mul(FIXED, transpose(FIXED)), eye(dim(3))), Singular.NEVER),
    (mul(x, transpose(y)), Singular.MOSTLY),
    (add(mul(x, transpose(y)), mul(y, transpose(y))), Singular.MOSTLY),
    (add(X, mul(transpose(array("Z", p, n)), array("Z", p, n))), Singular.NEVER),
    (mul(array("u", 2, 1), array("v", 1, 2)), Singular.ALWAYS),
    (add(mul(array("u", 2, 1), array("v", 1, 2)), mul(array("v", 2, 1), array("u", 1, 2))), Singular.NEVER),
    (ones(n, n), Singular.MOSTLY),
    (array("W", n, n, "skew"), Singular.ODD),
    (array("W", 3, 3, "skew"), Singular.ALWAYS),
    (array("W", 4, 4, "skew"), Singular.NEVER),
    (add(X, negative(transpose(X))), Singular.ODD),
    (mul(array("W", n, n, "skew"), X), Singular.ODD),
    (mul(array("B", n, m + n), array("C", m + n, n)), Singular.NEVER),
    (mul(array("B", m + n, n), array("C", n, m + n)), Singular.ALWAYS),
]  # fmt: skip


@pytest.mark.parametrize(("e", "expected"), STANDING, ids=str)
def test_sizes_tell_whether_a_matrix_is_singular(e: Expr, expected: Singular) -> None:
    assert singular(e) is expected


def test_of_sums_and_products_deep_inside_each_other_only_the_outermost_are_looked_into() -> None:
    e = mul(x, ones(ONE, n))
    for _ in range(2000):
        e = add(had(e, X), array("Y", n, n))
    assert singular(e) is Singular.NEVER


def gradient(found: Derivative, values: dict[str, Any], sizes: dict[str, int]) -> Any:
    assert found.expr is not None
    return np.asarray(evaluate([found.expr], values, sizes)[0])


def slope(found: Derivative, name: str, values: dict[str, Any], sizes: dict[str, int]) -> Any:
    """Central differences of the function as it was written."""
    out = np.zeros_like(values[name])
    for at in np.ndindex(out.shape):
        step = np.zeros_like(out)
        step[at] = 1e-5
        up, down = (evaluate([found.request.literal], {**values, name: values[name] + s * step}, sizes)[0] for s in (1, -1))
        out[at] = (up - down) / 2e-5
    return out


def skew(size: int) -> Any:
    a = np.random.default_rng(size).standard_normal((size, size))
    return a - a.T


@pytest.mark.parametrize("declared", ["n x n skew", "3 x 3 skew", "4 x 4 skew", "5 x 5 skew"])
@pytest.mark.parametrize(
    "function",
    ["det(W)", "-2*det(W)", "det(W)*tr(W*A)", "det(W) + tr(W*A)", "det(A*W)", "det(W)^2", "det(W^T*A)", "det(2*W)", "tr(A)*det(tr(A)*W)"],
)
def test_the_determinant_of_a_skew_matrix(function: str, declared: str) -> None:
    sizes = [int(declared[0])] if declared[0].isdigit() else [2, 3, 4, 5]
    found = derive(function, wrt="W", variables={"W": declared, "A": declared.removesuffix(" skew")}, check=False)
    assert isinstance(found, Derivative)
    for size in sizes:
        values = {"W": skew(size), "A": np.random.default_rng(1).standard_normal((size, size))}
        np.testing.assert_allclose(
            gradient(found, values, {"n": size}), slope(found, "W", values, {"n": size}), rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("form", ["matrix", "vec", "index", "differential"])
@pytest.mark.parametrize("size", ["n", "3"])
def test_every_form_of_it_is_certified(form: str, size: str) -> None:
    found = derive("det(W)", wrt="W", variables={"W": f"{size} x {size} skew"}, form=form)
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert "adj(W)" in found.text and "^-" not in found.text


ZERO = [
    ("det(X*X^T)", "X", {"X": (3, 2)}),
    ("det(B*B^T)", "B", {"B": (4, 3)}),
    ("det(x*y^T)", "x", {"x": (3,), "y": (3,)}),
    ("det(X - X^T)", "X", {"X": (3, 3)}),
    ("tr(adj(A^T*A))", "A", {"A": (2, 4)}),
    ("sum(adj(x*y^T))", "x", {"x": (3,), "y": (3,)}),
    ("det(kron(A, B))", "A", {"A": (3, 2), "B": (2, 3)}),
    ("det(x*y^T + y*x^T)*sum(x)", "x", {"x": (3,), "y": (3,)}),
    ("det(W)*x^T*x", "x", {"W": (3, 3, "skew"), "x": (3,)}),
]  # fmt: skip


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(("function", "wrt", "shapes"), ZERO)
def test_what_vanishes_for_every_value_has_the_derivative_zero(function: str, wrt: str, shapes: dict[str, Any], check: bool) -> None:
    declared = {name: " x ".join(map(str, s[:2])) + " " + " ".join(s[2:]) for name, s in shapes.items()}
    found = derive(function, wrt=wrt, variables=declared, check=check)
    assert isinstance(found, Derivative)
    assert found.text.startswith("zeros(")


@pytest.mark.parametrize(
    ("function", "wrt", "variables"),
    [
        ("tr(adj(A^T*A))", "A", {"A": "1 2"}),
        ("tr(adj(A^T*A))", "A", {"A": "2 3"}),
        ("tr(adj(A^T*A))", "A", {"A": "3 4"}),
        ("x^T*adj(A^T*A)*x", "A", {"A": "2 3", "x": "3"}),
        ("adj(x*y^T)", "x", {"x": "2", "y": "2"}),
        ("tr(adj(X - X^T)*B)", "X", {"X": "3 3", "B": "3 3"}),
        ("tr(adj(A*W)*A)", "A", {"A": "3 3", "W": "3 x 3 skew"}),
    ],
)
def test_an_adjugate_of_one_rank_less_is_written_out(function: str, wrt: str, variables: dict[str, str]) -> None:
    found = derive(function, wrt=wrt, variables=variables)
    assert isinstance(found, Derivative)
    assert found.certificate is not None and found.certificate.error < 1e-6
    assert "^-" not in found.text and "adj" not in found.text


@pytest.mark.parametrize("size", [1, 2, 3])
def test_an_outer_product_of_any_size(size: int) -> None:
    found = derive("det(x*y^T)", wrt="x", variables={"x": "n", "y": "n"}, check=False)
    assert isinstance(found, Derivative)
    values = {"x": np.arange(1.0, size + 1), "y": np.arange(2.0, size + 2)}
    np.testing.assert_allclose(
        gradient(found, values, {"n": size}).reshape(-1), slope(found, "x", values, {"n": size}), rtol=1e-6, atol=1e-9
    )


CONDITIONS = [
    ("det(X^T*A*X)", {"A": "n n"}, ("X^T*A*X is invertible",)),
    ("det(X*X^T)", {}, ("X*X^T is invertible",)),
    ("tr(adj(X^T*X))", {}, ("X^T*X is invertible",)),
    ("det(X)", {"X": "n n"}, ()),
    ("logdet(X^T*X)", {}, ()),
    ("tr((X^T*X)^-1)", {}, ()),
    ("logdet(X*X^T)*det(X*X^T)", {}, ()),
    ("det(X^T*X)", {"X": "4 3"}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("function", "variables", "expected"), CONDITIONS)
def test_what_an_answer_needs_beyond_the_function_is_said(function: str, variables: dict[str, str], expected: tuple[str, ...]) -> None:
    for form in ("matrix", "differential"):
        found = derive(function, wrt="X", variables={"X": "n m", **variables}, form=form)
        assert isinstance(found, Derivative)
        assert found.assumptions == expected


def test_networks_and_expansions_say_it_too() -> None:
    assert "C^T*C is invertible" in taylor("det(X^T*X)", "X", "C").assumptions
    assert "Z is invertible" in backprop("L where Z = X^T*X; L = det(Z)").assumptions
    network = backprop("L where Z = X - X^T; L = det(Z)")
    assert not any("invertible" in a for a in network.assumptions) and "adj(Z)^T" in network.text


@pytest.mark.parametrize(
    ("function", "wrt", "variables", "order"),
    [
        ("tr(adj(A^T*A))", "A", {"A": "5 6"}, 1),
        ("tr(adj(x*y^T))", "x", {"x": "n", "y": "n"}, 1),
        ("det(W)", "W", {"W": "3 x 3 skew"}, 2),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_an_inverse_that_never_exists_is_refused(function: str, wrt: str, variables: dict[str, str], order: int, check: bool) -> None:
    with pytest.raises(NotDifferentiable, match=r"needs the inverse of a matrix of .* that is singular for every value"):
        derive(function, wrt=wrt, variables=variables, order=order, check=check)


# ------------------------------------------------------------------------------------------------- the code


def cofactors(a: Any) -> Any:
    size = len(a)
    minor = [[(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(size)] for i in range(size)]
    return np.array(minor).T


MATRICES = [np.random.default_rng(k).standard_normal((k, k)) for k in (2, 3, 5)]
MATRICES += [skew(3), skew(5), np.outer([1.0, 2, 3], [2.0, -1, 1]), np.zeros((2, 2)), np.zeros((3, 3)), np.diag([1.0, 0, 2]), -np.eye(4)]


@pytest.mark.parametrize("a", MATRICES, ids=lambda a: f"{len(a)}, rank {np.linalg.matrix_rank(a)}")
@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_the_code_of_an_adjugate_has_a_value_for_singular_matrices(target: str, a: Any) -> None:
    given: Any = a
    if target != "numpy":
        library = pytest.importorskip(target)
        given = library.numpy.asarray(a) if target == "jax" else library.tensor(a)
    found = derive("tr(adj(Y)*X)", wrt="X", variables={"X": "n n", "Y": "n n"})
    assert isinstance(found, Derivative)
    np.testing.assert_allclose(np.asarray(found.function(target)(Y=given)), cofactors(a).T, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("form", ["matrix", "index", "differential"])
def test_every_form_asks_for_the_same_inverse(form: str) -> None:
    with pytest.raises(NotDifferentiable, match="needs the inverse of a matrix of 3 x 3"):
        derive("tr(adj(W))", wrt="W", variables={"W": "3 x 3 skew"}, form=form)
    found = derive("tr(adj(W))", wrt="W", variables={"W": "n x n skew"}, form=form, check=False)
    assert isinstance(found, Derivative)
    assert found.assumptions == ("W is invertible",)
    given = derive("logdet(W)", wrt="W", variables={"W": "n x n skew"}, form=form, check=False)
    assert isinstance(given, Derivative)
    assert given.assumptions == ()

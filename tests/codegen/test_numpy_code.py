"""The NumPy source of an expression has the value of the expression."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, codegen, derive
from matcalc.algebra import add, entry, epow, fun, had, inner, inverse, mul, negative, power, subtract, transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, Unknown, array, comm, const, eye, node, ones, sym, unit, zeros
from matcalc.book.sizes import ONE, SCALAR, Dim, dim
from matcalc.codegen import compile_function, parameters_of
from matcalc.numbers.evaluate import as_matrix, evaluate

m, n = dim("m"), dim("n")
A, B, S, X = sym("A", (m, n)), sym("B", (n, n)), sym("S", (n, n)), sym("X", (n, n))
x, y, b = sym("x", (n, ONE)), sym("y", (n, ONE)), sym("b", (m, ONE))
r, k = sym("r", (ONE, n), 2), sym("k", (n, ONE), 2)
s, c = sym("s", SCALAR), sym("c", SCALAR)
VARIABLES = [A, B, S, X, x, y, b, r, k, s, c]
SIZES = {"m": 3, "n": 4}
rng = np.random.default_rng(3)
V: dict[str, Any] = {
    "A": rng.normal(size=(3, 4)),
    "B": rng.normal(size=(4, 4)) ** 2,
    "S": (lambda q: q @ q.T + np.eye(4))(rng.normal(size=(4, 4))),
    "X": rng.normal(size=(4, 4)),
    "x": rng.normal(size=4) ** 2,
    "y": rng.normal(size=4) ** 2,
    "b": rng.normal(size=3),
    "r": rng.normal(size=(1, 4)),
    "k": rng.normal(size=(4, 1)),
    "s": 0.7,
    "c": 1.3,
}
shared = fun("exp", mul(A, x))

EXPRESSIONS = [
    mul(transpose(A), subtract(mul(A, x), b)),
    mul(inner([transpose(x), S, y]), B, x),
    mul(const("-3/2"), X),
    mul(power(fun("norm2", x), -3), const("1/2"), x),
    mul(const(-1), power(s, -2), x),
    power(s, const("-3/2")),
    power(s, c),
    power(s, negative(c)),
    mul(x, transpose(x), S, y, transpose(y)),
    mul(transpose(r), r),
    mul(transpose(k), S),
    mul(mul(r, k), X),
    mul(fun("diag", x), S, fun("diag", y)),
    mul(fun("diag", x), S, k),
    mul(s, fun("diag", x)),
    mul(A, ones(n, m)),
    mul(s, ones(m, n)),
    mul(ones(ONE, m), A),
    mul(A, ones(n)),
    inner([ones(ONE, n), X, X, y]),
    subtract(eye(n), mul(x, transpose(x))),
    inverse(transpose(X)),
    power(transpose(X), const(n - 1)),
    power(S, const("1/2")),
    power(X, -2),
    had(y, epow(x, -2), fun("tanh", x)),
    epow(x, const("-1/2")),
    epow(x, const("1/3")),
    epow(x, s),
    mul(B, had(x, y)),
    had(mul(S, x), y),
    fun("diag", had(x, fun("diagv", X))),
    fun("tr", mul(X, B)),
    fun("sum", fun("exp", A)),
    fun("kron", x, A),
    fun("kron", x, y),
    fun("kron", transpose(A), eye(n)),
    fun("vec", A),
    mul(comm(m, n), fun("kron", A, x)),
    comm(m, n),
    ones(m, n),
    zeros(n),
    unit(2, n),
    entry(mul(X, B), 1, 2),
    entry(r, 1, 2),
    array([[s, c], [c, mul(c, s)]]),
    array([[s, c]]),
    const(n / 2 - 1),
    fun("pinv", A),
    fun("pinv", x),
    fun("expm", X),
    fun("softmax", add(x, y)),
    fun("sigmoid", add(x, y)),
    fun("gelu", mul(A, x)),
    fun("logdet", S),
    mul(transpose(A), had(shared, add(shared, b)), power(fun("sum", shared), -1)),
]


def numpy_source(e: Expr, variables: list[Expr], keep2d: bool = False, docstring: str = "") -> str:
    return codegen.module([codegen.matrix_function(e, variables, keep2d=keep2d, docstring=docstring)])


def index_source(terms: tuple[IndexTerm, ...], labels: tuple[str, ...], variables: list[Expr], dims: tuple[Dim, ...] = ()) -> str:
    return codegen.module([codegen.index_function(terms, labels, variables, dims)])


@pytest.mark.parametrize("keep2d", [False, True])
@pytest.mark.parametrize("e", EXPRESSIONS, ids=repr)
def test_source_has_the_value_of_the_expression(e: Expr, keep2d: bool) -> None:
    function = compile_function(numpy_source(e, VARIABLES, keep2d=keep2d))
    found = function(**{p: V[p] for p in parameters_of(function)})
    expected = evaluate([e], V, SIZES)[0]
    if keep2d:
        expected = as_matrix(e, expected)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def body(e: Expr) -> list[str]:
    """The statements of the function, without the conversions and the refusal of its arguments."""
    lines = numpy_source(e, VARIABLES).split("derivative")[1].splitlines()[1:]
    return [line for line in lines if not re.search(r"np\.asarray|\.reshape\(-1\) if 1 in|^    if |raise ValueError|^        ", line)]


def test_only_needed_parameters_in_the_given_order() -> None:
    assert parameters_of(compile_function(numpy_source(mul(transpose(A), b), [x, b, A]))) == ("b", "A")


def test_a_size_comes_from_a_variable_that_the_result_does_not_use() -> None:
    assert parameters_of(compile_function(numpy_source(mul(s, eye(n)), [x, s]))) == ("x", "s")


def test_keywords_and_module_names_get_an_underscore() -> None:
    e = mul(sym("lambda", SCALAR), sym("np", (n, ONE)))
    function = compile_function(numpy_source(e, [sym("lambda", SCALAR), sym("np", (n, ONE))]))
    assert parameters_of(function) == ("lambda_", "np_")
    np.testing.assert_allclose(function(2.0, np.ones(3)), [2, 2, 2])


def test_a_dimension_with_the_name_of_a_variable() -> None:
    variable = sym("n", (n, ONE))
    function = compile_function(numpy_source(mul(const(n), variable), [variable]))
    np.testing.assert_allclose(function(np.ones(3)), [3, 3, 3])


def test_shared_parts_are_computed_once() -> None:
    assert body(had(shared, add(shared, b))) == ["    t1 = np.exp(A @ x)", "    return (b + t1)*t1"]


def test_diagonal_matrices_are_not_built() -> None:
    assert body(mul(fun("diag", x), S)) == ["    return x[:, None]*S"]
    assert body(mul(S, fun("diag", x))) == ["    return S*x"]


def test_unknown_functions_are_parameters() -> None:
    e = node("call", (x,), Unknown("sigma", "elementwise", 1), x.shape)
    function = compile_function(numpy_source(e, [x]))
    assert parameters_of(function) == ("x", "sigma_prime")
    np.testing.assert_allclose(function(V["x"], np.cos), np.cos(V["x"]))


def test_docstrings_are_quoted() -> None:
    assert compile_function(numpy_source(x, [x], docstring='a "" b """ \\ c')).__doc__ == 'a "" b """ \\ c'


def test_index_source() -> None:
    terms = (
        IndexTerm(const("-3/2"), ((transpose(A), ("i", "k")), (B, ("l", "j"))), (("i", "l"),)),
        IndexTerm(s, ((x, ("r",)), (mul(A, X), ("k", "r")), (S, ("j", "i"))), (("l", "i"),), ("r",)),
    )
    function = compile_function(index_source(terms, ("i", "j", "k", "l"), VARIABLES, (n, n, m, n)))
    found = function(**{p: V[p] for p in parameters_of(function)})
    first = np.einsum("ki,lj,il->ijkl", V["A"], V["B"], np.eye(4))
    second = np.einsum("r,kr,ji,li->ijkl", V["x"], V["A"] @ V["X"], V["S"], np.eye(4))
    np.testing.assert_allclose(found, -1.5 * first + 0.7 * second)


def test_index_source_of_many_deltas() -> None:
    """x[i]*delta[i,r1]*delta[r1,r2]*...*delta[r55,j] is diag(x), and r1 to r55 are as long as i."""
    summed = [f"r{at}" for at in range(1, 56)]
    term = IndexTerm(const(1), ((x, ("i",)),), tuple(pairwise(["i", *summed, "j"])), tuple(summed))
    function = compile_function(index_source((term,), ("i", "j"), [x], (n, n)))
    np.testing.assert_allclose(function(V["x"]), np.diag(V["x"]))


@pytest.mark.parametrize(("layout", "returned"), [("numerator", "A"), ("denominator", 'np.einsum("ji->ij", A)')])
def test_an_entry_of_one_array_is_that_array(layout: str, returned: str) -> None:
    found = derive("d A*x/dx", form="index", layout=layout, check=False)
    assert isinstance(found, Derivative)
    assert found.numpy.endswith(f" {returned}\n") or f" = {returned}\n" in found.numpy


def test_the_entry_of_a_number_has_no_axes() -> None:
    found = derive("d c^3/dc", variables={"c": "scalar"}, form="index", check=False)
    assert isinstance(found, Derivative)
    assert np.shape(found.function()(c=2.0)) == ()
    assert found.function()(c=2.0) == 12


def test_an_entry_of_one_array_times_others_is_not() -> None:
    found = derive("d A*(x.*y)/dx", form="index", layout="numerator", check=False)
    assert isinstance(found, Derivative)
    np.testing.assert_allclose(found.function()(A=V["A"], y=V["y"]), V["A"] * V["y"])


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_an_entry_that_is_the_same_along_an_axis(layout: str) -> None:
    found = derive("d sum(x)*y/dx", variables={"x": "n", "y": "m"}, form="index", layout=layout, check=False)
    assert isinstance(found, Derivative)
    expected = np.outer(np.ones(3), V["y"])
    value = found.function()(x=np.ones(3), y=V["y"])
    np.testing.assert_allclose(value, expected.T if layout == "numerator" else expected)


def test_a_label_of_einsum_is_a_letter_of_ascii() -> None:
    term = IndexTerm(const(1), ((A, ("\u03b1", "i")), (b, ("\u03b1",))), (), ("\u03b1",))
    function = compile_function(index_source((term,), ("i",), [A, b], (n,)))
    np.testing.assert_allclose(function(A=V["A"], b=V["b"]), V["A"].T @ V["b"])


def test_index_source_of_constants() -> None:
    deltas = (IndexTerm(const(1), (), (("i", "k"), ("j", "l"))),)
    function = compile_function(index_source(deltas, ("i", "j", "k", "l"), [A], (m, n, m, n)))
    np.testing.assert_allclose(function(V["A"]), np.einsum("ik,jl->ijkl", np.eye(3), np.eye(4)))
    function = compile_function(index_source((), ("i", "j", "k"), [A], (m, n, m)))
    assert function(V["A"]).shape == (3, 4, 3)


@pytest.mark.parametrize("layers", [49, 50, 120])
def test_an_index_form_has_more_indices_than_einsum_has_letters(layers: int) -> None:
    made = "; ".join(f"Y{i} = A.*(B*Y{i - 1})" for i in range(1, layers))
    found = derive(f"d Y{layers - 1}/dX where Y0 = A.*(B*X); {made}", form="index", layout="mixed", check=False)
    assert isinstance(found, Derivative)
    a, b = 1 + rng.random((2, 3)), rng.normal(size=(2, 2)) / 2
    moved = np.reshape(np.eye(6), (6, 2, 3))
    for _ in range(layers):
        moved = a * (b @ moved)
    assert (found.numpy.count("np.einsum(") > 1) is (layers > 49)
    value = found.function()(A=a, B=b)
    np.testing.assert_allclose(value, np.transpose(moved.reshape(2, 3, 2, 3), (2, 3, 0, 1)), rtol=1e-9, atol=1e-12 * np.max(np.abs(moved)))


def test_deep_expressions() -> None:
    e = x
    for _ in range(2000):
        e = fun("sin", add(e, x))
    found = compile_function(numpy_source(e, [x]))(V["x"])
    np.testing.assert_allclose(found, evaluate([e], V, SIZES)[0])


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_the_polar_factor_of_a_number_and_of_a_vector(target: str) -> None:
    """They come with no axis and with one, which a singular value decomposition does not take."""
    library = pytest.importorskip(target)
    given = library.tensor if target == "torch" else library.numpy.asarray if target == "jax" else np.asarray
    number = derive("t*polar(t)", wrt="t", variables={"t": "scalar"}, check=False).function(target)
    assert float(number(t=given(-2.0))) == -1.0
    vector = derive("polar(x)^T*a", wrt="a", variables={"x": "n", "a": "n"}, check=False).function(target)
    np.testing.assert_allclose(np.asarray(vector(x=given([3.0, 4.0]))), [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize("form", ["auto", "index"])
@pytest.mark.parametrize("name", ["max", "min"])
def test_where_the_largest_entry_is_can_be_negated(name: str, form: str) -> None:
    found = derive(f"d -{name}(W)/dW", form=form)
    assert isinstance(found, Derivative)
    at = np.array([[1.0, 4.0], [-2.0, 3.0]])
    np.testing.assert_array_equal(found.function()(W=at), -1.0 * (at == getattr(np, name)(at)))


@pytest.mark.parametrize(
    ("request_text", "written"),
    [
        ("d 3*tr(X*diag(v)*A)/dX", "3*v*A.T"),
        ("d tr(X*diag(v)*A)/dX", "A.T*v"),
        ("d c*tr(diag(v)*X^T*A)/dX where c: scalar", "c*v*A"),
        ("d tr(diag(v)*X^T*A)/c/dX where c: scalar", "v*A/c"),
    ],
)
def test_numbers_and_rows_are_multiplied_before_the_matrix_is_passed_over(request_text: str, written: str) -> None:
    found = derive(request_text)
    assert isinstance(found, Derivative)
    assert found.code("numpy").endswith(f"    return {written}\n")

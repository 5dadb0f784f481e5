"""Layouts: the axes of a derivative of every kind by every kind, and that one layout is the other turned round.

The table is: numerator shape(Y) + reversed(shape(X)), denominator shape(X) + reversed(shape(Y)), mixed shape(Y) + shape(X),
without axes of length 1; up to two axes, rows and columns are both named.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import Derivative, UsageError, derive
from matcalc.algebra.node import Expr
from matcalc.book.choices import LAYOUTS
from matcalc.book.sizes import ONE, dim
from matcalc.calculus.contracting import apply, apply_vec
from matcalc.calculus.layout import arrange
from matcalc.index.lower import Label
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.numbers.sampling.random_points import sample
from matcalc.numbers.sampling.sizes import size_of

SIZES = {"m": 3, "n": 4, "p": 2, "q": 5}
SHAPES = {
    "A": "m n", "B": "n q", "P": "p q", "Y": "n n", "a": "m", "b": "m", "v": "n", "w": "p", "r": "1 n", "s": "1 m", "d": "1 q",
    "t": "", "c": "", "x": "n", "z": "p", "h": "1 p", "X": "p q", "S": "1 p", "C": "p 1",
}  # fmt: skip

# kind of Y by kind of X: expression, variable, and the axes in numerator, denominator and mixed layout
TABLE = {
    "scalar/scalar": ("t^2*c", "t", "1 1", "1 1", "1 1"),
    "scalar/column": ("w^T*z*t + z^T*z", "z", "1 p", "p 1", "p 1"),
    "scalar/row": ("h*w + h*h^T", "h", "p 1", "1 p", "1 p"),
    "scalar/matrix": ("w^T*X*X^T*w", "X", "q p", "p q", "p q"),
    "column/scalar": ("a*t^2", "t", "m 1", "1 m", "m 1"),
    "column/column": ("a*w^T*z + a*z^T*z", "z", "m p", "p m", "m p"),
    "column/row": ("a*(h*w)^2", "h", "m p", "p m", "m p"),
    "column/matrix": ("a*(w^T*X*X^T*w)", "X", "m q p", "p q m", "m p q"),
    "row/scalar": ("s*t^2", "t", "1 m", "m 1", "1 m"),
    "row/column": ("s*(z^T*z)", "z", "m p", "p m", "m p"),
    "row/row": ("s*(h*h^T)", "h", "m p", "p m", "m p"),
    "row/matrix": ("s*(w^T*X*X^T*w)", "X", "m q p", "p q m", "m p q"),
    "matrix/scalar": ("A*t^2", "t", "m n", "n m", "m n"),
    "matrix/column": ("A*(z^T*z)", "z", "m n p", "p n m", "m n p"),
    "matrix/row": ("A*(h*h^T)", "h", "m n p", "p n m", "m n p"),
    "matrix/matrix": ("A*(w^T*X*X^T*w)", "X", "m n q p", "p q n m", "m n p q"),
}
# the same where the derivative has a form of its own, or vanishes
MORE = {
    "affine map": ("A*x + a", "x", "m n", "n m", "m n"),
    "affine map by its bias": ("A*x + b", "b", "m m", "m m", "m m"),
    "affine map by its matrix": ("A*x + b", "A", "m n m", "m n m", "m m n"),
    "row times matrix": ("r*B", "r", "q n", "n q", "q n"),
    "product by its left factor": ("A*B", "A", "m q n m", "m n q m", "m q m n"),
    "product by its right factor": ("A*B", "B", "m q q n", "n q q m", "m q n q"),
    "transpose": ("A^T", "A", "n m n m", "m n m n", "n m m n"),
    "inverse": ("Y^-1", "Y", "n n n n", "n n n n", "n n n n"),
    "elementwise on a vector": ("exp(v)", "v", "n n", "n n", "n n"),
    "elementwise on a row": ("exp(r)", "r", "n n", "n n", "n n"),
    "outer product": ("a*x^T", "x", "m n n", "n n m", "m n n"),
    "vec": ("vec(A)", "A", "m*n n m", "m n m*n", "m*n m n"),
    "kron": ("kron(w, v)", "v", "n*p n", "n n*p", "n*p n"),
    "entry": ("X[1,2]", "X", "q p", "p q", "p q"),
    "matrix of one row": ("S*w", "S", "p 1", "1 p", "1 p"),
    "matrix of one column": ("w^T*C", "C", "1 p", "p 1", "p 1"),
    "absent scalar": ("A", "t", "m n", "n m", "m n"),
    "absent column": ("t^2", "x", "1 n", "n 1", "n 1"),
    "absent row": ("t^2", "r", "n 1", "1 n", "1 n"),
    "absent matrix": ("a", "X", "m q p", "p q m", "m p q"),
}
CELLS = TABLE | MORE
GRID = [pytest.param(cell, layout, id=f"{cell}-{layout}") for cell in CELLS for layout in LAYOUTS]


def derived(expr: str, wrt: str, layout: str, **asked: Any) -> Derivative:
    found = derive(expr, wrt=wrt, variables=asked.pop("variables", SHAPES), layout=layout, **asked)
    assert isinstance(found, Derivative)
    return found


def form_of(cell: str) -> str:
    """The form whose axes the table names: matrix up to two axes, index beyond."""
    return "matrix" if len(CELLS[cell][2].split()) <= 2 else "index"


def expected(cell: str, layout: str) -> tuple[str, ...]:
    return tuple(CELLS[cell][2 + LAYOUTS.index(layout)].split())


def sampled(d: Derivative) -> dict[str, Any]:
    """Values of the variables: vectors with one axis, rows and columns that were declared with two axes with two."""
    rng = np.random.default_rng(4)
    found = {name: sample(v, SIZES, "normal", rng) for name, v in d.request.variables.items()}
    return {name: as_matrix(v, found[name]) if v.data.ndim == 2 else found[name] for name, v in d.request.variables.items()}


def called(d: Derivative, values: dict[str, Any]) -> Any:
    """What the NumPy code returns."""
    known = values | SIZES
    return np.asarray(d.function()(**{name: known[name] for name in d.needs}))


def value(d: Derivative) -> Any:
    return called(d, sampled(d))


def lengths(d: Derivative) -> tuple[int, ...]:
    return tuple(size_of(a, SIZES) for a in d.dims if a is not ONE)


@pytest.mark.parametrize(("cell", "layout"), GRID)
def test_axes_of_the_table(cell: str, layout: str) -> None:
    expr, wrt = CELLS[cell][:2]
    found = derived(expr, wrt, layout, form=form_of(cell))
    assert found.shape == expected(cell, layout)
    assert found.layout == layout
    assert found.form == form_of(cell)
    assert value(found).shape == lengths(found)
    if found.expr is not None:
        assert tuple(map(str, found.expr.shape)) == expected(cell, layout)


@pytest.mark.parametrize("cell", CELLS)
def test_numerator_is_the_full_transpose_of_denominator(cell: str) -> None:
    expr, wrt = CELLS[cell][:2]
    numerator, denominator = (derived(expr, wrt, layout, form=form_of(cell)) for layout in ("numerator", "denominator"))
    assert numerator.shape == denominator.shape[::-1]
    np.testing.assert_allclose(value(numerator), value(denominator).T, rtol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_mixed_is_the_order_of_automatic_differentiation(cell: str) -> None:
    """Its axes are those of Y and then those of X: what perturbing X entry by entry gives."""
    expr, wrt = CELLS[cell][:2]
    found = derived(expr, wrt, "mixed", form=form_of(cell))
    values = sampled(found)
    x = values[wrt]
    slopes = [_slope(found.request.expr, values, wrt, k) for k in range(np.size(x))]
    measured = np.moveaxis(np.array(slopes), 0, -1)
    ours = called(found, values)
    assert ours.size == measured.size
    np.testing.assert_allclose(ours, measured.reshape(ours.shape), rtol=1e-5, atol=1e-6)


def _slope(y: Expr, values: dict[str, Any], wrt: str, k: int, h: float = 1e-5) -> Any:
    """The difference quotient of y along entry k of the variable, with the axes of y that count."""

    def at(step: float) -> Any:
        moved = np.array(values[wrt], dtype=float)
        moved.reshape(-1)[k] += step
        return np.asarray(evaluate([y], {**values, wrt: moved}, SIZES)[0])

    return (at(h) - at(-h)) / (2 * h)


def test_the_table_has_every_kind_by_every_kind() -> None:
    kinds = ("scalar", "column", "row", "matrix")
    assert set(TABLE) == {f"{y}/{x}" for y in kinds for x in kinds}


@pytest.mark.parametrize(("cell", "layout"), [p for p in GRID if p.values[0] in TABLE])
def test_axes_by_definition(cell: str, layout: str) -> None:
    """shape(Y) + reversed(shape(X)), and so on, where axes of length 1 do not count."""
    of, by = cell.split("/")
    y = {"scalar": [], "column": ["m"], "row": ["m"], "matrix": ["m", "n"]}[of]
    x = {"scalar": [], "column": ["p"], "row": ["p"], "matrix": ["p", "q"]}[by]
    axes = {"numerator": y + x[::-1], "denominator": x + y[::-1], "mixed": y + x}[layout]
    assert [a for a in expected(cell, layout) if a != "1"] == axes
    assert len(expected(cell, layout)) == max(2, len(axes))


# ------------------------------------------------------------------------------------------------- Hessians

HESSIANS = {"by a column": ("x^T*Y*x", "x", "n"), "by a row": ("r*Y*r^T", "r", "n"), "by a scalar": ("t^3*c", "t", "1")}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", HESSIANS)
def test_a_hessian_is_square(case: str, layout: str) -> None:
    expr, wrt, size = HESSIANS[case]
    found = derived(expr, wrt, layout, order=2)
    assert found.shape == (size, size)
    np.testing.assert_allclose(value(found), value(found).T)


@pytest.mark.parametrize(("layout", "shape"), [("numerator", "m 1"), ("denominator", "1 m"), ("mixed", "m 1")])
def test_a_second_derivative_by_a_scalar_keeps_the_axes_of_the_first(layout: str, shape: str) -> None:
    found = derived("a*t^3", "t", layout, order=2)
    assert found.shape == tuple(shape.split())


@pytest.mark.parametrize(("layout", "shape"), [("numerator", "p q q p"), ("denominator", "p q q p"), ("mixed", "p q p q")])
def test_a_hessian_by_a_matrix_has_four_axes(layout: str, shape: str) -> None:
    found = derived("w^T*X*X^T*w", "X", layout, order=2, form="index")
    assert found.shape == tuple(shape.split())
    assert value(found).shape == lengths(found)


@pytest.mark.parametrize(("layout", "shape"), [("numerator", "m n"), ("denominator", "n m"), ("mixed", "m n")])
def test_a_mixed_second_derivative_is_the_derivative_of_the_gradient(layout: str, shape: str) -> None:
    found = derived("a^T*A*x", "a", layout, order=2, wrt2="x")
    assert found.shape == tuple(shape.split())
    assert found.text == ("A^T" if layout == "denominator" else "A")


@pytest.mark.parametrize(("layout", "shape"), [("numerator", "m q p"), ("denominator", "p q m"), ("mixed", "m p q")])
def test_a_second_derivative_by_a_vector_and_a_matrix(layout: str, shape: str) -> None:
    found = derived("(a^T*b)*w^T*X*X^T*w", "a", layout, order=2, wrt2="X", form="index")
    assert found.shape == tuple(shape.split())


# ------------------------------------------------------------------------------------------------ vec forms

VEC = {
    "matrix/matrix": ("m*n", "p*q"),
    "matrix/column": ("m*n", "p"),
    "matrix/row": ("m*n", "p"),
    "column/matrix": ("m", "p*q"),
    "row/matrix": ("m", "p*q"),
    "column/column": ("m", "p"),
    "scalar/matrix": ("1", "p*q"),
    "matrix/scalar": ("m*n", "1"),
    "product by its left factor": ("m*q", "m*n"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("cell", VEC)
def test_axes_of_the_vec_form(cell: str, layout: str) -> None:
    expr, wrt = CELLS[cell][:2]
    found = derived(expr, wrt, layout, form="vec")
    rows, columns = VEC[cell]
    assert found.shape == ((columns, rows) if layout == "denominator" else (rows, columns))
    assert found.form == "vec"
    assert value(found).shape == tuple(size_of(a, SIZES) for a in found.dims)


@pytest.mark.parametrize("vec_order", ["column", "row"])
@pytest.mark.parametrize("cell", VEC)
def test_the_vec_form_holds_the_entries_of_the_mixed_layout(cell: str, vec_order: str) -> None:
    expr, wrt = CELLS[cell][:2]
    stacked = derived(expr, wrt, "mixed", form="vec", vec_order=vec_order)
    entries = derived(expr, wrt, "mixed", form=form_of(cell))
    y, x = ({"scalar": 0, "column": 1, "row": 1, "matrix": 2}[kind] for kind in (cell if "/" in cell else "matrix/matrix").split("/"))
    tensor = value(entries).reshape(lengths(entries))
    if vec_order == "column":
        tensor = tensor.transpose([*range(y)][::-1] + [*range(y, y + x)][::-1])
    np.testing.assert_allclose(value(stacked), tensor.reshape(value(stacked).shape), rtol=1e-12)


EXPLICIT = {
    "vector": ({"x": "3"}, "x^T*x", "x", ("3", "1")),
    "matrix": ({"X": "2 3"}, "tr(X^T*X)", "X", ("2", "3")),
    "a vector of length 1 is a scalar": ({"x": "1", "y": "3"}, "x*y", "x", ("1", "3")),
    "a matrix of one entry is a scalar": ({"X": "1 1", "y": "3"}, "X*y^T*y", "X", ("1", "1")),
    "a column of a matrix": ({"X": "3 1"}, "sum(X.*X)", "X", ("3", "1")),
    "a row of a matrix": ({"X": "1 3"}, "sum(X.*X)", "X", ("1", "3")),
    "Jacobian": ({"A": "2 3", "x": "3"}, "A*x", "x", ("3", "2")),
}


@pytest.mark.parametrize("case", EXPLICIT)
def test_sizes_that_are_numbers(case: str) -> None:
    variables, expr, wrt, shape = EXPLICIT[case]
    found = derived(expr, wrt, "denominator", variables=variables)
    assert found.shape == shape
    assert value(found).shape == lengths(found)


ROWS = [("r", "x"), ("r^T", "A"), ("diag(r)", "r"), ("exp(r).*r", "r"), ("S*w", "A"), ("kron(r, a)", "r"), ("w^T*C*z^T", "z")]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("expr", "wrt"), ROWS)
def test_rows_and_columns_in_index_form(expr: str, wrt: str, layout: str) -> None:
    found = derived(expr, wrt, layout, form="index")
    assert found.certificate is not None
    assert value(found).shape == lengths(found)


def test_auto_takes_the_vec_form_beyond_two_axes() -> None:
    found = derived("A*B", "A", "numerator")
    assert (found.form, found.shape, found.text) == ("vec", ("m*q", "m*n"), "kron(B^T,eye(m))")


def test_a_derivative_with_more_axes_is_no_matrix() -> None:
    with pytest.raises(UsageError, match="4 axes"):
        derived("A*B", "A", "numerator", form="matrix")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_differential_has_the_shape_of_the_function(layout: str) -> None:
    found = derived("A*B", "A", layout, form="differential")
    assert (found.shape, found.text) == (("m", "q"), "dA*B")


@pytest.mark.parametrize("layout", ["nominator", "", "Denominator"])
def test_an_unknown_layout_is_named(layout: str) -> None:
    with pytest.raises(UsageError, match="unknown layout"):
        derived("t^2", "t", layout)


# -------------------------------------------------------------------------------------- one stage at a time


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arranging_keeps_every_axis_once(layout: str) -> None:
    y, x = (Label(dim("m")), Label(dim("n"))), (Label(dim("p")), Label(dim("q")))
    found = arrange(y, x, layout)
    assert {*found.labels} == {*y, *x}
    assert (found.row, found.column) == (None, None)
    order = {"numerator": (*y, *x[::-1]), "denominator": (*x, *y[::-1]), "mixed": (*y, *x)}[layout]
    assert found.labels == order


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("y", "x"), [((3, 4), (2, 5)), ((3,), (2, 5)), ((), (2, 5)), ((3, 4), (2,)), ((3, 4), ()), ((), ())])
def test_applying_a_derivative_to_a_direction(y: tuple[int, ...], x: tuple[int, ...], layout: str) -> None:
    rng = np.random.default_rng(1)
    mixed, v = rng.standard_normal(y + x), rng.standard_normal(x)
    k = len(y)
    order = {
        "numerator": [*range(k), *range(k, k + len(x))[::-1]],
        "denominator": [*range(k, k + len(x)), *range(k)[::-1]],
        "mixed": [*range(k + len(x))],
    }[layout]
    found = apply(mixed.transpose(order), v, len(y), len(x), layout)
    np.testing.assert_allclose(found, np.tensordot(mixed, v, axes=len(x)))


def test_a_result_with_the_wrong_number_of_axes_has_no_value() -> None:
    assert apply(np.ones((2, 2)), np.ones(2), 2, 1, "mixed").size == 0
    assert apply_vec(np.ones((2, 2)), np.ones(3), (2,), "mixed", "F").size == 0


@pytest.mark.parametrize("order", ["F", "C"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_applying_a_vec_form_to_a_direction(layout: str, order: str) -> None:
    rng = np.random.default_rng(2)
    a, v = rng.standard_normal((3, 3)), rng.standard_normal((3, 4))
    matrix = np.kron(np.eye(4), a) if order == "F" else np.kron(a, np.eye(4))
    found = apply_vec(matrix.T if layout == "denominator" else matrix, v, (3, 4), layout, order)
    np.testing.assert_allclose(found, a @ v)

"""Entries, rows and columns: in what is differentiated, in what it is differentiated by, and in answers (C17, C18, C83, C84)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from named_arrays import SIZES, symbols, values_of

from matcalc import MatcalcError, derive
from matcalc.algebra import entry, mul, part, transpose
from matcalc.algebra.node import eye, ones, unit
from matcalc.answers.axes import shape_of_derivative
from matcalc.answers.claims.verification import verify
from matcalc.answers.derivative import Derivative
from matcalc.answers.expansions.increments import increment
from matcalc.answers.expansions.taylor import taylor
from matcalc.book.sizes import dim
from matcalc.codegen import compile_function, matrix_function, module, parameters_of
from matcalc.commands.derive import derive_command
from matcalc.errors import UsageError
from matcalc.numbers.evaluate import evaluate
from matcalc.printing.notations.latex import latex
from matcalc.printing.notations.text import text
from matcalc.reading.alone import read_expression

SHAPES = {"A": "m n", "W": "n m", "S": "n n", "x": "n", "v": "n", "a": "m", "r": "1 n"}
VARIABLES = symbols(SHAPES)
n = dim("n")


def derived(request: str, layout: str = "denominator", form: str = "auto") -> Derivative:
    found = derive(request, variables=SHAPES, layout=layout, form=form)
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("A[2,:]", "A[1:2, :]"), ("A[:,1]", "A[:, 0:1]"), ("A[2,1]", "A[1:2, 0:1]"), ("A^T[:,2]", "A.T[:, 1:2]"), ("x[2]", "x[1:2]"),
        ("(A*W)[2,:]", "(A@W)[1:2]"), ("eye(n)[:,2]", "np.eye(4)[:, 1:2]"), ("eye(n)[2,:]", "np.eye(4)[1:2]"), ("A[:,:]", "A"),
        ("exp(A)[:,2]", "np.exp(A)[:, 1:2]"), ("S^-1[:,2]", "np.linalg.inv(S)[:, 1:2]"), ("(S + S^T)[1,:]", "(S + S.T)[:1]"),
        ("x[:,1]", "x"), ("r[2]", "r[:, 1:2]"), ("r[1,:]", "r"), ("diag(x)[:,2]", "np.diag(x.ravel())[:, 1:2]"),
        ("A[2,:]*x", "A[1:2]@x"), ("2*A[2,:] + x^T", "2*A[1:2] + x.T"), ("S[:,1]^T*S*S[:,2]", "S[:, :1].T@S@S[:, 1:2]"),
        ("sum(A[:,1])", "A[:, :1].sum().reshape(1, 1)"), ("x.*S[:,3]", "x*S[:, 2:3]"),
    ],
)  # fmt: skip
def test_a_slice_has_its_value_and_reads_back(written: str, value: str) -> None:
    """C83: rows are 1 x n, columns n x 1, and what is printed is read as the same."""
    e = read_expression(written, VARIABLES, dimensions=["n", "m"])
    assert read_expression(text(e), VARIABLES, dimensions=["n", "m"]) is e
    values = values_of(VARIABLES)
    full = {k: np.reshape(v, (-1, 1)) if k in ("x", "v", "a") else np.reshape(v, (1, -1)) if k == "r" else v for k, v in values.items()}
    scope: dict[str, Any] = {"np": np, **full}
    exec(f"want = {value}", scope)
    np.testing.assert_allclose(np.reshape(evaluate([e], values, SIZES)[0], np.shape(scope["want"])), scope["want"])


def test_unit_vectors_pick() -> None:
    """C83: the normal form of what unit vectors select."""
    A, x = VARIABLES["A"], VARIABLES["x"]
    assert part(A, 2, 1) is entry(A, 2, 1)
    assert mul(transpose(unit(2, dim("m"))), A, unit(1, n)) is entry(A, 2, 1)
    assert mul(transpose(unit(2, n)), x) is entry(x, 2, 1)
    assert part(eye(n), None, 2) is unit(2, n)
    assert mul(transpose(unit(2, n)), unit(3, n)).data == 0
    assert mul(ones(n)).shape == (n, dim(1))


@pytest.mark.parametrize(
    ("request_text", "denominator", "numerator", "remark"),
    [
        pytest.param("d (A*x)[2]/dA", "eye(m)[:,2]*x^T", "x*eye(m)[2,:]", "every row but row 2 is zero", id="C17-grad-of-one-output"),
        pytest.param("d y[2]/dx where y = A*x", "A[2,:]^T", "A[2,:]", None, id="C17-one-output"),
        pytest.param("d (A*x)/dx[2]", "A[:,2]^T", "A[:,2]", None, id="C17-one-input"),
        pytest.param("d (W^T*x)[2]/dW[:,2]", "x", "x^T", None, id="C84-own-block"),
        pytest.param("d (W^T*x)[2]/dW[:,1]", "zeros(n)", "zeros(n)^T", "every entry is zero", id="C18-other-block"),
        pytest.param("d tr(A*W)/dW[2,:]", "A[:,2]^T", "A[:,2]", None, id="C84-row"),
        pytest.param("d tr(A*W)/dW[1,2]", "A[2,1]", "A[2,1]", None, id="C17-one-entry"),
        pytest.param("d (S*x)/dS[:,1]", "x[1]*eye(n)", "x[1]*eye(n)", "every entry off the diagonal is zero", id="C84-column"),
        pytest.param("d/dx[2] sum(x.^3)", "3*x[2]^2", "3*x[2]^2", None, id="C22-partial"),
        pytest.param("d (x.^2)[2]/dx", "2*x[2]*eye(n)[:,2]", "2*x[2]*eye(n)[2,:]", "only entry [2] is not zero", id="C17-entrywise"),
        pytest.param("d S^-1/dS[1,2]", "-(S^-T)[:,2]*(S^-T)[1,:]", "-(S^-1)[:,1]*(S^-1)[2,:]", None, id="C73-one-entry"),
    ],
)  # fmt: skip
def test_one_component(request_text: str, denominator: str, numerator: str, remark: str | None) -> None:
    """C17, C18, C76, C84: a part of the output or of the variable, and what of the answer vanishes."""
    found = derived(request_text)
    assert found.text == denominator
    if remark is not None:
        assert found.remarks == (remark,)
    assert derived(request_text, "numerator").text == numerator
    assert found.certificate is not None


def test_slices_stack_to_the_whole() -> None:
    """C16, C17: the derivatives by the rows of W are the rows of the derivative by W."""
    values = values_of(VARIABLES)
    whole = derived("d sum(exp(A*W))/dW").function()(A=values["A"], W=values["W"])
    for i in (1, 2, 3):
        row = derived(f"d sum(exp(A*W))/dW[{i},:]").function()
        np.testing.assert_allclose(row(A=values["A"], W=values["W"]), whole[i - 1])


def test_the_sparsity_of_a_tensor() -> None:
    """C76: one delta is in every term."""
    assert derived("d (W^T*x)/dW", form="index").remarks == ("every entry is zero but those with j = k",)
    assert derived("d sin(A)/dA", form="index").remarks == ("every entry is zero but those with i = l and j = k",)
    assert derived("d [x[1]^2; x[1]*x[3]]/dx", form="auto").remarks == ()


def test_a_row_without_effect_is_told() -> None:
    """C76: a row of an explicit answer that holds zeros only."""
    found = derive("d [x[1]; x[1]*x[3]]/dx", variables={"x": "3"})
    assert isinstance(found, Derivative)
    assert found.text == "[1, x[3]; 0, 0; 0, x[1]]"
    assert found.remarks == ("row 2 is zero",)


def test_latex_and_numpy_of_a_slice() -> None:
    """C83, C88: subscripts in LaTeX, slices in code."""
    A = read_expression("A[2,:]", VARIABLES)
    assert latex(A) == "A_{2,:}"
    assert latex(transpose(unit(2, n))) == r"\mathbf{e}_{2}^\top"
    assert "A[1]" in derived("d (A*x)[2]/dx", "numerator").numpy
    assert "A.T[:, 0]" not in derived("d (A*x)[2]/dx", "numerator").numpy


def test_by_name_in_python_and_on_the_command_line() -> None:
    """C17: --wrt takes a slice too."""
    found = derive("tr(A*W)", wrt="W[2,:]", variables=SHAPES)
    assert isinstance(found, Derivative)
    assert (found.wrt, found.text) == ("W[2,:]", "A[:,2]^T")
    lines = CliRunner().invoke(derive_command, ["tr(A*W)", "--wrt", "W[2,:]"]).output.splitlines()
    assert lines[0] == "A[:,2]^T"
    assert lines[3] == "  denominator layout: 1 x m"


def test_a_long_unit_vector_is_not_written_out() -> None:
    """C83: nobody wants a thousand zeros."""
    found = derive("d x[2]/dx", variables={"x": "1000"})
    assert isinstance(found, Derivative)
    assert found.text == "eye(1000)[:,2]"


RANGES = {"x": "n", "y": "n", "A": "m n", "W": "n m", "S": "n n", "r": "1 n"}
PLAIN = symbols(RANGES)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("x[2:3]", "x[1:3]"), ("x[2:2]", "x[1:2]"), ("x[1:n]", "x"), ("x[1:end]", "x"), ("x[2:end]", "x[1:]"), ("x[end]", "x[-1:]"),
        ("x[n]", "x[-1:]"), ("x[n-1:n]", "x[-2:]"), ("x[end-1]", "x[-2:-1]"), ("r[2:3]", "r[:, 1:3]"), ("r[1,2:end]", "r[:, 1:]"),
        ("A[1:2,:]", "A[:2]"), ("A[:,2:3]", "A[:, 1:3]"), ("A[1:2,2:3]", "A[:2, 1:3]"), ("A[2,2:end]", "A[1:2, 1:]"),
        ("A[2:end,1]", "A[1:, :1]"), ("A[end,end]", "A[-1:, -1:]"), ("A^T[2:3,1:2]", "A.T[1:3, :2]"), ("(A*W)[1:2,2:3]", "(A@W)[:2, 1:3]"),
        ("x[2:end][2:end]", "x[2:]"), ("A[2:3,:][1,:]", "A[1:2]"), ("eye(n)[:,2:3]", "np.eye(4)[:, 1:3]"),
        ("eye(n)[2:3,:]", "np.eye(4)[1:3]"),
        ("eye(n)[1:2,2:3]", "np.eye(4)[:2, 1:3]"), ("x[2:end] - x[1:end-1]", "x[1:] - x[:-1]"), ("x[1:2]^T*S[1:2,:]*y", "x[:2].T@S[:2]@y"),
        ("ones(n)[2:3]", "np.ones((2, 1))"), ("exp(A)[1:2,:]", "np.exp(A)[:2]"), ("x[1:2].*S[2:3,3]", "x[:2]*S[1:3, 2:3]"),
        ("ones(n-1)", "np.ones((3, 1))"), ("(S + S[:,1:2]*S[1:2,:])[1:2,2]", "(S + S[:, :2]@S[:2])[:2, 1:2]"),
    ],
)  # fmt: skip
def test_a_range_has_its_value_and_reads_back(written: str, value: str) -> None:
    """C83: ranges count from 1, both ends in them, and what is printed is read as the same."""
    e = read_expression(written, PLAIN, dimensions=["n", "m"])
    assert read_expression(text(e), PLAIN, dimensions=["n", "m"]) is e
    values = values_of(PLAIN)
    full = {k: np.reshape(v, (-1, 1)) if k in ("x", "y") else np.reshape(v, (1, -1)) if k == "r" else v for k, v in values.items()}
    scope: dict[str, Any] = {"np": np, **full}
    exec(f"want = {value}", scope)
    assert tuple(int(d.subs({s: SIZES[s.name] for s in d.free_symbols})) for d in e.shape) == np.shape(scope["want"])
    np.testing.assert_allclose(np.reshape(evaluate([e], values, SIZES)[0], np.shape(scope["want"])), scope["want"])
    found = compile_function(module([matrix_function(e, list(PLAIN.values()))]))
    given = {**values, "r": full["r"], "n": SIZES["n"], "m": SIZES["m"]}
    np.testing.assert_allclose(np.squeeze(found(**{p: given[p] for p in parameters_of(found)})), np.squeeze(scope["want"]))


@pytest.mark.parametrize(
    ("request_text", "denominator", "shape"),
    [
        ("d tr(A*W)/dW[1:2,:]", "A[:,1:2]^T", ("2", "m")), ("d tr(A*W)/dW[1:2,2:3]", "A[2:3,1:2]^T", ("2", "2")),
        ("d x^T*x/dx[2:4]", "2*x[2:4]", ("3", "1")), ("d x^T*x/dx[2:n]", "2*x[2:n]", ("n - 1", "1")),
        ("d x^T*x/dx[1:end]", "2*x", ("n", "1")),
        ("d x^T*x/dx[end]", "2*x[n]", ("1", "1")), ("d sum(A[1:2,2:3])/dA", "eye(m)[:,1:2]*ones(2,2)*eye(n)[2:3,:]", ("m", "n")),
        ("d exp(x)/dx[2:3]", "diag(exp(x))[2:3,:]", ("2", "n")), ("d tr(W*A)/dW[2,1:2]", "A[1:2,2]^T", ("1", "2")),
    ],
)  # fmt: skip
def test_derivatives_by_a_range(request_text: str, denominator: str, shape: tuple[str, ...]) -> None:
    """C84: by several rows, columns or entries at once; the answer is checked against finite differences of the part."""
    found = derive(request_text, variables=RANGES)
    assert isinstance(found, Derivative)
    assert (found.text, found.shape) == (denominator, shape)
    assert found.certificate is not None
    assert found.certificate.points


@pytest.mark.parametrize("form", ["matrix", "vec", "index", "differential"])
@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize(
    "request_text",
    ["d (A*x)/dA[1:2,2:3]", "d S^-1/dS[2:3,:]", "d (x[2:end] - x[1:end-1])/dx", "d (A*W)[1:2,:]/dA", "d exp(S)[1:2,2]/dS[:,2:3]"],
)
def test_ranges_in_every_form(request_text: str, layout: str, form: str) -> None:
    """C17: whatever form exists is certified, and its claim is found right."""
    try:
        found = derive(request_text, variables=RANGES, layout=layout, form=form)
    except UsageError:
        assert form == "matrix"
        return
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert verify(f"{request_text} = {found.text}", variables=RANGES, layout=layout).right


def test_a_map_of_a_part() -> None:
    """C23: only the part moves."""
    assert derive("d tr(A*W)/dW[1:2,:]", form="differential", variables=RANGES).text == "tr(A[:,1:2]*dW[1:2,:])"
    assert derive("sin(A*x)", along={"x[2]": "1"}, variables=RANGES).text == "A[:,2].*cos(A*x)"
    assert derive("sin(A*x)", along=["x[2:3]=u; x[1]=t"], variables=RANGES).text == "(A*(t*eye(n)[:,1] + eye(n)[:,2:3]*u)).*cos(A*x)"
    assert derive("d (W*A)/dW", along={"W[2,:]": "x[1:m]^T"}, variables={**RANGES, "A": "m m"}).text == "eye(n)[:,2]*x[1:m]^T*A"


def test_shapes_expansions_and_increments_of_a_part() -> None:
    """C12, C26, C31: by a part as by a whole variable."""
    assert shape_of_derivative("d (A*x)/dA[2:3,:]", variables=RANGES).mixed == ("m", "2", "n")
    assert shape_of_derivative("d tr(A*W)/dW[2,:]", variables=RANGES).denominator == ("1", "m")
    found = taylor("x[1]^2*x[2]", "x[1]", "c", variables=RANGES)
    assert (found.text, found.expanded) == ("c^2*x[2] + 2*c*x[2]*(x[1] - c)", "-c^2*x[2] + 2*c*x[1]*x[2]")
    assert taylor("x^T*S*x", "x[1:2]", "c", order=2, variables=RANGES).is_exact
    grown = increment("x^T*S*x", "x[2]", variables=RANGES)
    assert grown.to_dict()["remainder"] == "S[2,2]*dx[2]^2"


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        ("d sum(x[3:2])/dx", "this range holds nothing"), ("d sum(x[1:2:3])/dx", "a range has two ends and no step"),
        ("d sum(x[:3])/dx", "a range has two ends"), ("d sum(x[2:])/dx", "a range has two ends"),
        ("d sum(x[0:2])/dx", "entries count from 1"),
        ("d sum(z[2:4])/dz", "z is 3 x 1 and has no"), ("d sum(x[1:k])/dx", "an index is a positive integer"),
        ("d sum(x[1:y])/dx", "an index is a positive integer"), ("d sum(x[1:end+1])/dx", "there is no index n \\+ 1"),
        ("d sum(x)/dx[2:1]", "x is n x 1 and has no x\\[2:1\\]"), ("d sum(x)/dx[0:1]", "entries count from 1"),
        ("d sum(A @ x[1:2])/dx", "NumPy's spelling"), ("d sum(x[end:end+end])/dx", "'end' once"),
        ("d sum(A[1:2])/dA", "an entry of it is A\\[1,2\\]"), ("d^2 sum(x)/dx[2:3]^2", "of first order"),
    ],
)  # fmt: skip
def test_range_errors(request_text: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=message):
        derive(request_text, variables={**RANGES, "z": "3"})


def test_an_index_beyond_the_usual_sizes() -> None:
    """C20: the certificate takes a size at which the index exists."""
    found = derive("d x[10]^2/dx[8:10]", variables=RANGES)
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    assert found.certificate.sizes == {"n": 10}


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        ("d tr(A*W)/dW[2]", "W is n x m and has no W\\[2\\]"),
        ("d x[1]*c/dc[1]", "c is scalar and has no c\\[1\\]"),
        ("d^2 sum(x)/dx[2]^2", "a derivative by an entry or slice is of first order"),
        ("d sum(A[:])/dA", "an entry of it is A\\[1,2\\]"),
        ("d sum(A[0,:])/dA", "entries count from 1"),
        ("d sum(A[x,:])/dA", "an index is a positive integer"),
        ("d sum(A[:,)/dA", "expected an operand"),
        ("d x:y/dx", "':' has no meaning here"),
    ],
)
def test_errors(request_text: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=message):
        derive(request_text, variables={**SHAPES, "c": ""})

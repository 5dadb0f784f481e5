"""Entries, rows and columns: in what is differentiated, in what it is differentiated by, and in answers (C17, C18, C83, C84)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from test_lecture_notes import SIZES, symbols, values_of

from matcalc import MatcalcError, derive
from matcalc.algebra import entry, mul, part, transpose
from matcalc.commands.derive import derive_command
from matcalc.derive import Derivative
from matcalc.evaluate import evaluate
from matcalc.expr import eye, ones, unit
from matcalc.printing.latex import latex
from matcalc.printing.text import text
from matcalc.request import read_expression
from matcalc.shape import dim
from matcalc.shapes import shape_of_derivative

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


def test_where_only_whole_variables_are_differentiated_by() -> None:
    """C17: a differential and a table of shapes are of whole variables."""
    with pytest.raises(MatcalcError, match="whole variable"):
        shape_of_derivative("d tr(A*W)/dW[2,:]")
    with pytest.raises(MatcalcError, match="whole variable"):
        derive("d tr(A*W)/dW[2,:]", form="differential")


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

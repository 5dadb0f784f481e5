"""Displays of an answer: by cases, blocks, rows and columns, compressed, labelled entries, diag(u)*v (C16, C64, C74 to C82)."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from matcalc import MatcalcError, UsageError, derive
from matcalc.answers.derivative import Derivative
from matcalc.commands.derive import derive_command

TENSOR = "d [x1+x2+x3+x4+x5+x6; x1*x5*x6; x2*x4; x3*x4*x5]/dX where X = [x1 x2 x3; x4 x5 x6]"


def derived(request: str, layout: str = "denominator", form: str = "index", **options: str) -> Derivative:
    found = derive(request, layout=layout, form=form, **options)  # type: ignore[arg-type]
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize(
    ("request_text", "how", "shown"),
    [
        pytest.param("d (W*x)/dW", "cases", "x[j] if i = k, else 0", id="C75-cases"),
        pytest.param("d (W*x)/dW", "blocks", "[:,:,k] = eye(m)[:,k]*x^T", id="C16-blocks"),
        pytest.param("d (W*x)/dW", "columns", "[:,j,k] = x[j]*eye(m)[:,k]", id="C16-columns"),
        pytest.param("d (W^T*a)/dW", "blocks", "[:,:,k] = a*eye(m)[k,:]", id="C77-blocks"),
        pytest.param("d (W^T*a)/dW", "columns", "[:,j,k] = eye(m)[j,k]*a", id="C77-diagonal-of-vectors"),
        pytest.param("d (A*x)/dx", "rows", "[i,:] = A[:,i]", id="C16-rows"),
        pytest.param("d (A*x)/dx", "columns", "[:,j] = A[j,:]^T", id="C16-columns-of-a-jacobian"),
        pytest.param("d tanh(z)/dz", "cases", "(ones(n) - tanh(z).^2)[i] if i = j, else 0", id="C42-cases"),
        pytest.param("d sin(X)/dX", "cases", "cos(X)[i,j] if j = k and i = l, else 0", id="C65-cases"),
        pytest.param(
            "d (X*A*X)/dX", "cases", "(sum_r(A[j,r]*X[r,k]) if i = l, else 0) + (sum_r(X[l,r]*A[r,i]) if j = k, else 0)", id="C75-two-cases"
        ),
        pytest.param(
            "d (W^T*a)/dW", "compressed",
            "a   (compressed: entry [i,j,k] of the derivative is entry [i] of this times delta[j,k])", id="C78-compressed",
        ),
        pytest.param("d (A*x)/dW", "cases", "0", id="C18-zero"),
    ],
)  # fmt: skip
def test_a_display(request_text: str, how: str, shown: str) -> None:
    """C16, C75 to C78: the same tensor, in other words."""
    assert derived(request_text).display(how) == shown


def test_slices_of_an_explicit_tensor() -> None:
    """C79, C80, C81: every slice, in numerator layout 3 x 2 and in denominator layout 2 x 3."""
    assert derived(TENSOR, "numerator").display("blocks").splitlines() == [
        "[1,:,:] = [1, 1; 1, 1; 1, 1]",
        "[2,:,:] = [x5*x6, 0; 0, x1*x6; 0, x1*x5]",
        "[3,:,:] = [0, x2; x4, 0; 0, 0]",
        "[4,:,:] = [0, x3*x5; 0, x3*x4; x4*x5, 0]",
    ]
    assert derived(TENSOR).display("blocks").splitlines()[1] == "[:,:,2] = [x5*x6, 0, 0; 0, x1*x6, x1*x5]"
    latex = derived(TENSOR, "numerator").display("blocks", "latex")
    assert r"\left[\,\cdot\,\right]_{3,:,:} &= \begin{bmatrix} 0 & x_{2} \\ x_{4} & 0 \\ 0 & 0 \end{bmatrix} \\" in latex


def test_slices_of_a_matrix_by_a_vector() -> None:
    """C10: dY/dx_k, one matrix for each entry of the vector."""
    found = derived("d [x[1], x[2]; x[1]*x[2], 3]/dx", "numerator", variables={"x": "2"})  # type: ignore[arg-type]
    assert found.display("blocks").splitlines() == ["[:,:,1] = [1, 0; x[2], 0]", "[:,:,2] = [0, 1; x[1], 0]"]


def test_the_vec_form_of_explicit_entries_is_spelled_out() -> None:
    """C70, C80: 4 x 6, the columns of X stacked, or its rows."""
    columns = derive(TENSOR, layout="numerator")
    rows = derive(TENSOR, layout="numerator", vec_order="row")
    assert isinstance(columns, Derivative)
    assert isinstance(rows, Derivative)
    assert columns.text.startswith("[1, 1, 1, 1, 1, 1; x5*x6, 0, 0, x1*x6, 0, x1*x5; ")
    assert rows.text.startswith("[1, 1, 1, 1, 1, 1; x5*x6, 0, 0, 0, x1*x6, x1*x5; ")


@pytest.mark.parametrize(
    ("request_text", "text"),
    [
        ("d (x1*x2 + X[2,3])/dX where X = [x1 x2 x3; x4 x5 x6]", "[x2, x1, 0; 0, 0, 1]"),
        ("d (a*d - b*c)/dM where M = [a b; c d]", "[d, -c; -b, a]"),
        ("d [x1*x5*x6; X[2,1]]/dx1 where X = [x1 x2 x3; x4 x5 x6]", "[x5*x6, 0]"),
        ("d (x1^2 + x2)/dx where x = [x1; x2]", "[2*x1; 1]"),
        ("d sum(X)/dx2 where X = [x1, x2]", "1"),
    ],
)
def test_labelled_entries(request_text: str, text: str) -> None:
    """C81: the entries of a variable have names of their own, in the question and in the answer."""
    assert derived(request_text, form="auto").text == text


def test_a_label_that_is_something_else() -> None:
    """C81: a label is one entry."""
    with pytest.raises(MatcalcError, match="x1 is an entry of X and something else"):
        derive("d x1/dX where x1 = 2*c; X = [x1 x2]")


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_cases_in_latex(layout: str) -> None:
    """C75, C88: the cases environment."""
    shown = derived("d (W*x)/dW", layout).display("cases", "latex")
    label = {"numerator": r"x_{j} & i = k", "denominator": r"x_{j} & i = k"}[layout]
    assert shown == rf"\begin{{cases}} {label} \\ 0 & \text{{otherwise}} \end{{cases}}"


def test_diagonals_or_elementwise_products() -> None:
    """C64: diag(r)*q and r.*q are the same, and either is printed on request."""
    chain = "dL/dz where a = sigma(z); L = loss(a); dL/da = g"
    assert derived(chain, form="auto").text == "g.*sigma'(z)"
    found = derived(chain, form="auto", hadamard="diag")
    assert found.text == "diag(sigma'(z))*g"
    assert found.latex == r"\operatorname{Diag}(\sigma'(z)) g"
    assert derived("d sum(exp(W*x).*v)/dx", form="auto", hadamard="diag").text == "W^T*diag(exp(W*x))*v"
    assert derived("d (diag(r)*q)/dq", form="auto").text == derived("d (r.*q)/dq", form="auto").text == "diag(r)"


def test_on_the_command_line() -> None:
    """C16, C75: --display, --cases, --hadamard."""
    run = CliRunner().invoke
    assert run(derive_command, ["d (W*x)/dW", "--form", "index", "--cases"]).output.splitlines()[0] == "x[j] if i = k, else 0"
    lines = run(derive_command, [TENSOR, "--display", "blocks", "--layout", "numerator"]).output.splitlines()
    assert lines[3] == "[4,:,:] = [0, x3*x5; 0, x3*x4; x4*x5, 0]"
    assert "numerator layout, index form: 4 x 3 x 2" in lines[7]
    assert run(derive_command, ["d (r.*exp(x))/dr", "--hadamard", "diag"]).exit_code == 0


def test_errors() -> None:
    with pytest.raises(UsageError, match="no redundant axes"):
        derived("d (A*X*B)/dX").display("compressed")
    with pytest.raises(UsageError, match="the index form"):
        derived("d (A*x)/dx", form="auto").display("cases")
    with pytest.raises(UsageError, match="unknown display 'tiles'"):
        derived("d (A*x)/dx").display("tiles")

"""Claims in index notation, and whether they are right: delta, sums by name and over labels that stand twice (C11, C45, C46, C75)."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from matcalc import MatcalcError, derive
from matcalc.answers.claims.verification import verify
from matcalc.answers.derivative import Derivative
from matcalc.cli import group

SHAPES = {"A": "m n", "B": "n p", "X": "m n", "W": "p n", "S": "n n", "Y": "n n", "x": "n", "y": "m", "r": "1 n", "c": "scalar"}


@pytest.mark.parametrize(
    "claim",
    [
        "d (X*W^T)[i,j]/dW[k,l] = X[i,l]*delta[j,k]", "d (X*W^T)[r,s]/dW[i,j] = X[r,j]*delta[i,s]",
        "d (X*W^T)[i,j]/dW[k,l] = X[i,r]*delta[r,l]*delta[j,k]", "d (X*W^T)[i,j]/dW[k,l] = sum_r(X[i,r]*delta[r,l])*delta[j,k]",
        "d tr(X)/dX[i,j] = delta[i,j]" .replace("X", "S"), "d sum(X)/dX[i,j] = 1", "d tr(A*X^T)/dX[a,b] = A[a,b]",
        "d (x^T*S*x)/dx[i] = S[i,r]*x[r] + x[s]*S[s,i]", "d (x^T*S*x)/dx[i] = (S[i,r] + S[r,i])*x[r]",
        "d ||A*x - y||^2/dx[j] = 2*A[i,j]*(sum_k(A[i,k]*x[k]) - y[i])", "d S^-1[i,j]/dS[k,l] = -S^-1[i,k]*inv(S)[l,j]",
        "d softmax(x)[i]/dx[j] = softmax(x)[i]*(delta[i,j] - softmax(x)[j])", "d exp(x)[i]/dx[j] = exp(x[i])*delta[i,j]",
        "d sin(S)[i,j]/dS[k,l] = cos(S)[i,j]*delta[i,k]*delta[j,l]", "d (A*B)[i,j]/dB[k,l] = A[i,k]*delta[j,l]",
        "d log(sum(exp(x)))/dx[i] = exp(x[i])/sum(exp(x))", "d (A*x)[2]/dA[i,j] = delta[i,2]*x[j]", "d x[2]^3/dx[i] = 3*x[2]^2*delta[i,2]",
        "d (r*x)/dr[i] = x[i]", "d det(S)/dS[i,j] = det(S)*S^-1[j,i]", "d (c*x)[i]/dc = x[i]", "d tr(S^T*S)/dS[i,j] = 2*S[i,j]",
        "d/dA[i,j] sum(A*x) = x[j]", "d vec(A)[i]/dA[j,k] = delta[i,j + m*(k - 1)]", "d sum(x[2:3])/dx[i] = delta[i,2] + delta[i,3]",
        "d x[2:3][i]/dx[j] = delta[i + 1,j]", "d (x*x^T)[i,j]/dx[k] = x[i]*delta[j,k] + delta[i,k]*x[j]",
        "d^2 (x^T*S*x)/dx^2 = S[i,j] + S[j,i]", "dL/dx[i] = A[r,i]*g[r] where y = A*x; L = f(y); dL/dy = g",
        "dL/dW[i,j] = G[r,i]*X[r,j] where Z = X*W^T; L = f(Z); dL/dZ = G",
    ],
)  # fmt: skip
def test_right(claim: str) -> None:
    shapes = {k: v for k, v in SHAPES.items() if k != "y" or "where" not in claim}
    assert verify(claim, variables=shapes).right


@pytest.mark.parametrize(
    "claim",
    [
        "d (X*W^T)[i,j]/dW[k,l] = X[i,l]", "d (X*W^T)[i,j]/dW[k,l] = -X[i,l]*delta[j,k]",
        "d tr(S)/dS[i,j] = 1", "d sum(X)/dX[i,j] = delta[i,j]",
        "d (x^T*S*x)/dx[i] = 2*S[i,r]*x[r]", "d S^-1[i,j]/dS[k,l] = -S^-1[i,k]*S^-1[j,l]", "d det(S)/dS[i,j] = det(S)*S^-1[i,j]",
        "d vec(A)[i]/dA[j,k] = delta[i,k + n*(j - 1)]", "d exp(x)[i]/dx[j] = exp(x)[i]",
        "d ||A*x - y||^2/dx[j] = 2*(A[i,j]*A[i,k]*x[k] + y[i]*A[i,j])",
    ],
)  # fmt: skip
def test_wrong(claim: str) -> None:
    """Each is told by an entry where it differs."""
    verdict = verify(claim, variables=SHAPES)
    assert not verdict.right
    assert verdict.entry is not None


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize(
    "request_text",
    [
        "d (X*W^T)/dW", "d (A*x)/dA", "d S^-1/dS", "d (S*Y*S)/dS", "d kron(A,x)/dA", "d vec(A*B)/dA",
        "d kron(kron(x,A),y)/dA", "d sin(A*B)/dB",
        "d softmax(x)/dx", "d diag(x)/dx", "d (x*x^T)/dx", "d sum(X)/dX", "d (A.*X)/dX", "d A^T/dA", "d (c*A)/dc", "d tr(S)/dS", "d x/dS",
        "d S^3/dS", "d logsumexp(A*x)/dA", "d (A*x)/dA[1:2,:]", "d x[2:end]/dx",
    ],
)  # fmt: skip
def test_what_is_printed_is_right_as_a_claim(request_text: str, layout: str) -> None:
    """C45, C75: the index form, read as a claim, in parentheses so that its numbers are compared."""
    found = derive(request_text, variables=SHAPES, layout=layout, form="index")
    assert isinstance(found, Derivative)
    verdict = verify(f"{request_text} = ({found.text})", variables=SHAPES, layout=layout, form="index")
    assert verdict.right, verdict
    assert verdict.derivative.labels == found.labels


def test_labels_take_the_order_of_the_claim() -> None:
    """In every layout a claim with named axes says the same."""
    for layout in ("numerator", "denominator", "mixed"):
        assert verify("d (X*W^T)[i,j]/dW[k,l] = X[i,l]*delta[j,k]", layout=layout, variables=SHAPES).right
    assert verify("d (X*W^T)/dW = X[i,l]*delta[j,k]", layout="mixed", variables=SHAPES).right
    verdict = verify("d (S*Y)/dY = S[i,k]*delta[j,l]", layout="numerator", variables=SHAPES)
    assert verdict.reasons[-1] == "it is right with the axes in the order of the mixed layout"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("d (X*W^T)[i]/dW[k,l] = X[i,l]", "what is differentiated has 2 axes that count, and 1 labels"),
        ("d (X*W^T)/dW[k,l] = X[k,l]", "what is differentiated has 2 axes that count, and 0 labels"),
        ("d tr(S)/dS[i,i] = 1", "i labels two axes"), ("d tr(S)/dS[S,j] = 1", "S is a variable"),
        ("d tr(S)/dS[i,j] = S[i,r]", "r is no axis, and stands in no product twice"),
        ("d tr(S)/dS[i,j] = S[i,j] + S[i,r]", "r is no axis, and stands in no product twice"),
        ("d tr(S)/dS[i,j] = sum_i(S[i,j])", "i is an axis or summed already"),
        ("d tr(S)/dS[i,j] = sum_r(1)", "nothing in this sum has the index r"),
        ("d tr(S)/dS[i,j] = delta[i]", "delta has two labels"), ("d tr(S)/dS[i,j] = S[i]", "S is n x n, so it has 2 labels, not 1"),
        ("d tr(S)/dS[i,j] = S*delta[i,j]", "S is n x n, and its entries need labels here"),
        ("d tr(S)/dS[i,j] = tr(S[i,j])", "tr takes no single entry"), ("d tr(S)/dS[i,j] = Q[i,j]", "Q is not known here"),
        ("d tr(S)/dS[i,j] = delta[i,j/2]", "a place in delta"), ("d tr(S)/dS[i,j] = delta[i,j] @ delta[i,j]", "entries are numbers"),
        ("d tr(S)/dS[i,j] = S[i,j+1]", "a place in an entry is a label"), ("d tr(S)/dS[i,j] = sum_r(S[i,r]", "never closed"),
    ],
)  # fmt: skip
def test_errors(claim: str, message: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        verify(claim, variables=SHAPES)
    assert message in str(caught.value)


def test_a_matrix_called_delta() -> None:
    """It would be told from a Kronecker delta by nothing, so an index form with both is refused; a vector has one label."""
    with pytest.raises(MatcalcError, match="delta is a variable here, and the answer needs Kronecker deltas"):
        derive("d (delta*A)/dA", variables={"delta": "m n", "A": "n m"}, form="index")
    found = derive("dL/dx where y = W*x; L = loss(y); dL/dy = delta", form="index")
    assert isinstance(found, Derivative)
    assert verify(f"dL/dx = {found.text} where y = W*x; L = loss(y); dL/dy = delta", form="index").right


def test_on_the_command_line() -> None:
    """The exit status tells; the derivative is printed with the labels of the claim."""

    def ran(*args: str) -> Any:
        return CliRunner().invoke(group, ["verify", *args])

    assert ran("d (X*W^T)[a,b]/dW[c,d] = X[a,d]*delta[b,c]").exit_code == 0
    wrong = ran("d (X*W^T)[a,b]/dW[c,d] = 2*X[a,d]*delta[b,c]")
    assert wrong.exit_code == 1
    assert wrong.output.startswith("wrong: the derivative is X[a,d]*delta[b,c]\n  the axes are c, d, b, a, in denominator layout\n")
    assert ran("d sum(X)/dX = 1", "--form", "index").exit_code == 0
    assert ran("d sum(X)/dX = 1").exit_code == 1


def test_labels_of_other_sizes_that_are_exchanged_are_told() -> None:
    verdict = verify("d (X*W^T)[i,j]/dW[k,l] = X[i,k]*delta[j,l]")
    assert not verdict
    assert verdict.reasons == ("k runs to p elsewhere, and to n here",)
    assert "the indices are exchanged: k should be l, and l k" in str(verdict)

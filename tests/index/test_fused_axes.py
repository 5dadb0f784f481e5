"""Fused axes of whole requests: linear operators between them, and axes of more than two parts."""

from __future__ import annotations

import pytest
from contraction import variable

from matcalc import Derivative, derive
from matcalc.algebra.node import sym
from matcalc.book.sizes import ONE, dim
from matcalc.index.graph import Stuck
from matcalc.index.lower import Label, Term
from matcalc.index.raising import read_matrix


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ("d tr(B*expm(X))*vec(C)/dX", "vec(expm_frechet(X,B)^T)*vec(C)^T"),
        ("d u^T*expm(X)*v*z/dX", "vec(expm_frechet(X^T,u*v^T))*z^T"),
        ("d w^T*kron(kron(u,A*X*y),z)/dX", "kron(y,kron(A,kron(u,z))^T)*kron(K(q,n),eye(p))*w"),
    ],
)
def test_the_parts_of_a_fused_axis_are_read_back(request_: str, text: str) -> None:
    found = derive(request_)
    assert isinstance(found, Derivative)
    assert (found.form, found.text) == ("vec", text)
    assert found.certificate is not None and found.certificate.status == "checked"


@pytest.mark.parametrize(
    "request_",
    [
        "d kron(u,vec(A*diag(x)*B^T))/dx", "d kron(u,vec(A*diag(x)*B))/dx", "d kron(vec(A^T*diag(x)*B^T),u)/dx",
        "d vec(kron(C,A*diag(x)*A^T))/dx", "d vec(kron(A^T*diag(x)*B^T,C))/dx", "d vec(kron(X,diag(x)))/dx",
    ],
)  # fmt: skip
def test_an_axis_that_two_parts_of_a_fused_one_lead_to_is_told_with_indices(request_: str) -> None:
    found = derive(request_)
    assert isinstance(found, Derivative)
    assert found.form == "index"
    assert found.certificate is not None and found.certificate.status == "checked"


def test_a_vector_on_three_fused_axes_of_which_one_is_left_is_stuck() -> None:
    """The sum over the entries of z, u kron Y kron v is no product of matrices: z would have to become an array of three axes."""
    m, n, p = (dim(d) for d in "mnp")
    a, b, c, pair, whole, free = Label(m), Label(n), Label(p), Label(m * n), Label(m * n * p), Label(n)
    z = sym("z", (m * n * p, ONE), 1)
    factors = ((variable("u", "m"), a, None), (variable("Y", "n n"), b, free), (variable("v", "p"), c, None), (z, whole, None))
    term = Term((), factors, (), ((whole, pair, c), (pair, a, b)))
    with pytest.raises(Stuck, match="lead to different axes"):
        read_matrix([term], free, None, (n, ONE))


def test_parts_that_lead_to_two_fused_axes_are_stuck() -> None:
    """One of the two is summed with a vector on it."""
    m, n, p, q = (dim(d) for d in "mnpq")
    rows, middle, columns = (Label(m), Label(n)), (Label(m), Label(p)), (Label(n), Label(q))
    row, whole, column = Label(m * n), Label(m * p), Label(n * q)
    edges = ((variable("Y", "m m"), rows[0], middle[0]), (variable("X", "n n"), rows[1], columns[0]))
    vectors = ((variable("v", "p"), middle[1], None), (variable("w", "q"), columns[1], None), (sym("z", (m * p, ONE), 1), whole, None))
    term = Term((), (*edges, *vectors), (), ((row, *rows), (column, *columns), (whole, *middle)))
    with pytest.raises(Stuck, match="lead to different axes"):
        read_matrix([term], row, column, (m * n, n * q))


def test_a_matrix_between_a_fused_axis_and_its_own_part_is_a_diagonal() -> None:
    found = derive("d t*diagv(B*kron(X,u^T))/dt where B: n*m x n; X: n x n; u: m; t: scalar", form="vec")
    assert found.text == "diagv(kron(B*X,u^T))^T"

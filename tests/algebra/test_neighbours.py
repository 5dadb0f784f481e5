"""What two factors that stand side by side become: commutations, vec, Kronecker products."""

from __future__ import annotations

import numpy as np
import pytest
from contraction import SIZES, VARIABLES, entries

from matcalc.algebra import mul
from matcalc.algebra.node import Expr, comm
from matcalc.book.sizes import dim
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.reading.alone import read_expression


def read(text: str) -> Expr:
    return read_expression(text, VARIABLES, dimensions=SIZES)


@pytest.mark.parametrize(
    ("product", "one"),
    [
        ("K(m,n)*K(n,m)", "eye(m*n)"), ("K(n,m)*K(m,n)", "eye(m*n)"), ("K(n,n)*K(n,n)", "eye(n*n)"), ("K(2,3)*K(3,2)", "eye(6)"),
        ("K(m,n)^T*K(m,n)", "eye(m*n)"), ("K(m,n)*vec(A)", "vec(A^T)"), ("K(n,m)*vec(A^T)", "vec(A)"), ("K(n,n)*vec(Y)", "vec(Y^T)"),
        ("kron(B^T,M)*vec(A)", "vec(M*A*B)"), ("vec(A)^T*kron(B,M)", "vec(M^T*A*B)^T"), ("kron(M,Y)*kron(A,B)", "kron(M*A,Y*B)"),
    ],
)  # fmt: skip
def test_neighbours_become_one_matrix(product: str, one: str) -> None:
    assert read(product) is read(one)


@pytest.mark.parametrize("pair", [((2, 3), (2, 3)), ((2, 3), (3, 2)), ((2, 6), (3, 4)), ((2, 2), (4, 1)), ((3, 4), (6, 2))])
def test_a_product_of_commutations_permutes_as_one_after_the_other(pair: tuple[tuple[int, int], tuple[int, int]]) -> None:
    a, b = (comm(dim(m), dim(n)) for m, n in pair)
    found = mul(a, b)
    np.testing.assert_array_equal(as_matrix(found, evaluate([found], {}, {})[0]), entries(a, {}) @ entries(b, {}))

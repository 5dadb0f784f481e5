"""Reading back: whatever a term is read as has the value of the term; what has no closed form is said to be stuck."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from contraction import SIZES, VARIABLES, contract, sampled, symbols, variable

from matcalc import Derivative, derive
from matcalc.algebra import transpose
from matcalc.algebra.node import Expr, const, ones
from matcalc.book.sizes import ONE, Dim, dim
from matcalc.index import kronecker
from matcalc.index.eliminate import eliminate
from matcalc.index.graph import Stuck, settle
from matcalc.index.lower import Factor, Label, Term, lower
from matcalc.index.raising import _assemble, read_matrix, read_vec, reduced
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.alone import read_expression

m, n, p, q = (dim(d) for d in "mnpq")
A, B, C, X, Y, Z, M, W, x, y, u, v, w, r, c, t = (VARIABLES[k] for k in "A B C X Y Z M W x y u v w r c t".split())


class Labels:
    """Labels by name: the first letter of a name is its size, so that `n2` is a label of size n."""

    def __init__(self) -> None:
        self.made: dict[str, Label] = {}

    def __call__(self, name: str) -> Label:
        return self.made.setdefault(name, Label(dim(name[0])))

    def axes(self, names: str) -> list[Label]:
        return [self(name) for name in names.split()]

    def term(self, text: str, scalars: Sequence[Expr] = (), splits: Sequence[tuple[Label, Label, Label]] = ()) -> Term:
        """`A m1 n1, x n1, n1=n2` is A[m1,n1] * x[n1] with n1 and n2 identified."""
        factors: list[Factor] = []
        deltas = []
        for part in filter(None, text.split(",")):
            if "=" in part:
                a, b = part.split("=")
                deltas.append((self(a.strip()), self(b.strip())))
                continue
            name, *axes = part.split()
            e = VARIABLES[name]
            found = self.axes(" ".join(axes))
            row_or_column = (found[0], None) if e.shape[1] is ONE else (None, found[0])
            factors.append((e, found[0], found[1]) if len(found) == 2 else (e, *row_or_column))
        return Term(tuple(scalars), tuple(factors), tuple(deltas), tuple(splits))


def values_for(terms: Sequence[Term]) -> dict[str, Any]:
    return sampled(list(dict.fromkeys(s for t in terms for e in (*t.scalars, *(f[0] for f in t.factors)) for s in symbols(e))))


def extent(d: Dim) -> int:
    return size_of(d, SIZES)


def check_matrix(terms: Sequence[Term], row: Label | None, column: Label | None) -> Expr:
    """The terms read as a matrix, which has their value."""
    shape = (row.size if row else ONE, column.size if column else ONE)
    found = read_matrix(terms, row, column, shape)
    assert found.shape == shape
    values = values_for(terms)
    expected = contract(terms, [lab for lab in (row, column) if lab is not None], values)
    ours = as_matrix(found, evaluate([found], values, SIZES)[0])
    np.testing.assert_allclose(ours, expected.reshape(ours.shape), rtol=1e-9, atol=1e-9)
    return found


def check_vec(terms: Sequence[Term], of: Sequence[Label | None], by: Sequence[Label | None]) -> Expr:
    """The terms read as d vec Y / d vec(X)^T, which has their value: columns are stacked."""
    found = read_vec(terms, (of[0], of[1]), (by[0], by[1]))
    labels = [lab for lab in (of[1], of[0], by[1], by[0]) if lab is not None]
    values = values_for(terms)
    expected = contract(terms, labels, values)
    ours = as_matrix(found, evaluate([found], values, SIZES)[0])
    rows = int(np.prod([extent(lab.size) for lab in of if lab is not None]))
    assert ours.shape == (rows, expected.size // rows)
    np.testing.assert_allclose(ours, expected.reshape(ours.shape), rtol=1e-9, atol=1e-9)
    return found


# ------------------------------------------------------------------------------------------------- matrices

MATRICES = {
    "chain": ("A m1 n1, Y n1 n2, Z n2 n3", "m1 n3", "A*Y*Z"),
    "chain turned": ("A m1 n1, Y n1 n2, Z n2 n3", "n3 m1", "Z^T*Y^T*A^T"),
    "chain met backwards": ("A m1 n1, Y n2 n1, Z n2 n3", "m1 n3", "A*Y^T*Z"),
    "one matrix": ("A m1 n1", "m1 n1", "A"),
    "one matrix turned": ("A m1 n1", "n1 m1", "A^T"),
    "matrix and vector": ("A m1 n1, x n1", "m1", "A*x"),
    "vector and matrix": ("A m1 n1, u m1", "n1", "A^T*u"),
    "row vector": ("A m1 n1, r n1", "m1", "A*r^T"),
    "outer product": ("u m1, x n1", "m1 n1", "u*x^T"),
    "outer product of products": ("A m1 n1, x n1, Y n2 n3, y n3", "m1 n2", "A*x*y^T*Y^T"),
    "Hadamard": ("A m1 n1, X m1 n1", "m1 n1", "A.*X"),
    "Hadamard turned": ("Y n1 n2, Z n2 n1", "n1 n2", "Y.*Z^T"),
    "Hadamard of a product": ("A m1 n1, M m1 m2, X m2 n1", "m1 n1", "A.*(M*X)"),
    "Hadamard of three": ("A m1 n1, X m1 n1, M m1 m2, X m2 n1", "m1 n1", "A.*X.*(M*X)"),
    "Hadamard inside a product": ("A m1 n1, X m1 n1, Y n1 n2", "m1 n2", "(A.*X)*Y"),
    "Hadamard of vectors": ("x n1, y n1", "n1", "x.*y"),
    "weights of rows": ("u m1, A m1 n1", "m1 n1", "diag(u)*A"),
    "weights on both sides": ("u m1, A m1 n1, x n1", "m1 n1", "diag(u)*A*diag(x)"),
    "weights inside": ("A m1 n1, x n1, Y n1 n2", "m1 n2", "A*diag(x)*Y"),
    "diagonal": ("Y n1 n1", "n1", "diagv(Y)"),
    "diagonal of a product": ("A m1 n1, X m1 n1", "m1", "diagv(A*X^T)"),
    "diagonal between": ("Y n1 n2, Z n2 n1, x n1", "n1", "x.*diagv(Y*Z)"),
    "diagonal of a vector": ("x n1, n1=n2", "n1 n2", "diag(x)"),
    "diagonal of a Hadamard product": ("x n1, y n2, n1=n2", "n1 n2", "diag(x.*y)"),
    "identity": ("n1=n2", "n1 n2", "eye(n)"),
    "trace": ("Y n1 n1", "", None),
    "trace of a chain": ("A m1 n1, Y n1 n2, X m1 n2", "", "tr(A*Y*X^T)"),
    "trace times a matrix": ("Y n1 n2, Z n2 n1, A m1 n3", "m1 n3", "tr(Y*Z)*A"),
    "number": ("x n1, Y n1 n2, y n2", "", "x^T*Y*y"),
    "sum": ("A m1 n1", "", "sum(A)"),
    "sum over columns": ("A m1 n1", "m1", "A*ones(n)"),
    "sum of a Hadamard product": ("A m1 n1, X m1 n1", "", "tr(A*X^T)"),
    "sum of three": ("x n1, y n1, Y n1 n2", "", "ones(n)^T*Y^T*(x.*y)"),
    "row alone": ("u m1", "m1 n1", "u*ones(n)^T"),
    "column alone": ("x n1", "m1 n1", "ones(m)*x^T"),
    "nothing": ("", "m1 n1", "ones(m,n)"),
    "label only identified": ("n1=n2, A m1 n3", "m1 n3", "n*A"),
    "labels identified in a row": ("A m1 n1, n1=n2, n2=n3, Y n3 n4", "m1 n4", "A*Y"),
    "free label identified with a summed one": ("A m1 n1, n1=n2", "m1 n2", "A"),
    "cycle with a tail": ("Y n1 n2, Z n2 n1, A m1 n1", "m1", "A*diagv(Y*Z)"),
    "two loops": ("Y n1 n1, Z n1 n1, A m1 n1", "m1", "A*(diagv(Y).*diagv(Z))"),
    "all on one label": ("x n1, y n1, Y n1 n1, A m1 n1", "m1", "A*(x.*y.*diagv(Y))"),
}  # fmt: skip


@pytest.mark.parametrize("name", MATRICES)
def test_a_term_is_read_as_a_matrix(name: str) -> None:
    text, axes, expected = MATRICES[name]
    labels = Labels()
    term = labels.term(text)
    row, column = [*labels.axes(axes), None, None][:2]
    found = check_matrix([term], row, column)
    if expected is not None:
        assert found is read_expression(expected, VARIABLES)


def test_scalars_and_terms_are_collected() -> None:
    labels = Labels()
    row, column = labels.axes("m1 n1")
    twice = [labels.term("A m1 n2, Y n2 n1", [c, const(2)]), labels.term("A m1 n3, Y n3 n1", [const(1), c])]
    assert check_matrix(twice, row, column) is read_expression("3*c*A*Y", VARIABLES)


def test_no_term_at_all_is_zero_of_the_shape() -> None:
    labels = Labels()
    assert read_matrix([], labels("m1"), labels("n1"), (m, n)) is read_expression("zeros(m,n)", VARIABLES)


def test_equal_free_labels_make_a_diagonal_matrix() -> None:
    labels = Labels()
    row, column = labels.axes("n1 n2")
    found = check_matrix([labels.term("x n1, y n2, Y n1 n2, n1=n2")], row, column)
    assert found is read_expression("diag(x.*y.*diagv(Y))", VARIABLES)


STUCK = {
    "a bridge": ("Y n8 n1, Z n1 n9, Y n8 n2, Z n2 n9, Y n1 n2", "n8 n9"),
    "a bridge with weights": ("Y n8 n1, Z n1 n9, Y n8 n2, Z n2 n9, Y n1 n2, x n1, y n2", "n8 n9"),
    "a bridge with a long beam": ("Y n8 n1, Z n1 n9, Y n8 n2, Z n2 n9, A m1 n1, X m1 n2", "n8 n9"),
    "a complete graph without free labels": ("Y n1 n2, Y n1 n3, Y n1 n4, Z n2 n3, Z n2 n4, Z n3 n4", ""),
    "a complete graph on one free label": ("Y n1 n2, Y n1 n3, Y n1 n9, Z n2 n3, Z n2 n9, Z n3 n9", "n9"),
}  # fmt: skip


@pytest.mark.parametrize("name", STUCK)
def test_what_no_matrix_product_joins_is_stuck(name: str) -> None:
    text, axes = STUCK[name]
    labels = Labels()
    term = labels.term(text)
    row, column = [*labels.axes(axes), None, None][:2]
    with pytest.raises(Stuck, match="more axes meet"):
        read_matrix([term], row, column, (row.size if row else ONE, column.size if column else ONE))


def test_one_stuck_term_makes_the_sum_stuck() -> None:
    labels = Labels()
    row, column = labels.axes("n8 n9")
    bridge = labels.term(STUCK["a bridge"][0])
    with pytest.raises(Stuck):
        read_matrix([labels.term("Y n8 n9"), bridge], row, column, (n, n))


STARS = {
    "three matrices": ("A m8 n0, Y n8 n0, B n0 p8", "m8 n8 p8"),
    "three matrices, two of them first": ("A m8 n0, Y n8 n0, B n0 p8", "n8 p8 m8"),
    "three matrices and a vector": ("A m8 n0, Y n8 n0, B n0 p8, x n0", "m8 n8 p8"),
    "four matrices": ("A m8 n0, Y n8 n0, B n0 p8, Z n0 n9", "m8 n8 p8 n9"),
    "a chain before each": ("A m8 n3, Y n3 n0, Y n8 n4, Z n4 n0, B n0 p8", "m8 n8 p8"),
}  # fmt: skip


@pytest.mark.parametrize("ends", ["m8 n8", "m8 p8", "n8 p8"])
def test_a_star_of_three_matrices_is_no_matrix(ends: str) -> None:
    """Three matrices that meet in one summed label have three free ends, and reducing the term does not join them."""
    labels = Labels()
    term = labels.term("A m8 n0, Y n8 n0, B n0 p8")
    free = labels.axes("m8 n8 p8")
    assert len(reduced(term, free).factors) == 3
    graph = settle(term, free)
    eliminate(graph, free)
    row, column = labels.axes(ends)
    with pytest.raises(Stuck, match="more axes meet"):
        _assemble(graph, row, column)


@pytest.mark.parametrize("name", STARS)
def test_a_star_is_a_product_of_columnwise_kronecker_products(name: str) -> None:
    text, axes = STARS[name]
    labels = Labels()
    free: list[Label | None] = [*labels.axes(axes), None]
    check_vec([labels.term(text)], free[:2], free[2:4])


# ------------------------------------------------------------------------------------------ the vec form

VECS = {
    "Kronecker product": ("M m1 m2, Y n1 n2", "m1 n1", "m2 n2", "kron(Y, M)"),
    "Kronecker product crossed": ("M m1 m2, Y n1 n2", "n1 m1", "m2 n2", "kron(M, Y)*K(m,n)"),
    "commutation": ("m1=m2, n1=n2", "m1 n1", "n2 m2", "K(n,m)"),
    "identity": ("m1=m2, n1=n2", "m1 n1", "m2 n2", "eye(m*n)"),
    "left factor": ("A m1 n2, p1=p2", "m1 p1", "n2 p2", "kron(eye(p), A)"),
    "right factor": ("m1=m2, B n2 p1", "m1 p1", "m2 n2", "kron(B^T, eye(m))"),
    "transposed variable": ("A m1 n2, p1=p2", "m1 p1", "p2 n2", "kron(eye(p), A)*K(p,n)"),
    "variable transposed inside": ("M m1 m2, B n2 p1", "m1 p1", "n2 m2", "kron(B^T, M)*K(n,m)"),
    "product": ("A m1 n2, v p1, v p2", "m1 p1", "n2 p2", "kron(v*v^T, A)"),
    "vector by a matrix": ("A m1 n1, x n2", "m1", "n1 n2", "kron(x^T, A)"),
    "vector by a matrix, left": ("m1=m2, x n1", "m1", "m2 n1", "kron(x^T, eye(m))"),
    "matrix by a vector": ("A m1 n2, Y n1 n2", "m1 n1", "n2", None),
    "Hadamard": ("A m1 n1, m1=m2, n1=n2", "m1 n1", "m2 n2", "diag(vec(A))"),
    "Hadamard with a product": ("A m1 n1, M m1 m2, n1=n2", "m1 n1", "m2 n2", "diag(vec(A))*kron(eye(n), M)"),
    "trace times a matrix": ("A m1 n1, Y n2 n3", "m1 n1", "n2 n3", "vec(A)*vec(Y)^T"),
    "ones": ("", "m1 n1", "m2 n2", "ones(m*n, m*n)"),
    "diag of a vector": ("n1=n2, n1=n3", "n1 n2", "n3", None),
    "diagonal of a matrix": ("n1=n2, n1=n3", "n1", "n2 n3", None),
    "diag of a product": ("Y n1 n3, n1=n2", "n1 n2", "n3", None),
    "row sums": ("m1=m2, x n2", "m1", "m2 n2", "kron(x^T, eye(m))"),
    "one weight": ("u m1, A m1 n2, p1=p2", "m1 p1", "n2 p2", "kron(eye(p), diag(u)*A)"),
    "weights on every axis": ("u m1, M m1 m2, u m2, x n1, Y n1 n2, y n2", "m1 n1", "m2 n2", None),
    "Khatri-Rao": ("A m1 n1, B n1 p1", "m1 p1", "n1", None),
    "Khatri-Rao weighted": ("u m1, A m1 n1, x n1, B n1 p1, v p1", "m1 p1", "n1", None),
    "Khatri-Rao transposed": ("A m1 n1, B n1 p1", "n1", "m1 p1", None),
    "within Y and within X": ("Y n1 n2, M m1 m2", "n1 n2", "m1 m2", "vec(Y)*vec(M)^T"),
    "both straight and crossed": ("Y n1 n3, Z n2 n4, Y n1 n4, Z n2 n3", "n1 n2", "n3 n4", None),
    "parallel between the same axes": ("M m1 m2, M m2 m1, Y n1 n2", "m1 n1", "m2 n2", "kron(Y, M.*M^T)"),
    "all axes with one label": ("x n1, n1=n2, n2=n3, n3=n4", "n1 n2", "n3 n4", None),
    "two labels crossed": ("Y n1 n2, n1=n4, n2=n3", "n1 n2", "n3 n4", None),
    "Y only along a diagonal": ("Y n1 n3, Z n1 n4, n1=n2", "n1 n2", "n3 n4", None),
}  # fmt: skip


@pytest.mark.parametrize("name", VECS)
def test_a_term_is_read_as_a_vec_form(name: str) -> None:
    text, of, by, expected = VECS[name]
    labels = Labels()
    term = labels.term(text)
    found = check_vec([term], [*labels.axes(of), None][:2], [*labels.axes(by), None][:2])
    if expected is not None:
        assert found is read_expression(expected, VARIABLES)


# ------------------------------------------------------------------------------------------ fused labels

NESTED = [
    "kron(A, B)", "kron(A, B)^T", "kron(x, A)", "kron(A, x)", "kron(kron(A, v), B)", "kron(A, kron(W, x))", "kron(kron(A, B), W)",
    "K(m,n)*kron(Y, M)", "kron(Y, M)*K(m,n)^T", "K(n,m)*kron(M, Y)*K(m,n)", "vec(A)*vec(A)^T", "vec(kron(A, v))", "vec(kron(A, W))",
    "kron(A, B)*kron(Y, C^T)", "kron(eye(p), A)*vec(B)", "vec(A*Y)", "kron(A, r)", "kron(r, A)", "kron(x, v)*kron(u, w)^T",
    "kron(A, B).*kron(X, B)", "diag(vec(A))*kron(Y, M)", "kron(vec(A), v)", "vec(vec(A)*v^T)", "kron(A + X, B)", "kron(diag(x), A)",
]  # fmt: skip


@pytest.mark.parametrize("text", NESTED)
def test_fused_axes_are_read_back(text: str) -> None:
    e = read_expression(text, VARIABLES)
    row = None if e.shape[0] is ONE else Label(e.shape[0])
    column = None if e.shape[1] is ONE else Label(e.shape[1])
    check_matrix(lower(e, row, column), row, column)


@pytest.mark.parametrize("text", NESTED)
def test_fused_axes_are_read_back_transposed(text: str) -> None:
    e = transpose(read_expression(text, VARIABLES))
    row = None if e.shape[0] is ONE else Label(e.shape[0])
    column = None if e.shape[1] is ONE else Label(e.shape[1])
    check_matrix(lower(e, row, column), row, column)


def test_a_label_split_twice_has_equal_parts() -> None:
    labels = Labels()
    whole = Label(m * n)
    splits = [(whole, labels("m1"), labels("n1")), (whole, labels("m2"), labels("n2"))]
    found = check_matrix([labels.term("u m1, x n2", splits=splits)], whole, None)
    assert found is read_expression("kron(u, x)", VARIABLES)


def test_a_label_split_in_two_ways_is_stuck() -> None:
    labels = Labels()
    whole = Label(m * n)
    splits = [(whole, labels("m1"), labels("n1")), (whole, labels("n2"), labels("m2"))]
    term = labels.term("u m1, x n1, u m2, x n2", splits=splits)
    with pytest.raises(Stuck, match="two ways"):
        read_matrix([term], whole, None, (m * n, ONE))


def test_a_fused_label_that_is_summed_away_leaves_the_sum() -> None:
    labels = Labels()
    whole = Label(m * n)
    term = labels.term("u m1, x n1", splits=[(whole, labels("m1"), labels("n1"))])
    assert check_matrix([term], None, None) is read_expression("sum(u)*sum(x)", VARIABLES)


def test_a_fused_label_that_nothing_sits_on_counts() -> None:
    labels = Labels()
    term = labels.term("", splits=[(Label(m * n), labels("m1"), labels("n1"))])
    assert check_matrix([term], None, None) is read_expression("m*n", VARIABLES)


# ------------------------------------------------------------------------------------------ random terms


def random_term(rng: random.Random, labels: Labels, free: Sequence[str], summed: Sequence[str], trees: bool) -> Term:
    """A term of random matrices and vectors on these labels: a tree, or any graph."""
    names = [*free, *summed]
    parts = []
    for at, name in enumerate(names):
        if at and rng.random() < 0.85:
            parts.append(pair(rng, names[at - 1] if trees else rng.choice(names[:at]), name))
    if not trees:
        parts += [pair(rng, *rng.sample(names, 2)) for _ in range(rng.randint(0, 2)) if len(names) > 1]
    for name in names:
        if rng.random() < 0.3:
            parts.append(f"{VECTORS[name[0]]} {name}")
        same = [other for other in names if other[0] == name[0] and other != name]
        if same and rng.random() < 0.12:
            parts.append(f"{name}={rng.choice(same)}")
    return labels.term(", ".join(parts), [c] if rng.random() < 0.3 else [])


VECTORS = {"m": "u", "n": "x", "p": "v", "q": "w"}
PAIRS = {"mn": "A", "np": "B", "mp": "C", "nn": "Y", "mm": "M", "pq": "W"}


def pair(rng: random.Random, a: str, b: str) -> str:
    """A matrix on two labels; an outer product where no variable has the sizes."""
    if a[0] + b[0] in PAIRS:
        return f"{PAIRS[a[0] + b[0]]} {a} {b}" if a[0] != b[0] or rng.random() < 0.5 else f"{PAIRS[a[0] + b[0]]} {b} {a}"
    if b[0] + a[0] in PAIRS:
        return f"{PAIRS[b[0] + a[0]]} {b} {a}"
    return f"{VECTORS[a[0]]} {a}, {VECTORS[b[0]]} {b}"


@pytest.mark.parametrize("seed", range(60))
def test_random_chains_are_always_read(seed: int) -> None:
    rng = random.Random(seed)
    labels = Labels()
    middle = [f"{rng.choice('mnp')}{k}" for k in range(rng.randint(1, 4))]
    ends = [f"{rng.choice('mnp')}8", f"{rng.choice('mnp')}9"]
    chain = [ends[0], *middle, ends[1]]
    text = ", ".join(pair(rng, a, b) for a, b in pairwise(chain))
    weights = ", ".join(f"{VECTORS[name[0]]} {name}" for name in chain if rng.random() < 0.4)
    term = labels.term(", ".join(filter(None, [text, weights])))
    row, column = labels.axes(" ".join(ends))
    check_matrix([term], row, column)


@pytest.mark.parametrize("seed", range(120))
def test_random_graphs_are_read_or_stuck(seed: int) -> None:
    rng = random.Random(1000 + seed)
    labels = Labels()
    free = [f"{rng.choice('mn')}8", f"{rng.choice('mn')}9"][: rng.randint(0, 2)]
    summed = [f"{rng.choice('mnp')}{k}" for k in range(rng.randint(1, 4))]
    terms = [random_term(rng, labels, free, summed, trees=rng.random() < 0.5)]
    row, column = [*labels.axes(" ".join(free)), None, None][:2]
    try:
        check_matrix(terms, row, column)
    except Stuck:
        assert len(terms[0].factors) >= 5, "so few factors always have a closed form"


@pytest.mark.parametrize("seed", range(160))
def test_random_vec_forms_are_read_or_stuck(seed: int) -> None:
    rng = random.Random(2000 + seed)
    labels = Labels()
    of, by = ([f"{rng.choice('mn')}{k}" for k in pair_of] for pair_of in ((4, 5), (6, 7)))
    summed = [f"{rng.choice('mnp')}{k}" for k in range(rng.randint(0, 2))]
    axes = [*of, *by]
    rng.shuffle(axes)
    terms = [random_term(rng, labels, axes, summed, trees=False)]
    try:
        check_vec(terms, labels.axes(" ".join(of)), labels.axes(" ".join(by)))
    except Stuck:
        assert len(terms[0].factors) >= 3, "so few factors always have a closed form"


@pytest.mark.parametrize("ends", [("n1", "n3", "n2", "n4"), ("n1", "n4", "n2", "n3"), ("n1", "n2", "n3", "n4")])
def test_axes_of_one_size_are_told_apart(ends: tuple[str, str, str, str]) -> None:
    """Two matrices between four axes of one size, in every way that they can be paired."""
    a, b, d, e = ends
    labels = Labels()
    check_vec([labels.term(f"Y {a} {b}, Z {e} {d}, x n1, y n4")], labels.axes("n1 n2"), labels.axes("n3 n4"))


@pytest.mark.parametrize("seed", range(40))
def test_reduced_terms_keep_their_value(seed: int) -> None:
    rng = random.Random(3000 + seed)
    labels = Labels()
    free = [f"{rng.choice('mn')}{k}" for k in range(5, 5 + rng.randint(1, 4))]
    summed = [f"{rng.choice('mnp')}{k}" for k in range(rng.randint(1, 3))]
    term = random_term(rng, labels, free, summed, trees=False)
    axes = labels.axes(" ".join(free))
    shorter = reduced(term, axes)
    values = values_for([term])
    np.testing.assert_allclose(contract([shorter], axes, values), contract([term], axes, values), rtol=1e-9, atol=1e-9)
    assert len(shorter.factors) <= len(term.factors)


def test_reducing_multiplies_what_is_summed() -> None:
    labels = Labels()
    term = labels.term("A m1 n1, Y n1 n2, Z n2 n3, B n3 p1")
    (factor,) = reduced(term, labels.axes("m1 p1")).factors
    product = read_expression("A*Y*Z*B", VARIABLES)
    assert factor in ((product, labels("m1"), labels("p1")), (transpose(product), labels("p1"), labels("m1")))


def test_a_row_and_its_column_are_one_factor() -> None:
    labels = Labels()
    row = variable("h", "1 n")
    term = Term((), ((row, None, labels("n1")), (x, labels("n1"), None)))
    assert read_matrix([term], None, None, (ONE, ONE)).op == "inner"
    alone = Term((), ((row, None, labels("n1")),))
    assert read_matrix([alone], labels("n1"), None, (n, ONE)) is transpose(row)
    assert read_matrix([Term((), ((x, labels("n1"), None),))], labels("m1"), labels("n1"), (m, n)).args == (ones(m), transpose(x))


@pytest.mark.parametrize(
    ("expr", "variables", "expected"),
    [
        ("sum(softplus(X*W))", {"X": "m n", "W": "n p"}, "kron(eye(p),X)^T*diag(vec(sigmoid(X*W).*sigmoid(-X*W)))*kron(eye(p),X)"),
        ("sum(exp(A*W*B))", {"A": "m n", "W": "n p", "B": "p q"}, "kron(B,A^T)*diag(vec(exp(A*W*B)))*kron(B^T,A)"),
        ("sum(exp(A*W^T*B))", {"A": "m n", "W": "p n", "B": "p q"}, "kron(A^T,B)*diag(vec(exp(A*W^T*B)^T))*kron(A,B^T)"),
        ("sum(Y.*exp(W*x))", {"Y": "m", "W": "m n", "x": "n"}, "kron(x*x^T,diag(Y.*exp(W*x)))"),
        ("u^T*exp(A*W)*v", {"u": "m", "A": "m n", "W": "n p", "v": "p"},
         "kron(eye(p),A^T)*diag(vec(diag(u)*exp(A*W)*diag(v)))*kron(eye(p),A)"),
    ],
)  # fmt: skip
def test_weights_between_kronecker_products(expr: str, variables: dict[str, str], expected: str) -> None:
    found = derive(expr, wrt="W", variables=variables, order=2)
    assert isinstance(found, Derivative)
    assert found.form == "vec"
    assert found.certificate is not None
    assert read_expression(expected, found.request.variables, dimensions=("m", "n", "p", "q")) is found.expr


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_an_array_of_the_variables_shape_beside_a_kronecker_product(layout: str) -> None:
    variables = {"A": "m n", "B": "p q", "C": "k l"}
    found = derive("d tr(A^T*X)*kron(B,C)/dX", form="vec", layout=layout, variables=variables)
    assert isinstance(found, Derivative)
    assert found.certificate is not None and found.certificate.status == "checked"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_parts_of_a_fused_axis_in_another_order(order: tuple[int, ...]) -> None:
    """Factors that turn kron(a, b, c) into the Kronecker product in any order."""
    labels = [Label(dim(d)) for d in ("m", "n", "p")]
    vectors = [np.arange(1.0, SIZES[d] + 1) ** k for k, d in enumerate(("m", "n", "p"), start=1)]
    made = kronecker._permuted(labels, [labels[k] for k in order])
    found = np.kron(np.kron(vectors[0], vectors[1]), vectors[2])
    for factor in reversed(evaluate(made, {}, SIZES)):
        found = factor @ found
    a, b, c = (vectors[k] for k in order)
    np.testing.assert_allclose(found, np.kron(np.kron(a, b), c))


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("d (A*X.^(1/2)*B)/dX where X: n x n positive", "kron(B^T,A)*diag(vec(X.^-0.5))/2"),
        ("d skew(sin(t*G))/dG where G: n x n", "t*(I - K(n,n))*diag(vec(cos(t*G)))/2"),
        ("d skew(sin(t*G)*A)/dG where G: n x n; A: n x n symmetric", "t*(I - K(n,n))*kron(A,eye(n))*diag(vec(cos(t*G)))/2"),
    ],
)
def test_weights_of_entries_are_a_diagonal_matrix_beside_a_kronecker_product(request_text: str, expected: str) -> None:
    assert derive(request_text, layout="numerator").text == expected

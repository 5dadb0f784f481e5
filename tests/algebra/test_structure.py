"""What is known of compound expressions: each property of a table of them, and that what is inferred holds on numbers."""

from __future__ import annotations

import numpy as np
import pytest
from trees import Trees, built, drawn

from matcalc.algebra.expr import Expr
from matcalc.algebra.literal import LITERAL, NORMAL
from matcalc.algebra.structure import is_positive, properties
from matcalc.algebra.walk import in_order
from matcalc.book.properties import property_of
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.drawing import SCOPE
from matcalc.printing.notations.text import text
from matcalc.reading.alone import parse_expression

DECLARED = {
    "A": "m n", "B": "n n", "V": "n n invertible", "S": "n n symmetric", "P": "n n spd", "D": "n n psd", "W": "n n skew",
    "Q": "n n orthogonal",
    "R": "n n orthogonal", "L": "n n lower", "U": "n n upper", "G": "n n diagonal", "x": "n", "p": "n positive", "c": "", "t": "positive",
    "H": "n n orthogonal symmetric", "J": "n n orthogonal skew", "Z": "3 3 skew", "y": "n simplex",
}  # fmt: skip


def read(expression: str) -> Expr:
    words = {name: spec.split() for name, spec in DECLARED.items()}
    sizes = {name: " ".join(w for w in spec if w in ("m", "n") or w.isdigit()) for name, spec in words.items()}
    attrs = {name: [w for w in spec if len(w) > 1] for name, spec in words.items()}
    return parse_expression(expression, variables=sizes, attrs=attrs)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("A^T*A", "psd"), ("A*A^T", "psd"), ("V^T*V", "spd"), ("V^T*P*V", "spd"), ("B^T*D*B", "psd"), ("B^T*P*B", "psd"), ("S^2", "psd"),
        ("x*x^T", "psd"), ("P + A^T*A", "spd"), ("2*P", "spd"), ("t*P", "spd"), ("A^T*A + t*eye(n)", "spd"), ("P^-1", "spd"),
        ("P.*P", "spd"),
        ("kron(P,P)", "spd"), ("B + B^T", "symmetric"), ("B - B^T", "skew"), ("-S", "symmetric"), ("c*S", "symmetric"),
        ("S^-1", "symmetric"),
        ("A*S*A^T", "symmetric"), ("W + W^3", "skew"), ("Q*R", "orthogonal"), ("Q^T*R^3", "orthogonal"), ("kron(Q,R)", "orthogonal"),
        ("expm(S)", "spd"), ("expm(W)", "orthogonal"), ("expm(B)", "invertible"), ("K(n,n)", "orthogonal"), ("L*L", "lower"),
        ("L^T", "upper"),
        ("U^-1", "upper"), ("L + G", "lower"), ("diag(x)", "diagonal"), ("diag(p)", "spd"), ("diag(exp(x))", "spd"),
        ("G*diag(x)", "diagonal"),
        ("V*B^0*V", "invertible"), ("softmax(x)", "simplex"), ("exp(x)", "positive"), ("p.*exp(x)", "positive"), ("det(P)", "positive"),
        ("tr(P^-1)", "positive"), ("p^T*exp(x)", "positive"), ("sqrt(p)", "positive"),
    ],
)  # fmt: skip
def test_a_compound_has_the_property(expression: str, wanted: str) -> None:
    assert wanted in properties(read(expression))


@pytest.mark.parametrize("expression", ["A^H*A + eye(n)", "B^H*A^H*A*B + eye(n)", "C^H*B^H*A^H*A*B*C + 2*eye(n)", "B^H*A^H*P*A*B + P"])
def test_a_complex_gram_matrix_and_an_identity_have_an_inverse(expression: str) -> None:
    shapes = dict.fromkeys("ABCP", "n n")
    e = parse_expression(expression.replace("^H", "'"), variables=shapes, attrs={**{name: ["complex"] for name in "ABC"}, "P": ["spd"]})
    assert "invertible" in properties(e)


@pytest.mark.parametrize(
    ("expression", "never"),
    [
        ("A^T*A", "invertible"), ("-P", "psd"), ("c*P", "psd"), ("P - D", "psd"), ("P*P^-1*B", "spd"), ("2*Q", "orthogonal"),
        ("Q + R", "invertible"),
        ("c*V", "invertible"), ("P*D", "symmetric"), ("L*U", "lower"), ("L^T", "lower"), ("W^2", "skew"), ("diag(x)", "invertible"),
        ("abs(x)", "positive"), ("p - x", "positive"), ("S^3", "psd"), ("B + V", "invertible"), ("relu(x)", "positive"),
    ],
)  # fmt: skip
def test_a_compound_has_not_the_property(expression: str, never: str) -> None:
    assert never not in properties(read(expression))


def test_the_zeros_of_a_triangular_matrix_are_not_positive() -> None:
    declared = parse_expression("T", variables={"T": "n n"}, attrs={"T": ["lower", "positive"]})
    assert "positive" in properties(declared) and not is_positive(declared)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("x^T*W*x", "0"), ("x^T*(B - B^T)*x", "0"), ("tr(S*W)", "0"), ("tr(W)", "0"), ("sum(W)", "0"), ("diagv(W)", "zeros(n)"),
        ("det(Z)", "0"),
        ("x^T*W*p + p^T*W*x", "0"), ("tr(P*W^3)", "0"), ("expm(W)^T*expm(W)", "eye(n)"), ("(Q*R)^-1", "R^T*Q^T"),
        ("Q^2*Q^T*Q^T*Q^T", "Q^T"),
        ("Q^-2", "(Q^2)^T"), ("H*H", "eye(n)"), ("H^3", "H"), ("J^2*x", "-x"), ("(Q^T)^2*Q^3", "Q"),
    ],
)  # fmt: skip
def test_laws_see_the_properties_of_compounds(expression: str, wanted: str) -> None:
    assert text(read(expression)) == wanted


def test_what_is_inferred_holds_on_numbers() -> None:
    checked = 0
    for seed in range(1500):
        trees = Trees(seed)
        tree = trees.tree(trees.square() if seed % 3 else trees.shape(), 1 + seed % 3)
        literal, e = built(tree, LITERAL), built(tree, NORMAL)
        known = properties(e)
        if not known:
            continue
        rng = np.random.default_rng(seed)
        sizes = {d: int(rng.integers(1, 5)) for d in ("m", "n", "p")}
        parts = in_order([literal])
        values = {v.data.name: drawn(v, sizes, rng) for v in in_order([literal, e]) if v.op == "sym"}
        *inside, found = Program([*parts, e])(values, sizes)
        if any(not np.all(np.isfinite(a)) or np.max(np.abs(a)) > 1e4 for a in inside) or not settled(found):
            continue
        checked += 1
        wrong = [p for p in sorted(known) if not holds(p, np.asarray(found))]
        assert not wrong, (tree, sizes, found)
    assert checked > 300


def settled(a: np.ndarray) -> bool:
    """Whether rounding cannot decide about a property: no entry and no matrix is almost singular."""
    return bool(np.all((a == 0) | (np.abs(a) > 1e-9))) and (np.ndim(a) < 2 or a.shape[0] != a.shape[1] or np.linalg.cond(a) < 1e6)


def holds(name: str, a: np.ndarray) -> bool:
    known = property_of(name)
    assert known is not None
    if not known.holds or known.square and a.ndim < 2:
        return True
    return bool(eval(known.holds.replace("{A}", "A"), {**SCOPE, "A": a}))  # noqa: S307 - the text comes from the rule book

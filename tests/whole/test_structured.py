"""Gradients by structured variables and on manifolds: against differences along what the constraint admits, and as texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from click.testing import CliRunner

from matcalc import MatcalcError, derive, read, verify
from matcalc.answers.derivative import Derivative
from matcalc.book.spaces import manifolds, structures
from matcalc.cli import group

Array = Any
N: Final = 3
RNG: Final = np.random.default_rng(5)
A, B = RNG.standard_normal((2, N, N))
a, b = RNG.standard_normal((2, N))
u6 = RNG.standard_normal(6)
DATA: Final = {"A": A, "B": B, "a": a, "b": b, "c": 1.7, "d": u6}
SHAPES: Final = {"X": "n n", "A": "n n", "B": "n n", "a": "n", "b": "n", "c": ""}


def draw(kind: str) -> Array:
    x = np.random.default_rng(2).standard_normal((N, N))
    return {
        "symmetric": x + x.T + 4 * np.eye(N),
        "spd": x @ x.T + np.eye(N),
        "skew": x - x.T,
        "diagonal": np.diag(np.abs(np.diag(x)) + 0.5),
        "lower": np.tril(x, -1) + np.diag(np.abs(np.diag(x)) + 0.5),
        "upper": np.triu(x, 1) + np.diag(np.abs(np.diag(x)) + 0.5),
        "toeplitz": constant_diagonals(x),
        "symmetric toeplitz": constant_diagonals(x + x.T) + 4 * np.eye(N),
        "lower toeplitz": np.tril(constant_diagonals(x)),
        "upper toeplitz": np.triu(constant_diagonals(x)),
    }[kind]


def constant_diagonals(x: Array) -> Array:
    return np.array([[x[max(i - j, 0), max(j - i, 0)] for j in range(N)] for i in range(N)])


def moved(kind: str, reading: str, i: int, j: int) -> Array:
    """What moves with entry (i, j): the free entries in the independent reading, else the projection of the unit matrix."""
    e = np.zeros((N, N))
    e[i, j] = 1
    if kind in ("symmetric", "spd"):
        return np.maximum(e, e.T) if reading == "independent" else (e + e.T) / 2
    if kind == "skew":
        return (e - e.T) if reading == "independent" else (e - e.T) / 2
    if "toeplitz" in kind:
        along = np.eye(N, k=j - i)
        along = np.maximum(along, along.T) if "symmetric" in kind else along
        admitted = not ("lower" in kind and j > i or "upper" in kind and j < i)
        return admitted * (along if reading == "independent" else along / np.sum(along))
    return {"diagonal": e * np.eye(N), "lower": np.tril(e), "upper": np.triu(e)}[kind]


def slope(f: Callable[[Array], Array], x: Array, v: Array) -> Array:
    steps = [(np.asarray(f(x + h * v)) - np.asarray(f(x - h * v))) / (2 * h) for h in (2e-4, 1e-4)]
    return (4 * steps[1] - steps[0]) / 3


FUNCTIONS: Final[Mapping[str, Callable[[Array], Any]]] = {
    "tr(A*X)": lambda x: np.trace(A @ x),
    "a^T*X*b": lambda x: a @ x @ b,
    "tr(X*A*X*B)": lambda x: np.trace(x @ A @ x @ B),
    "a^T*inv(c*eye(n) + X)*b": lambda x: a @ np.linalg.inv(1.7 * np.eye(N) + x) @ b,
    "normF(X - A)^2": lambda x: np.sum((x - A) ** 2),
    "sum(exp(X).*A)": lambda x: np.sum(np.exp(x) * A),
    "sum(sin(A*X*b))": lambda x: np.sum(np.sin(A @ x @ b)),
    "logdet(A*A^T + X^T*X)": lambda x: np.linalg.slogdet(A @ A.T + x.T @ x)[1],
    "d^T*vech(X*A)": lambda x: u6 @ vech(x @ A),
    "X[1,2]*X[2,2]": lambda x: x[0, 1] * x[1, 1],
    "logsumexp(X*a)": lambda x: np.log(np.sum(np.exp(x @ a))),
    "tr(X)^2 + c*sum(X)": lambda x: np.trace(x) ** 2 + 1.7 * np.sum(x),
}
KINDS: Final = ("symmetric", "skew", "diagonal", "lower", "upper")
TOEPLITZ: Final = ("toeplitz", "symmetric toeplitz", "lower toeplitz", "upper toeplitz")


def each(found: Any) -> Any:
    return found


def value(found: Any) -> Array:
    assert isinstance(found, Derivative)
    return np.asarray(found.function()(**{name: at for name, at in {**DATA, "X": POINT["X"]}.items() if name in found.needs}))


POINT: Final[dict[str, Array]] = {}


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize("reading", ["independent", "projected"])
@pytest.mark.parametrize("kind", [*KINDS, *TOEPLITZ])
@pytest.mark.parametrize("text", FUNCTIONS)
def test_gradients(text: str, kind: str, reading: str, layout: str) -> None:
    x = POINT["X"] = draw(kind)
    options: dict[str, Any] = {"attrs": {"X": kind.split()}, "structured": True, "reading": reading, "layout": layout}
    found: Any = derive(text, wrt="X", variables=SHAPES, form="index" if "vech" in text else "auto", **options)
    truth = np.array([[slope(FUNCTIONS[text], x, moved(kind, reading, i, j)) for j in range(N)] for i in range(N)])
    np.testing.assert_allclose(value(found), truth.T if layout == "numerator" else truth, atol=1e-6 * (1 + np.abs(truth).max()))
    assert found.certificate.status == "checked"
    assert f"{reading} reading" in found.assumptions[0] or reading == "projected" and "projected" in found.assumptions[0]


ARRAYS: Final[Mapping[str, Callable[[Array], Array]]] = {
    "X*a": lambda x: x @ a,
    "X*A*X": lambda x: x @ A @ x,
    "inv(c*eye(n) + X)": lambda x: np.linalg.inv(1.7 * np.eye(N) + x),
    "exp(X)*b": lambda x: np.exp(x) @ b,
    "vech(X*X^T)": lambda x: vech(x @ x.T),
}


def vech(x: Array) -> Array:
    return np.concatenate([x[j:, j] for j in range(N)])


def vec(x: Array) -> Array:
    return np.ravel(x, order="F")


@pytest.mark.parametrize("reading", ["independent", "projected"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ARRAYS)
def test_jacobians_in_vec_form_and_by_indices(text: str, kind: str, reading: str) -> None:
    x = POINT["X"] = draw(kind)
    options: dict[str, Any] = {"variables": SHAPES, "attrs": {"X": [kind]}, "structured": True, "reading": reading, "layout": "numerator"}
    by_entry = np.array([[slope(ARRAYS[text], x, moved(kind, reading, i, j)) for j in range(N)] for i in range(N)])
    columns = np.array([vec(by_entry[i, j]) for j in range(N) for i in range(N)]).T
    if reading == "independent" and kind in ("symmetric", "lower"):
        columns = columns[:, [j * N + i for j in range(N) for i in range(j, N)]]
    stacked = derive(text, wrt="X", form="vec", **options)
    np.testing.assert_allclose(value(stacked), columns, atol=1e-6 * (1 + np.abs(columns).max()))
    indexed: Any = derive(text, wrt="X", form="index", **options)
    axes = by_entry.ndim - 2
    expected = np.moveaxis(by_entry, (0, 1), (axes + 1, axes))
    np.testing.assert_allclose(value(indexed), expected, atol=1e-6 * (1 + np.abs(columns).max()))
    assert indexed.certificate.status == "checked"


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("logdet(X)", "spd", "-D(n)^T*kron(X^-1,X^-1)*D(n)"),
        ("tr(X^2)", "symmetric", "2*D(n)^T*D(n)"),
        ("tr(A*X*B*X)", "symmetric", "D(n)^T*(kron(A,B^T) + kron(B,A^T))*D(n)"),
        ("logdet(X)", "lower", "-L(n)*kron(X^-1,X^-T)*K(n,n)*L(n)^T"),
    ],
)
def test_hessians_by_free_entries(text: str, kind: str, expected: str) -> None:
    x = POINT["X"] = draw(kind)
    found: Any = derive(text, wrt="X", order=2, variables=SHAPES, attrs={"X": [kind]}, structured=True, layout="numerator", form="vec")
    functions: dict[str, Callable[[Array], float]] = {
        "logdet(X)": lambda x: np.linalg.slogdet(x)[1],
        "tr(X^2)": lambda x: np.trace(x @ x),
        "tr(A*X*B*X)": lambda x: np.trace(A @ x @ B @ x),
    }
    f, places = functions[text], [(i, j) for j in range(N) for i in range(j, N)]
    directions = [moved(kind, "independent", i, j) for i, j in places]
    truth = np.array([[slope(lambda z, u=u: slope(f, z, u), x, v) for v in directions] for u in directions])  # type: ignore[misc]
    np.testing.assert_allclose(value(found), truth, atol=1e-5 * (1 + np.abs(truth).max()))
    assert found.text == expected
    assert found.certificate.status == "checked"


@pytest.mark.parametrize("reading", ["independent", "projected"])
@pytest.mark.parametrize("kind", ["skew", "upper", "diagonal"])
def test_hessians_of_other_structures(kind: str, reading: str) -> None:
    x = POINT["X"] = draw(kind)
    found: Any = derive(
        "tr(A*X*B*X) + a^T*X*b", wrt="X", order=2, variables=SHAPES, attrs={"X": [kind]}, structured=True, reading=reading, form="vec"
    )
    directions = [moved(kind, reading, i, j) for j in range(N) for i in range(N)]

    def f(z: Array) -> Any:
        return np.trace(A @ z @ B @ z) + a @ z @ b

    truth = np.array([[slope(lambda z, u=u: slope(f, z, u), x, v) for v in directions] for u in directions])  # type: ignore[misc]
    np.testing.assert_allclose(value(found), truth, atol=1e-5)


@pytest.mark.parametrize(
    ("text", "kind", "reading", "expected"),
    [
        ("tr(A*X)", "symmetric", "independent", "A + A^T - A.*I"),
        ("logdet(X)", "spd", "independent", "2*X^-1 - X^-1.*I"),
        ("logdet(X)", "spd", "projected", "X^-1"),
        ("tr(A*X)", "symmetric", "projected", "(A + A^T)/2"),
        ("a^T*X*a", "symmetric", "independent", "2*a*a^T - diag(a.^2)"),
        ("normF(X - A)^2", "symmetric", "independent", "2*(2*X + (A - X).*I - A - A^T)"),
        ("sum(X)", "symmetric", "independent", "2*ones(n,n) - I"),
        ("tr(A*X)", "skew", "independent", "A^T - A"),
        ("tr(A*X)", "diagonal", "independent", "A.*I"),
        ("logdet(X)", "diagonal", "independent", "X^-1"),
        ("tr(A*X)", "lower", "independent", "tril(A^T)"),
        ("logdet(X)", "lower", "independent", "X^-1.*I"),
        ("tr(A*X)", "upper", "projected", "triu(A^T)"),
        ("tr(A*X)", "toeplitz", "independent", "diagsums(A^T)[i,j]"),
        ("normF(X)^2", "toeplitz", "projected", "2*X"),
        ("sum(X)", "toeplitz", "projected", "ones(n,n)"),
    ],
)
def test_texts(text: str, kind: str, reading: str, expected: str) -> None:
    found: Any = derive(text, wrt="X", variables=SHAPES, attrs={"X": [kind]}, structured=True, reading=reading)
    assert found.text == expected


def test_variables_without_a_structure_move_freely_beside_one_that_has_one() -> None:
    by_s, by_w = each(derive("d tr(A*S*W)/d(S, W)", variables={"S": "n n symmetric", "W": "n n"}, structured=True))
    assert by_s.text == "A^T*W^T + W*A - (W*A).*I"
    assert by_w.text == "S*A^T"


def test_a_mixed_second_derivative_constrains_both_variables() -> None:
    found: Any = derive(
        "tr(A*S*B*T)", wrt="S", wrt2="T", order=2, variables={"S": "n n symmetric", "T": "n n lower"}, structured=True, form="vec",
        layout="numerator",
    )  # fmt: skip
    assert found.text == "D(n)^T*kron(B,A^T)*K(n,n)*L(n)^T"
    assert found.certificate.status == "checked"


# ----------------------------------------------------------------------------------------------------- manifolds


def point_of(name: str) -> Array:
    x = np.random.default_rng(4).standard_normal((4, 2))
    square = np.random.default_rng(4).standard_normal((4, 4))
    match name:
        case "sphere":
            return x[:, 0] / np.linalg.norm(x[:, 0])
        case "stiefel" | "grassmann":
            return np.linalg.qr(x)[0]
        case "orthogonal":
            return np.linalg.qr(square)[0]
    return square @ square.T / 4 + np.eye(4)


def tangent(name: str, x: Array, v: Array) -> Array:
    match name:
        case "sphere":
            return v - x * (x @ v)
        case "stiefel" | "orthogonal":
            return v - x @ (x.T @ v + v.T @ x) / 2
        case "grassmann":
            return v - x @ (x.T @ v)
    return (v + v.T) / 2


def curve(name: str, x: Array, v: Array) -> Array:
    """A point of the manifold near x in the direction v."""
    if name == "sphere":
        return (x + v) / np.linalg.norm(x + v)
    if name == "spd":
        return x + v
    u, _, w = np.linalg.svd(x + v, full_matrices=False)
    return u @ w


C = np.random.default_rng(8).standard_normal((4, 4))
E2 = np.random.default_rng(9).standard_normal((4, 2))
u4 = np.random.default_rng(10).standard_normal(4)
ON: Final[list[tuple[str, str, dict[str, str], Callable[[Array], float]]]] = [
    ("sphere", "x^T*C*x", {"x": "m", "C": "m m"}, lambda x: x @ C @ x),
    ("sphere", "sum(log(exp(C*x) + 1))", {"x": "m", "C": "m m"}, lambda x: np.sum(np.log(np.exp(C @ x) + 1))),
    ("sphere", "(u^T*x)^3", {"x": "m", "u": "m"}, lambda x: (u4 @ x) ** 3),
    ("sphere", "norm1(x.^4)", {"x": "m"}, lambda x: np.sum(x**4)),
    ("stiefel", "tr(X^T*C*X)", {"X": "m n", "C": "m m"}, lambda x: np.trace(x.T @ C @ x)),
    ("stiefel", "tr(E^T*X)", {"X": "m n", "E": "m n"}, lambda x: np.trace(E2.T @ x)),
    ("stiefel", "normF(C*X - E)^2", {"X": "m n", "C": "m m", "E": "m n"}, lambda x: np.sum((C @ x - E2) ** 2)),
    ("stiefel", "sum(X.^4)", {"X": "m n"}, lambda x: np.sum(x**4)),
    ("orthogonal", "tr(C^T*X)", {"X": "m m", "C": "m m"}, lambda x: np.trace(C.T @ x)),
    ("orthogonal", "u^T*X*C*X*u", {"X": "m m", "C": "m m", "u": "m"}, lambda x: u4 @ x @ C @ x @ u4),
    ("grassmann", "tr(X^T*C*X)", {"X": "m n", "C": "m m"}, lambda x: np.trace(x.T @ C @ x)),
    ("grassmann", "logdet(X^T*C*C^T*X)", {"X": "m n", "C": "m m"}, lambda x: np.linalg.slogdet(x.T @ C @ C.T @ x)[1]),
    ("grassmann", "normF(C - X*X^T*C)^2", {"X": "m n", "C": "m m"}, lambda x: np.sum((C - x @ x.T @ C) ** 2)),
    ("spd", "logdet(X)", {"X": "m m"}, lambda x: np.linalg.slogdet(x)[1]),
    ("spd", "tr(C*X^-1)", {"X": "m m", "C": "m m"}, lambda x: np.trace(C @ np.linalg.inv(x))),
    ("spd", "u^T*X*u*logdet(X)", {"X": "m m", "u": "m"}, lambda x: u4 @ x @ u4 * np.linalg.slogdet(x)[1]),
]


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize(("name", "text", "shapes", "f"), ON, ids=lambda v: v if isinstance(v, str) else "")
def test_riemannian_gradients_are_tangent_and_give_the_slopes_along_curves(
    name: str, text: str, shapes: dict[str, str], f: Callable[[Array], float], layout: str
) -> None:
    found: Any = derive(text, wrt=next(iter(shapes)), variables=shapes, manifold=name, layout=layout)
    x = point_of(name)
    given = {"C": C, "E": E2, "u": u4, "x": x, "X": x}
    grad = np.asarray(found.function()(**{k: v for k, v in given.items() if k in found.needs}))
    grad = np.broadcast_to(grad, x.T.shape if layout == "numerator" else x.shape)
    grad = grad.T if layout == "numerator" and x.ndim == 2 else grad
    np.testing.assert_allclose(tangent(name, x, grad), grad, atol=1e-10)
    metric = np.linalg.inv(x) if name == "spd" else None
    for k in range(6):
        v = tangent(name, x, np.random.default_rng(k).standard_normal(x.shape))
        along = slope(lambda t, v=v: f(curve(name, x, t * v)), np.float64(0.0), np.float64(1.0))  # type: ignore[misc]
        inner = np.sum(grad * v) if metric is None else np.trace(metric @ grad @ metric @ v)
        assert abs(inner - along) < 1e-6 * (1 + abs(along))
    assert found.certificate.status == "checked"
    assert f"manifold {name}" in found.assumptions[0]


@pytest.mark.parametrize(
    ("name", "text", "shapes", "expected"),
    [
        ("sphere", "a^T*x", {"x": "n"}, "a - (a^T*x)*x"),
        ("sphere", "x^T*x", {"x": "n"}, "zeros(n)"),
        ("stiefel", "tr(X^T*X)", {"X": "m n"}, "zeros(m,n)"),
        ("orthogonal", "tr(B^T*X)", {"X": "n n"}, "(B - X*B^T*X)/2"),
        ("spd", "logdet(X)", {"X": "n n"}, "X"),
        ("spd", "tr(A*X^-1)", {"X": "n n"}, "-(A + A^T)/2"),
        ("grassmann", "tr(X^T*A*X)", {"X": "m n"}, "(I - X*X^T)*(A + A^T)*X"),
    ],
)
def test_texts_on_manifolds(name: str, text: str, shapes: dict[str, str], expected: str) -> None:
    found: Any = derive(text, wrt=next(iter(shapes)), variables=shapes, manifold=name)
    assert found.text == expected


# ------------------------------------------------------------------------------------------------------ refusals

SYMMETRIC: Final = {"request": "d tr(A*X)/dX", "attrs": {"X": ["symmetric"]}, "structured": True}
REFUSED: Final[list[tuple[dict[str, Any], str]]] = [
    ({"request": "d tr(A*X)/dX", "structured": True}, "X has no structure"),
    ({"request": "d x'*A*x/dx", "structured": True}, "x has no structure"),
    ({"request": "d tr(A*X)/dX", "attrs": {"X": ["symmetric"]}, "reading": "projected"}, "is one of a structured variable"),
    ({**SYMMETRIC, "reading": "folded"}, "unknown reading"),
    ({"request": "d tr(A*X)/dX", "attrs": {"X": ["orthogonal"]}, "structured": True}, "such arrays fill no linear space"),
    ({**SYMMETRIC, "form": "differential"}, "not offered with the differential"),
    ({**SYMMETRIC, "along": {"X": "A"}}, "not offered with a direction"),
    ({**SYMMETRIC, "vec_order": "row"}, "the columns stacked only"),
    ({"request": "d tr(A*X)/dX[1,:]", "attrs": {"X": ["symmetric"]}, "structured": True}, "by a part of a variable"),
    ({"request": "d x'*A*x/dx", "manifold": "spere"}, "unknown manifold 'spere'"),
    ({"request": "d A*x/dx", "manifold": "sphere"}, "one of a scalar function"),
    ({"request": "d^2 x'*A*x/dx^2", "manifold": "sphere"}, "not a second derivative"),
    ({"request": "d x'*A*y/d(x,y)", "manifold": "sphere"}, "not several variables"),
    ({"request": "d tr(A*X)/dX", "manifold": "sphere"}, "holds arrays X: n, and X is n x m"),
    ({"request": "d tr(A'*X)/dX", "variables": {"X": "m n"}, "manifold": "orthogonal"}, "holds arrays X: n x n, and X is m x n"),
    ({"request": "d tr(A'*X)/dX", "variables": {"X": "m n"}, "manifold": "grassmann"}, "not one of subspaces"),
    ({"request": "d tr(A*X)/dX", "attrs": {"X": ["skew"]}, "manifold": "orthogonal"}, "X is declared skew"),
    ({"request": "d tr(A*X)/dX", "attrs": {"X": ["spd"]}, "manifold": "spd", "structured": True}, "another constraint"),
]


@pytest.mark.parametrize(("asked", "told"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_what_is_not_served_is_refused(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(MatcalcError, match=told.replace("*", r"\*")):
        derive(**asked)


def test_the_command_line_names_the_reading() -> None:
    shown = CliRunner().invoke(group, ["derive", "d logdet(S)/dS", "--var", "S: n x n spd", "--structured", "--reading", "projected"])
    assert shown.exit_code == 0
    assert shown.output.startswith("S^-1\n")
    assert "projected reading: the gradient in the space of symmetric matrices" in shown.output.replace("\n    ", " ")
    curved = CliRunner().invoke(group, ["derive", "d x'*A*x/dx", "--manifold", "sphere", "--to", "json"])
    assert json.loads(curved.output)["manifold"] == "sphere"


def test_every_structure_and_every_manifold_of_the_book_is_tested_here() -> None:
    assert {" ".join(s.of or [name]) for name, s in structures().items()} == {*KINDS, *TOEPLITZ}
    assert set(manifolds()) == {name for name, *_ in ON}


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ({"request": "d tr(A*X)/dX", "attrs": {"X": ["symmetric"]}, "structured": True}, ["A^T", "A + A^T - A.*I"]),
        ({"request": "d logdet(X)/dX", "attrs": {"X": ["spd"]}, "structured": True, "reading": "projected"}, ["X^-T", "X^-1"]),
        ({"request": "d x'*A*x/dx", "manifold": "sphere"}, ["(A + A^T)*x", "(I - x*x^T)*(A + A^T)*x"]),
        (
            {"request": "d X*a/dX", "attrs": {"X": ["symmetric"]}, "structured": True, "layout": "numerator"},
            ["kron(a^T,eye(n))", "kron(a^T,eye(n))*D(n)"],
        ),
    ],
)
def test_a_derivation_ends_with_the_free_gradient_and_what_the_constraint_makes_of_it(asked: dict[str, Any], lines: list[str]) -> None:
    steps = each(derive(**asked)).steps
    assert [s.after.rpartition(" = ")[2] for s in steps[-2:]] == lines
    assert "free entries of" in steps[-1].rule or "projected on" in steps[-1].rule or "Riemannian" in steps[-1].rule


@pytest.mark.parametrize(
    ("claim", "options", "verdict"),
    [
        ("d logdet(X)/dX = 2*X^-1 - X^-1.*I", {"variables": {"X": "n x n spd"}, "structured": True}, "right"),
        ("d logdet(X)/dX = X^-1", {"variables": {"X": "n x n spd"}, "structured": True}, "wrong"),
        ("d logdet(X)/dX = X^-1", {"variables": {"X": "n x n spd"}, "structured": True, "reading": "projected"}, "right"),
        ("d x'*A*x/dx = 2*(A*x - (x'*A*x)*x)", {"variables": {"A": "n x n symmetric"}, "manifold": "sphere"}, "right"),
        ("d x'*A*x/dx = 2*A*x", {"variables": {"A": "n x n symmetric"}, "manifold": "sphere"}, "wrong"),
    ],
)
def test_claims(claim: str, options: dict[str, Any], verdict: str) -> None:
    assert verify(claim, **options).verdict == verdict


def test_a_claim_about_the_constrained_derivative_of_an_array_is_refused() -> None:
    with pytest.raises(MatcalcError, match="not offered"):
        verify("d X*a/dX = kron(a,eye(n))", variables={"X": "n x n symmetric"}, structured=True)


def test_there_is_no_self_test_of_a_constrained_derivative() -> None:
    asked = ["derive", "d tr(A*X)/dX", "--var", "X: n x n symmetric", "--structured"]
    shown = CliRunner().invoke(group, [*asked, "--to", "numpy", "--with-test"])
    assert "there is no self-test for a derivative by a structured variable" in shown.output


def test_read_says_what_the_constraint_means() -> None:
    understood = read("d logdet(S)/dS", variables={"S": "n n spd"}, structured=True)
    assert [n.kind for n in understood.notes_on] == ["constraint"]
    assert "independent reading" in understood.notes_on[0]
    with pytest.raises(MatcalcError, match="S has no structure"):
        read("d logdet(S)/dS", structured=True)


def test_a_sheet_has_structured_entries_and_manifolds(tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    entries = [
        'request = "d X^-1/dX"\nform = "vec"\nlayout = "numerator"\nstructured = true\n',
        'request = "d logdet(X)/dX"\nstructured = true\nreading = "projected"\n',
        'request = "d logdet(X)/dX"\nmanifold = "spd"\n',
    ]
    head = 'title = "s"\n[attrs]\nX = ["spd"]\n[vars]\nX = "n n"\n'
    spec.write_text(head + "".join(f"[[entry]]\n{entry}" for entry in entries), encoding="utf-8")
    shown = CliRunner().invoke(group, ["sheet", str(spec), "-o", str(tmp_path / "sheet.md")])
    assert shown.exit_code == 0, shown.output
    written = (tmp_path / "sheet.md").read_text(encoding="utf-8")
    assert r"\operatorname{vech}(X)^\top} = -(X^{-1} \otimes X^{-1}) \mathrm{D}_{n}" in written
    assert "projected reading" in written
    assert r"\operatorname{grad}" in written and "affine-invariant" in written


def test_a_space_is_of_square_matrices() -> None:
    with pytest.raises(MatcalcError, match="X is m x n; the derivative by structured matrices is of square ones"):
        derive("d tr(A*X)/dX where X: m x n toeplitz", structured=True)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ("d vech(X^-1)/d vech(X)^T", "-L(n)*kron(X^-1,X^-1)*D(n)"),
        ("d vec(X)/d vech(X)^T", "D(n)"),
        ("d vech(X)/d vech(X)^T", "eye(n*(n + 1)/2)"),
        ("d X*a/dvech(X)^T", "kron(a^T,eye(n))*D(n)"),
        ("d logdet(X)/d vech(X)", "D(n)^T*vec(X^-1)"),
        ("d vech(T*T')/d vech(T)^T where T: n x n lower", "L(n)*(I + K(n,n))*kron(T,eye(n))*L(n)^T"),
        ("d^2 logdet(S)/(d vech(S) d vech(S)^T)", "-D(n)^T*kron(S^-1,S^-1)*D(n)"),
        (r"\frac{\partial \operatorname{vech}(S^{-1})}{\partial \operatorname{vech}(S)^\top}", "-L(n)*kron(S^-1,S^-1)*D(n)"),
    ],
)
def test_vech_below_the_bar_is_the_derivative_by_the_free_entries(request_: str, text: str) -> None:
    found: Any = derive(request_)
    assert found.text == text
    assert any("independent reading" in a for a in found.assumptions)
    assert found.certificate.status == "checked"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"request": "d tr(A*X)/d vech(X)", "attrs": {"X": ["skew"]}}, "X is skew, and vech"),
        ({"request": "d tr(A*X)/d vech(X)", "structured": True, "reading": "projected"}, "not the projected reading"),
        ({"request": "d tr(A*X)/d vech(X)", "form": "index"}, "not the form index"),
        ({"request": "d tr(A*X)/d vech(X)", "variables": {"X": "m n"}}, "needs a square matrix"),
    ],
)
def test_what_vech_below_the_bar_cannot_mean_is_refused(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(MatcalcError, match=told):
        derive(**asked)

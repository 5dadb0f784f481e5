"""Eigenvalues, singular values, their vectors, norms and functions of them: answers, what they assume, and their code.

The truth is central differences of plain NumPy, which shares nothing with the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

from matcalc.answers.constraints import Constraint
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.answers.expansions.taylor import taylor
from matcalc.errors import MatcalcError, ShapeError
from matcalc.reading.alone import parse_expression

Array = Any
N: Final = {"S": "n n", "A": "n n", "B": "n n", "C": "n n", "x": "n", "a": "n", "t": ""}
M: Final = {"X": "m n", "Y": "m n", "A": "m n", "B": "m n", "C": "n m", "x": "m", "y": "n", "p": "", "c": "", "t": ""}
SYMMETRIC: Final = {"S": ["symmetric"]}
SPD: Final = {"S": ["spd"]}
PENCIL: Final = {"A": ["symmetric"], "B": ["spd"]}
LINE: Final = {"A": ["symmetric"], "B": ["symmetric"]}


def one(expr: str, wrt: str, variables: dict[str, str], attrs: dict[str, list[str]] | None = None, **more: Any) -> Derivative:
    found = derive(expr, wrt=wrt, variables=variables, attrs=attrs, **more)
    assert isinstance(found, Derivative)
    return found


# ------------------------------------------------------------------------------------------------ plain NumPy


def spectrum(A: Array) -> tuple[Array, Array]:
    w, V = np.linalg.eig(A)
    order = np.argsort(w.real)
    assert np.max(np.abs(w.imag)) < 1e-8
    return w.real[order], V.real[:, order]


def vector(A: Array, k: int) -> Array:
    v = spectrum(A)[1][:, k - 1]
    return v / np.linalg.norm(v) * np.sign(v[np.argmax(np.abs(v))])


def values(X: Array) -> Array:
    return np.linalg.svd(X, compute_uv=False)


def factor(X: Array) -> Array:
    U, _, Vt = np.linalg.svd(X, full_matrices=False)
    return U @ Vt


def drawn(variables: dict[str, str], attrs: dict[str, list[str]] | None, seed: int = 3) -> dict[str, Array]:
    """A point: symmetric and definite matrices as declared, square ones with a simple real spectrum, others at random."""
    rng = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for name, shape in variables.items():
        sizes = [{"n": 3, "m": 4}.get(d) or int(d) for d in shape.split()]
        known = (attrs or {}).get(name, [])
        a = rng.standard_normal(sizes)
        if known and len(sizes) == 2:
            a = {"symmetric": a + a.T, "spd": a @ a.T / 3 + np.diag([0.5, 1.0, 1.8]), "positive": np.abs(a) + 0.2}[known[0]]
        elif shape == "n n":
            frame = a + 2 * np.eye(3)
            a = frame @ np.diag([0.8, 1.5, 2.3]) @ np.linalg.inv(frame)
        found[name] = a if sizes else float(abs(a) + 1.2)
    return found


def slope(f: Callable[..., Array], point: dict[str, Array], name: str) -> Array:
    """The derivative of a number by a variable, entry by entry, extrapolated to step zero."""
    x = np.asarray(point[name], dtype=float)
    made = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        def along(h: float, at: tuple[int, ...] = at) -> float:
            moved = x.copy()
            moved[at] += h
            return float(f(**{**point, name: moved}))

        coarse, fine = ((along(h) - along(-h)) / (2 * h) for h in (2e-4, 1e-4))
        made[at] = (4 * fine - coarse) / 3
    return made


# ----------------------------------------------------------------------------------------- eigenvalues

# The request, the variable, what is declared, the answer, and the function in plain NumPy.
EIGEN: Final[list[tuple[str, str, dict[str, list[str]], str, Callable[..., Array]]]] = [
    ("lambda_max(S)", "S", SYMMETRIC, "eigvec(S,n)*eigvec(S,n)^T", lambda S: spectrum(S)[0][-1]),
    ("eigval(S,end)", "S", SYMMETRIC, "eigvec(S,n)*eigvec(S,n)^T", lambda S: spectrum(S)[0][-1]),
    ("lambda_min(S)", "S", SYMMETRIC, "eigvec(S,1)*eigvec(S,1)^T", lambda S: spectrum(S)[0][0]),
    ("eigval(S,2)", "S", SYMMETRIC, "eigvec(S,2)*eigvec(S,2)^T", lambda S: spectrum(S)[0][1]),
    ("eigvals(S)[2]", "S", SYMMETRIC, "eigvec(S,2)*eigvec(S,2)^T", lambda S: spectrum(S)[0][1]),
    ("lambda_max(S)^2", "S", SYMMETRIC, "2*lambda_max(S)*eigvec(S,n)*eigvec(S,n)^T", lambda S: spectrum(S)[0][-1] ** 2),
    ("eigval(A,2)", "A", {}, "eigvec(A^T,2)*eigvec(A,2)^T/(eigvec(A,2)^T*eigvec(A^T,2))", lambda A: spectrum(A)[0][1]),
    ("lambda_max(t*S)", "t", SYMMETRIC, "eigvec(t*S,n)^T*S*eigvec(t*S,n)", lambda t, S: spectrum(t * S)[0][-1]),
    ("lambda_max(A + x*x^T)", "x", LINE, "", lambda A, x: spectrum(A + np.outer(x, x))[0][-1]),
    ("lambda_max(B^-1*A)", "A", PENCIL, "", lambda A, B: spectrum(np.linalg.solve(B, A))[0][-1]),
    ("lambda_max(B^-1*A)", "B", PENCIL, "", lambda A, B: spectrum(np.linalg.solve(B, A))[0][-1]),
    ("a^T*eigvals(S)", "S", SYMMETRIC, "eigvecs(S)*diag(a)*eigvecs(S)^T", lambda S, a: a @ spectrum(S)[0]),
    ("(a^T*eigvec(S,1))^2", "S", SYMMETRIC, "2*(a^T*eigvec(S,1))*pinv(lambda_min(S)*I - S)*a*eigvec(S,1)^T",
     lambda S, a: (a @ vector(S, 1)) ** 2),
    ("tr(B*eigvec(S,2)*eigvec(S,2)^T)", "S", SYMMETRIC, "pinv(eigval(S,2)*I - S)*(B + B^T)*eigvec(S,2)*eigvec(S,2)^T",
     lambda S, B: vector(S, 2) @ B @ vector(S, 2)),
    ("(a^T*eigvec(A,2))^2", "A", {}, "", lambda A, a: (a @ vector(A, 2)) ** 2),
    ("sum(exp(eigvals(S)))", "S", SYMMETRIC, "expm(S)", lambda S: np.sum(np.exp(spectrum(S)[0]))),
    ("sum(exp(eigvals(A)))", "A", {}, "expm(A)^T", lambda A: np.sum(np.exp(spectrum(A)[0]))),
    ("sum(log(eigvals(S)))", "S", SPD, "S^-1", lambda S: np.sum(np.log(spectrum(S)[0]))),
    ("sum(eigvals(S).^2)", "S", SYMMETRIC, "2*S", lambda S: np.sum(spectrum(S)[0] ** 2)),
    ("norm2(eigvals(S))", "S", SYMMETRIC, "S/normF(S)", lambda S: np.linalg.norm(spectrum(S)[0])),
    ("sum(1./eigvals(S))", "S", SPD, "-S^-2", lambda S: np.sum(1 / spectrum(S)[0])),
    ("sum(eigvals(S).*log(eigvals(S)))", "S", SPD, "I + logm(S)", lambda S: np.sum(spectrum(S)[0] * np.log(spectrum(S)[0]))),
    ("prod(eigvals(S))", "S", SYMMETRIC, "det(S)*S^-1", lambda S: np.prod(spectrum(S)[0])),
    ("logsumexp(eigvals(S))", "S", SYMMETRIC, "expm(S)/tr(expm(S))", lambda S: np.log(np.sum(np.exp(spectrum(S)[0])))),
    ("sum(tanh(eigvals(S)))", "S", SYMMETRIC, "I - eigvecs(S)*diag(tanh(eigvals(S)).^2)*eigvecs(S)^T",
     lambda S: np.sum(np.tanh(spectrum(S)[0]))),
    ("lambda_max(S)/lambda_min(S)", "S", SPD, "", lambda S: spectrum(S)[0][-1] / spectrum(S)[0][0]),
    ("lambda_max(A)", "A", {"A": ["positive"]}, "eigvec(A^T,n)*eigvec(A,n)^T/(eigvec(A,n)^T*eigvec(A^T,n))",
     lambda A: np.max(np.linalg.eigvals(A).real)),
]  # fmt: skip


@pytest.mark.parametrize(("expr", "wrt", "attrs", "wanted", "f"), EIGEN, ids=[f"{e[0]} by {e[1]}" for e in EIGEN])
def test_eigenvalues(expr: str, wrt: str, attrs: dict[str, list[str]], wanted: str, f: Callable[..., Array]) -> None:
    used = {name: shape for name, shape in N.items() if name in f.__code__.co_varnames}
    check(one(expr, wrt, used, {k: v for k, v in attrs.items() if k in used}), f, drawn(used, attrs), wrt, wanted)


def check(d: Derivative, f: Callable[..., Array], point: dict[str, Array], wrt: str, wanted: str) -> None:
    """The text, where one is told, the certificate, and the value of the code against differences."""
    if wanted:
        assert d.text == wanted
    assert d.certificate is not None and d.certificate.status == "checked"
    found = d.function()(**{name: point[name] for name in d.needs if name in point})
    np.testing.assert_allclose(found, slope(f, point, wrt), rtol=2e-6, atol=2e-6)
    again = parse_expression(d.text, variables={v.data.name: " ".join(map(str, v.shape[: v.data.ndim])) for v in d.parameters})
    assert again.shape == (d.expr.shape if d.expr is not None else again.shape)


# ------------------------------------------------------------------------------------- singular values

SINGULAR: Final[list[tuple[str, str, str, Callable[..., Array]]]] = [
    ("sigma_max(X)", "X", "svec_left(X,1)*svec_right(X,1)^T", lambda X: values(X)[0]),
    ("||X||_2", "X", "svec_left(X,1)*svec_right(X,1)^T", lambda X: values(X)[0]),
    ("||X||_2^2", "X", "2*sigma_max(X)*svec_left(X,1)*svec_right(X,1)^T", lambda X: values(X)[0] ** 2),
    ("svdvals(X)[2]", "X", "svec_left(X,2)*svec_right(X,2)^T", lambda X: values(X)[1]),
    ("sigma_min(X)", "X", "svec_right(pinv(X),1)*svec_left(pinv(X),1)^T", lambda X: values(X)[-1]),
    ("||X||_*", "X", "polar(X)", lambda X: np.sum(values(X))),
    ("normN(X*B)", "X", "polar(X*B)*B^T", lambda X, B: np.sum(values(X @ B.T[:, :2]))),
    ("normN(x*y^T)", "x", "norm2(y)*x/norm2(x)", lambda x, y: np.linalg.norm(x) * np.linalg.norm(y)),
    ("sigma_max(x*y^T)", "y", "norm2(x)*y/norm2(y)", lambda x, y: np.linalg.norm(x) * np.linalg.norm(y)),
    ("normN(X)^2", "X", "2*normN(X)*polar(X)", lambda X: np.sum(values(X)) ** 2),
    ("normF(X - Y)^2/2 + c*normN(X)", "X", "", lambda X, Y, c: np.sum((X - Y) ** 2) / 2 + c * np.sum(values(X))),
    ("schatten(X,4)", "X", "X*X^T*X/schatten(X,4)^3", lambda X: np.sum(values(X) ** 4) ** 0.25),
    ("schatten(X,3)", "X", "X*sqrtm(X^T*X)/schatten(X,3)^2", lambda X: np.sum(values(X) ** 3) ** (1 / 3)),
    ("schatten(X,p)", "X", "", lambda X, p: np.sum(values(X) ** p) ** (1 / p)),
    ("schatten(X,p)", "p", "", lambda X, p: np.sum(values(X) ** p) ** (1 / p)),
    ("schatten(X,p)^p", "X", "p*X*powm(X^T*X,p/2 - 1)", lambda X, p: np.sum(values(X) ** p)),
    ("sum(log(svdvals(X)))", "X", "pinv(X)^T", lambda X: np.sum(np.log(values(X)))),
    ("sum(svdvals(X).^2)", "X", "2*X", lambda X: np.sum(values(X) ** 2)),
    ("prod(svdvals(X))", "X", "prod(svdvals(X))*pinv(X)^T", lambda X: np.prod(values(X))),
    ("sum(log(1 + svdvals(X).^2))", "X", "2*X*(I + X^T*X)^-1", lambda X: np.sum(np.log(1 + values(X) ** 2))),
    ("sum(svdvals(X).^3)", "X", "3*X*sqrtm(X^T*X)", lambda X: np.sum(values(X) ** 3)),
    ("sum(exp(svdvals(X)))", "X", "polar(X)*expm(sqrtm(X^T*X))", lambda X: np.sum(np.exp(values(X)))),
    ("sum(tanh(svdvals(X)))", "X", "", lambda X: np.sum(np.tanh(values(X)))),
    ("tr(C*polar(X))", "X", "", lambda X, C: np.trace(C @ factor(X))),
    ("sigma_max(A + t*B)", "t", "svec_left(A + t*B,1)^T*B*svec_right(A + t*B,1)", lambda A, B, t: values(A + t * B)[0]),
]


@pytest.mark.parametrize(("expr", "wrt", "wanted", "f"), SINGULAR, ids=[f"{e[0]} by {e[1]}" for e in SINGULAR])
def test_singular_values(expr: str, wrt: str, wanted: str, f: Callable[..., Array]) -> None:
    used = {name: shape for name, shape in M.items() if name in f.__code__.co_varnames}
    attrs = {"p": ["positive"]} if "p" in used else {}
    if expr == "normN(X*B)":
        used["B"] = "n 2"
        f = lambda X, B: np.sum(values(X @ B))  # noqa: E731
    check(one(expr, wrt, used, attrs), f, drawn(used, attrs), wrt, wanted)


def test_a_matrix_of_few_columns_has_so_many_singular_values() -> None:
    d = one("a^T*svdvals(X)", "X", {"X": "m 2", "a": "2"})
    assert d.assumptions[0] == "m is at least 2"
    assert one("mean(svdvals(X))", "X", {"X": "m 5"}).assumptions[0] == "m is at least 5"
    assert one("mean(svdvals(X))", "X", {"X": "m n"}).text == "polar(X)/min([m; n])"
    assert d.text == "a[2]*svec_left(X,2)*svec_right(X,2)^T + a[1]*svec_left(X,1)*svec_right(X,1)^T"


# ------------------------------------------------------------------------------------ second derivatives


@pytest.mark.parametrize(
    ("expr", "wrt", "variables", "attrs", "wanted"),
    [
        ("lambda_max(A + t*B)", "t", {"A": "n n", "B": "n n", "t": ""}, LINE,
         "2*eigvec(A + t*B,n)^T*B*pinv(lambda_max(A + t*B)*I - A - t*B)*B*eigvec(A + t*B,n)"),
        ("lambda_max(diag(x) + A)", "x", {"A": "n n", "x": "n"}, {"A": ["symmetric"]}, ""),
        ("lambda_max(S)", "S", {"S": "n n"}, SYMMETRIC, ""),
        ("lambda_max(A)", "A", {"A": "n n"}, {"A": ["positive"]}, ""),
        ("sigma_max(X)", "X", {"X": "m n"}, {}, ""),
        ("sum(exp(eigvals(S)))", "S", {"S": "n n"}, SYMMETRIC, ""),
        ("normN(X)", "X", {"X": "n n"}, {}, ""),
    ],
)  # fmt: skip
def test_second_derivatives(expr: str, wrt: str, variables: dict[str, str], attrs: dict[str, list[str]], wanted: str) -> None:
    d = one(expr, wrt, variables, attrs, order=2)
    assert not wanted or d.text == wanted
    assert d.certificate is not None and d.certificate.status == "checked"


# ------------------------------------------------------------------- what is assumed, and where it does not hold


@pytest.mark.parametrize(
    ("expr", "attrs", "told"),
    [
        ("lambda_max(S)", SYMMETRIC, ["lambda_max(S) is a simple eigenvalue"]),
        ("eigval(S,2)", {}, ["eigval(S,2) is a simple eigenvalue"]),
        ("a^T*eigvals(S)", SYMMETRIC, ["the eigenvalues of S are distinct"]),
        ("sum(exp(eigvals(S)))", SYMMETRIC, []),
        ("sum(tanh(eigvals(S)))", SYMMETRIC, []),
        ("sigma_max(S)", {}, ["sigma_max(S) is a simple singular value, and not 0"]),
        ("normN(S)", {}, ["S has full rank"]),
        ("(a^T*eigvec(S,1))^2", SYMMETRIC, ["lambda_min(S) is a simple eigenvalue"]),
        ("a^T*eigvec(S,1)", SYMMETRIC,
         ["lambda_min(S) is a simple eigenvalue", "the sign of eigvec(S,1) is that with which its largest entry is positive"]),
    ],
)  # fmt: skip
def test_what_an_answer_takes_for_granted_is_said(expr: str, attrs: dict[str, list[str]], told: list[str]) -> None:
    assert list(one(expr, "S", {"S": "n n", "a": "n"} if "a^T" in expr else {"S": "n n"}, attrs).assumptions) == told


FRAME: Final = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
CLOSE: Final = [np.array([0.7, 0.7 + 1e-9, 1.3, 1.3 + 2e-9]), np.array([0.7, 0.7, 1.3, 1.3])]


@pytest.mark.parametrize("at", CLOSE, ids=["1e-9 apart", "repeated"])
@pytest.mark.parametrize(
    ("expr", "df"),
    [
        ("sum(exp(eigvals(S)))", np.exp), ("sum(log(eigvals(S)))", lambda w: 1 / w),
        ("sum(tanh(eigvals(S)))", lambda w: 1 - np.tanh(w) ** 2),
        ("logsumexp(eigvals(S))", lambda w: np.exp(w) / np.sum(np.exp(w))), ("prod(eigvals(S))", lambda w: np.prod(w) / w),
        ("normN(S)", np.ones_like), ("sum(exp(svdvals(S)))", np.exp), ("sum(tanh(svdvals(S)))", lambda w: 1 - np.tanh(w) ** 2),
    ],
)  # fmt: skip
def test_code_is_right_where_eigenvalues_meet_and_the_derivative_exists(expr: str, df: Callable[[Array], Array], at: Array) -> None:
    S = (FRAME * at) @ FRAME.T
    found = one(expr, "S", {"S": "n n"}, SPD).function()(S=(S + S.T) / 2)
    np.testing.assert_allclose(found, (FRAME * df(at)) @ FRAME.T, rtol=0, atol=1e-8)


@pytest.mark.parametrize("at", CLOSE, ids=["1e-9 apart", "repeated"])
def test_the_derivative_of_a_polar_factor_is_right_where_singular_values_meet(at: Array) -> None:
    rng = np.random.default_rng(1)
    U, G = np.linalg.qr(rng.standard_normal((6, 4)))[0], rng.standard_normal((6, 4))
    found = one("tr(C*polar(X))", "X", {"X": "m n", "C": "n m"}).function()(X=(U * at) @ FRAME.T, C=G.T)
    turned = U.T @ G @ FRAME
    wanted = U @ ((turned - turned.T) / (at[:, None] + at)) @ FRAME.T + (G - U @ U.T @ G) @ (FRAME / at) @ FRAME.T
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("expr", "at"),
    [
        ("lambda_max(S)", np.eye(3)), ("eigval(S,1)", np.diag([1.0, 1.0, 2.0])), ("(a^T*eigvec(S,1))^2", np.diag([1.0, 1.0, 2.0])),
        ("sigma_max(S)", np.eye(3)), ("normN(S)", np.diag([1.0, 1.0, 0.0])),
    ],
)  # fmt: skip
def test_code_refuses_a_point_without_a_derivative(expr: str, at: Array) -> None:
    d = one(expr, "S", {"S": "n n", "a": "n"} if "a^T" in expr else {"S": "n n"}, SYMMETRIC)
    with pytest.raises(ValueError, match=r"repeated|full rank"):
        d.function()(**{"S": at} | ({"a": np.ones(3)} if "a" in d.needs else {}))


def test_code_keeps_its_digits_where_the_gap_is_small() -> None:
    d = one("(a^T*eigvec(S,1))^2", "S", {"S": "n n", "a": "n"}, SYMMETRIC)
    assert "pinv" in d.text and "pinv" not in d.numpy
    w = np.array([1.0, 1.0 + 1e-6, 2.0, 3.0])
    a = FRAME @ np.array([1.0, 1.0, 0.3, 0.2])
    found = d.function()(S=(FRAME * w) @ FRAME.T, a=a)
    inverse = FRAME @ np.diag([0, *(1 / (w[0] - w[1:]))]) @ FRAME.T
    np.testing.assert_allclose(found, 2 * (a @ FRAME[:, 0]) * np.outer(inverse @ a, FRAME[:, 0]), rtol=1e-5, atol=10)


# ------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize(
    ("expr", "hint"),
    [("eigval(S,4)", "no index 4"), ("eigval(S,0)", "no index 0"), ("eigval(S,c)", "is no index"), ("end*tr(S)", "end is the last index")],
)
def test_an_index_that_is_none_is_refused(expr: str, hint: str) -> None:
    with pytest.raises((ShapeError, MatcalcError), match=hint):
        derive(expr, wrt="S", variables={"S": "3 3", "c": ""})


def test_an_index_may_be_the_name_of_the_size_that_it_tells() -> None:
    assert one("eigval(S,n)", "S", {}).text == "eigvec(S^T,n)*eigvec(S,n)^T/(eigvec(S,n)^T*eigvec(S^T,n))"


def test_bars_of_a_vector_and_of_a_matrix() -> None:
    assert one("||A*x||_2", "x", {"A": "m n", "x": "n"}).text == "A^T*A*x/norm2(A*x)"
    assert one(r"\|X\|_*", "X", {"X": "m n"}).text == "polar(X)"
    assert one(r"\lambda_{\max}(S)", "S", {"S": "n n"}, SYMMETRIC).text == "eigvec(S,n)*eigvec(S,n)^T"


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
def test_layouts(layout: str) -> None:
    d = one("sigma_max(X)", "X", {"X": "m n"}, layout=layout)
    turned = layout == "numerator"
    assert d.text == ("svec_right(X,1)*svec_left(X,1)^T" if turned else "svec_left(X,1)*svec_right(X,1)^T")


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("expr", ["lambda_max(S)", "(a^T*eigvec(S,1))^2", "normN(S)", "sigma_max(S)", "schatten(S,3)", "a^T*eigvals(S)"])
def test_code_for_every_target_compiles(target: str, expr: str) -> None:
    source = one(expr, "S", {"S": "n n", "a": "n"} if "a^T" in expr else {"S": "n n"}, SYMMETRIC).code(target)
    compile(source, target, "exec")
    assert source.count("def _spectrum") <= 1


def test_functions_of_a_symmetric_variable_that_stays_symmetric() -> None:
    d = one("tr(B*eigvecs(X)*diag(exp(eigvals(X)))*eigvecs(X)^T)", "X", {"X": "n n", "B": "n n"}, {"X": ["symmetric"]},
            constraint=Constraint(structured=True, reading="projected"))  # fmt: skip
    assert d.text == "expm_frechet(X,B + B^T)/2"


def test_an_expansion_is_written_with_eigenvectors() -> None:
    found = taylor("lambda_max(S)", wrt="S", about="C", variables={"S": "n n symmetric", "C": "n n symmetric"})
    assert found.text == "lambda_max(C) + eigvec(C,n)^T*(S - C)*eigvec(C,n)"

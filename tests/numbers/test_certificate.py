"""The certificate: a wrong formula is refused, a right one passes, points lie in the domain, sizes differ."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from contraction import VARIABLES, variable

from matcalc import CertificateError, Derivative, NotDifferentiable, UsageError, derive
from matcalc.algebra import add, mul, transpose
from matcalc.algebra.node import Expr, Unknown, sym, unknown_value
from matcalc.answers.rendering import Rendering
from matcalc.book.sizes import ONE, axes, dim
from matcalc.calculus import differentiate as differentiation
from matcalc.calculus.contracting import apply
from matcalc.errors import LimitError
from matcalc.memory import forget
from matcalc.numbers.certifying import trial as module
from matcalc.numbers.certifying.certificate import certify
from matcalc.numbers.certifying.comparison import relative_error
from matcalc.numbers.evaluate import Program
from matcalc.numbers.outcome import Certificate
from matcalc.numbers.sampling.domain import points
from matcalc.numbers.sampling.random_points import MANNERS, Point, sample
from matcalc.numbers.sampling.sizes import MAX_CELLS, SIZES, dimension_names
from matcalc.numbers.stand_ins import stand_ins
from matcalc.reading.alone import read_expression

m, n = dim("m"), dim("n")
DECLARED = VARIABLES | {
    "S": variable("S", "n n", ["spd"]),
    "R": variable("R", "n n", ["symmetric"]),
    "N": variable("N", "n n", ["invertible"]),
    "g": variable("g", "n", ["positive"]),
    "f": variable("f", "", ["positive"]),
}


def claimed(function: str, wrt: str, formula: str, layout: str = "denominator") -> Certificate:
    """The certificate of a claimed derivative."""
    y, claim, x = read_expression(function, DECLARED), read_expression(formula, DECLARED), DECLARED[wrt]
    program = Program([claim])
    used = [v for name, v in DECLARED.items() if name == wrt or name in {s.data.name for e in (y, claim) for s in _symbols(e)}]
    return certify(
        y,
        x,
        lambda p: program(p.values, p.sizes, p.unknowns)[0],
        lambda array, v, point: apply(array, v, len(axes(y.shape)), len(axes(x.shape)), layout),
        used,
    )


def _symbols(e: Expr) -> list[Expr]:
    return [e] if e.op == "sym" else [s for a in e.args for s in _symbols(a)]


# function, variable, its derivative in denominator layout, and what a slip of the pen would make of it
FORMULAS: dict[tuple[str, str, str], list[str]] = {
    ("x^T*Y*x", "x", "(Y + Y^T)*x"): ["(Y - Y^T)*x", "2*Y*x", "2*Y^T*x", "Y*x", "-(Y + Y^T)*x", "(Y + Y^T)*x/2", "(Y + Y^T)*x + 0.01*x"],
    ("x^T*S*x", "x", "2*S*x"): ["S*x", "-2*S*x", "2*x", "2.001*S*x", "2*S*S*x"],
    ("tr(A*Y*X^T)", "Y", "A^T*X"): ["X^T*A", "-A^T*X", "2*A^T*X", "A^T*A", "A^T*X + 0.01*Y"],
    ("logdet(N)", "N", "N^-T"): ["N^-1", "-N^-T", "N^T", "logdet(N)*N^-T"],
    ("det(N)", "N", "det(N)*N^-T"): ["det(N)*N^-1", "N^-T", "-det(N)*N^-T"],
    ("log(g^T*x + 20)", "x", "g/(g^T*x + 20)"): ["g*(g^T*x + 20)", "x/(g^T*x + 20)", "g/(g^T*x + 20)^2", "g"],
    ("normF(A*Y - X)^2", "Y", "2*A^T*(A*Y - X)"): ["2*A^T*(A*Y + X)", "A^T*(A*Y - X)", "2*A^T*(X - A*Y)", "2*A^T*A*Y"],
    ("norm2(x)", "x", "x/norm2(x)"): ["x", "x/norm2(x)^2", "-x/norm2(x)", "2*x/norm2(x)"],
    ("sum(exp(Y*x))", "Y", "exp(Y*x)*x^T"): ["x*exp(Y*x)^T", "exp(Y*x)*y^T", "Y*x*x^T"],
    ("logsumexp(x)", "x", "softmax(x)"): ["exp(x)", "softmax(-x)", "-softmax(x)", "softmax(x) - ones(n)/n"],
    ("sum(sqrt(g))", "g", "1/2*g.^(-1/2)"): ["g.^(-1/2)", "1/2*g.^(1/2)", "-1/2*g.^(-1/2)"],
    ("Y*x", "x", "Y^T"): ["Y", "-Y^T", "Y^T*Y^T", "2*Y^T"],
    ("exp(x).*y", "x", "diag(exp(x).*y)"): ["diag(exp(x))", "diag(y)", "exp(x)*y^T", "diag(exp(y).*x)"],
    ("c*A", "c", "A^T"): ["-A^T", "c*A^T", "X^T"],
    ("f^3", "f", "3*f^2"): ["3*f^3", "f^2", "3*f", "-3*f^2"],
}  # fmt: skip
RIGHT = list(FORMULAS)
WRONG = [(*key[:2], wrong) for key, slips in FORMULAS.items() for wrong in slips]


@pytest.mark.parametrize(("function", "wrt", "formula"), RIGHT)
def test_a_right_formula_passes(function: str, wrt: str, formula: str) -> None:
    found = claimed(function, wrt, formula)
    assert found.points == 1
    assert found.error < 1e-8


@pytest.mark.parametrize(("function", "wrt", "formula"), WRONG)
def test_a_wrong_formula_is_refused(function: str, wrt: str, formula: str) -> None:
    with pytest.raises(CertificateError, match="disagrees with finite differences") as caught:
        claimed(function, wrt, formula)
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("function", "wrt", "formula"),
    [("Y*x", "x", "Y"), ("tr(A*Y*X^T)", "Y", "X^T*A"), ("Y*Z*x", "x", "Y*Z"), ("tr(Y*Z)", "Y", "Z"), ("x.*(Y*x)", "x", "diag(x)*Y")],
)
def test_a_formula_in_another_layout_is_refused(function: str, wrt: str, formula: str) -> None:
    with pytest.raises(CertificateError):
        claimed(function, wrt, formula, "denominator")


@pytest.mark.parametrize(("formula", "layout"), [("Y", "numerator"), ("Y^T", "denominator"), ("Y", "mixed")])
def test_a_formula_passes_in_its_layout(formula: str, layout: str) -> None:
    assert claimed("Y*x", "x", formula, layout).error < 1e-8


@pytest.mark.parametrize("formula", ["x*x^T", "norm2(x)", "2", "diag(x)"])
def test_a_formula_with_another_number_of_axes_is_refused(formula: str) -> None:
    with pytest.raises(CertificateError):
        claimed("x^T*x", "x", formula)


@pytest.mark.parametrize(("function", "wrt", "formula"), [("A*x", "x", "A"), ("A^T*u", "u", "A^T"), ("sum(A*x)", "A", "x*ones(m)^T")])
def test_a_formula_with_axes_of_other_sizes_is_refused(function: str, wrt: str, formula: str) -> None:
    with pytest.raises((CertificateError, ValueError)):
        claimed(function, wrt, formula)


@pytest.mark.parametrize(("function", "formula"), [("tr(logm(Y))", "Y^-1"), ("tr(sqrtm(Y))", "1/2*sqrtm(Y)^-1")])
def test_a_formula_that_is_right_for_symmetric_matrices_only_is_refused(function: str, formula: str) -> None:
    with pytest.raises(CertificateError):
        claimed(function, "Y", formula)


@pytest.mark.parametrize("factor", [1 + 1e-4, 1 - 1e-4, 1 + 1e-3])
def test_a_formula_that_is_nearly_right_is_refused(factor: float) -> None:
    with pytest.raises(CertificateError):
        claimed("x^T*S*x", "x", f"{2 * factor:.6f}*S*x")


def test_a_formula_that_vanishes_at_some_sizes_is_checked_at_others() -> None:
    """x^T*(I - pinv(A)*A)*x is zero of a tall A of full rank."""
    right = "pinv(A)^T*x*x^T*(pinv(A)*A - eye(n))"
    found = claimed("x^T*(eye(n) - pinv(A)*A)*x", "A", f"2*{right}")
    assert found.error > 0
    assert found.sizes["m"] < found.sizes["n"]
    with pytest.raises(CertificateError):
        claimed("x^T*(eye(n) - pinv(A)*A)*x", "A", right)


def test_a_derivative_that_is_not_zero_must_not_be_claimed_to_be() -> None:
    with pytest.raises(CertificateError):
        claimed("x^T*S*x/1000", "x", "zeros(n)")
    assert claimed("y^T*y", "x", "zeros(n)").error == 0


# ---------------------------------------------------------------------------------------------- domains


@pytest.mark.parametrize(
    ("expr", "wrt", "variables"),
    [
        ("sum(log(x))", "x", {"x": "n"}),
        ("sum(log(1 - x))", "x", {"x": "n"}),
        ("sum(sqrt(x))", "x", {"x": "n"}),
        ("sum(sqrt(X)) + sum(log(X))", "X", {"X": "m n"}),
        ("sum(arcsin(x))", "x", {"x": "n"}),
        ("sum(arccos(x).*x)", "x", {"x": "n"}),
        ("logdet(X)", "X", {"X": "n n"}),
        ("log(det(X))", "X", {"X": "n n"}),
        ("sqrt(det(X))", "X", {"X": "n n"}),
        ("tr(logm(S))", "S", {"S": "n n"}),
        ("tr(sqrtm(S))", "S", {"S": "n n"}),
        ("log(x^T*A*x)", "x", {"A": "n n", "x": "n"}),
        ("sqrt(tr(X))", "X", {"X": "n n"}),
        ("c^(1/2)", "c", {"c": ""}),
        ("sum(x.^c)", "x", {"x": "n", "c": ""}),
        ("sum(x.^c)", "c", {"x": "n", "c": ""}),
        ("tr(inv(X))", "X", {"X": "n n"}),
        ("1/(x^T*x)", "x", {"x": "n"}),
        ("sum(abs(x))", "x", {"x": "n"}),
        ("sum(relu(x)) + sum(sign(x).*x)", "x", {"x": "n"}),
        ("det(X^T*X)", "X", {"X": "m n"}),
        ("logdet(X*X^T)", "X", {"X": "m n"}),
    ],
)
def test_points_are_found_in_the_domain(expr: str, wrt: str, variables: dict[str, str]) -> None:
    found = derived(expr, wrt, variables)
    assert found.certificate is not None
    assert found.certificate.error < 1e-6


def derived(expr: str, wrt: str, variables: dict[str, str], **asked: Any) -> Derivative:
    found = derive(expr, wrt=wrt, variables=variables, **asked)
    assert isinstance(found, Derivative)
    return found


@pytest.mark.parametrize("text", ["d imag(log(-2))*x/dx", "d imag(log(-abs(z)^2))*z/dz, z complex"])
def test_what_has_no_real_value_has_no_imaginary_part(text: str) -> None:
    with pytest.raises(NotDifferentiable, match="no point was found"):
        derive(text)



@pytest.mark.parametrize(
    ("expr", "variables"),
    [
        ("sum(log(-x.^2))", {"x": "n"}),
        ("sum(sqrt(-1 - x.^2))", {"x": "n"}),
        ("log(-x^T*x)", {"x": "n"}),
        ("sqrt(-norm2(x))", {"x": "n"}),
        ("sum(arcsin(2 + x.^2))", {"x": "n"}),
        ("logdet(x*x^T)", {"x": "n"}),
        ("tr(inv(x*x^T))", {"x": "n"}),
    ],
)  # fmt: skip
def test_what_is_finite_nowhere_is_refused(expr: str, variables: dict[str, str]) -> None:
    with pytest.raises(NotDifferentiable, match="no point was found") as caught:
        derived(expr, "x", variables)
    assert caught.value.hint is not None
    assert "--no-check" in caught.value.hint


def test_the_point_has_the_declared_properties() -> None:
    asked = {"attrs": {"x": ["positive"]}}
    assert derived("sum(log(x))", "x", {"x": "n"}, **asked).certificate is not None


PROPERTIES: dict[str, Callable[[Any], bool]] = {
    "positive": lambda a: bool(np.all(a > 0)),
    "integer": lambda a: bool(np.all(a == np.rint(a))),
    "symmetric": lambda a: bool(np.allclose(a, a.T)),
    "skew": lambda a: bool(np.allclose(a, -a.T)),
    "spd": lambda a: bool(np.allclose(a, a.T) and np.all(np.linalg.eigvalsh(a) > 0)),
    "orthogonal": lambda a: bool(np.allclose(a.T @ a, np.eye(len(a)))),
    "diagonal": lambda a: bool(np.all(a == np.diag(np.diag(a)))),
    "lower": lambda a: bool(np.all(a == np.tril(a))),
    "upper": lambda a: bool(np.all(a == np.triu(a))),
    "invertible": lambda a: bool(abs(np.linalg.det(a)) > 1e-6),
    "simplex": lambda a: bool(np.all(a > 0) and math.isclose(a.sum(), 1)),
}


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", PROPERTIES)
def test_a_sample_has_its_property(name: str, manner: str) -> None:
    shape = "n" if name == "simplex" else "n n"
    a = sample(variable("A", shape, [name]), {"n": 5}, manner, np.random.default_rng(0))
    assert a.shape == ((5,) if name == "simplex" else (5, 5))
    assert PROPERTIES[name](a)


AXES = {"": (), "n": (4,), "1 n": (4,), "m n": (3, 4), "3 m*n": (3, 12), "7": (7,)}


@pytest.mark.parametrize(("shape", "axes_of_sample"), AXES.items())
def test_a_sample_has_the_axes_that_count(shape: str, axes_of_sample: tuple[int, ...]) -> None:
    dims = shape.split()
    rows, columns = ([product_of(d) for d in dims] + [ONE, ONE])[:2]
    a = sample(sym("a", (rows, columns), len(dims)), {"m": 3, "n": 4}, "normal", np.random.default_rng(0))
    assert np.shape(a) == axes_of_sample


def product_of(text: str) -> Any:
    return math.prod((dim(d) for d in text.split("*")), start=ONE)


# ------------------------------------------------------------------------------------------------ sizes


def test_every_dimension_has_a_size_of_its_own() -> None:
    names = {f"X{k}": f"a{k} b{k}" for k in range(7)}
    found = derived("+".join(f"sum({x}.^2)" for x in names), "X3", names)
    assert found.certificate is not None
    sizes = found.certificate.sizes
    assert len(sizes) == 14
    assert len(set(sizes.values())) == 14


def test_no_dimension_has_a_size_that_was_given_as_a_number() -> None:
    variables = [variable("X", "3 n"), variable("Y", "m 2"), variable("z", "5")]
    for point in points(variables, variables):
        assert not {3, 2, 5} & set(point.sizes.values())
        assert len(set(point.sizes.values())) == 2


def test_more_dimensions_than_listed_sizes_still_differ() -> None:
    variables = [variable(f"v{k}", f"d{k}") for k in range(len(SIZES) + 5)]
    point = next(iter(points(variables, variables)))
    assert len(set(point.sizes.values())) == len(SIZES) + 5


def test_dimension_names_are_found_in_shapes_and_constants() -> None:
    e = read_expression("ones(m)^T*A*x/n + q", VARIABLES, dimensions=["q"])
    assert set(dimension_names([], [e])) == {"m", "n", "q"}
    assert dimension_names([variable("v", "k")], []) == ["k"]


def test_points_differ_from_each_other() -> None:
    variables = [variable("x", "n")]
    found = [tuple(p.values["x"]) for p in points(variables, variables)]
    assert len(set(found)) == len(found) >= 8


def test_points_are_the_same_each_time() -> None:
    variables = [variable("x", "n")]
    first, second = ([p.values["x"] for p in points(variables, variables)] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


LARGE = {
    "norm2(X*w - y)^2": ("w", {"X": "60000 784", "w": "784", "y": "60000"}),
    "norm2(X*w - y)^2/60000": ("w", {"X": "60000 784", "w": "784", "y": "60000"}),
    "norm2(X*w - y)^2/(2*60000) + norm2(w)^2/784": ("w", {"X": "60000 784", "w": "784", "y": "60000"}),
    "X*w": ("X", {"X": "60000 784", "w": "784"}),
    "tr(eye(60000))*sum(x)": ("x", {"x": "60000"}),
    "K(100000,100000)*x": ("x", {}),
    "sum((K(30000,7000)*x).^2)": ("x", {"x": "210000000"}),
    "vec(X)^T*y": ("X", {"X": "100000 3000", "y": "300000000"}),
    "norm2(vec(X) - y)^2": ("X", {"X": "20000000 30", "y": "600000000"}),
}


@pytest.mark.parametrize("form", ["auto", "index"])
@pytest.mark.parametrize("expr", LARGE)
def test_small_sizes_stand_for_large_ones(expr: str, form: str) -> None:
    wrt, variables = LARGE[expr]
    found = derived(expr, wrt, variables, form=form)
    assert found.certificate is not None
    assert found.certificate.status == "checked"
    assert str(found.certificate).startswith("checked: ")
    assert max(found.certificate.sizes.values(), default=0) < 20


def test_no_commutation_matrix_is_made_that_is_too_large() -> None:
    with pytest.raises(LimitError, match="one has 16777216 entries, of at most 6000000"):
        derived("x^T*K(64,64)*x", "x", {"x": "4096"}, order=2)


def test_a_commutation_matrix_beside_a_vector_is_applied() -> None:
    found = derived("x^T*K(64,64)*x", "x", {"x": "4096"})
    assert found.certificate is not None
    assert found.certificate.status == "checked"


def test_a_large_size_with_an_index_that_needs_it_is_refused_with_a_hint() -> None:
    variables = {"x": str(MAX_CELLS + 1), "X": f"{MAX_CELLS + 1} n"}
    with pytest.raises(LimitError, match="too large to check") as caught:
        derived(f"x[{MAX_CELLS}]*sum(X)", "X", variables)
    assert caught.value.hint is not None
    assert derived("sum(X.^2)", "X", variables, check=False).text == "2*X"


# ------------------------------------------------------------------------------- on, off, and what is said


def test_check_is_on_unless_it_is_turned_off() -> None:
    assert derived("x^T*x", "x", {"x": "n"}).certificate is not None
    assert derived("x^T*x", "x", {"x": "n"}, check=False).certificate is None


def test_without_check_nothing_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("sampled")

    monkeypatch.setattr(module, "points_of", refuse)
    assert derived("logdet(x*x^T)", "x", {"x": "n"}, check=False).expr is not None
    with pytest.raises(AssertionError, match="sampled"):
        derived("x^T*x", "x", {"x": "n"})


@pytest.mark.parametrize("form", ["auto", "matrix", "vec", "index", "differential"])
def test_every_form_is_certified(form: str) -> None:
    found = derived("x^T*Y*x", "x", {"x": "n", "Y": "n n"}, form=form)
    assert found.certificate is not None
    assert found.form == ("matrix" if form == "auto" else form)


def test_a_certificate_says_what_was_checked() -> None:
    assert str(Certificate("checked", 1, {"m": 3, "n": 4}, 1e-12)) == "checked: m=3, n=4, error 1e-12"
    assert str(Certificate("checked", 2, {}, 0.0)) == "checked: 2 points, error 0"
    assert str(Certificate("unchecked", reason="why")) == "unchecked: why"
    many = {f"n{k}": k + 2 for k in range(40)}
    assert str(Certificate("checked", 1, many, 1e-12)) == "checked: 40 sizes from 2 to 41, error 1e-12"


def test_a_certificate_is_data() -> None:
    made = Certificate("checked", 1, {"m": 3}, 1e-12)
    assert made.to_dict() == {"status": "checked", "points": 1, "sizes": {"m": 3}, "error": 1e-12, "method": "finite differences"}
    assert Certificate("unchecked", reason="why").to_dict()["reason"] == "why"


ENGINE_BUGS = {
    "a sign": lambda e: mul(read_expression("-1", {}), e),
    "a factor": lambda e: mul(read_expression("2", {}), e),
    "a term too much": lambda e: add(e, sym("x", (n, ONE))),
}


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize("bug", ENGINE_BUGS)
def test_a_bug_in_the_engine_never_reaches_the_user(bug: str, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Rendering.matrix

    def broken(self: Rendering) -> Expr:
        e = original(self)
        turned = e.shape[0] is ONE
        made = ENGINE_BUGS[bug](transpose(e) if turned else e)
        return transpose(made) if turned else made

    monkeypatch.setattr(Rendering, "matrix", broken)
    with pytest.raises(CertificateError):
        derived("x^T*Y*x", "x", {"x": "n", "Y": "n n"}, layout=layout, form="matrix")


def test_a_wrong_gradient_spoils_the_hessian(monkeypatch: pytest.MonkeyPatch) -> None:
    original = differentiation.gradient
    monkeypatch.setattr(differentiation, "gradient", lambda first: mul(read_expression("2", {}), original(first)))
    forget()
    with pytest.raises(CertificateError):
        derived("x^T*Y*x + sum(exp(x))", "x", {"x": "n", "Y": "n n"}, order=2)
    forget()


# ------------------------------------------------------------------------------------------------ parts


def test_the_relative_error_is_infinite_for_another_number_of_entries() -> None:
    assert relative_error(np.ones(3), np.ones(2), 0.0)[0] == math.inf
    assert relative_error(np.ones(0), np.ones(0), 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e6])
def test_the_relative_error_is_relative(scale: float) -> None:
    a = np.array([1.0, 2.0, -3.0])
    assert relative_error(scale * a, scale * a * 1.01, 0.0)[0] == pytest.approx(0.01 / 2.01 * 1.01, rel=0.3)


KINDS = {
    "scalar": (Unknown("f", "scalar"), (4,)),
    "scalar of a matrix": (Unknown("f", "scalar"), (3, 4)),
    "elementwise": (Unknown("s", "elementwise"), (4,)),
    "vector": (Unknown("h", "array", 0, m), (4,)),
    "matrix": (Unknown("F", "array", 0, m, n), (4,)),
    "square matrix": (Unknown("F", "array", 0, m, m), (3, 4)),
    "curve": (Unknown("C", "curve", 0, m, n), ()),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [0, 1])
def test_a_stand_in_has_the_derivative_that_it_is_given(kind: str, order: int) -> None:
    f, shape = KINDS[kind]
    x = sym("x", {0: (ONE, ONE), 1: (n, ONE), 2: (m, n)}[len(shape)])
    found = stand_ins([unknown_value(f, x)], {"m": 3, "n": 4})
    function, derivative = found[f.name, f.kind, order], found[f.name, f.kind, order + 1]
    at, v = np.random.default_rng(1).standard_normal((2, *shape))
    h = 1e-6
    measured = (np.asarray(function(at + h * v)) - np.asarray(function(at - h * v))) / (2 * h)
    given = derivative(at)
    if f.kind in ("elementwise", "curve") or np.shape(given) == shape:
        expected = given * v if np.ndim(measured) else np.sum(given * v)
    else:
        expected, measured = given @ np.ravel(v, order="F"), np.ravel(measured, order="F")
    np.testing.assert_allclose(measured, expected, rtol=1e-6, atol=1e-9)


def test_a_wrong_derivative_of_an_unknown_function_is_refused() -> None:
    x = VARIABLES["x"]
    y = unknown_value(Unknown("f", "scalar"), x)
    gradient = unknown_value(Unknown("f", "scalar", 1), x)

    def check(claim: Expr) -> Certificate:
        program = Program([claim])
        return certify(y, x, lambda p: program(p.values, p.sizes, p.unknowns)[0], lambda a, v, _: apply(a, v, 0, 1, "mixed"), [x])

    assert check(gradient).error < 1e-8
    with pytest.raises(CertificateError):
        check(add(gradient, x))


def test_a_point_holds_what_an_expression_needs() -> None:
    point = next(iter(points([VARIABLES["A"]], [VARIABLES["A"]])))
    assert isinstance(point, Point)
    assert point.values["A"].shape == (point.sizes["m"], point.sizes["n"])


def test_a_form_that_does_not_exist_is_a_wrong_usage() -> None:
    with pytest.raises(UsageError, match="unknown form"):
        derived("x^T*x", "x", {"x": "n"}, form="tensor")

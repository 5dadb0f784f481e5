"""The derivative as a linear map: differentials, directions, exact increments, values at a point. Rows stand in the ids."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from matcalc import Derivative, MatcalcError, cli, derive
from matcalc.answers.expansions.increments import increment
from matcalc.book.choices import LAYOUTS
from matcalc.commands.derive import derive_command
from matcalc.errors import CertificateError
from matcalc.numbers.certifying.certificate import certify_map
from matcalc.numbers.certifying.slope import random_moves
from matcalc.numbers.points import POINT_HINT, array_text, read_values
from matcalc.numbers.sampling.random_points import Point
from matcalc.reading.request import read_request

PLANE = {"a": "scalar", "b": "scalar"}


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


def shell(*arguments: str) -> Result:
    return CliRunner().invoke(derive_command, arguments)


def arrays(rng: np.random.Generator, d: Derivative) -> dict[str, Any]:
    """Random arrays for the variables of a derivative, every dimension with a size of its own."""
    sizes = {"m": 3, "n": 4, "p": 2, "q": 5}
    return {
        name: rng.standard_normal([sizes[w] for w in shape.split() if w != "x"]) for name, shape in d.variables.items() if shape != "scalar"
    }


# ---------------------------------------------------------------------------------------------- differentials


@pytest.mark.parametrize(
    ("request_", "variables", "text"),
    [
        pytest.param("d (W*x + b)/d(x, W, b)", {}, "W*dx + dW*x + db", id="C34-affine-layer"),
        pytest.param("d (p^T*A*q)/d(p, q)", {}, "dp^T*A*q + p^T*A*dq", id="C34-two-pieces"),
        pytest.param("d (X*W^T)/dW", {}, "X*dW^T", id="C23-map-of-a-batch"),
        pytest.param("d (W*x + b)/db", {}, "db", id="C23-bias"),
        pytest.param("d X^-1/dX", {}, "-X^-1*dX*X^-1", id="C23-inverse"),
        pytest.param("d (a/b)/d(a, b)", PLANE, "da/b - a*db/b^2", id="C68-quotient-rule"),
        pytest.param("d (2*a^2*b)/d(a, b)", PLANE, "2*a^2*db + 4*a*b*da", id="C29-plane"),
        pytest.param("d tr(A X)/d(A, X, Y)", {}, "tr(A*dX) + tr(X*dA)", id="C34-a-variable-that-does-not-occur"),
    ],
)
def test_total_differential(request_: str, variables: dict[str, str], text: str) -> None:
    found = one(request_, variables=variables, form="differential")
    assert found.text == text
    assert found.shape == tuple(map(str, found.request.expr.shape))
    assert found.certificate is not None


def test_the_total_derivative_is_the_sum_of_the_partial_ones() -> None:
    """C34: f'(c)(v) = f'_{c2}(c1)(v1) + f'_{c1}(c2)(v2)."""
    total = one("tanh(W*x + b)^T*r", wrt="(W, x, b)", form="differential", variables={"r": "m"})
    rng = np.random.default_rng(1)
    point = arrays(rng, total)
    parts = [one("tanh(W*x + b)^T*r", wrt=x, form="differential", variables={"r": "m"}) for x in "Wxb"]
    assert total.function()(**point) == pytest.approx(sum(p.function()(**{k: point[k] for k in p.needs}) for p in parts))


def test_a_split_input() -> None:
    """C35: with one part of c = (c1, c2) held, the map is that of the other part alone."""
    assert one("c1^T*A*c2", wrt="c1", form="differential").text == "dc1^T*A*c2"
    assert one("c1^T*A*c2", wrt="(c1, c2)", along=["c1 = v1"]).text == "v1^T*A*c2"


@pytest.mark.parametrize("expression", ["sin(A*x)", "x*x^T*b", "softmax(A*x)"])
def test_the_map_is_linear(expression: str) -> None:
    """C23: T(2u - 3v) = 2 T(u) - 3 T(v)."""
    d = one(expression, wrt="x", form="differential")
    rng = np.random.default_rng(2)
    point = arrays(rng, d)
    u, v = rng.standard_normal((2, *point["x"].shape))

    def t(dx: Any) -> Any:
        return d.function()(**{**point, "dx": dx})

    assert t(2 * u - 3 * v) == pytest.approx(2 * t(u) - 3 * t(v))


def test_the_differential_in_latex_and_numpy() -> None:
    """C88: an increment is d and a letter."""
    d = one("W*x + b", wrt="(x, W, b)", form="differential")
    assert d.latex == r"W \,\mathrm{d}x + \mathrm{d}W \,x + \mathrm{d}b"
    assert d.needs == ("W", "x", "dx", "dW", "db")
    assert d.shape == ("m", "1")


def test_layouts_leave_the_map_alone() -> None:
    """C14."""
    texts = {one("X^-1", wrt="X", form="differential", layout=layout).text for layout in LAYOUTS}
    assert texts == {"-X^-1*dX*X^-1"}


# ----------------------------------------------------------------------------------------------- directions


@pytest.mark.parametrize(
    ("expression", "along", "text"),
    [
        pytest.param("sin(A*x)", "x = u", "(A*u).*cos(A*x)", id="C21-vector"),
        pytest.param("logsumexp(x)", "x = u", "u^T*softmax(x)", id="C21-gradient-times-direction"),
        pytest.param("W*x + b", "x = u; W = U; b = v", "W*u + U*x + v", id="C34-all-at-once"),
        pytest.param("logdet(X)", "X = V", "tr(V*X^-1)", id="C21-matrix"),
        pytest.param("X^-1", "X = X", "-X^-1", id="C21-the-point-itself"),
        pytest.param("x^T A x", "x = A*x", "x^T*(A^2 + A^T*A)*x", id="C21-an-expression"),
        pytest.param("W*x", "W = u*v^T", "(v^T*x)*u", id="C32-rank-one"),
        pytest.param("W*x", "W = 0*W", "zeros(m)", id="C23-zero"),
    ],
)
def test_directional_derivative(expression: str, along: str, text: str) -> None:
    found = one(expression, along=[along])
    assert found.text == text
    assert found.form == "directional"
    assert found.certificate is not None


def test_a_direction_that_is_a_matrix() -> None:
    """C21: T_W J(Delta) = (grad_y J)^T Delta x = trace(x (grad_y J)^T Delta)."""
    d = one("sum(sin(W*x))", along={"W": "E"})
    rng = np.random.default_rng(3)
    point = arrays(rng, d)
    gradient = np.cos(point["W"] @ point["x"])
    assert d.function()(**point) == pytest.approx(gradient @ point["E"] @ point["x"])
    assert d.function()(**point) == pytest.approx(np.trace(np.outer(point["x"], gradient) @ point["E"]))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_unit_direction_gives_a_column_of_the_jacobian(k: int) -> None:
    """C22: D_k f(c) is the k-th column."""
    jacobian = one("tanh(A*x)", wrt="x", layout="numerator")
    column = one("tanh(A*x)", along=[f"x = e_{k}"])
    point = arrays(np.random.default_rng(4), jacobian)
    assert column.function()(**{name: point[name] for name in ("A", "x")}) == pytest.approx(jacobian.function()(**point)[:, k - 1])


def test_a_unit_matrix_gives_an_entry_of_the_gradient() -> None:
    """C22: the direction E_ij gives [(grad_y J) x^T]_ij."""
    gradient = one("sum(sin(W*x))", wrt="W")
    entry = one("sum(sin(W*x))", along=["W = E_23"])
    point = arrays(np.random.default_rng(5), gradient)
    assert entry.function()(**point) == pytest.approx(gradient.function()(**point)[1, 2])


def test_the_map_is_the_sum_over_coordinates() -> None:
    """C24: T_c(v) = sum of v_k D_k f(c); for a real value the gradient times v."""
    jvp = one("sin(A*x)", along=["x = v"])
    point = arrays(np.random.default_rng(6), jvp)
    columns = [one("sin(A*x)", along=[f"x = e_{k}"]).function()(A=point["A"], x=point["x"]) for k in range(1, 5)]
    assert jvp.function()(**point) == pytest.approx(sum(v * c for v, c in zip(point["v"], columns, strict=True)))


def test_the_remainder_vanishes() -> None:
    """C25: ||f(c + v) - f(c) - T_c(v)|| / ||v|| goes to 0 with v; C29: f(c + v) - f(c) is T_c(v) only nearly (E12)."""
    jvp = one("sin(A*x)", along=["x = v"])
    point = arrays(np.random.default_rng(7), jvp)
    at = np.sin(point["A"] @ point["x"])
    errors = []
    for h in (1.0, 0.1, 0.01, 0.001):
        v = h * point["v"]
        rest = np.sin(point["A"] @ (point["x"] + v)) - at - jvp.function()(**{**point, "v": v})
        errors.append(np.linalg.norm(rest) / np.linalg.norm(v))
    assert errors[0] > 0.1
    assert all(coarse > 5 * fine > 0 for coarse, fine in pairwise(errors[1:]))


@pytest.mark.parametrize(
    ("expression", "wrt", "change"),
    [
        pytest.param("sin(v)^T*b", "v", lambda d, dv: d @ dv, id="C29-scalar-by-vector"),
        pytest.param("sin(c)*b", "c", lambda d, dv: d * dv, id="C29-vector-by-scalar"),
        pytest.param("sin(A*v)", "v", lambda d, dv: d.T @ dv, id="C29-vector-by-vector-is-transposed"),
        pytest.param("sum(sin(M))", "M", lambda d, dv: np.trace(d.T @ dv), id="C29-scalar-by-matrix"),
        pytest.param("sin(c)*M", "c", lambda d, dv: d.T * dv, id="C29-matrix-by-scalar-is-transposed"),
    ],
)
def test_small_changes(expression: str, wrt: str, change: Any) -> None:
    """In denominator layout the change is (dw/dv)^T*dv, in every kind the differential."""
    variables = {"c": "scalar", "v": "n", "b": "n", "A": "m n", "M": "m n"}
    used = {k: v for k, v in variables.items() if k in expression}
    d, jvp = one(expression, wrt=wrt, variables=used), one(expression, along=[f"{wrt} = u"], variables=used)
    point = {"c": 0.3, **arrays(np.random.default_rng(8), jvp)}
    u = point.setdefault("u", 0.2)
    value = d.function()(**{k: point[k] for k in d.needs})
    assert change(value, u) == pytest.approx(jvp.function()(**{k: point[k] for k in jvp.needs}))


@pytest.mark.parametrize("expression", ["theta^T*x + b", "W*x + b", "tr(A*X)"])
def test_affine_functions_have_constant_derivatives(expression: str) -> None:
    """C30: the derivative of an affine function does not hold the variable."""
    x = "X" if "X" in expression else "x"
    d = one(expression, wrt=x, variables={"theta": "n", "b": "scalar" if "theta" in expression else "m"})
    assert x not in d.needs


@pytest.mark.parametrize(
    ("expression", "along", "message"),
    [
        ("d (W x)/dW", "Q = U", "the derivative is by W, so it has no direction for Q"),
        ("W x", "W = u*v^T + A*B^T*x", "cannot add"),
        ("A X", "X = A*X^T", "cannot multiply"),
        ("W x", "x = x^T", "the direction x^T is 1 x n, but x is n x 1\n  x^T\n  ^^^"),
        ("W x", "u", 'expected a direction NAME = V\n  u\n  ^\nhint: write X = V, V a name or an expression, such as "x = u" or "x = e_1"'),
        ("x^T x", "x = e_0", "there is no e_0: the entries of an axis of length n count from 1\n  e_0\n  ^^^"),
    ],
)
def test_directions_that_are_refused(expression: str, along: str, message: str) -> None:
    """C86."""
    with pytest.raises(MatcalcError) as caught:
        derive(expression, along=[along])
    assert str(caught.value).startswith(message)


def test_second_derivatives_have_no_differential_form() -> None:
    """C23."""
    with pytest.raises(MatcalcError, match="the differential form is of a first derivative"):
        derive("d^2 (x^T x)/dx^2", form="differential")


def test_a_taken_name_is_no_increment() -> None:
    """C23: dx cannot be both a variable and the increment of x."""
    with pytest.raises(MatcalcError, match="dx is a variable, so it cannot stand for an increment"):
        derive("x^T*dx", wrt="x", form="differential")


def test_a_wrong_map_is_withheld() -> None:
    """C20: the finite differences also fail a perturbed answer."""
    read = read_request("d (W*x + b)/d(x, W, b)")
    variables = list(read.variables.values())

    def value(factor: float) -> Any:
        return lambda p, m: p.values["W"] @ m["x"] + factor * m["W"] @ p.values["x"] + m["b"]

    def moves(p: Point) -> dict[str, Any]:
        return random_moves(["x", "W", "b"], p)

    assert certify_map(read.expr, moves, value(1.0), variables).error < 1e-9
    with pytest.raises(CertificateError):
        certify_map(read.expr, moves, value(1.001), variables)


# ------------------------------------------------------------------------------------------ exact increments


@pytest.mark.parametrize(
    ("expression", "wrt", "whole", "first", "remainder"),
    [
        pytest.param("W*x + b", "(x, W, b)", "W*dx + dW*(x + dx) + db", "W*dx + dW*x + db", "dW*dx", id="C31-affine-layer"),
        pytest.param("W*x + b", "x", "W*dx", "W*dx", "zeros(m)", id="C31-affine-in-x"),
        pytest.param("X*W^T", "W", "X*dW^T", "X*dW^T", "zeros(m,p)", id="C31-batch"),
        pytest.param("tr(X^2)", "X", "2*tr(X*dX) + tr(dX^2)", "2*tr(X*dX)", "tr(dX^2)", id="C31-square"),
        pytest.param("p^T*A*q", "(p, q)", "dp^T*A*q + (p + dp)^T*A*dq", "dp^T*A*q + p^T*A*dq", "dp^T*A*dq", id="C31-two-pieces"),
        pytest.param("[x[1]*x[2]; x[1]]", "x", None, None, "[dx[1]*dx[2]; 0]", id="C31-entries"),
        pytest.param("X^3", "X", None, "X^2*dX + X*dX*X + dX*X^2", None, id="C31-noncommuting"),
        pytest.param("x.^2", "x", "dx.^2 + 2*(dx.*x)", "2*(dx.*x)", "dx.^2", id="C31-entrywise"),
    ],
)
def test_exact_increment(expression: str, wrt: str, whole: str | None, first: str | None, remainder: str | None) -> None:
    found = increment(expression, wrt)
    told = found.to_dict()
    for name, expected in (("increment", whole), ("first_order", first), ("remainder", remainder)):
        assert expected is None or told[name] == expected
    assert found.error < 1e-12
    assert found.is_affine is (told["remainder"].startswith("zeros"))


def test_the_increment_along_an_axis() -> None:
    """C22: f(x + h e_i) - f(x) = h w_i, exactly."""
    found = increment("w^T*x + b", "x", variables={"b": "scalar"})
    assert found.is_affine
    assert found.text == one("w^T*x + b", wrt="x", variables={"b": "scalar"}, form="differential").text


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("exp(x)", "exp is no polynomial in x, so the increment is no finite sum"),
        ("X^-1", "an inverse is no polynomial in X, so the increment is no finite sum"),
        ("b^T*x/(x^T*x)", "a quotient is no polynomial in x, so the increment is no finite sum"),
        ("logdet(X)", "logdet is no polynomial in X, so the increment is no finite sum"),
        ("det(X)", "det is not multiplied out here"),
    ],
)
def test_increments_that_are_refused(expression: str, reason: str) -> None:
    """C31: only a polynomial has a finite one."""
    with pytest.raises(MatcalcError) as caught:
        increment(expression, "X" if "X" in expression else "x")
    assert str(caught.value) == f"{reason}\nhint: `matcalc taylor` expands it to first or second order"


def test_increment_as_a_command() -> None:
    """C31: the increment, its first-order part and the rest."""
    run = CliRunner().invoke(cli.group, ["increment", "W*x + b", "--wrt", "(x, W, b)"])
    assert run.stdout.splitlines()[:4] == ["W*dx + dW*(x + dx) + db", "", "  first-order part: W*dx + dW*x + db", "  remainder: dW*dx"]
    told = json.loads(CliRunner().invoke(cli.group, ["increment", "W*x + b", "--wrt", "(x, W, b)", "--to", "json"]).stdout)
    assert (told["remainder"], told["affine"], told["exact"]) == ("dW*dx", False, True)
    assert told["latex"]["remainder"] == r"\mathrm{d}W \,\mathrm{d}x"


# --------------------------------------------------------------------------------------------- values at points


@pytest.mark.parametrize(
    ("request_", "at", "value"),
    [
        pytest.param("d [cos(x), sin(x); exp(x), tanh(x)]/dx", "x = 0", [[0, 1], [1, 1]], id="C28-matrix-of-a-scalar"),
        pytest.param("d (x^2)/dx", "x = 1", 2, id="C28-x-1"),
        pytest.param("d (x^2)/dx", "x = 1.01", 2.02, id="C28-x-1.01"),
        pytest.param("d (y^T A y)/dy", "y = [1; 2], A = [1, 2; 3, 4]", [12, 21], id="C28-vector"),
        pytest.param("d (y^T A y)/dy", "y = [1, 2]; A = 2*eye(2)", [4, 8], id="C28-a-row-of-numbers-serves"),
        pytest.param("d tr(X)/dX", "n = 2", [[1, 0], [0, 1]], id="C28-a-size"),
        pytest.param("d (A*X*B)/dX", "A = [1, 2], B = [1; 3]", [[1, 2, 3, 6]], id="C28-vec-form"),
    ],
)
def test_value_at_a_point(request_: str, at: str, value: Any) -> None:
    found = one(request_, variables={"x": "scalar"}, layout="numerator").at(at)
    assert np.reshape(found.array, -1).tolist() == pytest.approx(np.reshape(value, -1).tolist())


def test_value_in_index_form() -> None:
    """C28: with three axes, as nested lists."""
    d = one("d (W*x)/dW", form="index")
    value = d.at({"x": np.array([1.0, 2.0]), "m": 2})
    assert value.array.shape == (2, 2, 2)
    assert value.text == "[[[1.0, 0.0], [2.0, 0.0]], [[0.0, 1.0], [0.0, 2.0]]]"


def test_a_size_without_a_value() -> None:
    """C28: a size that no array tells is asked for, in every form."""
    for form in ("vec", "index"):
        with pytest.raises(MatcalcError) as caught:
            one("d kron(A, X)/dX", form=form).at("A = eye(2)")
        assert str(caught.value) == "the size p, q cannot be told from the values\nhint: give p = 3"


def test_value_as_a_command(tmp_path: Path) -> None:
    """C28: first the value, then what it is a value of."""
    lines = shell("d (x^T A x)/dx", "--at", "x=[1;2], A=[1,2;3,4]").stdout.splitlines()
    assert lines[:3] == ["[12; 21]", "", "  the value of (A + A^T)*x"]
    told = json.loads(shell("d (x^T A x)/d(x, A)", "--at", "x=[1;2]", "--at", "A=eye(2)", "--to", "json").stdout)
    assert [t["value"] for t in told] == [[2.0, 4.0], [[1.0, 2.0], [2.0, 4.0]]]
    np.savez(tmp_path / "point.npz", x=np.array([1.0, 2.0]), A=np.eye(2))
    assert shell("d (x^T A x)/dx", "--at", str(tmp_path / "point.npz")).stdout.startswith("[2; 4]\n")


def test_value_along_a_direction() -> None:
    """C21: a directional derivative at a point."""
    assert shell("W*x", "--along", "W=U", "--at", "U=[1,2;3,4], x=[1;1]").stdout.startswith("[3; 7]\n")


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("x = [1; 2]", "the value at a point needs A (n x n)\nhint: give A = [1, 2; 3, 4]"),
        ("x = 0, A = eye(2)", "x is n x 1, but its value is a number\nhint: x = [1; 2; 3]"),
        ("x = [1; 2], A = eye(3)", "the value of A has 3 entries where n is 2"),
        ("x = [1; 2], y = 3", "y does not occur here\nhint: known are x, A, n"),
        (
            "x = a",
            "a is not known here\n  x = a\n      ^\nhint: a value is a number or an array of numbers, such as 0.5, [1; 2] or eye(3)",
        ),
        (
            "x",
            f"expected NAME = VALUE\n  x\n  ^\nhint: {POINT_HINT}",
        ),
        ("x = 1, x = 2", "x is given two values\n  x = 1, x = 2\n         ^^^^^"),
        ("x = 1/0", "this is no finite number\n  x = 1/0\n      ^^^"),
        (
            "x = ones(n)",
            "the size of this value is no number\n  x = ones(n)\n      ^^^^^^^\nhint: give the sizes as numbers, such as ones(3)",
        ),
    ],
)
def test_points_that_are_refused(at: str, message: str) -> None:
    """C86: what is missing is named."""
    with pytest.raises(MatcalcError) as caught:
        one("d (x^T A x)/dx").at(at)
    assert str(caught.value) == message


def test_a_value_that_does_not_exist() -> None:
    """C90: outside the domain there is no value."""
    with pytest.raises(MatcalcError, match="the derivative is not finite at this point"):
        one("d log(x)/dx", variables={"x": "scalar"}).at("x = 0")
    with pytest.raises(MatcalcError, match="the function f is unknown, so the derivative has no value at a point"):
        one("d f(x)/dx", variables={"f": "vector -> scalar"}).at("x = [1; 2]")
    refused = shell("d (x^T x)/dx", "--at", "x=[1;2]", "--to", "numpy")
    assert refused.exit_code == 2
    assert "a value is printed as text, unicode or json, not as numpy; leave out --at for the formula" in refused.stderr


@pytest.mark.parametrize(
    ("request_text", "told"),
    [
        ("d sum(relu(A*x))/dx", "no derivative where an entry of A*x is 0"), ("d ||x||/dx", "no derivative where x = 0"),
        ("d norm1(A*x)/dx", "no derivative where an entry of A*x is 0"), ("d normF(X)/dX", "no derivative where X = 0"),
        ("d abs(x[1])*sum(relu(b))/dx", "no derivative where x[1] = 0"), ("d ||A*x - b||^2/dx", None), ("d sum(relu(b))*sum(x)/dx", None),
    ],
)  # fmt: skip
def test_where_there_is_no_derivative(request_text: str, told: str | None) -> None:
    """C90: the kinks of the function are told, those of constants are not."""
    assert [r for r in one(request_text).remarks if r.startswith("no derivative")] == ([told] if told else [])


def test_the_value_of_an_index_form() -> None:
    """C28: with axes of length 1, and where an axis is fused of two."""
    assert one("d (x^T A x)/dx", form="index").at("x = [1; 2], A = [1, 2; 3, 4]").text == "[12; 21]"
    value = one("d kron(A,B)/dA", form="index", layout="mixed", variables={"A": "2 2", "B": "2 1"}).at("A = eye(2), B = [3; 4]")
    wanted = np.einsum("ac,bd,xy->abxycd", np.eye(2), np.eye(2), np.array([[3.0], [4.0]])).transpose(0, 2, 1, 3, 4, 5).reshape(4, 2, 2, 2)
    np.testing.assert_allclose(value.array, wanted)


@pytest.mark.parametrize(
    ("along", "message"),
    [
        (["x[1]=1; x[1]=2"], "x[1] is given two directions"), (["x=v; x[1]=1"], "x is given two directions"),
        (["x[99:98]=v"], "x is n x 1 and has no x[99:98]"), (["x[1:2]=[1;2;3]"], "the direction [1;2;3] is 3 x 1, but x[1:2] is 2 x 1"),
        (["A[1]=1"], "A is m x n and has no A[1]"), (["q[1]=1"], "q is scalar and has no q[1]"),
    ],
)  # fmt: skip
def test_directions_of_parts_that_are_refused(along: list[str], message: str) -> None:
    """C86: each part moves once, in its own shape."""
    with pytest.raises(MatcalcError) as caught:
        derive("sum(exp(A*x))*q", along=along, variables={"A": "m n", "x": "n", "q": "scalar"})
    assert message in str(caught.value)


def test_a_file_that_is_no_point(tmp_path: Path) -> None:
    """C28."""
    assert shell("d (x^T x)/dx", "--at", "nowhere.npz").stderr == "Error: No such file or directory: nowhere.npz\n"
    (tmp_path / "text.npz").write_text("1 2 3")
    assert "is no file of numeric arrays" in shell("d (x^T x)/dx", "--at", str(tmp_path / "text.npz")).stderr
    np.savez(tmp_path / "words.npz", x=np.array(["a"]))
    assert "x in " in shell("d (x^T x)/dx", "--at", str(tmp_path / "words.npz")).stderr


@pytest.mark.parametrize("array", [np.array(0.5), np.array([1.0, -2.0]), np.array([[1.0, 2.5], [0.0, 1e-12]])])
def test_values_are_read_back(array: Any) -> None:
    """C88: an array is printed in the notation in which it is read."""
    assert np.ravel(read_values(f"x = {array_text(array)}")["x"]) == pytest.approx(np.ravel(array))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("d tr(X^3)/dX", "3*tr(X^2*dX)"),
        ("d tr(X^k)/dX", "k*tr(X^(k - 1)*dX)"),
        ("d tr(expm(X))/dX", "tr(dX*expm(X))"),
        ("d tr(sqrtm(X))/dX", "tr(dX*sqrtm(X)^-1)/2"),
        ("d sqrtm(X)/dX", "sqrtm_frechet(X,dX)"),
    ],
)
def test_the_differential_of_a_function_of_a_matrix(request_: str, expected: str) -> None:
    found = derive(request_, form="differential")
    assert isinstance(found, Derivative)
    assert found.text == expected
    assert found.certificate is not None
    assert found.certificate.status == "checked"

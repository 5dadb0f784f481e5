"""Generated code: what it computes in every dialect, what it avoids, and the test that it may carry."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from strategies import VARIABLES, cases

from matcalc import codegen, derive
from matcalc.answers.derivative import Derivative
from matcalc.answers.selftest import code_of
from matcalc.book import rules as rulebook
from matcalc.codegen import chains
from matcalc.commands.derive import derive_command
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.numbers.evaluate import evaluate
from matcalc.numbers.sampling.domain import points
from matcalc.numbers.sampling.random_points import Point

RELAXED = settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
FEW = settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
OTHERS = ["jax", "torch"]


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **{"check": False, **options})
    assert isinstance(found, Derivative)
    return found


def installed(target: str) -> None:
    """Skips where the library is missing; double precision is the default of these tests."""
    module = pytest.importorskip(target)
    if target == "jax":
        module.config.update("jax_enable_x64", True)


def called(d: Derivative, target: str, point: Point) -> Any:
    function = d.function(target)
    # The points that are drawn cannot be written to, at which PyTorch warns.
    given_values = {**point.sizes, **{name: np.array(value) for name, value in point.values.items()}}
    return np.asarray(function(**{name: given_values[name] for name in codegen.parameters_of(function)}))


def agrees(d: Derivative, target: str) -> None:
    """The code has the value that the evaluator gives, at the first point at which that is finite."""
    assert d.expr is not None
    for point in points(d.parameters, (d.expr,)):
        expected = evaluate([d.expr], point.values, point.sizes, point.unknowns)[0]
        if np.all(np.isfinite(expected)) and np.max(np.abs(expected), initial=0) < 1e6:
            found = called(d, target, point)
            if d.form == "vec":
                expected = np.reshape(expected, found.shape)
            assert found.shape == np.shape(expected)
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7 * (1 + np.max(np.abs(expected), initial=0)))
            return


def random_answer(case: tuple[str, str]) -> Derivative | None:
    try:
        d = one(case[0], wrt=case[1], variables=VARIABLES)
    except NotDifferentiable:
        return None
    return d if d.expr is not None else None


@RELAXED
@given(case=cases())
def test_numpy_code_has_the_value_of_the_expression(case: tuple[str, str]) -> None:
    d = random_answer(case)
    if d is not None:
        agrees(d, "numpy")


@pytest.mark.parametrize("target", OTHERS)
@FEW
@given(case=cases(depth=2))
def test_other_dialects_have_the_value_of_the_expression(target: str, case: tuple[str, str]) -> None:
    installed(target)
    d = random_answer(case)
    if d is not None:
        agrees(d, target)


REQUESTS = [
    "d (A X B)/dX", "d inv(X)/dX", "d (X*A*X)/dX", "d logsumexp(A*x)/dx", "d^2 logsumexp(A*x)/dx^2", "d sum(gelu(A*x))/dx",
    "d^2 sum(softplus(A*x))/dx^2", "d tr(X^3*B)/dX", "d logdet(X^T*X)/dX", "d normF(A*X - B)^2/dX", "d sum(relu(X*W))/dW",
    "d tr(expm(X))/dX", "d sum(softmax_rows(X).*G)/dX", "d (x^T*x)^(3/2)/dx", "d x/dx", "d 3*tr(X)/dX", "d (x*x^T)/dx",
    "d (c*[a; b])/dc where a: scalar; b: scalar; c: scalar", "d tr(diag(x)*A*diag(x)*B)/dx", "d X[1,2]^2/dX", "d norm1(x)/dx",
]  # fmt: skip


@pytest.mark.parametrize("target", ["numpy", *OTHERS])
@pytest.mark.parametrize("request_text", REQUESTS)
def test_textbook_cases_in_every_dialect(request_text: str, target: str) -> None:
    installed(target)
    agrees(one(request_text), target)


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize("form", ["index", "vec"])
def test_forms_in_every_dialect(target: str, form: str) -> None:
    installed(target)
    d = one("d (X*A*X)/dX", form=form)
    for point in points(d.parameters, ()):
        np.testing.assert_allclose(called(d, target, point), called(d, "numpy", point), atol=1e-9)
        break


@pytest.mark.parametrize("target", ["numpy", *OTHERS])
@pytest.mark.parametrize("name", rulebook.names())
def test_every_function_of_the_rule_book_has_code(name: str, target: str) -> None:
    rule = rulebook.find(name)
    assert rule is not None
    template, helper = codegen.DIALECTS[target].rule(rule)
    assert all("{" + p.name + "}" in template for p in rule.params)
    for word in set(re.findall(r"\b(\w+)\.\w", template + helper)) & {"np", "jnp", "jax", "torch"}:
        assert any(line.split()[-1] == word for line in codegen.DIALECTS[target].imports)


def test_jax_code_can_be_compiled() -> None:
    installed("jax")
    import jax

    d = one("d^2 logsumexp(A*x)/dx^2")
    rng = np.random.default_rng(0)
    a, x = rng.normal(size=(3, 4)), rng.normal(size=4)
    np.testing.assert_allclose(jax.jit(d.function("jax"))(a, x), d.function()(a, x), atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch_code_keeps_the_dtype(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    d = one("d (c*tr(X) + sum(softplus(X)))/dX where c: scalar")
    value = d.function("torch")(X=torch.ones(2, 2, dtype=getattr(torch, dtype)), c=0.1)
    assert str(value.dtype) == f"torch.{dtype}"
    assert d.function("torch")(X=torch.ones(2, 2, dtype=torch.int64), c=1).dtype == torch.get_default_dtype()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match="torch is not installed"):
        one("d tr(X)/dX").function("torch")


# ---------------------------------------------------------------------------------------- what the code avoids


def statements(request: str, **options: Any) -> str:
    return "\n".join(line for line in one(request, **options).numpy.splitlines() if "np.asarray" not in line)


AVOIDED = [
    ("grad_b x^T*inv(S)*b", ["np.linalg.solve("], ["inv("]),
    ("d logdet(X^T*X)/dX", ["np.linalg.solve(X.T @ X, X.T).T"], ["inv("]),
    ("d (c*tr(inv(A)*B))/dc", ["np.trace(np.linalg.solve(A, B))"], ["inv("]),
    ("d (inv(X) + X)/dX", ["inv(X)"], ["solve("]),
    ("d logdet(S)^2/dS", ["slogdet"], ["np.log("]),
    ("d^2 sum(log(1 + exp(X*w)))/dw^2", [], ["np.diag("]),
    ("d sum(diag(u)*A*diag(v)*x)/dx", [], ["np.diag(", "np.ones("]),
    ("d tr(A*X*B)^2/dX", ["np.sum("], ["np.trace("]),
    ("d (tr(A*B)*tr(X))/dX where A: m x n", ["np.sum(A*B.T)"], ["np.trace("]),
    ("d (x^T*A*A*A*x)/dx", [], ["matrix_power", "A @ A @"]),
    ("d sum(exp(X*W + ones(m)*b^T))/dW where X: m x n; W: n x p; b: p", ["b + X @ W"], ["np.outer(", "np.ones("]),
    ("d (ones(n)^T*x)^2/dx", ["np.sum(x)"], ["np.outer("]),
    ("d x^T*(A + A^T)*x/dx", ["A @ x", "A.T @ x"], ["A + A.T"]),
    ("d (x^T*(eye(n) - u*u^T)*y)/dy", ["- (u @ x)*u"], ["np.eye(", "np.outer("]),
    ("d (u^T*kron(A,B)*v)/dv", ["reshape("], ["kron("]),
    ("d (y^T*K(m,n)*x)/dy where x: m*n; y: m*n", ["x.reshape(n, m).T.reshape(-1)"], ["_commuted"]),
    ("d sum(kron(A,B)*vec(X))/dx where X: n x n; x: n; A: n x n; B: n x n", [], ["kron("]),
    ("d (A*X)/dX", ["np.zeros(", "_diagonals("], ["np.kron(", "np.eye("]),
]  # fmt: skip


@pytest.mark.parametrize(("request_text", "present", "absent"), AVOIDED)
def test_large_arrays_and_inverses_are_avoided(request_text: str, present: Sequence[str], absent: Sequence[str]) -> None:
    code = statements(request_text)
    assert all(part in code for part in present), code
    assert not any(part in code for part in absent), code


def test_products_are_bracketed_for_declared_sizes() -> None:
    options: dict[str, Any] = {"variables": {"A": "900 2", "B": "2 800", "X": "700 800", "C": "700 900"}}
    code = statements("tr(A*B*X^T*C)", wrt="X", **options)
    assert "C @ A @ B" in code
    assert "bracketed" not in code


def test_assumed_sizes_are_told() -> None:
    assert "# products are bracketed for " in statements("d tr(A*B*C*D*X)/dX where A: m x n; B: n x p; C: p x q; D: q x k")


@pytest.mark.parametrize(
    ("shapes", "plan"),
    [
        ([(2, 900), (900, 2), (2, 900)], [0, 1, -1, 2, -1]),
        ([(900, 2), (2, 900), (900, 1)], [0, 1, 2, -1, -1]),
        ([(1, 50), (50, 50), (50, 50)], [0, 1, -1, 2, -1]),
        ([(5, 5)] * 3, [0, 1, -1, 2, -1]),
        ([(5, 5)] * 20, [0, *(s for i in range(1, 20) for s in (i, -1))]),
        ([(5, 5)] * 20 + [(5, 1)], [*range(21), *[-1] * 20]),
    ],
)
def test_brackets(shapes: list[tuple[int, int]], plan: list[int]) -> None:
    assert chains.brackets([chains.factor("dense", m, n) for m, n in shapes]) == plan


def test_a_stretch_of_two_products_is_multiplied_once() -> None:
    code = statements("d (sin(x^T*A^T*A*x) + exp(x^T*A^T*A*x))/dx")
    assert len(re.findall(r"A @ x", code)) == 1


# ------------------------------------------------------------------------------------------------ arguments


def test_integer_arrays_do_not_overflow() -> None:
    d = one("d sum(x.^10)/dx")
    x = np.array([200, 3], dtype=np.int32)
    np.testing.assert_allclose(d.function()(x), 10 * x.astype(float) ** 9)


def test_a_column_is_read_as_a_vector() -> None:
    d = one("grad_x ||A*x - b||^2")
    rng = np.random.default_rng(0)
    a, x, b = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=3)
    np.testing.assert_array_equal(d.function()(a, x[:, None], b[:, None]), d.function()(a, x, b))


@pytest.mark.parametrize("expression", ["sigmoid(x)", "softplus(x)", "log(1 + exp(x))", "x.*sigmoid(x)"])
def test_saturated_functions_do_not_overflow(expression: str) -> None:
    x = np.array([-1000.0, -40.0, 0.0, 1000.0])
    value = one(f"sum({expression})", wrt="x").function()(x)
    assert np.all(np.isfinite(value))


def test_the_sigmoid_is_accurate_far_to_the_left() -> None:
    np.testing.assert_allclose(one("d sum(softplus(x))/dx").function()(np.array([-700.0, -40.0])), np.exp([-700.0, -40.0]), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 3])
def test_a_power_that_vanishes_for_one_entry(size: int) -> None:
    d = one("softmax(A*y).^(n-1)", wrt="y", variables={"A": "n n", "y": "n"})
    value = d.function()(A=np.ones((size, size)), y=np.ones(size))
    assert value.shape in ((), (size, size)) and np.all(np.isfinite(value))


# ------------------------------------------------------------------------------------------------ self-tests


def run_as_program(source: str, capsys: pytest.CaptureFixture[str]) -> str:
    exec(compile(source, "<generated>", "exec"), {"__name__": "__main__"})
    return capsys.readouterr().out


TESTED = [
    ("d tr(A*X*B)/dX", {}), ("d (A*X*B)/dX", {"form": "vec"}), ("d (X*A*X)/dX", {"form": "index"}),
    ("d sum(log(X*w))/dw", {}), ("d^2 logsumexp(A*x)/dx^2", {}), ("d^2 tr(X^T*A*X)/dX^2", {"form": "vec"}),
    ("d^2 (a^T*X*b)/da db^T", {}), ("d logdet(S)/dS where S: n x n spd", {}), ("d (t*x)/dt where t: scalar", {}),
    ("d r*x/dr where r: 1 x n; x: n", {}), ("d (X^T*X)^-1/dX", {"form": "vec"}), ("d tr(X^k)/dX", {}),
]  # fmt: skip


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize(("request_text", "options"), TESTED)
def test_a_module_tests_itself(request_text: str, options: dict[str, Any], layout: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = code_of([one(request_text, layout=layout, **options)], "numpy", tested=True)
    assert run_as_program(source, capsys).startswith("derivative agrees with finite differences")


@pytest.mark.parametrize("target", OTHERS)
def test_a_module_of_another_dialect_tests_itself(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    installed(target)
    source = code_of([one("d sum(softmax(A*x).*log(b))/dx where A: n x m; b: n; x: m")], target, tested=True)
    assert run_as_program(source, capsys).startswith("derivative agrees with finite differences")


def test_a_wrong_function_fails_its_test(capsys: pytest.CaptureFixture[str]) -> None:
    source = code_of([one("d tr(A*X)/dX")], "numpy", tested=True)
    assert source.count("return A.T") == 1
    with pytest.raises(AssertionError, match="differs from finite differences"):
        run_as_program(source.replace("return A.T", "return 2*A.T"), capsys)


@pytest.mark.parametrize(
    ("request_text", "options", "why"),
    [
        ("d tr(A*X)/dX", {"form": "differential"}, "a differential form"),
        ("d loss(W*x)/dx where loss: vector -> scalar", {}, "an unknown function"),
        ("d sum(exp(A*W))/dW[1,:]", {}, "an entry or slice"),
    ],
)
def test_no_test_for_what_cannot_be_tested(request_text: str, options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        code_of([one(request_text, **options)], "numpy", tested=True)


# ------------------------------------------------------------------------------------------- the command line


def printed(*words: str) -> str:
    result = CliRunner().invoke(derive_command, list(words))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("target", ["numpy", *OTHERS])
def test_each_variable_has_a_function_of_its_own(target: str) -> None:
    source = printed("d sum(sigmoid(W*x + b)) / d(W, b)", "--to", target)
    assert re.findall(r"^def (derivative\w*)\(", source, re.MULTILINE) == ["derivative_W", "derivative_b"]
    assert source.count(f"{codegen.DIALECTS[target].imports[-1]}\n") == 1
    compile(source, "<printed>", "exec")


def test_the_docstring_tells_formula_and_shapes() -> None:
    function = one("d (x^T*A*x)/dx").function()
    assert function.__doc__ is not None
    assert [line.strip() for line in function.__doc__.splitlines()[:4]] == ["(A + A^T)*x", "", "x: n, A: n x n", "returns n"]


def test_a_test_without_code_is_wrong_usage() -> None:
    result = CliRunner().invoke(derive_command, ["d tr(X)/dX", "--with-test"])
    assert result.exit_code != 0
    assert "--to numpy, jax or torch" in result.output


def test_printed_code_with_its_test_runs(capsys: pytest.CaptureFixture[str]) -> None:
    source = printed("d (a^T X b) / d(a, b)", "--to", "numpy", "--with-test")
    assert run_as_program(source, capsys).count("agrees with finite differences") == 2


def test_a_full_matrix_of_ones_is_a_factor() -> None:
    d = one("d (v + B^T*x)^T*(ones(p,p) + ones(p,p))^2*v/dB", variables={"v": "p", "B": "n p"}, layout="numerator")
    assert "ones(p,p)^2" in d.text
    agrees(d, "numpy")


def test_the_index_form_of_one_array_is_that_array() -> None:
    assert one("d (A*x)/dx", form="index", layout="numerator").numpy.splitlines()[-1] == "    return A"

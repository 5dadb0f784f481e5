"""MATLAB code: what is printed, and in GNU Octave the values of NumPy's code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from octave import needs_octave, values

from matcalc import codegen
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.book import rules as rulebook
from matcalc.cli import group
from matcalc.numbers.sampling.domain import points

REQUESTS = [
    "d tr(A*X*B)/dX", "d ||A*x - b||^2/dx", "d^2 logdet(X)/dX^2", "d (X*A*X)/dX", "d (A.*X)/dX", "d x^T*A*x/dx", "d A*x/dx",
    "d^2 logsumexp(A*x)/dx^2", "d softmax(x)/dx", "d sum(log(1 + exp(A*x)))/dx", "d x/||x||/dx", "d tr(X^4)/dX", "d X^-1/dX",
    "d kron(X,A)/dX", "d logdet(A + x*x^T)/dx", "d sum(exp(X))/dX", "d (c*x + b)/dc", "d c^3/dc", "d tr(A*X^-1*B)/dX", "d diag(x)/dx",
    "d ||X||_F/dX", "d x^T*y/dx", "d sum(X)/dX", "d det(X)/dX", "d tanh(W*x + b)/dx", "d sum(x./y)/dy", "d tr(expm(X))/dX",
    "d vec(X*B)/dX", "d X*x/dX", "d ||x - y||/dy", "d tr(kron(A,X))/dX", "d X^T*X/dX", "d x[2]/dx", "d A[1,2]*x^T*x/dx",
]  # fmt: skip
FORMS = [("d (X*A*X)/dX", "index"), ("d X^T*A*X/dX", "index"), ("d x*x^T/dx", "index"), ("d kron(A,X)/dX", "index"), ("d X.^2/dX", "index"),
         ("d kron(X,X)/dX", "index"),
         ("d X*x/dX", "vec"), ("d tanh(A*x)/dx", "matrix"), ("d x.*y/dx", "index")]  # fmt: skip
CASES = [
    *((r, "auto", "denominator") for r in REQUESTS), *((r, "auto", "numerator") for r in REQUESTS), *((r, f, "numerator") for r, f in FORMS)
]  # fmt: skip


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **{"check": False, **options})
    assert isinstance(found, Derivative)
    return found


def told(d: Derivative) -> tuple[list[Any], Any]:
    """The arguments of the MATLAB function, and the value of NumPy's."""
    numpy = codegen.compile_function(d.numpy)
    by_name = {codegen.parameter(v.data.name, codegen.DIALECTS["matlab"]): v.data.name for v in d.parameters}
    for point in points(d.parameters, () if d.expr is None else (d.expr,)):
        given = {**point.sizes, **{codegen.parameter(k, codegen.NUMPY): np.array(v) for k, v in point.values.items()}}
        with np.errstate(all="ignore"):
            expected = numpy(**{name: given[name] for name in codegen.parameters_of(numpy)})
        if np.all(np.isfinite(expected)):
            named = {**point.sizes, **{name: point.values[own] for name, own in by_name.items()}}
            return [named[name] for name in d.code_of("matlab", "derivative", False).parameters], expected
    raise AssertionError("no point")


@needs_octave
def test_octave_has_the_values_of_numpy(tmp_path: Path) -> None:
    answers = {f"case{k}": one(r, form=form, layout=layout) for k, (r, form, layout) in enumerate(CASES)}
    expected = {name: told(d) for name, d in answers.items()}
    found = values(tmp_path, {n: d.code("matlab") for n, d in answers.items()}, {n: (n, given) for n, (given, _) in expected.items()})
    for name, (_, value) in expected.items():
        assert not isinstance(found[name], str), (answers[name].text, found[name])
        kept = [n for n in found[name].shape if n != 1]
        assert kept == [n for n in np.shape(value) if n != 1], answers[name].text
        np.testing.assert_allclose(found[name].reshape(np.shape(value), order="A"), value, rtol=1e-9, atol=1e-9, err_msg=answers[name].text)


def called(name: str) -> str:
    """A request whose answer is linear in a function of the rule book, so that its code calls it."""
    rule = rulebook.find(name)
    assert rule is not None
    given = ",".join("2" if p.counts else p.name + "0" for p in rule.params)
    return f"d c*{name}({given})/dc"


def spelled(name: str) -> tuple[str, dict[str, str]]:
    rule = rulebook.find(name)
    assert rule is not None
    sizes = {"scalar": "scalar"}
    shapes = {p.name + "0": " x ".join(n for n in p.shape if n != "1") or sizes["scalar"] for p in rule.params if not p.counts}
    known = {"spd": " spd", "positive": " positive", "invertible": " invertible"}.get(rule.domain, "")
    first = rule.params[0].name + "0"
    if first in shapes:
        shapes[first] += known
    return called(name), {**shapes, "c": "scalar"}


@needs_octave
def test_every_function_of_the_rule_book_in_octave(tmp_path: Path) -> None:
    answers = {}
    for name in rulebook.names():
        rule = rulebook.find(name)
        if rule is not None and "matlab" in rule.code and not rule.complex.startswith("c"):
            request, variables = spelled(name)
            answers[f"of_{name}"] = one(request, variables=variables)
    expected = {}
    for name, d in answers.items():
        try:
            expected[name] = told(d)
        except (AssertionError, ValueError):
            continue
    assert len(expected) > 90
    sources = {n: answers[n].code("matlab") for n in expected}
    found = values(tmp_path, sources, {n: (n, given) for n, (given, _) in expected.items()})
    for name, (_, value) in expected.items():
        assert not isinstance(found[name], str), (name, found[name])
        np.testing.assert_allclose(found[name].reshape(np.shape(value), order="A"), value, rtol=1e-7, atol=1e-8, err_msg=name)


def test_every_function_of_the_rule_book_has_code() -> None:
    missing = [name for name in rulebook.names() if (rule := rulebook.find(name)) is None or "matlab" not in rule.code]
    assert missing == []


@needs_octave
def test_arguments_of_wrong_shapes_are_refused(tmp_path: Path) -> None:
    source = one("d ||A*x - b||^2/dx").code("matlab")
    a, x, b = np.ones((2, 3)), np.ones(3), np.ones(2)
    calls = {"right": ("f", [a, x, b]), "lying": ("f", [a, x[None, :], b]), "wrong": ("f", [a, b, b]), "matrix": ("f", [a, a, b])}
    found = values(tmp_path, {"f": source}, calls)
    np.testing.assert_allclose(found["right"], found["lying"])
    assert found["wrong"] == "expected shapes A: m x n, x: n, b: m, got [2 3], [2 1], [2 1]"
    assert "got [2 3], [2 3], [2 1]" in found["matrix"]


def test_a_function_of_several_values() -> None:
    source = CliRunner().invoke(group, ["derive", "d ||A*x - b||^2/dx", "--to", "matlab", "--give", "value_and_derivative"]).stdout
    assert source.startswith("function [value, result] = value_and_derivative(A, x, b)\n")
    assert source.rstrip().endswith("t1 = A*x - b;\nvalue = t1.'*t1;\nresult = 2*(A.'*t1);\nend")


def test_gradients_of_a_chain_are_fields() -> None:
    source = CliRunner().invoke(group, ["backprop", "L where z = W*x; L = ||z||^2", "--to", "matlab"]).stdout
    assert "result = struct('z', delta_z, 'W', d_W, 'x', d_x);" in source


@pytest.mark.parametrize(
    ("request_", "layout", "told"),
    [
        ("d x^T*x/dx", "numerator", "result = (2*x).';"),
        ("d x^T*x/dx", "denominator", "result = 2*x;"),
        ("d c^2/dc", "numerator", "result = 2*c;"),
        ("d X*x/dx", "numerator", "result = X;"),
    ],
)
def test_the_derivative_of_a_number_lies_as_its_layout_says(request_: str, layout: str, told: str) -> None:
    assert one(request_, layout=layout, form="vec").code("matlab").splitlines()[-2] == told


def test_a_call_needs_no_parentheses() -> None:
    assert "result = 3*det(X)^3*inv(X).';" in one("d det(X)^3/dX").code("matlab")


def test_names_that_matlab_has_already_are_not_hidden() -> None:
    source = one("d sum*end^2/dend", variables={"sum": "scalar", "end": "scalar"}).code("matlab")
    assert "derivative(sum_, end_)" in source


def test_entries_are_taken_from_what_has_a_name() -> None:
    source = one("d (A*X)[1,2]/dX").code("matlab")
    assert ")(" not in source


def test_a_delta_is_one_loop() -> None:
    source = one("d X.^2/dX", form="index").code("matlab")
    assert source.count("for ") == 2
    assert "t1(i, j, i, j) = t1(i, j, i, j) + " in source or "(i, j, j, i)" in source


@pytest.mark.parametrize("option", [["--dtype", "float32"], ["--with-test"]])
def test_what_is_said_of_arrays_of_python_alone_is_refused(option: list[str]) -> None:
    ran = CliRunner().invoke(group, ["derive", "d x^T*x/dx", "--to", "matlab", *option])
    assert ran.exit_code == 1
    assert "numpy, jax or torch" in ran.stderr

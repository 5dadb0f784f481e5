"""What five lecture notes on matrix derivatives state, in the forms in which they state it.

`corpus/lecture_notes.jsonl` holds their results (R, Z, H, S, J; see corpus/README.md); the rows C01 to C91 that the tests
name are the list of what the notes do, in docs/lecture-notes.md.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from index_notation import Formula
from named_arrays import SIZES, symbols, values_of
from places import CORPUS_FOLDER

from matcalc import Derivative, derive
from matcalc.algebra.node import Expr, sym
from matcalc.book.sizes import ONE
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.alone import read_expression

CASES = [json.loads(line) for line in (CORPUS_FOLDER / "lecture_notes.jsonl").read_text(encoding="utf-8").splitlines()]
LAYOUTS = ("numerator", "denominator", "mixed")
Case = dict[str, Any]


def having(*fields: str) -> list[Any]:
    return [pytest.param(c, id=c["id"]) for c in CASES if all(f in c for f in fields)]


def function_of(case: Case) -> str:
    """The case's function; one given by its entries is an array of them."""
    if "expr" in case:
        return str(case["expr"])
    return array_text(case["components"])


def array_text(entries: Any) -> str:
    if isinstance(entries, str):
        return entries
    return "[" + "; ".join(", ".join(row) for row in entries) + "]"


def derived(case: Case, layout: str, form: str = "auto") -> Derivative:
    found = derive(function_of(case), wrt=case["wrt"], variables=case["vars"], attrs=case.get("attrs"), layout=layout, form=form)
    assert isinstance(found, Derivative)
    return found






def value(text: str, variables: Mapping[str, Expr], values: Mapping[str, Any]) -> Any:
    e = read_expression(text, variables, dimensions=SIZES)
    return as_matrix(e, evaluate([e], values, SIZES)[0])


def called(found: Derivative, values: Mapping[str, Any]) -> Any:
    """The NumPy code's value."""
    function = found.function()
    given = {**values, **SIZES}
    return np.asarray(function(**{name: given[name.rstrip("_")] for name in inspect.signature(function).parameters}))


# ----------------------------------------------------------------------- chains with an unknown function (C36 to C51)


def chain_of(case: Case) -> tuple[str, str]:
    """The request of an abstract statement, and the name of what the unknown function is applied to."""
    ((inner, definition),) = case["abstract"]["let"].items()
    if case["abstract"]["expr"] == f"L({case['wrt']})":
        return f"dL/d{case['wrt']} where L = f({case['wrt']}); dL/d{case['wrt']} = g", case["wrt"]
    return f"dL/d{case['wrt']} where {inner} = {definition}; L = f({inner}); dL/d{inner} = g", definition


def chain(case: Case, layout: str, form: str = "auto") -> tuple[Derivative, dict[str, Expr]]:
    """The derivative of the abstract statement, and its variables with g."""
    request, _ = chain_of(case)
    found = derive(request, variables=case["vars"], layout=layout, form=form)
    assert isinstance(found, Derivative)
    return found, {v.data.name: v for v in (*found.parameters, *found.request.variables.values())}


@pytest.mark.parametrize("case", having("abstract"))
def test_a_chain_with_an_unknown_function_is_the_printed_formula(case: Case) -> None:
    """C36, C37, C40, C41, C46, C50, C57 to C59, C67: dJ/dW in terms of g = dJ/dy; in numerator layout, g is a row."""
    found, variables = chain(case, case["layout"])
    printed = case["abstract"]["result"]
    if case["layout"] == "numerator":
        turned = dict(variables, g=sym("g", variables["g"].shape[::-1]))
        values = values_of(turned)
        want = value(printed, turned, values)
    else:
        values = values_of(variables)
        want = value(printed, variables, values)
    np.testing.assert_allclose(value(found.text, variables, values), want, rtol=1e-9)
    assert found.certificate is not None
    assert "f(" not in found.text


@pytest.mark.parametrize("case", having("abstract"))
def test_a_chain_with_the_function_filled_in(case: Case) -> None:
    """C40, C48: the formula in g is the derivative of the whole where f and g are what the notes choose."""
    found, variables = chain(case, "denominator")
    given = symbols(case["vars"])
    values = values_of(given)
    inside = read_expression(chain_of(case)[1], given, dimensions=SIZES)
    (name,) = case["abstract"]["let"]
    at = {**values, name: evaluate([inside], values, SIZES)[0]}
    g = evaluate([read_expression(case["abstract"]["g"], {**given, name: sym(name, inside.shape)}, dimensions=SIZES)], at, SIZES)[0]
    whole = derived(case, "denominator")
    np.testing.assert_allclose(value(found.text, variables, {**values, "g": g}), value(whole.text, given, values), rtol=1e-9)


# -------------------------------------------------------------------------------------- index form (C45, C75)

SIDES = re.compile(r"d\w+(?:\[([\w,]+)\])?/d\w+\[([\w,]+)\] = (.*)")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", having("index_form"))
def test_the_index_form_is_the_printed_one_entry_by_entry(case: Case, layout: str) -> None:
    """C09 to C11, C45, C46, C55, C59, C66, C67, C75: the printed text, the code, and what the notes print agree."""
    if "abstract" in case:
        found, variables = chain(case, layout, "index")
    else:
        found = derived(case, layout, "index")
        variables = symbols(case["vars"])
    values = values_of(variables)
    sizes = [size_of(d, SIZES) for d in found.dims if d is not ONE]
    ours = Formula(found.text, values, variables, SIZES).array(found.labels, sizes)
    np.testing.assert_allclose(called(found, values), ours, rtol=1e-9, atol=1e-12)
    side = SIDES.fullmatch(case["index_form"])
    assert side is not None
    ys, xs = (group.split(",") if group else [] for group in side.groups()[:2])
    labels = {"numerator": ys + xs[::-1], "denominator": xs + ys[::-1], "mixed": ys + xs}[layout]
    named = {name: evaluate([read_expression(text, variables)], values, SIZES)[0] for name, text in case.get("let", {}).items()}
    if "abstract" in case and "y[" in side[3]:
        named["y"] = value("softmax(s)", variables, values).ravel()
    known = {**values, **named}
    if layout == "numerator" and "g" in known and np.ndim(known["g"]) == 2:
        known["g"] = known["g"].T
    theirs = Formula(side[3], known, variables, SIZES).array(labels, sizes)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


# ------------------------------------------------------------------------------ explicit entries (C04 to C07, C80)


@pytest.mark.parametrize("case", having("expected_components"))
def test_explicit_entries(case: Case) -> None:
    """C04 to C10, C22, C39, C80 to C82: every entry of the printed array, rows and columns included."""
    expected = case["expected_components"]
    variables = symbols(case["vars"])
    values = values_of(variables)
    found = derived(case, case["layout"])
    if is_tensor(expected):
        want = filled_in(expected, variables, values)
        np.testing.assert_allclose(called(derived(case, case["layout"], "index"), values), want, rtol=1e-9)
        return
    np.testing.assert_allclose(value(found.text, variables, values), value(array_text(expected), variables, values), rtol=1e-9)


def filled_in(entries: Any, variables: Mapping[str, Expr], values: Mapping[str, Any]) -> Any:
    """Nested lists of formulas as an array of values."""
    if isinstance(entries, str):
        return value(entries, variables, values)[0, 0]
    return np.array([filled_in(e, variables, values) for e in entries])


def is_tensor(expected: Any) -> bool:
    return isinstance(expected, list) and isinstance(expected[0][0], list)


# ---------------------------------------------------------------------------------------- shapes (C12 to C19)


@pytest.mark.parametrize("case", having("expected_shape"))
def test_the_shape_is_the_printed_one(case: Case) -> None:
    """C04 to C12, C14, C57, C81: rows and columns as the notes print them, all axes of a tensor."""
    expected = [str(d) for d in case["expected_shape"]]
    tensor = len(expected) > 2
    found = derived(case, case["layout"], "index" if tensor else "auto")
    assert list(found.shape) == (expected or ["1", "1"])


@pytest.mark.parametrize("case", having("plain_numpy"))
def test_mixed_layout_is_the_plain_order(case: Case) -> None:
    """C11, C13, C15, C44, C62: the axes of Y, then those of X, nothing reversed; as many entries as Y has times X has."""
    variables = symbols(case["vars"])
    values = values_of(variables, "spd" if "inv" in case["plain_numpy"] else "positive")
    found = derived(case, "mixed", "index")
    columns = {k: v.reshape(-1, 1) if np.ndim(v) == 1 and variables[k].data.ndim == 1 else v for k, v in values.items()}
    scope: dict[str, Any] = {"np": np, "eye": np.eye, "inv": np.linalg.inv, **SIZES, **columns}
    exec(f"plain = {case['plain_numpy']}", scope)
    np.testing.assert_allclose(called(found, values), scope["plain"], rtol=1e-9, atol=1e-12)
    y = read_expression(function_of(case), variables, dimensions=SIZES)
    assert called(found, values).size == np.prod([size_of(d, SIZES) for d in (*y.shape, *variables[case["wrt"]].shape)])


@pytest.mark.parametrize("case", having("index_form"))
def test_switching_the_layout_reverses_the_axes(case: Case) -> None:
    """C14: the numerator layout is the denominator layout with all axes reversed."""
    values = values_of(symbols(case["vars"]))
    numerator, denominator = (called(derived(case, layout, "index"), values) for layout in ("numerator", "denominator"))
    np.testing.assert_allclose(numerator, np.transpose(denominator))


@pytest.mark.parametrize("case", having("at"))
def test_a_value_at_a_point(case: Case) -> None:
    """C28: the derivative of a matrix of a scalar, at x = 0."""
    found = derived(case, case["layout"])
    transposed = np.transpose(case["expected_at"]) if case["layout"] == "denominator" else case["expected_at"]
    np.testing.assert_allclose(called(found, {"x": 0.0}), transposed)


@pytest.mark.parametrize(
    ("layout", "printed"),
    [("numerator", "delta[i,k + m*(j - 1)]"), ("denominator", "delta[k,i + m*(j - 1)]"), ("mixed", "delta[i,j + m*(k - 1)]")],
)
def test_the_axis_of_a_vec_is_told_by_its_parts(layout: str, printed: str) -> None:
    """C69, C75: entry (r,s) of X is entry r + m*(s - 1) of vec(X)."""
    found = derive("d vec(X)/dX", variables=["X: m x n"], layout=layout, form="index")
    assert isinstance(found, Derivative)
    assert found.text == printed

"""Published results (see tests/corpus/README.md): derived in every layout, and compared with the form that the source prints."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from textbook import CASES, LAYOUTS

from matcalc import Derivative, derive
from matcalc.algebra.node import Expr, sym
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.numbers.sampling.random_points import MANNERS, sample
from matcalc.reading.alone import read_expression


def derived(case: dict[str, Any], layout: str, form: str = "auto") -> Derivative:
    asked = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
    found = derive(case["expr"], wrt=case["wrt"], variables=case["vars"], layout=layout, form=form, **asked)
    assert isinstance(found, Derivative)
    return found


def sizes_of(case: dict[str, Any]) -> dict[str, int]:
    """A size of its own for every dimension name, unless the case has a wish."""
    names = dict.fromkeys(d for shape in case["vars"].values() for d in shape.split() if not d.isdigit())
    wished: dict[str, int] = case.get("sizes", {})
    return dict(zip(names, (3, 4, 2, 5, 6, 7, 8, 9), strict=False)) | wished


def known(variable: Expr, found: Derivative) -> Expr:
    """The variable with what is known of the point, which the symbol that is differentiated by does not carry."""
    name, properties = variable.data.name, variable.data.properties
    return sym(name, variable.shape, variable.data.ndim, properties | found.request.properties.get(name, frozenset()))


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES])
def test_every_layout_is_certified(case: dict[str, Any]) -> None:
    for layout in LAYOUTS:
        found = derived(case, layout)
        assert found.layout == layout
        assert found.certificate is not None


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES])
def test_the_form_of_the_source_has_the_same_value(case: dict[str, Any]) -> None:
    found = derived(case, case["layout"], case.get("form", "matrix"))
    assert found.expr is not None
    variables = found.request.variables
    printed = read_expression(case["expected"], variables)
    letters = sizes_of(case)
    turned = dict(zip(letters, reversed(letters.values()), strict=True))
    for sizes, manner in product((letters, turned), MANNERS):
        rng = np.random.default_rng(11)
        values = {name: sample(known(v, found), sizes, manner, rng) for name, v in variables.items()}
        with np.errstate(all="ignore"):
            ours, theirs = evaluate([found.expr, printed], values, sizes)
        ours, theirs = as_matrix(found.expr, ours), as_matrix(printed, theirs)
        if np.all(np.isfinite(ours)) and np.all(np.isfinite(theirs)):
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)
            return
    pytest.fail("no point at which both are finite")

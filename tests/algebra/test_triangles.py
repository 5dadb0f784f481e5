"""tril, triu and their halves: functions that are an elementwise product with a triangle of ones."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import Derivative, derive
from matcalc.algebra.structure import properties
from matcalc.numbers.evaluate import evaluate
from matcalc.printing.notations.text import text
from matcalc.reading.alone import parse_expression

SQUARE = {"X": "n n", "A": "n n"}


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ("d tr(A*tril(X))/dX", "tril(A^T)"),
        ("d sum(triu(X).^2)/dX", "2*triu(X)"),
        ("d tr(tril(X))/dX", "eye(n)"),
        ("d det(tril(X))/dX", "det(tril(X))*(tril(X)^-1.*I)"),
        ("d tr(A*halftril(X^T*X))/dX", "X*(halftril(A^T) + halftril(A^T)^T)"),
        ("d tr(tril(X)*triu(X))/dX", "triu(X)^T + tril(X)^T"),
        ("d x^T*tril(X)*y/dX", "tril(x*y^T)"),
        ("d tril(X)/dX", "diag(vec(tril(ones(n,n))))"),
    ],
)
def test_derivatives(request_: str, wanted: str) -> None:
    found = derive(request_)
    assert isinstance(found, Derivative)
    assert found.text == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("tril(X)^T", "triu(X^T)"), ("halftril(X)^T", "halftril(X)^T"), ("halftriu(X)", "halftril(X^T)^T"), ("diagv(tril(X))", "diagv(X)"),
        ("diagv(halftriu(X))", "diagv(X)/2"),
        ("tril(tril(X))", "tril(X)"), ("tril(eye(n)).*X", "X.*I"), ("tril(2*X)", "2*tril(X)"), ("triu(X).*A", "triu(A.*X)"),
    ],
)  # fmt: skip
def test_laws(written: str, wanted: str) -> None:
    assert text(parse_expression(written, variables={k: v for k, v in SQUARE.items() if k in written})) == wanted


@pytest.mark.parametrize("name", ["tril", "triu", "halftril", "halftriu"])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_values(name: str, n: int) -> None:
    x = np.arange(1.0, n * n + 1).reshape(n, n)
    cut = np.tril(x) if name.endswith("tril") else np.triu(x)
    wanted = cut - np.diag(np.diag(x)) / 2 if name.startswith("half") else cut
    made = parse_expression(f"{name}(X)", variables={"X": "n n"})
    np.testing.assert_allclose(evaluate([made], {"X": x}, {"n": n})[0], wanted)


@pytest.mark.parametrize("name", ["tril", "halftriu"])
def test_powers_entry_by_entry(name: str) -> None:
    once, cubed = (parse_expression(t, variables={"X": "n n"}) for t in (f"{name}(ones(n,n))", f"{name}(ones(n,n)).^3"))
    before, after = evaluate([once, cubed], {}, {"n": 3})
    np.testing.assert_allclose(after, before**3)


def test_a_triangle_is_known_to_be_one() -> None:
    assert {"lower"} <= properties(parse_expression("tril(X)", variables={"X": "n n"}))
    assert {"upper"} <= properties(parse_expression("tril(X)^T*triu(X)", variables={"X": "n n"}))
    assert "entry" not in repr(parse_expression("tril(X)[1,2] + halftril(X)[2,2]", variables={"X": "n n"})).replace("entry[(2, 2)](X)", "")

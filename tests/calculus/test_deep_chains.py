"""Long chains of definitions are answered, and their answers are checked."""

from __future__ import annotations

from typing import Any, Final

import pytest

from matcalc import derive
from matcalc.algebra.commuting import commute, generators, is_function_of
from matcalc.algebra.node import sym
from matcalc.book.sizes import ONE, dim
from matcalc.reading.alone import read_expression

SHAPES: Final = {"X": "k k", "A": "k k", "B": "k k", "x": "k", "b": "k", "s": ""}
CHAINS: Final[dict[str, tuple[int, str, str, str, str]]] = {
    "squares": (600, "s", "<^2 + s", "y@", "s"),
    "affine": (300, "x", "A*< + b", "y@^T*y@", "x"),
    "affine by the matrix": (300, "x", "A*< + b", "y@^T*y@", "A"),
    "matrix squares": (300, "X", "A*<^2 + X", "tr(y@)", "X"),
    "softmax": (300, "x", "softmax(A*<)", "sum(y@)", "x"),
    "residual": (140, "x", "< + tanh(A*<)", "sum(y@)", "x"),
    "inverses": (300, "X", "inv(< + A)", "tr(y@)", "X"),
    "similar": (300, "X", "A*<*A^T + B", "tr(y@)", "X"),
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_long_chains_are_answered(chain: tuple[int, str, str, str, str]) -> None:
    count, first, step, function, wrt = chain
    lets = [f"y{k} = {step.replace('<', f'y{k - 1}' if k > 1 else first)}" for k in range(1, count + 1)]
    used = {name: shape for name, shape in SHAPES.items() if any(name in text for text in (first, step, function))}
    found: Any = derive(function.replace("@", str(count)), wrt=wrt, variables=used, lets=lets)
    assert found.certificate.status == "checked"


def test_a_nest_of_inverses_is_one_chain() -> None:
    found: Any = derive("tr(inv(A + inv(B + inv(C + inv(D + inv(E + inv(X)))))))", wrt="X", variables=dict.fromkeys("ABCDEX", "k k"))
    assert found.certificate.status == "checked"
    assert found.expr.op in ("mul", "T")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("A", "A^-1", True), ("A*A + 3*A", "inv(A + eye(k))", True), ("A", "B", False), ("A*B", "B*A", False), ("A*B", "expm(A*B)", True),
        ("expm(A)^T", "A^T", True), ("expm(A)^T", "A", False), ("eye(k)", "B", True), ("s*eye(k) + A", "A^2", True),
        ("A*B", "A*B + (A*B)^-1", True), ("A", "A + inv(B + inv(A))", False), ("A.*B", "(A.*B)^2", True),
    ],
)  # fmt: skip
def test_matrices_commute_that_are_functions_of_one(a: str, b: str, expected: bool) -> None:
    k = dim("k")
    names = {"A": sym("A", (k, k)), "B": sym("B", (k, k)), "s": sym("s", (ONE, ONE))}
    one, other = (read_expression(text, names, dimensions={"k"}) for text in (a, b))
    assert commute(one, other) is expected
    assert commute(other, one) is expected
    of = generators(one)
    assert all(is_function_of(one, g) for g in of) is (len(of) <= 1)

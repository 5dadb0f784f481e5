"""What an expression means is told twice: by the engine, from its text, and by plain NumPy, from the same text as Python.

The certificate compares a formula with what was read; this compares what was read with what was written.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from places import ROOT

from matcalc.numbers.evaluate import Program
from matcalc.reading.alone import parse_expression

sys.path.insert(0, str(ROOT / "benchmarks"))

import tough

SIZES: Final = {"m": 3, "n": 4, "p": 2}


class Plain:
    """A two-dimensional array with the operators of the notation; `%` stands for the elementwise product."""

    def __init__(self, a: Any) -> None:
        self.a = np.atleast_2d(np.asarray(a, dtype=float))

    @property
    def T(self) -> Plain:
        return Plain(self.a.T)

    def __mul__(self, other: Any) -> Plain:
        b = plain(other)
        return self % b if self.a.size == 1 or b.a.size == 1 else Plain(self.a @ b.a)

    def __rmul__(self, other: Any) -> Plain:
        return plain(other) * self

    def __mod__(self, other: Any) -> Plain:
        return Plain(self.a * plain(other).a)

    def __add__(self, other: Any) -> Plain:
        return Plain(self.a + plain(other).a)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Plain:
        return Plain(self.a - plain(other).a)

    def __rsub__(self, other: Any) -> Plain:
        return plain(other) - self

    def __truediv__(self, other: Any) -> Plain:
        return Plain(self.a / plain(other).a)

    def __rtruediv__(self, other: Any) -> Plain:
        return plain(other) / self

    def __neg__(self) -> Plain:
        return Plain(-self.a)

    def __pow__(self, k: int) -> Plain:
        return Plain(self.a**k if self.a.size == 1 else np.linalg.matrix_power(self.a, k))

    def entrywise(self, k: int) -> Plain:
        return Plain(self.a**k)


def plain(value: Any) -> Plain:
    return value if isinstance(value, Plain) else Plain(value)


def _on(f: Callable[[Any], Any]) -> Callable[[Any], Plain]:
    return lambda value: Plain(f(plain(value).a))


def _softmax(a: Any) -> Any:
    return np.exp(a - a.max()) / np.exp(a - a.max()).sum()


FUNCTIONS: Final[dict[str, Any]] = {
    "sin": _on(np.sin), "cos": _on(np.cos), "tanh": _on(np.tanh), "arctan": _on(np.arctan), "exp": _on(np.exp), "log": _on(np.log),
    "sqrt": _on(np.sqrt), "abs": _on(np.abs), "relu": _on(lambda a: np.maximum(a, 0)), "sigmoid": _on(lambda a: 1 / (1 + np.exp(-a))),
    "softplus": _on(lambda a: np.log1p(np.exp(a))), "tr": _on(np.trace), "sum": _on(np.sum), "norm2": _on(np.linalg.norm),
    "normF": _on(np.linalg.norm), "det": _on(np.linalg.det), "logdet": _on(lambda a: np.linalg.slogdet(a)[1]), "inv": _on(np.linalg.inv),
    "logsumexp": _on(lambda a: np.log(np.exp(a).sum())), "softmax": _on(_softmax), "diag": _on(lambda a: np.diag(a.ravel())),
    "diagv": _on(lambda a: np.diag(a).reshape(-1, 1)), "eye": lambda n: Plain(np.eye(n)), "ones": lambda m, n=1: Plain(np.ones((m, n))),
}  # fmt: skip


def as_python(text: str) -> str:
    """The text in Python's operators; `%` binds there as `.*` does here."""
    text = re.sub(r"\.\^(\d)", r".entrywise(\1)", text).replace(".*", "%").replace("^T", ".T")
    return re.sub(r"\^(\d)", r"**\1", text)


def compare(text: str, declared: dict[str, str]) -> None:
    """Evaluates a text both ways at a random point."""
    rng = np.random.default_rng(5)
    values: dict[str, Any] = {}
    for name, spec in declared.items():
        shape = [SIZES.get(d) or int(d) for d in spec.split()]
        a = rng.standard_normal((*shape, 1, 1)[:2])
        values[name] = a
    names = {**FUNCTIONS, **SIZES, **{name: Plain(a) for name, a in values.items()}}
    read = parse_expression(text, variables=declared)
    given = {name: float(a[0, 0]) if a.size == 1 else a.ravel() if 1 in a.shape else a for name, a in values.items()}
    with np.errstate(all="ignore"):
        wanted = plain(eval(as_python(text), {"__builtins__": {}}, names)).a  # noqa: S307 - the test wrote the text
        found = np.asarray(Program([read])(given, SIZES, {})[0])
    if np.all(np.isfinite(wanted)):
        scale = max(1.0, float(np.abs(wanted).max()))
        np.testing.assert_allclose(found.reshape(-1), wanted.reshape(-1), rtol=1e-6, atol=1e-6 * scale, err_msg=text)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_random_expressions_mean_what_they_say(depth: int) -> None:
    made = tough.plain_strategies()
    draw = tough.Draw(random.Random(depth))
    for _ in range(150):
        compare(draw(made.cases(depth))[0], made.VARIABLES)


@pytest.mark.parametrize("name", ["abs", "exp", "relu", "sigmoid", "sin", "tanh", "softplus"])
@pytest.mark.parametrize("form", ["{f}(S)^2", "{f}(S)*{f}(S)", "{f}(S).^2", "{f}(S).*{f}(S)", "inv({f}(S))", "{f}(S)*{f}(-S)",
"({f}(S)^T)^2", "({f}(x)^T).^2"])
def test_matrix_powers_of_elementwise_functions(name: str, form: str) -> None:
    compare(form.format(f=name), {"S": "n n", "x": "n"})

"""CasADi's derivative of a function as C code, compiled, and called with NumPy arrays.

CasADi differentiates the function that is generated for it, writes C, and a C compiler makes a library of that.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from rivals.contestants import DIRECTION, generated, lengths, ours
from rivals.functions import Array, Arrays
from rivals.problems import PRODUCT, TOGETHER, Problem


def compiled(problem: Problem, arrays: Arrays, folder: Path) -> Callable[[], list[Array]]:
    """The call of a compiled derivative on the memory of the arrays; the folder takes what the compiler writes.

    Raises CalledProcessError where the C compiler refuses, RuntimeError where CasADi does.
    """
    casadi = import_module("casadi")
    symbols = {name: casadi.MX.sym(name, *np.shape(a)) for name, a in arrays.items()}
    source = generated(problem._replace(give="value"), ["casadi"]).sources["casadi"]
    value, given = ours(source, problem._replace(give="value"), symbols, lengths(problem.function, arrays))
    derivative = [casadi.densify(part) for part in _taken(casadi, problem, value(*given), symbols)]
    function = casadi.Function("f", list(symbols.values()), derivative)
    return _on_memory(_as_library(casadi, function, folder), list(arrays.values()))


def _taken(casadi: Any, problem: Problem, value: Any, symbols: Arrays) -> list[Any]:
    """What CasADi takes of the function."""
    if problem.give == TOGETHER:
        return [value, *(casadi.gradient(value, symbols[name]) for name in problem.wrt)]
    x = symbols[problem.wrt[0]]
    if problem.give == PRODUCT:
        return [casadi.jtimes(casadi.gradient(value, x), x, symbols[DIRECTION])]
    if problem.order == 2:
        return [casadi.hessian(value, x)[0]]
    return [casadi.gradient(value, x) if problem.function.is_scalar else casadi.jacobian(value, x)]


def _as_library(casadi: Any, function: Any, folder: Path) -> Any:
    """The function compiled from its C code."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        function.generate("f.c")
    finally:
        os.chdir(before)
    made = folder / "f.so"
    options = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([os.environ.get("CC", "cc"), *options, "f.c", "-o", made.name, "-lm"], cwd=folder, check=True)
    return casadi.external("f", str(made))


def _on_memory(function: Any, arrays: Sequence[Array]) -> Callable[[], list[Array]]:
    """A call that reads and writes NumPy's memory, column by column; nothing is converted when it is made."""
    buffer, evaluate = function.buffer()
    given = [np.ravel(np.asarray(a, dtype=float), order="F") for a in arrays]
    results = [np.zeros(function.nnz_out(k)) for k in range(function.n_out())]
    for k, a in enumerate(given):
        buffer.set_arg(k, a.data)
    for k, a in enumerate(results):
        buffer.set_res(k, a.data)

    # CasADi keeps addresses only: what they are of must live as long as the call.
    def call(kept: Any = (function, buffer, given)) -> list[Array]:
        evaluate()
        return results

    return call


def shaped(results: Sequence[Array], wanted: Sequence[Array]) -> list[Array]:
    """CasADi's results, whose vectors are columns, with the axes that are wanted."""
    return [a.reshape(b.shape, order="F") for a, b in zip(results, wanted, strict=True)]

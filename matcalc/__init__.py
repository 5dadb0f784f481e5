"""Symbolic matrix calculus: the derivative of a matrix expression in closed form, certified numerically.

    from matcalc import derive
    derive("d tr(A X B) / dX").text

Importing the package imports nothing heavy; the names below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from matcalc.errors import (
    Ambiguous,
    CertificateError,
    LimitError,
    MatcalcError,
    NoClosedForm,
    NotDifferentiable,
    ParseError,
    ShapeError,
    UnknownFunction,
    UsageError,
)

if TYPE_CHECKING:
    from matcalc.answers.axes import shape_of_derivative
    from matcalc.answers.backprop import backprop
    from matcalc.answers.checking.check import check
    from matcalc.answers.claims.verification import verify
    from matcalc.answers.derivative import Derivative
    from matcalc.answers.expansions.increments import increment
    from matcalc.answers.expansions.taylor import taylor
    from matcalc.answers.understood import read
    from matcalc.api import curvature, derive
    from matcalc.build import function, matrix, scalar, vector
    from matcalc.printing.sympy_source.nodes import explicit
    from matcalc.stationary.stationary import solve

__version__ = "0.1.0"

__all__ = [
    "Ambiguous", "CertificateError", "Derivative", "LimitError", "MatcalcError", "NoClosedForm", "NotDifferentiable", "ParseError",
    "ShapeError", "UnknownFunction", "UsageError", "backprop", "check", "curvature", "derive", "explicit", "function", "increment",
    "matrix", "read", "scalar", "shape_of_derivative", "solve", "taylor", "vector", "verify",
]  # fmt: skip

LAZY = {
    "Derivative": "answers.derivative", "backprop": "answers.backprop", "check": "answers.checking.check",
    "curvature": "api", "derive": "api",
    "explicit": "printing.sympy_source.nodes",
    "function": "build", "increment": "answers.expansions.increments", "matrix": "build", "read": "answers.understood",
    "scalar": "build", "shape_of_derivative": "answers.axes", "solve": "stationary.stationary", "taylor": "answers.expansions.taylor",
    "vector": "build", "verify": "answers.claims.verification",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(f"matcalc.{LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext matcalc`: the magics %derive and %%derive."""
    import_module("matcalc.commands.interactive.notebook").register(ipython)

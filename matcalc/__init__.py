"""Symbolic matrix calculus: the derivative of a matrix expression in closed form, certified numerically.

    from matcalc import derive
    derive("d tr(A X B) / dX").text

Importing the package imports nothing heavy; the names below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from matcalc.errors import (
    CertificateError,
    LimitError,
    MatcalcError,
    NotDifferentiable,
    ParseError,
    ShapeError,
    UnknownFunction,
    UsageError,
)

if TYPE_CHECKING:
    from matcalc.answers.backprop import backprop
    from matcalc.answers.derive import Derivative, derive
    from matcalc.build import matrix as matrix
    from matcalc.build import scalar as scalar
    from matcalc.build import vector as vector

__version__ = "0.1.0"

__all__ = [
    "CertificateError",
    "Derivative",
    "LimitError",
    "MatcalcError",
    "NotDifferentiable",
    "ParseError",
    "ShapeError",
    "UnknownFunction",
    "UsageError",
    "backprop",
    "derive",
]

LAZY = {
    "Derivative": "answers.derive", "backprop": "answers.backprop", "derive": "answers.derive",
    "matrix": "build", "scalar": "build", "vector": "build",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(f"matcalc.{LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *LAZY})


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext matcalc`: the magics %derive and %%derive."""
    import_module("matcalc.commands.notebook").register(ipython)

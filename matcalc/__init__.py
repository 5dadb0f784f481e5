"""Symbolic matrix calculus: the derivative of a matrix expression in closed form, certified numerically.

    from matcalc import derive
    derive("d tr(A X B) / dX").text

Importing the package imports nothing heavy; the names below are loaded when they are first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
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
    from matcalc.backprop import backprop
    from matcalc.build import matrix as matrix
    from matcalc.build import scalar as scalar
    from matcalc.build import vector as vector
    from matcalc.derive import Derivative, derive

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
    "Derivative": "derive", "backprop": "backprop", "derive": "derive", "matrix": "build", "scalar": "build", "vector": "build",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(f"matcalc.{LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *LAZY})


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext matcalc`: the magics %derive and %%derive."""
    import_module("matcalc.notebook").register(ipython)


class _Package(ModuleType):
    """The package as a module that keeps the names of its functions for them.

    Importing the submodule of the same name would otherwise bind the module to it.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in LAZY and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

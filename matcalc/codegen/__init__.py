"""Generated code: a result as a function in NumPy, JAX or PyTorch.

An expression becomes an array program (`planning`, which asks `chains` for brackets and `products` for what structure saves;
`contraction` for the index form), the program becomes statements in a dialect (`emitting`, `dialects`), and these a module
(`modules`). The modules are loaded when a name of theirs is first used, since most answers are printed without code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matcalc.codegen.dialects import DIALECTS, JAX, NUMPY, PRECISIONS, TORCH, Dialect
    from matcalc.codegen.emitting import parameter, unknown_parameter
    from matcalc.codegen.languages.language import Function
    from matcalc.codegen.modules import (
        Returned,
        compile_function,
        index_function,
        matrix_function,
        module,
        parameters_of,
        program_function,
        several_function,
    )

__all__ = [
    "DIALECTS", "JAX", "NUMPY", "PRECISIONS", "TORCH", "Dialect", "Function", "Returned",
    "compile_function", "index_function", "matrix_function",
    "module", "parameter", "parameters_of", "program_function", "several_function", "unknown_parameter",
]  # fmt: skip

HOMES: Final = {
    "dialects": ("DIALECTS", "JAX", "NUMPY", "PRECISIONS", "TORCH", "Dialect"),
    "emitting": ("parameter", "unknown_parameter"),
    "languages.language": ("Function",),
    "modules": (
        "Returned", "compile_function", "index_function", "matrix_function", "module", "parameters_of", "program_function",
        "several_function",
    ),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"matcalc.codegen.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

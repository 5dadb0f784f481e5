"""Generated code: a result as a function in NumPy, JAX or PyTorch.

An expression becomes an array program (`planning`, which asks `chains` for brackets and `products` for what structure saves;
`contraction` for the index form), the program becomes statements in a dialect (`emitting`, `dialects`), and these a module
(`modules`).
"""

from matcalc.codegen.dialects import DIALECTS, JAX, NUMPY, TORCH, Dialect
from matcalc.codegen.emitting import parameter, unknown_parameter
from matcalc.codegen.modules import Function, compile_function, index_function, matrix_function, module, parameters_of

__all__ = [
    "DIALECTS", "JAX", "NUMPY", "TORCH", "Dialect", "Function", "compile_function", "index_function", "matrix_function", "module",
    "parameter", "parameters_of", "unknown_parameter",
]  # fmt: skip

"""The dialects of generated code, a row of spellings each: NumPy, JAX, PyTorch; those of other languages stand in `languages`.

Most functions have one name in all three; a dialect lists what is its own. In a template {0}, {1} are the operands, {a}, {b} the same
where an attribute follows, {m} is the module, {like} the dtype and device of new arrays.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from importlib import import_module
from typing import Final

from matcalc.book.choices import ARRAYS, TARGETS
from matcalc.book.rules import Rule
from matcalc.codegen.code import SIGNS, Signs
from matcalc.errors import UsageError
from matcalc.records import dataclass

COMMON: Final[Mapping[str, str]] = {
    "eye": "{m}.eye({size}{like})",
    "ones": "{m}.ones({sizes}{like})",
    "zeros": "{m}.zeros({sizes}{like})",
    "outer": "{m}.outer({0}, {1})",
    "trace": "{m}.trace({0})",
    "diag": "{m}.diag({0})",
    "solve": "{m}.linalg.solve({0}, {1})",
    "inverse": "{m}.linalg.inv({0})",
    "cholesky": "{m}.linalg.cholesky({0})",
    "kron": "{m}.kron({0}, {1})",
    "commuted_kron": "_commuted_kron({0}, {1})",
    "sqrt": "{m}.sqrt({0})",
    "total": "{m}.sum({0})",
    "matrix_power": "{m}.linalg.matrix_power({0}, {1})",
    "vec": "{m}.ravel({0}, order=\"F\")",
    "broadcast": "{m}.broadcast_to({0}, {sizes})",
    "fractional_power": "_matrix_power({0}, {1})",
    "array": "{m}.array({rows})",
    "elimination": "_elimination({size}{like})",
    "duplication": "_duplication({size}{like})",
    "real_part": "{m}.real({0})",
    "operator": "_operator(lambda {moving}: {0}, {1}, {2}{like})",
}
OPERATOR: Final = '''
def _operator(f, m, n):
    """The matrix J with vec f(E) = J vec(E) for E of m x n."""
    units = {m}.eye(m*n).reshape(m*n, n, m)
    return {m}.stack([f(E.T).T.reshape(-1) for E in units], axis=1)
'''
TENSOR_OPERATOR: Final = '''
def _operator(f, m, n, **like):
    """The matrix J with vec f(E) = J vec(E) for E of m x n."""
    units = torch.eye(m*n, **like).reshape(m*n, n, m)
    values = [f(E.T) for E in units]
    return torch.stack([(v.T if v.ndim == 2 else v).reshape(-1) for v in values], 1)
'''
EIGEN: Final = '''
def _matrix_power(A, k):
    """A^k by the eigenvalues (Higham, Functions of Matrices, section 1.2)."""
    values, vectors = {m}.linalg.eig(A)
    power = (vectors*values**k) @ {m}.linalg.inv(vectors)
    if "complex" in str(A.dtype):
        return power
    return {m}.where({m}.abs(power.imag) < 1e-3*{m}.max({m}.abs(power)), power.real, {m}.nan)
'''
NUMPY_POWER: Final = '''
def _matrix_power(A, k):
    """A^k: exact for an integer k, by the eigenvalues for a fraction (Higham, Functions of Matrices, section 1.2)."""
    if float(k).is_integer():
        return np.linalg.matrix_power(A, int(k))
    values, vectors = np.linalg.eig(A)
    return np.real_if_close((vectors*values.astype(complex)**k) @ np.linalg.inv(vectors), tol=1e6)
'''
WHOLE: Final = '''
def _whole(k):
    """An exponent as an integer; ValueError where it is none."""
    if int(k) != k:
        raise ValueError(f"expected an integer exponent, got {k}")
    return int(k)
'''
TENSORS: Final = '''
def _tensors(*given):
    """The arguments as floating-point tensors of one dtype, on one device."""
    known = [a if isinstance(a, (int, float, torch.Tensor)) else torch.as_tensor(a) for a in given]
    tensors = [a for a in known if isinstance(a, torch.Tensor)]
    dtype, device = None, tensors[0].device if tensors else None
    for a in tensors:
        if a.is_floating_point():
            dtype = a.dtype if dtype is None else torch.promote_types(dtype, a.dtype)
    return [torch.as_tensor(a, dtype=dtype or torch.get_default_dtype(), device=device) for a in known]
'''
COMPLEX_TENSORS: Final = '''
def _complex_tensors(reals, complexes):
    """The arguments as tensors of one precision, on one device; the second ones are complex, and ValueError where the first are."""
    known = [a if isinstance(a, (int, float, complex, torch.Tensor)) else torch.as_tensor(a) for a in (*reals, *complexes)]
    tensors = [a for a in known if isinstance(a, torch.Tensor)]
    dtype, device = None, tensors[0].device if tensors else None
    for k, a in enumerate(known):
        if k < len(reals) and torch.as_tensor(a).is_complex():
            raise ValueError("expected real numbers, got complex ones")
    for a in tensors:
        if a.is_floating_point() or a.is_complex():
            dtype = a.dtype.to_real() if dtype is None else torch.promote_types(dtype, a.dtype.to_real())
    dtype = dtype or torch.get_default_dtype()
    dtypes = [dtype]*len(reals) + [dtype.to_complex()]*len(complexes)
    return [torch.as_tensor(a, dtype=own, device=device) for a, own in zip(known, dtypes)]
'''
KRON: Final = '''
def _kron(A, B):
    """kron(A, B)."""
    (m, p), (n, q) = A.shape, B.shape
    return (A[:, None, :, None]*B[:, None, :]).reshape(m*n, p*q)
'''
COMMUTED_KRON: Final = '''
def _commuted_kron(A, B):
    """K(n,m) kron(A, B), A of m rows and B of n, written in this order at once."""
    (m, p), (n, q) = A.shape, B.shape
    return (A[:, :, None]*B[:, None, None, :]).reshape(m*n, p*q)
'''


# NumPy has no solution of triangular systems; below a hundred rows SciPy's calls take longer than what they save.
CHOLESKY: Final = '''
def _cholesky(A):
    """The Cholesky factor of a positive definite matrix, as SciPy has it; the matrix where SciPy is not installed or it is small."""
    try:
        from scipy.linalg import cho_factor
    except ImportError:
        return A
    return cho_factor(A, check_finite=False) if len(A) > 100 else A
'''
DEFINITE_SOLVE: Final = '''
def _definite_solve(F, b):
    """A^-1 b, by what _cholesky made of A."""
    if not isinstance(F, tuple):
        return np.linalg.solve(F, b)
    from scipy.linalg import cho_solve
    return cho_solve(F, b, check_finite=False)
'''
DEFINITE_INVERSE: Final = '''
def _definite_inverse(F):
    """A^-1, by what _cholesky made of A."""
    if not isinstance(F, tuple):
        return np.linalg.inv(F)
    from scipy.linalg import get_lapack_funcs
    (potri,) = get_lapack_funcs(("potri",), F[:1])
    half = np.triu(potri(F[0])[0])
    return half + np.triu(half, 1).T
'''
DEFINITE: Final = {
    "cholesky": "_cholesky({0})",
    "definite_solve": "_definite_solve({0}, {1})",
    "definite_inverse": "_definite_inverse({0})",
}


TENSOR_SOLVE: Final = '''
def _definite_solve(L, b):
    """A^-1 b, by the Cholesky factor of A."""
    return torch.cholesky_solve(b.reshape(len(L), -1), L).reshape(b.shape)
'''


def _ordered(helper: str) -> str:
    """The helper whose array lies row by row: in the order of transposed operands NumPy would copy it once more."""
    return re.sub(r"\((A\[.*?\])\*(B\[.*?\])\)", r'np.multiply(\1, \2, order="C")', helper)


BELOW: Final = '''
def _elimination(n{like}):
    """L(n), with L(n) vec(A) = vech(A): its rows pick the entries on and below the diagonal, column by column."""
    column, row = {triu}
    return {m}.eye(n*n{given})[column*n + row]
'''
TWICE: Final = '''
def _duplication(n{like}):
    """D(n), with D(n) vech(S) = vec(S) for symmetric S."""
    column, row = {triu}
    whole = {m}.eye(n*n{given})
    return {m}.maximum(whole[column*n + row], whole[row*n + column]).T
'''


def _halves(module: str, triu: str, like: str = "", given: str = "") -> dict[str, str]:
    """The helpers that make the constants between vec and vech."""
    return {
        name: text.replace("{m}", module).replace("{triu}", triu).replace("{like}", like).replace("{given}", given)
        for name, text in (("elimination", BELOW), ("duplication", TWICE))
    }


# The dtype of the parts of complex numbers.
PRECISIONS: Final[Mapping[str, str]] = {"complex128": "float64", "complex64": "float32"}


@dataclass(frozen=True)
class Dialect:
    """One language: its name, the module as the code calls it, how to import it, and its own spellings.

    `converted` makes a float array of an argument, `complexly` a complex one, `is_complex` tells what it is, `asarray` makes an array
    of a number; `reserved` are the names that no
    parameter may have; `wide` makes double precision the default, `has_blocks` tells whether there is a function `block`,
    `rows_first` whether x @ A is faster than A.T @ x (seven times in XLA on a CPU).
    `language` is where the language stands whose syntax it has, `signs` how that writes numbers. `length` reads a size of an array,
    {1} its axis counted from 0 and {2} from 1, `count` that of a vector which may lie. `two_axes` says that columns and rows are
    matrices; `suffix` makes a name another, `spells` are characters of names that it writes otherwise.
    """

    name: str
    module: str
    imports: tuple[str, ...]
    spellings: Mapping[str, str]
    asarray: str
    converted: str = ""
    complexly: str = ""
    is_complex: str = ""
    signs: Signs = SIGNS
    like: str = ""
    helpers: Mapping[str, str] = field(default_factory=dict)
    einsum_options: str = ""
    has_blocks: bool = True
    rows_first: bool = False
    reserved: frozenset[str] = frozenset()
    wide: tuple[str, ...] = ()
    language: str = "matcalc.codegen.languages.python:PYTHON"
    length: str = "{0}.shape[{1}]"
    count: str = ""
    two_axes: bool = False
    suffix: str = "_"
    spells: Mapping[str, str] = field(default_factory=dict)

    def spelt(self, name: str) -> str:
        """A name in its characters."""
        return "".join(self.spells.get(c, c) for c in name) if self.spells else name

    def of(self, dtype: str) -> Dialect:
        """The dialect with arrays of a dtype; without a word on it NumPy's are double, and others keep that of the arguments."""
        if not dtype:
            return self
        real = PRECISIONS.get(dtype, dtype)
        twice = next(name for name, half in PRECISIONS.items() if half == real)
        made, complexly = (f"{self.module}.asarray({{0}}, dtype={self.module}.{name})" for name in (real, twice))
        helpers = {name: text for name, text in self.helpers.items() if not name.startswith("convert")}
        return replace(self, converted=made, complexly=complexly, asarray=self.asarray if self.like else made, helpers=helpers)

    @property
    def by_cholesky(self) -> bool:
        """Whether it solves with a positive definite matrix by its Cholesky factor."""
        return "definite_solve" in self.spellings

    def spelling(self, op: str) -> str:
        """The template of an operation."""
        return self.spellings.get(op) or COMMON[op]

    def rule(self, rule: Rule) -> tuple[str, str]:
        """(template, helper) of a function of the rule book: its own, or NumPy's with the module's name.

        Raises UsageError where there is none.
        """
        own = {"jax": (rule.jax, rule.jax_helper), "torch": (rule.torch, rule.torch_helper)}.get(self.name, ("", ""))
        if self.name in rule.code:
            own = rule.code[self.name], rule.code.get(f"{self.name}_helper", "")
        if own[0]:
            return own
        if self.name not in ARRAYS or rule.numpy_helper and self.name != "numpy":
            raise UsageError(f"the rule book has no {self.name} code for {rule.name}", hint=f"add a key `{self.name}` to its table")
        return re.sub(r"\bnp\.", f"{self.module}.", rule.numpy), rule.numpy_helper


NUMPY: Final = Dialect(
    "numpy",
    "np",
    ("import numpy as np",),
    {"broadcast": "np.broadcast_to({0}, {sizes}).copy()", "kron": "_kron({0}, {1})", **DEFINITE},
    asarray="np.asarray({0}, dtype=np.float64)",
    converted="np.asarray({0}, dtype=np.float64)",
    complexly="np.asarray({0}, dtype=np.complex128)",
    is_complex="np.iscomplexobj({0})",
    signs=Signs(pi="np.pi", root="np.sqrt({0})"),
    helpers={
        "fractional_power": NUMPY_POWER,
        "operator": OPERATOR.replace("{m}", "np"),
        "cholesky": CHOLESKY,
        "definite_solve": DEFINITE_SOLVE,
        "definite_inverse": DEFINITE_INVERSE,
        "kron": _ordered(KRON),
        "commuted_kron": _ordered(COMMUTED_KRON),
        **_halves("np", "np.triu_indices(n)"),
    },
    einsum_options=", optimize=True",
    language="matcalc.codegen.languages.numpy:NUMPY",
    reserved=frozenset({"np", "math", *keyword.kwlist}),
)
JAX: Final = Dialect(
    "jax",
    "jnp",
    ("import jax", "import jax.numpy as jnp"),
    {
        "definite_solve": "jax.scipy.linalg.cho_solve(({0}, True), {1})",
        "definite_inverse": "jax.scipy.linalg.cho_solve(({0}, True), jnp.eye(len({0})))",
    },
    asarray="jnp.asarray({0}, dtype=float)",
    converted="jnp.asarray({0}, dtype=float)",
    complexly="jnp.asarray({0}, dtype=complex)",
    is_complex="jnp.iscomplexobj({0})",
    helpers={
        "fractional_power": EIGEN.replace("{m}", "jnp"),
        "operator": OPERATOR.replace("{m}", "jnp"),
        "commuted_kron": COMMUTED_KRON,
        **_halves("jnp", "jnp.triu_indices(n)"),
    },
    language="matcalc.codegen.languages.jax:JAX",
    reserved=frozenset({"jax", "jnp", "math", "float", "complex", "int", *keyword.kwlist}),
    rows_first=True,
    wide=('jax.config.update("jax_enable_x64", True)',),
)
TORCH: Final = Dialect(
    "torch",
    "torch",
    ("import torch",),
    {
        "vec": "{a}.T.reshape(-1)",
        "kron": "_kron({a}.contiguous(), {b}.contiguous())",
        "definite_solve": "_definite_solve({0}, {1})",
        "definite_inverse": "torch.cholesky_inverse({0})",
        "commuted_kron": "_commuted_kron({a}.contiguous(), {b}.contiguous())",
        "broadcast": "torch.broadcast_to({0}, {sizes}).clone()",
        "array": "torch.stack([torch.as_tensor(a{like}) for a in {items}]).reshape({shape})",
    },
    asarray="torch.as_tensor({0}{like})",
    is_complex="torch.as_tensor({0}).is_complex()",
    like="like",
    has_blocks=False,
    helpers={
        "fractional_power": EIGEN.replace("{m}", "torch"),
        "operator": TENSOR_OPERATOR,
        "kron": KRON,
        "definite_solve": TENSOR_SOLVE,
        "commuted_kron": COMMUTED_KRON,
        "convert": TENSORS,
        "convert complex": COMPLEX_TENSORS,
        **_halves("torch", "torch.triu_indices(n, n, device=like.get(\"device\"))", ", **like", ", **like"),
    },
    reserved=frozenset({"torch", "math", "int", *keyword.kwlist}),
)
OWN: Final = {d.name: d for d in (NUMPY, JAX, TORCH)}


class Dialects(Mapping[str, Dialect]):
    """Every target's dialect; those of other languages stand with their syntax, and are loaded when they are asked for."""

    def __getitem__(self, name: str) -> Dialect:
        if name in OWN:
            return OWN[name]
        if name not in TARGETS:
            raise KeyError(name)
        found: Dialect = getattr(import_module(f"matcalc.codegen.languages.{name}"), name.upper())
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(TARGETS)

    def __len__(self) -> int:
        return len(TARGETS)


DIALECTS: Final = Dialects()

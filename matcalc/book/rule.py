"""One function of the rule book, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from matcalc.records import dataclass


@dataclass(frozen=True)
class Param:
    """A parameter: its name and the dimension names of its rows and columns.

    A number that counts from 1 up to sizes has the names of these in `counts`: the k of the k-th eigenvalue.
    """

    name: str
    shape: tuple[str, str]
    counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One function.

    `kind` says how its differential comes about: `elementwise` (from `derivative`, in x), `linear` and `bilinear`
    (from the function itself), `explicit` (from `d`, in the parameters and their increments dA, dx, ..., or from
    `jacobian`, the matrix J of d vec f(A) = J vec(dA)), `matrix function` (from `function`, which names f' where
    d tr f(A) = tr(f'(A) dA); beside it a `d` or a `jacobian` may say what it is elsewhere). `domain` is what must hold of
    an argument; `kinks` says where the function is not differentiable. `gives` lists what the value has: (property of the
    argument, or empty for any argument; property of the value). `at_zero` and `at_one` are the values of an elementwise function
    there, 0 or 1; `degree` k says that f(c*x) = c^k*f(x) for every c > 0; `of_sum`, where it is "product", that f(x + y) is the
    product of f(x) and f(y);
    `yields` that the name is a variable where it stands without an argument; `ties` says in words where it has no derivative besides.
    A rule with an `adjoint` is a linear operator in its last parameter that has no simpler meaning: <G, f(A,E)> = <g(A^T,G), E> for the
    function g that it names. `transposed` are the operands that f has in f(A,B)^T = f(B^T,A^T): `["B^T", "A^T"]`. `uses` are the
    functions whose helpers its code calls. `frechet` is what the differential of its Fréchet derivative has of its other parameters.
    `entries` names the function whose value f(A,k) is entry k of this one's, `columns` that whose value is column k; `written` is what
    the function is written out as in an answer; `short_for` is what its name is a shorter spelling of; what is `indexed` is written as
    an entry of the function named. `assumes` says in words what an answer that holds it takes for granted, expressions in braces.
    A value of a length in numbers is differentiated `by_entries`, one by one; an answer that holds an `in_entries` function is told by
    its entries. What a `tall` rule says of its differential holds of a matrix with at least as many rows as columns. What it `computes`
    is written otherwise in answers, but has its code. A matrix function `extends` an elementwise one, or "power". The `spectrum` of a
    function that gives the values s of a matrix has `left` and `right`, the factors of the frame L*diag(w)*R, and what that is for
    w = 1, s, 1/s: `one`, `itself`, `inverse`; and `square`, the matrix with the values s^2, where s are no eigenvalues. The vector
    that a `signed` function gives could as well be its negative: its largest entry is positive, or what stands beside it with that.
    `symbol` has the letters by which people call a value of it where a formula is long. `code` has the templates of other languages
    by their names, with the helpers that they call; `definite` those of a positive definite argument, in {L}, its Cholesky factor.

    `curvature` lists what the function is, convex or concave, and where: (conditions on its parameters, or empty; curvature), of
    symmetric matrices in the order of definite ones where it says "matrix convex". `monotone` says how it changes with its first
    parameter, entry by entry or in the "definite" order; `range` is an interval that holds the entries of its values, which are among
    those of its argument where it `keeps_entries`. `in_exponentials` writes an elementwise function in terms of exp.
    `inverse` undoes a function, in its own parameter: "exp(x)" of log; `resolvent` is the t of t + m*f(t) = x, for every m > 0.
    `complex` tells what it is of complex numbers: the same, "holomorphic", or "principal" where it has cuts; or a formula in its
    parameters and their conjugates, cA of A, of a function whose value is real (but conj); empty where it is one of real numbers.
    `proximal` is the point t at which (t - x)^2/2 + m*f(t) is least, for every m > 0.
    """

    name: str
    kind: str
    params: tuple[Param, ...]
    value: tuple[str, str]
    file: str
    derivative: str = ""
    d: str = ""
    function: str = ""
    frechet: str = ""
    jacobian: str = ""
    adjoint: str = ""
    latex: str = ""
    unicode: str = ""
    numpy: str = ""
    numpy_helper: str = ""
    jax: str = ""
    jax_helper: str = ""
    torch: str = ""
    torch_helper: str = ""
    code: Mapping[str, str] = field(default_factory=dict)
    definite: Mapping[str, str] = field(default_factory=dict)
    domain: str = ""
    parity: str = ""
    transposes: bool = False
    on_diagonal: bool = False
    transposed: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    gives: tuple[tuple[str, str], ...] = ()
    at_zero: str = ""
    at_one: str = ""
    degree: str = ""
    of_sum: str = ""
    means: str = ""
    kinks: str = ""
    ties: str = ""
    yields: bool = False
    source: str = ""
    note: str = ""
    entries: str = ""
    columns: str = ""
    written: str = ""
    short_for: str = ""
    assumes: str = ""
    indexed: str = ""
    computes: tuple[str, ...] = ()
    extends: str = ""
    spectrum: Mapping[str, str] = field(default_factory=dict)
    symbol: str = ""
    by_entries: bool = False
    in_entries: bool = False
    tall: bool = False
    signed: bool = False
    curvature: tuple[tuple[str, str], ...] = ()
    monotone: str = ""
    range: str = ""
    in_exponentials: str = ""
    keeps_entries: bool = False
    inverse: str = ""
    resolvent: str = ""
    proximal: str = ""
    complex: str = ""
    line: int = field(default=0, compare=False)

    def __hash__(self) -> int:
        return hash((self.name, self.file))

    @property
    def place(self) -> str:
        """Where the table stands: `my.toml, line 3`, or the file alone where the line is not known."""
        return f"{self.file}, line {self.line}" if self.line else self.file

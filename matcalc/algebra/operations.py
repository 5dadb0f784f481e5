"""The operations of expressions: what each is, how many operands it takes, which laws of order hold, in what it is linear.

This is the closed set that every pass over expressions must cover; any other `op` is a function of the rule book, whose rule
says the same of it. What differs from room to room (the transpose, an entry, the length of the text, index terms, a value,
code) stands in a table of that room, keyed by the names below; tests/algebra/test_operations.py lists the tables and
tells which operation is missing in which, and why.
"""

from __future__ import annotations

from typing import Final

from matcalc.records import dataclass


@dataclass(frozen=True)
class Operation:
    """One operation.

    `operands` is their number, None for any; `data` tells what the parameter is. `linear` is "each" for what is linear in every
    operand while the others stay, "together" for a sum. A `function` is one of the rule book, too, with laws of its own here.
    """

    name: str
    says: str
    operands: int | None = 0
    data: str = ""
    commutative: bool = False
    associative: bool = False
    linear: str = ""
    function: bool = False


OPERATIONS: Final = {
    o.name: o
    for o in (
        Operation("sym", "a variable", data="Symbol(name, ndim, properties)"),
        Operation("const", "a scalar constant", data="a scalar: of numbers, pi and dimension names"),
        Operation("eye", "the identity matrix, told by its shape"),
        Operation("ones", "the array of ones, told by its shape"),
        Operation("zeros", "the array of zeros, told by its shape"),
        Operation("comm", "the commutation matrix K(m,n)", data="(m, n)"),
        Operation("dup", "the duplication matrix D(n)", data="n"),
        Operation("elim", "the elimination matrix L(n)", data="n"),
        Operation("unit", "the i-th unit vector", data="i"),
        Operation("triangle", "ones on one side of the diagonal and on it, or halves on it", data="(side, whether halved)"),
        Operation("columns", "some neighbouring columns of the identity matrix", data="(first, last), dimensions"),
        Operation("add", "a sum of at least two terms, sorted", None, commutative=True, associative=True, linear="together"),
        Operation(
            "mul", "a product: at most one const first, then scalar factors sorted, then matrices in order", None,
            associative=True, linear="each",
        ),
        Operation("inner", "a product of matrices whose value is 1 x 1, such as x^T A x, in its canonical direction", None, linear="each"),
        Operation("pow", "(base, exponent): a scalar to a scalar power, a square matrix to a constant or symbolic integer power", 2),
        Operation("T", "the transpose of something that cannot take it inside", 1, linear="each"),
        Operation("conj", "the complex conjugate of something that cannot take it inside: a variable", 1, linear="each", function=True),
        Operation("real", "the real part", 1, linear="each", function=True),
        Operation("imag", "the imaginary part", 1, linear="each", function=True),
        Operation("had", "the elementwise (Hadamard) product, sorted", None, commutative=True, associative=True, linear="each"),
        Operation("epow", "(base, exponent): the elementwise power with a scalar exponent", 2),
        Operation("entry", "one entry of an array", 1, data="(i, j), from 1", linear="each"),
        Operation("array", "an explicit array of scalar entries, row by row", None, data="(rows, columns)", linear="together"),
        Operation("block", "a matrix of blocks, row by row", None, data="(rows, columns) of blocks", linear="together"),
        Operation("call", "an unknown function applied to its argument", 1, data="Unknown(name, kind, order, rows)"),
        Operation(
            "operator", "a linear operator of the book as a matrix, J with vec f(A, E) = J vec(E)", None,
            data="(function, shape of its value, shape of E)",
        ),
        Operation("tr", "the trace, of a product in its canonical rotation", 1, linear="each", function=True),
        Operation("sum", "the sum of all entries", 1, linear="each", function=True),
        Operation("det", "the determinant", 1, function=True),
        Operation("logdet", "the logarithm of the absolute value of the determinant", 1, function=True),
        Operation("diag", "the diagonal matrix of a vector", 1, linear="each", function=True),
        Operation("diagv", "the diagonal of a matrix as a vector", 1, linear="each", function=True),
        Operation("vec", "the columns of a matrix, stacked", 1, linear="each", function=True),
        Operation("vech", "the columns of a square matrix from the diagonal down, stacked", 1, linear="each", function=True),
        Operation("kron", "the Kronecker product of two arrays, nested to the right", 2, associative=True, linear="each", function=True),
    )
}  # fmt: skip
COMMUTATIVE: Final = frozenset(o.name for o in OPERATIONS.values() if o.commutative)
MULTILINEAR: Final = frozenset(o.name for o in OPERATIONS.values() if o.linear == "each")

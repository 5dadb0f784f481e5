"""Matrix expressions: immutable interned nodes in normal form, built by the constructors of this package.

Equal expressions are identical (`==` is `is`). A node is an operation `op`, its operands `args` and, where the operation
has one, a parameter `data`; `operations` says what each operation is. Every other `op` is the name of a function of the rule
book. A scalar is anything of shape (1, 1); there is no 1 x 1 matrix.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import Any, Final
from weakref import ref

from matcalc.algebra.expr import Expr as Expr
from matcalc.algebra.expr import Symbol as Symbol
from matcalc.algebra.expr import Unknown as Unknown
from matcalc.algebra.steps import spend
from matcalc.algebra.weight import weigh
from matcalc.book.properties import implied
from matcalc.book.rules import IN_USE
from matcalc.book.sizes import ONE, SCALAR, Dim, Shape, minus, times, triangular
from matcalc.memory import remembered
from matcalc.scalars import Monomial, S, Scalar, as_scalar, integer, is_real, rational, tidy

MAX_WEIGHT: Final = 10**9
INCREMENT: Final = "\u2202"
SMALL: Final = 64
# These are one object each.
WHOLE: Final = {value: integer(value) for value in range(-SMALL, SMALL + 1)}
COMPLEX: Final = "complex"
DIVIDED: Final = frozenset({"columns", "block"})
# What a node may hold, as bits.
INCREMENTS, COMPLEXES, BLOCKS = 1, 2, 4
HOLDING: Final = tuple((bool(held & INCREMENTS), bool(held & COMPLEXES), bool(held & BLOCKS)) for held in range(8))

# Taken again where an expression goes while another one is put in.
_interning: Final = RLock()


class _Reference(ref["Expr"]):
    """A node that goes with its last user, and then leaves the table that it stands in."""

    __slots__ = ("key", "table")

    key: tuple[Any, ...]
    table: dict[tuple[Any, ...], ref[Expr]]


def _gone(reference: Any, interning: RLock = _interning, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    # While the interpreter ends, the names of this module are gone.
    if is_finalizing():
        return
    with interning:
        if reference.table.get(reference.key) is reference:
            del reference.table[reference.key]


def node(op: str, args: tuple[Expr, ...], data: Any, shape: Shape) -> Expr:
    """The one node of this operation, operands, parameter and shape, for the book in use. Normal form is the caller's duty."""
    key = (op, args, data, shape)
    spend()
    nodes = IN_USE.get().nodes
    known = nodes.get(key)
    found: Expr | None = None if known is None else known()
    if found is not None:
        return found
    made = object.__new__(Expr)
    made.op, made.args, made.data, made.shape = op, args, data, shape
    made._transposed = made._order = made._digest = made.known = None
    made.is_scalar = shape[0] is ONE and shape[1] is ONE
    made.is_wrapped = False
    _inherit(made)
    made.operations = _operations(op, args)
    made.weight = min(MAX_WEIGHT, weigh(op, args, data))
    # Two threads that make the same node get one.
    with _interning:
        known = nodes.get(key)
        found = None if known is None else known()
        if found is None:
            reference = _Reference(made, _gone)
            reference.key, reference.table = key, nodes
            nodes[key] = reference
        return made if found is None else found


def _inherit(made: Expr) -> None:
    """What a node has of its operands."""
    op, args = made.op, made.args
    held, depth = BLOCKS if op in DIVIDED else 0, 0
    if not args:
        held |= (op == "sym" and made.data.name == INCREMENT and INCREMENTS) | (_is_complex(op, made.data) and COMPLEXES)
    for a in args:
        held |= a.held
        if a.depth > depth:
            depth = a.depth
    made.held, made.depth = held, depth + 1
    made.has_increment, made.has_complex, made.has_blocks = HOLDING[held]


def _operations(op: str, args: tuple[Expr, ...]) -> frozenset[str]:
    """The operations and functions that a node is made with, itself included; equal sets are one object."""
    if not args:
        return _with(op)
    found = args[0].operations
    if op in found and [a.operations for a in args].count(found) == len(args):
        return found
    return _with(op, *dict.fromkeys([a.operations for a in args]))


@remembered(4096)
def _with(op: str, *others: frozenset[str]) -> frozenset[str]:
    return _the_one(frozenset([op]).union(*others))


@remembered(4096)
def _the_one(operations: frozenset[str]) -> frozenset[str]:
    return operations


def _is_complex(op: str, data: Any) -> bool:
    """Whether a leaf is a complex variable, or a constant with an imaginary part."""
    if op == "sym":
        return bool(data.properties) and COMPLEX in implied(data.properties)
    return op == "const" and not is_real(data)


# ---------------------------------------------------------------------------------------------------- leaves


def sym(name: str, shape: Shape, ndim: int | None = None, properties: Iterable[str] = ()) -> Expr:
    """A variable."""
    counted = ndim if ndim is not None else sum(d is not ONE for d in shape)
    return node("sym", (), Symbol(name, counted, frozenset(properties)), shape)


def unknown_value(f: Unknown, argument: Expr) -> Expr:
    """The value of an unknown function, or of a derivative of one."""
    return node("call", (argument,), f, f.shape(argument.shape))


def increment(shape: Shape) -> Expr:
    """The increment dA of an operand of this shape: what a differential is linear in."""
    return sym(INCREMENT, shape)


def const(value: Scalar | int | float | str) -> Expr:
    """A scalar constant: a number, pi, or what is made of dimension names."""
    if isinstance(value, int):
        return _small(value) if abs(value) <= SMALL else node("const", (), integer(value), SCALAR)
    if isinstance(value, (float, str)):
        value = rational(str(value))
    elif value is S.One or value is S.NegativeOne or value is S.Zero:
        return _small(int(value))
    elif not isinstance(value, Monomial):
        value = tidy(as_scalar(value))
    return node("const", (), value, SCALAR)


def _small(value: int) -> Expr:
    """A small integer, which the book keeps: it is asked for at every step, and would be made anew each time."""
    memo = IN_USE.get().memo
    found: Expr | None = memo.get(("const", value))
    if found is None:
        found = memo["const", value] = node("const", (), integer(value), SCALAR)
    return found


def eye(n: Dim) -> Expr:
    """The identity matrix."""
    return const(1) if n is ONE else node("eye", (), None, (n, n))


def ones(m: Dim, n: Dim = ONE) -> Expr:
    """The array of ones."""
    return const(1) if m is ONE and n is ONE else node("ones", (), None, (m, n))


def zeros(m: Dim, n: Dim = ONE) -> Expr:
    """The array of zeros; the number 0 for a scalar."""
    return const(0) if m is ONE and n is ONE else node("zeros", (), None, (m, n))


def comm(m: Dim, n: Dim) -> Expr:
    """The commutation matrix: K(m,n) vec(A) = vec(A^T) for A of m x n (Magnus and Neudecker, section 3.7)."""
    if m is ONE or n is ONE:
        return eye(times(m, n))
    return node("comm", (), (m, n), (times(m, n), times(m, n)))


def duplication(n: Dim) -> Expr:
    """The duplication matrix: D(n) vech(S) = vec(S) for symmetric S of n x n (Magnus and Neudecker, section 3.8)."""
    return const(1) if n is ONE else node("dup", (), n, (times(n, n), triangular(n)))


def elimination(n: Dim) -> Expr:
    """The elimination matrix: L(n) vec(A) = vech(A) for A of n x n (Magnus and Neudecker 1980)."""
    return const(1) if n is ONE else node("elim", (), n, (triangular(n), times(n, n)))


def triangle(side: str, halved: bool, n: Dim) -> Expr:
    """A lower or upper triangle of ones, its diagonal halved or not; zeros elsewhere."""
    if n is ONE:
        return const("1/2") if halved else const(1)
    return node("triangle", (), (side, halved), (n, n))


def unit(i: int | str, n: Dim) -> Expr:
    """The i-th unit vector of length n; i is a number, or the letter of an index in a display."""
    return node("unit", (), i, (n, ONE))


def columns(first: Dim, last: Dim, n: Dim) -> Expr:
    """The columns of the identity matrix from the first to the last one: x[2:4] is columns(2, 4, n)^T x."""
    if first is ONE and last == n:
        return eye(n)
    if first is last and first.is_Integer and n.is_Integer:
        return unit(int(first), n)
    return node("columns", (), (first, last), (n, minus(last, first) + 1))


def array(rows: Sequence[Sequence[Expr]]) -> Expr:
    """An explicit array of scalar entries."""
    m, n = len(rows), len(rows[0])
    if m == n == 1:
        return rows[0][0]
    return node("array", tuple(e for row in rows for e in row), (m, n), (integer(m), integer(n)))


def operator(name: str, fixed: Sequence[Expr], value: Shape, argument: Shape) -> Expr:
    """The linear operator f(A, .) of the book as a matrix, J with vec f(A, E) = J vec(E), for E of the shape of `argument`."""
    return node("operator", tuple(fixed), (name, value, argument), (times(*value), times(*argument)))


def is_zero(e: Expr) -> bool:
    return e.op == "zeros" or e.op == "const" and e.data is S.Zero


def is_const(e: Expr, value: int) -> bool:
    return e.op == "const" and e.data is WHOLE[value]


# ------------------------------------------------------------------------------------------ sums and products


def split_coefficient(e: Expr) -> tuple[Scalar, Expr]:
    """(c, rest) with e = c * rest and c a constant; the rest of a constant is 1."""
    if e.op == "const":
        return e.data, const(1)
    if e.op == "mul" and e.args[0].op == "const":
        rest = e.args[1:]
        return e.args[0].data, rest[0] if len(rest) == 1 else node("mul", rest, None, e.shape)
    return S.One, e


def split_product(e: Expr) -> tuple[Scalar, tuple[Expr, ...], tuple[Expr, ...]]:
    """(c, scalar factors, matrix factors) of a product."""
    if e.op == "const":
        return e.data, (), ()
    if e.op != "mul":
        return (S.One, (e,), ()) if e.is_scalar else (S.One, (), (e,))
    c, args = (e.args[0].data, e.args[1:]) if e.args[0].op == "const" else (S.One, e.args)
    k = 0
    while k < len(args) and args[k].is_scalar:
        k += 1
    return c, args[:k], args[k:]


# ---------------------------------------------------------------------------------------------------- powers


def base_and_exponent(e: Expr) -> tuple[Expr, Expr]:
    return (e.args[0], e.args[1]) if e.op == "pow" else (e, const(1))

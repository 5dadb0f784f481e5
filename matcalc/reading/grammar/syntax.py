"""The untyped syntax tree: what the text says, before anything is known about shapes.

Every node knows the half-open range of characters that it was read from, so that an error can point at it. Sums and
products lean to the left, as they were read; `inference` walks such spines in a loop, never by recursion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.book.letters import LATEX_CAPITALS
from matcalc.errors import ParseError, Span
from matcalc.patterns import late
from matcalc.reading.grammar.tokens import FOR_EACH
from matcalc.records import dataclass

# A capital below a norm is its weight, but for the F of Frobenius and the L of L_2; TV and HS are names of norms.
_CAPITAL: Final = f"(?:[A-ZΑ-Ω]|{'|'.join(sorted(LATEX_CAPITALS))})"
INFINITY: Final = frozenset({"inf", "Inf", "infty", "\\infty", "∞", "oo"})
IS_ORDER: Final = late(r"[pqr]|[3-9]|[1-9][0-9]+|[0-9]*\.[0-9]+")
IS_WEIGHT: Final = late(rf"(?!F$|L_?[0-9]){_CAPITAL}(?:_\w+|[0-9]+)?(\^-1)?|\w+\^-1")


@dataclass(frozen=True, eq=False)
class Number:
    """A literal; `text` is exact, so that 0.1 is a tenth."""

    text: str
    span: Span


@dataclass(frozen=True, eq=False)
class Name:
    """A variable, a definition, a dimension or a constant."""

    name: str
    span: Span


@dataclass(frozen=True, eq=False)
class Negation:
    operand: Syntax
    span: Span


@dataclass(frozen=True, eq=False)
class Transposition:
    """`sign` tells how it is written: T, H for the conjugate transpose, or a prime, which is the latter of complex arrays."""

    operand: Syntax
    span: Span
    sign: str = "T"


@dataclass(frozen=True, eq=False)
class Binary:
    """`op` is the name of an operator of the table, `solve` for the left division, or `range` in an index; `at` is where it stands."""

    op: str
    left: Syntax
    right: Syntax
    at: Span
    span: Span


@dataclass(frozen=True, eq=False)
class Call:
    """A function applied to its arguments; `primes` counts the primes of sigma''(z)."""

    name: str
    args: tuple[Syntax, ...]
    at: Span
    span: Span
    primes: int = 0


@dataclass(frozen=True, eq=False)
class Colon:
    """The colon of X[:,1]: every index of an axis."""

    span: Span


@dataclass(frozen=True, eq=False)
class Index:
    """An entry or a slice: X[1,2], X[:,1]."""

    base: Syntax
    indices: tuple[Syntax, ...]
    span: Span


@dataclass(frozen=True, eq=False)
class ArrayLiteral:
    rows: tuple[tuple[Syntax, ...], ...]
    span: Span


@dataclass(frozen=True, eq=False)
class Bars:
    """|X| with `double` false, or ||x|| with its subscript, which is empty where none is written, or its weight, ||x||_W."""

    operand: Syntax
    double: bool
    subscript: str
    span: Span
    weight: Syntax | None = None


@dataclass(frozen=True, eq=False)
class Listing:
    """What stands in parentheses: one expression with operators in it, or several, as in np.ones((m, n))."""

    items: tuple[Syntax, ...]
    span: Span


@dataclass(frozen=True, eq=False)
class Text:
    """A text in quotes among the arguments of a function, as in norm(X, 'fro')."""

    text: str
    span: Span


@dataclass(frozen=True, eq=False)
class Keyword:
    """An argument that is named: axis=0."""

    name: str
    value: Syntax
    span: Span


@dataclass(frozen=True, eq=False)
class Sum:
    """A sum over labels, each with its upper limit where one is written; `apart` has the pairs that i < j or i != j tells apart.

    Where it is `kept`, nothing is summed: it is the column or the matrix of the values for each label.
    """

    operand: Syntax
    labels: tuple[tuple[str, Syntax | None], ...]
    apart: tuple[tuple[str, str, str], ...]
    at: Span
    span: Span
    kept: bool = False


Syntax = Number | Name | Negation | Transposition | Binary | Call | Colon | Index | ArrayLiteral | Bars | Listing | Sum | Text | Keyword


@dataclass(frozen=True, eq=False)
class Parsed:
    """A tree with its text, and the names, calls, powers, sums and weights in it, which are looked at before shapes are inferred."""

    tree: Syntax
    source: str
    numpy: bool
    names: Sequence[Name] = ()
    calls: Sequence[Call] = ()
    powers: Sequence[Binary] = ()
    sums: Sequence[Sum] = ()
    weights: Sequence[Name] = ()


def checked_rows(rows: tuple[tuple[Syntax, ...], ...], span: Span, source: str) -> tuple[tuple[Syntax, ...], ...]:
    """The rows of an array; refused is [A B; C D], of which MATLAB makes four blocks and this notation two products."""
    factors = [e for row in rows for e in row if isinstance(e, Binary) and e.op == "multiply" and e.at[0] == e.at[1]]
    if not factors or any(len(row) > 1 for row in rows) or source[span[0]] != "[":
        return rows
    left, right = (source[slice(*part.span)] for part in (factors[0].left, factors[0].right))
    hint = f"write {left}, {right} for blocks side by side, {left}*{right} for a product"
    raise ParseError(f"{left} {right} in an array could be two blocks or a product", factors[0].span, source, hint)


def summed_over(ranges: str, body: Syntax, at: Span) -> Sum:
    """The sum over the ranges of its token, i=n,j,i<k; a sum whose body is another sum is one over the labels of both."""
    if ranges[0] == FOR_EACH:
        return Sum(body, ((ranges[1:], None),), (), at, (at[0], body.span[1]), kept=True)
    items = [item for item in ranges.split(",") if item[1:2] not in ("<", "≠")]
    apart = [(item[0], item[1], item[2:]) for item in ranges.split(",") if item[1:2] in ("<", "≠")]
    limits = [(label, size) for label, _, size in (item.partition("=") for item in items)]
    labels = [(label, _limit(size, at)) for label, size in limits]
    inner = body
    while isinstance(inner, Listing) and len(inner.items) == 1:
        inner = inner.items[0]
    if isinstance(inner, Sum) and not inner.kept:
        return Sum(inner.operand, (*labels, *inner.labels), (*apart, *inner.apart), at, (at[0], inner.span[1]))
    return Sum(body, tuple(labels), tuple(apart), at, (at[0], body.span[1]))


def _limit(size: str, at: Span) -> Syntax | None:
    if not size:
        return None
    return Number(size, at) if size.isdigit() else Name(size, at)


def weight_of(subscript: str, at: Span) -> tuple[Name | None, Syntax | None]:
    """The weight W or W^-1 that the subscript of a norm is, and its name; none of any other subscript."""
    if not IS_WEIGHT().fullmatch(subscript):
        return None, None
    text, power, _ = subscript.partition("^")
    name = Name(text, at)
    return name, Binary("power", name, Negation(Number("1", at), at), at, at) if power else name


def bars_of(operand: Syntax, double: bool, subscript: str, at: Span, span: Span) -> tuple[Syntax, Name | None, bool]:
    """|X| or ||x|| with its subscript; the name in that, and whether it is a weight. ||x||_p and ||x||_inf are calls."""
    name, weight = weight_of(subscript, at)
    if weight is not None:
        return Bars(operand, double, "", span, weight), name, True
    # A capital alone is a matrix, of which these norms could be several.
    if isinstance(operand, Name) and operand.name[0].isupper():
        return Bars(operand, double, subscript, span), None, False
    if subscript in INFINITY:
        return Call("norminf", (operand,), at, span), None, False
    if not IS_ORDER().fullmatch(subscript):
        return Bars(operand, double, subscript, span), None, False
    order = Name(subscript, at) if subscript.isalpha() else Number(subscript, at)
    return Call("normp", (operand, order), at, span), order if isinstance(order, Name) else None, False


def flat(array: ArrayLiteral) -> ArrayLiteral:
    """[[A, B], [C, D]], as lists of rows are written elsewhere, is [A, B; C, D]."""
    rows = [part.rows[0] for part in array.rows[0] if isinstance(part, ArrayLiteral) and len(part.rows) == 1]
    is_nested = len(array.rows) == 1 and len(rows) == len(array.rows[0]) > 1 and len({len(row) for row in rows}) == 1
    return ArrayLiteral(tuple(rows), array.span) if is_nested else array


def peeled(node: Syntax) -> Syntax:
    """A node without the signs and parentheses around it."""
    while isinstance(node, Negation) or isinstance(node, Listing) and len(node.items) == 1:
        node = node.operand if isinstance(node, Negation) else node.items[0]
    return node

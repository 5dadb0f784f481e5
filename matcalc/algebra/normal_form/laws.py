"""The laws of rules/laws.toml at work: `rewritten(name, args)` is the right side where a left side matches, else None.

A side is read once into patterns and makers, which are kept by the function at the head of the left side, so that building an
expression that no law speaks of costs one look into a table. Sides are read with Python's own grammar, in which `.*` and `^T` are
written `@` and `.T`: the reader of the notation stands above this room.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Final

from matcalc.algebra.node import Expr, const, eye, is_const, is_zero, ones, triangle, zeros
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import add, scale, subtract
from matcalc.algebra.structure import is_positive, properties
from matcalc.book import laws as book
from matcalc.book.rules import holds_of_complex
from matcalc.book.sizes import ONE, Dim, dim, times
from matcalc.errors import UsageError
from matcalc.patterns import late
from matcalc.records import dataclass
from matcalc.scalars import Scalar, rational

Shapes = Mapping[str, tuple[str, str]]


class Bindings:
    """What the variables and the dimension names of a law stand for."""

    __slots__ = ("sizes", "values")

    def __init__(self) -> None:
        self.values: dict[str, Expr] = {}
        self.sizes: dict[str, Dim] = {"1": ONE}

    def size(self, letter: str, d: Dim) -> bool:
        """Whether a dimension name may stand for this size."""
        return bool(self.sizes.setdefault(letter, d) == d)


Pattern = Callable[[Expr, Bindings], bool]
Maker = Callable[[Bindings], Expr]
CONSTANTS: Final[Mapping[str, Callable[..., Expr]]] = {
    "ones": ones,
    "zeros": zeros,
    "eye": eye,
    "lower": partial(triangle, "lower", False),
    "upper": partial(triangle, "upper", False),
    "half_lower": partial(triangle, "lower", True),
    "half_upper": partial(triangle, "upper", True),
}
# A square constant is told by one size.
OBLONG: Final = frozenset({"ones", "zeros"})
ALIKE: Final[Mapping[str, Callable[[Expr], bool]]] = {
    "ones": lambda e: e.op == "ones" or is_const(e, 1),
    "zeros": is_zero,
    "eye": lambda e: e.op == "eye" or is_const(e, 1),
}

OF_VARIABLES: Final = late(r"\w+\([A-Za-z_]\w*(?:, ?[A-Za-z_]\w*)*\)")


@dataclass(frozen=True)
class Compiled:
    """A law as patterns of the arguments of its head, conditions and a maker of its right side."""

    arguments: tuple[Pattern, ...]
    where: tuple[tuple[str, str], ...]
    right: Maker
    complex: bool = False

    def applied(self, args: Sequence[Expr]) -> Expr | None:
        """The right side for these arguments; None where the left side does not match or a condition is not known to hold."""
        bound = Bindings()
        if not all(pattern(a, bound) for pattern, a in zip(self.arguments, args, strict=True)):
            return None
        return self.right(bound) if all(_holds(bound.values[letter], known) for letter, known in self.where) else None


def _holds(e: Expr, known: str) -> bool:
    if e.op == "const" and known == "integer":
        return bool(e.data.is_integer)
    return is_positive(e) if known == "positive" else known in properties(e)


def rewritten(name: str, args: Sequence[Expr]) -> Expr | None:
    """What the first law that applies makes of a function of these arguments; None where none does."""
    laws = _of_head(name)
    if laws and any(a.has_complex for a in args):
        laws = tuple(law for law in laws if law.complex)
    for law in laws:
        made = law.applied(args)
        if made is not None:
            return made
    return None


@cache
def ruled() -> frozenset[str]:
    """The functions that a law makes something else of whatever the arguments are, or whatever they are that have a property."""
    return frozenset(head for head, tables in book.tables().items() if any(OF_VARIABLES().fullmatch(t["left"]) for t in tables))


@cache
def _of_head(name: str) -> tuple[Compiled, ...]:
    """The laws of a function, made into patterns when it is first met."""
    return tuple(map(_compiled, book.laws_of(name)))


def _compiled(law: book.Law) -> Compiled:
    left = _parsed(law.left)
    if not isinstance(left, ast.Call):
        raise UsageError(f"the left side of the law {law.name!r} is no function")
    complexly = law.complex or holds_of_complex((law.left, law.right), frozenset(known for _, known in law.where))
    return Compiled(tuple(_pattern(a, law.params) for a in left.args), law.where, _maker(_parsed(law.right), law.params), complexly)


def _parsed(side: str) -> ast.expr:
    return ast.parse(side.replace(".*", "@").replace("^T", ".T"), mode="eval").body


def _head(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Name)
    return call.func.id


def _letters(call: ast.Call) -> list[str]:
    """The sizes of ones(m,n), zeros(m,n) or eye(n); a column has one."""
    letters = [a.id for a in call.args if isinstance(a, ast.Name)]
    return [*letters, "1"][:2] if _head(call) in OBLONG else letters * 2


def _pattern(side: ast.expr, params: Shapes) -> Pattern:
    number = _number(side)
    if number is not None:
        return lambda e, bound: e.op == "const" and e.data == number
    match side:
        case ast.Name(name) if name in params:
            return _variable_pattern(name, *params[name])
        case ast.Name(size):
            return lambda e, bound: e.op == "const" and bound.size(size, e.data)
        case ast.Call():
            return _constant_pattern(side) if _head(side) in CONSTANTS else _function_pattern(side, params)
    raise UsageError(f"a law cannot match {ast.unparse(side)!r}")


def _variable_pattern(name: str, rows: str, columns: str) -> Pattern:
    def variable(e: Expr, bound: Bindings) -> bool:
        fits = bound.size(rows, e.shape[0]) and bound.size(columns, e.shape[1])
        return fits and bound.values.setdefault(name, e) is e

    return variable


def _number(side: ast.expr) -> Scalar | None:
    """The number that a side is: 2, 1/2, -1/2; None for anything else."""
    try:
        return rational(ast.unparse(side).replace(" ", ""))
    except ValueError:
        return None


def _constant_pattern(side: ast.Call) -> Pattern:
    is_alike, (rows, columns) = ALIKE[_head(side)], _letters(side)
    return lambda e, bound: is_alike(e) and bound.size(rows, e.shape[0]) and bound.size(columns, e.shape[1])


def _function_pattern(side: ast.Call, params: Shapes) -> Pattern:
    name, inside = _head(side), [_pattern(a, params) for a in side.args]
    return lambda e, bound: e.op == name and all(p(a, bound) for p, a in zip(inside, e.args, strict=True))


def _maker(side: ast.expr, params: Shapes) -> Maker:
    number = _number(side)
    if number is not None:
        return lambda bound: const(number)
    match side:
        case ast.Name(name) if name in params:
            return lambda bound: bound.values[name]
        case ast.Name(size):
            return lambda bound: const(bound.sizes[size])
        case ast.Attribute(operand, "T"):
            inside = _maker(operand, params)
            return lambda bound: build.transpose(inside(bound))
        case ast.BinOp(left, ast.Div(), divisor):
            inside, sizes = _maker(left, params), [part.strip() for part in ast.unparse(divisor).split("*")]
            return lambda bound: scale(1 / times(*(bound.sizes.get(d) or dim(d) for d in sizes)), inside(bound))
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            combine, first, second = OPERATORS[type(operator)], _maker(left, params), _maker(right, params)
            return lambda bound: combine(first(bound), second(bound))
        case ast.Call() if _head(side) in CONSTANTS:
            return _constant_maker(side)
        case ast.Call():
            name, makers = _head(side), [_maker(a, params) for a in side.args]
            return lambda bound: build.fun(name, *(make(bound) for make in makers))
    raise UsageError(f"a law cannot build {ast.unparse(side)!r}")


def _constant_maker(side: ast.Call) -> Maker:
    make, letters = CONSTANTS[_head(side)], _letters(side)[: 2 if _head(side) in OBLONG else 1]
    return lambda bound: make(*(bound.sizes.get(d) or dim(d) for d in letters))


OPERATORS: Final[Mapping[type[ast.operator], Callable[[Expr, Expr], Expr]]] = {
    ast.Add: lambda a, b: add(a, b),
    ast.Sub: subtract,
    ast.Mult: lambda a, b: build.mul(a, b),
    ast.MatMult: lambda a, b: build.had(a, b),
    ast.BitXor: lambda a, b: build.power(a, b),
}

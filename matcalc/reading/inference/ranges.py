"""Where an index points: A[2,:], x[2:4], x[2:end], both ends of a range counted in.

A position is a sum of integers, names of dimensions, and `end`, which is the last index of its axis. The length of a range
is last - first + 1; where the length of the axis is not known yet, that of a range up to its end is the axis less a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.node import Expr, columns
from matcalc.book.sizes import ONE, Dim, dim, plus, times
from matcalc.errors import LimitError, ParseError, ShapeError, Span
from matcalc.reading.grammar.syntax import Binary, Listing, Name, Negation, Number, Syntax
from matcalc.reading.inference.unify import Term, find, resolve, total
from matcalc.records import dataclass
from matcalc.scalars import S, integer

END: Final = "end"
MAX_DIGITS: Final = 9
MAX_PARTS: Final = 16


@dataclass(frozen=True)
class Position:
    """An offset, from the last index where it is `from_end`: 3, n - 1, end - 1."""

    offset: Dim
    from_end: bool = False

    def on(self, axis: Dim) -> Dim:
        """The index on an axis of this length."""
        return plus(axis, self.offset) if self.from_end else self.offset


@dataclass(frozen=True)
class Interval:
    """What an index picks of an axis: from one position to another, or a single one."""

    first: Position
    last: Position

    def length(self, axis: Term) -> Term | None:
        """How many indices it picks; None where that depends on a length that is not known yet."""
        if self.first == self.last:
            return ONE
        known = resolve(axis)
        if known is not None:
            return plus(self.last.on(known), -self.first.on(known), ONE)
        rest = plus(self.last.offset, -self.first.offset, ONE)
        if self.first.from_end == self.last.from_end:
            return rest
        if self.first.from_end or not rest.is_Integer:
            return None
        return total(find(axis), rest) if rest else find(axis)

    def fault(self, axis: Dim) -> str | None:
        """What is wrong with it on an axis of this length, as far as that can be told."""
        first, last = self.first.on(axis), self.last.on(axis)
        if plus(last, -first).is_negative:
            return f"the range {first}:{last} holds nothing"
        if first.is_nonpositive:
            return "entries count from 1"
        return f"there is no index {last}, the last is {axis}" if plus(axis, -last).is_negative else None

    def selected(self, axis: Dim) -> int | Expr | None:
        """The columns of the identity that pick it, as `algebra.part` has them: an integer, None for the whole axis."""
        first, last = self.first.on(axis), self.last.on(axis)
        if first is last and first.is_Integer:
            return int(first)
        return None if first is ONE and last == axis else columns(first, last, axis)


def read_interval(node: Syntax, source: str, is_dimension: Callable[[str], bool]) -> Interval:
    """The positions that one part of an index stands for.

    Raises a MatcalcError that points at what is no position.
    """
    if isinstance(node, Binary) and node.op == "range":
        if isinstance(node.left, Binary) and node.left.op == "range":
            raise ParseError("a range has two ends and no step", node.span, source)
        return Interval(_position(node.left, source, is_dimension), _position(node.right, source, is_dimension))
    at = _position(node, source, is_dimension)
    return Interval(at, at)


def _position(node: Syntax, source: str, is_dimension: Callable[[str], bool]) -> Position:
    """The sum that a position is, its terms one by one."""
    offset, ends, count = S.Zero, 0, 0
    pending: list[tuple[Syntax, int]] = [(node, 1)]
    while pending:
        part, sign = pending.pop()
        count += 1
        if count > MAX_PARTS:
            raise LimitError(f"an index is the sum of at most {MAX_PARTS} terms", node.span, source)
        if isinstance(part, Binary) and part.op in ("add", "subtract"):
            pending += [(part.left, sign), (part.right, sign if part.op == "add" else -sign)]
        elif isinstance(part, Negation):
            pending.append((part.operand, -sign))
        elif isinstance(part, Listing) and len(part.items) == 1:
            pending.append((part.items[0], sign))
        elif isinstance(part, Name) and part.name == END:
            ends += sign
        else:
            offset = plus(offset, sign * _term(part, node.span, source, is_dimension))
    if ends not in (0, 1):
        raise ParseError("an index holds 'end' once", node.span, source)
    if not ends and offset.is_Integer and offset < 1:
        raise ShapeError("entries count from 1", node.span, source)
    return Position(offset, bool(ends))


def _term(node: Syntax, whole: Span, source: str, is_dimension: Callable[[str], bool]) -> Dim:
    """A number, a name, or a product of the two."""
    factors = [node.left, node.right] if isinstance(node, Binary) and node.op in ("multiply", "dot") else [node]
    found: list[Dim] = []
    for f in factors:
        if isinstance(f, Number) and f.text.isdigit():
            if len(f.text) > MAX_DIGITS:
                raise LimitError(f"an index has at most {MAX_DIGITS} digits", f.span, source)
            found.append(integer(int(f.text)))
        elif isinstance(f, Name) and is_dimension(f.name):
            found.append(dim(f.name))
        else:
            raise ParseError("an index is a positive integer", whole, source, _hint(f))
    return times(*found)


def _hint(node: Syntax) -> str | None:
    """What a name in an index would have to be."""
    if not isinstance(node, Name):
        return None
    return f"where {node.name} is a size, declare what has it, such as 'x: {node.name}'; the last index is 'end'"

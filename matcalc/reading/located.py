"""A part of a variable: the entry, row, column or block that an index such as W[2,:] means."""

from __future__ import annotations

from matcalc.algebra.node import Expr
from matcalc.book.sizes import ONE, show
from matcalc.errors import ShapeError
from matcalc.reading.grammar.derivative import Index
from matcalc.reading.grammar.parser import parse
from matcalc.reading.grammar.syntax import Colon
from matcalc.reading.grammar.syntax import Index as SyntaxIndex
from matcalc.reading.grammar.tokens import Token, ended
from matcalc.reading.inference.ranges import Interval, read_interval
from matcalc.reading.inference.scope import Scope

Part = tuple["int | Expr | None", "int | Expr | None"]
Intervals = tuple["Interval | None", ...]


def part_of(name: str, index: Index, x: Expr, text: str, scope: Scope) -> Part | None:
    """The rows and the columns that an index of a variable means, None for every one; None where it is the whole variable."""
    written = f"{name}[{','.join(''.join(t.text for t in tokens) for tokens in index)}]"
    is_vector = ONE in x.shape
    if x.is_scalar or len(index) > 2 or len(index) == 1 and not is_vector:
        hint = None if x.is_scalar else f"{name}[1,2] is an entry of a matrix, {name}[1,:] a row"
        raise ShapeError(f"{name} is {show(x.shape)} and has no {written}", hint=hint)
    at = _intervals(index, text, scope)
    i, j = at if len(at) == 2 else (None, at[0]) if x.shape[0] is ONE else (at[0], None)
    for k, size in ((i, x.shape[0]), (j, x.shape[1])):
        fault = None if k is None else k.fault(size)
        if fault is not None:
            raise ShapeError(f"{name} is {show(x.shape)} and has no {written}", hint=fault)
    part = None if i is None else i.selected(x.shape[0]), None if j is None else j.selected(x.shape[1])
    return None if part == (None, None) else part


def _intervals(index: Index, source: str, scope: Scope) -> Intervals:
    """What an index of a variable picks of each axis; the names in it are dimensions."""
    found: list[Interval | None] = []
    for tokens in index:
        opening, closing = Token("op", "[", tokens[0].start, tokens[0].start), Token("op", "]", tokens[-1].end, tokens[-1].end)
        base = Token("name", "x", tokens[0].start, tokens[0].start)
        text = source if tokens[-1].end <= len(source) else ""
        tree = parse([base, opening, *tokens, closing, *ended([closing])[1:]], text, scope).tree
        assert isinstance(tree, SyntaxIndex)
        (node,) = tree.indices
        found.append(None if isinstance(node, Colon) else read_interval(node, text, scope.is_dimension))
    return tuple(found)

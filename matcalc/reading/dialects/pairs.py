"""Calls rewritten after the tables: what matches the left side of a line becomes its right side.

Both sides are read by the grammar itself, each once; in them a name of one letter stands for any argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cache, cached_property
from typing import Final, NoReturn

from matcalc.errors import MatcalcError, ParseError, Span
from matcalc.reading.dialects.blocks import BLOCKS
from matcalc.reading.dialects.tools import COMMON, TOOLS, Line, plain, table
from matcalc.reading.grammar.parser import parse
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Index,
    Keyword,
    Listing,
    Name,
    Negation,
    Number,
    Syntax,
    Text,
    Transposition,
)
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.grammar.vocabulary import Respelt
from matcalc.reading.lexer import lex
from matcalc.records import dataclass

SHOWN: Final = 6


class _Words:
    """The vocabulary of a table: what stands before a parenthesis is a function; on its right side, other spellings are rewritten."""

    def __init__(self, is_ours: bool) -> None:
        self.is_ours = is_ours

    def is_call(self, tokens: Sequence[Token], i: int) -> bool:
        return True

    def is_function(self, name: str) -> bool:
        return False

    def is_unknown_function(self, name: str) -> bool:
        return False

    def rewritten(self, node: Call | Index, source: str) -> Respelt | None:
        return rewritten(node, source) if self.is_ours else None


@dataclass
class Pair:
    """A line of a table as trees; ours is read when it is first needed, since it may hold other spellings."""

    theirs: Syntax
    line: Line

    @cached_property
    def ours(self) -> Syntax:
        """The right side."""
        return _tree(self.line.ours, True)


@dataclass
class _Made:
    """A right side in the making: what stands for its names, where the call stands, and what is new in the tree."""

    bound: Mapping[str, Syntax]
    at: Span
    span: Span
    calls: list[Call] = field(default_factory=list)
    powers: list[Binary] = field(default_factory=list)


def is_spelt(name: str) -> bool:
    """Whether a name is that of a function that is read in every text, or of another tool."""
    return name in plain() or name in BLOCKS or "." in name


def rewritten(node: Call | Index, source: str) -> Respelt | None:
    """What a call, or the entry of its value, is another spelling of; None where it is none.

    Raises ParseError, with what is read, for a function of another tool with arguments that no line of its table has.
    """
    call = node if isinstance(node, Call) else node.base
    if isinstance(node, Call) and node.name.rpartition(".")[2] in BLOCKS:
        return Respelt(BLOCKS[node.name.rpartition(".")[2]](node))
    if not isinstance(call, Call) or "." not in call.name and call.name not in plain() and f"{call.name}[" not in plain():
        _check(node, source)
        return None
    tool, _, name = call.name.rpartition(".")
    key = name if isinstance(node, Call) else f"{name}["
    alone = None if not tool or isinstance(node, Index) or f"{name}[" in table(tool) else _with_name(call, name)
    where = tool or COMMON
    while where:
        for pair in _pairs(where, key):
            bound: dict[str, Syntax] = {}
            if _match(pair.theirs, node, bound):
                return _applied(pair, node, bound, source)
        where = TOOLS[where].beside
    if alone is None:
        _check(node, source)
        return None
    _check(alone, source, _lines(tool, key))
    return Respelt(alone, [alone])


def _with_name(call: Call, name: str) -> Call:
    return Call(name, call.args, call.at, call.span, call.primes)


def _check(node: Call | Index, source: str, known: Sequence[Line] = ()) -> None:
    """Refuse arguments that only another tool has."""
    for argument in node.args if isinstance(node, Call) else ():
        if isinstance(argument, (Keyword, Text)):
            name = node.name.rpartition(".")[2] if isinstance(node, Call) else ""
            listed = ", ".join(list(dict.fromkeys(line.theirs for line in known if not line.refused))[:SHOWN])
            told = f"{name} is not read with the argument {source[slice(*argument.span)]}"
            raise ParseError(told, argument.span, source, f"read are {listed}" if listed else "leave the argument out")


def _lines(tool: str, key: str) -> list[Line]:
    found: list[Line] = []
    while tool:
        found += table(tool).get(key, [])
        tool = TOOLS[tool].beside
    return found


def _applied(pair: Pair, node: Call | Index, bound: Mapping[str, Syntax], source: str) -> Respelt:
    if pair.line.refused:
        _refuse(pair, node, source)
    call = node if isinstance(node, Call) else node.base
    made = _Made(bound, call.at if isinstance(call, Call) else node.span, node.span)
    tree = _build(pair.ours, made)
    given = _arguments(node)
    unused = frozenset(part for part in given if isinstance(part, Name) and part not in bound.values())
    functions = frozenset(b for b in bound.values() if isinstance(b, Name) and any(c.name == b.name for c in made.calls))
    return Respelt(tree, made.calls, made.powers, unused | functions)


def _arguments(node: Call | Index) -> list[Syntax]:
    call = node if isinstance(node, Call) else node.base
    return [a.value if isinstance(a, Keyword) else a for a in call.args] if isinstance(call, Call) else []


def _refuse(pair: Pair, node: Call | Index, source: str) -> NoReturn:
    told, _, hint = pair.line.refused.partition("; ")
    raise ParseError(told, node.span, source, hint or None)


@cache
def _pairs(tool: str, key: str) -> tuple[Pair, ...]:
    """The lines of a table for a function, as trees."""
    return tuple(Pair(_tree(line.theirs, False), line) for line in table(tool).get(key, ()))


def _tree(text: str, is_ours: bool) -> Syntax:
    tokens = lex(text).tokens
    try:
        return parse(tokens, text, _Words(is_ours)).tree
    except MatcalcError as error:
        raise AssertionError(f"the table of spellings holds {text!r}: {error.message}") from error


# ------------------------------------------------------------------------------------------------- the left side


def _match(pattern: Syntax, node: Syntax, bound: dict[str, Syntax]) -> bool:
    """Whether a tree is of the form of a pattern; what its names stand for is noted."""
    if isinstance(pattern, Name) and len(pattern.name) == 1:
        return not isinstance(node, (Keyword, Text)) and bound.setdefault(pattern.name, node) is node
    if type(pattern) is not type(node) or _kind(pattern) != _kind(node):
        return False
    if isinstance(pattern, Call) and isinstance(node, Call):
        return _match_arguments(pattern.args, node.args, bound)
    return _match_all(_operands(pattern), _operands(node), bound)


def _kind(tree: Syntax) -> str | float:
    """What a node says by itself."""
    match tree:
        case Name(name) | Call(name):
            return name.rpartition(".")[2]
        case Number(text):
            return float(text)
        case Text(text):
            return _canonical(text.strip("'\""))
        case Binary(op):
            return op
    return ""


def _canonical(text: str) -> str:
    """The subscripts of an einsum with its letters in the order of the alphabet; any other text as it is."""
    if "->" not in text:
        return text
    letters = list(dict.fromkeys(c for c in text if c.isalpha()))
    return text.replace(" ", "").translate({ord(c): 97 + k for k, c in enumerate(letters)})


def _operands(tree: Syntax) -> tuple[Syntax, ...]:
    match tree:
        case Negation(operand):
            return (operand,)
        case Binary(_, left, right):
            return left, right
        case Index(base, indices):
            return (base, *indices)
        case ArrayLiteral(rows):
            return tuple(entry for row in rows for entry in row)
        case Listing(items):
            return items
    return ()


def _match_all(patterns: Sequence[Syntax], nodes: Sequence[Syntax], bound: dict[str, Syntax]) -> bool:
    return len(patterns) == len(nodes) and all(_match(p, n, bound) for p, n in zip(patterns, nodes, strict=True))


def _match_arguments(patterns: Sequence[Syntax], args: Sequence[Syntax], bound: dict[str, Syntax]) -> bool:
    """Arguments by their places, and those that are named in any order."""
    if len(patterns) != len(args):
        return False
    wanted = {p.name: p.value for p in patterns if isinstance(p, Keyword)}
    named = {a.name: a.value for a in args if isinstance(a, Keyword)}
    if wanted.keys() != named.keys() or not all(_match(wanted[k], named[k], bound) for k in wanted):
        return False
    return _match_all([p for p in patterns if not isinstance(p, Keyword)], [a for a in args if not isinstance(a, Keyword)], bound)


# ------------------------------------------------------------------------------------------------ the right side


def _build(tree: Syntax, made: _Made) -> Syntax:
    """A right side for what its names stand for; what is new in it stands where the call begins."""
    here = (made.span[0], made.span[0])
    match tree:
        case Name(name):
            found = made.bound.get(name)
            return Name(name, here) if found is None else found
        case Number(text):
            return Number(text, here)
        case Call():
            return _build_call(tree, made)
        case Binary(op, left, right):
            op = "product" if op == "multiply" else op
            power = Binary(op, _grouped(left, made), _grouped(right, made), made.at, made.span)
            made.powers += [power] if op in ("power", "epow") else []
            return power
    return _BUILDERS[type(tree)](tree, made)


def _grouped(tree: Syntax, made: _Made) -> Syntax:
    """An operand that stays together, as in parentheses, in a sum or product that is laid out with its neighbours."""
    built = _build(tree, made)
    return Listing((built,), built.span) if isinstance(built, Binary) and isinstance(tree, Name) else built


def _build_call(tree: Call, made: _Made) -> Call:
    function = made.bound.get(tree.name)
    name = function.name if isinstance(function, Name) else tree.name
    call = Call(name, tuple(_build(a, made) for a in tree.args), made.at, made.span)
    made.calls.append(call)
    return call


_BUILDERS: Final[Mapping[type, Callable[..., Syntax]]] = {
    Negation: lambda tree, made: Negation(_build(tree.operand, made), made.span),
    Transposition: lambda tree, made: Transposition(_build(tree.operand, made), made.span, tree.sign),
    Bars: lambda tree, made: Bars(_build(tree.operand, made), tree.double, tree.subscript, made.span),
    Listing: lambda tree, made: Listing(tuple(_build(i, made) for i in tree.items), made.span),
}

r"""Sums over entries, as matrix expressions: \sum_{i,j} a_i X_{ij} b_j is a^T*X*b.

The body of a sum is a tree whose entries carry labels: x[i], X[i,j], and (A*x)[i] of anything else. Every part of it is an
array with at most two labelled axes, kept as factors whose entries are multiplied label by label. A label is summed over by

    no matrix has it      sum(u.*v)               a number
    one matrix            M*(u.*v)                a vector
    two matrices          M*diag(u.*v)*N          a matrix

where u, v are the vectors with that label, and two matrices with the same pair of labels are one, entry by entry. Whatever
else stands in the body acts on entries, so that it becomes a function of the arrays entry by entry. A label with a range
from 1 to n puts eye(n) between, which makes the axis n long. What fits nowhere here, such as a vector without a label or
three matrices that share one, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from matcalc.book import rules as rulebook
from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.parser import parse
from matcalc.reading.grammar.spellings import desugar
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Colon,
    Index,
    Listing,
    Name,
    Negation,
    Number,
    Syntax,
    Transposition,
)
from matcalc.reading.grammar.tokens import BOLD_ONE, EULER, Token

MAX_AXES: Final = 2
Labels = tuple[str, ...]
Factor = tuple[Syntax, Labels]
_SIGNS: Final = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "had": ".*", "quotient": "./", "power": "^", "epow": ".^"}
_MOVE: Final = "move what does not depend on the index out of the sum"
_ALSO_FUNCTIONS: Final = frozenset({"sqrt", "ones", "eye", "zeros"})
_OF_ENTRIES: Final = {"expm": "exp", EULER: "exp"}


@dataclass(frozen=True, slots=True)
class Entries:
    """A product of numbers and of arrays by their entries; the value at a label is that of all factors multiplied."""

    scalars: tuple[Syntax, ...] = ()
    factors: tuple[Factor, ...] = ()

    @property
    def labels(self) -> Labels:
        """The labels of all factors, in the order of their appearance."""
        return tuple(dict.fromkeys(label for _, labels in self.factors for label in labels))


class Kinds:
    """What the names in the body of a sum are; it is also what the parser asks about them."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.kinds = kinds

    def of(self, name: str) -> str:
        return self.kinds.get(name, "")

    def is_call(self, tokens: Sequence[Token], i: int) -> bool:
        """Whether the name at i is a function."""
        return self.is_function(tokens[i].text)

    def is_function(self, name: str) -> bool:
        """Whether a name is a function."""
        kind = self.of(name)
        return kind == "function" or not kind and (rulebook.find(name) is not None or name in _ALSO_FUNCTIONS)

    def is_unknown_function(self, name: str) -> bool:
        """Whether a name was declared as a function."""
        return self.of(name) == "function"


def contract(body: Sequence[Token], sizes: Mapping[str, Syntax | None], kinds: Kinds, at: Span, source: str) -> list[Token]:
    """The tokens of a sum: its body, and for each label that is summed over its upper limit, if it has one.

    Labels that are left belong to a sum around this one; then the result is written with them, as in (A*x)[i].

    Raises ParseError where the sum has no closed form as a product of matrices.
    """
    tree = parse([*body, Token("end", "", at[1], at[1])], source, kinds).tree
    sum_ = _Sum(kinds, at, source)
    value = sum_.entries(tree)
    for label in sum_.order(value, list(sizes)):
        value = sum_.summed(value, label, sizes[label])
    if len(value.labels) > MAX_AXES:
        sum_.fail(f"the entries of this sum have the labels {', '.join(value.labels)}; at most two can be left")
    made = _tokens(sum_.realised(value, value.labels))
    index = [Token("op", "[", *_after(at)), *_separated(value.labels, at), Token("op", "]", *_after(at))] if value.labels else []
    return [Token("op", "(", at[0], at[0]), *made, Token("op", ")", *_after(at)), *index]


def _after(at: Span) -> Span:
    return at[1], at[1]


def _separated(labels: Labels, at: Span) -> list[Token]:
    tokens = [t for label in labels for t in (Token("op", ",", *_after(at)), Token("name", label, *_after(at)))]
    return tokens[1:]


class _Sum:
    def __init__(self, kinds: Kinds, at: Span, source: str) -> None:
        self.kinds = kinds
        self.at = at
        self.source = source

    def fail(self, message: str, span: Span | None = None, hint: str | None = None) -> NoReturn:
        raise self.refusal(message, span, hint)

    def refusal(self, message: str, span: Span | None = None, hint: str | None = None) -> ParseError:
        return ParseError(message, span or self.at, self.source, hint)

    # ------------------------------------------------------------------------------- what the body says

    def entries(self, root: Syntax) -> Entries:
        """The body as entries, operands before what uses them."""
        done: list[Entries] = []
        pending: list[tuple[Syntax, bool]] = [(root, False)]
        while pending:
            node, ready = pending.pop()
            node = desugar(node, False)
            if ready:
                count = len(_operands(node))
                operands = done[len(done) - count :]
                del done[len(done) - count :]
                done.append(self._combined(node, operands))
            else:
                pending.append((node, True))
                pending.extend((part, False) for part in reversed(_operands(node)))
        return done[0]

    def _combined(self, node: Syntax, operands: list[Entries]) -> Entries:
        match node:
            case Number():
                return Entries((node,))
            case Name():
                return self._name(node)
            case Index():
                return self._entry(node)
            case Listing(items=(_,)):
                return operands[0]
            case Negation():
                return _product(Entries((_minus_one(node.span),)), operands[0])
            case Binary() if node.op in _SIGNS:
                return self._binary(node, *operands)
            case Call():
                return self._call(node, operands)
            case Bars(double=False):
                return self._mapped(operands[0], lambda e: Call("abs", (e,), node.span, node.span))
            case Bars():
                return self._opaque(node)
        raise self.refusal("this has no meaning among the entries of a sum", node.span, _MOVE)

    def _binary(self, node: Binary, left: Entries, right: Entries) -> Entries:
        if node.op in ("add", "subtract"):
            return self._sum(node, left, right)
        if node.op in ("power", "epow"):
            return self._power(node, left, right)
        if node.op in ("divide", "quotient"):
            right = self._mapped(right, lambda e: _binary("epow", e, _minus_one(node.at), node.at))
        return _product(left, right)

    def _name(self, node: Name) -> Entries:
        if self.kinds.of(node.name) != "scalar" and node.name != "pi":
            hint = "in a sum every vector and matrix has an index; a family of vectors x_i is a matrix X with a row for each, and X*w"
            self.fail(f"{node.name} is an array without an index, under a sum over entries", node.span, hint)
        return Entries((node,))

    def _entry(self, node: Index) -> Entries:
        """x[i], X[i,j] and X[i,i] of an array; one that is defined or computed is made a column where it has one label."""
        labels = tuple(part.name for part in node.indices if isinstance(part, Name))
        kind = self.kinds.of(node.base.name) if isinstance(node.base, Name) else ""
        if len(labels) != len(node.indices) or len(labels) > MAX_AXES:
            self.fail("an entry under a sum has one label or two", node.span)
        if kind in ("scalar", "function") or len(labels) == 1 and kind == "matrix" or len(labels) == 2 and kind == "vector":
            base = self.source[node.base.span[0] : node.base.span[1]]
            hint = f"declare {base}, such as '{base}: {'n' if len(labels) == 1 else 'm x n'}'"
            self.fail(f"{base} is a {kind} and has no entries with {_counted(labels)}", node.span, hint)
        if len(labels) == 2 and labels[0] == labels[1]:
            return Entries((), ((Call("diagv", (node.base,), node.span, node.span), labels[:1]),))
        base_: Syntax = node.base
        if kind == "row" and len(labels) == 1:
            base_ = Transposition(base_, node.span)
        elif not kind and len(labels) == 1:
            base_ = _binary("had", base_, Name(BOLD_ONE, node.span), node.span)
        return Entries((), ((base_, labels),))

    def _sum(self, node: Binary, left: Entries, right: Entries) -> Entries:
        labels = tuple(dict.fromkeys(left.labels + right.labels))
        made = _binary(node.op, self.realised(left, labels), self.realised(right, labels), node.at)
        return Entries((), ((made, labels),)) if labels else Entries((made,))

    def _power(self, node: Binary, base: Entries, exponent: Entries) -> Entries:
        if exponent.labels:
            self.fail("an exponent with an index has no closed form", node.right.span)
        power = self.realised(exponent, ())
        return self._mapped(base, lambda e: _binary("epow", e, power, node.at))

    def _call(self, node: Call, operands: list[Entries]) -> Entries:
        name = _OF_ENTRIES.get(node.name, node.name)
        if self.kinds.is_unknown_function(name) and len(operands) == 1:
            return self._mapped(operands[0], lambda e: Call(name, (e,), node.at, node.span, node.primes))
        rule = rulebook.find(name)
        if rule is not None and rule.kind == "elementwise" and len(operands) == 1:
            return self._mapped(operands[0], lambda e: Call(name, (e,), node.at, node.span))
        if _is_scalar_valued(name):
            return self._opaque(node)
        raise self.refusal(f"{node.name} does not act on entries", node.at, _MOVE)

    def _opaque(self, node: Call | Bars) -> Entries:
        """A number that is computed from whole arrays, such as tr(A): it must not depend on a label."""
        pending: list[Syntax] = [node]
        while pending:
            part = pending.pop()
            if isinstance(part, Index) and any(isinstance(i, Name) for i in part.indices):
                self.fail("this is computed from a whole array, and has an index inside", node.span)
            pending += _children(part)
        return Entries((node,))

    def _mapped(self, value: Entries, function: Callable[[Syntax], Syntax]) -> Entries:
        """A function of entries, applied to all of them."""
        labels = value.labels
        made = function(self.realised(value, labels))
        return Entries((), ((made, labels),)) if labels else Entries((made,))

    # ------------------------------------------------------------------------------------- arrays of it

    def realised(self, value: Entries, labels: Labels) -> Syntax:
        """One array with these axes, rows first; what lacks a label is repeated along its axis."""
        if len(labels) > MAX_AXES:
            self.fail(f"the entries of this part have the labels {', '.join(labels)}; at most two can meet")
        factors = [e for e, at in value.factors if at == labels]
        factors += [Transposition(e, self.at) for e, at in value.factors if len(at) == 2 and at == labels[::-1] != labels]
        if len(labels) == 1:
            factors = factors or [Name(BOLD_ONE, self.at)]
        elif len(labels) == 2:
            rows, columns = ([e for e, at in value.factors if at == (label,)] for label in labels)
            if rows or columns or not factors:
                factors.append(self._outer(rows, columns))
        if not factors:
            return self._chain("multiply", list(value.scalars) or [Number("1", self.at)])
        return self._chain("multiply", [*value.scalars, self._chain("had", factors)])

    def _outer(self, rows: list[Syntax], columns: list[Syntax]) -> Syntax:
        one = Name(BOLD_ONE, self.at)
        left, right = (self._chain("had", side or [one]) for side in (rows, columns))
        return _binary("multiply", left, Transposition(right, self.at), self.at)

    def _chain(self, op: str, parts: list[Syntax]) -> Syntax:
        made = parts[0]
        for part in parts[1:]:
            made = _binary(op, made, part, self.at)
        return made

    # ----------------------------------------------------------------------------------------- summing

    def order(self, value: Entries, labels: list[str]) -> list[str]:
        """The labels, those with the fewest matrices first."""
        pairs = {frozenset(at) for _, at in value.factors if len(at) == 2}
        return sorted(labels, key=lambda label: sum(label in pair for pair in pairs))

    def summed(self, value: Entries, label: str, size: Syntax | None) -> Entries:
        """The sum over a label; see the table at the top."""
        rest = tuple(f for f in value.factors if label not in f[1])
        vectors = [e for e, at in value.factors if at == (label,)]
        matrices: dict[str, list[Syntax]] = {}
        for e, at in value.factors:
            if len(at) == 2 and label in at:
                other = at[0] if at[1] == label else at[1]
                matrices.setdefault(other, []).append(e if at[1] == label else Transposition(e, self.at))
        if len(matrices) > MAX_AXES:
            self.fail(f"the index {label} is on {len(matrices)} matrices; that is no product of matrices")
        sides = [(self._chain("had", parts), other) for other, parts in matrices.items()]
        if sides:
            return Entries(value.scalars, (*rest, self._joined(sides, vectors, size)))
        return Entries((*value.scalars, self._total(vectors, label, size)), rest)

    def _total(self, vectors: list[Syntax], label: str, size: Syntax | None) -> Syntax:
        """The sum of a vector's entries, or of equal numbers."""
        if not vectors and size is None:
            told = f"nothing in this sum has the index {label}, and how many terms it has is not said"
            self.fail(told, hint=rf"write \sum_{{{label}=1}}^n")
        if size is not None and not vectors:
            ones = _sized("ones", size, self.at)
            return _binary("multiply", Transposition(ones, self.at), ones, self.at)
        v = self._chain("had", vectors)
        if size is None:
            return Call("sum", (v,), self.at, self.at)
        return _binary("multiply", Transposition(_sized("ones", size, self.at), self.at), v, self.at)

    def _joined(self, sides: list[tuple[Syntax, str]], vectors: list[Syntax], size: Syntax | None) -> Factor:
        """M*v, or M*diag(v)*N^T."""
        (left, a), *others = sides
        between = [_sized("eye", size, self.at)] if size is not None else []
        if not others:
            end = self._chain("had", vectors) if vectors else Name(BOLD_ONE, self.at)
            return self._chain("multiply", [left, *between, end]), (a,)
        if vectors:
            between.append(Call("diag", (self._chain("had", vectors),), self.at, self.at))
        right, b = others[0]
        return self._chain("multiply", [left, *between, Transposition(right, self.at)]), (a, b)


def _product(left: Entries, right: Entries) -> Entries:
    return Entries(left.scalars + right.scalars, left.factors + right.factors)


def _binary(op: str, left: Syntax, right: Syntax, at: Span) -> Binary:
    return Binary(op, left, right, at, at)


def _minus_one(at: Span) -> Negation:
    return Negation(Number("1", at), at)


def _sized(name: str, size: Syntax, at: Span) -> Call:
    return Call(name, (size,), at, at)


def _counted(labels: Labels) -> str:
    return "one index" if len(labels) == 1 else "two indices"


def _is_scalar_valued(name: str) -> bool:
    rule = rulebook.find(name)
    return rule is not None and rule.kind != "elementwise" and rule.value == ("1", "1")


def _operands(node: Syntax) -> tuple[Syntax, ...]:
    """The parts that are entries themselves; a function of whole arrays has none."""
    if isinstance(node, Index | Bars) and not (isinstance(node, Bars) and not node.double):
        return ()
    return () if isinstance(node, Call) and _is_scalar_valued(node.name) else _children(node)


def _children(node: Syntax) -> tuple[Syntax, ...]:
    match node:
        case Negation() | Transposition() | Bars():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Call():
            return node.args
        case Listing():
            return node.items
        case Index():
            return (node.base,)
    return ()


# ------------------------------------------------------------------------------------------- tokens of a tree


def _tokens(root: Syntax) -> list[Token]:
    """The tokens that read as this tree, everything compound in parentheses."""
    out: list[Token] = []
    pending: list[Syntax | Token] = [root]
    while pending:
        part = pending.pop()
        if isinstance(part, Token):
            out.append(part)
        else:
            pending.extend(reversed(_written(part)))
    return out


def _written(node: Syntax) -> list[Syntax | Token]:
    """A tree as tokens and its parts, in the order of the text."""
    start, end = node.span

    def op(text: str) -> Token:
        return Token("op", text, start, end)

    if isinstance(node, Number | Name | Colon):
        return [_leaf(node)]
    match node:
        case Negation():
            return [op("("), op("-"), node.operand, op(")")]
        case Transposition():
            return [op("("), node.operand, op(")"), Token("sup", "T", start, end)]
        case Binary():
            return [op("("), node.left, Token("op", _SIGNS[node.op], *node.at), node.right, op(")")]
        case Call():
            opening = [Token("op", "'", node.at[1], node.at[1])] * node.primes + [Token("op", "(", node.at[1], node.at[1])]
            return [Token("name", node.name, *node.at), *opening, *_with_commas(node.args, end), op(")")]
        case Index():
            return [op("("), node.base, op(")"), op("["), *_with_commas(node.indices, end), op("]")]
        case Bars() | Listing():
            return [op("("), *(_barred(node) if isinstance(node, Bars) else _with_commas(node.items, end)), op(")")]
        case ArrayLiteral():
            return [op("["), *_rows(node), op("]")]


def _barred(node: Bars) -> list[Syntax | Token]:
    """What stands in bars, its subscript behind them."""
    start, end = node.span
    sign = Token("op", "||" if node.double else "|", start, end)
    subscript = [Token("sub", node.subscript, start, end)] if node.subscript else []
    return [sign, Token("op", "(", start, end), node.operand, Token("op", ")", start, end), sign, *subscript]


def _leaf(node: Number | Name | Colon) -> Token:
    if isinstance(node, Colon):
        return Token("op", ":", *node.span)
    return Token("number", node.text, *node.span) if isinstance(node, Number) else Token("name", node.name, *node.span)


def _rows(node: ArrayLiteral) -> list[Syntax | Token]:
    """The rows of an array with their separators."""
    end = node.span[1]
    return [part for row in node.rows for part in (*_with_commas(row, end), Token("op", ";", end, end))][:-1]


def _with_commas(parts: Sequence[Syntax], end: int) -> list[Syntax | Token]:
    out: list[Syntax | Token] = []
    for part in parts:
        out += [part, Token("op", ",", end, end)]
    return out[:-1]

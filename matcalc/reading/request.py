"""A whole request: the derivative that is asked for, the definitions after `where`, and the declarations.

    d tr(W x) / dW
    dL/dW where y = W x + b; L = loss(y); dL/dy = g

The definitions are ordered by their needs, their shapes inferred once each, and their expressions shared.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from matcalc.algebra.literal import LITERAL
from matcalc.algebra.node import Expr, Unknown, sym
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, SCALAR, Shape, dim, show
from matcalc.errors import LimitError, MatcalcError, ParseError, ShapeError, Span, UnknownFunction, UsageError
from matcalc.reading.declarations import Declaration, Declared, FunctionDeclaration, names_of, read_declaration, read_declarations
from matcalc.reading.derivative import Index, Notation, Wanted, index_at, split_top
from matcalc.reading.elaboration import Elaboration
from matcalc.reading.inference import Inference
from matcalc.reading.latex.scan import is_latex
from matcalc.reading.lexer import lex
from matcalc.reading.parser import parse
from matcalc.reading.ranges import Interval, read_interval
from matcalc.reading.scope import SIZED, Function, Scope, is_greek, shape_of
from matcalc.reading.spellings import DESUGARED
from matcalc.reading.steps import Typed
from matcalc.reading.syntax import Call, Colon, Name, Parsed
from matcalc.reading.syntax import Index as SyntaxIndex
from matcalc.reading.tokens import GREEK_NAMES, Known, Token
from matcalc.reading.unify import resolve, unify_shapes

Part = tuple["int | Expr | None", "int | Expr | None"]
Intervals = tuple["Interval | None", ...]
Labels = tuple[tuple[str, ...], ...]

MAX_VARIABLES: Final = 64
_SCALAR_BY_NAME: Final = frozenset({"loss", "cost", "energy", "objective", "risk", "penalty"})
_ELEMENTWISE_BY_NAME: Final = frozenset({"act", "activation"})
_MARKS: Final = frozenset({"d", "∂", "∇", "frac"})
_NO_VARIABLE_HINT: Final = "write d f / dX, or name the variable (--wrt X)"
_CLAIM_HINT: Final = "write DERIVATIVE = VALUE, such as d tr(A X)/dX = A^T"


@dataclass(frozen=True)
class Asked:
    """A request as it was written: the function, the definitions that it needs, and dL/dy = g as (L, y, g)."""

    function: Typed
    definitions: Mapping[str, Typed]
    gradients: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Request:
    """What is to be differentiated, by what, and what was assumed.

    `expr` holds the definitions as shared nodes; `literal` is the same function as it was written, with nothing
    simplified, which is what certificates measure. `wrt2` is the second variable of a mixed second derivative;
    `variables` are in the order of their appearance; `gradient_names` maps the value of an unknown function to the
    name that the request gives to its gradient; `properties` is what is known of the point by whose coordinates it is
    differentiated, which their symbols do not carry; `title` is the name of the function where it is a definition.
    """

    expr: Expr
    literal: Expr
    wrt: tuple[Expr, ...]
    order: int
    wrt2: Expr | None
    variables: dict[str, Expr]
    assumptions: tuple[str, ...]
    definitions: dict[str, Expr]
    gradient_names: dict[Expr, str]
    properties: dict[str, frozenset[str]]
    source: str
    parts: tuple[Part | None, ...] = ()
    labels: Mapping[str, Labels] = field(default_factory=dict)
    title: str = ""
    asked: Asked | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Chain:
    """Definitions in the order of their needs, each as an expression over the names before it.

    `function` is the name of the last one, `values` the expression of every one and `names` the symbols that stand for them;
    `gradient_names` maps an argument of the function to the name that the request gives to its gradient; `asked` has the
    definitions as they were written.
    """

    function: str
    values: dict[str, Expr]
    names: dict[str, Expr]
    variables: dict[str, Expr]
    gradient_names: dict[str, str]
    properties: dict[str, frozenset[str]]
    assumptions: tuple[str, ...]
    asked: Mapping[str, Typed] = field(default_factory=dict, compare=False, repr=False)


@dataclass(slots=True)
class _Definition:
    """NAME = expression, as tokens and then as a tree."""

    name: str
    span: Span
    tokens: list[Token]
    source: str
    numpy: bool
    parsed: Parsed | None = None


@dataclass(slots=True)
class _Gradient:
    """dL/dy = g."""

    function: str
    variable: str
    name: str
    span: Span
    source: str


@dataclass(slots=True)
class _Clauses:
    """What stands after `where` and in the lets."""

    definitions: dict[str, _Definition] = field(default_factory=dict)
    gradients: list[_Gradient] = field(default_factory=list)
    labels: dict[str, Labels] = field(default_factory=dict)


def read_request(
    text: str,
    *,
    wrt: str | None = None,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[str, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    order: int = 1,
    wrt2: str | None = None,
    may_slice: bool = False,
) -> Request:
    """Read a request; with `wrt` the text may be an expression alone.

    A derivative by a part of a variable, W[2,:], is read for those who can take one, which `may_slice` says.

    Raises a MatcalcError that points into the text.
    """
    if order not in (1, 2):
        raise UsageError(f"derivatives are of order 1 or 2, not {order}")
    read = _Reader(text, read_declarations(variables, attrs), [*(lets), *(w for w in (wrt, wrt2) if w)]).read(wrt, lets, order, wrt2)
    if not may_slice and any(read.parts):
        raise UsageError("here a derivative is by a whole variable, not by an entry or slice of it")
    return read


def read_chain(text: str, *, variables: Mapping[str, str] | Sequence[str] | None = None, lets: Sequence[str] = ()) -> Chain:
    """Read `L where y = W*x; L = loss(y); dL/dy = g`, or the definitions alone, the last of which is then the function.

    Raises a MatcalcError that points into the text.
    """
    return _Reader(text, read_declarations(variables, None), lets).read_chain(lets)


def parse_expression(
    text: str, *, variables: Mapping[str, str] | Sequence[str] | None = None, attrs: Mapping[str, Sequence[str]] | None = None
) -> Expr:
    """An expression on its own, its variables declared or inferred."""
    scope = Scope(declared=read_declarations(variables, attrs))
    return _read_alone(text, scope)


def read_expression(
    text: str,
    names: Mapping[str, Expr],
    functions: Mapping[str, Unknown] | None = None,
    dimensions: Iterable[str] = (),
    *,
    like: Shape | None = None,
    closed: bool = True,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    latex: bool = False,
) -> Expr:
    """An expression over known variables, such as an answer's text read back.

    The dimension names in the variables' shapes, and those of `dimensions`, are scalars and sizes; `functions` are the
    unknown functions by name, whose derivatives read sigma'(z), grad_f(y) and D_h(y). A size that the text leaves open
    is that of `like`: the n of `I`, or the shape of a new variable, which only an expression that is not `closed` may
    have; `variables` declares such ones. What is part of a text in LaTeX is `latex` too, whatever it looks like itself.
    """
    scope = Scope(read_declarations(variables, None), names, closed=closed, dimensions=set(dimensions))
    for name, unknown in (functions or {}).items():
        scope.functions |= _with_derivatives(name, unknown)
    return _read_alone(text, scope, like, latex)


def asks_for_a_derivative(text: str) -> bool:
    """Whether a text says by what to differentiate, as d f / dX does; otherwise it is an expression alone."""
    reader = _Reader(text, {})
    head = split_top(reader.lexed.tokens[:-1], "where")[0]
    return Notation(text, reader._is_taken).read(head) is not None


def located(read: Request, target: str, variables: Mapping[str, str] | Sequence[str] | None = None) -> tuple[str, Part | None]:
    """A variable of a request and the part of it that a text such as W[2,:] names."""
    reader = _Reader(target, read_declarations(variables, None))
    (name,), (index,) = reader._indexed_names(target)
    if index is None or name not in read.variables:
        return name, None
    reader.scope.dimensions |= {n for v in read.variables.values() for n in names_of(v.shape)}
    part = reader._located(name, index, read.variables[name])
    return name, _unless_whole(part)


def split_claim(text: str) -> tuple[str, str, int]:
    """A request, the value that it is claimed to have, and where that value begins.

    In the request, spaces stand in place of the claim, so that errors point to the same places.
    """
    tokens = lex(text).tokens[:-1]
    sides = split_top(split_top(tokens, "where")[0], "=")
    hidden = next((k for k, t in enumerate(tokens) if t.text == "="), None)
    if len(sides) == 1 and hidden is not None and "where" not in [t.text for t in tokens[:hidden]]:
        sides = [tokens[:hidden], tokens[hidden + 1 :]]
    if len(sides) == 1:
        raise UsageError("nothing is claimed here", (0, max(1, len(text))), text, _CLAIM_HINT)
    if len(sides) > 2 or not sides[0] or not sides[1]:
        raise ParseError("a claim has one '=' between a derivative and its value", (0, len(text)), text, _CLAIM_HINT)
    left, start, end = sides[0][-1].end, sides[1][0].start, sides[1][-1].end
    return text[:left] + " " * (end - left) + text[end:], text[start:end], start


def _with_derivatives(name: str, unknown: Unknown) -> dict[str, Function]:
    made = {name: Function(unknown.name, unknown.kind, None, unknown.rows, unknown.order)}
    if unknown.kind == "scalar":
        made["grad_" + name] = Function(unknown.name, "gradient", None)
    elif unknown.kind == "vector":
        made["D_" + name] = Function(unknown.name, "jacobian", None, unknown.rows)
    return made


def type_expression(text: str, names: Mapping[str, Expr], functions: Mapping[str, Unknown], *, like: Shape | None = None) -> Typed:
    """The shapes of every part of an expression over known variables; see `read_expression`."""
    scope = Scope(given=names, closed=True)
    for name, unknown in functions.items():
        scope.functions |= _with_derivatives(name, unknown)
    return _typed(text, scope, like)[-1][1]


def _read_alone(text: str, scope: Scope, like: Shape | None = None, latex: bool = False) -> Expr:
    elaboration = Elaboration(scope)
    *parts, (_, whole) = _typed(text, scope, like, latex)
    for name, typed in parts:
        elaboration.defined[name] = elaboration.build(typed)
    return elaboration.build(whole)


def _typed(text: str, scope: Scope, like: Shape | None, latex: bool = False) -> list[tuple[str, Typed]]:
    """The parts that are named after `where`, each over earlier ones, and then the expression itself."""
    lexed = lex(text, _known_to(scope), latex)
    head, *tails = split_top(lexed.tokens[:-1], "where")
    parts = [(name, right) for tail in tails for name, right in _named_parts(tail, text)]
    scope.definitions = {name for name, _ in parts}
    scope.declare_functions()
    parsed = []
    for name, tokens in [*parts, ("", head)]:
        if not scope.closed:
            scope.note_bare(_ended(tokens))
        parsed.append((name, parse(_ended(tokens) if tails else lexed.tokens, text, scope, lexed.numpy)))
        scope.survey(parsed[-1][1])
    inference = Inference(scope)
    typed = []
    for name, tree in parsed:
        typed.append((name, inference.infer(tree)))
        inference.defined[name] = typed[-1][1].shape
    shape = typed[-1][1].shape
    if like is not None and None in map(resolve, shape):
        unify_shapes(shape, like)
    inference.finish()
    return typed


def _named_parts(tokens: list[Token], text: str) -> list[tuple[str, list[Token]]]:
    """NAME = expression; NAME = expression."""
    parts = []
    for clause in filter(None, split_top(tokens, ";")):
        left, *right = split_top(clause, "=")
        if len(left) != 1 or left[0].kind != "name" or len(right) != 1 or not right[0]:
            raise ParseError("expected a definition NAME = expression", (clause[0].start, clause[-1].end), text)
        parts.append((left[0].text, right[0]))
    return parts


def _known_to(scope: Scope) -> Known:
    """The names that a text is read with, and what each of them is."""
    given = {name: _kind_of(e) for name, e in scope.given.items()}
    functions = {f: "function" for name in scope.functions for f in (name, f"grad_{name}", f"D_{name}")}
    return Known(_kinds_declared(scope.declared) | given | functions, scope.closed)


def _kind_of(e: Expr) -> str:
    return "scalar" if e.is_scalar else "vector" if e.shape[1] is ONE else "row" if e.shape[0] is ONE else "matrix"


def _kinds_declared(declared: Mapping[str, Declared]) -> dict[str, str]:
    """What the declared names are: scalar, vector, row, matrix, function, or "" where only a property is declared."""
    kinds: dict[str, str] = {}
    for name, d in declared.items():
        if isinstance(d, FunctionDeclaration):
            kinds |= {name: "function", f"grad_{name}": "function", f"D_{name}": "function"}
        else:
            sizes = d.dimensions
            of_sizes = "" if not sizes else "vector" if len(sizes) == 1 or sizes[1] is ONE else "row" if sizes[0] is ONE else "matrix"
            kinds[name] = d.kind or of_sizes or ("matrix" if name[:1].isupper() else "")
    return kinds


class _Reader:
    """Reads one request; see `read_request`."""

    def __init__(self, text: str, declared: dict[str, Declared], others: Sequence[str] = ()) -> None:
        """Read `text`; `others` are the variables and the definitions that come with it, whose names are known in it."""
        self.text = text
        self.declared = declared
        self.known = Known(dict.fromkeys((n for other in others for n in _names_before(other)), "") | _kinds_declared(declared))
        self.clauses = _Clauses()
        self.assumed_functions: dict[str, str] = {}
        self.lexed = lex(text, self.known)
        self.scope = Scope(declared=declared)

    def read(self, wrt: str | None, lets: Sequence[str], order: int, wrt2: str | None) -> Request:
        head, *tails = split_top(self.lexed.tokens[:-1], "where")
        if len(tails) > 1:
            raise ParseError("a request has one 'where'; ';' separates definitions", self._second("where"), self.text)
        for tail in tails:
            self._read_clauses(tail, self.text, self.lexed.numpy)
        for let in lets:
            lexed = lex(let, self.known)
            self._read_clauses(lexed.tokens[:-1], let, lexed.numpy)
        wanted = self._wanted(head, wrt, order, wrt2)
        return self._elaborate(wanted)

    def read_chain(self, lets: Sequence[str]) -> Chain:
        """The definitions one by one, with a symbol for each."""
        head, *tails = split_top(self.lexed.tokens[:-1], "where")
        if not tails and len(split_top(head, "=")) > 1:
            head, tails = [], [head]
        for tail in tails:
            self._read_clauses(tail, self.text, self.lexed.numpy)
        for let in lets:
            lexed = lex(let, self.known)
            self._read_clauses(lexed.tokens[:-1], let, lexed.numpy)
        function = self._function_of_chain(head)
        return self._elaborate_chain(function)

    def _function_of_chain(self, head: list[Token]) -> Token:
        """The name before `where`, or else the function whose gradient is named, or the last definition."""
        if head:
            if len(head) > 1 or head[0].kind != "name":
                span = (head[0].start, head[-1].end)
                raise ParseError("the chain begins with the name of its function", span, self.text, "L where y = W*x; L = loss(y)")
            return head[0]
        names = [g.function for g in self.clauses.gradients] or list(self.clauses.definitions)
        if not names:
            raise ParseError("a chain needs definitions", (0, len(self.text) or 1), self.text, "L where y = W*x; L = loss(y)")
        return Token("name", names[-1], 0, 0)

    # ------------------------------------------------------------------------------------------- clauses

    def _read_clauses(self, tokens: list[Token], source: str, numpy: bool) -> None:
        for clause in split_top(tokens, ";"):
            if clause:
                self._read_clause(clause, source, numpy)

    def _read_clause(self, clause: list[Token], source: str, numpy: bool) -> None:
        """A definition, a declaration, or the name of a gradient."""
        span = (clause[0].start, clause[-1].end)
        if len(split_top(clause[:-1], ":")) > 1:
            for d in read_declaration(_declaration_text(clause, source)):
                self.declared[d.name] = d
            return
        sides = split_top(clause, "=")
        if len(sides) != 2 or not sides[0] or not sides[1]:
            raise ParseError("expected a definition NAME = expression", span, source)
        left, right = sides
        if len(left) == 1 and left[0].kind == "name":
            self._define(left[0], right, source, numpy)
        else:
            self._name_gradient(left, right, span, source)

    def _define(self, name: Token, right: list[Token], source: str, numpy: bool) -> None:
        span = (name.start, name.end)
        if name.text in self.clauses.definitions:
            raise ParseError(f"{name.text} is defined twice", span, source)
        labels = _labels_of(right)
        if labels is not None:
            self.clauses.labels[name.text] = labels
            right = _with_commas(right)
        self.clauses.definitions[name.text] = _Definition(name.text, span, right, source, numpy)

    def _name_gradient(self, left: list[Token], right: list[Token], span: Span, source: str) -> None:
        found = Notation(source, lambda name: False).read(left)
        named = found is not None and found.order == 1 and len(found.function) == len(found.names) == len(right) == 1
        if found is None or not named or right[0].kind != "name":
            hint = "write y = W*x for a definition, dL/dy = g to name a gradient"
            raise ParseError("the left side of this definition is no name", span, source, hint)
        self.clauses.gradients.append(_Gradient(found.function[0].text, found.names[0], right[0].text, span, source))

    # ------------------------------------------------------------------------------------- the derivative

    def _wanted(self, head: list[Token], wrt: str | None, order: int, wrt2: str | None) -> Wanted:
        """The derivative from the notation of the text, or from the text and the variables that are given."""
        if not head:
            raise ParseError("the request is empty", (0, 1), self.text, _NO_VARIABLE_HINT)
        if len(split_top(head, "=")) > 1:
            at = next(t for t in head if t.text == "=")
            hint = "definitions follow 'where'; matcalc verify checks a claimed derivative"
            raise ParseError("'=' has no meaning here", (at.start, at.end), self.text, hint)
        found = Notation(self.text, self._is_taken).read(head)
        if wrt is None:
            if found is None:
                span = (head[0].start, head[-1].end)
                raise UsageError("the variable to differentiate by is missing", span, self.text, _NO_VARIABLE_HINT)
            self._check_defined(found)
            return found if order == 1 or found.order == 2 else Wanted(found.function, found.names, found.spans, order)
        names, parts = self._indexed_names(wrt)
        if found is not None and names == found.names[: len(names)] and not self._is_taken(head[0].text):
            return found
        if found is not None and not self._is_taken(head[0].text) and head[0].text in _MARKS:
            asked = ", ".join(found.names)
            raise UsageError(f"the request differentiates by {asked}, and wrt is {wrt}", found.spans[0], self.text, "give one of the two")
        if wrt2 is not None and wrt2 != wrt:
            if len(names) != 1 or order != 2:
                raise UsageError("a second variable needs order 2 and one first variable")
            if any(parts):
                raise UsageError("a derivative by an entry or slice is of first order")
            return Wanted(tuple(head), (*names, *self._names(wrt2)), (), 2, mixed=True)
        if order > 1 and any(parts):
            raise UsageError("a derivative by an entry or slice is of first order")
        return Wanted(tuple(head), names, (), order, parts=parts)

    def _second(self, text: str) -> Span:
        token = [t for t in self.lexed.tokens if t.text == text][1]
        return token.start, token.end

    def _is_taken(self, name: str) -> bool:
        """Whether a name that begins with d is a variable or a function, and not a d before another name."""
        is_variable = name in self.declared or name in self.clauses.definitions or name in GREEK_NAMES
        return is_variable or name in DESUGARED or rulebook.find(name) is not None

    def _names(self, text: str) -> tuple[str, ...]:
        tokens = lex(text, self.known).tokens[:-1]
        names = tuple(t.text for t in tokens if t.kind == "name")
        if not names or any(t.kind != "name" and t.text not in ("(", ")", ",") for t in tokens):
            raise UsageError(f"{_clipped(text)!r} is not the name of a variable")
        return names

    def _indexed_names(self, text: str) -> tuple[tuple[str, ...], tuple[Index | None, ...]]:
        """The names in a list of variables, and the index of each that has one: W[2,:]."""
        tokens = lex(text, self.known).tokens[:-1]
        if not any(t.text == "[" for t in tokens):
            names = self._names(text)
            return names, (None,) * len(names)
        found = [(part[0].text if part else "", *index_at(part, 1), len(part)) for part in split_top(tokens, ",")]
        if any(not name or index is None and length > 1 or after != length for name, index, after, length in found):
            raise UsageError(f"{_clipped(text)!r} is not the name of a variable or a part of one, such as W[2,:]")
        return tuple(name for name, *_ in found), tuple(index for _, index, *_ in found)

    def _check_defined(self, wanted: Wanted) -> None:
        """df/dx with nothing said of f is no question."""
        only = wanted.function[0]
        unknown = len(wanted.function) == 1 and only.kind == "name" and only.text not in wanted.names
        gradients = {g.function for g in self.clauses.gradients}
        if unknown and not self._is_taken(only.text) and only.text not in gradients:
            f, x = only.text, wanted.names[0]
            hint = f"define it, d{f}/d{x} where {f} = ..., or declare it if it is a constant"
            raise UsageError(f"{f} is not defined, so its derivative is not known", (only.start, only.end), self.text, hint)

    # --------------------------------------------------------------------------------------- the elaboration

    def _elaborate(self, wanted: Wanted) -> Request:
        """Build the function and what it needs of the definitions."""
        if len(wanted.names) > MAX_VARIABLES:
            span = (wanted.spans[0][0], wanted.spans[-1][1]) if wanted.spans else None
            told = f"a request differentiates by at most {MAX_VARIABLES} variables, not {len(wanted.names)}"
            raise LimitError(told, span, self.text if span else None)
        self._label_entries(wanted)
        self.scope.varying = frozenset(wanted.names)
        definitions = self.clauses.definitions
        function, typed, whole = self._inferred(wanted)
        elaboration, literal = Elaboration(self.scope), Elaboration(self.scope, LITERAL)
        for name, tree in typed.items():
            for built in (elaboration, literal):
                built.defined[name] = self._symbol_of(name, tree) if name in wanted.names else built.build(tree)
        expr = elaboration.build(whole)
        symbols = self._symbols(function, wanted, elaboration.defined)
        wrt = tuple(symbols[n] for n in wanted.names)
        return Request(
            expr=expr,
            literal=literal.build(whole),
            wrt=wrt[:1] if wanted.mixed else wrt,
            order=wanted.order,
            wrt2=wrt[1] if wanted.mixed else None,
            variables=symbols,
            assumptions=(*self._assumptions(symbols), *self.lexed.notes, *elaboration.notes),
            definitions={n: elaboration.defined[n] for n in definitions if n in typed and n not in wanted.names},
            gradient_names=self._gradient_names(elaboration.defined, symbols),
            properties={n: self.scope.variables[n].properties for n in wanted.names if n in self.scope.variables},
            source=self.text,
            parts=tuple(
                None if index is None else _unless_whole(self._located(name, index, symbols[name]))
                for name, index in zip(wanted.names, wanted.parts, strict=False)
            ),
            labels={name: self.clauses.labels[name] for name in self.clauses.labels if name in wanted.names},
            title=wanted.function[0].text if len(wanted.function) == 1 and wanted.function[0].text in definitions else "",
            asked=Asked(
                whole,
                {name: tree for name, tree in typed.items() if name not in wanted.names},
                tuple((g.function, g.variable, g.name) for g in self.clauses.gradients),
            ),
        )

    def _label_entries(self, wanted: Wanted) -> None:
        """X = [x1 x2; x3 x4] names the entries of X: by X, each label stands for its entry, else X is an array of scalars."""
        definitions = self.clauses.definitions
        for name, rows in self.clauses.labels.items():
            d = definitions[name]
            if name not in wanted.names:
                for label in (label for row in rows for label in row if label not in definitions):
                    self.declared.setdefault(label, Declaration(label, "scalar"))
                continue
            del definitions[name]
            self.declared[name] = Declaration(name, "", (dim(len(rows)), dim(len(rows[0]))))
            for i, row in enumerate(rows):
                for j, label in enumerate(row):
                    if label in definitions or label in self.declared:
                        raise ParseError(f"{label} is an entry of {name} and something else", d.span, d.source)
                    tokens = lex(f"{name}[{i + 1},{j + 1}]").tokens[:-1]
                    definitions[label] = _Definition(label, d.span, tokens, f"{name}[{i + 1},{j + 1}]", False)

    def _intervals(self, index: Index) -> Intervals:
        """What an index of a variable picks of each axis; the names in it are dimensions."""
        found: list[Interval | None] = []
        for tokens in index:
            opening, closing = Token("op", "[", tokens[0].start, tokens[0].start), Token("op", "]", tokens[-1].end, tokens[-1].end)
            base = Token("name", "x", tokens[0].start, tokens[0].start)
            text = self.text if tokens[-1].end <= len(self.text) else ""
            tree = parse([base, opening, *tokens, closing, *_ended([closing])[1:]], text, self.scope).tree
            assert isinstance(tree, SyntaxIndex)
            (node,) = tree.indices
            found.append(None if isinstance(node, Colon) else read_interval(node, text, self.scope.is_dimension))
        return tuple(found)

    def _located(self, name: str, index: Index, x: Expr) -> Part:
        """The rows and the columns that an index of a variable means; None is every one."""
        written = f"{name}[{','.join(''.join(t.text for t in tokens) for tokens in index)}]"
        is_vector = ONE in x.shape
        if x.is_scalar or len(index) > 2 or len(index) == 1 and not is_vector:
            hint = None if x.is_scalar else f"{name}[1,2] is an entry of a matrix, {name}[1,:] a row"
            raise ShapeError(f"{name} is {show(x.shape)} and has no {written}", hint=hint)
        at = self._intervals(index)
        i, j = at if len(at) == 2 else (None, at[0]) if x.shape[0] is ONE else (at[0], None)
        for k, size in ((i, x.shape[0]), (j, x.shape[1])):
            fault = None if k is None else k.fault(size)
            if fault is not None:
                raise ShapeError(f"{name} is {show(x.shape)} and has no {written}", hint=fault)
        return None if i is None else i.selected(x.shape[0]), None if j is None else j.selected(x.shape[1])

    def _inferred(self, wanted: Wanted) -> tuple[Parsed, dict[str, Typed], Typed]:
        """The function as a tree; the definitions that it needs, in order, and the function itself with their shapes."""
        definitions = self.clauses.definitions
        self._survey(wanted)
        function = self._parsed(list(wanted.function), self.text, self.lexed.numpy)
        for d in definitions.values():
            d.parsed = self._parsed(d.tokens, d.source, d.numpy)
        self._assume_gradients()
        self._assume_functions(function, wanted)
        for parsed in [function, *(d.parsed for d in definitions.values() if d.parsed)]:
            self.scope.survey(parsed)
        needed = self._ordered(function, wanted)
        inference = Inference(self.scope)
        typed = {name: self._infer_definition(inference, definitions[name]) for name in needed}
        whole = inference.infer(function)
        outside = [n for n in wanted.names if n not in typed]
        for name, span in zip(wanted.names, wanted.spans or [(0, 0)] * len(wanted.names), strict=True):
            if name in outside:
                self._check_variable(name, span)
                self.scope.variable(name, span, self.text)
        inference.finish()
        return function, typed, whole

    def _elaborate_chain(self, function: Token) -> Chain:
        self.scope.varying = frozenset(self.declared)
        _, typed, _ = self._inferred(Wanted((function,), (), ()))
        if function.text not in typed:
            told = f"{function.text} is not defined"
            raise UsageError(told, (function.start, function.end), self.text, f"add {function.text} = ... after 'where'")
        elaboration = Elaboration(self.scope)
        values: dict[str, Expr] = {}
        for name, tree in typed.items():
            values[name] = elaboration.build(tree)
            elaboration.defined[name] = self._symbol_of(name, tree)
        leaves = [node.name for name in typed for node in self._tree(name).names if node.name in self.scope.variables]
        variables = {name: self.scope.symbol(self.scope.variables[name]) for name in dict.fromkeys(leaves)}
        return Chain(
            function=function.text,
            values=values,
            names=elaboration.defined,
            variables=variables,
            gradient_names={g.variable: g.name for g in self.clauses.gradients if g.function == function.text},
            properties={name: self.scope.variables[name].properties for name in variables},
            assumptions=(*self._assumptions(variables), *elaboration.notes),
            asked=typed,
        )

    def _survey(self, wanted: Wanted) -> None:
        """Enter the names of the request into the scope before anything is parsed."""
        definitions = self.clauses.definitions
        self.scope.definitions = set(definitions) | {g.function for g in self.clauses.gradients}
        self.scope.declare_functions()
        for tokens in [wanted.function, *(d.tokens for d in definitions.values())]:
            self.scope.note_bare(_ended(tokens))
        self.scope.bare.update(wanted.names)

    def _parsed(self, tokens: list[Token], source: str, numpy: bool) -> Parsed:
        self._refuse_entries_in_parentheses(tokens, source)
        return parse(_ended(tokens), source, self.scope, numpy)

    def _refuse_entries_in_parentheses(self, tokens: list[Token], source: str) -> None:
        """x(1) is an entry in MATLAB and a product here: neither is guessed."""
        for name, opening, index, after in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
            adjacent = name.kind == "name" and opening.text == "(" and name.end == opening.start
            if adjacent and index.text.isdigit() and after.text in (")", ",") and not self._is_applied(name.text):
                told = f"{name.text}({index.text}) could be an entry or a product"
                hint = f"write {name.text}[{index.text}] for an entry, {name.text}*{index.text} for a product"
                raise ParseError(told, (name.start, after.end), source, hint)

    def _is_applied(self, name: str) -> bool:
        return name in self.scope.functions or name in SIZED or name in DESUGARED or rulebook.find(name) is not None

    def _assume_gradients(self) -> None:
        """dL/dy = g without a definition of L: an unknown function L of y."""
        for g in self.clauses.gradients:
            if g.function not in self.clauses.definitions:
                argument = Name(g.variable, g.span)
                call = Call(g.function, (argument,), g.span, g.span)
                parsed = Parsed(call, g.source, False, [argument], [call])
                self.clauses.definitions[g.function] = _Definition(g.function, g.span, [], g.source, False, parsed)
                self.scope.functions[g.function] = Function(g.function, "scalar", None)

    def _assume_functions(self, function: Parsed, wanted: Wanted) -> None:
        """Find the kind of every unknown function of a `where` chain."""
        definitions = self.clauses.definitions
        if not definitions:
            return
        scalars = {g.function for g in self.clauses.gradients}
        if isinstance(function.tree, Name):
            scalars.add(function.tree.name)
        trees = [(None, function), *((d.name, d.parsed) for d in definitions.values() if d.parsed)]
        for name, parsed in trees:
            for call in parsed.calls:
                if self._is_unknown(call.name):
                    whole = parsed.tree is call and (name is None or name in scalars)
                    self._assume_function(call, whole, parsed.source)

    def _is_unknown(self, name: str) -> bool:
        return name not in self.scope.functions and name not in SIZED and name not in DESUGARED and rulebook.find(name) is None

    def _assume_function(self, call: Call, is_value: bool, source: str) -> None:
        near = difflib.get_close_matches(call.name, rulebook.names(), 1, 0.8)
        if is_greek(call.name) or call.name in _ELEMENTWISE_BY_NAME:
            kind, told = "elementwise", f"{call.name} acts on every entry"
        elif call.name in _SCALAR_BY_NAME or is_value and not near:
            kind, told = "scalar", f"{call.name} is a scalar-valued function"
        elif near:
            hint = f"did you mean {near[0]}? Otherwise declare it, '{call.name}: vector -> scalar' or '{call.name}: elementwise'"
            raise UnknownFunction(f"{call.name} is not a known function", call.at, source, hint)
        else:
            hint = f"declare it, '{call.name}: elementwise', '{call.name}: vector -> vector' or '{call.name}: vector -> scalar'"
            raise UnknownFunction(f"what kind of function {call.name} is cannot be told", call.at, source, hint)
        self.scope.functions[call.name] = Function(call.name, kind, None)
        self.assumed_functions[call.name] = told

    def _ordered(self, function: Parsed, wanted: Wanted) -> list[str]:
        """The definitions that the function needs, each after what it needs itself."""
        definitions = self.clauses.definitions
        needs = {d.name: _needed(d.parsed, definitions) for d in definitions.values() if d.parsed}
        ordered: dict[str, None] = {}
        open_names: dict[str, None] = {}
        pending = [(name, False) for name in reversed([*_needed(function, definitions), *(n for n in wanted.names if n in definitions)])]
        while pending:
            name, finished = pending.pop()
            if finished:
                del open_names[name]
                ordered[name] = None
            elif name in open_names:
                cycle = list(open_names)[list(open_names).index(name) :]
                d = definitions[name]
                told = f"{name} is defined by itself" if len(cycle) == 1 else f"the definitions of {_listed(cycle)} need each other"
                raise ParseError(told, d.span, d.source)
            elif name not in ordered:
                open_names[name] = None
                pending.append((name, True))
                pending += [(n, False) for n in reversed(needs[name])]
        return list(ordered)

    def _infer_definition(self, inference: Inference, d: _Definition) -> Typed:
        typed = inference.infer(self._tree(d.name))
        inference.defined[d.name] = typed.shape
        if d.name in self.declared and d.name not in self.scope.functions:
            declared = self.scope.variable(d.name, d.span, d.source)
            del self.scope.variables[d.name]
            if not unify_shapes(declared.shape, typed.shape):
                told = f"{d.name} is declared as {inference.show(declared.shape)}, but its definition is {inference.show(typed.shape)}"
                raise ShapeError(told, d.span, d.source)
        return typed

    def _check_variable(self, name: str, span: Span) -> None:
        at = span if span[1] else None
        source = self.text if at else None
        if name in self.scope.functions and not self.scope.is_variable(name):
            raise UsageError(f"{name} is a function; a derivative is by a variable", at, source)
        if name in self.scope.dimensions and not self.scope.is_variable(name):
            raise UsageError(f"{name} is a dimension; a derivative is by a variable", at, source)

    def _symbol_of(self, name: str, tree: Typed) -> Expr:
        """The variable in place of a definition, for a derivative by an intermediate result."""
        shape = shape_of(tree.shape)
        return sym(name, shape, 0 if shape == SCALAR else 1 if shape[1] is ONE else 2)

    def _symbols(self, function: Parsed, wanted: Wanted, defined: dict[str, Expr]) -> dict[str, Expr]:
        """The variables of the function in the order of their appearance; `defined` has every definition after its needs."""
        found = {name: self.scope.symbol(v) for name, v in self.scope.variables.items()}
        found |= {name: defined[name] for name in wanted.names if name in defined}
        names = [node.name for node in function.names]
        reached = set(names)
        for name in reversed(defined):
            if name in reached and name not in wanted.names:
                reached.update(node.name for node in self._tree(name).names)
        for name in self.clauses.definitions:
            if name in reached and name not in wanted.names:
                names += [node.name for node in self._tree(name).names]
        return {name: found[name] for name in dict.fromkeys([*names, *wanted.names]) if name in found}

    def _tree(self, name: str) -> Parsed:
        parsed = self.clauses.definitions[name].parsed
        assert parsed is not None
        return parsed

    def _assumptions(self, symbols: Mapping[str, Expr]) -> list[str]:
        """What was assumed of variables and functions that are not declared in full."""
        told = []
        for name, e in symbols.items():
            v = self.scope.variables.get(name)
            if v is not None and not v.declared:
                told.append(f"{name} is {_described(e)}")
        return [*told, *self.assumed_functions.values()]

    def _gradient_names(self, defined: Mapping[str, Expr], symbols: Mapping[str, Expr]) -> dict[Expr, str]:
        named: dict[Expr, str] = {}
        for g in self.clauses.gradients:
            value, argument = defined.get(g.function), defined.get(g.variable, symbols.get(g.variable))
            if value is None or argument is None:
                continue
            if value.op != "call" or value.data.kind != "scalar" or value.args[0] is not argument:
                hint = f"write {g.function} = loss({g.variable}) with an unknown function loss"
                raise UsageError(f"{g.function} is not an unknown function of {g.variable}", g.span, g.source, hint)
            named[value] = g.name
        return named


def _unless_whole(part: Part) -> Part | None:
    """The part, or None where it is the whole variable."""
    return None if part == (None, None) else part


def _names_before(text: str) -> list[str]:
    """The names that a definition `y = W*x` or a list of variables `W, b` begins with."""
    try:
        tokens = lex(text.partition("=")[0]).tokens
    except MatcalcError:
        return []
    return [t.text for t in tokens if t.kind == "name"]


def _declaration_text(clause: Sequence[Token], source: str) -> str:
    """A declaration as it is written; one in LaTeX in the plain notation."""
    if is_latex(source):
        return " ".join(t.text for t in clause)
    return source[clause[0].start : clause[-1].end]


def _needed(parsed: Parsed, definitions: Mapping[str, _Definition]) -> list[str]:
    return list(dict.fromkeys(node.name for node in parsed.names if node.name in definitions))


def _labels_of(tokens: Sequence[Token]) -> Labels | None:
    """The rows of an array whose entries are names of their own, [x1 x2; x3 x4], commas or not."""
    if len(tokens) < 4 or tokens[0].text != "[" or tokens[-1].text != "]":
        return None
    rows = [[t for t in row if t.text != ","] for row in split_top(tokens[1:-1], ";")]
    names = [t.text for row in rows for t in row]
    plain = all(t.kind == "name" for row in rows for t in row) and len(set(names)) == len(names)
    return tuple(tuple(t.text for t in row) for row in rows) if plain and len({len(row) for row in rows}) == 1 and rows[0] else None


def _with_commas(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of an array of names with a comma between neighbours."""
    out: list[Token] = []
    for t in tokens:
        if out and t.kind == "name" and out[-1].kind == "name":
            out.append(Token("op", ",", t.start, t.start))
        out.append(t)
    return out


def _listed(names: Sequence[str]) -> str:
    """The names, or the first of them where there are many."""
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"


def _clipped(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _ended(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with an end after them."""
    end = tokens[-1].end if tokens else 0
    return [*tokens, Token("end", "", end, end)]


def _described(e: Expr) -> str:
    """A variable's shape in words."""
    if e.is_scalar:
        return "an integer" if "integer" in e.data.properties else "a scalar"
    if e.data.ndim == 1:
        return f"a column vector with {e.shape[0]} entries"
    return f"a matrix of {show(e.shape)}"

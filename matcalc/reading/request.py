"""A whole request: the derivative that is asked for, the definitions after `where`, and the declarations.

    d tr(W x) / dW
    dL/dW where y = W x + b; L = loss(y); dL/dy = g

The definitions are ordered by their needs, their shapes inferred once each, and their expressions shared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Final

from matcalc.algebra.literal import LITERAL
from matcalc.algebra.node import Expr
from matcalc.book.sizes import dim
from matcalc.book.vocabulary import vocabulary
from matcalc.errors import LimitError, MatcalcError, ParseError, Span, UsageError
from matcalc.reading.clauses import Definition, Labels
from matcalc.reading.declarations import Declaration, FunctionDeclaration, names_of, read_declarations
from matcalc.reading.definitions import Reading
from matcalc.reading.elaboration import Elaboration
from matcalc.reading.forms.frame import framed
from matcalc.reading.forms.framed import Framed
from matcalc.reading.forms.missing import NO_VARIABLE, applied, with_variable
from matcalc.reading.forms.statements import function_of, separated
from matcalc.reading.grammar.components import GRADIENT, component_of
from matcalc.reading.grammar.derivative import Index, Notation, Wanted, index_at, split_top
from matcalc.reading.grammar.syntax import Call, Parsed
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.inference.scope import is_greek
from matcalc.reading.inference.steps import Typed
from matcalc.reading.lexer import lex
from matcalc.reading.located import Part, part_of
from matcalc.reading.notes import Note
from matcalc.reading.reasons import reason
from matcalc.records import dataclass

MAX_VARIABLES: Final = 256
_MARKS: Final = frozenset({"d", "∂", "∇", "frac"})
_WORDS: Final = frozenset(
    "of the and with for is are be given please let find respect to by from that such then when if what which compute calculate"
    " derivative gradient hessian jacobian wrt matrix vector scalar symmetric where as has have this its".split()
)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_CLAIM_HINT: Final = "write DERIVATIVE = VALUE, such as d tr(A X)/dX = A^T"


@dataclass(frozen=True)
class Asked:
    """A request as it was written: the function, the definitions that it needs, and dL/dy = g as (L, y, g).

    `nodes` has the expression of every step, of the definitions by their names and of the function as "".
    """

    function: Typed
    definitions: Mapping[str, Typed]
    nodes: Mapping[str, Sequence[Expr]]
    gradients: tuple[tuple[str, str, str], ...]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The functions that it calls by their names, and those that their rules lead to."""
        trees = (self.function, *self.definitions.values())
        return vocabulary(step.node.name for tree in trees for step in tree.steps if isinstance(step.node, Call))


@dataclass(frozen=True)
class Request:
    """What is to be differentiated, by what, and what was assumed.

    `expr` holds the definitions as shared nodes; `literal` is the same function as it was written, with nothing
    simplified, which is what certificates measure. `wrt2` is the second variable of a mixed second derivative;
    `variables` are in the order of their appearance; `gradient_names` maps the value of an unknown function to the
    name that the request gives to its gradient; `properties` is what is known of the point by whose coordinates it is
    differentiated, which their symbols do not carry; `title` is the name of the function where it is a definition;
    `reasons` say why each variable is of its kind; `components`, one for each of `wrt` and for `wrt2`, what of a complex variable it is
    differentiated by: the variable itself, as of any (""), its "conjugate", its "real" or "imaginary" part, or 2 d/dconj(Z) is meant, the
    "gradient"; empty where all are the first.
    """

    expr: Expr
    literal: Expr
    wrt: tuple[Expr, ...]
    order: int
    wrt2: Expr | None
    variables: dict[str, Expr]
    assumptions: tuple[Note, ...]
    definitions: dict[str, Expr]
    gradient_names: dict[Expr, str]
    properties: dict[str, frozenset[str]]
    source: str
    parts: tuple[Part | None, ...] = ()
    labels: Mapping[str, Labels] = field(default_factory=dict)
    title: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    turned: bool = False
    form: str = ""
    square: str = ""
    components: tuple[str, ...] = ()
    asked: Asked | None = field(default=None, compare=False, repr=False)

    @property
    def vocabulary(self) -> frozenset[str]:
        """The functions that the request speaks of."""
        return frozenset() if self.asked is None else self.asked.vocabulary


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
    declared = read_declarations(variables, attrs)
    around = framed(text, declared)
    try:
        read = _Reader(around, [*(lets), *(w for w in (wrt, wrt2) if w)]).read(wrt, lets, order, wrt2)
    except MatcalcError as error:
        raise _in_the_text(error, around, text) from None
    if not may_slice and any(read.parts):
        raise UsageError("here a derivative is by a whole variable, not by an entry or slice of it")
    return read


def asks_for_a_derivative(text: str) -> bool:
    """Whether a text says by what to differentiate, as d f / dX does; otherwise it is an expression alone."""
    around = framed(text, {})
    reader = _Reader(around)
    head, said = separated(split_top(reader.lexed.tokens[:-1], "where")[0], around.text)
    reader.read_clauses(said, ())
    return around.operator is not None or bool(head) and Notation(around.text, reader.is_taken, reader.parameters_of).read(head) is not None


def located(read: Request, target: str, variables: Mapping[str, str] | Sequence[str] | None = None) -> tuple[str, Part | None]:
    """A variable of a request and the part of it that a text such as W[2,:] names."""
    reader = _Reader(Framed(target, declared=read_declarations(variables, None)))
    (name,), (index,) = reader._indexed_names(target)
    if index is None or name not in read.variables:
        return name, None
    reader.scope.dimensions |= {n for v in read.variables.values() for n in names_of(v.shape)}
    return name, part_of(name, index, read.variables[name], target, reader.scope)


def _in_the_text(error: MatcalcError, around: Framed, text: str) -> MatcalcError:
    """The error, pointing into the text as it was written."""
    if error.source == around.text:
        error.source = text
    return error


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


class _Reader(Reading):
    """Reads one request; see `read_request`."""

    def __init__(self, around: Framed, others: Sequence[str] = ()) -> None:
        super().__init__(around.text, dict(around.declared), others, around.latex)
        self.around = around

    def read(self, wrt: str | None, lets: Sequence[str], order: int, wrt2: str | None) -> Request:
        head, *tails = split_top(self.lexed.tokens[:-1], "where")
        if len(tails) > 1:
            raise ParseError("a request has one 'where'; ';' separates definitions", self._second("where"), self.text)
        head, said = separated(head, self.text)
        self.read_clauses([*said, *tails], lets)
        if not head and said:
            head = function_of(said, self.text)
        wanted = self._in_words(head, wrt, order) if self.around.operator is not None else self._wanted(head, wrt, order, wrt2)
        self._refuse_words(wanted)
        self._check_count(wanted)
        self.is_complex = self.is_complex or bool(wanted.components)
        return self._elaborate(wanted)

    def _in_words(self, head: list[Token], wrt: str | None, order: int) -> Wanted:
        """The derivative that words or a call ask for, of what else the text holds."""
        operator = self.around.operator
        assert operator is not None
        if wrt is not None and self._names(wrt) != operator.names:
            told = f"the request differentiates by {', '.join(operator.names)}, and wrt is {wrt}"
            raise UsageError(told, operator.spans[0], self.text, "give one of the two")
        if not head:
            raise ParseError("there is nothing to differentiate", (0, len(self.text)), self.text)
        if Notation(self.text, self.is_taken, self.parameters_of).read(head) is not None and not operator.note:
            raise ParseError("two derivatives are asked for here", (head[0].start, head[-1].end), self.text, "ask for one at a time")
        function = tuple(t._replace(text=operator.renamed.get(t.text, t.text)) if t.kind == "name" else t for t in head)
        mixed = operator.order == 2 and len(operator.names) == 2
        of = (operator.component,) * len(operator.names) if operator.component else ()
        wanted = Wanted(function, operator.names, operator.spans, max(order, operator.order), mixed, scalar=operator.scalar, components=of)
        self._check_defined(wanted)
        return wanted

    def _wanted(self, head: list[Token], wrt: str | None, order: int, wrt2: str | None) -> Wanted:
        """The derivative from the notation of the text, or from the text and the variables that are given."""
        if not head:
            raise ParseError("the request is empty", (0, 1), self.text, NO_VARIABLE)
        if len(split_top(head, "=")) > 1:
            at = next(t for t in head if t.text == "=")
            hint = "definitions follow 'where'; matcalc verify checks a claimed derivative"
            raise ParseError("'=' has no meaning here", (at.start, at.end), self.text, hint)
        found = Notation(self.text, self.is_taken, self.parameters_of).read(head)
        if wrt is not None:
            return self._wanted_by(head, found, wrt, order, wrt2)
        if found is None:
            self._refuse_open_bracket(head)
            self._refuse_misplaced(head)
            span = (head[0].start, head[-1].end)
            hint = with_variable(head, self.text, self.scope.is_function)
            raise UsageError("the variable to differentiate by is missing", span, self.text, hint)
        found = self.separated(found)
        self._check_defined(found)
        return found if order == 1 or found.order == 2 else Wanted(found.function, found.names, found.spans, order)

    def _refuse_misplaced(self, head: list[Token]) -> None:
        """An array before the operator is a factor of the derivative or of the function."""
        span = Notation(self.text, self.is_taken, self.parameters_of).misplaced(head)
        if span is not None:
            hint = "write the whole function behind the operator, or one more derivative around it all"
            raise ParseError("only a number may stand before the operator", span, self.text, hint)

    def _refuse_open_bracket(self, head: list[Token]) -> None:
        """A bracket that is never closed hides the bar of the derivative."""
        opened: list[Token] = []
        for t in head:
            if t.kind == "op" and t.text in _CLOSING:
                opened.append(t)
            elif opened and t.text == _CLOSING[opened[-1].text]:
                opened.pop()
        if opened:
            told = f"this {opened[-1].text!r} is never closed"
            raise ParseError(told, (opened[-1].start, opened[-1].end), self.text, f"add {_CLOSING[opened[-1].text]!r}")

    def _wanted_by(self, head: list[Token], found: Wanted | None, wrt: str, order: int, wrt2: str | None) -> Wanted:
        """The derivative by the variables that are given beside a text, whose own notation may not say others."""
        names, parts, components = self._by(wrt)
        if found is not None and not self.is_taken(head[0].text):
            if names == found.names[: len(names)]:
                return found
            if head[0].text in _MARKS:
                asked = ", ".join(found.names)
                told = f"the request differentiates by {asked}, and wrt is {wrt}"
                raise UsageError(told, found.spans[0], self.text, "give one of the two")
        others, _, of_others = self._by(wrt2) if wrt2 is not None and order == 2 else (names, (), components)
        components = (*components, *of_others) if any((*components, *of_others)) else ()
        is_mixed = wrt2 is not None and wrt2 != wrt or order == 2 and bool(components)
        if is_mixed and (len(names) != 1 or order != 2):
            raise UsageError("a second variable needs order 2 and one first variable")
        if any(parts) and (is_mixed or order > 1):
            raise UsageError("a derivative by an entry or slice is of first order")
        if is_mixed:
            return Wanted(tuple(head), (*names, *others), (), 2, mixed=True, components=components)
        return Wanted(tuple(head), names, (), order, parts=parts, components=components[: len(names)])

    def _by(self, text: str) -> tuple[tuple[str, ...], tuple[Index | None, ...], tuple[str, ...]]:
        """The variables that are given beside a text, the part of each, and what of it is meant, as in conj(z)."""
        found = component_of(self.lex(text).tokens[:-1]) if self.is_complex else None
        if found is not None:
            return (found.name.text,), (None,), (found.component,)
        names, parts = self._indexed_names(text)
        return names, parts, ("",) * len(names)

    def _second(self, text: str) -> Span:
        token = [t for t in self.lexed.tokens if t.text == text][1]
        return token.start, token.end

    def _names(self, text: str, tokens: Sequence[Token] | None = None) -> tuple[str, ...]:
        tokens = lex(text, self.known).tokens[:-1] if tokens is None else tokens
        names = tuple(t.text for t in tokens if t.kind == "name")
        if not names or any(t.kind != "name" and t.text not in ("(", ")", ",") for t in tokens):
            raise UsageError(f"{_clipped(text)!r} is not the name of a variable")
        return names

    def _indexed_names(self, text: str) -> tuple[tuple[str, ...], tuple[Index | None, ...]]:
        """The names in a list of variables, and the index of each that has one: W[2,:]."""
        if text in self.declared and text.isascii() and text.isalnum():
            return (text,), (None,)
        tokens = lex(text, self.known).tokens[:-1]
        if not any(t.text == "[" for t in tokens):
            names = self._names(text, tokens)
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
        if unknown and not self.is_taken(only.text) and only.text not in gradients:
            f, x = only.text, wanted.names[0]
            hint = f"define it, d{f}/d{x} where {f} = ..., or declare it if it is a constant"
            if meant := applied(f, self.scope.is_function):
                hint = f"write {self.text[: only.start]}{meant}{self.text[only.end :]}"
            raise UsageError(f"{f} is not defined, so its derivative is not known", (only.start, only.end), self.text, hint)

    def _elaborate(self, wanted: Wanted) -> Request:
        """Build the function and what it needs of the definitions."""
        wanted, square = self._squared(self.separated(wanted))
        wanted = self._applied(wanted)
        self._label_entries(wanted)
        self.scope.varying = frozenset(wanted.names)
        function, typed, whole = self.inferred(wanted)
        elaboration, literal = Elaboration(self.scope), Elaboration(self.scope, LITERAL)
        nodes: dict[str, Sequence[Expr]] = {}
        for name, tree in typed.items():
            for built in (elaboration, literal):
                built.defined[name] = self.symbol_of(name, tree, built.build(tree), name in wanted.names)
            nodes[name] = elaboration.built
        expr = elaboration.build(whole)
        nodes[""] = elaboration.built
        symbols = self._symbols(function, wanted, elaboration.defined)
        wrt = tuple(symbols[n] for n in wanted.names)
        inner = {name: tree for name, tree in typed.items() if name not in wanted.names}
        return Request(
            expr=expr,
            literal=literal.build(whole),
            wrt=wrt[:1] if wanted.mixed else wrt,
            order=wanted.order,
            wrt2=wrt[1] if wanted.mixed else None,
            variables=symbols,
            assumptions=(*self.assumptions(symbols), *self.around.notes, *self.lexed.notes, *elaboration.notes),
            definitions={n: elaboration.defined[n] for n in self.clauses.definitions if n in inner},
            gradient_names=self.gradient_names(elaboration.defined, symbols),
            properties={n: self.scope.variables[n].properties for n in wanted.names if n in self.scope.variables},
            source=self.text,
            parts=self._parts(wanted, symbols),
            labels={name: self.clauses.labels[name] for name in self.clauses.labels if name in wanted.names},
            title=self._title(wanted),
            turned=wanted.turned,
            form=wanted.form,
            square=square,
            components=self._components(wanted, symbols) if self.is_complex else (),
            reasons={name: reason(name, self.scope) for name in symbols},
            asked=Asked(whole, inner, nodes, tuple((g.function, g.variable, g.name) for g in self.clauses.gradients)),
        )

    def _applied(self, wanted: Wanted) -> Wanted:
        """The derivative of a declared function f is that of f(x)."""
        only, x = wanted.function[0], wanted.names[0]
        declared = self.declared.get(only.text)
        if len(wanted.function) > 1 or not isinstance(declared, FunctionDeclaration) or only.text in self.clauses.definitions:
            return wanted
        if len(set(wanted.names)) > 1:
            told = f"{only.text} is a function of one argument"
            raise UsageError(told, (only.start, only.end), self.text, f"write what it is applied to, such as {only.text}({x})")
        call = (only, Token("op", "(", only.end, only.end), Token("name", x, only.end, only.end), Token("op", ")", only.end, only.end))
        return replace(wanted, function=call)

    def _squared(self, wanted: Wanted) -> tuple[Wanted, str]:
        """A derivative by sigma^2, with the square as the variable in place of sigma, and sigma."""
        if not wanted.square:
            return wanted, ""
        (name,) = wanted.names
        declared = self.declared.get(name)
        if not is_greek(name) and not (isinstance(declared, Declaration) and declared.kind == "scalar"):
            hint = f"a second derivative is d^2 f / d{name}^2; where {name}^2 is the variable, declare '{name}: scalar'"
            raise ParseError("a derivative of first order has a square below the bar", wanted.spans[0], self.text, hint)
        from matcalc.reading.forms.squares import name_of_square, with_square  # few derivatives are by a square

        square = name_of_square(name, [*self.declared, *self.clauses.definitions])
        self.declared[square] = Declaration(square, "scalar", (), frozenset({"positive"}))
        for d in self.clauses.definitions.values():
            d.tokens = with_square(d.tokens, name, square)
        return replace(wanted, function=tuple(with_square(wanted.function, name, square)), names=(square,)), name

    def _refuse_words(self, wanted: Wanted) -> None:
        """A word of a sentence that was not understood is no variable."""
        for tokens in (wanted.function, *(d.tokens for d in self.clauses.definitions.values())):
            for t in tokens:
                if t.text in _WORDS and t.kind == "name" and t.text not in self.known.kinds and t.text not in self.clauses.definitions:
                    hint = f"write the formula and its variable alone, or declare {t.text} if it is a variable"
                    raise ParseError(f"the word '{t.text}' is not understood here", (t.start, t.end), self.text, hint)

    def _check_count(self, wanted: Wanted) -> None:
        if len(wanted.names) > MAX_VARIABLES:
            span = (wanted.spans[0][0], wanted.spans[-1][1]) if wanted.spans else None
            told = f"a request differentiates by at most {MAX_VARIABLES} variables, not {len(wanted.names)}"
            raise LimitError(told, span, self.text if span else None)

    def _components(self, wanted: Wanted, symbols: Mapping[str, Expr]) -> tuple[str, ...]:
        """What of each variable is meant; a gradient by a complex one is 2 d/dconj(Z)."""
        asked = wanted.components or ("",) * len(wanted.names)
        found: list[str] = []
        for k, (name, component) in enumerate(zip(wanted.names, asked, strict=True)):
            span = wanted.spans[k] if k < len(wanted.spans) else None
            source = self.text if span is not None else None
            is_complex = symbols[name].has_complex
            if component and not is_complex:
                told = f"{name} is real, and a derivative by its conjugate or a part of it is asked for"
                raise UsageError(told, span, source, f"declare {name} complex, such as '{name}: n complex', or differentiate by {name}")
            if is_complex and wanted.order == 2 and not wanted.mixed and (wanted.scalar or component):
                told = f"{name} is complex, of which a function has several Hessians"
                raise UsageError(told, span, source, f"write d^2 f/(dconj({name}) d{name}^T) or d^2 f/(d{name} d{name}^T)")
            found.append(GRADIENT if is_complex and wanted.scalar and not component and wanted.order == 1 else component)
        return tuple(found) if any(found) else ()

    def _parts(self, wanted: Wanted, symbols: Mapping[str, Expr]) -> tuple[Part | None, ...]:
        """The part of each variable that is meant."""
        return tuple(
            None if index is None else part_of(name, index, symbols[name], self.text, self.scope)
            for name, index in zip(wanted.names, wanted.parts, strict=False)
        )

    def _title(self, wanted: Wanted) -> str:
        """The name of the function where it is a definition."""
        only = wanted.function[0].text
        return only if len(wanted.function) == 1 and only in self.clauses.definitions else ""

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
                    definitions[label] = Definition(label, d.span, tokens, f"{name}[{i + 1},{j + 1}]", False)

    def _symbols(self, function: Parsed, wanted: Wanted, defined: dict[str, Expr]) -> dict[str, Expr]:
        """The variables of the function in the order of their appearance; `defined` has every definition after its needs."""
        found = {name: self.scope.symbol(v) for name, v in self.scope.variables.items()}
        found |= {name: defined[name] for name in wanted.names if name in defined}
        names = [node.name for node in function.names]
        reached = set(names)
        for name in reversed(defined):
            if name in reached and name not in wanted.names:
                reached.update(node.name for node in self.tree(name).names)
        for name in self.clauses.definitions:
            if name in reached and name not in wanted.names:
                names += [node.name for node in self.tree(name).names]
        return {name: found[name] for name in dict.fromkeys([*names, *wanted.names]) if name in found}


def _clipped(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."

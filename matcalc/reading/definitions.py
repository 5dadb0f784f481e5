"""The definitions of a request: ordered by their needs, unknown functions given a kind, their shapes inferred once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from matcalc.algebra.node import Expr, sym
from matcalc.book import rules as rulebook
from matcalc.book.letters import spelled_out
from matcalc.book.sizes import ONE, SCALAR, show
from matcalc.errors import MatcalcError, ParseError, ShapeError, Span, UnknownFunction, UsageError
from matcalc.reading.alike import alike
from matcalc.reading.clauses import Clauses, Definition
from matcalc.reading.conjugates import complexes, explained, has_complex, note_of_units, notes_of, units_of
from matcalc.reading.constants import with_constants_of_sizes
from matcalc.reading.declarations import Declaration, Declared, kinds_declared
from matcalc.reading.dialects.pairs import is_spelt
from matcalc.reading.forms.application import applied
from matcalc.reading.grammar.components import GRADIENT, UNDER
from matcalc.reading.grammar.derivative import HALF_STACKED, Wanted
from matcalc.reading.grammar.parser import parse
from matcalc.reading.grammar.syntax import Call, Name, Parsed
from matcalc.reading.grammar.tokens import BOLD, BOLD_ONE, EULER, GREEK_NAMES, OTHERWISE, Known, Lexed, Look, Token, ended
from matcalc.reading.inference.entrywise import entrywise_notes, may_be_entrywise
from matcalc.reading.inference.habits import is_count
from matcalc.reading.inference.scope import COMMUTATION, SIZED, Function, Scope, is_greek, is_sized, is_unknown_call, letter_of, shape_of
from matcalc.reading.inference.search import Search
from matcalc.reading.inference.shapes import Inference
from matcalc.reading.inference.steps import Typed, shortened
from matcalc.reading.inference.unify import find, is_one, unify, unify_shapes
from matcalc.reading.lexer import lex
from matcalc.reading.notes import ASSUMED, FAMILY, HABIT, SHAPE, Note

_SCALAR_BY_NAME: Final = frozenset({"loss", "cost", "energy", "objective", "risk", "penalty"})
# The constants that are written by a name alone, and what a variable of that name would be.
CONSTANTS: Final = {"pi": "scalar", "I": "n x n", BOLD_ONE: "n"}
_ELEMENTWISE_BY_NAME: Final = frozenset({"act", "activation"})


class Reading:
    """A request, or the definitions of a chain, on the way from text to typed trees."""

    def __init__(self, text: str, declared: dict[str, Declared], others: Sequence[str] = (), latex: bool = False) -> None:
        """Read `text`; `others` are the variables and the definitions that come with it, whose names are known in it.

        `latex` tells that a text without a sign of LaTeX is LaTeX.
        """
        self.text = text
        self.declared = declared
        self.units = units_of(declared)
        self.is_complex = has_complex(declared, (text, *others))
        for name in self.units:
            del declared[name]
        names = dict.fromkeys((n for other in others for n in _names_before(other)), "")
        self.known = Known(names | kinds_declared(declared), is_complex=self.is_complex)
        self.clauses = Clauses(declared)
        self.assumed_functions: dict[str, str] = {}
        self.lexed = self.lex(text, latex)
        self.scope = Scope(declared=declared, looks=dict(self.lexed.looks))
        self.function: Parsed | None = None
        self.read_as: dict[Note, None] = {}
        self.rows: Mapping[str, str] = {}

    def lex(self, text: str, latex: bool = False) -> Lexed:
        """The tokens of a text of the request, with what is complex in it."""
        lexed = lex(text, self.known, latex)
        return explained(lexed, text, self.units, self.declared, self.is_complex) if self.is_complex or not text.isascii() else lexed

    def read_clauses(self, tails: Sequence[list[Token]], lets: Sequence[str]) -> None:
        """Read what stands after `where`, and the definitions that come with the text."""
        for tail in tails:
            self.clauses.read(tail, self.text, self.lexed.numpy)
        for let in lets:
            lexed = self.lex(let)
            self.clauses.read(lexed.tokens[:-1], let, lexed.numpy)

    def parameters_of(self, name: str) -> tuple[str, ...] | None:
        """The parameters of a function that is defined, none of a definition without; None of any other name."""
        d = self.clauses.definitions.get(name)
        return d.parameters if d is not None else None

    def is_taken(self, name: str) -> bool:
        """Whether a name that begins with d is a variable or a function, and not a d before another name."""
        is_variable = name in self.declared or name in self.clauses.definitions or name in GREEK_NAMES
        return is_variable or is_spelt(name) or rulebook.find(name) is not None

    def separated(self, wanted: Wanted) -> Wanted:
        """The request with the letters that stand side by side as factors, and with e^x and sigma(z), in its definitions too."""
        definitions = self.clauses.definitions
        if not definitions and not any(map(self._holds_more, wanted.function)) and all(n.isascii() for n in wanted.names):
            return wanted
        # Names of which each stands for itself need nothing of it.
        from matcalc.reading.grammar.letters import Letters, alone, refuse_primes, separated, with_constants

        whole = {*self.known.kinds, *self.declared, *definitions, *(n for d in definitions.values() for n in d.parameters)}
        texts = [wanted.function, *(d.tokens for d in definitions.values())]
        letters = Letters(whole, self.scope.is_known, wanted.names).with_factors(t for tokens in texts for t in tokens)
        bare = set().union(*map(alone, texts))
        is_chain = bool(definitions or self.clauses.gradients)
        kept = {*self.declared, *definitions, *(name for g in self.clauses.gradients for name in (g.function, g.variable, g.name))}

        def read(tokens: Sequence[Token], source: str, is_code: bool) -> list[Token]:
            refuse_primes(tokens, lambda n: n in whole or n in wanted.names, source)
            made, products = separated(tokens, replace(letters, is_code=is_code), source)
            made, told = with_constants(made, lambda n: n in whole or n in wanted.names, bare, source, is_chain)
            self.read_as.update(dict.fromkeys([*told, *products]))
            return [t if t.text.isascii() or t.kind != "name" or t.text in kept else t._replace(text=spelled_out(t.text)) for t in made]

        for d in definitions.values():
            d.tokens = read(d.tokens, d.source, d.numpy)
        names = tuple(n if n in kept else spelled_out(n) for n in wanted.names)
        return replace(wanted, function=tuple(read(wanted.function, self.text, self.lexed.numpy)), names=names)

    def _holds_more(self, t: Token) -> bool:
        """Whether a token may be several names, or one that is written in another way."""
        if t.kind != "name":
            return False
        if len(t.text) == 1:
            return t.text in OTHERWISE or not t.text.isascii()
        return not (t.text in self.declared or self.scope.is_known(t.text))

    def inferred(self, wanted: Wanted) -> tuple[Parsed, dict[str, Typed], Typed]:
        """The function as a tree; the definitions that it needs, in order, and the function itself with their shapes."""
        definitions = self.clauses.definitions
        self._survey(wanted)
        tokens, *others = with_constants_of_sizes([wanted.function, *(d.tokens for d in definitions.values())], self.scope, wanted.names)
        function = self.function = self._parsed(tokens, self.text, self.lexed.numpy)
        for d, tokens in zip(definitions.values(), others, strict=True):
            d.tokens, d.parsed = tokens, self._parsed(tokens, d.source, d.numpy)
        self._assume_gradients()
        self._assume_functions(function, wanted)
        self._assume_weights([function, *(d.parsed for d in definitions.values() if d.parsed)])
        if function.sums or any(d.parsed.sums for d in definitions.values() if d.parsed):
            function = self.function = self._without_sums(function, wanted)
        trees = [function, *(d.parsed for d in definitions.values() if d.parsed)]
        for parsed in trees:
            self.scope.survey(parsed)
        if self.is_complex:
            by = [n for n, c in zip(wanted.names, wanted.components, strict=False) if c not in ("", GRADIENT)]
            self.scope.complexes = complexes(trees, by)
        self._refuse_sizes_as_definitions()
        needed = self._ordered(function, wanted)

        def best() -> tuple[tuple[dict[str, Typed], Typed], float]:
            shapes, of_all = partial(self._shapes, function, needed, wanted), lambda found: [*found[0].values(), found[1]]
            search = Search(self.scope, shapes, of_all, wanted.scalar)
            return search.best(), search.total

        typed, whole = self._with_functions(trees, wanted, best)
        if any(map(may_be_entrywise, trees)):
            self.read_as |= {Note(told): None for tree in (*typed.values(), whole) for told in entrywise_notes(tree, self.scope.dimensions)}
        return function, typed, whole

    def _with_functions(
        self, trees: Sequence[Parsed], wanted: Wanted, best: Callable[[], tuple[tuple[dict[str, Typed], Typed], float]]
    ) -> tuple[dict[str, Typed], Typed]:
        """The best reading, with kinds for the functions that are called without being known, which it says."""
        calls = [(call, tree.source) for tree in trees for call in tree.calls if self._is_unknown(call) and is_unknown_call(call)]
        if not calls:
            return best()[0]
        from matcalc.reading.inference.unknowns import decided, looks, told, with_primes  # few requests hold such calls

        for name, look in looks([call for call, _ in calls], wanted.names if wanted.scalar else ()).items():
            self.scope.looks.setdefault(name, look)
        typed, whole = decided(calls, self.scope, best)
        names = dict.fromkeys(call.name for call, _ in calls)
        self.read_as |= {Note(told(self.scope.functions[name]), ASSUMED, (name,)): None for name in names}
        with_primes([*typed.values(), whole], names, self.scope)
        return typed, whole

    def _shapes(self, function: Parsed, needed: Sequence[str], wanted: Wanted) -> tuple[dict[str, Typed], Typed]:
        """The definitions and the function with their shapes, as the scope has the kinds of the names."""
        definitions = self.clauses.definitions
        inference = Inference(self.scope)
        typed = {name: self._infer_definition(inference, definitions[name]) for name in needed}
        whole = inference.infer(function)
        for name, span in zip(wanted.names, wanted.spans or [(0, 0)] * len(wanted.names), strict=True):
            if name not in typed:
                self._check_variable(name, span)
                self._refuse_subscript(name, at=span if span[1] else None)
                if is_count(name) and name not in self.scope.variables and self.scope.is_open(name):
                    self.scope.looks.setdefault(name, Look("scalar", "a letter of counts that does not occur", BOLD))
                variable = self.scope.variable(name, span, self.text)
                if wanted.form == HALF_STACKED and not unify(*variable.shape):
                    hint = "d .../d vec(X)^T is by all entries of a matrix of any shape"
                    raise ShapeError(f"vech({name}) needs a square matrix", span if span[1] else None, self.text if span[1] else None, hint)
        if self.scope.narrows and not is_one(whole.shape[1]):
            unify_shapes(whole.shape, (ONE, ONE))
        inference.finish()
        return typed, whole

    def _assume_weights(self, trees: Sequence[Parsed]) -> None:
        """The weight of a norm, of which nothing is declared, is symmetric and positive definite: else it would be that of none."""
        for name in dict.fromkeys(weight.name for tree in trees for weight in tree.weights):
            if name not in self.declared and name not in self.clauses.definitions:
                self.declared[name] = Declaration(name, properties=frozenset({"spd"}))
                told = f"{name} is symmetric and positive definite, as the weight of a norm"
                self.read_as[Note(told, ASSUMED, (name,))] = None

    def _without_sums(self, function: Parsed, wanted: Wanted) -> Parsed:
        """The function with products of matrices in place of its sums, and the definitions that it needs alike."""
        from matcalc.reading.sums.kinds import Request  # few requests have sums over an index
        from matcalc.reading.sums.request import summed

        needed = [(name, self.tree(name)) for name in self._ordered(function, wanted)]
        request = Request(
            [*needed, ("", function)],
            kinds_declared(self.declared),
            self.scope.functions,
            frozenset(self.scope.dimensions),
            frozenset(wanted.names) | self.declared.keys(),
            self.lexed.looks,
            wanted.scalar,
            self.is_complex,
        )
        found = summed(request, wanted.names)
        self.scope.looks |= found.looks
        # pi_k under a sum is a vector, which its name alone would not say.
        self.declared |= {name: Declaration(name, found.looks[name].kind) for name in CONSTANTS if name in found.looks and name == "pi"}
        self.rows = found.rows
        *trees, whole = found.trees
        for (name, _), tree in zip(needed, trees, strict=True):
            self.clauses.definitions[name].parsed = tree
        return whole

    def _survey(self, wanted: Wanted) -> None:
        """Enter the names of the request into the scope before anything is parsed."""
        definitions = self.clauses.definitions
        self.scope.definitions = set(definitions) | {g.function for g in self.clauses.gradients}
        self.scope.declare_functions()
        for tokens in [wanted.function, *(d.tokens for d in definitions.values())]:
            self.scope.note_bare(ended(tokens))
        self.scope.bare.update(wanted.names)

    def _refuse_sizes_as_definitions(self) -> None:
        """n = 3 where n is a size would change nothing."""
        for d in self.clauses.definitions.values():
            if d.name in self.scope.dimensions:
                value = d.source[d.tokens[0].start : d.tokens[-1].end] if d.tokens else "3"
                told = f"{d.name} is the name of a size and cannot be defined"
                raise UsageError(told, d.span, d.source, f"write {value} in its place, as in 'x: {value}' or ones({value})")

    def _parsed(self, tokens: list[Token], source: str, numpy: bool) -> Parsed:
        self._refuse_entries_in_parentheses(tokens, source)
        tokens = applied(tokens, self.clauses.definitions, source)
        return parse(ended(tokens), source, self.scope, numpy)

    def _refuse_entries_in_parentheses(self, tokens: list[Token], source: str) -> None:
        """x(1) is an entry in MATLAB and a product here, and f(x) of f = x^T*x is f or a product with it: neither is guessed."""
        definitions = self.clauses.definitions
        for name, opening, index, after in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
            adjacent = name.kind == "name" and opening.text == "(" and name.end == opening.start
            if adjacent and index.text.isdigit() and after.text in (")", ",") and not self._is_applied(name.text, after.text == ","):
                end = next((t.end for t in tokens if t.text == ")" and t.start >= after.start), after.end)
                inside = source[opening.end : end - 1]
                told = f"{source[name.start : end]} could be an entry or a product"
                product = f", {name.text}*{inside} for a product" if after.text == ")" else ""
                raise ParseError(told, (name.start, end), source, f"write {name.text}[{inside}] for an entry{product}")
            d = definitions.get(name.text) if adjacent and index.kind == "name" and after.text == ")" else None
            if d is not None and not d.parameters and index.text in (t.text for t in d.tokens):
                told = f"{name.text}({index.text}) could be {name.text}, which holds {index.text}, or a product"
                hint = f"write {name.text} for what is defined, {name.text}*{index.text} for a product"
                raise ParseError(told, (name.start, after.end), source, hint)

    def _is_applied(self, name: str, to_several: bool) -> bool:
        """Whether a parenthesis behind a name holds arguments; K(2,3) is a constant unless K is a name elsewhere."""
        is_constant = name != COMMUTATION or to_several and name not in self.scope.bare and not self.scope.is_variable(name)
        return name in self.scope.functions or is_constant and self.scope.is_known(name)

    def _assume_gradients(self) -> None:
        """dL/dy = g without a definition of L: an unknown function L of y."""
        for g in self.clauses.gradients:
            if g.function not in self.clauses.definitions:
                argument = Name(g.variable, g.span)
                call = Call(g.function, (argument,), g.span, g.span)
                parsed = Parsed(call, g.source, False, [argument], [call])
                self.clauses.definitions[g.function] = Definition(g.function, g.span, [], g.source, False, parsed)
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
                if self._is_unknown(call):
                    whole = parsed.tree is call and (name is None or name in scalars)
                    self._assume_function(call, whole, parsed.source)

    def _is_unknown(self, call: Call) -> bool:
        is_known = self.scope.is_known(call.name) and (call.name != COMMUTATION or is_sized(call))
        return call.name != EULER and call.name not in self.scope.functions and not is_known

    def _assume_function(self, call: Call, is_value: bool, source: str) -> None:
        near = alike(call.name, rulebook.spellings())
        if is_greek(call.name) or call.name in _ELEMENTWISE_BY_NAME:
            kind, told = "elementwise", f"{call.name} acts on every entry"
        elif call.name in _SCALAR_BY_NAME or is_value and not near:
            kind, told = "scalar", f"{call.name} is a scalar-valued function"
        elif near:
            hint = f"did you mean {near}? Otherwise declare it, '{call.name}: vector -> scalar' or '{call.name}: elementwise'"
            raise UnknownFunction(f"{call.name} is not a known function", call.at, source, hint)
        elif is_unknown_call(call):
            return
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

    def _infer_definition(self, inference: Inference, d: Definition) -> Typed:
        typed = inference.infer(self.tree(d.name))
        inference.defined[d.name] = typed.shape
        if d.name in self.declared and d.name not in self.scope.functions:
            declared = self.scope.variable(d.name, d.span, d.source)
            del self.scope.variables[d.name]
            if not unify_shapes(declared.shape, typed.shape):
                told = f"{d.name} is declared as {inference.show(declared.shape)}, but its definition is {inference.show(typed.shape)}"
                raise ShapeError(told, d.span, d.source)
        return typed

    def _refuse_subscript(self, name: str, at: Span | None) -> None:
        """K_theta by theta, which stands nowhere else, is a function of theta and not zero; nor is theta by theta_j."""
        if name in self.scope.variables or not self.scope.is_open(name):
            return
        near = next((v for v in self.scope.variables if self.scope.is_open(v) and _looks_like(v, name)), None)
        if near is not None:
            hint = f"write what {shortened(near)} is of {name}, or declare it"
            raise UsageError(f"{name} does not occur, and {shortened(near)} does", at, self.text if at else None, hint)
        base = letter_of(name)
        if name == f"{base}_bar" and base in self.scope.variables:
            hint = f"for the conjugate of {base} write d/dconj({base}), or declare {base} complex, such as '{base}: n complex'"
            raise UsageError(f"{name} does not occur, and {base} does", at, self.text if at else None, hint)
        if base != name and base in self.scope.variables:
            hint = f"differentiate by {base} or by an entry such as {base}[1], or declare {name}, which then is a name of its own"
            raise UsageError(f"{name} does not occur, and {base} does", at, self.text if at else None, hint)
        held = next((v for v in self.scope.variables if v.endswith(f"_{name}") and self.scope.is_open(v)), None)
        if held is not None:
            function = held.removesuffix(f"_{name}")
            hint = f"write {function}({name}) for a function of {name}, or declare {held} if it is a constant"
            raise UsageError(f"{name} stands only in the subscript of {held}", at, self.text if at else None, hint)

    def _check_variable(self, name: str, span: Span) -> None:
        at = span if span[1] else None
        source = self.text if at else None
        if (name in CONSTANTS or len(name) > 1 and name in SIZED) and not self.scope.is_variable(name):
            told = f"{name} is a constant; a derivative is by a variable"
            raise UsageError(told, at, source, f"declare '{name}: {CONSTANTS.get(name, 'n x n')}' if it is a variable")
        if name in self.scope.functions and not self.scope.is_variable(name):
            raise UsageError(f"{name} is a function; a derivative is by a variable", at, source)
        if name in self.scope.dimensions and not self.scope.is_variable(name):
            raise UsageError(f"{name} is a dimension; a derivative is by a variable", at, source)

    def symbol_of(self, name: str, tree: Typed, value: Expr, is_variable: bool = True) -> Expr:
        """The variable in place of a definition, for a derivative by an intermediate result; else the value of the definition."""
        shape = shape_of(tree.shape)
        known = ("complex",) if value.has_complex else ()
        return sym(name, shape, 0 if shape == SCALAR else 1 if shape[1] is ONE else 2, known) if is_variable else value

    def tree(self, name: str) -> Parsed:
        parsed = self.clauses.definitions[name].parsed
        assert parsed is not None
        return parsed

    def assumptions(self, symbols: Mapping[str, Expr]) -> list[Note]:
        """What was assumed of variables and functions that are not declared in full."""
        told: list[Note] = []
        for name, e in symbols.items():
            v = self.scope.variables.get(name)
            if v is not None and not v.declared:
                told.append(Note(f"{name} is {_described(e)}", ASSUMED if "integer" in e.data.properties else SHAPE, (name,)))
        kinds = {name: SHAPE if self.scope.functions[name].kind == "scalar" else ASSUMED for name in self.assumed_functions}
        functions = [Note(said, kinds[name], (name,)) for name, said in self.assumed_functions.items()]
        sized = {m: show(symbols[m].shape) for m in self.rows.values() if m in symbols}
        rows = [Note(f"{x}_i^T is row i of {m} ({sized[m]})", FAMILY, (m,)) for x, m in self.rows.items() if m in sized]
        overruled = [Note(o.told, HABIT, (o.name,)) for o in self.scope.overruled]
        return [*told, *overruled, *rows, *functions, *self._complex_notes(symbols), *self.read_as]

    def _complex_notes(self, symbols: Mapping[str, Expr]) -> list[Note]:
        """Which names are complex of which nothing is declared, and which is the imaginary unit."""
        if not self.is_complex:
            return []
        found = [v for name, v in self.scope.variables.items() if name in symbols and name not in self.declared]
        kinds = {v.name: "complex" in v.properties for v in found} if self.scope.complexes is not None else {}
        constant = [v for v in found if v.kind == "matrix" and kinds.get(v.name) and v.name not in self.scope.varying]
        squares = [v.name for v in constant if find(v.shape[0]) is find(v.shape[1])]
        return [*notes_of(kinds, squares), *note_of_units(self.units)]

    def gradient_names(self, defined: Mapping[str, Expr], symbols: Mapping[str, Expr]) -> dict[Expr, str]:
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


def _names_before(text: str) -> list[str]:
    """The names that a definition `y = W*x` or a list of variables `W, b` begins with."""
    if text.isascii() and text.isalnum() and text[0].isalpha():
        return [text]
    try:
        tokens = lex(text.partition("=")[0]).tokens
    except MatcalcError:
        return []
    return [t.text for t in tokens if t.kind == "name" and t.text not in UNDER]


def _needed(parsed: Parsed, definitions: Mapping[str, Definition]) -> list[str]:
    return list(dict.fromkeys(node.name for node in parsed.names if node.name in definitions))


def _listed(names: Sequence[str]) -> str:
    """The names, or the first of them where there are many."""
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"


def _described(e: Expr) -> str:
    """A variable's shape in words."""
    if e.is_scalar:
        return "an integer" if "integer" in e.data.properties else "a scalar"
    if e.data.ndim == 1:
        return f"a column vector with {e.shape[0]} entries"
    return f"a matrix of {show(e.shape)}"


def _looks_like(name: str, wanted: str) -> bool:
    """Whether a name is a variable with a subscript, or one run together with others: x_1 and AX of x."""
    run = len(wanted) == 1 and 1 < len(name) <= 4 and name.isascii() and name.isalpha() and not name.islower()
    is_part = run and wanted.casefold() in name.casefold()
    return letter_of(name) == wanted or is_part

"""An expression on its own, its variables declared, given or inferred, with the parts that `where` names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from matcalc.algebra.expr import PREFIXES
from matcalc.algebra.node import Expr, Unknown
from matcalc.book.sizes import ONE, Shape
from matcalc.errors import ParseError
from matcalc.reading.constants import with_constants_of_sizes
from matcalc.reading.declarations import kinds_declared, read_declarations
from matcalc.reading.elaboration import Elaboration
from matcalc.reading.grammar.derivative import split_top
from matcalc.reading.grammar.letters import Letters, alone, separated, with_constants
from matcalc.reading.grammar.parser import parse
from matcalc.reading.grammar.products import with_products
from matcalc.reading.grammar.syntax import Parsed
from matcalc.reading.grammar.tokens import Known, Token, ended
from matcalc.reading.inference.scope import Function, Scope
from matcalc.reading.inference.search import Search
from matcalc.reading.inference.shapes import Inference
from matcalc.reading.inference.steps import Typed
from matcalc.reading.inference.unify import resolve, unify_shapes
from matcalc.reading.lexer import lex


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
        scope.functions |= with_derivatives(name, unknown)
    return _read_alone(text, scope, like, latex)


def type_expression(text: str, names: Mapping[str, Expr], functions: Mapping[str, Unknown], *, like: Shape | None = None) -> Typed:
    """The shapes of every part of an expression over known variables; see `read_expression`."""
    scope = Scope(given=names, closed=True)
    for name, unknown in functions.items():
        scope.functions |= with_derivatives(name, unknown)
    return _typed(text, scope, like)[-1][1]


def with_derivatives(name: str, unknown: Unknown) -> dict[str, Function]:
    """An unknown function of this name and its derivatives, as a text calls them."""
    found = [replace(unknown, order=k) for k in range(len(PREFIXES.get(unknown.kind, "")))] or [unknown]
    return {f.prefix + name: Function(f.name, f.kind, None, f.rows, f.columns, f.order) for f in found}


def _read_alone(text: str, scope: Scope, like: Shape | None = None, latex: bool = False) -> Expr:
    elaboration = Elaboration(scope)
    *parts, (_, whole) = _typed(text, scope, like, latex)
    for name, typed in parts:
        elaboration.defined[name] = elaboration.build(typed)
    return elaboration.build(whole)


def _typed(text: str, scope: Scope, like: Shape | None, latex: bool = False) -> list[tuple[str, Typed]]:
    """The parts that are named after `where`, each over earlier ones, and then the expression itself."""
    known = _known_to(scope)
    lexed = lex(text, known, latex)
    head, *tails = split_top(lexed.tokens[:-1], "where")
    head = with_products(head, text) if any(t.text == ":" for t in head) else head
    parts = [(name, right) for tail in tails for name, right in _named_parts(tail, text)]
    scope.definitions = {name for name, _ in parts}
    scope.declare_functions()
    letters = Letters({*known.kinds, *scope.definitions}, scope.is_known, is_code=lexed.numpy)
    letters = letters.with_factors(() if scope.closed else lexed.tokens)
    bare = alone(lexed.tokens)
    texts = []
    for name, tokens in [*parts, ("", head)]:
        split, _ = separated(tokens, letters, text)
        split, _ = with_constants(split, letters.whole.__contains__, bare, text, is_chain=bool(tails))
        split = ended(split) if tails else [*split, lexed.tokens[-1]]
        if not scope.closed:
            scope.note_bare(split)
        texts.append((name, split))
    sized = with_constants_of_sizes([tokens for _, tokens in texts], scope, ())
    parsed = [(name, parse(tokens, text, scope, lexed.numpy)) for (name, _), tokens in zip(texts, sized, strict=True)]
    scope.looks = dict(lexed.looks)
    if any(tree.sums for _, tree in parsed):
        parsed = _without_sums(parsed, scope)
    for _, tree in parsed:
        scope.survey(tree)

    def shapes() -> list[tuple[str, Typed]]:
        return _shapes(parsed, scope, like)

    return shapes() if scope.closed else Search(scope, shapes, lambda found: [tree for _, tree in found]).best()


def _shapes(parsed: Sequence[tuple[str, Parsed]], scope: Scope, like: Shape | None) -> list[tuple[str, Typed]]:
    """The shapes of the named parts and of the whole, as the scope has the kinds of the names."""
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


def _without_sums(parsed: list[tuple[str, Parsed]], scope: Scope) -> list[tuple[str, Parsed]]:
    """The trees with products of matrices in place of sums over an index."""
    from matcalc.reading.sums.kinds import Request  # few texts have such sums
    from matcalc.reading.sums.request import summed

    kinds = kinds_declared(scope.declared) | {name: _kind_of(e) for name, e in scope.given.items()}
    sizes = frozenset(scope.dimensions)
    found = summed(Request(parsed, kinds, scope.functions, sizes, frozenset(kinds)))
    scope.looks |= found.looks
    return [(name, tree) for (name, _), tree in zip(parsed, found.trees, strict=True)]


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
    functions = dict.fromkeys(scope.functions, "function")
    is_complex = any(e.has_complex for e in scope.given.values())
    return Known(kinds_declared(scope.declared) | given | functions, scope.closed, is_complex)


def _kind_of(e: Expr) -> str:
    return "scalar" if e.is_scalar else "vector" if e.shape[1] is ONE else "row" if e.shape[0] is ONE else "matrix"

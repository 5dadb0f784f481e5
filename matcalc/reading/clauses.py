"""What stands after `where` and in the lets: definitions, declarations, and the names of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.errors import ParseError, Span
from matcalc.reading.declarations import Declaration, Declared, consistent, read_declaration
from matcalc.reading.grammar.derivative import Notation, split_top
from matcalc.reading.grammar.syntax import Parsed
from matcalc.reading.grammar.tokens import Token
from matcalc.records import dataclass

Labels = tuple[tuple[str, ...], ...]
CONDITION_HINT: Final = "conditions are such as sum(y) = 1, ||v|| = 1, Q^T*Q = I; y = W*x is a definition, dL/dy = g names a gradient"


@dataclass
class Definition:
    """NAME = expression, as tokens and then as a tree; `parameters` are those of a function, f(x) = expression."""

    name: str
    span: Span
    tokens: list[Token]
    source: str
    numpy: bool
    parsed: Parsed | None = None
    parameters: tuple[str, ...] = ()


@dataclass
class GradientName:
    """dL/dy = g."""

    function: str
    variable: str
    name: str
    span: Span
    source: str


@dataclass
class Clauses:
    """What stands after `where` and in the lets; the declarations there are added to `declared`; `said` has those alone."""

    declared: dict[str, Declared]
    definitions: dict[str, Definition] = field(default_factory=dict)
    gradients: list[GradientName] = field(default_factory=list)
    labels: dict[str, Labels] = field(default_factory=dict)
    said: dict[str, Declared] = field(default_factory=dict)

    def read(self, tokens: list[Token], source: str, numpy: bool) -> None:
        """Read the clauses of one stretch of tokens, with semicolons or commas between them."""
        for clause in clauses_of(tokens):
            self._read_clause(clause, source, numpy)

    def _declare(self, d: Declared, span: Span, source: str) -> None:
        """Take up a declaration, with what was said before; another shape or kind than that is refused."""
        before = self.said.get(d.name)
        if isinstance(before, Declaration) and isinstance(d, Declaration) and _is_shaped(before) is not _is_shaped(d):
            whole = d if _is_shaped(d) else before
            d = consistent(replace(whole, properties=before.properties | d.properties), span, source)
        elif before is not None and before != d:
            raise ParseError(f"{d.name} is declared twice", span, source, "keep one of the two declarations")
        self.said[d.name] = self.declared[d.name] = d

    def _read_clause(self, clause: list[Token], source: str, numpy: bool) -> None:
        """A definition, a declaration, or the name of a gradient."""
        span = (clause[0].start, clause[-1].end)
        if len(split_top(clause[:-1], ":")) > 1:
            for d in read_declaration(_declaration_text(clause, source)):
                self._declare(d, span, source)
            return
        sides = split_top(clause, "=")
        if len(sides) != 2 or not sides[0] or not sides[1]:
            raise ParseError("expected a definition NAME = expression", span, source)
        left, right = sides
        is_name = len(left) == 1 and left[0].kind == "name"
        if (not is_name or _speaks_of(left[0].text, right)) and _may_be_condition(left, right) and self._suppose(left, right, span, source):
            return
        if is_name:
            self._define(left[0], right, source, numpy)
        elif (parameters := parameters_of(left)) and not Notation(source, lambda name: False).read(left):
            self._define(left[0], right, source, numpy, parameters)
        else:
            self._name_gradient(left, right, span, source)

    def _define(self, name: Token, right: list[Token], source: str, numpy: bool, parameters: tuple[str, ...] = ()) -> None:
        span = (name.start, name.end)
        if name.text in self.definitions:
            raise ParseError(f"{name.text} is defined twice", span, source)
        labels = _labels_of(right)
        if labels is not None:
            self.labels[name.text] = labels
            right = _with_commas(right)
        self.definitions[name.text] = Definition(name.text, span, right, source, numpy, parameters=parameters)

    def _suppose(self, left: list[Token], right: list[Token], span: Span, source: str) -> bool:
        """Take up a condition on a variable, sum(y) = 1, as the property that says it; False where it may be a definition."""
        from matcalc.reading.conditions import condition  # few requests have conditions

        found = condition(left, right, source, _is_latex(source))
        if found is None:
            if not parameters_of(left) or rulebook.find(left[0].text) is None:
                return False
            told = "this condition is none that a property says, and it defines nothing"
            raise ParseError(told, span, source, CONDITION_HINT)
        d = Declaration(found.name, properties=frozenset({found.known}))
        for known in (self.said, self.declared):
            before = known.get(d.name, d)
            if not isinstance(before, Declaration):
                raise ParseError(f"{d.name} is declared as a function", span, source)
            known[d.name] = consistent(replace(before, properties=before.properties | d.properties), span, source)
        return True

    def _name_gradient(self, left: list[Token], right: list[Token], span: Span, source: str) -> None:
        found = Notation(source, lambda name: False).read(left)
        named = found is not None and found.order == 1 and len(found.function) == len(found.names) == len(right) == 1
        if found is None or not named or right[0].kind != "name":
            hint = "write y = W*x for a definition, dL/dy = g to name a gradient, sum(y) = 1 for a condition"
            raise ParseError("the left side of this definition is no name", span, source, hint)
        self.gradients.append(GradientName(found.function[0].text, found.names[0], right[0].text, span, source))


def _speaks_of(name: str, right: Sequence[Token]) -> bool:
    """Whether NAME = ... says something of the name by itself, S = S^T, which defines nothing."""
    return any(t.kind == "name" and t.text == name for t in right)


def _may_be_condition(left: Sequence[Token], right: Sequence[Token]) -> bool:
    """Whether an equation may say something of a variable: it names no gradient, and defines no function by its parameters."""
    if not parameters_of(left):
        return not Notation("", lambda name: False).read(left)
    return {t.text for t in right if t.kind == "name"}.isdisjoint(parameters_of(left))


def _is_shaped(d: Declaration) -> bool:
    return bool(d.kind or d.dimensions)


def clauses_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """The stretches between semicolons and commas outside brackets; names before a declaration are declared too: x, y: n."""
    found: list[list[Token]] = []
    for part in split_top(tokens, ";"):
        names: list[list[Token]] = []
        for piece in filter(None, split_top(part, ",")):
            if len(piece) == 1 and piece[0].kind == "name":
                names.append(piece)
                continue
            declares = any(t.text == ":" for t in piece)
            found += [[*(t for name in names for t in name), *piece]] if declares else [*names, piece]
            names = []
        found += names
    return found


def parameters_of(left: Sequence[Token]) -> tuple[str, ...]:
    """The names in the parentheses of f(x) or f(W, b); none of anything else."""
    if len(left) < 4 or [left[0].kind, left[1].text, left[-1].text] != ["name", "(", ")"]:
        return ()
    inside = left[2:-1]
    listed = all(t.text == "," if k % 2 else t.kind == "name" for k, t in enumerate(inside))
    return tuple(t.text for t in inside[::2]) if listed and len(inside) % 2 else ()


def _declaration_text(clause: Sequence[Token], source: str) -> str:
    """A declaration as it is written; one in LaTeX in the plain notation."""
    if _is_latex(source):
        return " ".join(t.text for t in clause)
    return source[clause[0].start : clause[-1].end]


def _is_latex(source: str) -> bool:
    from matcalc.reading.latex.scan import is_latex  # few requests declare what they name

    return is_latex(source)


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

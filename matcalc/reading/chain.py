"""A chain of definitions, each with a symbol that stands for it: `L where y = W*x; L = loss(y); dL/dy = g`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from matcalc.algebra.node import Expr
from matcalc.errors import ParseError, UsageError
from matcalc.reading.declarations import read_declarations
from matcalc.reading.definitions import Reading
from matcalc.reading.elaboration import Elaboration
from matcalc.reading.grammar.derivative import Wanted, split_top
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.inference.steps import Typed
from matcalc.reading.notes import Note
from matcalc.records import dataclass


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
    assumptions: tuple[Note, ...]
    asked: Mapping[str, Typed] = field(default_factory=dict, compare=False, repr=False)


def read_chain(text: str, *, variables: Mapping[str, str] | Sequence[str] | None = None, lets: Sequence[str] = ()) -> Chain:
    """Read `L where y = W*x; L = loss(y); dL/dy = g`, or the definitions alone, the last of which is then the function.

    Raises a MatcalcError that points into the text.
    """
    return _Reader(text, read_declarations(variables, None), lets).read(lets)


class _Reader(Reading):
    """Reads one chain; see `read_chain`."""

    def read(self, lets: Sequence[str]) -> Chain:
        """The definitions one by one, with a symbol for each."""
        head, *tails = split_top(self.lexed.tokens[:-1], "where")
        if not tails and len(split_top(head, "=")) > 1:
            head, tails = [], [head]
        self.read_clauses(tails, lets)
        function = self._function_of_chain(head)
        return self._elaborate(function)

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

    def _elaborate(self, function: Token) -> Chain:
        self.scope.varying = frozenset(self.declared)
        _, typed, _ = self.inferred(self.separated(Wanted((function,), (), ())))
        if function.text not in typed:
            told = f"{function.text} is not defined"
            raise UsageError(told, (function.start, function.end), self.text, f"add {function.text} = ... after 'where'")
        elaboration = Elaboration(self.scope)
        values: dict[str, Expr] = {}
        for name, tree in typed.items():
            values[name] = elaboration.build(tree)
            elaboration.defined[name] = self.symbol_of(name, tree, values[name])
        leaves = [node.name for name in typed for node in self.tree(name).names if node.name in self.scope.variables]
        variables = {name: self.scope.symbol(self.scope.variables[name]) for name in dict.fromkeys(leaves)}
        return Chain(
            function=function.text,
            values=values,
            names=elaboration.defined,
            variables=variables,
            gradient_names={g.variable: g.name for g in self.clauses.gradients if g.function == function.text},
            properties={name: self.scope.variables[name].properties for name in variables},
            assumptions=(*self.assumptions(variables), *elaboration.notes),
            asked=typed,
        )

r"""Sums as matrix expressions: \sum_{i,j} a_i X_{ij} b_j is a^T*X*b, \sum_i \|y_i - W x_i\|^2 is ||Y - X*W^T||^2, with rows for samples.

What has no index under a sum stays as it is written; everything else becomes a value in index notation, whose labels are summed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.errors import ParseError
from matcalc.reading.grammar.components import UNDER
from matcalc.reading.grammar.syntax import (
    Bars,
    Binary,
    Call,
    Index,
    Listing,
    Name,
    Negation,
    Number,
    Parsed,
    Sum,
    Syntax,
    Transposition,
)
from matcalc.reading.grammar.tokens import BOLD_ONE, EULER
from matcalc.reading.inference.steps import Step, lay_out
from matcalc.reading.sums.ranks import Names, ranked
from matcalc.reading.sums.symmetry import is_symmetric, is_zero_on_diagonal
from matcalc.reading.sums.terms import MAX_AXES, Arithmetic, Term, Value, minus_one, turned

_MOVE: Final = "move what does not depend on the index out of the sum"
_OF_ENTRIES: Final = {EULER: "exp", "expm": "exp", "logm": "log", "sqrtm": "sqrt"}
_EVEN: Final = frozenset({"", "2", "F"})


def contracted(sum_: Sum, names: Names, families: Mapping[str, str], source: str) -> Syntax:
    """A sum, and the sums inside it, as a product of matrices; `families` has the matrix of every family by its name.

    Raises ParseError where there is no such product.
    """
    return _Contraction(sum_, names, families, source).run()


class _Contraction(Arithmetic):
    def __init__(self, sum_: Sum, names: Names, families: Mapping[str, str], source: str) -> None:
        super().__init__(sum_.span, source)
        self.names = names
        self.families = families
        self.steps = lay_out(Parsed(sum_, source, False))
        self.ranks = ranked(self.steps, names).ranks
        self.values: list[Value | None] = []

    def run(self) -> Syntax:
        """The value of every step that depends on a label; what depends on none is taken whole."""
        self._check_counts()
        for step in self.steps:
            is_whole = not isinstance(step.node, Sum | Index) and all(self.values[i] is None for i in step.operands)
            if is_whole or isinstance(step.node, Index) and not self._marks(step.node) and self.values[step.operands[0]] is None:
                self.values.append(None)
            else:
                self.values.append(self._value(step))
        whole = self.values[-1]
        assert whole is not None
        if whole.columns and not whole.rows:
            return Transposition(self.realised(whole, (whole.columns,)), self.at)
        return self.realised(whole, tuple(label for label in (whole.rows, whole.columns) if label))

    def _check_counts(self) -> None:
        r"""The index of a sum that stands in it as a number, as in \sum_i \lambda^{n-i} x_i, is no name of a constant."""
        labels = {label for step in self.steps if isinstance(step.node, Sum) for label, _ in step.node.labels}
        for step in self.steps:
            if isinstance(step.node, Name) and step.node.name in labels:
                i = step.node.name
                told = f"{i} counts the terms of this sum, and stands in it as a number"
                self.fail(told, step.node.span, f"write a vector with an entry for each term, w_{i}, in place of what {i} makes")

    def operand(self, i: int) -> Value:
        """The value of a step, one that depends on no label as an array by itself."""
        found = self.values[i]
        return found if found is not None else self.array(self.steps[i].node, self.ranks[i])

    def _value(self, step: Step) -> Value:
        operands = [self.operand(i) for i in step.operands]
        match step.node:
            case Sum():
                return self._sum(step.node, operands[0], step.operands[0])
            case Index():
                return self._entry(step.node, step.operands[0])
            case Negation():
                return self.scaled(operands[0], minus_one(step.node.span))
            case Listing(items=(_,)):
                return operands[0]
            case Transposition():
                return Value(operands[0].terms, operands[0].columns, operands[0].rows)
            case Binary():
                return self._binary(step, step.node, operands)
            case Bars():
                return self._bars(step.node, operands, self.ranks[step.operands[0]])
            case Call():
                return self._call(step, step.node, operands)
        raise ParseError("this has no meaning among the entries of a sum", step.node.span, self.source, _MOVE)

    # ---------------------------------------------------------------------------------------- sums, entries

    def _sum(self, node: Sum, body: Value, i: int) -> Value:
        for first, sign, second in node.apart:
            body = self._apart(body, first, second, self._factor(node, i, first, second) if sign == "<" else "")
        if node.kept:
            return self.spread(Value(body.terms, node.labels[0][0], body.rows))
        sizes = dict(node.labels)
        for label in self.order(body, sizes):
            body = self.summed(body, label, sizes[label])
        return body

    def _factor(self, node: Sum, i: int, first: str, second: str) -> str:
        """How a sum over i < j comes from that over all pairs: half of it, where the body is the same for i, j and j, i."""
        steps = lay_out(Parsed(node.operand, self.source, False))
        ranks = ranked(steps, self.names).ranks
        if not {first, second} <= dict(node.labels).keys():
            told = f"a sum over {first} < {second} stands inside another product with {first}"
            self.fail(told, node.at, rf"sum over both at once, \sum_{{{first}<{second}}}")
        if not is_symmetric(steps, ranks, first, second):
            told = f"the terms of this sum are not the same for {first}, {second} and for {second}, {first}"
            self.fail(told, node.at, rf"sum over all pairs, \sum_{{{first},{second}}}, with weights that are zero where a pair is left out")
        return "half" if is_zero_on_diagonal(steps, ranks, first, second) else "half apart"

    def _apart(self, body: Value, first: str, second: str, manner: str) -> Value:
        """Only pairs that differ, and with `half` only one of each two."""
        if manner:
            half = Binary("divide", Number("1", self.at), Number("2", self.at), self.at, self.at)
            body = self.scaled(body, Listing((half,), self.at))
        if manner == "half":
            return body
        one, other = Name(BOLD_ONE, self.at), Name(BOLD_ONE, self.at)
        pairs = Binary("multiply", one, turned(other), self.at, self.at)
        mask = Binary("subtract", pairs, Name("I", self.at), self.at, self.at)
        terms = tuple(Term(t.scalars, (*t.factors, (Listing((mask,), self.at), (first, second)))) for t in body.terms)
        return Value(terms, body.rows, body.columns)

    def _marks(self, node: Index) -> list[str]:
        return [i.name for i in node.indices if isinstance(i, Name) and i.name in self.names.labels]

    def _entry(self, node: Index, i: int) -> Value:
        """x_i, X_{ij}, X_{i,1} and the row that X_i is, as a column; also of what is computed, (A x)_i."""
        base, rank = self.operand(i), self.ranks[i]
        if isinstance(node.base, Name):
            name, rank = self.families.get(node.base.name, node.base.name), self.names.labelled[node.base.name]
            base = self.array(Name(name, node.base.span), rank)
        axes = [base.rows or base.columns] if rank != "matrix" else [base.rows, base.columns]
        if len(node.indices) == 1 and len(axes) == 2:
            return Value(self.relabelled(base, base.rows, self._marks(node)[0]).terms, base.columns)
        for axis, index in zip(axes, node.indices, strict=True):
            if not (isinstance(index, Name) and index.name in self.names.labels):
                self.fail("an entry under a sum has its index, or two", node.span)
            base = self.relabelled(base, axis, index.name)
        return Value(base.terms)

    # ------------------------------------------------------------------------------------------- operations

    def _binary(self, step: Step, node: Binary, operands: Sequence[Value]) -> Value:
        if node.op in ("power", "epow"):
            return self._power(step, node, *operands)
        made = operands[0]
        for op, right in zip(step.ops, operands[1:], strict=True):
            made = self._combined(op, made, right)
        return made

    def _combined(self, op: Binary, left: Value, right: Value) -> Value:
        match op.op:
            case "add" | "subtract":
                return self.added(left, right, op.op, op.at)
            case "dot" if left.rows and not left.columns and right.rows:
                return self.multiplied(Value(left.terms, left.columns, left.rows), right)
            case "multiply" | "product" | "matmul" | "dot":
                return self.multiplied(left, right)
            case "had":
                return self.entrywise(left, right)
            case "divide" | "quotient":
                return self.entrywise(left, self.mapped(right, lambda e: Binary("epow", e, minus_one(op.at), op.at, op.at)))
        raise ParseError("this operation with an index inside is not read under a sum", op.at, self.source, _MOVE)

    def _power(self, step: Step, node: Binary, base: Value, exponent: Value) -> Value:
        if exponent.labels:
            self.fail("an exponent with an index has no closed form", node.right.span)
        written = self.realised(exponent, ())
        if base.square is not None and isinstance(node.right, Number) and node.right.text == "2":
            return base.square
        if node.op == "power" and (base.rows or base.columns):
            return self._matrix_power(node, base)
        return self.power(base, written, node.at)

    def _matrix_power(self, node: Binary, base: Value) -> Value:
        times = int(node.right.text) if isinstance(node.right, Number) and node.right.text.isdigit() else 0
        if not 1 <= times <= 4:
            self.fail("this power of a matrix with an index has no closed form", node.span)
        made = base
        for _ in range(times - 1):
            made = self.multiplied(made, base)
        return made

    def _bars(self, node: Bars, operands: Sequence[Value], rank: str) -> Value:
        """An absolute value; a norm, as the root of its square."""
        operand = operands[0]
        if node.weight is not None:
            column = operand if rank == "vector" else Value(operand.terms, operand.columns)
            weighted = self.multiplied(operands[1], column)
            return self._root(self.total(self.entrywise(column, weighted)), node)
        if not node.double:
            if rank == "matrix":
                self.fail("a determinant of what has an index has no closed form", node.span)
            return self.mapped(operand, lambda e: Call("abs", (e,), node.span, node.span))
        if node.subscript == "1":
            return self.total(self.mapped(operand, lambda e: Call("abs", (e,), node.span, node.span)))
        if node.subscript not in _EVEN:
            self.fail(f"the norm with the subscript {node.subscript} is not read under a sum", node.span)
        return self._root(self.total(self.power(operand, Number("2", node.span), node.span)), node)

    def _root(self, square: Value, node: Bars) -> Value:
        """The square root of a value, which its square undoes."""
        if len(square.labels) > MAX_AXES:
            return Value(square.terms, square=square)
        half = Number("0.5", node.span)
        root = self.mapped(square, lambda e: Binary("epow", e, half, node.span, node.span))
        return Value(root.terms, square=square)

    def _call(self, step: Step, node: Call, operands: Sequence[Value]) -> Value:
        is_number = self.ranks[step.operands[0]] == "scalar"
        name = _OF_ENTRIES.get(node.name, node.name) if is_number else node.name
        rule = rulebook.find(name)
        unknown = self.names.functions.get(name)
        acts = unknown.kind == "elementwise" if unknown is not None else rule is not None and _acts_on_entries(rule)
        if acts and len(operands) == 1:
            return self.mapped(operands[0], lambda e: Call(name, (e,), node.at, node.span, node.primes))
        reduced = _REDUCED.get(name)
        if reduced is not None:
            return reduced(self, node, operands)
        if rulebook.find(f"{name}_rows") is not None and operands[0].rows:
            return self._by_rows(f"{name}_rows", node, operands[0])
        raise self._refusal(node)

    def _refusal(self, node: Call) -> ParseError:
        hint = f"declare '{node.name}: elementwise'" if rulebook.find(node.name) is None else _MOVE
        return ParseError(f"{node.name} of what has an index has no closed form here", node.at, self.source, hint)

    def _by_rows(self, name: str, node: Call, operand: Value) -> Value:
        """A function of a vector, for every row of a family."""
        labels = tuple(label for label in operand.labels if label != operand.rows)
        if len(labels) != 1:
            raise self._refusal(node)
        made = Call(name, (self.realised(operand, (*labels, operand.rows)),), node.at, node.span)
        return Value((Term((), ((made, (*labels, operand.rows)),)),), operand.rows)

    def _trace(self, node: Call, operands: Sequence[Value]) -> Value:
        (value,) = operands
        if not (value.rows and value.columns):
            return value
        joined = self.relabelled(value, value.columns, value.rows)
        return self.summed(Value(joined.terms, value.rows), value.rows, None)

    def _entries_summed(self, node: Call, operands: Sequence[Value]) -> Value:
        return self.total(operands[0])

    def _inner(self, node: Call, operands: Sequence[Value]) -> Value:
        return self.total(self.entrywise(*operands))

    def _log_sum_exp(self, node: Call, operands: Sequence[Value]) -> Value:
        exponentials = self.mapped(operands[0], lambda e: Call("exp", (e,), node.at, node.span))
        return self.mapped(self.total(exponentials), lambda e: Call("log", (e,), node.at, node.span))


def _acts_on_entries(rule: rulebook.Rule) -> bool:
    """Whether a function acts entry by entry, as conjugates and the parts of complex numbers do."""
    return rule.kind == "elementwise" or rule.name in UNDER


_REDUCED: Final[Mapping[str, Callable[[_Contraction, Call, Sequence[Value]], Value]]] = {
    "tr": _Contraction._trace,
    "sum": _Contraction._entries_summed,
    "dot": _Contraction._inner,
    "logsumexp": _Contraction._log_sum_exp,
}

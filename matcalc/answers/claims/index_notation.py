"""Claims in index notation: X[i,l]*delta[j,k], sum_r(A[i,r]*B[r,j]), as numbers over the labels of the axes.

A label stands where an index does: X[i,l] is an entry, delta[i,j] is 1 where its two places are equal and else 0, and sum_r(...)
sums over r. A label that is no axis and is not summed by name is summed where it stands twice in a product, as by Einstein. What
is indexed, and what bears no label, is an expression in the plain notation: (A*B)[i,j], tr(A)*delta[i,j].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from matcalc.algebra import fun
from matcalc.algebra.node import Expr, Unknown, sym
from matcalc.answers.claims.axis_labels import DELTA, SUM
from matcalc.answers.claims.labelled import Labelled, aligned, multiplied, plain
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Dim, axes, dim, plus, show, times
from matcalc.errors import LimitError, ParseError, ShapeError, Span, UnknownFunction, UsageError
from matcalc.numbers.evaluate import Program, as_matrix
from matcalc.numbers.points import numeric
from matcalc.numbers.sampling.random_points import Point
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.alone import read_expression, with_derivatives
from matcalc.reading.grammar.parser import parse
from matcalc.reading.grammar.syntax import Bars, Binary, Call, Index, Listing, Name, Negation, Number, Parsed, Syntax
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.inference.ranges import END
from matcalc.reading.inference.scope import Scope
from matcalc.reading.inference.steps import Step, lay_out
from matcalc.reading.lexer import lex
from matcalc.records import dataclass
from matcalc.scalars import integer

Array = Any
TWICE: Final = 2
MARK: Final = "@"


@dataclass(frozen=True)
class _Scope:
    """The labels that are known in a part of a claim, axes and those summed by name, under names that no other sum has.

    A label that is not known belongs to a `term` of the outermost sum; `is_term` says that no product is around the part.
    """

    known: Mapping[str, str]
    term: int = 0
    is_term: bool = True

    def key(self, label: str) -> str:
        """The name of its own that a label has here."""
        return self.known.get(label, f"{label}{MARK}{-1 - self.term}")


class _Vocabulary(Scope):
    """The names of a claim, and the sums over labels."""

    def is_call(self, tokens: Sequence[Token], i: int) -> bool:
        return SUM.fullmatch(tokens[i].text) is not None or super().is_call(tokens, i)


class IndexClaim:
    """A value in index notation, whose axes have these labels and sizes.

    Raises a MatcalcError that points into the value where it cannot be read or its labels run over different sizes.
    """

    def __init__(
        self,
        value: str,
        names: Mapping[str, Expr],
        functions: Mapping[str, Unknown],
        dimensions: set[str],
        axis_sizes: Mapping[str, Dim],
    ) -> None:
        self.value, self.names, self.functions, self.dimensions = value, names, functions, dimensions
        self.axes = tuple(axis_sizes)
        self.sizes: dict[str, Dim] = dict(axis_sizes)
        self.expressions: dict[int, Expr] = {}
        lexed = lex(value)
        self.steps = lay_out(parse(lexed.tokens, value, self._vocabulary(), lexed.numpy))
        self.scopes: list[_Scope] = [_Scope({label: label for label in self.axes})] * len(self.steps)
        self.needed: list[int] = []
        self.arrays: dict[int, Expr] = {}
        self._survey()
        self._size_deltas()
        self.program = Program(list(self.arrays.values()))

    def _vocabulary(self) -> _Vocabulary:
        made = _Vocabulary(given=self.names, closed=True, dimensions=set(self.dimensions))
        for name, f in self.functions.items():
            made.functions |= with_derivatives(name, f)
        return made

    @property
    def exprs(self) -> list[Expr]:
        """The arrays and numbers that the claim is made of."""
        return list(self.arrays.values())

    # --------------------------------------------------------------------------------------------- survey

    def _survey(self) -> None:
        """What is to be evaluated: from the whole down to what bears labels, and the expressions that do not."""
        labelled = [False] * len(self.steps)
        for k, step in enumerate(self.steps):
            labelled[k] = self._bears_labels(step) or any(labelled[i] for i in step.operands)
        pending = [len(self.steps) - 1]
        while pending:
            k = pending.pop()
            step = self.steps[k]
            self.needed.append(k)
            if not labelled[k]:
                self._scalar(k)
            elif isinstance(step.node, Index):
                self._leaf(k, step.node)
            else:
                for i in step.operands:
                    self.scopes[i] = self._inside(step, k, i)
                pending += step.operands
        self.needed.sort()

    def _inside(self, step: Step, k: int, operand: int) -> _Scope:
        """The labels that are known in an operand: those summed over by name, each a label of its own."""
        scope, node = self.scopes[k], step.node
        summed = SUM.fullmatch(node.name) if isinstance(node, Call) else None
        if summed and summed[1] in scope.known:
            self._fail(f"{summed[1]} is an axis or summed already", node.span, "give the sum a label of its own")
        if summed:
            return _Scope({**scope.known, summed[1]: f"{summed[1]}{MARK}{k}"}, scope.term)
        if isinstance(node, Binary) and node.op in ("add", "subtract"):
            return _Scope(scope.known, operand if scope.is_term else scope.term, scope.is_term)
        return _Scope(scope.known, scope.term, scope.is_term and isinstance(node, (Negation, Listing)))

    def _bears_labels(self, step: Step) -> bool:
        node = step.node
        if isinstance(node, Call):
            return SUM.fullmatch(node.name) is not None
        return isinstance(node, Index) and (self._is_delta(node) or any(self._is_label(i) for i in node.indices))

    def _is_label(self, node: Syntax) -> bool:
        return isinstance(node, Name) and node.name != END and node.name not in self.dimensions

    def _is_delta(self, node: Index) -> bool:
        return isinstance(node.base, Name) and node.base.name in DELTA and node.base.name not in self.names

    def _scalar(self, k: int) -> None:
        node = self.steps[k].node
        e = self._read(node)
        if not e.is_scalar:
            self._fail(f"{self._text(node)} is {show(e.shape)}, and its entries need labels here", node.span, error=ShapeError)
        self.arrays[k] = e

    def _leaf(self, k: int, node: Index) -> None:
        """An entry: its labels run over the axes of the array."""
        if self._is_delta(node):
            if len(node.indices) != TWICE:
                self._fail("delta has two labels, delta[i,j]", node.span)
            return
        e = self._read(node.base)
        sizes = axes(e.shape)
        if len(sizes) != len(node.indices):
            told = f"{self._text(node.base)} is {show(e.shape)}, so it has {len(sizes)} labels, not {len(node.indices)}"
            self._fail(told, node.span, error=ShapeError)
        for index, size in zip(node.indices, sizes, strict=True):
            if isinstance(index, Name) and self._is_label(index):
                self._enter(index, self.scopes[k].key(index.name), size)
            elif not isinstance(index, Number) or not index.text.isdigit() or not int(index.text):
                self._fail("a place in an entry is a label or a positive integer", index.span)
        self.arrays[k] = e

    def _enter(self, index: Name, key: str, size: Dim) -> None:
        known = self.sizes.setdefault(key, size)
        if known != size:
            self._fail(f"{index.name} runs to {known} elsewhere, and to {size} here", index.span, error=ShapeError)

    def _size_deltas(self) -> None:
        """The labels that stand in deltas only run over what those that they are compared with do."""
        deltas = [(node, self.scopes[k]) for k in self.needed if k not in self.arrays and isinstance(node := self.steps[k].node, Index)]
        for _ in deltas:
            for node, scope in deltas:
                a, b = node.indices
                for one, other in ((a, b), (b, a)):
                    if isinstance(one, Name) and self._is_label(one):
                        last = self._last(other, scope)
                        if last is not None:
                            self.sizes.setdefault(scope.key(one.name), last)
        for node, scope in deltas:
            for name in (n for i in node.indices for n in _labels_in(i) if n not in self.dimensions and scope.key(n) not in self.sizes):
                self._fail(f"over what {name} runs cannot be told", node.span)

    def _last(self, node: Syntax, scope: _Scope) -> Dim | None:
        """The largest value of a place that grows with its labels: of t + p*(k - 1), the last t and k; None where it is not known."""
        done: list[Dim | None] = []
        for step in lay_out(Parsed(node, self.value, False)):
            parts = [done[i] for i in step.operands]
            known = [p for p in parts if p is not None]
            match step.node:
                case _ if len(known) < len(parts):
                    done.append(None)
                case Number() if step.node.text.isdigit():
                    done.append(integer(int(step.node.text)))
                case Name():
                    done.append(dim(step.node.name) if step.node.name in self.dimensions else self.sizes.get(scope.key(step.node.name)))
                case Listing() if len(known) == 1:
                    done.append(known[0])
                case Binary(op="add" | "subtract"):
                    signs = [1, *(1 if op.op == "add" else -1 for op in step.ops)]
                    done.append(plus(*(s * p for s, p in zip(signs, known, strict=True))))
                case Binary(op="multiply"):
                    done.append(times(*known))
                case _:
                    done.append(None)
        return done[-1]

    def _read(self, node: Syntax) -> Expr:
        start, end = node.span
        try:
            return read_expression(self.value[start:end], self.names, self.functions, self.dimensions)
        except (ParseError, ShapeError, UnknownFunction, LimitError, UsageError) as error:
            if error.span is not None:
                error.span = (error.span[0] + start, error.span[1] + start)
            error.source = self.value
            raise

    def _text(self, node: Syntax) -> str:
        return self.value[node.span[0] : node.span[1]]

    def _fail(self, told: str, span: Span, hint: str | None = None, error: type[ParseError] | type[ShapeError] = ParseError) -> None:
        raise error(told, span, self.value, hint)

    # ------------------------------------------------------------------------------------------ evaluation

    def at(self, point: Point) -> Array:
        """The numbers over the axes, in their order."""
        values = dict(zip(self.arrays, self.program(point.values, point.sizes, point.unknowns), strict=True))
        sizes = {label: size_of(d, point.sizes) for label, d in self.sizes.items()}
        done: dict[int, Labelled] = {}
        with np.errstate(all="ignore"):
            for k in self.needed:
                done[k] = self._value(k, values, sizes, point, done)
            whole = self._term(done[len(self.steps) - 1], sizes)
        if whole.loose:
            label = next(iter(whole.loose)).partition(MARK)[0]
            hint = f"the axes are {', '.join(self.axes) or 'none'}; write sum_{label}(...) for a sum over it"
            self._fail(f"{label} is no axis, and stands in no product twice", (0, len(self.value)), hint)
        labels, array = whole.product()
        return np.broadcast_to(aligned(labels, array, self.axes, sizes), [sizes[label] for label in self.axes])

    def _value(self, k: int, values: Mapping[int, Array], sizes: Mapping[str, int], point: Point, done: dict[int, Labelled]) -> Labelled:
        step = self.steps[k]
        if k in values or isinstance(step.node, Index):
            return self._leaf_value(step.node, k, values, sizes, point)
        return self._compound(step, [done[i] for i in step.operands if i in done], sizes)

    def _leaf_value(self, node: Syntax, k: int, values: Mapping[int, Array], sizes: Mapping[str, int], point: Point) -> Labelled:
        """An entry of an array, a delta, or a number."""
        if not isinstance(node, Index) or k in values and self.arrays[k].is_scalar:
            return plain((), numeric(values[k]))
        return self._entry(node, k, as_matrix(self.arrays[k], values[k])) if k in values else self._delta(node, k, sizes, point)

    def _compound(self, step: Step, operands: Sequence[Labelled], sizes: Mapping[str, int]) -> Labelled:
        """What an operation makes of its operands."""
        match step.node:
            case Negation():
                return replace(operands[0], factors=(*operands[0].factors, ((), np.asarray(-1.0))))
            case Listing() if len(operands) == 1:
                return operands[0]
            case Binary(op="add" | "subtract"):
                return self._sum(step, [self._term(o, sizes) for o in operands])
            case Binary(op="power" | "epow"):
                return self._combined([self._term(o, sizes) for o in operands], np.power)
            case Binary():
                return self._product(step, operands, sizes)
            case Bars(double=False):
                labels, array = self._term(operands[0], sizes).product()
                return plain(labels, np.abs(array), operands[0].loose)
            case Call():
                return self._called(step, self._term(operands[0], sizes), sizes)
        self._fail(f"{self._text(step.node)} has no meaning in index notation", step.node.span)
        raise AssertionError

    def _loose(self, k: int, labels: Sequence[str]) -> dict[str, int]:
        known = self.scopes[k].known.values()
        return {label: labels.count(label) for label in labels if label not in known}

    def _entry(self, node: Index, k: int, matrix: Array) -> Labelled:
        """The array over its labels; of a label that stands twice, the diagonal."""
        array = matrix.reshape([n for n, d in zip(matrix.shape, self.arrays[k].shape, strict=True) if d is not ONE])
        labels: list[str] = []
        for index in reversed(node.indices):
            axis = node.indices.index(index)
            if isinstance(index, Name):
                labels.insert(0, self.scopes[k].key(index.name))
            else:
                assert isinstance(index, Number)
                place = int(index.text) - 1
                array = np.take(array, place, axis) if place < array.shape[axis] else np.take(array, 0, axis) * np.nan
        unique = tuple(dict.fromkeys(labels))
        letters = {label: n for n, label in enumerate(unique)}
        found = np.einsum(array, [letters[label] for label in labels], [letters[label] for label in unique])
        return plain(unique, found, self._loose(k, labels))

    def _delta(self, node: Index, k: int, sizes: Mapping[str, int], point: Point) -> Labelled:
        """1 where the two places are equal."""
        a, b = (self._place(i, self.scopes[k], sizes, point) for i in node.indices)
        made = self._combined([a, b], lambda x, y: (x == y).astype(float))
        return Labelled(made.factors, self._loose(k, [label for place in (a, b) for at, _ in place.factors for label in at]))

    def _place(self, node: Syntax, scope: _Scope, sizes: Mapping[str, int], point: Point) -> Labelled:
        """An index made of labels, integers and sizes: j + m*(k - 1)."""
        done: list[Labelled] = []
        for step in lay_out(Parsed(node, self.value, False)):
            parts = [done[i] for i in step.operands]
            match step.node:
                case Number() if step.node.text.isdigit():
                    done.append(plain((), np.asarray(float(step.node.text))))
                case Name() if step.node.name in self.dimensions:
                    done.append(plain((), np.asarray(float(point.sizes[step.node.name]))))
                case Name():
                    key = scope.key(step.node.name)
                    done.append(plain((key,), np.arange(1.0, sizes[key] + 1)))
                case Listing() if len(parts) == 1:
                    done.append(parts[0])
                case Binary(op="add" | "subtract"):
                    done.append(self._added(step, parts))
                case Binary(op="multiply"):
                    done.append(self._combined(parts, np.multiply))
                case _:
                    self._fail("a place in delta is made of labels, integers and sizes", step.node.span)
        return done[-1]

    def _term(self, v: Labelled, sizes: Mapping[str, int]) -> Labelled:
        """Summed over the loose labels that stand twice."""
        for label in [label for label, count in v.loose.items() if count >= TWICE]:
            v = v.settled().summed(label, sizes[label])
        return v

    def _sum(self, step: Step, terms: Sequence[Labelled]) -> Labelled:
        loose = {label for t in terms for label in t.loose}
        missing = next((label for label in sorted(loose) if any(label not in t.loose for t in terms)), None)
        if missing is not None:
            missing = missing.partition(MARK)[0]
            hint = f"write sum_{missing}(...) for the sum over it"
            self._fail(f"{missing} is no axis, and stands in no product twice", step.node.span, hint)
        return Labelled(self._added(step, terms).factors, dict.fromkeys(loose, 1))

    def _added(self, step: Step, terms: Sequence[Labelled]) -> Labelled:
        signs = [1.0, *(1.0 if op.op == "add" else -1.0 for op in step.ops)]
        return self._combined([replace(t, factors=(*t.factors, ((), np.asarray(s)))) for s, t in zip(signs, terms, strict=True)], np.add)

    def _product(self, step: Step, factors: Sequence[Labelled], sizes: Mapping[str, int]) -> Labelled:
        """The product, summed over the loose labels that stand in it twice."""
        found = [*factors[0].factors]
        loose, pending = dict(factors[0].loose), dict(factors[0].pending)
        for op, f in zip(step.ops, factors[1:], strict=True):
            if op.op not in ("multiply", "had", "divide", "quotient"):
                self._fail("entries are numbers: they are multiplied with * and divided with /", op.at)
            f = f if op.op in ("multiply", "had") else f.settled()
            found += f.factors if op.op in ("multiply", "had") else [(at, 1 / array) for at, array in f.factors]
            pending |= f.pending
            for label, count in f.loose.items():
                loose[label] = loose.get(label, 0) + count
        return self._term(Labelled(tuple(found), loose, pending), sizes)

    def _combined(self, parts: Sequence[Labelled], combine: Any) -> Labelled:
        """An operation on entries over the labels of all parts."""
        labels, array = multiplied([p.product() for p in parts], combine)
        return plain(labels, array, {k: c for p in parts for k, c in p.loose.items()})

    def _called(self, step: Step, v: Labelled, sizes: Mapping[str, int]) -> Labelled:
        """A sum over a label, or a function of every entry."""
        node = step.node
        assert isinstance(node, Call)
        summed = SUM.fullmatch(node.name)
        if summed:
            label = self.scopes[step.operands[0]].key(summed[1])
            if label not in sizes:
                self._fail(f"over what {summed[1]} runs cannot be told", node.span)
            return replace(v, pending=v.pending | {label: sizes[label]})
        rule = rulebook.find(node.name)
        if rule is None or rule.kind != "elementwise":
            self._fail(f"{node.name} takes no single entry", node.at, f"write {node.name}(x)[i] for an entry of its value")
        labels, array = v.product()
        flat = np.ravel(array)
        program = Program([fun(node.name, sym("entry", (dim("entries"), ONE)))])
        found = program({"entry": flat}, {"entries": max(1, flat.size)})[0]
        return plain(labels, np.reshape(found, np.shape(array)), v.loose)


def _labels_in(node: Syntax) -> list[str]:
    """The names in a place of delta."""
    return [s.node.name for s in lay_out(Parsed(node, "", False)) if isinstance(s.node, Name)]

"""Index notation: sums of products of arrays with a label on each of their axes, and the arrays that they are.

A value has terms, each a product of numbers and of arrays whose entries are multiplied label by label, and two axes of its own, rows and
columns, labels too; one that it lacks is empty. A label is summed over by

    no matrix has it      sum(u.*v)               a number
    one matrix            M*(u.*v)                a vector
    two matrices          M*diag(u.*v)*N          a matrix

where u, v are the vectors with that label, and two matrices with the same pair of labels are one, entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.syntax import Binary, Call, Name, Negation, Number, Syntax, Transposition
from matcalc.reading.grammar.tokens import BOLD_ONE

MAX_AXES: Final = 2
MAX_TERMS: Final = 64
HIDDEN: Final = "#"
Labels = tuple[str, ...]
Factor = tuple[Syntax, Labels]


@dataclass(frozen=True, slots=True)
class Term:
    """A product of numbers and of arrays by their entries: no label, one or two on each."""

    scalars: tuple[Syntax, ...] = ()
    factors: tuple[Factor, ...] = ()

    @property
    def labels(self) -> Labels:
        """The labels of all factors, in the order of their appearance."""
        return tuple(dict.fromkeys(label for _, labels in self.factors for label in labels))


@dataclass(frozen=True, slots=True)
class Value:
    """A sum of terms with its axes; `square` is set where it is the square root of another value, a norm."""

    terms: tuple[Term, ...]
    rows: str = ""
    columns: str = ""
    square: Value | None = None

    @property
    def labels(self) -> Labels:
        """Its axes and the labels of all its terms."""
        axes = [label for label in (self.rows, self.columns) if label]
        return tuple(dict.fromkeys([*(label for term in self.terms for label in term.labels), *axes]))


class Arithmetic:
    """What is done with values under one sum, whose place is `at`."""

    def __init__(self, at: Span, source: str) -> None:
        self.at = at
        self.source = source
        self._fresh = 0

    def fail(self, message: str, span: Span | None = None, hint: str | None = None) -> NoReturn:
        raise ParseError(message, span or self.at, self.source, hint)

    def fresh(self) -> str:
        """A label that nothing has yet."""
        self._fresh += 1
        return f"{HIDDEN}{self._fresh}"

    # ------------------------------------------------------------------------------------------ making values

    def array(self, node: Syntax, rank: str) -> Value:
        """An array without labels: a number, a column, a row or a matrix, with axes of its own."""
        match rank:
            case "scalar":
                return Value((Term((node,)),))
            case "vector":
                rows = self.fresh()
                return Value((Term((), ((node, (rows,)),)),), rows)
            case "row":
                columns = self.fresh()
                return Value((Term((), ((Transposition(node, node.span), (columns,)),)),), "", columns)
        rows, columns = self.fresh(), self.fresh()
        return Value((Term((), ((node, (rows, columns)),)),), rows, columns)

    def relabelled(self, value: Value, old: str, new: str) -> Value:
        """The same with another label in place of one."""
        terms = tuple(
            Term(t.scalars, tuple(self._merged(e, tuple(new if label == old else label for label in at)) for e, at in t.factors))
            for t in value.terms
        )
        return Value(terms, new if value.rows == old else value.rows, new if value.columns == old else value.columns)

    def _merged(self, node: Syntax, labels: Labels) -> Factor:
        """A factor; a matrix with one label twice is its diagonal."""
        if len(labels) == 2 and labels[0] == labels[1]:
            return Call("diagv", (node,), self.at, self.at), labels[:1]
        return node, labels

    # ----------------------------------------------------------------------------------------- sums, products

    def added(self, left: Value, right: Value, op: str, at: Span) -> Value:
        """The sum or difference; a number is added to every entry."""
        if op == "subtract":
            right = self.scaled(right, minus_one(at))
        if not (right.rows or right.columns):
            left, right = right, left
        if left.rows or left.columns:
            left = self._aligned(left, right)
        return self.tidied(self.spread(Value(left.terms + right.terms, right.rows, right.columns)))

    def spread(self, value: Value) -> Value:
        """The same with every term repeated along the axes that it lacks."""
        return Value(tuple(self._spread(t, value) for t in value.terms), value.rows, value.columns)

    def _aligned(self, left: Value, right: Value) -> Value:
        for old, new in ((left.rows, right.rows), (left.columns, right.columns)):
            left = self.relabelled(left, old, new) if old and new else left
        return left

    def _spread(self, term: Term, value: Value) -> Term:
        """A term repeated along the axes of the value that it lacks."""
        lacking = [label for label in (value.rows, value.columns) if label and label not in term.labels]
        ones = tuple((Name(BOLD_ONE, self.at), (label,)) for label in lacking)
        return Term(term.scalars, term.factors + ones) if ones else term

    def scaled(self, value: Value, scalar: Syntax) -> Value:
        return Value(tuple(Term((scalar, *t.scalars), t.factors) for t in value.terms), value.rows, value.columns)

    def multiplied(self, left: Value, right: Value) -> Value:
        """The matrix product, or the multiple by a number."""
        is_multiple = not (left.rows or left.columns) or not (right.rows or right.columns)
        if is_multiple or not (left.columns and right.rows):
            rows, columns = (left.rows or right.rows, left.columns or right.columns)
            return Value(self._terms(left, right), rows, columns)
        joint = left.columns
        right = self.relabelled(right, right.rows, joint)
        return self.summed(Value(self._terms(left, right), left.rows, right.columns), joint, None)

    def entrywise(self, left: Value, right: Value) -> Value:
        """The product entry by entry."""
        if (left.rows or left.columns) and (right.rows or right.columns):
            left = self._aligned(left, right)
        return Value(self._terms(left, right), left.rows or right.rows, left.columns or right.columns)

    def _terms(self, left: Value, right: Value) -> tuple[Term, ...]:
        if len(left.terms) * len(right.terms) > MAX_TERMS:
            self.fail("this product under a sum has too many terms")
        return tuple(Term(a.scalars + b.scalars, a.factors + b.factors) for a in left.terms for b in right.terms)

    def mapped(self, value: Value, function: Callable[[Syntax], Syntax]) -> Value:
        """A function of entries, applied to all of them."""
        labels = value.labels
        made = function(self.realised(value, labels))
        return Value((Term((), ((made, labels),)) if labels else Term((made,)),), value.rows, value.columns)

    def power(self, value: Value, exponent: Syntax, at: Span) -> Value:
        """A power of every entry; where more than two labels meet, one with a small whole exponent is multiplied out."""
        if len(value.labels) <= MAX_AXES:
            return self.mapped(value, lambda e: Binary("epow", e, exponent, at, at))
        whole = int(exponent.text) if isinstance(exponent, Number) and exponent.text.isdigit() else 0
        if len(value.terms) == 1 and whole:
            (term,) = value.terms
            raised = [Binary("epow", e, exponent, at, at) for e in (*term.scalars, *(e for e, _ in term.factors))]
            count = len(term.scalars)
            factors = tuple((e, at_) for e, (_, at_) in zip(raised[count:], term.factors, strict=True))
            return Value((Term(tuple(raised[:count]), factors),), value.rows, value.columns)
        if not 1 <= whole <= 4:
            self._too_many(value.labels)
        made = value
        for _ in range(whole - 1):
            made = self.entrywise(made, value)
        return made

    def total(self, value: Value) -> Value:
        """The sum of all entries of an array."""
        for label in (value.rows, value.columns):
            value = self.summed(value, label, None) if label else value
        return value

    # ---------------------------------------------------------------------------------------- arrays of them

    def _too_many(self, labels: Labels) -> NoReturn:
        shown = ", ".join(label for label in labels if not label.startswith(HIDDEN))
        self.fail(f"the entries of this part depend on {shown} and on a place in an array; at most two indices can meet")

    def tidied(self, value: Value) -> Value:
        """One term in place of several, where it is an array with two axes at most."""
        labels = value.labels
        if len(value.terms) == 1 or len(labels) > MAX_AXES:
            return value
        made = self.realised(value, labels)
        return Value((Term((), ((made, labels),)) if labels else Term((made,)),), value.rows, value.columns)

    def realised(self, value: Value, labels: Labels) -> Syntax:
        """One array with these axes, rows first; what lacks a label is repeated along its axis."""
        if len(labels) > MAX_AXES:
            self._too_many(labels)
        made: Syntax | None = None
        for term in value.terms:
            negative = made is not None and is_minus_one(term.scalars)
            part = self._array_of(Term(term.scalars[1:], term.factors) if negative else term, labels)
            made = part if made is None else Binary("subtract" if negative else "add", made, part, self.at, self.at)
        assert made is not None
        return made

    def _array_of(self, term: Term, labels: Labels) -> Syntax:
        factors = [e for e, at in term.factors if at == labels]
        factors += [turned(e) for e, at in term.factors if len(at) == 2 and at == labels[::-1] != labels]
        if len(labels) == 1:
            factors = factors or [Name(BOLD_ONE, self.at)]
        elif len(labels) == 2:
            rows, columns = ([e for e, at in term.factors if at == (label,)] for label in labels)
            if rows or columns or not factors:
                factors.append(self._outer(rows, columns))
        if not factors:
            return self.chain("multiply", list(term.scalars) or [Number("1", self.at)])
        whole = self.chain("had", factors)
        if is_minus_one(term.scalars) and len(term.scalars) == 1:
            return Negation(whole, self.at)
        return self.chain("multiply", [*term.scalars, whole])

    def _outer(self, rows: list[Syntax], columns: list[Syntax]) -> Syntax:
        left, right = (self.chain("had", side or [Name(BOLD_ONE, self.at)]) for side in (rows, columns))
        return Binary("multiply", left, turned(right), self.at, self.at)

    def chain(self, op: str, parts: Sequence[Syntax]) -> Syntax:
        made = parts[0]
        for part in parts[1:]:
            made = Binary(op, made, part, self.at, self.at)
        return made

    # ----------------------------------------------------------------------------------------------- summing

    def order(self, value: Value, labels: Iterable[str]) -> list[str]:
        """The labels, those with the fewest matrices first."""
        pairs = {frozenset(at) for term in value.terms for _, at in term.factors if len(at) == 2}
        return sorted(labels, key=lambda label: sum(label in pair for pair in pairs))

    def summed(self, value: Value, label: str, size: Syntax | None) -> Value:
        """The sum over a label; see the table at the top."""
        rows, columns = ("" if axis == label else axis for axis in (value.rows, value.columns))
        return self.tidied(Value(tuple(self._summed(term, label, size) for term in self.tidied(value).terms), rows, columns))

    def _summed(self, term: Term, label: str, size: Syntax | None) -> Term:
        rest = tuple(f for f in term.factors if label not in f[1])
        vectors = [e for e, at in term.factors if at == (label,)]
        matrices: dict[str, list[Syntax]] = {}
        for e, at in term.factors:
            if len(at) == 2 and label in at:
                other = at[0] if at[1] == label else at[1]
                matrices.setdefault(other, []).append(e if at[1] == label else turned(e))
        if len(matrices) > MAX_AXES:
            shown = "a place in an array" if label.startswith(HIDDEN) else f"the index {label}"
            self.fail(f"{shown} is on {len(matrices)} matrices; that is no product of matrices")
        sides = [(self.chain("had", parts), other) for other, parts in matrices.items()]
        if sides:
            return Term(term.scalars, (*rest, self._joined(sides, vectors, size)))
        return Term((*term.scalars, self._total(vectors, label, size)), rest)

    def _total(self, vectors: list[Syntax], label: str, size: Syntax | None) -> Syntax:
        """The sum of a vector's entries, or of equal numbers."""
        if not vectors and size is None:
            told = f"nothing in this sum has the index {label}, and how many terms it has is not said"
            self.fail(told, hint=rf"write \sum_{{{label}=1}}^n")
        if size is not None and not vectors:
            ones = _sized("ones", size, self.at)
            return Binary("multiply", Transposition(ones, self.at), ones, self.at, self.at)
        v = self.chain("had", vectors)
        if size is not None:
            return Binary("multiply", Transposition(_sized("ones", size, self.at), self.at), v, self.at, self.at)
        if label.startswith(HIDDEN) and len(vectors) == 2:
            return Binary("multiply", turned(vectors[0]), vectors[1], self.at, self.at)
        return Call("sum", (v,), self.at, self.at)

    def _joined(self, sides: list[tuple[Syntax, str]], vectors: list[Syntax], size: Syntax | None) -> Factor:
        """M*v, or M*diag(v)*N^T."""
        (left, a), *others = sides
        between = [_sized("eye", size, self.at)] if size is not None else []
        if not others:
            end = self.chain("had", vectors) if vectors else Name(BOLD_ONE, self.at)
            return self.chain("multiply", [left, *between, end]), (a,)
        if vectors:
            between.append(Call("diag", (self.chain("had", vectors),), self.at, self.at))
        right, b = others[0]
        return self.chain("multiply", [left, *between, turned(right)]), (a, b)


def minus_one(at: Span) -> Negation:
    return Negation(Number("1", at), at)


def is_minus_one(scalars: Sequence[Syntax]) -> bool:
    first = scalars[0] if scalars else None
    return isinstance(first, Negation) and isinstance(first.operand, Number) and first.operand.text == "1"


def turned(node: Syntax) -> Syntax:
    """The transpose, that of a transpose being what is transposed."""
    return node.operand if isinstance(node, Transposition) else Transposition(node, node.span)


def _sized(name: str, size: Syntax, at: Span) -> Call:
    return Call(name, (size,), at, at)

"""Typed steps into expressions: the second pass over a tree, once every shape is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from matcalc.algebra.literal import NORMAL, Algebra
from matcalc.algebra.node import Expr, Unknown, comm, const, duplication, elimination, eye, is_zero, ones, unknown_value, zeros
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, SCALAR, Dim, Shape, show, smallest
from matcalc.errors import LimitError, MatcalcError, ParseError, ShapeError
from matcalc.memory import remembered
from matcalc.patterns import late
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Index,
    Listing,
    Name,
    Negation,
    Number,
    Syntax,
    Transposition,
    peeled,
)
from matcalc.reading.inference.calls import Last
from matcalc.reading.inference.scope import Function, Scope, Variable, is_sized, shape_of
from matcalc.reading.inference.steps import Step, Typed, text_of
from matcalc.reading.inference.unify import resolve
from matcalc.reading.notes import ASSUMED, SPELLING, Note
from matcalc.scalars import Scalar, imaginary_unit, integer, pi, rational

MAX_BITS: Final = 10_000
TO_THE_T: Final = late(r"\s*\^\s*\{?\s*-?\s*T\s*\}?")


@remembered(4096)
def number(text: str) -> Scalar:
    """The exact value of a literal, 2.5j among them."""
    if text[-1] == "j":
        return number(text[:-1]) * imaginary_unit()
    return integer(int(text)) if text.isdigit() else rational(text)


class Elaboration:
    """Builds the expressions of one request; `notes` collects what had to be assumed on the way."""

    def __init__(self, scope: Scope, algebra: Algebra = NORMAL) -> None:
        self.scope = scope
        self.algebra = algebra
        self.defined: dict[str, Expr] = {}
        self.notes: list[Note] = []
        self.source = ""
        self.built: list[Expr] = []
        self.typed: list[Step] = []

    def build(self, typed: Typed) -> Expr:
        """The expression of a typed tree."""
        self.source, self.built, self.typed = typed.source, [], typed.steps
        append = self.built.append
        for step in typed.steps:
            try:
                append(_BUILDERS[type(step.node)](self, step))
            except MatcalcError as error:
                raise error.at(step.node.span, typed.source) from None
            except ValueError as error:
                raise ShapeError(str(error), step.node.span, typed.source) from error
        return self.built[-1]

    def _operands(self, step: Step) -> list[Expr]:
        return [self.built[i] for i in step.operands]

    def _first(self, step: Step) -> Expr:
        return self.built[step.operands[0]]

    def _number(self, step: Step) -> Expr:
        assert isinstance(step.node, Number)
        return const(number(step.node.text))

    def _name(self, step: Step) -> Expr:
        assert isinstance(step.node, Name)
        meaning = step.meaning
        if isinstance(meaning, Variable):
            return self.scope.symbol(meaning)
        match meaning:
            case "definition":
                return self.defined[step.node.name]
            case "pi":
                return const(pi())
            case "end":
                told = "end is the last index of what counts, as in eigval(S,end), and has no meaning here"
                raise ParseError(told, step.node.span, self.source)
            case Last(array):
                return const(smallest(*(d for d in self.built[array].shape if d is not ONE)))
            case "I":
                return eye(shape_of(step.shape)[0])
            case Scalar():
                return const(meaning)
        return ones(*shape_of(step.shape))

    def _negation(self, step: Step) -> Expr:
        return self.algebra.negative(self._first(step))

    def _transposition(self, step: Step) -> Expr:
        assert isinstance(step.node, Transposition)
        operand, (start, end) = self._first(step), (step.node.operand.span[1], step.node.span[1])
        if operand.is_scalar and self.scope.is_number("T") and TO_THE_T().fullmatch(self.source[start:end]):
            written = self.source[step.node.operand.span[0] : start]
            hint = f"write {written}^(T) for the power, or call T something else"
            raise ParseError("T is a number here, and ^T is the transpose", (start, end), self.source, hint)
        if step.node.sign != "T" and operand.has_complex:
            step.meaning = "H"
            operand = self.algebra.fun("conj", operand)
        return self.algebra.transpose(operand)

    # ------------------------------------------------------------------------------------------ operators

    def _binary(self, step: Step) -> Expr:
        assert isinstance(step.node, Binary)
        if step.node.op in ("add", "subtract"):
            return self._sum(step)
        if step.node.op in ("power", "epow"):
            return self._power(step, step.node)
        return self._product(step)

    def _sum(self, step: Step) -> Expr:
        """The sum; a scalar in a sum of arrays is added to every entry."""
        shape = shape_of(step.shape)
        terms: list[Expr] = []
        for k, term in enumerate(self._operands(step)):
            if term.is_scalar and shape != SCALAR:
                self._note_broadcast(step, k, shape)
                term = self.algebra.mul(term, ones(*shape))
            terms.append(self.algebra.negative(term) if k and step.ops[k - 1].op == "subtract" else term)
        return self.algebra.add(*terms)

    def _note_broadcast(self, step: Step, k: int, shape: Shape) -> None:
        part = step.ops[k - 1].right if k else step.ops[0].left
        told = f"the scalar {self._text(part)} is added to every entry of an array of {show(shape)}"
        self._note(Note(told, ASSUMED))

    def _note(self, note: Note) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _text(self, node: Syntax) -> str:
        """What a node was read from, shortened."""
        text = self.source[node.span[0] : node.span[1]]
        return text if len(text) <= 40 else text[:37] + "..."

    def _product(self, step: Step) -> Expr:
        """The product, from left to right; a stretch of it that is a scalar is closed, so that what follows is scaled."""
        first, *rest = self._operands(step)
        _check_digits((first, *rest))
        scalars: list[Expr] = []
        chain: list[Expr] = []
        algebra = self.algebra
        _append(algebra, scalars, chain, first)
        for op, meaning, (right, *others) in _runs(zip(step.ops, step.meaning, rest, strict=True)):
            if meaning == "inner" and op.op == "dot":
                self._note(Note(f"{self._text(op)} is read as an inner product", SPELLING))
            match meaning:
                case "multiply":
                    pass
                case "divide":
                    right = algebra.inverse(right)
                case "quotient" if right.is_scalar:
                    right = algebra.inverse(right)
                case _:
                    left = algebra.mul(*scalars, *chain)
                    scalars, chain = [], []
                    left, right = _COMBINED[meaning](algebra, left, right, *others)
                    _append(algebra, scalars, chain, left)
            _append(algebra, scalars, chain, right)
        return algebra.mul(*scalars, *chain)

    def _power(self, step: Step, node: Binary) -> Expr:
        base, exponent = self._operands(step)
        if isinstance(peeled(node.right), Transposition):
            hint = "write A^-T for the transpose of the inverse, (A^k)^T for that of a power"
            raise ParseError("this exponent is transposed", node.right.span, self.source, hint)
        _check_size(base, exponent)
        if step.meaning == "powers":
            logarithms = self.algebra.fun("log", base)
            times = self.algebra.mul if base.is_scalar else self.algebra.had
            return self.algebra.fun("exp", times(logarithms, exponent))
        if step.meaning == "epow":
            return self.algebra.epow(base, exponent)
        if not base.is_scalar and exponent.op == "const" and not exponent.data.is_integer:
            self._note(Note(f"{self._text(node)} is the principal power of a matrix, not that of every entry", SPELLING))
            return self.algebra.fun("powm", base, exponent)
        return self.algebra.power(base, exponent)

    # ------------------------------------------------------------------------------ functions and the rest

    def _bars(self, step: Step) -> Expr:
        assert isinstance(step.node, Bars)
        return self._applied(step) if step.node.weight is None else self._weighted(step)

    def _weighted(self, step: Step) -> Expr:
        """||x||_W = sqrt(x^T W x)."""
        x, weight = self._operands(step)
        if x.has_complex:
            raise ShapeError("a norm with a weight is one of real numbers here", step.node.span, self.source, "write sqrt(x^H*W*x)")
        turned = self.algebra.transpose(x)
        left, right = (x, turned) if step.meaning else (turned, x)
        return self.algebra.epow(self.algebra.mul(left, weight, right), const(rational(1, 2)))

    def _index(self, step: Step) -> Expr:
        assert isinstance(step.node, Index)
        base = self._first(step)
        if base.is_scalar:
            return base
        picked = []
        for at, axis, term in zip(step.meaning, base.shape, step.shape, strict=True):
            fault = None if at is None else at.fault(axis)
            if fault is not None or resolve(term) == 0:
                raise ShapeError(fault or "this range holds nothing")
            picked.append(None if at is None else at.selected(axis))
        return self.algebra.part(base, *picked)

    def _array(self, step: Step) -> Expr:
        assert isinstance(step.node, ArrayLiteral)
        entries = self._operands(step)
        width = len(step.node.rows[0])
        rows = [entries[k : k + width] for k in range(0, len(entries), width)]
        if step.meaning is not None:
            heights, widths = ([shape_of((t, ONE))[0] for t in terms] for terms in step.meaning)
            sized = [[(m, n) for n in widths] for m in heights]
            rows = [[zeros(*at) if is_zero(b) else b for at, b in zip(*pair, strict=True)] for pair in zip(sized, rows, strict=True)]
        return self.algebra.block(rows)

    def _call(self, step: Step) -> Expr:
        assert isinstance(step.node, Call)
        if isinstance(step.meaning, Function):
            return self._unknown(step, step.node, step.meaning)
        if is_sized(step.node):
            return _CONSTANTS[step.node.name](*step.meaning)
        return self._applied(step)

    def _applied(self, step: Step) -> Expr:
        """A function of the rule book; the rows that stand where it has columns are turned, and so is its value."""
        name, turned = step.meaning
        if isinstance(step.node, Call) and name == f"{step.node.name}_rows":
            self._note(Note(f"{step.node.name} is taken of every row of {self._text(step.node.args[0])}", SPELLING))
        self._check_indices(step, name)
        self._refuse_angles(step)
        if turned:
            turned_operands = map(self.algebra.transpose, self._operands(step))
            return self.algebra.transpose(self.algebra.fun(name, *turned_operands))
        return self.algebra.fun(name, *self._operands(step))

    def _refuse_angles(self, step: Step) -> None:
        r"""\langle x, y \rangle of complex columns: which of the two is conjugated differs from book to book."""
        node = step.node
        if not isinstance(node, Call) or node.name != "dot" or self.source[node.at[0] : node.at[0] + 1] not in ("\\", "⟨"):
            return
        if any(e.has_complex for e in self._operands(step)):
            x, y = (text_of(a, self.source) for a in node.args)
            hint = f"write {x}^H {y} or {y}^H {x}"
            raise ShapeError("which side of this inner product is conjugated is not clear", node.span, self.source, hint)

    def _check_indices(self, step: Step, name: str) -> None:
        """Refuse an index that is no number from 1 up to the sizes that it counts to."""
        rule = rulebook.find(name)
        if rule is None or not any(p.counts for p in rule.params):
            return
        array = self._first(step)
        for p, i in zip(rule.params, step.operands, strict=True):
            k, told = self.built[i], text_of(self.typed[i].node, self.source)
            if not p.counts or k.op != "const" and self.scope.closed:
                continue
            if k.op != "const" or not k.data.is_integer:
                hint = "it is a number from 1, the name of a size, or end"
                raise ShapeError(f"{told} is no index of {name}", self.typed[i].node.span, self.source, hint)
            if not k.data.is_positive and k.data.is_Integer or any(_is_less(d, k.data) for d in array.shape):
                raise ShapeError(f"the array is {show(array.shape)}, so {name} has no index {told}", self.typed[i].node.span, self.source)

    def _unknown(self, step: Step, node_: Call, function: Function) -> Expr:
        sizes = shape_of((function.rows, function.columns))
        return unknown_value(Unknown(function.name, function.kind, function.order + node_.primes, *sizes), self._first(step))


def _is_less(size: Dim, index: Dim) -> bool:
    """Whether a size is known to be less than an index."""
    if size.is_Symbol and (index.is_Integer or index.is_Symbol):
        return False
    return bool((size - index).is_negative)


def _runs(factors: Iterable[tuple[Binary, str, Expr]]) -> list[tuple[Binary, str, list[Expr]]]:
    """The factors of a product by what they are joined with, those of a chain of Kronecker products together."""
    found: list[tuple[Binary, str, list[Expr]]] = []
    for op, meaning, right in factors:
        if meaning == "kron" and found and found[-1][1] == "kron":
            found[-1][2].append(right)
        else:
            found.append((op, meaning, [right]))
    return found


def _append(algebra: Algebra, scalars: list[Expr], chain: list[Expr], factor: Expr) -> None:
    """Put one more factor to a product that is kept as scalars and a chain of matrices that is no scalar."""
    if factor.is_scalar:
        scalars.append(factor)
        return
    chain.append(factor)
    if factor.shape[1] is ONE and chain[0].shape[0] is ONE:
        scalars.append(algebra.mul(*chain))
        chain.clear()


def _had(algebra: Algebra, left: Expr, right: Expr) -> tuple[Expr, Expr]:
    return const(1), algebra.had(left, right)


_COMBINED: Final[Mapping[str, Callable[..., tuple[Expr, Expr]]]] = {
    "inner": lambda algebra, left, right: (algebra.transpose(left), right),
    "solve": lambda algebra, left, right: (algebra.inverse(left), right),
    "had": _had,
    "quotient": lambda algebra, left, right: _had(algebra, left, algebra.epow(right, const(-1))),
    "kron": lambda algebra, left, *right: (const(1), algebra.kron(left, *right)),
}
_CONSTANTS: Final[Mapping[str, Callable[..., Expr]]] = {
    "ones": ones, "zeros": zeros, "eye": eye, "identity": eye, "I": eye, "K": comm, "K_": comm,
    "D()": duplication, "D_": duplication, "L()": elimination, "L_": elimination,
}  # fmt: skip
_BUILDERS: Final[Mapping[type, Callable[[Elaboration, Step], Expr]]] = {
    Number: Elaboration._number,
    Name: Elaboration._name,
    Negation: Elaboration._negation,
    Transposition: Elaboration._transposition,
    Binary: Elaboration._binary,
    Call: Elaboration._call,
    Index: Elaboration._index,
    ArrayLiteral: Elaboration._array,
    Bars: Elaboration._bars,
    Listing: Elaboration._first,
}


def _check_digits(factors: Sequence[Expr]) -> None:
    """Refuse a product of numbers whose digits would fill a page."""
    numbers = [f.data for f in factors if f.op == "const" and f.data.is_Rational]
    if numbers and sum(int(c.p).bit_length() + int(c.q).bit_length() for c in numbers) > MAX_BITS:
        raise LimitError("this product of numbers has too many digits")


def _check_size(base: Expr, exponent: Expr) -> None:
    """Refuse a power of numbers whose digits would fill a page."""
    if base.op == exponent.op == "const" and base.data.is_Rational and exponent.data.is_Rational:
        bits = max(int(base.data.p).bit_length(), int(base.data.q).bit_length())
        if bits > 1 and bits * abs(exponent.data) > MAX_BITS:
            raise LimitError("this power of a number has too many digits")

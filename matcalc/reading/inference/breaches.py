"""What speaks against a reading whose shapes fit: each breach with its cost, and the open names that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.reading.grammar import tokens
from matcalc.reading.grammar.components import UNDER
from matcalc.reading.grammar.syntax import Bars, Binary, Call, Listing, Name, Negation, Syntax, Transposition, peeled
from matcalc.reading.inference.habits import is_column, is_count, may_be_scalar
from matcalc.reading.inference.scope import Scope, Variable
from matcalc.reading.inference.steps import PRODUCTS, SUMS, Step, Typed, text_of
from matcalc.reading.inference.unify import is_one, is_scalar
from matcalc.records import dataclass

ADDED_TO_ENTRIES: Final = 5.0
DECLARED_ADDED: Final = 0.5
ARRAY_WANTED: Final = 3.0
ARRAY_KEPT: Final = 5.0
NORM_NAMED: Final = 9.0
SQUARE_WANTED: Final = 9.0
SCALES_CALL: Final = 2.0
ARRAY_RAISED: Final = 2.0
SUMMED_PRODUCT: Final = 9.0
CAPITAL_LINE: Final = 3.0
# In code X @ W + b - Y adds b to every row: it is not W and Y that are columns.
SECOND_LINE_IN_CODE: Final = 5.0
UNMARKED: Final = 3.0
SCALES_MATRIX: Final = 5.0
NO_NUMBER: Final = "the function would be no scalar"
NO_SCALAR: Final = 2.0
NO_SCALAR_ASKED: Final = 4.0


@dataclass(frozen=True)
class Breach:
    """Something that a person would hardly have meant: its cost, what it is in words, and the capital that is a row or a column."""

    cost: float
    told: str
    line_of: str = ""
    line: str = ""


def breaches(typed: Sequence[Typed], scope: Scope, wants_scalar: bool) -> list[Breach]:
    """What the reading does that is against a habit of writing; the last tree is the function. One that repeats counts once."""
    found: dict[str, Breach] = {}
    for tree in typed:
        for breach in _Tree(tree, scope, is_scalar(typed[-1].shape)).breaches():
            found.setdefault(breach.told, breach)
    found |= {b.line_of: b for b in _lines(scope)}
    if not is_scalar(typed[-1].shape):
        found[""] = Breach(NO_SCALAR_ASKED if wants_scalar else NO_SCALAR, NO_NUMBER)
    return list(found.values())


def _lines(scope: Scope) -> Iterator[Breach]:
    """The capitals that the shapes make a row or a column."""
    cost = CAPITAL_LINE
    for v in scope.variables.values():
        if scope.is_open(v.name) and v.kind == "matrix" and (is_one(v.shape[0]) or is_one(v.shape[1])):
            line = "row" if is_one(v.shape[0]) else "column"
            yield Breach(cost, f"{v.name} would be a {line}", line_of=v.name, line=line)
            cost = SECOND_LINE_IN_CODE if scope.code else CAPITAL_LINE


class _Tree:
    """One tree with its shapes, and which of its steps hold open names."""

    def __init__(self, typed: Typed, scope: Scope, is_number: bool) -> None:
        self.source, self.steps = typed.source, typed.steps
        self.is_number = is_number
        self.scope = scope
        self.open: list[bool] = []
        self.named: list[bool] = []
        for step in self.steps:
            here = isinstance(step.meaning, Variable)
            self.named.append(here or any(self.named[i] for i in step.operands))
            self.open.append(here and scope.is_open(step.meaning.name) or any(self.open[i] for i in step.operands))

    def breaches(self) -> Iterator[Breach]:
        """Those of every step that holds an open name."""
        for i, step in enumerate(self.steps):
            if self.open[i] and step.operands:
                yield from self._of(step)

    def _of(self, step: Step) -> Iterator[Breach]:
        match step.node:
            case Binary(op=op) if op in SUMS:
                yield from self._added(step)
            case Binary(op=op) if op in PRODUCTS:
                yield from self._scaled(step)
            case Bars(double=False) if not self._scalar(step.operands[0]) and self._scales(self.steps[step.operands[0]]):
                yield Breach(SCALES_MATRIX, f"{self._text(step.operands[0])} would be a matrix, of which this is the determinant")
            case Transposition() | Bars(double=True):
                yield from self._array_wanted(step)
            case Call(name=tokens.EULER):
                yield from self._raised(step)
            case Call(name=name) if (rule := rulebook.find(name)) is not None:
                yield from self._arguments(step, rule)

    def _scalar(self, i: int) -> bool:
        return is_scalar(self.steps[i].shape)

    def _text(self, i: int) -> str:
        node = peeled(self.steps[i].node)
        return node.name if isinstance(node, Name) else text_of(node, self.source)

    def _added(self, step: Step) -> Iterator[Breach]:
        """A scalar that is no number in a sum of arrays."""
        if is_scalar(step.shape):
            return
        for i in step.operands:
            if self._scalar(i) and self.named[i]:
                told = f"{self._text(i)} would be added to every entry of an array"
                yield Breach(ADDED_TO_ENTRIES if self.open[i] else DECLARED_ADDED, told)

    def _array_wanted(self, step: Step) -> Iterator[Breach]:
        """The transpose or the norm of a scalar."""
        i = step.operands[0]
        if self._scalar(i) and self.open[i]:
            named = isinstance(step.node, Bars) and step.node.subscript not in ("", "2")
            what = "norm" if isinstance(step.node, Bars) else "transpose"
            yield Breach(NORM_NAMED if named else ARRAY_WANTED, f"the {what} of {self._text(i)} would be that of a number")

    def _arguments(self, step: Step, rule: rulebook.Rule) -> Iterator[Breach]:
        """A scalar where a function takes an array; tr(x^T A x) is a way of writing, tr(c) is not."""
        if rule.kind == "elementwise" or rule.name in UNDER:
            return
        if rule.value == ("1", "1") and len(rule.params) == 1 and rule.params[0].shape[0] != rule.params[0].shape[1]:
            yield from self._summed(step.operands[0])
        for i, param in zip(step.operands, rule.params, strict=False):
            if not (self._scalar(i) and self.open[i]) or param.shape == ("1", "1"):
                continue
            told = f"the argument of {rule.name}({self._text(i)}) would be a number"
            node = peeled(self.steps[i].node)
            if param.shape[0] != param.shape[1]:
                is_power = isinstance(node, Binary) and node.op == "power" and isinstance(peeled(node.left), Name)
                kept = ARRAY_WANTED if rule.value != param.shape else ARRAY_KEPT
                yield Breach(NORM_NAMED if is_power else kept, told)
            elif isinstance(self.steps[i].node, Name) or rule.kind == "matrix function" and _is_written(step.node):
                yield Breach(SQUARE_WANTED, told)

    def _summed(self, whole: int) -> Iterator[Breach]:
        """A letter that is a number only because it multiplies a column, in what is summed: sum(y*log(p)) is entry by entry in code."""
        pending = [whole]
        while pending:
            step = self.steps[pending.pop()]
            if isinstance(step.node, (Listing, Negation)) or isinstance(step.node, Binary) and step.node.op in SUMS | PRODUCTS:
                pending += step.operands
            if not isinstance(step.node, Binary) or step.node.op not in PRODUCTS or not any(op.at[0] < op.at[1] for op in step.ops):
                continue
            odd = [i for i in step.operands if self._tried("row", i) or self._scalar(i) and self._tried("scalar", i)]
            if odd and any(self._is_line(i) for i in step.operands):
                yield Breach(SUMMED_PRODUCT, f"{self._text(odd[0])} would be an array, and two columns have no product")

    def _is_line(self, i: int) -> bool:
        """Whether an operand is a row or a column."""
        rows, columns = self.steps[i].shape
        return is_one(rows) != is_one(columns)

    def _tried(self, kind: str, i: int) -> bool:
        """Whether a letter of columns in an operand is read as of another kind."""
        pending, tried = [i], self.scope.tried
        while pending:
            step = self.steps[pending.pop()]
            pending += step.operands
            if isinstance(step.meaning, Variable) and tried.get(step.meaning.name) == kind and not is_count(step.meaning.name):
                return step.meaning.name[0].islower()
        return False

    def _raised(self, step: Step) -> Iterator[Breach]:
        """The exponential with a column for its exponent, e^x; e^X is that of a matrix."""
        rows, columns = step.shape
        if not is_scalar(step.shape) and (is_one(rows) or is_one(columns)):
            yield Breach(ARRAY_RAISED, f"the exponent {self._text(step.operands[0])} would be an array")

    def _scaled(self, step: Step) -> Iterator[Breach]:
        """A column times the value of a scalar-valued function, or times a capital that is a row: outer products are written with ^T."""
        factors = [step.operands[0], *(i for i, op in zip(step.operands[1:], step.ops, strict=True) if op.op in ("multiply", "dot"))]
        scaled = any(self._scalar(i) and self._is_value(i) for i in factors)
        for i in factors if scaled else ():
            node = _dividend(self.steps[i].node)
            if isinstance(node, Name) and self.open[i] and not self._scalar(i) and may_be_scalar(node.name, self.scope):
                yield Breach(SCALES_CALL, f"{node.name} would be an array times a number")
        if self._scales(step, self.is_number):
            yield Breach(SCALES_MATRIX, f"{text_of(step.node, self.source)} would be a matrix times a number")
        for left, right in pairwise(step.operands):
            yield from self._unmarked(left, right)

    def _scales(self, step: Step, behind: bool = False) -> bool:
        """Whether x or a power of it, which is open, is a number beside a matrix, or `behind` one: x A x is a slip for x^T A x."""
        if not (isinstance(step.node, Binary) and step.node.op in PRODUCTS):
            return False
        arrays = [k for k, i in enumerate(step.operands) if self.named[i] and not is_one(self.steps[i].shape[1])]
        after = arrays[0] if behind and arrays else 0
        ops = ["multiply", *(op.op for op in step.ops)]
        factors = [i for i, op in zip(step.operands[after:], ops[after:], strict=True) if op != "divide"]
        numbers = [_base(self.steps[i].node) for i in factors if self._scalar(i) and self.open[i]]
        named = [n.name for n in numbers if isinstance(n, Name)]
        return bool(arrays) and any(is_column(name) and self.scope.kind_by_look(name) == "vector" for name in named)

    def _is_value(self, i: int) -> bool:
        """Whether it is a call or bars whose value is a number, a power or sum of such, or an entrywise function of what arrays come to."""
        entrywise = False
        while True:
            step = self.steps[i]
            node = step.node
            if isinstance(node, (Listing, Negation)) or isinstance(node, Binary) and node.op in ("power", "epow", *SUMS):
                i = step.operands[0]
            elif isinstance(node, Call) and node.name in self.scope.functions:
                return self.scope.functions[node.name].kind == "scalar"
            elif isinstance(node, Call) and (rule := rulebook.find(node.name)) is not None:
                if rule.kind != "elementwise" and rule.name not in UNDER:
                    return rule.value == ("1", "1")
                entrywise, i = True, step.operands[0]
            else:
                return isinstance(node, Bars) or entrywise and any(not self._scalar(k) for k in step.operands)

    def _unmarked(self, left: int, right: int) -> Iterator[Breach]:
        """An outer or inner product without a transpose, of what could be a row."""
        (rows, columns), (next_rows, next_columns) = self.steps[left].shape, self.steps[right].shape
        if self._scalar(left) or self._scalar(right):
            return
        product = f"{self._text(left)}*{self._text(right)}"
        if is_one(columns) and is_one(next_rows) and (self._open_kind(right) == "matrix" or self._tried("row", right)):
            yield Breach(UNMARKED, f"{product} would be an outer product")
        elif is_one(rows) and is_one(next_columns) and self._tried("row", left):
            yield Breach(UNMARKED, f"{product} would be an inner product")

    def _open_kind(self, i: int) -> str:
        """The kind of an operand that is an open name; empty for others."""
        v = self.steps[i].meaning
        return v.kind if isinstance(v, Variable) and self.scope.is_open(v.name) else ""


def _is_written(call: Syntax) -> bool:
    """Whether the name of a function stands in the text, which that of an exponent one half does not."""
    return isinstance(call, Call) and call.at[0] < call.at[1]


def _dividend(node: Syntax) -> Syntax:
    """The N of N/2."""
    node = peeled(node)
    return peeled(node.left) if isinstance(node, Binary) and node.op == "divide" else node


def _base(node: Syntax) -> Syntax:
    """What a power is of; of anything else, itself."""
    node = peeled(node)
    return peeled(node.left) if isinstance(node, Binary) and node.op == "power" else node

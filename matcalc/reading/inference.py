"""The shapes of an expression, found by unification over its syntax tree.

A tree is first laid out as steps, operands before what uses them; sums and products are one step each, however long.
Every rule then takes the shapes of the operands to the shape of the value and unifies what must agree. Nothing here
is recursive, so that neither long sums nor deep nests meet a limit of the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, SCALAR, Dim, dim, plus, show, times
from matcalc.errors import LimitError, MatcalcError, ParseError, ShapeError, Span, UnknownFunction
from matcalc.reading.ranges import Interval, read_interval
from matcalc.reading.scope import SIZED, Function, Scope, Variable
from matcalc.reading.spellings import desugar
from matcalc.reading.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Colon,
    Index,
    Listing,
    Name,
    Negation,
    Number,
    Parsed,
    Syntax,
    Transposition,
)
from matcalc.reading.tokens import BOLD_ONE
from matcalc.reading.unify import (
    MAX_PARTS,
    Free,
    Term,
    Terms,
    count_parts,
    find,
    is_one,
    is_scalar,
    product,
    resolve,
    total,
    unify,
    unify_shapes,
)

MAX_TERMS: Final = 1000
MAX_FACTORS: Final = 500
MAX_ENTRIES: Final = 400
MAX_SIZE_DIGITS: Final = 9
_SUMS: Final = frozenset({"add", "subtract"})
_PRODUCTS: Final = frozenset({"multiply", "matmul", "divide", "solve", "had", "quotient", "kron"})
_NUMPY_OPS: Final = {"multiply": "had", "divide": "quotient", "power": "epow", "matmul": "multiply"}
_MATRIX_NORMS: Final = {"": "normF", "F": "normF", "1": "norm1"}
_VECTOR_NORMS: Final = {"": "norm2", "2": "norm2", "1": "norm1", "F": "norm2"}


@dataclass(slots=True)
class Step:
    """One operation: its operands are earlier steps, `ops` the operators between them where it is a sum or product.

    `meaning` is what the shapes decided: what a name stands for, which norm it is, a function's name and whether its
    arguments are rows where its rule has columns.
    """

    node: Syntax
    operands: tuple[int, ...]
    ops: tuple[Binary, ...]
    shape: Terms = SCALAR
    meaning: Any = None


@dataclass(slots=True)
class Typed:
    """A tree with the shape of every step; the last step is the whole."""

    source: str
    steps: list[Step]

    @property
    def shape(self) -> Terms:
        return self.steps[-1].shape


def lay_out(parsed: Parsed) -> list[Step]:
    """The steps of a tree, operands first."""
    steps: list[Step] = []
    finished: list[int] = []
    pending: list[tuple[Syntax, int, tuple[Binary, ...]]] = [(parsed.tree, -1, ())]
    while pending:
        node, count, ops = pending.pop()
        if count < 0:
            node = desugar(node, parsed.numpy)
            parts, ops = _parts(node)
            if parts:
                pending.append((node, len(parts), ops))
                pending.extend([(part, -1, ()) for part in reversed(parts)])
                continue
            count = 0
        operands = tuple(finished[len(finished) - count :])
        del finished[len(finished) - count :]
        finished.append(len(steps))
        steps.append(Step(node, operands, ops))
    return steps


def _parts(node: Syntax) -> tuple[tuple[Syntax, ...], tuple[Binary, ...]]:
    """The operands of a node, those of a whole sum or product at once, and the operators between them."""
    match node:
        case Binary(op=op):
            if op in _SUMS:
                return _spine(node, _SUMS)
            if op in _PRODUCTS:
                return _spine(node, _PRODUCTS)
            return (node.left, node.right), (node,)
        case Negation() | Transposition() | Bars():
            return (node.operand,), ()
        case Listing():
            return node.items, ()
        case Call():
            return (() if node.name in SIZED else node.args), ()
        case Index():
            return (node.base,), ()
        case ArrayLiteral():
            return tuple(e for row in node.rows for e in row), ()
    return (), ()


def _spine(node: Binary, family: frozenset[str]) -> tuple[tuple[Syntax, ...], tuple[Binary, ...]]:
    operands: list[Syntax] = []
    ops: list[Binary] = []
    left: Syntax = node
    while isinstance(left, Binary) and left.op in family:
        operands.append(left.right)
        ops.append(left)
        left = left.left
    operands.append(left)
    return tuple(reversed(operands)), tuple(reversed(ops))


class Inference:
    """Infers the shapes of trees of one request, which share their variables."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.defined: dict[str, Terms] = {}
        self.sized_by_context: list[tuple[Terms, Step, str]] = []
        self.source = ""
        self.numpy = False
        self.steps: list[Step] = []

    def infer(self, parsed: Parsed) -> Typed:
        """The typed steps of a tree."""
        self.source, self.numpy = parsed.source, parsed.numpy
        self.steps = lay_out(parsed)
        for step in self.steps:
            try:
                step.shape = _RULES[type(step.node)](self, step)
            except MatcalcError as error:
                raise error.at(step.node.span, self.source) from None
        return Typed(parsed.source, self.steps)

    def finish(self) -> None:
        """Name the dimensions that are still free; every size must be known by now."""
        self.scope.name_dimensions()
        for shape, step, source in self.sized_by_context:
            if resolve(shape[0]) is None:
                hint = f"write {'eye' if shape[0] is shape[1] else 'ones'}(n) with its size"
                raise ShapeError(f"the size of {_text(step.node, source)} cannot be told", step.node.span, source, hint)
        for v in self.scope.variables.values():
            if not v.declared and v.kind == "matrix" and is_scalar(v.shape):
                told = f"{v.name} is used as a scalar, but its name is a matrix's"
                raise ShapeError(told, v.span, v.source, f"declare '{v.name}: scalar'")
            for term in v.shape:
                if isinstance(find(term), Free):
                    raise ShapeError(f"the size of {v.name} cannot be told", v.span, v.source, f"declare {v.name}")

    # -------------------------------------------------------------------------------------------- errors

    def fail(self, message: str, span: Span, hint: str | None = None, error: type[MatcalcError] = ShapeError) -> NoReturn:
        raise error(message, span, self.source, hint)

    def show(self, shape: Terms) -> str:
        """A shape for a message; dimensions that are still free get their names now."""
        self.scope.name_dimensions()
        rows, columns = (resolve(t) for t in shape)
        if rows is not None and columns is not None:
            return show((rows, columns))
        return f"{'?' if rows is None else rows} x {'?' if columns is None else columns}"

    def text(self, i: int) -> str:
        return _text(self.steps[i].node, self.source)

    def _left_text(self, step: Step, k: int) -> str:
        """What stands left of the k-th operator of a sum or product."""
        return _shortened(self.source[step.ops[k].left.span[0] : step.ops[k].left.span[1]])

    # -------------------------------------------------------------------------------------------- leaves

    def _number(self, step: Step) -> Terms:
        return SCALAR

    def _name(self, step: Step) -> Terms:
        node = step.node
        assert isinstance(node, Name)
        name, scope = node.name, self.scope
        if name in self.defined:
            step.meaning = "definition"
            return self.defined[name]
        if name in scope.variables or scope.is_variable(name):
            return self._variable(step, scope.variable(name, node.span, self.source))
        if name in scope.dimensions:
            step.meaning = dim(name)
            return SCALAR
        if name == "pi":
            step.meaning = "pi"
            return SCALAR
        if name in ("I", BOLD_ONE):
            size = Free(vector=name != "I")
            shape: Terms = (size, size) if name == "I" else (size, ONE)
            step.meaning = name
            self.sized_by_context.append((shape, step, self.source))
            return shape
        if len(name) > 1 and (name in scope.functions or rulebook.find(name) is not None):
            hint = f"write {name}(...), or declare {name} if it is a variable"
            self.fail(f"{name} is a function without an argument", node.span, hint, ParseError)
        if scope.closed:
            self.fail(f"{name} is not known here", node.span, f"known are {', '.join(sorted(scope.given))}", ParseError)
        return self._variable(step, scope.variable(name, node.span, self.source))

    def _variable(self, step: Step, variable: Variable) -> Terms:
        step.meaning = variable
        return variable.shape

    def _listing(self, step: Step) -> Terms:
        if len(step.operands) > 1:
            self.fail("a list in parentheses has no meaning here", step.node.span, "an array is written [a, b; c, d]", ParseError)
        return self.steps[step.operands[0]].shape

    # ----------------------------------------------------------------------------------------- operators

    def _same(self, step: Step) -> Terms:
        return self.steps[step.operands[0]].shape

    def _transposed(self, step: Step) -> Terms:
        rows, columns = self.steps[step.operands[0]].shape
        return columns, rows

    def _binary(self, step: Step) -> Terms:
        node = step.node
        assert isinstance(node, Binary)
        if node.op in _SUMS:
            return self._sum(step)
        return self._product(step) if node.op in _PRODUCTS else self._power(step, node)

    def _sum(self, step: Step) -> Terms:
        """All terms have one shape, but for scalars, which are added to every entry."""
        self._limit(step, MAX_TERMS, "a sum", "terms")
        shape: Terms | None = None
        for k, i in enumerate(step.operands):
            term = self.steps[i].shape
            if is_scalar(term):
                continue
            if shape is None:
                shape = term
            elif not unify_shapes(shape, term):
                self._cannot_add(step, k, shape)
        return shape or SCALAR

    def _limit(self, step: Step, limit: int, whole: str, parts: str) -> None:
        """Refuse a sum or product of more different operands than are handled at once; equal ones merge and cost little."""
        if len(step.operands) > limit:
            spans = [self.steps[i].node.span for i in step.operands]
            different = len({self.source[start:end] for start, end in spans})
            if different > limit:
                self.fail(f"{whole} has at most {limit} different {parts}, not {different}", step.node.span, error=LimitError)

    def _cannot_add(self, step: Step, k: int, left: Terms) -> NoReturn:
        op, right = step.ops[k - 1], self.steps[step.operands[k]].shape
        verb, joint = ("add", "and") if op.op == "add" else ("subtract", "from")
        a, b = self._left_text(step, k - 1), self.text(step.operands[k])
        first, second = (f"{a} ({self.show(left)})", f"{b} ({self.show(right)})")
        told = f"cannot {verb} {first} {joint} {second}" if verb == "add" else f"cannot subtract {second} from {first}"
        self.fail(told, op.at, self._broadcast(a, b, left, right, "+" if verb == "add" else "-"))

    def _broadcast(self, a: str, b: str, left: Terms, right: Terms, sign: str) -> str | None:
        """How a bias is added to every row or column of a matrix."""
        rows, columns = left
        if is_one(rows) or is_one(columns):
            return None
        verb = "add" if sign == "+" else "subtract"
        b = _factor(b)
        for vector, turned in ((right, f"{b}^T"), (right[::-1], b)):
            if is_one(vector[1]) and find(vector[0]) == find(columns):
                return f"to {verb} {b} in every row, write {a} {sign} ones({resolve(rows)})*{turned}"
        if is_one(right[1]) and find(right[0]) == find(rows):
            return f"to {verb} {b} in every column, write {a} {sign} {b}*ones({resolve(columns)})^T"
        return None

    def _product(self, step: Step) -> Terms:
        """A product from left to right; `meaning` lists what each operator came to."""
        self._limit(step, MAX_FACTORS, "a product", "factors")
        shape = self.steps[step.operands[0]].shape
        meanings: list[str] = []
        for k, op in enumerate(step.ops):
            right = self.steps[step.operands[k + 1]].shape
            name = _NUMPY_OPS.get(op.op, op.op) if self.numpy else "multiply" if op.op == "matmul" else op.op
            if name == "multiply" and op.op == "matmul" and self._is_inner(shape, right):
                name, shape = "inner", (shape[1], shape[0])
            meanings.append(name)
            shape = _COMBINED[name](self, step, k, shape, right)
        step.meaning = meanings
        return shape

    def _is_inner(self, left: Terms, right: Terms) -> bool:
        """Whether x @ A means x^T A: NumPy's vectors have one axis."""
        return self.numpy and is_one(left[1]) and not is_one(left[0]) and not is_one(right[0])

    def _multiplied(self, step: Step, k: int, left: Terms, right: Terms) -> Terms:
        if is_scalar(left):
            return right
        if is_scalar(right):
            return left
        if not unify(left[1], right[0]):
            self._cannot_multiply(step, k, left, right)
        return left[0], right[1]

    def _cannot_multiply(self, step: Step, k: int, left: Terms, right: Terms) -> NoReturn:
        a, b = self._left_text(step, k), self.text(step.operands[k + 1])
        if is_one(left[1]) and is_one(right[1]):
            told = f"cannot multiply two columns: {a} is {self.show(left)} and {b} is {self.show(right)}"
            a, b = _factor(a), _factor(b)
            hint = f"{a}^T*{b} is the inner product, {a}*{b}^T the outer, {a}.*{b} entry by entry"
            self.fail(told, _operator_span(step.ops[k]), hint)
        first, second = self.show(left), self.show(right)
        sizes = f"{first.split(' x ')[-1]} is not {second.split(' x ')[0]}"
        turned = self._conforming(_factor(a), _factor(b), left, right)
        self.fail(f"cannot multiply {a} ({first}) by {b} ({second}): {sizes}", _operator_span(step.ops[k]), turned)

    def _conforming(self, a: str, b: str, left: Terms, right: Terms) -> str | None:
        """A product with a transpose that conforms, if there is one."""
        if find(left[0]) == find(right[0]):
            return f"{a}^T*{b} conforms"
        return f"{a}*{b}^T conforms" if find(left[1]) == find(right[1]) else None

    def _divided(self, step: Step, k: int, left: Terms, right: Terms) -> Terms:
        if not unify_shapes(right, SCALAR):
            a, b = self._left_text(step, k), self.text(step.operands[k + 1])
            hint = f"{_factor(a)}./{_factor(b)} divides entry by entry"
            if find(right[0]) == find(right[1]):
                hint += f", {_factor(a)}*inv({b}) multiplies by the inverse"
            self.fail(f"cannot divide by {b} ({self.show(right)}), which is no scalar", _operator_span(step.ops[k]), hint)
        return left

    def _solved(self, step: Step, k: int, left: Terms, right: Terms) -> Terms:
        if is_scalar(left):
            return right
        if not unify(left[0], left[1]):
            told = f"{self._left_text(step, k)} is {self.show(left)}; A\\b is inv(A)*b, for a square matrix"
            self.fail(told, _operator_span(step.ops[k]))
        if not unify(left[1], right[0]):
            self._cannot_multiply(step, k, left, right)
        return left[0], right[1]

    def _elementwise(self, step: Step, k: int, left: Terms, right: Terms) -> Terms:
        if is_scalar(left):
            return right
        if not is_scalar(right) and not unify_shapes(left, right):
            a, b = self._left_text(step, k), self.text(step.operands[k + 1])
            verb = "multiply" if step.meaning == "had" or step.ops[k].op in ("had", "multiply") else "divide"
            told = f"cannot {verb} {a} ({self.show(left)}) and {b} ({self.show(right)}) entry by entry"
            self.fail(told, _operator_span(step.ops[k]))
        return left

    def _kronecker(self, step: Step, k: int, left: Terms, right: Terms) -> Terms:
        return product(left[0], right[0]), product(left[1], right[1])

    def _power(self, step: Step, node: Binary) -> Terms:
        base, exponent = (self.steps[i].shape for i in step.operands)
        op = _NUMPY_OPS.get(node.op, node.op) if self.numpy and node.op == "power" and self._is_star(node) else node.op
        step.meaning = op
        if not is_scalar(exponent):
            self.fail(f"the exponent {self.text(step.operands[1])} is {self.show(exponent)}; an exponent is a scalar", node.right.span)
        if op == "power" and not is_scalar(base):
            self._square_power(step, node, base)
        return base

    def _is_star(self, node: Binary) -> bool:
        """Whether a power is written `**`, which NumPy takes entry by entry."""
        return self.source[node.at[0] : node.at[1]] == "**"

    def _square_power(self, step: Step, node: Binary, base: Terms) -> None:
        text = _factor(self.text(step.operands[0]))
        exponent = self.text(step.operands[1])
        is_vector = is_one(base[0]) or is_one(base[1])
        if is_vector or not unify(base[0], base[1]):
            hint = f"{text}.^{exponent} is the power of every entry" + (f", {text}^T*{text} the inner product" if is_vector else "")
            self.fail(f"{text} is {self.show(base)}; a power with ^ needs a square matrix", _operator_span(node), hint)
        if isinstance(node.right, Name) and not self.scope.is_variable(node.right.name):
            self.scope.integers.add(node.right.name)

    # ------------------------------------------------------------------------------- bars, entries, arrays

    def _bars(self, step: Step) -> Terms:
        node = step.node
        assert isinstance(node, Bars)
        shape = self.steps[step.operands[0]].shape
        is_vector = is_one(shape[0]) or is_one(shape[1])
        if node.double:
            self._norm(step, node, shape, is_vector)
        elif is_scalar(shape):
            step.meaning = "abs"
        elif is_vector or not unify(shape[0], shape[1]):
            text = self.text(step.operands[0])
            hint = f"||{text}|| is the norm, abs({text}) entry by entry"
            self.fail(f"{text} is {self.show(shape)}; |X| is the determinant of a square matrix", node.span, hint)
        else:
            step.meaning = "det"
        return SCALAR

    def _norm(self, step: Step, node: Bars, shape: Terms, is_vector: bool) -> None:
        """Which norm it is; a norm does not care about orientation, but its rule wants a column."""
        norms = _VECTOR_NORMS if is_vector else _MATRIX_NORMS
        step.meaning = "abs" if is_scalar(shape) else norms.get(node.subscript)
        if step.meaning is None:
            text = self.text(step.operands[0])
            known = "||x||, ||x||_1, ||x||_2" if is_vector else "||X||_F, ||X||_1 (the sum of all |entries|)"
            told = f"the norm ||{text}||_{node.subscript} of this {self.show(shape)} array is not known"
            self.fail(told, node.span, f"known are {known}", UnknownFunction)

    def _index(self, step: Step) -> Terms:
        node = step.node
        assert isinstance(node, Index)
        shape = self.steps[step.operands[0]].shape
        text = self.text(step.operands[0])
        at = tuple(None if isinstance(i, Colon) else self._interval(i) for i in node.indices)
        if is_scalar(shape):
            self.fail(f"{text} is a scalar and has no entries", node.span)
        is_vector = is_one(shape[0]) or is_one(shape[1])
        if len(at) > 2 or len(at) == 1 and not is_vector:
            self.fail(f"{text} is {self.show(shape)}; an entry of it is {text}[1,2]", node.span)
        i, j = at if len(at) == 2 else (None, at[0]) if is_one(shape[0]) else (at[0], None)
        step.meaning = (i, j)
        return self._picked(step, node, i, shape[0]), self._picked(step, node, j, shape[1])

    def _picked(self, step: Step, node: Index, at: Interval | None, axis: Term) -> Term:
        """How much of an axis an index picks."""
        if at is None:
            return axis
        size = resolve(axis)
        if size is not None and size.is_Integer and (fault := at.fault(size)) is not None:
            text, where = self.text(step.operands[0]), self.source[node.base.span[1] : node.span[1]].strip()
            told = f"{text} is {self.show(self.steps[step.operands[0]].shape)} and has no"
            if at.first == at.last:
                self.fail(f"{told} entry {where}", node.span)
            self.fail(f"{told} {where}", node.span, fault)
        length = at.length(axis)
        if length is None:
            self.fail("the length of this range cannot be told", node.span, f"declare {self.text(step.operands[0])}")
        known = resolve(length)
        if known is not None and known.is_nonpositive:
            self.fail("this range holds nothing", node.span, "a range begins before it ends")
        return length

    def _interval(self, node: Syntax) -> Interval:
        """What a part of an index picks; the names in it are dimensions, and NumPy's ranges are not guessed."""
        if self.numpy and isinstance(node, Binary) and node.op == "range":
            hint = "without np. and @ a range counts from 1, both ends in it: x[2:3] is NumPy's x[1:3]"
            self.fail("a range in NumPy's spelling counts from 0, without its end", node.span, hint, ParseError)
        return read_interval(node, self.source, self.scope.is_dimension)

    def _array(self, step: Step) -> Terms:
        node = step.node
        assert isinstance(node, ArrayLiteral)
        columns = len(node.rows[0])
        if len(step.operands) > MAX_ENTRIES:
            self.fail(f"an explicit array has at most {MAX_ENTRIES} entries, not {len(step.operands)}", node.span, error=LimitError)
        for row in node.rows:
            if len(row) != columns:
                self.fail(f"the rows of an array are of one length, not {columns} and {len(row)}", node.span)
        for i in step.operands:
            shape = self.steps[i].shape
            if not is_scalar(shape):
                text = self.text(i)
                hint = f"declare '{text}: scalar'" if isinstance(self.steps[i].node, Name) else None
                self.fail(f"the entries of an array are scalars, but {text} is {self.show(shape)}", self.steps[i].node.span, hint)
        return dim(len(node.rows)), dim(columns)

    # --------------------------------------------------------------------------------------------- calls

    def _call(self, step: Step) -> Terms:
        node = step.node
        assert isinstance(node, Call)
        if node.name in self.scope.functions:
            return self._unknown(step, node, self.scope.functions[node.name])
        if node.primes:
            hint = f"declare '{node.name}: elementwise'"
            self.fail(f"{node.name} is no declared function, so {node.name}' has no meaning", node.at, hint, UnknownFunction)
        if node.name in SIZED:
            return self._constant(step, node)
        rule = rulebook.find(node.name)
        if rule is None:
            self._no_such_function(node)
        if len(node.args) != len(rule.params):
            told = f"{node.name} takes {_counted(len(rule.params), 'argument')}, not {len(node.args)}"
            self.fail(told, node.span, error=ParseError)
        step.meaning = (rule.name, False)
        if rule.kind == "elementwise":
            return self.steps[step.operands[0]].shape
        return self._diag(step) if rule.name == "diag" else self._by_rule(step, node, rule)

    def _no_such_function(self, node: Call) -> NoReturn:
        near = self.scope.suggestion(node.name)
        if near is not None:
            hint = f"did you mean {near}?"
        elif len(node.args) == 1:
            hint = f"declare it, '{node.name}: elementwise' or '{node.name}: vector -> scalar', or write {node.name}*(...) for a product"
        else:
            hint = None
        self.fail(f"{node.name} is not a known function", node.at, hint, UnknownFunction)

    def _diag(self, step: Step) -> Terms:
        """The diagonal matrix of a vector, the diagonal of a square matrix."""
        rows, columns = self.steps[step.operands[0]].shape
        if is_one(columns) or is_one(rows):
            size = rows if is_one(columns) else columns
            return size, size
        step.meaning = ("diagv", False)
        if not unify(rows, columns):
            told = f"diag needs a vector or a square matrix, but {self.text(step.operands[0])} is {self.show((rows, columns))}"
            self.fail(told, step.node.span)
        return rows, ONE

    def _by_rule(self, step: Step, node: Call, rule: rulebook.Rule) -> Terms:
        """Unify the arguments with the shapes of the rule; a row stands for the column where a column is asked."""
        sizes: dict[str, Term] = {"1": ONE}
        turned = False
        for param, i in zip(rule.params, step.operands, strict=True):
            shape = self.steps[i].shape
            if param.shape[1] == "1" and param.shape[0] != "1" and is_one(shape[0]) and not is_one(shape[1]):
                shape, turned = shape[::-1], True
            if not unify_shapes(shape, (_size(param.shape[0], sizes), _size(param.shape[1], sizes))):
                needed = _needed(param.shape, first=param is rule.params[0])
                self.fail(f"{node.name} needs {needed}, but {self.text(i)} is {self.show(self.steps[i].shape)}", node.span)
        value = _size(rule.value[0], sizes), _size(rule.value[1], sizes)
        step.meaning = (rule.name, turned)
        return value[::-1] if turned else value

    def _unknown(self, step: Step, node: Call, function: Function) -> Terms:
        if len(node.args) != 1:
            hint = "leave out the arguments that are constant"
            self.fail(f"{node.name} is a function of one argument", node.span, hint, ParseError)
        if node.primes and function.kind != "elementwise":
            told = f"{node.name}' is the derivative of an elementwise function, and {node.name} is {function.kind}-valued"
            self.fail(told, node.at, error=ParseError)
        step.meaning = function
        shape = self.steps[step.operands[0]].shape
        is_row = function.kind == "scalar" and is_one(shape[0])
        if function.argument is not None and not unify_shapes(function.argument, shape[::-1] if is_row else shape):
            told = f"{node.name} takes {self.show(function.argument)}, but {self.text(step.operands[0])} is {self.show(shape)}"
            self.fail(told, node.span)
        match function.kind:
            case "scalar":
                return SCALAR
            case "vector":
                return function.rows, ONE
            case "jacobian":
                return function.rows, shape[0]
        return shape

    def _constant(self, step: Step, node: Call) -> Terms:
        """ones(n), zeros(m,n), eye(n), K(m,n)."""
        args = node.args[0].items if len(node.args) == 1 and isinstance(node.args[0], Listing) else node.args
        counts = {"ones": (1, 2), "zeros": (1, 2), "K": (2,)}.get(node.name, (1,))
        if len(args) not in counts:
            self.fail(f"{node.name} takes {_counted(counts[-1], 'dimension')}, not {len(args)}", node.span, error=ParseError)
        sizes = tuple(self._dimension(a) for a in args)
        step.meaning = sizes
        match node.name:
            case "ones" | "zeros":
                return sizes[0], sizes[1] if len(sizes) == 2 else ONE
            case "K":
                side = times(*sizes)
                return side, side
        return sizes[0], sizes[0]

    def _dimension(self, node: Syntax) -> Dim:
        """A dimension written as an expression: an integer, a name, a sum or product of dimensions."""
        results: list[Dim] = []
        for step in lay_out(Parsed(node, self.source, False)):
            values = [results[i] for i in step.operands]
            part = step.node
            if isinstance(part, Number) and part.text.isdigit() and len(part.text) > MAX_SIZE_DIGITS:
                self.fail(f"a size has at most {MAX_SIZE_DIGITS} digits", part.span, error=LimitError)
            elif isinstance(part, Number) and part.text.isdigit() and int(part.text):
                results.append(dim(int(part.text)))
            elif isinstance(part, Name):
                results.append(dim(part.name))
            elif isinstance(part, Listing) and len(values) == 1:
                results.append(values[0])
            elif isinstance(part, Binary) and {op.op for op in step.ops} <= {"add", "subtract"}:
                signs = [1, *(1 if op.op == "add" else -1 for op in step.ops)]
                results.append(plus(*(sign * value for sign, value in zip(signs, values, strict=True))))
                if results[-1].is_nonpositive:
                    self.fail("a dimension is at least 1", part.span)
            elif isinstance(part, Binary) and {op.op for op in step.ops} == {"multiply"}:
                results.append(times(*values))
            else:
                self.fail("a dimension is a name, a positive integer, or a sum or product of them", part.span, error=ParseError)
            if count_parts(results[-1]) > MAX_PARTS:
                self.fail(f"a dimension is the sum or product of at most {MAX_PARTS} names", part.span, error=LimitError)
        return results[-1]


_COMBINED: Final[Mapping[str, Callable[[Inference, Step, int, Terms, Terms], Terms]]] = {
    "multiply": Inference._multiplied,
    "inner": Inference._multiplied,
    "divide": Inference._divided,
    "solve": Inference._solved,
    "had": Inference._elementwise,
    "quotient": Inference._elementwise,
    "kron": Inference._kronecker,
}

_RULES: Final[Mapping[type, Callable[[Inference, Step], Terms]]] = {
    Number: Inference._number,
    Name: Inference._name,
    Negation: Inference._same,
    Transposition: Inference._transposed,
    Binary: Inference._binary,
    Call: Inference._call,
    Index: Inference._index,
    ArrayLiteral: Inference._array,
    Bars: Inference._bars,
    Listing: Inference._listing,
}


def _size(text: str, sizes: dict[str, Term]) -> Term:
    """The dimension that a rule's parameter names; names not met before are free."""
    if text in sizes:
        return sizes[text]
    for sign, combine in (("+", total), ("*", product)):
        if sign in text:
            return combine(*(_size(part.strip(), sizes) for part in text.split(sign)))
    return sizes.setdefault(text, dim(int(text)) if text.isdigit() else Free())


def _needed(shape: tuple[str, str], first: bool) -> str:
    """What a parameter asks for, in words."""
    if shape == ("1", "1"):
        return "a scalar"
    if not first:
        return f"arguments that fit ({shape[0]} x {shape[1]})"
    if shape[0] == shape[1]:
        return "a square matrix"
    return "a vector" if shape[1] == "1" else f"an array of {shape[0]} x {shape[1]}"


def _text(node: Syntax, source: str) -> str:
    """The text of a node, without the parentheses around it."""
    while isinstance(node, Listing) and len(node.items) == 1:
        node = node.items[0]
    return _shortened(source[node.span[0] : node.span[1]])


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:30].rstrip()}..."


def _factor(text: str) -> str:
    """A text as a factor: in parentheses where it holds operators."""
    return text if text.replace("_", "").isalnum() or text.endswith("...") else f"({text})"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _operator_span(op: Binary) -> Span:
    """Where an operator stands; a product without a sign is pointed at as a whole."""
    return op.at if op.at[0] < op.at[1] else op.span

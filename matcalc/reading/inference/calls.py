"""The shapes of calls: functions of the rule book, unknown functions, and constants with their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Final, NoReturn

from matcalc.book import rules as rulebook
from matcalc.book.sizes import LEAST, ONE, TRIANGULAR, Dim, dim, halved, plus, smallest, times, triangular
from matcalc.errors import LimitError, ParseError, UnknownFunction
from matcalc.reading.grammar.syntax import ArrayLiteral, Binary, Call, Listing, Name, Number, Parsed, Syntax
from matcalc.reading.grammar.tokens import EULER
from matcalc.reading.inference.context import Context
from matcalc.reading.inference.operators import refuse_broadcast
from matcalc.reading.inference.scope import Function, is_sized
from matcalc.reading.inference.steps import Step, counted, factor, lay_out, text_of
from matcalc.reading.inference.unify import (
    MAX_PARTS,
    Free,
    Term,
    Terms,
    count_parts,
    find,
    half,
    is_one,
    is_scalar,
    least,
    product,
    total,
    unify,
    unify_shapes,
)
from matcalc.records import dataclass
from matcalc.scalars import Scalar

PRODUCTS: Final = frozenset({"multiply", "dot"})
MAX_SIZE_DIGITS: Final = 9
END: Final = "end"


@dataclass(frozen=True)
class Last:
    """The index `end` of what counts along the array that an earlier step is."""

    array: int


_PARTS: Final = "known are eigvals(S), eigvec(S,k), svdvals(X), svec_left(X,k), polar(X) and chol(S)"
# Of factorisations with several results, how each is written. The factor R of QR has a positive diagonal here.
_FACTORS: Final = {
    **dict.fromkeys("eig eigh eigenvectors svd lu".split(), _PARTS),
    "qr": "of X of full column rank, R is chol(X^T*X)^T and Q is X*chol(X^T*X)^-T",
}


def call(c: Context, step: Step) -> Terms:
    """The shape of the value of a call; a function that is not known is refused, with the nearest name."""
    node = step.node
    assert isinstance(node, Call)
    if node.name == EULER:
        return _exponential(c, step)
    if node.name in c.scope.functions and not is_sized(node):
        return _unknown(c, step, node, c.scope.functions[node.name])
    if node.primes:
        hint = f"declare '{node.name}: elementwise'"
        c.fail(f"{node.name} is no declared function, so {node.name}' has no meaning", node.at, hint, UnknownFunction)
    if is_sized(node):
        return _constant(c, step, node)
    rule = rulebook.find(node.name)
    if rule is None:
        _no_such_function(c, step, node)
    if len(node.args) != len(rule.params):
        told = f"{node.name} takes {counted(len(rule.params), 'argument')}, not {len(node.args)}"
        c.fail(told, node.span, error=ParseError)
    rule = _by_rows(rule, c.steps[step.operands[0]].shape) if step.operands else rule
    step.meaning = (rule.name, False)
    if rule.kind == "elementwise":
        return c.steps[step.operands[0]].shape
    return _diag(c, step) if rule.name == "diag" else _by_rule(c, step, node, rule)


def _no_such_function(c: Context, step: Step, node: Call) -> NoReturn:
    near = c.scope.suggestion(node.name)
    if node.name in _FACTORS:
        hint = _FACTORS[node.name]
    elif near is not None:
        hint = f"did you mean {near}?"
    elif len(node.args) == 1:
        argument = text_of(node.args[0], c.source)
        rows, columns = c.steps[step.operands[0]].shape
        kind = "scalar" if is_one(rows) and is_one(columns) else "vector" if is_one(rows) or is_one(columns) else "matrix"
        kinds = f"'{node.name}: elementwise' or '{node.name}: {kind} -> {'vector' if kind == 'scalar' else 'scalar'}'"
        hint = f"declare it, {kinds}; for a product write {node.name}*({argument})"
    else:
        arguments = ", ".join(text_of(a, c.source) for a in node.args)
        hint = f"define it: where {node.name}({arguments}) = ..."
    c.fail(f"{node.name} is not a known function", node.at, hint, UnknownFunction)


def _exponential(c: Context, step: Step) -> Terms:
    """e^x: of a number, of every entry of a row or column, and of a square matrix as a power series."""
    shape = c.steps[step.operands[0]].shape
    by_entry = is_one(shape[0]) or is_one(shape[1])
    if not by_entry and not unify(*shape):
        text = c.text(step.operands[0])
        told = f"e^{factor(text)} needs a square matrix, but {text} is {c.show(shape)}"
        c.fail(told, step.node.span, f"exp({text}) acts on every entry")
    step.meaning = ("exp" if by_entry else "expm", False)
    return shape


def _by_rows(rule: rulebook.Rule, argument: Terms) -> rulebook.Rule:
    """The function of every row of a matrix, of which nothing says that it is a column: softmax(Q*K^T)."""
    rows, columns = (find(term) for term in argument)
    whole = rulebook.find(f"{rule.name}_rows")
    return whole if whole is not None and isinstance(columns, Free) and not is_one(rows) else rule


def _diag(c: Context, step: Step) -> Terms:
    """The diagonal matrix of a vector, the diagonal of a square matrix."""
    rows, columns = c.steps[step.operands[0]].shape
    if is_one(columns) or is_one(rows):
        size = rows if is_one(columns) else columns
        return size, size
    step.meaning = ("diagv", False)
    if not unify(rows, columns):
        told = f"diag needs a vector or a square matrix, but {c.text(step.operands[0])} is {c.show((rows, columns))}"
        c.fail(told, step.node.span)
    return rows, ONE


def _by_rule(c: Context, step: Step, node: Call, rule: rulebook.Rule) -> Terms:
    """Unify the arguments with the shapes of the rule; a row stands for the column where a column is asked."""
    sizes: dict[str, Term] = {"1": ONE}
    turned = False
    for param, i in zip(rule.params, step.operands, strict=True):
        shape = c.steps[i].shape
        if param.shape[1] == "1" and param.shape[0] != "1" and is_one(shape[0]) and not is_one(shape[1]):
            shape, turned = shape[::-1], True
        if param.shape[0] == param.shape[1] != "1":
            refuse_broadcast(c, i)
        if param.counts:
            _counting(c, step.operands[0], i, [_size(letter, sizes) for letter in param.counts])
        if not unify_shapes(shape, (_size(param.shape[0], sizes), _size(param.shape[1], sizes))):
            needed = _needed(param.shape, first=param is rule.params[0])
            c.fail(f"{node.name} needs {needed}, but {c.text(i)} is {c.show(c.steps[i].shape)}", node.span)
    value = _size(rule.value[0], sizes), _size(rule.value[1], sizes)
    step.meaning = (rule.name, turned)
    return value[::-1] if turned else value


def _counting(c: Context, array: int, i: int, sizes: list[Term]) -> None:
    """What counts up to sizes: `end` is the last, and a name that nothing else has is that of a size that is not known yet."""
    meaning = c.steps[i].meaning
    if meaning == END:
        c.steps[i].meaning = Last(array)
    elif isinstance(meaning, Scalar) and meaning.is_Symbol and len(sizes) == 1 and isinstance(find(sizes[0]), Free):
        unify(sizes[0], meaning)


def _unknown(c: Context, step: Step, node: Call, function: Function) -> Terms:
    if len(node.args) != 1:
        hint = "leave out the arguments that are constant"
        c.fail(f"{node.name} is a function of one argument", node.span, hint, ParseError)
    shape = c.steps[step.operands[0]].shape
    if function.kind == "array" and function.argument is None and is_scalar(shape):
        function = replace(function, kind="curve")
    if node.primes and function.kind not in ("elementwise", "curve"):
        told = f"{node.name}' is the derivative of a function of a number or of every entry, and {node.name} is neither"
        c.fail(told, node.at, error=ParseError)
    step.meaning = function
    is_row = function.kind != "curve" and is_one(shape[0])
    if function.argument is not None and not unify_shapes(function.argument, shape[::-1] if is_row else shape):
        told = f"{node.name} takes {c.show(function.argument)}, but {c.text(step.operands[0])} is {c.show(shape)}"
        c.fail(told, node.span)
    return _value(function, function.order + node.primes, shape)


def _value(f: Function, order: int, shape: Terms) -> Terms:
    """The shape of a derivative of an unknown function; see `expr.Unknown`."""
    if f.kind == "elementwise" or f.kind == "scalar" and order == 1:
        return shape
    if order == 0 or f.kind == "curve":
        return f.rows, f.columns
    entries = product(*shape)
    return reduce(product, [entries] * (order - 1), product(f.rows, f.columns)), entries


def _constant(c: Context, step: Step, node: Call) -> Terms:
    """ones(n), zeros(m,n), eye(n), K(m,n)."""
    args = node.args[0].items if len(node.args) == 1 and isinstance(node.args[0], Listing) else node.args
    counts = {"ones": (1, 2), "zeros": (1, 2), "K": (2,), "K_": (2,)}.get(node.name, (1,))
    if len(args) not in counts:
        c.fail(f"{node.name} takes {counted(counts[-1], 'dimension')}, not {len(args)}", node.span, error=ParseError)
    sizes = tuple(_dimension(c, a) for a in args)
    step.meaning = sizes
    match node.name:
        case "ones" | "zeros":
            return sizes[0], sizes[1] if len(sizes) == 2 else ONE
        case "K" | "K_":
            side = times(*sizes)
            return side, side
        case "D()" | "D_":
            return times(*sizes * 2), triangular(sizes[0])
        case "L()" | "L_":
            return triangular(sizes[0]), times(*sizes * 2)
    return sizes[0], sizes[0]


def _dimension(c: Context, node: Syntax) -> Dim:
    """A dimension written as an expression: an integer, a name, a sum or product of dimensions, or the smaller of two."""
    least = _of_least(c, node)
    return _combined(c, node) if not least else smallest(*(_combined(c, part) for part in least))


def _combined(c: Context, node: Syntax) -> Dim:
    results: list[Dim] = []
    for step in lay_out(Parsed(node, c.source, False)):
        values = [results[i] for i in step.operands]
        part = step.node
        if isinstance(part, Number) and part.text.isdigit() and len(part.text) > MAX_SIZE_DIGITS:
            c.fail(f"a size has at most {MAX_SIZE_DIGITS} digits", part.span, error=LimitError)
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
                c.fail("a dimension is at least 1", part.span)
        elif isinstance(part, Binary) and (made := _multiplied(step, values)) is not None:
            results.append(made)
        else:
            c.fail("a dimension is a name, a positive integer, or a sum or product of them", part.span, error=ParseError)
        if count_parts(results[-1]) > MAX_PARTS:
            c.fail(f"a dimension is the sum or product of at most {MAX_PARTS} names", part.span, error=LimitError)
    return results[-1]


def _of_least(c: Context, node: Syntax) -> list[Syntax]:
    """The sizes in min([m; n]), and in min(m,n), which is read as one of numbers, m - relu(m - n), before it is known to be a size."""
    if not c.source.startswith(LEAST, node.span[0]):
        return []
    if isinstance(node, Call) and len(node.args) == 1 and isinstance(node.args[0], ArrayLiteral):
        return [size for row in node.args[0].rows for size in row]
    inside = node.right.args[0] if isinstance(node, Binary) and isinstance(node.right, Call) else None
    return [inside.left, inside.right] if isinstance(inside, Binary) else []


def _multiplied(step: Step, values: Sequence[Dim]) -> Dim | None:
    """A product, or half of one that is even whatever its names stand for, n*(n + 1)/2; None for another expression."""
    *signs, last = (op.op for op in step.ops)
    if not set(signs) <= PRODUCTS:
        return None
    if last in PRODUCTS:
        return times(*values)
    return halved(times(*values[:-1])) if last == "divide" and values[-1] == 2 else None


def _size(text: str, sizes: dict[str, Term]) -> Term:
    """The dimension that a rule's parameter names; names not met before are free."""
    if text in sizes:
        return sizes[text]
    if text.endswith(TRIANGULAR):
        return half(_size(text.removesuffix(TRIANGULAR), sizes))
    if text.startswith(LEAST):
        return least(*(_size(part.strip(), sizes) for part in text.removeprefix(LEAST)[:-1].split(",")))
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

"""The shapes of sums, products and powers, each from the shapes of its operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from matcalc.book.sizes import SCALAR
from matcalc.errors import LimitError, Misplaced, ShapeError
from matcalc.reading.grammar.syntax import Binary, Listing, Name
from matcalc.reading.inference.context import Context
from matcalc.reading.inference.scope import Variable
from matcalc.reading.inference.steps import PRODUCTS, SUMS, Step, factor, operator_span, shortened
from matcalc.reading.inference.unify import Terms, find, is_one, is_scalar, product, resolve, unify, unify_shapes

MAX_TERMS: Final = 1000
MAX_FACTORS: Final = 500
# What an operator is; `product` is that of matrices also where * acts entry by entry.
_OPS: Final = {"matmul": "multiply", "product": "multiply", "dot": "multiply"}
_NUMPY_OPS: Final = {**_OPS, "multiply": "had", "divide": "quotient"}


def same(c: Context, step: Step) -> Terms:
    return c.steps[step.operands[0]].shape


def transposed(c: Context, step: Step) -> Terms:
    rows, columns = c.steps[step.operands[0]].shape
    return columns, rows


def binary(c: Context, step: Step) -> Terms:
    """The shape of a sum, a product, a quotient or a power of two operands."""
    node = step.node
    assert isinstance(node, Binary)
    if node.op in SUMS:
        return _sum(c, step)
    return _product(c, step) if node.op in PRODUCTS else _power(c, step, node)


def _sum(c: Context, step: Step) -> Terms:
    """All terms have one shape, but for scalars, which are added to every entry."""
    _limit(c, step, MAX_TERMS, "a sum", "terms")
    shape: Terms | None = None
    for k, i in enumerate(step.operands):
        term = c.steps[i].shape
        if is_scalar(term):
            continue
        if shape is None:
            shape = term
        elif not unify_shapes(shape, term):
            _cannot_add(c, step, k, shape)
    return shape or SCALAR


def _limit(c: Context, step: Step, limit: int, whole: str, parts: str) -> None:
    """Refuse a sum or product of more different operands than are handled at once; equal ones merge and cost little."""
    if len(step.operands) > limit:
        spans = [c.steps[i].node.span for i in step.operands]
        different = len({c.source[start:end] for start, end in spans})
        if different > limit:
            c.fail(f"{whole} has at most {limit} different {parts}, not {different}", step.node.span, error=LimitError)


def _cannot_add(c: Context, step: Step, k: int, left: Terms) -> NoReturn:
    op, right = step.ops[k - 1], c.steps[step.operands[k]].shape
    verb, joint = ("add", "and") if op.op == "add" else ("subtract", "from")
    a, b = c.left_text(step, k - 1), c.text(step.operands[k])
    first, second = (f"{a} ({c.show(left)})", f"{b} ({c.show(right)})")
    told = f"cannot {verb} {first} {joint} {second}" if verb == "add" else f"cannot subtract {second} from {first}"
    c.fail(told, op.at, _broadcast(c, a, b, left, right, "+" if verb == "add" else "-"))


def _broadcast(c: Context, a: str, b: str, left: Terms, right: Terms, sign: str) -> str | None:
    """How a bias is added to every row or column of a matrix."""
    rows, columns = left
    if is_one(rows) or is_one(columns):
        return None
    verb = "add" if sign == "+" else "subtract"
    b = factor(b)
    for vector, turned in ((right, f"{b}^T"), (right[::-1], b)):
        if is_one(vector[1]) and find(vector[0]) == find(columns):
            return f"to {verb} {b} in every row, write {a} {sign} ones({resolve(rows)})*{turned}"
    if is_one(right[1]) and find(right[0]) == find(rows):
        return f"to {verb} {b} in every column, write {a} {sign} {b}*ones({resolve(columns)})^T"
    return None


def _product(c: Context, step: Step) -> Terms:
    """A product from left to right; `meaning` lists what each operator came to."""
    _limit(c, step, MAX_FACTORS, "a product", "factors")
    shape = c.steps[step.operands[0]].shape
    meanings: list[str] = []
    for k, op in enumerate(step.ops):
        right = c.steps[step.operands[k + 1]].shape
        name = (_NUMPY_OPS if c.numpy else _OPS).get(op.op, op.op)
        if op.op in ("matmul", "dot") and _is_inner(shape, right):
            name, shape = "inner", (shape[1], shape[0])
        meanings.append(name)
        shape = _COMBINED[name](c, step, k, shape, right)
    step.meaning = meanings
    return shape


def _is_inner(left: Terms, right: Terms) -> bool:
    """Whether x @ A means x^T A: NumPy's vectors have one axis."""
    return is_one(left[1]) and not is_one(left[0]) and not is_one(right[0])


def _multiplied(c: Context, step: Step, k: int, left: Terms, right: Terms) -> Terms:
    if is_scalar(left):
        return right
    if is_scalar(right):
        return left
    if not unify(left[1], right[0]):
        _cannot_multiply(c, step, k, left, right)
    return left[0], right[1]


def _cannot_multiply(c: Context, step: Step, k: int, left: Terms, right: Terms) -> NoReturn:
    a, b = c.left_text(step, k), c.text(step.operands[k + 1])
    if is_one(left[1]) and is_one(right[1]):
        told = f"cannot multiply two columns: {a} is {c.show(left)} and {b} is {c.show(right)}"
        a, b = factor(a), factor(b)
        hint = f"{a}^T*{b} is the inner product, {a}*{b}^T the outer, {a}.*{b} entry by entry"
        c.fail(told, operator_span(step.ops[k]), hint)
    first, second = c.show(left), c.show(right)
    sizes = f"{first.split(' x ')[-1]} is not {second.split(' x ')[0]}"
    turned = _conforming(c, factor(a), factor(b), left, right)
    c.fail(f"cannot multiply {a} ({first}) by {b} ({second}): {sizes}", operator_span(step.ops[k]), turned)


def _conforming(c: Context, a: str, b: str, left: Terms, right: Terms) -> str | None:
    """A product with a transpose that conforms, if there is one."""
    if find(left[0]) == find(right[0]):
        return f"{a}^T*{b} conforms"
    return f"{a}*{b}^T conforms" if find(left[1]) == find(right[1]) else None


def _divided(c: Context, step: Step, k: int, left: Terms, right: Terms) -> Terms:
    variable = c.steps[step.operands[k + 1]].meaning
    if isinstance(variable, Variable) and variable.kind == "matrix" and not (is_scalar(right) or variable.declared):
        a, b = factor(c.left_text(step, k)), variable.name
        hint = f"declare '{b}: scalar' if it is one"
        if not is_scalar(left):
            hint += f"; {f'{b}^-1*{a}' if is_one(left[1]) else f'{a}*{b}^-1'} multiplies by the inverse"
        c.fail(f"cannot divide by {b}, whose name is a matrix's", operator_span(step.ops[k]), hint)
    if not unify_shapes(right, SCALAR):
        a, b = c.left_text(step, k), c.text(step.operands[k + 1])
        rest = _scalar_rest(c, step, k)
        hint = f"{factor(a)}/({rest}) divides by all of it" if rest else f"{factor(a)}./{factor(b)} divides entry by entry"
        if find(right[0]) == find(right[1]):
            hint += f", {factor(a)}*inv({b}) multiplies by the inverse"
        told = f"cannot divide by {b} ({c.show(right)}), which is no scalar"
        c.fail(told, operator_span(step.ops[k]), hint, Misplaced if rest else ShapeError)
    return left


def _scalar_rest(c: Context, step: Step, k: int) -> str | None:
    """What stands behind the k-th operator, where that product is a scalar: the x^T B x of x^T A x/x^T B x."""
    first, last = c.steps[step.operands[k + 1]], c.steps[step.operands[-1]]
    products = all(op.op in ("multiply", "product", "matmul", "dot") for op in step.ops[k + 1 :])
    if k + 2 == len(step.operands) or not products or not (is_one(first.shape[0]) and is_one(last.shape[1])):
        return None
    return shortened(c.source[first.node.span[0] : last.node.span[1]])


def _solved(c: Context, step: Step, k: int, left: Terms, right: Terms) -> Terms:
    if is_scalar(left):
        return right
    if not unify(left[0], left[1]):
        told = f"{c.left_text(step, k)} is {c.show(left)}; A\\b is inv(A)*b, for a square matrix"
        c.fail(told, operator_span(step.ops[k]))
    if not unify(left[1], right[0]):
        _cannot_multiply(c, step, k, left, right)
    return left[0], right[1]


def _elementwise(c: Context, step: Step, k: int, left: Terms, right: Terms) -> Terms:
    if is_scalar(left):
        return right
    if not is_scalar(right) and not unify_shapes(left, right):
        a, b = c.left_text(step, k), c.text(step.operands[k + 1])
        verb = "multiply" if step.meaning == "had" or step.ops[k].op in ("had", "multiply") else "divide"
        told = f"cannot {verb} {a} ({c.show(left)}) and {b} ({c.show(right)}) entry by entry"
        c.fail(told, operator_span(step.ops[k]))
    return left


def _kronecker(c: Context, step: Step, k: int, left: Terms, right: Terms) -> Terms:
    # The index of the right factor runs fastest, as the first index of a vec does.
    return product(right[0], left[0]), product(right[1], left[1])


def _power(c: Context, step: Step, node: Binary) -> Terms:
    base, exponent = (c.steps[i].shape for i in step.operands)
    step.meaning = op = node.op
    if op == "epow" and not is_scalar(exponent):
        return _powers(c, step, node, base, exponent)
    if not is_scalar(exponent):
        a, b = (factor(c.text(i)) for i in step.operands)
        hint = f"{a}.^{b} is a power of every entry"
        if isinstance(node.right, Name) and not c.scope.is_variable(node.right.name):
            hint = f"{hint}; declare '{b}: scalar' if it is one"
        c.fail(f"the exponent {c.text(step.operands[1])} is {c.show(exponent)}; an exponent is a scalar", node.right.span, hint)
    if op == "power" and not is_scalar(base):
        _square_power(c, step, node, base)
    return base


def _powers(c: Context, step: Step, node: Binary, base: Terms, exponent: Terms) -> Terms:
    """A power of every entry with an exponent of its own, 2.^x and x.^y."""
    step.meaning = "powers"
    if not is_scalar(base) and not unify_shapes(base, exponent):
        a, b = (f"{c.text(i)} ({c.show(shape)})" for i, shape in zip(step.operands, (base, exponent), strict=True))
        c.fail(f"cannot raise {a} to {b} entry by entry", operator_span(node))
    return exponent


def refuse_broadcast(c: Context, i: int) -> None:
    r"""(K + \sigma^2)^{-1} and \det(A + 1) in LaTeX: a number in a sum of square matrices is hardly added to every entry."""
    step = c.steps[i]
    while isinstance(step.node, Listing) and len(step.operands) == 1:
        step = c.steps[step.operands[0]]
    is_sum = isinstance(step.node, Binary) and step.node.op in SUMS and not is_scalar(step.shape)
    if not (is_sum and "\\" in c.source and any(map(c.scope.is_open, c.scope.variables))):
        return
    for k in step.operands:
        if is_scalar(c.steps[k].shape):
            text = c.text(k)
            told = f"{text} is a number, which would be added to every entry of a matrix"
            c.fail(told, c.steps[k].node.span, f"write {text} I for a multiple of the identity, or declare what is no matrix", Misplaced)


def _square_power(c: Context, step: Step, node: Binary, base: Terms) -> None:
    text = factor(c.text(step.operands[0]))
    exponent = c.text(step.operands[1])
    is_vector = is_one(base[0]) or is_one(base[1])
    if is_vector or not unify(base[0], base[1]):
        hint = f"{text}.^{exponent} is the power of every entry" + (f", {text}^T*{text} the inner product" if is_vector else "")
        c.fail(f"{text} is {c.show(base)}; a power with ^ needs a square matrix", operator_span(node), hint)
    refuse_broadcast(c, step.operands[0])
    if isinstance(node.right, Name) and not c.scope.is_variable(node.right.name):
        c.scope.integers.add(node.right.name)


_COMBINED: Final[Mapping[str, Callable[[Context, Step, int, Terms, Terms], Terms]]] = {
    "multiply": _multiplied,
    "inner": _multiplied,
    "divide": _divided,
    "solve": _solved,
    "had": _elementwise,
    "quotient": _elementwise,
    "kron": _kronecker,
}

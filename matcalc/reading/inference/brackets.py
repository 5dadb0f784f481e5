"""The shapes of what stands in bars and brackets: norms, determinants, entries, explicit arrays."""

from __future__ import annotations

from typing import Final, NoReturn

from matcalc.book.sizes import SCALAR, dim
from matcalc.errors import LimitError, ParseError, UnknownFunction
from matcalc.patterns import late
from matcalc.reading.grammar.syntax import ArrayLiteral, Bars, Binary, Colon, Index, Name, Number, Syntax, Transposition
from matcalc.reading.inference.context import Context
from matcalc.reading.inference.operators import refuse_broadcast
from matcalc.reading.inference.ranges import Interval, read_interval
from matcalc.reading.inference.steps import Step, factor
from matcalc.reading.inference.unify import Free, Term, Terms, is_one, is_scalar, resolve, side_by_side, unify

MAX_ENTRIES: Final = 400
_STACKS: Final = late(r"(?P<tool>np|numpy|jnp|torch|tf)\.(?P<name>hstack|vstack)\b")
_MATRIX_NORMS: Final = {"": "normF", "F": "normF", "1": "norm1", "2": "sigma_max", "op": "sigma_max", "*": "normN", "nuc": "normN"}
_VECTOR_NORMS: Final = {"": "norm2", "2": "norm2", "1": "norm1", "F": "norm2"}


def listing(c: Context, step: Step) -> Terms:
    """The shape of what stands in parentheses; a list is refused."""
    if len(step.operands) > 1:
        c.fail("a list in parentheses has no meaning here", step.node.span, "an array is written [a, b; c, d]", ParseError)
    return c.steps[step.operands[0]].shape


def bars(c: Context, step: Step) -> Terms:
    """A norm, a determinant or an absolute value is a scalar; bars around another shape are refused."""
    node = step.node
    assert isinstance(node, Bars)
    shape = c.steps[step.operands[0]].shape
    is_vector = is_one(shape[0]) or is_one(shape[1])
    if node.weight is not None:
        _weighted(c, step, node, shape)
    elif node.double:
        _norm(c, step, node, shape, is_vector)
    elif is_scalar(shape):
        step.meaning = ("abs", False)
    elif is_vector or not unify(shape[0], shape[1]):
        text = c.text(step.operands[0])
        hint = f"||{text}|| is the norm, abs({text}) entry by entry"
        c.fail(f"{text} is {c.show(shape)}; |X| is the determinant of a square matrix", node.span, hint)
    else:
        refuse_broadcast(c, step.operands[0])
        step.meaning = ("det", False)
    return SCALAR


def _weighted(c: Context, step: Step, node: Bars, shape: Terms) -> None:
    """||x||_W, the square root of x^T*W*x; `meaning` says whether x is a row."""
    x, weight = (c.text(i) for i in step.operands)
    is_row = is_one(shape[0]) and not is_one(shape[1])
    if not is_row and not is_one(shape[1]):
        hint = f"write tr({factor(x)}^T*{factor(weight)}*{factor(x)}) or sum({weight}.*{factor(x)}.^2)"
        c.fail(f"what the norm with the weight {weight} is of {x} ({c.show(shape)}) could be either", node.span, hint, ParseError)
    side = shape[1] if is_row else shape[0]
    sides = c.steps[step.operands[1]].shape
    if not (unify(side, sides[0]) and unify(side, sides[1])):
        c.fail(f"the weight {weight} ({c.show(sides)}) does not fit {x} ({c.show(shape)})", node.span)
    step.meaning = is_row


def _norm(c: Context, step: Step, node: Bars, shape: Terms, is_vector: bool) -> None:
    """Which norm it is, and whether its argument is a row, where the rule has a column."""
    norms = _VECTOR_NORMS if is_vector else _MATRIX_NORMS
    name = "abs" if is_scalar(shape) else norms.get(node.subscript)
    step.meaning = (name, is_one(shape[0]) and not is_one(shape[1]))
    if name is None:
        text = c.text(step.operands[0])
        of_matrix = "||X||_F, ||X||_1 (of all |entries|), ||X||_2 (the largest singular value), ||X||_* (the sum of all), schatten(X,p)"
        known = "||x||, ||x||_1, ||x||_2, ||x||_p, ||x||_inf" if is_vector else of_matrix
        told = f"the norm ||{text}||_{node.subscript} of this {c.show(shape)} array is not known"
        c.fail(told, node.span, f"known are {known}", UnknownFunction)


def index(c: Context, step: Step) -> Terms:
    """The shape of an entry, a row, a column or a block; what lies outside is refused."""
    node = step.node
    assert isinstance(node, Index)
    shape = c.steps[step.operands[0]].shape
    text = c.text(step.operands[0])
    at = tuple(None if isinstance(i, Colon) else _interval(c, i) for i in node.indices)
    if is_scalar(shape):
        c.fail(f"{text} is a scalar and has no entries", node.span)
    is_vector = is_one(shape[0]) or is_one(shape[1])
    if len(at) > 2 or len(at) == 1 and not is_vector:
        c.fail(f"{text} is {c.show(shape)}; an entry of it is {text}[1,2]", node.span)
    i, j = at if len(at) == 2 else (None, at[0]) if is_one(shape[0]) else (at[0], None)
    step.meaning = (i, j)
    return _picked(c, step, node, i, shape[0]), _picked(c, step, node, j, shape[1])


def _picked(c: Context, step: Step, node: Index, at: Interval | None, axis: Term) -> Term:
    """How much of an axis an index picks."""
    if at is None:
        return axis
    size = resolve(axis)
    if size is not None and size.is_Integer and (fault := at.fault(size)) is not None:
        text, where = c.text(step.operands[0]), c.source[node.base.span[1] : node.span[1]].strip()
        told = f"{text} is {c.show(c.steps[step.operands[0]].shape)} and has no"
        if at.first == at.last:
            c.fail(f"{told} entry {where}", node.span)
        c.fail(f"{told} {where}", node.span, fault)
    length = at.length(axis)
    if length is None:
        c.fail("the length of this range cannot be told", node.span, f"declare {c.text(step.operands[0])}")
    known = resolve(length)
    if known is not None and known.is_nonpositive:
        c.fail("this range holds nothing", node.span, "a range begins before it ends")
    return length


def _interval(c: Context, node: Syntax) -> Interval:
    """What a part of an index picks; the names in it are dimensions, and NumPy's ranges are not guessed."""
    if c.numpy and isinstance(node, Binary) and node.op == "range":
        hint = "without np. and @ a range counts from 1, both ends in it: x[2:3] is NumPy's x[1:3]"
        c.fail("a range in NumPy's spelling counts from 0, without its end", node.span, hint, ParseError)
    return read_interval(node, c.source, c.scope.is_dimension)


def explicit_array(c: Context, step: Step) -> Terms:
    """The shape of [a, b; c, d], whose entries are scalars, or blocks that fit; all rows have as many.

    `meaning` has the heights of the rows and the widths of the columns where the entries are blocks.
    """
    node = step.node
    assert isinstance(node, ArrayLiteral)
    columns = len(node.rows[0])
    if len(step.operands) > MAX_ENTRIES:
        c.fail(f"an explicit array has at most {MAX_ENTRIES} entries, not {len(step.operands)}", node.span, error=LimitError)
    for row in node.rows:
        if len(row) != columns:
            c.fail(f"the rows of an array are of one length, not {columns} and {len(row)}", node.span)
    if all(is_scalar(c.steps[i].shape) for i in step.operands):
        return dim(len(node.rows)), dim(columns)
    return _blocks(c, step, columns)


def _blocks(c: Context, step: Step, columns: int) -> Terms:
    """Blocks side by side are of one height, those below each other of one width; a 0 is as large as it must be."""
    _refuse_stacked_vectors(c, step)
    rows = [step.operands[k : k + columns] for k in range(0, len(step.operands), columns)]
    heights: list[Term] = [Free() for _ in rows]
    widths: list[Term] = [Free() for _ in rows[0]]
    for height, row in zip(heights, rows, strict=True):
        for width, i in zip(widths, row, strict=True):
            if is_zero(c.steps[i].node):
                continue
            shape = c.steps[i].shape
            if not unify(height, shape[0]):
                _misfit(c, step, i, f"those beside it have {c.show((height, width)).split(' x ')[0]} rows")
            if not unify(width, shape[1]):
                _misfit(c, step, i, f"those above it have {c.show((height, width)).split(' x ')[-1]} columns")
    for lines, sizes, across in ((rows, heights, widths), (list(zip(*rows, strict=True)), widths, heights)):
        only_zeros = (size for line, size in zip(lines, sizes, strict=True) if all(is_zero(c.steps[i].node) for i in line))
        c.sized_by_zeros += [(size, across, step, c.source) for size in only_zeros]
    step.meaning = (heights, widths)
    return side_by_side(heights), side_by_side(widths)


def _refuse_stacked_vectors(c: Context, step: Step) -> None:
    """np.hstack and np.vstack make of NumPy's vectors, which have one axis, another thing than of columns."""
    (start, end), vectors = step.node.span, [c.steps[i].shape for i in step.operands]
    written = _STACKS().match(c.source[start:end])
    if written is not None and all(is_one(columns) and not is_one(rows) for rows, columns in vectors):
        tool, name = written["tool"], written["name"]
        told = f"what {tool}.{name} of vectors is meant to be is not clear: they have one axis there"
        inside = ", ".join(c.text(i) for i in step.operands)
        c.fail(told, step.node.span, f"[{inside.replace(', ', '; ')}] has them below each other, [{inside}] beside each other", ParseError)


def _misfit(c: Context, step: Step, i: int, told: str) -> NoReturn:
    """Refuse a block that is too large or too small for its place; names of vectors may have been meant as numbers."""
    blocks = [c.steps[k] for k in step.operands]
    vectors = [b.node.name for b in blocks if isinstance(b.node, Name) and b.node.name[0].islower() and not is_scalar(b.shape)]
    hint = f"declare '{vectors[0]}: scalar'" if vectors else None
    shown = "a scalar" if is_scalar(c.steps[i].shape) else c.show(c.steps[i].shape)
    c.fail(f"the block {c.text(i)} is {shown}, but {told}", c.steps[i].node.span, hint)


def is_zero(node: Syntax) -> bool:
    """Whether a block is written as the number 0, or turned."""
    node = node.operand if isinstance(node, Transposition) else node
    return isinstance(node, Number) and node.text == "0"

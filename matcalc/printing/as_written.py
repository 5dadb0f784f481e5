"""A formula as it was written: the forms of a typed tree, with nothing reordered, simplified or substituted.

`present` chooses the shortest of the equal spellings of an answer. A question is shown as it was asked instead:
tr(A*X*B) stays that, where the answer's normal form may rotate the trace. Parentheses are left to the printer, which
sets those that a dialect needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from matcalc.algebra.node import Unknown
from matcalc.book import rules as rulebook
from matcalc.book.operators import ATOM
from matcalc.book.sizes import ONE, Dim, smallest
from matcalc.printing.constants import dimension, sized
from matcalc.printing.forms import (
    FACTOR,
    PRODUCT,
    Form,
    adjoint,
    applied,
    block_diagonal,
    joined,
    name,
    number,
    quotient,
    raised,
    signed_sum,
    square_root,
    turned,
    unsigned,
)
from matcalc.reading.elaboration import number as exact
from matcalc.reading.grammar.syntax import ArrayLiteral, Bars, Binary, Call, Index, Listing, Name, Negation, Number, Transposition
from matcalc.reading.inference.brackets import is_zero
from matcalc.reading.inference.calls import Last
from matcalc.reading.inference.ranges import END, Position
from matcalc.reading.inference.scope import Function
from matcalc.reading.inference.steps import Step, Typed
from matcalc.reading.inference.unify import is_one, is_scalar, resolve

# Constants of which each size is written, one of 1 too.
SQUARES: Final = frozenset({"eye", "comm", "comm_", "dup", "dup_", "elim", "elim_"})
_CONSTANTS: Final = {
    "ones": "ones", "zeros": "zeros", "eye": "eye", "identity": "eye", "I": "eye", "K": "comm", "K_": "comm_",
    "D()": "dup", "D_": "dup_", "L()": "elim", "L_": "elim_",
}  # fmt: skip


def written(tree: Typed) -> Form:
    """The form of a tree whose shapes are known."""
    made: list[Form] = []
    for step in tree.steps:
        made.append(step_written(step, [made[i] for i in step.operands]))
    return made[-1]


def step_written(step: Step, parts: Sequence[Form], source: str | None = None) -> Form:
    """The form of one step from those of its operands; with the text that was typed, sign for sign as it stands there."""
    form = _WRITERS[type(step.node)](step, parts)
    return form if source is None else _as_typed(step, parts, form, source)


def _as_typed(step: Step, parts: Sequence[Form], form: Form, source: str) -> Form:
    """A function by the name, and a power by the sign, that was typed."""
    node = step.node
    if isinstance(node, Call) and form.kind == "apply":
        word = source[slice(*node.at)]
        known = rulebook.find(word)
        return replace(form, data=word) if known is not None and known.name == form.data else form
    if isinstance(node, Binary) and node.op == step.meaning == "epow" and source[slice(*node.right.span)]:
        return raised("epower", *parts)
    return form


def written_out(tree: Typed, definitions: Mapping[str, Form | None]) -> list[Form | None]:
    """The forms of all steps, as an answer may hold them: definitions in full, constants with their sizes.

    A scalar that is added to every entry stands before ones. What holds a decimal or an `end` is None.
    """
    made: list[Form | None] = []
    for step in tree.steps:
        parts = [made[i] for i in step.operands]
        known = [p for p in parts if p is not None]
        made.append(_written_out(step, known, tree, definitions) if len(known) == len(parts) else None)
    return made


def _written_out(step: Step, parts: list[Form], tree: Typed, definitions: Mapping[str, Form | None]) -> Form | None:
    node = step.node
    if isinstance(node, Number):
        return number(node.text) if node.text.removesuffix("j").isdigit() else None
    if isinstance(node, Name) and step.meaning == "definition":
        return definitions.get(node.name, name(node.name))
    if isinstance(node, Name) and step.meaning == "I":
        return sized("eye", _sizes(step)[:1])
    if isinstance(step.meaning, Last):
        return dimension(smallest(*(d for d in _sizes(tree.steps[step.meaning.array]) if d is not ONE)))
    if isinstance(node, Binary) and node.op in ("add", "subtract") and not is_scalar(step.shape):
        scalars = [is_scalar(tree.steps[i].shape) for i in step.operands]
        parts = [_spread(p, _sizes(step)) if is_added else p for p, is_added in zip(parts, scalars, strict=True)]
    if isinstance(node, Index) and any(p.from_end for at in step.meaning if at is not None for p in (at.first, at.last)):
        return None
    form = _WRITERS[type(node)](step, parts)
    return replace(form, of_columns=True) if form.kind == "had" and is_one(step.shape[1]) else form


def _sizes(step: Step) -> list[Dim]:
    sizes = [resolve(s) for s in step.shape]
    return [s for s in sizes if s is not None]


def _spread(scalar: Form, sizes: Sequence[Dim]) -> Form:
    """A scalar in every entry: ones(n), c*ones(n)."""
    minus = scalar.kind == "negative"
    form = scalar.parts[0] if minus else scalar
    filled = _constant("ones", sizes)
    return unsigned((minus, filled if form.kind == "number" and form.data == "1" else joined("product", [*_flat([form]), filled])))


def _number(step: Step, _parts: Sequence[Form]) -> Form:
    assert isinstance(step.node, Number)
    return number(step.node.text)


def _name(step: Step, _parts: Sequence[Form]) -> Form:
    assert isinstance(step.node, Name)
    if step.meaning == "I":
        return Form("identity")
    if isinstance(step.meaning, str) and step.meaning not in ("definition", "pi"):
        size = resolve(step.shape[0])
        return sized("ones", (size,)) if size is not None else number(1)
    return name(step.node.name)


def _negation(_step: Step, parts: Sequence[Form]) -> Form:
    return unsigned((True, parts[0]))


def _transposition(step: Step, parts: Sequence[Form]) -> Form:
    """A^-T where what is turned is an inverse, A where it is turned already; A^H of a complex array, and where it is written so."""
    (base,) = parts
    is_adjoint = step.meaning == "H" or isinstance(step.node, Transposition) and step.node.sign == "H"
    turning, kind = (adjoint, "adjoint") if is_adjoint else (turned, "transpose")
    if base.kind == kind:
        return base.parts[0]
    if base.kind == "power" and _is_minus_one(base.parts[1]):
        return Form(f"inverse_{kind}", (base.parts[0],), None, base.parts[0].cost_in(ATOM) + 3)
    return turning(base)


def _is_minus_one(exponent: Form) -> bool:
    return exponent.kind == "negative" and exponent.parts[0].kind == "number" and exponent.parts[0].data == "1"


def _binary(step: Step, parts: Sequence[Form]) -> Form:
    assert isinstance(step.node, Binary)
    if step.node.op in ("add", "subtract"):
        return _sum(step, parts)
    return _power(step, parts) if step.node.op in ("power", "epow") else _product(step, parts)


def _sum(step: Step, parts: Sequence[Form]) -> Form:
    """The terms in their order; a sum or a sign that comes first needs no parentheses."""
    first, *rest = parts
    terms, minus = ([*first.parts], [*first.data]) if first.kind == "sum" else ([first], [False])
    if first.kind == "negative":
        terms, minus = [first.parts[0]], [True]
    terms += rest
    minus += [op.op == "subtract" for op in step.ops]
    return Form("sum", tuple(terms), tuple(minus), sum(t.cost_in(PRODUCT) for t in terms) + len(terms) - 1 + minus[0])


def _product(step: Step, parts: Sequence[Form]) -> Form:
    """The product from left to right: what is divided so far is the numerator of what follows the stroke."""
    first, *rest = parts
    minus = first.kind == "negative"
    chain = [first.parts[0] if minus else first]
    for meaning, right in zip(step.meaning, rest, strict=True):
        chain = _COMBINED[meaning](chain, right)
    return unsigned((minus, joined("product", _flat(chain))))


def _flat(factors: Sequence[Form]) -> list[Form]:
    """The factors, with those of products among them."""
    return [f for factor in factors for f in (factor.parts if factor.kind == "product" else (factor,))]


def _entrywise(chain: list[Form], right: Form, divides: bool) -> list[Form]:
    """A.*B./C: what divides stands last."""
    left = joined("product", chain)
    above, below = ([*left.parts[: left.data]], [*left.parts[left.data :]]) if left.kind == "had" else ([left], [])
    if below and not divides:
        above, below = [left], []
    (below if divides else above).append(right)
    parts, cost = (*above, *below), right.cost_in(FACTOR) + 1
    # The cost of what stands there already is known: summed anew at each of two thousand factors it is quadratic.
    cost += left.cost if left.kind == "had" and len(parts) > 2 else left.cost_in(FACTOR)
    return [Form("had", parts, len(above), cost)]


def _inverse(base: Form) -> Form:
    return raised("power", base, unsigned((True, number(1))))


_COMBINED: Final[Mapping[str, Callable[[list[Form], Form], list[Form]]]] = {
    "multiply": lambda chain, right: [*chain, right],
    "divide": lambda chain, right: [quotient(_flat(chain), _flat([right]))],
    "inner": lambda chain, right: [turned(joined("product", chain)), right],
    "solve": lambda chain, right: [_inverse(joined("product", chain)), right],
    "had": lambda chain, right: _entrywise(chain, right, False),
    "quotient": lambda chain, right: _entrywise(chain, right, True),
    "kron": lambda chain, right: [applied("kron", [joined("product", chain), right])],
}


def _power(step: Step, parts: Sequence[Form]) -> Form:
    """A power; the exponent one half is a root."""
    base, exponent = parts
    assert isinstance(step.node, Binary)
    if isinstance(step.node.left, Bars) and step.node.left.weight is not None and exponent.data == "2":
        return base.parts[0]
    entrywise = step.meaning in ("epow", "powers") and not is_scalar(step.shape)
    if exponent.kind == "number" and exact(exponent.data) * 2 == 1:
        return square_root(base, entrywise)
    return raised("epower" if entrywise else "power", base, exponent)


def _bars(step: Step, parts: Sequence[Form]) -> Form:
    """A norm with a weight is written out: sqrt(x^T*W*x)."""
    assert isinstance(step.node, Bars)
    if step.node.weight is None:
        return applied(step.meaning[0], parts)
    x, weight = parts
    sides = (x, turned(x)) if step.meaning else (turned(x), x)
    return square_root(joined("product", _flat([sides[0], weight, sides[1]])))


def _listing(_step: Step, parts: Sequence[Form]) -> Form:
    return parts[0]


def _index(step: Step, parts: Sequence[Form]) -> Form:
    """x[1] has one index where x is a vector; X[:,1] keeps its colon, x[2:end] its range."""
    (base,) = parts
    assert isinstance(step.node, Index)
    picked = step.meaning if len(step.node.indices) == 2 else [at for at in step.meaning if at is not None][:1] or [None]
    places = tuple(None if at is None else (_position(at.first), _position(at.last)) for at in picked)
    return Form("slice", (base,), places, base.cost + 5)


def _position(p: Position) -> Form:
    if not p.from_end:
        return dimension(p.offset)
    return signed_sum([(False, name(END)), (True, dimension(-p.offset))])[1] if p.offset else name(END)


def _array(step: Step, parts: Sequence[Form]) -> Form:
    """An array; zeros among blocks with their sizes, and blocks on a diagonal by that name."""
    assert isinstance(step.node, ArrayLiteral)
    rows, columns = len(step.node.rows), len(step.node.rows[0])
    if step.meaning is not None:
        heights, widths = ([d for t in terms if (d := resolve(t)) is not None] for terms in step.meaning)
        zero = [is_zero(b) for row in step.node.rows for b in row]
        if rows == columns > 1 and zero == [i != j for i in range(rows) for j in range(columns)]:
            return block_diagonal(parts[:: columns + 1])
        sizes = [(m,) if n is ONE else (m, n) for m in heights for n in widths]
        parts = [sized("zeros", at) if is_empty and at != (ONE,) else p for p, at, is_empty in zip(parts, sizes, zero, strict=True)]
    return Form("array", tuple(parts), (rows, columns), sum(p.cost for p in parts) + len(parts) + 1)


def _call(step: Step, parts: Sequence[Form]) -> Form:
    assert isinstance(step.node, Call)
    if isinstance(step.meaning, Function):
        f = step.meaning
        return Form("call", (parts[0],), Unknown(f.name, f.kind, f.order + step.node.primes), parts[0].cost + 3)
    if step.node.name in _CONSTANTS:
        return _constant(_CONSTANTS[step.node.name], step.meaning)
    return applied(step.meaning[0], parts)


def _constant(function: str, sizes: Sequence[Dim]) -> Form:
    """ones(n), ones(m,n), and ones(1,n) as a turned column."""
    if function in ("ones", "zeros") and len(sizes) == 2 and sizes[0] is ONE:
        return turned(sized(function, sizes[1:]))
    return sized(function, sizes if function in SQUARES else [s for i, s in enumerate(sizes) if i == 0 or s is not ONE])


_WRITERS: Final[Mapping[type, Callable[[Step, Sequence[Form]], Form]]] = {
    Number: _number,
    Name: _name,
    Negation: _negation,
    Transposition: _transposition,
    Binary: _binary,
    Bars: _bars,
    Listing: _listing,
    Index: _index,
    ArrayLiteral: _array,
    Call: _call,
}

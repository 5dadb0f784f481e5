"""The index form: a sum of terms, each a product of factors with labels on their axes.

A term is c * prod_f F_f[i_f, j_f] with every label that is not free summed over. Transposition, trace, Hadamard
product, diag and commuting scalars are all the same thing here, namely which label sits where; a label may occur
any number of times. `lower` writes an expression as terms. Since every factor has at most two axes, a term is a
graph with labels as vertices and matrices as edges, and reading it back (`raising`) is graph reduction.

A label of a fused axis (vec, kron, K) has two parts: outer and inner, with index = outer * size(inner) + inner.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from matcalc.algebra import mul
from matcalc.algebra.node import Expr, const, elimination, is_zero, operator, split_product, unit
from matcalc.algebra.normal_form.blocks.partitions import column_bounds, picking, row_bounds, steps
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Dim, times
from matcalc.errors import NotDifferentiable
from matcalc.reading.templates import instance, opened
from matcalc.scalars import S


class Label:
    """An index: its size, and its identity."""

    __slots__ = ("size",)

    def __init__(self, size: Dim) -> None:
        self.size = size


Factor = tuple[Expr, "Label | None", "Label | None"]


class Term(NamedTuple):
    """A product of scalars and labelled factors; `deltas` identify labels, `splits` name the parts of fused ones."""

    scalars: tuple[Expr, ...] = ()
    factors: tuple[Factor, ...] = ()
    deltas: tuple[tuple[Label, Label], ...] = ()
    splits: tuple[tuple[Label, Label, Label], ...] = ()

    def times(self, other: Term) -> Term:
        if self is UNIT:
            return other
        return self if other is UNIT else Term(
            self.scalars + other.scalars, self.factors + other.factors, self.deltas + other.deltas, self.splits + other.splits
        )


UNIT: Final = Term()
OPENED: Final = 2


def label(size: Dim) -> Label | None:
    """A new label for an axis of this size; an axis of length 1 needs none."""
    return None if size is ONE else Label(size)


def lower(e: Expr, i: Label | None, j: Label | None, depth: int = OPENED) -> list[Term]:
    """The entry e[i, j] as terms.

    What holds the increment is opened all the way, since it occurs linearly; anything else only `depth` levels of
    products, so that lowering one node of a large DAG does not walk the DAG.
    """
    if not e.has_increment and (e.is_scalar or depth == 0):
        return [_atom(e, i, j)]
    handler = LOWERED.get(e.op)
    if handler is not None:
        return handler(e, i, j, depth)
    if not e.has_increment:
        return [_atom(e, i, j)]
    meant = opened(e)
    return _lower_operator(e, i, j, depth) if meant is None else lower(meant, i, j, depth)


def _atom(e: Expr, i: Label | None, j: Label | None) -> Term:
    return Term((e,)) if e.is_scalar else Term((), ((e, i, j),))


def product(groups: list[list[Term]]) -> list[Term]:
    """The product of sums of terms, multiplied out."""
    out = [UNIT]
    for terms in groups:
        out = [a.times(b) for a in out for b in terms]
    return out


def _lower_mul(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    c, scalars, mats = split_product(e)
    outside = mul(const(c), *(s for s in scalars if not s.has_increment))
    groups = [[UNIT if outside.op == "const" and outside.data is S.One else Term((outside,))]]
    groups += [lower(s, None, None, depth) for s in scalars if s.has_increment]
    return product(groups + _chain(mats, i, j, depth))


def _chain(mats: tuple[Expr, ...], i: Label | None, j: Label | None, depth: int) -> list[list[Term]]:
    groups: list[list[Term]] = []
    left = i
    for k, f in enumerate(mats):
        right = j if k == len(mats) - 1 else label(f.shape[1])
        groups.append(lower(f, left, right, depth - 1))
        left = right
    return groups


def _lower_inner(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    return product(_chain(e.args, None, None, depth))


def _lower_add(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    if not e.has_increment and not any(_is_fused(t) for t in e.args):
        return [_atom(e, i, j)]
    return [t for a in e.args for t in lower(a, i, j, depth)]


def _is_fused(e: Expr) -> bool:
    """Whether an axis of the expression splits into parts: such a sum is multiplied out, or its parts stay hidden."""
    return e.op in ("kron", "vec", "comm") or e.op in ("mul", "T", "had") and any(a.op in ("kron", "vec", "comm") for a in e.args)


def _lower_transpose(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    return lower(e.args[0], j, i, depth)


def _lower_eye(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    assert i is not None and j is not None
    return [Term((), (), ((i, j),))]


def _lower_ones(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    return [UNIT]


def _lower_zeros(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    return []


def _lower_diag(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    assert i is not None and j is not None
    same = Term((), (), ((i, j),))
    return [same.times(t) for t in lower(e.args[0], i, None, depth)]


def _lower_diagv(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    return lower(e.args[0], i, i, depth)


def _lower_had(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    return product([lower(a, i, j, depth - 1) for a in e.args])


def _lower_trace(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    k = label(e.args[0].shape[0])
    return lower(e.args[0], k, k, depth)


def _lower_sum(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    a = e.args[0]
    return lower(a, label(a.shape[0]), label(a.shape[1]), depth)


def _lower_entry(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    a = e.args[0]
    k, m = label(a.shape[0]), label(a.shape[1])
    pins = [(unit(at, lab.size), lab, None) for at, lab in zip(e.data, (k, m), strict=True) if lab is not None]
    return [Term((), tuple(pins)).times(t) for t in lower(a, k, m, depth)]


def _lower_array(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    if not e.has_increment:
        return [_atom(e, i, j)]
    terms = []
    for at, a in enumerate(e.args):
        row, column = divmod(at, e.data[1])
        pins = [(unit(k + 1, lab.size), lab, None) for k, lab in ((row, i), (column, j)) if lab is not None]
        if a.has_increment:
            terms += [Term((), tuple(pins)).times(t) for t in lower(a, None, None, depth)]
    return terms


def _lower_block(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    """The blocks, each in its place by columns of the identity."""
    if not e.has_increment:
        return [_atom(e, i, j)]
    rows, along = steps(row_bounds(e) or ()), steps(column_bounds(e) or ())
    terms = []
    for at, a in enumerate(e.args):
        if not is_zero(a):
            row, column = divmod(at, e.data[1])
            place, k = _placed(i, rows[row]) if rows else (UNIT, i)
            beside, m = _placed(j, along[column]) if along else (UNIT, j)
            terms += [place.times(beside).times(t) for t in lower(a, k, m, depth)]
    return terms


def _placed(whole: Label | None, at: tuple[Dim, Dim]) -> tuple[Term, Label | None]:
    """Columns of the identity from an axis to that of a block, and the label of the latter."""
    assert whole is not None
    chosen = picking(*at, whole.size)
    inner = label(chosen.shape[1])
    return Term((), ((chosen, whole, inner),)), inner


def _split(whole: Label | None, outer: Dim, inner: Dim) -> tuple[tuple[tuple[Label, Label, Label], ...], Label | None, Label | None]:
    """The split of a fused label into parts; an axis of length 1 takes no part."""
    if whole is None:
        return (), None, None
    if outer is ONE:
        return (), None, whole
    if inner is ONE:
        return (), whole, None
    parts = (Label(outer), Label(inner))
    return ((whole, *parts),), *parts


def _lower_kron(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    a, b = e.args
    rows, i1, i2 = _split(i, a.shape[0], b.shape[0])
    columns, j1, j2 = _split(j, a.shape[1], b.shape[1])
    fused = Term((), (), (), rows + columns)
    return product([[fused], lower(a, i1, j1, depth), lower(b, i2, j2, depth)])


def _lower_vec(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    a = e.args[0]
    splits, outer, inner = _split(i, a.shape[1], a.shape[0])
    return [Term((), (), (), splits).times(t) for t in lower(a, inner, outer, depth)]


def _lower_vech(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    """L(n) vec(A)."""
    if not e.has_increment:
        return [_atom(e, i, j)]
    n = e.args[0].shape[0]
    stacked = label(times(n, n))
    splits, outer, inner = _split(stacked, n, n)
    return [Term((), ((elimination(n), i, stacked),), (), splits).times(t) for t in lower(e.args[0], inner, outer, depth)]


def _lower_comm(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    m, n = e.data
    rows, row_m, row_n = _split(i, m, n)
    columns, column_n, column_m = _split(j, n, m)
    assert row_m and row_n and column_m and column_n
    return [Term((), (), ((row_m, column_m), (row_n, column_n)), rows + columns)]


def _lower_operator(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    """A linear operator applied to the increment, f(A, E) with E in its last operand: J[(j,i),(l,k)] E[k,l]."""
    rule = rulebook.find(e.op)
    *fixed, moving = e.args or (e,)
    if rule is None or not rule.adjoint or any(a.has_increment for a in fixed):
        return [_atom(e, i, j)]
    k, m = label(moving.shape[0]), label(moving.shape[1])
    rows, split_rows = stacked((i, j))
    columns, split_columns = stacked((k, m))
    # A column in and a column out leave no axes to fuse, so that nothing would apply the operator.
    plain = bool(rule.jacobian) and not split_rows and not split_columns
    whole = instance(rule, "jacobian", e.args) if plain else operator(e.op, fixed, e.shape, moving.shape)
    factor = Term((whole,)) if whole.is_scalar else Term((), ((whole, rows, columns),), (), split_rows + split_columns)
    return [factor.times(t) for t in lower(moving, k, m, depth)]


def stacked(at: tuple[Label | None, Label | None]) -> tuple[Label | None, tuple[tuple[Label, Label, Label], ...]]:
    """The label of vec of an array with these axes, and how it splits into them."""
    row, column = at
    if row is None or column is None:
        return row or column, ()
    whole = Label(times(row.size, column.size))
    return whole, ((whole, column, row),)


def _lower_nonlinear(e: Expr, i: Label | None, j: Label | None, depth: int) -> list[Term]:
    if e.has_increment:
        raise NotDifferentiable(f"the differential of {e.op} is not linear in its increment")
    return [_atom(e, i, j)]


LOWERED: Final = {
    "mul": _lower_mul,
    "inner": _lower_inner,
    "add": _lower_add,
    "T": _lower_transpose,
    "eye": _lower_eye,
    "ones": _lower_ones,
    "zeros": _lower_zeros,
    "diag": _lower_diag,
    "diagv": _lower_diagv,
    "had": _lower_had,
    "tr": _lower_trace,
    "sum": _lower_sum,
    "entry": _lower_entry,
    "array": _lower_array,
    "block": _lower_block,
    "kron": _lower_kron,
    "vec": _lower_vec,
    "vech": _lower_vech,
    "comm": _lower_comm,
    "epow": _lower_nonlinear,
    "pow": _lower_nonlinear,
}

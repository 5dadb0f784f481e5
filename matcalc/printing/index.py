"""The index form of an answer: A[i,k]*B[l,j]*delta[i,l]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from matcalc.algebra import fun, mul, transpose
from matcalc.algebra.entries import Fused, IndexTerm
from matcalc.algebra.node import Expr, const, unit
from matcalc.book.sizes import ONE
from matcalc.printing.constants import constant, dimension
from matcalc.printing.forms import Form, Signed, joined, name, number, quotient, signed_sum, unsigned
from matcalc.printing.notations.printer import Printer
from matcalc.printing.spelling import present, present_factors

T = TypeVar("T")
Increments = Mapping[Expr, Form]
NONE: Final[Increments] = {}
# What is printed as a delta, or not at all.
NO_ENTRIES: Final = frozenset({"eye", "operator", "ones", "columns"})


def printed(terms: Sequence[IndexTerm], printer: Printer, increments: Increments = NONE) -> str:
    """The terms in a notation."""
    form, parts = shown(terms, increments)
    return printer.with_parts(form, parts)


def shown(terms: Sequence[IndexTerm], increments: Increments = NONE) -> tuple[Form, tuple[tuple[str, Form], ...]]:
    """The terms as a form, for any notation, and the named parts that it is written with.

    `increments` says how symbols that stand for differentials are written.
    """
    parts: list[tuple[str, Form]] = []
    common, rest = _factored(terms) if len(terms) > 1 and not (increments or any(t.summed for t in terms)) else (IndexTerm(const(1)), terms)
    form = unsigned(signed_sum([_term(t, parts, increments) for t in rest])) if terms else number(0)
    if common.factors or common.deltas:
        entries = [_entries(e, labels, parts) for e, labels in common.factors]
        form = joined("product", [*entries, *(Form("delta", (), pair, 6) for pair in common.deltas), form])
    return form, tuple(parts)


def _factored(terms: Sequence[IndexTerm]) -> tuple[IndexTerm, Sequence[IndexTerm]]:
    """The entries and deltas that all terms have as factors, and the terms without them: s[i]*(delta[i,j] - s[j])."""
    first, *others = terms
    factors = tuple(f for f in _plain_factors(first) if all(f in _plain_factors(t) for t in others))
    deltas = tuple(d for d in first.deltas if all(d in t.deltas for t in others))
    common = IndexTerm(const(1), factors, deltas)
    return common, [replace(t, factors=_less(t.factors, factors), deltas=_less(t.deltas, deltas)) for t in terms]


def _less(whole: Sequence[T], without: Sequence[T]) -> tuple[T, ...]:
    return tuple(e for e in whole if e not in without)


def _plain_factors(t: IndexTerm) -> list[tuple[Expr, tuple[str, ...]]]:
    """The factors of a term that stand in it once and that no sum is over."""
    return [f for f in t.factors if t.factors.count(f) == 1 and f[0].op not in NO_ENTRIES and not set(f[1]) & set(t.summed)]


def _term(term: IndexTerm, parts: list[tuple[str, Form]], increments: Increments) -> Signed:
    """What is not summed comes first, then the sums over the factors that have their labels."""
    minus, above, below = present_factors(term.coefficient)
    applied_ = [_applied(term, e, labels) for e, labels in term.factors if e.op == "operator"]
    term = _without(term, {label for _, _, fused in applied_ for label in fused if not _stands_elsewhere(term, label)})
    factors = [(e, labels) for e, labels in term.factors if not _is_plain_one(e, labels, term.summed)]
    at_length = _of_untold_length(term)
    entries = [_moving(e, labels, increments) or _entries(e, labels, parts, (e, labels) in at_length) for e, labels in factors]
    deltas = [Form("delta", (), pair, 6) for pair in term.deltas]
    labelled = [*zip(entries, (labels for _, labels in factors), strict=True), *zip(deltas, term.deltas, strict=True)]
    labelled += [(_entries(e, at, parts), (*at, *moving)) for e, (at, moving), _ in applied_]
    labelled += [(_compared(f), (f.whole, f.outer, f.inner)) for f in term.fused]
    free = [form for form, labels in labelled if not set(labels) & set(term.summed)]
    bound = [form for form, labels in labelled if set(labels) & set(term.summed)]
    sums = [_summed(bound, term.summed)] if bound else []
    return minus, quotient([*above, *free, *sums], below)


def _of_untold_length(term: IndexTerm) -> list[tuple[Expr, tuple[str, ...]]]:
    """Columns of the identity that are written as an array, since nothing else says how far a sum over their label goes.

    delta[r,s] says that s has as many values as r, but the columns may be the first few; of the last few, delta[r,s + k] says it.
    """
    spans = {(e, labels): _span(e, labels) for e, labels in term.factors}
    told = {at for pair in term.deltas for at in pair} | {at for f in term.fused for at in (f.whole, f.outer, f.inner)}
    for (_, labels), span in spans.items():
        told |= {at for at in labels if span is None or at != span[1] or span[0].data[1] == span[0].shape[0]}
    found: dict[str, tuple[Expr, tuple[str, ...]]] = {}
    for factor, span in spans.items():
        if span is not None and span[1] in term.summed and span[1] not in told:
            found.setdefault(span[1], factor)
    return list(found.values())


def _span(e: Expr, labels: tuple[str, ...]) -> tuple[Expr, str] | None:
    """Columns of the identity, or their transpose, as columns with the label that counts them."""
    at, inner = (0, e.args[0]) if e.op == "T" else (1, e)
    return (inner, labels[at]) if inner.op == "columns" and len(labels) == 2 else None


def _applied(term: IndexTerm, e: Expr, labels: Sequence[str]) -> tuple[Expr, tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]]:
    """A linear operator of a unit matrix, f(A, e_k e_l^T), with the labels of its entry, those of the unit matrix, and the fused ones."""
    name, _, argument = e.data
    fused = {f.whole: (f.inner, f.outer) for f in term.fused}
    (at, moving) = (fused.get(label, (label,)) for label in labels)
    letters = iter(moving)
    column, row = (ONE if d is ONE else unit(next(letters), d) for d in argument)
    direction = mul(*(e for e in (column, transpose(row) if row is not ONE else ONE) if e is not ONE))
    return fun(name, *e.args, direction), (at, moving), tuple(label for label in labels if label in fused)


def _stands_elsewhere(term: IndexTerm, label: str) -> bool:
    """Whether more than operators, whose entries have the labels of its parts, has a fused label."""
    factors = (labels for e, labels in term.factors if e.op != "operator")
    return any(label in labels for labels in (*factors, *term.deltas, *((f.outer, f.inner) for f in term.fused)))


def _without(term: IndexTerm, fused: set[str]) -> IndexTerm:
    """The term without its operators and their fused labels."""
    if all(e.op != "operator" for e, _ in term.factors):
        return term
    factors = tuple((e, labels) for e, labels in term.factors if e.op != "operator")
    summed = tuple(label for label in term.summed if label not in fused)
    return IndexTerm(term.coefficient, factors, term.deltas, summed, tuple(f for f in term.fused if f.whole not in fused))


def _is_plain_one(e: Expr, labels: Iterable[str], summed: Iterable[str]) -> bool:
    """A factor of ones only matters where its label is summed over."""
    return e.op == "ones" and not set(labels) & set(summed)


def _moving(e: Expr, labels: tuple[str, ...], increments: Increments) -> Form | None:
    """An entry of an increment, dX[i,j], or an increment that is a number."""
    base, at = (e.args[0], labels[::-1]) if e.op == "T" else (e, labels)
    if base not in increments:
        return None
    form = increments[base]
    return Form("indexed", (form,), at, form.cost + 2 * len(at) + 1) if at else form


def _entries(e: Expr, labels: tuple[str, ...], parts: list[tuple[str, Form]], at_length: bool = False) -> Form:
    """An entry of an array; that of a transpose is the array's with its labels swapped. Its named parts join the others."""
    if e.op == "eye":
        return Form("delta", (), labels, 6)
    if not at_length and (span := _span(e, labels)) is not None:
        return _shifted(labels if span[0] is e else labels[::-1], span[0])
    spelled = present(e, [label for label, _ in parts])
    parts += spelled.parts
    base = spelled.form
    if base.kind == "transpose":
        base, labels = base.parts[0], labels[::-1]
    return Form("indexed", (base,), labels, base.cost + 2 * len(labels) + 1)


def _shifted(labels: Sequence[str], e: Expr) -> Form:
    """delta[i,j + 1]: a column of the identity that is counted from another one on."""
    i, j = (name(label) for label in labels)
    minus, first = constant(e.data[0] - 1)
    place = signed_sum([(False, j), (minus, first)])[1] if e.data[0] != 1 else j
    return Form("fused_delta", (i, place), tuple(labels), place.cost + 5)


def _compared(fused: Fused) -> Form:
    """delta[i,j + m*(k - 1)]: whether a label is the one that its parts make."""
    before = signed_sum([(False, name(fused.outer)), (True, number(1))])[1]
    made = signed_sum([(False, name(fused.inner)), (False, joined("product", [dimension(fused.inner_size), before]))])[1]
    return Form("fused_delta", (name(fused.whole), made), None, made.cost + 5)


def _summed(factors: Sequence[Form], labels: Sequence[str]) -> Form:
    form = joined("product", factors)
    for label in reversed(labels):
        form = Form("summation", (form,), label, form.cost + 3)
    return form

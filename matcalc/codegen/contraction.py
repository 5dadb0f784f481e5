"""A derivative in index form as array operations: each term a coefficient times one einsum, or several where it has many indices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from string import ascii_letters
from typing import Final

from matcalc.algebra.entries import Fused, IndexTerm
from matcalc.algebra.node import split_product
from matcalc.book.sizes import ONE, Dim, axes, times
from matcalc.codegen.arrays import Arrays, Node
from matcalc.codegen.folding import folded
from matcalc.codegen.planning import Planner
from matcalc.scalars import S

Placed = tuple[tuple[str, ...], Node]
# The indices that einsum knows.
LETTERS: Final = ascii_letters


def contracted(terms: Sequence[IndexTerm], labels: Sequence[str], dims: Sequence[Dim]) -> Node:
    """A sum of products of entries; `labels` names the axes of the value that are no single entry, `dims` are the sizes of all axes."""
    terms = [replace(t, coefficient=folded(t.coefficient), factors=tuple((folded(f), at) for f, at in t.factors)) for t in terms]
    planner = Planner([e for t in terms for e in (t.coefficient, *(f for f, _ in t.factors))])
    known = dict(zip(labels, [d for d in dims if d is not ONE], strict=True))
    if not terms:
        return planner.arrays.full(planner.arrays.number(S.Zero), tuple(known[label] for label in labels))
    return planner.arrays.sum([_term(planner, t, labels, known) for t in terms])


def _term(planner: Planner, term: IndexTerm, labels: Sequence[str], known: Mapping[str, Dim]) -> Node:
    """A term as its coefficient times an einsum."""
    sizes = _label_sizes(term, known)
    arrays = planner.arrays
    given: list[Placed] = [(at, planner.value(factor)) for factor, at in term.factors]
    given += [(pair, arrays.eye(sizes[pair[0]])) for pair in term.deltas]
    given += [((f.whole, f.outer, f.inner), _fused_eye(arrays, f)) for f in term.fused]
    present = {label for at, _ in given for label in at}
    given += [((label,), arrays.full(arrays.number(S.One), (sizes[label],))) for label in labels if label not in present]
    c, scalars, _ = split_product(term.coefficient)
    body = [_einsum(arrays, _few(arrays, given, labels, sizes), labels, sizes)] if given else []
    return arrays.product(c, [*(planner.value(s) for s in scalars), *body])


def _fused_eye(arrays: Arrays, fused: Fused) -> Node:
    """The array that is 1 where a label is the one that its parts make."""
    whole = times(fused.outer_size, fused.inner_size)
    return arrays.reshape(arrays.eye(whole), (whole, fused.outer_size, fused.inner_size))


def _label_sizes(term: IndexTerm, known: Mapping[str, Dim]) -> dict[str, Dim]:
    """The size of every label, from the axes, the factors, the first labels of deltas, and what fused labels are made of."""
    sizes = dict(known)
    for factor, at in term.factors:
        sizes.update(zip(at, axes(factor.shape), strict=True))
    for a, b in term.deltas:
        sizes.setdefault(b, sizes[a])
    for f in term.fused:
        sizes |= {f.whole: times(f.outer_size, f.inner_size), f.outer: f.outer_size, f.inner: f.inner_size}
    return sizes


def _few(arrays: Arrays, given: Sequence[Placed], out: Sequence[str], sizes: Mapping[str, Dim]) -> Sequence[Placed]:
    """Factors that have no more labels together than einsum has letters: sums that leave the smallest arrays are made before."""
    while len(labels := dict.fromkeys(label for at, _ in given for label in at)) > len(LETTERS):
        left = {label: _beside(given, label) for label in labels if label not in out}
        first = min(left, key=lambda label: len(left[label]))
        met = [f for f in given if first in f[0]]
        made = left[first], _einsum(arrays, met, left[first], sizes)
        given = [made if f is met[0] else f for f in given if f is met[0] or first not in f[0]]
    return given


def _beside(given: Sequence[Placed], label: str) -> tuple[str, ...]:
    """The other labels of the factors that have this one."""
    return tuple(dict.fromkeys(other for at, _ in given if label in at for other in at if other != label))


def _einsum(arrays: Arrays, given: Sequence[Placed], out: Sequence[str], sizes: Mapping[str, Dim]) -> Node:
    if len(given) == 1 and list(given[0][0]) == list(out):
        return given[0][1]
    letters = _letters([label for at, _ in given for label in at])
    inputs = ",".join("".join(letters[label] for label in at) for at, _ in given)
    spec = f"{inputs}->{''.join(letters[label] for label in out)}"
    return arrays.node("einsum", tuple(a for _, a in given), spec, tuple(sizes[label] for label in out))


def _letters(labels: Iterable[str]) -> Mapping[str, str]:
    """A letter for each label: its own where it has one."""
    unique = dict.fromkeys(labels)
    own = {label for label in unique if len(label) == 1 and label.isascii()}
    spare = iter(letter for letter in LETTERS if letter not in own)
    return {label: label if label in own else next(spare) for label in unique}

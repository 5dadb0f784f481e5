"""The meaning of index terms, by np.einsum alone: deltas are identity matrices, a split label is a 0/1 array of three axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matcalc.algebra.node import Expr, Symbol, sym
from matcalc.book.sizes import ONE, dim
from matcalc.index.lower import Label, Term
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.numbers.sampling.random_points import sample
from matcalc.numbers.sampling.sizes import size_of

Array = Any
SIZES = {"m": 3, "n": 4, "p": 2, "q": 5, "k": 6}
SHAPES = {
    "A": "m n", "B": "n p", "C": "m p", "X": "m n", "Y": "n n", "Z": "n n", "M": "m m", "W": "p q",
    "x": "n", "y": "n", "u": "m", "v": "p", "w": "q", "r": "1 n", "s": "1 m", "c": "", "t": "",
}  # fmt: skip


def variable(name: str, shape: str, properties: Sequence[str] = ()) -> Expr:
    """A variable from a declared shape: `m n`, `n`, `1 n`, or nothing for a scalar."""
    dims = shape.split()
    rows, columns = ([dim(d) for d in dims] + [ONE, ONE])[:2]
    return sym(name, (rows, columns), len(dims), properties)


VARIABLES = {name: variable(name, shape) for name, shape in SHAPES.items()}


def sampled(variables: Sequence[Expr], manner: str = "normal", seed: int = 3) -> dict[str, Array]:
    """A random value for each variable."""
    rng = np.random.default_rng(seed)
    return {v.data.name: sample(v, SIZES, manner, rng) for v in variables}


def symbols(e: Expr) -> list[Expr]:
    """Every variable of an expression once, in order of appearance."""
    found = [e] if isinstance(e.data, Symbol) else [s for a in e.args for s in symbols(a)]
    return list(dict.fromkeys(found))


def joined(whole: int, outer: int, inner: int) -> Array:
    """The array with 1 where a fused index is made of its parts, and 0 elsewhere."""
    assert whole == outer * inner
    return np.eye(whole).reshape(whole, outer, inner)


def contract(terms: Sequence[Term], free: Sequence[Label], values: Mapping[str, Array]) -> Array:
    """The sum of the terms, over every label but the free ones, as an array with the free labels as axes."""
    total = np.zeros([size_of(lab.size, SIZES) for lab in free])
    for term in terms:
        total = total + _term(term, free, values)
    return total


def _term(term: Term, free: Sequence[Label], values: Mapping[str, Array]) -> Array:
    operands: list[tuple[Array, list[Label]]] = [(np.ones(size_of(lab.size, SIZES)), [lab]) for lab in free]
    for e, i, j in term.factors:
        array = as_matrix(e, evaluate([e], values, SIZES)[0])
        assert (i is None) == (e.shape[0] is ONE), "an axis of length 1 has no label, every other has one"
        assert (j is None) == (e.shape[1] is ONE), "an axis of length 1 has no label, every other has one"
        labels = [lab for lab in (i, j) if lab is not None]
        operands.append((array.reshape([size_of(lab.size, SIZES) for lab in labels]), labels))
    operands += [(np.eye(size_of(a.size, SIZES), size_of(b.size, SIZES)), [a, b]) for a, b in term.deltas]
    for split in term.splits:
        operands.append((joined(*(size_of(lab.size, SIZES) for lab in split)), list(split)))
    axis: dict[Label, int] = {}
    for _, labels in operands:
        for lab in labels:
            axis.setdefault(lab, len(axis))
    flat: list[Any] = []
    for array, labels in operands:
        flat += [array, [axis[lab] for lab in labels]]
    scale = float(np.prod([evaluate([s], values, SIZES)[0] for s in term.scalars]))
    if not operands:
        return np.asarray(scale)
    return scale * np.einsum(*flat, [axis[lab] for lab in free], optimize="greedy")


def entries(e: Expr, values: Mapping[str, Array]) -> Array:
    """The value of an expression with the axes that count."""
    return np.asarray(evaluate([e], values, SIZES)[0])

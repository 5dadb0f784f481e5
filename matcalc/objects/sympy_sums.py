"""Sums of entries, as SymPy writes them, read as contractions of whole arrays.

A sum over every entry of what acts entry by entry is 1^T f(A) 1. Any other sum of products is given to SymPy's own recognition of
matrix products, and its answer is taken only where it has the value of the sum at a random point.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import numpy as np
import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.printing.sympy_source.nodes import explicit

Node = Any
TOLERANCE: Final = 1e-8


def entrywise_body(node: Node) -> tuple[Node, dict[Node, Node]] | None:
    """The summand with a letter for each array, and the arrays, if all entries are at the place (i), (i,j) that the sum runs over.

    None where an entry is elsewhere, or the sum does not run over whole axes.
    """
    indices = [i for i, _, _ in node.limits]
    ends = {i: high + 1 for i, low, high in node.limits if low == 0}
    arrays: dict[Node, Node] = {}
    for element in sorted(node.function.atoms(MatrixElement), key=sympy.default_sort_key):
        array = _array(element, indices)
        if array is None or tuple(ends.get(i) for i in indices) != array.shape[: len(indices)]:
            return None
        arrays[element] = array
    letters = {element: sympy.Dummy() for element in arrays}
    body = node.function.xreplace(letters)
    if not arrays or len(ends) != len(indices) or body.has(*indices, sympy.Sum, sympy.MatrixExpr):
        return None
    return body, {letters[element]: array for element, array in arrays.items()}


def _array(element: Node, indices: Sequence[Node]) -> Node | None:
    """The array of which this is the entry at the indices; a column for one index."""
    parent, at = element.parent, (element.i, element.j)
    if len(indices) == 2:
        return parent if at == tuple(indices) else parent.T if at == tuple(reversed(indices)) else None
    if len(indices) == 1 and at in ((indices[0], 0), (0, indices[0])):
        line = parent if at[1] == 0 else parent.T
        return line if line.shape[1] == 1 else None
    return None


def as_matrices(node: Node) -> Node | None:
    """A sum of products as products of matrices; None where SymPy recognises none, or one of another value."""
    try:
        found = sympy.MatrixExpr.from_index_summation(node)
    except Exception:  # noqa: BLE001 - what SymPy cannot recognise ends in errors of many kinds
        return None
    if found.has(sympy.Sum) or getattr(found, "shape", (1, 1)) != (1, 1):
        return None
    return found if _agree(node, found) else None


def _agree(node: Node, found: Node) -> bool:
    """Whether two numbers are one at a random point whose sizes are all different."""
    rng = np.random.default_rng(7)
    symbols = sorted(node.free_symbols | found.free_symbols, key=str)
    sizes = dict(zip(sorted({d for s in symbols for d in _dimensions(s)}, key=str), count(2), strict=False))
    values: dict[Node, Any] = dict(sizes)
    for s in symbols:
        if isinstance(s, sympy.MatrixSymbol):
            values[s] = rng.uniform(0.5, 1.5, size=tuple(int(d.subs(sizes)) for d in s.shape))
        elif s not in sizes:
            values[s] = float(rng.uniform(0.5, 1.5))
    try:
        one, other = (_number(explicit(e, values)) for e in (node, found))
    except (TypeError, ValueError, IndexError):
        return False
    return abs(one - other) <= TOLERANCE * (1 + abs(one))


def _dimensions(symbol: Node) -> Sequence[Node]:
    return [d for size in symbol.shape for d in size.free_symbols] if isinstance(symbol, sympy.MatrixSymbol) else []


def _number(value: Node) -> float:
    return float(value[0, 0] if hasattr(value, "shape") else value)

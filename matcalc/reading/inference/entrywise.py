"""Where a function acts on every entry of a square matrix though books may mean the function of the matrix: exp for expm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.reading.grammar.syntax import Bars, Binary, Call, Listing, Negation
from matcalc.reading.inference.steps import Typed
from matcalc.reading.inference.unify import find, is_scalar

_OF_SQUARE: Final = frozenset({"tr", "det", "logdet", "inv", "adj"})
_ALIASES: Final = {"ln": "log"}
_CALLED: Final = re.compile(r"\\?(?:(?:operatorname|mathrm)\s*\{)?(?:\w+\.)*(\w+)\}?\s*(?:\\(?:left|[bB]igg?l?)(?![a-z])\s*)?[(\[{]")


def entrywise_notes(typed: Typed) -> Iterator[str]:
    """What is said of functions that stand in a trace or a determinant, or have a product of matrices inside."""
    suspects = [i for i in range(len(typed.steps)) if _is_of_entries(typed, i)]
    if not suspects:
        return
    inside = _in_traces(typed)
    for i in suspects:
        if i in inside or any(_is_product(typed, k) for k in typed.steps[i].operands):
            name = _called(typed, i)
            yield f"{name} acts on every entry; {name}m is the function of the matrix"


def _called(typed: Typed, i: int) -> str:
    """The name that a call is written with."""
    found = _CALLED.match(typed.source, typed.steps[i].node.span[0])
    return _ALIASES.get(found[1], found[1]) if found else ""


def _is_of_entries(typed: Typed, i: int) -> bool:
    """Whether a step is an elementwise function of a square matrix that has a matrix function beside it."""
    step = typed.steps[i]
    if not isinstance(step.node, (Call, Binary)) or is_scalar(step.shape) or find(step.shape[0]) is not find(step.shape[1]):
        return False
    name = _called(typed, i)
    beside = rulebook.find(f"{name}m") if name else None
    return beside is not None and beside.kind == "matrix function"


def _in_traces(typed: Typed) -> set[int]:
    """The steps that are in the argument of a trace or a determinant, other calls between left out."""
    inside: set[int] = set()
    for i in range(len(typed.steps) - 1, -1, -1):
        node = typed.steps[i].node
        starts = isinstance(node, Call) and node.name in _OF_SQUARE or isinstance(node, Bars) and not node.double
        if starts or i in inside and isinstance(node, (Binary, Listing, Negation)):
            inside.update(typed.steps[i].operands)
    return inside


def _is_product(typed: Typed, i: int) -> bool:
    """Whether a step is a product of at least two arrays."""
    step = typed.steps[i]
    while isinstance(step.node, Listing) and len(step.operands) == 1:
        step = typed.steps[step.operands[0]]
    is_matrix = isinstance(step.node, Binary) and step.node.op in ("multiply", "matmul")
    return is_matrix and sum(not is_scalar(typed.steps[k].shape) for k in step.operands) > 1

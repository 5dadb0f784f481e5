"""Where a function acts on every entry of a square matrix though books may mean the function of the matrix: exp for expm."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.book.rules import per_book
from matcalc.patterns import late
from matcalc.reading.grammar.syntax import Bars, Binary, Call, Listing, Negation, Parsed
from matcalc.reading.inference.steps import Typed
from matcalc.reading.inference.unify import Terms, find, is_one, is_scalar

_OF_SQUARE: Final = frozenset({"tr", "det", "logdet", "inv", "adj"})
_ALIASES: Final = {"ln": "log"}
_CALLED: Final = late(r"\\?(?:(?:operatorname|mathrm)\s*\{)?(?:\w+\.)*(\w+)\}?\s*(?:\\(?:left|[bB]igg?l?)(?![a-z])\s*)?[(\[{]")


def may_be_entrywise(parsed: Parsed) -> bool:
    """Whether a tree holds a call or a power that can be such a function."""
    names = _beside_matrix_functions()
    return any(c.name in names or c.name in _ALIASES for c in parsed.calls) or any(p.op == "epow" for p in parsed.powers)


def entrywise_notes(typed: Typed, told: Collection[str]) -> Iterator[str]:
    """What is said of functions that stand in a trace or a determinant, have a product of matrices inside, or are written as LaTeX.

    `told` are the sizes that declarations name.
    """
    suspects = [i for i in range(len(typed.steps)) if _is_of_entries(typed, i, told)]
    if not suspects:
        return
    inside = _in_traces(typed)
    for i in suspects:
        if i in inside or _is_latex(typed, i) or any(_is_product(typed, k) for k in typed.steps[i].operands):
            name = _called(typed, i)
            yield f"{name} acts on every entry; {name}m is the function of the matrix"


def _called(typed: Typed, i: int) -> str:
    """The name that a call is written with."""
    node = typed.steps[i].node
    found = _CALLED().match(typed.source, node.span[0])
    name = found[1] if found else node.name if isinstance(node, Call) else ""
    return _ALIASES.get(name, name)


def _is_of_entries(typed: Typed, i: int, told: Collection[str]) -> bool:
    """Whether a step is an elementwise function of a matrix, which may be square, that has a matrix function beside it."""
    step = typed.steps[i]
    if isinstance(step.node, Call):
        name = _ALIASES.get(step.node.name, step.node.name)
    else:
        name = _called(typed, i) if isinstance(step.node, Binary) and step.node.op == "epow" else ""
    return name in _beside_matrix_functions() and _may_be_square(step.shape, told if _is_latex(typed, i) else None)


def _is_latex(typed: Typed, i: int) -> bool:
    """Whether a call is written as books write it, with a backslash."""
    return typed.source.startswith("\\", typed.steps[i].node.span[0])


def _may_be_square(shape: Terms, told: Collection[str] | None) -> bool:
    """Whether an array is a square matrix, or one of which no declaration, where any counts, tells that it is none."""
    rows, columns = map(find, shape)
    if is_one(rows) or is_one(columns):
        return False
    return rows is columns or told is not None and not all(str(d) in told or str(d).isdigit() for d in (rows, columns))


@per_book
def _beside_matrix_functions() -> frozenset[str]:
    """The names without their m that are those of matrix functions with it: exp for expm."""
    rules = map(rulebook.find, rulebook.names())
    return frozenset(r.name[:-1] for r in rules if r is not None and r.kind == "matrix function" and r.name[-1] == "m")


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

"""What the rules of shapes share while a tree is walked: its steps so far, the scope, and how to refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from matcalc.book.sizes import show
from matcalc.errors import MatcalcError, ShapeError, Span
from matcalc.reading.inference.scope import Scope
from matcalc.reading.inference.steps import Step, shortened, text_of
from matcalc.reading.inference.unify import Term, Terms, resolve


class Context:
    """The trees of one request, which share their variables; `defined` has the shapes of the definitions before this tree."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.defined: dict[str, Terms] = {}
        self.sized_by_context: list[tuple[Terms, Step, str]] = []
        self.sized_by_zeros: list[tuple[Term, Sequence[Term], Step, str]] = []
        self.source = ""
        self.numpy = False
        self.steps: list[Step] = []

    def fail(self, message: str, span: Span, hint: str | None = None, error: type[MatcalcError] = ShapeError) -> NoReturn:
        raise error(message, span, self.source, hint)

    def show(self, shape: Terms) -> str:
        """A shape for a message; dimensions that are still free get their names now."""
        self.scope.name_dimensions()
        rows, columns = (resolve(t) for t in shape)
        if rows is not None and columns is not None:
            return show((rows, columns))
        return f"{'?' if rows is None else rows} x {'?' if columns is None else columns}"

    def text(self, i: int) -> str:
        return text_of(self.steps[i].node, self.source)

    def left_text(self, step: Step, k: int) -> str:
        """What stands left of the k-th operator of a sum or product."""
        return shortened(self.source[step.ops[k].left.span[0] : step.ops[k].left.span[1]])

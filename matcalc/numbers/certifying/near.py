"""Expressions evaluated at one point and near it, where some of the variables move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matcalc.numbers.evaluate import Context, Program, Unknowns

Value = Any


class Near:
    """A program around a point without jitter: what depends on no variable that moves is evaluated once."""

    def __init__(self, program: Program, values: Mapping[str, Value], sizes: Mapping[str, int], unknowns: Unknowns) -> None:
        self.program = program
        self.values = values
        self._context = Context(values, sizes, unknowns)
        self.done = program.run(self._context)
        self._moving: tuple[frozenset[str], list[int]] = (frozenset(), [])

    def results(self, moved: Mapping[str, Value]) -> list[Value]:
        """The values of the expressions where some variables have other values."""
        names, done = frozenset(moved), self.done
        if names:
            if names != self._moving[0]:
                self._moving = names, self.program.moving(names)
            context, done, steps = self._context, done.copy(), self.program.steps
            context.values = {**self.values, **moved}
            for k in self._moving[1]:
                handler, e, slots = steps[k]
                done[k] = handler(e, [done[i] for i in slots], context)
        return [done[i] for i in self.program.results]

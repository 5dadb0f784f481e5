"""Expressions evaluated at one point and near it, where some of the variables move."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from matcalc.numbers.evaluate import Context, Program, Step, Unknowns

Value = Any


class Near:
    """A program around a point without jitter: what depends on no variable that moves is evaluated once."""

    def __init__(self, program: Program, values: Mapping[str, Value], sizes: Mapping[str, int], unknowns: Unknowns) -> None:
        self.program = program
        self.values = values
        self._context = Context(values, sizes, unknowns)
        self.done = program.run(self._context)
        self._moved: AbstractSet[str] = frozenset()
        self._moving: list[tuple[int, Step]] = []

    def results(self, moved: Mapping[str, Value]) -> list[Value]:
        """The values of the expressions where some variables have other values."""
        done = self.done
        if moved:
            if self._moved != moved.keys():
                self._moved = frozenset(moved)
                self._moving = [(k, self.program.steps[k]) for k in self.program.moving(self._moved)]
            context, done = self._context, done.copy()
            context.values = {**self.values, **moved}
            for k, (handler, e, slots) in self._moving:
                done[k] = handler(e, [done[i] for i in slots], context)
        return [done[i] for i in self.program.results]

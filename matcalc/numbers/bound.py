"""A program at one point in which only some of the variables still move: what holds none of them is evaluated once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from matcalc.numbers.evaluate import Context, Program, Unknowns, Value


class Bound:
    """The values of the expressions of a program as functions of the variables that are named `moving`."""

    def __init__(
        self, program: Program, moving: Collection[str], values: Mapping[str, Value], sizes: Mapping[str, int], unknowns: Unknowns
    ) -> None:
        """`values` holds the others, and one value of each that moves, of the type that it keeps."""
        self.context, self.values, self.results = Context(values, sizes, unknowns), values, program.results
        moved: set[int] = set()
        self.done: list[Value] = []
        self.steps = []
        with np.errstate(all="ignore"):
            for k, (handler, e, slots) in enumerate(program.steps):
                if e.op == "sym" and e.data.name in moving or not moved.isdisjoint(slots):
                    moved.add(k)
                    self.steps.append((k, handler, e, slots))
                self.done.append(None if k in moved else handler(e, [self.done[i] for i in slots], self.context))

    def __call__(self, moved: Mapping[str, Value]) -> list[Value]:
        """The values where the variables that move have these."""
        done = list(self.done)
        self.context.values = {**self.values, **moved}
        with np.errstate(all="ignore"):
            for k, handler, e, slots in self.steps:
                done[k] = handler(e, [done[i] for i in slots], self.context)
        return [done[i] for i in self.results]

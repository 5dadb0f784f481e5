"""How many steps a request may take, a node asked for or a factor looked at: what bounds its time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from matcalc.errors import LimitError


class _Budget:
    """The steps that are left; a thread or task that has set no limit has none."""

    __slots__ = ("allowed", "left")

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.left: float = allowed


_budget: Final[ContextVar[_Budget | None]] = ContextVar("budget", default=None)


def spend(steps: int = 1) -> None:
    """Count steps; LimitError once there are none left."""
    budget = _budget.get()
    if budget is None:
        return
    budget.left -= steps
    if budget.left < 0:
        # What tells the user of it may take steps again.
        budget.left = math.inf
        told = f"the derivative takes too many steps: more than {budget.allowed} parts were built or looked at"
        raise LimitError(told, hint="differentiate a part of it at a time")


@contextmanager
def limited(steps: int) -> Iterator[None]:
    """Within it, LimitError is raised once this many steps have been taken, or the stack is exhausted."""
    token = _budget.set(_Budget(steps))
    try:
        yield
    except RecursionError:
        raise LimitError("the expression is nested too deeply", hint="name its parts with 'where'") from None
    finally:
        _budget.reset(token)

"""A wrong formula beside the true one, and a cause that was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from matcalc.algebra.node import Expr
from matcalc.answers.causes.samples import Samples
from matcalc.numbers.sampling.random_points import Point

Array = Any


@dataclass(frozen=True)
class Cause:
    """A mistake by its kind, told in a sentence; `mended` is the formula without it."""

    kind: str
    told: str
    mended: Expr | None = None


@dataclass(frozen=True)
class Case:
    """A claimed formula, the true one where it is an expression, and the function and variables that it is about.

    `variables` have the properties with which they are sampled; `array` has the true numbers where there is no expression.
    `written` is the function as it was written, with nothing simplified.
    """

    claim: Expr
    truth: Expr | None
    function: Expr
    by: Sequence[Expr]
    variables: Sequence[Expr]
    array: Callable[[Point], Array] | None = None
    written: Expr | None = None
    samples: Samples = field(init=False)

    def __post_init__(self) -> None:
        shown = [self.claim, *([] if self.truth is None else [self.truth])]
        object.__setattr__(self, "samples", Samples(self.variables, [self.function, *shown]))

    @property
    def fits(self) -> bool:
        """Whether claim and truth are of one shape."""
        return self.truth is not None and self.truth.shape == self.claim.shape

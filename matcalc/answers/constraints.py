"""What a request says of where its variable may move: its own structure in a reading, or a manifold.

What is not served is refused here, with what to do instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from matcalc.book.choices import READINGS, Choices
from matcalc.errors import UsageError
from matcalc.records import dataclass

WORDS: Final[Mapping[str, str]] = {
    "ball": "sphere", "unit": "sphere", "rotation": "orthogonal", "so": "orthogonal", "subspace": "grassmann", "pd": "spd",
}  # fmt: skip


@dataclass(frozen=True)
class Constraint:
    """`structured`, `reading` and `manifold` of a request."""

    structured: bool = False
    reading: str | None = None
    manifold: str | None = None

    def __bool__(self) -> bool:
        return self.structured or self.manifold is not None

    @property
    def told(self) -> dict[str, str]:
        """The manifold, or the reading of a structured variable, as the fields of an answer."""
        if self.manifold is not None:
            return {"manifold": self.manifold}
        return {"reading": self.reading or READINGS.default} if self.structured else {}

    def check(self, form: str, vec_order: str, other: str) -> None:
        """Raises UsageError for choices that do not go together; `other` names what else is asked for, or is empty."""
        if self.reading is not None:
            READINGS.check(self.reading)
        if self.manifold is not None:
            from matcalc.book.spaces import manifolds  # few requests have one

            Choices("manifold", tuple(manifolds()), "", WORDS).check(self.manifold)
            if self.structured or self.reading is not None:
                what = "structured" if self.structured else "reading"
                told = f"{what!r} is of a linear space, and manifold={self.manifold!r} is another constraint"
                raise UsageError(told, hint=f"leave out {what!r}")
        elif self.reading is not None and not self.structured:
            raise UsageError(f"the reading {self.reading!r} is one of a structured variable", hint="ask for 'structured' too")
        if not self:
            return
        what = "a derivative on a manifold" if self.manifold else "a derivative by a structured variable"
        if form == "differential" or other:
            raise UsageError(f"{what} is not offered with {other or 'the differential form'}", hint="leave one of them out")
        if vec_order != "column":
            raise UsageError(f"{what} is offered with the columns stacked only", hint="leave out vec_order")


FREE: Final = Constraint()

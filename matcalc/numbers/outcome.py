"""What a check came to, as data; the checking itself stands in `certifying`, with the arrays that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from matcalc.records import dataclass

CHECKED: Final = "checked"
UNCHECKED: Final = "unchecked"
NOT_NEEDED: Final = "not needed"
QUOTIENTS: Final = "finite differences"
MAX_TOLD: Final = 60


@dataclass(frozen=True)
class Certificate:
    """What was checked: the points, the sizes that the dimension names had there, the largest relative error and the method.

    `status` is "checked", "unchecked", with the reason why, or "not needed" where the variable does not occur in the function.
    """

    status: str
    points: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)
    error: float = 0.0
    method: str = QUOTIENTS
    reason: str = ""

    def __str__(self) -> str:
        if self.status != CHECKED:
            return f"{self.status}: {self.reason}"
        sizes = ", ".join(f"{name} as {size}" if name.isdigit() else f"{name}={size}" for name, size in self.sizes.items())
        if len(sizes) > MAX_TOLD:
            sizes = f"{len(self.sizes)} sizes from {min(self.sizes.values())} to {max(self.sizes.values())}"
        points = f"{self.points} points" if self.points > 1 else ""
        error = f"error {self.error:.0e}" if self.error else "error 0"
        return "checked: " + ", ".join(part for part in (points, sizes, error) if part)

    def to_dict(self) -> dict[str, Any]:
        """The certificate as plain data."""
        error = float(f"{self.error:.1e}")
        told = {"status": self.status, "points": self.points, "sizes": dict(self.sizes), "error": error, "method": self.method}
        return told | ({"reason": self.reason} if self.reason else {})


def not_needed() -> Certificate:
    """The certificate of a function in which the variable does not occur as it was written."""
    return Certificate(NOT_NEEDED, method="", reason="the variable does not occur in the function")


def weakest(certificates: Sequence[Certificate]) -> Certificate:
    """The certificate of what rests on several checks: an unchecked one, else that with the largest error."""
    return min(certificates, key=lambda c: (c.status != UNCHECKED, c.status != CHECKED, -c.error))

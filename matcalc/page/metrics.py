"""What the server counts of itself, as Prometheus reads it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES: Final = {
    "requests": "Requests by call and status.",
    "errors": "Calls without an answer, by the kind of their error.",
    "seconds": "Seconds that calls took, by lane.",
    "answers": "Calls that were answered, by lane.",
    "aborted": "Calls whose client went away.",
    "replaced": "Workers that were lost and replaced.",
}
PAGE: Final = 4096


class Metrics:
    """Counters with labels, and gauges that are looked up when they are asked for."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[tuple[tuple[str, str], ...]]] = {name: Counter() for name in NAMES}

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count something."""
        self.counts[name][tuple(labels.items())] += amount  # type: ignore[assignment]

    def text(self, gauges: Mapping[str, float]) -> str:
        """All of it."""
        lines = []
        for name, counter in self.counts.items():
            lines += [f"# HELP matcalc_{name}_total {NAMES[name]}", f"# TYPE matcalc_{name}_total counter"]
            lines += [f"matcalc_{name}_total{_labels(labels)} {amount:g}" for labels, amount in counter.items()]
        for name, value in gauges.items():
            lines += [f"# TYPE matcalc_{name} gauge", f"matcalc_{name} {value:g}"]
        return "\n".join([*lines, ""])


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    told = ",".join(f'{name}="{value}"' for name, value in labels)
    return f"{{{told}}}" if told else ""


def resident(pid: int) -> int:
    """The bytes of memory that a process holds; 0 where that cannot be told."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, ValueError):
        return 0

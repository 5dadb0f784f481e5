"""Warm times of one question against those of certified derivations, in the same run."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matcalc import MatcalcError, derive

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "corpus" / "sample.jsonl"
Case = dict[str, Any]


def cases(file: str | Path) -> list[Case]:
    """The cases of a file of JSON lines."""
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]


def named_cases() -> list[Case]:
    """The cases of the files that the command line names."""
    return [case for name in sys.argv[1:] for case in cases(name)]


def compared(what: str, calls: Sequence[Callable[[], object]], target: float) -> int:
    """Prints the ratio of the medians; 1 where it is above the target."""
    base = median([_derivation(case) for case in cases(SAMPLE)])
    found = median(calls)
    print(f"a derivation {base * 1e3:8.2f} ms, {what} {found * 1e3:8.2f} ms: {found / base:.2f} times, at most {target:g}")
    return int(found > target * base)


def median(calls: Sequence[Callable[[], object]]) -> float:
    """The median time of the calls that are answered."""
    return statistics.median(t for t in map(timed, calls) if t is not None)


def timed(call: Callable[[], object]) -> float | None:
    """Seconds of CPU; None where the request is refused."""
    start = time.process_time()
    try:
        call()
    except MatcalcError:
        return None
    return time.process_time() - start


def _derivation(case: Case) -> Callable[[], object]:
    asked = {key: case[key] for key in ("order", "wrt2", "attrs", "layout") if case.get(key)}
    return lambda: derive(case["expr"], wrt=case["wrt"], variables=case.get("vars"), **asked)

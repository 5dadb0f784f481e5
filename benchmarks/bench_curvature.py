"""How long `curvature()` takes in a warm process, its attack by chords included, against a certified derivation in the same run.

usage: python benchmarks/bench_curvature.py [CASES.jsonl ...]     (without a file: the functions of tests/convexity)
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matcalc import MatcalcError, curvature, derive

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "corpus" / "sample.jsonl"
WARM_UP = ("sum(exp(A*x))", "x^T*A*x", "log(1 + x^T*x)")
TARGET = 10.0


def timed(call: Callable[[], object]) -> float | None:
    """Seconds; None where the request is refused."""
    start = time.perf_counter()
    try:
        call()
    except MatcalcError:
        return None
    return time.perf_counter() - start


def median(calls: list[Callable[[], object]]) -> float:
    """The median time of the calls that are answered."""
    return statistics.median(t for t in map(timed, calls) if t is not None)


def derivation(case: dict[str, Any]) -> Callable[[], object]:
    asked = {key: case[key] for key in ("order", "wrt2", "attrs", "layout") if case.get(key)}
    return lambda: derive(case["expr"], wrt=case["wrt"], variables=case.get("vars"), **asked)


def judgement(case: dict[str, Any]) -> Callable[[], object]:
    return lambda: curvature(case["expr"], case["wrt"], variables=case["vars"], attrs=case.get("attrs"), domain=case.get("domain", ()))


def functions() -> list[dict[str, Any]]:
    """The cases of the files that are named, else those of the tests."""
    if sys.argv[1:]:
        return [json.loads(line) for name in sys.argv[1:] for line in Path(name).read_text(encoding="utf-8").splitlines() if line.strip()]
    sys.path.insert(0, str(ROOT / "tests" / "convexity"))
    from test_verdicts import CASES

    return [{"expr": f, "wrt": wrt, "vars": variables, "domain": domain} for f, wrt, variables, domain, *_ in CASES]


def main() -> int:
    for text in WARM_UP:
        curvature(text, "x")
        derive(text, wrt="x")
    requests = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]
    base = median([derivation(case) for case in requests])
    found = median([judgement(case) for case in functions()])
    print(f"a derivation {base * 1e3:8.2f} ms, a verdict {found * 1e3:8.2f} ms: {found / base:.2f} times, at most {TARGET:g}")
    return int(found > TARGET * base)


if __name__ == "__main__":
    sys.exit(main())

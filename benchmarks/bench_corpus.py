"""How long `derive()` takes for textbook cases in a warm process, certificate included.

usage: python benchmarks/bench_corpus.py [CASES.jsonl ...]     (without a file: tests/corpus/sample.jsonl)
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from matcalc import MatcalcError, derive

SAMPLE = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "sample.jsonl"
WARM_UP = ("d tr(W x)/dW", "d logdet(X)/dX", "d^2 (x^T A x)/dx^2", "d (A X B)/dX", "d sum(exp(A*x))/dx")
TARGET = 0.010


def main() -> None:
    """Times every case once and prints the distribution."""
    for request in WARM_UP:
        derive(request)
    files = [Path(name) for name in sys.argv[1:]] or [SAMPLE]
    cases = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    timed = sorted(filter(None, map(timing, cases)), reverse=True)
    seconds = [t for t, _ in timed]
    median, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    print(f"{len(timed)} of {len(cases)} cases derived")
    print(f"median {median * 1e3:8.2f} ms   {median / TARGET:6.2f} x the target of {TARGET * 1e3:g} ms")
    print(f"p95    {p95 * 1e3:8.2f} ms   {p95 / median:6.2f} x the median")
    for took, name in timed[:5]:
        print(f"slow   {took * 1e3:8.2f} ms   {name}")


def timing(case: dict[str, Any]) -> tuple[float, str] | None:
    """The seconds of one case; None where it is refused. No case is timed twice, so nothing of it is remembered."""
    asked = {key: case[key] for key in ("order", "wrt2", "attrs", "layout") if case.get(key)}
    start = time.perf_counter()
    try:
        derive(case["expr"], wrt=case["wrt"], variables=case.get("vars"), **asked)
    except MatcalcError:
        return None
    return time.perf_counter() - start, case["id"]


if __name__ == "__main__":
    main()

"""How long `solve()` takes in a warm process, its proof by numbers included, against a certified derivation in the same run.

usage: python benchmarks/bench_solve.py [PROBLEMS.jsonl ...]     (without a file: the problems of tests/stationary)
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matcalc import MatcalcError, derive, solve

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "corpus" / "sample.jsonl"
WARM_UP = ("argmin_w ||X*w - y||^2", "argmax_v v^T*v s.t. a^T*v = 1", "argmin_x sum(exp(x)) - sum(x)")
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


def solution(case: dict[str, Any]) -> Callable[[], object]:
    return lambda: solve(case["problem"], variables=case["vars"], attrs=case.get("attrs"))


def problems() -> list[dict[str, Any]]:
    """The problems of the files that are named, else those of the tests."""
    if sys.argv[1:]:
        return [json.loads(line) for name in sys.argv[1:] for line in Path(name).read_text(encoding="utf-8").splitlines() if line.strip()]
    sys.path.insert(0, str(ROOT / "tests" / "stationary"))
    from test_solutions import PROBLEMS

    return [{"problem": problem, "vars": declared} for problem, declared, *_ in PROBLEMS]


def main() -> int:
    for text in WARM_UP:
        timed(lambda text=text: solve(text))  # type: ignore[misc]
    derive("tr(A*X)", wrt="X")
    requests = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]
    base = median([derivation(case) for case in requests])
    found = median([solution(case) for case in problems()])
    print(f"a derivation {base * 1e3:8.2f} ms, a solution {found * 1e3:8.2f} ms: {found / base:.2f} times, at most {TARGET:g}")
    return int(found > TARGET * base)


if __name__ == "__main__":
    sys.exit(main())

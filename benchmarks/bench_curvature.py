"""How long `curvature()` takes in a warm process, its attack by chords included, against a certified derivation in the same run.

usage: python benchmarks/bench_curvature.py [CASES.jsonl ...]     (without a file: the functions of tests/convexity)
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from beside_derivations import ROOT, Case, compared, named_cases

from matcalc import curvature, derive

WARM_UP = ("sum(exp(A*x))", "x^T*A*x", "log(1 + x^T*x)")
TARGET = 10.0


def judgement(case: Case) -> Callable[[], object]:
    return lambda: curvature(case["expr"], case["wrt"], variables=case["vars"], attrs=case.get("attrs"), domain=case.get("domain", ()))


def functions() -> list[Case]:
    """The cases of the files that are named, else those of the tests."""
    if sys.argv[1:]:
        return named_cases()
    sys.path.insert(0, str(ROOT / "tests" / "convexity"))
    from test_verdicts import CASES

    return [{"expr": f, "wrt": wrt, "vars": variables, "domain": domain} for f, wrt, variables, domain, *_ in CASES]


def main() -> int:
    for text in WARM_UP:
        curvature(text, "x")
        derive(text, wrt="x")
    return compared("a verdict", [judgement(case) for case in functions()], TARGET)


if __name__ == "__main__":
    sys.exit(main())

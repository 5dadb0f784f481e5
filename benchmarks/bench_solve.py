"""How long `solve()` takes in a warm process, its proof by numbers included, against a certified derivation in the same run.

usage: python benchmarks/bench_solve.py [PROBLEMS.jsonl ...]     (without a file: the problems of tests/stationary)
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from beside_derivations import ROOT, Case, compared, named_cases, timed

from matcalc import derive, solve

WARM_UP = ("argmin_w ||X*w - y||^2", "argmax_v v^T*v s.t. a^T*v = 1", "argmin_x sum(exp(x)) - sum(x)")
TARGET = 10.0


def solution(case: Case) -> Callable[[], object]:
    return lambda: solve(case["problem"], variables=case["vars"], attrs=case.get("attrs"))


def problems() -> list[Case]:
    """The problems of the files that are named, else those of the tests."""
    if sys.argv[1:]:
        return named_cases()
    sys.path.insert(0, str(ROOT / "tests" / "stationary"))
    from test_solutions import PROBLEMS

    return [{"problem": problem, "vars": declared} for problem, declared, *_ in PROBLEMS]


def main() -> int:
    for text in WARM_UP:
        timed(lambda text=text: solve(text))  # type: ignore[misc]
    derive("tr(A*X)", wrt="X")
    return compared("a solution", [solution(case) for case in problems()], TARGET)


if __name__ == "__main__":
    sys.exit(main())

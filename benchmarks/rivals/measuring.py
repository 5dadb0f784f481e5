"""Times and memory of calls: CPU time of one core, in turn, the best of several rounds.

`on_one_core` has to run before a library of arrays is loaded.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any, Final

ROUNDS: Final = 9
LEAST: Final = 0.004
BUDGET: Final = 1.0
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
LARGEST_KEPT: Final = 2**30
THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def on_one_core() -> None:
    """Libraries that are loaded from now on compute on one core."""
    if "numpy" in sys.modules:
        raise RuntimeError("NumPy is loaded already, with as many threads as it likes")
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """The C library hands freed memory out again: whether it asks the system for pages at a call is chance, and costs up to a half."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for option in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD):
            libc.mallopt(option, LARGEST_KEPT)


def fastest(
    calls: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS, budget: float = BUDGET, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """The least time of each call, all called in turn; a call stops when it has taken the budget, short ones are repeated.

    Every other round goes backwards: what comes after a call of another library is slower by up to a third, whatever it is.
    """
    best = dict.fromkeys(calls, float("inf"))
    spent = dict.fromkeys(calls, 0.0)
    for k in range(rounds):
        for name, call in list(calls.items())[:: -1 if k % 2 else 1]:
            if spent[name] <= budget:
                took, each = _timed(call, clock)
                best[name] = min(best[name], each)
                spent[name] += took
    return best


def _timed(call: Callable[[], Any], clock: Callable[[], float]) -> tuple[float, float]:
    """(the time taken in all, the time of one call)."""
    start = clock()
    call()
    once = clock() - start
    if once >= LEAST:
        return once, once
    times = min(50, int(LEAST / max(once, 1e-6)))
    start = clock()
    for _ in range(times):
        call()
    more = clock() - start
    return once + more, min(once, more / times)


def peak(call: Callable[[], Any]) -> int:
    """The bytes that a call has at once, its result included, as far as Python is told of them."""
    gc.collect()
    tracemalloc.start()
    result = call()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del result
    return found

"""Generated PyTorch and JAX code with its arrays on a device: is the result there, is it right, and how fast is it?

The functions are those of `bench_code.py` at their largest size, in double precision. A result has to lie where the arguments lie and to
agree with the library's own derivative. A ratio is the wall time of that derivative (`torch.func`, `jax.jit` of JAX's) over ours, the
device waited for: above 1 generated code is ahead. Exit status 1 where a result is elsewhere or wrong.

usage: python benchmarks/devices.py [--device cuda|cpu] [--libraries torch,jax] [--minutes 4] [--only WORDS] [--quick]
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rivals.problems import Problem

TOLERANCE: Final = 1e-8
ROUNDS: Final = 7
BUDGET: Final = 0.15


def main() -> None:
    """Measures one library after the other until the time is over, and tells what failed."""
    asked = arguments()
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    # The search for the fastest kernels takes longer than all else here.
    os.environ.setdefault("XLA_FLAGS", "--xla_gpu_autotune_level=0")
    warnings.simplefilter("ignore")
    from rivals.problems import PROBLEMS

    problems = [p for p in PROBLEMS if all(word in p.name for word in asked.only.split())]
    libraries = asked.libraries.split(",")
    end = time.monotonic() + 60 * asked.minutes
    failed = 0
    for k, library in enumerate(libraries):
        until = time.monotonic() + (end - time.monotonic()) / (len(libraries) - k)
        failed += measured(library, device(library, asked.device), problems, until, asked.quick)
    sys.exit(1 if failed else 0)


def arguments() -> Any:
    """What the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    asked.add_argument("--libraries", default="torch,jax")
    asked.add_argument("--minutes", type=float, default=4.0)
    asked.add_argument("--only", default="", help="only problems in whose names all these words stand")
    asked.add_argument("--quick", action="store_true", help="the smallest size of each problem")
    return asked.parse_args()


def device(library: str, asked: str) -> Any:
    """The device as the library calls it; the library in double precision."""
    if library == "torch":
        import torch

        print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name() if asked == 'cuda' else 'cpu'}")
        return asked
    import jax

    jax.config.update("jax_enable_x64", True)
    found = jax.devices(asked)[0]
    print(f"JAX {jax.__version__} on {found.device_kind}")
    return found


def measured(library: str, where: Any, problems: list[Problem], until: float, quick: bool) -> int:
    """Prints a line a problem and a summary; the number of results that are elsewhere, wrong or missing."""
    ratios: dict[str, list[float]] = {}
    failed, done = 0, 0
    for problem in problems:
        if time.monotonic() > until:
            break
        n = problem.sizes[0 if quick else -1]
        try:
            ratio, error, elsewhere = one(library, where, problem, n)
        except (RuntimeError, TypeError, ValueError) as raised:
            failed, done = failed + 1, done + 1
            print(f"{library} {problem.name}, n = {n}: {type(raised).__name__}: {str(raised).splitlines()[0][:150]}", flush=True)
            continue
        wrong = not error < TOLERANCE
        failed, done = failed + (wrong or elsewhere), done + 1
        ratios.setdefault(problem.give, []).append(ratio)
        told = ", the result is on another device" * elsewhere + f", differs by {error:.0e}" * wrong
        print(f"{library} {problem.name}, n = {n}: {ratio:.2f}, error {error:.0e}{told}", flush=True)
    for give, found in ratios.items():
        mean = math.exp(sum(map(math.log, found)) / len(found))
        print(f"{library} {give}: mean {mean:.2f}, median {sorted(found)[len(found) // 2]:.2f}, least {min(found):.2f}, of {len(found)}")
    print(f"{library}: {done} of {len(problems)} functions, {failed} elsewhere, wrong or without a result\n", flush=True)
    return failed


def one(library: str, where: Any, problem: Problem, n: int) -> tuple[float, float, bool]:
    """(their time over ours, the relative difference, whether the result is on another device) of one problem."""
    from rivals.contestants import Contestants, difference, generated
    from rivals.measuring import fastest

    made = Contestants(problem, generated(problem, [library]), n)
    getattr(made, library)(where)
    contest, own = made.contest, f"{library}'s own"
    elsewhere = any(not is_there(a, where) for a in arrays_of(contest.calls[library]()))
    error = difference(contest.results[library](), contest.results[own]())
    seconds = fastest(contest.calls, ROUNDS, BUDGET, time.perf_counter)
    return seconds[own] / seconds[library], error, elsewhere


def arrays_of(result: Any) -> Iterator[Any]:
    """The arrays that a function returned."""
    for part in result.values() if isinstance(result, dict) else result if isinstance(result, tuple) else ():
        yield from arrays_of(part)
    if not isinstance(result, dict | tuple):
        yield result


def is_there(a: Any, where: Any) -> bool:
    """Whether an array is on a device."""
    return bool(a.device.type == where if isinstance(where, str) else a.devices() == {where})


if __name__ == "__main__":
    main()

"""Generated code against NumPy by hand, JAX, PyTorch and CasADi: ratios of CPU time on one core, in turn, in one run.

A ratio is a rival's time over ours for the same library: above 1 generated code is ahead. By hand is over our NumPy, JAX is `jax.jit` of
its derivative over our JAX under `jax.jit`, PyTorch is `torch.func` over our PyTorch, CasADi its derivative as compiled C, which
works on NumPy's memory, over our NumPy, up to n = 200. Memory is a person's NumPy, and XLA's for JAX's derivative, over ours. The last
column is the largest relative difference of our results from JAX's derivative, or from NumPy by hand where JAX is not installed.

usage: python benchmarks/bench_code.py [--only WORDS] [--give derivative,value_and_derivative,hvp] [--quick] [--rounds N]
                                       [--without jax,torch,casadi]
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from rivals.problems import Problem

LIBRARIES: Final = ("jax", "torch", "casadi")
LARGEST_COMPILED: Final = 200
# The rival, ours, the goal of the geometric mean and of the least ratio: of derivatives, of values with gradients, of products.
RATIOS: Final = {
    "by hand": ("by hand", "numpy", {"derivative": (0.95, 0.8)}),
    "JAX": ("jax's own", "jax", {"derivative": (1.1, 0.85), "value_and_derivative": (1.0, 0.0), "hvp": (1.1, 0.0)}),
    "PyTorch": ("torch's own", "torch", {"derivative": (1.2, 0.95)}),
    "CasADi": ("casadi", "numpy", {}),
    "JAX/np": ("jax's own", "numpy", {}),
}
MEMORY: Final = {"by hand": ("by hand", "numpy"), "JAX": ("jax's own", "jax")}


class Row(NamedTuple):
    """What was measured on a problem at one size."""

    problem: Problem
    n: int
    ratios: dict[str, float]
    memory: dict[str, float]
    error: float


def main() -> None:
    """Measures, prints a row a problem and size, then the means and the least ratios."""
    asked = arguments()
    installed = [name for name in LIBRARIES if name not in asked.without.split(",") and find_spec(name)]
    for name in LIBRARIES:
        if name not in installed:
            print(f"{name} is left out or not installed", file=sys.stderr)
    from rivals.measuring import on_one_core

    on_one_core()
    warnings.simplefilter("ignore")
    wide(installed)
    from rivals.problems import PROBLEMS

    print("| problem | n | " + " | ".join([*RATIOS, *(f"memory {name}" for name in MEMORY), "difference"]) + " |")
    print("| --- |" + " ---: |" * (len(RATIOS) + len(MEMORY) + 2))
    rows = []
    for problem in PROBLEMS:
        if problem.give in asked.give.split(",") and all(word in problem.name for word in asked.only.split()):
            rows += list(measured(problem, installed, asked))
    summary(rows)


def arguments() -> Any:
    """What the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", default="", help="only problems in whose names all these words stand")
    asked.add_argument("--give", default="derivative,value_and_derivative,hvp")
    asked.add_argument("--quick", action="store_true", help="only the smallest size of each problem")
    asked.add_argument("--rounds", type=int, default=9)
    asked.add_argument("--without", default="", help="libraries to leave out")
    return asked.parse_args()


def wide(installed: list[str]) -> None:
    """Double precision and one thread in the libraries that there are."""
    if "jax" in installed:
        import jax

        jax.config.update("jax_enable_x64", True)
    if "torch" in installed:
        import torch

        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)


def measured(problem: Problem, installed: list[str], asked: Any) -> list[Row]:
    """The rows of a problem, each printed."""
    from rivals.contestants import generated

    code = generated(problem, ["numpy", *(name for name in installed if name != "casadi")])
    rows = []
    for n in problem.sizes[:1] if asked.quick else problem.sizes[1:] + problem.sizes[:1] * ("casadi" in installed):
        rows.append(row(problem, code, n, installed, asked.rounds))
        found = [*(rows[-1].ratios.get(name) for name in RATIOS), *(rows[-1].memory.get(name) for name in MEMORY)]
        told = " | ".join("-" if r is None else f"{r:.2f}" for r in found)
        print(f"| {problem.name} | {n} | {told} | {rows[-1].error:.0e} |", flush=True)
    return rows


def row(problem: Problem, code: Any, n: int, installed: list[str], rounds: int) -> Row:
    """One problem at one size."""
    from rivals.contestants import Contestants, difference
    from rivals.measuring import fastest

    made = Contestants(problem, code, n)
    made.numpy()
    for name in ("jax", "torch"):
        if name in installed:
            getattr(made, name)()
    contest = made.contest
    results = {name: told() for name, told in contest.results.items()}
    wanted = results.get("jax's own", results.get("by hand", results["numpy"]))
    with tempfile.TemporaryDirectory() as folder:
        if "casadi" in installed and n <= LARGEST_COMPILED:
            compiled(made, wanted, Path(folder))
        seconds = fastest(contest.calls, rounds)
    memory = {name: told() for name, told in contest.memory.items()}
    return Row(
        problem,
        n,
        {name: seconds[a] / seconds[b] for name, (a, b, _) in RATIOS.items() if a in seconds and b in seconds},
        {name: memory[a] / max(1, memory[b]) for name, (a, b) in MEMORY.items() if a in memory and b in memory},
        max(difference(found, wanted) for name, found in results.items() if name in ("numpy", "jax", "torch")),
    )


def compiled(made: Any, wanted: list[Any], folder: Path) -> None:
    """Enters CasADi where it has the function, and says where it has not."""
    from rivals.compiled import compiled, shaped
    from rivals.contestants import difference

    try:
        call = compiled(made.problem, made.arrays, folder)
        error = difference(shaped(call(), wanted), wanted)
    except (RuntimeError, NotImplementedError, subprocess.CalledProcessError) as failed:
        print(f"CasADi has no {made.problem.name}: {str(failed).splitlines()[0][:90]}", file=sys.stderr)
        return
    if error > 1e-6:
        print(f"CasADi differs by {error:.0e} in {made.problem.name}", file=sys.stderr)
        return
    made.contest.calls["casadi"] = call


def summary(rows: list[Row]) -> None:
    """The geometric mean, the median and the least of each kind of ratio, beside the goals; small sizes are CasADi's alone."""
    for give in dict.fromkeys(r.problem.give for r in rows):
        for name, (_, _, goals) in RATIOS.items():
            mine = [r for r in rows if r.problem.give == give and name in r.ratios]
            large = [r for r in mine if r.n > r.problem.sizes[0]] if name != "CasADi" else []
            found = sorted((r.ratios[name], f"{r.problem.name}, n = {r.n}") for r in large or mine)
            if found:
                mean = math.exp(sum(math.log(r) for r, _ in found) / len(found))
                goal = f"; goal {goals[give][0]}, none below {goals[give][1]}" if give in goals else ""
                middle, (least, where) = found[len(found) // 2][0], found[0]
                print(f"{give}, {name}: mean {mean:.2f}, median {middle:.2f}, least {least:.2f} ({where}){goal}")
    if rows:
        print(f"largest difference {max(r.error for r in rows):.0e}")


if __name__ == "__main__":
    main()

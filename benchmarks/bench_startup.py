"""How long the command `derive` takes from the shell, against `python -c "import sympy"`.

Both run with compiled bytecode, which an installation of SymPy has anyway, also where the environment forbids writing it.

usage: python benchmarks/bench_startup.py [RUNS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

REQUEST = "d tr(W x) / dW"
TARGET = 1.5
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    """Alternates the commands, so that a busy machine slows them alike, and compares medians and best times."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import sympy": [sys.executable, "-c", "import sympy"],
        "derive": [*derive_command(), REQUEST],
        "derive --help": [*derive_command(), "--help"],
    }
    for command in commands.values():
        seconds(command)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(seconds(command))
    median = {name: statistics.median(t) for name, t in times.items()}
    best = {name: min(t) for name, t in times.items()}
    print(f"{'command':<16} {'median':>9} {'best':>9}   ratio to import sympy (median, best)")
    for name in commands:
        ratios = f"{median[name] / median['import sympy']:.2f}  {best[name] / best['import sympy']:.2f}"
        print(f"{name:<16} {median[name] * 1e3:6.0f} ms {best[name] * 1e3:6.0f} ms   {ratios}")
    print(f"target: derive at most {TARGET} times import sympy")


def derive_command() -> list[str]:
    """The installed command beside this interpreter, or the module where it is not installed."""
    script = Path(sys.executable).parent / "derive"
    return [str(script)] if script.exists() else [sys.executable, "-m", "matcalc", "derive"]


def seconds(command: list[str]) -> float:
    """The wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=ENVIRONMENT)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

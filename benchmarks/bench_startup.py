"""How much CPU time the command `derive` takes from the shell, against `python -c "import sympy"`.

Both run with compiled bytecode, which an installation of SymPy has anyway, also where the environment forbids writing it.

usage: python benchmarks/bench_startup.py [RUNS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

REQUEST = "d tr(W x) / dW"
TARGET = 0.45
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    """Alternates the commands, so that a busy machine slows them alike, and compares medians and best times."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import sympy": [sys.executable, "-c", "import sympy"],
        "from matcalc import derive": [sys.executable, "-c", "from matcalc import derive"],
        "derive": [*derive_command(), REQUEST],
        "derive --to numpy": [*derive_command(), REQUEST, "--to", "numpy"],
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
    print(f"{'command':<28} {'median':>9} {'best':>9}   ratio to import sympy (median, best)")
    for name in commands:
        ratios = f"{median[name] / median['import sympy']:.2f}  {best[name] / best['import sympy']:.2f}"
        print(f"{name:<28} {median[name] * 1e3:6.0f} ms {best[name] * 1e3:6.0f} ms   {ratios}")
    print(f"target: derive at most {TARGET} times import sympy")


def derive_command() -> list[str]:
    """The installed command beside this interpreter, or the module where it is not installed."""
    script = Path(sys.executable).parent / "derive"
    return [str(script)] if script.exists() else [sys.executable, "-m", "matcalc", "derive"]


def seconds(command: list[str]) -> float:
    """The CPU time of one run, which other programs disturb less than the time on the wall."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

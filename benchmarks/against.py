"""CPU time of this checkout against another one, in one run: the median case of a corpus in a warm process, and the start of the command.

Both start from compiled modules, as an installed engine does.

usage: python benchmarks/against.py OTHER-CHECKOUT [CASES.jsonl ...] [--rounds N] [--reading]   (without a file: tests/corpus/sample.jsonl)

With --reading only the reading is timed: of every case as it is declared, and with nothing declared.

Both are run in turn, so that what slows the machine slows both. The ratio is this checkout over the other.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SAMPLE: Final = ROOT / "tests" / "corpus" / "sample.jsonl"
REQUEST: Final = "d tr(W x) / dW"
TIMER: Final = """
import json, sys, time
from matcalc import MatcalcError, derive
for request in ("d tr(W x)/dW", "d logdet(X)/dX", "d^2 (x^T A x)/dx^2", "d (A X B)/dX", "d sum(exp(A*x))/dx"):
    derive(request)
out = {}
for file in sys.argv[1:]:
    for line in open(file, encoding="utf-8"):
        if line.strip():
            case = json.loads(line)
            asked = {key: case[key] for key in ("order", "wrt2", "attrs", "layout") if case.get(key)}
            start = time.process_time()
            try:
                derive(case["expr"], wrt=case["wrt"], variables=case.get("vars"), **asked)
            except MatcalcError:
                continue
            out[case["id"]] = time.process_time() - start
print(json.dumps(out))
"""

READER: Final = """
import json, sys, time
from pathlib import Path
import matcalc
from matcalc import MatcalcError
if (Path(matcalc.__path__[0]) / "reading").exists():
    from matcalc.reading.request import read_request
else:
    from matcalc.request import read_request
cases = [json.loads(line) for file in sys.argv[1:] for line in open(file, encoding="utf-8") if line.strip()]
cases = [case for case in cases if "expr" in case and "wrt" in case]
out = {}
for round in range(3):
    for case in cases:
        for declared in (True, False):
            asked = {"variables": case.get("vars"), "attrs": case.get("attrs")} if declared else {}
            start = time.process_time()
            try:
                read_request(case["expr"], wrt=case["wrt"], **asked)
            except (MatcalcError, RecursionError):
                continue
            name = ("declared " if declared else "undeclared ") + case["id"]
            out[name] = min(out.get(name, 1.0), time.process_time() - start)
print(json.dumps(out))
"""


def timed(checkout: Path, files: Sequence[Path], compiled: str, timer: str = TIMER) -> dict[str, float]:
    """CPU seconds of every case that is derived, in one process."""
    ran = run(checkout, [sys.executable, "-c", timer, *map(str, files)], compiled)
    return {str(k): float(v) for k, v in json.loads(ran).items()}


def started(checkout: Path, compiled: str) -> float:
    """CPU seconds of the command, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(checkout, [sys.executable, "-c", "import sys; from matcalc.cli import derive_main; sys.exit(derive_main())", REQUEST], compiled)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(checkout: Path, command: list[str], compiled: str) -> str:
    """What a command prints that imports the engine of a checkout; `compiled` is the folder of the compiled modules."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONPYCACHEPREFIX": compiled, "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Prints the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("files", type=Path, nargs="*", default=[SAMPLE])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reading", action="store_true", help="time the reading alone")
    asked = parser.parse_args()
    checkouts = {"this": ROOT, "other": asked.other.resolve()}
    files = [f.resolve() for f in asked.files]
    if asked.reading:
        read(checkouts, files, asked.rounds)
        return
    cases: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    starts: dict[str, list[float]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory() as compiled:
        for name, checkout in [*checkouts.items()] * asked.rounds:
            cases[name].append(timed(checkout, files, compiled))
            starts[name] += [started(checkout, compiled) for _ in range(3)]
    best = {name: {k: min(r[k] for r in rounds if k in r) for k in set().union(*rounds)} for name, rounds in cases.items()}
    both = best["this"].keys() & best["other"].keys()
    medians = {name: statistics.median(best[name][k] for k in both) for name in checkouts}
    beginnings = {name: min(starts[name]) for name in checkouts}
    ratios = [best["this"][k] / best["other"][k] for k in both]
    print(f"{len(both)} cases that both derive; {asked.rounds} rounds, the least CPU time of each")
    print(f"median case   {ratio(medians, 1e3, 'ms')}")
    print(f"total         {ratio({name: sum(best[name][k] for k in both) for name in checkouts}, 1, 's')}")
    print(f"case by case  median ratio {statistics.median(ratios):.3f}, 90 % below {statistics.quantiles(ratios, n=10)[-1]:.3f}")
    print(f"start-up      {ratio(beginnings, 1e3, 'ms')}")


def read(checkouts: dict[str, Path], files: Sequence[Path], rounds: int) -> None:
    """Prints the median time of reading, declared and not."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory() as compiled:
        for name, checkout in [*checkouts.items()] * rounds:
            found[name].append(timed(checkout, files, compiled, READER))
    best = {name: {k: min(r[k] for r in each if k in r) for k in set().union(*each)} for name, each in found.items()}
    for kind in ("declared", "undeclared"):
        both = [k for k in best["this"].keys() & best["other"].keys() if k.split()[0] == kind]
        medians = {name: statistics.median(best[name][k] for k in both) for name in checkouts}
        each = statistics.median(best["this"][k] / best["other"][k] for k in both)
        print(f"{kind:10} {len(both):5} requests that both read, median {ratio(medians, 1e3, 'ms')}; request by request {each:.3f}")


def ratio(seconds: dict[str, float], unit: float, name: str) -> str:
    """This, the other, and this over the other."""
    this, other = seconds["this"], seconds["other"]
    return f"{this * unit:8.2f} {name} against {other * unit:8.2f} {name}, ratio {this / other:.3f}"


if __name__ == "__main__":
    main()

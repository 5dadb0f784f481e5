"""A long batch on a cluster of two, one worker of which is killed, with a line that ends the process that answers it.

    python benchmarks/long_batch.py [--lines 3600]

Needs the extra `dask`. Every line must be answered, in order, and the poisonous one alone with an error.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
POISON: Final = ROOT / "tests" / "poison.toml"
EXPRESSIONS: Final = (("tr(A{0}*X)", "X"), ("||A{0}*x - b||^2", "x"), ("logdet(X*B{0})", "X"), ("softmax(A{0}*x)", "x"))


def written(path: Path, count: int) -> int:
    """Writes a batch; the number of its poisonous line."""
    poisonous = count // 2
    lines: list[Any] = [{"id": k, "expr": e.format(k), "wrt": wrt} for k in range(count) for e, wrt in [EXPRESSIONS[k % 4]]]
    lines[poisonous] = {"id": poisonous, "expr": "sum(poison(x))", "wrt": "x", "vars": {"x": "13"}}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return poisonous


def main() -> int:
    """0 where all is answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=3600)
    count = parser.parse_args().lines
    cluster = [sys.executable, str(ROOT / "tests" / "cluster.py")]
    with tempfile.TemporaryDirectory() as name, subprocess.Popen(cluster, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        found, folder = json.loads(process.stdout.readline()), Path(name)
        poisonous = written(folder / "in.jsonl", count)
        killing = threading.Timer(5.0, os.kill, (found["pids"][0], signal.SIGKILL))
        killing.start()
        began = time.perf_counter()
        words = ["batch", "in.jsonl", "-o", "out.jsonl", "--scheduler", found["address"], "--keys", "text", "--rules", str(POISON)]
        status = subprocess.run([sys.executable, "-m", "matcalc", *words], cwd=folder, stderr=subprocess.DEVNULL).returncode
        seconds = time.perf_counter() - began
        killing.cancel()
        process.stdin.close()
        told = [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    failed = {a["id"]: a["error"]["kind"] for a in told if not a["ok"]}
    held = [a["id"] for a in told] == list(range(count)) and failed == {poisonous: "crash"} and status == 1
    print(f"{'ok  ' if held else 'MISS'} {len(told)} of {count} lines answered in {seconds:.0f} s, in order; without an answer: {failed}")
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())

"""A batch on a cluster: order, a line that kills, a worker of the cluster that is killed. Everything here is real processes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from places import ROOT

pytest.importorskip("distributed", reason="needs the extra `dask`")

from matcalc.batch import farm
from matcalc.batch.lines import Answerer
from matcalc.book.rules import Book
from matcalc.calculus.loading import in_force
from matcalc.errors import UsageError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, Any]]:
    command = [sys.executable, str(ROOT / "tests" / "cluster.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None and process.stdin is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(30)


def test_every_line_is_answered_in_order_though_a_worker_is_killed_and_a_line_is_poison(cluster: dict[str, Any]) -> None:
    lines: list[Any] = [{"id": k, "expr": f"tr(A{k}*X)", "wrt": "X"} for k in range(300)]
    lines[100] = {"id": 100, "expr": "tr(", "wrt": "X"}
    lines[150] = {"id": 150, "expr": "sum(poison(x))", "wrt": "x", "vars": {"x": "13"}}
    killed = threading.Timer(2.0, os.kill, (cluster["pids"][0], signal.SIGKILL))
    killed.start()
    sink = io.BytesIO()
    source = io.BytesIO("".join(json.dumps(line) + "\n" for line in lines).encode())
    with in_force(Book([str(ROOT / "tests" / "poison.toml")])):
        assert farm.run(source, sink, Answerer(keys=("text",)), cluster["address"]) == 1
    killed.join()
    told = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [a["id"] for a in told] == list(range(300))
    assert {a["id"]: a["error"]["kind"] for a in told if not a["ok"]} == {100: "parse", 150: "crash"}


def test_a_process_that_ends_over_a_line_costs_that_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process beside a worker, here one that ends at the word `leave` and otherwise answers with what it was asked."""
    program = "import sys\nfor line in sys.stdin:\n    if 'leave' in line: sys.exit(3)\n    print(line, end='', flush=True)"
    started = subprocess.Popen

    def other(_command: list[str], **streams: Any) -> subprocess.Popen[bytes]:
        return started([sys.executable, "-c", program], **streams)

    monkeypatch.setattr(subprocess, "Popen", other)
    monkeypatch.setattr(farm, "_beside", threading.local())
    lines = [b'{"id": 1}', b'{"id": 2, "expr": "leave"}', b'{"id": 3}']
    found = [json.loads(told) for told in farm.answered(lines, ["batch"])]
    assert found[0] == {"id": 1}
    assert found[1] == {"id": 2, "ok": False, "error": {"kind": "crash", "message": "the process that worked on it ended with status 3"}}
    assert found[2] == {"id": 3}


def test_nobody_at_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farm, "PATIENCE", 1)
    with pytest.raises(UsageError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        farm.run(io.BytesIO(), io.BytesIO(), Answerer(), "tcp://127.0.0.1:9")

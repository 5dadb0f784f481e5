"""A batch with --jobs: order, bounded look-ahead, lost workers, interrupts. Everything here is real processes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fatal import Fatal, Stillborn
from places import ROOT

from matcalc.batch import lines as batch
from matcalc.batch import pool as workers
from matcalc.batch.workers import NotStarted

TRACE = {"expr": "tr(A*X)", "wrt": "X", "vars": {"A": "n m", "X": "m n"}}
SLOW = {"request": "d y0/dx where " + "; ".join(f"y{i} = sin(y{i + 1})" for i in range(300)) + "; y300 = x"}


def encoded(*lines: dict[str, Any] | bytes) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def answers(given: bytes, jobs: int = 2, answer: batch.Answerer | None = None, grace: float = 60.0) -> list[dict[str, Any]]:
    sink = io.BytesIO()
    status = workers.run(io.BytesIO(given), sink, answer or batch.Answerer(), jobs, grace=grace)
    told = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert status == (0 if all(a["ok"] for a in told) else 1)
    return told


def test_the_answers_are_those_of_one_process_in_the_same_order() -> None:
    lines = [{**(SLOW if k % 5 == 0 else TRACE), "id": k} for k in range(20)]
    given = encoded(*lines, b"nonsense", b"", b"\xff", b"[" * 100_000, {**TRACE, "id": "last"})
    alone = io.BytesIO()
    batch.run(io.BytesIO(given), alone, batch.Answerer())
    assert answers(given, 3) == [json.loads(line) for line in alone.getvalue().splitlines()]


@pytest.mark.parametrize("given", [b"", b"\n\n \n"])
def test_an_empty_batch(given: bytes) -> None:
    assert answers(given) == []


def test_a_lost_worker_costs_its_line_alone() -> None:
    lost: list[dict[str, Any]] = [{"id": 2, "expr": "leave"}, {"id": [4], "expr": "killed"}]
    given = encoded({**TRACE, "id": 1}, lost[0], {**TRACE, "id": 3}, lost[1], b"leave", {**TRACE, "id": 6})
    found = answers(given, 2, Fatal())
    assert [(a["id"], a["ok"]) for a in found] == [(1, True), (2, False), (3, True), ([4], False), (None, False), (6, True)]
    assert found[1]["error"] == {"kind": "crash", "message": "the process that worked on it ended with status 3"}
    assert found[3]["error"]["kind"] == "crash"
    assert found[3]["error"]["message"] == "the process that worked on it was killed by SIGKILL, perhaps for lack of memory"


def test_a_worker_that_hangs_is_replaced() -> None:
    given = encoded({"id": "h", "expr": "hang"}, {**TRACE, "id": 2})
    found = answers(given, 1, Fatal(limit=0.5), grace=0.5)
    assert found[0] == {"id": "h", "ok": False, "error": {"kind": "limit", "message": "no answer within 1 s"}}
    assert found[1]["ok"]


def test_the_limit_of_a_line_holds_in_a_worker() -> None:
    found = answers(encoded({**SLOW, "id": 1}, {**TRACE, "id": 2}), 1, batch.Answerer(limit=0.01))
    assert found[0]["error"] == {"kind": "limit", "message": "no answer within 0.01 s"}


def test_workers_that_do_not_start_are_told() -> None:
    with pytest.raises(NotStarted, match=r"a process that answers does not start: .* status 4"):
        answers(encoded(TRACE), 2, Stillborn())


class Measured(io.BytesIO):
    """A source that knows how many of its lines were read beyond those that are answered."""

    def __init__(self, given: bytes) -> None:
        super().__init__(given)
        self.read_lines = self.answered = self.ahead = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.read_lines += 1
        self.ahead = max(self.ahead, self.read_lines - self.answered)
        return super().readline(size)

    def done(self, _size: int) -> None:
        self.answered += 1


def test_no_more_is_read_ahead_than_there_is_room_for() -> None:
    jobs, count = 2, 120
    source = Measured(encoded({**SLOW, "id": "first"}, *({**TRACE, "id": k} for k in range(count))))
    workers.run(source, io.BytesIO(), batch.Answerer(), jobs, source.done)
    assert source.answered == count + 1
    assert source.ahead <= workers.AHEAD * jobs + 1


class Full(io.BytesIO):
    """A sink that fails at its second line."""

    def write(self, data: Any, /) -> int:
        if self.tell():
            raise OSError("full")
        return super().write(data)


def test_a_sink_that_fails_ends_the_batch() -> None:
    with pytest.raises(OSError, match="full"):
        workers.run(io.BytesIO(encoded(*[TRACE] * 40)), Full(), batch.Answerer(), 2)


# ---------------------------------------------------------------------------------------------------- the command


def started(*arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    run = [sys.executable, "-m", "matcalc", "batch", *arguments]
    return subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, start_new_session=True, **streams)


def test_answers_are_flushed_as_soon_as_they_are_next() -> None:
    with started("-j", "2", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        for number in range(4):
            process.stdin.write(encoded({**TRACE, "id": number}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize("jobs", [[], ["-j", "2"]], ids=["alone", "jobs"])
@pytest.mark.parametrize("source", ["file", "waiting pipe"])
def test_an_interrupt_leaves_whole_lines(jobs: list[str], source: str, tmp_path: Path) -> None:
    given = tmp_path / "in.jsonl"
    given.write_bytes(encoded(*({**TRACE, "id": k} for k in range(20_000 if source == "file" else 10))))
    with started(*jobs, str(given) if source == "file" else "-", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        if source != "file":
            process.stdin.write(given.read_bytes())
            process.stdin.flush()
        first = [process.stdout.readline() for _ in range(10)]
        os.killpg(process.pid, signal.SIGINT)
        out = b"".join(first) + process.stdout.read()
        assert process.wait() == 130
        assert process.stderr.read().strip() == b""
    assert out.endswith(b"\n")
    assert [json.loads(line)["id"] for line in out.splitlines()] == list(range(out.count(b"\n")))


@pytest.mark.parametrize("jobs", [[], ["-j", "2"]], ids=["alone", "jobs"])
def test_an_interrupt_leaves_the_old_file(jobs: list[str], tmp_path: Path) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_bytes(encoded(*({**TRACE, "id": k} for k in range(20_000))))
    out.write_text("old")
    with started(*jobs, str(given), "-o", str(out)) as process:
        while not any(p.stat().st_size for p in tmp_path.glob("*.partial")):
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait() == 130
    assert out.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def on_terminal(*arguments: str, out: Path) -> tuple[int, str]:
    """The exit status of a batch whose standard error is a terminal, and what that shows."""
    ours, theirs = pty.openpty()
    run = [sys.executable, "-m", "matcalc", "batch", *arguments]
    with out.open("wb") as sink, subprocess.Popen(run, stdout=sink, stderr=theirs, cwd=ROOT) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):
            while data := os.read(ours, 10_000):
                shown += data
        os.close(ours)
        return process.wait(), shown.decode()


@pytest.mark.parametrize("jobs", [[], ["-j", "2"]], ids=["alone", "jobs"])
def test_a_bar_shows_how_far_a_file_is(jobs: list[str], tmp_path: Path) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_bytes(encoded(*({**TRACE, "id": k} for k in range(5)), b"  "))
    status, shown = on_terminal(*jobs, str(given), out=out)
    assert status == 0
    assert "100%" in shown
    assert out.read_bytes().count(b"\n") == 5


def test_without_a_terminal_there_is_no_bar(tmp_path: Path) -> None:
    given = tmp_path / "in.jsonl"
    given.write_bytes(encoded(TRACE))
    with started(str(given)) as process:
        assert process.communicate()[1] == b""

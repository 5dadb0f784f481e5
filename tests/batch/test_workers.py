"""Workers by themselves: asked, stopped, killed, replaced, limited. Everything here is real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fatal import Fatal

from matcalc.batch.lines import Answerer
from matcalc.batch.workers import Limits, Post, Worker, WorkerLost, WorkerStopped, WorkerStuck

TRACE = b'{"id": 1, "expr": "tr(A*X)", "wrt": "X"}'
LONG = json.dumps({"id": 2, "request": "d y0/dx where " + "; ".join(f"y{i} = sin(y{i + 1})" for i in range(3000)) + "; y3000 = x"}).encode()
on_posix = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs signals")


class Greedy:
    """Answers with what happens when a line takes memory, a file for each of its bytes, or time."""

    def __call__(self, line: bytes) -> tuple[bool, str]:
        try:
            if line == b"memory":
                return True, str(len(bytearray(600_000_000)))
            if line == b"files":
                return True, str(len([Path(os.devnull).open("rb") for _ in range(200)]))
            if line == b"network":
                socket.create_connection(("127.0.0.1", 9), 1).close()
            if line == b"program":
                subprocess.run([sys.executable, "-c", ""], check=True)
            if line == b"time":
                while True:
                    pass
        except (MemoryError, OSError) as error:
            return False, type(error).__name__
        return True, "well"


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    held = Post(Answerer())
    yield held
    held.close()


def test_a_post_answers(post: Post) -> None:
    fine, told = post.ask(TRACE, 30)
    assert fine
    assert json.loads(told)["text"] == "A^T"


@on_posix
def test_a_line_is_stopped_and_its_worker_goes_on(post: Post) -> None:
    before = post.open().pid
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(post.ask, LONG, 60)
        while not asked.done():
            time.sleep(0.1)
            post.stop()
        assert isinstance(asked.exception(), WorkerStopped)
    assert post.ask(TRACE, 30)[0]
    assert post.open().pid == before


@on_posix
def test_a_signal_between_two_lines_does_nothing(post: Post) -> None:
    post.open().stop()
    assert post.ask(TRACE, 30)[0]


def test_a_worker_that_died_while_it_waited_is_replaced(post: Post) -> None:
    worker = post.open()
    worker.kill()
    worker.process.join(10)
    assert post.ask(TRACE, 30)[0]
    assert post.open().pid != worker.pid


def test_a_line_that_kills_is_asked_twice_and_told() -> None:
    post = Post(Fatal())
    with pytest.raises(WorkerLost, match="ended with status 3"):
        post.ask(b"leave", 30)
    assert post.replaced == 2
    assert post.ask(TRACE, 30)[0]
    post.close()


def test_a_stop_at_once_asks_nothing_again() -> None:
    post = Post(Fatal())
    post.open()
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(post.ask, b"hang", 60)
        time.sleep(0.2)
        post.stop(at_once=True)
        assert isinstance(asked.exception(10), WorkerLost)
    assert post.replaced == 1
    post.close()


def test_what_takes_too_long_is_killed() -> None:
    worker = Worker(Fatal())
    with pytest.raises(WorkerStuck, match=r"no answer within 0\.2 s"):
        worker.ask(b"hang", 0.2)
    worker.end()


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms limit other things")
def test_what_a_worker_may_use() -> None:
    worker = Worker(Greedy(), Limits(memory=256_000_000, cpu=0.5, files=64))
    assert worker.ask(b"memory", 30) == (False, b"MemoryError")
    assert worker.ask(b"files", 30) == (False, b"OSError")
    assert worker.ask(b"", 30) == (True, b"well")
    with pytest.raises(WorkerLost, match="killed by SIGXCPU"):
        worker.ask(b"time", 30)
    worker.end()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_workers_are_forked_from_one_template(post: Post) -> None:
    other = Post(Answerer())
    parents = {Path(f"/proc/{p.open().pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1] for p in (post, other)}
    other.close()
    assert len(parents) == 1
    assert parents != {str(os.getpid())}


def test_a_worker_that_is_cut_off_reaches_no_network_and_starts_no_program() -> None:
    post = Post(Greedy(), Limits(alone=True))
    try:
        assert post.ask(b"network", 30) == (False, b"PermissionError")
        assert post.ask(b"program", 30) == (False, b"PermissionError")
        assert post.ask(b"well", 30) == (True, b"well")
    finally:
        post.close()

"""Several lines of a batch at once: each worker is a process of its own, and the answers keep the order of the lines.

A thread for each worker takes the next line, sends it and waits. Whoever completes the prefix of the answers writes it.
At most a fixed number of lines is read ahead of the first that is unanswered, so that memory does not grow with the
batch. A worker that dies is replaced, and its line gets an error object.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from matcalc.batch import lines as batch
from matcalc.batch.keys import read
from matcalc.book.rules import in_use
from matcalc.engine import load_engine
from matcalc.errors import LimitError, MatcalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

# Lines that may be read ahead of the first unanswered one, for each worker.
AHEAD: Final = 8
# Seconds that a worker has beyond the limit of a line, for code that no alarm clock interrupts.
GRACE: Final = 5.0
# Seconds that a worker may take to load the engine, on a machine that is busy with others.
START: Final = 120.0

READY: Final = b"ready"
FINE: Final = b"+"
FAILED: Final = b"-"


def run(
    source: BinaryIO, sink: BinaryIO, answer: batch.Answerer, jobs: int, done: Callable[[int], object] = int, grace: float = GRACE
) -> int:
    """Answers every line of `source` on `sink` in order, with so many processes; 0 if all went well, 1 if some failed."""
    return _Pool(source, sink, answer, jobs, done, grace).run()


def work(connection: Connection, answer: Callable[[bytes], tuple[bool, str]], rules: Sequence[str] = ()) -> None:
    """What a worker does, with files of rules of the user's own: answer lines until nobody sends any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load_engine()
    from matcalc.calculus.loading import in_force  # the process that writes the answers needs no engine

    with suppress(EOFError, OSError), in_force(rules or None):
        connection.send_bytes(READY)
        while True:
            fine, told = answer(connection.recv_bytes())
            connection.send_bytes((FINE if fine else FAILED) + told.encode("ascii"))


class WorkerLost(MatcalcError):
    """A worker ended before it answered."""

    kind = "crash"


class WorkerStuck(WorkerLost):
    """A worker was ended because it did not answer in time."""

    kind = LimitError.kind


class _Worker:
    """A process that answers lines, one at a time."""

    def __init__(self, answer: batch.Answerer, grace: float, starting: threading.Lock, rules: Sequence[str] = ()) -> None:
        self.answer, self.grace, self.starting = answer, grace, starting
        context = multiprocessing.get_context("spawn")
        with starting:
            self.connection, theirs = context.Pipe()
            self.process = context.Process(target=work, args=(theirs, answer, rules), daemon=True)
            self.process.start()
            theirs.close()
        try:
            self._received(START)
        except WorkerLost as lost:
            raise WorkerLost(f"a process for --jobs does not start: {lost.message}") from None

    def ask(self, line: bytes) -> tuple[bool, bytes]:
        """Whether a line has an answer, and the JSON of it; raises WorkerLost where the process does not answer."""
        try:
            self.connection.send_bytes(line)
        except OSError:
            raise self._lost() from None
        told = self._received(self.answer.limit + self.grace)
        return told[:1] == FINE, told[1:]

    def _received(self, seconds: float) -> bytes:
        try:
            if self.connection.poll(seconds):
                return self.connection.recv_bytes()
        except (EOFError, OSError):
            raise self._lost() from None
        self.process.kill()
        raise WorkerStuck(f"no answer within {seconds:g} s")

    def _lost(self) -> WorkerLost:
        """How the process ended."""
        with self.starting:
            self.process.join(GRACE)
            status = self.process.exitcode
        if status is None or status >= 0:
            return WorkerLost(f"the process that worked on it ended with status {status}")
        name = signal.Signals(-status).name
        why = ", perhaps for lack of memory" if name == "SIGKILL" else ""
        return WorkerLost(f"the process that worked on it was killed by {name}{why}")

    def end(self) -> None:
        """Lets the process go; one that is busy is killed."""
        self.connection.close()
        self.process.kill()
        with self.starting:
            self.process.join(GRACE)


class _Pool:
    """The state that the threads share, under two locks: one for what is read, one for what is written."""

    def __init__(
        self, source: BinaryIO, sink: BinaryIO, answer: batch.Answerer, jobs: int, done: Callable[[int], object], grace: float
    ) -> None:
        self.sink, self.answer, self.jobs, self.done, self.grace = sink, answer, jobs, done, grace
        self.rules = in_use().own
        self.numbered = enumerate(batch.lines(own(source)))
        self.reading, self.writing, self.starting = threading.Lock(), threading.Lock(), threading.Lock()
        self.room, self.ended = threading.Semaphore(AHEAD * jobs), threading.Semaphore(0)
        self.answers: dict[int, tuple[bytes, int]] = {}
        self.next = 0
        self.failed = self.closed = False
        self.error: BaseException | None = None

    def run(self) -> int:
        resource_tracker.ensure_running()
        try:
            for _ in range(self.jobs):
                threading.Thread(target=self._serve, daemon=True).start()
            for _ in range(self.jobs):
                self.ended.acquire()
                if self.error is not None:
                    raise self.error
        finally:
            self._close()
        return int(self.failed)

    def _close(self) -> None:
        """Nothing is written any more, and what is being written is written to its end."""
        with self.writing:
            self.closed = True

    def _serve(self) -> None:
        """What a thread does: a worker of its own, and lines for it as long as there are any."""
        worker: _Worker | None = None
        if hasattr(signal, "pthread_sigmask"):
            # The workers inherit this: Ctrl-C is for the main thread alone, from their first instant on.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            worker = _Worker(self.answer, self.grace, self.starting, self.rules)
            while (taken := self._take()) is not None:
                number, (line, size) = taken
                try:
                    fine, told = worker.ask(line)
                except WorkerLost as lost:
                    if self.closed:
                        return
                    fine, told = False, refused(line, lost)
                    worker.end()
                    worker = _Worker(self.answer, self.grace, self.starting, self.rules)
                self._give(number, fine, told, size)
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that waits
            self.error = self.error or error
            self._stop()
        finally:
            if worker is not None:
                worker.end()
            self.ended.release()

    def _take(self) -> tuple[int, tuple[bytes, int]] | None:
        """The next line with its number, once there is room for its answer."""
        self.room.acquire()
        with self.reading:
            taken = None if self.closed else next(self.numbered, None)
        if taken is None:
            self.room.release()
        return taken

    def _give(self, number: int, fine: bool, told: bytes, size: int) -> None:
        """Keeps an answer until those before it are there, and writes what is complete."""
        with self.writing:
            self.failed = self.failed or not fine
            self.answers[number] = told, size
            while not self.closed and self.next in self.answers:
                told, size = self.answers.pop(self.next)
                self.next += 1
                self.room.release()
                batch.write_line(self.sink, told)
                self.done(size)

    def _stop(self) -> None:
        """After an error: nothing more is read or written, and whoever waits for room goes on."""
        self._close()
        for _ in range(self.jobs):
            self.room.release()


def own(source: BinaryIO) -> BinaryIO:
    """The source under another handle, which the interpreter does not close at its end while a thread still reads it."""
    try:
        return os.fdopen(os.dup(source.fileno()), "rb", closefd=False)
    except OSError:
        return source


def refused(line: bytes, lost: WorkerLost) -> bytes:
    """The error object of a line whose worker was lost."""
    named: Any = None
    with suppress(MatcalcError, RecursionError, MemoryError):
        named = read(line).get("id")
    return json.dumps({"id": named, "ok": False, "error": {"kind": lost.kind, "message": lost.message}}).encode("ascii")

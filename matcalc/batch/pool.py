"""Several lines of a batch at once: each worker is a process of its own, and the answers keep the order of the lines.

A thread for each worker takes the next line, sends it and waits. Whoever completes the prefix of the answers writes it.
At most a fixed number of lines is read ahead of the first that is unanswered, so that memory does not grow with the
batch. A worker that dies is replaced; a line that two of them die of gets an error object.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing import resource_tracker
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from matcalc.batch import lines as batch
from matcalc.batch.keys import read
from matcalc.batch.part import WHOLE, Part
from matcalc.batch.workers import GRACE, Post, WorkerLost
from matcalc.errors import MatcalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matcalc.batch.workers import Answer

# Lines that may be read ahead of the first unanswered one, for each worker.
AHEAD: Final = 8


def run(
    source: BinaryIO,
    sink: BinaryIO,
    answer: batch.Answerer,
    jobs: int,
    done: Callable[[int], object] = int,
    grace: float = GRACE,
    part: Part = WHOLE,
) -> int:
    """Answers every line of `source`, or of a part of it, on `sink` in order, with so many processes; 1 if some failed, else 0."""
    return _Pool(batch.lines(own(source), part), sink, answer, jobs, done, grace).run()


def each(lines: Sequence[bytes], answer: Answer, jobs: int, seconds: float) -> Iterator[tuple[int, bytes | None]]:
    """The answers of lines as they come, each with the number of its line; none where a worker was lost over it, or took too long."""
    posts: SimpleQueue[Post] = SimpleQueue()
    for _ in range(jobs):
        posts.put(Post(answer))

    def asked(line: bytes) -> bytes | None:
        post = posts.get()
        try:
            return post.ask(line, seconds)[1]
        except WorkerLost:
            return None
        finally:
            posts.put(post)

    threads = ThreadPoolExecutor(jobs)
    try:
        futures = {threads.submit(asked, line): number for number, line in enumerate(lines)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for _ in range(jobs):
            posts.get().close()


class _Pool:
    """The state that the threads share, under two locks: one for what is read, one for what is written."""

    def __init__(
        self,
        lines: Iterator[tuple[bytes, int]],
        sink: BinaryIO,
        answer: batch.Answerer,
        jobs: int,
        done: Callable[[int], object],
        grace: float,
    ) -> None:
        self.sink, self.answer, self.jobs, self.done, self.grace = sink, answer, jobs, done, grace
        self.numbered = enumerate(lines)
        self.reading, self.writing = threading.Lock(), threading.Lock()
        self.room, self.ended = threading.Semaphore(AHEAD * jobs), threading.Semaphore(0)
        self.answers: dict[int, tuple[bytes, int]] = {}
        self.next = 0
        self.failed = self.closed = False
        self.error: BaseException | None = None

    def run(self) -> int:
        resource_tracker.ensure_running()
        try:
            for _ in range(self.jobs):
                threading.Thread(target=self._serve, args=(Post(self.answer),), daemon=True).start()
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

    def _serve(self, post: Post) -> None:
        """What a thread does: a worker of its own, and lines for it as long as there are any."""
        if hasattr(signal, "pthread_sigmask"):
            # The workers inherit this: Ctrl-C is for the main thread alone, from their first instant on.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            post.open()
            while (taken := self._take()) is not None:
                number, (line, size) = taken
                try:
                    fine, told = post.ask(line, self.answer.limit + self.grace)
                except WorkerLost as lost:
                    if self.closed:
                        return
                    fine, told = False, refused(line, lost)
                self._give(number, fine, told, size)
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that waits
            self.error = self.error or error
            self._stop()
        finally:
            post.close()
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

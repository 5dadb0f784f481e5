"""Workers: processes that answer one line at a time, for batches, sheets and the page alike.

A `Worker` is a process and a channel. Where the platform can fork it is a copy of a template that has the engine loaded and warm
(`matcalc.batch.template`), elsewhere an interpreter of its own. It is asked with a time limit; it can be stopped, by a signal that
raises in the engine, and it can be killed. A `Post` always has a worker: one that is lost is replaced, and its line asked once more.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcalc.batch.solitude import cut_off
from matcalc.book.rules import Book, in_use
from matcalc.engine import load_engine
from matcalc.errors import LimitError, MatcalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from types import FrameType

    # Whether a line has an answer, and the answer in ASCII.
    Answer = Callable[[bytes], tuple[bool, str]]

# Seconds that a worker has beyond the limit of a line, for code that no alarm clock interrupts.
GRACE: Final = 5.0
# Seconds that a worker may take to load the engine, on a machine that is busy with others.
START: Final = 120.0
TEMPLATE: Final = "matcalc.batch.template"

READY: Final = b"ready"
FINE: Final = b"+"
FAILED: Final = b"-"
STOPPED: Final = b"."

# The processes of `multiprocessing` are one list for all threads.
_starting: Final = threading.Lock()


class WorkerLost(MatcalcError):
    """A worker ended before it answered."""

    kind = "crash"


class WorkerStuck(WorkerLost):
    """A worker was ended because it did not answer in time."""

    kind = LimitError.kind


class WorkerStopped(WorkerLost):
    """A worker was told to stop."""

    kind = "stopped"


class NotStarted(MatcalcError):
    """A worker did not come to its first line."""

    kind = "crash"


@dataclass(frozen=True)
class Limits:
    """What a worker may use, where the platform can say so: bytes of memory beyond the engine's, seconds of CPU a line, open files.

    `alone`: no network and no other program.
    """

    memory: int | None = None
    cpu: float | None = None
    files: int | None = None
    alone: bool = False

    def hold(self) -> None:
        """From now on, in this process."""
        if self.memory is not None and sys.platform == "linux":
            _limit("RLIMIT_AS", _address_space() + self.memory)
        if self.files is not None:
            _limit("RLIMIT_NOFILE", self.files)
        if self.cpu is not None:
            _limit("RLIMIT_CORE", 0)
        if self.alone:
            cut_off()

    def renew(self) -> None:
        """For another line."""
        if self.cpu is not None:
            _limit("RLIMIT_CPU", int(time.process_time() + self.cpu) + 1)


def _limit(name: str, most: int) -> None:
    """Sets what a process may use of something, as far as it may set that."""
    try:
        import resource
    except ImportError:
        return
    which = getattr(resource, name)
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _address_space() -> int:
    """The bytes that this process has mapped."""
    import resource

    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


class _Stopped(BaseException):
    """The one who asked has gone; not an Exception, so that nothing in the engine takes it for a failed attempt."""


class _Bell:
    """The signal to stop, which is heard while a line is answered and not between lines."""

    def __init__(self) -> None:
        self.heard = False
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, self.ring)

    def ring(self, _signal: int, _frame: FrameType | None) -> None:
        if self.heard:
            raise _Stopped

    @contextmanager
    def hearing(self) -> Iterator[None]:
        self.heard = True
        try:
            yield
        finally:
            self.heard = False


def work(connection: Connection, answer: Answer, rules: Sequence[str], limits: Limits) -> None:
    """What a worker does, with files of rules of the user's own: answer lines until nobody sends any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load_engine()
    from matcalc.calculus.loading import in_force  # the process that writes the answers needs no engine

    sys.unraisablehook = _unraised
    bell = _Bell()
    with suppress(EOFError, OSError), in_force(None if in_use().own == tuple(rules) else Book(rules)):
        limits.hold()
        connection.send_bytes(READY)
        while True:
            connection.send_bytes(_answered(connection.recv_bytes(), answer, bell, limits))


def _unraised(lost: sys.UnraisableHookArgs) -> None:
    """Says nothing of an alarm or a stop that went off in a destructor: it is said again."""
    if lost.exc_type is not None and issubclass(lost.exc_type, Exception):
        sys.__unraisablehook__(lost)


def _answered(line: bytes, answer: Answer, bell: _Bell, limits: Limits) -> bytes:
    limits.renew()
    try:
        with bell.hearing():
            fine, told = answer(line)
    except _Stopped:
        return STOPPED
    return (FINE if fine else FAILED) + told.encode("ascii")


class Worker:
    """A process that answers lines, one at a time.

    Raises NotStarted where it does not come so far.
    """

    def __init__(self, answer: Answer, limits: Limits = Limits(), rules: Sequence[str] | None = None) -> None:
        context = _context()
        own = in_use().own if rules is None else tuple(rules)
        with _starting:
            self.connection, theirs = context.Pipe()
            self.process = context.Process(target=work, args=(theirs, answer, own, limits), daemon=True)  # type: ignore[attr-defined]
            self.process.start()
            theirs.close()
        try:
            self._received(START)
        except WorkerLost as lost:
            raise NotStarted(f"a process that answers does not start: {lost.message}") from None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid or 0

    def ask(self, line: bytes, seconds: float) -> tuple[bool, bytes]:
        """Whether a line has an answer, and the answer.

        Raises WorkerLost where the process ends, WorkerStuck after so many seconds, and WorkerStopped.
        """
        try:
            self.connection.send_bytes(line)
        except OSError:
            raise self._lost() from None
        told = self._received(seconds)
        if told == STOPPED:
            raise WorkerStopped("it was stopped")
        return told[:1] == FINE, told[1:]

    def _received(self, seconds: float) -> bytes:
        try:
            if self.connection.poll(seconds):
                return self.connection.recv_bytes()
        except (EOFError, OSError):
            raise self._lost() from None
        self.kill()
        raise WorkerStuck(f"no answer within {seconds:g} s")

    def stop(self) -> None:
        """Ends the line that is being answered, from another thread; it may have to be said again."""
        if hasattr(signal, "SIGUSR1"):
            self._signal(signal.SIGUSR1)
        else:
            self.kill()

    def kill(self) -> None:
        """Ends the process."""
        with _starting:
            self.process.kill()

    def _signal(self, which: signal.Signals) -> None:
        with _starting:
            if self.process.exitcode is None and self.process.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(self.process.pid, which)

    def _lost(self) -> WorkerLost:
        """How the process ended."""
        with _starting:
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
        with _starting:
            self.process.kill()
            self.process.join(GRACE)


def _context() -> multiprocessing.context.BaseContext:
    """How processes are started: forked from the template where that is possible."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([TEMPLATE, "__main__"])
    return context


class Post:
    """A place at which there is always a worker; lines are asked by one thread at a time.

    The rules in use where it is made are those of its workers: a thread that asks has no rules of the user's own in use.
    """

    def __init__(self, answer: Answer, limits: Limits = Limits()) -> None:
        self.answer, self.limits, self.rules = answer, limits, in_use().own
        self.worker: Worker | None = None
        self.is_stopped = False
        self.replaced = 0

    def open(self) -> Worker:
        """Its worker, started if there is none."""
        if self.worker is None:
            self.worker = Worker(self.answer, self.limits, self.rules)
        return self.worker

    def ask(self, line: bytes, seconds: float) -> tuple[bool, bytes]:
        """As `Worker.ask`; what is lost with its worker is asked once more."""
        self.is_stopped = False
        try:
            return self._asked(line, seconds)
        except (WorkerStuck, WorkerStopped):
            raise
        except WorkerLost:
            if self.is_stopped:
                raise
        return self._asked(line, seconds)

    def _asked(self, line: bytes, seconds: float) -> tuple[bool, bytes]:
        try:
            return self.open().ask(line, seconds)
        except WorkerStopped:
            raise
        except WorkerLost:
            self.replaced += 1
            self.close()
            raise

    def stop(self, at_once: bool = False) -> None:
        """Ends what is being answered, from another thread; `at_once` by ending the process."""
        self.is_stopped = True
        worker = self.worker
        if worker is not None:
            (worker.kill if at_once else worker.stop)()

    def close(self) -> None:
        """Lets its worker go."""
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.end()

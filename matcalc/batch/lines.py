"""Many requests: JSON lines in, JSON lines out, one answer a line and in order.

Nothing in a line stops the batch: whatever is wrong with it becomes the error object of its answer. One line is held at a
time; `matcalc.batch.pool` answers several at once.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import matcalc
from matcalc.batch.keys import MAX_LINE, STEP, Line, arguments_of, read
from matcalc.batch.part import WHOLE, Part
from matcalc.errors import Ambiguous, LimitError, MatcalcError
from matcalc.printing.notations.table import NOTATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from matcalc.answers.derivative import Derivative

def run(
    source: BinaryIO,
    sink: BinaryIO,
    answer: Callable[[bytes], tuple[bool, str]],
    done: Callable[[int], object] = int,
    part: Part = WHOLE,
) -> int:
    """Answers every line of `source`, or of a part of it, on `sink`, flushing each; 0 if all went well, 1 if some failed.

    `done` is told after each answer how many bytes of the source it took.
    """
    failed = False
    for line, size in lines(source, part):
        fine, told = answer(line)
        failed = failed or not fine
        write_line(sink, told.encode("ascii"))
        done(size)
    return int(failed)


def lines(source: BinaryIO, part: Part = WHOLE) -> Iterator[tuple[bytes, int]]:
    """The lines of a part that are not blank, with the bytes that were read for them; one that is too long is cut, to be refused."""
    size = number = 0
    while line := source.readline(MAX_LINE + 1):
        rest = line
        size += len(rest)
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE + 1)
            size += len(rest)
        if line.strip():
            if part.has(number, line):
                yield line, size
                size = 0
            number += 1


def write_line(sink: BinaryIO, told: bytes) -> None:
    """Writes a whole line or nothing: an interrupt waits until it is written, a second one does not."""
    with held_interrupt():
        sink.write(told + b"\n")
        sink.flush()


@contextmanager
def held_interrupt() -> Iterator[None]:
    """Puts off the first Ctrl-C to the end of the body, where one would end it."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    rung = False

    def ring(_signal: int, _frame: FrameType | None) -> None:
        nonlocal rung
        if rung:
            raise KeyboardInterrupt
        rung = True

    before = signal.signal(signal.SIGINT, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if rung:
        raise KeyboardInterrupt


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when all is written, and leaves it alone otherwise."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            yield device
        return
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    handle, partial = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".partial", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(partial).chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        Path(partial).replace(target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The mode bits that new files go without; reading them means setting them."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


# ------------------------------------------------------------------------------------------------------ answers


@dataclass(frozen=True)
class Answerer:
    """Answers one line: with `check` every result is certified, and no line takes longer than `limit` seconds.

    Of an answer, only `keys` are told, where there are any.
    """

    check: bool = True
    limit: float = 20.0
    keys: tuple[str, ...] = ()

    def __call__(self, line: bytes) -> tuple[bool, str]:
        """Whether a line has an answer, and the JSON of it; this never raises for anything that a line can hold."""
        request: Line = {}
        named = "null"
        try:
            request = read(line)
            named = json.dumps(request.get("id"))
            answered = json.dumps({"ok": True, **self._derived(request)})
            return True, f'{{"id": {named}, {answered[1:]}'
        except MatcalcError as error:
            told = reported(error, request)
        except (RecursionError, MemoryError):
            told = {"kind": LimitError.kind, "message": "the line is nested too deeply or needs too much memory"}
        except Exception as error:  # noqa: BLE001 - the lines that follow still get their answers
            told = {"kind": "internal", "message": f"internal error, please report it: {type(error).__name__}: {error}"}
        return False, f'{{"id": {named}, "ok": false, "error": {json.dumps(told)}}}'

    def _derived(self, request: Line) -> Line:
        arguments = arguments_of(request)
        with at_most(self.limit):
            derived = matcalc.derive(**arguments, check=self.check)
            if isinstance(derived, tuple):
                return {"results": [{"wrt": d.wrt, **self._wanted(told(d, request))} for d in derived]}
            return self._wanted(told(derived, request))

    def _wanted(self, answer: Line) -> Line:
        return {key: value for key, value in answer.items() if key in self.keys} if self.keys else answer


def told(derived: Derivative, request: Line) -> Line:
    """An answer with what the line asks for beside it: `steps`, the derivation, and `codes`, its code in other languages."""
    answer = derived.to_dict()
    if request.get("steps"):
        answer["steps"] = [{key: getattr(step, key) for key in STEP} for step in derived.steps]
    if request.get("codes") is not None:
        answer["code"] = {name: _written(derived, name) for name in request["codes"]}
    return answer


def _written(derived: Derivative, name: str) -> str:
    """The formula in a notation, or a program."""
    if name in NOTATIONS:
        return derived.printed(name)
    return derived.sympy if name == "sympy" else derived.code(name)


def reported(error: MatcalcError, request: Line) -> Line:
    """The error object; `span` counts characters of `source`, the expression or request of the line or one of its declarations."""
    told: Line = {"kind": error.kind, "message": error.message}
    if error.hint:
        told["hint"] = error.hint
    source = request.get("request", request.get("expr")) if error.source is None else error.source
    if error.span is not None and isinstance(source, str):
        told |= {"span": list(error.span), "source": source}
    if isinstance(error, Ambiguous):
        told["readings"] = [{"variables": dict(r.variables), "text": r.text} for r in error.readings]
    return told


class TimeLimit(LimitError):
    """Time ran out."""


class _TimeUp(BaseException):
    """Time is over; not an Exception, so that nothing in the engine takes it for a failed attempt."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends the body with a LimitError after that many seconds, where the platform has an alarm clock."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    running = True

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if running:
            raise _TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    try:
        # It rings again each second: an exception that is raised inside a destructor is lost.
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
        try:
            yield
        finally:
            running = False
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TimeUp:
        raise TimeLimit(f"no answer within {seconds:g} s") from None
    finally:
        signal.signal(signal.SIGALRM, before)

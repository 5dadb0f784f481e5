"""A batch on a cluster, through dask.distributed: chunks of lines, answered where there is room, written in order.

Each thread of a worker of the cluster keeps a batch of its own running beside it and hands it the lines, so that a line has a
time limit, and a line that kills costs that process alone. A worker of the cluster that is lost has its chunk answered elsewhere; a
chunk that is lost again and again is asked line by line.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from matcalc.batch import lines as batch
from matcalc.batch.part import WHOLE, Part
from matcalc.batch.pool import refused
from matcalc.batch.workers import WorkerLost
from matcalc.book.rules import in_use
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHUNK: Final = 32
# Chunks that may be read ahead of the first unanswered one, for each thread of the cluster.
AHEAD: Final = 4
# Seconds to find the scheduler.
PATIENCE: Final = 20

_beside: Final = threading.local()


def run(
    source: BinaryIO, sink: BinaryIO, answer: batch.Answerer, scheduler: str, done: Callable[[int], object] = int, part: Part = WHOLE
) -> int:
    """Answers every line of `source` on `sink` in order, on a cluster; 0 if all went well, 1 if some failed.

    Raises UsageError where the library is missing or nobody answers at that address.
    """
    client = _client(scheduler)
    words = arguments(answer)
    try:
        room = AHEAD * max(1, sum(client.nthreads().values()))
        waiting: deque[tuple[list[tuple[bytes, int]], Any]] = deque()
        failed = False
        chunks = _chunks(batch.lines(source, part))
        for chunk in chunks:
            waiting.append((chunk, client.submit(answered, [line for line, _ in chunk], words, pure=False)))
            if len(waiting) >= room:
                failed |= _write(client, *waiting.popleft(), words, sink, done)
        while waiting:
            failed |= _write(client, *waiting.popleft(), words, sink, done)
    finally:
        client.close()
    return int(failed)


def _client(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--scheduler needs dask.distributed", hint='pip install "matcalculus[dask]"') from None
    try:
        return Client(scheduler, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call, unused-ignore]
    except (OSError, ValueError) as error:
        raise UsageError(f"no scheduler answers at {scheduler}: {error}", hint="dask scheduler starts one") from None


def _chunks(lines: Iterator[tuple[bytes, int]]) -> Iterator[list[tuple[bytes, int]]]:
    while chunk := list(islice(lines, CHUNK)):
        yield chunk


def _write(
    client: Any, chunk: list[tuple[bytes, int]], future: Any, words: Sequence[str], sink: BinaryIO, done: Callable[[int], object]
) -> bool:
    """Writes the answers of a chunk; whether some of its lines failed."""
    failed = False
    for (_, size), told in zip(chunk, _told(client, [line for line, _ in chunk], future, words), strict=True):
        batch.write_line(sink, told)
        failed |= b'"ok": false' in told[:2000] and not _is_fine(told)
        done(size)
    return failed


def _is_fine(told: bytes) -> bool:
    import json

    return bool(json.loads(told)["ok"])


def _told(client: Any, lines: list[bytes], future: Any, words: Sequence[str]) -> list[bytes]:
    """The answers of a chunk; where its worker was lost too often, each line by itself."""
    from distributed import KilledWorker

    try:
        found: list[bytes] = future.result()
        return found
    except KilledWorker:
        if len(lines) == 1:
            return [refused(lines[0], WorkerLost("the workers of the cluster that worked on it were lost"))]
    singles = [client.submit(answered, [line], words, pure=False) for line in lines]
    return [_told(client, [line], single, words)[0] for line, single in zip(lines, singles, strict=True)]


# ------------------------------------------------------------------------------------- on a worker of the cluster


def arguments(answer: batch.Answerer) -> list[str]:
    """The batch that answers as an answerer does, as the words of a command."""
    words = ["batch", "-", "--jobs", "1", "--limit", repr(answer.limit)]
    words += [] if answer.check else ["--no-check"]
    words += ["--keys", ",".join(answer.keys)] if answer.keys else []
    return words + [word for path in in_use().own for word in ("--rules", path)]


def answered(lines: list[bytes], words: Sequence[str]) -> list[bytes]:
    """The answers of a chunk; if the process beside this one ends over it, each line is asked again by itself."""
    try:
        return _process(words).ask(lines)
    except WorkerLost:
        _beside.process = None
    return [_alone(line, words) for line in lines]


def _alone(line: bytes, words: Sequence[str]) -> bytes:
    try:
        return _process(words).ask([line])[0]
    except WorkerLost as lost:
        _beside.process = None
        return refused(line, lost)


def _process(words: Sequence[str]) -> _Beside:
    """The process of this thread."""
    kept: _Beside | None = getattr(_beside, "process", None)
    if kept is None or kept.words != list(words):
        kept = _beside.process = _Beside(words)
    return kept


class _Beside:
    """A batch that runs as long as it is given lines."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        command = [sys.executable, "-m", "matcalc", *words]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, lines: Sequence[bytes]) -> list[bytes]:
        """The answers of lines.

        Raises WorkerLost where the process ends before it gave them.
        """
        sending = threading.Thread(target=self._send, args=(lines,), daemon=True)
        sending.start()
        assert self.process.stdout is not None
        found = [self.process.stdout.readline() for _ in lines]
        sending.join()
        if not all(told.endswith(b"\n") for told in found):
            self.process.kill()
            self.process.wait()
            raise WorkerLost(f"the process that worked on it ended with status {self.process.returncode}")
        return [told.rstrip(b"\n") for told in found]

    def _send(self, lines: Sequence[bytes]) -> None:
        assert self.process.stdin is not None
        try:
            for line in lines:
                self.process.stdin.write(line.rstrip(b"\r\n") + b"\n")
            self.process.stdin.flush()
        except OSError:
            return

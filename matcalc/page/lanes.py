"""Two lanes of workers: one for what is answered while somebody types, one for what takes longer.

A call has a moment in the live lane; what needs more goes to the slow lane, where each client has one call at a time and few may wait.
A client that goes away frees its worker at once.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from matcalc.batch.workers import Limits, NotStarted, Post, WorkerLost, WorkerStuck
from matcalc.page.desk import LATE, Desk, asked, failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcalc.batch.keys import Line
    from matcalc.page.metrics import Metrics

# Seconds that a call may take in the live lane.
LIVE: Final = 0.3
# Seconds beyond its time after which a worker is killed, for code that no signal interrupts.
GRACE: Final = 0.4
# Calls that may wait for a worker.
WAITING: Final = 64
WAITING_SLOW: Final = 8
# Seconds between two signals to a worker that is to stop, and signals after which it is killed.
AGAIN: Final = 0.05
SIGNALS: Final = 10
FILES: Final = 64


class Busy(Exception):
    """There is no room for a call; it may come again after some seconds."""

    def __init__(self, why: str, seconds: int = 1) -> None:
        super().__init__(why)
        self.seconds = seconds


@dataclass
class Lane:
    """Workers, and those that wait for one."""

    posts: list[Post]
    room: int
    idle: asyncio.Queue[Post] = field(default_factory=asyncio.Queue)
    waiting: int = 0

    def __post_init__(self) -> None:
        for post in self.posts:
            self.idle.put_nowait(post)

    async def take(self) -> Post:
        """A worker that is free, as soon as there is one.

        Raises Busy where too many wait.
        """
        if self.idle.empty() and self.waiting >= self.room:
            raise Busy("too many requests wait", 2)
        self.waiting += 1
        try:
            return await self.idle.get()
        finally:
            self.waiting -= 1


class Lanes:
    """The workers of a server: `jobs` of them live and one slow, which has `limit` seconds a call."""

    def __init__(self, jobs: int, limit: float, memory: int, metrics: Metrics) -> None:
        self.limit, self.metrics = limit, metrics
        limits = Limits(memory, 2 * limit + 2, FILES, alone=True)
        self.live = Lane([Post(Desk(), limits) for _ in range(jobs)], WAITING)
        self.slow = Lane([Post(Desk(), limits)], WAITING_SLOW)
        self.threads = ThreadPoolExecutor(jobs + 1, "worker")
        self.slow_clients: set[str] = set()

    @property
    def posts(self) -> list[Post]:
        """All places of workers."""
        return [*self.live.posts, *self.slow.posts]

    async def open(self) -> None:
        """Starts the workers.

        Raises NotStarted.
        """
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self.threads, post.open) for post in self.posts))

    def close(self) -> None:
        """Lets the workers go."""
        for post in self.posts:
            post.close()
        self.threads.shutdown(wait=False)

    async def answer(self, call: str, given: Line, client: str) -> tuple[bytes, bool]:
        """The answer to a call, and whether it may be remembered.

        Raises Busy where there is no room for it.
        """
        told = await self._in(self.live, "live", asked(call, given, min(LIVE, self.limit)), min(LIVE, self.limit))
        if told is None and self.limit > LIVE:
            with self._alone(client):
                told = await self._in(self.slow, "slow", asked(call, given, self.limit), self.limit)
        if told is None:
            why = {"kind": "limit", "message": f"no answer within {self.limit:g} s"}
            told = failure(why, {"id": given["id"]} if "id" in given else {}).encode("ascii")
        return told, b'"kind": "crash"' not in told[:200] and b'"kind": "internal"' not in told[:200]

    @contextmanager
    def _alone(self, client: str) -> Iterator[None]:
        """A client's only call in the slow lane."""
        if client in self.slow_clients:
            raise Busy("another request of yours is still being worked on", 2)
        self.slow_clients.add(client)
        try:
            yield
        finally:
            self.slow_clients.discard(client)

    async def _in(self, lane: Lane, name: str, line: bytes, seconds: float) -> bytes | None:
        """The answer in a lane; None where there was no time."""
        post = await lane.take()
        began, replaced = time.perf_counter(), post.replaced
        try:
            told = await self._asked(post, line, seconds + GRACE)
        finally:
            lane.idle.put_nowait(post)
            self.metrics.add("replaced", post.replaced - replaced)
            self.metrics.add("seconds", time.perf_counter() - began, lane=name)
            self.metrics.add("answers", lane=name)
        return None if told == LATE.encode() else told

    async def _asked(self, post: Post, line: bytes, seconds: float) -> bytes | None:
        loop = asyncio.get_running_loop()
        answer = loop.run_in_executor(self.threads, post.ask, line, seconds)
        try:
            return (await asyncio.shield(answer))[1]
        except asyncio.CancelledError:
            await _stopped(post, answer)
            raise
        except WorkerStuck:
            return None
        except (WorkerLost, NotStarted) as lost:
            return failure({"kind": lost.kind, "message": lost.message}).encode("ascii")


async def _stopped(post: Post, answer: asyncio.Future[tuple[bool, bytes]]) -> None:
    """Stops what a worker does for nobody, and waits until it is free."""
    for count in range(SIGNALS * 4):
        post.stop(at_once=count >= SIGNALS)
        await asyncio.wait({answer}, timeout=AGAIN)
        if answer.done():
            break
    with suppress(WorkerLost, NotStarted, asyncio.InvalidStateError):
        answer.exception()

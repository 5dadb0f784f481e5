"""What the server remembers: answers, up to a number of bytes, and how much each client has asked lately."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

# Clients whose buckets are kept; of those beyond, the ones that were silent longest have full buckets again.
CLIENTS: Final = 10_000
# Bytes that an entry takes beside its key and its answer.
OVERHEAD: Final = 200


@dataclass
class Answers:
    """The answers that were used last."""

    most: int
    size: int = 0
    kept: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)

    def get(self, key: bytes) -> bytes | None:
        """An answer, if it is remembered."""
        if key in self.kept:
            self.kept.move_to_end(key)
        return self.kept.get(key)

    def put(self, key: bytes, answer: bytes) -> None:
        """Remember an answer, and forget the oldest ones where there is no room."""
        self.size -= self._size(key) if key in self.kept else 0
        self.kept[key] = answer
        self.size += self._size(key)
        while self.size > self.most:
            oldest = next(iter(self.kept))
            self.size -= self._size(oldest)
            del self.kept[oldest]

    def _size(self, key: bytes) -> int:
        return len(key) + len(self.kept[key]) + OVERHEAD


@dataclass
class Buckets:
    """A bucket of tokens for each client: so many come back a second, up to a number."""

    rate: float
    burst: float
    levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, client: str, now: float | None = None) -> float:
        """Takes a token; gives 0, or the seconds until there is one."""
        now = time.monotonic() if now is None else now
        level, then = self.levels.pop(client, (self.burst, now))
        level = min(self.burst, level + (now - then) * self.rate)
        wait = 0.0 if level >= 1 else (1 - level) / self.rate
        self.levels[client] = (level if wait else level - 1, now)
        if len(self.levels) > CLIENTS:
            self.levels.popitem(last=False)
        return wait

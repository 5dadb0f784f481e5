"""Which lines of a batch are answered."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from matcalc.batch.keys import read
from matcalc.errors import MatcalcError, UsageError


@dataclass(frozen=True)
class Part:
    """Which lines are answered: every `shards`-th from the `shard`-th on (from 1), without the first ones, which are `answered`.

    `last` is the `id` of the last answer that there is, in JSON: an output must go on with the requests that it began with.
    """

    shard: int = 1
    shards: int = 1
    answered: int = 0
    last: str | None = None

    def has(self, number: int, line: bytes) -> bool:
        """Whether a line, by its number from 0, is answered.

        Raises UsageError where the output holds answers to other requests.
        """
        place, left = divmod(number, self.shards)
        if left != self.shard - 1:
            return False
        if place == self.answered - 1 and self.last is not None and named(line) != self.last:
            raise UsageError(
                f"the output holds answers to other requests: its line {self.answered} has the id {self.last}, the request {named(line)}",
                hint="give the requests that it was begun with, or another output",
            )
        return place >= self.answered


WHOLE: Final = Part()


def named(line: bytes) -> str:
    """The id of a line, in JSON; null where it has none."""
    with suppress(MatcalcError, RecursionError):
        return json.dumps(read(line).get("id"))
    return "null"
